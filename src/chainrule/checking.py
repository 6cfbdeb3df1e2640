"""Whether somebody's answer is the derivative: `check_answer`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import mul

from .errors import ProblemError
from .notation.present import arrangement
from .parse.understand import understand
from .referee.verify import Check, verify_derivative
from .shapes import Dim, kind_of
from .solve import Problem, choose_variable


@dataclass(frozen=True)
class Verdict:
    """Right or wrong, how that was found out, and a sentence to show."""

    is_right: bool
    sentence: str
    check: Check | None = None


def check_answer(
    expr: str,
    answer: str,
    wrt: str | None = None,
    order: int = 1,
    *,
    let: Mapping[str, Sequence[int | str] | str] | None = None,
    assume: Mapping[str, Sequence[str]] | None = None,
) -> Verdict:
    """Whether `answer` equals the derivative of `expr`, by exact or numeric comparison.

    The answer has the axes of the expression, then of the variable, or is the matrix in
    Kronecker notation; rows and columns of a gradient are not told apart.
    """
    understood = understand(expr, let, assume)
    name = choose_variable(Problem(expr, wrt=wrt, order=order), understood)
    shapes = {
        v: [str(d) if d.integer is None else d.integer for d in x.shape]
        for v, x in understood.variables.items()
    }
    try:
        claimed = understand(answer, shapes, assume)
    except ProblemError as error:
        error.in_answer = True  # type: ignore[attr-defined]
        raise
    needed = understood.expr.shape + understood.variables[name].shape * order
    groups = arrangement(len(understood.expr.shape), len(understood.variables[name].shape), order)
    if claimed.expr.shape == needed or groups is None or len(needed) <= 2:
        groups = None
    elif claimed.expr.shape == tuple(
        reduce(mul, (needed[axis] for axis in group), Dim.of(1)) for group in groups
    ):
        needed = claimed.expr.shape
    if claimed.expr.shape != needed:
        return Verdict(
            False,
            f"no: the derivative is a {kind_of(needed)}, the answer a "
            f"{kind_of(claimed.expr.shape)}",
        )
    variables = {**claimed.variables, **understood.variables}
    check = verify_derivative(understood.expr, claimed.expr, name, order, variables, groups)
    if check.verdict == "unverified":
        raise ProblemError("unsupported", f"could not compare: {check.reason}")
    if check.passed:
        return Verdict(True, f"right ({check.verdict}, {check.points} points)", check)
    return Verdict(
        False, f"no: relative error {check.max_relative_error:.1e} at a random point", check
    )
