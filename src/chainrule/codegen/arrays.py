"""Array programs: what generated code computes, before any language is chosen.

An Array is a node with axes, made of operations that every array library has. Equal nodes are
one object, so that what occurs twice is computed once. Labels name axes as einsum does: a pair
(a, (0, 1), b, (1, 2), (0, 2)) is a matrix product.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from ..intern import Table
from ..shapes import Dim, Shape
from ..tensor.node import Labels


class Step(Enum):
    """data is given in brackets."""

    INPUT = "input"  # [name]
    NUMBER = "number"  # [Fraction]
    SIZE = "size"  # [Dim]
    EYE = "eye"  # [offset]: 1 where row = column + offset
    TRI = "tri"  # 1 where row >= column
    PAIR = "pair"  # [labels, labels, labels of the result]: multiplied, other labels summed
    VIEW = "view"  # [labels, labels of the result]: axes in another order, diagonals taken
    REDUCE = "reduce"  # [axes that are summed]
    EXPAND = "expand"  # [labels, labels of the result]: constant along new axes
    SUM = "sum"  # [signs]: args have the axes of the result or none
    POWER = "power"  # args (base, exponent), element by element
    FUNCTION = "function"  # [name, parameter] element by element
    CALL = "call"  # [name, parameter] of whole matrices
    DIAGONAL = "diagonal"  # [labels of the result], some twice: zero off the diagonals
    RESHAPE = "reshape"  # axes split or merged, the last one fastest
    TAKE = "take"  # [places], of each axis None, a Dim from 1, or (start, stop) from 0
    PUT = "put"  # [places]: zero elsewhere


PLACED = frozenset({Step.DIAGONAL, Step.PUT})  # written into an array of zeros or a sum


class Array:
    """A node of an array program."""

    __slots__ = ("__weakref__", "args", "axes", "data", "is_constant", "step")

    step: Step
    args: tuple[Array, ...]
    data: tuple[Any, ...]
    axes: Shape
    is_constant: bool  # a number of the language, whatever the arguments are

    def __repr__(self) -> str:
        return f"<Array {self.step.value} {self.data} of {len(self.args)}>"


_table = Table()


def make(
    step: Step, args: tuple[Array, ...] = (), data: tuple[Any, ...] = (), axes: Shape = ()
) -> Array:
    """The one node with this content."""

    def new() -> Array:
        node = Array()
        node.step, node.args, node.data, node.axes = step, args, data, axes
        is_combined = step in (Step.PAIR, Step.SUM, Step.POWER) and not axes
        node.is_constant = (is_combined and all(arg.is_constant for arg in args)) or (
            step in (Step.NUMBER, Step.SIZE) or data == ("pi", None)
        )
        return node

    node: Array = _table.find((step, args, data, axes), new)
    return node


def pair(a: Array, own: Labels, b: Array, other: Labels, out: Labels) -> Array:
    """Σ a·b over the labels that are not in `out`; labels are renumbered, so that equals meet.

    Equal products meet in other ways too: axes are not put in another order first, and the
    factor with the first axis of a sum, or with more axes, is the first factor.
    """
    a, own = _unturned(a, own)
    b, other = _unturned(b, other)
    if {*own, *other} <= set(out):
        is_turned = 0 < len(own) < len(other)
    else:
        is_turned = next((x for x in out if (x in own) != (x in other)), None) in other
    if is_turned:
        a, own, b, other = b, other, a, own
    names: dict[int, int] = {}
    for label in (*own, *other):
        names.setdefault(label, len(names))
    dims = {names[x]: dim for x, dim in zip((*own, *other), (*a.axes, *b.axes), strict=True)}
    own, other, out = (tuple(names[x] for x in labels) for labels in (own, other, out))
    return make(Step.PAIR, (a, b), (own, other, out), tuple(dims[x] for x in out))


def _unturned(a: Array, own: Labels) -> tuple[Array, Labels]:
    if a.step is not Step.VIEW or len(set(a.data[0])) < len(a.data[0]):
        return a, own
    (inner,), (below, above) = a.args, a.data
    names = dict(zip(above, own, strict=True))
    return inner, tuple(names[x] for x in below)


def view(a: Array, own: Labels, out: Labels) -> Array:
    """Axes in another order; a label that stands twice takes the diagonal."""
    names: dict[int, int] = {}
    for label in own:
        names.setdefault(label, len(names))
    own, out = tuple(names[x] for x in own), tuple(names[x] for x in out)
    if own == out:
        return a
    if a.step is Step.VIEW and len(set(own)) == len(own):
        (inner,), (below, above) = a.args, a.data
        place = dict(zip(own, above, strict=True))
        return view(inner, below, tuple(place[x] for x in out))
    dims = dict(zip(own, a.axes, strict=True))
    return make(Step.VIEW, (a,), (own, out), tuple(dims[x] for x in out))


def expand(a: Array, own: Labels, out: Labels, dims: dict[int, Dim]) -> Array:
    """`a` with axes in which it is constant."""
    kept = tuple(x for x in out if x in own)
    a = view(a, own, kept)
    if kept == out:
        return a
    names = {x: place for place, x in enumerate(out)}
    data = tuple(names[x] for x in kept), tuple(range(len(out)))
    return make(Step.EXPAND, (a,), data, tuple(dims[x] for x in out))


def reduce_to(a: Array, own: Labels, out: Labels) -> Array:
    """The sum over all labels that are not in `out`, which is in the order of `own`."""
    axes = tuple(place for place, label in enumerate(own) if label not in out)
    if not axes:
        return view(a, own, out)
    kept = tuple(label for label in own if label in out)
    dims = tuple(dim for dim, label in zip(a.axes, own, strict=True) if label in out)
    return view(make(Step.REDUCE, (a,), (axes,), dims), kept, out)


def is_elementwise(node: Array) -> bool:
    """Whether entries of the value rest on entries at the same places alone."""
    if node.step is Step.PAIR:
        return not summed(node)
    return node.step in (Step.SUM, Step.POWER, Step.FUNCTION)


def summed(node: Array) -> frozenset[int]:
    """The labels of a pair that are summed."""
    own, other, out = node.data
    return frozenset({*own, *other} - set(out))


COMPARISONS = frozenset({"gt", "ge", "eq"})


def is_mask(node: Array) -> bool:
    """Whether its entries are true and false."""
    if node.step in (Step.VIEW, Step.EXPAND, Step.TAKE, Step.RESHAPE):
        return is_mask(node.args[0])
    return node.step is Step.FUNCTION and node.data[0] in COMPARISONS
