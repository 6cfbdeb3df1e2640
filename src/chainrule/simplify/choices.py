"""Cases with one condition are one case: c·[x > 0]·a + [x ≤ 0]·b is where(x > 0, c·a, b)."""

from __future__ import annotations

from ..tensor.build import apply, broadcast, contract, times
from ..tensor.node import Kind, Operand, Tensor
from ..tensor.terms import add_terms, is_zero

Cases = tuple[Tensor, Tensor, Tensor]  # the condition, the value where it holds, and elsewhere


def merge_choices(node: Tensor) -> Tensor:
    """A sum whose terms choose by one condition as one choice, where at least two do."""
    if node.kind is not Kind.SUM or is_zero(node):
        return node
    found: dict[Tensor, list[tuple[Tensor, Cases]]] = {}
    for term in node.args:
        cases = _cases(term)
        if cases is not None:
            found.setdefault(cases[0], []).append((term, cases))
    terms = list(node.args)
    for condition, group in found.items():
        if len(group) < 2:
            continue
        held, other = (add_terms([cases[k] for _, cases in group]) for k in (1, 2))
        used = {term for term, _ in group}
        merged = apply("where", condition, held, other)
        terms = [term for term in terms if term not in used] + [merged]
    return add_terms(terms)


def _cases(term: Tensor) -> Cases | None:
    """An element-wise product with one choice among its factors, as one choice."""
    operands: list[Operand] = [(term, tuple(range(len(term.axes))))]
    coefficient = 1
    if term.kind is Kind.CONTRACT:
        coefficient, labels, _ = term.data
        operands = list(zip(term.args, labels, strict=True))
    whole = tuple(range(len(term.axes)))
    if any(own not in ((), whole) or arg.has_structure for arg, own in operands):
        return None
    choices = [arg for arg, own in operands if _is_choice(arg) and own == whole]
    if len(choices) != 1:
        return None
    rest = [pair for pair in operands if pair[0] is not choices[0]]
    condition, held, other = choices[0].args
    factor = contract(coefficient, rest, _labels(rest)) if rest else times(coefficient)
    values = [broadcast(times(factor, value), term.axes) for value in (held, other)]
    return condition, values[0], values[1]


def _labels(operands: list[Operand]) -> tuple[int, ...]:
    return max((own for _, own in operands), key=len)


def _is_choice(tensor: Tensor) -> bool:
    return tensor.kind is Kind.APPLY and tensor.data[0] == "where"


def single_choice(node: Tensor) -> Tensor:
    """where(c, 1, 0)·a as where(c, a, 0): one factor, and a is not needed where c fails."""
    if node.kind is not Kind.CONTRACT:
        return node
    cases = _cases(node)
    if cases is None or not any(is_zero(value) for value in cases[1:]):
        return node
    return apply("where", *cases)
