"""The whole pipeline: a problem in, a result out. The one place that names every stage."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import get_args

from .conventions import CONVENTIONS, Convention, within_symmetric
from .curvature import Label, certify
from .derivation.deriver import Deriver, Style, varied_freely, with_properties
from .derivation.record import Derivation
from .differentiate import jacobian, within_pattern
from .errors import ProblemError
from .expr.node import Expr
from .expr.rewrite import replace
from .lower import lower
from .notation import Presented, present
from .notation.family import Family, block_family
from .notation.layout import LAYOUTS
from .parse.latex import resembling
from .parse.understand import Understood, understand
from .referee.points import sample_points
from .referee.replay import StepCheck, check_steps
from .referee.verify import EXACT, TOLERANCE, Check, verify_derivative
from .shapes import Shape
from .simplify import simplify
from .tensor.contract import SYMMETRIC_PROPERTIES
from .tensor.node import Tensor
from .work import limited

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
    symmetric: str = "free"  # how a symmetric variable varies


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
    step_checks: tuple[tuple[StepCheck, ...], ...]  # for each derivation, of each step
    milliseconds: float

    @property
    def expr(self) -> Expr:
        return self.understood.expr

    @cached_property
    def curvature(self) -> Label | None:
        """Convex, concave, affine or unknown, of a scalar function; found when asked for."""
        return curvature_of(self.expr, self.understood.variables[self.wrt])

    @cached_property
    def family(self) -> Family | None:
        """The blocks of a first derivative with three or four axes that is block-diagonal."""
        if self.problem.order > 1:
            return None
        wrt = self.understood.variables[self.wrt]
        return block_family(self.derivative, len(self.expr.shape), len(wrt.shape))

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
    check_settings(problem, style)
    convention = convention_of(problem)
    with limited():
        presented, tensor, derivations = derive_in_turn(
            understood, wrt, problem.order, style, convention
        )
    verdict = Check("unverified", "", 0, 0.0, True, "not asked for")
    steps = tuple(tuple(StepCheck("unverified") for _ in d.steps) for d in derivations)
    if check:
        verdict = verify_derivative(
            understood.expr,
            presented.expr,
            wrt,
            problem.order,
            understood.variables,
            presented.arrangement,
            problem.symmetric,
        )
        if verdict.verdict == "unverified" and verdict.method == EXACT:
            refuse_if_nowhere_defined(problem.expr, understood)
        steps = tuple(check_steps(d, understood.variables) for d in derivations)
        refuse_if_wrong(verdict, steps)
    return Solution(
        problem,
        understood,
        wrt,
        presented,
        tensor,
        derivations,
        verdict,
        steps,
        1000 * (time.perf_counter() - started),
    )


def check_settings(problem: Problem, style: str) -> None:
    """Refuse an order, layout or style that does not exist."""
    order = problem.order
    if not isinstance(order, int) or isinstance(order, bool):
        raise ProblemError(
            "syntax", f"the order is an integer, found {order!r:.40}", hint="order=1"
        )
    if not 1 <= order <= ORDER_LIMIT:
        raise ProblemError(
            "limit", f"the order is 1 to {ORDER_LIMIT}, found {order}", hint="1 gradient, 2 Hessian"
        )
    if problem.layout not in LAYOUTS:
        raise ProblemError("name", f"no layout {problem.layout!r:.40}", hint=", ".join(LAYOUTS))
    if style not in get_args(Style):
        styles = ", ".join(get_args(Style))
        raise ProblemError("name", f"no style {style!r:.40}", hint=styles)


def choose_variable(problem: Problem, understood: Understood) -> str:
    """The variable asked for, or the only one there is."""
    names = list(understood.variables)
    wrt = problem.wrt
    if wrt is None:
        if len(names) == 1:
            return names[0]
        known = ", ".join(names)[:200] if names else "no variable"
        raise ProblemError("name", f"with respect to what? Found {known}", hint="say --wrt x")
    found = resembling(wrt, names) if isinstance(wrt, str) and wrt not in names else wrt
    if not isinstance(found, str) or found not in understood.variables:
        raise ProblemError(
            "name",
            f"{str(wrt)[:40]} is not a variable of the expression",
            hint=f"the variables are {', '.join(names)[:200]}; declare others with let",
        )
    return found


def convention_of(problem: Problem) -> Convention:
    """How a symmetric variable varies; raises ProblemError where there is no such convention."""
    for convention in CONVENTIONS:
        if convention == problem.symmetric:
            return convention
    raise ProblemError(
        "name", f"no convention {problem.symmetric!r:.40}", hint=", ".join(CONVENTIONS)
    )


def derive_in_turn(
    understood: Understood, wrt: str, order: int, style: Style, convention: Convention = "free"
) -> tuple[Presented, Tensor, tuple[Derivation, ...]]:
    """The derivative of this order, each order from the one before.

    A derivative in matrix notation is differentiated with all its steps; one without, in
    index form.
    """
    variable = understood.variables[wrt]
    free = varied_freely(variable)
    given = {expr: name for name, expr in understood.definitions}
    expr: Expr | None = understood.expr
    axes = len(understood.expr.shape)
    source: Tensor | None = None  # the derivative before properties of the variable are used
    tensor: Tensor | None = None
    derivations: list[Derivation] = []
    presented: Presented | None = None
    for turn in range(1, order + 1):
        if expr is not None:
            deriver = Deriver(expr, variable, given)
            source = deriver.free_answer(simplify)
            tensor = deriver.answer(simplify)
            presented = present(tensor, axes, lower(variable), turn)
            derivations.append(deriver.derivation(tensor, presented.expr, style))
        else:
            assert source is not None
            slope = jacobian(source, lower(free))
            source = simplify(within_pattern(slope, lower(variable)))
            tensor = simplify(with_properties(source, free, variable))
            presented = present(tensor, axes, lower(variable), turn)
        expr = presented.expr if presented.notation == "matrix" else None
        if turn < order and source is not tensor and expr is not None:
            expr = present(source, axes, lower(free), turn).expr
    assert tensor is not None and presented is not None
    if convention != "free" and SYMMETRIC_PROPERTIES & variable.data[1]:
        tensor = simplify(within_symmetric(tensor, axes, convention))
        presented = present(tensor, axes, lower(variable), order)
    return presented, tensor, tuple(derivations)


def curvature_of(expr: Expr, wrt: Expr) -> Label | None:
    """Whether a scalar function is certified convex or concave, by its Hessian or its parts."""
    if expr.shape:
        return None
    free = varied_freely(wrt)
    variable = lower(free)
    try:
        with limited():
            gradient = simplify(jacobian(lower(replace(expr, {wrt: free})), variable))
            hessian = with_properties(simplify(jacobian(gradient, variable)), free, wrt)
    except ProblemError:
        return "unknown"  # a rule of second order is missing, or it is too long
    return certify(expr, wrt, hessian)


def refuse_if_nowhere_defined(text: str, understood: Understood) -> None:
    """Refuse a rational expression that has no value at any of many random points."""
    if not sample_points([understood.expr], understood.variables, 1)[0]:
        raise ProblemError(
            "domain",
            "the expression has no value anywhere: division by zero at every point tried",
            0,
            len(text),
            "a divisor or a determinant is 0 whatever the variables, as in 1/(x - x)",
        )


def refuse_if_wrong(verdict: Check, steps: tuple[tuple[StepCheck, ...], ...]) -> None:
    if not verdict.passed:
        raise CheckFailed(
            "unsupported",
            "the check of the answer failed, so it is withheld "
            f"(relative error {verdict.max_relative_error:.1e}); please report the expression",
        )
    for order, of_order in enumerate(steps, 1):
        for place, check in enumerate(of_order, 1):
            if not check.error < TOLERANCE:
                raise CheckFailed(
                    "unsupported",
                    f"the check of step {place} (order {order}) failed, so the answer is "
                    f"withheld (relative error {check.error:.1e}); please report the expression",
                )
