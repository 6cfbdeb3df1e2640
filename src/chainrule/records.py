"""Problems and results as JSON objects: the contract other programs rely on. No logic."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from .derivation.chain import READABLE, tidied
from .derivation.record import Derivation, Step, Way
from .errors import ProblemError
from .expr.node import Expr, Kind
from .intern import postorder
from .notation.layout import laid_out
from .notation.write import Writer
from .printers.latex import latex
from .printers.sharing import Definition, share
from .printers.text import text
from .printers.unicode import unicode
from .render.document import Author, goal_symbol, symbol_of
from .shapes import Shape
from .solve import Problem, Solution
from .words.errors import in_language

DEPTH_LIMIT = 16
DIGITS_LIMIT = 4000


def read_record(line: str) -> dict[str, Any]:
    """The JSON object on one line. Duplicate keys and NaN are refused."""
    try:
        record = json.loads(
            line, object_pairs_hook=_unique, parse_constant=_refuse, parse_int=_integer
        )
    except (ValueError, RecursionError) as error:
        raise ProblemError("syntax", f"not a JSON object: {error}") from None
    if not isinstance(record, dict):
        raise ProblemError("syntax", "a problem is a JSON object")
    level: list[Any] = [record]
    for _ in range(DEPTH_LIMIT):
        level = [item for found in level for item in _items(found)]
        if not level:
            return record
    raise ProblemError("limit", f"the JSON object is nested more than {DEPTH_LIMIT} deep")


def _integer(digits: str) -> int:
    if len(digits) > DIGITS_LIMIT:  # Python's own limit gives advice for programmers
        raise ProblemError("limit", f"an integer of more than {DIGITS_LIMIT} digits")
    return int(digits)


def _items(found: Any) -> Iterable[Any]:
    """What is in an object or a list, as far as it can hold more."""
    inside = found.values() if isinstance(found, dict) else found
    return (item for item in inside if isinstance(item, dict | list))


def problem_of(record: Mapping[str, Any]) -> Problem:
    """The problem a JSON object poses. Unknown fields are ignored."""
    expr = record.get("expr")
    if not isinstance(expr, str):
        raise ProblemError("syntax", "a problem needs an expr, a string")
    let = record.get("let") or {}
    assume = record.get("assume") or {}
    if not isinstance(let, dict) or not isinstance(assume, dict):
        raise ProblemError("syntax", "let and assume are objects")
    wrt, order = record.get("wrt"), record.get("order", 1)
    if wrt is not None and not isinstance(wrt, str):
        raise ProblemError("syntax", "wrt is the name of a variable")
    if not isinstance(order, int) or isinstance(order, bool):
        raise ProblemError("syntax", "order is an integer")
    layout, symmetric = record.get("layout"), record.get("symmetric")
    layout = "numerator" if layout is None else layout
    return Problem(
        expr, let, assume, wrt, order, layout, "free" if symmetric is None else symmetric
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the key {name!r} stands twice")
    return dict(pairs)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number")


def result_of(
    solution: Solution, code: Mapping[str, str], language: str = "en", id_: Any = None
) -> dict[str, Any]:
    """The result object of a solved problem."""
    shown = laid_out(solution.presented.expr, solution.expr.shape, solution.problem.layout)
    main, where = share(shown)
    check = solution.check
    author = Author(solution, language)
    return {
        "id": id_,
        "ok": True,
        "expr": {**formula(solution.expr), "shape": sizes(solution.expr.shape)},
        "let": {
            name: sizes(variable.shape) for name, variable in solution.understood.variables.items()
        },
        "derivative": {
            "text": with_definitions(main, where),
            "unicode": unicode(main),
            "latex": latex(main),
            "shape": sizes(solution.shape),
            "layout": solution.problem.layout,
            "notation": solution.presented.notation,
            "where": [[name, text(part)] for name, part in where],
            "lhs": formula(goal_symbol(solution)),
            "parts": [
                {"symbol": formula(symbol_of(name, part)), **formula(part)} for name, part in where
            ],
            "differential": differential_of(solution),
            "family": family_of(solution),
            "curvature": solution.curvature,
            "notes": author.notes_in_words(),
        },
        "derivation": derivations_of(solution, language),
        "code": dict(code),
        "check": {
            "verdict": check.verdict,
            "method": check.method,
            "points": check.points,
            "max_relative_error": check.max_relative_error,
            "passed": check.passed,
            **({"reason": check.reason} if check.reason else {}),
        },
        "milliseconds": round(solution.milliseconds, 3),
    }


def differential_of(solution: Solution) -> dict[str, str] | None:
    """dY = ... dX ..., where the derivative has more than two axes."""
    found = solution.presented.differential
    return None if found is None else {"name": found[0], **formula(found[1])}


def family_of(solution: Solution) -> dict[str, Any] | None:
    """One block of a block-diagonal derivative; axes are counted from 0."""
    family = solution.family
    if family is None:
        return None
    return {"name": family.name, "of": family.of, "by": family.by, **formula(family.block)}


def error_of(error: ProblemError, id_: Any = None, language: str = "en") -> dict[str, Any]:
    """The result object of a problem that has no answer."""
    error = in_language(error, language)
    return {
        "id": id_,
        "ok": False,
        "error": {
            "kind": error.kind,
            "message": error.message,
            "start": error.start,
            "end": error.end,
            "hint": error.hint,
        },
    }


def formula(expr: Expr) -> dict[str, str]:
    """A formula in the three notations; long ones with their parts named in front."""
    main, where = share(expr, 2000)
    return {
        "text": with_definitions(main, where),
        "unicode": "; ".join([*(f"{n} = {unicode(p)}" for n, p in where), unicode(main)]),
        "latex": ",\\; ".join([*(f"{n} = {latex(p)}" for n, p in where), latex(main)]),
    }


def with_definitions(main: Expr, where: Sequence[Definition]) -> str:
    """Text that parses back: t1 = ...; t2 = ...; the formula."""
    return "; ".join([*(f"{name} = {text(part)}" for name, part in where), text(main)])


def sizes(shape: Shape) -> list[int | str]:
    return [str(dim) if dim.integer is None else dim.integer for dim in shape]


def derivations_of(solution: Solution, language: str) -> dict[str, Any]:
    """The steps of all orders in turn; rule, paths and graph are those of the first.

    `orders` says of each order where its steps begin, its rule and why, its paths and graph.
    """
    author = Author(solution, language)
    if not solution.derivations:
        graph: dict[str, Any] = {"nodes": [], "edges": []}
        return {"rule": None, "paths": 0, "steps": [], "graph": graph, "orders": []}
    first = solution.derivations[0]
    starts = accumulate((len(d.steps) for d in solution.derivations), initial=0)
    return {
        "rule": first.rule.value,
        "paths": first.paths,
        "steps": [
            {**step_of(step, derivation, author), "check": check.verdict}
            for derivation, checks in zip(solution.derivations, solution.step_checks, strict=True)
            for step, check in zip(derivation.steps, checks, strict=True)
        ],
        "graph": graph_of(first),
        "orders": [
            {
                "start": start,
                "count": len(derivation.steps),
                "rule": derivation.rule.value,
                "why": author.why(derivation),
                "way": derivation.way,
                "paths": derivation.paths,
                "routes": [list(route) for route in derivation.routes],
                "wrt": derivation.wrt,
                "of": derivation.of,
                "output": formula(symbol_of(derivation.output_name, None)),
                "graph": graph_of(derivation),
            }
            for start, derivation in zip(starts, solution.derivations, strict=False)
        ],
    }


def step_of(step: Step, derivation: Derivation, author: Author) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "rule": step.rule,
        "name": step.name,
        "wrt": step.wrt,
        "lhs": formula(step.lhs),
        "rhs": formula(step.rhs),
        "why": author.remark(step, derivation) or author.say(f"{step.kind}-reason"),
    }


def graph_of(derivation: Derivation) -> dict[str, Any]:
    """Variables and intermediates as nodes, uses as edges.

    A node says what it stands for: an intermediate its `definition` by the nodes before it, and
    `full`, the same by variables alone as the steps write it, or null where that is too long.
    `varies` is whether it depends on the variable of the derivative.
    """
    writer = Writer()
    intermediates = derivation.intermediates
    symbols = {u.name: u.symbol for u in intermediates}
    variables = {
        node.data[0]: node
        for node in postorder([u.definition for u in intermediates])
        if node.kind is Kind.VARIABLE and node.data[0] not in symbols
    }
    varying = derivation.varying
    nodes = [
        {"id": name, "label": name, **node_of(node), "varies": name in varying}
        for name, node in sorted(variables.items())
    ]
    nodes += [
        {
            "id": u.name,
            "label": f"{u.name} = {text(share(u.definition)[0])}",
            **node_of(u.symbol),
            "varies": u.name in varying,
            "definition": formula(u.definition),
            "full": formula(written_out(u.full, derivation.way))
            if writer.size(u.full) <= READABLE
            else None,
        }
        for u in intermediates
    ]
    edges = [[name, u.name] for u in intermediates for name in sorted(u.definition.variables)]
    return {"nodes": nodes, "edges": edges}


def written_out(full: Expr, way: Way) -> Expr:
    """What stands for an intermediate once it is substituted."""
    return tidied(full) if way == "chain" else full


def node_of(symbol: Expr) -> dict[str, Any]:
    return {"symbol": formula(symbol), "shape": sizes(symbol.shape)}
