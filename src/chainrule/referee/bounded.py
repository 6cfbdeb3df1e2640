"""Floats that carry a bound on their rounding error: they know what can be decided.

Running error analysis to first order (Higham, Accuracy and Stability of Numerical
Algorithms, section 3.3). Two values that differ by more than their bounds are different;
a sign within its bound is not decided but raises Uncertain.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from .arithmetic import FLOAT, Arithmetic, Number, Uncertain, integer_of, integer_power

ROUNDOFF = 2.0**-53
TINY = 2.0**-1074  # what underflow may take off a value
LIBRARY = 4 * ROUNDOFF  # what one call of exp, sin, ... may be off, relative to the value


class Bounded:
    """A float and how far it may be from the number it stands for."""

    __slots__ = ("bound", "value")

    def __init__(self, value: float, bound: float = 0.0) -> None:
        self.value = value
        self.bound = bound

    def __repr__(self) -> str:
        return f"Bounded({self.value}, {self.bound})"

    def __add__(self, other: Bounded | int) -> Bounded:
        if isinstance(other, int):
            other = Bounded(float(other))
        if type(other) is not Bounded:
            return NotImplemented
        value = self.value + other.value
        part = value - self.value  # the rounding error of a sum is a float (Knuth, Møller)
        lost = (self.value - (value - part)) + (other.value - part)
        return Bounded(value, self.bound + other.bound + abs(lost))

    __radd__ = __add__

    def __neg__(self) -> Bounded:
        return Bounded(-self.value, self.bound)

    def __sub__(self, other: Bounded | int) -> Bounded:
        return self + -other

    def __rsub__(self, other: int) -> Bounded:
        return -self + other

    def __mul__(self, other: Bounded | int) -> Bounded:
        if type(other) is Bounded:
            a, b, e, f = self.value, other.value, self.bound, other.bound
            value = a * b
            lost = ROUNDOFF * abs(value) + TINY if a and b else 0.0
            return Bounded(value, abs(a) * f + abs(b) * e + e * f + lost)
        if isinstance(other, int):
            return self * Bounded(float(other))
        return NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other: Bounded | int) -> Bounded:
        if isinstance(other, int):
            other = Bounded(float(other))
        if type(other) is not Bounded:
            return NotImplemented
        room = _room(other)
        if not room:
            return Bounded(math.nan, math.inf)
        value = self.value / other.value
        return Bounded(
            value,
            (self.bound + abs(value) * other.bound) / room
            + (ROUNDOFF * abs(value) + TINY if self.value else 0.0),
        )

    def __rtruediv__(self, other: int) -> Bounded:
        return Bounded(float(other)) / self

    def __pow__(self, exponent: int) -> Bounded:
        power: Bounded = integer_power(BOUNDED, self, exponent)
        return power


class BoundedArithmetic(Arithmetic):
    """Bounded floats. Like FLOAT it gives nan or inf where there is no value."""

    def lift(self, value: Fraction | int) -> Bounded:
        nearest = FLOAT.lift(value)
        exact = math.isfinite(nearest) and nearest == value
        return Bounded(nearest, 0.0 if exact else ROUNDOFF * abs(nearest))

    def pi(self) -> Bounded:
        return Bounded(math.pi, ROUNDOFF * math.pi)

    def exp(self, x: Bounded) -> Bounded:
        value = FLOAT.exp(x.value)
        return Bounded(value, value * x.bound + LIBRARY * value + TINY)

    def log(self, x: Bounded) -> Bounded:
        return _bounded(FLOAT.log(x.value), FLOAT.divide(1, _room(x)), x)

    def sin(self, x: Bounded) -> Bounded:
        return _bounded(FLOAT.sin(x.value), 1.0, x)

    def cos(self, x: Bounded) -> Bounded:
        return _bounded(FLOAT.cos(x.value), 1.0, x)

    def sqrt(self, x: Bounded) -> Bounded:
        value = FLOAT.sqrt(x.value)
        if x.value == 0 and x.bound == 0:
            return Bounded(0.0)
        return _bounded(value, FLOAT.divide(1, 2 * FLOAT.sqrt(x.value - x.bound)), x)

    def arcsin(self, x: Bounded) -> Bounded:
        reach = abs(x.value) + x.bound
        slope = FLOAT.divide(1, FLOAT.sqrt(1 - reach * reach))  # reach**2 would raise
        return _bounded(FLOAT.arcsin(x.value), slope, x)

    def arctan(self, x: Bounded) -> Bounded:
        return _bounded(FLOAT.arctan(x.value), 1.0, x)

    def erf(self, x: Bounded) -> Bounded:
        return _bounded(FLOAT.erf(x.value), 1.2, x)

    def power(self, base: Bounded, exponent: Bounded | Fraction) -> Bounded:
        integer = integer_of(exponent)
        if integer is not None:
            power: Bounded = integer_power(self, base, integer)
            return power
        e = self.lift(exponent) if isinstance(exponent, Fraction) else exponent
        value = FLOAT.power(base.value, e.value)
        by_base = abs(value * e.value) * FLOAT.divide(base.bound, _room(base))
        by_exponent = abs(value * FLOAT.log(base.value)) * (e.bound + LIBRARY * abs(e.value))
        lost = LIBRARY * abs(value) + TINY if base.value else 0.0
        return Bounded(value, by_base + by_exponent + lost)

    def positive(self, x: Bounded) -> bool:
        # A zero without error is a tie by construction, as in a > a: that is decided.
        if not abs(x.value) > x.bound and not x.value == x.bound == 0:
            raise Uncertain("the argument of a branch is within rounding of its kink")
        return x.value > 0

    def magnitude(self, x: Bounded) -> float:
        return abs(x.value)

    def is_finite(self, x: Bounded) -> bool:
        return math.isfinite(x.value)

    def is_zero(self, x: Bounded) -> bool:
        return x.value == 0 and x.bound == 0

    def dot(self, a: Sequence[Bounded], b: Sequence[Bounded]) -> Bounded:
        """What the operators give one by one, without the numbers in between."""
        total = bound = 0.0
        for x, y in zip(a, b, strict=True):
            p, q, e, f = x.value, y.value, x.bound, y.bound
            value = p * q
            if p and q:
                bound += ROUNDOFF * abs(value) + TINY
            if e or f:
                bound += abs(p) * f + abs(q) * e + e * f
            whole = total + value
            part = whole - total
            bound += abs((total - (whole - part)) + (value - part))
            total = whole
        return Bounded(total, bound)

    def divide(self, a: Bounded, b: Bounded) -> Number:
        return a / b


def _room(x: Bounded) -> float:
    """How far from zero x is for certain; 0 if it may be zero."""
    return max(0.0, abs(x.value) - x.bound)


def _bounded(value: float, slope: float, x: Bounded) -> Bounded:
    """A function's value, its argument's error carried on by the slope."""
    return Bounded(value, abs(slope) * x.bound + LIBRARY * abs(value))


BOUNDED = BoundedArithmetic()
