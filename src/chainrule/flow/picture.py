"""The data-flow graph drawn: an SVG that stands on its own, in light and dark.

Variables stand on the left, the output on the right; what depends on the variable of the
derivative is linked in one strong colour, and each intermediate keeps a colour of its own.
Long derivations are cut: a picture of thousands of boxes shows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise

from ..derivation.record import Derivation, Intermediate
from ..expr.build import variable
from ..printers.sharing import share
from ..printers.unicode import unicode
from .layout import MARGIN, Box, Edge, Picture, Point, lay_out

INTERMEDIATE_LIMIT, VARIABLE_LIMIT, LABEL_LIMIT = 60, 24, 36
CHARACTER, LINE, PADDING = 8.4, 19.0, 12.0
HUES = (210, 28, 150, 280, 345, 90, 185, 45)
STYLE = (
    "text{font:15px 'STIX Two Math','Cambria Math','DejaVu Serif',serif;fill:#1a1a1a;"
    "text-anchor:middle}.shape,.note{font-size:12px;fill:#666}.note{text-anchor:start}"
    "rect{fill:#f4f4f5;stroke:#71717a;stroke-width:1.5}rect.fixed{stroke-dasharray:4 3}"
    "rect.wrt{stroke:#c2410c}rect.output{stroke-width:3}"
    "path{fill:none;stroke:#8a8a8a;stroke-width:1.4}path.flow{stroke:#c2410c;stroke-width:2}"
    "path.tip{fill:#8a8a8a;stroke:none}path.flow-tip{fill:#c2410c;stroke:none}"
)
DARK = (
    "text{fill:#eee}.shape,.note{fill:#aaa}rect{fill:#27272a;stroke:#a1a1aa}"
    "rect.wrt{stroke:#fb923c}path.flow{stroke:#fb923c}path.flow-tip{fill:#fb923c}"
)


@dataclass(frozen=True)
class Node:
    """A variable or an intermediate: how it is written, its shape, and how it is drawn."""

    name: str
    formula: str
    shape: str
    style: str

    @property
    def lines(self) -> tuple[str, ...]:
        return (self.formula, self.shape) if self.shape else (self.formula,)

    @property
    def box(self) -> Box:
        width = max(map(len, self.lines)) * CHARACTER + 2 * PADDING
        return Box(self.name, width, len(self.lines) * LINE + PADDING)


def draw(derivation: Derivation) -> str:
    """The graph as SVG text."""
    nodes, edges, note = graph(derivation)
    picture = lay_out([node.box for node in nodes], edges)
    flowing = derivation.varying
    body = [_edge(picture, edge, flowing) for edge in edges]
    body += [_box(node, picture.corners[node.name]) for node in nodes]
    width, height = max(picture.width, 8.0 * len(note)), picture.height + (20 if note else 0)
    if note:
        body.append(f'<text class="note" x="{MARGIN:g}" y="{height - 8:.1f}">{escape(note)}</text>')
    title = f"Data flow from {derivation.wrt} to {derivation.of}"
    description = "; ".join(node.formula for node in nodes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">\n'
        f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>\n"
        f"<style>{_style()}</style>\n{_tip('tip')}{_tip('flow-tip')}\n"
        + "\n".join(body)
        + "\n</svg>\n"
    )


def graph(derivation: Derivation) -> tuple[list[Node], list[Edge], str]:
    """Boxes in an order that edges respect, edges, and a note on what is left out."""
    shown = derivation.intermediates[:INTERMEDIATE_LIMIT]
    names = {u.name for u in shown}
    used = {u.name: sorted(u.definition.variables) for u in shown}
    variables = sorted({name for u in shown for name in used[u.name]} - names)
    variables.sort(key=lambda name: name != derivation.wrt)  # it is never left out
    kept = sorted(variables[:VARIABLE_LIMIT])
    nodes = [_variable(name, derivation.wrt) for name in kept]
    flowing = derivation.varying
    last = derivation.intermediates[-1].name
    nodes += [_intermediate(u, place, last, flowing) for place, u in enumerate(shown)]
    edges = [
        (name, u.name) for u in shown for name in used[u.name] if name in names or name in kept
    ]
    left_out = {
        "intermediates": len(derivation.intermediates) - len(shown),
        "variables": len(variables) - len(kept),
    }
    more = [f"{count} more {what}" for what, count in left_out.items() if count]
    return nodes, edges, ("not drawn: " + ", ".join(more)) if more else ""


def _variable(name: str, wrt: str) -> Node:
    return Node(name, unicode(variable(name)), "", "wrt" if name == wrt else "fixed")


def _intermediate(u: Intermediate, place: int, last: str, flowing: frozenset[str]) -> Node:
    label = f"{unicode(u.symbol)} = {unicode(share(u.definition)[0])}"
    if len(label) > LABEL_LIMIT:
        label = label[: LABEL_LIMIT - 1] + "…"
    style = f"hue{place % len(HUES)}"
    style += " output" if u.name == last else "" if u.name in flowing else " fixed"
    return Node(u.name, label, " × ".join(map(str, u.symbol.shape)), style)


def _style() -> str:
    light, dark = "", ""
    for place, hue in enumerate(HUES):
        light += f"rect.hue{place}{{fill:hsl({hue},70%,92%);stroke:hsl({hue},55%,45%)}}"
        dark += f"rect.hue{place}{{fill:hsl({hue},45%,18%);stroke:hsl({hue},50%,60%)}}"
    return f"{STYLE}{light}@media (prefers-color-scheme:dark){{{DARK}{dark}}}"


def _tip(name: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" '
        'markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path class="{name}" d="M0 0.5L8 4L0 7.5z"/></marker>'
    )


def _edge(picture: Picture, edge: Edge, flowing: frozenset[str]) -> str:
    route = picture.routes[edge]
    (x, y), *_ = route
    path = f"M{x:.1f} {y:.1f}"
    for place, (start, end) in enumerate(pairwise(route)):
        path += f"L{end[0]:.1f} {end[1]:.1f}" if place % 2 == 0 else _bend(start, end)
    kind, tip = ("edge flow", "flow-tip") if set(edge) <= flowing else ("edge", "tip")
    ends = f'data-from="{escape(edge[0])}" data-to="{escape(edge[1])}"'
    return f'<path class="{kind}" {ends} marker-end="url(#{tip})" d="{path}"/>'


def _bend(start: Point, end: Point) -> str:
    (x1, y1), (x2, y2) = start, end
    half = (x2 - x1) / 2
    return f"C{x1 + half:.1f} {y1:.1f} {x2 - half:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"


def _box(node: Node, corner: Point) -> str:
    x, y = corner
    box = node.box
    middle = x + box.width / 2
    rows = [f'<text x="{middle:.1f}" y="{y + 20:.1f}">{escape(node.formula)}</text>']
    if node.shape:
        rows.append(
            f'<text class="shape" x="{middle:.1f}" y="{y + 38:.1f}">{escape(node.shape)}</text>'
        )
    return (
        f'<g data-name="{escape(node.name)}"><rect class="{node.style}" '
        f'x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="8"/>{"".join(rows)}</g>'
    )
