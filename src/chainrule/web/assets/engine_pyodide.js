// @ts-check
// The engine of a page without a server: requests go to a worker (pyodide_worker.js), one at a
// time. A request that was given up is dropped; a worker that hangs is ended and started anew.

/** @typedef {import("./types.js").Stage} Stage */
/**
 * @typedef {object} Waiting
 * @property {number} id
 * @property {string} request
 * @property {object} body
 * @property {(result: object) => void} resolve
 * @property {(reason: unknown) => void} reject
 */

const LIMIT = 20_000; // milliseconds that one request may take
const PATIENCE = 2_000; // ... after it was given up: about what a new worker takes to start

/** @type {?Worker} */
let worker = null;
/** @type {?Stage} the worker's, null when it can answer */
let stage = null;
/** @type {Waiting[]} */
let queue = [];
/** @type {?Waiting} */
let running = null;
let timer = 0;
let count = 0;
/** @type {(stage: ?Stage) => void} */
let tell = () => {};

/** @param {(stage: ?Stage) => void} say hears of every change, and of how it is now */
export function watch(say) {
  tell = say;
  say(stage);
}

function start() {
  const fresh = new Worker(new URL("./pyodide_worker.js", import.meta.url), { type: "module" });
  worker = fresh;
  become("fetch");
  fresh.addEventListener("message", ({ data }) => {
    if (worker !== fresh) return;
    if ("stage" in data) become(data.stage);
    else if ("reason" in data) fail(data.reason);
    else finish(data);
    next();
  });
  fresh.addEventListener("error", (event) => {
    event.preventDefault();
    if (worker === fresh) fail(event.message || "its files could not be loaded");
  });
}

/** @param {?Stage} now */
function become(now) {
  stage = now;
  tell(stage);
}

function end() {
  clearTimeout(timer);
  worker?.terminate();
  worker = null;
  running = null;
}

/** The worker cannot be used: all are told, and the next request tries once more. */
function fail(/** @type {string} */ reason) {
  const all = running ? [running, ...queue] : queue;
  queue = [];
  end();
  become(null);
  for (const one of all) one.reject(new Error(reason));
}

/** @param {{id: number, result: object, isBroken: boolean}} answer */
function finish({ id, result, isBroken }) {
  if (running?.id !== id) return;
  clearTimeout(timer);
  running.resolve(result); // nobody hears it where it was given up
  running = null;
  if (isBroken) restart();
}

function next() {
  if (running || stage !== null || !queue.length) return;
  const one = /** @type {Waiting} */ (queue.shift());
  running = one;
  timer = setTimeout(() => restart("it took too long, and was stopped"), LIMIT);
  worker?.postMessage({ id: one.id, request: one.request, body: one.body });
}

/** End the worker with what it is doing, and go on with a new one. */
function restart(message = "stopped") {
  const hint = "try a smaller expression or order";
  running?.resolve({ ok: false, error: { kind: "limit", message, start: null, end: null, hint } });
  end();
  start();
}

/**
 * The result of a request, as from the server.
 * @param {string} request
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<object>}
 */
export function send(request, body, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const one = { id: ++count, request, body, resolve, reject };
    signal?.addEventListener("abort", () => {
      queue = queue.filter((other) => other !== one);
      if (running === one) {
        clearTimeout(timer);
        timer = setTimeout(restart, PATIENCE);
      }
      reject(signal.reason);
    });
    queue.push(one);
    if (!worker) start();
    next();
  });
}

start();
