"""Pieces of source with how tightly they bind, so that parentheses stand where needed only.

Numbers are written here, by type: nothing of a user's text is ever copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

# Python reads `*` and `@` alike, from the left; people do not, so the two never mix bare.
SUM, PRODUCT, MATRIX_PRODUCT, POWER, ATOM = range(1, 6)
EXACT = 2**53  # integers up to here are floats; NumPy takes larger ones for objects


@dataclass(frozen=True)
class Code:
    """A piece of source and how tightly it binds."""

    text: str
    binds: int = ATOM
    inverse: Code | None = None  # of 1 / x, the x: multiplying by it divides
    factors: str = ""  # of a large product, the two that are multiplied
    operands: str = ""  # of a matrix product, these two
    narrow: Code | None = None  # of an array made larger, what broadcasting makes it of

    def at_least(self, level: int) -> str:
        """The text, in parentheses if it binds less tightly."""
        return self.text if self.binds >= level else f"({self.text})"

    def left_of(self, level: int) -> str:
        """The text as the left operand of `*` or `@`: a * b * c needs no parentheses."""
        return self.text if self.binds == level else self.at_least(POWER)


def product(left: Code, right: Code) -> Code:
    return Code(f"{left.left_of(PRODUCT)} * {right.at_least(POWER)}", PRODUCT)


def quotient(left: Code, right: Code) -> Code:
    return Code(f"{left.left_of(PRODUCT)} / {right.at_least(POWER)}", PRODUCT)


def matrix_product(left: Code, right: Code) -> Code:
    text = f"{left.left_of(MATRIX_PRODUCT)} @ {right.at_least(POWER)}"
    return Code(text, MATRIX_PRODUCT, operands=f"{left.text}, {right.text}")


def number(value: Fraction) -> Code:
    """A number >= 0: an integer, a float where it is exact as written, else a quotient."""
    if value.denominator == 1 and value < EXACT:
        return Code(str(value.numerator))
    try:
        nearest = float(value)
    except OverflowError:
        return Code("np.inf")
    if max(value.numerator, value.denominator) >= EXACT or Fraction(repr(nearest)) == value:
        return Code(repr(nearest))
    return Code(f"{value.numerator} / {value.denominator}", PRODUCT)


def as_float(code: Code) -> Code:
    """An integer literal as a float: NumPy raises no integer to a negative power."""
    is_integer = code.text.removeprefix("-").isdigit()
    return Code(code.text + ".0", code.binds) if is_integer else code
