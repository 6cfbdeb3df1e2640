// @ts-check
// A small field that keeps what is being typed until it is left, whatever the page hears
// meanwhile.

import { html, useState } from "./lib.js";

/**
 * @param {{value: string, onTyped?: (text: string) => void, onLeft?: (text: string) => void}} props
 *   further properties are those of the input
 */
export function Draft({ value, onTyped, onLeft, ...rest }) {
  const [draft, setDraft] = useState(null);
  const type = (event) => {
    setDraft(event.currentTarget.value);
    onTyped?.(event.currentTarget.value);
  };
  const leave = () => {
    if (draft !== null) onLeft?.(draft);
    setDraft(null);
  };
  const press = (event) => event.key === "Enter" && leave();
  return html`<input ...${rest} value=${draft ?? value} onInput=${type} onBlur=${leave}
    onKeyDown=${press} />`;
}
