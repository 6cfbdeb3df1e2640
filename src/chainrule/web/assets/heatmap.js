// @ts-check
// Numbers in a grid, the larger the stronger, positive and negative in two colours. Arrays of
// more than two axes are shown slice by slice along the first.

import { html } from "./lib.js";
import { Scroll } from "./formula.js";
import { words } from "./words.js";

const MOST_SLICES = 24;
const NOISE = 1e-13; // of rounding, beside the largest entry

/** @param {number} number */
export function shortened(number) {
  if (number === null) return "—"; // not finite
  return String(Number(number.toPrecision(4)));
}

/** @param {{array: any, axes: string[], isTurned?: boolean}} props */
export function HeatMap({ array, axes, isTurned = false }) {
  const scale = Math.max(...[array].flat(Infinity).map(Math.abs).filter(Number.isFinite), 1e-300);
  const shape = shapeOf(array);
  if (shape.length <= 2) {
    return html`<${Grid} array=${array} axes=${axes} scale=${scale} isTurned=${isTurned} />`;
  }
  const slices = slicesOf(array, shape.length - 2);
  const [down, across] = axes.slice(-2);
  return html`
    <div class="slices">
      <${Axes} down=${down} across=${across} />
      ${slices.slice(0, MOST_SLICES).map(([place, slice]) => html`
        <${Grid} key=${place} array=${slice} axes=${[down, across]} scale=${scale}
          title=${words.slice(`[${place}, :, :]`)} />`)}
      ${slices.length > MOST_SLICES && html`<p>${words.moreSlices(slices.length - MOST_SLICES)}</p>`}
    </div>`;
}

function shapeOf(array) {
  return Array.isArray(array) ? [array.length, ...shapeOf(array[0])] : [];
}

/** @returns {[string, number[][]][]} */
function slicesOf(array, axes) {
  if (!axes) return [["", array]];
  return array.flatMap((part, i) =>
    slicesOf(part, axes - 1).map(([place, slice]) => [place ? `${i + 1}, ${place}` : `${i + 1}`, slice]));
}

function Grid({ array, axes, scale, title = "", isTurned = false }) {
  const axisCount = shapeOf(array).length;
  if (!axisCount) return html`<p class="number">${shortened(array)}</p>`;
  let rows = axisCount === 2 ? array : array.map((entry) => [entry]);
  let [down, across] = axes;
  if (isTurned) {
    rows = rows[0].map((_, j) => rows.map((row) => row[j]));
    [down, across] = [across, down];
  }
  const label = [title, down, axisCount === 2 ? across : ""].filter(Boolean).join(", ");
  return html`
    <${Scroll} label=${label} class="heat">
      <table aria-label=${label}>
        ${title && html`<caption>${title}</caption>`}
        <thead><tr><td></td>${rows[0].map((_, j) => html`<th scope="col">${axisCount === 2 ? j + 1 : ""}</th>`)}</tr></thead>
        <tbody>${rows.map((row, i) => html`<tr><th scope="row">${i + 1}</th>
          ${row.map((entry) => html`<td class=${entry < 0 ? "cell minus" : "cell plus"}
            style=${{ "--share": `${Math.round(Math.min(1, Math.abs(entry) / scale) * 78)}%` }}>${shortened(Math.abs(entry) < NOISE * scale ? 0 : entry)}</td>`)}</tr>`)}
        </tbody>
      </table>
      ${!title && html`<${Axes} down=${down} across=${axisCount === 2 ? across : ""} />`}
    <//>`;
}

/** What runs down and across. */
function Axes({ down, across }) {
  return html`<p class="axes"><span class="down">↓ ${down}</span>${
    across && html`<span class="across">→ ${across}</span>`}</p>`;
}
