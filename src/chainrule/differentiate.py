"""Derivatives in index form: one sweep over the graph, from the output to the variable.

Every node collects an adjoint, the derivative of the output with respect to that node: the
sum of one contribution for each edge by which the node reaches the output (the total
derivative). Each edge is visited once, so time is linear in the size of the graph, and the
result is index form again, so derivatives of any order are possible.
"""

from __future__ import annotations

from collections.abc import Callable

from .intern import postorder
from .op import find
from .tensor.build import (
    apply,
    contract,
    delta,
    lower_ones,
    ones,
    power,
    times,
    variable,
    zero,
)
from .tensor.node import Kind, Labels, Operand, Tensor
from .tensor.terms import add_terms, is_zero

Push = Callable[[Tensor, Tensor], None]


def jacobian(y: Tensor, x: Tensor) -> Tensor:
    """∂y/∂x for a variable x: axes of y, then axes of x; entry [i.., j..] is ∂y_i/∂x_j.

    It is zero only where y does not contain x at all, or where the rules say so.
    """
    name = x.data[0]
    if name not in y.variables:
        return zero(y.axes + x.axes)
    contributions: dict[Tensor, list[Tensor]] = {y: [_identity(y)]}
    reached = [node for node in postorder([y]) if name in node.variables]

    def push(node: Tensor, contribution: Tensor) -> None:
        if name in node.variables and not is_zero(contribution):
            contributions.setdefault(node, []).append(contribution)

    for node in reversed(reached):
        parts = contributions.pop(node, None)
        if not parts:
            continue
        adjoint = add_terms(parts)
        if node is x:
            return within_pattern(adjoint, x)
        if node.kind is Kind.VARIABLE:
            raise AssertionError(f"two variables are called {name}")
        _push_back(node, adjoint, len(y.axes), push)
    return zero(y.axes + x.axes)


def within_pattern(derivative: Tensor, x: Tensor) -> Tensor:
    """Of a lower triangular or diagonal variable only the entries that can be other than 0."""
    if not x.data[1] & {"lower", "diagonal"}:
        return derivative
    pattern = delta if "diagonal" in x.data[1] else lower_ones
    labels = tuple(range(len(derivative.axes)))
    return contract(1, [(derivative, labels), (pattern(x.axes[0]), labels[-2:])], labels)


def _identity(y: Tensor) -> Tensor:
    n = len(y.axes)
    deltas = [(delta(dim), (place, n + place)) for place, dim in enumerate(y.axes)]
    return contract(1, deltas, tuple(range(2 * n)))


def _push_back(node: Tensor, adjoint: Tensor, outer: int, push: Push) -> None:
    """Send the adjoint of `node` on to its arguments.

    The adjoint's axes are the output's (`outer` of them), then the node's own.
    """
    own = tuple(range(len(node.axes)))
    out = tuple(range(-outer, 0))  # a product's own labels count up from 0
    arrived = (adjoint, out + own)
    match node.kind:
        case Kind.SUM:
            for term in node.args:
                push(term, adjoint)
        case Kind.CONTRACT:
            _push_product(node, arrived, out, push)
        case Kind.POWER:
            base, exponent = node.args
            slope = times(exponent, power(base, exponent - 1))
            _push_scaled(base, slope, arrived, out, own, push)
            if exponent.variables:
                _push_scaled(exponent, times(node, apply("log", base)), arrived, out, own, push)
        case Kind.APPLY:
            if find(node.data[0]).family == "elementwise":
                name, parameter = node.data
                settings = {} if parameter is None else {"parameter": parameter}
                for arg, partial in zip(node.args, find(name).partials, strict=True):
                    slope = partial(node, *node.args, **settings)
                    _push_scaled(arg, slope, arrived, out, own, push)
            else:
                _push_differential(node, arrived, out, own, push)
        case _:
            raise AssertionError(f"no rule for {node.kind}")


def _push_scaled(
    arg: Tensor, slope: Tensor, arrived: Operand, out: Labels, own: Labels, push: Push
) -> None:
    """For an element-wise function: times the slope, summed where a scalar was expanded."""
    target = own if arg.axes else ()
    push(arg, contract(1, [arrived, (slope, own if slope.axes else ())], out + target))


def _push_product(node: Tensor, arrived: Operand, out: Labels, push: Push) -> None:
    """For a product: each factor in turn, the others as they are (the product rule)."""
    coefficient, labels, _ = node.data
    fresh = -len(out)
    for place, (arg, own) in enumerate(zip(node.args, labels, strict=True)):
        operands: list[Operand] = [arrived]
        for spot, pair in enumerate(zip(node.args, labels, strict=True)):
            if spot != place:
                operands.append(pair)
        target: list[int] = []
        for dim, label in zip(arg.axes, own, strict=True):
            if label in target:  # A_ii: only the diagonal is used
                fresh -= 1
                operands.append((delta(dim), (label, fresh)))
                label = fresh
            else:
                operands.append((ones(dim), (label,)))
            target.append(label)
        push(arg, contract(coefficient, operands, out + tuple(target)))


def _push_differential(
    node: Tensor, arrived: Operand, out: Labels, own: Labels, push: Push
) -> None:
    """For a matrix function: the coefficient of dX in its differential."""
    name, parameter = node.data
    rule = find(name).differential
    assert rule is not None
    (arg,) = node.args
    step = variable("d\0", arg.axes)  # a name nobody can type
    settings = {} if parameter is None else {"parameter": parameter}
    change = rule(node, arg, step, **settings)
    coefficient = jacobian(change, step)
    target = tuple(range(len(own), len(own) + len(arg.axes)))
    push(arg, contract(1, [arrived, (coefficient, own + target)], out + target))


def derivative(y: Tensor, x: Tensor, order: int) -> Tensor:
    """The derivative of this order: axes of y, then `order` times the axes of x."""
    for _ in range(order):
        y = jacobian(y, x)
    return y
