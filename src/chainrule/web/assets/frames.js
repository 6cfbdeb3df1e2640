// @ts-check
// The frames of the step-through: the data flow as it is drawn, forward through the
// intermediates, back through the partial derivatives, along each path in its turn, and then
// the formula as it is combined, substituted and simplified.

import { edgeOf } from "./names.js";
import { words } from "./words.js";

/**
 * @typedef {{order: number, phase: string, title: string, text: string, steps: number[],
 *   equations: {lhs: string, rhs: string, kind?: string}[], nodes: Set<string>, edges: Set<string>,
 *   lit: Set<string>, back: Set<string>, seen: Set<number>}} Frame
 *   nodes and edges are drawn; lit are strong now; back have been gone back along.
 */

/** @param {import("./types.js").Result} result @returns {Frame[]} */
export function framesOf({ derivation: { orders, steps } }) {
  const seen = new Set();
  return orders.flatMap((order, place) => framesOfOrder(order, steps, place, seen));
}

function framesOfOrder(order, steps, place, seenBefore) {
  const own = steps.slice(order.start, order.start + order.count)
    .map((step, i) => ({ step, index: order.start + i }));
  const ofKind = (...kinds) => own.filter(({ step }) => kinds.includes(step.kind));
  const frames = [];
  const drawn = { nodes: new Set([order.wrt]), edges: new Set(), back: new Set() };
  const add = (phase, title, text, shown, lit, equations = shown.map(equationOf)) => {
    for (const { index } of shown) seenBefore.add(index);
    frames.push({
      order: place, phase, title, text, equations,
      steps: shown.map(({ index }) => index),
      nodes: new Set(drawn.nodes), edges: new Set(drawn.edges), back: new Set(drawn.back),
      lit: new Set(lit), seen: new Set(seenBefore),
    });
  };

  const symbol = symbolsOf(order);
  const start = `${words.walkStart(symbol(order.wrt))} ${words.walkConstants}`;
  add(words.rules[order.rule], words.rules[order.rule], `${start} ${order.why}`, [], [order.wrt]);
  for (const each of ofKind("introduce")) {
    const into = order.graph.edges.filter(([, to]) => to === each.step.name);
    drawn.nodes.add(each.step.name);
    for (const [from, to] of into) {
      drawn.nodes.add(from);
      drawn.edges.add(`${from}>${to}`);
    }
    add(words.walkForward, words.groups.introduce, each.step.why, [each],
      [each.step.name, ...into.map(([from, to]) => `${from}>${to}`)]);
  }
  for (const each of backward(order, ofKind("partial"))) {
    const along = edgesOf(order, each.step);
    for (const edge of along) drawn.back.add(edge);
    add(words.walkBack, words.groups.partial, each.step.why, [each], [each.step.name, ...along]);
  }
  const routes = distinct(order.routes);
  routes.forEach((route, i) => {
    const along = route.slice(1).map((name, j) => `${route[j]}>${name}`);
    const product = productAlong(order, own, along);
    if (routes.length === 1 && !product) return;
    add(words.walkPaths, words.walkPath(i + 1, routes.length), route.map(symbol).join(" → "), [],
      [...route, ...along], product ? [product] : []);
  });
  for (const each of ofKind("combine", "substitute", "simplify")) {
    add(words.walkDone, words.groups[each.step.kind], each.step.why, [each], []);
  }
  return frames;
}

const equationOf = ({ step }) => ({ lhs: step.lhs.latex, rhs: step.rhs.latex, kind: step.kind });

/** In the chain-rule style the partials stand from the variable on; the walk goes back. */
function backward(order, partials) {
  return order.way === "chain" ? [...partials].reverse() : partials;
}

/** The edges a partial derivative is about: one in the chain-rule style, else those of a name. */
function edgesOf(order, step) {
  const one = edgeOf(order, step);
  if (one) return [one];
  const end = order.way === "pullback" ? 0 : 1;
  return order.graph.edges.filter((edge) => edge[end] === step.name).map((edge) => edge.join(">"));
}

/** The product of the partial derivatives along a path, from the output to the variable. */
function productAlong(order, own, along) {
  const partial = new Map(own.map(({ step }) => [edgeOf(order, step), step.lhs.latex]));
  const factors = along.map((edge) => partial.get(edge)).reverse();
  if (!factors.length || factors.includes(undefined)) return null;
  return { lhs: "", rhs: factors.join(" ") };
}

function distinct(routes) {
  return [...new Map(routes.map((route) => [route.join(">"), route])).values()];
}

function symbolsOf(order) {
  const symbols = new Map(order.graph.nodes.map((node) => [node.id, node.symbol.unicode]));
  return (name) => symbols.get(name) ?? name;
}
