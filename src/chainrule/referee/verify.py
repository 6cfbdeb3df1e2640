"""Is this the derivative? The check every answer and every step passes before it is shown.

The truth comes from dual numbers along random directions; the answer is evaluated and
contracted with the same directions. Where everything is rational this happens in a prime
field, exactly; elsewhere in floating point, away from kinks and poles.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

from ..expr.node import Expr, Kind
from ..intern import postorder
from ..op import Op
from .arithmetic import FIELD, FLOAT, Arithmetic, Dual, DualArithmetic, Number, NotRational, primal
from .evaluate import Evaluator, Value, elementwise
from .linear import entries
from .sample import direction, sample_point, sample_sizes

Arrangement = tuple[tuple[int, ...], tuple[int, ...]]

TOLERANCE = 1e-8
MARGIN = 0.02  # how far arguments stay from kinks and the ends of domains
TRIES = 30
SIZE_TURNS = 4
HUGE = 1e8


@dataclass(frozen=True)
class Check:
    """What was found out: exactly or numerically, at how many points, how far off."""

    verdict: Literal["exact", "numeric", "unverified"]
    method: str
    points: int
    max_relative_error: float
    passed: bool
    reason: str = ""


class Unsafe(Exception):
    """The point is too close to where something is not differentiable or not defined."""


@dataclass(frozen=True)
class Point:
    """Where equations are compared: an arithmetic, values, sizes."""

    n: Arithmetic
    values: dict[Any, Value]
    sizes: dict[str, int]

    def evaluator(self, extra: Mapping[Any, Value] | None = None) -> Evaluator:
        values = {**self.values, **extra} if extra else self.values
        return Evaluator(self.n, values, self.sizes)


def dimension_names(exprs: Sequence[Expr]) -> set[str]:
    """The names of sizes that occur anywhere in the expressions."""
    names: set[str] = set()
    for node in postorder(exprs):
        dims = list(node.shape)
        if node.kind is Kind.SIZE:
            dims.append(node.data[0])
        elif node.kind is Kind.APPLY:
            dims.extend(node.data[2])
        for dim in dims:
            names |= dim.names
    return names


def sample_points(
    exprs: Sequence[Expr], variables: Mapping[str, Expr], count: int
) -> tuple[list[Point], str]:
    """Points where all of `exprs` can be evaluated safely, and why there are fewer if so."""
    names = dimension_names([*exprs, *variables.values()])
    source = random.Random(exprs[0].key)
    for turn in range(SIZE_TURNS if names else 1):  # X'X wants more rows, XX' more columns
        sizes = sample_sizes(names, turn)
        points = list(_field_points(exprs, variables, sizes, source, count))
        if len(points) < count:
            points = list(_float_points(exprs, variables, sizes, source, count))
        if points:
            return points, ""
    return [], "no point was found where everything is defined"


def _field_points(
    exprs: Sequence[Expr],
    variables: Mapping[str, Expr],
    sizes: dict[str, int],
    source: random.Random,
    count: int,
) -> Iterator[Point]:
    for _ in range(count + 3):
        try:
            values = sample_point(variables, sizes, FIELD, source)
            evaluator = Evaluator(FIELD, values, sizes)
            for expr in exprs:
                evaluator.value(expr)
        except NotRational:
            return
        except ZeroDivisionError:
            continue
        yield Point(FIELD, values, sizes)
        count -= 1
        if not count:
            return


def _float_points(
    exprs: Sequence[Expr],
    variables: Mapping[str, Expr],
    sizes: dict[str, int],
    source: random.Random,
    count: int,
) -> Iterator[Point]:
    for attempt in range(TRIES):
        spread = ("normal", "positive", "small")[attempt % 3 if attempt > 5 else 0]
        try:
            values = sample_point(variables, sizes, FLOAT, source, spread)
            evaluator = Evaluator(FLOAT, values, sizes, _stay_clear)
            for expr in exprs:
                for entry in entries(evaluator.value(expr)):
                    if not -HUGE < entry < HUGE:
                        raise Unsafe
        except (Unsafe, ZeroDivisionError):
            continue
        yield Point(FLOAT, values, sizes)
        count -= 1
        if not count:
            return


def _stay_clear(op: Op, numbers: tuple[Number, ...]) -> None:
    """Refuse arguments near a kink or the end of the domain."""
    if not numbers:
        return
    low, high = op.domain
    x = numbers[0]
    if op.arity == 1 and not low + MARGIN < x < high - MARGIN:
        raise Unsafe
    if op.kink == "0" and abs(x) < MARGIN:
        raise Unsafe
    if op.kink == "equal" and abs(x - numbers[1]) < MARGIN:
        raise Unsafe


def directional(
    expr: Expr, point: Point, steps: Mapping[str, Sequence[Value]], order: int
) -> Value:
    """The derivative of this order along the directions `steps[name][0], [1], ...`.

    Nested dual numbers: one level for each order.
    """
    n: Arithmetic = point.n
    values = dict(point.values)
    for level in range(order):
        n = DualArithmetic(n)
        lifted = {}
        for name, value in values.items():
            if name in steps:
                step = _raised_to(steps[name][level], level, point.n)
                lifted[name] = _pair(value, step)
            else:
                lifted[name] = elementwise(lambda x, n=n: Dual(x, n.base.lift(0)), value)
        values = lifted
    result = Evaluator(n, values, point.sizes).value(expr)
    return elementwise(_mixed_tangent(order), result)


def _pair(value: Value, step: Value) -> Value:
    return elementwise(Dual, value, step)


def _raised_to(step: Value, level: int, n: Arithmetic) -> Value:
    """A plain direction as a constant of the nested dual numbers below."""

    def lift(x: Number) -> Number:
        arithmetic = n
        for _ in range(level):
            x = Dual(x, arithmetic.lift(0))
            arithmetic = DualArithmetic(arithmetic)
        return x

    return elementwise(lift, step)


def _mixed_tangent(order: int) -> Callable[[Number], Number]:
    def part(x: Number) -> Number:
        for _ in range(order):
            x = x.tangent if isinstance(x, Dual) else 0 * x
        return x

    return part


def relative_error(n: Arithmetic, a: Value, b: Value, scale: float = 0.0) -> float:
    """How far two values differ, relative to their size; 0 or 1 in the field."""
    left, right = entries(a), entries(b)
    if len(left) != len(right):
        return float("inf")
    if n is FIELD:
        return float(any(n.magnitude(p - q) for p, q in zip(left, right, strict=True)))
    difference = max((abs(p - q) for p, q in zip(left, right, strict=True)), default=0.0)
    size = max([abs(p) for p in left + right] + [scale, 1e-12])
    return difference / size if difference == difference else float("inf")


def verify_derivative(
    expr: Expr,
    answer: Expr,
    wrt: str,
    order: int,
    variables: Mapping[str, Expr],
    arrangement: Arrangement | None = None,
    points: int = 3,
) -> Check:
    """Whether `answer` is the derivative of `expr` of this order with respect to `wrt`.

    The answer's axes are those of the expression, then `order` times the variable's; with
    an `arrangement` it is the matrix whose rows and columns run over those axes, the most
    significant first. A variable declared symmetric is varied freely.
    """
    found, reason = sample_points([expr, answer], variables, points)
    if not found:
        return Check("unverified", "no test point", 0, 0.0, True, reason)
    worst, used = 0.0, 0
    source = random.Random(answer.key)
    for point in found:
        try:
            worst = max(worst, _error_at(point, expr, answer, wrt, order, variables, arrangement, source))
            used += 1
        except ZeroDivisionError:  # a derivative that is not defined just here
            continue
    if not used:
        return Check("unverified", "no test point", 0, 0.0, True, "every point was singular")
    exact = found[0].n is FIELD
    method = "dual numbers modulo 2^61 - 1" if exact else "dual numbers in double precision"
    passed = worst == 0 if exact else worst < TOLERANCE
    return Check("exact" if exact else "numeric", method, used, worst, passed)


def _error_at(
    point: Point,
    expr: Expr,
    answer: Expr,
    wrt: str,
    order: int,
    variables: Mapping[str, Expr],
    arrangement: Arrangement | None,
    source: random.Random,
) -> float:
    """The relative error of the answer along random directions from one point."""
    shape = variables[wrt].shape
    steps = [direction(shape, point.sizes, point.n, source) for _ in range(order)]
    truth = directional(expr, point, {wrt: steps}, order)
    evaluator = point.evaluator()
    value = evaluator.value(answer)
    if arrangement is not None:
        counts = [dim.value(point.sizes) for dim in (*expr.shape, *(list(shape) * order))]
        value = unpacked(value, counts, arrangement)
    claimed, scale = contracted(value, steps, len(expr.shape), len(shape))
    if point.n is FLOAT:  # large parts that cancel leave their rounding error behind
        scale = max([scale, *(abs(e) for part in evaluator.done.values() for e in entries(part))])
    return relative_error(point.n, truth, claimed, scale)


def contracted(
    value: Value, steps: Sequence[Value], own: int, each: int
) -> tuple[Value, float]:
    """The answer's value along the directions, and the size of its largest term."""
    largest = 0.0
    for step in reversed(steps):
        flat = entries(step)

        def against(part: Value, flat: list[Number] = flat) -> Number:
            nonlocal largest
            terms = [p * q for p, q in zip(entries(part), flat, strict=True)]
            if isinstance(primal(terms[0]), float):
                largest = max(largest, *(abs(t) for t in terms))
            total = terms[0]
            for term in terms[1:]:
                total = total + term
            return total

        value = _over_last(value, depth_of(value) - each, against)
    return value, largest


def depth_of(value: Value) -> int:
    depth = 0
    while isinstance(value, list):
        depth, value = depth + 1, value[0]
    return depth


def _over_last(value: Value, depth: int, function: Callable[[Value], Number]) -> Value:
    if depth <= 0:
        return function(value)
    return [_over_last(part, depth - 1, function) for part in value]


def unpacked(value: Value, counts: list[int], arrangement: Arrangement) -> Value:
    """The matrix `value` as nested lists over the axes it arranges."""
    rows, columns = arrangement

    def place(axes: tuple[int, ...], index: tuple[int, ...]) -> int:
        result = 0
        for axis in axes:
            result = result * counts[axis] + index[axis]
        return result

    flat: dict[tuple[int, ...], Number] = {}
    for index in product(*(range(count) for count in counts)):
        flat[index] = value[place(rows, index)][place(columns, index)]

    def nested(prefix: tuple[int, ...]) -> Value:
        if len(prefix) == len(counts):
            return flat[prefix]
        return [nested((*prefix, k)) for k in range(counts[len(prefix)])]

    return nested(())
