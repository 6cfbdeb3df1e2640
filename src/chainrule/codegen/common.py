"""Factors that terms of a sum have in common, taken out: X'a + X'b = X'(a + b)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction

from ..shapes import Shape
from ..tensor.build import add, contract
from ..tensor.node import STRUCTURE, Labels, Operand, Tensor

TERMS = 12  # of longer sums nothing is taken out
FACTORS = 12  # of longer products one tensor is taken out, as often as they all have it
TRIED = 3  # ways that are offered
FAR = 10_000  # more than any label

Product = tuple[Fraction, list[Operand]]
Way = list[Product]  # the sum as other products, of which the first has a sum as a factor
Key = tuple[Tensor, Labels]  # a factor; labels of the result as they are, summed ones below 0
Place = tuple[int, int]  # of a factor: which term, which operand


def factored(products: Sequence[Product], axes: Shape) -> Iterator[Way]:
    """The sum with one factor taken out, with two, and so on, of those the same terms have."""
    if len(products) > TERMS:
        return
    is_long = max(len(operands) for _, operands in products) > FACTORS
    free, summed = len(axes), 0
    rests = list(products)
    taken: list[Operand] = []
    others: list[Product] = []
    ways: list[Way] = []
    only = None
    while key := _most_common(rests, free, summed, only):
        (factor, own), found = key
        only = factor if is_long else None
        if len(found) < len(rests):
            if taken:
                break
            numbers = {number for number, _ in found}
            others = [p for number, p in enumerate(rests) if number not in numbers]
        rests = [_rest(rests[number], free, position, own) for number, position in found]
        taken.append((factor, own))
        summed += len({x for x in own if x < -summed})
        way = _together(taken, rests, others, free)
        ways += [] if way is None else [way]
        if len(ways) == TRIED:
            break
    yield from ways[-1:] if is_long else ways


def _most_common(
    products: Sequence[Product], free: int, summed: int, only: Tensor | None
) -> tuple[Key, list[Place]] | None:
    """The factor that the most terms have, at least two; of these the one of most axes.

    With `only`, it is this tensor or nothing.
    """
    places: dict[Key, list[Place]] = defaultdict(list)
    for number, (_, operands) in enumerate(products):
        seen = set()
        for position, (factor, own) in enumerate(operands):
            key = factor, _named(own, free, summed)
            if only not in (None, factor) or factor.kind in STRUCTURE:
                continue
            if factor.axes and key not in seen:
                seen.add(key)
                places[key].append((number, position))
    if not places:
        return None
    best = max(places, key=lambda key: (len(places[key]), sum(x >= 0 for x in key[1]), len(key[1])))
    return (best, places[best]) if len(places[best]) > 1 else None


def _named(own: Labels, free: int, summed: int) -> Labels:
    """Labels that several terms know as they are, others by their order below those."""
    names: dict[int, int] = {}
    return tuple(x if x < free else names.setdefault(x, -1 - summed - len(names)) for x in own)


def _rest(product: Product, free: int, position: int, own: Labels) -> Product:
    """A product without one factor; its labels that the factor sums are called as in `own`."""
    coefficient, operands = product
    names = dict(zip(operands[position][1], own, strict=True))
    return coefficient, [
        (t, tuple(names.get(x, x) for x in group))
        for k, (t, group) in enumerate(operands)
        if k != position
    ]


def _together(
    taken: Sequence[Operand], rests: Sequence[Product], others: Sequence[Product], free: int
) -> Way | None:
    """taken · (the rests added) + the others, where the rests all have the same axes."""
    used = [{x for _, labels in operands for x in labels} for _, operands in rests]
    known = {x for _, own in taken for x in own} | set(range(free))
    axes = tuple(sorted(x for x in known if any(x in labels for labels in used)))
    if any(not set(axes) <= labels for labels in used):
        return None
    names = {x: place for place, x in enumerate(axes)}
    out = tuple(range(len(axes)))
    terms = [
        contract(c, [(t, tuple(names.get(x, x + FAR) for x in own)) for t, own in operands], out)
        for c, operands in rests
    ]
    whole = [*taken, (add(*terms), axes)]
    labelled = [(t, tuple(x if x >= 0 else FAR - x for x in own)) for t, own in whole]
    return [(Fraction(1), labelled), *others]
