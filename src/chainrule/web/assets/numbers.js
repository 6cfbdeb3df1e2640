// @ts-check
// The expression and its derivative at numbers that can be edited.

import { html, useEffect, useState } from "./lib.js";
import { ask, isHere } from "./engine.js";
import { Draft } from "./draft.js";
import { Name, Scroll } from "./formula.js";
import { HeatMap, shortened } from "./heatmap.js";
import { Refusal } from "./said.js";
import { words } from "./words.js";

const DELAY = 150;

export function Numbers({ problem }) {
  const [isOpen, setOpen] = useState(false);
  const question = JSON.stringify({ ...problem, lang: "" });
  const [edited, setEdited] = useState(null); // {question, values}: values of another problem lapse
  const values = edited?.question === question ? edited.values : null;
  const found = useNumbers(problem, question, values, isOpen);
  const shown = values ?? found?.values;
  const set = (name, value) => setEdited({ question, values: { ...shown, [name]: value } });
  return html`
    <details class="card numbers" onToggle=${(event) => setOpen(event.currentTarget.open)}>
      <summary><h2>${words.numbers}</h2></summary>
      <p class="hint">${words.numbersHint}${isHere && ` ${words.numbersHere}`}</p>
      ${shown && html`<div class="given">${Object.entries(shown).map(([name, value]) => html`
        <${Entries} key=${name} name=${name} value=${value} onChange=${(changed) => set(name, changed)} />`)}
      </div>`}
      ${values && html`<button type="button" class="quiet" onClick=${() => setEdited(null)}>${words.fresh}</button>`}
      ${found && !found.ok && html`<${Refusal} error=${found.error} />`}
      ${found?.ok && html`
        <h3>${words.value}</h3>
        <${HeatMap} array=${found.value} axes=${[words.entryOf(words.theExpression), words.columnsOf(words.theExpression)]} />
        <h3>${words.derivativeAt}</h3>
        <${HeatMap} array=${found.derivative} axes=${axesOf(found)} isTurned=${isTurned(found)} />`}
    </details>`;
}

/** The result, and the problem that it answers: the page may be at another already. */
function useNumbers(problem, question, values, isOpen) {
  const [found, setFound] = useState(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    const waiting = new AbortController();
    const timer = setTimeout(() => {
      const body = values ? { ...problem, values } : problem;
      ask("numbers", body, waiting.signal).then((result) => setFound({ ...result, problem }), () => {});
    }, values ? DELAY : 0);
    return () => {
      clearTimeout(timer);
      waiting.abort();
    };
  }, [question, JSON.stringify(values), isOpen]);
  return isOpen ? found : null;
}

/** What runs along each axis of the derivative. */
function axesOf({ problem, ...found }) {
  const named = (axes, what) =>
    axes === 2 ? [words.rowsOf(what), words.columnsOf(what)] : Array(axes).fill(words.entryOf(what));
  const wrt = depth(found.values[problem.wrt]);
  const own = found.shape.length - wrt * problem.order;
  const by = Array.from({ length: problem.order }, () => named(wrt, problem.wrt)).flat();
  return [...named(own, words.theExpression), ...by];
}

/** The denominator layout shows the transpose of a Jacobian. */
function isTurned({ problem, ...found }) {
  const own = found.shape.length - depth(found.values[problem.wrt]) * problem.order;
  return problem.layout === "denominator" && own === 1 && found.shape.length === 2;
}

const depth = (value) => (Array.isArray(value) ? 1 + depth(value[0]) : 0);

/** The entries of one variable, to be edited. */
function Entries({ name, value, onChange }) {
  const axes = depth(value);
  const rows = axes === 2 ? value : axes === 1 ? value.map((entry) => [entry]) : [[value]];
  const change = (i, j) => (text) => {
    const entry = Number(text);
    if (text === "" || !Number.isFinite(entry)) return;
    const changed = rows.map((row, k) => row.map((old, l) => (k === i && l === j ? entry : old)));
    onChange(axes === 2 ? changed : axes === 1 ? changed.map(([only]) => only) : changed[0][0]);
  };
  const place = (i, j) => [name, i + 1, j + 1].slice(0, axes + 1).join(" ");
  return html`
    <div class="entries" role="group" aria-label=${name}>
      <span class="of"><${Name} name=${name} /> =</span>
      <${Scroll} label=${name} class=${axes ? "bracketed" : ""}>
        <table><tbody>${rows.map((row, i) => html`<tr>${row.map((entry, j) => html`
          <td><${Draft} type="number" step="any" value=${shortened(entry)} aria-label=${place(i, j)}
            onTyped=${change(i, j)} /></td>`)}</tr>`)}</tbody></table>
      <//>
    </div>`;
}
