"""The data-flow graph of a derivation as a picture: an SVG that stands on its own.

Layers run from the variables on the left to the output on the right; intermediates keep
one colour each. Long derivations are cut: a picture of thousands of nodes shows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from .derivation.record import Derivation
from .expr.build import variable
from .printers.sharing import share
from .printers.unicode import unicode
from .shapes import Shape

NODE_LIMIT = 60
CHARACTER, LINE, PADDING = 8.4, 19, 12
GAP_X, GAP_Y, MARGIN = 64, 26, 20
HUES = (210, 28, 150, 280, 345, 90, 185, 45)
LABEL_LIMIT = 36


@dataclass(frozen=True)
class Node:
    """A variable or an intermediate with what it is and its shape."""

    name: str
    lines: tuple[str, ...]
    depends: bool  # on the variable of the derivative
    layer: int

    @property
    def width(self) -> float:
        return max(len(line) for line in self.lines) * CHARACTER + 2 * PADDING

    @property
    def height(self) -> float:
        return len(self.lines) * LINE + PADDING


def draw(derivation: Derivation) -> str:
    """The graph as SVG text."""
    nodes, edges = graph(derivation)
    columns = ordered_layers(nodes, edges)
    places, width, height = placed(columns)
    flowing = {node.name for node in nodes if node.depends}
    body = [_edge(places[a], places[b], {a, b} <= flowing) for a, b in edges]
    body += [_node(node, *places[node.name][:2], derivation) for node in nodes]
    title = escape(f"Data flow from {derivation.wrt} to {derivation.of}")
    cut = len(derivation.intermediates) > NODE_LIMIT
    note = (
        f'<text class="note" x="{MARGIN}" y="{height - 6:.0f}">the first {NODE_LIMIT} of '
        f"{len(derivation.intermediates)} intermediates</text>"
        if cut
        else ""
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">'
        f"<title>{title}</title><style>{STYLE}</style>{ARROW}{''.join(body)}{note}</svg>\n"
    )


STYLE = (
    "text{font:15px 'STIX Two Math','DejaVu Serif',serif;fill:#1a1a1a}"
    ".shape{font-size:12px;fill:#666}.note{font-size:12px;fill:#666}"
    "rect{stroke-width:1.5}path.edge{fill:none;stroke:#8a8a8a;stroke-width:1.4}"
    "path.flow{stroke:#c2410c;stroke-width:2}"
    "@media (prefers-color-scheme:dark){text{fill:#eee}.shape,.note{fill:#aaa}"
    "rect{fill-opacity:.25}path.edge{stroke:#888}path.flow{stroke:#fb923c}}"
)
ARROW = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
    'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#8a8a8a"/></marker></defs>'
)


def graph(derivation: Derivation) -> tuple[list[Node], list[tuple[str, str]]]:
    """Nodes with their layers, and edges, of the first intermediates."""
    shown = derivation.intermediates[:NODE_LIMIT]
    names = {u.name for u in shown}
    layer: dict[str, int] = {}
    depends = {derivation.wrt}
    shapes: dict[str, Shape] = {}
    edges: list[tuple[str, str]] = []
    for u in shown:
        used = sorted(u.definition.variables)
        for name in used:
            layer.setdefault(name, 0)
            edges.append((name, u.name))
        layer[u.name] = 1 + max((layer[name] for name in used), default=0)
        if any(name in depends for name in used):
            depends.add(u.name)
        shapes[u.name] = u.symbol.shape
    first = {a: min(layer[b] for c, b in edges if c == a) for a, _ in edges}
    nodes = [
        Node(name, (unicode(variable(name)),), name in depends, first[name] - 1)
        for name in sorted(layer)
        if name not in names
    ]
    for u in shown:
        label = f"{unicode(u.symbol)} = {unicode(share(u.definition)[0])}"
        if len(label) > LABEL_LIMIT:
            label = label[: LABEL_LIMIT - 1] + "…"
        shape = "×".join(map(str, u.symbol.shape))
        lines = (label, shape) if shape else (label,)
        nodes.append(Node(u.name, lines, u.name in depends, layer[u.name]))
    return nodes, edges


def ordered_layers(nodes: list[Node], edges: list[tuple[str, str]]) -> list[list[Node]]:
    """Nodes by layer, each layer in the order of what its nodes are linked to."""
    columns: list[list[Node]] = [[] for _ in range(1 + max(n.layer for n in nodes))]
    for node in nodes:
        columns[node.layer].append(node)
    linked: dict[str, list[str]] = {node.name: [] for node in nodes}
    for a, b in edges:
        linked[a].append(b)
        linked[b].append(a)
    for _ in range(4):
        row = {n.name: k for column in columns for k, n in enumerate(column)}
        for column in columns:
            column.sort(
                key=lambda n: (
                    sum(row[o] for o in linked[n.name]) / max(1, len(linked[n.name])),
                    n.name,
                )
            )
    return columns


Box = tuple[float, float, float, float]  # left, top, width, height


def placed(columns: list[list[Node]]) -> tuple[dict[str, Box], float, float]:
    """A box for every node, and the size of the picture."""
    tall = max(sum(n.height + GAP_Y for n in column) for column in columns)
    places: dict[str, Box] = {}
    x: float = MARGIN
    for column in columns:
        wide = max((n.width for n in column), default=0.0)
        y = MARGIN + (tall - sum(n.height + GAP_Y for n in column)) / 2
        for node in column:
            places[node.name] = (x + (wide - node.width) / 2, y, node.width, node.height)
            y += node.height + GAP_Y
        x += wide + GAP_X
    return places, x - GAP_X + MARGIN, tall + MARGIN


def _edge(start: Box, end: Box, flows: bool) -> str:
    x1, y1 = start[0] + start[2], start[1] + start[3] / 2
    x2, y2 = end[0], end[1] + end[3] / 2
    bend = max(24.0, (x2 - x1) / 2)
    kind = "edge flow" if flows else "edge"
    return (
        f'<path class="{kind}" marker-end="url(#tip)" d="M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} '
        f'{y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2 - 1:.1f} {y2:.1f}"/>'
    )


def _node(node: Node, x: float, y: float, derivation: Derivation) -> str:
    order = [u.name for u in derivation.intermediates[:NODE_LIMIT]]
    if node.name in order:
        hue = HUES[order.index(node.name) % len(HUES)]
        paint = f'fill="hsl({hue},70%,92%)" stroke="hsl({hue},55%,45%)"'
    else:
        dash = "" if node.depends else ' stroke-dasharray="4 3"'
        paint = f'fill="#f4f4f5" stroke="#71717a"{dash}'
    rows = "".join(
        f'<text {"class=shape " if k else ""}x="{x + node.width / 2:.1f}" '
        f'y="{y + PADDING / 2 + LINE * (k + 0.75):.1f}" text-anchor="middle">'
        f"{escape(line)}</text>".replace("class=shape", 'class="shape"')
        for k, line in enumerate(node.lines)
    )
    return (
        f'<g><rect x="{x:.1f}" y="{y:.1f}" width="{node.width:.1f}" '
        f'height="{node.height:.1f}" rx="8" {paint}/>{rows}</g>'
    )
