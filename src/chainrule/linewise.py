"""A derivation checked line by line: `check_derivation`.

A line is a definition `u = A*x - b`, or a chain of equalities whose first side is a name or a
derivative, `dy/dx = dy/du*du/dx = 2*u'*A`. y (or f, L) is the expression itself. A total
derivative da/db follows every path from b to a; in a partial one ∂a/∂b, other names may be held
fixed. Each side is compared with what the line claims, not with the side before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .checking import Assume, Let, integers_of, shapes_of
from .errors import ProblemError
from .expr.build import transpose, variable
from .expr.node import Expr
from .expr.rewrite import replace
from .line_claims import Equation, LineClaim, Slope
from .parse.understand import understand
from .referee.verify import Check, verify_claim
from .shapes import kind_of
from .slips import Case, Slip, diagnose, slip
from .solve import Problem, choose_variable
from .words import say

OUTPUTS = ("y", "f", "L")
NAME = r"[^\W\d]\w*"
DERIVATIVE = re.compile(rf"(?<!\w)([d∂])({NAME})\s*/\s*([d∂])({NAME})")
EQUALS = re.compile(r"(?<![<>=!])=(?!=)")
MOST_LINES = 500


@dataclass(frozen=True)
class LineVerdict:
    """One line: right or wrong, and why."""

    number: int
    text: str
    is_right: bool
    sentence: str = ""
    slip: Slip | None = None


@dataclass(frozen=True)
class DerivationVerdict:
    """`lines` end with the first wrong one; `is_complete` says whether dy/dx was stated."""

    is_right: bool
    is_complete: bool
    sentence: str
    lines: tuple[LineVerdict, ...]
    verdict: str = "exact"

    @property
    def slip(self) -> Slip | None:
        return self.lines[-1].slip if self.lines else None

    def record(self) -> dict[str, Any]:
        """The verdict as a JSON object; `line` is the first wrong one."""
        wrong = next((line.number for line in self.lines if not line.is_right), None)
        return {
            "ok": True,
            "right": self.is_right,
            "verdict": self.verdict,
            "slip": None if self.slip is None else self.slip.kind,
            "sentence": self.sentence,
            "line": wrong,
            "complete": self.is_complete,
        }

    def __bool__(self) -> bool:
        return self.is_right


def check_derivation(
    expr: str,
    derivation: str | Sequence[str],
    wrt: str | None = None,
    *,
    let: Let | None = None,
    assume: Assume | None = None,
    language: str = "en",
) -> DerivationVerdict:
    """Whether every line of a derivation of d expr / d wrt is right; else the first wrong one."""
    understood = understand(expr, let, assume)
    name = choose_variable(Problem(expr, wrt=wrt), understood)
    lines = derivation.splitlines() if isinstance(derivation, str) else list(derivation)
    if len(lines) > MOST_LINES:
        raise ProblemError("limit", f"a derivation has at most {MOST_LINES} lines")
    integers = integers_of(understood)
    reader = _Reader(understood.expr, understood.variables, integers, name, assume or {}, language)
    for one, definition in understood.definitions:
        if one not in integers:
            reader.define(one, definition)
    for number, line in enumerate(lines, 1):
        content = line.split("#")[0].strip().rstrip(";").strip()
        if not content:
            continue
        try:
            verdict = reader.read(number, content)
        except ProblemError as error:
            error.in_line = (number, content)  # type: ignore[attr-defined]
            raise
        reader.done.append(verdict)
        if not verdict.is_right:
            break
    return reader.conclude()


@dataclass
class _Reader:
    """The lines read so far. `full` are names in terms of the problem's variables alone."""

    expr: Expr
    variables: dict[str, Expr]
    integers: set[str]
    wrt: str
    assume: Assume
    language: str
    own: dict[str, Expr] = field(default_factory=dict)  # as defined, with earlier names
    full: dict[str, Expr] = field(default_factory=dict)
    done: list[LineVerdict] = field(default_factory=list)
    is_complete: bool = False
    verdict: str = "exact"

    @property
    def output(self) -> str:
        """What the expression is called."""
        return next((n for n in OUTPUTS if n not in self.variables), "y_")

    @property
    def symbols(self) -> dict[str, Expr]:
        return {name: variable(name, own.shape) for name, own in self.own.items()}

    def define(self, name: str, meaning: Expr) -> None:
        meaning = transpose(meaning) if meaning.is_row else meaning
        self.own[name] = meaning
        known = {self.symbols[n]: full for n, full in self.full.items()}
        self.full[name] = replace(meaning, known)

    def restate(self, name: str, meaning: Expr) -> None:
        """A known name written with other names, unless these rest on it."""
        resting = {name}
        for other, own in self.own.items():
            if own.variables & resting:
                resting.add(other)
        if not meaning.variables & resting:
            del self.own[name]
            self.own[name] = transpose(meaning) if meaning.is_row else meaning

    # -- one line

    def read(self, number: int, content: str) -> LineVerdict:
        left, *sides = [side.strip() for side in EQUALS.split(content)]
        if not sides or not all(sides):
            raise ProblemError("syntax", "a line is an equation: u = ..., du/dx = ...")
        found = DERIVATIVE.fullmatch(left)
        if found is not None and not self.is_quotient(found):
            return self.derivative(number, content, found, sides)
        if not re.fullmatch(NAME, left):
            raise ProblemError(
                "syntax",
                f"{left!r} is no name and no derivative",
                hint="write u = ... or dy/dx = ...",
            )
        if left in self.variables:
            raise ProblemError("name", f"{left} is a variable of the expression")
        if left == self.output and left not in self.full:
            claimed = self.parsed(sides[0])
            verdict = self.equal(number, content, self.expr, sides)
            if verdict.is_right:
                self.define(left, claimed)
            return verdict
        if left in self.full:
            verdict = self.equal(number, content, self.full[left], sides)
            if verdict.is_right:
                self.restate(left, self.parsed(sides[0]))
            return verdict
        self.define(left, self.parsed(sides[0]))
        return self.equal(number, content, self.full[left], sides[1:])

    def is_quotient(self, found: re.Match[str]) -> bool:
        """Whether da/db is a quotient of variables that are called da and db."""
        return {"d" + found[2], "d" + found[4]} <= self.variables.keys() | self.full.keys()

    def parsed(self, side: str) -> Expr:
        """A side in terms of variables, names, and symbols of derivatives."""
        known = {**self.variables, **self.symbols}
        hidden: dict[str, Expr] = {}

        def named(found: re.Match[str]) -> str:
            if self.is_quotient(found):
                return found[0]
            of, by = self.meaning(found[2]), self.by(found[4])
            key = f"δof_{found[1] == '∂'}_{found[2]}_{found[4]}"
            hidden[key] = variable(key, of.shape + by.shape)
            is_row = not of.shape and len(by.shape) == 1
            return f"({key}')" if is_row else f"({key})"

        text = DERIVATIVE.sub(named, side)
        lets = shapes_of({**known, **hidden})
        try:
            return self.understood(text, lets)
        except ProblemError:
            if not hidden:
                raise
            # A gradient may have been meant as a column: A'*dy/du.
            return self.understood(text.replace("')", ")"), lets)

    def understood(self, text: str, lets: Let) -> Expr:
        known = {name: found for name, found in self.assume.items() if name in self.variables}
        return understand(text, lets, known, integers=self.integers).expr

    def meaning(self, name: str) -> Expr:
        if name in self.full:
            return self.full[name]
        if name == self.output:
            return self.expr
        if name in self.variables:
            return self.variables[name]
        raise ProblemError("name", say(self.language, "line-name", name=name))

    def by(self, name: str) -> Expr:
        """The symbol to differentiate by."""
        if name in self.variables:
            return self.variables[name]
        if name in self.full:
            return self.symbols[name]
        raise ProblemError("name", say(self.language, "line-name", name=name))

    # -- what a derivative stands for

    def expanded(self, of: str, by: str, is_total: bool) -> Expr:
        """`of` as a function of `by`: total with all that rests on `by` written out."""
        symbol = self.by(by)
        if of == self.output and of not in self.own:
            return self.inside(self.expr, by)
        own = self.own.get(of)
        if own is None:
            return self.meaning(of)
        if not is_total:
            return own
        known = {s: n for n, s in self.symbols.items() if n != by}
        done: dict[Expr, Expr] = {}
        for name in self.own:  # in the order of their definitions
            if name != by:
                done[self.symbols[name]] = replace(self.own[name], dict(done))
        found = replace(own, {s: done[s] for s in known if s in done})
        return found if symbol.data[0] in found.variables else self.inside(self.full[of], by)

    def inside(self, whole: Expr, by: str) -> Expr:
        """An expression with an intermediate's definition replaced by its name, where it stands."""
        if by in self.variables:
            return whole
        return replace(whole, {self.full[by]: self.symbols[by]})

    def derivative(
        self, number: int, content: str, found: re.Match[str], sides: list[str]
    ) -> LineVerdict:
        of, by = found[2], found[4]
        symbol, shape = self.by(by), self.meaning(of).shape
        meanings = [self.expanded(of, by, True)]
        if found[1] == "∂":
            meanings.append(self.expanded(of, by, False))
        for side in sides:
            answer = self.parsed(side)
            needed = shape + symbol.shape
            if answer.shape != needed:
                shown = slip("shape", needed=kind_of(needed), found=kind_of(answer.shape))
                plain = self.plain(answer)
                better = None
                if plain is not None:
                    better = diagnose(self.case(meanings[0], plain, symbol))
                return self.wrong(number, content, better or shown)
            checks = [self.check(Slope(self, of_, symbol, answer)) for of_ in meanings]
            if not any(check.passed for check in checks):
                plain = self.plain(answer)
                why = None if plain is None else diagnose(self.case(meanings[0], plain, symbol))
                return self.wrong(number, content, why)
        if of == self.output or self.meaning(of) is self.expr:
            self.is_complete = self.is_complete or by == self.wrt
        return LineVerdict(number, content, True)

    def plain(self, answer: Expr) -> Expr | None:
        """The answer, unless symbols of derivatives stand in it."""
        return None if any(v.startswith("δof_") for v in answer.variables) else answer

    def case(self, of: Expr, answer: Expr, symbol: Expr) -> Case:
        return Case(
            of,
            of,
            answer,
            symbol,
            1,
            {**self.variables, **self.symbols},
            defined=tuple(self.full.items()),
        )

    def equal(self, number: int, content: str, value: Expr, sides: list[str]) -> LineVerdict:
        for side in sides:
            answer = self.parsed(side)
            if answer.shape != value.shape:
                shown = slip(
                    "shape-of-name", found=kind_of(answer.shape), needed=kind_of(value.shape)
                )
                return self.wrong(number, content, shown)
            if not self.check(Equation(self, value, answer)).passed:
                return self.wrong(number, content, None)
        return LineVerdict(number, content, True)

    def check(self, claim: LineClaim) -> Check:
        exprs = [self.expr, claim.answer, *self.full.values()]
        check = verify_claim(claim, exprs, self.variables)
        if check.verdict == "unverified":
            raise ProblemError("unsupported", f"could not compare: {check.reason}")
        if check.verdict == "numeric":
            self.verdict = "numeric"
        return check

    def wrong(self, number: int, content: str, found: Slip | None) -> LineVerdict:
        reason = found.sentence(self.language) if found else say(self.language, "line-not-equal")
        return LineVerdict(number, content, False, reason, found)

    def conclude(self) -> DerivationVerdict:
        last = self.done[-1] if self.done else None
        count = str(len(self.done))
        if last is not None and not last.is_right:
            sentence = say(
                self.language,
                "line-wrong",
                number=str(last.number),
                text=last.text,
                reason=last.sentence,
            )
        elif self.is_complete:
            sentence = say(self.language, "lines-right", count=count)
        else:
            sentence = say(
                self.language, "lines-unfinished", count=count, output=self.output, wrt=self.wrt
            )
        is_right = last is None or last.is_right
        return DerivationVerdict(
            is_right, self.is_complete, sentence, tuple(self.done), self.verdict
        )
