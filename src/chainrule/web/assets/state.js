// @ts-check
// What the page is about, and the same in the address bar: a link restores it. Declarations are
// written as the command line takes them, A:m,n and A:spd.

/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {Problem & {lang: string, mine: string, walk: ?number}} State */

export const START = {
  expr: "norm2(A*x - b)^2",
  wrt: null,
  order: 1,
  layout: "numerator",
  symmetric: "free",
  let: {},
  assume: {},
};
const PLAIN = ["layout", "symmetric"];

/** @returns {State} */
export function readState(hash = location.hash, lang = preferredLanguage()) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  /** @type {State} */
  const state = { ...START, let: {}, assume: {}, lang, mine: "", walk: null };
  state.expr = given.get("e") ?? state.expr;
  if (given.has("wrt")) state.wrt = given.get("wrt");
  for (const name of PLAIN) if (given.has(name)) state[name] = given.get(name);
  const order = Number(given.get("order"));
  if (Number.isInteger(order) && order >= 1 && order <= 8) state.order = order;
  state.let = declarations(given.get("let"));
  state.assume = declarations(given.get("assume"));
  const asked = given.get("lang");
  if (asked === "en" || asked === "zh") state.lang = asked;
  state.mine = given.get("mine") ?? "";
  const walk = given.get("step");
  if (walk !== null && /^\d{1,4}$/.test(walk)) state.walk = Number(walk);
  return state;
}

/** @param {State} state */
export function writeState(state) {
  const given = new URLSearchParams({ e: state.expr });
  if (state.wrt) given.set("wrt", state.wrt);
  if (state.order !== 1) given.set("order", String(state.order));
  for (const name of PLAIN) if (state[name] !== START[name]) given.set(name, state[name]);
  for (const name of ["let", "assume"]) {
    const listed = Object.entries(state[name]).map(([key, values]) => `${key}:${values.join(",")}`);
    if (listed.length) given.set(name, listed.join(";"));
  }
  given.set("lang", state.lang);
  if (state.mine) given.set("mine", state.mine);
  if (state.walk !== null) given.set("step", String(state.walk));
  return "#" + given.toString();
}

/** "A:m,n;b:" as {A: ["m", "n"], b: []}. */
function declarations(text) {
  const found = {};
  for (const part of (text ?? "").split(";")) {
    const [name, values, ...rest] = part.split(":");
    if (!name.trim() || values === undefined || rest.length) continue;
    found[name.trim()] = values.split(",").map((v) => v.trim()).filter(Boolean);
  }
  return found;
}

/** The problem as the engine takes it: declarations of what does not occur are left out. */
export function problemOf(state, wrt = state.wrt) {
  const present = new Set(state.expr.match(/[\p{L}_][\p{L}\p{N}_]*/gu));
  const kept = (given) =>
    Object.fromEntries(Object.entries(given).filter(([name]) => present.has(name)));
  return {
    expr: state.expr,
    wrt,
    order: state.order,
    layout: state.layout,
    symmetric: state.symmetric,
    let: kept(state.let),
    assume: kept(state.assume),
    lang: state.lang,
  };
}

/** An example's problem as a change of the state. */
export function changeTo(problem) {
  const given = Object.entries(problem.let ?? {}).map(([name, shape]) => [
    name,
    typeof shape === "string" ? shape.split(",").filter(Boolean) : shape.map(String),
  ]);
  const { expr, wrt = null, order = 1, assume = {} } = problem;
  const let_ = Object.fromEntries(given);
  return { ...START, expr, wrt, order, let: let_, assume, mine: "", walk: null };
}

const FAVOURITES = ["x", "w", "X", "W", "θ", "z", "Z", "Q", "u", "U"];

/** The variable one would differentiate by, when nothing was said. */
export function guessVariable(names, wanted) {
  if (names.includes(wanted)) return wanted;
  return FAVOURITES.find((name) => names.includes(name)) ?? names[names.length - 1] ?? null;
}

function preferredLanguage() {
  return (navigator.language ?? "en").toLowerCase().startsWith("zh") ? "zh" : "en";
}
