"""Functions of whole vectors and matrices, each declared by its differential.

The rules are those of Magnus and Neudecker, Matrix Differential Calculus (3rd ed.), ch. 8
and 9, and Petersen and Pedersen, The Matrix Cookbook (2012), ch. 2.
"""

from __future__ import annotations

from functools import reduce

from ..op import matrix_op
from ..referee import functions, linear
from ..shapes import Dim
from ..tensor.build import (
    apply,
    broadcast,
    contract,
    delta,
    fuse,
    inner,
    kron,
    matmul,
    number,
    ones,
    size,
    times,
    total,
    transpose,
)
from ..tensor.node import Kind, Labels, Tensor
from ..tensor.terms import is_zero
from .jacobians import by_jacobian
from .products import kronecker_factors, split_scalars, square_chain

INVERTIBLE = frozenset({"invertible", "spd", "orthogonal"})


def _inverse(matrix: Tensor) -> Tensor | None:
    """inv(c A) = inv(A)/c, inv(inv(A)) = A, inv(Q) = Q', inv(A ⊗ B) = inv(A) ⊗ inv(B).

    Also inv(A B) = inv(B) inv(A) if both exist.
    """
    if matrix.kind is Kind.APPLY and matrix.data[0] == "inv":
        return matrix.args[0]
    if matrix.kind is Kind.DELTA:
        return matrix
    turned = transpose(matrix)
    if any(m.kind is Kind.VARIABLE and "orthogonal" in m.data[1] for m in (matrix, turned)):
        return turned
    split = split_scalars(matrix)
    if split is not None:
        return times(split[0] ** -1, apply("inv", split[1]))
    pair = kronecker_factors(matrix)
    if pair is not None:
        return kron(apply("inv", pair[0]), apply("inv", pair[1]))
    chain = square_chain(matrix)
    if chain is None or not all(map(_is_known_invertible, chain)):
        return None
    return reduce(matmul, (apply("inv", factor) for factor in reversed(chain)))


def _is_known_invertible(matrix: Tensor) -> bool:
    turned = transpose(matrix)
    return _is_invertible(matrix) or _is_invertible(turned)


def _determinant(matrix: Tensor) -> Tensor | None:
    """det(c A) = c^n det(A), det(A B) = det(A) det(B) of square A, B, det(inv(A)) = 1/det(A).

    Also det(A ⊗ B) = det(A)^m det(B)^n of A (n×n) and B (m×m).
    """
    if matrix.kind is Kind.APPLY and matrix.data[0] == "inv":
        return apply("det", matrix.args[0]) ** -1
    if matrix.kind is Kind.DELTA:
        return number(1)
    split = split_scalars(matrix)
    if split is not None:
        return times(split[0] ** size(matrix.axes[0]), apply("det", split[1]))
    pair = kronecker_factors(matrix)
    if pair is not None:
        a, b = (apply("det", factor) for factor in pair)
        return times(a ** size(pair[1].axes[0]), b ** size(pair[0].axes[0]))
    chain = square_chain(matrix)
    return None if chain is None else times(*(apply("det", factor) for factor in chain))


def _adjugate(matrix: Tensor) -> Tensor | None:
    """adj(c A) = c^(n-1) adj(A), adj(A B) = adj(B) adj(A), adj(inv(A)) = A/det(A).

    Also adj(A ⊗ B) = det(A)^(m-1) det(B)^(n-1) adj(A) ⊗ adj(B) of A (n×n) and B (m×m).
    """
    if matrix.kind is Kind.APPLY and matrix.data[0] == "inv":
        (inner,) = matrix.args
        return times(apply("det", inner) ** -1, inner)
    if matrix.kind is Kind.DELTA:
        return matrix
    split = split_scalars(matrix)
    if split is not None:
        return times(split[0] ** size(matrix.axes[0] - Dim.of(1)), apply("adj", split[1]))
    pair = kronecker_factors(matrix)
    if pair is not None:
        a, b = pair
        det_a = apply("det", a) ** size(b.axes[0] - Dim.of(1))
        det_b = apply("det", b) ** size(a.axes[0] - Dim.of(1))
        return times(det_a, det_b, kron(apply("adj", a), apply("adj", b)))
    chain = square_chain(matrix)
    return None if chain is None else reduce(matmul, (apply("adj", a) for a in reversed(chain)))


def _is_invertible(matrix: Tensor) -> bool:
    return matrix.kind is Kind.VARIABLE and bool(INVERTIBLE & matrix.data[1])


inv = matrix_op(
    "inv",
    "(n,n)->(n,n)",
    lambda y, x, dx: -matmul(matmul(y, dx), y),
    kernel=linear.inverse,
    rewrite=_inverse,
    note="needs det {0} ≠ 0",
    certain=INVERTIBLE,
    forms={
        "latex": "{0}^{{-1}}",
        "latex transposed": r"{0}^{{-\top}}",
        "unicode": "{0}⁻¹",
        "unicode transposed": "{0}⁻ᵀ",
        "numpy": "np.linalg.inv({0})",
    },
)
det = matrix_op(
    "det",
    "(n,n)->()",
    lambda y, x, dx: inner(
        transpose(times(y, apply("inv", x)) if _is_invertible(x) else apply("adj", x)), dx
    ),
    kernel=linear.determinant,
    rewrite=_determinant,
    forms={"latex": r"\det", "numpy": "np.linalg.det({0})"},
)
logdet = matrix_op(
    "logdet",
    "(n,n)->()",
    lambda y, x, dx: inner(transpose(apply("inv", x)), dx),
    kernel=linear.log_determinant,
    note="needs det {0} > 0",
    certain=frozenset({"spd"}),
    forms={"latex": r"\log\det", "unicode": "log det", "numpy": "np.linalg.slogdet({0})[1]"},
)


def _adjugate_differential(y: Tensor, x: Tensor, dx: Tensor) -> Tensor:
    """By `dadj` for a plain X, which may be singular; else d(det·inv), which says more."""
    if x.kind is Kind.VARIABLE and not _is_invertible(x):
        return by_jacobian("dadj")(y, x, dx)
    return _adjugate_step(x, dx)


def _adjugate_step(x: Tensor, dx: Tensor) -> Tensor:
    """d adj(X) = tr(inv(X) dX) adj(X) - inv(X) dX adj(X)"""
    inverse, y = apply("inv", x), apply("adj", x)
    return times(inner(transpose(inverse), dx), y) - matmul(matmul(inverse, dx), y)


def _adjugate_jacobian_step(y: Tensor, x: Tensor, dx: Tensor) -> Tensor:
    """d of inv(X)_lk adj(X)_ij - inv(X)_ik adj(X)_lj, with rows (j, i) and columns (l, k)."""
    n = x.axes[0]
    inverse, adjugate = apply("inv", x), apply("adj", x)
    step = -matmul(matmul(inverse, dx), inverse)
    fusions = [(fuse(n, n), (4, 1, 0)), (fuse(n, n), (5, 3, 2))]

    def term(sign: int, a: Tensor, own: Labels, b: Tensor, its: Labels) -> Tensor:
        return contract(sign, [(a, own), (b, its), *fusions], (4, 5))

    change = _adjugate_step(x, dx)
    return (
        term(1, step, (3, 2), adjugate, (0, 1))
        + term(1, inverse, (3, 2), change, (0, 1))
        + term(-1, step, (0, 2), adjugate, (3, 1))
        + term(-1, inverse, (0, 2), change, (3, 1))
    )


adj = matrix_op(
    "adj",
    "(n,n)->(n,n)",
    _adjugate_differential,
    kernel=linear.adjugate,
    rewrite=_adjugate,
    forms={"numpy": "_adjugate({0})"},
)
matrix_op(
    "dadj",
    "(n,n)->(n*n,n*n)",
    _adjugate_jacobian_step,
    kernel=functions.jacobian_of(linear.adjugate),
    note="is the Jacobian of adj: vec(d adj(X)) = dadj(X)·vec(dX); X may be singular",
    forms={"numpy": "_adjugate_jacobian({0})"},
)


def _pinv_differential(y: Tensor, x: Tensor, dx: Tensor) -> Tensor:
    """Golub and Pereyra (1973), for constant rank."""
    left = delta(x.axes[1]) - matmul(y, x)
    right = delta(x.axes[0]) - matmul(x, y)
    back = transpose(dx)
    return (
        -matmul(matmul(y, dx), y)
        + matmul(matmul(y, transpose(y)), matmul(back, right))
        + matmul(matmul(left, back), matmul(transpose(y), y))
    )


pinv = matrix_op(
    "pinv",
    "(m,n)->(n,m)",
    _pinv_differential,
    kernel=linear.pseudoinverse,
    note="needs the rank of {0} to stay constant",
    certain=INVERTIBLE,
    forms={"latex": "{0}^{{+}}", "unicode": "{0}⁺", "numpy": "np.linalg.pinv({0})"},
)


norm2 = matrix_op(
    "norm2",
    "(n)->() | (m,n)->() | ()->()",
    lambda y, x, dx: times(inner(x, dx), y**-1),
    kernel=lambda n, x: n.sqrt(linear.square_sum(n, x)),
    note="is not differentiable where {0} = 0",
    aliases=("norm",),
    forms={
        "latex": r"\left\lVert {0} \right\rVert_2",
        "unicode": "‖{0}‖₂",
        "numpy": "np.linalg.norm({0})",
    },
)


def _along(vector: Tensor, like: Tensor, axis: int | None) -> Tensor:
    """`vector` repeated along `axis` to the shape of `like`; a scalar everywhere."""
    if axis is None:
        return broadcast(vector, like.axes)
    kept = (1 - axis,)
    return contract(1, [(vector, kept), (ones(like.axes[axis]), (axis,))], (0, 1))


def _softmax_differential(y: Tensor, x: Tensor, dx: Tensor, parameter: int | None = None) -> Tensor:
    weighted = times(y, dx)
    return weighted - times(y, _along(total(weighted, parameter), x, parameter))


softmax = matrix_op(
    "softmax",
    {None: "(n)->(n)", 0: "(m,n)->(m,n)", 1: "(m,n)->(m,n)"},
    _softmax_differential,
    kernel=linear.softmax,
    forms={"numpy": "_softmax({0}, {parameter})", "jax": "jax.nn.softmax({0}, {parameter})"},
)
logsumexp = matrix_op(
    "logsumexp",
    {None: "(n)->() | (m,n)->()", 0: "(m,n)->(n)", 1: "(m,n)->(m)"},
    lambda y, x, dx, parameter=None: total(times(_softmax_of(y, x, parameter), dx), parameter),
    kernel=linear.logsumexp,
    forms={"numpy": "_logsumexp({0}, {parameter})", "jax": "jax.nn.logsumexp({0}, {parameter})"},
)


def _softmax_of(y: Tensor, x: Tensor, axis: int | None) -> Tensor:
    if axis is None and len(x.axes) == 2:
        return apply("exp", x - broadcast(y, x.axes))
    return apply("softmax", x, parameter=axis)


def _extreme(y: Tensor, x: Tensor, dx: Tensor) -> Tensor:
    """1 where x is its largest (smallest) entry, 0 elsewhere, times dx."""
    return inner(apply("argmax" if y.data[0] == "largest" else "argmin", x), dx)


def _constant(y: Tensor, x: Tensor, dx: Tensor) -> Tensor:
    return times(0, dx)


argmax = matrix_op(
    "argmax",
    "(n)->(n) | (m,n)->(m,n) | ()->()",
    _constant,
    kernel=linear.place_of_largest,
    note="is 1 at the largest entry of its argument, of equal ones at the first, else 0",
    forms={"numpy": "_argmax({0})"},
)
argmin = matrix_op(
    "argmin",
    "(n)->(n) | (m,n)->(m,n) | ()->()",
    _constant,
    kernel=linear.place_of_smallest,
    note="is 1 at the smallest entry of its argument, of equal ones at the first, else 0",
    forms={"numpy": "_argmax(-({0}))"},
)


def _uniform(x: Tensor) -> Tensor | None:
    """The entry that all are equal to, if the form of x says so."""
    if is_zero(x):
        return number(0)
    if x.kind is Kind.ONES:
        return number(1)
    if x.kind is not Kind.CONTRACT:
        return None
    coefficient, labels, free = x.data
    rest = [(t, own) for t, own in zip(x.args, labels, strict=True) if t.kind is not Kind.ONES]
    if any(label < free for _, own in rest for label in own):
        return None
    return contract(coefficient, rest, ())


largest = matrix_op(
    "largest",
    "(n)->() | (m,n)->() | ()->()",
    _extreme,
    rewrite=_uniform,
    kernel=linear.largest,
    note="is not differentiable where the largest entry of {0} is not unique; the first is used",
    forms={
        "text": "max({0})",
        "unicode": "max({0})",
        "latex": r"\max({0})",
        "numpy": "np.max({0})",
    },
)
smallest = matrix_op(
    "smallest",
    "(n)->() | (m,n)->() | ()->()",
    _extreme,
    rewrite=_uniform,
    kernel=linear.smallest,
    note="is not differentiable where the smallest entry of {0} is not unique; the first is used",
    forms={
        "text": "min({0})",
        "unicode": "min({0})",
        "latex": r"\min({0})",
        "numpy": "np.min({0})",
    },
)
prod = matrix_op(
    "prod",
    "(n)->() | (m,n)->()",
    lambda y, x, dx: times(y, inner(x**-1, dx)),
    kernel=linear.product_of_all,
    note="is differentiated with 1/{0} and needs every entry ≠ 0",
    forms={"numpy": "np.prod({0})"},
)
