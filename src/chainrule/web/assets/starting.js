// @ts-check
// What the page waits for while its engine starts in the browser.

import { html, useEffect, useState } from "./lib.js";
import { watchStart } from "./engine.js";
import { words } from "./words.js";

/** @typedef {import("./types.js").Stage} Stage */

/** @returns {?Stage} null where the engine can answer */
export function useStart() {
  const [stage, setStage] = useState(/** @type {?Stage} */ (null));
  useEffect(() => {
    watchStart(setStage);
  }, []);
  return stage;
}

/** @param {{stage: Stage}} props */
export function Starting({ stage }) {
  const stages = Object.entries(words.stages);
  const place = stages.findIndex(([name]) => name === stage);
  return html`
    <section class="card starting">
      <h2>${words.starting}</h2>
      <ol>${stages.map(([name, label], i) => html`
        <li key=${name} class=${i < place ? "done" : i === place ? "now" : ""}
          aria-current=${i === place ? "step" : undefined}>${label}</li>`)}
      </ol>
      <p class="hint">${words.startingHint}</p>
      <p class="hidden" role="status">${words.starting}: ${words.stages[stage]}</p>
    </section>`;
}
