"""Typed constructors of matrix notation: each checks its shapes, none simplifies.

A contradiction raises ProblemError of kind "shape" without a place; the parser adds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from ..errors import ProblemError
from ..shapes import Dim, Shape, kind_of
from .node import Expr, Kind, Place, make


def variable(name: str, shape: Shape = (), properties: Iterable[str] = ()) -> Expr:
    """A variable with its shape and declared properties (symmetric, positive, ...)."""
    return make(Kind.VARIABLE, data=(name, frozenset(properties)), shape=shape)


def number(value: Fraction | int | str) -> Expr:
    """An exact number; a negative one is the negation of a NUMBER."""
    value = Fraction(value)
    node = make(Kind.NUMBER, data=(abs(value),))
    return negate(node) if value < 0 else node


def size(dim: Dim) -> Expr:
    """A dimension used as a scalar, as the N of 1/N."""
    return make(Kind.SIZE, data=(dim,))


def derivative(
    of: str, wrt: str, is_total: bool, shape: Shape, is_row: bool = False, order: int = 1
) -> Expr:
    """The symbol dy/dx (total) or ∂y/∂x (partial), to stand in equations of a derivation."""
    return make(Kind.DERIVATIVE, data=(of, wrt, is_total, order), shape=shape, is_row=is_row)


def add(*terms: Expr) -> Expr:
    """a + b + ...; scalars among vectors or matrices are added to every element."""
    if len(terms) == 1:
        return terms[0]
    shape, is_row = common_type(terms, "+")
    return make(Kind.ADD, terms, shape=shape, is_row=is_row)


def subtract(a: Expr, b: Expr) -> Expr:
    """a - b, kept as a + (-b)."""
    return add(a, negate(b))


def negate(a: Expr) -> Expr:
    """-a"""
    return make(Kind.NEGATE, (a,), shape=a.shape, is_row=a.is_row)


def multiply(*factors: Expr) -> Expr:
    """a*b*...: matrix products and scalings, from left to right.

    row*vector is a number (inner product), vector*row a matrix (outer product).
    """
    if len(factors) == 1:
        return factors[0]
    shape, is_row = factors[0].shape, factors[0].is_row
    for factor in factors[1:]:
        shape, is_row = _product((shape, is_row), (factor.shape, factor.is_row))
    return make(Kind.MULTIPLY, factors, shape=shape, is_row=is_row)


def hadamard(*factors: Expr) -> Expr:
    """a.*b.*..., element by element; with a scalar among them it is plain scaling."""
    if len(factors) == 1:
        return factors[0]
    shape, is_row = common_type(factors, ".*")
    if all(factor.shape for factor in factors):
        return make(Kind.HADAMARD, factors, shape=shape, is_row=is_row)
    scalars = [factor for factor in factors if not factor.shape]
    others = [factor for factor in factors if factor.shape]
    return multiply(*scalars, hadamard(*others)) if others else multiply(*scalars)


def divide(a: Expr, b: Expr) -> Expr:
    """a/b by a scalar, or a./b element by element."""
    shape, is_row = common_type((a, b), "./")
    return make(Kind.DIVIDE, (a, b), shape=shape, is_row=is_row)


def power(a: Expr, b: Expr) -> Expr:
    """a^b of scalars, a.^b element by element."""
    shape, is_row = common_type((a, b), ".^")
    return make(Kind.POWER, (a, b), shape=shape, is_row=is_row)


def transpose(a: Expr) -> Expr:
    """a'; a vector becomes a row and a row a vector, a scalar stays as it is."""
    if a.is_vector:
        return make(Kind.TRANSPOSE, (a,), shape=a.shape, is_row=not a.is_row)
    return make(Kind.TRANSPOSE, (a,), shape=a.shape[::-1])


def index(a: Expr, *subscripts: int | Place) -> Expr:
    """x[i], X[i,j], X[i,:] or X[1:k,j]; 1-based; None stands for `:`.

    A single place drops its axis, so that a row X[i,:] is a vector. Places and the ends of
    ranges may be sizes and named integers.
    """
    places = tuple(Dim.of(p) if isinstance(p, int) else p for p in subscripts)
    if len(places) != len(a.shape):
        raise ProblemError(
            "shape",
            f"{len(places)} subscript(s) for a {kind_of(a.shape)}",
            hint="write x[i] for a vector and X[i,j], X[i,:] or X[:,j] for a matrix",
        )
    shape = [_taken(place, dim) for place, dim in zip(places, a.shape, strict=True)]
    kept = tuple(dim for dim in shape if dim is not None)
    return make(Kind.INDEX, (a,), (places,), kept, a.is_row and bool(kept))


def _taken(place: Place, dim: Dim) -> Dim | None:
    """The size of what a subscript takes of an axis; None for a single place."""
    if place is None:
        return dim
    for end in place if isinstance(place, tuple) else (place,):
        if end.is_never_positive:
            raise ProblemError(
                "shape", f"subscript {end}: subscripts start at 1", hint="write x[1]"
            )
        beyond = (end - dim).integer
        if beyond is not None and beyond > 0:
            raise ProblemError(
                "shape",
                f"subscript {end} is beyond the size {dim}",
                hint=f"it goes from 1 to {dim}",
            )
    if not isinstance(place, tuple):
        return None
    length = place[1] - place[0] + Dim.of(1)
    if length.is_never_positive:
        raise ProblemError(
            "shape",
            f"the range {place[0]}:{place[1]} is empty",
            hint="both ends are included, the first is not larger",
        )
    return length


def vector_literal(*entries: Expr) -> Expr:
    """[e1, e2, ...] of scalars."""
    for entry in entries:
        if entry.shape:
            raise ProblemError(
                "shape", f"a vector literal takes scalars, found a {kind_of(entry.shape)}"
            )
    return make(Kind.VECTOR, entries, shape=(Dim.of(len(entries)),))


def stack(rows: Sequence[Sequence[Expr]]) -> Expr:
    """[A, b; c', 1]: blocks side by side and rows of blocks below each other.

    A scalar is a 1 by 1 block and the number 0 a block of zeros of whatever size it needs.
    One column of scalars and vectors is a vector, one row of scalars and rows a row.
    """
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        raise ProblemError("shape", "the rows between `;` differ in their number of blocks")
    heights, widths = _measured(rows)
    blocks = tuple(block for row in rows for block in row)
    total = sum(heights, Dim(())), sum(widths, Dim(()))
    if width == 1 and all(len(b.shape) < 2 and not b.is_row for b in blocks):
        return make(Kind.STACK, blocks, (width,), total[:1])
    if len(rows) == 1 and all(len(b.shape) < 2 and (b.is_row or not b.shape) for b in blocks):
        return make(Kind.STACK, blocks, (width,), total[1:], True)
    return make(Kind.STACK, blocks, (width,), total)


def extents(node: Expr) -> tuple[list[Dim], list[Dim]]:
    """The heights of the rows and the widths of the columns of a STACK."""
    (width,) = node.data
    return _measured([node.args[k : k + width] for k in range(0, len(node.args), width)])


def _measured(rows: Sequence[Sequence[Expr]]) -> tuple[list[Dim], list[Dim]]:
    heights = [_common([_extent(block)[0] for block in row], "heights") for row in rows]
    columns = list(zip(*rows, strict=True))
    widths = [_common([_extent(block)[1] for block in column], "widths") for column in columns]
    return heights, widths


def _extent(block: Expr) -> tuple[Dim | None, Dim | None]:
    """Rows and columns of a block; None for the 0 that takes any."""
    one = Dim.of(1)
    if len(block.shape) > 2:
        raise ProblemError("shape", f"a {kind_of(block.shape)} is no block of a matrix")
    if block.is_matrix:
        return block.shape[0], block.shape[1]
    if block.is_vector:
        return (one, block.shape[0]) if block.is_row else (block.shape[0], one)
    is_zero = block.kind is Kind.NUMBER and not block.data[0]
    return (None, None) if is_zero else (one, one)


def _common(extents: Sequence[Dim | None], what: str) -> Dim:
    """The one size of blocks that stand in a line."""
    known = list(dict.fromkeys(extent for extent in extents if extent is not None))
    if len(known) > 1:
        raise ProblemError(
            "shape",
            f"blocks of different {what} in a line: {known[0]} and {known[1]}",
            hint="`,` puts blocks side by side, `;` below each other: [x; 1], [A, b]",
        )
    return known[0] if known else Dim.of(1)


def typed_kind(shape: Shape, is_row: bool = False) -> str:
    """The kind in words, a transposed vector called a row."""
    return f"row({shape[0]})" if is_row else kind_of(shape)


def common_type(operands: Iterable[Expr], sign: str) -> tuple[Shape, bool]:
    """The shape that operands of an element-wise operation share."""
    shape: Shape = ()
    is_row = False
    for operand in operands:
        if not operand.shape:
            continue
        if not shape:
            shape, is_row = operand.shape, operand.is_row
        elif shape != operand.shape or is_row != operand.is_row:
            raise ProblemError(
                "shape",
                f"`{sign}` needs operands of one shape, found a {typed_kind(shape, is_row)} "
                f"and a {typed_kind(operand.shape, operand.is_row)}",
                hint="a transpose may be missing; a scalar goes with every shape",
            )
    return shape, is_row


def _product(a: tuple[Shape, bool], b: tuple[Shape, bool]) -> tuple[Shape, bool]:
    """The type of a*b from the types of a and b."""
    (left, left_row), (right, right_row) = a, b
    if not left:
        return right, right_row
    if not right:
        return left, left_row
    if len(left) == 1 and not left_row and len(right) == 1 and right_row:
        return (left[0], right[0]), False
    if len(left) == 1 and len(right) == 1 and left_row == right_row:
        raise ProblemError(
            "shape",
            f"`*` between two {'rows' if left_row else 'vectors'}",
            hint="x'*y is the inner product, x*y' the outer product, x.*y element by element",
        )
    if len(left) == 1 and not left_row:
        raise ProblemError(
            "shape",
            f"`*` of a {typed_kind(left)} with a {typed_kind(right)} to its right",
            hint="transpose the vector: x'*A, or put it on the right: A*x",
        )
    if right_row:
        raise ProblemError(
            "shape",
            f"`*` of a {typed_kind(left)} with a {typed_kind(right, True)} to its right",
            hint="a row goes to the left of a matrix: x'*A",
        )
    if left[-1] != right[0]:
        raise ProblemError(
            "shape",
            f"`*` needs as many columns on the left as rows on the right, found a "
            f"{typed_kind(left, left_row)} and a {typed_kind(right)}",
        )
    shape = left[:-1] + right[1:]
    return shape, len(shape) == 1 and len(left) == 1
