"""Expressions for terminals and Markdown: Aᵀ, X⁻¹, x², ⊙, √x. For reading only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..expr.node import Expr
from .base import Notation, value_of
from .precedence import Level, Printed
from .sharing import DEEP, LONG, share

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"


class Unicode(Notation):
    name = "unicode"
    minus = "−"
    times = "·"
    dot_times = " ⊙ "
    dot_over = " ⊘ "

    def variable(self, name: str) -> Printed:
        """u1 is u₁; x_1 keeps its underscore, so that the two stay apart."""
        head = name.rstrip("0123456789")
        if not head or head.endswith("_"):
            return Printed(name)
        return Printed(head + name[len(head) :].translate(SUBSCRIPTS))

    def scientific(self, mantissa: str, exponent: int) -> Printed:
        power = "10" + self.superscript(exponent)
        if mantissa == "1":
            return Printed(power, Level.POWER)
        return Printed(f"{mantissa}·{power}", Level.PRODUCT, "scale")

    def product(self, node: Expr, factors: Sequence[str]) -> str:
        text = factors[0]
        for place, (left, right) in enumerate(pairwise(factors)):
            are_scalars = node.args[place].is_scalar and node.args[place + 1].is_scalar
            is_close = are_scalars and _reads_apart(left, right)
            text += right if is_close else self.times + right
        return text

    def raised(self, base: str, exponent: Expr, printed: Printed, is_scalar: bool) -> Printed:
        value = value_of(exponent)
        dot = "" if is_scalar else "⊙"
        if value is not None and value.denominator == 1:
            return Printed(base + dot + self.superscript(int(value)), Level.POWER)
        return Printed(f"{base}{dot}^{self.at_least(printed, Level.ATOM)}", Level.POWER)

    def superscript(self, exponent: int) -> str:
        return str(exponent).translate(SUPERSCRIPTS)

    def root(self, part: Printed) -> Printed:
        return Printed("√" + self.at_least(part, Level.ATOM), Level.POWER)

    def transpose(self, base: str) -> str:
        return base + "ᵀ"

    def derivative(self, of: str, wrt: str, is_total: bool, order: int) -> Printed:
        d = "d" if is_total else "∂"
        power = self.superscript(order) if order > 1 else ""
        return Printed(f"{d}{power}{of}/{d}{wrt}{power}", Level.POWER, "/")


def _reads_apart(left: str, right: str) -> bool:
    """Whether two scalar factors can stand side by side: 6x²cos(x), but not x·y or 1/2·x."""
    if not (right[0].isalpha() or right[0] == "√") or "/" in left:
        return False
    return left[-1] in RAISED or (left.isascii() and left.isdigit())


NOTATION = Unicode()


def unicode(expr: Expr) -> str:
    """`expr` in Unicode; parts of a very large one follow as “where t₁ = ...”."""
    main, where = share(expr, LONG, DEEP)
    parts = [f"{NOTATION.variable(name).text} = {NOTATION.write(part)}" for name, part in where]
    return NOTATION.write(main) + (" where " + ", ".join(parts) if parts else "")
