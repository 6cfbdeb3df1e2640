"""Derivatives made of smaller ones: Kronecker products, and a diagonal plus a few outer products.

Both are read off the sum of products that the derivative is; blocks.py has the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..tensor.build import add, contract, ones
from ..tensor.node import Kind, Labels, Operand, Tensor
from .blocks import blocks_of

Group = list[Operand]  # factors that share labels, directly or by others


@dataclass(frozen=True)
class Kronecker:
    """A product of matrices, each over rows and columns of its own.

    `cores` have the axes of their rows, then those of their columns; `places` say which axes
    of the derivative these are.
    """

    cores: tuple[Tensor, ...]
    places: tuple[Labels, ...]
    rows: int

    kind = "Kronecker product"

    def solve(self, np: Any, cores: Sequence[Any], right: Any) -> Any:
        """The solution for a right side with the axes of the rows, one matrix after the other."""
        axes = list(range(self.rows))
        found = right
        for core, places in zip(cores, self.places, strict=True):
            above = [x for x in places if x < self.rows]
            below = [x for x in places if x >= self.rows]
            rest = [x for x in axes if x not in above]
            found = found.transpose([axes.index(x) for x in (*above, *rest)])
            sizes = found.shape[len(above) :]
            side = int(np.prod(core.shape[: len(above)]))
            found = np.linalg.solve(core.reshape(side, -1), found.reshape(side, -1))
            found = found.reshape(*core.shape[len(above) :], *sizes)
            axes = below + rest
        return found.transpose([axes.index(x) for x in sorted(axes)])


@dataclass(frozen=True)
class LowRank:
    """diag(d) + Σ u v': `cores` are d, then each u and its v, over the axes of rows or columns."""

    cores: tuple[Tensor, ...]

    kind = "diagonal plus low rank"

    def solve(self, np: Any, cores: Sequence[Any], right: Any) -> Any:
        """By the formula of Sherman, Morrison and Woodbury: a system as large as the rank."""
        diagonal, *outer = (core.reshape(-1) for core in cores)
        U, V = np.stack(outer[::2], axis=1), np.stack(outer[1::2], axis=1)
        first, scaled = right.reshape(-1) / diagonal, U / diagonal[:, None]
        small = np.eye(U.shape[1], dtype=U.dtype) + V.T @ scaled
        return (first - scaled @ np.linalg.solve(small, V.T @ first)).reshape(right.shape)


def kronecker_of(derivative: Tensor, rows: int) -> Kronecker | None:
    """The structure of one product whose factors fall into groups, each with rows and columns."""
    if derivative.kind is not Kind.CONTRACT:
        return None
    coefficient, labels, free = derivative.data
    groups = _groups(list(zip(derivative.args, labels, strict=True)))
    places = [_free(group, free) for group in groups]
    found = [(group, own) for group, own in zip(groups, places, strict=True) if own]
    scalars = [
        operand for group, own in zip(groups, places, strict=True) if not own for operand in group
    ]
    covered = sorted(x for _, own in found for x in own)
    if len(found) < 2 or covered != list(range(free)):
        return None
    if any(own[0] >= rows or own[-1] < rows for _, own in found):
        return None
    cores = []
    for group, own in found:
        cores.append(contract(coefficient, [*group, *scalars], own))
        coefficient, scalars = 1, []
    return Kronecker(tuple(cores), tuple(own for _, own in found), rows)


def low_rank_of(derivative: Tensor, rows: int) -> LowRank | None:
    """The structure of a square matrix: a diagonal, and terms that are products of two vectors."""
    axes = derivative.axes
    if axes[:rows] != axes[rows:]:
        return None
    diagonal: list[Tensor] = []
    outer: list[Tensor] = []
    for term in _terms(derivative):
        blocks = blocks_of(term, rows)
        if blocks is not None and blocks.kind == "diagonal":
            missing = [x for x in blocks.shared if x not in blocks.kept]
            whole = [(blocks.core, blocks.kept), *((ones(axes[x]), (x,)) for x in missing)]
            diagonal.append(contract(1, whole, tuple(range(rows))))
            continue
        pair = _outer(term, rows)
        if pair is None:
            return None
        outer += pair
    return LowRank((add(*diagonal), *outer)) if diagonal and outer else None


def _terms(derivative: Tensor) -> Sequence[Tensor]:
    """The terms of a sum, also of one that is multiplied by scalars."""
    if derivative.kind is Kind.SUM:
        return derivative.args
    if derivative.kind is Kind.CONTRACT:
        coefficient, labels, free = derivative.data
        operands = list(zip(derivative.args, labels, strict=True))
        whole = [k for k, (_, own) in enumerate(operands) if own]
        if len(whole) == 1 and operands[whole[0]][0].kind is Kind.SUM:
            (place,) = whole
            factor, own = operands[place]
            rest = operands[:place] + operands[place + 1 :]
            return [
                contract(coefficient, [(t, own), *rest], tuple(range(free))) for t in factor.args
            ]
    return (derivative,)


def _outer(term: Tensor, rows: int) -> tuple[Tensor, Tensor] | None:
    """u and v of a term u v'."""
    if term.kind is not Kind.CONTRACT:
        return None
    coefficient, labels, free = term.data
    above: Group = []
    below: Group = []
    for group in _groups(list(zip(term.args, labels, strict=True))):
        own = _free(group, free)
        if own and own[0] < rows <= own[-1]:
            return None
        (below if own and own[0] >= rows else above).extend(group)
    if _free(above, free) + _free(below, free) != tuple(range(free)):
        return None
    left = contract(coefficient, above, tuple(range(rows)))
    return left, contract(1, below, tuple(range(rows, free)))


def _groups(operands: Sequence[Operand]) -> list[Group]:
    """The factors, those that share a label together; numbers each alone."""
    groups: list[Group] = []
    for factor, own in operands:
        met = [group for group in groups if any(set(own) & set(labels) for _, labels in group)]
        apart = [group for group in groups if group not in met]
        groups = [*apart, [*(operand for group in met for operand in group), (factor, own)]]
    return groups


def _free(group: Group, free: int) -> Labels:
    return tuple(sorted({x for _, own in group for x in own if x < free}))
