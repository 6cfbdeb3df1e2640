// @ts-check
// The stage of the step-through: one equation, large, and the way on and back.

import { Formula, Scroll } from "./formula.js";
import { html, useLayoutEffect, useMemo, useRef } from "./lib.js";
import { tableOf } from "./names.js";
import { words } from "./words.js";

const FAR = 10_000;
const KEYS = { ArrowRight: 1, ArrowLeft: -1, PageDown: 1, PageUp: -1, Home: -FAR, End: FAR };

/** @param {{frames: import("./frames.js").Frame[], now: number, onMove: (by: number) => void,
 *   onLeave: () => void, result: Object}} props */
export function Walk({ frames, now, result, onMove, onLeave }) {
  const last = frames.length - 1;
  const frame = frames[now];
  const stage = useRef(null);
  const { orders, steps } = result.derivation;
  const table = useMemo(() => tableOf(orders[frame.order], steps, frame.order), [result, frame.order]);
  // At once: a key pressed as soon as the stage is seen counts.
  useLayoutEffect(() => {
    stage.current.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }, []);
  useLayoutEffect(() => {
    const press = (event) => {
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "Escape") onLeave();
      else if (event.key in KEYS) onMove(KEYS[event.key]);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [onMove, onLeave]);
  return html`
    <section class="card stage" tabindex="-1" ref=${stage} aria-label=${words.walk}>
      <div class="track" aria-hidden="true">${frames.map((each, i) => html`<i key=${i}
        class=${i < now ? "past" : i === now ? "now" : ""} data-phase=${each.phase}></i>`)}</div>
      <div class="scene" aria-live="polite">
        <p class="phase">${frame.title}</p>
        ${frame.equations.map(({ lhs, rhs, kind }, i) => html`<${Scroll} key=${`${now}-${i}`} label=${frame.title} class="line">
          <${Formula} latex=${lhs ? `${lhs} = ${rhs}` : rhs} table=${table}
            substituted=${kind === "substitute"} /><//>`)}
        <p class="text">${frame.text}</p>
      </div>
      <div class="walk-bar">
        <button type="button" class="quiet" disabled=${now === 0} onClick=${() => onMove(-1)}>← ${words.previous}</button>
        <span class="count" title=${words.walkKeys}>${words.frame(now + 1, frames.length)}</span>
        <button type="button" class="strong" disabled=${now === last} onClick=${() => onMove(1)}>${words.next} →</button>
        <button type="button" class="quiet leave" onClick=${onLeave}>${words.leave}</button>
      </div>
    </section>`;
}
