// The one door to the engine. Which transport stands behind it, a server or a worker in this
// page, is named by <meta name="chainrule-engine">; each is a module engine_NAME.js that exports
// `send(request, body, signal)`.

const NAME = document.querySelector('meta[name="chainrule-engine"]')?.getAttribute("content");
const transport = import(`./engine_${NAME === "pyodide" ? "pyodide" : "server"}.js`);

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
    if (error.name === "AbortError") throw error;
    return { ok: false, error: { kind: "engine", message: String(error.message ?? error) } };
  }
}
