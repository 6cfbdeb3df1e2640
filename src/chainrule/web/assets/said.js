// @ts-check
// A few words on what a button has done, for a moment.

import { html, useRef, useState } from "./lib.js";
import { inWords } from "./words.js";

const MOMENT = 2500;

/** @returns {[string, (text: string) => void]} */
export function useSaid() {
  const [said, setSaid] = useState("");
  const timer = useRef(0);
  const say = (/** @type {string} */ text) => {
    clearTimeout(timer.current);
    setSaid(text);
    timer.current = setTimeout(() => setSaid(""), MOMENT);
  };
  return [said, say];
}

/** @param {{text: string}} props a sentence in which `code` stands between backticks */
export function Sentence({ text }) {
  return inWords(text).split(/`([^`]+)`/).map((part, i) => (i % 2 ? html`<code>${part}</code>` : part));
}

/** @param {{error: import("./types.js").Failure}} props what the engine would not do, and why */
export function Refusal({ error }) {
  return html`<p class="refused" role="status"><${Sentence} text=${error.message} />${
    error.hint && html` (<${Sentence} text=${error.hint} />)`}</p>`;
}
