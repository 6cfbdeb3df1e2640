"""Totals divided by what they count: sum(x)/n is mean(x)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import mul

from ..expr.build import multiply, transpose
from ..expr.call import call
from ..expr.node import Expr, Kind
from ..shapes import Dim


def with_means(
    above: list[Expr], below: list[Expr], body: Expr | None
) -> tuple[list[Expr], list[Expr], Expr | None]:
    """A quotient's scalars above and below its bar and the matrix above it, sums as means.

    Row sums and column sums count the size of one axis.
    """
    parts: tuple[Expr, ...] = () if body is None else (body,)
    if body is not None and body.kind is Kind.MULTIPLY:
        parts = body.args
    factors = [*above, *parts]
    for place, found in enumerate(factors):
        mean = _mean(found, below)
        if mean is None:
            continue
        factors[place], divisor = mean  # here alone: two factors may be the same node
        rest = list(below)
        rest.remove(divisor)
        above, parts = factors[: len(above)], tuple(factors[len(above) :])
        return above, rest, multiply(*parts) if parts else None
    return above, below, body


def _mean(expr: Expr, below: Sequence[Expr]) -> tuple[Expr, Expr] | None:
    """The mean that a sum becomes, and the divisor it takes up."""
    core = expr.args[0] if expr.kind is Kind.TRANSPOSE else expr
    if core.kind is not Kind.APPLY or core.data[0] != "sum":
        return None
    (arg,), axis = core.args, core.data[1]
    counted = reduce(mul, arg.shape, Dim.of(1)) if axis is None else arg.shape[axis]
    for divisor in below:
        if divisor.kind is Kind.SIZE and divisor.data[0] == counted:
            break
        if divisor.kind is Kind.NUMBER and divisor.data[0] == counted.integer:
            break
    else:
        return None
    mean = call("mean", arg, parameter=axis)
    return (transpose(mean) if core is not expr else mean), divisor
