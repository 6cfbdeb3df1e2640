// @ts-check
// Start of the page.

import { App } from "./app.js";
import { watchPointer } from "./hover.js";
import { html, render } from "./lib.js";
import { watchPrint } from "./print.js";

const root = /** @type {HTMLElement} */ (document.getElementById("app"));
root.replaceChildren();
render(html`<${App} />`, root);
watchPointer();
watchPrint();
