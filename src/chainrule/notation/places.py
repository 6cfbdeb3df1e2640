"""Entries and ranges of what is written already: subscripts of subscripts are one."""

from __future__ import annotations

from ..expr.build import add, index, negate
from ..expr.node import Expr, Kind, Place
from ..shapes import Dim
from .write import Writer, is_call


def taken(base: Expr, writer: Writer, *places: Place) -> Expr:
    """base[places], moved inside transposes and, for a single entry, inside sums."""
    if base.kind is Kind.TRANSPOSE and base.is_matrix:
        inner = taken(base.args[0], writer, *places[::-1])
        return writer.transpose(inner) if inner.is_matrix else inner
    if len(places) == 1 and isinstance(places[0], Dim):
        if is_call(base, "vector"):
            return base.args[0]
        if base.kind is Kind.ADD:
            return add(*(taken(t, writer, *places) if t.shape else t for t in base.args))
        if base.kind is Kind.NEGATE:
            return negate(taken(base.args[0], writer, *places))
    if base.kind is Kind.INDEX:
        inside = iter(places)
        merged = [p if isinstance(p, Dim) else _within(p, next(inside)) for p in base.data[0]]
        return index(base.args[0], *merged)
    return index(base, *places)


def _within(outer: Place, inner: Place) -> Place:
    """The place in the whole of a place in a range of it."""
    if not isinstance(outer, tuple) or inner is None:
        return inner if outer is None else outer
    shift = outer[0] - Dim.of(1)
    return (inner[0] + shift, inner[1] + shift) if isinstance(inner, tuple) else inner + shift
