// Start of the page.

import { App } from "./app.js";
import { watchPointer } from "./hover.js";
import { html, render } from "./lib.js";

const root = document.getElementById("app");
root.replaceChildren();
render(html`<${App} />`, root);
watchPointer();
