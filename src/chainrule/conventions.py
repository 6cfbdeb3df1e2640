"""What the derivative by a symmetric matrix means: three conventions, one of them chosen.

With G the derivative for a matrix that varies freely, taken at a symmetric X:
`free` shows G itself, as matrixcalculus.org does; `projected` (G + G')/2, the gradient among
symmetric matrices for the inner product tr(A'B); `unique` G + G' - G ⊙ I, the derivatives by
the n(n+1)/2 entries on and above the diagonal, each put in both places.
"""

from __future__ import annotations

from typing import Literal, get_args

from .tensor.build import contract, delta
from .tensor.node import Labels, Tensor

Convention = Literal["free", "projected", "unique"]
CONVENTIONS: tuple[Convention, ...] = get_args(Convention)


def within_symmetric(derivative: Tensor, expr_axes: int, convention: Convention) -> Tensor:
    """The derivative with each pair of axes behind the expression's brought to `convention`."""
    for first in range(expr_axes, len(derivative.axes), 2):
        derivative = _pair(derivative, (first, first + 1), convention)
    return derivative


def _pair(derivative: Tensor, pair: Labels, convention: Convention) -> Tensor:
    labels = tuple(range(len(derivative.axes)))
    i, j = pair
    swapped = tuple({i: j, j: i}.get(label, label) for label in labels)
    turned = contract(1, [(derivative, swapped)], labels)
    if convention == "projected":
        return (derivative + turned) * "1/2"
    diagonal = contract(1, [(derivative, labels), (delta(derivative.axes[i]), pair)], labels)
    return derivative + turned - diagonal
