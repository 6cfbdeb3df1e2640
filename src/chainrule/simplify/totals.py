"""Totals of sums, term by term where that is shorter: Σ_i (x_i - mean(x)) = 0."""

from __future__ import annotations

from ..tensor.build import contract
from ..tensor.node import Kind, Tensor
from ..tensor.terms import add_terms

TERMS = 8


def close_sums(node: Tensor) -> Tensor:
    """A product with a sum that is totalled over an index of its own, if fewer terms result."""
    if node.kind is not Kind.CONTRACT:
        return node
    coefficient, labels, free = node.data
    operands = list(zip(node.args, labels, strict=True))
    for place, (total, own) in enumerate(operands):
        if total.kind is not Kind.SUM or not 2 <= len(total.args) <= TERMS:
            continue
        rest = operands[:place] + operands[place + 1 :]
        held = {label for _, others in rest for label in others} | set(range(free))
        if all(label in held for label in own):
            continue
        out = tuple(range(free))
        opened = add_terms(
            [contract(coefficient, [*rest, (term, own)], out) for term in total.args]
        )
        count = len(opened.args) if opened.kind is Kind.SUM else 1
        if count < len(total.args):
            return opened
    return node
