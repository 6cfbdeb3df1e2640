"""Constructors of index form beyond the product: variables, powers, functions, shorthand.

Rules of functions are written with these: `matmul(A, B)`, `1 - y**2`, `total(x * y)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from ..shapes import Dim, Shape
from .contract import apply, broadcast, contract, power, scale, transpose
from .contract import size_tensor as size
from .node import Kind, Scalar, Tensor, make
from .terms import add_terms, number, zero

__all__ = [
    "add",
    "add_terms",
    "apply",
    "basis",
    "broadcast",
    "contract",
    "count",
    "delta",
    "einsum",
    "fuse",
    "inner",
    "lower_ones",
    "matmul",
    "number",
    "ones",
    "ones_like",
    "outer",
    "power",
    "scale",
    "size",
    "slice_of",
    "times",
    "total",
    "trace",
    "transpose",
    "variable",
    "zero",
    "zero_like",
]


def variable(name: str, axes: Shape = (), properties: Iterable[str] = ()) -> Tensor:
    return make(Kind.VARIABLE, data=(name, frozenset(properties)), axes=axes)


def delta(dim: Dim) -> Tensor:
    """The identity δ_ij."""
    return make(Kind.DELTA, axes=(dim, dim))


def ones(*axes: Dim) -> Tensor:
    """1 at every place of these axes."""
    labels = tuple(range(len(axes)))
    vectors = [(make(Kind.ONES, axes=(dim,)), (label,)) for label, dim in enumerate(axes)]
    return contract(1, vectors, labels)


def basis(dim: Dim, place: Dim | int) -> Tensor:
    """The unit vector with 1 at `place`, counted from 1."""
    return make(Kind.BASIS, data=(Dim.of(place),), axes=(dim,))


def slice_of(dim: Dim, offset: Dim, length: Dim) -> Tensor:
    """S_ij = 1 where i = offset + j: multiplying by it takes or places a range."""
    if not offset.terms and dim == length:
        return delta(dim)
    return make(Kind.SLICE, data=(offset,), axes=(dim, length))


def lower_ones(dim: Dim) -> Tensor:
    """1 where i >= j: multiplying by it is the cumulative sum."""
    return make(Kind.LOWER, axes=(dim, dim))


def fuse(major: Dim, minor: Dim) -> Tensor:
    """F_Iab = 1 where I counts the pairs (a, b), b fastest: reshaping as a product."""
    return make(Kind.FUSE, axes=(major * minor, major, minor))


def kron(a: Tensor, b: Tensor) -> Tensor:
    """A ⊗ B, a vector read as a column."""
    rows = fuse(a.axes[0], b.axes[0])
    if len(a.axes) == len(b.axes) == 1:
        return contract(1, [(a, (0,)), (b, (1,)), (rows, (2, 0, 1))], (2,))
    if len(a.axes) == 1:
        return contract(1, [(a, (0,)), (b, (1, 2)), (rows, (3, 0, 1))], (3, 2))
    if len(b.axes) == 1:
        return contract(1, [(a, (0, 1)), (b, (2,)), (rows, (3, 0, 2))], (3, 1))
    columns = fuse(a.axes[1], b.axes[1])
    return contract(1, [(a, (0, 1)), (b, (2, 3)), (rows, (4, 0, 2)), (columns, (5, 1, 3))], (4, 5))


def ones_like(tensor: Tensor) -> Tensor:
    return ones(*tensor.axes)


def zero_like(tensor: Tensor) -> Tensor:
    return zero(tensor.axes)


def einsum(spec: str, *tensors: Tensor, coefficient: Fraction | int = 1) -> Tensor:
    """The product written as numpy.einsum writes it: einsum("ij,jk->ik", A, B)."""
    inputs, out = spec.split("->")
    parts = [tuple(map(ord, part)) for part in inputs.split(",")]
    return contract(coefficient, list(zip(tensors, parts, strict=True)), tuple(map(ord, out)))


def add(*terms: Tensor | Scalar) -> Tensor:
    """The sum; scalars are expanded to the shape of the others."""
    tensors = [term if isinstance(term, Tensor) else number(term) for term in terms]
    axes: Shape = next((t.axes for t in tensors if t.axes), ())
    return add_terms([broadcast(t, axes) for t in tensors])


def times(*factors: Tensor | Scalar) -> Tensor:
    """The element-wise product; scalars scale."""
    tensors = [f if isinstance(f, Tensor) else number(f) for f in factors]
    axes: Shape = next((t.axes for t in tensors if t.axes), ())
    labels = tuple(range(len(axes)))
    return contract(1, [(t, labels if t.axes else ()) for t in tensors], labels)


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """The last axis of a summed with the first of b."""
    n, m = len(a.axes), len(b.axes)
    left = tuple(range(n))
    right = (n - 1, *range(n, n + m - 1))
    return contract(1, [(a, left), (b, right)], left[:-1] + right[1:])


def outer(a: Tensor, b: Tensor) -> Tensor:
    left = tuple(range(len(a.axes)))
    right = tuple(range(len(left), len(left) + len(b.axes)))
    return contract(1, [(a, left), (b, right)], left + right)


def total(tensor: Tensor, axis: int | None = None) -> Tensor:
    """The sum of all entries, or over one axis."""
    labels = tuple(range(len(tensor.axes)))
    out = () if axis is None else tuple(label for label in labels if label != axis)
    return contract(1, [(tensor, labels)], out)


def inner(a: Tensor, b: Tensor) -> Tensor:
    """Σ a b over all axes (the Frobenius product)."""
    labels = tuple(range(len(a.axes)))
    return contract(1, [(a, labels), (b, labels)], ())


def trace(matrix: Tensor) -> Tensor:
    return contract(1, [(matrix, (0, 0))], ())


def count(tensor: Tensor, axis: int | None = None) -> Tensor:
    """The number of entries, or the size of one axis, as a scalar."""
    axes = tensor.axes if axis is None else (tensor.axes[axis],)
    return times(number(1), *(size(dim) for dim in axes))


def _minus(term: Tensor | Scalar) -> Tensor | Scalar:
    return scale(-1, term) if isinstance(term, Tensor) else -Fraction(term)


# Assigned here because node.py, which declares them, stands below this module.
for _name, _operator in {
    "__add__": lambda a, b: add(a, b),
    "__radd__": lambda a, b: add(b, a),
    "__sub__": lambda a, b: add(a, _minus(b)),
    "__rsub__": lambda a, b: add(b, _minus(a)),
    "__mul__": lambda a, b: times(a, b),
    "__rmul__": lambda a, b: times(b, a),
    "__pow__": power,
    "__neg__": lambda a: scale(-1, a),
}.items():
    setattr(Tensor, _name, _operator)
