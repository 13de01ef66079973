// @ts-check
/** Copying what is shown, and reading a file into a field. */

/** @param {ParentNode} root */
export function copying(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    if (!(button instanceof HTMLButtonElement)) continue;
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
}

/** @param {HTMLButtonElement} button */
async function copy(button) {
  const source = document.getElementById(button.dataset.copy ?? "");
  const label = button.querySelector("span");
  if (!source || !label) return;
  try {
    await navigator.clipboard.writeText(source.textContent ?? "");
    const before = label.textContent;
    label.textContent = button.dataset.done ?? before;
    setTimeout(() => (label.textContent = before), 2000);
  } catch {
    // The browser did not allow it: the text is selected, to be copied by hand.
    getSelection()?.selectAllChildren(source);
  }
}

export function files() {
  for (const box of document.querySelectorAll("[data-file-choice]")) {
    if (!(box instanceof HTMLElement)) continue;
    box.hidden = false;
    const input = box.querySelector("input");
    const target = document.getElementById(box.dataset.fileChoice ?? "");
    input?.addEventListener("change", async () => {
      const file = input.files?.[0];
      if (file && target instanceof HTMLTextAreaElement) target.value = await file.text();
    });
  }
}
