// @ts-check
// Where the boxes and arrows of the graph lie: Graphviz, in WebAssembly, fetched when a graph is
// first drawn.

/** @typedef {{id: string, width: number, height: number}} Box */
/** @typedef {{from: string, to: string, width: number, height: number}} Link */

const INCH = 72;
/** Between a row of boxes and the next, in pixels, without the labels of the links. */
export const GAP = 30;
/** @type {?Promise<any>} */
let loading = null;

function graphviz() {
  return (loading ??= import("../vendor/viz/viz.js").then((viz) => viz.instance()));
}

/**
 * Positions in pixels: of each box its centre, of each link its points and its label's centre.
 *
 * @param {Box[]} boxes
 * @param {Link[]} links
 */
export async function layOut(boxes, links) {
  const places = new Map(boxes.map((box, i) => [box.id, `n${i}`]));
  const found = (await graphviz()).renderJSON({
    graphAttributes: { rankdir: "TB", nodesep: 0.35, ranksep: GAP / INCH, pad: 0 },
    nodeAttributes: { shape: "box", fixedsize: true, label: "" },
    edgeAttributes: { arrowsize: 0.7 },
    nodes: boxes.map((box) => ({
      name: places.get(box.id),
      attributes: { width: box.width / INCH, height: box.height / INCH },
    })),
    edges: links.map((link, i) => ({
      tail: places.get(link.from),
      head: places.get(link.to),
      attributes: { id: `e${i}`, label: { html: sized(link) } },
    })),
  });
  const [, , width, height] = found.bb.split(",").map(Number);
  const flipped = ([x, y]) => [x, height - y];
  const nodes = new Map(found.objects.map((node) => [node.name, flipped(pair(node.pos))]));
  const edges = new Map((found.edges ?? []).map((edge) => [edge.id, edge]));
  return {
    width,
    height,
    boxes: boxes.map((box) => nodes.get(places.get(box.id))),
    links: links.map((_, i) => {
      const edge = edges.get(`e${i}`);
      const [tip, ...points] = edge.pos.split(" ").map((each) => flipped(pair(each.replace("e,", ""))));
      return { tip, points, label: flipped(pair(edge.lp)) };
    }),
  };
}

const pair = (text) => text.split(",").map(Number);

/** A label that takes the room of ours, which is drawn later. */
function sized({ width, height }) {
  const size = `WIDTH="${Math.ceil(width)}" HEIGHT="${Math.ceil(height)}"`;
  return `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" FIXEDSIZE="TRUE" ${size}><TR><TD></TD></TR></TABLE>`;
}
