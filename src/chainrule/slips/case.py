"""A wrong answer beside the truth, at a few points: what every kind of slip is looked for in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from ..expr.node import Expr
from ..intern import postorder
from ..referee.arithmetic import FLOAT, Number, Uncertain
from ..referee.bounded import BOUNDED
from ..referee.evaluate import Evaluator
from ..referee.linear import Value, elementwise, entries
from ..referee.points import Point
from ..referee.sample import (
    STYLES,
    Style,
    direction,
    impossible,
    numbers_in,
    sample_point,
    seeded,
    sizes_for,
)
from ..referee.verify import Arrangement, directional, unpacked
from ..shapes import Shape
from .flat import Flat, Row, all_of, is_finite, same
from .flow import LARGEST, Flow, TooLarge
from .slip import Slip

POINTS = 3  # where the answer is wrong
MOST_RIGHT = 3  # ... and where it is right
ATTEMPTS = 36
WIDE = 60  # attempts more, at points as large as the numbers in the expression: relu(x - 30)
SIZES = ((3, 2, 4, 5), (2, 4, 3, 5), (4, 3, 5, 2))  # so that no size is a constant factor
MOST_ENTRIES = 1500
SHARP = 1e-9  # relative rounding error of what is compared
ROUNDING = 1e-15  # a relative error that says nothing

Guess = tuple[Slip, Sequence[float]]  # what the answer would be if this were the slip


@dataclass(frozen=True)
class Case:
    """`answer` was given for the derivative of `expr` by `wrt`, of an order.

    `base` is the derivative of the order before, whose first derivative is asked for, and
    None where it cannot be written. `defined` gives names the values of their definitions.
    """

    expr: Expr
    base: Expr | None
    answer: Expr
    wrt: Expr
    order: int
    variables: Mapping[str, Expr]
    arrangement: Arrangement | None = None
    defined: tuple[tuple[str, Expr], ...] = ()
    convention: str = "free"
    names: Mapping[Expr, str] = field(default_factory=dict)

    @property
    def needed(self) -> Shape:
        return self.expr.shape + self.wrt.shape * self.order

    @property
    def fits(self) -> bool:
        return self.arrangement is not None or self.answer.shape == self.needed

    def places(self, symmetric: frozenset[str] = frozenset()) -> Iterator[Place]:
        """Points where truth and answer have values; some variables made symmetric."""
        if self.base is None:
            return
        free = {name: v for name, v in self.variables.items() if name not in dict(self.defined)}
        exprs = [self.expr, self.base, self.answer, *self.variables.values()]
        scales = numbers_in(exprs)
        for attempt in range(ATTEMPTS + WIDE):
            sizes = sizes_for(exprs, attempt // 2, SIZES[attempt % len(SIZES)])
            if impossible(exprs, sizes):
                continue
            seed = seeded(str(self.expr.key), attempt, "slips")
            style: Style = STYLES[(attempt // 2) % len(STYLES)] if attempt < ATTEMPTS else "wide"
            try:
                values = sample_point(free, sizes, BOUNDED, seed, style, scales)
                for name in symmetric:
                    values[name] = _symmetrised(values[name])
                point = Point(BOUNDED, values, sizes, str(attempt))
                self._refuse_large(point)
                if not self._is_decided(point):
                    continue
                point = self._completed(_in_floats(point))
                flow = Flow(self.base, self.wrt, point)
                place = Place(self, point, flow)
                if flow.is_defined() and is_finite([place.answer]):
                    yield place
            except (Uncertain, ZeroDivisionError, OverflowError, TypeError, ValueError):
                continue

    def _refuse_large(self, point: Point) -> None:
        """Raise where the Jacobian or a part of the answer has too many entries."""
        parts = [self.needed, *(node.shape for node in postorder([self.answer]))]
        for shape in parts:
            if math.prod(dim.value(point.sizes) for dim in shape) > MOST_ENTRIES:
                raise TooLarge
        if math.prod(dim.value(point.sizes) for dim in self.wrt.shape) > LARGEST:
            raise TooLarge

    def _is_decided(self, point: Point) -> bool:
        """Whether rounding leaves answer and truth more than noise."""
        if self.base is None:
            return False
        at = self._completed(point)
        step = direction(self.wrt, at.sizes, at.n, seeded(at.seed, "slips"))
        moved = directional(self.base, at, {self.wrt.data[0]: [step]})
        return _is_sharp(moved) and _is_sharp(at.evaluator().value(self.answer))

    def _completed(self, point: Point) -> Point:
        """The point with the values of the defined names."""
        values = dict(point.values)
        evaluator = point.evaluator()
        for name, full in self.defined:
            values[name] = evaluator.value(full)
        return Point(point.n, values, point.sizes, point.seed)


@dataclass(frozen=True)
class Place:
    """One point."""

    case: Case
    point: Point
    flow: Flow

    @cached_property
    def evaluator(self) -> Evaluator:
        return self.point.evaluator()

    @cached_property
    def truth(self) -> Row:
        """The derivative, the axes of the expression first."""
        return all_of(self.flow.truth)

    @cached_property
    def answer(self) -> Row:
        return self.read(self.case.answer)

    def read(self, answer: Expr) -> Row:
        """The entries of an answer, in the order of the truth's."""
        value = self.evaluator.value(answer)
        if self.case.arrangement is not None and answer.shape == self.case.answer.shape:
            counts = [dim.value(self.point.sizes) for dim in self.case.needed]
            return [real(x) for x in unpacked(value, counts, self.case.arrangement)]
        return [real(x) for x in entries(value)]

    def value(self, expr: Expr) -> Row:
        return [real(x) for x in entries(self.evaluator.value(expr))]

    def counts(self, shape: Shape) -> tuple[int, ...]:
        return tuple(dim.value(self.point.sizes) for dim in shape)

    @property
    def is_wrong(self) -> bool:
        return not same(self.truth, self.answer)

    @property
    def error(self) -> float:
        """The largest difference, relative to the largest entry."""
        pairs = list(zip(self.truth, self.answer, strict=True))
        size = max((abs(x) for pair in pairs for x in pair), default=0.0)
        return max((abs(t - a) for t, a in pairs), default=0.0) / size if size else 0.0

    def jacobian(self) -> Flat:
        return self.flow.truth


def real(x: Number) -> float:
    """The number as a float; nan where it is complex."""
    return math.nan if isinstance(x, complex) else float(x)


def _is_sharp(value: Value) -> bool:
    """Whether bounded floats are known well, relative to the largest of them."""
    size = max((abs(x.value) for x in entries(value)), default=0.0)
    bound = max((x.bound for x in entries(value)), default=0.0)
    return math.isfinite(size) and bound <= SHARP * size


def _in_floats(point: Point) -> Point:
    values = {name: elementwise(lambda x: x.value, value) for name, value in point.values.items()}
    return Point(FLOAT, values, point.sizes, point.seed)


def _symmetrised(x: Value) -> Value:
    turned = [list(column) for column in zip(*x, strict=True)]
    return elementwise(lambda a, b: (a + b) / 2, x, turned)


def wrong_places(case: Case, count: int = POINTS) -> list[Place]:
    """Points met until the answer was wrong at a few: right ones are among them if met before.

    Empty where the answer is not found wrong so often, or everything is too large.
    """
    found: list[Place] = []
    wrong = 0
    try:
        for place in case.places():
            if place.is_wrong or len(found) < MOST_RIGHT + wrong:
                found.append(place)
            wrong += place.is_wrong
            if wrong == count:
                return found
    except TooLarge:
        pass
    return []


def relative_error(case: Case) -> float | None:
    """How far the answer is off, in floats, at the first points where that can be seen."""
    try:
        errors = (place.error for place in case.places())
        return max(islice((e for e in errors if e > ROUNDING), POINTS), default=None)
    except TooLarge:
        return None


def first_match(places: Sequence[Place], guesses: Iterable[Iterable[Guess]]) -> Slip | None:
    """The first slip whose guess is the answer at every point.

    `guesses` gives for each point the same slips in the same order.
    """
    matched: list[dict[int, Slip]] = []
    for place, of_place in zip(places, guesses, strict=True):
        known = matched[-1] if matched else None
        here: dict[int, Slip] = {}
        for number, (found, guess) in enumerate(of_place):
            if (known is None or number in known) and same(guess, place.answer):
                here[number] = found
        if not here:
            return None
        matched.append(here)
    return next(iter(matched[-1].values()), None) if matched else None
