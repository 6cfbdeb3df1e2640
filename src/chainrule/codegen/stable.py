"""Forms that neither overflow nor lose digits, for formulas as people write them.

The answer keeps the functions of the question; the code computes them by the named functions:
log(1 + e^u) as softplus, log Σ e^u as logsumexp, log σ(u) as -softplus(-u), ‖x‖² as x'x. And
p·x^(p - 1) is 0 for p = 0 also where x is 0.
"""

from __future__ import annotations

from ..intern import postorder
from ..simplify.recognise import is_one
from ..tensor.build import apply, broadcast, contract, ones_like, scale, times, zero_like
from ..tensor.node import Kind, Tensor
from ..tensor.rewrite import rebuilt


def stable(tensor: Tensor) -> Tensor:
    """The same value by functions that are safe for large arguments."""
    done: dict[Tensor, Tensor] = {}
    for node in postorder([tensor]):
        args = [done[arg] for arg in node.args]
        new = node if tuple(args) == node.args else rebuilt(node, args)
        done[node] = _safe(new)
    return done[tensor]


def _safe(node: Tensor) -> Tensor:
    if node.kind is Kind.CONTRACT:
        return _with_finite_powers(node)
    if node.kind is Kind.POWER and _is(node.args[0], "norm2") and _is_two(node.args[1]):
        (x,) = node.args[0].args
        labels = tuple(range(len(x.axes)))
        return contract(1, [(x, labels), (x, labels)], ())
    if not _is(node, "log"):
        return node
    (argument,) = node.args
    if _is(argument, "sigmoid"):
        return scale(-1, apply("softplus", scale(-1, argument.args[0])))
    return _softplus(argument) or _logsumexp(argument) or node


def _with_finite_powers(node: Tensor) -> Tensor:
    """A product c·x^e in which c and e rest on the same: where c is 0 the exponent is 1 instead.

    p(p - 1)·x^(p - 2) would be 0·∞ for p = 1 and x = 0.
    """
    coefficient, labels, free = node.data
    operands = list(zip(node.args, labels, strict=True))
    for place, (factor, own) in enumerate(operands):
        if factor.kind is not Kind.POWER or not factor.args[1].variables:
            continue
        base, exponent = factor.args
        beside = [
            t
            for t, its in operands
            if t is not factor and its in ((), own) and t.variables <= exponent.variables
        ]
        if beside:
            vanishing = broadcast(times(*beside), factor.axes)
            is_zero = apply("eq", vanishing, zero_like(vanishing))
            finite = broadcast(exponent, factor.axes)
            finite = apply("where", is_zero, ones_like(finite), finite)
            operands[place] = rebuilt(factor, [base, finite]), own
    if all(a is b for (a, _), b in zip(operands, node.args, strict=True)):
        return node
    return contract(coefficient, operands, tuple(range(free)))


def _softplus(argument: Tensor) -> Tensor | None:
    """log(1 + e^u)"""
    if argument.kind is not Kind.SUM or len(argument.args) != 2:
        return None
    for one, other in (argument.args, argument.args[::-1]):
        if is_one(one) and _is(other, "exp"):
            return apply("softplus", other.args[0])
    return None


def _logsumexp(argument: Tensor) -> Tensor | None:
    """log of e^u summed over everything, over rows or over columns."""
    if argument.kind is not Kind.CONTRACT or argument.data[0] != 1 or len(argument.args) != 1:
        return None
    (exponential,), (own,), free = argument.args, *argument.data[1:]
    if not _is(exponential, "exp") or len(set(own)) != len(own) or not 1 <= len(own) <= 2:
        return None
    (u,) = exponential.args
    if free == 0:
        return apply("logsumexp", u)
    if free == 1 and len(own) == 2:
        return apply("logsumexp", u, parameter=1 if own[0] == 0 else 0)
    return None


def _is(tensor: Tensor, name: str) -> bool:
    return tensor.kind is Kind.APPLY and tensor.data[0] == name


def _is_two(tensor: Tensor) -> bool:
    return tensor.kind is Kind.NUMBER and tensor.data[0] == 2
