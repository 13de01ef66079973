// @ts-check
/* Runs before the first paint, so that a reader who chose dark never sees a flash of light. */
(() => {
  try {
    const chosen = localStorage.getItem("ecluse.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // A browser that refuses storage follows the system's colours.
  }
})();
