"""One derivative with its derivation: choose the rule, compute, write the steps down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from ..differentiate import within_pattern
from ..expr.build import derivative, variable
from ..expr.node import Expr
from ..expr.rewrite import replace
from ..intern import postorder
from ..lower import lower
from ..notation.parts import NoMatrixForm
from ..tensor.contract import SYMMETRIC_PROPERTIES
from ..tensor.node import Tensor
from ..tensor.rewrite import substitute
from .chain import ChainSteps, introductions
from .intermediates import introduce
from .matrix import DifferentialSteps, PullbackSteps, PushforwardSteps
from .record import Derivation, Reason, Rule, Step, Way
from .workings import Workings

Style = Literal["chain", "differential"]


class Deriver:
    """d expr / d wrt: first the answer in index form, then the steps that lead to it.

    The answer is the product of the partials of the steps over the data-flow graph, so the
    steps and the answer cannot come to differ.
    """

    def __init__(self, expr: Expr, wrt: Expr, given: Mapping[Expr, str]) -> None:
        # A symmetric variable is varied freely: tr(S*P) and tr(S*P') agree on symmetric P,
        # yet their derivatives are S' and S. Only the result may use the symmetry.
        self.wrt = wrt
        free = varied_freely(wrt)
        if free is not wrt:
            given = {replace(part, {wrt: free}): name for part, name in given.items()}
            expr = replace(expr, {wrt: free})
        self.work = Workings(introduce(expr, wrt.data[0], given), free)
        self.paths = self.work.paths()
        self.rule = choose_rule(self.work, self.paths)
        self._free_answer: Tensor | None = None

    def answer(self, simplify: Callable[[Tensor], Tensor]) -> Tensor:
        """The derivative, the variable having all its properties again."""
        return simplify(with_properties(self.free_answer(simplify), self.work.wrt, self.wrt))

    def free_answer(self, simplify: Callable[[Tensor], Tensor]) -> Tensor:
        """The derivative as a function of any matrix: the one to differentiate again."""
        if self._free_answer is None:
            result = self.work.substituted(self.work.total())
            self._free_answer = simplify(within_pattern(result, lower(self.wrt)))
        return self._free_answer

    def derivation(self, answer: Tensor, written: Expr, style: Style) -> Derivation:
        """The record; `written` is the answer in the notation it is shown in."""
        way = self.choose_way(answer, style)
        try:
            steps = self.steps(way, answer, written)
        except NoMatrixForm:
            steps = introductions(self.work)  # a partial has no form that could be shown
        return Derivation(
            self.work.output.name,
            self.work.wrt_name,
            self.rule,
            self.paths,
            self.work.routes(),
            tuple(self.work.intermediates),
            tuple(steps),
            answer,
            self.work.output_name,
            way,
        )

    def choose_way(self, answer: Tensor, style: Style) -> Way:
        work = self.work
        if style == "differential":
            return "differential"
        flat = all(len(partial.axes) <= 2 for partial in work.partials.values())
        if flat and len(answer.axes) <= 2 and not has_matrices(work):
            return "chain"
        if not work.output.symbol.shape:
            return "pullback"
        return "differential" if work.wrt.shape else "pushforward"

    def steps(self, way: Way, answer: Tensor, written: Expr) -> list[Step]:
        if not self.paths:
            return self.zero_steps(written)
        match way:
            case "chain":
                return ChainSteps(self.work, self.rule).run(written)
            case "pullback":
                return PullbackSteps(self.work, self.rule).run(written)
            case "pushforward":
                return PushforwardSteps(self.work, self.rule).run(written)
        return DifferentialSteps(self.work, self.rule).run(written, answer)

    def zero_steps(self, written: Expr) -> list[Step]:
        """No path leads from the variable to the output."""
        work = self.work
        name, shape = work.output_name, written.shape
        left = derivative(name, work.wrt_name, True, shape, written.is_row)
        reason = Reason("rule-none", (("wrt", work.wrt_name),))
        return [*introductions(work), Step("simplify", left, written, (reason,))]


def varied_freely(wrt: Expr) -> Expr:
    """The variable without what ties its entries together; what was invertible stays so."""
    name, properties = wrt.data
    kept = properties - SYMMETRIC_PROPERTIES - {"orthogonal", "lower"}
    if properties & {"spd", "orthogonal"}:
        kept |= {"invertible"}
    return variable(name, wrt.shape, kept)


def with_properties(tensor: Tensor, free: Expr, wrt: Expr) -> Tensor:
    """The tensor with what is known of the variable used again."""
    return tensor if free is wrt else substitute(tensor, {lower(free): lower(wrt)})


def has_matrices(work: Workings) -> bool:
    """Whether the variable or an intermediate on the way is a matrix."""
    return any(
        len(work.symbols[name].axes) > 1
        for name in [work.wrt_name, *(u.name for u in work.intermediates if u.uses)]
    )


def choose_rule(work: Workings, paths: int) -> Rule:
    """Scalars with one path: the single-variable rule; with several: the total derivative.

    Where vectors or matrices take part, on the way or in a formula on the way, it is the
    vector chain rule, as in the chapter (w'*x + b by b).
    """
    formulas = postorder([u.definition for u in work.intermediates if u.uses])
    if work.wrt.shape or any(not node.is_scalar for node in formulas):
        return Rule.VECTOR
    return Rule.TOTAL if paths > 1 else Rule.SINGLE
