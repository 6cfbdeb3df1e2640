"""Derivations with matrix variables or intermediates, where Jacobians have four axes.

Nobody writes those. For a scalar output each intermediate gets ∂y/∂u, of its own shape,
pulled back from whatever uses it. For a scalar variable each gets ∂u/∂t, pushed forward.
Otherwise, and in the differential style, each gets its differential du, linear in dX.
"""

from __future__ import annotations

from ..expr.build import derivative, multiply, variable
from ..expr.call import call
from ..expr.node import Expr
from ..expr.rewrite import replace
from ..lower import lower
from ..notation.parts import NoMatrixForm
from ..notation.to_matrix import to_matrix
from ..notation.write import Writer
from ..tensor.build import contract
from ..tensor.node import Tensor
from .chain import READABLE, introductions
from .record import Intermediate, Reason, Rule, Step, StepKind
from .workings import Workings


class MatrixSteps:
    """What the three ways share: introducing, and one equation for each intermediate."""

    def __init__(self, work: Workings, rule: Rule) -> None:
        self.work = work
        self.rule = rule
        self.writer = Writer()
        self.steps = introductions(work)
        self.values: dict[Expr, Expr] = {}

    def contribution(self, of: str, used: str, known: Expr, is_pullback: bool) -> Expr:
        """One edge's part: the local partial contracted with what is known at one end.

        `known` is ∂y/∂of for a pullback, ∂used/∂t (or dused) for a pushforward.
        """
        partial = self.work.partials[of, used]
        stand_in = lower(variable("\0", known.shape))
        rows, columns = self.work.symbols[of].axes, self.work.symbols[used].axes
        own = tuple(range(len(rows)))
        its = tuple(range(len(rows), len(rows) + len(columns)))
        summed, kept = (own, its) if is_pullback else (its, own)
        product = contract(1, [(stand_in, summed), (partial, own + its)], kept)
        return replace(to_matrix(product, self.writer), {variable("\0", known.shape): known})

    def equation(self, left: Expr, parts: list[tuple[str, Expr]], name: str, way: str) -> None:
        """left = the sum of one contribution for each way the data flow."""
        right = self.writer.total([part for _, part in parts])
        reasons: tuple[Reason, ...] = (Reason(way),)
        if len(parts) > 1:
            shares = [
                Reason("contribution", (("name", via), ("part", part))) for via, part in parts
            ]
            reasons = (*reasons, Reason("contributions"), *shares)
        is_last = left.data[1:2] == (self.work.wrt_name,)
        kind: StepKind = "combine" if is_last else "partial"
        self.values[left] = right
        self.steps.append(
            Step(
                kind,
                left,
                right,
                reasons,
                rule=self.rule.value if kind == "combine" else None,
                name=name,
                wrt=self.work.wrt_name,
            )
        )

    def back_substitution(self, left: Expr, right: Expr) -> Expr | None:
        """`right` with everything known put in, when that is still readable."""
        for _ in range(len(self.values)):
            value = replace(right, {k: v for k, v in self.values.items() if k is not left})
            if value is right:
                break
            right = value
            if self.writer.size(right) > READABLE:
                return None
        right = replace(right, {u.symbol: u.full for u in self.work.intermediates})
        return right if self.writer.size(right) <= READABLE else None

    def finish(self, left: Expr, last: Expr, answer: Expr) -> None:
        opened = self.back_substitution(left, last)
        if opened is not None and opened is not last and opened is not answer:
            self.steps.append(Step("substitute", left, opened, (Reason("substitute-back"),)))
        if self.steps[-1].rhs is not answer or self.steps[-1].lhs is not left:
            self.steps.append(Step("simplify", left, answer, (Reason("simplify"),)))


class PullbackSteps(MatrixSteps):
    """For a scalar output: ∂y/∂u for each u, from the output back to the variable."""

    def run(self, answer: Expr) -> list[Step]:
        work = self.work
        last = work.output
        adjoints: dict[str, Expr] = {}
        parts: dict[str, list[tuple[str, Expr]]] = {}
        for u in reversed(work.intermediates):
            if u is not last:
                adjoints[u.name] = derivative(work.output_name, u.name, False, u.symbol.shape)
                self.equation(adjoints[u.name], parts[u.name], u.name, "pullback")
            for used, _ in u.uses:
                if u is last:
                    part = to_matrix(work.partials[u.name, used], self.writer)
                else:
                    part = self.contribution(u.name, used, adjoints[u.name], True)
                parts.setdefault(used, []).append((u.name, part))
        left = derivative(work.output_name, work.wrt_name, False, work.wrt.shape)
        self.equation(left, parts[work.wrt_name], work.wrt_name, "pullback")
        self.finish(left, self.values[left], answer)
        return self.steps


class PushforwardSteps(MatrixSteps):
    """For a scalar variable: ∂u/∂t for each u, from the variable to the output."""

    def run(self, answer: Expr) -> list[Step]:
        work = self.work
        known = {work.wrt_name: variable("\0")}
        left = known[work.wrt_name]
        for u in work.intermediates:
            name = work.output_name if u is work.output else u.name
            left = derivative(name, work.wrt_name, True, u.symbol.shape)
            parts = [(used, self.part(u, used, known[used])) for used, _ in u.uses]
            self.equation(left, parts, u.name, "pushforward")
            known[u.name] = left
        self.finish(left, self.values[left], answer)
        return self.steps

    def part(self, u: Intermediate, used: str, known: Expr) -> Expr:
        if used == self.work.wrt_name:
            return to_matrix(self.work.partials[u.name, used], self.writer)
        return self.contribution(u.name, used, known, False)


class DifferentialSteps(MatrixSteps):
    """Differentials: du for each u, substituted until only dX is left, then read off."""

    def run(self, answer: Expr, full: Tensor) -> list[Step]:
        work = self.work
        known = {work.wrt_name: differential_of(work.wrt)}
        left = known[work.wrt_name]
        for u in work.intermediates:
            left = differential_of(u.symbol)
            parts = [
                (used, self.contribution(u.name, used, known[used], False)) for used, _ in u.uses
            ]
            self.equation(left, parts, u.name, "differential")
            known[u.name] = left
        opened = self.back_substitution(left, self.values[left])
        if opened is not None and opened is not self.values[left]:
            self.steps.append(Step("substitute", left, opened, (Reason("substitute-back"),)))
        self.read_off(left, answer, full)
        return self.steps

    def read_off(self, left: Expr, answer: Expr, full: Tensor) -> None:
        """dy = tr(G'·dX) gives G; dy = J·dx gives J."""
        work = self.work
        output, change = work.output.symbol, differential_of(work.wrt)
        if output.is_scalar:
            if work.wrt.is_matrix:
                product = call("tr", self.writer.chain([self.writer.transpose(answer), change]))
                reason = Reason("read-off-trace")
            elif work.wrt.is_vector:
                product = self.writer.chain([self.writer.transpose(answer), change])
                reason = Reason("read-off-inner")
            else:
                product = self.writer.chain([answer, change])
                reason = Reason("read-off-scalar")
            self.steps.append(Step("simplify", left, product, (reason,)))
        elif not (len(output.shape) == 1 == len(work.wrt.shape)):
            collected = self.collected(full)
            if collected is not None and collected is not self.steps[-1].rhs:
                self.steps.append(Step("simplify", left, collected, (Reason("collect"),)))
        else:
            product = multiply(answer, change)
            self.steps.append(Step("simplify", left, product, (Reason("read-off-jacobian"),)))

    def collected(self, full: Tensor) -> Expr | None:
        change = lower(differential_of(self.work.wrt))
        rows = len(self.work.output.symbol.shape)
        labels = tuple(range(len(full.axes)))
        product = contract(1, [(full, labels), (change, labels[rows:])], labels[:rows])
        try:
            return to_matrix(product, self.writer)
        except NoMatrixForm:
            return None


def differential_of(symbol: Expr) -> Expr:
    """dX, as a variable of the shape of X."""
    return variable("d" + symbol.data[0], symbol.shape)
