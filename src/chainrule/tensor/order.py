"""The order of labels and factors in a product, found from their content alone.

Renaming summed labels or shuffling factors must not make another node. Labels are told
apart by colour refinement; the few orders that remain are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, permutations, product

from ..hashing import portable_hash
from ..work import spend
from .node import Labels, Operand, Tensor

# Orders of interchangeable labels that are tried. Beyond, merging is lost, never truth.
LABEL_ORDERS = 200


def ordered(operands: Sequence[Operand], out: Labels, symmetric: Sequence[bool]) -> list[Operand]:
    """Operands with labels 0, 1, ... (free ones first), in the order of their content.

    `symmetric` says which operands do not mind their two labels being swapped.
    """
    free = {label: place for place, label in enumerate(out)}
    bound = list(
        dict.fromkeys(label for _, labels in operands for label in labels if label not in free)
    )
    best: list[tuple[int, Labels, Tensor]] | None = None
    for order in _label_orders(operands, symmetric, free, bound):
        spend(len(operands))
        names = dict(free)
        for label in order:
            names[label] = len(names)
        rows: list[tuple[int, Labels, Tensor]] = []
        for (tensor, labels), swaps in zip(operands, symmetric, strict=True):
            named = tuple(names[label] for label in labels)
            rows.append((tensor.key, tuple(sorted(named)) if swaps else named, tensor))
        rows.sort(key=lambda row: row[:2])
        if best is None or [row[:2] for row in rows] < [row[:2] for row in best]:
            best = rows
    assert best is not None
    return [(tensor, labels) for _, labels, tensor in best]


def _label_orders(
    operands: Sequence[Operand], symmetric: Sequence[bool], free: dict[int, int], bound: list[int]
) -> Iterator[tuple[int, ...]]:
    """Orders of the bound labels that content does not tell apart (colour refinement)."""
    if len(bound) <= 1:
        yield tuple(bound)
        return
    colour = {label: (0, place) for label, place in free.items()}
    colour.update(dict.fromkeys(bound, (1, 0)))
    distinct = 0
    for _ in range(len(bound)):
        spend(len(operands))
        marks: dict[int, list[int]] = {label: [] for label in bound}
        for (tensor, labels), swaps in zip(operands, symmetric, strict=True):
            around = [colour[label] for label in labels]
            if swaps:
                around.sort()
            for slot, label in enumerate(labels):
                if label in marks:
                    mark = portable_hash((tensor.key, 0 if swaps else slot, tuple(around)))
                    marks[label].append(mark)
        seen = {label: (colour[label], tuple(sorted(marks[label]))) for label in bound}
        colour.update({label: (1, portable_hash(mark)) for label, mark in seen.items()})
        now = len({colour[label] for label in bound})
        if now == distinct or now == len(bound):
            break
        distinct = now
    classes: dict[tuple[int, int], list[int]] = {}
    for label in bound:
        classes.setdefault(colour[label], []).append(label)
    groups = [classes[c] for c in sorted(classes)]
    choices = [permutations(group) if len(group) <= 4 else [tuple(group)] for group in groups]
    for choice in islice(product(*choices), LABEL_ORDERS):
        yield tuple(label for group in choice for label in group)
