"""Sums of products over labels, as numpy.einsum spells them, over any arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from itertools import product
from math import prod
from operator import getitem
from typing import Any

from .arithmetic import Arithmetic, Number
from .linear import add_up, shape_of


def einsum(n: Arithmetic, *args: Any, parameter: str) -> Any:
    """The sum of products that `parameter` spells as numpy.einsum does.

    A label is summed as soon as no factor left has it. Exact zeros, as the factors of
    reshaping hold, are left out.
    """
    inputs, out = parameter.split("->")
    sizes: dict[str, int] = {}
    for own, arg in zip(inputs.split(","), args, strict=True):
        sizes |= zip(own, shape_of(arg), strict=True)
    known = ""
    table: dict[tuple[int, ...], Number] = {(): n.lift(1)}
    for place, own, later in factor_order(parameter, sizes):
        known, table = _joined(n, known, table, own, args[place], later)
    zero = n.lift(0)

    def block(index: dict[str, int], left: str) -> Any:
        if not left:
            return table.get(tuple(index[x] for x in known), zero)
        return [block({**index, left[0]: k}, left[1:]) for k in range(sizes[left[0]])]

    return block({}, out)


def factor_order(parameter: str, sizes: Mapping[str, int]) -> Iterator[tuple[int, str, str]]:
    """The factors of an einsum, next always one that brings the fewest new entries.

    Each comes with its place, its labels, and the labels still needed after it.
    """
    inputs, out = parameter.split("->")
    waiting = list(enumerate(inputs.split(",")))
    known: set[str] = set()
    while waiting:
        spread = [prod(sizes[x] for x in set(own) - known) for _, own in waiting]
        place, own = waiting.pop(spread.index(min(spread)))
        later = out + "".join(labels for _, labels in waiting)
        yield place, own, later
        known = (known | set(own)) & set(later)


def _joined(
    n: Arithmetic, known: str, table: dict[tuple[int, ...], Number], own: str, arg: Any, later: str
) -> tuple[str, dict[tuple[int, ...], Number]]:
    """The table over the labels `known` times one factor, summed to the labels in `later`."""
    shared = "".join(x for x in dict.fromkeys(own) if x in known)
    fresh = "".join(x for x in dict.fromkeys(own) if x not in known)
    kept = [k for k, x in enumerate(known + fresh) if x in later]
    places = [known.index(x) for x in shared]
    entries_at: dict[tuple[int, ...], list[tuple[tuple[int, ...], Number]]] = {}
    for index, entry in _nonzero(n, arg, len(own)):
        at = dict(zip(own, index, strict=True))
        if all(at[x] == k for x, k in zip(own, index, strict=True)):
            here, more = (tuple(at[x] for x in labels) for labels in (shared, fresh))
            entries_at.setdefault(here, []).append((more, entry))
    found: dict[tuple[int, ...], list[Number]] = {}
    for index, value in table.items():
        for more, entry in entries_at.get(tuple(index[k] for k in places), ()):
            whole = index + more
            found.setdefault(tuple(whole[k] for k in kept), []).append(value * entry)
    labels = "".join((known + fresh)[k] for k in kept)
    return labels, {index: add_up(n, values) for index, values in found.items()}


def _nonzero(n: Arithmetic, x: Any, axes: int) -> Iterator[tuple[tuple[int, ...], Number]]:
    """The entries that are not exactly zero, and where they stand."""
    for index in product(*map(range, shape_of(x)[:axes])):
        entry = reduce(getitem, index, x)
        if not n.is_zero(entry):
            yield index, entry
