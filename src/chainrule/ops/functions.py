"""Functions f(X) of a square matrix made from a function of one number: e^X, sin X, X^k, √X.

Their derivative is no product of matrices: vec(d f(X)) = J(X) vec(dX), where J is a function
of its own (`dexpm`, ...), Higham, Functions of Matrices (2008), ch. 3, and has itself a
Jacobian (`d2expm`), and that one (`d3expm`); further it does not go. What can be said
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
    contract,
    delta,
    fuse,
    inner,
    lower_ones,
    matmul,
    size,
    times,
    transpose,
)
from ..tensor.node import Tensor
from .jacobians import Rule, by_jacobian, no_further

ORDERS = 3  # derivatives of a function of a matrix


def _matrix_function(name: str, slope: Rule, kernel: Callable[..., Any], numpy: str) -> None:
    """Declare f and its Jacobians. `slope` is f', as a function of X; `numpy` a helper's name."""
    matrix_op(
        name,
        "(n,n)->(n,n)",
        by_jacobian("d" + name),
        kernel=kernel,
        slope=slope,
        forms={"numpy": numpy + "({0})"},
    )
    code = f"_jacobian({numpy}, {{{{0}}}}, {{order}})"
    _jacobians(name, f"d{{order}}{name}(X)", f"{name}(X)", kernel, code)


def _jacobians(
    name: str, call: str, value: str, kernel: Callable[..., Any], numpy: str, **settings: Any
) -> None:
    """Declare the Jacobian of f, that of this one, and so on to the last order.

    `value` is how f is written, `call` how its Jacobians are, with a place for the order.
    """
    of, rows = name, "n*n"
    for order in range(1, ORDERS + 1):
        jacobian = call.format(order=order if order > 1 else "")
        own, following = (
            form.partition("(")[0] for form in (jacobian, call.format(order=order + 1))
        )
        kernel = functions.jacobian_of(kernel)
        matrix_op(
            own,
            f"(n,n)->({rows},n*n)",
            by_jacobian(following) if order < ORDERS else no_further,
            kernel=kernel,
            jacobian_of=of,
            note=f"is a Jacobian: vec(d {value}) = {jacobian}·vec(dX)",
            forms={"numpy": numpy.format(order=order)},
            **settings,
        )
        of, value, rows = own, jacobian, rows + "*n*n"


_matrix_function(
    "expm",
    lambda x: apply("expm", x),
    functions.matrix_exponential,
    numpy="_matrix_exponential",
)
_matrix_function("sinm", lambda x: apply("cosm", x), functions.matrix_sine, numpy="_matrix_sine")
_matrix_function(
    "cosm", lambda x: -apply("sinm", x), functions.matrix_cosine, numpy="_matrix_cosine"
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


def _root_jacobian_step(j: Tensor, x: Tensor, dx: Tensor) -> Tensor:
    """dJ = -J (kron(I,dY) + kron(dY',I)) J with vec(dY) = J vec(dX)"""
    n, dy = x.axes[0], by_jacobian("dsqrtm")(apply("sqrtm", x), x, dx)
    rows, columns = (fuse(n, n), (4, 1, 0)), (fuse(n, n), (5, 3, 2))
    left = contract(1, [(dy, (0, 2)), (delta(n), (1, 3)), rows, columns], (4, 5))
    right = contract(1, [(dy, (3, 1)), (delta(n), (0, 2)), rows, columns], (4, 5))
    return -matmul(matmul(j, left + right), j)


matrix_op(
    "dsqrtm",
    "(n,n)->(n*n,n*n)",
    _root_jacobian_step,
    kernel=functions.jacobian_of(functions.matrix_root),
    jacobian_of="sqrtm",
    note="is the Jacobian of sqrtm: with Y = sqrtm(X) it is inv(kron(eye,Y) + kron(Y',eye))",
    forms={"numpy": "_root_jacobian({0})"},
)


def _polar(y: Tensor, x: Tensor, dx: Tensor) -> Tensor:
    """K dY + dY H = dX - Y dX' Y for X = Y H = K Y of full rank, tall or wide.

    Put dX = dY H + Y dH and dY' Y = -Y' dY on the right, for a tall X; H and K are symmetric.
    """
    rows, columns = x.axes
    h, k = matmul(transpose(y), x), matmul(x, transpose(y))
    fusions = [(fuse(columns, rows), (4, 1, 0)), (fuse(columns, rows), (5, 3, 2))]
    by_rows = contract(1, [(k, (0, 2)), (delta(columns), (1, 3)), *fusions], (4, 5))
    by_columns = contract(1, [(delta(rows), (0, 2)), (h, (3, 1)), *fusions], (4, 5))
    inverse = apply("inv", by_rows + by_columns)
    change = dx - matmul(matmul(y, transpose(dx)), y)
    return contract(1, [(inverse, (4, 5)), *fusions, (change, (2, 3))], (0, 1))


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
    forms={
        **RAISED,
        "numpy": "_matrix_power({0}, {parameter})",
        "jax": "jnp.linalg.matrix_power({0}, {parameter})",
        "torch": "torch.linalg.matrix_power({0}, {parameter})",
        "array-api": "xp.linalg.matrix_power({0}, {parameter})",
    },
)
_jacobians(
    "named_power",
    "d{order}matpow(X,k)",
    "X^k",
    linear.matrix_power,
    "_power_jacobian({{0}}, {{parameter}}, {order})",
    takes_exponent=True,
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
