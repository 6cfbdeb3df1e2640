"""Whether somebody's answer is the derivative, and if not, how it is wrong: `check_answer`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import Any

from .conventions import CONVENTIONS
from .errors import ProblemError
from .expr.build import transpose
from .expr.node import Expr
from .notation.layout import laid_out
from .notation.present import Presented, arrangement
from .parse.latex import is_latex
from .parse.understand import Understood, understand
from .printers.text import text
from .printers.unicode import unicode
from .referee.sample import sizes_for
from .referee.verify import (
    SYMMETRIC,
    Arrangement,
    Check,
    verify_derivative,
)
from .shapes import Dim, kind_of
from .slips import Case, Slip, diagnose, slip
from .slips.case import relative_error
from .slips.example import counterexample
from .slips.needs import needed
from .slips.spelling import other_spellings
from .solve import Problem, check_settings, choose_variable, convention_of, derive_in_turn
from .words import say
from .words.errors import in_language

Let = Mapping[str, Sequence[int | str] | str]
Assume = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Verdict:
    """Right or wrong, how that was found out, and a sentence to show.

    `slip` says what kind of mistake a wrong answer shows, where one is recognised; `right` is
    the derivative in the text syntax, if it was asked for.
    """

    is_right: bool
    sentence: str
    check: Check | None = None
    slip: Slip | None = None
    right: str | None = None

    @property
    def verdict(self) -> str | None:
        """exact or numeric; None where the shape alone decided."""
        return None if self.check is None else self.check.verdict

    def record(self) -> dict[str, Any]:
        """The verdict as a JSON object."""
        found: dict[str, Any] = {
            "ok": True,
            "right": self.is_right,
            "verdict": self.verdict,
            "slip": None if self.slip is None else self.slip.kind,
            "sentence": self.sentence,
        }
        return found if self.right is None else {**found, "derivative": self.right}

    def __bool__(self) -> bool:
        return self.is_right


def check_answer(
    expr: str,
    answer: str,
    wrt: str | None = None,
    order: int = 1,
    *,
    let: Let | None = None,
    assume: Assume | None = None,
    layout: str = "numerator",
    symmetric: str = "free",
    language: str = "en",
    show: bool = False,
) -> Verdict:
    """Whether `answer` equals the derivative of `expr`, by exact or numeric comparison.

    The answer has the axes of the expression, then of the variable, or is the matrix in
    Kronecker notation; in denominator layout, the transpose of these. Rows and columns of a
    gradient are not told apart. A wrong answer is searched for the slip it shows; `show` adds
    the derivative to the verdict.
    """
    problem = Problem(expr, let or {}, assume or {}, wrt, order, layout, symmetric)
    understood = understand(expr, let, assume)
    name = choose_variable(problem, understood)
    check_settings(problem, "chain")
    convention_of(problem)
    try:
        claimed = _read_like(expr, answer, understood, assume)
    except ProblemError as error:
        if error.kind != "shape":
            error.in_answer = True  # type: ignore[attr-defined]
            raise
        verdict = _ill_formed(problem, understood, name, answer, error, language)
    else:
        verdict = _Judged(problem, understood, name, claimed).verdict(language)
    if show and not verdict.is_right:
        verdict = _with_derivative(verdict, problem, understood, name, language)
    return verdict


def _read_like(expr: str, answer: str, understood: Understood, assume: Assume | None) -> Understood:
    """The answer in the syntax it is written in; 2 A x is LaTeX beside an expression in LaTeX.

    What the expression means by a name, a variable or a size, the answer means by it too.
    """
    let, integers = shapes_of(understood.variables), integers_of(understood)
    try:
        return understand(answer, let, assume, integers=integers)
    except ProblemError as error:
        if error.kind != "syntax" or is_latex(answer) or not is_latex(expr):
            raise
        return understand(answer, let, assume, latex=True, integers=integers)


def integers_of(understood: Understood) -> set[str]:
    """The names of sizes and other integers in the expression and its variables."""
    return set(sizes_for([understood.expr, *understood.variables.values()]))


def shapes_of(variables: Mapping[str, Expr]) -> dict[str, list[int | str]]:
    """The shapes of variables as `let` gives them."""
    return {
        v: [str(d) if d.integer is None else d.integer for d in x.shape]
        for v, x in variables.items()
    }


class _Judged:
    """One answer to one problem."""

    def __init__(
        self, problem: Problem, understood: Understood, name: str, claimed: Understood
    ) -> None:
        self.problem = problem
        self.understood = understood
        self.expr = understood.expr
        self.wrt = understood.variables[name]
        self.answer = claimed.expr
        is_turned = problem.layout == "denominator" and self.expr.shape
        if is_turned and self.answer.is_matrix:
            self.answer = transpose(self.answer)
        self.variables = {**claimed.variables, **understood.variables}
        self.needed = self.expr.shape + self.wrt.shape * problem.order
        self.groups = self.arranged()

    def arranged(self) -> Arrangement | None:
        """The axes of rows and columns, where the answer is the matrix in Kronecker notation."""
        groups = arrangement(len(self.expr.shape), len(self.wrt.shape), self.problem.order)
        if self.answer.shape == self.needed or groups is None or len(self.needed) <= 2:
            return None
        matrix = tuple(
            reduce(mul, (self.needed[axis] for axis in group), Dim.of(1)) for group in groups
        )
        return groups if self.answer.shape == matrix else None

    @property
    def fits(self) -> bool:
        return self.groups is not None or self.answer.shape == self.needed

    def verdict(self, language: str) -> Verdict:
        if not self.fits:
            found = self.slip()
            assert found is not None
            reason = found.sentence(language)
            return Verdict(False, say(language, "verdict-wrong", reason=reason), None, found)
        check = self.check(self.problem.symmetric)
        if check.verdict == "unverified":
            raise ProblemError("unsupported", f"could not compare: {check.reason}")
        if check.passed:
            return Verdict(True, self.praise(check, language), check)
        found = self.slip()
        parts = [] if found is None else [found.sentence(language)]
        example = counterexample(self.expr, self.answer, self.wrt, self.problem.order)
        if example is not None:
            point, wrong, right = example
            parts.append(say(language, "verdict-example", point=point, wrong=wrong, right=right))
        if not parts:
            error = relative_error(self.case())  # that of the check may be one of a field
            key = "verdict-differs" if error is None else "verdict-error"
            parts.append(say(language, key, error=f"{error or 0:.1e}"))
        return Verdict(False, say(language, "verdict-wrong", reason="; ".join(parts)), check, found)

    def praise(self, check: Check, language: str) -> str:
        """What is said of a right answer, with the conditions that it alone needs."""
        slots = {"verdict": check.verdict, "points": str(check.points)}
        found = needed(
            self.expr,
            self.answer,
            self.wrt,
            self.problem.order,
            self.variables,
            lambda: self.derivative(self.problem.order).expr,
        )
        conditions = [f"{unicode(c.subject)} {c.relation}" for c in found]
        condition = ", ".join(dict.fromkeys(conditions))
        if check.is_one_sided:
            sentence = say(language, "verdict-one-sided", **slots)
            if not condition:
                return sentence
            return say(language, "verdict-needs", sentence=sentence, condition=condition)
        key = "verdict-where" if condition else "verdict-right"
        return say(language, key, condition=condition, **slots)

    def check(self, convention: str) -> Check:
        return verify_derivative(
            self.expr,
            self.answer,
            self.wrt.data[0],
            self.problem.order,
            self.variables,
            self.groups,
            convention,
        )

    def slip(self) -> Slip | None:
        if SYMMETRIC & self.wrt.data[1]:
            for convention in CONVENTIONS if self.fits else ():
                if convention != self.problem.symmetric and self.passes(convention):
                    return slip("convention", convention=convention)
        return diagnose(self.case())

    def case(self) -> Case:
        return Case(
            self.expr,
            self.base(),
            self.answer,
            self.wrt,
            self.problem.order,
            self.variables,
            self.groups,
        )

    def passes(self, convention: str) -> bool:
        check = self.check(convention)
        return check.passed and check.verdict != "unverified"

    def base(self) -> Expr | None:
        """The derivative of the order before."""
        order = self.problem.order
        if SYMMETRIC & self.wrt.data[1] and (order > 1 or self.problem.symmetric != "free"):
            return None  # slips are looked for in what varies freely
        if order == 1:
            return self.expr
        try:
            presented = self.derivative(order - 1)
        except ProblemError:
            return None
        is_plain = (
            presented.notation == "matrix"
            and presented.expr.shape == self.needed[: -len(self.wrt.shape) or None]
        )
        return presented.expr if is_plain else None

    def derivative(self, order: int) -> Presented:
        return derive_in_turn(self.understood, self.wrt.data[0], order, "chain")[0]


def _ill_formed(
    problem: Problem,
    understood: Understood,
    name: str,
    answer: str,
    error: ProblemError,
    language: str,
) -> Verdict:
    """An answer whose parts contradict each other in shape: wrong whatever they are."""
    shapes = shapes_of(understood.variables)
    found: Slip | None = None
    for guess, other in other_spellings(answer, [v for v, shape in shapes.items() if shape]):
        try:
            claimed = _read_like(problem.expr, other, understood, problem.assume)
            judged = _Judged(problem, understood, name, claimed)
            if judged.fits and judged.passes(problem.symmetric):
                found = guess
                break
        except ProblemError:
            continue
    needed = understood.expr.shape + understood.variables[name].shape * problem.order
    if found is None:
        message = in_language(error, language).message
        found = slip("shape", "shape-contradiction", message=message, needed=kind_of(needed))
    return Verdict(
        False, say(language, "verdict-wrong", reason=found.sentence(language)), None, found
    )


def _with_derivative(
    verdict: Verdict, problem: Problem, understood: Understood, name: str, language: str
) -> Verdict:
    """The verdict with the derivative added."""
    convention = convention_of(problem)
    presented, _, _ = derive_in_turn(understood, name, problem.order, "chain", convention)
    right = text(laid_out(presented.expr, understood.expr.shape, problem.layout))
    shown = say(language, "verdict-answer", answer=right)
    return Verdict(False, f"{verdict.sentence}\n{shown}", verdict.check, verdict.slip, right)
