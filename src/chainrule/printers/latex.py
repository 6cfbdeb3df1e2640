"""Expressions in LaTeX, from a short fixed list of macros that KaTeX knows as well.

Names are never pasted in: letters become symbols, longer names go upright with _ escaped.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from ..expr.node import Expr, Kind
from ..parse.greek import GREEK, SPELLED
from ..shapes import Dim
from .base import Notation
from .precedence import Level, Printed
from .sharing import DEEP, LONG, share

LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", "ABEZHIKMNOPTXo", strict=True))  # Greek without a macro
ACCENTS = {"\u0301": r"\acute", "\u0308": r"\ddot"}
WORDS = ("\\mathrm", "\\operatorname", "\\text")


class Latex(Notation):
    name = "latex"
    times = " "
    dot_times = r" \odot "
    dot_over = r" \oslash "

    def variable(self, name: str) -> Printed:
        return Printed(symbol(name))

    def function(self, name: str) -> str:
        return rf"\operatorname{{{_upright(name)}}}"

    def fraction(self, above: str, below: str) -> Printed:
        return Printed(rf"\frac{{{above}}}{{{below}}}", Level.POWER, is_tall=True)

    def scientific(self, mantissa: str, exponent: int) -> Printed:
        power = f"10^{{{exponent}}}"
        if mantissa == "1":
            return Printed(power, Level.POWER)
        return Printed(rf"{mantissa} \cdot {power}", Level.PRODUCT, "scale")

    def brackets(self, part: Printed) -> str:
        return rf"\left({part.text}\right)" if part.is_tall else f"({part.text})"

    def product(self, node: Expr, factors: Sequence[str]) -> str:
        text = factors[0]
        for left, right in pairwise(factors):
            text += _space(left, right) + right
        return text

    def quotient(self, node: Expr, above: Printed, below: Printed) -> Printed:
        """A fraction bar, with a minus before it, or a ⊘ b."""
        if node.args[1].is_scalar and above.level == Level.NEGATIVE:
            bar = self.fraction(above.text[len(self.minus) :], below.text)
            return Printed(self.minus + bar.text, Level.NEGATIVE, is_tall=True)
        if node.args[1].is_scalar:
            return self.fraction(above.text, below.text)
        operation = "./"
        top = self.first(above, operation)
        bottom = self.at_least(below, Level.POWER)
        return Printed(top + self.dot_over + bottom, self.product_level(above), operation)

    def reciprocal(self, below: Printed) -> Printed:
        return self.fraction("1", below.text)

    def raised(self, base: str, exponent: Expr, printed: Printed, is_scalar: bool) -> Printed:
        dot = "" if is_scalar else r"\odot "
        return Printed(f"{base}^{{{dot}{printed.text}}}", Level.POWER)

    def superscript(self, exponent: int) -> str:
        return f"^{{{exponent}}}"

    def symbolic_superscript(self, exponent: Dim) -> str:
        return f"^{{{self.size(exponent).text}}}"

    def root(self, part: Printed) -> Printed:
        return Printed(rf"\sqrt{{{part.text}}}", Level.POWER)

    def transpose(self, base: str) -> str:
        return base + r"^{\top}"

    def index(self, base: Expr, part: Printed, places: str) -> Printed:
        """x_{1}; what has a subscript or is no plain letter goes into brackets."""
        if base.kind is Kind.VARIABLE and "_" not in part.text:
            return Printed(f"{part.text}_{{{places}}}")
        left, right = (r"\left[", r"\right]") if part.is_tall else ("[", "]")
        return Printed(f"{left}{part.text}{right}_{{{places}}}")

    def vector(self, entries: Sequence[Printed]) -> Printed:
        rows = r" \\ ".join(entry.text for entry in entries)
        return Printed(rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}", is_tall=True)

    def blocks(self, rows: Sequence[Sequence[Printed]]) -> Printed:
        lines = r" \\ ".join(" & ".join(block.text for block in row) for row in rows)
        return Printed(rf"\begin{{bmatrix}} {lines} \end{{bmatrix}}", is_tall=True)

    def derivative(self, of: str, wrt: str, is_total: bool, order: int) -> Printed:
        d = r"\mathrm{d}" if is_total else r"\partial"
        power = f"^{{{order}}}" if order > 1 else ""
        return self.fraction(f"{d}{power} {of}", f"{d} {wrt}{power}")


def symbol(name: str) -> str:
    """A name as a symbol: W1 is W_{1}, W_ih is W_{ih}, alpha is a Greek letter, dX is d X."""
    head, _, below = name.partition("_")
    digits = head[len(head.rstrip("0123456789")) :]
    letters = head[: len(head) - len(digits)]
    if not letters:
        return rf"\mathrm{{{_upright(name)}}}"
    if len(letters) == 2 and letters[0] == "d":
        front = rf"\mathrm{{d}} {_letter(letters[1])}"
    else:
        front = _letter(letters)
    parts = [digits] * bool(digits)
    if "_" in name:
        below = _upright(below)
        parts.append(below if below.isdigit() else rf"\mathrm{{{below}}}")
    return front + (f"_{{{','.join(parts)}}}" if parts else "")


def _letter(letters: str) -> str:
    if letters in SPELLED:
        return "\\" + letters
    if len(letters) == 1 and letters.isascii():
        return letters
    return "\\" + GREEK[letters] if letters in GREEK else rf"\mathrm{{{_upright(letters)}}}"


def _upright(name: str) -> str:
    """The characters of a longer name, Greek ones as macros."""
    return "".join(_character(c) for c in name)


def _character(c: str) -> str:
    if c == "_":
        return r"\_"
    parts = unicodedata.normalize("NFD", c)
    base, marks = parts[0], parts[1:]
    written = rf"\{GREEK[base]} " if base in GREEK else LATIN.get(base, base)
    for mark in marks:
        written = f"{ACCENTS[mark]}{{{written}}}"
    return written


def _space(left: str, right: str) -> str:
    """What separates two factors: a dot between numbers, a thin space next to words."""
    if right[0].isdigit() or (right.startswith(r"\frac") and left[-1].isdigit()):
        return r" \cdot "
    return r" \, " if left.startswith(WORDS) or right.startswith(WORDS) else " "


NOTATION = Latex()


def latex(expr: Expr) -> str:
    """`expr` in LaTeX; parts of a very large one follow after "where"."""
    main, where = share(expr, LONG, DEEP)
    parts = [f"{symbol(name)} = {NOTATION.write(part)}" for name, part in where]
    tail = r" \quad \text{where } " + r", \quad ".join(parts) if parts else ""
    return NOTATION.write(main) + tail
