"""Functions of a whole matrix over any arithmetic: e^X, sin X, cos X, roots, and derivatives.

As in linear.py each function is the plain definition, and the first argument the arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from operator import add, neg, sub
from typing import Any

from .arithmetic import FLOAT, Arithmetic, NotRational, Number, Uncertain
from .dual import DUAL
from .linear import (
    Matrix,
    Value,
    elementwise,
    identity,
    inverse,
    kron,
    matrix_vector,
    multiply,
    trace,
    transpose,
    vec,
)

ROOT_STEPS = 100
Kernel = Callable[..., Value]


def matrix_exponential(n: Arithmetic, x: Matrix) -> Matrix:
    """Σ Xᵏ/k!, of X halved until it is small, then squared as often."""
    small, halvings = _halved(n, x)
    result, term = identity(n, len(x)), identity(n, len(x))
    for k in range(1, _terms(n)):
        term = _over(k, multiply(n, term, small))
        result = elementwise(add, result, term)
    for _ in range(halvings):
        result = multiply(n, result, result)
    return result


def matrix_sine(n: Arithmetic, x: Matrix) -> Matrix:
    """X - X³/3! + X⁵/5! - ..."""
    return _sine_and_cosine(n, x)[0]


def matrix_cosine(n: Arithmetic, x: Matrix) -> Matrix:
    """I - X²/2! + X⁴/4! - ..."""
    return _sine_and_cosine(n, x)[1]


def _sine_and_cosine(n: Arithmetic, x: Matrix) -> tuple[Matrix, Matrix]:
    """The series at X halved until small, then sin 2A = 2 sin A cos A, cos 2A = I - 2 sin² A."""
    small, halvings = _halved(n, x)
    one, minus_square = identity(n, len(x)), elementwise(neg, multiply(n, small, small))
    cosine, sine, term = one, one, one  # sine is divided by A until all terms are in
    for k in range(2, _terms(n), 2):  # term is (-A²)^(k/2)/k!
        term = _over(k * (k - 1), multiply(n, term, minus_square))
        cosine = elementwise(add, cosine, term)
        sine = elementwise(add, sine, _over(k + 1, term))
    sine = multiply(n, small, sine)
    for _ in range(halvings):
        square, product = multiply(n, sine, sine), multiply(n, sine, cosine)
        sine = elementwise(add, product, product)
        cosine = elementwise(sub, one, elementwise(add, square, square))
    return sine, cosine


def _halved(n: Arithmetic, x: Matrix) -> tuple[Matrix, int]:
    """X halved until its norm is below 1/2, and how often that took."""
    _refuse_exact(n)
    size = max(sum(n.magnitude(entry) for entry in row) for row in x)
    if not math.isfinite(size):
        raise Uncertain("an entry is not finite")
    halvings = max(0, math.ceil(math.log2(max(size, 0.5) * 2)))
    small: Matrix = elementwise(lambda entry: entry / 2**halvings, x)
    return small, halvings


def _refuse_exact(n: Arithmetic) -> None:
    """What is found by approximation has no meaning in a field."""
    if n.is_exact:
        raise NotRational("a function of a matrix in exact arithmetic")


def _terms(n: Arithmetic) -> int:
    """The first power that a series at a matrix of norm 1/2 can do without.

    (1/2)¹⁶/16! is beyond 16 digits; a digit more takes less than a term more, and each
    derivative, by which Xᵏ/k! becomes X^(k-1)/(k-1)!, takes one.
    """
    return n.digits + n.level


def _over(k: int, x: Matrix) -> Matrix:
    result: Matrix = elementwise(lambda entry: entry / k, x)
    return result


def matrix_root(n: Arithmetic, x: Matrix) -> Matrix:
    """The principal square root Y of X: found in floats, then put right by Newton's method.

    Each step adds E with Y E + E Y = X - Y², solved with the Y found in floats: that gains 15
    digits, or one level of nested dual numbers.
    """
    _refuse_exact(n)
    plain = [[_plain(n, entry) for entry in row] for row in x]
    close, one = _float_root(plain), identity(FLOAT, len(x))
    sums = elementwise(add, kron(FLOAT, one, close), kron(FLOAT, transpose(close), one))
    solve: Matrix = elementwise(lambda e: n.lift(Fraction(e)), inverse(FLOAT, sums))
    root: Matrix = elementwise(lambda e: n.lift(Fraction(e)), close)
    for _ in range(n.level + 1 + n.digits // 15):
        gap = elementwise(sub, x, multiply(n, root, root))
        change = matrix_vector(n, solve, vec(n, gap))
        root = elementwise(add, root, unvec(n, change, len(x), len(x)))
    return root


def _plain(n: Arithmetic, x: Number) -> float:
    """The number as a float; 0 where rounding hides its sign, which Newton's steps put right."""
    try:
        return n.magnitude(x) if n.positive(x) else -n.magnitude(x)
    except Uncertain:
        return 0.0


def _float_root(x: list[list[float]]) -> list[list[float]]:
    """The iteration of Denman and Beavers (1976). Raises Uncertain where it finds no root."""
    y, z = x, identity(FLOAT, len(x))
    last = math.inf
    for _ in range(ROOT_STEPS):
        y_inverse, z_inverse = inverse(FLOAT, y), inverse(FLOAT, z)
        following = elementwise(lambda a, b: (a + b) / 2, y, z_inverse)
        change = _largest(elementwise(sub, following, y)) / _largest(following)
        if change >= last and last < 1e-6:  # rounding has taken over
            break
        y, last = following, change
        z = elementwise(lambda a, b: (a + b) / 2, z, y_inverse)
    gaps = elementwise(sub, multiply(FLOAT, y, y), x)
    if not _largest(gaps) <= 1e-6 * _largest(x):
        raise Uncertain("no principal square root")
    return y


def _largest(x: list[list[float]]) -> float:
    return max(abs(entry) for row in x for entry in row)


def unvec(n: Arithmetic, x: Value, rows: int, columns: int) -> Matrix:
    """The matrix with these columns under each other, read off a vector or a matrix's vec."""
    entries = vec(n, x)
    return transpose([entries[k * rows : (k + 1) * rows] for k in range(columns)])


def cholesky(n: Arithmetic, x: Matrix) -> Matrix:
    """The lower triangular L with L L' = (X + X')/2."""
    size = len(x)
    lower = [[n.lift(0)] * size for _ in range(size)]
    for j in range(size):
        for i in range(j, size):
            rest = (x[i][j] + x[j][i]) / 2
            for k in range(j):
                rest = rest - lower[i][k] * lower[j][k]
            lower[i][j] = n.sqrt(rest) if i == j else n.divide(rest, lower[j][j])
    return lower


def unknown(n: Arithmetic, x: Number, parameter: str) -> Number:
    """What stands for an unknown function g or its derivative g'''...: a wave and e^x together.

    The numbers in it depend on the name, so that two functions differ.
    """
    name, order = parameter.rstrip("'"), parameter.count("'")
    place = sum(map(ord, name)) % 97
    wave, growth = Fraction(64 + place, 64), Fraction(1 + place % 7, 8)
    angle = x * n.lift(wave) + n.lift(Fraction(place, 16))
    swing = (n.sin(angle), n.cos(angle), -n.sin(angle), -n.cos(angle))[order % 4]
    climb = n.exp(x * n.lift(growth))
    return swing * n.lift(wave**order) + climb * n.lift(growth**order)


def jacobian_of(kernel: Kernel) -> Kernel:
    """J with vec(dF) = J vec(dX) for a matrix function F of a matrix, by dual numbers."""

    def jacobian(n: Arithmetic, x: Matrix, **settings: Any) -> Matrix:
        dual, size = DUAL(n), len(x)
        columns = []
        for place in range(size * size):
            column, row = divmod(place, size)
            moved = [list(line) for line in x]
            moved[row][column] = dual.make(x[row][column], n.lift(1))
            value = vec(dual, kernel(dual, moved, **settings))
            columns.append([dual.tangent(entry) for entry in value])
        return transpose(columns)

    return jacobian


def nuclear_norm(n: Arithmetic, x: Matrix) -> Number:
    """The sum of the singular values: tr √(X'X), or tr √(XX') where that is smaller."""
    back = transpose(x)
    gram = multiply(n, back, x) if len(back) <= len(x) else multiply(n, x, back)
    return trace(n, matrix_root(n, gram))


def polar_factor(n: Arithmetic, x: Matrix) -> Matrix:
    """X (X'X)^(-1/2), or (XX')^(-1/2) X where X is wide."""
    back = transpose(x)
    if len(back) <= len(x):
        return multiply(n, x, inverse(n, matrix_root(n, multiply(n, back, x))))
    return multiply(n, inverse(n, matrix_root(n, multiply(n, x, back))), x)
