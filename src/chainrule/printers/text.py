"""Expressions in the text syntax: what this prints, the parser reads back to the same value."""

from __future__ import annotations

from ..expr.node import Expr
from .base import Notation
from .sharing import DEEP, LONG, share

NOTATION = Notation()


def text(expr: Expr) -> str:
    """`expr` in the text syntax; parts of a very large one become definitions: t1 = ...; ..."""
    main, where = share(expr, LONG, DEEP)
    statements = [f"{name} = {NOTATION.write(part)}" for name, part in where]
    return "; ".join([*statements, NOTATION.write(main)])
