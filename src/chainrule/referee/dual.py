"""Dual numbers value + tangent·ε with ε² = 0 over any arithmetic: exact derivatives.

f(x + v·ε) = f(x) + (f'(x)·v)·ε. Dual numbers of dual numbers give second derivatives.
The derivatives of the primitives below are written down independently of the rules of
the table: this is the oracle that those rules are checked against.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .arithmetic import Arithmetic, Number, integer_of, integer_power


class Dual:
    """value + tangent·ε. `level` tells nested ε apart: the ε of a lower level is constant.

    A number that is no Dual, or one of a lower level, has tangent zero.
    """

    __slots__ = ("level", "tangent", "value")

    def __init__(self, level: int, value: Number, tangent: Number) -> None:
        self.level = level
        self.value = value
        self.tangent = tangent

    def __repr__(self) -> str:
        return f"Dual({self.level}, {self.value}, {self.tangent})"

    def __add__(self, other: Number) -> Dual:
        if type(other) is Dual:
            if other.level == self.level:
                return Dual(self.level, self.value + other.value, self.tangent + other.tangent)
            if other.level > self.level:
                return Dual(other.level, self + other.value, other.tangent)
        return Dual(self.level, self.value + other, self.tangent)

    __radd__ = __add__

    def __neg__(self) -> Dual:
        return Dual(self.level, -self.value, -self.tangent)

    def __sub__(self, other: Number) -> Number:
        return self + -other

    def __rsub__(self, other: Number) -> Number:
        return -self + other

    def __mul__(self, other: Number) -> Dual:
        if type(other) is Dual:
            if other.level == self.level:
                tangent = self.tangent * other.value + self.value * other.tangent
                return Dual(self.level, self.value * other.value, tangent)
            if other.level > self.level:
                return Dual(other.level, self * other.value, self * other.tangent)
        return Dual(self.level, self.value * other, self.tangent * other)

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Dual:
        if type(other) is Dual and other.level >= self.level:
            if other.level > self.level:
                return other._divide_constant(self)
            value = self.value / other.value
            tangent = (self.tangent - value * other.tangent) / other.value
            return Dual(self.level, value, tangent)
        return Dual(self.level, self.value / other, self.tangent / other)

    def __rtruediv__(self, other: Number) -> Dual:
        return self._divide_constant(other)

    def _divide_constant(self, constant: Number) -> Dual:
        """constant / self"""
        value = constant / self.value
        return Dual(self.level, value, -(value * self.tangent) / self.value)

    def __pow__(self, exponent: int) -> Number:
        if exponent < 0:
            return 1 / self**-exponent
        if exponent == 0:
            return self.value**0
        result = self
        for bit in bin(exponent)[3:]:
            result = result * result
            if bit == "1":
                result = result * self
        return result


class DualArithmetic(Arithmetic):
    """Dual numbers over `base`. Rational constants stay numbers of the base."""

    def __init__(self, base: Arithmetic) -> None:
        self.base = base
        self.level = base.level + 1
        self.is_exact = base.is_exact
        self.digits = base.digits

    def make(self, value: Number, tangent: Number) -> Dual:
        """value + tangent·ε at this level."""
        return Dual(self.level, value, tangent)

    def shifted(self, value: Number, tangent: Number) -> Number:
        """value + tangent·ε; the value alone, which is cheaper, where the tangent is exactly 0."""
        return value if self.base.is_zero(tangent) else self.make(value, tangent)

    def moves(self, x: Number) -> bool:
        """Whether x has a tangent at this level."""
        return type(x) is Dual and x.level == self.level

    def value(self, x: Number) -> Number:
        return x.value if self.moves(x) else x

    def tangent(self, x: Number) -> Number:
        return x.tangent if self.moves(x) else self.base.lift(0)

    def lift(self, value: Fraction | int) -> Number:
        return self.base.lift(value)

    def pi(self) -> Number:
        return self.base.pi()

    def exp(self, x: Number) -> Number:
        if not self.moves(x):
            return self.base.exp(x)
        value = self.base.exp(x.value)
        return self.make(value, value * x.tangent)

    def log(self, x: Number) -> Number:
        if not self.moves(x):
            return self.base.log(x)
        return self.make(self.base.log(x.value), self.base.divide(x.tangent, x.value))

    def sin(self, x: Number) -> Number:
        if not self.moves(x):
            return self.base.sin(x)
        return self.make(self.base.sin(x.value), self.base.cos(x.value) * x.tangent)

    def cos(self, x: Number) -> Number:
        if not self.moves(x):
            return self.base.cos(x)
        return self.make(self.base.cos(x.value), -(self.base.sin(x.value) * x.tangent))

    def sqrt(self, x: Number) -> Number:
        if not self.moves(x):
            return self.base.sqrt(x)
        root = self.base.sqrt(x.value)
        return self.make(root, self.base.divide(x.tangent, 2 * root))

    def arcsin(self, x: Number) -> Number:
        if not self.moves(x):
            return self.base.arcsin(x)
        cosine = self.base.sqrt(1 - x.value * x.value)
        return self.make(self.base.arcsin(x.value), self.base.divide(x.tangent, cosine))

    def arctan(self, x: Number) -> Number:
        if not self.moves(x):
            return self.base.arctan(x)
        return self.make(self.base.arctan(x.value), x.tangent / (1 + x.value * x.value))

    def erf(self, x: Number) -> Number:
        if not self.moves(x):
            return self.base.erf(x)
        bell = 2 * self.base.exp(-(x.value * x.value)) / self.base.sqrt(self.base.pi())
        return self.make(self.base.erf(x.value), bell * x.tangent)

    def power(self, base: Number, exponent: Number | Fraction) -> Number:
        integer = integer_of(exponent)
        if integer is not None:
            return integer_power(self, base, integer)
        if isinstance(exponent, Fraction):
            return self._rational_power(base, exponent)
        if not self.moves(base) and not self.moves(exponent):
            return self.base.power(base, exponent)
        x, y = self.value(base), self.value(exponent)
        value = self.base.power(x, y)
        tangent = self.base.lift(0)
        if self.moves(base):
            tangent = y * self.base.power(x, y - 1) * base.tangent
        if self.moves(exponent):
            tangent = tangent + value * self.base.log(x) * exponent.tangent
        return self.make(value, tangent)

    def _rational_power(self, base: Number, exponent: Fraction) -> Number:
        if not self.moves(base):
            return self.base.power(base, exponent)
        slope = self.base.lift(exponent) * self.base.power(base.value, exponent - 1)
        return self.make(self.base.power(base.value, exponent), slope * base.tangent)

    def positive(self, x: Number) -> bool:
        return self.base.positive(self.value(x))

    def magnitude(self, x: Number) -> float:
        return self.base.magnitude(self.value(x))

    def is_zero(self, x: Number) -> bool:
        return self.base.is_zero(self.value(x)) and self.base.is_zero(self.tangent(x))

    def dot(self, a: Sequence[Number], b: Sequence[Number]) -> Number:
        """By two products over the base, what has no tangent left out."""
        level, values, others = self.level, [], []
        tangents, factors = [], []
        for x, y in zip(a, b, strict=True):
            x_moves = type(x) is Dual and x.level == level
            y_moves = type(y) is Dual and y.level == level
            p, q = x.value if x_moves else x, y.value if y_moves else y
            values.append(p)
            others.append(q)
            if x_moves:
                tangents.append(x.tangent)
                factors.append(q)
            if y_moves:
                tangents.append(y.tangent)
                factors.append(p)
        value = self.base.dot(values, others)
        return Dual(level, value, self.base.dot(tangents, factors)) if tangents else value

    def divide(self, a: Number, b: Number) -> Number:
        if not self.moves(a) and not self.moves(b):
            return self.base.divide(a, b)
        value = self.base.divide(self.value(a), self.value(b))
        change = self.tangent(a) - value * self.tangent(b)
        return self.make(value, self.base.divide(change, self.value(b)))


def DUAL(base: Arithmetic) -> DualArithmetic:
    """Dual numbers over `base`."""
    return DualArithmetic(base)
