"""Residues where every irrational function is an unknown one with the same derivative.

exp(u) is some residue that u decides, log, sin, ... alike. What holds for such functions holds
for the real ones: an identity that only uses how they are differentiated, that sin² + cos² = 1,
that exp(-u) = 1/exp(u), and the like. What uses more (exp(a)·exp(b) = exp(a+b)) fails here, so
a failure proves nothing. Roots are those of the field, where every second residue has one.
"""

from __future__ import annotations

from fractions import Fraction
from hashlib import blake2b

from .arithmetic import NotRational, Uncertain, integer_of
from .field import PRIME, FieldArithmetic, Residue

HALF = PRIME // 2


class AbstractArithmetic(FieldArithmetic):
    """The field with unknown functions. Branches are refused: residues have no order.

    `has_roots` tells whether a square root has been taken since it was made.
    """

    has_roots = False

    def pi(self) -> Residue:
        return _drawn("pi", 0) ** 2  # erf needs its root

    def exp(self, x: Residue) -> Residue:
        """exp(0) = 1 and exp(-x) = 1/exp(x)"""
        if x.residue > HALF:
            return 1 / self.exp(-x)
        return _drawn("exp", x.residue) if x.residue else Residue(1)

    def log(self, x: Residue) -> Residue:
        """log(1) = 0 and log(1/x) = -log(x)"""
        inverse = 1 / x
        if x.residue == inverse.residue:
            return Residue(0)
        if x.residue > inverse.residue:
            return -_drawn("log", inverse.residue)
        return _drawn("log", x.residue)

    def sin(self, x: Residue) -> Residue:
        """2t/(1 + t²), t some odd function, as with t = tan(x/2)."""
        t = _odd("tan", x)
        return 2 * t / (1 + t * t)

    def cos(self, x: Residue) -> Residue:
        t = _odd("tan", x)
        return (1 - t * t) / (1 + t * t)

    def arcsin(self, x: Residue) -> Residue:
        return _odd("arcsin", x)

    def arctan(self, x: Residue) -> Residue:
        return _odd("arctan", x)

    def erf(self, x: Residue) -> Residue:
        return _odd("erf", x)

    def sqrt(self, x: Residue) -> Residue:
        """The root that has a root itself. Raises Uncertain where there is none."""
        self.has_roots = True
        root = x ** ((PRIME + 1) // 4)
        if (root * root).residue != x.residue:
            raise Uncertain("no square root in the field")
        return root

    def power(self, base: Residue, exponent: Residue | Fraction) -> Residue:
        """Integer powers, and those of roots of roots."""
        integer = integer_of(exponent)
        if integer is not None:
            return base**integer
        if not isinstance(exponent, Fraction):
            raise NotRational("an exponent that is not a number")
        while exponent.denominator % 2 == 0:
            base, exponent = self.sqrt(base), exponent * 2
        if exponent.denominator > 1:
            raise NotRational("a root that is not made of square roots")
        return base ** int(exponent)


def _drawn(name: str, x: int) -> Residue:
    """A residue that looks drawn at random, and is decided by x."""
    digest = blake2b(f"{name} {x}".encode(), digest_size=16).digest()
    return Residue(int.from_bytes(digest, "big") % PRIME)


def _odd(name: str, x: Residue) -> Residue:
    if x.residue > HALF:
        return -_odd(name, -x)
    return _drawn(name, x.residue) if x.residue else Residue(0)
