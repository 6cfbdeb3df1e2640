"""The structure that identities give a derivative: diagonal, or blocks along a diagonal."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..tensor.build import add, contract, ones
from ..tensor.node import Kind, Operand, Tensor


@dataclass(frozen=True)
class Blocks:
    """A matrix that is zero unless some row axes agree with column axes.

    `core` has the axes that agree, once, then the other row axes, then the other columns; it
    lacks those it does not depend on, as V'V in kron(eye, V'V). `shared` are the places of the
    agreeing axes among the rows, `rows` those of the others; `kept` are the shared ones that
    the core has, `columns` the other places among the columns.
    """

    core: Tensor
    shared: tuple[int, ...]
    rows: tuple[int, ...]
    kept: tuple[int, ...]
    columns: tuple[int, ...]
    meets: tuple[int, ...]  # the column axis that each of `shared` agrees with

    @property
    def kind(self) -> str:
        if self.rows or self.columns:
            return "block-diagonal"
        return "diagonal" if self.meets == self.shared else "permuted diagonal"

    def solve(self, np: Any, core: Any, right: Any) -> Any:
        """The solution for a right side with the axes of the rows."""
        order = (*self.shared, *self.rows)
        turned = right.transpose(*order)
        sizes = [right.shape[k] if k in self.kept else 1 for k in self.shared]
        if not self.rows:
            found = turned / core.reshape(sizes)
        else:
            batch = turned.shape[: len(self.shared)]
            side = int(np.prod(turned.shape[len(self.shared) :]))
            blocks = core.reshape(*sizes, side, side)
            found = np.linalg.solve(blocks, turned.reshape(*batch, side, 1)).reshape(turned.shape)
        order = (*self.meets, *self.columns)
        return found.transpose(*(order.index(k) for k in range(len(order))))


def blocks_of(derivative: Tensor, rows: int) -> Blocks | None:
    """The structure of a derivative whose first `rows` axes are the rows; None if dense."""
    terms = derivative.args if derivative.kind is Kind.SUM else (derivative,)
    pairs = [_pairs(term, rows) for term in terms]
    tied = dict(sorted(set.intersection(*pairs))) if pairs else {}
    if not tied or len(set(tied.values())) < len(tied):
        return None
    cores = [_core(term, tied) for term in terms]
    kept = tuple(k for k in tied if any(k in used for _, _, used in cores))
    others = tuple(k for k in range(rows) if k not in tied)
    columns = tuple(k for k in range(rows, len(derivative.axes)) if k not in tied.values())
    out = (*kept, *others, *columns)
    summands = [
        contract(c, [*operands, *((ones(derivative.axes[k]), (k,)) for k in out)], out)
        for c, operands, _ in cores
    ]
    meets = tuple(column - rows for column in tied.values())
    places = tuple(k - rows for k in columns)
    return Blocks(add(*summands), tuple(tied), others, kept, places, meets)


def _core(term: Tensor, tied: dict[int, int]) -> tuple[Fraction, list[Operand], set[int]]:
    """A term without its identities on tied axes; the labels that other factors use."""
    if term.kind is Kind.DELTA:
        return Fraction(1), [], set()
    coefficient, labels, _ = term.data
    names = {column: row for row, column in tied.items()}
    operands = [
        (factor, tuple(names.get(x, x) for x in own))
        for factor, own in zip(term.args, labels, strict=True)
        if factor.kind is not Kind.ONES
    ]
    dense = [
        (factor, own)
        for factor, own in operands
        if factor.kind is not Kind.DELTA or len(set(own)) == len(own)
    ]
    return coefficient, dense, {x for _, own in dense for x in own}


def _pairs(term: Tensor, rows: int) -> set[tuple[int, int]]:
    """The row axes that an identity in the term ties to column axes."""
    if term.kind is Kind.DELTA:
        return {(0, 1)} if rows == 1 else set()
    if term.kind is not Kind.CONTRACT:
        return set()
    identities = [
        sorted(own)
        for factor, own in zip(term.args, term.data[1], strict=True)
        if factor.kind is Kind.DELTA
    ]
    return {(low, high) for low, high in identities if low < rows <= high}
