"""The whole pipeline: a problem in, a result out. The one place that names every stage."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .derivation.deriver import Deriver, Style
from .derivation.record import Derivation
from .differentiate import jacobian
from .errors import ProblemError
from .expr.node import Expr
from .lower import lower
from .notation import Presented, present
from .parse.understand import Understood, understand
from .referee.replay import check_steps
from .referee.verify import TOLERANCE, Check, verify_derivative
from .shapes import Shape
from .simplify import simplify
from .tensor.node import Tensor

Layout = Literal["numerator", "denominator"]
ORDER_LIMIT = 8


@dataclass(frozen=True)
class Problem:
    """What is asked: an expression, declarations, the variable, the order."""

    expr: str
    let: Mapping[str, Sequence[int | str] | str] = field(default_factory=dict)
    assume: Mapping[str, Sequence[str]] = field(default_factory=dict)
    wrt: str | None = None
    order: int = 1
    layout: str = "numerator"


@dataclass(frozen=True)
class Solution:
    """What was found, as data; nothing here is text yet."""

    problem: Problem
    understood: Understood
    wrt: str
    presented: Presented
    derivative: Tensor
    derivations: tuple[Derivation, ...]  # one for each order, as far as steps can be shown
    check: Check
    step_errors: tuple[tuple[float, ...], ...]
    milliseconds: float

    @property
    def expr(self) -> Expr:
        return self.understood.expr

    @property
    def shape(self) -> Shape:
        variable = self.understood.variables[self.wrt]
        return self.expr.shape + variable.shape * self.problem.order


class CheckFailed(ProblemError):
    """The referee contradicts the answer or a step, so the answer is withheld."""


def solve(problem: Problem, style: Style = "chain", check: bool = True) -> Solution:
    """Understand, derive, simplify, write, verify.

    Raises ProblemError where the input is at fault or a rule is missing, CheckFailed where
    the answer did not pass its check.
    """
    started = time.perf_counter()
    understood = understand(problem.expr, problem.let, problem.assume)
    return solve_understood(problem, understood, style, check, started)


def solve_understood(
    problem: Problem,
    understood: Understood,
    style: Style = "chain",
    check: bool = True,
    started: float | None = None,
) -> Solution:
    """`solve` for an expression that is already typed."""
    started = time.perf_counter() if started is None else started
    wrt = choose_variable(problem, understood)
    if not 1 <= problem.order <= ORDER_LIMIT:
        raise ProblemError("limit", f"the order is 1 to {ORDER_LIMIT}, found {problem.order}")
    if problem.layout not in ("numerator", "denominator"):
        raise ProblemError("name", f"no layout {problem.layout!r}", hint="numerator, denominator")
    presented, tensor, derivations = derive_in_turn(understood, wrt, problem.order, style)
    verdict = Check("unverified", "", 0, 0.0, True, "not asked for")
    errors: tuple[tuple[float, ...], ...] = ()
    if check:
        verdict = verify_derivative(
            understood.expr,
            presented.expr,
            wrt,
            problem.order,
            understood.variables,
            presented.arrangement,
        )
        errors = tuple(
            tuple(check_steps(derivation, understood.variables)[0]) for derivation in derivations
        )
        refuse_if_wrong(verdict, errors)
    return Solution(
        problem,
        understood,
        wrt,
        presented,
        tensor,
        derivations,
        verdict,
        errors,
        1000 * (time.perf_counter() - started),
    )


def choose_variable(problem: Problem, understood: Understood) -> str:
    """The variable asked for, or the only one there is."""
    names = list(understood.variables)
    wrt = problem.wrt
    if wrt is None:
        if len(names) == 1:
            return names[0]
        found = ", ".join(names) if names else "no variable"
        raise ProblemError("name", f"with respect to what? Found {found}", hint="say --wrt x")
    if wrt not in understood.variables:
        raise ProblemError(
            "name",
            f"{wrt} is not a variable of the expression",
            hint=f"the variables are {', '.join(names)}; declare others with let",
        )
    return wrt


def derive_in_turn(
    understood: Understood, wrt: str, order: int, style: Style
) -> tuple[Presented, Tensor, tuple[Derivation, ...]]:
    """The derivative of this order, each order from the one before.

    A derivative in matrix notation is differentiated with all its steps; one without, in
    index form.
    """
    variable = understood.variables[wrt]
    given = {expr: name for name, expr in understood.definitions}
    expr: Expr | None = understood.expr
    axes = len(understood.expr.shape)
    tensor: Tensor | None = None
    derivations: list[Derivation] = []
    presented: Presented | None = None
    for turn in range(order):
        if expr is not None:
            deriver = Deriver(expr, variable, given)
            tensor = deriver.answer(simplify)
            presented = present(tensor, axes, lower(variable), turn + 1)
            derivations.append(deriver.derivation(tensor, presented.expr, style))
        else:
            assert tensor is not None
            tensor = simplify(jacobian(tensor, lower(variable)))
            presented = present(tensor, axes, lower(variable), turn + 1)
        expr = presented.expr if presented.notation == "matrix" else None
    assert tensor is not None and presented is not None
    return presented, tensor, tuple(derivations)


def refuse_if_wrong(verdict: Check, errors: tuple[tuple[float, ...], ...]) -> None:
    if not verdict.passed:
        raise CheckFailed(
            "unsupported",
            "the check of the answer failed, so it is withheld "
            f"(relative error {verdict.max_relative_error:.1e}); please report the expression",
        )
    for order, of_order in enumerate(errors, 1):
        for place, error in enumerate(of_order, 1):
            if not error < TOLERANCE:
                raise CheckFailed(
                    "unsupported",
                    f"the check of step {place} (order {order}) failed, so the answer is "
                    f"withheld (relative error {error:.1e}); please report the expression",
                )
