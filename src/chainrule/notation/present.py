"""Which notation a derivative is shown in: matrix, Kronecker or index notation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import ProblemError
from ..expr.node import Expr
from ..tensor.node import Tensor
from .to_matrix import NoMatrixForm, to_matrix


@dataclass(frozen=True)
class Presented:
    expr: Expr
    notation: Literal["matrix", "kronecker", "index"]
    arrangement: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    differential: tuple[str, Expr] | None = None
    reason: str = ""


def present(derivative: Tensor, expr_axes: int, wrt: Tensor, order: int) -> Presented:
    try:
        return Presented(to_matrix(derivative), "matrix")
    except NoMatrixForm as error:
        raise ProblemError("unsupported", f"no matrix notation: {error}") from None
