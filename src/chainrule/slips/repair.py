"""One change that makes the answer right: a transpose, the order of two factors, one term."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from ..errors import ProblemError
from ..expr.build import (
    add,
    divide,
    hadamard,
    index,
    multiply,
    negate,
    power,
    stack,
    transpose,
    vector_literal,
)
from ..expr.call import call
from ..expr.node import Expr, Kind
from .case import Place
from .flat import same
from .slip import Slip, slip
from .whole import constant, ratio

MOST_CHANGES = 120
MOST_VISITS = 400
LIKELY = {Fraction(-1): 0, Fraction(-2): 1}  # a term too much, then one of the wrong sign

Change = tuple[Slip, Expr]  # what was wrong, and the part as it should be


def rebuilt(node: Expr, args: Sequence[Expr]) -> Expr:
    """The node with other arguments, its shape checked anew. Raises ProblemError."""
    match node.kind:
        case Kind.ADD:
            return add(*args)
        case Kind.NEGATE:
            return negate(*args)
        case Kind.MULTIPLY:
            return multiply(*args)
        case Kind.HADAMARD:
            return hadamard(*args)
        case Kind.DIVIDE:
            return divide(*args)
        case Kind.POWER:
            return power(*args)
        case Kind.TRANSPOSE:
            return transpose(*args)
        case Kind.INDEX:
            return index(args[0], *node.data[0])
        case Kind.VECTOR:
            return vector_literal(*args)
        case Kind.STACK:
            (width,) = node.data
            return stack([args[k : k + width] for k in range(0, len(args), width)])
        case Kind.APPLY:
            name, parameter, sizes = node.data
            return call(name, *args, parameter=parameter, sizes=sizes)
    return node


def repaired(answer: Expr) -> Iterator[Change]:
    """Answers that differ from `answer` at one place."""
    visits = 0
    waiting: list[tuple[Expr, list[tuple[Expr, int]]]] = [(answer, [])]
    while waiting and visits < MOST_VISITS:
        node, path = waiting.pop()
        visits += 1
        for found, other in changes(node, path[-1][0] if path else None):
            try:
                for parent, at in reversed(path):
                    args = list(parent.args)
                    args[at] = other
                    other = rebuilt(parent, args)
            except ProblemError:
                continue
            if other.shape == answer.shape and other is not answer:
                yield found, other
        waiting.extend(
            (arg, [*path, (node, at)]) for at, arg in reversed(list(enumerate(node.args)))
        )


def changes(node: Expr, parent: Expr | None) -> Iterator[Change]:
    """What may have been meant instead of one part of an answer."""
    is_turned = parent is not None and parent.kind is Kind.TRANSPOSE
    if node.kind is Kind.TRANSPOSE and node.is_matrix:
        yield slip("missing-transpose", wrote=node, meant=node.args[0]), node.args[0]
    elif node.is_matrix and not is_turned and node.kind in (Kind.VARIABLE, Kind.APPLY, Kind.INDEX):
        yield slip("missing-transpose", wrote=node, meant=transpose(node)), transpose(node)
    if node.kind is Kind.MULTIPLY:
        yield from _products(node)
    if node.kind is Kind.HADAMARD:
        try:
            meant = multiply(*node.args)
            yield slip("elementwise", "product-wanted", wrote=node, meant=meant), meant
        except ProblemError:
            pass


def _products(node: Expr) -> Iterator[Change]:
    factors = node.args
    for at in range(len(factors) - 1):
        a, b = factors[at : at + 2]
        for kind, key, middle in _pairs(a, b):
            try:
                meant = multiply(*middle)
                found = slip(kind, key, wrote=multiply(a, b), meant=meant)
                yield found, multiply(*factors[:at], *middle, *factors[at + 2 :])
            except ProblemError:
                continue
    if all(f.is_matrix and f.shape == factors[0].shape for f in factors):
        meant = hadamard(*factors)
        yield slip("elementwise", "elementwise-wanted", wrote=node, meant=meant), meant


def _pairs(a: Expr, b: Expr) -> Iterator[tuple[str, str, list[Expr]]]:
    """Two neighbours in another order, or multiplied element by element."""
    if a.is_matrix and b.is_matrix:
        yield "order", "", [b, a]
        if a.shape == b.shape:
            yield "elementwise", "elementwise-wanted", [hadamard(a, b)]
    if a.is_vector and b.is_vector and b.is_row and not a.is_row:
        yield "order", "", [_turned(b), _turned(a)]


def _turned(vector: Expr) -> Expr:
    return vector.args[0] if vector.kind is Kind.TRANSPOSE else transpose(vector)


def by_repair(places: Sequence[Place]) -> Slip | None:
    """The slip whose repair is right at every point."""
    first = places[0]
    for number, (found, other) in enumerate(repaired(first.case.answer)):
        if number == MOST_CHANGES:
            break
        if all(same(_read(place, other), place.truth) for place in places):
            return found
    return None


def _read(place: Place, answer: Expr) -> list[float]:
    try:
        return place.read(answer)
    except (ZeroDivisionError, OverflowError, TypeError, ValueError):
        return []


def by_terms(places: Sequence[Place]) -> Slip | None:
    """One term of the answer does not belong there, or has another sign or factor."""
    found = [(term, _off(places, share)) for term, share in terms_of(places[0].case.answer)]
    known = [(term, off) for term, off in found if off is not None]
    for term, off in sorted(known, key=lambda one: LIKELY.get(one[1], len(LIKELY))):
        if off == -1:
            return slip("extra-term", term=term)
        if off == -2:
            return slip("term-sign", term=term)
        return slip("term-factor", term=term, factor=str(1 + off))
    return None


def _off(places: Sequence[Place], share: Expr) -> Fraction | None:
    """How often a term has to be added to make the answer right, if it is that."""
    ratios = []
    for place in places:
        gap = [t - a for t, a in zip(place.truth, place.answer, strict=True)]
        own = _read(place, share)
        c = ratio(gap, own * len(gap) if len(own) == 1 else own)
        if c is None:
            return None
        ratios.append(c)
    return constant(ratios)


def terms_of(answer: Expr) -> Iterator[tuple[Expr, Expr]]:
    """The terms of a sum, alone and with the factors around the sum."""
    path: list[tuple[Expr, int]] = []
    node = answer
    while node.kind in (Kind.NEGATE, Kind.MULTIPLY, Kind.DIVIDE, Kind.HADAMARD, Kind.TRANSPOSE):
        sums = [at for at, arg in enumerate(node.args) if arg.kind is Kind.ADD]
        at = sums[0] if sums else 0
        if node.kind is Kind.DIVIDE and at == 1:
            return
        path.append((node, at))
        node = node.args[at]
    if node.kind is not Kind.ADD or len(node.args) < 2:
        return
    for term in node.args:
        share = term
        try:
            for parent, at in reversed(path):
                args = list(parent.args)
                args[at] = share
                share = rebuilt(parent, args)
        except ProblemError:
            continue
        yield term, share
