"""The requests of the page, the server and language-model tools: JSON objects in and out.

A problem is what `chainrule batch` takes, and so is a result; a request may add fields of its
own. Nothing here knows about a transport: the server, the page without a server and the tools
all call `answer`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .. import records
from ..errors import ProblemError
from ..result import Result
from ..solve import Problem, solve

Body = Mapping[str, Any]


def answer(request: str, body: Body) -> dict[str, Any]:
    """The result object of one request: derive, check or code."""
    id_ = body.get("id")
    try:
        return {**REQUESTS[request](body), "id": id_}
    except ProblemError as error:
        return records.error_of(error, id_)


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


def _text(body: Body, name: str, default: str | None = None) -> str:
    found = body.get(name, default)
    if not isinstance(found, str):
        raise ProblemError("syntax", f"{name} must be a string")
    return found


def _language(body: Body) -> str:
    language = body.get("lang", "en")
    if language not in ("en", "zh"):
        raise ProblemError("syntax", "lang is en or zh")
    return str(language)


REQUESTS: dict[str, Callable[[Body], dict[str, Any]]] = {
    "derive": _derive,
    "check": _check,
    "code": _code,
}
