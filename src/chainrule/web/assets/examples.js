// @ts-check
// Problems to start from, in a dialog.

import { html, useEffect, useRef, useState } from "./lib.js";
import { ask } from "./engine.js";
import { words } from "./words.js";

/** @param {{lang: string, onPick: (problem: Object) => void, onClose: () => void}} props */
export function Examples({ lang, onPick, onClose }) {
  const dialog = useRef(null);
  const [examples, setExamples] = useState([]);
  useEffect(() => {
    dialog.current.showModal();
    const waiting = new AbortController();
    ask("examples", {}, waiting.signal)
      .then((result) => setExamples(result.examples ?? []))
      .catch(() => {});
    return () => waiting.abort();
  }, []);
  const pick = (problem) => {
    dialog.current.close();
    onPick(problem);
  };
  const outside = (event) => event.target === dialog.current && dialog.current.close();
  const say = (both) => both?.[lang] ?? both?.en ?? "";
  return html`
    <dialog class="examples" ref=${dialog} aria-labelledby="examples-title" onClose=${onClose}
        onClick=${outside}>
      <div class="sheet">
        <header>
          <div><h2 id="examples-title">${words.examples}</h2><p>${words.examplesHint}</p></div>
          <button type="button" class="quiet" onClick=${() => dialog.current.close()}>${words.close}</button>
        </header>
        ${grouped(examples, say).map(([group, list]) => html`
          <section key=${group}>
            <h3>${group}</h3>
            <ul>${list.map(({ title, problem }) => html`<li>
              <button type="button" class="example" onClick=${() => pick(problem)}>
                <span>${say(title)}</span><code>${problem.expr}</code>
                ${problem.wrt && html`<small>${"d/d" + problem.wrt}${problem.order > 1 ? `, ${words.orders[problem.order - 1]}` : ""}</small>`}
              </button></li>`)}</ul>
          </section>`)}
      </div>
    </dialog>`;
}

function grouped(examples, say) {
  const groups = new Map();
  for (const example of examples) {
    const group = say(example.group);
    groups.set(group, [...(groups.get(group) ?? []), example]);
  }
  return [...groups];
}
