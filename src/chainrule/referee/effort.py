"""How many numbers an evaluation would touch, found from the shapes before anything is touched.

Declared sizes may be a million; then an answer is shown without a check, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

from ..expr.node import Expr, Kind
from ..intern import postorder
from ..op import find
from .contraction import factor_order

EFFORT_LIMIT = 10_000_000  # of one evaluation; more would take seconds at each point
STORED = 30  # what a number that is kept counts, beside one that is multiplied and forgotten


def effort(exprs: Iterable[Expr], sizes: Mapping[str, int]) -> int:
    """About how many numbers are made or read when `exprs` are evaluated."""
    filled: dict[Expr, float] = {}
    total = 0
    for node in postorder(exprs):
        filled[node] = _filled(node, sizes, filled)
        total += _of_node(node, sizes, filled)
    return total


def _of_node(node: Expr, sizes: Mapping[str, int], filled: Mapping[Expr, float]) -> int:
    own = STORED * count(node, sizes)
    if node.kind is Kind.MULTIPLY:
        rows = 1
        if sum(arg.is_matrix for arg in node.args) > 1:
            rows = max(arg.shape[0].value(sizes) for arg in node.args if arg.is_matrix)
        return own + rows * sum(count(arg, sizes) for arg in node.args)
    if node.kind is not Kind.APPLY:
        return own
    name, parameter, _ = node.data
    if name == "einsum":
        return own + _of_einsum(node, str(parameter), sizes, filled)
    if find(name).family == "matrix" and node.args:
        widest = max((d.value(sizes) for arg in node.args for d in arg.shape), default=1)
        return own + widest * sum(count(arg, sizes) for arg in node.args)
    return own


def _of_einsum(
    node: Expr, parameter: str, sizes: Mapping[str, int], filled: Mapping[Expr, float]
) -> int:
    """The products made when one factor after the other is joined, zeros left out."""
    labels: dict[str, int] = {}
    for own, arg in zip(parameter.partition("->")[0].split(","), node.args, strict=True):
        labels.update((x, dim.value(sizes)) for x, dim in zip(own, arg.shape, strict=True))
    known: set[str] = set()
    share, total = 1.0, 0.0
    for place, own, later in factor_order(parameter, labels):
        known |= set(own)
        share *= filled[node.args[place]]
        total += share * prod(labels[x] for x in known)
        summed = known - set(later)
        share = min(1.0, share * prod(labels[x] for x in summed))
        known -= summed
    return int(total)


def _filled(node: Expr, sizes: Mapping[str, int], filled: Mapping[Expr, float]) -> float:
    """The share of the entries that are not zero: the factors of reshaping are nearly empty."""
    shares = [filled[arg] for arg in node.args]
    if node.kind is Kind.TRANSPOSE or (node.kind is Kind.APPLY and node.data[0] == "kron"):
        return prod(shares)
    if node.kind is Kind.APPLY and node.data[0] == "eye":
        return 1 / node.shape[0].value(sizes)
    if node.kind is Kind.MULTIPLY and len(shares) == 2 and node.args[1].is_matrix:
        return min(1.0, prod(shares) * node.args[1].shape[0].value(sizes))
    return 1.0


def count(node: Expr, sizes: Mapping[str, int]) -> int:
    """The entries of the value of a node."""
    return prod(dim.value(sizes) for dim in node.shape)
