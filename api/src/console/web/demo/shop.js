// @ts-check
/* Shows the shop in one of its two languages. Runs before the first paint, so that the other one is never seen. */
(() => {
  const asked = new URLSearchParams(location.search).get("lang") ?? navigator.language;
  document.documentElement.lang = asked.toLowerCase().startsWith("fr") ? "fr" : "en";
  addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-lang]") : null;
    if (!(button instanceof HTMLElement)) return;
    // The chat takes the language of the page when it starts, so the page starts anew.
    location.search = `?lang=${button.dataset.lang}`;
  });
})();
