// @ts-check
// The engine of a page without a server: requests go to a worker (pyodide_worker.js), one at a
// time. A request that was given up is dropped; a worker that hangs is ended and started anew.

/** @typedef {{ok: boolean, [field: string]: unknown}} Result */
/**
 * @typedef {object} Waiting
 * @property {number} id
 * @property {string} request
 * @property {object} body
 * @property {boolean} dropped
 * @property {(result: Result) => void} resolve
 * @property {(reason: unknown) => void} reject
 */

const LIMIT = 20_000; // milliseconds that one request may take
const PATIENCE = 1_500; // how long a dropped request may keep others waiting

/** @type {Worker | null} */
let worker = null;
/** @type {Promise<void>} */
let started;
/** @type {Waiting[]} */
let queue = [];
/** @type {Waiting | null} */
let running = null;
let began = 0;
let timer = 0;
let count = 0;

/** Start the worker; `ready` of this module follows the first one. */
function start() {
  const fresh = new Worker(new URL("./pyodide_worker.js", import.meta.url), { type: "module" });
  worker = fresh;
  started = new Promise((resolve, reject) => {
    fresh.addEventListener("message", ({ data }) => {
      if (data.ready === true) resolve();
      else if (data.ready === false) reject(new Error(data.reason));
      else finish(data.id, data.result);
    });
    fresh.addEventListener("error", (event) => {
      event.preventDefault();
      reject(new Error(event.message || "the engine could not be loaded"));
    });
  });
  started.then(next, fail);
  return started;
}

/** When the engine can answer; rejected where it could not be loaded. */
export const ready = start();
ready.catch(() => {}); // whoever asks is told

function finish(/** @type {number} */ id, /** @type {Result} */ result) {
  if (running?.id !== id) return;
  clearTimeout(timer);
  const done = running;
  running = null;
  if (!done.dropped) done.resolve(result);
  next();
}

function fail(/** @type {unknown} */ reason) {
  const all = running ? [running, ...queue] : queue;
  running = null;
  queue = [];
  for (const one of all) if (!one.dropped) one.reject(reason);
}

async function next() {
  if (running || !queue.length) return;
  const one = /** @type {Waiting} */ (queue.shift());
  running = one;
  try {
    await started;
  } catch {
    return; // `fail` has told everybody
  }
  if (one.dropped) {
    running = null;
    return next();
  }
  began = performance.now();
  timer = setTimeout(() => restart("it took too long, and was stopped"), LIMIT);
  worker?.postMessage({ id: one.id, request: one.request, body: one.body });
}

/** End the worker with what it is doing, and go on with a new one. */
function restart(/** @type {string} */ message) {
  clearTimeout(timer);
  worker?.terminate();
  const ended = running;
  running = null;
  if (ended && !ended.dropped) {
    const hint = "try a smaller expression or order";
    const error = { kind: "limit", message, start: null, end: null, hint };
    ended.resolve({ ok: false, error });
  }
  start();
}

/** The one that runs was given up: wait for it a while, since a new worker takes longer. */
function hurry() {
  clearTimeout(timer);
  const left = Math.max(0, PATIENCE - (performance.now() - began));
  timer = setTimeout(() => (queue.length ? restart("stopped") : hurry()), left || 100);
}

/**
 * The result of a request (derive, check, code, numbers), as from the server.
 * @param {string} request
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<Result>}
 */
export function ask(request, body, signal) {
  return new Promise((resolve, reject) => {
    const given = () => signal?.reason ?? new DOMException("given up", "AbortError");
    if (signal?.aborted) return reject(given());
    /** @type {Waiting} */
    const one = { id: ++count, request, body, dropped: false, resolve, reject };
    signal?.addEventListener("abort", () => {
      if (one.dropped) return;
      one.dropped = true;
      queue = queue.filter((other) => other !== one);
      if (running === one && began) hurry();
      reject(given());
    });
    queue.push(one);
    next();
  });
}
