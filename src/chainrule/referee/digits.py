"""Fifty digits and more, for what double precision cannot decide. Needs mpmath.

mpmath comes with `pip install chainrule[digits]`; without it `DIGITS` raises Missing.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

from .arithmetic import Arithmetic, Number, Uncertain, integer_of, integer_power

MARGIN = 10  # digits at the end that rounding may have spoilt
SHRINKS = 1e-12  # what is left of a rounding error with far more digits, at most
TINY = 1e-60


LARGEST_EXPONENT = 2**64  # mpmath multiplies an integer power out


class Missing(Exception):
    """mpmath is not installed."""


class DigitsArithmetic(Arithmetic):
    """mpmath's numbers of so many decimal digits. Outside a domain they raise Uncertain."""

    def __init__(self, context: Any, digits: int) -> None:
        self.context = context
        self.digits = digits
        self.margin = context.mpf(10) ** (MARGIN - digits)

    def lift(self, value: Fraction | int) -> Number:
        value = Fraction(value)
        return self.context.mpf(value.numerator) / value.denominator

    def pi(self) -> Number:
        return +self.context.pi

    def exp(self, x: Number) -> Number:
        return self._real(self.context.exp, x)

    def log(self, x: Number) -> Number:
        return self._real(self.context.log, x)

    def sin(self, x: Number) -> Number:
        return self._real(self.context.sin, x)

    def cos(self, x: Number) -> Number:
        return self._real(self.context.cos, x)

    def sqrt(self, x: Number) -> Number:
        return self._real(self.context.sqrt, x)

    def arcsin(self, x: Number) -> Number:
        return self._real(self.context.asin, x)

    def arctan(self, x: Number) -> Number:
        return self._real(self.context.atan, x)

    def erf(self, x: Number) -> Number:
        return self._real(self.context.erf, x)

    def power(self, base: Number, exponent: Number | Fraction) -> Number:
        integer = integer_of(exponent)
        if integer is not None:
            return integer_power(self, base, integer)
        e = self.lift(exponent) if isinstance(exponent, Fraction) else exponent
        if abs(e) > LARGEST_EXPONENT:
            raise Uncertain("a power beyond all digits")
        return self._real(self.context.power, base, e)

    def positive(self, x: Number) -> bool:
        if x and abs(x) < self.margin:
            raise Uncertain("the argument of a branch is within rounding of its kink")
        return bool(x > 0)

    def magnitude(self, x: Number) -> float:
        return float(abs(x))

    def divide(self, a: Number, b: Number) -> Number:
        if not b:
            raise ZeroDivisionError("division by zero")
        return a / b

    def _real(self, function: Callable[..., Number], *args: Number) -> Number:
        """The value where it is a finite real number."""
        value = function(*args)
        if not isinstance(value, self.context.mpf) or not self.context.isfinite(value):
            raise Uncertain("no real value here")
        return value


@cache
def DIGITS(digits: int) -> DigitsArithmetic:
    """Numbers of so many digits. Raises Missing where mpmath is not installed."""
    try:
        from mpmath import MPContext
    except ImportError:
        raise Missing("mpmath is not installed (chainrule[digits])") from None
    context = MPContext()
    context.dps = digits
    return DigitsArithmetic(context, digits)


def is_settled(coarse: list[Number], fine: list[Number]) -> bool | None:
    """Whether differences found with fewer and with more digits come from rounding.

    Rounding shrinks with the digits and a true difference stays. None where neither is clear.
    """
    settled = True
    for a, b in zip(coarse, fine, strict=True):
        before, after = abs(float(a)), abs(float(b))
        if after > max(SHRINKS * before, TINY):
            if after < before / 2:
                return None
            settled = False
    return settled
