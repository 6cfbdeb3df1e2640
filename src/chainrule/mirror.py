"""Products that are their own mirror image: Σ_k d_k A_ki A_kj is a half, its image and weights.

A mirror swaps the label of each row with that of its column. Extended to the summed labels, it
must map the factors to one another:

    Σ  h(r, l, f) · d(f) · M(l, l') · h(c, l', f)

with labels f that are their own image, l on the left and l' on the right. Then the product is
H'·K·H with K made of the closed factors d and M alone: it is positive semidefinite where they
are (the element-wise product of such matrices is one again, Schur). Left and right must be the
same for all factors: F_ij G_ij' with F_i'j' G_i'j is its own image but no H'·K·H.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, product

from .shapes import Dim
from .tensor.build import contract, ones, power
from .tensor.contract import is_symmetric
from .tensor.node import Kind, Labels, Operand, Tensor

STEPS = 100  # tries to find the images of one product's factors

Mirror = dict[int, int]  # label -> its image


@dataclass(frozen=True)
class Split:
    """A product as its left half and the factors that are their own image."""

    half: tuple[Operand, ...]
    closed: tuple[Operand, ...]
    mirror: Mirror
    left: frozenset[int]  # the labels on the left that are not their own image

    def is_fixed(self, label: int) -> bool:
        return self.mirror[label] == label

    def rows_and_columns(self, labels: Labels) -> tuple[Labels, Labels]:
        """The axes of a closed factor that stand on the left, and their images."""
        rows = tuple(axis for axis, label in enumerate(labels) if label in self.left)
        return rows, tuple(labels.index(self.mirror[labels[axis]]) for axis in rows)


def splits(operands: list[Operand], rows: Labels, columns: Labels, fixed: Labels) -> list[Split]:
    """All ways found to see a product as a half and its mirror image.

    The free labels are `rows`, which face `columns` in turn, and `fixed`, which stay.
    """
    mirror = dict(zip(rows + columns + fixed, columns + rows + fixed, strict=True))
    operands, mirror = _without_deltas(operands, mirror, rows)
    search = _Search(rows)
    return list(search.all(operands, mirror, [], []))


def _without_deltas(
    operands: list[Operand], mirror: Mirror, rows: Labels
) -> tuple[list[Operand], Mirror]:
    """δ_rc is 1 on the diagonal alone: there the column's label is the row's, its own image."""
    kept: list[Operand] = []
    same: dict[int, int] = {}
    for tensor, labels in operands:
        if tensor.kind is Kind.DELTA and mirror.get(labels[0], labels[0]) != labels[0]:
            row, column = labels if labels[0] in rows else labels[::-1]
            if mirror.get(row) != column:
                kept.append((tensor, labels))
                continue
            same[column] = row
        else:
            kept.append((tensor, labels))
    renamed = [(tensor, tuple(same.get(x, x) for x in labels)) for tensor, labels in kept]
    mirror = {x: same.get(y, y) for x, y in mirror.items() if x not in same}
    return renamed, mirror


class _Search:
    """Depth first, over the factors; gives up after STEPS tries."""

    def __init__(self, rows: Labels) -> None:
        self.rows = rows
        self.steps = STEPS

    def all(
        self, rest: list[Operand], mirror: Mirror, pairs: list[tuple[Operand, Operand]],
        closed: list[Operand],
    ) -> Iterator[Split]:  # fmt: skip
        if self.steps <= 0:
            return
        self.steps -= 1
        if not rest:
            split = self.oriented(mirror, pairs, closed)
            if split is not None:
                yield split
            return
        first = max(rest, key=lambda pair: sum(x in mirror for x in pair[1]) / (len(pair[1]) or 1))
        rest = [pair for pair in rest if pair is not first]
        for spot, other in enumerate(rest):
            if other[0] is first[0] and first[1]:
                for image in _orders(other):
                    joined = _joined(mirror, first[1], image)
                    if joined is not None:
                        remaining = rest[:spot] + rest[spot + 1 :]
                        yield from self.all(remaining, joined, [*pairs, (first, other)], closed)
        for joined in _closings(mirror, first):
            yield from self.all(rest, joined, pairs, [*closed, first])

    def oriented(
        self, mirror: Mirror, pairs: list[tuple[Operand, Operand]], closed: list[Operand]
    ) -> Split | None:
        """Sides for all labels such that no half holds both; None if there are none."""
        left = {row for row in self.rows if mirror[row] != row}
        half: list[Operand] = []
        waiting = list(pairs)
        while waiting:
            pair = next((p for p in waiting if _touches(p, left, mirror)), waiting[0])
            waiting.remove(pair)
            one, other = pair
            if any(x in left for x in other[1]) and not any(x in left for x in one[1]):
                one = other
            moving = {x for x in one[1] if mirror[x] != x}
            if any(mirror[x] in left or mirror[x] in moving for x in moving):
                return None
            left |= moving
            half.append(one)
        for _, labels in closed:
            for x in labels:
                if mirror[x] != x and x not in left and mirror[x] not in left:
                    left.add(x)
        return Split(tuple(half), tuple(closed), mirror, frozenset(left))


def _touches(pair: tuple[Operand, Operand], left: set[int], mirror: Mirror) -> bool:
    return any(x in left or mirror[x] in left for x in pair[0][1])


def _orders(operand: Operand) -> list[Labels]:
    tensor, labels = operand
    return [labels, labels[::-1]] if is_symmetric(tensor) else [labels]


def _joined(mirror: Mirror, labels: Labels, image: Labels) -> Mirror | None:
    """The mirror that maps these labels to those, or None where it cannot."""
    joined = dict(mirror)
    for a, b in zip(labels, image, strict=True):
        if joined.setdefault(a, b) != b or joined.setdefault(b, a) != a:
            return None
    return joined


def _closings(mirror: Mirror, operand: Operand) -> Iterator[Mirror]:
    """The mirrors under which a factor is its own image."""
    tensor, labels = operand
    if any(x in mirror and mirror[x] not in labels for x in labels):
        return
    new = [x for x in dict.fromkeys(labels) if x not in mirror]
    yield {**mirror, **{x: x for x in new}}
    if len(new) == 2:
        a, b = new
        if tensor.axes[labels.index(a)] == tensor.axes[labels.index(b)]:
            yield {**mirror, a: b, b: a}


def ratios(
    big: Tensor, theirs: Split, small: Tensor, mine: Split, rows: Labels
) -> Iterator[Tensor]:
    """g·Σ_o q²/d, by f, for each way to see both terms with the same halves B:

    big = Σ_f Σ_o d(f,o) B(f,o,r) B(f,o,c),
    small = Σ_f g(f) Σ_oo' q(f,o) q(f,o') B(f,o,r) B(f,o',c).

    No factor in `theirs.closed` and `mine.closed` stands on a label of the left.
    """
    axes = range(len(big.axes))
    free = [x for x in axes if x in rows or (x in mine.mirror and mine.is_fixed(x))]
    sizes = dict(zip(axes, small.axes, strict=True))
    for tensor, labels in (*mine.half, *mine.closed):
        sizes.update(zip(labels, tensor.axes, strict=True))
    for found, rest in _matches(list(theirs.half), list(mine.half), {x: x for x in free}):
        for names in _completed(found, theirs, mine, sizes):
            ratio = _ratio(names, rest, theirs, mine, sizes)
            if ratio is not None:
                yield contract(_coefficient(small) / _coefficient(big), *ratio)


def _coefficient(term: Tensor) -> Fraction:
    return Fraction(term.data[0]) if term.kind is Kind.CONTRACT else Fraction(1)


def _matches(
    wanted: list[Operand], here: list[Operand], names: Mirror
) -> Iterator[tuple[Mirror, list[Operand]]]:
    """Labels renamed such that the wanted factors are among those here, and what is left."""
    if not wanted:
        yield names, here
        return
    (tensor, own), *others = wanted
    for place, (twin, labels) in enumerate(here):
        if twin is not tensor:
            continue
        for order in _orders((twin, labels)):
            extended = dict(names)
            fits = all(extended.setdefault(a, b) == b for a, b in zip(own, order, strict=True))
            if fits and len(set(extended.values())) == len(extended):
                yield from _matches(others, here[:place] + here[place + 1 :], extended)


def _completed(
    names: Mirror, theirs: Split, mine: Split, sizes: dict[int, Dim]
) -> Iterator[Mirror]:
    """Names for the labels that stand on weights of the big term alone."""
    missing: dict[int, Dim] = {}
    for tensor, labels in theirs.closed:
        missing.update((x, d) for x, d in zip(labels, tensor.axes, strict=True) if x not in names)
    choices = [
        [x for x in sizes if sizes[x] == dim and (x in mine.left or mine.mirror.get(x) == x)]
        for dim in missing.values()
    ]
    for choice in product(*choices):
        completed = {**names, **dict(zip(missing, choice, strict=True))}
        if len(set(completed.values())) == len(completed):
            yield completed


def _ratio(
    names: Mirror, rest: list[Operand], theirs: Split, mine: Split, sizes: dict[int, Dim]
) -> tuple[list[Operand], Labels] | None:
    """The factors of g·q²/d and its labels f, or None where the halves differ otherwise."""
    shared = {b for a, b in names.items() if theirs.is_fixed(a)}
    halves = set(names.values()) - shared
    if any(mine.is_fixed(x) for x in halves):
        return None
    if any(x in halves for _, labels in rest for x in labels):
        return None
    fixed = tuple(sorted(x for x in mine.mirror if mine.is_fixed(x)))
    if not shared.issuperset(fixed):
        return None
    fresh = count(1 + max(sizes, default=0))
    inner = {x for _, labels in rest for x in labels} - shared
    again = {x: next(fresh) for x in sorted(inner)}
    operands = [*mine.closed, *rest]
    operands += [(tensor, tuple(again.get(x, x) for x in labels)) for tensor, labels in rest]
    operands += [(power(t, -1), tuple(names[x] for x in labels)) for t, labels in theirs.closed]
    operands += [(ones(sizes[x]), (x,)) for x in sorted(shared)]
    return operands, fixed
