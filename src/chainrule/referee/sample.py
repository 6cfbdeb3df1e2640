"""Random points to compare at: distinct sizes, declared properties, a fixed seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from ..expr.node import Expr
from ..shapes import Shape
from .arithmetic import FIELD, FLOAT, Arithmetic, Field
from .linear import identity, multiply, transpose

SIZES = (3, 4, 2, 5, 6, 7)  # distinct, so that a missing transpose cannot go unseen


def sample_sizes(names: Iterable[str], turn: int = 0) -> dict[str, int]:
    """A size for each dimension, all different while there are enough.

    Another `turn` gives another assignment, the second the reverse of the first.
    """
    order = sorted(names, reverse=bool(turn % 2))
    shift = turn // 2
    return {name: SIZES[(place + shift) % len(SIZES)] for place, name in enumerate(order)}


def sample_point(
    variables: Mapping[str, Expr],
    sizes: Mapping[str, int],
    arithmetic: Arithmetic,
    source: random.Random,
    spread: str = "normal",
) -> dict[Any, Any]:
    """Values of the variables, each with its declared properties.

    `spread` is where numbers without a property come from: normal, positive or small.
    """
    draw = Draw(arithmetic, source, spread)
    return {
        name: draw.value(variable.shape, variable.data[1], sizes)
        for name, variable in sorted(variables.items())
    }


def direction(
    shape: Shape, sizes: Mapping[str, int], arithmetic: Arithmetic, source: random.Random
) -> Any:
    """A random value of this shape, without any property."""
    return Draw(arithmetic, source, "normal").value(shape, frozenset(), sizes)


class Draw:
    def __init__(self, n: Arithmetic, source: random.Random, spread: str) -> None:
        self.n = n
        self.source = source
        self.spread = spread

    def value(self, shape: Shape, properties: frozenset[str], sizes: Mapping[str, int]) -> Any:
        counts = [dim.value(sizes) for dim in shape]
        value = self.array(counts, properties)
        return self.structured(value, properties) if len(counts) == 2 else value

    def array(self, counts: list[int], properties: frozenset[str]) -> Any:
        if not counts:
            return self.number(properties)
        return [self.array(counts[1:], properties) for _ in range(counts[0])]

    def number(self, properties: frozenset[str]) -> Any:
        if self.n is FIELD:
            if "labels" in properties:
                return Field(self.source.choice((1, -1)))
            return Field(self.source.randrange(1, Field.PRIME))
        return float(self.real(properties))

    def real(self, properties: frozenset[str]) -> float:
        draw = self.source
        if "labels" in properties:
            return draw.choice((1.0, -1.0))
        if "unit" in properties:
            return draw.uniform(0.1, 0.9)
        if "positive" in properties or "nonneg" in properties:
            return abs(draw.gauss(0, 1)) + 0.3
        if self.spread == "positive":
            return abs(draw.gauss(0, 1)) + 0.3
        if self.spread == "small":
            return draw.uniform(0.1, 0.9)
        value = draw.gauss(0, 1)
        return value + 0.3 if value > 0 else value - 0.3

    def structured(self, value: Any, properties: frozenset[str]) -> Any:
        n = self.n
        size = len(value)
        if "diagonal" in properties:
            return [
                [e if i == j else n.lift(0) for j, e in enumerate(row)]
                for i, row in enumerate(value)
            ]
        if "orthogonal" in properties:
            return self.cayley(value)
        if {"spd", "psd"} & properties:
            product = multiply(n, value, transpose(value))
            return self.plus(product, identity(n, size))
        if "symmetric" in properties:
            value = self.plus(value, transpose(value))
        if "invertible" in properties and n is FLOAT:
            return self.plus(value, [[3 * e for e in row] for row in identity(n, size)])
        return value

    def cayley(self, value: Any) -> Any:
        """(I - S)(I + S)⁻¹ of a skew S is orthogonal, in a field too."""
        from .linear import inverse

        n = self.n
        skew = self.plus(value, [[-e for e in row] for row in transpose(value)])
        unit = identity(n, len(value))
        minus = self.plus(unit, [[-e for e in row] for row in skew])
        return multiply(n, minus, inverse(n, self.plus(unit, skew)))

    @staticmethod
    def plus(a: Any, b: Any) -> Any:
        return [[p + q for p, q in zip(r, s, strict=True)] for r, s in zip(a, b, strict=True)]


