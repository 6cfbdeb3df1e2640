// @ts-check
// Formulas inside a picture: Unicode notation as SVG text, with letters in italics, and what is
// raised or lowered really raised or lowered.

const SVG = "http://www.w3.org/2000/svg";
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀ";
const RAISED_AS = "0123456789−+⊤";
const LOWERED = "₀₁₂₃₄₅₆₇₈₉₋₊ᵢⱼₖₗₘₙₚ";
const LOWERED_AS = "0123456789−+ijklmnp";
const PIECE = /([\p{L}&&[^ᵀᵢⱼₖₗₘₙₚ]]+[₀-₉]*)|([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀ]+)|([₀-₉₋₊ᵢⱼₖₗₘₙₚ]+)|([^\p{L}⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺₀-₉₋₊]+)/gv;

export function element(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(key, String(value));
  }
  made.append(...children);
  return made;
}

/**
 * @param {string} text in the Unicode notation
 * @param {Map<string, string>} hues of the names, as they are written
 * @returns {SVGTextElement}
 */
export function mathText(text, hues = new Map()) {
  const line = element("text", { class: "math" });
  for (const [piece, name, up, down] of text.replaceAll("‖", "∥").replaceAll("·", "⋅").matchAll(PIECE)) {
    if (name) line.append(...nameSpans(name, hues.get(name)));
    else if (up) line.append(...shifted(translated(up, RAISED, RAISED_AS), "up"));
    else if (down) line.append(...shifted(translated(down, LOWERED, LOWERED_AS), "down"));
    else line.append(element("tspan", {}, piece));
  }
  return line;
}

/** ℝ with the sizes above it. */
export function spaceText(shape) {
  const line = element("text", { class: "math space" }, element("tspan", {}, "ℝ"));
  if (shape.length) line.append(...shifted(shape.join("×"), "up"));
  return line;
}

function nameSpans(name, hue) {
  const head = name.replace(/[₀-₉]+$/, "");
  const look = { class: head.length === 1 ? "letter" : undefined, "data-hue": hue };
  const below = name.slice(head.length);
  const spans = [element("tspan", look, head)];
  return below ? [...spans, ...shifted(translated(below, LOWERED, LOWERED_AS), "down", hue)] : spans;
}

/** Text above or below the line, and an empty piece that leads back to it. */
function shifted(text, way, hue) {
  const by = way === "up" ? -6 : 3.5;
  return [
    element("tspan", { class: "small", dy: by, "data-hue": hue }, text),
    element("tspan", { dy: -by }, "\u200b"),
  ];
}

function translated(text, from, to) {
  return [...text].map((c) => to[from.indexOf(c)] ?? c).join("");
}
