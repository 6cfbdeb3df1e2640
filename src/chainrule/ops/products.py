"""How a matrix is a product: c·A, A·B of square matrices, A ⊗ B of square matrices."""

from __future__ import annotations

from ..tensor.build import contract, delta, number, times, transpose
from ..tensor.node import Kind, Tensor
from ..tensor.terms import content, scaled_sum


def split_scalars(matrix: Tensor) -> tuple[Tensor, Tensor] | None:
    """(c, A) of a product c·A, or None where c is 1."""
    if matrix.kind is Kind.SUM and matrix.args:
        factor = content(matrix)
        return None if factor == 1 else (number(factor), scaled_sum(1 / factor, matrix))
    if matrix.kind is not Kind.CONTRACT:
        return None
    coefficient, labels, _ = matrix.data
    pairs = list(zip(matrix.args, labels, strict=True))
    scalar = times(number(coefficient), *(arg for arg, own in pairs if not own))
    if scalar is number(1):
        return None
    return scalar, contract(1, [pair for pair in pairs if pair[1]], (0, 1))


def square_chain(matrix: Tensor) -> list[Tensor] | None:
    """The square matrices whose product this is, or None if it is no product of such alone."""
    if matrix.kind is not Kind.CONTRACT:
        return None
    rest = list(zip(matrix.args, matrix.data[1], strict=True))
    if any(len(own) != 2 or arg.axes[0] != arg.axes[1] for arg, own in rest):
        return None
    label, chain = 0, []
    while rest:
        found = [pair for pair in rest if label in pair[1]]
        if len(found) != 1 or found[0][1][0] == found[0][1][1]:
            return None
        arg, own = found[0]
        rest.remove(found[0])
        chain.append(arg if own[0] == label else transpose(arg))
        label = own[1] if own[0] == label else own[0]
    return chain if label == 1 and len(chain) > 1 else None


def kronecker_factors(matrix: Tensor) -> tuple[Tensor, Tensor] | None:
    """Square A and B whose Kronecker product this is, or None."""
    if matrix.kind is not Kind.CONTRACT or matrix.data[0] != 1:
        return None
    rest = list(zip(matrix.args, matrix.data[1], strict=True))
    fusions = {
        own[0]: (arg, own) for arg, own in rest if arg.kind is Kind.FUSE and own[0] in (0, 1)
    }
    if len(fusions) != 2 or fusions[0][0] is not fusions[1][0]:
        return None
    rest = [pair for pair in rest if pair not in fusions.values()]
    factors = []
    for place in (1, 2):
        dim = fusions[0][0].axes[place]
        row, column = fusions[0][1][place], fusions[1][1][place]
        reached = {row, column}
        for _ in rest:
            reached.update(*(own for _, own in rest if reached & set(own)))
        mine = [pair for pair in rest if reached & set(pair[1])]
        rest = [pair for pair in rest if not reached & set(pair[1])]
        if row == column:  # a diagonal matrix
            column = -1
            mine.append((delta(dim), (row, column)))
        factors.append(contract(1, mine, (row, column)))
    return None if rest else (factors[0], factors[1])
