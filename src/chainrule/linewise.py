"""A derivation checked line by line: `check_derivation`.

A line is a definition `u = A*x - b`, or a chain of equalities whose first side is a name or a
derivative, `dy/dx = dy/du*du/dx = 2*u'*A`. y (or f, L) is the expression itself. A total
derivative da/db follows every path from b to a; in a partial one ∂a/∂b, other names may be held
fixed. Each side is compared with what the line claims, not with the side before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .checking import Assume, Let, integers_of, shapes_of
from .errors import ProblemError
from .expr.build import variable
from .expr.node import Expr
from .line_claims import Equation, LineClaim, Names, Slope
from .parse.understand import understand
from .referee.verify import Check, verify_claim
from .shapes import Shape, kind_of
from .slips import Case, Slip, diagnose, slip
from .slips.spelling import other_spellings
from .solve import Problem, choose_variable
from .words import say
from .words.errors import in_language

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
    taken = understood.variables.keys() | dict(understood.definitions).keys()
    output = next((one for one in OUTPUTS if one not in taken), "y_")
    names = Names(understood.expr, understood.variables, name, output, language)
    reader = _Reader(names, integers_of(understood), assume or {})
    for one, definition in understood.definitions:
        if one not in reader.integers:
            names.define(one, definition)
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


class _UnknownName(Exception):
    """A side speaks of what is no variable and was not defined."""


@dataclass
class _Reader:
    """The lines read so far."""

    names: Names
    integers: set[str]
    assume: Assume
    done: list[LineVerdict] = field(default_factory=list)
    is_complete: bool = False
    verdict: str = "exact"

    # -- one line

    def read(self, number: int, content: str) -> LineVerdict:
        """The verdict on a line; what it says is wrong too if it has no meaning."""
        self.names.line = number
        try:
            return self.judged(number, content)
        except _UnknownName as unknown:
            reason = say(self.names.language, "line-name", name=str(unknown))
            return LineVerdict(number, content, False, reason)
        except ProblemError as error:
            if error.kind != "shape":
                raise
            return self.wrong(
                number, content, slip("shape", "shape-parts", message=self.said(error))
            )

    def judged(self, number: int, content: str) -> LineVerdict:
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
        if left in self.names.variables:
            raise ProblemError("name", f"{left} is a variable of the expression")
        if left in self.names.full:
            verdict = self.equal(number, content, self.names.full[left], sides)
            if verdict.is_right:
                self.names.restate(left, self.parsed(sides[0]))
            return verdict
        self.names.define(left, self.parsed(sides[0]))
        return self.equal(number, content, self.names.full[left], sides[1:])

    def said(self, error: ProblemError) -> str:
        return in_language(error, self.names.language).message

    def is_quotient(self, found: re.Match[str]) -> bool:
        """Whether da/db is a quotient of variables that are called da and db."""
        return {"d" + found[2], "d" + found[4]} <= self.names.known.keys()

    def parsed(self, side: str) -> Expr:
        """A side in terms of variables, names, and symbols of derivatives."""
        hidden: dict[str, Expr] = {}

        def named(found: re.Match[str]) -> str:
            if self.is_quotient(found):
                return found[0]
            of, by, is_total = found[2], found[4], found[1] == "d"
            self.refuse_unknown([of, by])
            next(self.names.functions(of, by, is_total))  # refused here rather than at a point
            key = f"δ{of}δ{by}" if is_total else f"δ{of}δ{by}δ"
            self.names.slopes[key] = of, by, is_total
            value, variable_ = self.names.meaning(of), self.names.by(by)
            hidden[key] = variable(key, value.shape + variable_.shape)
            is_row = not value.shape and len(variable_.shape) == 1
            return f"({key}')" if is_row else f"({key})"

        text = DERIVATIVE.sub(named, side)
        lets = shapes_of({**self.names.known, **hidden})
        try:
            answer = self.understood(text, lets)
        except ProblemError:
            if not hidden:
                raise
            # A gradient may have been meant as a column: A'*dy/du.
            answer = self.understood(text.replace("')", ")"), lets)
        self.refuse_unknown(sorted(answer.variables - hidden.keys()))
        return answer

    def refuse_unknown(self, names: Sequence[str]) -> None:
        for name in names:
            if name not in self.names.known:
                raise _UnknownName(name)

    def understood(self, text: str, lets: Let) -> Expr:
        variables = self.names.variables
        assume = {name: found for name, found in self.assume.items() if name in variables}
        return understand(text, lets, assume, integers=self.integers).expr

    # -- what it claims

    def derivative(
        self, number: int, content: str, found: re.Match[str], sides: list[str]
    ) -> LineVerdict:
        of, by, is_total = found[2], found[4], found[1] == "d"
        symbol, value = self.names.by(by), self.names.meaning(of)
        needed = value.shape + symbol.shape

        def holds(answer: Expr) -> bool:
            return any(
                self.check(Slope(self.names, function, symbol, answer)).passed
                for function in self.names.functions(of, by, is_total)
            )

        for side in sides:
            try:
                answer = self.parsed(side)
            except ProblemError as error:
                if error.kind != "shape":
                    raise
                return self.wrong(number, content, self.misfit(side, error, needed, holds))
            if answer.shape == needed and holds(answer):
                continue
            why = self.why(self.names.function(of, by), answer, symbol)
            if why is None and answer.shape != needed:
                why = slip("shape", needed=kind_of(needed), found=kind_of(answer.shape))
            return self.wrong(number, content, why)
        if by == self.names.wrt and (of == self.names.output or value is self.names.expr):
            self.is_complete = True
        return LineVerdict(number, content, True)

    def misfit(
        self, side: str, error: ProblemError, needed: Shape, holds: Callable[[Expr], bool]
    ) -> Slip:
        """What a derivative whose parts do not fit may have meant, at least what does not fit."""
        sized = [name for name, known in self.names.known.items() if known.shape]
        try:
            for guess, other in other_spellings(side, sized):
                if self.is_right(other, needed, holds):
                    return guess
        except ProblemError:
            pass  # not a text that can be changed token by token
        message = self.said(error)
        return slip("shape", "shape-contradiction", message=message, needed=kind_of(needed))

    def is_right(self, side: str, needed: Shape, holds: Callable[[Expr], bool]) -> bool:
        try:
            answer = self.parsed(side)
            return answer.shape == needed and holds(answer)
        except (ProblemError, _UnknownName):
            return False

    def why(self, of: Expr, answer: Expr, symbol: Expr) -> Slip | None:
        """The slip of a wrong derivative, unless other derivatives stand in it."""
        if answer.variables & self.names.slopes.keys():
            return None
        case = Case(
            of, of, answer, symbol, 1, self.names.known, defined=tuple(self.names.full.items())
        )
        return diagnose(case)

    def equal(self, number: int, content: str, value: Expr, sides: list[str]) -> LineVerdict:
        for side in sides:
            answer = self.parsed(side)
            if answer.shape != value.shape:
                shown = slip(
                    "shape-of-name", found=kind_of(answer.shape), needed=kind_of(value.shape)
                )
                return self.wrong(number, content, shown)
            if not self.check(Equation(self.names, value, answer)).passed:
                return self.wrong(number, content, None)
        return LineVerdict(number, content, True)

    def check(self, claim: LineClaim) -> Check:
        exprs = [self.names.expr, claim.answer, *self.names.full.values()]
        check = verify_claim(claim, exprs, self.names.variables)
        if check.verdict == "unverified":
            raise ProblemError("unsupported", f"could not compare: {check.reason}")
        if check.verdict == "numeric":
            self.verdict = "numeric"
        return check

    def wrong(self, number: int, content: str, found: Slip | None) -> LineVerdict:
        language = self.names.language
        reason = found.sentence(language) if found else say(language, "line-not-equal")
        return LineVerdict(number, content, False, reason, found)

    def conclude(self) -> DerivationVerdict:
        last = self.done[-1] if self.done else None
        count, names = str(len(self.done)), self.names
        if last is not None and not last.is_right:
            sentence = say(
                names.language,
                "line-wrong",
                number=str(last.number),
                text=last.text,
                reason=last.sentence,
            )
        elif self.is_complete:
            sentence = say(names.language, "lines-right", count=count)
        else:
            sentence = say(
                names.language, "lines-unfinished", count=count, output=names.output, wrt=names.wrt
            )
        is_right = last is None or last.is_right
        return DerivationVerdict(
            is_right, self.is_complete, sentence, tuple(self.done), self.verdict
        )
