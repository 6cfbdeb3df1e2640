// @ts-check
// Before printing: a formula that cannot break and is wider than the paper is made smaller.

const PAPER = 44; // in rem, as print.css sets the page
const BESIDE = 26; // ... where the reason for a step stands beside it

export function watchPrint() {
  addEventListener("beforeprint", () => {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    for (const box of document.querySelectorAll(".scroll")) {
      const unbroken = [...box.querySelectorAll(".katex-base")]
        .map((part) => part.getBoundingClientRect().width / rem);
      const width = Math.max(...unbroken, 0) + (box.matches(".equation") ? 7 : 0);
      box.classList.toggle("wide", width > BESIDE);
      /** @type {HTMLElement} */ (box).style.setProperty("--fit", String(Math.min(1, PAPER / width)));
    }
  });
}
