"""Matrix products in NumPy: in which order, and with vectors that are 1-D arrays.

Products with vectors come first: A.T @ (B @ x) takes fewer operations than A.T @ B @ x. A
diagonal matrix is never built, it scales rows or columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal

from .code import ATOM, Code, matrix_product, product

Line = Callable[[Code], Code]  # gives a piece that has become long a line of its own


@dataclass(frozen=True)
class Factor:
    """One factor. A diagonal matrix comes with its diagonal."""

    kind: Literal["scalar", "row", "column", "matrix"]
    code: Code
    diagonal: Code | None = None


def multiplied(factors: Sequence[Factor], line: Line) -> Code:
    """The product: scalars in front, x'*y as x @ y, x*y' as np.outer(x, y)."""
    scalars: list[Code] = []
    group: list[Factor] = []
    for factor in factors:
        if factor.kind == "scalar":
            scalars.append(factor.code)
            continue
        group.append(factor)
        row = _row(group)
        if factor.kind == "column" and row is not None:
            scalars.append(_chain(group[row:], line))
            del group[row:]
    if group:
        scalars.append(_array(group, line))
    return reduce(lambda left, right: product(line(left), right), scalars)


def _row(group: Sequence[Factor]) -> int | None:
    return next((place for place, factor in enumerate(group) if factor.kind == "row"), None)


def _array(group: Sequence[Factor], line: Line) -> Code:
    row = _row(group)
    if not row:
        return _chain(group, line)
    left, right = _chain(group[:row], line), _chain(group[row:], line)
    return Code(f"np.outer({left.text}, {right.text})")


def _chain(group: Sequence[Factor], line: Line) -> Code:
    """A product without an outer product in it."""
    if group[-1].kind == "column":
        value = group[-1]
        for factor in reversed(group[:-1]):
            value = _times(factor, value, line)
        return value.code
    return reduce(lambda left, right: _times(left, right, line), group).code


def _times(a: Factor, b: Factor, line: Line) -> Factor:
    left, right = line(a.code), line(b.code)
    kind = b.kind if a.kind == "matrix" else a.kind
    if a.diagonal is not None:
        scale = a.diagonal
        if b.kind == "matrix":
            scale = Code(f"{scale.at_least(ATOM)}[:, None]")
        return Factor(kind, product(scale, right))
    if b.diagonal is not None:
        return Factor(kind, product(left, b.diagonal))
    return Factor(kind, matrix_product(left, right))
