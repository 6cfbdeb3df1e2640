"""A derivative of many axes applied to directions, without computing all its entries."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters

from ..expr import build
from ..expr.call import call
from ..expr.node import Expr, Kind


def along(derivative: Expr, steps: Sequence[Expr]) -> Expr:
    """The derivative's last axes summed with those of the steps, in their order.

    Inside an einsum the steps join the factors, so that their axes are summed early.
    """
    args = derivative.args
    if derivative.kind is Kind.NEGATE:
        return build.negate(along(args[0], steps))
    if derivative.kind is Kind.ADD and all(arg.shape == derivative.shape for arg in args):
        return build.add(*(along(arg, steps) for arg in args))
    if derivative.kind is Kind.DIVIDE and args[1].is_scalar:
        return build.divide(along(args[0], steps), args[1])
    if derivative.kind is Kind.MULTIPLY and args[-1].shape == derivative.shape:
        return build.multiply(*args[:-1], along(args[-1], steps))
    if derivative.kind is Kind.APPLY and derivative.data[0] == "einsum":
        spelling = derivative.data[1]
    else:
        axes = ascii_letters[: len(derivative.shape)]
        args, spelling = (derivative,), f"{axes}->{axes}"
    inputs, out = spelling.split("->")
    rest = out[len(out) - sum(len(step.shape) for step in steps) :]
    parts = [inputs]
    for step in steps:
        parts.append(rest[: len(step.shape)])
        rest = rest[len(step.shape) :]
    kept = out[: len(out) - len("".join(parts[1:]))]
    return call("einsum", *args, *steps, parameter=f"{','.join(parts)}->{kept}")
