"""What `chainrule batch --resume` keeps: complete results that are those of their problems.

A result does not repeat its problem, so it is compared by what it does hold: the expression,
shapes, variable, order and layout, or the error. Problems are read again, not solved again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from .. import records
from ..errors import ProblemError
from ..expr.build import derivative
from ..parse.understand import Understood, understand
from ..solve import Problem, check_settings, choose_variable, convention_of
from ..words import LANGUAGES
from .faults import as_problem
from .files import LINE_LIMIT, open_in

LATE = ("domain", "limit", "unsupported")  # errors found after a problem was understood


def read_problem(line: bytes) -> dict[str, Any]:
    """The JSON object on one line of a batch."""
    if len(line) > LINE_LIMIT:
        raise ProblemError("limit", f"a problem of more than {LINE_LIMIT} bytes")
    try:
        return records.read_record(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ProblemError("syntax", f"byte {error.start + 1} of the line is not UTF-8") from None


def kept_results(out: str, problems: Iterator[bytes]) -> int:
    """How many results stand in `out`; a torn last line is cut off, their problems are skipped.

    Raises ProblemError where they are not the results of these problems.
    """
    if not os.path.isfile(out):  # which may have no end
        raise ProblemError("name", f"--resume reads {out}, and it is no regular file")
    kept, end = 0, 0
    with ExitStack() as stack:
        results = open_in(stack, out, "rb+")
        while line := results.readline():
            result = _result(line)
            if result is None:
                break
            problem = next(problems, None)
            if problem is None or not _belongs(result, problem):
                raise ProblemError(
                    "name",
                    f"line {kept + 1} of {out} is no result of this file's problem",
                    hint="without --resume the file is written anew",
                )
            kept, end = kept + 1, results.tell()
        results.seek(end)
        if b"\n" in results.read():  # a whole line, so it was not torn
            raise ProblemError("syntax", f"line {kept + 1} of {out} is no result")
        results.truncate(end)
    return kept


def _result(line: bytes) -> dict[str, Any] | None:
    """The result on a complete line."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    whole = line.endswith(b"\n") and isinstance(record, dict) and "ok" in record
    return record if whole else None


@dataclass(frozen=True)
class _Asked:
    """A problem as far as it is known without being solved."""

    problem: Problem
    understood: Understood
    wrt: str


def _belongs(result: dict[str, Any], line: bytes) -> bool:
    """Whether this can be the result of the problem on the line."""
    id_: Any = None
    try:
        record = read_problem(line)
        id_ = record.get("id")
        asked = _asked(records.problem_of(record))
    except Exception as error:
        refused = as_problem(error)
        return any(records.error_of(refused, id_, language) == result for language in LANGUAGES)
    if result.get("id") != id_:
        return False
    return _is_answer(result, asked) if result["ok"] else _is_late(result, asked)


def _asked(problem: Problem) -> _Asked:
    """Raises what `solve` raises before it derives."""
    understood = understand(problem.expr, problem.let, problem.assume)
    wrt = choose_variable(problem, understood)
    check_settings(problem, "chain")
    convention_of(problem)
    return _Asked(problem, understood, wrt)


def _is_answer(result: dict[str, Any], asked: _Asked) -> bool:
    expr, variables = asked.understood.expr, asked.understood.variables
    try:
        shown = result["derivative"]
        output = result["derivation"]["orders"][0]["output"]["text"]
        found = result["expr"]["text"], result["let"], shown["layout"], shown["lhs"]["text"]
    except (KeyError, IndexError, TypeError):
        return False
    goal = derivative(output, asked.wrt, True, (), order=asked.problem.order)
    let = {name: records.sizes(variable.shape) for name, variable in variables.items()}
    formulas = [records.formula(one)["text"] for one in (expr, goal)]
    return found == (formulas[0], let, asked.problem.layout, formulas[1])


def _is_late(result: dict[str, Any], asked: _Asked) -> bool:
    """An error that comes after understanding has no place, or the whole expression."""
    try:
        error = result["error"]
        place = error["start"], error["end"]
        return error["kind"] in LATE and place in ((None, None), (0, len(asked.problem.expr)))
    except (KeyError, TypeError):
        return False
