"""A derivative that is block-diagonal, by its blocks: row i of Y depends on row i of X alone.

Then δ_ik stands in every term, i an axis of the expression and k one of the variable, and one
block says everything: for softmax along rows, block i is diag(s) - s s' with s = S[i,:].
"""

from __future__ import annotations

from dataclasses import dataclass

from ..expr.node import Expr
from ..shapes import Dim
from ..tensor.build import basis, contract
from ..tensor.node import Kind, Tensor
from .parts import NoMatrixForm
from .to_matrix import to_matrix
from .write import Writer

NAMES = ("i", "j", "k", "l", "i_", "j_")


@dataclass(frozen=True)
class Family:
    """Block `name` of the expression by the same block of the variable.

    `of` and `by` are the axes that are tied, 0 for rows (or a vector's entries), 1 columns.
    """

    name: str
    of: int
    by: int
    block: Expr


def block_family(derivative: Tensor, expr_axes: int, wrt_axes: int) -> Family | None:
    """The blocks of a derivative with three or four axes, None where it has none."""
    if not 3 <= len(derivative.axes) <= 4 or len(derivative.axes) != expr_axes + wrt_axes:
        return None
    for of in range(expr_axes):
        for by in range(expr_axes, expr_axes + wrt_axes):
            if _is_tied(derivative, of, by):
                family = _block(derivative, of, by)
                if family is not None:
                    return Family(family[0], of, by - expr_axes, family[1])
    return None


def _is_tied(derivative: Tensor, of: int, by: int) -> bool:
    """Whether every term has δ between the two axes."""
    terms = derivative.args if derivative.kind is Kind.SUM else (derivative,)
    return bool(terms) and all(_has_delta(term, {of, by}) for term in terms)


def _has_delta(term: Tensor, pair: set[int]) -> bool:
    return term.kind is Kind.CONTRACT and any(
        arg.kind is Kind.DELTA and set(own) == pair
        for arg, own in zip(term.args, term.data[1], strict=True)
    )


def _block(derivative: Tensor, of: int, by: int) -> tuple[str, Expr] | None:
    taken = derivative.variables | {name for dim in derivative.axes for name in dim.names}
    name = next((name for name in NAMES if name not in taken), None)
    if name is None:
        return None
    labels = tuple(range(len(derivative.axes)))
    picks = [(basis(derivative.axes[axis], Dim.of(name)), (axis,)) for axis in (of, by)]
    rest = tuple(label for label in labels if label not in (of, by))
    block = contract(1, [(derivative, labels), *picks], rest)
    try:
        return name, to_matrix(block, Writer())
    except NoMatrixForm:
        return None
