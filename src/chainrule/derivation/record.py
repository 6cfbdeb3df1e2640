"""A derivation as data: intermediates, steps, the rule that was chosen and why.

Every step is an equation in matrix notation. Sentences are not stored, only the key of the
reason and what fills its slots (words/ says them in a language), so a record can be
translated, replayed and checked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from ..expr.node import Expr
from ..tensor.node import Tensor

Way = Literal["chain", "pullback", "pushforward", "differential"]
StepKind = Literal["introduce", "partial", "combine", "substitute", "simplify"]


class Rule(Enum):
    """The three chain rules of Parr and Howard, by their names in the contract."""

    SINGLE = "single-variable chain rule"
    TOTAL = "single-variable total-derivative chain rule"
    VECTOR = "vector chain rule"


@dataclass(frozen=True)
class Reason:
    """Why a step holds: a key of words/ and the values of its slots."""

    key: str
    slots: tuple[tuple[str, str | Expr], ...] = ()


@dataclass(frozen=True)
class Step:
    """lhs = rhs, and why."""

    kind: StepKind
    lhs: Expr
    rhs: Expr
    reasons: tuple[Reason, ...] = ()
    rule: str | None = None  # the rule's name, where the step applies one
    name: str | None = None  # the intermediate it is about
    wrt: str | None = None


@dataclass(frozen=True)
class Intermediate:
    """u = definition, written with the variable and earlier intermediates."""

    name: str
    symbol: Expr
    definition: Expr
    full: Expr  # the same with every intermediate substituted
    uses: tuple[tuple[str, int], ...]  # (variable or intermediate, occurrences), wrt-dependent


@dataclass(frozen=True)
class Derivation:
    """How one derivative came about. `answer` is what the last step's right side says."""

    of: str
    wrt: str
    rule: Rule
    paths: int
    routes: tuple[tuple[str, ...], ...]  # the first few data-flow paths, by name
    intermediates: tuple[Intermediate, ...]
    steps: tuple[Step, ...]
    answer: Tensor = field(repr=False)
    output_name: str  # what the output is called in derivatives: y
    way: Way  # how the steps go: Jacobian products, pullbacks, pushforwards, differentials

    @property
    def varying(self) -> frozenset[str]:
        """The names of what depends on the variable: itself and intermediates."""
        found = {self.wrt}
        for u in self.intermediates:
            if not found.isdisjoint(u.definition.variables):
                found.add(u.name)
        return frozenset(found)
