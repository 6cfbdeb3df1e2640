"""Interning: equal nodes are one object, so that `is` is equality and sharing is free.

Both languages of chainrule, matrix notation (expr/) and index form (tensor/), keep their
nodes in such a table. A node is kept only while someone uses it.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from .hashing import portable_hash
from .shapes import Dim
from .work import spend

Node = TypeVar("Node")
Result = TypeVar("Result")


class Table:
    """The nodes in use, by their content."""

    def __init__(self) -> None:
        self._nodes: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self._lock = threading.Lock()

    def find(self, content: Hashable, make: Callable[[], Any]) -> Any:
        """The node with this content, made now if there is none.

        The lock matters: two threads making the same variable would get twins, and a
        twin is a variable the derivative does not recognise.
        """
        node = self._nodes.get(content)
        if node is not None:
            return node
        with self._lock:
            node = self._nodes.get(content)
            if node is None:
                node = make()
                self._nodes[content] = node
            return node


def stable_key(*parts: Any) -> int:
    """A number that depends on the content alone: the same in every process.

    It orders nodes where an order is needed and no meaning suggests one. Strings go
    through a checksum because Python salts their hashes; tuples of integers it does not.
    """
    return portable_hash(tuple(_stable(part) for part in parts))


def _stable(part: Any) -> int:
    if isinstance(part, str):
        data = part.encode()
        return zlib.crc32(data) << 32 | zlib.adler32(data)
    if isinstance(part, tuple):
        return portable_hash(tuple(_stable(item) for item in part))
    if part is None:
        return 1_000_003
    if isinstance(part, frozenset):
        return portable_hash(tuple(sorted(_stable(item) for item in part)))
    if isinstance(part, Dim):
        return _stable(str(part))
    if part == -1:
        return 1_000_033  # Python gives -1 and -2 one hash
    return portable_hash(part)  # numbers: their hash is their value's, the same everywhere


def postorder(roots: Iterable[Any]) -> list[Any]:
    """All nodes below `roots`, children before parents, each once; no recursion."""
    done: set[Any] = set()
    order: list[Any] = []
    for root in roots:
        stack = [root]
        while stack:
            node = stack[-1]
            if node in done:
                stack.pop()
                continue
            waiting = [child for child in node.args if child not in done]
            if waiting:
                stack.extend(reversed(waiting))
            else:
                done.add(node)
                order.append(node)
                stack.pop()
    spend(len(order))
    return order


def fold(root: Any, rule: Callable[..., Result]) -> Result:
    """Give every node to `rule` with its children's results, children first, each once."""
    results: dict[Any, Result] = {}
    for node in postorder([root]):
        results[node] = rule(node, *(results[child] for child in node.args))
    return results[root]
