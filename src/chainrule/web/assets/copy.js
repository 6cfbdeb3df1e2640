// @ts-check
// A result as text to paste: LaTeX, Markdown, Unicode, MathML; the formula or all steps.

import { toMathML } from "./formula.js";
import { words } from "./words.js";

export const FORMATS = ["LaTeX", "Markdown", "Unicode", "MathML"];
export const TARGETS = { numpy: "NumPy", jax: "JAX", torch: "PyTorch", "array-api": "Array API" };

/**
 * @param {string} format one of FORMATS
 * @param {import("./types.js").Result} result
 * @param {boolean} withSteps
 */
export function written(format, result, withSteps) {
  const sections = withSteps ? [...derivation(result), answer(result)] : [answer(result)];
  return WRITERS[format](sections, withSteps);
}

/** @typedef {{title: string, lines: {lhs: any, rhs: any, why: string}[]}} Section */

/** @returns {Section} */
function answer({ derivative }) {
  const parts = derivative.parts.map((part) => ({ lhs: part.symbol, rhs: part, why: words.where }));
  const lines = [{ lhs: derivative.lhs, rhs: derivative, why: "" }, ...parts];
  return { title: words.answer, lines };
}

/** @returns {Section[]} */
function derivation({ derivation: { orders, steps } }) {
  const sections = [];
  orders.forEach((order, place) => {
    const head = orders.length > 1 ? `${words.derivationOrder(place + 1)}: ` : "";
    const own = steps.slice(order.start, order.start + order.count);
    for (const kind of Object.keys(words.groups)) {
      const lines = own.filter((step) => step.kind === kind);
      if (lines.length) sections.push({ title: head + words.groups[kind], lines });
    }
  });
  return sections;
}

const WRITERS = {
  LaTeX(sections, withSteps) {
    const [only] = sections[0].lines;
    if (!withSteps && sections[0].lines.length === 1) return `${only.lhs.latex} = ${only.rhs.latex}`;
    const blocks = sections.map(({ title, lines }) => {
      const rows = lines.map(({ lhs, rhs, why }) => `  ${lhs.latex} &= ${rhs.latex}${remark(why)}`);
      const block = `\\begin{align*}\n${rows.join(" \\\\\n")}\n\\end{align*}`;
      return withSteps ? `\\paragraph{${escaped(title)}}\n${block}` : block;
    });
    return blocks.join("\n\n");
  },
  Markdown(sections, withSteps) {
    const blocks = sections.map(({ title, lines }) => {
      const rows = lines.map(({ lhs, rhs, why }) => {
        const equation = `$$${lhs.latex} = ${rhs.latex}$$`;
        return why ? `${equation}\n\n${why}` : equation;
      });
      return (withSteps ? `### ${title}\n\n` : "") + rows.join("\n\n");
    });
    return blocks.join("\n\n");
  },
  Unicode(sections, withSteps) {
    const blocks = sections.map(({ title, lines }) => {
      const rows = lines.map(({ lhs, rhs, why }) => {
        const equation = `${withSteps ? "  " : ""}${lhs.unicode} = ${rhs.unicode}`;
        return why ? `${equation}    (${why})` : equation;
      });
      return (withSteps ? [title, ...rows] : rows).join("\n");
    });
    return blocks.join("\n\n");
  },
  MathML(sections) {
    const lines = sections.flatMap((section) => section.lines);
    return lines.map(({ lhs, rhs }) => toMathML(`${lhs.latex} = ${rhs.latex}`)).join("\n");
  },
};

function remark(why) {
  return why ? ` && \\text{${escaped(why)}}` : "";
}

/** Words inside LaTeX; what it has no letter for is left to the reader's engine. */
function escaped(text) {
  return text.replace(/[\\{}]/g, "").replace(/[#$%&_^~]/g, "\\$&");
}
