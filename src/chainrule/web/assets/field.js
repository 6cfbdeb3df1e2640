// @ts-check
// A field for expressions. Behind the text lies a copy of it, in which the place of an error is
// underlined; the message stands under that very place.

import { html, useLayoutEffect, useRef } from "./lib.js";
import { Sentence } from "./said.js";
import { words } from "./words.js";

/**
 * @param {{id: string, label: string, value: string, placeholder: string, large?: boolean,
 *   failure: ?import("./types.js").Failure, onInput: (text: string) => void}} props
 */
export function Field({ id, label, value, placeholder, large, failure, onInput }) {
  const box = useRef(null);
  const area = useRef(null);
  const place = placeOf(failure, value);
  useLayoutEffect(() => {
    const spot = box.current.querySelector(".spot");
    const message = box.current.querySelector(".message");
    area.current.style.height = "auto";
    area.current.style.height = `${area.current.scrollHeight}px`;
    if (!message) return;
    const outer = box.current.getBoundingClientRect();
    const at = spot ? spot.getClientRects()[0] : null;
    const left = at ? at.left - outer.left + at.width / 2 : 20;
    message.style.setProperty("--at", `${Math.max(14, Math.min(left, outer.width - 14))}px`);
  });
  const typed = (event) => onInput(event.currentTarget.value);
  const pressed = (event) => {
    if (event.key === "Enter" && !event.shiftKey) event.preventDefault();
  };
  return html`
    <div class=${"field" + (large ? " large" : "") + (failure ? " failed" : "")} ref=${box}>
      <label for=${id}>${label}</label>
      <div class="input">
        <div class="behind" aria-hidden="true">${
          place && html`${value.slice(0, place[0])}<span class="spot">${
            value.slice(...place) || " "
          }</span>${value.slice(place[1])}`
        }${" "}</div>
        <textarea id=${id} ref=${area} rows="1" spellcheck=${false} autocomplete="off"
          autocapitalize="off" autocorrect="off" placeholder=${placeholder} value=${value}
          aria-invalid=${failure ? "true" : "false"} aria-describedby=${`${id}-message`}
          onInput=${typed} onKeyDown=${pressed}></textarea>
      </div>
      <div id=${`${id}-message`} aria-live="polite">
        ${failure && html`<${Message} failure=${failure} />`}
      </div>
    </div>`;
}

function Message({ failure }) {
  return html`<div class=${"message" + (failure.start == null ? " nowhere" : "")}>
    <strong>${words.errors[failure.kind] ?? failure.kind}</strong>
    <span><${Sentence} text=${failure.message} /></span>
    ${failure.hint && html`<small>${words.hint}: <${Sentence} text=${failure.hint} /></small>`}
  </div>`;
}

/** Where an error stands, at least one character wide. */
function placeOf(failure, text) {
  if (failure?.start == null) return null;
  const start = Math.min(failure.start, text.length);
  return [start, Math.max(start + 1, failure.end ?? 0)];
}
