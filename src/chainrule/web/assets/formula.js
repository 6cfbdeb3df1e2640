// @ts-check
// A formula, typeset by KaTeX with MathML beside it for screen readers. Long ones break at
// operators; what cannot break scrolls, and can be scrolled by keyboard.

import { html, katex, useLayoutEffect, useRef } from "./lib.js";
import { attach, marked } from "./names.js";

const OPTIONS = { trust: false, strict: "ignore", maxExpand: 100, maxSize: 20 };

/**
 * @param {{latex: string, table?: ?import("./names.js").Table, substituted?: boolean,
 *   small?: boolean}} props
 */
export function Formula({ latex, table = null, substituted = false, small = false }) {
  const place = useRef(null);
  useLayoutEffect(() => {
    typeset(place.current, latex, table, substituted, small);
  }, [latex, table, substituted, small]);
  return html`<span class="formula" ref=${place}></span>`;
}

function typeset(element, latex, table, substituted, small) {
  const found = marked(latex, table, substituted);
  const style = small ? "" : "\\displaystyle ";
  try {
    katex.render(style + found.latex, element, OPTIONS);
  } catch {
    element.textContent = latex; // better the source than nothing
    return;
  }
  attach(element, found.marks);
  element.querySelector("annotation").textContent = latex; // what is copied has no marks
}

/** @param {string} latex */
export function toMathML(latex) {
  const built = katex.renderToString(latex, { ...OPTIONS, output: "mathml", displayMode: true });
  return /<math[^]*<\/math>/.exec(built)?.[0] ?? "";
}

/** A box that scrolls sideways when its content is too wide, by keyboard too. */
export function Scroll({ label, children, ...rest }) {
  const place = useRef(null);
  useLayoutEffect(() => {
    const box = place.current;
    const update = () => {
      const hidden = box.scrollWidth - box.clientWidth;
      box.classList.toggle("more-before", box.scrollLeft > 1);
      box.classList.toggle("more-after", box.scrollLeft < hidden - 1);
      if (hidden > 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    };
    box.addEventListener("scroll", update, { passive: true });
    const observer = new ResizeObserver(update);
    observer.observe(box);
    for (const child of box.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);
  return html`<div role="group" aria-label=${label} ref=${place} ...${rest}
    class=${"scroll " + (rest.class ?? "")}>${children}</div>`;
}

/** A name as one writes it by hand: W1 with its 1 below. */
export function Name({ name }) {
  const [, head, below] = /^(.*?)_?(\d*)$/.exec(name) ?? [];
  if (!head) return html`<i class="name">${name}</i>`;
  return html`<span class="whole"><i class="name">${head}</i>${
    below && html`<sub class="name">${below}</sub>`}</span>`;
}
