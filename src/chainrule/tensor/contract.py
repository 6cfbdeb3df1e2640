"""The one product of index form, and its normal form.

contract(c, [(A, (0, 1)), (B, (1, 2))], (0, 2)) is c Σ_1 A_01 B_12. The result is normal:
nested products are merged, identities (δ), unit vectors and index fusions are eliminated
by renaming labels, equal factors become powers, labels and factors stand in an order that
depends on their content alone. So two products that are equal up to the names of labels,
the order of factors and any δ are the same node.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import count, islice, permutations, product
from weakref import WeakKeyDictionary

from ..shapes import Dim, Shape
from .node import Kind, Tensor, make

Labels = tuple[int, ...]
Operand = tuple[Tensor, Labels]

# Products nested deeper than this stay nested, or h = h.*h would grow to 2^N factors.
FACTOR_LIMIT = 16
# A product is distributed over sums that hold δ while it makes no more terms than this.
TERM_LIMIT = 64
# Orders of interchangeable labels that are tried. Beyond, merging is lost, never truth.
LABEL_ORDERS = 200


def contract(
    coefficient: Fraction | int, operands: Iterable[Operand], out: Labels
) -> Tensor:
    """coefficient · Σ ∏ operands, summed over every label that is not in `out`.

    Labels are any integers. Labels in `out` are distinct and each stands on an operand.
    """
    product_ = _Product(Fraction(coefficient), list(operands), out)
    return product_.normal_form()


def zero(axes: Shape) -> Tensor:
    """The tensor of zeros: a sum of nothing."""
    return make(Kind.SUM, axes=axes)


def is_zero(tensor: Tensor) -> bool:
    return tensor.kind is Kind.SUM and not tensor.args


def number(value: Fraction | int | str) -> Tensor:
    """An exact number; 0 is the empty sum."""
    value = Fraction(value)
    return make(Kind.NUMBER, data=(value,)) if value else zero(())


def transpose(matrix: Tensor) -> Tensor:
    """A_ji"""
    return contract(1, [(matrix, (0, 1))], (1, 0))


def is_symmetric(matrix: Tensor) -> bool:
    """Whether A_ij = A_ji is known: declared, or seen in the normal form."""
    known = _symmetric.get(matrix)
    if known is None:
        known = _find_symmetry(matrix)
        _symmetric[matrix] = known
    return known


SYMMETRIC_PROPERTIES = frozenset({"symmetric", "spd", "psd", "diagonal"})
_symmetric: WeakKeyDictionary[Tensor, bool] = WeakKeyDictionary()


def _find_symmetry(matrix: Tensor) -> bool:
    if len(matrix.axes) != 2 or matrix.axes[0] != matrix.axes[1]:
        return False
    if matrix.kind is Kind.VARIABLE:
        return bool(SYMMETRIC_PROPERTIES & matrix.data[1])
    if matrix.kind is Kind.DELTA:
        return True
    if matrix.kind is Kind.APPLY or matrix.kind is Kind.POWER:
        # f(A') = f(A)' for functions of a matrix and for element-wise ones alike.
        return "axis" not in dict(matrix.data[1:]) and all(
            not arg.axes or is_symmetric(arg) for arg in matrix.args
        ) and not _is_row_wise(matrix)
    if matrix.kind is Kind.SUM:
        return {_transposed_term(term) for term in matrix.args} == set(matrix.args)
    if matrix.kind is Kind.CONTRACT:
        return _transposed_term(matrix) is matrix
    return False


def _is_row_wise(matrix: Tensor) -> bool:
    return matrix.kind is Kind.APPLY and matrix.data[1] is not None


def _transposed_term(term: Tensor) -> Tensor:
    if term.kind is Kind.CONTRACT:
        coefficient, labels, _ = term.data
        return contract(coefficient, list(zip(term.args, labels, strict=True)), (1, 0))
    return term if is_symmetric(term) else transpose(term)


class _Product:
    """A product on its way to normal form."""

    def __init__(self, coefficient: Fraction, operands: list[Operand], out: Labels) -> None:
        self.coefficient = coefficient
        self.operands = operands
        self.out = out
        self.fresh: Iterator[int] = count(
            1 + max((label for _, labels in operands for label in labels), default=0)
        )
        self.size: dict[int, Dim] = {}

    def normal_form(self) -> Tensor:
        if not self.coefficient:
            return self.nothing()
        self.flatten()
        if any(is_zero(tensor) for tensor, _ in self.operands) or not self.coefficient:
            return self.nothing()
        if any(tensor.has_structure for tensor, _ in self.operands):
            distributed = self.distribute()
            if distributed is not None:
                return distributed
        while self.eliminate():
            if not self.coefficient:
                return self.nothing()
        if self.merge_powers() or self.cancel_inverses():
            return contract(self.coefficient, self.operands, self.out)
        return self.canonical()

    def nothing(self) -> Tensor:
        self.measure()
        return zero(tuple(self.size[label] for label in self.out))

    def measure(self) -> None:
        for tensor, labels in self.operands:
            for dim, label in zip(tensor.axes, labels, strict=True):
                if self.size.setdefault(label, dim) != dim:
                    raise AssertionError(f"label {label} runs over {self.size[label]} and {dim}")

    def flatten(self) -> None:
        """Pull the factors of nested products up, and numbers into the coefficient."""
        self.measure()
        todo = self.operands[::-1]
        flat: list[Operand] = []
        while todo:
            tensor, labels = todo.pop()
            if tensor.kind is Kind.NUMBER:
                self.coefficient *= tensor.data[0]
            elif tensor.kind is Kind.CONTRACT and (
                tensor.has_structure or len(tensor.args) + len(flat) + len(todo) <= FACTOR_LIMIT
            ):
                coefficient, inner, free = tensor.data
                self.coefficient *= coefficient
                names = dict(zip(range(free), labels, strict=True))
                for arg, places in zip(reversed(tensor.args), reversed(inner), strict=True):
                    for place in places:
                        if place not in names:
                            names[place] = next(self.fresh)
                    todo.append((arg, tuple(names[place] for place in places)))
            else:
                flat.append((tensor, labels))
        self.operands = flat
        self.measure()

    def distribute(self) -> Tensor | None:
        """Over the terms of a sum that hold structure; the sum of its other terms stays one."""
        terms = 1
        for place, (tensor, labels) in enumerate(self.operands):
            if tensor.kind is not Kind.SUM or not tensor.has_structure:
                continue
            structured = [term for term in tensor.args if term.has_structure]
            plain = [term for term in tensor.args if not term.has_structure]
            if len(self.operands) == 1 and len(set(labels)) == len(labels) == len(self.out):
                parts = list(tensor.args)  # a sum scaled or transposed: term by term
            else:
                parts = structured + ([add_terms(plain)] if plain else [])
            terms *= len(parts)
            if terms > TERM_LIMIT:
                return None
            rest = self.operands[:place] + self.operands[place + 1 :]
            return add_terms(
                [contract(self.coefficient, [*rest, (part, labels)], self.out) for part in parts]
            )
        return None

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
            self.operands.append((make(Kind.SIZE, data=(dim,)), ()))
        return True

    def eliminate_basis(self, place: int, tensor: Tensor, labels: Labels) -> bool:
        """e_k·e_l = δ_kl; Σ_i (e_k)_i = 1."""
        (label,) = labels
        for other, (twin, places) in enumerate(self.operands):
            if other != place and twin.kind is Kind.BASIS and places == labels:
                if twin is tensor:
                    self.drop(place)
                else:
                    self.coefficient = Fraction(0)
                return True
        if label not in self.out and self.uses(label) == 1:
            self.drop(place)
            return True
        return False

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

    def merge_powers(self) -> bool:
        """x·x = x^2, x^a·x^b = x^(a+b), on the same labels."""
        from .build import power  # build.py rests on this module

        groups: dict[tuple[Tensor, Labels], list[Tensor]] = {}
        for tensor, labels in self.operands:
            if tensor.kind in _UNMERGED:
                continue
            if tensor.kind is Kind.POWER and tensor.args[0].axes == tensor.axes:
                base, exponent = tensor.args
            else:
                base, exponent = tensor, number(1)
            if exponent.axes and exponent.axes != base.axes:
                continue
            groups.setdefault((base, labels), []).append(exponent)
        merged = {key: exps for key, exps in groups.items() if len(exps) > 1}
        if not merged:
            return False
        keep = []
        for tensor, labels in self.operands:
            base = tensor.args[0] if tensor.kind is Kind.POWER else tensor
            if (tensor, labels) not in merged and (base, labels) not in merged:
                keep.append((tensor, labels))
        for (base, labels), exponents in merged.items():
            keep.append((power(base, _sum_exponents(base, exponents)), labels))
        self.operands = keep
        return True

    def cancel_inverses(self) -> bool:
        """inv(A)_ij A_jk = δ_ik, and adj(A) = det(A) inv(A) where det(A) divides."""
        for place, (tensor, labels) in enumerate(self.operands):
            if tensor.kind is not Kind.APPLY or tensor.data[0] not in ("inv", "adj"):
                continue
            (matrix,) = tensor.args
            if tensor.data[0] == "adj":
                if self._divide_by_determinant(place, matrix, labels):
                    return True
                continue
            for other, (twin, places) in enumerate(self.operands):
                if twin is not matrix:
                    continue
                for own, its in ((1, 0), (0, 1)) if not is_symmetric(matrix) else _ANY_SLOTS:
                    shared = labels[own]
                    if (
                        places[its] == shared
                        and shared not in self.out
                        and self.uses(shared) == 2
                    ):
                        delta = make(Kind.DELTA, axes=matrix.axes)
                        rest = [
                            operand
                            for spot, operand in enumerate(self.operands)
                            if spot not in (place, other)
                        ]
                        self.operands = [*rest, (delta, (labels[1 - own], places[1 - its]))]
                        return True
        return False

    def _divide_by_determinant(self, place: int, matrix: Tensor, labels: Labels) -> bool:
        from .build import apply, power

        for other, (tensor, _) in enumerate(self.operands):
            if (
                tensor.kind is Kind.POWER
                and tensor.args[0].kind is Kind.APPLY
                and tensor.args[0].data[0] == "det"
                and tensor.args[0].args == (matrix,)
                and tensor.args[1].kind is Kind.NUMBER
                and tensor.args[1].data[0] <= -1
            ):
                determinant, exponent = tensor.args
                self.operands[other] = (
                    power(determinant, number(exponent.data[0] + 1)),
                    (),
                )
                self.operands[place] = (apply("inv", matrix), labels)
                return True
        return False

    def canonical(self) -> Tensor:
        """Labels and factors in the order their content gives."""
        out = self.out
        if not self.operands:
            return number(self.coefficient)
        if len(self.operands) == 1 and self.operands[0][1] == out:
            tensor = self.operands[0][0]
            if self.coefficient == 1:
                return tensor
            if tensor.kind is Kind.SUM:
                return add_terms([scale(self.coefficient, term) for term in tensor.args])
        if (
            len(self.operands) == 1
            and self.operands[0][0].kind is Kind.SUM
            and len(set(self.operands[0][1])) == len(self.operands[0][1]) == len(out)
        ):
            tensor, labels = self.operands[0]
            return add_terms(
                [contract(self.coefficient, [(term, labels)], out) for term in tensor.args]
            )
        self.size = {}
        self.measure()
        ordered = _order(self.operands, out)
        if (
            self.coefficient == 1
            and len(ordered) == 1
            and ordered[0][1] == tuple(range(len(out)))
        ):
            return ordered[0][0]
        return make(
            Kind.CONTRACT,
            tuple(tensor for tensor, _ in ordered),
            (self.coefficient, tuple(labels for _, labels in ordered), len(out)),
            tuple(self.size[label] for label in out),
        )


_UNMERGED = frozenset({Kind.DELTA, Kind.ONES, Kind.BASIS, Kind.FUSE, Kind.LOWER})
_ANY_SLOTS = ((1, 0), (0, 1), (0, 0), (1, 1))
_ELIMINATE = {
    Kind.DELTA: _Product.eliminate_delta,
    Kind.ONES: _Product.eliminate_ones,
    Kind.BASIS: _Product.eliminate_basis,
    Kind.FUSE: _Product.eliminate_fuse,
}


def _ones(dim: Dim, label: int) -> Operand:
    return make(Kind.ONES, axes=(dim,)), (label,)


def _sum_exponents(base: Tensor, exponents: list[Tensor]) -> Tensor:
    if all(not exponent.axes for exponent in exponents):
        return add_terms(exponents)
    from .build import broadcast

    return add_terms([broadcast(exponent, base.axes) for exponent in exponents])


def _order(operands: Sequence[Operand], out: Labels) -> list[Operand]:
    """Operands with labels 0, 1, ... (free ones first), in the order of their content."""
    free = {label: place for place, label in enumerate(out)}
    bound = list(
        dict.fromkeys(label for _, labels in operands for label in labels if label not in free)
    )
    symmetric = [is_symmetric(tensor) for tensor, _ in operands]
    best: list[tuple[int, Labels, Tensor]] | None = None
    for order in _label_orders(operands, symmetric, free, bound):
        names = dict(free)
        for label in order:
            names[label] = len(names)
        rows: list[tuple[int, Labels, Tensor]] = []
        for (tensor, labels), swaps in zip(operands, symmetric, strict=True):
            named = tuple(names[label] for label in labels)
            rows.append((tensor.key, tuple(sorted(named)) if swaps else named, tensor))
        rows.sort(key=lambda row: row[:2])
        if best is None or [row[:2] for row in rows] < [row[:2] for row in best]:
            best = rows
    assert best is not None
    return [(tensor, labels) for _, labels, tensor in best]


def _label_orders(
    operands: Sequence[Operand], symmetric: list[bool], free: dict[int, int], bound: list[int]
) -> Iterator[tuple[int, ...]]:
    """Orders of the bound labels that content does not tell apart (colour refinement)."""
    if len(bound) <= 1:
        yield tuple(bound)
        return
    colour = {label: (0, place) for label, place in free.items()}
    colour.update(dict.fromkeys(bound, (1, 0)))
    distinct = 0
    for _ in range(len(bound)):
        marks: dict[int, list[int]] = {label: [] for label in bound}
        for (tensor, labels), swaps in zip(operands, symmetric, strict=True):
            around = [colour[label] for label in labels]
            if swaps:
                around.sort()
            for slot, label in enumerate(labels):
                if label in marks:
                    mark = hash((tensor.key, 0 if swaps else slot, tuple(around)))
                    marks[label].append(mark)
        colour.update(
            {label: (1, hash((colour[label], tuple(sorted(marks[label]))))) for label in bound}
        )
        now = len({colour[label] for label in bound})
        if now == distinct or now == len(bound):
            break
        distinct = now
    classes: dict[tuple[int, int], list[int]] = {}
    for label in bound:
        classes.setdefault(colour[label], []).append(label)
    groups = [classes[c] for c in sorted(classes)]
    choices = [permutations(group) if len(group) <= 4 else [tuple(group)] for group in groups]
    for choice in islice(product(*choices), LABEL_ORDERS):
        yield tuple(label for group in choice for label in group)


def scale(coefficient: Fraction | int, tensor: Tensor) -> Tensor:
    """c·T"""
    labels = tuple(range(len(tensor.axes)))
    return contract(coefficient, [(tensor, labels)], labels)


def split_coefficient(term: Tensor) -> tuple[Fraction, Tensor]:
    """(c, T) with term = c·T and T's own coefficient 1."""
    if term.kind is Kind.NUMBER:
        return term.data[0], number(1)
    if term.kind is not Kind.CONTRACT or term.data[0] == 1:
        return Fraction(1), term
    coefficient, labels, free = term.data
    if len(labels) == 1 and labels[0] == tuple(range(free)):
        return coefficient, term.args[0]
    return coefficient, make(Kind.CONTRACT, term.args, (Fraction(1), labels, free), term.axes)


def add_terms(terms: Sequence[Tensor]) -> Tensor:
    """The sum of tensors of one shape: nested sums opened, like terms collected."""
    axes = terms[0].axes
    collected: dict[Tensor, Fraction] = {}
    flat: list[Tensor] = []
    for term in terms:
        if term.axes != axes:
            raise AssertionError(f"a sum of tensors with axes {axes} and {term.axes}")
        if term.kind is Kind.SUM and len(term.args) + len(flat) <= TERM_LIMIT:
            flat.extend(term.args)
        else:
            flat.append(term)
    for term in flat:
        coefficient, unit = split_coefficient(term)
        collected[unit] = collected.get(unit, Fraction(0)) + coefficient
    kept = [(unit, c) for unit, c in collected.items() if c]
    kept.sort(key=lambda pair: pair[0].key)
    result = [unit if c == 1 else _with_coefficient(c, unit) for unit, c in kept]
    if len(result) == 1:
        return result[0]
    return make(Kind.SUM, tuple(result), axes=axes)


def _with_coefficient(coefficient: Fraction, unit: Tensor) -> Tensor:
    if unit.kind is Kind.NUMBER:
        return number(coefficient * unit.data[0])
    if unit.kind is Kind.CONTRACT:
        _, labels, free = unit.data
        return make(Kind.CONTRACT, unit.args, (coefficient, labels, free), unit.axes)
    labels = tuple(range(len(unit.axes)))
    return make(Kind.CONTRACT, (unit,), (coefficient, (labels,), len(labels)), unit.axes)
