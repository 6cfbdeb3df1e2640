"""The data-flow picture: nothing overlaps, every edge is seen, the file stands on its own."""

from __future__ import annotations

import re
import time
from itertools import combinations, pairwise
from random import Random
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.flow import draw
from chainrule.flow.layout import (
    Box,
    Edge,
    Picture,
    cells_of,
    columns_of,
    crossings,
    lay_out,
    put_in_order,
)
from chainrule.flow.picture import INTERMEDIATE_LIMIT, VARIABLE_LIMIT
from chainrule.result import Result, derive

SVG = "{http://www.w3.org/2000/svg}"
FORMULAS = [
    ("ln(sin(x^3)^2)", "x"),
    ("x + x^2*sin(x)", "x"),
    ("norm2(A*x - b)^2", "x"),
    ("exp(-norm2(x - c)^2/(2*s^2))*sin(a'*x + sum(x.*c)) + log(1 + x'*x)*tanh(a'*c)", "x"),
    ("sum(log(1 + exp(-(y.*(X*w))))) + s*norm2(w)^2", "w"),
    ("3*x", "x"),
    ("x", "x"),
]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[Edge]]:
    """Boxes of any size, each linked to any of those before it."""
    count = draw(st.integers(1, 14))
    boxes = [
        Box(f"b{k}", draw(st.integers(10, 300)), draw(st.integers(20, 60))) for k in range(count)
    ]
    pairs = [(a.name, b.name) for a, b in combinations(boxes, 2)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return boxes, edges


@given(graphs())
def test_boxes_stand_apart_and_in_the_picture(given_graph: tuple[list[Box], list[Edge]]) -> None:
    boxes, edges = given_graph
    picture = lay_out(boxes, edges)
    assert set(picture.corners) == {box.name for box in boxes}
    for box in boxes:
        left, top = picture.corners[box.name]
        assert 0 < left < left + box.width < picture.width
        assert 0 < top < top + box.height < picture.height
    for a, b in combinations(boxes, 2):
        (ax, ay), (bx, by) = picture.corners[a.name], picture.corners[b.name]
        beside = ax + a.width + 10 < bx or bx + b.width + 10 < ax
        above = ay + a.height + 10 < by or by + b.height + 10 < ay
        assert beside or above


@given(graphs())
def test_edges_run_from_left_to_right_around_all_boxes(
    given_graph: tuple[list[Box], list[Edge]],
) -> None:
    boxes, edges = given_graph
    picture = lay_out(boxes, edges)
    by_name = {box.name: box for box in boxes}
    assert set(picture.routes) == set(edges)
    for (a, b), route in picture.routes.items():
        left, top = picture.corners[a]
        start = (left + by_name[a].width, top + by_name[a].height / 2)
        assert route[0] == pytest.approx(start)
        assert route[-1][0] == picture.corners[b][0]
        assert all(start[0] < end[0] + 1e-6 for start, end in pairwise(route))
        assert all(0 < y < picture.height for _, y in route)
        for box in boxes:
            if box.name not in (a, b):
                assert not passes(picture, (a, b), box)


def passes(picture: Picture, edge: Edge, box: Box) -> bool:
    """Whether the edge is within the box anywhere; bends stay between their ends' heights."""
    left, top = picture.corners[box.name]
    for (x1, y1), (x2, y2) in pairwise(picture.routes[edge]):
        over = x1 < left + box.width and left < x2
        if over and min(y1, y2) < top + box.height and top < max(y1, y2):
            return True
        if over and y1 == y2 and top < y1 < top + box.height:
            return True
    return False


@pytest.mark.parametrize("seed", range(20))
def test_ordering_never_adds_crossings(seed: int) -> None:
    """Neither to the order given nor, called again, to the order it found."""
    random = Random(seed)
    names = [f"b{k}" for k in range(30)]
    edges = [(a, b) for a, b in combinations(names, 2) if random.random() < 0.1]
    boxes = [Box(name, 40, 30) for name in names]
    cells, before, after = cells_of(columns_of(boxes, edges), edges)
    counts = [crossings(cells, after)]
    for _ in range(3):
        put_in_order(cells, before, after)
        counts.append(crossings(cells, after))
    assert counts == sorted(counts, reverse=True)
    assert counts[1] < counts[0]


def test_two_chains_are_drawn_without_crossings() -> None:
    boxes = [Box(name, 40, 30) for name in ("a", "b", "c", "d", "e", "f")]
    edges = [("a", "d"), ("b", "c"), ("d", "f"), ("c", "e")]
    picture = lay_out(boxes, edges)
    heights = {name: y for name, (_, y) in picture.corners.items()}
    assert (heights["a"] < heights["b"]) == (heights["d"] < heights["c"])
    assert (heights["d"] < heights["c"]) == (heights["f"] < heights["e"])


def svg_of(result: Result) -> ElementTree.Element:
    return ElementTree.fromstring(result.svg())


@pytest.mark.parametrize(("expr", "wrt"), FORMULAS)
def test_everything_is_drawn(expr: str, wrt: str) -> None:
    result = derive(expr, wrt)
    svg = svg_of(result)
    graph = result.graph
    assert len(list(svg.iter(f"{SVG}rect"))) == len(graph["nodes"])
    edges = [p for p in svg.iter(f"{SVG}path") if p.get("class", "").startswith("edge")]
    assert len(edges) == len(graph["edges"])
    assert [len(list(svg.iter(SVG + tag))) for tag in ("title", "desc", "style")] == [1, 1, 1]
    assert sum("output" in r.get("class", "") for r in svg.iter(f"{SVG}rect")) == 1
    assert sum(r.get("class") == "wrt" for r in svg.iter(f"{SVG}rect")) == 1


def test_what_depends_on_the_variable_is_set_apart() -> None:
    svg = svg_of(derive("sin(x)*exp(a)", "x"))
    flows = [p for p in svg.iter(f"{SVG}path") if p.get("class") == "edge flow"]
    fixed = [r for r in svg.iter(f"{SVG}rect") if "fixed" in r.get("class", "")]
    assert flows
    assert fixed


def test_each_intermediate_keeps_its_colour() -> None:
    """u1 is blue in every picture, whatever stands around it."""
    for expr, wrt in FORMULAS:
        colours = {}
        for group in svg_of(derive(expr, wrt)).iter(f"{SVG}g"):
            label, box = group.find(f"{SVG}text"), group.find(f"{SVG}rect")
            assert label is not None and label.text is not None and box is not None
            colours[label.text.split(" = ")[0]] = re.findall(r"hue\d", box.get("class", ""))
        assert colours["u₁"] == ["hue0"]
        assert colours.get("u₂", ["hue1"]) == ["hue1"]


def test_it_asks_nothing_from_elsewhere() -> None:
    source = derive("where(x > 0, x, 2*x) + max(x, 1)", "x").svg()
    assert "&gt;" in source
    assert re.findall(r"(?:href|src|@import|url\((?!#))", source) == []
    assert source == derive("where(x > 0, x, 2*x) + max(x, 1)", "x").svg()


def test_long_derivations_are_cut() -> None:
    """And in time: thousands of intermediates cost no more than a look at each."""
    steps = "; ".join(f"h{k} = sin(h{k - 1})" for k in range(1, 700))
    result = derive(f"h0 = x; {steps}; h699", "x", check=False)
    started = time.process_time()
    source = draw(result.derivations[0])
    assert time.process_time() - started < 1
    svg = ElementTree.fromstring(source)
    assert len(list(svg.iter(f"{SVG}rect"))) == INTERMEDIATE_LIMIT + 1
    count = len(result.derivations[0].intermediates) - INTERMEDIATE_LIMIT
    assert f"not drawn: {count} more intermediates" in source


def test_many_variables_are_cut_but_not_the_one_that_matters() -> None:
    names = [f"b{k}" for k in range(200)]
    source = derive("exp(" + " + ".join([*names, "z"]) + ")", "z").svg()
    svg = ElementTree.fromstring(source)
    texts = [text.text for text in svg.iter(f"{SVG}text")]
    assert "z" in texts
    assert sum(r.get("class") == "fixed" for r in svg.iter(f"{SVG}rect")) == VARIABLE_LIMIT - 1
    assert f"{201 - VARIABLE_LIMIT} more variables" in source
