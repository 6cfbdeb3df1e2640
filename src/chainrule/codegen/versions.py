"""Programs for sizes that are not known: a few, of which the code takes the one with least work.

X'X X' is computed as X'(X X') or (X'X) X', whichever is smaller when it runs.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from math import gcd

from ..intern import postorder
from ..shapes import Dim
from ..tensor.node import Tensor
from .arrays import Array
from .flops import sixths_of
from .lowering import Lowering
from .price import Sizes, total
from .systems import solved

FEW = 3
GAIN = 1.5  # in price and in work, at some sizes, is worth another version
SMALL, LARGE = 8, 3000  # a size that is unlike the others
NODES = 100  # of longer formulas there is one version


@dataclass(frozen=True)
class Version:
    """A program, the sizes that it was chosen for, and its work as a polynomial in sizes."""

    roots: tuple[Array, ...]
    usual: Sizes
    work: Dim

    def price(self, sizes: Sizes) -> float:
        return max(1.0, sum(total(root, sizes, lambda _: False) for root in self.roots))


def versions_of(
    values: Sequence[Tensor], usual: Mapping[str, int], is_one: bool, fixed: Container[Array] = ()
) -> list[Version]:
    """The program for the usual sizes and, unless one is enough, others for small or large ones."""
    chosen = [_lowered(values, Sizes(usual), fixed)]
    if is_one or len(usual) < 2 or len(postorder(values)) > NODES:
        return chosen
    others = [
        _lowered(values, Sizes({**usual, name: size}))
        for name in sorted(usual)
        for size in (SMALL, LARGE)
    ]
    while len(chosen) < FEW:
        gains = [_gain(other, chosen) for other in others]
        if max(gains) < GAIN:
            break
        chosen.append(others[gains.index(max(gains))])
    return chosen


def _lowered(values: Sequence[Tensor], sizes: Sizes, fixed: Container[Array] = ()) -> Version:
    lowering = Lowering(values, sizes, fixed)
    roots = solved([lowering.done[value] for value in values], sizes, fixed)
    return Version(tuple(roots), sizes, sixths_of(roots))


def _gain(version: Version, others: Sequence[Version]) -> float:
    """How much cheaper a version is at its sizes, if the work there would tell so too."""
    sizes = version.usual
    work, *works = (work.value(sizes.known) for work in compared([version, *others]))
    if GAIN * work > min(works):
        return 0.0
    return min(other.price(sizes) for other in others) / version.price(sizes)


def compared(versions: Sequence[Version]) -> list[Dim]:
    """Their works, without what is negligible for large sizes."""
    works = [version.work for version in versions]
    highest = max((len(names) for work in works for names, _ in work.terms), default=0)
    tops = [[t for t in work.terms if len(t[0]) == highest] for work in works]
    common = gcd(*(count for top in tops for _, count in top)) or 1
    return [Dim(tuple((names, count // common) for names, count in top)) for top in tops]
