"""A small point at which a scalar answer is wrong, to show to people: `counterexample`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, product

from ..expr.node import Expr
from ..intern import postorder
from ..referee.arithmetic import Uncertain
from ..referee.bounded import BOUNDED, Bounded
from ..referee.compare import SLACK, compare
from ..referee.linear import entries
from ..referee.points import Point
from ..referee.sample import numbers_in
from ..referee.verify import directional

VALUES = (2, 1, 3, -1, -2)  # of scalars; then twice the numbers that stand there
TRIED = 60
LARGEST = 1e9
STEP = 1e-6  # to points beside, where the derivative is much the same unless there is a kink
ALIKE = 1e-3


def counterexample(expr: Expr, answer: Expr, wrt: Expr, order: int) -> tuple[str, str, str] | None:
    """The point, the answer there, the derivative; None of vectors, or if none is found."""
    names = sorted(expr.variables | answer.variables | wrt.variables)
    if any(node.shape for node in postorder([expr, answer, wrt])):
        return None
    larger = [int(2 * x) for x in numbers_in([expr, answer]) if x > max(VALUES) and x.is_integer()]
    values = [*VALUES, *(sign * x for x in larger for sign in (1, -1))]
    for chosen in islice(product(values, repeat=len(names)), TRIED):
        at = dict(zip(names, map(BOUNDED.lift, chosen), strict=True))
        try:
            truth = _slope(expr, at, wrt, order)
            found = entries(Point(BOUNDED, dict(at), {}).evaluator().value(answer))[0]
            differ = compare(BOUNDED, found, truth).agree is False
            if not differ or not _is_smooth(expr, at, wrt, order, truth):
                continue
        except (Uncertain, ArithmeticError, ValueError, TypeError, KeyError):
            continue
        shown = _shown(found), _shown(truth)
        if None not in shown and shown[0] != shown[1]:
            where = ", ".join(f"{n} = {v}" for n, v in zip(names, chosen, strict=True))
            return where, str(shown[0]), str(shown[1])
    return None


def _slope(expr: Expr, at: dict[str, Bounded], wrt: Expr, order: int) -> Bounded:
    steps = {wrt.data[0]: [BOUNDED.lift(1)] * order}
    found: Sequence[Bounded] = entries(
        directional(expr, Point(BOUNDED, dict(at), {}), steps, order)
    )
    return found[0]


def _is_smooth(expr: Expr, at: dict[str, Bounded], wrt: Expr, order: int, slope: Bounded) -> bool:
    """Whether the derivative does not jump: of max(x, y) at x = y it is only agreed upon."""
    for step in (STEP, -STEP):
        beside = {
            name: Bounded(x.value + step * number) for number, (name, x) in enumerate(at.items(), 1)
        }
        gap = _slope(expr, beside, wrt, order).value - slope.value
        if not abs(gap) <= ALIKE * max(1.0, abs(slope.value)):
            return False
    return True


def _shown(x: Bounded) -> str | None:
    """A finite number with four digits; what may be 0 is 0."""
    if isinstance(x.value, complex) or not abs(x.value) <= LARGEST:
        return None
    return "0" if abs(x.value) <= SLACK * x.bound or not x.value else f"{x.value:.4g}"
