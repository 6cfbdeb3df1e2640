"""Where an expression has a value: denominators that are not 0, logarithms of positive numbers.

An answer may cancel what the input divides by, as in d(x^2/x)/dx = 1: what only the input
shows is what the notes then say. Where a rule divides and its function does not, as that of
prod, `Op.note` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .expr.node import Expr, Kind
from .intern import postorder
from .lower import lower
from .op import INFINITY, find
from .ranges import NONNEG, POSITIVE, SYMMETRIC_UNIT, Range
from .signs import Signs
from .tensor.build import power
from .tensor.node import Kind as TensorKind
from .tensor.node import Tensor

NONZERO = "≠ 0"
REGIONS = {"> 0": POSITIVE, "≥ 0": NONNEG, "∈ (-1, 1)": SYMMETRIC_UNIT}
OF_DOMAINS: dict[tuple[float, float], str] = {(0, INFINITY): "> 0", (-1, 1): "∈ (-1, 1)"}


@dataclass(frozen=True)
class Condition:
    """What has to hold of every entry of `subject`."""

    subject: Expr
    relation: str

    def holds_in(self, found: Range) -> bool:
        """Whether it holds for all numbers of a range."""
        if self.relation == NONZERO:
            return found.is_positive or found.is_negative
        region = REGIONS[self.relation]
        return region.low <= found.low and found.high <= region.high


def conditions(expr: Expr) -> list[Condition]:
    """What has to hold for `expr` to have a value, in the order of the text."""
    found = (_of_node(node) for node in postorder([expr]))
    return list(dict.fromkeys(condition for condition in found if condition))


def _of_node(node: Expr) -> Condition | None:
    if node.kind is Kind.DIVIDE:
        return Condition(node.args[1], NONZERO)
    if node.kind is Kind.APPLY:
        relation = OF_DOMAINS.get(find(node.data[0]).domain)
        return Condition(node.args[0], relation) if relation else None
    if node.kind is Kind.POWER:
        relation = _of_power(lower(node.args[1]))
        return Condition(node.args[0], relation) if relation else None
    return None


def _of_power(exponent: Tensor) -> str | None:
    """What x^exponent needs of x."""
    if exponent.kind is not TensorKind.NUMBER:
        return "> 0"
    value: Fraction = exponent.data[0]
    if value.denominator == 1:
        return NONZERO if value < 0 else None
    return "> 0" if value < 0 else "≥ 0"


def lost_conditions(expr: Expr, answer: Expr) -> list[Condition]:
    """Conditions of `expr` that neither always hold nor can be seen in `answer`."""
    signs = Signs()
    shown = {
        factor for condition in conditions(answer) for factor in _factors(lower(condition.subject))
    }
    lost = []
    for condition in conditions(expr):
        subject = lower(condition.subject)
        if condition.holds_in(signs.range(subject)):
            continue
        unknown = [f for f in _factors(subject) if not signs.range(f).is_positive]
        # Of a quotient in a logarithm one part is enough: the other has its own condition.
        together = all if condition.relation == NONZERO else any
        if not together(factor in shown for factor in unknown):
            lost.append(condition)
    return lost


def _factors(tensor: Tensor) -> list[Tensor]:
    """The bases of an element-wise product of powers; |x|² is that of norm2(x)."""
    if tensor.kind is TensorKind.POWER:
        return _factors(tensor.args[0])
    if tensor.kind is TensorKind.APPLY and tensor.data[0] == "norm2":
        square = power(tensor, 2)
        return [square] if square.kind is TensorKind.POWER else _factors(square)
    if tensor.kind is TensorKind.CONTRACT:
        _, labels, free = tensor.data
        if all(label < free for own in labels for label in own):
            return [factor for arg in tensor.args for factor in _factors(arg)]
    return [tensor]
