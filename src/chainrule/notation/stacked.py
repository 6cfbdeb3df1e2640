"""Sums of blocks at their places, written as blocks: [A, b; c', 1].

A term belongs here when each free index it is sorted by stands on a unit vector or on a
slice: those say where it goes. What they leave is written as the block.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from ..expr.build import number, stack, transpose, vector_literal
from ..expr.call import call
from ..expr.node import Expr
from ..shapes import Dim, Shape
from ..tensor.build import contract
from ..tensor.node import Kind, Operand, Tensor, make
from ..tensor.terms import add_terms
from .parts import LITERAL

Range = tuple[Dim, Dim, bool]  # offset, length, whether the axis is kept (a slice)
Line = list[tuple[Dim, Range | None]]  # along one axis: sizes, None for a gap of zeros


class _Piece:
    """One term: what its free indices are pinned to, and the block it puts there."""

    def __init__(self, term: Tensor) -> None:
        args: tuple[Tensor, ...] = (term,)
        labels, coefficient = (tuple(range(len(term.axes))),), Fraction(1)
        if term.kind is Kind.CONTRACT:
            args, (coefficient, labels, _) = term.args, term.data
        self.coefficient = coefficient
        self.operands: list[Operand] = list(zip(args, labels, strict=True))
        self.free = tuple(range(len(term.axes)))
        self.pins: dict[int, tuple[int, Range]] = {}  # the operand that pins a free index
        for place, (tensor, own) in enumerate(self.operands):
            others = [o for spot, (_, o) in enumerate(self.operands) if spot != place]
            if tensor.kind not in (Kind.BASIS, Kind.SLICE) or own[0] not in self.free:
                continue
            if any(own[0] in o for o in others) or own[0] in own[1:]:
                continue
            if tensor.kind is Kind.SLICE and own[1] in self.free:
                continue
            kept = tensor.kind is Kind.SLICE
            length = tensor.axes[1] if kept else Dim.of(1)
            offset = tensor.data[0] if kept else tensor.data[0] - Dim.of(1)
            self.pins[own[0]] = (place, (offset, length, kept))

    def block(self, pinned: Sequence[int]) -> Tensor:
        """The term without the pins; a slice's own index takes the place of the free one."""
        dropped = {self.pins[label][0] for label in pinned}
        out = []
        for label in self.free:
            if label not in pinned:
                out.append(label)
            elif self.pins[label][1][2]:
                out.append(self.operands[self.pins[label][0]][1][1])
        rest = [pair for place, pair in enumerate(self.operands) if place not in dropped]
        for spot, label in enumerate(out):
            if label in out[:spot]:  # two slices of one index: the block is an identity
                dim = self.operands[self.pins[self.free[spot]][0]][0].axes[1]
                out[spot] = max(label for _, own in self.operands for label in own) + 1
                rest.append((make(Kind.DELTA, axes=(dim, dim)), (label, out[spot])))
        held = {label for _, own in rest for label in own}
        for label in pinned:
            tensor, own = self.operands[self.pins[label][0]]
            if len(own) == 2 and own[1] not in held:
                ones = contract(1, [(tensor, own)], (own[1],))
                rest.append((ones, (own[1],)))
        return contract(self.coefficient, rest, tuple(out))


def is_pinned(term: Tensor) -> bool:
    """Whether a vector stands at places that are numbers, as c·[0, 1, 0] does."""
    pin = _Piece(term).pins.get(0)
    return pin is not None and pin[1][0].integer is not None and term.axes[0].integer is not None


def stacked_form(node: Tensor, write: Callable[[Tensor], Expr]) -> Expr | None:
    """The node, of one or two axes, as blocks; None where its terms do not say places."""
    terms = node.args if node.kind is Kind.SUM else (node,)
    pieces = [_Piece(term) for term in terms]
    if not pieces or not 1 <= len(node.axes) <= 2:
        return None
    for pinned in ((0, 1), (0,), (1,)) if len(node.axes) == 2 else ((0,),):
        if all(label in piece.pins for piece in pieces for label in pinned):
            lines = {
                label: _line([piece.pins[label][1] for piece in pieces], node.axes[label])
                for label in pinned
            }
            found = [line for line in lines.values() if line is not None]
            if len(found) == len(pinned) and max(map(len, found)) > 1:
                return _written(pieces, pinned, found, node.axes, write)
    return None


def _line(ranges: Sequence[Range], total: Dim) -> Line | None:
    """The ranges in order with the gaps between, None where they overlap or cannot be ordered."""
    waiting = list(dict.fromkeys(ranges))
    end = Dim(())
    line: Line = []
    while waiting:
        nearest = [r for r in waiting if all(_before(r, other) for other in waiting if other != r)]
        if len(nearest) != 1:
            return None
        (first,) = nearest
        if not _add_gap(line, first[0] - end, is_sure=not line):
            return None
        line.append((first[1], first))
        end = first[0] + first[1]
        waiting.remove(first)
    if not _add_gap(line, total - end, is_sure=True) or len(line) > LITERAL:
        return None
    has_open_gap = any(size.integer is None for size, range_ in line if range_ is None)
    is_scattered = not any(range_[2] for _, range_ in line if range_ is not None)
    return None if has_open_gap and is_scattered else line


def _before(a: Range, b: Range) -> bool:
    least = (b[0] - a[0] - a[1]).least
    return least is not None and least >= 0


def _add_gap(line: Line, gap: Dim, is_sure: bool) -> bool:
    """Note zeros of this size; False where the size may be negative."""
    if gap.terms:
        if not is_sure and (gap.least is None or gap.least < 0):
            return False
        if gap.integer is not None and gap.integer <= LITERAL:
            line.extend([(Dim.of(1), None)] * gap.integer)
        else:
            line.append((gap, None))
    return True


def _written(
    pieces: Sequence[_Piece],
    pinned: Sequence[int],
    lines: Sequence[Line],
    axes: Shape,
    write: Callable[[Tensor], Expr],
) -> Expr:
    """The blocks, row by row."""
    blocks: dict[tuple[Range | None, ...], list[Tensor]] = {}
    for piece in pieces:
        key: tuple[Range | None, ...] = tuple(piece.pins[label][1] for label in pinned)
        blocks.setdefault(key, []).append(piece.block(pinned))
    down, across = (
        lines[pinned.index(label)] if label in pinned else [(dim, (Dim(()), dim, True))]
        for label, dim in enumerate((*axes, Dim.of(1))[:2])
    )
    rows = []
    for height, row in down:
        out = []
        for width, column in across:
            key = tuple(r for r, is_pinned in ((row, 0), (column, 1)) if is_pinned in pinned)
            found = blocks.get(key)
            if found is None:
                out.append(_zeros(height, width))
                continue
            block = write(add_terms(found))
            turned = block.is_vector and len(axes) == 2 and row is not None and not row[2]
            out.append(transpose(block) if turned else block)
        rows.append(out)
    if len(axes) == 1 and all(not row[0].shape for row in rows):
        return vector_literal(*(row[0] for row in rows))
    return stack(rows)


def _zeros(height: Dim, width: Dim) -> Expr:
    """A block of zeros; the number 0 where it is a single entry."""
    one = Dim.of(1)
    if height == one and width == one:
        return number(0)
    if width == one:
        return call("vector", number(0), sizes=(height,))
    if height == one:
        return transpose(call("vector", number(0), sizes=(width,)))
    return call("matrix", number(0), sizes=(height, width))
