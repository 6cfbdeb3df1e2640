"""Meanings of matrix functions over any arithmetic, by definition rather than by speed.

A vector is a list of numbers, a matrix a list of rows. These are the kernels of ops/.
"""

from __future__ import annotations

from typing import Any

from .arithmetic import Arithmetic, Field, Number, primal

Vector = list[Number]
Matrix = list[list[Number]]


SINGULAR = 1e-7  # pivots below this are taken for zero


def shape_of(x: Any) -> tuple[int, ...]:
    """The sizes of nested lists."""
    sizes = []
    while isinstance(x, list):
        sizes.append(len(x))
        x = x[0] if x else None
    return tuple(sizes)


def entries(x: Any) -> list[Number]:
    """All numbers of nested lists, last index fastest."""
    if not isinstance(x, list):
        return [x]
    return [number for part in x for number in entries(part)]


def add_up(n: Arithmetic, numbers: list[Number]) -> Number:
    total = n.lift(0)
    for number in numbers:
        total = total + number
    return total


def transpose(x: Matrix) -> Matrix:
    return [list(column) for column in zip(*x, strict=True)]


def multiply(n: Arithmetic, a: Matrix, b: Matrix) -> Matrix:
    columns = transpose(b)
    return [[add_up(n, [p * q for p, q in zip(r, c, strict=True)]) for c in columns] for r in a]


def identity(n: Arithmetic, size: int) -> Matrix:
    return [[n.lift(int(i == j)) for j in range(size)] for i in range(size)]


def _pivot(matrix: Matrix, column: int) -> int | None:
    """A row at or below `column` to divide by: the largest, or any non-zero field element."""
    best, size = None, SINGULAR
    for row in range(column, len(matrix)):
        entry = primal(matrix[row][column])
        weight = float(entry.value != 0) if isinstance(entry, Field) else abs(entry)
        if weight > size:
            best, size = row, weight
    return best


def inverse(n: Arithmetic, x: Matrix) -> Matrix:
    """X⁻¹ by Gauss-Jordan elimination. A singular matrix raises ZeroDivisionError."""
    size = len(x)
    work = [list(row) + unit for row, unit in zip(x, identity(n, size), strict=True)]
    for column in range(size):
        pivot = _pivot(work, column)
        if pivot is None:
            raise ZeroDivisionError
        work[column], work[pivot] = work[pivot], work[column]
        lead = work[column][column]
        work[column] = [entry / lead for entry in work[column]]
        for row in range(size):
            if row != column:
                factor = work[row][column]
                work[row] = [
                    a - factor * b for a, b in zip(work[row], work[column], strict=True)
                ]
    return [row[size:] for row in work]


def determinant(n: Arithmetic, x: Matrix) -> Number:
    """det X by cofactors, so that singular matrices and their derivatives are right too."""
    if not x:
        return n.lift(1)
    if len(x) == 1:
        return x[0][0]
    total = n.lift(0)
    for column, entry in enumerate(x[0]):
        term = entry * determinant(n, _minor(x, 0, column))
        total = total - term if column % 2 else total + term
    return total


def log_determinant(n: Arithmetic, x: Matrix) -> Number:
    """log det X; a determinant that is nearly zero raises ZeroDivisionError."""
    value = determinant(n, x)
    if not isinstance(primal(value), Field) and abs(primal(value)) < SINGULAR:
        raise ZeroDivisionError
    return n.log(value)


def _minor(x: Matrix, row: int, column: int) -> Matrix:
    return [r[:column] + r[column + 1 :] for i, r in enumerate(x) if i != row]


def adjugate(n: Arithmetic, x: Matrix) -> Matrix:
    """The transposed matrix of cofactors: adj(X)·X = det(X)·I."""
    size = len(x)
    result = []
    for i in range(size):
        row = []
        for j in range(size):
            cofactor = determinant(n, _minor(x, j, i))
            row.append(-cofactor if (i + j) % 2 else cofactor)
        result.append(row)
    return result


def pseudoinverse(n: Arithmetic, x: Matrix) -> Matrix:
    """X⁺ for full rank: (X'X)⁻¹X' or X'(XX')⁻¹."""
    back = transpose(x)
    if len(x) >= len(x[0]):
        return multiply(n, inverse(n, multiply(n, back, x)), back)
    return multiply(n, back, inverse(n, multiply(n, x, back)))


def matrix_power(n: Arithmetic, x: Matrix, parameter: int) -> Matrix:
    result = identity(n, len(x))
    for _ in range(parameter):
        result = multiply(n, result, x)
    return result


def matrix_exponential(n: Arithmetic, x: Matrix) -> Matrix:
    """e^X = (Σ (X/2^k)^i/i!)^(2^k), k = 6: 20 terms are exact to double precision here."""
    small = [[entry / 64 for entry in row] for row in x]
    n.exp(x[0][0])  # refused where there is no exponential
    term = result = identity(n, len(x))
    for place in range(1, 20):
        term = [[entry / place for entry in row] for row in multiply(n, term, small)]
        result = [[a + b for a, b in zip(p, q, strict=True)] for p, q in zip(result, term, strict=True)]
    for _ in range(6):
        result = multiply(n, result, result)
    return result


def square_sum(n: Arithmetic, x: Any) -> Number:
    return add_up(n, [entry * entry for entry in entries(x)])


def absolute_sum(n: Arithmetic, x: Any) -> Number:
    return add_up(n, [n.where(n.positive(e), e, -e) for e in entries(x)])


def product_of_all(n: Arithmetic, x: Any) -> Number:
    product = n.lift(1)
    for entry in entries(x):
        product = product * entry
    return product


def _by_axis(x: Any, parameter: int | None) -> list[Vector]:
    """The vectors a reduction works on: all entries, columns (0) or rows (1)."""
    if parameter is None:
        return [entries(x)]
    return transpose(x) if parameter == 0 else x


def total(n: Arithmetic, x: Any, parameter: int | None = None) -> Any:
    sums = [add_up(n, part) for part in _by_axis(x, parameter)]
    return sums[0] if parameter is None else sums


def mean(n: Arithmetic, x: Any, parameter: int | None = None) -> Any:
    parts = _by_axis(x, parameter)
    means = [add_up(n, part) / n.lift(len(part)) for part in parts]
    return means[0] if parameter is None else means


def logsumexp(n: Arithmetic, x: Any, parameter: int | None = None) -> Any:
    logs = [n.log(add_up(n, [n.exp(e) for e in part])) for part in _by_axis(x, parameter)]
    return logs[0] if parameter is None else logs


def softmax(n: Arithmetic, x: Any, parameter: int | None = None) -> Any:
    result = []
    for part in _by_axis(x, parameter):
        powers = [n.exp(entry) for entry in part]
        scale = add_up(n, powers)
        result.append([power / scale for power in powers])
    if parameter is None:
        return result[0]
    return transpose(result) if parameter == 0 else result


def trace(n: Arithmetic, x: Matrix) -> Number:
    return add_up(n, [x[i][i] for i in range(len(x))])


def diagonal(n: Arithmetic, x: Any) -> Any:
    if x and isinstance(x[0], list):
        return [x[i][i] for i in range(len(x))]
    return [[x[i] if i == j else n.lift(0) for j in range(len(x))] for i in range(len(x))]


def vec(n: Arithmetic, x: Any) -> Vector:
    return entries(transpose(x)) if x and isinstance(x[0], list) else x


def kron(n: Arithmetic, a: Any, b: Any) -> Any:
    if not isinstance(a[0], list):
        return [p * q for p in a for q in b]
    return [[p * q for p in left for q in right] for left in a for right in b]


def outer(n: Arithmetic, a: Vector, b: Vector) -> Matrix:
    return [[p * q for q in b] for p in a]


def cumulative_sum(n: Arithmetic, x: Vector) -> Vector:
    return [add_up(n, x[: place + 1]) for place in range(len(x))]


def constant_vector(n: Arithmetic, c: Number, size: int) -> Vector:
    return [c] * size


def constant_matrix(n: Arithmetic, c: Number, rows: int, columns: int) -> Matrix:
    return [[c] * columns for _ in range(rows)]


def lower_ones(n: Arithmetic, size: int) -> Matrix:
    return [[n.lift(int(i >= j)) for j in range(size)] for i in range(size)]


def commutation(n: Arithmetic, rows: int, columns: int) -> Matrix:
    """K with K·vec(A) = vec(A') for every A of this shape."""
    size = rows * columns
    result = [[n.lift(0)] * size for _ in range(size)]
    for i in range(rows):
        for j in range(columns):
            result[i * columns + j][j * rows + i] = n.lift(1)
    return result


def einsum(n: Arithmetic, *args: Any, parameter: str) -> Any:
    """The sum of products that `parameter` spells as numpy.einsum does."""
    inputs, out = parameter.split("->")
    labels = inputs.split(",")
    sizes = {
        label: size
        for own, arg in zip(labels, args, strict=True)
        for label, size in zip(own, shape_of(arg), strict=True)
    }
    summed = sorted(set(sizes) - set(out))

    def value(place: dict[str, int], left: list[str]) -> Number:
        if left:
            return add_up(
                n, [value({**place, left[0]: k}, left[1:]) for k in range(sizes[left[0]])]
            )
        product = n.lift(1)
        for own, arg in zip(labels, args, strict=True):
            for label in own:
                arg = arg[place[label]]
            product = product * arg
        return product

    def block(place: dict[str, int], left: str) -> Any:
        if not left:
            return value(place, summed)
        return [block({**place, left[0]: k}, left[1:]) for k in range(sizes[left[0]])]

    return block({}, out)

