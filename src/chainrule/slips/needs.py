"""What a right answer needs that the derivative does not: 2*sqrt(x)^2 is 2*x for x > 0 alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain, islice

from ..conditions import NONZERO, Condition, conditions, lost_conditions
from ..errors import ProblemError
from ..expr.node import Expr
from ..lower import lower
from ..referee.arithmetic import Uncertain
from ..referee.bounded import BOUNDED, Bounded
from ..referee.effort import effort
from ..referee.linear import Value, entries
from ..referee.points import Point, candidates
from ..referee.sample import direction, seeded, sizes_for
from ..referee.verify import directional
from ..signs import Signs

TRIED = 24  # points of each kind
EFFORT_LIMIT = 500_000  # of all of a kind together

FAILURES = (ArithmeticError, ValueError, TypeError, Uncertain)
HOLDS: dict[str, Callable[[Bounded], bool]] = {
    "> 0": lambda x: x.value > -x.bound,
    "≥ 0": lambda x: x.value >= -x.bound,
    "∈ (-1, 1)": lambda x: abs(x.value) < 1 + x.bound,
}


def needed(
    expr: Expr,
    answer: Expr,
    wrt: Expr,
    order: int,
    variables: Mapping[str, Expr],
    derivative: Callable[[], Expr],
) -> list[Condition]:
    """Conditions of `answer` that fail where `expr` has a derivative.

    That a number is positive is seen at points where it is not. That it is not 0 cannot be
    met at random: there the formulas decide, and `derivative` gives the one of chainrule.
    """
    asked = conditions(answer)
    failing = _failing(asked, expr, answer, wrt, order, variables)
    known = {condition.subject for condition in failing}
    zeros = [
        condition
        for condition in lost_conditions(answer, expr)
        if condition.relation == NONZERO and not _is_root_of(condition.subject, asked)
    ]
    if zeros:
        try:
            shown = derivative()
        except ProblemError:
            shown = expr
        lost = lost_conditions(answer, shown)
        failing |= {c for c in zeros if c in lost and c.subject not in known}
    return [condition for condition in asked if condition in failing]


def _is_root_of(subject: Expr, asked: Collection[Condition]) -> bool:
    """Whether this is sqrt(u) and u > 0 is asked already."""
    return subject.data[:1] == ("sqrt",) and Condition(subject.args[0], "> 0") in asked


def _failing(
    asked: list[Condition],
    expr: Expr,
    answer: Expr,
    wrt: Expr,
    order: int,
    variables: Mapping[str, Expr],
) -> set[Condition]:
    """Which inequalities do not hold at some point where `expr` has a derivative."""
    signs = Signs()
    waiting = [
        condition
        for condition in asked
        if condition.relation in HOLDS
        and not condition.holds_in(signs.range(lower(condition.subject)))
    ]
    failing: set[Condition] = set()
    for point in _points([answer, expr, *variables.values()], variables) if waiting else ():
        failed = [condition for condition in waiting if _fails(condition, point)]
        if failed and _has_derivative(expr, wrt, order, point):
            failing.update(failed)
            waiting = [condition for condition in waiting if condition not in failing]
        if not waiting:
            break
    return failing


def _points(exprs: list[Expr], variables: Mapping[str, Expr]) -> Iterator[Point]:
    """Points of all styles, then some as large as the numbers that stand there."""
    count = min(TRIED, EFFORT_LIMIT // effort(exprs, sizes_for(exprs)))
    return chain(
        islice(candidates(exprs, variables, BOUNDED), count),
        islice(candidates(exprs, variables, BOUNDED, ("wide",)), count),
    )


def _fails(condition: Condition, point: Point) -> bool:
    try:
        value: Value = point.evaluator().value(condition.subject)
        return not all(map(HOLDS[condition.relation], entries(value)))
    except FAILURES:
        return False


def _has_derivative(expr: Expr, wrt: Expr, order: int, point: Point) -> bool:
    step = direction(wrt, point.sizes, point.n, seeded(point.seed, "needs"))
    try:
        moved = directional(expr, point, {wrt.data[0]: [step] * order}, order)
        return all(map(point.n.is_finite, entries(moved)))
    except FAILURES:
        return False
