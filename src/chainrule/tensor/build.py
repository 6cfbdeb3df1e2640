"""Constructors of index form beyond the product: variables, powers, functions, shorthand.

Rules of functions are written with these: `matmul(A, B)`, `1 - y**2`, `total(x * y)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from ..op import Op, find
from ..shapes import Dim, Shape
from ..signature import result_shape
from .contract import (
    add_terms,
    contract,
    is_symmetric,
    is_zero,
    number,
    scale,
    transpose,
    zero,
)
from .node import Kind, Tensor, make

Scalar = Fraction | int | str


def variable(name: str, axes: Shape = (), properties: Iterable[str] = ()) -> Tensor:
    return make(Kind.VARIABLE, data=(name, frozenset(properties)), axes=axes)


def size(dim: Dim) -> Tensor:
    """A dimension as a number."""
    if dim.integer is not None:
        return number(dim.integer)
    return make(Kind.SIZE, data=(dim,))


def delta(dim: Dim) -> Tensor:
    """The identity δ_ij."""
    return make(Kind.DELTA, axes=(dim, dim))


def ones(*axes: Dim) -> Tensor:
    """1 at every place of these axes."""
    labels = tuple(range(len(axes)))
    vectors = [(make(Kind.ONES, axes=(dim,)), (label,)) for label, dim in enumerate(axes)]
    return contract(1, vectors, labels)


def basis(dim: Dim, place: int) -> Tensor:
    """The unit vector with 1 at `place`, counted from 1."""
    return make(Kind.BASIS, data=(place,), axes=(dim,))


def lower_ones(dim: Dim) -> Tensor:
    """1 where i >= j: multiplying by it is the cumulative sum."""
    return make(Kind.LOWER, axes=(dim, dim))


def fuse(major: Dim, minor: Dim) -> Tensor:
    """F_Iab = 1 where I counts the pairs (a, b), b fastest: reshaping as a product."""
    return make(Kind.FUSE, axes=(major * minor, major, minor))


def ones_like(tensor: Tensor) -> Tensor:
    return ones(*tensor.axes)


def zero_like(tensor: Tensor) -> Tensor:
    return zero(tensor.axes)


def einsum(spec: str, *tensors: Tensor, coefficient: Fraction | int = 1) -> Tensor:
    """The product written as numpy.einsum writes it: einsum("ij,jk->ik", A, B)."""
    inputs, out = spec.split("->")
    parts = [tuple(map(ord, part)) for part in inputs.split(",")]
    return contract(
        coefficient, list(zip(tensors, parts, strict=True)), tuple(map(ord, out))
    )


def broadcast(tensor: Tensor, axes: Shape) -> Tensor:
    """A scalar at every place of `axes` (scalar expansion); others stay."""
    if tensor.axes == axes:
        return tensor
    if tensor.axes:
        raise AssertionError(f"axes {tensor.axes} do not expand to {axes}")
    labels = tuple(range(len(axes)))
    vectors = [(make(Kind.ONES, axes=(dim,)), (label,)) for label, dim in enumerate(axes)]
    return contract(1, [(tensor, ()), *vectors], labels)


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


def power(base: Tensor, exponent: Tensor | Scalar) -> Tensor:
    """base^exponent, element by element; the exponent a scalar or of the same shape.

    (x^p)^q is x^(pq) only for integer q: sqrt(x^2) is not x.
    """
    exponent = exponent if isinstance(exponent, Tensor) else number(exponent)
    if not base.axes and exponent.axes:
        base = broadcast(base, exponent.axes)
    if is_zero(exponent):
        return ones_like(base)
    if exponent.kind is not Kind.NUMBER:
        return make(Kind.POWER, (base, exponent), axes=base.axes)
    q: Fraction = exponent.data[0]
    if q == 1:
        return base
    if is_zero(base) and q > 0:
        return base
    if base.kind is Kind.ONES:
        return base
    if base.kind is Kind.NUMBER:
        exact = _exact_power(base.data[0], q)
        if exact is not None:
            return number(exact)
    if q.denominator == 1:
        if base.kind is Kind.POWER and base.args[1].kind is Kind.NUMBER:
            return power(base.args[0], base.args[1].data[0] * q)
        if base.kind is Kind.CONTRACT and _is_elementwise(base):
            coefficient, labels, free = base.data
            return contract(
                coefficient ** int(q),
                [
                    (power(arg, q), places)
                    for arg, places in zip(base.args, labels, strict=True)
                ],
                tuple(range(free)),
            )
    return make(Kind.POWER, (base, exponent), axes=base.axes)


def _is_elementwise(product: Tensor) -> bool:
    """Whether no factor of the product is summed over, so that a power goes through it."""
    _, labels, free = product.data
    return all(place < free for places in labels for place in places) and all(
        arg.kind not in (Kind.DELTA, Kind.BASIS, Kind.FUSE, Kind.LOWER) for arg in product.args
    )


def _exact_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """base^exponent where it is rational and small; None otherwise."""
    if abs(exponent) > 64 or (base == 0 and exponent < 0):
        return None
    if exponent.denominator == 1:
        value = base ** int(exponent)
        return value if value.numerator.bit_length() + value.denominator.bit_length() < 256 else None
    if exponent.denominator == 2 and base > 0:
        from math import isqrt

        top, bottom = isqrt(base.numerator), isqrt(base.denominator)
        if top * top == base.numerator and bottom * bottom == base.denominator:
            return Fraction(top, bottom) ** exponent.numerator
    return None


def apply(name: str, *args: Tensor, parameter: int | None = None) -> Tensor:
    """The function `name` of the table, applied; the few identities that cost nothing used."""
    op = find(name)
    if op.family == "elementwise":
        return _apply_elementwise(op, args)
    if op.lower is not None:
        return op.lower(*args) if parameter is None else op.lower(*args, parameter=parameter)
    axes = result_shape(name, op.signatures[parameter], [arg.axes for arg in args])
    if name in TRANSPOSING and args[0].kind is Kind.CONTRACT and not is_symmetric(args[0]):
        flipped = transpose(args[0])
        if flipped.kind is Kind.VARIABLE or flipped.key < args[0].key:
            result = make(Kind.APPLY, (flipped,), (name, parameter), axes[::-1])
            return transpose(result) if axes else result
    return make(Kind.APPLY, args, (name, parameter), axes)


# f(A') = f(A)' (or equal, for a scalar f): of A and A' one is kept as the argument.
TRANSPOSING = frozenset({"inv", "adj", "pinv", "det", "logdet"})


def _apply_elementwise(op: Op, args: tuple[Tensor, ...]) -> Tensor:
    axes: Shape = next((arg.axes for arg in args if arg.axes), ())
    if op.arity == 1:
        value = Fraction(0) if is_zero(args[0]) else None
        if args[0].kind is Kind.NUMBER:
            value = args[0].data[0]
        if value in op.at:
            return broadcast(number(op.at[int(value)]), axes)
    if op.arity == 3 and args[1] is args[2]:
        return broadcast(args[1], axes)
    return make(Kind.APPLY, args, (op.name, None), axes)


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


def _binary(combine: Any) -> Any:
    def forward(self: Tensor, other: Tensor | Scalar) -> Tensor:
        return combine(self, other)

    def backward(self: Tensor, other: Tensor | Scalar) -> Tensor:
        return combine(other, self)

    return forward, backward


Tensor.__add__, Tensor.__radd__ = _binary(add)  # type: ignore[attr-defined]
Tensor.__mul__, Tensor.__rmul__ = _binary(times)  # type: ignore[attr-defined]
Tensor.__sub__, Tensor.__rsub__ = _binary(  # type: ignore[attr-defined]
    lambda a, b: add(a, scale(-1, b) if isinstance(b, Tensor) else -Fraction(b))
)
Tensor.__pow__ = power  # type: ignore[attr-defined]
Tensor.__neg__ = lambda self: scale(-1, self)  # type: ignore[attr-defined]
