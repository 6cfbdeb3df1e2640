"""Ranges of numbers: an interval with open or closed ends, and how functions map it.

The sign of a number is read off its range: 1 - σ(u) > 0 because σ lies strictly between 0 and
1. Ranges are exact or too wide, never too narrow; what is not known is the whole line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from .op import INFINITY

# (v, 1) is just above v and (v, -1) just below, so that bounds compare as tuples.
Bound = tuple[Fraction | float, int]
Rule = Callable[..., "Range"]  # the range of f(x) from that of x

BITS = 64  # longer bounds are rounded outwards
EXPONENT = 8  # of powers whose bounds are computed; beyond, signs alone


@dataclass(frozen=True, slots=True)
class Range:
    """All numbers from `low` to `high`."""

    low: Bound
    high: Bound

    @property
    def is_nonneg(self) -> bool:
        return self.low >= (0, 0)

    @property
    def is_nonpos(self) -> bool:
        return self.high <= (0, 0)

    @property
    def is_positive(self) -> bool:
        return self.low > (0, 0)

    @property
    def is_negative(self) -> bool:
        return self.high < (0, 0)

    @property
    def sign(self) -> int:
        """1 where every number is >= 0, -1 where every one is <= 0, else 0."""
        return 1 if self.is_nonneg else -1 if self.is_nonpos else 0

    def __neg__(self) -> Range:
        return Range(_opposite(self.high), _opposite(self.low))

    def __add__(self, other: Range) -> Range:
        low = self.low[0] + other.low[0], max(self.low[1], other.low[1])
        high = self.high[0] + other.high[0], min(self.high[1], other.high[1])
        return Range(_rounded_down(low), _rounded_up(high))

    def __or__(self, other: Range) -> Range:
        return Range(min(self.low, other.low), max(self.high, other.high))

    def __and__(self, other: Range) -> Range:
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Range(low, high) if low <= high else self  # contradictory facts say nothing

    def __mul__(self, other: Range) -> Range:
        """The hull of the products of the parts below and above 0."""
        parts = [
            _of_sign(sign * its, _product(a, b))
            for sign, a in self.parts()
            for its, b in other.parts()
        ]
        return reduce(Range.__or__, parts)

    def parts(self) -> list[tuple[int, Range]]:
        """(sign, absolute values) of what lies above 0 and of what lies below."""
        found = []
        if self.high >= (0, 0):
            found.append((1, self & NONNEG))
        if self.low < (0, 0):
            found.append((-1, -self & NONNEG))
        return found

    def magnitude(self) -> Range:
        return reduce(Range.__or__, [part for _, part in self.parts()])

    def repeated(self, least: int, count: int | None) -> Range:
        """The sum of at least `least` such numbers, exactly `count` where that is known."""
        if count is not None:
            return self * exactly(count)
        low = self.low if self.is_nonneg else (-INFINITY, 0)
        high = self.high if self.is_nonpos else (INFINITY, 0)
        found = Range(low, high)
        return found * exactly(least) if least else found | ZERO


def exactly(value: Fraction | int) -> Range:
    bound = Fraction(value), 0
    return Range(_rounded_down(bound), _rounded_up(bound))


def _opposite(bound: Bound) -> Bound:
    return -bound[0], -bound[1]


def _of_sign(sign: int, found: Range) -> Range:
    return found if sign > 0 else -found


def _product(a: Range, b: Range) -> Range:
    """The range of xy for x >= 0 and y >= 0."""
    strict = (a.low[1] and b.low > (0, 0)) or (b.low[1] and a.low > (0, 0))
    low = a.low[0] * b.low[0], int(bool(strict))
    if not a.high[0] or not b.high[0]:
        return ZERO
    high = a.high[0] * b.high[0], min(a.high[1], b.high[1])
    return Range(_rounded_down(low), _rounded_up(high))


def _rounded_down(bound: Bound) -> Bound:
    """A bound that is not above and not long: ..., -1, 0, 1."""
    value, _ = bound
    if isinstance(value, float):
        return value, 0
    if value.numerator.bit_length() + value.denominator.bit_length() <= BITS:
        return bound
    return (Fraction(1), 1) if value > 1 else (0, 1) if value > 0 else _below(value)


def _below(value: Fraction) -> Bound:
    return (Fraction(-1), 1) if value > -1 else (-INFINITY, 0)


def _rounded_up(bound: Bound) -> Bound:
    return _opposite(_rounded_down(_opposite(bound)))


def at_least(value: int) -> Range:
    return Range((Fraction(value), 0), (INFINITY, 0))


ANY = Range((-INFINITY, 0), (INFINITY, 0))
ZERO = exactly(0)
ONE = exactly(1)
NONNEG = Range((0, 0), (INFINITY, 0))
POSITIVE = Range((0, 1), (INFINITY, 0))
INSIDE = Range((0, 1), (1, -1))  # 0 < x < 1
UNIT = Range((0, 0), (1, 0))
SYMMETRIC_UNIT = Range((-1, 0), (1, 0))


def increasing(least: Bound, at: int, value: Fraction | int, most: Bound) -> Rule:
    """The rule of an increasing function with f(at) = value, between `least` and `most`."""

    def rule(x: Range) -> Range:
        low: Bound = least if x.low < (at, 0) else (value, int(x.low > (at, 0)))
        high: Bound = most if x.high > (at, 0) else (value, -int(x.high < (at, 0)))
        return Range(low, high)

    return rule


def _cosh(x: Range) -> Range:
    return Range((1, int(x.is_positive or x.is_negative)), (INFINITY, 0))


def _relu(x: Range) -> Range:
    return Range(max(x.low, (0, 0)), max(x.high, (0, 0)))


def _max(a: Range, b: Range) -> Range:
    return Range(max(a.low, b.low), max(a.high, b.high))


def _min(a: Range, b: Range) -> Range:
    return Range(min(a.low, b.low), min(a.high, b.high))


def _norm(x: Range) -> Range:
    return POSITIVE if x.is_positive or x.is_negative else NONNEG


def _prod(x: Range) -> Range:
    """Products of many: numbers up to 1 stay there, positive ones stay positive."""
    if not x.is_nonneg:
        return ANY
    return Range((0, int(x.is_positive)), (1, 0) if x.high <= (1, 0) else (INFINITY, 0))


def _same(x: Range) -> Range:
    return x


QUARTER = Fraction(11, 7)  # more than π/2
RULES: dict[str, Rule] = {
    "pi": lambda: Range((3, 1), (4, -1)),
    "exp": increasing((0, 1), 0, 1, (INFINITY, 0)),
    "log": increasing((-INFINITY, 0), 1, 0, (INFINITY, 0)),
    "sin": lambda x: SYMMETRIC_UNIT,
    "cos": lambda x: SYMMETRIC_UNIT,
    "arcsin": increasing((-QUARTER, 1), 0, 0, (QUARTER, -1)),
    "arccos": lambda x: Range((0, 0), (2 * QUARTER, -1)),
    "arctan": increasing((-QUARTER, 1), 0, 0, (QUARTER, -1)),
    "sinh": increasing((-INFINITY, 0), 0, 0, (INFINITY, 0)),
    "cosh": _cosh,
    "tanh": increasing((-1, 1), 0, 0, (1, -1)),
    "erf": increasing((-1, 1), 0, 0, (1, -1)),
    "sigmoid": increasing((0, 1), 0, Fraction(1, 2), (1, -1)),
    "softplus": lambda x: POSITIVE,
    "relu": _relu,
    "abs": Range.magnitude,
    "sign": increasing((-1, 0), 0, 0, (1, 0)),
    "gt": lambda a, b: UNIT,
    "ge": lambda a, b: UNIT,
    "eq": lambda a, b: UNIT,
    "where": lambda c, a, b: a | b,
    "max": _max,
    "min": _min,
    "norm2": _norm,
    "softmax": lambda x: Range((0, 1), (1, 0)),
    "logsumexp": lambda x: NONNEG if x.is_nonneg else ANY,
    "largest": _same,
    "smallest": _same,
    "prod": _prod,
}


def raised(base: Range, exponent: Fraction) -> Range:
    """The range of x^q, where it is defined: x >= 0 for fractions, x ≠ 0 for q < 0."""
    if exponent.denominator != 1:
        least = (0, int(base.is_positive or exponent < 0))
        found = increasing(least, 1, 1, (INFINITY, 0))(base & NONNEG)
        return _inverted(found) if exponent < 0 else found
    if exponent < 0:
        found = raised(base, -exponent)
        if base.is_positive or base.is_negative or exponent % 2 == 0:
            return _of_sign(1 if found.is_nonneg else -1, _inverted(found.magnitude()))
        return _of_sign(found.sign, POSITIVE) if found.sign else ANY
    if exponent > EXPONENT:
        least = (0, int(base.is_positive or base.is_negative))
        above = Range(least, (INFINITY, 0))
        return above if exponent % 2 == 0 else _of_sign(base.sign, above) if base.sign else ANY
    parts = [
        _of_sign(sign ** int(exponent), reduce(_product, [part] * int(exponent)))
        for sign, part in base.parts()
    ]
    return reduce(Range.__or__, parts)


def _inverted(x: Range) -> Range:
    """The range of 1/x for the x > 0 of a range of numbers >= 0."""
    (low, above), (high, below) = x.low, x.high
    return Range(
        (0, 1) if high in (0, INFINITY) else (1 / Fraction(high), -below),
        (INFINITY, 0) if not low else (1 / Fraction(low), -above),
    )
