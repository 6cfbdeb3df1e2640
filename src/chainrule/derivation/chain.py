"""The chain rules as steps, where every Jacobian is a number, a vector or a matrix.

Partials stand in products from the output to the variable, a derivative of a number with
respect to a vector is a row, and where several paths lead to an intermediate the total
derivative adds them.
"""

from __future__ import annotations

from typing import Any

from ..errors import ProblemError
from ..expr.build import add, derivative, multiply, negate
from ..expr.node import Expr, Kind
from ..expr.rewrite import replace, with_args
from ..notation.to_matrix import to_matrix
from ..notation.write import ONE, Writer, is_call
from ..shapes import Dim
from .reasons import partial_reasons
from .record import Reason, Rule, Step
from .workings import Workings

# Substituted formulas longer than this many symbols are not worth a step of their own.
READABLE = 120


Path = tuple[Expr, Any]  # a factor and the path it continues: cheap to extend by one


def _product(path: Path) -> Expr:
    """The factors of a path as one product."""
    factors = []
    step: Path | None = path
    while step is not None:
        factors.append(step[0])
        step = step[1]
    return multiply(*factors)


def symbol(work: Workings, of: str, wrt: str, is_total: bool) -> Expr:
    """∂of/∂wrt as a factor of a Jacobian product."""
    rows = work.symbols[of].axes
    columns = work.symbols[wrt].axes
    of = work.output_name if of == work.output.name else of
    return derivative(of, wrt, is_total, rows + columns, not rows and len(columns) == 1)


def introductions(work: Workings) -> list[Step]:
    """The steps u = definition that every derivation starts with."""
    return [
        Step("introduce", u.symbol, u.definition, (Reason("introduce"),), name=u.name)
        for u in work.intermediates
    ]


class ChainSteps:
    """Steps of the single-variable, total-derivative and vector chain rules."""

    def __init__(self, work: Workings, rule: Rule) -> None:
        self.work = work
        self.rule = rule
        self.writer = Writer()
        self.values: dict[Expr, Expr] = {}  # symbols of partials -> what they are
        self.steps = introductions(work)

    def run(self, answer: Expr) -> list[Step]:
        self.differentiate()
        combined = self.combine()
        self.substitute(combined)
        self.conclude(answer)
        return self.steps

    def differentiate(self) -> None:
        for u in self.work.intermediates:
            for used, _ in u.uses:
                tensor = self.work.partials[u.name, used]
                left = symbol(self.work, u.name, used, self.is_only_use(u.name))
                right = to_matrix(tensor, self.writer)
                if left.is_row:
                    right = self.writer.transpose(right)
                self.values[left] = right
                self.steps.append(
                    Step(
                        "partial",
                        left,
                        right,
                        partial_reasons(u, self.work.symbols[used], tensor),
                        name=u.name,
                        wrt=used,
                    )
                )

    def is_only_use(self, name: str) -> bool:
        """With one variable in its definition, ∂u/∂x is the total derivative du/dx."""
        return len(self.work.by_name[name].uses) == 1 and self.rule is not Rule.VECTOR

    def partial(self, of: str, wrt: str) -> Expr:
        return symbol(self.work, of, wrt, self.is_only_use(of))

    def combine(self) -> dict[str, Expr]:
        """du/dx = Σ ∂u/∂v · dv/dx for each intermediate where paths meet, and the output."""
        work = self.work
        paths: dict[str, Path] = {}
        products: dict[str, Expr] = {}
        last = work.output.name
        for u in work.intermediates:
            if not u.uses:
                continue
            terms: list[Path] = [
                (self.partial(u.name, used), paths.get(used)) for used, _ in u.uses
            ]
            if len(terms) == 1 and u.name != last:
                paths[u.name] = terms[0]
                continue
            product = add(*(_product(term) for term in terms))
            total = symbol(work, u.name, work.wrt_name, True)
            if product.kind is not Kind.DERIVATIVE or product.data[:2] != total.data[:2]:
                self.steps.append(self.combination(u.name, total, product, len(terms)))
            self.values.setdefault(total, product)
            paths[u.name] = (total, None)
            products[u.name] = product
        return products

    def combination(self, name: str, total: Expr, product: Expr, terms: int) -> Step:
        reasons = [Reason("combine-sum" if terms > 1 else "combine-product")]
        if self.rule is Rule.TOTAL and name == self.work.output.name:
            reasons.append(Reason("one-path-remark"))
        return Step(
            "combine",
            total,
            product,
            tuple(reasons),
            rule=self.rule.value,
            name=name,
            wrt=self.work.wrt_name,
        )

    def substitute(self, products: dict[str, Expr]) -> None:
        """Values for the symbols, then definitions for the intermediates."""
        work = self.work
        last = work.output.name
        if last not in products:
            return
        total = symbol(work, last, work.wrt_name, True)
        value = products[last]
        for _ in range(len(self.values)):
            if self.writer.size(value) > READABLE:
                break
            known = {s: self.values[s] for s in _symbols(value) if s in self.values}
            if not known:
                break
            value = tidied(replace(value, known))
        if _symbols(value) or self.writer.size(value) > READABLE:
            return
        if value not in (step.rhs for step in self.steps[-1:]):
            reason = Reason("substitute-partials")
            self.steps.append(Step("substitute", total, value, (reason,), name=last))
        back = replace(value, {u.symbol: u.full for u in work.intermediates})
        back = tidied(back) if self.writer.size(back) <= READABLE else back
        if back is not value and self.writer.size(back) <= READABLE:
            reason = Reason("substitute-back")
            self.steps.append(Step("substitute", total, back, (reason,), name=last))

    def conclude(self, answer: Expr) -> None:
        work = self.work
        total = symbol(work, work.output.name, work.wrt_name, True)
        reasons = [Reason("simplify")]
        if total.is_row:
            row = self.writer.transpose(answer)
            if not self.steps or self.steps[-1].rhs is not row:
                self.steps.append(Step("simplify", total, row, (Reason("simplify"),)))
            total = derivative(total.data[0], total.data[1], True, total.shape)
            reasons = [Reason("gradient")]
        if self.steps and self.steps[-1].lhs is total and self.steps[-1].rhs is answer:
            return
        self.steps.append(Step("simplify", total, answer, tuple(reasons)))


def _symbols(expr: Expr) -> set[Expr]:
    found: set[Expr] = set()
    stack, seen = [expr], {expr}
    while stack:
        node = stack.pop()
        if node.kind is Kind.DERIVATIVE:
            found.add(node)
        for arg in node.args:
            if arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return found


def tidied(expr: Expr) -> Expr:
    """Factors 1 and identities dropped, signs in front; products stay products otherwise.

    Only formulas short enough to read get here, so recursion is safe.
    """
    args = tuple(tidied(arg) for arg in expr.args)
    if expr.kind is Kind.INDEX and args[0].kind is Kind.VECTOR:
        (place,) = expr.data[0]
        if isinstance(place, Dim) and place.integer is not None:
            return args[0].args[place.integer - 1]
    if expr.kind is Kind.ADD:
        return add(*args)
    if expr.kind is not Kind.MULTIPLY:
        return with_args(expr, args)
    negative = False
    factors: list[Expr] = []
    for arg in args:
        if arg.kind is Kind.NEGATE:
            negative, arg = not negative, arg.args[0]
        factors.append(arg)
    opened = [f for arg in factors for f in (arg.args if arg.kind is Kind.MULTIPLY else (arg,))]
    try:
        product = _without_ones(opened, expr)
    except ProblemError:  # z'*(x'*y*z) cannot be opened: x'*y is a number
        product = _without_ones(factors, expr)
    return negate(product) if negative else product


def _without_ones(factors: list[Expr], like: Expr) -> Expr:
    """The product without factors 1 and identities, unless one of them gave it its shape."""
    kept = [f for f in factors if f is not ONE and not is_call(f, "eye")]
    product = multiply(*kept) if kept else ONE
    return product if product.shape == like.shape else multiply(*factors)
