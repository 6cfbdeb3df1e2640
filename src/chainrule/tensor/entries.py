"""Single entries in a product: A[k,l] is one factor, so that equal entries meet and cancel."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..op import find
from .node import STRUCTURE, Kind, Labels, Operand, Parameter, Scalar, Tensor
from .structure import Product

UNMERGED = frozenset({*STRUCTURE, Kind.ONES, Kind.LOWER})


class Entries(Product, ABC):
    """A product that knows entries; how other nodes are made is given by the class below it."""

    @abstractmethod
    def function(self, name: str, *args: Tensor, parameter: Parameter = None) -> Tensor: ...

    @abstractmethod
    def raised(self, base: Tensor, exponent: Tensor | Scalar) -> Tensor: ...

    @abstractmethod
    def sum_of(self, *terms: Tensor | int) -> Tensor: ...

    @abstractmethod
    def single(self, operands: list[Operand]) -> Tensor:
        """The scalar that the factors give, summed over all labels."""

    @abstractmethod
    def knows_symmetric(self, matrix: Tensor) -> bool: ...

    @abstractmethod
    def inverse(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """An identity of inv(A), where there is one."""

    # -- how factors meet

    def meets(self, label: int) -> bool:
        """Whether a summed label joins exactly two factors."""
        return label not in self.out and self.uses(label) == 2

    def others(self, place: int) -> list[tuple[int, Tensor, Labels]]:
        return [(k, t, own) for k, (t, own) in enumerate(self.operands) if k != place]

    def without(self, *places: int) -> list[Operand]:
        return [pair for k, pair in enumerate(self.operands) if k not in places]

    def same_places(self) -> bool:
        """e_k'e_l is 1 where k = l and else 0: beside it A[l] is A[k], and the first is kept."""
        units: dict[int, list[Tensor]] = {}
        for tensor, labels in self.operands:
            if tensor.kind is Kind.BASIS:
                units.setdefault(labels[0], []).append(tensor)
        for label, pair in units.items():
            if len(pair) == 2 and self.meets(label):
                kept, other = sorted(pair, key=lambda unit: unit.key)
                changed = [
                    (tensor if label in own else self._with_unit(tensor, other, kept), own)
                    for tensor, own in self.operands
                ]
                if changed != self.operands:
                    self.operands = changed
                    return True
        return False

    def _with_unit(self, tensor: Tensor, old: Tensor, new: Tensor) -> Tensor:
        """The tensor with another unit vector, in itself or in the entry it is."""
        if tensor is old:
            return new
        if tensor.kind is Kind.POWER:
            base = self._with_unit(tensor.args[0], old, new)
            return tensor if base is tensor.args[0] else self.raised(base, tensor.args[1])
        if not is_entry(tensor) or old not in tensor.args:
            return tensor
        args = (new if arg is old else arg for arg in tensor.args)
        return self.single(list(zip(args, tensor.data[1], strict=True)))

    def name_entries(self) -> bool:
        """A_ij (e_k)_i (e_l)_j = A[k,l] as a factor of its own, so that equal entries meet."""
        units = {
            labels[0]: place
            for place, (tensor, labels) in enumerate(self.operands)
            if tensor.kind is Kind.BASIS
        }
        for place, (tensor, labels) in enumerate(self.operands):
            used = {place, *(units.get(label, place) for label in labels)}
            if tensor.kind in UNMERGED or len(used) != 1 + len(labels) or not labels:
                continue
            is_whole = len(used) == len(self.operands) and self.coefficient == 1
            is_split = tensor.kind is Kind.POWER or _is_function_of_numbers(tensor)
            if (is_whole and not is_split) or not all(self.meets(label) for label in labels):
                continue
            if tensor.kind is Kind.POWER or _is_function_of_numbers(tensor):
                entry = self._of_entries(tensor, labels, units)
            else:
                entry = self.single([self.operands[k] for k in sorted(used)])
            rest = [pair for k, pair in enumerate(self.operands) if k not in used]
            self.operands = [*rest, (entry, ())]
            return True
        return False

    def _of_entries(self, tensor: Tensor, labels: Labels, units: dict[int, int]) -> Tensor:
        """f(u)[k] = f(u[k])"""
        picks = [self.operands[units[label]] for label in labels]
        args = [self.single([(arg, labels), *picks]) if arg.axes else arg for arg in tensor.args]
        if tensor.kind is Kind.POWER:
            return self.raised(args[0], args[1])
        return self.function(tensor.data[0], *args, parameter=tensor.data[1])


def _is_function_of_numbers(tensor: Tensor) -> bool:
    return tensor.kind is Kind.APPLY and find(tensor.data[0]).family == "elementwise"


def is_entry(tensor: Tensor) -> bool:
    """Whether this is a single entry of a tensor, A[k,l]: it stays one factor of a product."""
    if tensor.kind is not Kind.CONTRACT or tensor.axes or tensor.data[0] != 1:
        return False
    others = [own for arg, own in zip(tensor.args, tensor.data[1], strict=True) if len(own) != 1]
    units = sum(arg.kind is Kind.BASIS for arg in tensor.args)
    labels = {label for own in tensor.data[1] for label in own}
    return units == len(tensor.args) - 1 == len(labels) and (len(others) == 1 or units == 1)
