"""Which notation a derivative is shown in: matrix, Kronecker or index notation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..expr.node import Expr
from ..tensor.node import Labels, Tensor
from .differential import to_differential
from .index_form import to_index
from .kronecker import to_kronecker
from .parts import NoMatrixForm
from .to_matrix import to_matrix
from .write import Writer


@dataclass(frozen=True)
class Presented:
    """A derivative as it is shown.

    In Kronecker notation `expr` is a matrix; `arrangement` says which axes of the derivative
    its rows and its columns run over, most significant first. `differential` is the left and
    the right side of dY = ... where the derivative has more than two axes. `reason` says why
    there is no matrix notation.
    """

    expr: Expr
    notation: Literal["matrix", "kronecker", "index"]
    arrangement: tuple[Labels, Labels] | None = None
    differential: tuple[str, Expr] | None = None
    reason: str = ""


def present(
    derivative: Tensor, expr_axes: int, wrt: Tensor, order: int, writer: Writer | None = None
) -> Presented:
    """The derivative (axes of the expression, then `order` times those of `wrt`) as people
    write it: as a matrix, else a matrix of vectorised arguments, else with indices."""
    writer = writer or Writer()
    if len(derivative.axes) <= 2:
        try:
            return Presented(to_matrix(derivative, writer), "matrix")
        except NoMatrixForm as error:
            return Presented(to_index(derivative, writer), "index", reason=str(error))
    differential = to_differential(derivative, wrt, order, writer)
    groups = arrangement(expr_axes, len(wrt.axes), order)
    try:
        if groups is None:
            raise NoMatrixForm(f"the derivative has {len(derivative.axes)} axes")
        matrix = to_kronecker(derivative, *groups, writer)
    except NoMatrixForm as error:
        index = to_index(derivative, writer)
        return Presented(index, "index", None, differential, str(error))
    reason = f"the derivative has {len(derivative.axes)} axes"
    return Presented(matrix, "kronecker", groups, differential, reason)


def arrangement(expr_axes: int, wrt_axes: int, order: int) -> tuple[Labels, Labels] | None:
    """The axes of the rows and columns of a Jacobian, or of the Hessian of a scalar.

    Each matrix is taken by its columns, as vec does, so its last axis is most significant.
    Higher derivatives have no such convention.
    """
    if order > 2 or (order == 2 and expr_axes):
        return None
    middle = expr_axes if order == 1 else wrt_axes
    return tuple(range(middle)[::-1]), tuple(range(middle, middle + wrt_axes)[::-1])
