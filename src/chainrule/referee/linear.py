"""Vectors and matrices over any arithmetic: lists, and lists of rows.

Each function is the plain definition of what the table's functions of this name mean; the
first argument is the arithmetic. Nothing here knows a derivative: over dual numbers the
same definitions give them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from operator import add, mul
from typing import Any

from .arithmetic import Arithmetic, Number

# A number, a vector (list of numbers) or a matrix (list of rows).
Value = Any
Vector = list[Number]
Matrix = list[list[Number]]

SPARSE = 1000  # entries from which on a product looks for zeros
LARGEST_EXPANSION = 7  # determinants up to this size are expanded, larger ones eliminated


def elementwise(function: Callable[..., Number], *args: Value) -> Value:
    """function on every entry; a scalar among vectors or matrices is expanded."""
    lengths = {len(arg) for arg in args if type(arg) is list}
    if not lengths:
        return function(*args)
    (length,) = lengths  # more than one would be a bug
    expanded = [arg if type(arg) is list else [arg] * length for arg in args]
    for arg in expanded:
        if length and type(arg[0]) is list:
            return [elementwise(function, *parts) for parts in zip(*expanded, strict=True)]
    return list(map(function, *expanded))


def entries(x: Value) -> list[Number]:
    """All entries, row by row."""
    if not isinstance(x, list):
        return [x]
    return [entry for part in x for entry in entries(part)]


def add_up(n: Arithmetic, items: Iterable[Number]) -> Number:
    """The sum; of nothing, zero."""
    items = list(items)
    return reduce(add, items) if items else n.lift(0)


def transpose(x: Matrix) -> Matrix:
    return [list(column) for column in zip(*x, strict=True)]


def multiply(n: Arithmetic, a: Matrix, b: Matrix) -> Matrix:
    if len(a) * len(b) < SPARSE:
        columns = transpose(b)
        return [[n.dot(row, column) for column in columns] for row in a]
    # Kronecker forms are mostly zeros; exactly, 0·y is 0 whatever y is.
    width = len(b[0])
    rows = []
    for row in a:
        kept = [(entry, other) for entry, other in zip(row, b, strict=True) if not n.is_zero(entry)]
        rows.append([add_up(n, [e * other[j] for e, other in kept]) for j in range(width)])
    return rows


def matrix_vector(n: Arithmetic, a: Matrix, x: Vector) -> Vector:
    return [n.dot(row, x) for row in a]


def outer(n: Arithmetic, a: Vector, b: Vector) -> Matrix:
    return [[x * y for y in b] for x in a]


def khatri_rao(n: Arithmetic, a: Matrix, b: Matrix) -> Matrix:
    """The Kronecker products of the columns."""
    return [[x * y for x, y in zip(p, q, strict=True)] for p in a for q in b]


def kron(n: Arithmetic, a: Value, b: Value) -> Value:
    """Every entry of a times all of b, as blocks."""
    if not isinstance(a[0], list) and not isinstance(b[0], list):
        return [x * y for x in a for y in b]
    a = a if isinstance(a[0], list) else [[x] for x in a]  # a vector is a column
    b = b if isinstance(b[0], list) else [[x] for x in b]
    return [[x * y for x in row for y in other] for row in a for other in b]


def vec(n: Arithmetic, x: Value) -> Vector:
    """The columns of a matrix under each other; a vector as it is."""
    return entries(transpose(x)) if isinstance(x[0], list) else x


def diagonal(n: Arithmetic, x: Value) -> Value:
    """The diagonal of a matrix; the diagonal matrix of a vector."""
    if isinstance(x[0], list):
        return [row[i] for i, row in enumerate(x)]
    zero = n.lift(0)
    return [[entry if i == j else zero for j in range(len(x))] for i, entry in enumerate(x)]


def trace(n: Arithmetic, x: Matrix) -> Number:
    return add_up(n, diagonal(n, x))


def cumulative_sum(n: Arithmetic, x: Vector) -> Vector:
    return [add_up(n, x[: i + 1]) for i in range(len(x))]


def along(function: Callable[[Vector], Value], x: Value, parameter: int | None) -> Value:
    """function of all entries, of every column (parameter 0) or of every row (1)."""
    if parameter is None:
        return function(entries(x))
    return [function(part) for part in (x if parameter == 1 else transpose(x))]


def total(n: Arithmetic, x: Value, parameter: int | None = None) -> Value:
    return along(lambda items: add_up(n, items), x, parameter)


def mean(n: Arithmetic, x: Value, parameter: int | None = None) -> Value:
    return along(lambda items: add_up(n, items) / len(items), x, parameter)


def square_sum(n: Arithmetic, x: Value) -> Number:
    return add_up(n, (entry * entry for entry in entries(x)))


def absolute_sum(n: Arithmetic, x: Value) -> Number:
    return add_up(n, (absolute(n, e) for e in entries(x)))


def absolute(n: Arithmetic, x: Number) -> Number:
    """|x|, with the derivative 0 at 0."""
    return n.where(n.positive(x), x, n.where(n.positive(-x), -x, 0 * x))


def larger(n: Arithmetic, a: Number, b: Number) -> Number:
    """The larger of two; of equal ones half of each, which matters to derivatives alone."""
    return n.where(n.positive(a - b), a, n.where(n.positive(b - a), b, (a + b) / 2))


def product_of_all(n: Arithmetic, x: Value) -> Number:
    return reduce(mul, entries(x))


def softmax(n: Arithmetic, x: Value, parameter: int | None = None) -> Value:
    def normalised(items: Vector) -> Vector:
        weights = [n.exp(item) for item in items]
        whole = add_up(n, weights)
        return [n.divide(weight, whole) for weight in weights]

    result = along(normalised, x, parameter)
    return transpose(result) if parameter == 0 else result


def logsumexp(n: Arithmetic, x: Value, parameter: int | None = None) -> Value:
    return along(lambda items: n.log(add_up(n, map(n.exp, items))), x, parameter)


def identity(n: Arithmetic, size: int) -> Matrix:
    result: Matrix = diagonal(n, [n.lift(1)] * size)
    return result


def constant_vector(n: Arithmetic, c: Number, size: int) -> Vector:
    return [c] * size


def constant_matrix(n: Arithmetic, c: Number, rows: int, columns: int) -> Matrix:
    return [[c] * columns for _ in range(rows)]


def lower_ones(n: Arithmetic, size: int) -> Matrix:
    """Ones on and below the diagonal, zeros above."""
    return [[n.lift(1 if j <= i else 0) for j in range(size)] for i in range(size)]


def lower_part(n: Arithmetic, x: Matrix) -> Matrix:
    """The entries on and below the diagonal, zeros above."""
    return [[e if j <= i else n.lift(0) for j, e in enumerate(row)] for i, row in enumerate(x)]


def upper_part(n: Arithmetic, x: Matrix) -> Matrix:
    return transpose(lower_part(n, transpose(x)))


def unit_vector(n: Arithmetic, place: int, size: int) -> Vector:
    return [n.lift(int(k == place)) for k in range(1, size + 1)]


def largest(n: Arithmetic, x: Value) -> Number:
    return reduce(lambda a, b: n.where(n.positive(b - a), b, a), entries(x))


def place_of_largest(n: Arithmetic, x: Value) -> Value:
    """1 at the largest entry, 0 elsewhere; of equal ones the first has it."""
    flat = entries(x)
    best = reduce(lambda a, b: b if n.positive(flat[b] - flat[a]) else a, range(len(flat)))
    places = iter(range(len(flat)))
    return elementwise(lambda _: n.lift(int(next(places) == best)), x)


def place_of_smallest(n: Arithmetic, x: Value) -> Value:
    return place_of_largest(n, elementwise(lambda item: -item, x))


def smallest(n: Arithmetic, x: Value) -> Number:
    return reduce(lambda a, b: n.where(n.positive(a - b), b, a), entries(x))


def commutation(n: Arithmetic, m: int, k: int) -> Matrix:
    """The K with K vec(A) = vec(A') for every m × k matrix A."""
    result = [[n.lift(0)] * (m * k) for _ in range(m * k)]
    for i in range(m):
        for j in range(k):
            result[i * k + j][j * m + i] = n.lift(1)
    return result


def inverse(n: Arithmetic, x: Matrix) -> Matrix:
    return _eliminate(n, x, identity(n, len(x)))[1]


def determinant(n: Arithmetic, x: Matrix) -> Number:
    """By expansion, which needs no division and so holds for singular matrices too."""
    if len(x) > LARGEST_EXPANSION:
        return _eliminate(n, x, [[] for _ in x])[0]
    # minors[columns] is the determinant of the last len(columns) rows in these columns.
    minors: dict[tuple[int, ...], Number] = {}
    for columns in _column_choices(len(x)):
        row = x[len(x) - len(columns)]
        terms = []
        for place, column in enumerate(columns):
            rest = columns[:place] + columns[place + 1 :]
            term = row[column] * minors[rest] if rest else row[column]
            terms.append(-term if place % 2 else term)
        minors[columns] = add_up(n, terms)
    return minors[tuple(range(len(x)))]


def _column_choices(size: int) -> list[tuple[int, ...]]:
    """All non-empty sets of columns, small ones first."""
    sets = [
        tuple(column for column in range(size) if mask >> column & 1)
        for mask in range(1, 1 << size)
    ]
    return sorted(sets, key=len)


def log_determinant(n: Arithmetic, x: Matrix) -> Number:
    return n.log(determinant(n, x))


def adjugate(n: Arithmetic, x: Matrix) -> Matrix:
    """The transposed matrix of cofactors; it exists for singular matrices too."""
    size = len(x)
    if size == 1:
        return [[n.lift(1)]]
    result = [[n.lift(0)] * size for _ in range(size)]
    for i in range(size):
        others = x[:i] + x[i + 1 :]
        for j in range(size):
            minor = determinant(n, [row[:j] + row[j + 1 :] for row in others])
            result[j][i] = -minor if (i + j) % 2 else minor
    return result


def pseudoinverse(n: Arithmetic, x: Matrix) -> Matrix:
    """(X'X)⁻¹X' or X'(XX')⁻¹ by shape: for full rank."""
    back = transpose(x)
    if len(x) == len(back):
        return inverse(n, x)
    if len(x) > len(back):
        return multiply(n, inverse(n, multiply(n, back, x)), back)
    return multiply(n, back, inverse(n, multiply(n, x, back)))


def matrix_power(n: Arithmetic, x: Matrix, parameter: int) -> Matrix:
    if parameter < 0:
        return matrix_power(n, inverse(n, x), -parameter)
    if parameter == 0:
        return identity(n, len(x))
    result = x
    for bit in bin(parameter)[3:]:  # the digits below the leading 1
        result = multiply(n, result, result)
        if bit == "1":
            result = multiply(n, result, x)
    return result


def fusion(n: Arithmetic, major: int, minor: int) -> Value:
    """F[I][a][b] = 1 where I counts the pairs (a, b), b fastest."""
    return [
        [[n.lift(int(a == i and b == j)) for b in range(minor)] for a in range(major)]
        for i in range(major)
        for j in range(minor)
    ]


def shape_of(x: Value) -> tuple[int, ...]:
    """The sizes of nested lists."""
    sizes = []
    while isinstance(x, list):
        sizes.append(len(x))
        x = x[0] if x else None
    return tuple(sizes)


def _eliminate(n: Arithmetic, x: Matrix, right: Matrix) -> tuple[Number, Matrix]:
    """det X and X⁻¹·right by Gauss and Jordan, the largest pivot of each column first."""
    rows = [list(row) + list(extra) for row, extra in zip(x, right, strict=True)]
    size, det = len(x), n.lift(1)
    for k in range(size):
        best = max(range(k, size), key=lambda i: n.magnitude(rows[i][k]))
        if best != k:
            rows[k], rows[best], det = rows[best], rows[k], -det
        pivot = rows[k][k]
        det = det * pivot
        head = [n.divide(entry, pivot) for entry in rows[k][k + 1 :]]
        rows[k][k + 1 :] = head
        for i in range(size):
            if i != k:
                factor = rows[i][k]
                tail = rows[i][k + 1 :]
                rows[i][k + 1 :] = [a - factor * b for a, b in zip(tail, head, strict=True)]
    return det, [row[size:] for row in rows]
