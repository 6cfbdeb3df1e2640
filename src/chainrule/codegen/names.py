"""Identifiers for variables and sizes in generated source.

A name stays as it is where it is harmless; any other gets an identifier of ours. Arguments
keep their own names, since they come in a dictionary.
"""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Mapping

from ..expr.node import Expr
from ..shapes import Dim
from .code import ATOM, PRODUCT, SUM, Code
from .price import Sizes

RESERVED = frozenset(keyword.kwlist) | frozenset(keyword.softkwlist)
RESERVED |= {"np", "math", "variables", "derivative", "at", "float"}


class Names:
    """The identifiers of one function, and the sizes it has to read."""

    def __init__(self, variables: Mapping[str, Expr], usual: Sizes) -> None:
        self.variables = variables
        self.usual = usual
        self.locals = {
            name: name if _is_harmless(name) else f"v{place}"
            for place, name in enumerate(variables, 1)
        }
        self.like = ""  # an argument whose type new arrays take
        self.sizes: dict[str, str] = {}  # identifiers of the sizes used, in order

    def size(self, dim: Dim) -> Code:
        """A size as arithmetic on sizes of the arguments."""
        text = ""
        for monomial, coefficient in dim.terms:
            factors = [self._size(name) for name in monomial]
            if abs(coefficient) != 1 or not factors:
                factors.insert(0, str(abs(coefficient)))
            sign = "-" if coefficient < 0 else "+"
            text += f" {sign} " if text else sign.strip("+")
            text += " * ".join(factors)
        binds = SUM if len(dim.terms) > 1 else PRODUCT if " " in text or "-" in text else ATOM
        return Code(text or "0", binds)

    def _size(self, name: str) -> str:
        if name not in self.sizes:
            free = _is_harmless(name) and name not in self.variables
            self.sizes[name] = name if free else f"d{len(self.sizes) + 1}"
        return self.sizes[name]

    def place(self, size: str) -> tuple[str, int] | None:
        """The variable and the axis that have this size, if an argument does."""
        for name, variable in self.variables.items():
            for axis, dim in enumerate(variable.shape):
                if dim.name == size:
                    return name, axis
        return None


def _is_harmless(name: str) -> bool:
    """An identifier that Python reads as it stands, and none that we use ourselves."""
    if not name.isidentifier() or unicodedata.normalize("NFKC", name) != name:
        return False
    is_ours = name[0] == "_" or (name[0] in "tvd" and name[1:].isdigit())
    return name not in RESERVED and not is_ours
