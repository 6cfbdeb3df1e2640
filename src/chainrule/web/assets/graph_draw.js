// @ts-check
// The data-flow graph as an SVG element: a box for each variable and intermediate, an arrow for
// each use, with the space its values lie in.

import { GAP, layOut } from "./graph_layout.js";
import { element, mathText, spaceText } from "./math_text.js";
import { huesOf } from "./names.js";

const PADDING = { x: 14, y: 9 };
const MARGIN = 6;
const LINE = 22; // the height of a text
const LONGEST = 34;

/**
 * The height that a graph will have, so that what stands below it need not move. It is another
 * where links take more room between two rows, or where the graph is wider than its card.
 */
export function roomFor({ graph: { nodes, edges } }) {
  const rows = new Map();
  for (const { id } of nodes) { // each after those it uses
    const used = edges.filter(([, to]) => to === id).map(([from]) => rows.get(from));
    rows.set(id, 1 + Math.max(0, ...used));
  }
  const last = Math.max(...rows.values());
  const height = last * (LINE + 2 * PADDING.y) + (last - 1) * (LINE + GAP) + 2 * MARGIN;
  return inRem(height);
}

/**
 * @param {import("./types.js").Order} order
 * @param {number} place
 * @param {string} label
 * @returns {Promise<SVGSVGElement>}
 */
export async function drawGraph(order, place, label) {
  const hues = huesOf(order);
  const { nodes, edges } = order.graph;
  const written = new Map(nodes.map((node) => [node.symbol.unicode, hues.get(node.id)]));
  const shapes = new Map(nodes.map((node) => [node.id, node.shape]));
  await Promise.all(["18px KaTeX_Main", "italic 18px KaTeX_Math"].map((font) => document.fonts.load(font)));
  const texts = nodes.map((node) => mathText(captionOf(node), written));
  const spaces = edges.map(([from]) => spaceText(shapes.get(from)));
  const sizes = measured([...texts, ...spaces]);
  const boxes = nodes.map((node, i) => ({
    id: node.id,
    width: Math.max(34, sizes[i].width + 2 * PADDING.x),
    height: sizes[i].height + 2 * PADDING.y,
  }));
  const links = edges.map(([from, to], i) => {
    const { width, height } = sizes[nodes.length + i];
    return { from, to, width: width + 10, height };
  });
  const found = await layOut(boxes, links);
  const width = found.width + 2 * MARGIN;
  const height = found.height + 2 * MARGIN;
  const picture = element("svg", {
    class: "flow", viewBox: `${-MARGIN} ${-MARGIN} ${width} ${height}`, width, height,
    role: "group", "aria-label": label,
  });
  links.forEach((link, i) => picture.append(drawLink(link, found.links[i], spaces[i], order, place)));
  nodes.forEach((node, i) =>
    picture.append(drawBox(node, boxes[i], found.boxes[i], texts[i], hues.get(node.id), order, place)));
  picture.style.width = inRem(width);
  return picture;
}

/** A length that grows with the text around it. */
const inRem = (pixels) => `${pixels / 16}rem`;

function captionOf(node) {
  if (!node.definition) return node.symbol.unicode;
  const caption = `${node.symbol.unicode} = ${node.definition.unicode}`;
  return caption.length > LONGEST ? caption.slice(0, LONGEST - 1) + "…" : caption;
}

/** Sizes of texts that are not on the page yet. */
function measured(texts) {
  const bench = element("svg", { class: "flow bench" }, ...texts);
  document.body.append(bench);
  const sizes = texts.map((text) => ({ width: text.getComputedTextLength(), height: LINE }));
  bench.remove();
  return sizes;
}

function drawBox(node, box, [x, y], text, hue, order, place) {
  const kind = node.id === order.wrt ? "wrt" : node.definition ? "intermediate" : "constant";
  const isOutput = node.id === order.of;
  text.setAttribute("x", x);
  text.setAttribute("y", y + 6);
  text.setAttribute("text-anchor", "middle");
  const [left, top] = [x - box.width / 2, y - box.height / 2];
  const radius = kind === "intermediate" ? 9 : box.height / 2;
  const frame = (out) => element("rect", {
    x: left - out, y: top - out, width: box.width + 2 * out, height: box.height + 2 * out,
    rx: radius + out, class: out ? "outer" : "box",
  });
  return element("g", {
    class: `node ${kind}${node.varies ? "" : " fixed"}`, "data-name": `${place}/${node.id}`,
    "data-id": node.id, "data-hue": hue, tabindex: 0, role: "img",
    "aria-label": `${captionOf(node)}, ${node.shape.join(" × ") || "1"}`,
  }, ...(isOutput ? [frame(4)] : []), frame(0), text);
}

function drawLink({ from, to }, { tip, points, label }, text, order, place) {
  const varying = new Set(order.graph.nodes.filter((node) => node.varies).map((node) => node.id));
  const [first, ...rest] = points;
  const bends = rest.map((point) => point.join(" ")).join(" ");
  const curve = `M${first.join(" ")}C${bends}L${tip.join(" ")}`;
  text.setAttribute("x", label[0]);
  text.setAttribute("y", label[1] + 5);
  text.setAttribute("text-anchor", "middle");
  const end = points[points.length - 1];
  return element("g", {
    class: `link${varying.has(from) ? " varies" : ""}`, "data-edge": `${place}/${from}>${to}`,
    "data-id": `${from}>${to}`,
  },
  element("path", { class: "reach", d: curve }),
  element("path", { class: "line", d: curve }),
  element("path", { class: "tip", d: arrow(end, tip) }),
  element("path", { class: "back-tip", d: arrow(points[1], first, 9) }),
  text);
}

/** A triangle that ends in `to`, coming from `from`. */
function arrow(from, to, size = 8) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const [bx, by] = [to[0] - ux * size, to[1] - uy * size];
  const half = size * 0.45;
  return `M${to.join(" ")}L${bx - uy * half} ${by + ux * half}L${bx + uy * half} ${by - ux * half}Z`;
}
