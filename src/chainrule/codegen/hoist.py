"""What rests on fixed arguments alone: computed once, before the others are known.

With the data fixed, 2·X'(X·w - y) is t1·w - t2 with t1 = 2·X'X and t2 = 2·X'y computed once.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from typing import Any

from ..errors import ProblemError
from ..expr.node import Expr
from ..intern import postorder
from ..shapes import Dim
from .arrays import PLACED, Array, Step
from .writer import INLINE


class Fixed:
    """The arrays that rest on fixed arguments and their sizes alone."""

    def __init__(self, variables: Mapping[str, Expr], names: Collection[str]) -> None:
        """Raises ProblemError for a name that is not a variable's."""
        for name in names:
            if name not in variables:
                raise ProblemError("name", f"{name!r} is to be fixed, but is not in the expression")
        self.names = names
        self.sizes = {x for name in names for dim in variables[name].shape for x in dim.names}
        self.known: dict[Array, bool] = {}

    def __contains__(self, array: object) -> bool:
        assert isinstance(array, Array)
        waiting = [array]
        while waiting:
            node = waiting[-1]
            unknown = [arg for arg in node.args if arg not in self.known]
            waiting += unknown
            if not unknown:
                self.known[waiting.pop()] = self._is_fixed(node)
        return self.known[array]

    def _is_fixed(self, node: Array) -> bool:
        if node.step is Step.INPUT:
            return node.data[0] in self.names
        sizes = {name for dim in _dims((node.axes, node.data)) for name in dim.names}
        return sizes <= self.sizes and all(self.known[arg] for arg in node.args)


def sizes_in(variables: Mapping[str, Expr], values: Mapping[str, Any]) -> dict[str, int]:
    """The sizes that fixed arrays have."""
    pairs = [
        (dim, length)
        for name, value in values.items()
        if name in variables
        for dim, length in zip(variables[name].shape, getattr(value, "shape", ()), strict=False)
    ]
    return {dim.name: length for dim, length in pairs if dim.name}


def _dims(data: Any) -> Iterator[Dim]:
    if isinstance(data, Dim):
        yield data
    elif isinstance(data, tuple):
        for part in data:
            yield from _dims(part)


def hoisted(roots: Sequence[Array], fixed: Container[Array]) -> list[Array]:
    """The largest parts that are fixed; what costs nothing is left where it is."""
    found, seen = set(), set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        is_free = node.step in INLINE or node.step in PLACED or node.is_constant
        if node in fixed and not is_free:
            found.add(node)
        else:
            waiting += node.args
    return [node for node in postorder(roots) if node in found]
