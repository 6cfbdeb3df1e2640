"""Functions f(X) of a square matrix made from a function of one number: e^X, sin X, X^k, √X.

Their derivative is no product of matrices: vec(d f(X)) = J(X) vec(dX), where J is a function
of its own (`dexpm`, ...), Higham, Functions of Matrices (2008), ch. 3. What can be said
shorter is: tr f(X) has the gradient f'(X)', and along directions that commute with X the
derivative is f'(X) dX (tensor/identities.py). The Cholesky factor is here too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..op import matrix_op
from ..referee import functions, linear
from ..shapes import Dim
from ..tensor.build import (
    apply,
    delta,
    inner,
    lower_ones,
    matmul,
    size,
    times,
    transpose,
)
from ..tensor.node import Tensor
from .jacobians import Rule, by_jacobian, no_second


def _matrix_function(name: str, slope: Rule, kernel: Callable[..., Any], **forms: str) -> None:
    """Declare f and its Jacobian d+f. `slope` is f', as a function of X."""
    matrix_op(
        name,
        "(n,n)->(n,n)",
        by_jacobian("d" + name),
        kernel=kernel,
        slope=slope,
        forms=forms,
    )
    matrix_op(
        "d" + name,
        "(n,n)->(n*n,n*n)",
        no_second,
        kernel=functions.jacobian_of(kernel),
        jacobian_of=name,
        note=f"is the Jacobian of {name}: vec(d {name}(X)) = d{name}(X)·vec(dX)",
        forms={"numpy": f"_jacobian({forms['numpy'].split('(')[0]}, {{0}})"},
    )


_matrix_function(
    "expm",
    lambda x: apply("expm", x),
    functions.matrix_exponential,
    numpy="_matrix_exponential({0})",
)
_matrix_function(
    "sinm", lambda x: apply("cosm", x), functions.matrix_sine, numpy="_matrix_sine({0})"
)
_matrix_function(
    "cosm", lambda x: -apply("sinm", x), functions.matrix_cosine, numpy="_matrix_cosine({0})"
)


matrix_op(
    "sqrtm",
    "(n,n)->(n,n)",
    by_jacobian("dsqrtm"),
    kernel=functions.matrix_root,
    slope=lambda x: apply("inv", apply("sqrtm", x)) * "1/2",
    note="needs {0} without eigenvalues that are negative or 0",
    certain=frozenset({"spd"}),
    forms={"latex": "{0}^{{1/2}}", "numpy": "_matrix_root({0})"},
)
matrix_op(
    "dsqrtm",
    "(n,n)->(n*n,n*n)",
    no_second,
    kernel=functions.jacobian_of(functions.matrix_root),
    jacobian_of="sqrtm",
    note="is the Jacobian of sqrtm: with Y = sqrtm(X) it is inv(kron(eye,Y) + kron(Y',eye))",
    forms={"numpy": "_root_jacobian({0})"},
)


def _polar(y: Tensor, x: Tensor, dx: Tensor) -> Tensor:
    """dY = (dX - Y dH) inv(H) for Y = X inv(H) with H = sqrtm(X'X), of full column rank."""
    gram = matmul(transpose(x), x)
    change = matmul(transpose(dx), x) + matmul(transpose(x), dx)
    root = apply("sqrtm", gram)
    moved = by_jacobian("dsqrtm")(root, gram, change)
    return matmul(dx - matmul(y, moved), apply("inv", root))


matrix_op(
    "polar",
    "(m,n)->(m,n)",
    _polar,
    kernel=functions.polar_factor,
    note="is U·Vᵀ of the singular value decomposition U·Σ·Vᵀ of {0}, which needs full rank",
    forms={"numpy": "_polar({0})"},
)
matrix_op(
    "nuclear",  # the sum of the singular values, tr √(X'X)
    "(m,n)->()",
    lambda y, x, dx: inner(apply("polar", x), dx),
    kernel=functions.nuclear_norm,
    note="is not differentiable where {0} has not full rank",
    forms={
        "latex": r"\left\lVert {0} \right\rVert_*",
        "unicode": "‖{0}‖_*",
        "numpy": 'np.linalg.norm({0}, "nuc")',
    },
)

RAISED = {"text": "{0}{raised}", "latex": "{0}{raised}", "unicode": "{0}{raised}"}


def _power_slope(x: Tensor, parameter: Dim) -> Tensor:
    """k X^(k-1)"""
    return times(size(parameter), apply("matpow", x, parameter=parameter - Dim.of(1)))


matrix_op(
    "named_power",  # X^k, where matpow finds that k is no number
    "(n,n)->(n,n)",
    by_jacobian("dmatpow"),
    kernel=linear.matrix_power,
    slope=_power_slope,
    forms={**RAISED, "numpy": "np.linalg.matrix_power({0}, {parameter})"},
)
matrix_op(
    "dmatpow",
    "(n,n)->(n*n,n*n)",
    no_second,
    kernel=functions.jacobian_of(linear.matrix_power),
    jacobian_of="named_power",
    note="is the Jacobian of X^k, the sum of kron((X')^(k-1-r), X^r) over r = 0 to k-1",
    takes_exponent=True,
    forms={"numpy": "_power_jacobian({0}, {parameter})"},
)


def _cholesky(y: Tensor, x: Tensor, dx: Tensor) -> Tensor:
    """dL = L Φ(L⁻¹ dX L⁻ᵀ), Φ the lower triangle with half the diagonal (Murray 2016, eq. 8)."""
    n = x.axes[0]
    back = apply("inv", y)
    inside = matmul(matmul(back, (dx + transpose(dx)) * "1/2"), transpose(back))
    return matmul(y, times(inside, lower_ones(n) - delta(n) * "1/2"))


chol = matrix_op(
    "chol",
    "(n,n)->(n,n)",
    _cholesky,
    kernel=functions.cholesky,
    note="needs {0} symmetric positive definite",
    certain=frozenset({"spd"}),
    forms={"numpy": "_cholesky({0})"},
)
