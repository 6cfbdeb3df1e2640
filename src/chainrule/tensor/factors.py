"""Identities of orthogonal and triangular matrices and of Cholesky factors inside a product.

Each rule's docstring is its equation.
"""

from __future__ import annotations

from .entries import Entries
from .node import Kind, Labels, Tensor, make


class Factors(Entries):
    """A product with the identities of the factors that matrices are decomposed into."""

    def joined(
        self, place: int, own: int, twin: Tensor, its: int, value: Tensor, turned: bool = False
    ) -> bool:
        """Put `value` for the factor at `place` and `twin`, where these two slots meet.

        Its slots are the other slots of the two, in this order, or `turned`.
        """
        _, labels = self.operands[place]
        for other, tensor, places in self.others(place):
            if tensor is twin and places[its] == labels[own] and self.meets(labels[own]):
                ends = labels[1 - own], places[1 - its]
                kept = self.without(place, other)
                self.operands = [*kept, (value, ends[::-1] if turned else ends)]
                return True
        return False

    def inverses_of(self, matrix: Tensor) -> list[Tensor]:
        """inv(A), if it is among the factors."""
        return [
            tensor
            for tensor, _ in self.operands
            if tensor.kind is Kind.APPLY and tensor.data[0] == "inv" and tensor.args == (matrix,)
        ]

    def orthogonal(self, place: int, tensor: Tensor) -> bool:
        """Q_ki Q_kj = Q_ik Q_jk = δ_ij"""
        delta = make(Kind.DELTA, axes=tensor.axes)
        return any(self.joined(place, slot, tensor, slot, delta) for slot in (0, 1))

    def cholesky(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """L_ik L_jk = S_ij and inv(S)_ij L_jk = inv(L)_ki for L = chol(S) of a symmetric S."""
        (matrix,) = tensor.args
        if self.knows_symmetric(matrix):
            if self.joined(place, 1, tensor, 1, matrix):
                return True
            for inverse in self.inverses_of(matrix):
                other = self.function("inv", tensor)
                if any(self.joined(place, 0, inverse, slot, other) for slot in (0, 1)):
                    return True
        return self.triangle(tensor, labels)

    def inverse_cholesky(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """M_ki M_kj = inv(S)_ij and M_ij S_jk = L_ki for M = inv(L), L = chol(S) as above."""
        (factor,) = tensor.args
        if factor.kind is Kind.APPLY and factor.data[0] == "chol":
            (matrix,) = factor.args
            if self.knows_symmetric(matrix):
                inverse = self.function("inv", matrix)
                if self.joined(place, 0, tensor, 0, inverse):
                    return True
                if any(self.joined(place, 1, matrix, k, factor, turned=True) for k in (0, 1)):
                    return True
        return self.inverse(place, tensor, labels)

    def triangle(self, tensor: Tensor, labels: Labels) -> bool:
        """L_ij T_ij = L_ij and L_ij T_ji = δ_ij L_ij for lower triangular L and T_ij = [i >= j].

        Two labels that stand on the same unit vector are one.
        """
        if labels[0] == labels[1]:
            return False
        units = {own[0]: arg for arg, own in self.operands if arg.kind is Kind.BASIS}
        own = [units.get(label, label) for label in labels]
        for other, (twin, places) in enumerate(self.operands):
            if twin.kind is not Kind.LOWER:
                continue
            its = [units.get(label, label) for label in places]
            if its == own:
                self.drop(other)
                return True
            if its == own[::-1]:
                self.replace(other, (make(Kind.DELTA, axes=tensor.axes), labels))
                return True
        return False
