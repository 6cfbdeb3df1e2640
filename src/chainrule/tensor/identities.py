"""Identities of functions inside a product: inv(A) A = I, Q'Q = I, tr f(X) and its like.

Each rule's docstring is its equation. A rule looks for its pattern among the factors, puts
the other side in its place and says whether it did.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..op import find
from .node import STRUCTURE, Kind, Labels, Operand, Parameter, Scalar, Tensor, make
from .structure import Product


class Identities(Product, ABC):
    """A product with the identities of functions; how functions are applied is given."""

    @abstractmethod
    def function(self, name: str, *args: Tensor, parameter: Parameter = None) -> Tensor: ...

    @abstractmethod
    def raised(self, base: Tensor, exponent: Tensor | Scalar) -> Tensor: ...

    @abstractmethod
    def single(self, operands: list[Operand]) -> Tensor:
        """The scalar that the factors give, summed over all labels."""

    @abstractmethod
    def knows_symmetric(self, matrix: Tensor) -> bool: ...

    def apply_identity(self) -> bool:
        """Use one identity; False when none applies."""
        for place, (tensor, labels) in enumerate(self.operands):
            if tensor.kind is Kind.VARIABLE:
                properties = tensor.data[1]
                if "orthogonal" in properties and self.orthogonal(place, tensor, labels):
                    return True
                if "lower" in properties and self.triangle(tensor, labels):
                    return True
            if tensor.kind is not Kind.APPLY:
                continue
            name = tensor.data[0]
            rule = _RULES.get(name)
            if rule is not None and rule(self, place, tensor, labels):
                return True
            if find(name).jacobian_of and self.matrix_function(place, tensor, labels):
                return True
        return False

    # -- how factors meet

    def meets(self, label: int) -> bool:
        """Whether a summed label joins exactly two factors."""
        return label not in self.out and self.uses(label) == 2

    def others(self, place: int) -> list[tuple[int, Tensor, Labels]]:
        return [(k, t, own) for k, (t, own) in enumerate(self.operands) if k != place]

    def without(self, *places: int) -> list[Operand]:
        return [pair for k, pair in enumerate(self.operands) if k not in places]

    def slots(self, matrix: Tensor) -> tuple[tuple[int, int], ...]:
        """(slot of one factor, slot of the next) of a product of A⁻¹ and A."""
        return _ANY if self.knows_symmetric(matrix) else _STRAIGHT

    # -- entries

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

    # -- inverses

    def inverse(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """inv(A)_ij A_jk = δ_ik, also where A is a product and its factors stand here."""
        (matrix,) = tensor.args
        for other, twin, places in self.others(place):
            if twin is not matrix:
                continue
            for own, its in self.slots(matrix):
                if places[its] == labels[own] and self.meets(labels[own]):
                    delta = make(Kind.DELTA, axes=matrix.axes)
                    ends = labels[1 - own], places[1 - its]
                    self.operands = [*self.without(place, other), (delta, ends)]
                    return True
        if matrix.kind is Kind.CONTRACT and len(matrix.args) <= PATTERN:
            return any(self._inverse_of_product(place, matrix, labels, way) for way in (0, 1))
        return False

    def _inverse_of_product(self, place: int, matrix: Tensor, labels: Labels, way: int) -> bool:
        """inv(P)_ij P_jk (way 0) or P_ki inv(P)_ij (way 1), P given by its factors."""
        shared = labels[1 - way]
        if not self.meets(shared):
            return False
        coefficient, inner, _ = matrix.data
        found = self._match(list(zip(matrix.args, inner, strict=True)), {way: shared}, [place])
        if found is None:
            return False
        names, used = found
        far = names[1 - way]
        summed = [label for label in names if label > 1]
        counts = {x: sum(own.count(x) for own in inner) for x in summed}
        if any(names[x] in self.out or self.uses(names[x]) != counts[x] for x in summed):
            return False
        delta = make(Kind.DELTA, axes=matrix.axes)
        self.coefficient /= coefficient
        self.operands = [*self.without(*used), (delta, (labels[way], far))]
        return True

    def _match(
        self, pattern: list[Operand], names: dict[int, int], used: list[int]
    ) -> tuple[dict[int, int], list[int]] | None:
        """Factors here that are the pattern's, its labels renamed; None if there are none."""
        ready = [pair for pair in pattern if not pair[1] or any(x in names for x in pair[1])]
        if not pattern:
            return names, used
        if not ready:
            return None
        wanted, own = ready[0]
        rest = [pair for pair in pattern if pair is not ready[0]]
        for place, (tensor, labels) in enumerate(self.operands):
            if place in used or tensor is not wanted:
                continue
            for order in (own, own[::-1]) if self.knows_symmetric(tensor) else (own,):
                extended = dict(names)
                fits = all(
                    extended.setdefault(a, b) == b for a, b in zip(order, labels, strict=True)
                )
                if fits and len(set(extended.values())) == len(extended):
                    found = self._match(rest, extended, [*used, place])
                    if found is not None:
                        return found
        return None

    def adjugate(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """adj(A)/det(A) = inv(A)"""
        (matrix,) = tensor.args
        for other, factor, _ in self.others(place):
            if factor.kind is not Kind.POWER or factor.args[1].kind is not Kind.NUMBER:
                continue
            base, exponent = factor.args
            is_determinant = base.kind is Kind.APPLY and base.data[0] == "det"
            if is_determinant and base.args == (matrix,) and exponent.data[0] <= -1:
                self.operands[place] = (self.function("inv", matrix), labels)
                self.operands[other] = (self.raised(base, exponent.data[0] + 1), ())
                return True
        return False

    def pseudoinverse(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """(Y Y⁺) Z = Z for Z = Y and Z = Y⁺', since Y Y⁺ projects on what Y spans; Y⁺ Y alike."""
        (matrix,) = tensor.args
        for other, twin, places in self.others(place):
            if twin is not matrix:
                continue
            for own in (0, 1):
                middle, outer, inner = labels[own], labels[1 - own], places[own]
                if places[1 - own] != middle or not self.meets(middle):
                    continue
                # The projector stands between `outer` (slot 1 - own of Y⁺) and `inner`.
                for near, far in ((outer, inner), (inner, outer)):
                    for spot, third, its in self.others(place):
                        if spot == other or not self.meets(near) or near not in its:
                            continue
                        fits = (third is matrix and its[own] == near) or (
                            third is tensor and its[1 - own] == near
                        )
                        if fits:
                            self.operands = self.without(place, other)
                            self.rename(near, far)
                            return True
        return False

    # -- orthogonal and triangular matrices

    def orthogonal(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """Q_ki Q_kj = Q_ik Q_jk = δ_ij"""
        for other, twin, places in self.others(place):
            for slot in (0, 1) if twin is tensor else ():
                if labels[slot] == places[slot] and self.meets(labels[slot]):
                    delta = make(Kind.DELTA, axes=tensor.axes)
                    ends = labels[1 - slot], places[1 - slot]
                    self.operands = [*self.without(place, other), (delta, ends)]
                    return True
        return False

    def cholesky(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """L_ik L_jk = S_ij for L = chol(S) of a symmetric S; and as a triangle."""
        (matrix,) = tensor.args
        if self.knows_symmetric(matrix):
            for other, twin, places in self.others(place):
                if twin is tensor and labels[1] == places[1] and self.meets(labels[1]):
                    ends = labels[0], places[0]
                    self.operands = [*self.without(place, other), (matrix, ends)]
                    return True
        return self.triangle(tensor, labels)

    def inverse_cholesky(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """M_ki M_kj = inv(S)_ij for M = inv(chol(S)) of a symmetric S."""
        (factor,) = tensor.args
        if factor.kind is Kind.APPLY and factor.data[0] == "chol":
            (matrix,) = factor.args
            for other, twin, places in self.others(place):
                shared = labels[0] == places[:1][0] if places else False
                if twin is tensor and shared and self.meets(labels[0]):
                    ends = labels[1], places[1]
                    inverse = self.function("inv", matrix)
                    if self.knows_symmetric(matrix):
                        self.operands = [*self.without(place, other), (inverse, ends)]
                        return True
        return self.inverse(place, tensor, labels)

    def triangle(self, tensor: Tensor, labels: Labels) -> bool:
        """L_ij T_ij = L_ij and L_ij T_ji = δ_ij L_ij for lower triangular L and T_ij = [i >= j]."""
        if labels[0] == labels[1]:
            return False
        for other, (twin, places) in enumerate(self.operands):
            if twin.kind is not Kind.LOWER:
                continue
            if places == labels:
                self.drop(other)
                return True
            if places == labels[::-1]:
                self.replace(other, (make(Kind.DELTA, axes=tensor.axes), labels))
                return True
        return False

    # -- functions of a matrix

    def matrix_function(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """Σ_i J_ii,kl = f'(X)_lk, and J·vec(Z) = vec(f'(X) Z) where Z commutes with X.

        J is the Jacobian of a matrix function f, as J_IJ with the fusions F_Iji and F_Jlk.
        """
        for side in (0, 1):
            fused = labels[side]
            for other, fusion, places in self.others(place):
                if fusion.kind is not Kind.FUSE or places[0] != fused or not self.meets(fused):
                    continue
                _, column, row = places
                if not (self.meets(row) and self.meets(column)):
                    continue
                if column == row:
                    self._use_slope([place, other], tensor, labels[1 - side], side, None)
                    return True
                for spot, factor, own in self.others(place):
                    if spot != other and own == (row, column) and _commute(tensor.args[0], factor):
                        used = [place, other, spot]
                        self._use_slope(used, tensor, labels[1 - side], side, factor)
                        return True
        return False

    def _use_slope(
        self, used: list[int], tensor: Tensor, far: int, side: int, factor: Tensor | None
    ) -> None:
        """f'(X) Z, or f'(X)' Z for the adjoint (from side 0), over the fused index `far`."""
        (matrix,), (name, parameter) = tensor.args, tensor.data
        slope = find(find(name).jacobian_of or "").slope
        assert slope is not None
        value = slope(matrix) if parameter is None else slope(matrix, parameter=parameter)
        rows, middle, columns = (next(self.fresh) for _ in range(3))
        n = matrix.axes[0]
        own = (rows, middle) if side else (middle, rows)
        operands: list[Operand] = [(value, own)]
        if factor is None:
            columns = middle
        else:
            operands.append((factor, (middle, columns)))
        whole = make(Kind.FUSE, axes=(n * n, n, n))
        self.operands = [*self.without(*used), *operands, (whole, (far, columns, rows))]


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


UNMERGED = frozenset({*STRUCTURE, Kind.ONES, Kind.LOWER})
PATTERN = 6  # factors of a product whose inverse is looked for
_STRAIGHT = ((1, 0), (0, 1))
_ANY = (*_STRAIGHT, (0, 0), (1, 1))
_RULES = {
    "inv": Identities.inverse_cholesky,
    "adj": Identities.adjugate,
    "pinv": Identities.pseudoinverse,
    "chol": Identities.cholesky,
}


def _commute(matrix: Tensor, other: Tensor) -> bool:
    """Whether one is a multiple of the other by a scalar."""
    return _core(matrix) is _core(other)


def _core(matrix: Tensor) -> Tensor:
    """A of c·A."""
    if matrix.kind is not Kind.CONTRACT:
        return matrix
    _, labels, _ = matrix.data
    shaped = [(arg, own) for arg, own in zip(matrix.args, labels, strict=True) if own]
    return shaped[0][0] if len(shaped) == 1 and shaped[0][1] == (0, 1) else matrix
