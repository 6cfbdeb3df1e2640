"""One derivative with its derivation: choose the rule, compute, write the steps down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from ..expr.node import Expr
from ..notation.to_matrix import NoMatrixForm
from ..tensor.node import Tensor
from .chain import ChainSteps
from .intermediates import introduce
from .matrix import DifferentialSteps, PullbackSteps, PushforwardSteps
from .record import Derivation, Rule, Step
from .workings import Workings

Style = Literal["chain", "differential"]


class Deriver:
    """d expr / d wrt: first the answer in index form, then the steps that lead to it.

    The answer is the product of the partials of the steps over the data-flow graph, so the
    steps and the answer cannot come to differ.
    """

    def __init__(self, expr: Expr, wrt: Expr, given: Mapping[Expr, str]) -> None:
        self.work = Workings(introduce(expr, wrt.data[0], given), wrt)
        self.paths = self.work.paths()
        self.rule = choose_rule(self.work, self.paths)

    def answer(self, simplify: Callable[[Tensor], Tensor]) -> Tensor:
        return simplify(self.work.substituted(self.work.total()))

    def derivation(self, answer: Tensor, written: Expr, style: Style) -> Derivation:
        """The record; `written` is the answer in the notation it is shown in."""
        try:
            steps = self.steps(answer, written, style)
        except NoMatrixForm:
            steps = self.bare_steps(written)
        return Derivation(
            self.work.output.name,
            self.work.wrt_name,
            self.rule,
            self.paths,
            self.work.routes(),
            tuple(self.work.intermediates),
            tuple(steps),
            answer,
            style,
        )

    def steps(self, answer: Tensor, written: Expr, style: Style) -> list[Step]:
        work = self.work
        if style == "differential":
            return DifferentialSteps(work, self.rule).run(written, answer)
        if all(len(partial.axes) <= 2 for partial in work.partials.values()) and (
            len(answer.axes) <= 2 and not has_matrices(work)
        ):
            return ChainSteps(work, self.rule, self.paths).run(written)
        if not work.output.symbol.shape:
            return PullbackSteps(work, self.rule).run(written)
        if not work.wrt.shape:
            return PushforwardSteps(work, self.rule).run(written)
        return DifferentialSteps(work, self.rule).run(written, answer)

    def bare_steps(self, written: Expr) -> list[Step]:
        """The intermediates and the result, where a partial has no matrix form to show."""
        steps = ChainSteps(self.work, self.rule, self.paths)
        steps.introduce()
        return steps.steps


def has_matrices(work: Workings) -> bool:
    """Whether the variable or an intermediate on the way is a matrix."""
    return any(
        len(work.symbols[name].axes) > 1
        for name in [work.wrt_name, *(u.name for u in work.intermediates if u.uses)]
    )


def choose_rule(work: Workings, paths: int) -> Rule:
    """Scalars with one path: the single-variable rule; with several: the total derivative;
    vectors or matrices on the way: the vector chain rule."""
    if any(tensor.axes for tensor in work.symbols.values()):
        return Rule.VECTOR
    return Rule.TOTAL if paths > 1 else Rule.SINGLE
