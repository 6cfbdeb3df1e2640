"""How tightly printed operations bind, and when one inside another needs parentheses.

One table for every notation; the parser's grammar follows the same order. A fraction bar
or an argument in brackets needs none, so printers say what level they produced.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """From loose to tight. NEGATIVE is text that starts with a minus: -a*b."""

    COMPARE = 1
    SUM = 2
    NEGATIVE = 3
    PRODUCT = 4
    POWER = 5
    ATOM = 6


LEVELS = {"compare": Level.COMPARE, "product": Level.PRODUCT, "power": Level.POWER}


@dataclass(frozen=True)
class Printed:
    """Text, how tightly it binds, and the operation on top of it.

    `sign` names that operation where products have to tell their parts apart: "*" matrix
    products, "scale" scalars times one thing, ".*" and "./" element by element, "/" a
    quotient, "1/" and "1./" reciprocals. `is_tall` is for notations whose brackets grow.
    `transposed` is the transpose, where a notation has a form of its own for it.
    """

    text: str
    level: Level = Level.ATOM
    sign: str = ""
    is_tall: bool = False
    transposed: str = ""


# What may open a chain of each operation without parentheses. Chains are read from the
# left, so more would be legal; this is what is still easy to read.
FIRST = {
    "*": ("", "*", "scale", "/", "1/"),
    ".*": ("", ".*", "scale"),
    "/": ("", "*", "scale", ".*"),
    "./": ("", ".*", "scale"),
}
# What may follow scalars without parentheses: 2*x.*y is (2*x).*y, the same value.
AFTER_SCALARS = ("*", "scale", ".*", "./", "/")


def fits_first(part: Printed, operation: str) -> bool:
    """Whether `part` can open a chain of `operation` as it is."""
    if part.level >= Level.POWER:
        return True
    return part.level >= Level.NEGATIVE and part.sign in FIRST[operation]


def fits_after_scalars(part: Printed) -> bool:
    """Whether `part` can follow scalar factors as it is; a number would look lost there."""
    is_plain = part.level == Level.PRODUCT and part.sign in AFTER_SCALARS
    return is_plain and not part.text[0].isdigit()
