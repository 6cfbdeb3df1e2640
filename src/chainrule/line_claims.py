"""What a line of a derivation claims, as the referee compares it at a point; the names in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .errors import ProblemError
from .expr.build import transpose, variable
from .expr.node import Expr
from .expr.rewrite import replace
from .referee.linear import Value, add_up, entries
from .referee.points import Point
from .referee.sample import direction, seeded
from .referee.verify import Claim, directional
from .shapes import Shape
from .words import say


@dataclass
class Names:
    """The names defined so far, and how one depends on another.

    `own` are they as defined, with earlier names; `full` in terms of the problem's variables
    alone. `slopes` are the derivatives that stand on the right: what of, by what, and whether
    along every path. `line` is the number of the line that is read, `output` what the expression
    is called.
    """

    expr: Expr
    variables: dict[str, Expr]
    wrt: str
    output: str
    language: str
    own: dict[str, Expr] = field(default_factory=dict)
    full: dict[str, Expr] = field(default_factory=dict)
    slopes: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    line: int = 0

    def __post_init__(self) -> None:
        self.define(self.output, self.expr)

    @property
    def symbols(self) -> dict[str, Expr]:
        return {name: variable(name, own.shape) for name, own in self.own.items()}

    @property
    def known(self) -> dict[str, Expr]:
        """All that may stand in a line."""
        return {**self.variables, **self.symbols}

    def define(self, name: str, meaning: Expr) -> None:
        meaning = transpose(meaning) if meaning.is_row else meaning
        self.own[name] = meaning
        known = {self.symbols[n]: full for n, full in self.full.items()}
        self.full[name] = replace(meaning, known)

    def restate(self, name: str, meaning: Expr) -> None:
        """A known name written with other names, unless these rest on it."""
        resting, size = {name}, 0
        while size < (size := len(resting)):
            resting |= {other for other, own in self.own.items() if own.variables & resting}
        if not meaning.variables & resting:
            self.own[name] = transpose(meaning) if meaning.is_row else meaning

    def meaning(self, name: str) -> Expr:
        if name in self.full:
            return self.full[name]
        if name in self.variables:
            return self.variables[name]
        raise ProblemError("name", say(self.language, "line-name", name=name))

    def by(self, name: str) -> Expr:
        """The symbol to differentiate by."""
        if name in self.known:
            return self.known[name]
        raise ProblemError("name", say(self.language, "line-name", name=name))

    def functions(self, of: str, by: str, is_total: bool) -> Iterator[Expr]:
        """What `of` may be as a function of `by`, when its derivative is spoken of."""
        if not is_total and self.own.get(of, self.expr) is not self.expr:
            yield self.own[of]
        yield self.function(of, by)

    def function(self, of: str, by: str) -> Expr:
        """`of` as a function of `by`, with all that rests on `by` written out.

        Raises ProblemError where both rest on the problem's variable and `of` is not written
        with `by`, as x is not with u = 2*x: that is no derivative along the data flow.
        """
        found = self._written_out(of, by)
        is_apart = by in self.full and by not in found.variables
        if is_apart and self.wrt in self.meaning(of).variables & self.full[by].variables:
            raise ProblemError(
                "unsupported",
                f"line {self.line}: d{of}/d{by} cannot be judged: {of} is not written as a "
                f"function of {by} in the lines above",
                hint=None if of in self.variables else f"say in a line what {of} is in {by}",
            )
        return found

    def _written_out(self, of: str, by: str) -> Expr:
        own = self.own.get(of)
        if own is None:
            return self.meaning(of)
        known = {self.symbols[n]: own for n, own in self.own.items() if n not in (by, of)}
        while (more := replace(own, known)) is not own:  # names may stand for names
            own = more
        # Where no definition says so, `by` stands where its value does.
        return own if by in own.variables or by in self.variables else self._inside(of, by)

    def _inside(self, of: str, by: str) -> Expr:
        """`of` with the definition of `by` replaced by its name, where it stands."""
        return replace(self.full[of], {self.full[by]: self.symbols[by]})


@dataclass(frozen=True)
class LineClaim(Claim):
    """What a line says, at a point where every name has the value of its definition."""

    names: Names
    of: Expr
    by: Expr
    answer: Expr

    def completed(self, point: Point) -> Point:
        values = dict(point.values)
        evaluator = point.evaluator()
        for name, full in self.names.full.items():
            values[name] = evaluator.value(full)
        at = Point(point.n, values, point.sizes, point.seed)
        for name in self.answer.variables & self.names.slopes.keys():
            values[name] = self.slope(at, name)
        return at

    def slope(self, at: Point, key: str) -> Value:
        """The value of a derivative that stands on the right."""
        of, by, is_total = self.names.slopes[key]
        return jacobian(next(self.names.functions(of, by, is_total)), self.names.by(by), at)


@dataclass(frozen=True)
class Slope(LineClaim):
    """d of / d by = answer, along a random direction."""

    def sides(self, point: Point) -> tuple[Value, Value]:
        at = self.completed(point)
        step = direction(self.by, at.sizes, at.n, seeded(point.seed, "directions"))
        truth = entries(directional(self.of, at, {self.by.data[0]: [step]}))
        flat, weights = entries(at.evaluator().value(self.answer)), entries(step)
        width = len(weights)
        found = [
            add_up(at.n, [a * w for a, w in zip(flat[k : k + width], weights, strict=True)])
            for k in range(0, len(flat), width)
        ]
        return truth, found


class Equation(LineClaim):
    """of = answer."""

    def __init__(self, names: Names, of: Expr, answer: Expr) -> None:
        super().__init__(names, of, of, answer)

    def sides(self, point: Point) -> tuple[Value, Value]:
        evaluator = self.completed(point).evaluator()
        return evaluator.value(self.of), evaluator.value(self.answer)


def jacobian(of: Expr, by: Expr, at: Point) -> Value:
    """The derivative at a point, nested over the axes of both."""
    shape: Shape = by.shape
    counts = [dim.value(at.sizes) for dim in shape]
    if not counts:
        return directional(of, at, {by.data[0]: [at.n.lift(1)]})
    if of.shape:
        if len(counts) > 1 or len(of.shape) > 1:
            raise ProblemError("unsupported", "a derivative with more than two axes on the right")
        columns = [
            entries(directional(of, at, {by.data[0]: [_unit(at, counts[0], k)]}))
            for k in range(counts[0])
        ]
        return [list(row) for row in zip(*columns, strict=True)]
    if len(counts) == 1:
        return [
            directional(of, at, {by.data[0]: [_unit(at, counts[0], k)]}) for k in range(counts[0])
        ]
    rows, columns_ = counts
    zero = _unit(at, columns_, -1)
    return [
        [
            directional(
                of,
                at,
                {by.data[0]: [[_unit(at, columns_, j) if r == i else zero for r in range(rows)]]},
            )
            for j in range(columns_)
        ]
        for i in range(rows)
    ]


def _unit(at: Point, size: int, place: int) -> list[Any]:
    return [at.n.lift(int(k == place)) for k in range(size)]
