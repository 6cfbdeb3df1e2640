"""An answer whose shape cannot be: what it is instead."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..expr.node import Kind
from ..shapes import Shape, kind_of
from .case import Case, Guess, Place, first_match, wrong_places
from .flat import CLOSE, Row, all_of, same
from .slip import Slip, slip
from .whole import (
    derivative_by,
    next_order,
    of_other_variables,
    of_something_else,
    other_variables,
    turned,
)


def shape_slip(case: Case, needed: Shape) -> Slip:
    """Which slip gives the answer its shape; at least what shape is needed."""
    plain = slip("shape", needed=kind_of(needed), found=kind_of(case.answer.shape))
    if len(needed) == 2 and needed[::-1] == case.answer.shape:
        plain = slip("shape", "shape-turned", needed=kind_of(needed), found=kind_of(needed[::-1]))
    places = wrong_places(case)
    if not places:
        return plain
    return (
        first_match(places, [_others(place) for place in places])
        or first_match(places, [_turned(place) for place in places])
        or first_match(places, [_diagonals(place) for place in places])
        or first_match(places, [_sums(place) for place in places])
        or first_match(places, [_parts(place) for place in places])
        or plain
    )


def _with_shape(place: Place, shape: Shape, guess: Row) -> Row:
    """The guess, where the answer has this shape."""
    return guess if place.case.answer.shape == shape else []


def _others(place: Place) -> Iterator[Guess]:
    """The function itself, other orders, other variables."""
    case = place.case
    higher = case.expr.shape + case.wrt.shape * (case.order + 1)
    for found, guess in of_something_else(place):
        shape = case.expr.shape
        if found.kind == "lower-order":
            shape = case.base.shape if case.base is not None else ()
        elif found.kind == "higher-order":
            continue
        yield found, _with_shape(place, shape, list(guess))
    for found, guess in of_other_variables(place):
        shape = case.expr.shape + case.variables[dict(found.slots)["by"]].shape
        yield found, _with_shape(place, shape, list(guess))
    if case.answer.shape == higher:
        yield slip("higher-order", order=str(case.order + 1)), next_order(place)


def _turned(place: Place) -> Iterator[Guess]:
    case = place.case
    if len(case.needed) == 2:
        guess = turned(place.truth, place.counts(case.needed))
        yield slip("transposed"), _with_shape(place, case.needed[::-1], guess)
    elif len(case.needed) > 2 and len(case.answer.shape) == 2:
        rows = math.prod(place.counts(case.expr.shape))
        columns = len(place.truth) // rows
        counts = place.counts(case.answer.shape)
        if counts == (columns, rows):
            yield slip("transposed"), turned(_by_columns(place), (rows, columns))
        for name in other_variables(case):
            yield slip("other-variable", by=name), derivative_by(place, case.variables[name])


def _by_columns(place: Place) -> Row:
    """The Jacobian of vec by vec, columns stacked."""
    case = place.case
    rows, columns = place.counts(case.expr.shape), place.counts(case.wrt.shape)
    width = math.prod(columns)
    ordered = [r * width for r in _stacked(rows)]
    return [place.truth[start + c] for start in ordered for c in _stacked(columns)]


def _stacked(counts: tuple[int, ...]) -> list[int]:
    """The places of the entries in the order of vec."""
    if len(counts) < 2:
        return list(range(math.prod(counts)))
    rows, columns = counts
    return [i * columns + j for j in range(columns) for i in range(rows)]


def _diagonals(place: Place) -> Iterator[Guess]:
    """diag(v) and v."""
    needed, answer = place.case.needed, place.case.answer.shape
    if len(needed) == 2 and len(answer) == 1 and place.counts(needed) == place.counts(answer) * 2:
        (size,) = place.counts(answer)
        entries = place.truth[:: size + 1]
        whole = [x if i == j else 0.0 for i, x in enumerate(entries) for j in range(size)]
        if same(whole, place.truth):
            yield slip("missing-diag"), entries
    if len(needed) == 1 and len(answer) == 2:
        size = len(place.truth)
        whole = [x if i == j else 0.0 for i, x in enumerate(place.truth) for j in range(size)]
        yield slip("extra-diag"), whole


def _sums(place: Place) -> Iterator[Guess]:
    """The entries of the answer would have to be added, or should not have been."""
    answer, truth = place.answer, place.truth
    counts = place.counts(place.case.answer.shape)
    added = slip("not-summed")
    if len(truth) == 1:
        yield added, answer if _adds_up(answer, truth[0]) else []
    elif len(counts) == 2 and len(place.case.needed) == 1:
        rows, columns = counts
        by_row = [sum(answer[i * columns : (i + 1) * columns]) for i in range(rows)]
        by_column = [sum(answer[j::columns]) for j in range(columns)]
        for sums in (by_row, by_column):
            yield added, answer if same(sums, truth) else []
    if len(answer) == 1:
        yield slip("summed"), [sum(truth)]


def _adds_up(terms: Row, total: float) -> bool:
    size = sum(map(abs, terms)) or 1.0
    return math.isfinite(size) and abs(sum(terms) - total) <= CLOSE * size


def _parts(place: Place) -> Iterator[Guess]:
    """The derivative by an intermediate, or of one."""
    flow, case = place.flow, place.case
    for node in reversed(flow.nodes):
        if node.kind is Kind.VARIABLE or node is flow.expr:
            continue
        by_it = _with_shape(place, flow.expr.shape + node.shape, all_of(flow.adjoints[node]))
        yield slip("inner", of=node, by=case.wrt), by_it
    for node in reversed(flow.nodes):
        if node.kind is Kind.VARIABLE or node is flow.expr:
            continue
        of_it = _with_shape(place, node.shape + case.wrt.shape, all_of(flow.tangents[node]))
        yield slip("only-inner", of=node), of_it
