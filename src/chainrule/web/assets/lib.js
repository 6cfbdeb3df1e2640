// Preact and htm, bound together once: every other module takes them from here.

import { h, render } from "../vendor/preact/preact.js";
import htm from "../vendor/htm/htm.js";

export { render };
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact/hooks.js";
export const html = htm.bind(h);
