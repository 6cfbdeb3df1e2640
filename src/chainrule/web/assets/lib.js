// @ts-check
// Preact and htm, bound together once: every other module takes them from here.

import { h, render as draw } from "../vendor/preact/preact.js";
import htm from "../vendor/htm/htm.js";

export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact/hooks.js";

/** @type {(strings: TemplateStringsArray, ...values: any[]) => any} */
export const html = htm.bind(h);
/** @type {(what: any, into: Element) => void} */
export const render = draw;
/** KaTeX is a plain script before the modules: it has no module of its own that is as small. */
export const katex = /** @type {any} */ (window).katex;
