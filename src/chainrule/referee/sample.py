"""Random points: sizes for the dimensions and values that respect declared properties.

All randomness is the caller's. Over floats a point may be sampled in several
styles (all positive, small, ...), since a function like log is defined in some of them only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations, permutations
from math import copysign, prod
from random import Random
from typing import Any, Literal, get_args

from ..expr.node import Expr, Kind
from ..intern import postorder
from ..op import find
from ..shapes import Dim
from . import linear
from .arithmetic import Arithmetic, Number
from .field import PRIME
from .linear import Value, elementwise

Style = Literal["normal", "positive", "signed", "unit", "small", "wide"]
STYLES: tuple[Style, ...] = get_args(Style)[:-1]  # wide is for the other sides of branches
SIZES = (3, 4, 5, 2, 6, 7)
SMALL_SIZES = (2, 3, 4, 5)  # where SIZES would make a matrix of more than LARGE entries
LARGE = 50_000
DENSE = 100  # ... or the value of a function of more than DENSE, since each entry takes work

REPAIRS = 200
LARGEST_SCALE = 10**9
TINY = 1e-3


def sample_sizes(
    names: Iterable[str], turn: int = 0, choice: tuple[int, ...] = SIZES
) -> dict[str, int]:
    """Small sizes, distinct as long as there are enough.

    On an odd turn they are others, or 3 would pass for n: what was tall is wide then.
    """
    ordered = sorted(set(names))
    sizes = tuple(choice[place % len(choice)] for place in range(len(ordered)))
    return dict(zip(ordered, _others(sizes, choice) if turn % 2 else sizes, strict=True))


@cache
def _others(sizes: tuple[int, ...], choice: tuple[int, ...]) -> tuple[int, ...]:
    """As many, such that no size stays, no product of two or of all, and no order of two."""

    def differ(others: tuple[int, ...]) -> bool:
        both = list(zip(sizes, others, strict=True))
        return (
            all(a != b for a, b in both)
            and (prod(sizes) != prod(others) or not sizes)
            and all(
                a * c != b * d and (a < c) != (b < d) for (a, b), (c, d) in combinations(both, 2)
            )
        )

    smallest = (1,) if choice == SMALL_SIZES else ()
    tried = permutations((*smallest, *sorted(choice)), len(sizes))
    return next(filter(differ, tried), sizes[::-1])


def sizes_for(
    exprs: Iterable[Expr], turn: int = 0, choice: tuple[int, ...] = SIZES
) -> dict[str, int]:
    """Sizes for every name of a dimension in `exprs`, such that every subscript is in range."""
    order = postorder(exprs)
    positive = _positive(order)
    dims = positive.union(*map(_numbers, order))
    names = {name for dim in dims for name in dim.names}
    limits = {node.shape: LARGE for node in order}
    limits |= {node.shape: DENSE for node in order if _is_dense(node)}
    is_large = any(
        prod(dim.value(sizes) for dim in shape) > limit
        for sizes in (sample_sizes(names, 0, choice), sample_sizes(names, 1, choice))
        for shape, limit in limits.items()
    )
    sizes = sample_sizes(names, turn, SMALL_SIZES if is_large else choice)
    for _ in range(REPAIRS):
        broken = [dim for dim in positive if dim.value(sizes) < 1]
        if not broken:
            break
        _widen(min(broken, key=str), sizes)
    return sizes


def impossible(exprs: Iterable[Expr], sizes: Mapping[str, int]) -> list[Dim]:
    """What would have to be 1 or more and is not: sizes of axes, places, lengths of ranges."""
    return sorted((d for d in _positive(postorder(exprs)) if d.value(sizes) < 1), key=str)


def _positive(order: Iterable[Expr]) -> set[Dim]:
    """What has to be at least 1. Exponents may be anything, and so may sizes used as numbers."""
    found: set[Dim] = set()
    for node in order:
        found.update(node.shape)
        if node.kind is Kind.INDEX:
            found.update(_rooms(node))
        elif node.kind is Kind.APPLY:
            found.update(node.data[2])
    return found


def _is_dense(node: Expr) -> bool:
    return node.kind is Kind.APPLY and find(node.data[0]).family == "matrix"


def _rooms(node: Expr) -> list[Dim]:
    """What has to be at least 1: a place, the rest of the axis from there, a range's length."""
    one = Dim.of(1)
    rooms = []
    for place, dim in zip(node.data[0], node.args[0].shape, strict=True):
        if place is None:
            continue
        first, last = place if isinstance(place, tuple) else (place, place)
        rooms += [first, dim - last + one, last - first + one]
    return rooms


def _widen(dim: Dim, sizes: dict[str, int]) -> None:
    """Change one size so that `dim` grows: raise what is added, else lower what is subtracted."""
    missing = 1 - dim.value(sizes)
    for monomial, coefficient in dim.terms:
        for name in monomial:
            if coefficient > 0:
                sizes[name] += max(1, -(-missing // coefficient)) if len(monomial) == 1 else 1
                return
    for monomial, coefficient in dim.terms:
        for name in monomial:
            if coefficient < 0 and sizes[name] > 1:
                sizes[name] -= 1
                return


def _numbers(node: Expr) -> tuple[Dim, ...]:
    """The size that is used as a number, or as an exponent."""
    if node.kind is Kind.SIZE:
        return (node.data[0],)
    if node.kind is Kind.APPLY and isinstance(node.data[1], Dim):
        return (node.data[1],)
    return ()


def seeded(*parts: object) -> Random:
    """A generator that depends on `parts` alone: the same in every run."""
    text = ":".join(map(str, parts))
    return Random(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))


def sample_point(
    variables: Mapping[str, Expr],
    sizes: Mapping[str, int],
    n: Arithmetic,
    source: Random,
    style: Style = "normal",
    scales: Sequence[float] = (),
) -> dict[Any, Value]:
    """A value for every variable, of its shape and with its declared properties.

    In the style "wide" each variable has a size of its own, about 1 or one of `scales`.
    """
    values: dict[Any, Value] = {}
    for name in sorted(variables):
        shape = tuple(dim.value(sizes) for dim in variables[name].shape)
        sampler = _Sampler(n, source, variables[name].data[1], style)
        if style == "wide":
            sampler.scale = source.choice((1.0, *scales)) * 10 ** source.uniform(-1, 1)
        values[name] = sampler.value(shape)
    return values


def numbers_in(exprs: Iterable[Expr]) -> tuple[float, ...]:
    """The sizes of the numbers that stand there: where branches may be."""
    found = {abs(node.data[0]) for node in postorder(exprs) if node.kind is Kind.NUMBER}
    return tuple(float(x) for x in sorted(found) if 0 < x < LARGEST_SCALE)


def direction(wrt: Expr, sizes: Mapping[str, int], n: Arithmetic, source: Random) -> Value:
    """A direction to vary `wrt` in: any at all, but where entries must be 0 they stay 0."""
    counts = tuple(dim.value(sizes) for dim in wrt.shape)
    step = _Sampler(n, source, frozenset(), "normal").array(counts)
    return within_pattern(n, step, wrt.data[1])


def within_pattern(n: Arithmetic, x: Value, properties: frozenset[str]) -> Value:
    """The entries of a matrix that a lower triangular or diagonal one may have."""
    if "diagonal" in properties:
        return linear.diagonal(n, linear.diagonal(n, x))
    return linear.lower_part(n, x) if "lower" in properties else x


class _Sampler:
    """Draws one variable."""

    def __init__(
        self, n: Arithmetic, random: Random, properties: frozenset[str], style: Style
    ) -> None:
        self.n = n
        self.random = random
        self.properties = properties
        self.style = style
        self.sign = random.choice((-1, 1))
        self.scale = 1.0

    def value(self, shape: tuple[int, ...]) -> Value:
        value = self.array(shape)
        return self._structured(value) if len(shape) == 2 else value

    def array(self, shape: tuple[int, ...]) -> Value:
        if not shape:
            return self.entry()
        return [self.array(shape[1:]) for _ in range(shape[0])]

    def entry(self) -> Number:
        if "labels" in self.properties:
            return self.n.lift(self.random.choice((-1, 1)))
        if self.n.is_exact:
            return self.n.lift(self.random.randrange(1, PRIME))
        return self.n.lift(Fraction(self._float()))

    def _float(self) -> float:
        draw = self.random.gauss(0, 1)
        if "unit" in self.properties:
            return self.random.uniform(0.1, 0.9)
        if self.style == "wide":
            return self._wide(draw)
        if "positive" in self.properties:
            return 0.2 * abs(draw) + 0.1 if self.style == "small" else abs(draw) + 0.5
        if "nonneg" in self.properties:
            return abs(draw)
        if "nonzero" in self.properties:
            return draw + 0.3 if draw > 0 else draw - 0.3
        match self.style:
            case "normal":
                return draw
            case "positive":
                return abs(draw) + 0.5
            case "signed":
                return self.sign * (abs(draw) + 0.5)
            case "unit":
                return self.random.uniform(0.1, 0.9)
            case "small":
                return draw / 10

    def _wide(self, draw: float) -> float:
        draw *= self.scale
        if self.properties & {"positive", "nonneg"}:
            return abs(draw) + TINY
        return draw + copysign(TINY, draw) if "nonzero" in self.properties else draw

    def _structured(self, x: Value) -> Value:
        """The square matrix x turned into one with the declared properties."""
        n, has = self.n, self.properties
        one = linear.identity(n, len(x))
        if has & {"spd", "psd"}:
            x = linear.multiply(n, x, linear.transpose(x))
            return elementwise(_plus, x, one) if "spd" in has else x
        if "orthogonal" in has:  # Cayley: (I + S)⁻¹(I - S) for a skew S; rational, so exact
            skew = elementwise(_minus, x, linear.transpose(x))
            left = linear.inverse(n, elementwise(_plus, one, skew))
            return linear.multiply(n, left, elementwise(_minus, one, skew))
        if "symmetric" in has:
            x = elementwise(lambda a, b: (a + b) / 2, x, linear.transpose(x))
        if "lower" in has:
            x = linear.lower_part(n, elementwise(lambda a, b: a + b * 3, x, one))
        if "diagonal" in has:
            x = linear.diagonal(n, linear.diagonal(n, x))
        if "invertible" in has:
            x = elementwise(lambda a, b: a + b * 3, x, one)
        return x


def _plus(a: Number, b: Number) -> Number:
    return a + b


def _minus(a: Number, b: Number) -> Number:
    return a - b
