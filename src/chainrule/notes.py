"""What an answer rests on: kinks, domains and conventions of the functions in it."""

from __future__ import annotations

from .conditions import lost_conditions
from .expr.node import Expr, Kind
from .intern import postorder
from .lower import lower
from .op import find
from .printers.unicode import unicode
from .signs import Signs
from .solve import Solution
from .tensor.node import Tensor

SHORT = 24  # characters of an argument that a note repeats
ROOTS = ("norm2", "sqrt")

Note = tuple[str, dict[str, str]]  # a key of words/ and its slots
Key = tuple[str, str | Tensor]  # what a note is about: two of the same are one


def notes_of(solution: Solution) -> list[Note]:
    """Notes on how the input was read and the variable varied, on kinks, and on domains.

    Kinks are those of the functions through which the variable reaches the output; domains
    also those of functions that only stand in the answer, and what the answer does not show
    any more because it was cancelled.
    """
    found: dict[Key, Note] = {}
    for row in solution.understood.row_expansions:
        found["rows", unicode(row)] = ("note-rows", {"row": unicode(row)})
    for key, slots in _of_variable(solution):
        found[key, ""] = (key, slots)
    for node in _rough(solution.expr):
        if solution.wrt in node.variables:
            found.update(_of_function(node))
    for condition in lost_conditions(solution.expr, solution.presented.expr):
        needed = f"{unicode(condition.subject)} {condition.relation}"
        found[needed, ""] = ("note-needs", {"condition": needed})
    for node in _rough(solution.presented.expr):
        if find(node.data[0]).note:
            found.update(_of_domain(node))
    return list(found.values())


def _rough(expr: Expr) -> list[Expr]:
    """The functions in an expression, without roots that stand in even powers alone."""
    order = postorder([expr])
    squared = {node.args[0] for node in order if node.kind is Kind.POWER and _is_even(node.args[1])}
    used = {arg for node in order for arg in _beside(node, squared)}
    return [
        node
        for node in order
        if node.kind is Kind.APPLY
        and (node.data[0] not in ROOTS or node not in squared or node in used)
    ]


def _is_even(exponent: Expr) -> bool:
    return exponent.kind is Kind.NUMBER and exponent.data[0] % 2 == 0


def _beside(node: Expr, squared: set[Expr]) -> tuple[Expr, ...]:
    """The arguments that are used other than in an even power."""
    return node.args if node.kind is not Kind.POWER or node.args[0] not in squared else ()


def _of_variable(solution: Solution) -> list[Note]:
    """How a variable whose entries are tied together was varied."""
    variable = solution.understood.variables[solution.wrt]
    named = [p for p in ("spd", "psd", "symmetric") if p in variable.data[1]]
    slots = {"wrt": unicode(variable), "property": named[0] if named else ""}
    notes: list[Note] = []
    if named:
        notes.append((f"note-symmetric-{solution.problem.symmetric}", slots))
    for pattern in ("lower", "diagonal"):
        if pattern in variable.data[1]:
            notes.append((f"note-{pattern}", slots))
    return notes


def _of_function(node: Expr) -> dict[Key, Note]:
    op = find(node.data[0])
    slots = {"function": op.name}
    found: dict[Key, Note] = {}
    if op.kink == "0":
        found[op.name, "kink"] = ("note-kink", slots)
    elif op.kink == "equal" and op.partials and op.name in ("max", "min"):
        between = all(arg.variables for arg in node.args)
        key = "note-tie" if between else "note-tie-number"
        found[op.name, key] = (key, slots)
    elif op.kink == "equal" or (op.name == "where" and node.args[0].variables):
        found["boundary", ""] = ("note-boundary", {})
    elif op.kink == "end" and not Signs().range(lower(node.args[0])).is_positive:
        argument = _name(node.args[0])
        found[op.name, argument] = ("note-end", {**slots, "argument": argument})
    if op.name == "function":
        name = str(node.data[1])
        found["function", name] = ("note-function", {"function": name})
    return found | (_of_domain(node) if op.note else {})


def _of_domain(node: Expr) -> dict[Key, Note]:
    op = find(node.data[0])
    argument = _name(node.args[0])
    written = op.forms.get("text")
    name = written.partition("(")[0] if isinstance(written, str) else op.name
    slots = {"function": name, "note": (op.note or "").format(argument)}
    is_certain = node.args[0].kind is Kind.VARIABLE and op.certain & node.args[0].data[1]
    return {} if is_certain else {(op.name, lower(node.args[0])): ("note-domain", slots)}


def _name(expr: Expr) -> str:
    """The argument as it prints, when that is short."""
    while expr.kind in (Kind.TRANSPOSE, Kind.NEGATE):
        expr = expr.args[0]
    shown = unicode(expr)
    return shown if len(shown) <= SHORT else "…"
