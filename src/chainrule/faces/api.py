"""The requests of the page, the server and language-model tools: JSON objects in and out.

derive, check and code answer a problem, numbers evaluates it, understand only reads it (for
what is shown while one types), examples lists problems to start from.

A problem is what `chainrule batch` takes, and so is a result; a request may add fields of its
own. Nothing here knows about a transport: the server, the page without a server and the tools
all call `answer`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from .. import records
from ..conventions import CONVENTIONS
from ..errors import ProblemError
from ..evaluation import evaluate_at
from ..parse.understand import Understood, understand
from ..referee.linear import Value
from ..result import Result
from ..solve import Problem, check_settings, choose_variable, solve
from .examples import EXAMPLES

Body = Mapping[str, Any]


def answer(request: str, body: Body) -> dict[str, Any]:
    """The result object of one request, one of REQUESTS."""
    id_ = body.get("id")
    try:
        return {**REQUESTS[request](body), "id": id_}
    except ProblemError as error:
        return records.error_of(error, id_, language_of(body))


def _derive(body: Body) -> dict[str, Any]:
    """A problem; `code` lists targets, `lang` is the language of the sentences."""
    result = Result(solve(records.problem_of(body)))
    targets = body.get("code") or []
    if not isinstance(targets, list) or not all(isinstance(name, str) for name in targets):
        raise ProblemError("syntax", "code is a list of targets")
    return result.record(targets, _language(body))


def _code(body: Body) -> dict[str, Any]:
    """A problem and the `target` of its code."""
    target = _text(body, "target", "numpy")
    result = Result(solve(records.problem_of(body)))
    return {"ok": True, "code": {target: result.code(target)}}


def _check(body: Body) -> dict[str, Any]:
    """A problem and somebody's `answer`, or a `derivation`, an equation a line."""
    problem = records.problem_of(body)
    verdict = _line_by_line(problem, body) if "derivation" in body else _judged(problem, body)
    return dict(verdict.record())


def _judged(problem: Problem, body: Body) -> Any:
    from ..checking import check_answer

    return check_answer(
        problem.expr,
        _text(body, "answer"),
        problem.wrt,
        problem.order,
        let=problem.let,
        assume=problem.assume,
        layout=problem.layout,
        symmetric=problem.symmetric,
        language=_language(body),
        show=bool(body.get("show")),
    )


def _line_by_line(problem: Problem, body: Body) -> Any:
    from ..linewise import check_derivation

    check_settings(problem, "chain")
    if problem.order != 1:
        raise ProblemError("unsupported", "a derivation is checked for the first order only")
    return check_derivation(
        problem.expr,
        _text(body, "derivation"),
        problem.wrt,
        let=problem.let,
        assume=problem.assume,
        language=_language(body),
    )


def _numbers(body: Body) -> dict[str, Any]:
    """A problem, `values` of some of its variables and `sizes`; the rest is chosen."""
    problem = records.problem_of(body)
    check_settings(problem, "chain")
    if problem.symmetric not in CONVENTIONS:
        raise ProblemError("name", f"no convention {problem.symmetric!r:.40}")
    understood = understand(problem.expr, problem.let, problem.assume)
    wrt = choose_variable(problem, understood)
    found = evaluate_at(
        understood,
        wrt,
        problem.order,
        _object(body, "values"),
        _object(body, "sizes"),
        problem.symmetric,
    )
    axes = understood.expr.shape + understood.variables[wrt].shape * problem.order
    return {
        "ok": True,
        "sizes": found.sizes,
        "values": found.values,
        "sampled": list(found.sampled),
        "wrt": wrt,
        "value": _finite(found.value),
        "derivative": _finite(found.derivative),
        "shape": list(found.shape),
        "axes": records.sizes(axes),
    }


def _finite(value: Value) -> Any:
    """JSON has no NaN and no infinity; they are null."""
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return float(value) if math.isfinite(value) else None


def _understand(body: Body) -> dict[str, Any]:
    """What the text means: the expression typeset, and every variable with its shape."""
    problem = records.problem_of(body)
    understood = understand(problem.expr, problem.let, problem.assume)
    return {
        "ok": True,
        "expr": {**records.formula(understood.expr), "shape": records.sizes(understood.expr.shape)},
        "let": {name: records.sizes(v.shape) for name, v in understood.variables.items()},
        "variables": _variables(understood),
    }


def _variables(understood: Understood) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "kind": ("scalar", "vector", "matrix")[len(variable.shape)],
            "shape": records.sizes(variable.shape),
            "properties": sorted(variable.data[1]),
            "inferred": name in understood.inferred,
        }
        for name, variable in understood.variables.items()
    ]


def _examples(body: Body) -> dict[str, Any]:
    return {"ok": True, "examples": list(EXAMPLES)}


def _object(body: Body, name: str) -> dict[str, Any]:
    found = body.get(name) or {}
    if not isinstance(found, dict):
        raise ProblemError("syntax", f"{name} is an object")
    return found


def _text(body: Body, name: str, default: str | None = None) -> str:
    found = body.get(name, default)
    if not isinstance(found, str):
        raise ProblemError("syntax", f"{name} must be a string")
    return found


def language_of(body: Body) -> str:
    """The language of errors: English where none, or an unknown one, is asked for."""
    return "zh" if body.get("lang") == "zh" else "en"


def _language(body: Body) -> str:
    language = body.get("lang", "en")
    if language not in ("en", "zh"):
        raise ProblemError("syntax", "lang is en or zh")
    return str(language)


REQUESTS: dict[str, Callable[[Body], dict[str, Any]]] = {
    "derive": _derive,
    "check": _check,
    "code": _code,
    "numbers": _numbers,
    "understand": _understand,
    "examples": _examples,
}
