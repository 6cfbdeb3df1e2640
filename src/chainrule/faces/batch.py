"""chainrule batch: a problem a line in, a result a line out, in order, whatever happens."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO, Any

from .. import records
from ..errors import ProblemError
from ..result import Result
from ..solve import solve

LINE_LIMIT = 64 * 1024


def run_batch(source: str, out: str | None, language: str) -> None:
    """Solve every problem of `source`; a bad one gets an error line and stops nothing."""
    with ExitStack() as stack:
        lines = _open(stack, source, "r") if source != "-" else sys.stdin
        results = _open(stack, out, "w") if out else sys.stdout
        total = _count(source) if source != "-" and sys.stderr.isatty() else None
        for number, line in enumerate(_problems(lines), 1):
            record = answer(line, language)
            results.write(json.dumps(record, ensure_ascii=False) + "\n")
            results.flush()
            if sys.stderr.isatty():
                print(f"\r{number}{f'/{total}' if total else ''}", end="", file=sys.stderr)
        if sys.stderr.isatty():
            print(file=sys.stderr)


def answer(line: str, language: str) -> dict[str, Any]:
    """The result object of one line."""
    id_: Any = None
    try:
        if len(line) > LINE_LIMIT:
            raise ProblemError("limit", f"a problem of {len(line)} characters")
        record = records.read_record(line)
        id_ = record.get("id")
        solution = solve(records.problem_of(record))
        code = {"numpy": Result(solution).code("numpy")}
        return records.result_of(solution, code, language, id_)
    except ProblemError as error:
        return records.error_of(error, id_)


def _problems(lines: IO[str]) -> Iterator[str]:
    return (line for line in lines if line.strip())


def _open(stack: ExitStack, path: str | None, mode: str) -> IO[str]:
    assert path is not None
    try:
        return stack.enter_context(open(path, mode, encoding="utf-8"))
    except OSError as error:
        raise ProblemError("limit", f"cannot open {path}: {error.strerror}") from None


def _count(path: str) -> int:
    with open(path, encoding="utf-8") as file:
        return sum(1 for line in file if line.strip())
