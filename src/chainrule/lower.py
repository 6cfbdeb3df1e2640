"""From matrix notation to index form: every operation becomes a product, sum or function.

Rows and columns disappear here: a vector has one axis, and its transpose is the same tensor.
"""

from __future__ import annotations

from .expr.build import extents
from .expr.node import Expr, Kind, Place
from .intern import fold
from .op import find
from .shapes import Dim
from .tensor.build import (
    add,
    add_terms,
    apply,
    basis,
    contract,
    number,
    power,
    scale,
    size,
    slice_of,
    times,
    transpose,
    variable,
    zero,
)
from .tensor.node import Operand, Tensor
from .tensor.terms import is_zero


def lower(expr: Expr) -> Tensor:
    """The tensor `expr` denotes."""
    return fold(expr, _lower_node)


def _lower_node(node: Expr, *args: Tensor) -> Tensor:
    match node.kind:
        case Kind.VARIABLE:
            return variable(node.data[0], node.shape, node.data[1])
        case Kind.NUMBER:
            return number(node.data[0])
        case Kind.SIZE:
            return size(node.data[0])
        case Kind.ADD:
            return add(*args)
        case Kind.NEGATE:
            return scale(-1, args[0])
        case Kind.MULTIPLY:
            return _multiply(node, args)
        case Kind.HADAMARD:
            return times(*args)
        case Kind.DIVIDE:
            return times(args[0], power(args[1], -1))
        case Kind.POWER:
            return power(args[0], args[1])
        case Kind.TRANSPOSE:
            return transpose(args[0]) if node.is_matrix else args[0]
        case Kind.INDEX:
            return _index(args[0], node.data[0])
        case Kind.VECTOR:
            (dim,) = node.shape
            return add(*(times(arg, basis(dim, k)) for k, arg in enumerate(args, 1)))
        case Kind.STACK:
            return _stack(node, args)
        case Kind.APPLY:
            return _apply(node, args)
    raise AssertionError(f"{node.kind} has no meaning in index form")


def _multiply(node: Expr, args: tuple[Tensor, ...]) -> Tensor:
    """One contraction for the whole chain, from the rows and columns of its factors."""
    if len(node.shape) > 2:
        return times(*args)  # a tensor can only be scaled
    operands: list[Operand] = []
    left: int | None = None  # the label of the product's rows so far
    right: int | None = None  # the label its columns carry into the next factor
    fresh = 0
    for factor, tensor in zip(node.args, args, strict=True):
        if factor.is_scalar:
            operands.append((tensor, ()))
            continue
        rows = None if factor.is_row else right
        if not factor.is_row and rows is None:
            fresh, rows = fresh + 1, fresh
            left = rows
        columns = None
        if factor.is_row or factor.is_matrix:
            fresh, columns = fresh + 1, fresh
        operands.append((tensor, tuple(x for x in (rows, columns) if x is not None)))
        right = columns
    out = tuple(x for x in (left, right) if x is not None)
    return contract(1, operands, out)


def _index(tensor: Tensor, places: tuple[Place, ...]) -> Tensor:
    """Unit vectors pick single places, slices ranges."""
    labels = tuple(range(len(places)))
    operands: list[Operand] = [(tensor, labels)]
    out: list[int] = []
    for label, dim, place in zip(labels, tensor.axes, places, strict=True):
        if isinstance(place, tuple):
            offset = place[0] - Dim.of(1)
            operands.append((slice_of(dim, offset, place[1] - offset), (label, label + 10)))
            out.append(label + 10)
        elif place is not None:
            operands.append((basis(dim, place), (label,)))
        else:
            out.append(label)
    return contract(1, operands, tuple(out))


def _stack(node: Expr, args: tuple[Tensor, ...]) -> Tensor:
    """The sum of the blocks, each at its place."""
    heights, widths = extents(node)
    terms = []
    for place, (block, tensor) in enumerate(zip(node.args, args, strict=True)):
        row, column = divmod(place, len(widths))
        labels = iter(range(len(block.shape)))
        operands: list[Operand] = [(tensor, tuple(range(len(block.shape))))]
        spread: list[int] = []
        # Rows of the block are the axis of all but rows, columns that of rows and matrices.
        for line, ends, own in (
            (row, heights, bool(block.shape) and not block.is_row),
            (column, widths, block.is_row or block.is_matrix),
        ):
            if len(node.shape) == 1 and len(ends) == 1 and ends is (widths, heights)[node.is_row]:
                continue
            total, offset = sum(ends, Dim(())), sum(ends[:line], Dim(()))
            label = 10 + len(spread)
            spread.append(label)
            if own:
                operands.append((slice_of(total, offset, ends[line]), (label, next(labels))))
            else:
                operands.append((basis(total, offset + Dim.of(1)), (label,)))
        if not is_zero(tensor):
            terms.append(contract(1, operands, tuple(spread)))
    return add_terms(terms) if terms else zero(node.shape)


def _apply(node: Expr, args: tuple[Tensor, ...]) -> Tensor:
    name, parameter, sizes = node.data
    if sizes:
        lowering = find(name).lower
        assert lowering is not None, f"{name} takes sizes, so it is structural"
        return lowering(*args, *sizes)
    return apply(name, *args, parameter=parameter)
