"""Products that differ only in the vectors on one index are one product.

X'·diag(u)·X - X'·diag(v)·X = X'·diag(u - v)·X, where u - v is an element-wise formula that
can be simplified as a scalar one.
"""

from __future__ import annotations

from ..shapes import Dim
from ..tensor.build import contract, ones, times, variable
from ..tensor.node import STRUCTURE, Kind, Operand, Tensor
from ..tensor.rewrite import substitute
from ..tensor.terms import add_terms

FIXED = STRUCTURE | {Kind.ONES}


def merge_kernels(node: Tensor) -> Tensor:
    """A sum with such terms merged."""
    terms = list(node.args)
    changed = True
    while changed and len(terms) > 1:
        changed = False
        views = [(place, view) for place, term in enumerate(terms) for view in _views(term)]
        groups: dict[Tensor, list[tuple[int, Tensor]]] = {}
        for place, (skeleton, kernel) in views:
            group = groups.setdefault(skeleton, [])
            if all(place != other for other, _ in group):
                group.append((place, kernel))
        for skeleton, group in groups.items():
            if len(group) < 2:
                continue
            kernel = add_terms([kernel for _, kernel in group])
            merged = substitute(skeleton, {_placeholder(kernel): kernel})
            places = {place for place, _ in group}
            terms = [t for place, t in enumerate(terms) if place not in places] + [merged]
            changed = True
            break
    return add_terms(terms)


def _placeholder(kernel: Tensor) -> Tensor:
    return variable("κ\0", kernel.axes)


def _views(term: Tensor) -> list[tuple[Tensor, Tensor]]:
    """(product with a placeholder on one index, the vectors that stood there)."""
    if term.kind is not Kind.CONTRACT:
        return []
    coefficient, labels, free = term.data
    operands: list[Operand] = list(zip(term.args, labels, strict=True))
    scalars = [pair for pair in operands if not pair[1]]
    found = []
    for label, dim in _indices(operands):
        here = [pair for pair in operands if pair[1] == (label,) and pair[0].kind not in FIXED]
        rest = [pair for pair in operands if pair not in here and pair not in scalars]
        if not rest or not any(label in own for _, own in rest):
            continue
        kernel = times(coefficient, *(arg for arg, _ in here), *(arg for arg, _ in scalars))
        if not kernel.axes:
            kernel = times(kernel, ones(dim))
        skeleton = contract(1, [*rest, (_placeholder(kernel), (label,))], tuple(range(free)))
        found.append((skeleton, kernel))
    return found


def _indices(operands: list[Operand]) -> list[tuple[int, Dim]]:
    dims: dict[int, Dim] = {}
    for arg, own in operands:
        for dim, label in zip(arg.axes, own, strict=True):
            dims.setdefault(label, dim)
    return list(dims.items())
