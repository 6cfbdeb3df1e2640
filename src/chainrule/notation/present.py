"""Which notation a derivative is shown in: matrix, Kronecker or index notation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..expr.node import Expr
from ..tensor.build import contract, variable
from ..tensor.node import Tensor
from .index_form import to_index
from .kronecker import to_kronecker
from .parts import NoMatrixForm
from .to_matrix import to_matrix
from .write import Writer

Axes = tuple[int, ...]


@dataclass(frozen=True)
class Presented:
    """A derivative as it is shown.

    In Kronecker notation `arrangement` says which axes rows and columns run over, the most
    significant first. `differential` is (name, formula): dY = ... with dX in it.
    """

    expr: Expr
    notation: Literal["matrix", "kronecker", "index"]
    arrangement: tuple[Axes, Axes] | None = None
    differential: tuple[str, Expr] | None = None
    reason: str = ""


def present(derivative: Tensor, expr_axes: int, wrt: Tensor, order: int) -> Presented:
    """The derivative in the plainest notation that holds it.

    Its axes are those of the expression, then `order` times those of the variable.
    """
    writer = Writer()
    if len(derivative.axes) <= 2:
        try:
            return Presented(to_matrix(derivative, writer), "matrix")
        except NoMatrixForm as error:
            return Presented(to_index(derivative, writer), "index", reason=str(error))
    split = len(derivative.axes) - len(wrt.axes)
    rows = tuple(reversed(range(split)))
    columns = tuple(reversed(range(split, len(derivative.axes))))
    change = differential(derivative, split, wrt, writer)
    try:
        written = to_kronecker(derivative, rows, columns, writer)
    except NoMatrixForm as error:
        return Presented(
            to_index(derivative, writer), "index", differential=change, reason=str(error)
        )
    return Presented(written, "kronecker", (rows, columns), change)


def differential(
    derivative: Tensor, split: int, wrt: Tensor, writer: Writer
) -> tuple[str, Expr] | None:
    """dY = the derivative contracted with dX, where that has a matrix form."""
    if split > 2:
        return None
    labels = tuple(range(len(derivative.axes)))
    change = variable("d" + wrt.data[0], wrt.axes)
    moved = contract(1, [(derivative, labels), (change, labels[split:])], labels[:split])
    try:
        return "dy", to_matrix(moved, writer)
    except NoMatrixForm:
        return None
