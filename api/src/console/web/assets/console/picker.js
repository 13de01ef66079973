// @ts-check
/** Choosing among many: a search over the boxes, and how many are ticked. */

/** @param {ParentNode} root */
export function pickers(root) {
  for (const picker of root.querySelectorAll("[data-picker]")) {
    const filter = picker.querySelector("[data-filter]");
    if (filter instanceof HTMLInputElement) listen(picker, filter);
  }
}

/**
 * @param {Element} picker
 * @param {HTMLInputElement} filter
 */
function listen(picker, filter) {
  const rows = [...picker.querySelectorAll("li")].map((row) => ({ row, text: fold(row.textContent ?? "") }));
  filter.hidden = rows.length < 8;
  filter.addEventListener("input", (event) => {
    event.stopPropagation();
    const wanted = fold(filter.value).split(/\s+/);
    for (const { row, text } of rows) row.hidden = !wanted.every((word) => text.includes(word));
  });
  filter.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  const count = picker.parentElement?.querySelector("[data-count]");
  picker.addEventListener("change", () => {
    if (count) count.textContent = String(picker.querySelectorAll("input:checked").length);
  });
}

/** @param {string} text without case or accents */
function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
