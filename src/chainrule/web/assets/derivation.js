// @ts-check
// The derivation: for each order its rule and why, and five groups of steps that fold. What is
// folded stays in the document, so that it prints.

import { Formula, Scroll } from "./formula.js";
import { html, useMemo, useState } from "./lib.js";
import { edgeOf, huesOf, tableOf } from "./names.js";
import { Space } from "./variables.js";
import { words } from "./words.js";

const LONG = 14; // of a longer group the middle is left out until asked for

export function Derivation({ result, frame, onWalk }) {
  const { orders, steps } = result.derivation;
  const [folded, setFolded] = useState(() => new Set());
  const groups = orders.flatMap((order, place) => groupsOf(order, steps, place));
  const toggle = (id) => {
    const changed = new Set(folded);
    if (!changed.delete(id)) changed.add(id);
    setFolded(changed);
  };
  const isAllFolded = groups.length > 0 && groups.every(({ id }) => folded.has(id));
  const toggleAll = () => setFolded(new Set(isAllFolded ? [] : groups.map(({ id }) => id)));
  return html`
    <section class=${"card derivation" + (frame ? " led" : "")} aria-labelledby="derivation-title">
      <header>
        <h2 id="derivation-title">${words.derivation}</h2>
        <div class="tools">
          ${onWalk && !frame && html`<button type="button" class="strong" onClick=${onWalk}>▸ ${words.walk}</button>`}
          ${groups.length > 0 && html`<button type="button" class="quiet" onClick=${toggleAll}>
            ${isAllFolded ? words.unfoldAll : words.foldAll}</button>`}
        </div>
      </header>
      ${orders.length === 0 && html`<p>${words.noSteps}</p>`}
      ${orders.map((order, place) => html`<${OneOrder} key=${place} order=${order} steps=${steps}
        place=${place} isOnly=${orders.length === 1} frame=${frame}
        groups=${groups.filter((group) => group.place === place)} folded=${folded} onFold=${toggle} />`)}
    </section>`;
}

/** The steps of one order by kind, in the order in which they are taught. */
function groupsOf(order, steps, place) {
  const own = steps.slice(order.start, order.start + order.count)
    .map((step, i) => ({ step, index: order.start + i }));
  return Object.keys(words.groups)
    .map((kind) => ({ kind, place, id: `${place}-${kind}`, lines: own.filter(({ step }) => step.kind === kind) }))
    .filter(({ lines }) => lines.length);
}

function OneOrder({ order, steps, place, isOnly, frame, groups, folded, onFold }) {
  const table = useMemo(() => tableOf(order, steps, place), [order, steps, place]);
  const hues = useMemo(() => huesOf(order), [order]);
  return html`
    <div class="order">
      ${!isOnly && html`<h3 class="order-title">${words.derivationOrder(place + 1)}</h3>`}
      <div class="rule"><strong>${words.rules[order.rule]}</strong><span>${order.why}</span></div>
      <ol class="groups">
        ${groups.map((group) => html`<${Group} key=${group.id} group=${group} order=${order}
          table=${table} hues=${hues} place=${place} frame=${frame}
          isFolded=${!frame && folded.has(group.id)} onFold=${() => onFold(group.id)} />`)}
      </ol>
    </div>`;
}

function Group({ group, order, table, hues, place, frame, isFolded, onFold }) {
  const [showsAll, showAll] = useState(false);
  const { id, kind, lines } = group;
  const isCut = lines.length > LONG && !showsAll && !frame;
  return html`
    <li class=${"group" + (isFolded ? " folded" : "") + (isCut ? " cut" : "")}>
      <h4><button type="button" class="fold" aria-expanded=${isFolded ? "false" : "true"}
        aria-controls=${`group-${id}`} onClick=${onFold}>${words.groups[kind]}</button></h4>
      <ol class=${`steps ${kind}`} id=${`group-${id}`}>
        ${lines.map(({ step, index }) => html`<${StepLine} key=${index} step=${step} index=${index}
          order=${order} table=${table} hue=${hues.get(step.name)} place=${place} frame=${frame} />`)}
      </ol>
      ${isCut && html`<button type="button" class="quiet more" onClick=${() => showAll(true)}>${words.showAll(lines.length)}</button>`}
    </li>`;
}

function StepLine({ step, index, order, table, hue, place, frame }) {
  const look = !frame ? "" : frame.steps.includes(index) ? " now" : frame.seen.has(index) ? "" : " later";
  const edge = edgeOf(order, step);
  const isAbout = ["introduce", "partial"].includes(step.kind);
  return html`
    <li class=${"step" + look} data-hue=${isAbout ? hue : undefined}
        data-about=${isAbout && step.name ? `${place}/${step.name}` : undefined}
        data-step=${index} data-of=${edge ?? undefined}>
      <${Scroll} label=${words.groups[step.kind]} class="equation">
        <span class="lhs"><${Formula} latex=${`${step.lhs.latex} = {}`} table=${table} /></span>
        <span class="rhs"><${Formula} latex=${step.rhs.latex} table=${table}
          substituted=${step.kind === "substitute"} /></span>
        ${step.kind === "introduce" && html`<span class="lies-in">∈ <${Space} shape=${shapeOf(order, step.name)} /></span>`}
      <//>
      <span class="why">${step.why}</span>
    </li>`;
}

function shapeOf(order, name) {
  return order.graph.nodes.find((node) => node.id === name)?.shape ?? [];
}
