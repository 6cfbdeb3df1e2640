"""What a line of a derivation claims, as the referee compares it at a point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .errors import ProblemError
from .expr.node import Expr
from .referee.linear import Value, add_up, entries
from .referee.points import Point
from .referee.sample import direction, seeded
from .referee.verify import Claim, directional
from .shapes import Shape


class Names(Protocol):
    """The names defined so far, and how one depends on another."""

    @property
    def full(self) -> Mapping[str, Expr]: ...

    def by(self, name: str) -> Expr: ...

    def expanded(self, of: str, by: str, is_total: bool) -> Expr: ...


@dataclass(frozen=True)
class LineClaim(Claim):
    """What a line says, at a point where every name has the value of its definition."""

    reader: Names
    of: Expr
    by: Expr
    answer: Expr

    def completed(self, point: Point) -> Point:
        values = dict(point.values)
        evaluator = point.evaluator()
        for name, full in self.reader.full.items():
            values[name] = evaluator.value(full)
        at = Point(point.n, values, point.sizes, point.seed)
        for name in self.answer.variables:
            if name.startswith("δof_") and name not in values:
                values[name] = self.slope(at, name)
        return at

    def slope(self, at: Point, key: str) -> Value:
        """The value of a derivative that stands on the right."""
        _, is_partial, of, by = key.split("_", 3)
        reader = self.reader
        symbol = reader.by(by)
        whole = reader.expanded(of, by, is_partial == "False")
        return jacobian(whole, symbol, at)


@dataclass(frozen=True)
class Slope(LineClaim):
    """d of / d by = answer, along a random direction."""

    def sides(self, point: Point) -> tuple[Value, Value]:
        at = self.completed(point)
        step = direction(self.by, at.sizes, at.n, seeded(point.seed, "directions"))
        truth = entries(directional(self.of, at, {self.by.data[0]: [step]}))
        flat, weights = entries(at.evaluator().value(self.answer)), entries(step)
        width = len(weights)
        found = [
            add_up(at.n, [a * w for a, w in zip(flat[k : k + width], weights, strict=True)])
            for k in range(0, len(flat), width)
        ]
        return truth, found


class Equation(LineClaim):
    """of = answer."""

    def __init__(self, reader: Names, of: Expr, answer: Expr) -> None:
        super().__init__(reader, of, of, answer)

    def sides(self, point: Point) -> tuple[Value, Value]:
        evaluator = self.completed(point).evaluator()
        return evaluator.value(self.of), evaluator.value(self.answer)


def jacobian(of: Expr, by: Expr, at: Point) -> Value:
    """The derivative at a point, nested over the axes of both."""
    shape: Shape = by.shape
    counts = [dim.value(at.sizes) for dim in shape]
    if not counts:
        return directional(of, at, {by.data[0]: [at.n.lift(1)]})
    if of.shape:
        if len(counts) > 1 or len(of.shape) > 1:
            raise ProblemError("unsupported", "a derivative with more than two axes on the right")
        columns = [
            entries(directional(of, at, {by.data[0]: [_unit(at, counts[0], k)]}))
            for k in range(counts[0])
        ]
        return [list(row) for row in zip(*columns, strict=True)]
    if len(counts) == 1:
        return [
            directional(of, at, {by.data[0]: [_unit(at, counts[0], k)]}) for k in range(counts[0])
        ]
    rows, columns_ = counts
    zero = _unit(at, columns_, -1)
    return [
        [
            directional(
                of,
                at,
                {by.data[0]: [[_unit(at, columns_, j) if r == i else zero for r in range(rows)]]},
            )
            for j in range(columns_)
        ]
        for i in range(rows)
    ]


def _unit(at: Point, size: int, place: int) -> list[Any]:
    return [at.n.lift(int(k == place)) for k in range(size)]
