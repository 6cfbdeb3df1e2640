"""Where the boxes of a directed acyclic graph go, from left to right. It knows no formulas.

Each box stands one column right of what it needs. An edge over several columns has a lane
of its own in those between, so no edge runs through a box. Columns are ordered so that
edges cross little, then moved so that edges are straight (Sugiyama's method).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

GAP_X, GAP_Y, MARGIN = 52.0, 22.0, 16.0
SWEEPS = 8

Edge = tuple[str, str]
Point = tuple[float, float]
Cell = str | tuple[Edge, int]  # a box, or the lane of an edge through a column
Links = Mapping[Cell, list[Cell]]


@dataclass(frozen=True)
class Box:
    name: str
    width: float
    height: float


@dataclass(frozen=True)
class Picture:
    """Left upper corners of boxes, and for each edge the points it goes through in turn.

    Between the 1st and 2nd point, the 3rd and 4th, ... an edge is level; else it may bend.
    """

    corners: Mapping[str, Point]
    routes: Mapping[Edge, tuple[Point, ...]]
    width: float
    height: float


def lay_out(boxes: Sequence[Box], edges: Sequence[Edge]) -> Picture:
    """The picture of an acyclic graph; the boxes stand in an order that edges respect."""
    columns = columns_of(boxes, edges)
    cells, before, after = cells_of(columns, edges)
    put_in_order(cells, before, after)
    sizes: dict[Cell, float] = {box.name: box.height for box in boxes}
    middle = _middles(cells, before, after, sizes)
    widths = {box.name: box.width for box in boxes}
    left = [MARGIN]
    for column in cells:
        left.append(left[-1] + GAP_X + max(widths.get(str(cell), 0.0) for cell in column))
    corners: dict[str, Point] = {}
    for box in boxes:
        start, end = _sides(left, columns[box.name])
        x = (start + end - box.width) / 2
        corners[box.name] = (x, middle[box.name] - box.height / 2)
    routes: dict[Edge, tuple[Point, ...]] = {}
    for a, b in edges:
        points = [(corners[a][0] + widths[a], middle[a]), (_sides(left, columns[a])[1], middle[a])]
        for between in range(columns[a] + 1, columns[b]):
            points += [(x, middle[(a, b), between]) for x in _sides(left, between)]
        points += [(_sides(left, columns[b])[0], middle[b]), (corners[b][0], middle[b])]
        routes[a, b] = tuple(points)
    bottom = max((corners[box.name][1] + box.height for box in boxes), default=0.0)
    lanes = max((y for route in routes.values() for _, y in route), default=0.0)
    return Picture(corners, routes, left[-1] - GAP_X + MARGIN, max(bottom, lanes) + MARGIN)


def _sides(left: Sequence[float], column: int) -> Point:
    return left[column], left[column + 1] - GAP_X


def columns_of(boxes: Sequence[Box], edges: Sequence[Edge]) -> dict[str, int]:
    """One right of the rightmost input; what has no input stands close to its first use."""
    needs: dict[str, list[str]] = {box.name: [] for box in boxes}
    users: dict[str, list[str]] = {box.name: [] for box in boxes}
    for a, b in edges:
        needs[b].append(a)
        users[a].append(b)
    column: dict[str, int] = {}
    for box in boxes:
        column[box.name] = 1 + max((column[name] for name in needs[box.name]), default=-1)
    for box in boxes:
        if not needs[box.name] and users[box.name]:
            column[box.name] = min(column[name] for name in users[box.name]) - 1
    return column


def cells_of(
    columns: Mapping[str, int], edges: Sequence[Edge]
) -> tuple[list[list[Cell]], Links, Links]:
    """The cells of each column, and what is linked to each from the columns beside it."""
    cells: list[list[Cell]] = [[] for _ in range(1 + max(columns.values(), default=-1))]
    before: dict[Cell, list[Cell]] = {}
    after: dict[Cell, list[Cell]] = {}
    for name, column in columns.items():
        cells[column].append(name)
    for a, b in edges:
        way: list[Cell] = [a]
        for column in range(columns[a] + 1, columns[b]):
            way.append(((a, b), column))
            cells[column].append(way[-1])
        way.append(b)
        for left, right in pairwise(way):
            before.setdefault(right, []).append(left)
            after.setdefault(left, []).append(right)
    return cells, before, after


def put_in_order(cells: list[list[Cell]], before: Links, after: Links) -> None:
    """Sort each column by the mean place of its neighbours; keep the best order met."""
    best = [list(column) for column in cells]
    fewest = crossings(cells, after)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        links = before if forward else after
        for column in cells if forward else reversed(cells):
            place = {cell: float(k) for other in cells for k, cell in enumerate(other)}
            column.sort(key={cell: _near(cell, links, place) for cell in column}.__getitem__)
        found = crossings(cells, after)
        if found < fewest:
            best, fewest = [list(column) for column in cells], found
    cells[:] = best


def crossings(cells: Sequence[Sequence[Cell]], after: Links) -> int:
    total = 0
    for column, following in pairwise(cells):
        place = {cell: k for k, cell in enumerate(following)}
        ends = [sorted(place[c] for c in after.get(cell, ()) if c in place) for cell in column]
        flat = [end for group in ends for end in group]
        total += sum(a > b for k, a in enumerate(flat) for b in flat[k + 1 :])
    return total


def _middles(
    cells: Sequence[Sequence[Cell]], before: Links, after: Links, sizes: Mapping[Cell, float]
) -> dict[Cell, float]:
    """Heights of the middles: near the neighbours' mean, in order, with gaps between."""
    middle: dict[Cell, float] = {}
    for column in cells:
        y = 0.0
        for cell in column:
            middle[cell] = y + sizes.get(cell, 0.0) / 2
            y += sizes.get(cell, 0.0) + GAP_Y
        for cell in column:
            middle[cell] -= (y - GAP_Y) / 2
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        links = before if forward else after
        for column in cells if forward else reversed(cells):
            wished = [_near(cell, links, middle) for cell in column]
            room = [sizes.get(cell, 0.0) for cell in column]
            middle.update(zip(column, _spread(wished, room), strict=True))
    top = min((middle[c] - sizes.get(c, 0.0) / 2 for column in cells for c in column), default=0.0)
    return {cell: y - top + MARGIN for cell, y in middle.items()}


def _spread(wished: Sequence[float], sizes: Sequence[float]) -> list[float]:
    """The places closest to `wished` (least squares) that keep the order and the gaps.

    With the room that each needs taken off, the places must only not decrease: whoever
    would pass the next shares a block with it, at the block's mean.
    """
    offsets = [0.0]
    for above, below in pairwise(sizes):
        offsets.append(offsets[-1] + (above + below) / 2 + GAP_Y)
    blocks: list[tuple[float, int]] = []  # (mean, members)
    for wish, offset in zip(wished, offsets, strict=False):
        mean, members = wish - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, more = blocks.pop()
            mean = (mean * members + other * more) / (members + more)
            members += more
        blocks.append((mean, members))
    level = [mean for mean, members in blocks for _ in range(members)]
    return [mean + offset for mean, offset in zip(level, offsets, strict=False)]


def _near(cell: Cell, links: Links, place: Mapping[Cell, float]) -> float:
    """The mean place of what a cell is linked to; its own where that is nothing."""
    near = [place[other] for other in links.get(cell, ())]
    return sum(near) / len(near) if near else place[cell]
