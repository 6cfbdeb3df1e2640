"""How products and the alignment of axes are written: as matrix products wherever they are."""

from __future__ import annotations

from collections.abc import Sequence

from ..shapes import Dim
from ..tensor.node import Labels
from .arrays import Array, Step, is_mask, summed
from .code import (
    ATOM,
    POWER,
    SUM,
    Code,
    matrix_product,
    product,
    quotient,
)  # fmt: skip
from .names import Names

LETTERS = "ijklmnpqrstuvwxyzabcdefgh"


class Products:
    """The part of a dialect that writes pairs; the rest is in dialect.py."""

    module = "np"

    def as_numbers(self, code: Code, names: Names) -> Code:
        """True and false as 1 and 0."""
        return Code(f"{self.module}.asarray({code.text}, {self.typed(names)})")

    def typed(self, names: Names) -> str:
        """The arguments that give a new array the type of those that are there."""
        return f"dtype={names.like}.dtype" if names.like else "dtype=float"

    def shape(self, axes: Sequence[Dim], names: Names) -> str:
        return sizes(axes, names) if len(axes) == 1 else f"({sizes(axes, names)})"

    def pair(self, node: Array, args: Sequence[Code], names: Names) -> Code:
        a, b = node.args
        own, other, out = node.data
        if not summed(node):
            if is_mask(b) and (is_mask(a) or a.step in (Step.NUMBER, Step.SIZE)):
                args = [args[0], self.as_numbers(args[1], names)]
            return self.times(node, args)
        args = [
            self.as_numbers(code, names) if is_mask(arg) else code
            for arg, code in zip((a, b), args, strict=True)
        ]
        shared = [x for x in own if x in other and x in out]
        left = [x for x in own if x in out and x not in other]
        right = [x for x in other if x in out and x not in own]
        inner = [x for x in own if x not in out]
        if shared and not left and not right:
            return self.einsum(node, args)
        if not shared and not left and not right and len(inner) > 1:
            return self.inner(node, args)
        if not shared and max(len(own), len(other)) <= 2:
            return self.matrix_product(node.data, args)
        return self.grouped(node, args, (shared, left, right, inner), names)

    def inner(self, node: Array, args: Sequence[Code]) -> Code:
        """The sum of all products of entries."""
        own, other, _ = node.data
        turned = self.transposed(args[1], tuple(other.index(x) for x in own))
        return Code(f"{self.module}.vdot({args[0].text}, {turned.text})")

    def times(self, node: Array, args: Sequence[Code]) -> Code:
        """A product element by element; a factor to a negative power divides."""
        own, other, out = node.data
        a, b = (
            self.aligned(code, labels, out) for code, labels in zip(args, (own, other), strict=True)
        )
        if a.text in ("1", "-1"):
            return b if a.text == "1" else negated(b)
        if args[1].inverse:
            return quotient(a, self.aligned(args[1].inverse, other, out))
        if args[0].inverse:
            return quotient(b, self.aligned(args[0].inverse, own, out))
        return self.spread(node, a, b)

    def spread(self, node: Array, a: Code, b: Code) -> Code:
        """A product of which an axis may stand in one factor alone."""
        return product(a, b)

    def matrix_product(self, data: tuple[Labels, Labels, Labels], args: Sequence[Code]) -> Code:
        """Vectors and matrices with one label in common: a @ b, transposed as needed."""
        (own, other, out), (a, b) = data, args
        if out and len(out) == 2 and out[0] in other:
            own, other, a, b = other, own, b, a
        inner = next(x for x in own if x in other)
        if len(own) == 2 and len(other) == 1 and own[0] == inner:
            return matrix_product(b, a)  # no transpose: XLA would build it
        if len(own) == 1 and len(other) == 2 and other[1] == inner:
            return matrix_product(b, a)
        if len(own) == 2 and own[1] != inner:
            a = self.transposed(a, (1, 0))
        if len(other) == 2 and other[0] != inner:
            b = self.transposed(b, (1, 0))
        return matrix_product(a, b)

    def grouped(
        self,
        node: Array,
        args: Sequence[Code],
        groups: tuple[list[int], list[int], list[int], list[int]],
        names: Names,
    ) -> Code:
        """A product as one of matrices, or a stack of them, axes merged as needed."""
        own, other, out = node.data
        shared, left, right, inner = groups
        if out and not shared and list(out) == right + left:
            left, right = right, left
            own, other, args = other, own, args[::-1]
        dims = dict(zip(out, node.axes, strict=True))
        for arg, labels in zip(node.args, (node.data[0], node.data[1]), strict=True):
            dims |= dict(zip(labels, arg.axes, strict=True))
        a = self._merged(args[0], own, [shared, left, inner], dims, names)
        b = self._merged(args[1], other, [shared, inner, right], dims, names)
        made = [*shared, *left, *right]
        if shared and not left:
            a = Code(f"{a.at_least(ATOM)}[..., None, :]")
        if shared and not right:
            b = Code(f"{b.at_least(ATOM)}[..., None]")
        result = matrix_product(a, b)
        if shared and not right:
            result = Code(f"{result.at_least(ATOM)}[..., 0]")
        if shared and not left:
            result = Code(f"{result.at_least(ATOM)}[..., 0{'' if not right else ', :'}]")
        if len(shared) > 1 or len(left) > 1 or len(right) > 1:
            axes = sizes([dims[x] for x in made], names)
            result = self.reshaped(result, axes)
        return self.transposed(result, tuple(made.index(x) for x in out))

    def _merged(
        self, code: Code, own: Labels, groups: list[list[int]], dims: dict[int, Dim], names: Names
    ) -> Code:
        """The axes in groups, each group one axis."""
        order = [x for group in groups for x in group]
        code = self.transposed(code, tuple(own.index(x) for x in order))
        groups = [group for group in groups if group]
        if all(len(group) == 1 for group in groups):
            return code
        merged = []
        for group in groups:
            size = Dim.of(1)
            for x in group:
                size = size * dims[x]
            merged.append(size)
        return self.reshaped(code, sizes(merged, names))

    def reshaped(self, code: Code, axes: str) -> Code:
        return Code(f"{code.at_least(ATOM)}.reshape({axes})")

    def einsum(self, node: Array, args: Sequence[Code]) -> Code:
        own, other, out = ("".join(LETTERS[x] for x in labels) for labels in node.data)
        return Code(f'{self.module}.einsum("{own},{other}->{out}", {args[0].text}, {args[1].text})')

    def transposed(self, code: Code, order: tuple[int, ...]) -> Code:
        if order == tuple(range(len(order))):
            return code
        if order == (1, 0) and code.binds == ATOM and code.text.endswith(".T"):
            return Code(code.text.removesuffix(".T"))
        if order == (1, 0):
            return Code(f"{code.at_least(ATOM)}.T")
        return Code(f"{code.at_least(ATOM)}.transpose({', '.join(map(str, order))})")

    def aligned(self, code: Code, own: Labels, out: Labels) -> Code:
        """An array such that its axes meet those of `out` when they are multiplied."""
        if not own:
            return code
        kept = [x for x in out if x in own]
        code = self.transposed(code, tuple(own.index(x) for x in kept))
        first = out.index(kept[0])
        if len(kept) == len(out) - first:
            return code
        marks = [":" if x in own else "None" for x in out[first:]]
        return Code(f"{code.at_least(ATOM)}[{', '.join(marks)}]")


def negated(code: Code) -> Code:
    """-x; without parentheses -A @ x would turn the sign of all of A, and -(a > b) * c fails."""
    return Code("-" + code.at_least(POWER), SUM)


def sizes(axes: Sequence[Dim], names: Names) -> str:
    return ", ".join(names.size(dim).text for dim in axes)


def tuple_of(axes: Sequence[Dim], names: Names) -> str:
    """A shape that is a tuple with one axis, too."""
    return f"({sizes(axes, names)}{',' if len(axes) == 1 else ''})"


def places(parts: Sequence[object], names: Names) -> str:
    """Subscripts counted from 0."""
    found = []
    for part in parts:
        if part is None:
            found.append(":")
        elif isinstance(part, tuple):
            found.append(":".join(names.size(end).text for end in part))
        elif isinstance(part, Dim):
            found.append(names.size(part - Dim.of(1)).text)
    return ", ".join(found)
