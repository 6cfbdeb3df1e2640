"""Generated code is run before it is handed out: beside dual numbers, at random points.

The answer was checked as a formula. This finds what may go wrong between formula and code, and
shares nothing with either: the derivative of the expression itself along random directions.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import reduce
from itertools import product
from operator import mul
from typing import Any

from ..referee.arithmetic import NotRational, Number, Uncertain
from ..referee.bounded import BOUNDED
from ..referee.effort import effort
from ..referee.linear import elementwise, entries
from ..referee.points import Point
from ..referee.sample import STYLES, direction, impossible, sample_point, seeded, sizes_for
from ..referee.verify import directional, moved
from ..solve import CheckFailed, Solution, convention_of

POINTS = 4  # that decide: more than half of them must agree
TRIES = 12
EFFORT_LIMIT = 300_000  # of one evaluation, about a second; without a trial beyond
TOLERANCE = 1e-6  # relative to the sum of absolute terms
SLACK = 1000  # rounding errors of the code, in those that the truth may have
VAGUE = 1e-3  # more noise than this part decides nothing
UNDECIDED = (ArithmeticError, ValueError, Uncertain, NotRational)  # singular, not a number, ...


def try_out(
    function: Callable[..., Any],
    solution: Solution,
    orders: Sequence[int],
    fixed: Collection[str] = (),
) -> None:
    """Raise CheckFailed where `function`, in NumPy, contradicts the expression.

    With `fixed` variables it takes these and returns the function of the others.
    """
    if fixed:
        function = _at_once(function, fixed)
    variables = solution.understood.variables
    exprs = [solution.expr, *variables.values()]
    if effort(exprs, sizes_for(exprs)) * 4 ** max(orders) > EFFORT_LIMIT:
        return
    verdicts: list[bool] = []
    for attempt in range(TRIES):
        sizes = sizes_for(exprs, turn=attempt % 2)
        if impossible(exprs, sizes):
            continue
        source = seeded(solution.expr.key, "trial", attempt)
        style = STYLES[attempt // 2 % len(STYLES)]
        try:
            values = sample_point(variables, sizes, BOUNDED, source, style)
            found = list(_verdicts(function, solution, orders, Point(BOUNDED, values, sizes)))
        except UNDECIDED:
            continue
        verdicts += [all(found)] if found else []
        if len(verdicts) >= POINTS:
            break
    if verdicts and 2 * sum(verdicts) <= len(verdicts):
        raise CheckFailed("unsupported", "the generated code is not the derivative: withheld")


def _at_once(function: Callable[..., Any], fixed: Collection[str]) -> Callable[..., Any]:
    def whole(**variables: Any) -> Any:
        rest = function(**{name: variables.pop(name) for name in fixed})
        return rest(**variables)

    return whole


def _verdicts(
    function: Callable[..., Any], solution: Solution, orders: Sequence[int], point: Point
) -> Iterator[bool]:
    """Whether what the function returns agrees with the truth at a point, if that is known."""
    wrt = solution.understood.variables[solution.wrt]
    source = seeded(solution.expr.key, "directions")
    steps = [direction(wrt, point.sizes, BOUNDED, source) for _ in range(max(orders))]
    ways = [moved(step, BOUNDED, wrt, convention_of(solution.problem)) for step in steps]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        floats = {name: elementwise(_value, x) for name, x in point.values.items()}
        returned = function(**floats, **point.sizes)
    floats_of = [[x.value for x in entries(step)] for step in steps]
    for order, result in zip(orders, returned if len(orders) > 1 else [returned], strict=True):
        truth = entries(directional(solution.expr, point, {solution.wrt: ways[:order]}, order))
        weights = [reduce(mul, factors, 1.0) for factors in product(*floats_of[:order])]
        flat = entries(result.tolist())
        axes = solution.expr.shape + wrt.shape * order
        if result.shape != tuple(dim.value(point.sizes) for dim in axes):
            yield False
            continue
        rows = [flat[k : k + len(weights)] for k in range(0, len(flat), len(weights))]
        terms = [list(map(mul, row, weights)) for row in rows]
        scale = max(*(math.fsum(map(abs, row)) for row in terms), *(abs(x.value) for x in truth))
        noise = SLACK * max(x.bound for x in truth)
        gaps = [abs(math.fsum(row) - x.value) for row, x in zip(terms, truth, strict=True)]
        if noise <= VAGUE * max(1.0, scale) < math.inf:
            yield max(gaps) <= TOLERANCE * scale + noise


def _value(x: Number) -> float:
    return float(x.value)
