// @ts-check
// The closed form, what it rests on, and ways to take it elsewhere.

import { html, useEffect, useState } from "./lib.js";
import { ask } from "./engine.js";
import { copyText } from "./clipboard.js";
import { FORMATS, TARGETS, written } from "./copy.js";
import { Formula, Scroll } from "./formula.js";
import { Refusal, useSaid } from "./said.js";
import { words } from "./words.js";

export function Answer({ result, wrt, problem, isStale }) {
  const { derivative, check } = result;
  return html`
    <section class="card answer" id="answer" tabindex="-1" aria-labelledby="answer-title"
        aria-busy=${isStale ? "true" : "false"}>
      <h2 id="answer-title">${words.answer}</h2>
      <${Scroll} label=${words.answer} class="closed-form">
        <${Formula} latex=${`${derivative.lhs.latex} = ${derivative.latex}`} />
      <//>
      <p class="hidden" aria-live="polite">${derivative.lhs.unicode} = ${derivative.unicode}</p>
      ${derivative.parts.length > 0 && html`<${Equations} label=${words.where}
        list=${derivative.parts.map((part) => [part.symbol.latex, part.latex])} />`}
      ${derivative.differential && html`<${Equations} label=${words.differential}
        list=${[[nameOf(derivative.differential), derivative.differential.latex]]} />`}
      ${derivative.family && html`<${Equations} label=${words.block}
        list=${[[`\\mathrm{block}_{${derivative.family.name}}`, derivative.family.latex]]} />`}
      <ul class="facts">
        <li><${Badge} check=${check} /></li>
        <li>${words.shape} <b>${derivative.shape.join(" × ") || words.scalarShape}</b></li>
        <li>${words.notation[derivative.notation]}</li>
        ${words.curvature[derivative.curvature] && html`
          <li>${words.curvatureBy(words.curvature[derivative.curvature], wrt)}</li>`}
      </ul>
      ${derivative.notes.length > 0 && html`
        <ul class="notes" aria-label=${words.notes}>
          ${derivative.notes.map((note) => html`<li>${note}</li>`)}
        </ul>`}
      <${CopyBar} result=${result} problem=${problem} />
    </section>`;
}

/** dY, or dy, as the engine names it. */
function nameOf({ name }) {
  return `\\mathrm{d} ${name.slice(1)}`;
}

function Equations({ label, list }) {
  return html`<div class="equations"><span class="label">${label}</span>
    <div>${list.map(([left, right]) => html`<${Scroll} label=${label}>
      <${Formula} latex=${`${left} = ${right}`} /><//>`)}</div></div>`;
}

function Badge({ check }) {
  const error = check.max_relative_error ? check.max_relative_error.toExponential(0) : "";
  return html`<span class=${`badge ${check.verdict}`}
    title=${words.checkDetail(check.method, check.points, error)}>
    ${words.checks[check.verdict]}${check.verdict === "numeric" && error ? ` (≤ ${error})` : ""}</span>`;
}

function CopyBar({ result, problem }) {
  const [said, say] = useSaid();
  const [refused, setRefused] = useState(null);
  const [all, setAll] = useState(false);
  useEffect(() => setRefused(null), [result]);
  const copy = async (name, text) => {
    setRefused(null);
    say((await copyText(text)) ? words.copied(name) : words.notCopied);
  };
  const copyCode = async (target, name) => {
    const found = await ask("code", { ...problem, target });
    if (found.ok) await copy(name, found.code[target]);
    else setRefused(found.error);
  };
  return html`
    <div class="copy" role="group" aria-label=${words.copyAs}>
      <span class="label">${words.copyAs}</span>
      <div class="buttons">
        ${FORMATS.map((name) => html`<button type="button" class="quiet" key=${name}
          onClick=${() => copy(name, written(name, result, all))}>${name}</button>`)}
        ${Object.entries(TARGETS).map(([target, name]) => html`<button type="button" class="quiet"
          key=${target} onClick=${() => copyCode(target, name)}>${name}</button>`)}
      </div>
      <label class="check"><input type="checkbox" checked=${all}
        onChange=${() => setAll(!all)} /> ${words.withSteps}</label>
      <span class="said" role="status">${said}</span>
      ${refused && html`<${Refusal} error=${refused} />`}
    </div>`;
}
