"""Exact arithmetics: residues modulo the prime 2^61 - 1, and rational numbers.

Two different rational functions agree at a random point of the field with probability
below degree/2^61 (Schwartz and Zippel), so one comparison there is as good as a proof.
What is irrational raises NotRational.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .arithmetic import Arithmetic, NotRational, Number, integer_of, integer_power

PRIME = 2**61 - 1
LONGEST_POWER = 100_000  # bits of a rational power; the digits alone would be a burden


class Residue:
    """An integer modulo PRIME."""

    __slots__ = ("residue",)

    def __init__(self, residue: int) -> None:
        self.residue = residue

    def __repr__(self) -> str:
        return f"Residue({self.residue})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int):
            return self.residue == other % PRIME
        return isinstance(other, Residue) and self.residue == other.residue

    def __hash__(self) -> int:
        return hash(self.residue)

    def __add__(self, other: Residue | int) -> Residue:
        if type(other) is Residue:
            return Residue((self.residue + other.residue) % PRIME)
        if isinstance(other, int):
            return Residue((self.residue + other) % PRIME)
        return NotImplemented

    __radd__ = __add__

    def __mul__(self, other: Residue | int) -> Residue:
        if type(other) is Residue:
            return Residue(self.residue * other.residue % PRIME)
        if isinstance(other, int):
            return Residue(self.residue * other % PRIME)
        return NotImplemented

    __rmul__ = __mul__

    def __neg__(self) -> Residue:
        return Residue(-self.residue % PRIME)

    def __sub__(self, other: Residue | int) -> Residue:
        if type(other) is Residue:
            return Residue((self.residue - other.residue) % PRIME)
        if isinstance(other, int):
            return Residue((self.residue - other) % PRIME)
        return NotImplemented

    def __rsub__(self, other: int) -> Residue:
        return -self + other

    def __truediv__(self, other: Residue | int) -> Residue:
        if isinstance(other, int):
            other = Residue(other % PRIME)
        if type(other) is not Residue:
            return NotImplemented
        if not other.residue:
            raise ZeroDivisionError("division by zero in the field")
        return Residue(self.residue * pow(other.residue, -1, PRIME) % PRIME)

    def __rtruediv__(self, other: int) -> Residue:
        return Residue(other % PRIME) / self

    def __pow__(self, exponent: int) -> Residue:
        if exponent < 0:
            return 1 / self**-exponent
        return Residue(pow(self.residue, exponent, PRIME))


class _Exact(Arithmetic):
    """What every exact arithmetic refuses."""

    is_exact = True

    def pi(self) -> Number:
        raise NotRational("pi is irrational")

    def _refuse(self, x: Number) -> Number:
        raise NotRational("an irrational function in exact arithmetic")

    exp = log = sin = cos = sqrt = arcsin = arctan = erf = _refuse


class FieldArithmetic(_Exact):
    """Residues modulo PRIME. They have no order, so branches are refused too."""

    def lift(self, value: Fraction | int) -> Residue:
        number = Residue(value.numerator % PRIME)
        return number if value.denominator == 1 else number / value.denominator

    def power(self, base: Residue, exponent: Residue | Fraction) -> Residue:
        integer = integer_of(exponent)
        if integer is None:
            raise NotRational("an exponent that is not an integer")
        return base**integer

    def positive(self, x: Residue) -> bool:
        raise NotRational("a residue has no sign")

    def dot(self, a: Sequence[Residue], b: Sequence[Residue]) -> Residue:
        return Residue(sum(x.residue * y.residue for x, y in zip(a, b, strict=True)) % PRIME)

    def magnitude(self, x: Residue) -> float:
        return 1.0 if x.residue else 0.0


class RationalArithmetic(_Exact):
    """Python's fractions."""

    def lift(self, value: Fraction | int) -> Fraction:
        return Fraction(value)

    def power(self, base: Fraction, exponent: Fraction) -> Fraction:
        length = max(base.numerator.bit_length(), base.denominator.bit_length())
        if exponent.denominator != 1 or abs(exponent) * length > LONGEST_POWER:
            raise NotRational("an exponent that is not a small integer")
        return Fraction(integer_power(self, base, int(exponent)))

    def positive(self, x: Fraction) -> bool:
        return x > 0

    def magnitude(self, x: Fraction) -> float:
        return 1.0 if x else 0.0


FIELD = FieldArithmetic()
RATIONAL = RationalArithmetic()
