"""Kronecker products of blocks, with rows and columns in the order asked for.

A block is a matrix, or a vector where it has rows alone or columns alone. Orders that no
order of the blocks gives are reached by commutation matrices: K vec(A) = vec(A').
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain, permutations

from ..expr.build import transpose
from ..expr.call import call
from ..expr.node import Expr
from ..shapes import Dim
from ..tensor.node import Labels
from ..work import spend
from .write import ONE, Writer, identity, is_call, is_one, ones_vector


@dataclass(frozen=True)
class Block:
    """`matrix` has these rows and columns, each most significant first."""

    rows: Labels
    columns: Labels
    matrix: Expr


class Blocks:
    """Writes products of blocks whose labels have these sizes."""

    def __init__(self, writer: Writer, dims: Mapping[int, Dim]) -> None:
        self.writer = writer
        self.dims = dims

    def dim(self, labels: Iterable[int]) -> Dim:
        return reduce(lambda size, label: size * self.dims[label], labels, Dim.of(1))

    def ones(self, labels: Iterable[int]) -> Expr:
        return ones_vector(self.dim(labels))

    def kron(self, factors: Sequence[Expr]) -> Expr:
        """a ⊗ b ⊗ ...; I ⊗ I and 1 ⊗ 1 are I and 1 again."""
        merged = [factors[0]]
        for factor in factors[1:]:
            last = merged[-1]
            if is_call(last, "eye") and is_call(factor, "eye"):
                merged[-1] = identity(last.shape[0] * factor.shape[0])
            elif last.is_vector and is_one(last) and is_one(factor):
                merged[-1] = ones_vector(last.shape[0] * factor.shape[0])
            else:
                merged.append(factor)
        return reduce(self._pair, merged)

    def _pair(self, a: Expr, b: Expr) -> Expr:
        """a ⊗ b. Vectors stand for columns in it, so a' ⊗ B is written (a ⊗ B')'."""
        if not (a.is_row or b.is_row):
            return call("kron", a, b)
        if a.is_vector and b.is_vector and a.is_row != b.is_row:
            return self.writer.chain([b, a] if a.is_row else [a, b])
        return transpose(self._pair(self.writer.transpose(a), self.writer.transpose(b)))

    def upright(self, block: Block) -> Expr:
        """The block's matrix, a column or a row."""
        return block.matrix if block.rows else self.writer.transpose(block.matrix)

    def outer(self, left: Block, right: Block) -> Block:
        """u·v', from a block of rows alone and one of columns alone."""
        u, v = left.matrix, right.matrix
        if is_one(u) and is_one(v):
            matrix = call("matrix", ONE, sizes=(u.shape[0], v.shape[0]))
        else:
            matrix = self.writer.chain([u, self.writer.transpose(v)])
        return Block(left.rows, right.columns, matrix)

    def permutation(self, rows: Labels, columns: Labels) -> list[Expr]:
        """Factors whose product reorders: rows in one order, columns in the other."""
        factors = []
        order = list(rows)
        for start, middle, end in swaps(rows, columns):
            front, back = order[start:middle], order[middle:end]
            swap = call("commutation", sizes=(self.dim(front), self.dim(back)))
            around = [order[:start], order[end:]]
            before, behind = ([identity(self.dim(part))] if part else [] for part in around)
            factors.append(self.kron([*before, swap, *behind]))
            order[start:end] = back + front
        return factors


def product_of(parts: Sequence[Block], rows: Labels, columns: Labels, blocks: Blocks) -> Expr:
    """The Kronecker product of the parts, its rows and columns in the order asked for."""
    if all(part.matrix.is_vector for part in parts):
        return _outer_product(parts, rows, columns, blocks)
    choices = chain.from_iterable(map(permutations, (_paired(parts, blocks), parts)))
    best = min(choices, key=lambda order: _cost(order, rows, columns))
    found_rows = tuple(label for part in best for label in part.rows)
    found_columns = tuple(label for part in best for label in part.columns)
    return blocks.writer.chain(
        [
            *blocks.permutation(rows, found_rows),
            blocks.kron([blocks.upright(part) for part in best]),
            *blocks.permutation(found_columns, columns),
        ]
    )


def swaps(rows: Labels, columns: Labels) -> list[tuple[int, int, int]]:
    """Exchanges of neighbouring runs, as (start, middle, end), from one order to the other."""
    spend(len(rows))
    order, found = list(rows), []
    for start, label in enumerate(columns):
        if order[start] == label:
            continue
        middle = end = order.index(label)
        while (
            end < len(order)
            and tuple(order[middle : end + 1]) == columns[start : start + end + 1 - middle]
        ):
            end += 1
        found.append((start, middle, end))
        order[start:end] = order[middle:end] + order[start:middle]
    return found


def _outer_product(parts: Sequence[Block], rows: Labels, columns: Labels, blocks: Blocks) -> Expr:
    """u, v' or u·v' of parts that are all vectors."""
    vectors = []
    for wanted in filter(None, (rows, columns)):
        group = [part for part in parts if set(part.rows + part.columns) <= set(wanted)]
        order = min(permutations(group), key=lambda order: _cost(order, rows, columns))
        found = tuple(label for part in order for label in part.rows + part.columns)
        vector = blocks.kron([part.matrix for part in order])
        vectors.append(blocks.writer.chain([*blocks.permutation(wanted, found), vector]))
    if len(vectors) == 1:
        return vectors[0]
    return blocks.outer(Block(rows, (), vectors[0]), Block((), columns, vectors[1])).matrix


def _cost(order: Sequence[Block], rows: Labels, columns: Labels) -> tuple[int, int, int]:
    """Exchanges needed, those of rows counting more, then factors."""
    found_rows = tuple(label for part in order for label in part.rows)
    found_columns = tuple(label for part in order for label in part.columns)
    before = len(swaps(rows, found_rows)) if len(found_rows) == len(rows) else 0
    behind = len(swaps(found_columns, columns)) if len(found_columns) == len(columns) else 0
    return before + behind, before, len(order)


def _paired(parts: Sequence[Block], blocks: Blocks) -> list[Block]:
    """The parts, with columns and rows that stand alone put together as u·v'."""
    left = [part for part in parts if not part.columns]
    right = [part for part in parts if not part.rows]
    pairs = [blocks.outer(a, b) for a, b in zip(left, right, strict=False)]
    rest = [part for part in parts if part.rows and part.columns]
    return [*rest, *pairs, *left[len(pairs) :], *right[len(pairs) :]]
