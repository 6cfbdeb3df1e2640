"""Layouts: how a derivative is laid out as a matrix. Applied here and nowhere else.

Numerator layout (the default) puts the axes of the expression first: the Jacobian of an
m-vector by an n-vector is m×n. Denominator layout is its transpose. The derivative of a
scalar has the shape of the variable in both. The mixed layout of matrixcalculus.org says the
same of gradients and Jacobians: it differs from the strict numerator layout, where gradients
are rows, and we never show those as rows.
"""

from __future__ import annotations

from ..expr.node import Expr
from ..shapes import Shape
from .write import Writer

LAYOUTS = ("numerator", "denominator", "mixed")


def laid_out(derivative: Expr, expr_shape: Shape, layout: str) -> Expr:
    """The derivative, computed in numerator layout, as `layout` shows it."""
    if layout != "denominator" or not expr_shape or derivative.is_scalar:
        return derivative
    if len(derivative.shape) > 2:  # index notation names its axes, so nothing is turned
        return derivative
    return Writer().transpose(derivative)
