"""The differential form of a derivative with many axes: dY = A·dX·B says it in matrices.

The derivative is contracted with dX before it is written, which leaves two axes where there
were four.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..expr.node import Expr
from ..tensor.build import contract, variable
from ..tensor.node import Tensor
from .parts import NoMatrixForm
from .to_matrix import to_matrix
from .write import Writer

OUTPUTS = ("y", "f", "L", "y_", "f_", "L_")  # names of the output, as derivations choose them
GRADIENTS = ("g", "h", "g_", "h_")


def to_differential(
    derivative: Tensor, wrt: Tensor, order: int, writer: Writer
) -> tuple[str, Expr] | None:
    """("dy", the derivative applied to dX), or None without a matrix form.

    From the second order on it is the differential of the derivative before, called g.
    """
    rest = len(derivative.axes) - len(wrt.axes)
    if rest > 2:
        return None
    taken = derivative.variables | {wrt.data[0]}
    change = variable(_free(["d" + wrt.data[0] + "_" * k for k in range(9)], taken), wrt.axes)
    labels = tuple(range(len(derivative.axes)))
    product = contract(1, [(derivative, labels), (change, labels[rest:])], labels[:rest])
    try:
        written = to_matrix(product, writer)
    except NoMatrixForm:
        return None
    return "d" + _free(OUTPUTS if order == 1 else GRADIENTS, taken), written


def _free(names: Iterable[str], taken: Iterable[str]) -> str:
    return next(name for name in names if name not in taken)
