"""Arithmetics the reference evaluator runs over: floats, a prime field, dual numbers.

An arithmetic `n` gives numbers their functions: n.exp(x), n.where(c, a, b), n.lift(1). The
numbers themselves have + - * / and integer powers. Nothing here knows the rules of
differentiation that the tables of ops/ declare: a dual number differentiates the few
primitives below by itself, which makes it an independent referee.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Protocol

Number = Any  # float, Field, Dual: whatever the arithmetic at hand computes with


class NotRational(Exception):
    """A function without a value in the prime field."""


class Arithmetic(Protocol):
    """What kernels may ask of an arithmetic."""

    def lift(self, value: Fraction | int) -> Number: ...
    def pi(self) -> Number: ...
    def exp(self, x: Number) -> Number: ...
    def log(self, x: Number) -> Number: ...
    def sin(self, x: Number) -> Number: ...
    def cos(self, x: Number) -> Number: ...
    def sqrt(self, x: Number) -> Number: ...
    def arcsin(self, x: Number) -> Number: ...
    def arctan(self, x: Number) -> Number: ...
    def erf(self, x: Number) -> Number: ...
    def power(self, base: Number, exponent: Number) -> Number: ...
    def positive(self, x: Number) -> bool: ...
    def where(self, condition: bool, a: Number, b: Number) -> Number: ...
    def magnitude(self, x: Number) -> float: ...


class FloatArithmetic:
    """IEEE doubles. What has no value is nan or inf; nothing raises."""

    def lift(self, value: Fraction | int) -> float:
        return float(value)

    def pi(self) -> float:
        return math.pi

    def exp(self, x: float) -> float:
        return _quiet(math.exp, x)

    def log(self, x: float) -> float:
        return _quiet(math.log, x)

    def sin(self, x: float) -> float:
        return _quiet(math.sin, x)

    def cos(self, x: float) -> float:
        return _quiet(math.cos, x)

    def sqrt(self, x: float) -> float:
        return _quiet(math.sqrt, x)

    def arcsin(self, x: float) -> float:
        return _quiet(math.asin, x)

    def arctan(self, x: float) -> float:
        return _quiet(math.atan, x)

    def erf(self, x: float) -> float:
        return _quiet(math.erf, x)

    def power(self, base: float, exponent: float) -> float:
        try:
            return math.pow(base, exponent)
        except ZeroDivisionError:
            return math.inf
        except (ValueError, OverflowError):
            return math.nan

    def positive(self, x: float) -> bool:
        return x > 0

    def where(self, condition: bool, a: float, b: float) -> float:
        return a if condition else b

    def magnitude(self, x: float) -> float:
        return abs(x)


def _quiet(function: Any, x: float) -> float:
    try:
        return float(function(x))
    except (ValueError, OverflowError):
        return math.inf if function is math.exp else math.nan


class Field:
    """An integer modulo the Mersenne prime 2^61 - 1."""

    __slots__ = ("value",)
    PRIME = 2**61 - 1

    def __init__(self, value: int) -> None:
        self.value = value % Field.PRIME

    @staticmethod
    def of(value: Field | Fraction | int) -> Field:
        if isinstance(value, Field):
            return value
        exact = Fraction(value)
        if exact.denominator == 1:
            return Field(exact.numerator)
        return Field(exact.numerator * pow(exact.denominator, -1, Field.PRIME))

    def __add__(self, other: Field | int) -> Field:
        return Field(self.value + Field.of(other).value)

    __radd__ = __add__

    def __sub__(self, other: Field | int) -> Field:
        return Field(self.value - Field.of(other).value)

    def __rsub__(self, other: Field | int) -> Field:
        return Field(Field.of(other).value - self.value)

    def __mul__(self, other: Field | int) -> Field:
        return Field(self.value * Field.of(other).value)

    __rmul__ = __mul__

    def __truediv__(self, other: Field | int) -> Field:
        divisor = Field.of(other).value
        if not divisor:
            raise ZeroDivisionError
        return Field(self.value * pow(divisor, -1, Field.PRIME))

    def __rtruediv__(self, other: Field | int) -> Field:
        return Field.of(other) / self

    def __pow__(self, exponent: int) -> Field:
        if exponent < 0 and not self.value:
            raise ZeroDivisionError
        return Field(pow(self.value, exponent, Field.PRIME))

    def __neg__(self) -> Field:
        return Field(-self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Field | int) and Field.of(other).value == self.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return f"Field({self.value})"


class FieldArithmetic:
    """Exact arithmetic modulo a prime: equal rational functions agree, others hardly ever do
    (with probability at most degree/2^61 at a random point; Schwartz and Zippel)."""

    def lift(self, value: Fraction | int) -> Field:
        return Field.of(value)

    def power(self, base: Field, exponent: Field) -> Field:
        raise NotRational("a power with a computed exponent")

    def magnitude(self, x: Field) -> float:
        return 0.0 if x.value == 0 else 1.0

    def where(self, condition: bool, a: Field, b: Field) -> Field:
        return a if condition else b

    def __getattr__(self, name: str) -> Any:
        def refuse(*args: Any) -> Any:
            raise NotRational(name)

        return refuse


class Dual:
    """a + b·ε with ε² = 0: computing with it differentiates."""

    __slots__ = ("tangent", "value")

    def __init__(self, value: Number, tangent: Number) -> None:
        self.value = value
        self.tangent = tangent

    def __add__(self, other: Number) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.value + other.value, self.tangent + other.tangent)
        return Dual(self.value + other, self.tangent)

    __radd__ = __add__

    def __sub__(self, other: Number) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.value - other.value, self.tangent - other.tangent)
        return Dual(self.value - other, self.tangent)

    def __rsub__(self, other: Number) -> Dual:
        return Dual(other - self.value, -self.tangent)

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.tangent)

    def __mul__(self, other: Number) -> Dual:
        if isinstance(other, Dual):
            return Dual(
                self.value * other.value,
                self.tangent * other.value + self.value * other.tangent,
            )
        return Dual(self.value * other, self.tangent * other)

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Dual:
        if isinstance(other, Dual):
            quotient = self.value / other.value
            return Dual(quotient, (self.tangent - quotient * other.tangent) / other.value)
        return Dual(self.value / other, self.tangent / other)

    def __rtruediv__(self, other: Number) -> Dual:
        quotient = other / self.value
        return Dual(quotient, -(quotient * self.tangent) / self.value)

    def __pow__(self, exponent: int) -> Dual:
        if exponent == 0:
            return Dual(self.value**0, self.tangent * 0)
        return Dual(self.value**exponent, exponent * self.value ** (exponent - 1) * self.tangent)


class DualArithmetic:
    """Dual numbers over another arithmetic; nested, they give higher derivatives."""

    def __init__(self, base: Arithmetic) -> None:
        self.base = base

    def lift(self, value: Fraction | int) -> Dual:
        return Dual(self.base.lift(value), self.base.lift(0))

    def pi(self) -> Dual:
        return Dual(self.base.pi(), self.base.lift(0))

    def exp(self, x: Dual) -> Dual:
        value = self.base.exp(x.value)
        return Dual(value, value * x.tangent)

    def log(self, x: Dual) -> Dual:
        return Dual(self.base.log(x.value), x.tangent / x.value)

    def sin(self, x: Dual) -> Dual:
        return Dual(self.base.sin(x.value), self.base.cos(x.value) * x.tangent)

    def cos(self, x: Dual) -> Dual:
        return Dual(self.base.cos(x.value), -(self.base.sin(x.value) * x.tangent))

    def sqrt(self, x: Dual) -> Dual:
        value = self.base.sqrt(x.value)
        return Dual(value, x.tangent / (2 * value))

    def arcsin(self, x: Dual) -> Dual:
        return Dual(
            self.base.arcsin(x.value), x.tangent / self.base.sqrt(1 - x.value * x.value)
        )

    def arctan(self, x: Dual) -> Dual:
        return Dual(self.base.arctan(x.value), x.tangent / (1 + x.value * x.value))

    def erf(self, x: Dual) -> Dual:
        bell = self.base.exp(-(x.value * x.value)) * 2 / self.base.sqrt(self.base.pi())
        return Dual(self.base.erf(x.value), bell * x.tangent)

    def power(self, base: Dual, exponent: Dual) -> Dual:
        n = self.base
        value = n.power(base.value, exponent.value)
        slope = exponent.value * n.power(base.value, exponent.value - 1)
        tangent = slope * base.tangent
        if n.magnitude(exponent.tangent):
            tangent = tangent + value * n.log(base.value) * exponent.tangent
        return Dual(value, tangent)

    def positive(self, x: Dual) -> bool:
        return self.base.positive(x.value)

    def where(self, condition: bool, a: Dual, b: Dual) -> Dual:
        return a if condition else b

    def magnitude(self, x: Dual) -> float:
        return max(self.base.magnitude(x.value), self.base.magnitude(x.tangent))


FLOAT = FloatArithmetic()
FIELD = FieldArithmetic()


def primal(x: Number) -> Number:
    """The number without its tangents."""
    while isinstance(x, Dual):
        x = x.value
    return x
