// @ts-check
// The theme that was chosen last time, before anything is painted.
(() => {
  /** @type {?string} */
  let theme = null;
  try {
    theme = localStorage.getItem("chainrule-theme");
  } catch {
    // storage may be forbidden; the page follows the system then
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
