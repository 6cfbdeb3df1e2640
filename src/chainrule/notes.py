"""What an answer rests on: kinks, domains and conventions of the functions in it."""

from __future__ import annotations

from .expr.node import Expr, Kind
from .intern import postorder
from .op import find
from .printers.unicode import unicode

SHORT = 24  # characters of an argument that a note repeats

Note = tuple[str, dict[str, str]]  # a key of words/ and its slots


def notes_of(expr: Expr, answer: Expr, wrt: str) -> list[Note]:
    """Notes on the functions through which the variable reaches the output, in order."""
    found: dict[tuple[str, str], Note] = {}
    for node in postorder([expr]):
        if node.kind is not Kind.APPLY or wrt not in node.variables:
            continue
        op = find(node.data[0])
        slots = {"function": op.name}
        if op.kink == "0":
            found[op.name, "kink"] = ("note-kink", slots)
        elif op.kink == "equal" and op.partials and op.name in ("max", "min"):
            between = all(arg.variables for arg in node.args)
            key = "note-tie" if between else "note-tie-number"
            found[op.name, key] = (key, slots)
        if op.note:
            argument = _name(node.args[0])
            slots = {"function": op.name, "note": op.note.format(argument)}
            found[op.name, argument] = ("note-domain", slots)
    return list(found.values())


def _name(expr: Expr) -> str:
    """The argument as it prints, when that is short."""
    while expr.kind in (Kind.TRANSPOSE, Kind.NEGATE):
        expr = expr.args[0]
    shown = unicode(expr)
    return shown if len(shown) <= SHORT else "…"
