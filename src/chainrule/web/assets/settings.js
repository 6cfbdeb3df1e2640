// @ts-check
// By what, how often, and in which layout.

import { html } from "./lib.js";
import { Name } from "./formula.js";
import { words } from "./words.js";

const ORDERS = [1, 2, 3, 4];

export function Settings({ variables, wrt, state, onChange }) {
  const chosen = variables.find((variable) => variable.name === wrt);
  const isSymmetric = chosen?.properties.some((p) => ["symmetric", "spd", "psd"].includes(p));
  return html`
    <div class="settings">
      ${variables.length > 0 && html`
        <${Choice} label=${words.differentiate} name="wrt" chosen=${wrt}
          options=${variables.map(({ name }) => [name, html`<${Name} name=${name} />`])}
          onChoose=${(name) => onChange({ wrt: name })} />`}
      <${Choice} label=${words.order} name="order" chosen=${state.order}
        options=${ORDERS.map((order) => [order, words.orders[order - 1]])}
        onChoose=${(order) => onChange({ order })} />
      <${Menu} label=${words.layout} options=${words.layouts} chosen=${state.layout}
        onChoose=${(layout) => onChange({ layout })} />
      ${isSymmetric && html`<${Menu} label=${words.symmetric} options=${words.conventions}
        chosen=${state.symmetric} onChoose=${(symmetric) => onChange({ symmetric })} />`}
    </div>`;
}

/** One of a few, all of them seen. */
export function Choice({ label, name, options, chosen, onChoose }) {
  return html`
    <fieldset class="setting">
      <legend>${label}</legend>
      <div class="choice">
        ${options.map(([value, shown]) => html`<label class="pill" key=${value}>
          <input type="radio" name=${name} checked=${value === chosen}
            onChange=${() => onChoose(value)} /><span>${shown}</span></label>`)}
      </div>
    </fieldset>`;
}

export function Menu({ label, options, chosen, onChoose }) {
  return html`
    <label class="setting menu"><span>${label}</span>
      <select onChange=${(event) => onChoose(event.currentTarget.value)}>
        ${Object.entries(options).map(([value, shown]) => html`
          <option key=${value} value=${value} selected=${value === chosen}>${shown}</option>`)}
      </select>
    </label>`;
}
