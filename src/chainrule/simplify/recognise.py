"""Known functions found in products: e^u/(1 + e^u) = σ(u), e^u/Σe^u = softmax(u).

Besides being shorter, the named functions do not overflow.
"""

from __future__ import annotations

from ..tensor.build import apply, contract, power, scale
from ..tensor.node import Kind, Labels, Operand, Tensor
from ..tensor.terms import split_coefficient


def recognise(node: Tensor) -> Tensor:
    """The product with one more function named, or as it is."""
    coefficient, free = 1, len(node.axes)
    operands: list[Operand] = [(node, tuple(range(free)))]
    if node.kind is Kind.CONTRACT:
        coefficient, labels, free = node.data
        operands = list(zip(node.args, labels, strict=True))
    for place, (tensor, own) in enumerate(operands):
        base, exponent = _power_of(tensor)
        if exponent >= 0:
            continue
        found = (
            _sigmoid(operands, place, base, own, exponent)
            or _softmax(operands, place, base, exponent)
            or _tangent(operands, place, base, own, exponent)
        )
        if found is not None:
            return contract(coefficient, found, tuple(range(free)))
    return node


def _power_of(tensor: Tensor) -> tuple[Tensor, int]:
    if tensor.kind is Kind.POWER and tensor.args[1].kind is Kind.NUMBER:
        exponent = tensor.args[1].data[0]
        if exponent.denominator == 1:
            return tensor.args[0], int(exponent)
    return tensor, 1


def _exponential(tensor: Tensor) -> Tensor | None:
    """u of exp(u)."""
    if tensor.kind is Kind.APPLY and tensor.data[0] == "exp":
        return tensor.args[0]
    return None


def _one_plus_exp(base: Tensor) -> Tensor | None:
    """exp(u) of 1 + exp(u)."""
    if base.kind is not Kind.SUM or len(base.args) != 2:
        return None
    for one, other in (base.args, base.args[::-1]):
        if is_one(one) and _exponential(other) is not None:
            return other
    return None


def is_one(tensor: Tensor) -> bool:
    """Whether every entry is the number 1."""
    if tensor.kind is Kind.NUMBER:
        return bool(tensor.data[0] == 1)
    if tensor.kind is Kind.CONTRACT:
        return tensor.data[0] == 1 and all(arg.kind is Kind.ONES for arg in tensor.args)
    return tensor.kind is Kind.ONES


def _sigmoid(
    operands: list[Operand], place: int, base: Tensor, own: Labels, exponent: int
) -> list[Operand] | None:
    """E^a / (1 + E)^k = σ(u)^a σ(-u)^(k-a) for E = e^u and 0 <= a <= k."""
    exponential = _one_plus_exp(base)
    if exponential is None:
        return None
    above = 0
    rest = []
    for spot, (tensor, labels) in enumerate(operands):
        if spot == place:
            continue
        factor, times_ = _power_of(tensor)
        if factor is exponential and labels == own and 0 < times_ <= -exponent:
            above = times_
        else:
            rest.append((tensor, labels))
    u = exponential.args[0]
    if above:
        rest.append((power(apply("sigmoid", u), above), own))
    if -exponent - above:
        rest.append((power(apply("sigmoid", scale(-1, u)), -exponent - above), own))
    return rest


def _softmax(
    operands: list[Operand], place: int, base: Tensor, exponent: int
) -> list[Operand] | None:
    """e^u_i / Σ_j e^u_j = softmax(u)_i."""
    if base.kind is not Kind.CONTRACT or len(base.args) != 1 or base.axes:
        return None
    (exponential,) = base.args
    if base.data[0] != 1 or _exponential(exponential) is None or len(exponential.axes) != 1:
        return None
    for spot, (tensor, labels) in enumerate(operands):
        if tensor is not exponential:
            continue
        rest = [pair for k, pair in enumerate(operands) if k not in (spot, place)]
        rest.append((apply("softmax", exponential.args[0]), labels))
        if exponent + 1:
            rest.append((power(base, exponent + 1), ()))
        return rest
    return None


def _tangent(
    operands: list[Operand], place: int, base: Tensor, own: Labels, exponent: int
) -> list[Operand] | None:
    """sinh(u)/cosh(u) = tanh(u)"""
    if base.kind is not Kind.APPLY or base.data[0] != "cosh":
        return None
    for spot, (tensor, labels) in enumerate(operands):
        sine, power_of_sine = _power_of(tensor)
        is_sine = sine.kind is Kind.APPLY and sine.data[0] == "sinh" and sine.args == base.args
        if is_sine and labels == own and power_of_sine == -exponent:
            rest = [pair for k, pair in enumerate(operands) if k not in (spot, place)]
            return [*rest, (power(apply("tanh", base.args[0]), power_of_sine), own)]
    return None


def recognise_sum(node: Tensor) -> Tensor:
    """1 - σ(-u) = σ(u) where -u has a minus in front."""
    if node.kind is not Kind.SUM or len(node.args) != 2:
        return node
    for one, other in (node.args, node.args[::-1]):
        coefficient, sigmoid = split_coefficient(other)
        if not is_one(one) or coefficient != -1 or sigmoid.kind is not Kind.APPLY:
            continue
        if sigmoid.data[0] == "sigmoid" and split_coefficient(sigmoid.args[0])[0] < 0:
            return apply("sigmoid", scale(-1, sigmoid.args[0]))
    return node
