"""What a derivation says, in order, before any format is chosen.

A document is sections of lines; a line is an equation with a remark, a formula, a
sentence, or source code. The formats only decide how these look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from ..derivation.record import Derivation, Reason, Rule, Step
from ..expr.build import derivative, variable
from ..expr.node import Expr
from ..notation.layout import laid_out
from ..notes import notes_of
from ..printers.sharing import share
from ..printers.unicode import unicode
from ..shapes import kind_of
from ..solve import Solution
from ..words import say

Level = Literal["brief", "normal", "full"]
LINES = {"brief": 4, "normal": 40, "full": 10**9}
KINDS = ("introduce", "partial", "combine", "substitute", "simplify")
TOTALS = {
    Rule.SINGLE: "rule-single",
    Rule.TOTAL: "rule-total",
}


@dataclass(frozen=True)
class Equation:
    lhs: Expr
    rhs: Expr
    remark: str = ""


@dataclass(frozen=True)
class Code:
    source: str


Line = Equation | Code | str


@dataclass
class Section:
    title: str
    lines: list[Line] = field(default_factory=list)
    is_result: bool = False


@dataclass
class Document:
    title: str
    goal: Expr
    wrt: str
    sections: list[Section]


class Author:
    """Writes the document of one solution in one language."""

    def __init__(self, solution: Solution, language: str, level: Level = "normal") -> None:
        self.solution = solution
        self.language = language
        self.level = level

    def say(self, key: str, **slots: str) -> str:
        return say(self.language, key, **slots)

    def document(self, steps: bool = True, code: str | None = None) -> Document:
        solution = self.solution
        sections = [self.problem()]
        if steps:
            for order, derivation in enumerate(solution.derivations, 1):
                sections += self.derivation(derivation, order)
        sections.append(self.result())
        if code is not None:
            sections.append(Section(self.say("code"), [Code(code)]))
        return Document(self.say("problem"), solution.expr, solution.wrt, sections)

    def problem(self) -> Section:
        understood = self.solution.understood
        shapes = []
        for name, node in understood.variables.items():
            mark = f" ({self.say('inferred')})" if name in understood.inferred else ""
            properties = ", ".join(sorted(node.data[1]))
            shapes.append(
                f"{name}: {kind_of(node.shape)}{', ' + properties if properties else ''}{mark}"
            )
        return Section(self.say("given"), ["; ".join(shapes)] if shapes else [])

    # -- one derivation

    def derivation(self, derivation: Derivation, order: int) -> list[Section]:
        many = len(self.solution.derivations) > 1
        title = self.say("rule") if not many else self.say("order", order=str(order))
        sections = [Section(title, [derivation.rule.value + ". " + self.why(derivation)])]
        for kind in KINDS:
            lines = [self.line(s, derivation) for s in derivation.steps if s.kind == kind]
            if kind in ("substitute", "simplify") and self.level == "brief":
                continue
            if lines:
                sections.append(Section(self.say(kind), self.cut(lines)))
        return sections

    def cut(self, lines: list[Line]) -> list[Line]:
        most = LINES[self.level]
        if len(lines) <= most:
            return lines
        rest = self.say("more-steps", count=str(len(lines) - most))
        return [*lines[: most - 1], rest, lines[-1]]

    def why(self, derivation: Derivation) -> str:
        wrt = unicode_name(derivation.wrt)
        routes = [" → ".join(map(unicode_name, route)) for route in derivation.routes]
        if not derivation.paths:
            return self.say("rule-none", wrt=wrt)
        shown = "; ".join(routes) + ("; …" if derivation.paths > len(routes) else "")
        slots = {"wrt": wrt, "paths": str(derivation.paths), "routes": shown}
        if derivation.rule is Rule.VECTOR:
            if derivation.way != "chain":
                way = "differential" if derivation.way == "differential" else "matrix"
                return self.say(f"rule-{way}", **slots)
            return self.say("rule-vector-paths" if derivation.paths > 1 else "rule-vector", **slots)
        return self.say(TOTALS[derivation.rule], route=shown, **slots)

    def line(self, step: Step, derivation: Derivation) -> Line:
        return Equation(step.lhs, step.rhs, self.remark(step, derivation))

    def remark(self, step: Step, derivation: Derivation) -> str:
        """Why the step holds, in a sentence."""
        parts = [self.reason(r) for r in step.reasons if r.key != "introduce"]
        if step.kind == "introduce" and step.name == derivation.of:
            parts.append(f"{derivation.output_name} = {unicode_name(derivation.of)}")
        elif derivation.way != "chain" and step.lhs.shape:
            parts.append(self.say("shape", shape="×".join(map(str, step.lhs.shape))))
        return "; ".join(part for part in parts if part)

    def reason(self, reason: Reason) -> str:
        key = reason.key if reason.key not in CLASHES else reason.key + "-reason"
        slots = {
            name: unicode(value) if isinstance(value, Expr) else unicode_name(value)
            for name, value in reason.slots
        }
        return self.say(key, **slots)

    # -- the result

    def result(self) -> Section:
        solution = self.solution
        presented = solution.presented
        shown = laid_out(presented.expr, solution.expr.shape, solution.problem.layout)
        main, where = share(shown)
        lines: list[Line] = [Equation(goal_symbol(solution), main)]
        lines += [Equation(symbol_of(name, part), part, self.say("where")) for name, part in where]
        if presented.differential is not None:
            name, differential = presented.differential
            main, where = share(differential)
            lines.append(Equation(symbol_of(name, differential), main, self.say("differential")))
            lines += [Equation(symbol_of(n, p), p, self.say("where")) for n, p in where]
        lines += self.family()
        lines += self.notes()
        if solution.curvature is not None:
            key = f"curvature-{solution.curvature}"
            lines.append(self.say(key, wrt=unicode_name(solution.wrt)))
        shape = "×".join(map(str, solution.shape)) or "1"
        lines.append(
            self.say("shape", shape=shape)
            + ", "
            + self.say("layout", layout=solution.problem.layout)
        )
        lines.append(f"{self.say('checked')}: {self.check()}")
        return Section(self.say("result"), lines, is_result=True)

    def family(self) -> Iterable[Line]:
        """A block-diagonal derivative by its blocks."""
        solution = self.solution
        family = solution.family
        if family is None:
            return
        wrt = solution.understood.variables[solution.wrt]
        slots = {
            "of": self.say(_axis(solution.expr, family.of)),
            "by": self.say(_axis(wrt, family.by)),
            "name": unicode_name(family.name),
            "wrt": unicode_name(solution.wrt),
        }
        main, where = share(family.block)
        yield Equation(symbol_of("block_" + family.name, main), main, self.say("family", **slots))
        for name, part in where:
            yield Equation(symbol_of(name, part), part, self.say("where"))

    def notes(self) -> Iterable[str]:
        solution = self.solution
        presented = solution.presented
        if presented.notation == "index" and presented.reason:
            yield self.say("note-index", reason=presented.reason)
        if presented.notation == "kronecker":
            key = "note-kronecker"
            if solution.problem.order > 1:
                key += "-hessian"
            elif solution.problem.layout == "denominator":
                key += "-turned"
            yield self.say(key)
        for key, slots in notes_of(solution):
            yield self.say(key, **slots)

    def notes_in_words(self) -> list[str]:
        return list(self.notes())

    def check(self) -> str:
        check = self.solution.check
        return self.say(
            "check-one-sided" if check.is_one_sided else f"check-{check.verdict}",
            method=check.method,
            points=str(check.points),
            error=f"{check.max_relative_error:.0e}",
            reason=check.reason,
        )


CLASHES = frozenset({"simplify", "differential", "introduce"})


def _axis(expr: Expr, axis: int) -> str:
    """What an axis is called: the key of a word."""
    return "axis-entry" if expr.is_vector else ("axis-row", "axis-column")[axis]


def unicode_name(name: str) -> str:
    return unicode(symbol_of(name, None))


def symbol_of(name: str, like: Expr | None) -> Expr:
    return variable(name, like.shape if like is not None else ())


def goal_symbol(solution: Solution) -> Expr:
    """dy/dx, or d²y/dx² for a higher order."""
    name = solution.derivations[0].output_name if solution.derivations else "y"
    return derivative(name, solution.wrt, True, (), order=solution.problem.order)
