"""How many numbers an evaluation would touch, found from the shapes before anything is touched.

Declared sizes may be a million; then an answer is shown without a check, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

from ..expr.node import Expr, Kind
from ..intern import postorder
from ..op import find
from ..shapes import Dim

EFFORT_LIMIT = 10_000_000  # of one evaluation; more would take seconds at each point
STORED = 30  # what a number that is kept counts, beside one that is multiplied and forgotten


def effort(exprs: Iterable[Expr], sizes: Mapping[str, int]) -> int:
    """About how many numbers are made or read when `exprs` are evaluated."""
    return sum(_of_node(node, sizes) for node in postorder(exprs))


def _of_node(node: Expr, sizes: Mapping[str, int]) -> int:
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
        letters: dict[str, Dim] = {}
        for part, arg in zip(str(parameter).partition("->")[0].split(","), node.args, strict=True):
            letters.update(zip(part, arg.shape, strict=True))
        return own + prod(dim.value(sizes) for dim in letters.values())
    if find(name).family == "matrix" and node.args:
        widest = max((d.value(sizes) for arg in node.args for d in arg.shape), default=1)
        return own + widest * sum(count(arg, sizes) for arg in node.args)
    return own


def count(node: Expr, sizes: Mapping[str, int]) -> int:
    """The entries of the value of a node."""
    return prod(dim.value(sizes) for dim in node.shape)
