// @ts-check
// The one door to the engine. Which transport stands behind it, a server or a worker in this
// page, is named by <meta name="chainrule-engine">; each is a module engine_NAME.js that exports
// `send(request, body, signal)`, and `watch(say)` where its engine has to start first.

const NAME = document.querySelector('meta[name="chainrule-engine"]')?.getAttribute("content");

/** Whether the engine runs in this page, without a server. */
export const isHere = NAME === "pyodide";
const transport = isHere ? import("./engine_pyodide.js") : import("./engine_server.js");

/**
 * The result object of a request: derive, check, code, numbers, understand or examples.
 *
 * Rejects with an AbortError when `signal` is aborted; every other failure is a result with
 * `ok: false`.
 *
 * @param {string} request
 * @param {Object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function ask(request, body, signal) {
  try {
    const { send } = await transport;
    return await send(request, body, signal);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, error: { kind: "engine", message, start: null, end: null, hint: null } };
  }
}

/**
 * Calls `say` with each stage of the engine's start, and with null when it can answer or has
 * failed.
 * @param {(stage: ?import("./types.js").Stage) => void} say
 */
export async function watchStart(say) {
  const found = await transport;
  if ("watch" in found) found.watch(say);
}
