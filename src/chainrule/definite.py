"""Definiteness in index form: which tensors are positive or negative semidefinite.

A tensor is a quadratic form by its axes `rows` and `columns`, for every value of the other
axes; with no rows it is a number, and the question is its sign. Certified are

    products    H'·K·H with K made of weights >= 0 and semidefinite matrices (mirror.py),
    matrices    δ, variables declared so, and inv, expm, √ and the like of them,
    sums        of such terms; and differences D - g·q·q' with D a diagonal of weights d >= 0
                where g·Σ q²/d <= 1 (Cauchy and Schwarz), also between two halves A' and A:
                diag(p) - p·p' with Σ p = 1, I/r - x·x'/r³ with r² = x'x.

What is not certified is not known: 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from .mirror import Split, ratios, splits
from .ranges import ANY, NONNEG, POSITIVE, Range
from .signs import Signs, over_common_factor
from .tensor.build import add, contract, number, power, scale
from .tensor.contract import is_symmetric
from .tensor.node import Kind, Labels, Operand, Tensor
from .tensor.terms import add_terms

# Work is bounded, so that a long Hessian costs little before it is given up.
QUESTIONS = 150  # products and sums looked into, for one certificate
MULTIPLYING_OUT = 10  # questions that a sum over its common factor counts for
DEPTH = 12  # of sums in products in sums
TERMS = 24  # that a product of sums is multiplied out to

SEMIDEFINITE = frozenset({"inv", "adj", "pinv", "sqrtm"})  # f(M) is, where M is


class Definiteness(Signs):
    """Signs that know squares, and definiteness that knows signs."""

    def __init__(self) -> None:
        super().__init__()
        self.questions = QUESTIONS
        self.depth = 0

    # -- matrices

    def definite(self, tensor: Tensor, rows: Labels = (0,), columns: Labels = (1,)) -> int:
        """1 for positive semidefinite, -1 for negative, 0 for not known."""
        if not rows:
            found = self.range(tensor)
            if found.sign or tensor.kind is not Kind.SUM:
                return found.sign
        if self.questions <= 0 or self.depth >= DEPTH:
            return 0
        self.questions -= 1
        self.depth += 1
        try:
            return self._definite(tensor, rows, columns)
        finally:
            self.depth -= 1

    def _definite(self, tensor: Tensor, rows: Labels, columns: Labels) -> int:
        match tensor.kind:
            case Kind.CONTRACT:
                return self.definite_product(tensor, rows, columns)
            case Kind.SUM:
                return self.definite_sum(list(tensor.args), [(rows, columns)])
            case Kind.DELTA:
                return 1
        if len(tensor.axes) != 2 or not rows:
            return 0
        match tensor.kind:
            case Kind.VARIABLE:
                known = tensor.data[1] & {"spd", "psd"}
                known = known or ("diagonal" in tensor.data[1] and self.range(tensor).is_nonneg)
                return 1 if known else 0
            case Kind.APPLY:
                arg = tensor.args[0]
                if tensor.data[0] in SEMIDEFINITE:
                    sign = self.definite(arg)
                    return sign if tensor.data[0] == "inv" or sign == 1 else 0
                return int(tensor.data[0] == "expm" and is_symmetric(arg))
        return 0

    def is_positive_definite(self, matrix: Tensor) -> bool:
        """Whether x'Mx > 0 for all x ≠ 0 is certain."""
        match matrix.kind:
            case Kind.VARIABLE:
                return "spd" in matrix.data[1]
            case Kind.DELTA:
                return True
            case Kind.SUM:
                terms = matrix.args
                semidefinite = all(self.definite(term) == 1 for term in terms)
                return semidefinite and any(map(self.is_positive_definite, terms))
            case Kind.APPLY if matrix.data[0] in ("inv", "expm", "sqrtm"):
                (arg,) = matrix.args
                if matrix.data[0] == "expm":
                    return is_symmetric(arg)
                return self.is_positive_definite(arg)
            case Kind.CONTRACT:
                coefficient, labels, _ = matrix.data
                shaped = [arg for arg, own in zip(matrix.args, labels, strict=True) if own]
                scalars = [arg for arg, own in zip(matrix.args, labels, strict=True) if not own]
                positive = coefficient > 0 and all(self.range(x).is_positive for x in scalars)
                straight = sorted(x for own in labels for x in own) == [0, 1]
                return positive and straight and self.is_positive_definite(shaped[0])
        return False

    # -- products

    def definite_product(self, product: Tensor, rows: Labels, columns: Labels) -> int:
        coefficient, _, _ = product.data
        for split in self.splits(product, rows, columns):
            sign = self.sign_of_closed(split.closed, split)
            if sign:
                return sign if coefficient > 0 else -sign
        return 0

    def splits(self, product: Tensor, rows: Labels, columns: Labels) -> list[Split]:
        operands = operands_of(product)
        fixed = tuple(x for x in range(len(product.axes)) if x not in rows + columns)
        return splits(operands, rows, columns, fixed)

    def sign_of_closed(self, closed: tuple[Operand, ...], split: Split) -> int:
        """The sign of the product of the factors that are their own mirror image."""
        sign = 1
        for tensor, labels in closed:
            rows, columns = split.rows_and_columns(labels)
            if len(set(labels)) == len(labels):
                found = self.definite(tensor, rows, columns)
            elif rows:
                found = 0
            else:  # M_ii of a semidefinite M has its sign
                found = self.range(tensor).sign
                found = found or (self.definite(tensor) if len(labels) == 2 else 0)
            sign *= found
            if not sign:
                return 0
        return sign

    def of_product(self, node: Tensor, found: Range) -> Range:
        """Squares are not independent factors: Σ_ij A_ki A_kj x_i x_j >= 0."""
        if found.sign or self.questions <= 0 or self.depth >= DEPTH:
            return found
        self.questions -= 1
        self.depth += 1
        sign = self.definite_product(node, (), ())
        self.depth -= 1
        return found & (NONNEG if sign > 0 else -NONNEG if sign < 0 else ANY)

    def of_sum(self, node: Tensor, found: Range) -> Range:
        """Terms with a common factor S^-e are compared without it."""
        if found.sign or self.questions <= 0 or self.depth >= DEPTH:
            return found
        self.questions -= MULTIPLYING_OUT
        reduced = over_common_factor(node)
        if reduced is None:
            return found
        factor, rest = reduced
        self.depth += 1
        sign = self.range(factor).sign * self.range(rest).sign
        self.depth -= 1
        return found & (NONNEG if sign > 0 else -NONNEG if sign < 0 else ANY)

    def of_function(self, node: Tensor, found: Range) -> Range:
        """det M > 0 for a positive definite M."""
        if node.data[0] == "det" and self.is_positive_definite(node.args[0]):
            return found & POSITIVE
        return found

    # -- sums

    def definite_sum(self, terms: list[Tensor], forms: list[Form]) -> int:
        """The sign of a sum of quadratic forms; `forms` are the ways to face rows and columns."""
        sign = self._definite_sum(terms, forms)
        opened = terms if sign else expanded(terms)
        return sign if opened is terms else self._definite_sum(opened, forms)

    def _definite_sum(self, terms: list[Tensor], forms: list[Form]) -> int:
        groups: dict[int, list[Tensor]] = {1: [], -1: []}
        for term in terms:
            sign = self.sign_of_term(term, forms)
            if not sign:
                return 0
            groups[sign].append(scale(sign, term))
        for sign in (1, -1):
            if self.outweigh(groups[sign], groups[-sign], forms):
                return sign
        return 0

    def sign_of_term(self, term: Tensor, forms: list[Form]) -> int:
        return next((sign for form in forms if (sign := self.definite(term, *form))), 0)

    def outweigh(self, big: list[Tensor], small: list[Tensor], forms: list[Form]) -> bool:
        """Whether each of the small terms is at most a big one of its own."""
        if len(small) > len(big):
            return False
        waiting = list(big)
        for term in small:
            bound = next(
                (b for b in waiting for form in forms if self.outweighs(b, term, form)), None
            )
            if bound is None:
                return False
            waiting.remove(bound)
        return True

    def outweighs(self, big: Tensor, small: Tensor, form: Form) -> bool:
        """Σ_f B'·(diag(d) - g·q·q')·B is semidefinite where g·Σ q²/d <= 1 for every f.

        The big term is Σ_f Σ_o d(f,o) B(f,o,r) B(f,o,c), the small one has the same halves B
        and q(f,o) more: Σ_f g(f) Σ_oo' q(f,o) q(f,o') B(f,o,r) B(f,o',c).
        """
        for mine in self.weighted_splits(small, form):
            for theirs in self.weighted_splits(big, form):
                if not all(map(self.is_divisor, (t for t, _ in theirs.closed))):
                    continue
                for ratio in ratios(big, theirs, small, mine, form[0]):
                    if self.is_at_most_one(ratio):
                        return True
        return False

    def weighted_splits(self, term: Tensor, form: Form) -> Iterator[Split]:
        """The splits of a semidefinite term without matrices in the middle."""
        coefficient = term.data[0] if term.kind is Kind.CONTRACT else 1
        for split in self.splits(term, *form):
            if any(label in split.left for _, labels in split.closed for label in labels):
                continue
            if self.sign_of_closed(split.closed, split) * coefficient > 0:
                yield split

    def is_divisor(self, weight: Tensor) -> bool:
        """Whether what holds where `weight` is not 0 holds everywhere, by continuity."""
        base = weight.args[0] if weight.kind is Kind.POWER else weight
        if base.kind is Kind.VARIABLE:
            return not base.data[1] & {"diagonal", "lower"}
        found = self.range(weight)
        return found.is_positive or found.is_negative

    def is_at_most_one(self, ratio: Tensor) -> bool:
        """Whether all entries are <= 1; as T·S^-1 they are where S - T >= 0."""
        if self.range(ratio).high <= (1, 0):
            return True
        coefficient = ratio.data[0] if ratio.kind is Kind.CONTRACT else Fraction(1)
        free = tuple(range(len(ratio.axes)))
        operands = operands_of(ratio)
        for place, (tensor, own) in enumerate(operands):
            if tensor.kind is not Kind.POWER or own not in ((), free):
                continue
            base, exponent = tensor.args
            if exponent.kind is not Kind.NUMBER or exponent.data[0].denominator != 1:
                continue
            bound, used = base, -1
            if base.kind is Kind.APPLY and base.data[0] == "norm2":
                bound, used = _square(base.args[0]), -2
            if exponent.data[0] > used or not self.range(bound).is_nonneg:
                continue
            left = (power(base, exponent.data[0] - used), own)
            rest = contract(coefficient, [*operands[:place], left, *operands[place + 1 :]], free)
            if self.range(add(with_open_squares(bound), scale(-1, rest))).is_nonneg:
                return True
        return False


Form = tuple[Labels, Labels]  # the axes that are rows, and their columns


def operands_of(term: Tensor) -> list[Operand]:
    """The factors of a product; of anything else, itself."""
    if term.kind is not Kind.CONTRACT:
        return [(term, tuple(range(len(term.axes))))]
    return list(zip(term.args, term.data[1], strict=True))


def expanded(terms: list[Tensor]) -> list[Tensor]:
    """The terms multiplied out over the sums with two axes or more; `terms` if there are none."""
    waiting = list(terms)
    done: list[Tensor] = []
    while waiting:
        term = waiting.pop()
        parts = _opened(term) if len(waiting) + len(done) < TERMS else []
        waiting += parts
        done += [] if parts else [term]
    if done[::-1] == terms:
        return terms
    total = add_terms(done)
    return list(total.args) if total.kind is Kind.SUM else [total]


def _opened(product: Tensor) -> list[Tensor]:
    """The product as a sum over one of its factors; empty where no factor is such a sum."""
    operands = operands_of(product)
    free = tuple(range(len(product.axes)))
    for place, (arg, own) in enumerate(operands):
        if product.kind is Kind.CONTRACT and arg.kind is Kind.SUM and len(own) > 1:
            rest = operands[:place] + operands[place + 1 :]
            return [contract(product.data[0], [*rest, (part, own)], free) for part in arg.args]
    return []


def _square(tensor: Tensor) -> Tensor:
    """The sum of the squares of all entries."""
    labels = tuple(range(len(tensor.axes)))
    return contract(1, [(tensor, labels), (tensor, labels)], ())


def with_open_squares(total: Tensor) -> Tensor:
    """(Σ_j A_ij x_j)^2 written as Σ_jk A_ij x_j A_ik x_k, in every term."""
    opened = []
    for term in total.args if total.kind is Kind.SUM else (total,):
        operands: list[Operand] = []
        for arg, own in operands_of(term):
            square = arg.kind is Kind.POWER and arg.args[1] is number(2)
            operands += [(arg.args[0], own)] * 2 if square else [(arg, own)]
        coefficient = term.data[0] if term.kind is Kind.CONTRACT else 1
        opened.append(contract(coefficient, operands, tuple(range(len(term.axes)))))
    return add_terms(opened)
