"""Products in the making, and how their structure tensors are used up.

δ, all-ones vectors, unit vectors, slices and fusions have entries 0 and 1: a sum over one of
their labels renames a label, counts, or selects. Each rule's docstring is its equation.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import count

from ..shapes import Dim
from .node import Kind, Labels, Operand, Tensor, make


class Product:
    """coefficient · Σ ∏ operands over labels not in `out`, on its way to normal form."""

    def __init__(self, coefficient: Fraction, operands: list[Operand], out: Labels) -> None:
        self.coefficient = coefficient
        self.operands = operands
        self.out = out
        self.fresh: Iterator[int] = count(
            1 + max((label for _, labels in operands for label in labels), default=0)
        )
        self.size: dict[int, Dim] = {}

    def measure(self) -> None:
        for tensor, labels in self.operands:
            for dim, label in zip(tensor.axes, labels, strict=True):
                if self.size.setdefault(label, dim) != dim:
                    raise AssertionError(f"label {label} runs over {self.size[label]} and {dim}")

    def uses(self, label: int) -> int:
        return sum(labels.count(label) for _, labels in self.operands)

    def rename(self, old: int, new: int) -> None:
        self.operands = [
            (tensor, tuple(new if label == old else label for label in labels))
            if old in labels
            else (tensor, labels)
            for tensor, labels in self.operands
        ]

    def eliminate(self) -> bool:
        """Use up one δ, unit vector, all-ones vector or fusion; False when none can go."""
        for place, (tensor, labels) in enumerate(self.operands):
            rule = _ELIMINATE.get(tensor.kind)
            if rule is not None and rule(self, place, tensor, labels):
                return True
        return False

    def drop(self, place: int) -> None:
        del self.operands[place]

    def replace(self, place: int, *operands: Operand) -> None:
        self.operands[place : place + 1] = operands

    def eliminate_delta(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """δ_ij T_j = T_i; δ_ii = 1; between two free labels δ stays, the rest moves to one."""
        i, j = labels
        ones = make(Kind.ONES, axes=tensor.axes[:1])
        if i == j:
            self.replace(place, (ones, (i,)))
            return True
        if i in self.out and j in self.out:
            keep, other = sorted(labels, key=self.out.index)
            if self.uses(other) == 1:
                return False
            self.drop(place)
            self.rename(other, keep)
            self.operands.append((tensor, (keep, other)))
            return True
        old, new = (j, i) if j not in self.out else (i, j)
        self.drop(place)
        self.rename(old, new)
        if not self.uses(new):
            self.operands.append((ones, (new,)))
        return True

    def eliminate_lower(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """T_ii = 1 and T_ij T_ij = T_ij for T_ij = [i >= j]."""
        if self.operands.count((tensor, labels)) > 1:
            self.drop(place)
            return True
        if labels[0] != labels[1]:
            return False
        self.replace(place, _ones(tensor.axes[0], labels[0]))
        return True

    def eliminate_ones(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """1_i T_i.. = T_i..; Σ_i 1_i = n."""
        (label,) = labels
        if self.uses(label) > 1:
            self.drop(place)
            return True
        if label in self.out:
            return False
        dim = tensor.axes[0]
        self.drop(place)
        if dim.integer is not None:
            self.coefficient *= dim.integer
        else:
            self.operands.append((self.size_of(dim), ()))
        return True

    def size_of(self, dim: Dim) -> Tensor:
        """A dimension as a number; the class below knows sums and products of them."""
        return make(Kind.SIZE, data=(dim,))

    def eliminate_basis(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """e_k·e_l = δ_kl; Σ_i (e_k)_i = 1."""
        (label,) = labels
        for other, (twin, places) in enumerate(self.operands):
            if other != place and twin.kind is Kind.BASIS and places == labels:
                if twin is tensor:
                    self.drop(place)
                    return True
                if (twin.data[0] - tensor.data[0]).integer is not None:
                    self.coefficient = Fraction(0)
                    return True
        if label not in self.out and self.uses(label) == 1:
            self.drop(place)
            return True
        return False

    def split_units(self) -> bool:
        """u_i A_ij (e_k)_i = u_k A_kj (e_k)_i: a unit vector on a shared index picks from each."""
        units = [k for k, (tensor, _) in enumerate(self.operands) if tensor.kind is Kind.BASIS]
        for place in sorted(units, key=lambda k: self.operands[k][0].key):
            tensor, (label,) = self.operands[place]
            touching = [
                k
                for k, (_, own) in enumerate(self.operands)
                for other in own
                if k != place and other == label
            ]
            if len(touching) <= (label not in self.out):
                continue
            for k in touching:
                arg, own = self.operands[k]
                spot, fresh = own.index(label), next(self.fresh)
                self.operands[k] = (arg, (*own[:spot], fresh, *own[spot + 1 :]))
                self.operands.append((tensor, (fresh,)))
            return True
        return False

    def eliminate_slice(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """S_ij e_k = e_k e_(k-o); of two slices on i one is in the other, or nothing is left."""
        whole, part = labels
        (offset,), length = tensor.data, tensor.axes[1]
        for other, (twin, places) in enumerate(self.operands):
            if other == place or places[:1] != (whole,):
                continue
            if twin.kind is Kind.BASIS:
                inside = twin.data[0] - offset
                if _at_least(inside, 1) and _at_least(length - inside, 0):
                    unit = make(Kind.BASIS, data=(inside,), axes=(length,))
                    self.replace(place, (unit, (part,)))
                    return True
                beyond = _at_least(inside - length, 1) or _at_least(Dim.of(0) - inside, 0)
            elif twin.kind is Kind.SLICE:
                shift = twin.data[0] - offset
                end = length - shift - twin.axes[1]
                if _at_least(shift, 0) and _at_least(end, 0):
                    if places == labels and not shift.terms:
                        self.drop(place)
                    else:
                        self.replace(place, self.nested(twin, places[1], tensor, part))
                    return True
                beyond = _at_least(shift - length, 0) or _at_least(end - length, 0)
            else:
                continue
            if beyond:
                self.coefficient = Fraction(0)
                return True
        if whole not in self.out and self.uses(whole) == 1:
            self.replace(place, _ones(length, part))
            return True
        return False

    @staticmethod
    def nested(inner: Tensor, label: int, outer: Tensor, whole: int) -> Operand:
        """The inner range as a range of the outer one: δ where they are the same."""
        offset = inner.data[0] - outer.data[0]
        axes = (outer.axes[1], inner.axes[1])
        if not offset.terms and axes[0] == axes[1]:
            return make(Kind.DELTA, axes=axes), (whole, label)
        return make(Kind.SLICE, data=(offset,), axes=axes), (whole, label)

    def eliminate_fuse(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """F_Iab F_Icd = F_Iab δ_ac δ_bd; F_Iab F_Jab = F_Iab δ_IJ; sums over it are ones."""
        fused, major, minor = labels
        _, major_dim, minor_dim = tensor.axes
        for other, (twin, places) in enumerate(self.operands):
            if other == place or twin is not tensor:
                continue
            if places[0] == fused and places[1:] != labels[1:]:
                delta = [(major_dim, major, places[1]), (minor_dim, minor, places[2])]
            elif places[1:] == labels[1:] and places[0] != fused:
                delta = [(tensor.axes[0], fused, places[0])]
            elif places == labels:
                delta = []
            else:
                continue
            self.replace(
                other,
                *((make(Kind.DELTA, axes=(dim, dim)), (a, b)) for dim, a, b in delta if a != b),
            )
            return True
        if fused not in self.out and self.uses(fused) == 1:
            self.replace(place, *(_ones(major_dim, major), _ones(minor_dim, minor)))
            return True
        if all(x not in self.out and self.uses(x) == 1 for x in (major, minor)) and major != minor:
            self.replace(place, _ones(tensor.axes[0], fused))
            return True
        return False


_ELIMINATE = {
    Kind.DELTA: Product.eliminate_delta,
    Kind.ONES: Product.eliminate_ones,
    Kind.LOWER: Product.eliminate_lower,
    Kind.BASIS: Product.eliminate_basis,
    Kind.SLICE: Product.eliminate_slice,
    Kind.FUSE: Product.eliminate_fuse,
}


def _at_least(dim: Dim, bound: int) -> bool:
    """Whether dim >= bound is certain, every named size being at least 1."""
    return dim.least is not None and dim.least >= bound


def _ones(dim: Dim, label: int) -> Operand:
    return make(Kind.ONES, axes=(dim,)), (label,)
