"""Checking a derivation: every step is an equation, and each is tested on its own.

Local Jacobians of the intermediates come from dual numbers, one direction at a time; from
them follow all totals and pullbacks. Both sides of each step are then evaluated.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..derivation.record import Derivation
from ..expr.node import Expr, Kind
from ..intern import postorder
from ..shapes import Shape
from .abstract import AbstractArithmetic
from .arithmetic import Arithmetic, NotRational, Number, Uncertain
from .bounded import BOUNDED
from .compare import relative_error
from .dual import DUAL
from .effort import count, effort
from .evaluate import Evaluator
from .field import FIELD
from .linear import Value, entries, multiply, transpose
from .points import Point, is_defined
from .sample import direction, sizes_for, within_pattern
from .sides import Sides, points_to_try
from .verify import TOLERANCE, points_needed

EFFORT_LIMIT = 5_000_000  # of one replay
STEP_LIMIT = 400  # of a longer derivation only the answer is checked

Flat = list[list[Number]]  # a Jacobian as rows over the entries of u, columns over those of v


@dataclass(frozen=True)
class StepCheck:
    """How one step was checked, and its largest relative error."""

    verdict: Literal["exact", "numeric", "unverified"]
    error: float = 0.0


def check_steps(
    derivation: Derivation, variables: Mapping[str, Expr], points: int = 2
) -> tuple[StepCheck, ...]:
    """How each step was checked: exactly where all is rational or abstracted, else numerically.

    See verify.py for the arithmetics. A step that only fails with unknown functions in the
    place of exp, sin, ... is checked numerically.
    """
    steps = derivation.steps
    checks = [StepCheck("unverified") for _ in steps]
    if not steps or len(steps) > STEP_LIMIT or not derivation.intermediates:
        return tuple(checks)
    exprs = [u.full for u in derivation.intermediates] + [
        side for step in steps for side in (step.lhs, step.rhs) if _is_plain(side, variables)
    ]
    if _effort(derivation, variables, exprs) > EFFORT_LIMIT:
        return tuple(checks)
    for n in (FIELD, AbstractArithmetic(), BOUNDED):
        errors = _errors_over(n, derivation, variables, exprs, points)
        if errors is None:
            continue
        for place, error in enumerate(errors):
            if not n.is_exact and checks[place].verdict != "exact":
                checks[place] = StepCheck("numeric", error)
            elif n is FIELD or not error:
                checks[place] = StepCheck("exact", error)
        if all(check.verdict == "exact" for check in checks):
            break
    return tuple(checks)


def _errors_over(
    n: Arithmetic,
    derivation: Derivation,
    variables: Mapping[str, Expr],
    exprs: Sequence[Expr],
    points: int,
) -> list[float] | None:
    """The largest relative error of each step; None where `n` or the points do not suffice."""
    decided, errors, sides = 0, [0.0] * len(derivation.steps), Sides(exprs)
    try:
        for point in points_to_try([*exprs, *variables.values()], variables, n, sides):
            if not is_defined(exprs, point):
                continue
            try:
                here = _Replay(derivation, variables, point).errors()
            except (Uncertain, ZeroDivisionError):
                continue
            if max(here) > TOLERANCE and sides.are_tied_at(point):
                continue  # which of equal things max takes is a convention
            errors = [max(a, b) for a, b in zip(errors, here, strict=True)]
            decided += 1
            sides.add(point, decided >= points_needed(n, points))
    except NotRational:
        return None
    return errors if sides.is_enough or (decided and not n.is_exact) else None


def _effort(derivation: Derivation, variables: Mapping[str, Expr], exprs: Sequence[Expr]) -> int:
    """What a replay takes: each Jacobian, one direction at a time, and their products."""
    sizes = sizes_for([*exprs, *variables.values()])
    wrt = count(variables[derivation.wrt], sizes)
    symbols = {u.name: u.symbol for u in derivation.intermediates} | dict(variables)
    total = effort(exprs, sizes)
    for u in derivation.intermediates:
        work = effort([u.definition], sizes)
        rows = count(u.symbol, sizes)
        for used, _ in u.uses:
            total += count(symbols[used], sizes) * (work + rows * wrt)
    return total


def _is_plain(expr: Expr, variables: Mapping[str, Expr]) -> bool:
    """Whether the expression has only the problem's own variables in it."""
    return expr.variables <= variables.keys() and not any(
        node.kind is Kind.DERIVATIVE for node in postorder([expr])
    )


class _Replay:
    """One derivation at one point."""

    def __init__(self, derivation: Derivation, variables: Mapping[str, Expr], point: Point) -> None:
        self.derivation = derivation
        self.point = point
        self.wrt = variables[derivation.wrt]
        self.n: Arithmetic = point.n
        evaluator = point.evaluator()
        self.values: dict[Any, Value] = dict(point.values)
        self.shapes: dict[str, Shape] = {derivation.wrt: self.wrt.shape}
        for u in derivation.intermediates:
            self.values[u.name] = evaluator.value(u.full)
            self.shapes[u.name] = u.symbol.shape
        self.local: dict[tuple[str, str], Flat] = {
            (u.name, used): self.jacobian(u.definition, used)
            for u in derivation.intermediates
            for used, _ in u.uses
        }
        self.totals = self.forward()
        self.know()

    def jacobian(self, definition: Expr, used: str) -> Flat:
        """∂definition/∂used, the entries of `used` moved one at a time."""
        dual, sizes = DUAL(self.n), self.point.sizes
        still = Evaluator(self.n, self.values, sizes)
        if not all(map(self.n.is_finite, entries(still.value(definition)))):
            raise Uncertain("no value here")
        flat = entries(self.values[used])
        columns = []
        for place, entry in enumerate(flat):
            moved = flat.copy()
            moved[place] = dual.make(entry, self.n.lift(1))
            values = {**self.values, used: _shaped(moved, self.values[used])}
            result = Evaluator(dual, values, sizes, still, frozenset([used])).value(definition)
            columns.append([dual.tangent(x) for x in entries(result)])
        return transpose(columns)

    def forward(self) -> dict[str, Flat]:
        """du/dx for every u."""
        size = len(entries(self.values[self.derivation.wrt]))
        unit = [[self.n.lift(int(i == j)) for j in range(size)] for i in range(size)]
        totals = {self.derivation.wrt: unit}
        for u in self.derivation.intermediates:
            rows = len(entries(self.values[u.name]))
            total = [[self.n.lift(0)] * size for _ in range(rows)]
            for used, _ in u.uses:
                total = self.plus(total, multiply(self.n, self.local[u.name, used], totals[used]))
            totals[u.name] = total
        return totals

    def backward(self) -> dict[str, Flat]:
        """dy/du for every u."""
        last = self.derivation.of
        size = len(entries(self.values[last]))
        adjoints = {last: [[self.n.lift(int(i == j)) for j in range(size)] for i in range(size)]}
        for u in reversed(self.derivation.intermediates):
            if u.name not in adjoints:
                continue
            for used, _ in u.uses:
                part = multiply(self.n, adjoints[u.name], self.local[u.name, used])
                known = adjoints.get(used)
                adjoints[used] = self.plus(known, part) if known else part
        return adjoints

    @staticmethod
    def plus(a: Flat, b: Flat) -> Flat:
        return [[p + q for p, q in zip(r, s, strict=True)] for r, s in zip(a, b, strict=True)]

    # -- what the symbols of the steps stand for

    def know(self) -> None:
        derivation = self.derivation
        output, last, wrt = derivation.output_name, derivation.of, derivation.wrt
        for (of, used), jacobian in self.local.items():
            name = output if of == last else of
            value = self.shaped(jacobian, of, used)
            self.values[name, used, False, 1] = value
            if len(next(u for u in derivation.intermediates if u.name == of).uses) == 1:
                self.values[name, used, True, 1] = value
        for name, total in self.totals.items():
            shown = output if name == last else name
            self.values[shown, wrt, True, 1] = self.shaped(total, name, wrt)
        if derivation.way == "pullback":
            for name, adjoint in self.backward().items():
                self.values[output, name, False, 1] = self.shaped(adjoint, last, name)
        source = random.Random(17)
        step = direction(self.wrt, self.point.sizes, self.n, source)
        flat = [[entry] for entry in entries(step)]
        for name, total in self.totals.items():
            moved = [row[0] for row in multiply(self.n, total, flat)]
            self.values["d" + name] = _shaped(moved, self.values[name])

    def shaped(self, jacobian: Flat, of: str, wrt: str) -> Value:
        """The Jacobian as nested lists over the axes of both."""
        rows = [_shaped(row, self.values[wrt]) for row in jacobian]
        return _shaped(rows, self.values[of])

    def errors(self) -> list[float]:
        at = Point(self.n, self.values, self.point.sizes).evaluator()
        found = []
        for step in self.derivation.steps:
            if step.lhs.kind is Kind.DERIVATIVE and step.lhs.data not in self.values:
                found.append(float("inf"))  # a symbol nobody can account for is not right
                continue
            left, right = at.value(step.lhs), at.value(step.rhs)
            if step is self.derivation.steps[-1] and step.lhs.kind is Kind.DERIVATIVE:
                axes = self.shapes[self.derivation.of]
                left = _within_pattern(self.n, left, axes, self.wrt)
            scale = max((self.n.magnitude(e) for e in entries(left)), default=0.0)
            found.append(relative_error(self.n, left, right, scale))
        return found


def _within_pattern(n: Arithmetic, value: Value, axes: Shape, wrt: Expr) -> Value:
    """Of every entry's gradient by `wrt` what it may vary in; `axes` are the value's first."""
    if axes:
        return [_within_pattern(n, part, axes[1:], wrt) for part in value]
    return within_pattern(n, value, wrt.data[1])


def _shaped(flat: list[Any], like: Value) -> Value:
    """The items of a list in the nesting of `like`."""
    items = iter(flat)

    def fill(part: Value) -> Value:
        return [fill(p) for p in part] if isinstance(part, list) else next(items)

    return fill(like)
