// @ts-check
// The variables as chips, what was inferred of each, and an editor for one of them.

import { html, useState } from "./lib.js";
import { Draft } from "./draft.js";
import { Name } from "./formula.js";
import { words } from "./words.js";

const ENTRIES = ["positive", "nonneg", "nonzero", "unit", "labels"];
const SQUARE = [
  "symmetric", "spd", "psd", "diagonal", "orthogonal", "invertible", "lower",
];
const KINDS = ["scalar", "vector", "matrix"];

/** ℝ with the sizes above. */
export function Space({ shape }) {
  if (!shape.length) return html`<span class="space">ℝ</span>`;
  return html`<span class="space">ℝ<sup>${shape.join(" × ")}</sup></span>`;
}

/**
 * @param {{variables: import("./types.js").Variable[], wrt: ?string, state: Object,
 *   onChange: (change: Object) => void}} props
 */
export function Variables({ variables, wrt, state, onChange }) {
  const [open, setOpen] = useState(null);
  const chosen = variables.find((variable) => variable.name === open);
  return html`
    <div class="variables">
      <ul class="chips" aria-label=${words.variables}>
        ${variables.map((variable) => html`<li key=${variable.name}>
          <${Chip} variable=${variable} isOpen=${open === variable.name} isWrt=${variable.name === wrt}
            onOpen=${() => setOpen(open === variable.name ? null : variable.name)} />
        </li>`)}
      </ul>
      ${chosen && html`<${Editor} key=${chosen.name} variable=${chosen} state=${state}
        onChange=${onChange} onClose=${() => setOpen(null)} />`}
    </div>`;
}

function Chip({ variable, isOpen, isWrt, onOpen }) {
  const { name, shape, properties, inferred } = variable;
  const look = (inferred ? " inferred" : "") + (isWrt ? " wrt" : "");
  return html`
    <button type="button" class=${"chip" + look} aria-expanded=${isOpen ? "true" : "false"}
        title=${`${inferred ? words.inferred : words.declared}`} onClick=${onOpen}>
      <${Name} name=${name} /> <span class="in">∈</span> <${Space} shape=${shape} />
      ${properties.map((property) => html`<span class="property">${words.property[property] ?? property}</span>`)}
    </button>`;
}

function Editor({ variable, state, onChange, onClose }) {
  const { name } = variable;
  const shape = state.let[name] ?? variable.shape; // what was declared, even where it is refused
  const properties = state.assume[name] ?? variable.properties;
  const kind = KINDS[Math.min(shape.length, 2)];
  const declare = (sizes) => onChange({ let: { ...state.let, [name]: sizes.map(String) } });
  const assume = (listed) => {
    const { [name]: _, ...rest } = state.assume;
    onChange({ assume: listed.length ? { ...rest, [name]: listed } : rest });
  };
  const toggle = (property) =>
    assume(properties.includes(property)
      ? properties.filter((other) => other !== property)
      : [...properties, property]);
  const forget = () => {
    const { [name]: _shape, ...let_ } = state.let;
    const { [name]: _properties, ...assume_ } = state.assume;
    onChange({ let: let_, assume: assume_ });
  };
  const sizes = { scalar: [], vector: [shape[0] ?? "n"], matrix: [shape[0] ?? "m", shape[1] ?? shape[0] ?? "n"] };
  const isSquare = shape.length === 2 && shape[0] === shape[1];
  const possible = [...ENTRIES, ...(isSquare ? SQUARE : [])];
  const leave = (event) => event.key === "Escape" && onClose();
  return html`
    <fieldset class="editor" onKeyDown=${leave}>
      <legend><${Name} name=${name} /></legend>
      <div class="choice" role="radiogroup" aria-label=${words.kind}>
        ${KINDS.map((other) => html`<label class="pill"><input type="radio" name=${`kind-${name}`}
          checked=${other === kind} onChange=${() => declare(sizes[other])} />
          <span>${words.kinds[other]}</span></label>`)}
      </div>
      ${shape.length > 0 && html`<div class="sizes">
        ${shape.map((size, axis) => html`<label>${axisName(shape, axis)}
          <${Draft} type="text" value=${String(size)} size="6" maxlength="32" spellcheck=${false}
            onLeft=${(text) => declare(shape.with(axis, text.trim() || "n"))} />
        </label>`)}
      </div>`}
      <div class="properties" role="group" aria-label=${words.properties}>
        ${possible.map((property) => html`<label class="pill"><input type="checkbox"
          checked=${properties.includes(property)} onChange=${() => toggle(property)} />
          <span>${words.property[property]}</span></label>`)}
      </div>
      <div class="ends">
        <button type="button" class="quiet" onClick=${forget}>${words.inferAgain}</button>
        <button type="button" class="quiet" onClick=${onClose}>${words.close}</button>
      </div>
    </fieldset>`;
}

function axisName(shape, axis) {
  if (shape.length === 1) return words.size;
  return axis === 0 ? words.rows : words.columns;
}
