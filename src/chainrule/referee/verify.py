"""Is this the derivative? The check every answer and every step passes before it is shown.

The truth comes from dual numbers along random directions; the answer is evaluated and
contracted with the same directions. Where everything is rational this happens in a prime
field, exactly; so it does with unknown functions in the place of exp, sin, ..., if the answer
rests on nothing but how they are differentiated. Elsewhere floats that know their rounding
error tell a difference from noise, and set a point aside that is too close to a kink or a
pole; where they cannot decide, 50 and 100 digits do.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice, product
from operator import add, mul, sub
from typing import Literal

from ..expr.build import variable
from ..expr.node import Expr
from .abstract import AbstractArithmetic
from .along import along
from .arithmetic import Arithmetic, NotRational, Number, Uncertain
from .bounded import BOUNDED
from .compare import Comparison, compare
from .digits import DIGITS, Missing, is_settled
from .dual import DUAL, DualArithmetic
from .effort import EFFORT_LIMIT, effort
from .evaluate import Evaluator
from .field import FIELD
from .linear import Value, add_up, diagonal, elementwise, entries, transpose
from .points import Point, candidates, sizes_to_try
from .sample import direction, seeded, sizes_for
from .sides import ONE_SIDED, Sides, points_to_try

SYMMETRIC = frozenset({"symmetric", "spd", "psd", "diagonal"})

Arrangement = tuple[tuple[int, ...], tuple[int, ...]]

TOLERANCE = 1e-8  # of a relative error that was found, for people; the bounds decide
PRECISE_TRIES = 10  # of points with many digits
MORE = 20_000  # numbers touched at points of other sizes, about 10 ms
BUDGET = 0.05  # seconds; what has been decided by then is enough
ROOT_POINTS = 10  # of a field: that √(x²) is x holds at every second one
DIGITS_USED = (50, 100)

EXACT = "dual numbers modulo 2^61 - 1"
ABSTRACTED = "dual numbers modulo 2^61 - 1, functions as unknowns"
NUMERIC = "dual numbers in double precision with error bounds"
PRECISE = "dual numbers with 50 and 100 digits"


@dataclass(frozen=True)
class Check:
    """What was found out: exactly or numerically, at how many points, how far off."""

    verdict: Literal["exact", "numeric", "unverified"]
    method: str
    points: int
    max_relative_error: float
    passed: bool
    reason: str = ""

    @property
    def is_one_sided(self) -> bool:
        """Whether a branch of the expression or the answer was only seen to go one way."""
        return self.reason == ONE_SIDED


def verify_derivative(
    expr: Expr,
    answer: Expr,
    wrt: str,
    order: int,
    variables: Mapping[str, Expr],
    arrangement: Arrangement | None = None,
    convention: str = "free",
    points: int = 3,
) -> Check:
    """Whether `answer` is the derivative of `expr` of this order with respect to `wrt`.

    The answer's axes are those of the expression, then `order` times the variable's; with
    an `arrangement` it is the matrix whose rows and columns run over those axes, the most
    significant first. A variable declared symmetric is varied as `convention` says.
    """
    claim = _Claim(expr, answer, variables[wrt], order, arrangement, convention)
    return verify_claim(claim, [expr, answer, *variables.values()], variables, points)


def verify_claim(
    claim: Claim, exprs: Sequence[Expr], variables: Mapping[str, Expr], points: int = 3
) -> Check:
    """Whether the two sides of a claim agree; `exprs` have every size that occurs in it."""
    if effort(exprs, sizes_for(exprs)) > EFFORT_LIMIT:
        return Check("unverified", "", 0, 0.0, True, "the declared sizes are too large to evaluate")
    try:
        return _check(claim, exprs, variables, FIELD, points, EXACT)
    except NotRational:
        pass
    abstract = AbstractArithmetic()
    try:
        check = _check(claim, exprs, variables, abstract, points, ABSTRACTED)
        if check.passed and check.verdict == "exact":
            return check
    except NotRational:
        pass
    check = _check(claim, exprs, variables, BOUNDED, points, NUMERIC)
    return check if check.verdict == "numeric" else _check_digits(claim, exprs, variables, check)


def _check(
    claim: Claim,
    exprs: Sequence[Expr],
    variables: Mapping[str, Expr],
    n: Arithmetic,
    points: int,
    method: str,
) -> Check:
    """The verdict over the first `points` points that decide, or those in the budget, and over
    points on the other sides of branches.
    """
    decided, worst, reason = 0, 0.0, "no point was found where everything is defined"
    verdict: Literal["exact", "numeric"] = "numeric" if method == NUMERIC else "exact"
    clock, sides = _Clock(), Sides(exprs)
    points = max(points, len(sizes_to_try(exprs)))
    more = 0 if n.is_exact else MORE // effort(exprs, sizes_for(exprs))
    for point in points_to_try(exprs, variables, n, sides, more):
        try:
            found = claim.compare(point)
        except (ZeroDivisionError, Uncertain):
            continue
        if found.agree is None:
            reason = "rounding errors are too large to decide at every point tried"
            continue
        decided, worst = decided + 1, max(worst, found.error)
        if not found.agree:
            return Check(verdict, method, decided, worst, False, "the values differ")
        sides.add(point, decided >= points_needed(n, points, not clock.is_over()))
    if sides.is_enough or (decided and method != ABSTRACTED):
        reason = "" if sides.are_all_seen else ONE_SIDED
        return Check(verdict, method, decided, worst, True, reason)
    return Check("unverified", method, 0, 0.0, True, reason)


class _Clock:
    """Whether the budget is used up, in time of this process: others must not change a check.

    The time of the process can be slow to ask for; it is not more than what has passed.
    """

    def __init__(self) -> None:
        self.started = time.perf_counter(), time.process_time()

    def is_over(self) -> bool:
        passed, own = self.started
        is_late = time.perf_counter() - passed > BUDGET
        return is_late and time.process_time() - own > BUDGET


def points_needed(n: Arithmetic, points: int, has_time: bool = True) -> int:
    """How many points decide: two when time is up, of different sizes; more for roots."""
    if isinstance(n, AbstractArithmetic) and n.has_roots:
        return max(points, ROOT_POINTS)
    return points if has_time else min(points, 2)


def _check_digits(
    claim: Claim, exprs: Sequence[Expr], variables: Mapping[str, Expr], before: Check
) -> Check:
    """The verdict of one point with many digits; else `before`."""
    try:
        arithmetics = [DIGITS(digits) for digits in DIGITS_USED]
    except Missing as missing:
        return replace(before, reason=f"{before.reason}; {missing}")
    for coarse, fine in islice(
        zip(*(candidates(exprs, variables, n) for n in arithmetics), strict=True), PRECISE_TRIES
    ):
        try:
            gaps = [claim.gaps(point) for point in (coarse, fine)]
        except (ZeroDivisionError, Uncertain):
            continue
        settled = is_settled(*gaps)
        if settled is not None:
            error = 0.0 if settled else 1.0
            reason = "" if settled else "the values differ"
            return Check("numeric", PRECISE, 1, error, settled, reason)
    return before


class Claim:
    """Two things are equal: `sides` gives both at a point."""

    def sides(self, point: Point) -> tuple[Value, Value]:
        raise NotImplementedError

    def compare(self, point: Point) -> Comparison:
        return compare(point.n, *self.sides(point))

    def gaps(self, point: Point) -> list[Number]:
        left, right = map(entries, self.sides(point))
        return [a - b for a, b in zip(left, right, strict=True)]


@dataclass(frozen=True)
class _Claim(Claim):
    """`answer` is the derivative of `expr`."""

    expr: Expr
    answer: Expr
    wrt: Expr
    order: int
    arrangement: Arrangement | None
    convention: str = "free"

    def sides(self, point: Point) -> tuple[Value, Value]:
        """The truth and the answer along the same random directions."""
        source = seeded(point.seed, "directions")
        steps = [direction(self.wrt, point.sizes, point.n, source) for _ in range(self.order)]
        ways = [moved(step, point.n, self.wrt, self.convention) for step in steps]
        truth = directional(self.expr, point, {self.wrt.data[0]: ways}, self.order)
        return truth, self._along(steps, point)

    def _along(self, steps: list[Value], point: Point) -> Value:
        """The answer applied to the directions."""
        if self.arrangement is None and len(self.answer.shape) > 2:
            symbols = [variable(f"direction {k}", self.wrt.shape) for k in range(self.order)]
            named = {symbol.data[0]: step for symbol, step in zip(symbols, steps, strict=True)}
            return entries(point.evaluator(named).value(along(self.answer, symbols)))
        value = point.evaluator().value(self.answer)
        if self.arrangement is None:
            flat = entries(value)
        else:
            axes = self.expr.shape + self.wrt.shape * self.order
            flat = unpacked(value, [dim.value(point.sizes) for dim in axes], self.arrangement)
        weights = [reduce(mul, factors) for factors in product(*map(entries, steps))]
        width = len(weights)
        return [
            add_up(point.n, map(mul, flat[start : start + width], weights))
            for start in range(0, len(flat), width)
        ]


def moved(step: Value, n: Arithmetic, wrt: Expr, convention: str) -> Value:
    """How the matrix moves when the entries of a symmetric one are told to move by `step`."""
    if convention == "free" or not SYMMETRIC & wrt.data[1]:
        return step
    both = elementwise(add, step, transpose(step))
    if convention == "projected":
        return elementwise(lambda entry: entry / 2, both)
    return elementwise(sub, both, diagonal(n, diagonal(n, step)))


def directional(
    expr: Expr,
    point: Point,
    steps: Mapping[str, Sequence[Value]],
    order: int = 1,
    still: Evaluator | None = None,
) -> Value:
    """The derivative of this order along the directions steps[name][0], [1], ...

    One level of dual numbers for each order; only the named variables are lifted. What rests
    on no named variable is taken from `still`, an evaluator at the point, if given. Raises
    Uncertain where the expression itself has no value, as log at a negative number.
    """
    n, levels = point.n, []
    values = dict(point.values)
    for level in range(order):
        n = DUAL(n)
        levels.append(n)
        for name, directions in steps.items():
            values[name] = elementwise(n.shifted, values[name], directions[level])
    result = Evaluator(n, values, point.sizes, still, frozenset(steps)).value(expr)
    numbers = entries(result)
    if not all(point.n.is_finite(_primal(x, levels)) for x in numbers):
        raise Uncertain("no value here")
    return elementwise(lambda x: _mixed_tangent(x, levels), result)


def _primal(x: Number, levels: list[DualArithmetic]) -> Number:
    """A nested dual number without its ε."""
    for n in reversed(levels):
        x = n.value(x)
    return x


def _mixed_tangent(x: Number, levels: list[DualArithmetic]) -> Number:
    """The coefficient of ε₁ε₂... of a nested dual number."""
    for n in reversed(levels):
        x = n.tangent(x)
    return x


def unpacked(value: Value, counts: list[int], arrangement: Arrangement) -> list[Number]:
    """The entries of a matrix in the order of the axes that its rows and columns run over."""
    rows, columns = arrangement
    width = math.prod(counts[axis] for axis in columns)
    flat = entries(value)

    def place(axes: tuple[int, ...], index: tuple[int, ...]) -> int:
        return reduce(lambda total, axis: total * counts[axis] + index[axis], axes, 0)

    return [
        flat[place(rows, index) * width + place(columns, index)]
        for index in product(*map(range, counts))
    ]
