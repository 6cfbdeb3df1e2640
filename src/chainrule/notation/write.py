"""Small constructors for answers: products, quotients and transposes as a person writes them.

They build matrix notation that is already tidy: no factor 1, no double transpose, no
transpose of a symmetric matrix, denominators collected. The constructors of expr/ keep
what they are given; these do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from ..expr.build import (
    add,
    divide,
    hadamard,
    index,
    multiply,
    negate,
    number,
    power,
    transpose,
)
from ..expr.call import call
from ..expr.node import Expr, Kind
from ..op import find
from ..shapes import Dim
from ..tensor.contract import FACTOR_LIMIT, SYMMETRIC_PROPERTIES
from .means import with_means

ONE = number(1)


def is_one(expr: Expr) -> bool:
    """The number 1, or a vector of ones."""
    return expr is ONE or (is_call(expr, "vector") and expr.args[0] is ONE)


def is_call(expr: Expr, name: str) -> bool:
    return expr.kind is Kind.APPLY and expr.data[0] == name


def identity(dim: Dim) -> Expr:
    return call("eye", sizes=(dim,))


def ones_vector(dim: Dim) -> Expr:
    return call("vector", ONE, sizes=(dim,))


def split_scalars(factors: Sequence[Expr]) -> tuple[list[Expr], list[Expr]]:
    """The scalars of a product, inner products among them, and the factors of the rest.

    x'*x*a is the scalar x'*x and the vector a: only the rest may be reversed to transpose.
    """
    scalars: list[Expr] = []
    open_factors: list[Expr] = []
    for factor in factors:
        if factor.is_scalar:
            scalars.append(factor)
            continue
        open_factors.append(factor)
        if factor.is_vector and not factor.is_row and open_factors[0].is_row:
            scalars.append(multiply(*open_factors))
            open_factors = []
    return scalars, open_factors


def _power_of(factor: Expr) -> tuple[Expr, int, bool]:
    """(X, k, whether it is transposed) of X^k or (X^k)'."""
    flipped = factor.kind is Kind.TRANSPOSE and factor.is_matrix
    core = factor.args[0] if flipped else factor
    if is_call(core, "matpow") and isinstance(core.data[1], int):
        return core.args[0], core.data[1], flipped
    return core, 1, flipped


ELEMENTWISE: dict[Kind, Callable[..., Expr]] = {
    Kind.HADAMARD: hadamard,
    Kind.DIVIDE: divide,
    Kind.POWER: power,
}


class Writer:
    """Writes with knowledge of which matrices are symmetric (so that S' is S)."""

    def __init__(self) -> None:
        self.symmetric: set[Expr] = set()
        self._sizes: dict[Expr, int] = {}

    def size(self, expr: Expr) -> int:
        """How many symbols it takes to write `expr` as a tree."""
        sizes = self._sizes
        stack = [expr]
        while stack:
            node = stack[-1]
            waiting = [arg for arg in node.args if arg not in sizes]
            if waiting:
                stack.extend(waiting)
            else:
                stack.pop()
                sizes[node] = 1 + sum(sizes[arg] for arg in node.args)
        return sizes[expr]

    def order(self, exprs: Iterable[Expr]) -> list[Expr]:
        """Numbers, then names by the alphabet, then longer things; the same in every run."""
        return sorted(exprs, key=self.rank)

    def rank(self, expr: Expr) -> tuple[int, str, int]:
        name = expr.data[0] if expr.kind is Kind.VARIABLE else ""
        return (self.size(expr), name, expr.key)

    def term_rank(self, term: Expr) -> tuple[int, int, str, bool, int]:
        """Long terms before short ones, plain numbers last: X*w + b, exp(u) + 1."""
        core = term.args[0] if term.kind is Kind.TRANSPOSE else term
        name = core.data[0] if core.kind is Kind.VARIABLE else ""
        number_like = core.kind in (Kind.NUMBER, Kind.SIZE)
        return (int(number_like), -self.size(core), name, core is not term, term.key)

    def transpose(self, matrix: Expr) -> Expr:
        """The transpose, moved inside products and off whatever does not change by it."""
        if matrix.is_scalar or matrix in self.symmetric:
            return matrix
        if matrix.kind is Kind.TRANSPOSE:
            return matrix.args[0]
        if matrix.kind is Kind.VARIABLE and matrix.data[1] & SYMMETRIC_PROPERTIES:
            return matrix
        match matrix.kind:
            case Kind.NEGATE:
                return negate(self.transpose(matrix.args[0]))
            case Kind.MULTIPLY:
                scalars, factors = split_scalars(matrix.args)
                flipped = [self.transpose(factor) for factor in reversed(factors)]
                return self.chain([*scalars, *flipped])
            case Kind.DIVIDE if matrix.args[1].is_scalar:
                return divide(self.transpose(matrix.args[0]), matrix.args[1])
            case Kind.ADD if matrix.is_matrix:
                if self._is_symmetric_sum(matrix):
                    return matrix
                by_term = add(*(self.transpose(term) for term in matrix.args))
                if self.size(by_term) < self.size(matrix):
                    return by_term
            case Kind.ADD:
                by_term = add(*(self.transpose(term) for term in matrix.args))
                has_scalars = any(term.is_scalar for term in matrix.args)
                if not has_scalars and self.size(by_term) <= self.size(transpose(matrix)):
                    return by_term
        by_part = self._by_entry(matrix)
        if by_part is not None and self.size(by_part) <= self.size(matrix):
            return by_part
        if is_call(matrix, "eye") or (matrix.is_matrix and is_call(matrix, "diag")):
            return matrix
        if is_call(matrix, "matrix"):
            return call("matrix", *matrix.args, sizes=matrix.data[2][::-1])
        if is_call(matrix, "kron") and all(factor.is_matrix for factor in matrix.args):
            return call("kron", *(self.transpose(factor) for factor in matrix.args))
        if matrix.kind is Kind.INDEX and is_call(matrix.args[0], "eye"):
            return index(matrix.args[0], *matrix.data[0][::-1])
        if is_call(matrix, "commutation"):
            return call("commutation", sizes=matrix.data[2][::-1])
        if is_call(matrix, "matpow"):
            name, exponent, _ = matrix.data
            return (
                transpose(matrix)
                if matrix.args[0].kind is not Kind.TRANSPOSE
                else call(name, self.transpose(matrix.args[0]), parameter=exponent)
            )
        return transpose(matrix)

    def _by_entry(self, matrix: Expr) -> Expr | None:
        """The transpose of an element-wise operation: the operation on the transposes."""
        if not matrix.is_matrix or matrix.kind not in (*ELEMENTWISE, Kind.APPLY):
            return None
        args = [self.transpose(arg) for arg in matrix.args]
        if matrix.kind is not Kind.APPLY:
            return ELEMENTWISE[matrix.kind](*args)
        name, parameter, _ = matrix.data
        is_elementwise = find(name).family == "elementwise"
        return call(name, *args, parameter=parameter) if is_elementwise else None

    def _is_symmetric_sum(self, matrix: Expr) -> bool:
        return {self.transpose(term) for term in matrix.args} == set(matrix.args)

    def chain(self, factors: Iterable[Expr]) -> Expr:
        """The matrix product, opened, without identities; scalars in front."""
        scalars: list[Expr] = []
        others: list[Expr] = []
        for factor in factors:
            if factor.kind is Kind.MULTIPLY and not factor.is_scalar:
                own, rest = split_scalars(factor.args)
                scalars += own
                others += rest
            else:
                (scalars if factor.is_scalar else others).append(factor)
        scalars = [scalar for scalar in scalars if scalar is not ONE]
        kept = [f for f in others if not is_call(f, "eye")] or others[:1]
        if kept and is_call(kept[0], "eye") and len(others) > 1:
            kept = others[-1:]
        merged = self._merge_powers(self._merge_diagonals(kept))
        return multiply(*scalars, *merged) if scalars or merged else ONE

    def _merge_diagonals(self, factors: Sequence[Expr]) -> list[Expr]:
        """diag(u)*diag(v) = diag(u.*v), diag(u)*v = u.*v."""
        merged: list[Expr] = []
        for factor in factors:
            last = merged[-1] if merged else None
            if last is not None and is_call(last, "diag") and last.args[0].is_vector:
                if is_call(factor, "diag") and factor.args[0].is_vector:
                    product = self.elementwise([last.args[0], factor.args[0]])
                    merged[-1] = call("diag", product)
                    continue
                if factor.is_vector and not factor.is_row:
                    merged[-1] = self.elementwise([last.args[0], factor])
                    continue
            merged.append(factor)
        return merged

    @staticmethod
    def _merge_powers(factors: Sequence[Expr]) -> list[Expr]:
        """X*X = X^2, X'*(X^2)' = (X^3)', for a matrix that is a name, or a function of one."""
        merged: list[Expr] = []
        for factor in factors:
            base, exponent, flipped = _power_of(factor)
            if merged and base.is_matrix and base.kind in (Kind.VARIABLE, Kind.APPLY):
                own, already, turned = _power_of(merged[-1])
                if own is base and turned is flipped and not is_call(base, "diag"):
                    raised = call("matpow", base, parameter=exponent + already)
                    merged[-1] = transpose(raised) if flipped else raised
                    continue
            merged.append(factor)
        return merged

    def elementwise(self, factors: Iterable[Expr]) -> Expr:
        """The element-wise product of vectors or matrices of one shape, as one quotient."""
        above: list[Expr] = []
        below: list[Expr] = []
        scalars: list[Expr] = []
        shape_source: Expr | None = None
        for factor in factors:
            shape_source = shape_source or factor
            self._sort_factor(factor, above, below, scalars)
        for place, factor in enumerate(above):
            flipped = factor.kind is Kind.TRANSPOSE
            core = factor.args[0] if flipped else factor
            if is_call(core, "tri") and len(above) > 1:
                rest = [*above[:place], *above[place + 1 :], *(divide(ONE, f) for f in below)]
                triangle = call("triu" if flipped else "tril", self.elementwise(rest))
                return multiply(*scalars, triangle) if scalars else triangle
        above = self.order(self._raised_together(f for f in above if not is_one(f)))
        below = self.order(below)
        if not above and not below:
            assert shape_source is not None
            result = shape_source
        elif not below:
            result = hadamard(*above)
        else:
            result = divide(hadamard(*above) if above else ONE, hadamard(*below))
        return multiply(*scalars, result) if scalars else result

    def _raised_together(self, factors: Iterable[Expr]) -> list[Expr]:
        """a.*a as a.^2, for what has no such power already."""
        return [
            self.raised(factor, number(count)) if count > 1 else factor
            for factor, count in Counter(factors).items()
        ]

    def _sort_factor(
        self, factor: Expr, above: list[Expr], below: list[Expr], scalars: list[Expr]
    ) -> None:
        if factor.kind is Kind.HADAMARD:
            for part in factor.args:
                self._sort_factor(part, above, below, scalars)
        elif factor.kind is Kind.DIVIDE and not factor.args[1].is_scalar:
            top, bottom = factor.args
            if not top.is_scalar:
                self._sort_factor(top, above, below, scalars)
            elif top is not ONE:
                scalars.append(top)
            below.extend(bottom.args if bottom.kind is Kind.HADAMARD else (bottom,))
        elif factor.kind is Kind.MULTIPLY and all(f.is_scalar for f in factor.args[:-1]):
            scalars.extend(factor.args[:-1])
            self._sort_factor(factor.args[-1], above, below, scalars)
        else:
            above.append(factor)

    def scaled(self, coefficient: Fraction, scalars: Sequence[Expr], body: Expr | None) -> Expr:
        """coefficient · scalars · body, with one fraction bar and the sign in front."""
        above: list[Expr] = []
        below: list[Expr] = []
        for scalar in scalars:
            self._split_scalar(scalar, above, below)
        if body is not None and body.kind is Kind.MULTIPLY:
            inner = [f for f in body.args if f.is_scalar]
            rest = [f for f in body.args if not f.is_scalar]
            for scalar in inner:
                self._split_scalar(scalar, above, below)
            body = multiply(*rest) if rest else None
        if body is not None and body.kind is Kind.NUMBER:
            coefficient, body = coefficient * body.data[0], None
        above, below, body = with_means(above, below, body)
        numbers = [f for f in above if f.kind is Kind.NUMBER]
        for value in numbers:
            coefficient *= value.data[0]
        above = self.order(f for f in above if f.kind is not Kind.NUMBER)
        below = self.order(f for f in below if f is not ONE)
        top, bottom = abs(coefficient).numerator, abs(coefficient).denominator
        fraction = Fraction(top, bottom)
        decimal = bottom > 100
        front: list[Expr] = []
        if decimal and fraction != 1:
            front.append(number(fraction))
        elif top != 1:
            front.append(number(top))
        if bottom != 1 and not decimal:
            if below or body is None:
                below.insert(0, number(bottom))
            else:
                front = [number(fraction)]
        if body is not None and body.shape and body.kind is Kind.DIVIDE and front + above:
            over, under = body.args
            if over is ONE:  # c*(1./x) is c./x
                scalar = self._product(front + above)
                scalar = divide(scalar, multiply(*below)) if below else scalar
                return self._signed(coefficient, divide(scalar, under))
        factors = front + above + ([body] if body is not None else [])
        if body is not None and is_one(body) and not body.is_scalar and (front or above):
            return self._signed(coefficient, self._constant(front + above, below, body))
        result = self._product(factors)
        if below:
            result = divide(result, multiply(*below))
        return self._signed(coefficient, result)

    def _constant(self, scalars: list[Expr], below: list[Expr], ones: Expr) -> Expr:
        """c·1 as vector(c, n)."""
        value = multiply(*scalars)
        if below:
            value = divide(value, multiply(*below))
        return call("vector", value, sizes=ones.data[2])

    def _product(self, factors: list[Expr]) -> Expr:
        if not factors:
            return ONE
        last = factors[-1]
        if len(factors) > 1 and last.kind is Kind.MULTIPLY and len(last.args) <= FACTOR_LIMIT:
            factors = factors[:-1] + list(last.args)
        return multiply(*factors)

    @staticmethod
    def _signed(coefficient: Fraction, result: Expr) -> Expr:
        return negate(result) if coefficient < 0 else result

    def _split_scalar(self, scalar: Expr, above: list[Expr], below: list[Expr]) -> None:
        if scalar.kind is Kind.DIVIDE:
            self._split_scalar(scalar.args[0], above, below)
            bottom = scalar.args[1]
            below.extend(
                bottom.args
                if bottom.kind is Kind.MULTIPLY and all(f.is_scalar for f in bottom.args)
                else (bottom,)
            )
        elif (
            scalar.kind is Kind.MULTIPLY
            and len(scalar.args) <= FACTOR_LIMIT
            and all(f.is_scalar for f in scalar.args)
        ):
            for factor in scalar.args:
                self._split_scalar(factor, above, below)
        elif scalar is not ONE:
            above.append(scalar)

    @staticmethod
    def total_of(expr: Expr) -> Expr:
        """sum(x), or norm1(u) where x is abs(u)."""
        return call("norm1", expr.args[0]) if is_call(expr, "abs") else call("sum", expr)

    def total(self, terms: Sequence[Expr]) -> Expr:
        """The sum, positive terms first; among them long ones before numbers."""
        plus = sorted((t for t in terms if t.kind is not Kind.NEGATE), key=self.term_rank)
        minus = sorted((t.args[0] for t in terms if t.kind is Kind.NEGATE), key=self.term_rank)
        if not plus and len(minus) > 1:
            return negate(add(*minus))
        return add(*plus, *(negate(term) for term in minus))

    def raised(self, base: Expr, exponent: Expr) -> Expr:
        """base^exponent; a negative exponent becomes a quotient."""
        if exponent.kind is Kind.NEGATE and exponent.args[0].kind is Kind.NUMBER:
            return divide(ONE, self.raised(base, exponent.args[0]))
        return base if exponent is ONE else power(base, exponent)
