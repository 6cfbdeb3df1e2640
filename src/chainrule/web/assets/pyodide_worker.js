// @ts-check
// The engine in a worker of its own: Pyodide, and in it the package's `faces.api.answer`.
// It answers one request after the other; who asks too much is stopped by ending the worker.

// @ts-expect-error: `chainrule site` puts Pyodide there
import { loadPyodide } from "../pyodide/pyodide.mjs";

const START = `
import json
import sys

sys.path.insert(0, "/engine")
from chainrule.faces.api import answer

def ask(request, body):
    return json.dumps(answer(request, json.loads(body)), ensure_ascii=False)

ask
`;
const FIRST = { expr: "norm2(A*x - b)^2", wrt: "x" }; // the first answer imports the rest

/** @returns {Promise<(request: string, body: string) => string>} */
async function start() {
  const here = import.meta.url;
  const loading = loadPyodide({ indexURL: new URL("../pyodide/", here).href });
  const response = await fetch(new URL("../engine.zip", here));
  if (!response.ok) throw new Error(`engine.zip: ${response.status}`);
  const archive = await response.arrayBuffer();
  const pyodide = await loading;
  postMessage({ stage: "start" });
  pyodide.unpackArchive(archive, "zip", { extractDir: "/engine" });
  const ask = pyodide.runPython(START);
  ask("derive", JSON.stringify(FIRST));
  return ask;
}

const engine = start();
engine.then(
  () => postMessage({ stage: null }),
  (error) => postMessage({ reason: String(error) }),
);

/** What a request that broke the engine gets, in the form of every other refusal. */
function failure(/** @type {unknown} */ error) {
  const lines = String(error).trim().split("\n");
  const message = `the engine failed: ${lines[lines.length - 1]}`.slice(0, 180);
  return { ok: false, error: { kind: "limit", message, start: null, end: null, hint: null } };
}

addEventListener("message", async (event) => {
  const { id, request, body } = event.data;
  const ask = await engine;
  try {
    postMessage({ id, result: JSON.parse(ask(request, JSON.stringify(body))), isBroken: false });
  } catch (error) {
    postMessage({ id, result: failure(error), isBroken: true });
  }
});
