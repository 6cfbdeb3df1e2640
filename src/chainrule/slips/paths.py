"""Slips of the chain rule: a path forgotten, a factor along a path forgotten, one taken twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from ..expr.build import add
from ..expr.node import Expr, Kind
from ..intern import postorder
from .case import Guess, Place
from .flat import Flat, all_of, diagonal, identity, plus, scaled, times, transposed
from .flow import Edge, Flow
from .local import wrong_locals
from .slip import Slip, likewise, slip

MOST_PATHS = 6
MOST_STEPS = 400
PRODUCTS = (Kind.MULTIPLY, Kind.HADAMARD)

Group = tuple[Kind, tuple[object, ...], str, int]  # an operation, and which of its slips


def local_slips(place: Place) -> Iterator[Guess]:
    """One operation differentiated wrongly; then all operations of that kind."""
    flow = place.flow
    everywhere: dict[Group, tuple[Slip, dict[Edge, Flat]]] = {}
    met: dict[Group, list[Expr]] = {}
    for node in flow.nodes:
        name = node.data[:1] if node.kind is Kind.APPLY else ()
        count: Counter[str] = Counter()
        for found, broken in wrong_locals(flow, node):
            yield found, all_of(flow.with_locals(node, broken))
            count[found.kind] += 1
            group: Group = (node.kind, name, found.kind, count[found.kind])
            edges = everywhere.setdefault(group, (found, {}))[1]
            edges.update({(node, at): local for at, local in broken.items()})
            met.setdefault(group, []).append(node)
    for group, (found, edges) in everywhere.items():
        if len(met[group]) > 1:
            yield likewise(found, met[group][1:]), all_of(flow.forward(edges)[flow.expr])


def lone_signs(place: Place) -> Iterator[Guess]:
    """Another sign of one local derivative, in an answer that is not negated as a whole."""
    flow = place.flow
    for node in flow.nodes:
        if len(flow.places(node)) == 1 and node.kind in (Kind.APPLY, Kind.POWER, Kind.DIVIDE):
            (at,) = flow.places(node)
            turned = {at: scaled(-1, flow.local[node, at])}
            yield slip("function-sign", part=node), all_of(flow.with_locals(node, turned))


def inner_slips(place: Place) -> Iterator[Guess]:
    """The chain rule stopped early: dv/dx, or du/dv along one edge, taken for 1."""
    flow = place.flow
    for node in reversed(flow.nodes):
        if node.kind is Kind.VARIABLE or node is flow.expr:
            continue
        tangent = flow.tangents[node]
        if len(tangent) == len(tangent[0]):
            found = slip("inner", of=node, by=place.case.wrt)
            yield found, all_of(flow.with_tangent(node, identity(len(tangent))))
        elif len(tangent[0]) == 1:
            ones = [[1.0] for _ in tangent]
            yield slip("inner", of=node, by=place.case.wrt), all_of(flow.with_tangent(node, ones))
    for node in reversed(flow.nodes):
        for at in flow.places(node):
            local = flow.local[node, at]
            if len(local) == len(local[0]) and node.kind is not Kind.ADD:
                one = {at: identity(len(local))}
                found = _outer_slip(place, node, at)
                yield found, all_of(flow.with_locals(node, one))


def _outer_slip(place: Place, node: Expr, at: int) -> Slip:
    """What du/dv = 1 means: for c times v, that c was forgotten."""
    others = [arg for place_, arg in enumerate(node.args) if place_ != at]
    is_factor = node.kind is Kind.MULTIPLY or (node.kind is Kind.DIVIDE and at == 0)
    if not is_factor or len(others) != 1:
        return slip("outer", of=node, inner=node.args[at])
    (other,) = others
    if place.case.wrt.data[0] in other.variables:
        if node.kind is Kind.DIVIDE:
            return slip("outer", of=node, inner=node.args[at])
        return slip("product-rule", "product-factor", of=node, inner=node.args[at], factor=other)
    is_size = not other.variables and any(part.kind is Kind.SIZE for part in postorder(others))
    kind = "mean" if is_size else "factor"
    return slip(kind, "constant-factor", constant=other, of=node)


def reach_slips(place: Place) -> Iterator[Guess]:
    """The derivative by an intermediate, or of one, for that of the whole by the variable."""
    flow, case = place.flow, place.case
    for node in reversed(flow.nodes):
        if node.kind is Kind.VARIABLE or node is flow.expr:
            continue
        yield slip("inner", of=node, by=case.wrt), all_of(flow.adjoints[node])
    for node in reversed(flow.nodes):
        if node.kind is Kind.VARIABLE or node is flow.expr:
            continue
        yield slip("only-inner", of=node), all_of(flow.tangents[node])


def dropped(place: Place) -> Iterator[Guess]:
    """Some of what an operation gets from the variable is forgotten."""
    flow = place.flow
    for node in flow.nodes:
        at = flow.places(node)
        if not 2 <= len(at) <= 4:
            continue
        for size in range(1, len(at)):
            for lost in combinations(at, size):
                yield _dropped_slip(place, node, lost), all_of(flow.without(node, lost))
        yield from _rules_of_products(flow, node)
        if node.kind is Kind.ADD:
            for one in at:
                turned = {one: [[-x for x in row] for row in flow.local[node, one]]}
                found = slip("term-sign", term=node.args[one])
                yield found, all_of(flow.with_locals(node, turned))


def _dropped_slip(place: Place, node: Expr, lost: tuple[int, ...]) -> Slip:
    wrt = place.case.wrt
    parts = [node.args[at] for at in lost]
    part = parts[0]
    if node.kind is Kind.ADD:
        return slip("term-dropped", term=add(*parts))
    if node.kind in PRODUCTS and (_is_bare(part) or len(lost) > 1):
        return slip("product-rule", "product-rule-again", product=node, by=wrt)
    if node.kind in PRODUCTS:
        return slip("product-rule", product=node, factor=part, by=wrt)
    if node.kind is Kind.DIVIDE:
        return slip("quotient-term", part=node, factor=part, by=wrt)
    if len(lost) > 1:
        return slip("path-dropped", "paths-dropped", node=node, by=wrt)
    return slip("path-dropped", through=part, node=node, by=wrt)


def _is_bare(part: Expr) -> bool:
    """The variable or its transpose."""
    return part.kind is Kind.VARIABLE or (
        part.kind is Kind.TRANSPOSE and part.args[0].kind is Kind.VARIABLE
    )


def _rules_of_products(flow: Flow, node: Expr) -> Iterator[Guess]:
    """(uv)' = u'v' and (u/v)' = u'/v', by a scalar or element by element."""
    parts = [flow.tangents[node.args[at]] for at in flow.places(node)]
    if len(parts) != 2 or node.kind not in (*PRODUCTS, Kind.DIVIDE):
        return
    a, b = parts
    if len(a) != len(b) or len(a[0]) != len(b[0]) or len(a) != len(flow.value(node)):
        return
    if len(a[0]) == 1:
        pairs = [(x[0], y[0]) for x, y in zip(a, b, strict=True)]
    elif len(a) == len(a[0]):
        pairs = [(x[i], y[i]) for i, (x, y) in enumerate(zip(a, b, strict=True))]
    else:
        return
    is_quotient = node.kind is Kind.DIVIDE
    made = [x / y if is_quotient and y else x * y for x, y in pairs]
    tangent = [[x] for x in made] if len(a[0]) == 1 else diagonal(made)
    kind = "quotient-of-derivatives" if is_quotient else "product-of-derivatives"
    yield slip(kind, part=node), all_of(flow.with_tangent(node, tangent))


def path_sums(place: Place) -> Iterator[Guess]:
    """Some, not all, of the paths from the variable to the output."""
    flow = place.flow
    paths = _paths(flow)
    if not 2 < len(paths) <= MOST_PATHS:
        return
    shares = [_along(flow, path) for path in paths]
    for size in range(1, len(paths)):
        for lost in combinations(range(len(paths)), size):
            kept = [share for number, share in enumerate(shares) if number not in lost]
            total = kept[0]
            for share in kept[1:]:
                total = plus(total, share)
            found = slip("path-dropped", "paths-dropped", node=flow.expr, by=place.case.wrt)
            yield found, all_of(total)


def _paths(flow: Flow) -> list[tuple[Edge, ...]]:
    """The paths as edges from the output on; at most MOST_PATHS + 1."""
    found: list[tuple[Edge, ...]] = []
    stack: list[tuple[Expr, tuple[Edge, ...]]] = [(flow.expr, ())]
    for _ in range(MOST_STEPS):
        if not stack or len(found) > MOST_PATHS:
            break
        node, path = stack.pop()
        if node.kind is Kind.VARIABLE:
            found.append(path)
        stack.extend((node.args[at], (*path, (node, at))) for at in flow.places(node))
    return found if not stack else []


def _along(flow: Flow, path: tuple[Edge, ...]) -> Flat:
    product = flow.start()
    for edge in reversed(path):
        product = times(flow.local[edge], product)
    return product


def constants_kept(place: Place) -> Iterator[Guess]:
    """(u + c)' = u' + c."""
    flow = place.flow
    width = len(flow.truth[0])
    for node in flow.nodes:
        if node.kind is not Kind.ADD:
            continue
        for at, arg in enumerate(node.args):
            if at in flow.places(node):
                continue
            value = flow.value(arg)
            rows = value if len(value) == len(flow.value(node)) else value * len(flow.value(node))
            for kept in (rows, [1.0] * len(rows)):
                tangent = plus(flow.tangents[node], [[x] * width for x in kept])
                yield slip("constant-kept", constant=arg), all_of(flow.with_tangent(node, tangent))
            if len(value) == width == len(flow.value(node)) > 1:
                tangent = plus(flow.tangents[node], diagonal(value))
                yield slip("constant-kept", constant=arg), all_of(flow.with_tangent(node, tangent))


def turned_locals(place: Place) -> Iterator[Guess]:
    """The transpose of a square local Jacobian, and of the product up to a node."""
    flow = place.flow
    for node in flow.nodes:
        for at in flow.places(node):
            local = flow.local[node, at]
            if len(local) == len(local[0]) > 1:
                found = slip("factor-transposed", of=node, inner=node.args[at])
                yield found, all_of(flow.with_locals(node, {at: transposed(local)}))
