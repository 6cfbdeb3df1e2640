// @ts-check
// The shapes of what the engine takes and gives, for the type comments of the other modules.

/**
 * @typedef {"fetch"|"start"} Stage of the start of an engine in the page
 * @typedef {{text: string, unicode: string, latex: string}} Formula
 * @typedef {(number|string)[]} Shape
 * @typedef {{expr: string, wrt: ?string, order: number, layout: string, symmetric: string,
 *   let: Record<string, string[]>, assume: Record<string, string[]>}} Problem
 * @typedef {{name: string, shape: Shape, kind: string, properties: string[],
 *   inferred: boolean}} Variable
 * @typedef {{kind: string, message: string, start: ?number, end: ?number, hint: ?string}} Failure
 * @typedef {{id: string, symbol: Formula, shape: Shape, varies: boolean,
 *   definition?: Formula, full?: ?Formula}} Node
 * @typedef {{kind: string, rule: ?string, name: ?string, wrt: ?string, lhs: Formula,
 *   rhs: Formula, why: string, check: string}} Step
 * @typedef {{start: number, count: number, rule: string, why: string, way: string, paths: number,
 *   routes: string[][], wrt: string, of: string, output: Formula,
 *   graph: {nodes: Node[], edges: [string, string][]}}} Order
 * @typedef {{ok: true, expr: Formula & {shape: Shape}, derivative: Object,
 *   derivation: {rule: ?string, paths: number, steps: Step[], orders: Order[]},
 *   check: Object}} Result
 */

export {};
