// Hands the engine to the test; the real page does the same behind assets/engine.js.
import * as engine from "./engine_pyodide.js";

Object.assign(window, { engine });
