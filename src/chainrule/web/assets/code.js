// @ts-check
// The derivative as a function to run, with its words coloured.

import { html, useEffect, useState } from "./lib.js";
import { ask, isHere } from "./engine.js";
import { copyText } from "./clipboard.js";
import { TARGETS } from "./copy.js";
import { Scroll } from "./formula.js";
import { tokens } from "./highlight.js";
import { Refusal, useSaid } from "./said.js";
import { Choice } from "./settings.js";
import { words } from "./words.js";

export function Code({ problem }) {
  const [isOpen, setOpen] = useState(false);
  const [target, setTarget] = useState("numpy");
  const found = useCode(problem, target, isOpen);
  const [said, say] = useSaid();
  const copy = async () => {
    say((await copyText(found.code[target])) ? words.copied(TARGETS[target]) : words.notCopied);
  };
  return html`
    <details class="card code" onToggle=${(event) => setOpen(event.currentTarget.open)}>
      <summary><h2>${words.code}</h2></summary>
      <div class="bar">
        <${Choice} label=${words.code} name="target" chosen=${target} options=${Object.entries(TARGETS)}
          onChoose=${setTarget} />
        ${found?.ok && html`<button type="button" class="quiet" onClick=${copy}>${words.copyAs} ${TARGETS[target]}</button>`}
        <span class="said" role="status">${said}</span>
      </div>
      ${isHere && html`<p class="hint">${words.codeHere(TARGETS[target])}</p>`}
      ${found && !found.ok && html`<${Refusal} error=${found.error} />`}
      ${found?.ok && html`<${Scroll} label=${words.code}><pre><code>${
        tokens(found.code[target]).map(([kind, text]) => kind ? html`<span class=${`tok ${kind}`}>${text}</span>` : text)
      }</code></pre><//>`}
    </details>`;
}

function useCode(problem, target, isOpen) {
  const [found, setFound] = useState(null);
  const question = JSON.stringify([problem, target]);
  useEffect(() => {
    if (!isOpen) return undefined;
    const waiting = new AbortController();
    ask("code", { ...problem, target }, waiting.signal)
      .then((result) => setFound({ ...result, target }), () => {});
    return () => waiting.abort();
  }, [question, isOpen]);
  return found?.target === target ? found : null;
}
