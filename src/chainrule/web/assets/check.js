// @ts-check
// Check my answer: the student's own derivative, right or wrong, and the kind of slip.

import { html, useEffect, useState } from "./lib.js";
import { ask } from "./engine.js";
import { Field } from "./field.js";
import { words } from "./words.js";

const DELAY = 250;

export function CheckMine({ problem, mine, onChange }) {
  const verdict = useVerdict(problem, mine);
  const failure = verdict && !verdict.ok ? verdict.error : null;
  return html`
    <section class="card check-mine" aria-labelledby="check-title">
      <h2 id="check-title">${words.check}</h2>
      <${Field} id="mine" label=${words.checkHint} value=${mine} failure=${failure}
        placeholder=${`d/d${problem.wrt ?? "x"} = …`} onInput=${onChange} />
      <div aria-live="polite">${verdict?.ok && html`<${Verdict} verdict=${verdict}
        isNamed=${problem.lang === "en"} />`}</div>
    </section>`;
}

function useVerdict(problem, mine) {
  const [verdict, setVerdict] = useState(null);
  const question = JSON.stringify([problem, mine]);
  useEffect(() => {
    setVerdict(null);
    if (!mine.trim()) return undefined;
    const waiting = new AbortController();
    const timer = setTimeout(() => {
      ask("check", { ...problem, answer: mine }, waiting.signal).then(setVerdict, () => {});
    }, DELAY);
    return () => {
      clearTimeout(timer);
      waiting.abort();
    };
  }, [question]);
  return verdict;
}

/** Kinds of slips have English names; in other languages the sentence says enough. */
function Verdict({ verdict, isNamed }) {
  return html`
    <div class=${`verdict ${verdict.right ? "good" : "bad"}`}>
      <span class="mark" aria-hidden="true">${verdict.right ? "✓" : "✗"}</span>${" "}${verdict.sentence}
      ${verdict.slip && isNamed && html`<span class="slip" title=${words.slip}>${verdict.slip.replaceAll("-", " ")}</span>`}
    </div>`;
}
