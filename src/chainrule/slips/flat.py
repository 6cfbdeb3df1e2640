"""Jacobians as plain rows of floats, and when two lists of floats are the same numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

Row = list[float]
Flat = list[Row]  # rows over the entries of what is differentiated, columns over the variable's

CLOSE = 1e-8  # relative, of an entry
NOISE = 1e-11  # relative, of the largest entry


def same(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two lists are equal but for rounding; nan and infinity equal nothing."""
    if len(a) != len(b):
        return False
    size = max((abs(x) for x in (*a, *b)), default=0.0)
    if not math.isfinite(size) or any(x != x for x in (*a, *b)):
        return False
    noise = NOISE * size
    return all(abs(x - y) <= CLOSE * max(abs(x), abs(y)) + noise for x, y in zip(a, b, strict=True))


def all_of(matrix: Flat) -> Row:
    """The entries, row by row."""
    return [x for row in matrix for x in row]


def identity(size: int) -> Flat:
    return [[float(i == j) for j in range(size)] for i in range(size)]


def diagonal(entries: Sequence[float]) -> Flat:
    """diag(v)"""
    size = len(entries)
    return [[x if i == j else 0.0 for j in range(size)] for i, x in enumerate(entries)]


def zeros(rows: int, columns: int) -> Flat:
    return [[0.0] * columns for _ in range(rows)]


def times(a: Flat, b: Flat) -> Flat:
    """The matrix product; rows of zeros cost nothing."""
    if not b or not b[0]:
        return [[] for _ in a]
    width = len(b[0])
    product = []
    for row in a:
        total = [0.0] * width
        for factor, other in zip(row, b, strict=True):
            if factor:
                total = [t + factor * x for t, x in zip(total, other, strict=True)]
        product.append(total)
    return product


def plus(a: Flat, b: Flat) -> Flat:
    return [[x + y for x, y in zip(r, s, strict=True)] for r, s in zip(a, b, strict=True)]


def minus(a: Flat, b: Flat) -> Flat:
    return plus(a, scaled(-1.0, b))


def scaled(c: float, a: Flat) -> Flat:
    return [[c * x for x in row] for row in a]


def transposed(a: Flat) -> Flat:
    return [list(column) for column in zip(*a, strict=True)]


def is_finite(a: Flat) -> bool:
    return all(math.isfinite(x) for row in a for x in row)
