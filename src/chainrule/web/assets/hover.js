// @ts-check
// What is under the pointer, or has the focus, lights up wherever else it stands: a name in all
// formulas and its node in the graph, a partial derivative and its edge. Works on the document's
// attributes alone: data-name, data-edge, data-full (what a name was replaced by), data-about.

const SOURCES = "[data-name],[data-edge],[data-full]";
const SAME = { name: ["name", "full", "about"], full: ["name", "full", "about"], edge: ["edge"] };

/** @type {Element[]} */
let lit = [];

/** @param {?EventTarget} target */
function light(target) {
  for (const old of lit) old.classList.remove("lit");
  lit = [];
  const source = target instanceof Element ? target.closest(SOURCES) : null;
  const kind = Object.keys(SAME).find((name) => source?.hasAttribute(`data-${name}`));
  if (!source || !kind) return;
  const value = CSS.escape(source.getAttribute(`data-${kind}`) ?? "");
  const wanted = SAME[kind].map((name) => `[data-${name}="${value}"]`);
  lit = [...document.querySelectorAll(wanted.join(","))];
  for (const found of lit) found.classList.add("lit");
}

export function watchPointer() {
  document.addEventListener("pointerover", (event) => light(event.target));
  document.addEventListener("focusin", (event) => light(event.target));
  document.addEventListener("focusout", () => light(null));
}
