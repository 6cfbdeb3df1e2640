"""Which sides of their branches expressions have shown at the points tried so far.

relu(c - 5) is 0 wherever c is below 5: points that all lie there would let 0 pass as its
derivative. So a check by floats goes on until every branch was seen to go both ways, or until
a good many points have not led to the other side.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from ..expr.node import Expr
from .arithmetic import Arithmetic, FloatArithmetic, Uncertain
from .effort import effort
from .evaluate import Evaluator
from .linear import Value, elementwise
from .points import Point, candidates
from .sample import sizes_for

EFFORT_LIMIT = 30_000  # of one evaluation, about 10 ms
SEARCHED = 40  # points looked at for the sake of sides not seen yet
ONE_SIDED = "a branch was only seen to go one way"

TIED = ("max", "min")  # half of the derivative goes to each, or all to what is no number

Side = tuple[Expr, bool]  # a node, and whether what it branches on was positive


class Sides:
    """The sides that `exprs` have shown, those that are soon evaluated; over a field none.

    `is_enough` says whether the points would do if nothing branched.
    """

    def __init__(self, exprs: Sequence[Expr]) -> None:
        sizes = sizes_for(exprs)
        self.exprs = [expr for expr in exprs if effort([expr], sizes) <= EFFORT_LIMIT]
        self.seen: set[Side] = set()
        self.is_enough = False

    @property
    def are_all_seen(self) -> bool:
        return all((node, not side) in self.seen for node, side in self.seen)

    def add(self, point: Point, is_enough: bool) -> None:
        """Count a point that has decided."""
        self.is_enough = self.is_enough or is_enough
        self.seen |= self._at(point).sides
        if not self.seen:
            self.exprs = []  # no branches at all

    def are_new_at(self, point: Point) -> bool:
        return not self._at(point).sides <= self.seen

    def are_tied_at(self, point: Point) -> bool:
        """Whether max or min is taken of equal things, as max(-1, sign(x)) at a negative x."""
        return self._at(point).is_tied

    def _at(self, point: Point) -> _Watching:
        watching = _Watching()
        if point.n.is_exact:
            return watching
        values = {name: elementwise(_value, x) for name, x in point.values.items()}
        evaluator = _Follower(watching, values, point.sizes)
        for expr in self.exprs:
            if expr.variables <= values.keys():
                try:
                    evaluator.value(expr)
                except (ArithmeticError, ValueError, Uncertain):
                    continue
        return watching


def points_to_try(
    exprs: Sequence[Expr],
    variables: Mapping[str, Expr],
    n: Arithmetic,
    sides: Sides,
    more: int = 0,
) -> Iterator[Point]:
    """Points until those that `sides` was told of are enough; then some `more` of other sizes,
    and those where branches go the way they have not gone so far.
    """
    for point in candidates(exprs, variables, n):
        if sides.is_enough:
            break
        yield point
    for place, point in enumerate(islice(candidates(exprs, variables, n, ("wide",)), SEARCHED)):
        if place >= more and sides.are_all_seen:
            break
        if place < more or sides.are_new_at(point):
            yield point


class _Watching(FloatArithmetic):
    """Floats that note which way each branch goes."""

    def __init__(self) -> None:
        self.node: Expr | None = None
        self.sides: set[Side] = set()
        self.is_tied = False
        self.last = math.nan

    def follow(self, node: Expr) -> None:
        self.node, self.last = node, math.nan

    def positive(self, x: float) -> bool:
        side = super().positive(x)
        if self.node is not None and x != -self.last:  # max asks for a - b, then for b - a
            self.sides.add((self.node, side))
            self.is_tied = self.is_tied or (x == 0 and self.node.data[0] in TIED)
        self.last = x
        return side


class _Follower(Evaluator):
    """Tells `watching` whose branches these are."""

    def __init__(self, watching: _Watching, *args: Any) -> None:
        super().__init__(watching, *args)
        self._watching = watching

    def meaning_of(self, node: Expr, args: list[Value]) -> Value:
        self._watching.follow(node)
        return super().meaning_of(node, args)


def _value(x: Any) -> float:
    return float(x.value)
