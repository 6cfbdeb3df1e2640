"""What kind of slip an answer shows, as data: `words` turns it into a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..expr.node import Expr
from ..printers.text import text
from ..words import say

LONGEST = 60  # a longer formula is cut in a sentence


@dataclass(frozen=True)
class Slip:
    """`kind` is stable and for programs; `key` names the sentence, `slots` fill it.

    `others` are the parts of the expression where the same was done.
    """

    kind: str
    slots: tuple[tuple[str, str], ...] = ()
    key: str = ""
    others: tuple[str, ...] = ()

    def sentence(self, language: str = "en") -> str:
        said = say(language, f"slip-{self.key or self.kind}", **dict(self.slots))
        if not self.others:
            return said
        return say(language, "slip-likewise", said=said, parts=", ".join(self.others))


def slip(kind: str, key: str = "", /, **slots: Expr | str) -> Slip:
    """A slip; formulas in the slots are written in the text syntax."""
    shown = tuple(
        (name, shortened(text(value)) if isinstance(value, Expr) else value)
        for name, value in slots.items()
    )
    return Slip(kind, shown, key)


def likewise(found: Slip, parts: Iterable[Expr]) -> Slip:
    """The same slip at other parts too."""
    others = tuple(shortened(text(part)) for part in parts)
    return Slip(found.kind, found.slots, found.key, others)


def shortened(formula: str) -> str:
    return formula if len(formula) <= LONGEST else formula[: LONGEST - 1] + "…"
