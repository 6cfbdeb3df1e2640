// @ts-check
// Where in a formula the names stand. The engine writes LaTeX from a short list of macros; this
// module scans it and wraps every name, partial derivative and substituted part into a colour
// that is a number. Once KaTeX has typeset it, the numbers are replaced by attributes, so that
// style sheets colour names and the pointer finds them. KaTeX needs no trust for this.

/** @typedef {{kind: "name"|"edge"|"full", key: string, hue: string}} Mark */
/** @typedef {{latex: string, mark: Mark}} Entry */
/** @typedef {{names: Entry[], edges: Entry[], fulls: Entry[]}} Table */

const WORDS = /\\(?:mathrm|operatorname|text|begin|end)\{[^{}]*\}/y;
const CONTROL = /\\(?:[A-Za-z]+|.)/y;
const FUNCTION = /^\\(?!frac|left|sqrt|textcolor|begin|math)[a-z]+/;
const LONGEST_FULL = 400;

/**
 * The names of one order's derivation. Keys carry the order, since u1 is another in the next.
 *
 * @param {import("./types.js").Order} order
 * @param {import("./types.js").Step[]} steps
 * @param {number} place
 * @returns {Table}
 */
export function tableOf(order, steps, place) {
  const hues = huesOf(order);
  const key = (name) => `${place}/${name}`;
  const mark = (kind, name) => ({ kind, key: key(name), hue: hues.get(name) ?? "" });
  const names = [];
  const fulls = [];
  for (const node of order.graph.nodes) {
    names.push({ latex: node.symbol.latex, mark: mark("name", node.id) });
    if (node.full && node.full.latex.length < LONGEST_FULL && isFormula(node.full.latex)) {
      fulls.push({ latex: node.full.latex, mark: mark("full", node.id) });
    }
  }
  const edges = [];
  for (const step of steps.slice(order.start, order.start + order.count)) {
    const between = edgeOf(order, step);
    if (between) {
      const hue = hues.get(step.name) ?? "";
      edges.push({ latex: step.lhs.latex, mark: { kind: "edge", key: key(between), hue } });
    }
  }
  for (const list of [names, edges, fulls]) list.sort((a, b) => b.latex.length - a.latex.length);
  return { names, edges, fulls };
}

/** Which edge a partial derivative belongs to, "x>u1", in the chain-rule style. */
export function edgeOf(order, step) {
  if (step.kind !== "partial" || order.way !== "chain") return null;
  return step.wrt && step.name ? `${step.wrt}>${step.name}` : null;
}

/** The hue of every name: numbers of intermediates, w for the variable, none for the rest. */
export function huesOf(order) {
  const hues = new Map();
  let count = 0;
  for (const node of order.graph.nodes) {
    if (node.id === order.wrt) hues.set(node.id, "w");
    else if (node.definition) hues.set(node.id, String(count++ % 8));
  }
  return hues;
}

function isFormula(latex) {
  return /[\s(^]|\\frac/.test(latex);
}

/**
 * LaTeX with marks, and what each mark means.
 *
 * @param {string} latex
 * @param {?Table} table
 * @param {boolean} substituted whether parts that replaced a name are marked too
 * @returns {{latex: string, marks: Mark[]}}
 */
export function marked(latex, table, substituted = false) {
  const marks = [];
  if (!table) return { latex, marks };
  // Braces within make one element of what is wrapped; they also take away the space before
  // the name of a function, which is put back.
  const wrap = (mark, inner, before) => {
    marks.push(mark);
    const colour = marks.length.toString(16).padStart(6, "0");
    const space = FUNCTION.test(inner) && /[^\s({|=+-]\s*$/.test(before) ? "\\," : "";
    return `${space}\\textcolor{#${colour}}{{${inner}}}`;
  };
  const scan = (text, fulls, edges) => {
    let out = "";
    let i = 0;
    while (i < text.length) {
      const full = fulls.find((entry) => stands(text, i, entry.latex));
      const edge = !full && edges.find((entry) => text.startsWith(entry.latex, i));
      const name = !full && !edge && table.names.find((entry) => isName(text, i, entry.latex));
      const found = full || edge || name;
      if (found) {
        const smaller = fulls.filter((entry) => entry.latex.length < found.latex.length);
        const inner = name ? found.latex : scan(found.latex, full ? smaller : [], []);
        out += wrap(found.mark, inner, out);
        i += found.latex.length;
        continue;
      }
      const length = unit(text, i);
      out += text.slice(i, i + length);
      i += length;
    }
    return out;
  };
  return { latex: scan(latex, substituted ? table.fulls : [], table.edges), marks };
}

/** How many characters belong together: a word, a control sequence, a subscript. */
function unit(text, i) {
  if (text[i] === "\\") {
    WORDS.lastIndex = CONTROL.lastIndex = i;
    return (WORDS.exec(text) ?? CONTROL.exec(text) ?? [" "])[0].length;
  }
  if (text[i] === "_" && text[i + 1] === "{") return closing(text, i + 1) - i + 1;
  return 1;
}

function closing(text, open) {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "{") depth++;
    if (text[i] === "}" && --depth === 0) return i;
  }
  return text.length - 1;
}

function isName(text, i, latex) {
  if (!text.startsWith(latex, i)) return false;
  const isMacro = latex.startsWith("\\") && /[A-Za-z]$/.test(latex);
  return !(isMacro && /[A-Za-z]/.test(text[i + latex.length] ?? ""));
}

/** Whether `latex` stands at `i` as a part of its own: 2x + y does not hold x + y. */
function stands(text, i, latex) {
  if (!text.startsWith(latex, i)) return false;
  const before = text.slice(0, i).trimEnd();
  const behind = text.slice(i + latex.length).trimStart();
  if (/^[\^_]/.test(behind) || /[\^_]\{?$/.test(before)) return false;
  const inside = /(?:^|[({[|=,]|\\lVert|\\left\()$/;
  const outside = /^(?:$|[)}\]|,=]|\\right)/;
  const strength = binding(latex);
  if (strength === "atom") return !/[0-9A-Za-z]$/.test(before) || /\s$/.test(text.slice(0, i));
  if (strength === "sum") return inside.test(before) && outside.test(behind);
  const left = inside.test(before) || /(?:[+-]|\\cdot|\\odot)$/.test(before);
  return left && (outside.test(behind) || /^(?:[+-]|\\cdot|\\odot)/.test(behind));
}

/** How strongly the outermost operation of a formula binds. */
function binding(latex) {
  let depth = 0;
  let parts = 1;
  for (let i = 0; i < latex.length; i += unit(latex, i)) {
    const c = latex[i];
    if ("({[".includes(c) || latex.startsWith("\\lVert", i)) depth++;
    else if (")}]".includes(c) || latex.startsWith("\\rVert", i)) depth--;
    else if (depth === 0 && "+-".includes(c)) return "sum";
    else if (depth === 0 && c === " ") parts++;
  }
  return parts > 1 ? "product" : "atom";
}

/** Replace the numbers that stand for colours by attributes. */
export function attach(root, marks) {
  for (const element of root.querySelectorAll("[style]")) {
    const found = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(element.style.color);
    if (!found) continue;
    const [red, green, blue] = found.slice(1).map(Number);
    const mark = marks[((red << 16) | (green << 8) | blue) - 1];
    element.style.color = "";
    if (!mark) continue;
    const same = `[data-${mark.kind}="${CSS.escape(mark.key)}"]`;
    if (element.parentElement.closest(same)) continue;
    element.dataset[mark.kind] = mark.key;
    if (mark.hue) element.dataset.hue = mark.hue;
  }
  for (const element of root.querySelectorAll("[mathcolor]")) element.removeAttribute("mathcolor");
}
