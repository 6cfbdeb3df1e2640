"""What a number system offers to the functions of the table, and the two usual ones.

An arithmetic `n` gives n.exp(x), n.power(x, y), ...; its numbers themselves know + - * /
and ** with each other and with integers. FLOAT never raises: outside a domain it gives
nan, beyond range inf. Exact numbers are in field.py, derivatives in dual.py, error bounds
in bounded.py.
"""

from __future__ import annotations

import cmath
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from operator import add, mul
from typing import Any

# The elements of an arithmetic: floats, residues, dual numbers, ... Python has no type for
# "anything with + - * /", so it is Any.
Number = Any


class NotRational(Exception):
    """A value that exact arithmetic cannot hold, as exp(1) or the sign of a residue."""


class Uncertain(Exception):
    """A branch that rounding may have chosen: the argument is too close to the kink."""


class Arithmetic(ABC):
    """Numbers with the functions that the kernels of the table are made of."""

    is_exact: bool = False
    level: int = 0  # how many times dual numbers have been nested
    digits: int = 16  # decimal digits that approximations must reach

    @abstractmethod
    def lift(self, value: Fraction | int) -> Number:
        """The number equal (or closest) to a rational."""

    @abstractmethod
    def pi(self) -> Number: ...

    @abstractmethod
    def exp(self, x: Number) -> Number: ...

    @abstractmethod
    def log(self, x: Number) -> Number: ...

    @abstractmethod
    def sin(self, x: Number) -> Number: ...

    @abstractmethod
    def cos(self, x: Number) -> Number: ...

    @abstractmethod
    def sqrt(self, x: Number) -> Number: ...

    @abstractmethod
    def arcsin(self, x: Number) -> Number: ...

    @abstractmethod
    def arctan(self, x: Number) -> Number: ...

    @abstractmethod
    def erf(self, x: Number) -> Number: ...

    @abstractmethod
    def power(self, base: Number, exponent: Number | Fraction) -> Number:
        """base^exponent; exact repeated multiplication for an integer given as Fraction."""

    @abstractmethod
    def positive(self, x: Number) -> bool:
        """Whether x > 0; of a complex number the real part, of a dual number its value."""

    @abstractmethod
    def magnitude(self, x: Number) -> float:
        """How far from zero: it chooses pivots. Zero only for zero."""

    def is_finite(self, x: Number) -> bool:
        """Whether x is a value, and neither nan nor infinite."""
        return True

    def is_zero(self, x: Number) -> bool:
        """Whether x is 0 without any error, so that products with it may be left out."""
        return bool(x == 0)

    def divide(self, a: Number, b: Number) -> Number:
        """a/b; exact arithmetics raise ZeroDivisionError, the others give nan for b = 0."""
        return a / b

    def dot(self, a: Sequence[Number], b: Sequence[Number]) -> Number:
        """Σ aᵢbᵢ; of nothing, zero. Most of the time goes into it, so some have a faster way."""
        return reduce(add, map(mul, a, b)) if a else self.lift(0)

    def where(self, condition: bool, a: Number, b: Number) -> Number:
        return a if condition else b


def integer_power(n: Arithmetic, base: Number, exponent: int) -> Number:
    """base^exponent by repeated squaring; the reciprocal for a negative exponent."""
    if exponent < 0:
        return n.divide(n.lift(1), integer_power(n, base, -exponent))
    result = None
    while exponent:
        if exponent & 1:
            result = base if result is None else result * base
        exponent >>= 1
        if exponent:
            base = base * base
    return n.lift(1) if result is None else result


def integer_of(exponent: Number | Fraction) -> int | None:
    """The exponent as an integer, when it is one that was given exactly."""
    if isinstance(exponent, (int, Fraction)) and exponent.denominator == 1:
        return int(exponent)
    return None


class FloatArithmetic(Arithmetic):
    """IEEE double precision."""

    def lift(self, value: Fraction | int) -> float:
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf

    def pi(self) -> float:
        return math.pi

    def exp(self, x: float) -> Number:
        return _quietly(math.exp, x)

    def log(self, x: float) -> Number:
        return _quietly(math.log, x)

    def sin(self, x: float) -> Number:
        return _quietly(math.sin, x)

    def cos(self, x: float) -> Number:
        return _quietly(math.cos, x)

    def sqrt(self, x: float) -> Number:
        return _quietly(math.sqrt, x)

    def arcsin(self, x: float) -> Number:
        return _quietly(math.asin, x)

    def arctan(self, x: float) -> float:
        return math.atan(x)

    def erf(self, x: float) -> float:
        return math.erf(x)

    def power(self, base: float, exponent: float | Fraction) -> Number:
        integer = integer_of(exponent)
        if integer is not None:
            return float(integer_power(self, base, integer))
        return _quietly(math.pow, base, float(exponent))

    def positive(self, x: float) -> bool:
        return x > 0

    def magnitude(self, x: float) -> float:
        return abs(x)

    def divide(self, a: float, b: float) -> float:
        return a / b if b else math.nan


class ComplexArithmetic(Arithmetic):
    """Double precision with an imaginary part, for complex steps: f(x + ih) = f + ih f'.

    Every function is holomorphic; branches look at the real part.
    """

    def lift(self, value: Fraction | int) -> complex:
        return complex(FLOAT.lift(value))

    def pi(self) -> complex:
        return complex(math.pi)

    def exp(self, x: complex) -> Number:
        return _quietly(cmath.exp, x)

    def log(self, x: complex) -> Number:
        return _quietly(cmath.log, x)

    def sin(self, x: complex) -> Number:
        return _quietly(cmath.sin, x)

    def cos(self, x: complex) -> Number:
        return _quietly(cmath.cos, x)

    def sqrt(self, x: complex) -> Number:
        return _quietly(cmath.sqrt, x)

    def arcsin(self, x: complex) -> Number:
        return _quietly(cmath.asin, x)

    def arctan(self, x: complex) -> Number:
        return _quietly(cmath.atan, x)

    def erf(self, x: complex) -> complex:
        if abs(x) > 6:  # within rounding of its limit, and the series would be long
            return complex(math.erf(x.real), 0)
        term = total = x * 2 * self.exp(-x * x) / math.sqrt(math.pi)
        odd = 1
        while abs(term) > 1e-17 * abs(total):
            odd += 2
            term = term * (2 * x * x) / odd
            total += term
        return complex(math.erf(x.real), total.imag) if abs(x.imag) < 1e-9 else total

    def power(self, base: complex, exponent: complex | Fraction) -> Number:
        integer = integer_of(exponent)
        if integer is not None:
            return complex(integer_power(self, base, integer))
        return self.exp(complex(exponent) * self.log(base))

    def positive(self, x: complex) -> bool:
        return x.real > 0

    def magnitude(self, x: complex) -> float:
        return abs(x)

    def divide(self, a: complex, b: complex) -> complex:
        return a / b if b else complex(math.nan)


def _quietly(function: Callable[..., Number], *args: Number) -> Number:
    """The value, nan outside the domain, inf beyond the range."""
    try:
        return function(*args)
    except (ValueError, ZeroDivisionError):
        return math.nan
    except OverflowError:
        return math.inf


FLOAT = FloatArithmetic()
COMPLEX = ComplexArithmetic()
