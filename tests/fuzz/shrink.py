"""A smaller expression that still fails: parts are replaced by what is inside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chainrule.errors import ProblemError
from chainrule.expr import build
from chainrule.expr.node import Expr, Kind
from chainrule.expr.rewrite import replace
from chainrule.intern import postorder

ATTEMPTS = 400


def shrunk(expr: Expr, fails: Callable[[Expr], bool]) -> Expr:
    """Smaller and smaller while it fails."""
    attempts = 0
    while True:
        for smaller in sorted(_smaller(expr), key=size):
            attempts += 1
            if attempts > ATTEMPTS:
                return expr
            if size(smaller) < size(expr) and fails(smaller):
                expr = smaller
                break
        else:
            return expr


def size(expr: Expr) -> int:
    return len(postorder([expr]))


def _smaller(expr: Expr) -> Iterator[Expr]:
    """One part replaced by a part of it of the same shape, by a variable or by a number."""
    nodes = postorder([expr])
    variables = [node for node in nodes if node.kind is Kind.VARIABLE]
    for node in nodes:
        inside = [part for part in postorder([node]) if part is not node]
        fitting = [part for part in [*inside, *variables] if _fits(part, node)]
        if not node.shape:
            fitting += [build.number(1), build.number(2)]
        for part in dict.fromkeys(fitting):
            if part is node:
                continue
            try:
                yield replace(expr, {node: part})
            except ProblemError:
                continue


def _fits(part: Expr, node: Expr) -> bool:
    return part.shape == node.shape and part.is_row == node.is_row
