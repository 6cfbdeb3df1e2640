// @ts-check
// The whole page: what is asked, what was found, and which part shows what.

import { Answer } from "./answer.js";
import { CheckMine } from "./check.js";
import { Code } from "./code.js";
import { Derivation } from "./derivation.js";
import { ask } from "./engine.js";
import { Examples } from "./examples.js";
import { Field } from "./field.js";
import { Formula, Scroll } from "./formula.js";
import { Graph } from "./graph.js";
import { html, useEffect, useMemo, useState } from "./lib.js";
import { Numbers } from "./numbers.js";
import { Settings } from "./settings.js";
import { Starting, useStart } from "./starting.js";
import { changeTo, guessVariable, problemOf, readState, writeState } from "./state.js";
import { Top } from "./top.js";
import { Variables } from "./variables.js";
import { framesOf } from "./frames.js";
import { Walk } from "./walk.js";
import { speak, words } from "./words.js";

const DELAY = 25; // milliseconds without a key press before the engine is asked
const NOTHING = {
  understood: null, result: null, problem: null, failure: null, wrt: null, stale: false,
};

export function App() {
  const [state, setState] = useState(readState);
  const [showsExamples, showExamples] = useState(false);
  const change = (changes) => setState((old) => ({ ...old, ...changes }));
  const edit = (changes) => change({ ...changes, walk: null });
  speak(state.lang);
  const found = useEngine(state);
  const stage = useStart();
  const late = useLater(found.result);
  useAddress(state, setState);
  const frames = useMemo(() => (late ? framesOf(late) : []), [late]);
  const last = frames.length - 1;
  const now = state.walk === null ? null : Math.min(state.walk, last);
  const frame = now === null ? null : frames[now] ?? null;
  const move = (by) => setState((old) => {
    const walk = Math.max(0, Math.min(last, Math.min(old.walk, last) + by));
    return { ...old, walk };
  });
  useEffect(() => {
    const expr = found.understood?.expr.unicode;
    document.title = expr ? `d(${expr})/d${found.wrt} · chainrule` : "chainrule";
  }, [found.understood, found.wrt]);

  const pick = (problem) => {
    const next = { ...state, ...changeTo(problem) };
    history.pushState(null, "", writeState(next));
    setState(next);
  };
  const variables = found.understood?.variables ?? [];
  const wrt = guessVariable(variables.map(({ name }) => name), state.wrt);
  const shown = found.result;
  return html`
    ${shown && html`<a class="skip" href="#answer" onClick=${skipTo}>${words.skip}</a>`}
    <${Top} state=${state} onChange=${change} onExamples=${() => showExamples(true)} />
    <main class=${(frame ? "walking" : "") + (found.stale ? " stale" : "")}>
      <section class="ask" aria-label=${words.expression}>
        <${Field} id="expression" label=${words.expression} large value=${state.expr}
          placeholder=${words.placeholder} failure=${found.failure}
          onInput=${(expr) => edit({ expr })} />
        <div class="reading">
          ${found.understood && html`
            <div class="understood"><span class="label">${words.understood}</span>
              <${Scroll} label=${words.understood}>
                <${Formula} latex=${`${outputOf(shown)} = ${found.understood.expr.latex}`} /><//></div>`}
          <${Help} />
        </div>
        <${Variables} variables=${variables} wrt=${wrt} state=${state} onChange=${edit} />
        <${Settings} variables=${variables} wrt=${wrt} state=${state} onChange=${edit} />
      </section>
      ${stage && html`<${Starting} stage=${stage} />`}
      ${shown && html`
        <${Answer} result=${shown} wrt=${found.wrt} problem=${found.problem} isStale=${found.stale} />
        <div class="columns">
          <div class="column">
            ${frame && html`<${Walk} frames=${frames} now=${now} result=${late}
              onMove=${move} onLeave=${() => change({ walk: null })} />`}
            ${late && html`<${Derivation} result=${late} frame=${frame}
              onWalk=${frames.length ? () => change({ walk: 0 }) : null} />`}
          </div>
          <div class="column side">
            ${late && late.derivation.orders.length > 0 && html`<${Graph} result=${late} frame=${frame} />`}
            <${CheckMine} problem=${found.problem} mine=${state.mine} onChange=${(mine) => change({ mine })} />
            <${Numbers} problem=${found.problem} />
            <${Code} problem=${found.problem} />
          </div>
        </div>`}
    </main>
    <footer><p>${words.footer}</p></footer>
    ${showsExamples && html`<${Examples} lang=${state.lang} onPick=${pick}
      onClose=${() => showExamples(false)} />`}`;
}

/** Ask on every change of the problem; what is older is cancelled. */
function useEngine(state) {
  const [found, setFound] = useState(NOTHING);
  const question = JSON.stringify(problemOf(state));
  useEffect(() => {
    const waiting = new AbortController();
    const timer = setTimeout(() => {
      answerTo(state, waiting.signal, setFound).catch(ignoreAbort);
    }, DELAY);
    return () => {
      clearTimeout(timer);
      waiting.abort();
    };
  }, [question]);
  return found;
}

async function answerTo(state, signal, setFound) {
  if (!state.expr.trim()) return setFound(NOTHING);
  const failed = (failure) => setFound((old) => ({ ...old, failure, stale: true }));
  const understood = await ask("understand", problemOf(state), signal);
  if (!understood.ok) return failed(understood.error);
  const names = understood.variables.map((variable) => variable.name);
  const wrt = guessVariable(names, state.wrt);
  const problem = problemOf(state, wrt);
  const result = await ask("derive", problem, signal);
  setFound((old) => ({
    understood,
    wrt,
    result: result.ok ? result : old.result,
    problem: result.ok ? problem : old.problem, // of the result, not of what is being typed
    failure: result.ok ? null : result.error,
    stale: !result.ok,
  }));
}

function ignoreAbort(error) {
  if (error.name !== "AbortError") throw error;
}

/** The value, one frame later: the formula is painted before its steps are. */
function useLater(value) {
  const [late, setLate] = useState(null);
  useEffect(() => {
    let timer = 0;
    const painted = requestAnimationFrame(() => {
      timer = setTimeout(() => setLate(value));
    });
    return () => {
      cancelAnimationFrame(painted);
      clearTimeout(timer);
    };
  }, [value]);
  return late;
}

/** The state stands in the address bar, and follows it. */
function useAddress(state, setState) {
  useEffect(() => {
    const timer = setTimeout(() => {
      const address = writeState(state);
      if (address !== location.hash) history.replaceState(null, "", address);
    }, 200);
    return () => clearTimeout(timer);
  }, [state]);
  useEffect(() => {
    const follow = () => location.hash.includes("e=") && setState(readState());
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
}

/** What the derivation calls the value of the expression. */
function outputOf(result) {
  return result?.derivation.orders[0]?.output.latex ?? "y";
}

function skipTo(event) {
  event.preventDefault();
  document.getElementById("answer")?.focus();
}

function Help() {
  return html`
    <details class="help">
      <summary>${words.syntax}</summary>
      <table><tbody>${words.help.map(([typed, meaning]) => html`
        <tr><th scope="row"><code>${typed}</code></th><td>${meaning}</td></tr>`)}</tbody></table>
    </details>`;
}
