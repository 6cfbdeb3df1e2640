"""Functions whose argument has a known sign: |u| = u and sign(u) = 1 for u > 0, √(u²) = u."""

from __future__ import annotations

from ..signs import Signs
from ..tensor.build import broadcast, number, power, scale
from ..tensor.node import Kind, Tensor


def use_sign(node: Tensor) -> Tensor:
    """The node without abs, sign or relu where the range of the argument decides."""
    if node.kind is Kind.POWER:
        return _root(node)
    if node.kind is not Kind.APPLY or node.data[0] not in ("abs", "sign", "relu"):
        return node
    name, (u,) = node.data[0], node.args
    found = Signs().range(u)
    if name == "sign":
        value = 1 if found.is_positive else -1 if found.is_negative else None
        return node if value is None else broadcast(number(value), node.axes)
    if found.is_nonneg:
        return u
    return scale(-1, u) if name == "abs" and found.is_nonpos else node


def _root(node: Tensor) -> Tensor:
    """(u^p)^q = u^(p q) for u >= 0."""
    base, exponent = node.args
    if base.kind is not Kind.POWER or exponent.kind is not Kind.NUMBER:
        return node
    u, inner = base.args
    if inner.kind is not Kind.NUMBER or not Signs().range(u).is_nonneg:
        return node
    return power(u, inner.data[0] * exponent.data[0])
