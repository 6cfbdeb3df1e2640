"""Identities of functions inside a product: inv(A) A = I, Q'Q = I, tr f(X) and its like.

Each rule's docstring is its equation. A rule looks for its pattern among the factors, puts
the other side in its place and says whether it did.
"""

from __future__ import annotations

from ..op import find
from .entries import is_entry
from .factors import Factors
from .node import Kind, Labels, Operand, Tensor, make
from .terms import is_zero


class Identities(Factors):
    """A product with the identities of functions."""

    def apply_identity(self) -> bool:
        """Use one identity; False when none applies.

        Adjugates wait: of adj(A) A inv(A) the last two cancel.
        """
        late = [
            pair for pair in enumerate(self.operands)
            if pair[1][0].kind is Kind.APPLY and pair[1][0].data[0] == "adj"
        ]  # fmt: skip
        early = [pair for pair in enumerate(self.operands) if pair not in late]
        for place, (tensor, labels) in [*early, *late]:
            if tensor.kind is Kind.VARIABLE:
                properties = tensor.data[1]
                if "orthogonal" in properties and self.orthogonal(place, tensor):
                    return True
                if "lower" in properties and self.triangle(tensor, labels):
                    return True
            if tensor.kind is Kind.POWER and self.absorbed(place, tensor, labels):
                return True
            if self.norm(place, tensor):
                return True
            if tensor.kind is not Kind.APPLY:
                continue
            name = tensor.data[0]
            rule = _RULES.get(name)
            if rule is not None and rule(self, place, tensor, labels):
                return True
            if _has_slope(name) and self.matrix_function(place, tensor, labels):
                return True
        return False

    # -- how factors meet

    def slots(self, matrix: Tensor) -> tuple[tuple[int, int], ...]:
        """(slot of one factor, slot of the next) of a product of A⁻¹ and A."""
        return _ANY if self.knows_symmetric(matrix) else _STRAIGHT

    # -- inverses

    def inverse(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """inv(A)_ij A_jk = δ_ik, also where A is a product and its factors stand here."""
        (matrix,) = tensor.args
        if self.cancelled(place, matrix):
            return True
        if matrix.kind is Kind.CONTRACT and len(matrix.args) <= PATTERN:
            return any(self._inverse_of_product(place, matrix, labels, way) for way in (0, 1))
        return False

    def cancelled(self, place: int, matrix: Tensor) -> bool:
        """Put δ for the factor at `place` and the matrix next to it."""
        delta = make(Kind.DELTA, axes=matrix.axes)
        return any(self.joined(place, own, matrix, its, delta) for own, its in self.slots(matrix))

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
        first = (ready or pattern)[0]
        wanted, own = first
        rest = [pair for pair in pattern if pair is not first]
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
        """adj(A) A = det(A) I and adj(A)/det(A) = inv(A)"""
        (matrix,) = tensor.args
        if self.cancelled(place, matrix):
            self.operands.append((self.function("det", matrix), ()))
            return True
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

    def orientations(self) -> list[list[Operand]]:
        """The factors as they are, and with the ends of projectors Y Y⁺ swapped: all are equal."""
        found = [self.operands]
        for place, (tensor, labels) in enumerate(self.operands):
            if tensor.kind is not Kind.APPLY or tensor.data[0] != "pinv":
                continue
            for other, twin, places in self.others(place):
                for own in (0, 1) if twin is tensor.args[0] else ():
                    if places[1 - own] == labels[own] and self.meets(labels[own]):
                        ends = {labels[1 - own]: places[own], places[own]: labels[1 - own]}
                        found += [_relabelled(case, (place, other), ends) for case in found]
        return found[:ORIENTATIONS]

    # -- powers, softmax, signs

    def absorbed(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """P^q P = P^(q+1), also where the factors of P stand here one by one."""
        base, exponent = tensor.args
        if exponent.axes or not self._drop_factors(base, labels, place):
            return False
        raised = self.raised(base, self.sum_of(exponent, 1))
        self.operands.append((raised, labels if raised.axes else ()))
        return True

    def norm(self, place: int, tensor: Tensor) -> bool:
        """norm2(x)^q x'x = norm2(x)^(q+2)"""
        is_power = tensor.kind is Kind.POWER
        base = tensor.args[0] if is_power else tensor
        if base.kind is not Kind.APPLY or base.data[0] != "norm2":
            return False
        (x,) = base.args
        every = tuple(range(len(x.axes)))
        if not self._drop_factors(self.single([(x, every), (x, every)]), (), place):
            return False
        exponents = [tensor.args[1]] if is_power else []
        raised = self.raised(base, self.sum_of(*exponents, 2 if is_power else 3))
        self.operands.append((raised, ()))
        return True

    def _drop_factors(self, product: Tensor, labels: Labels, place: int) -> bool:
        """Leave out the factors of a product that stand here, and that at `place`, if all do."""
        if product.kind is not Kind.CONTRACT or len(product.args) > PATTERN:
            return False
        coefficient, inner, free = product.data
        if len(set(labels)) != len(labels) or is_entry(product):
            return False
        pattern = list(zip(product.args, inner, strict=True))
        found = self._match(pattern, dict(enumerate(labels)), [place])
        if found is None:
            return False
        names, used = found
        for label in {x for own in inner for x in own if x >= free}:
            count = sum(own.count(label) for own in inner)
            if names[label] in self.out or self.uses(names[label]) != count:
                return False
        self.coefficient /= coefficient
        self.operands = self.without(*used)
        return True

    def softmax(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """Σ_i softmax(x)_i = 1, along rows or columns alike."""
        axis = tensor.data[1] or 0
        if labels[axis] in self.out or self.uses(labels[axis]) != 1:
            return False
        rest = [label for k, label in enumerate(labels) if k != axis]
        ones = [(make(Kind.ONES, axes=(tensor.axes[1 - axis],)), (label,)) for label in rest]
        self.replace(place, *ones)
        return True

    def extreme(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """Σ argmax(x) = 1"""
        if any(x in self.out or self.uses(x) != 1 for x in labels):
            return False
        self.drop(place)
        return True

    def sign(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """sign(u) |u|^q = u^q for odd q."""
        (u,) = tensor.args
        for other, twin, places in self.others(place):
            base, q = twin, 1
            if twin.kind is Kind.POWER and twin.args[1].kind is Kind.NUMBER:
                base, q = twin.args[0], twin.args[1].data[0]
            is_size = base.kind is Kind.APPLY and base.data[0] == "abs" and base.args == (u,)
            if is_size and places == labels and q % 2 == 1:
                self.operands = [*self.without(place, other), (self.raised(u, q), labels)]
                return True
        return False

    def indicator(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """[z > 0] relu(z) = relu(z), and [z > 0] max(0, z) = max(0, z), and powers of these.

        Not 1/relu(z): beside prod(relu(z)) it stands for the product of the other entries.
        """
        z, zero = tensor.args
        for _, twin, places in self.others(place):
            if twin.kind is Kind.POWER:
                twin, exponent = twin.args
                if exponent.kind is not Kind.NUMBER or exponent.data[0] <= 0:
                    continue
            if twin.kind is not Kind.APPLY or places != labels:
                continue
            is_positive_part = twin.data[0] == "max" and set(twin.args) == {z, zero}
            if is_zero(zero) and (is_positive_part or (twin.data[0], twin.args) == ("relu", (z,))):
                self.drop(place)
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


ORIENTATIONS = 8  # of projectors that are compared; beyond, merging is lost, never truth
PATTERN = 6  # factors of a product whose inverse is looked for
_STRAIGHT = ((1, 0), (0, 1))
_ANY = (*_STRAIGHT, (0, 0), (1, 1))
_RULES = {
    "inv": Identities.inverse_cholesky,
    "adj": Identities.adjugate,
    "pinv": Identities.pseudoinverse,
    "chol": Identities.cholesky,
    "softmax": Identities.softmax,
    "argmax": Identities.extreme,
    "argmin": Identities.extreme,
    "sign": Identities.sign,
    "gt": Identities.indicator,
}


def _has_slope(name: str) -> bool:
    """Whether this is the Jacobian of a function f of a matrix of which f' is known."""
    of = find(name).jacobian_of
    return of is not None and find(of).slope is not None


def _relabelled(
    operands: list[Operand], places: tuple[int, ...], names: dict[int, int]
) -> list[Operand]:
    return [
        (tensor, tuple(names.get(x, x) for x in labels) if place in places else labels)
        for place, (tensor, labels) in enumerate(operands)
    ]


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
