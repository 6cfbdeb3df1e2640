"""chainrule batch: a problem a line in, a result a line out, in order, whatever happens.

Every result is written at once as a whole line, so that a run that was killed leaves complete
lines and at most one torn at the end; `resume` goes on from there.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack
from typing import IO, Any

from .. import records
from ..errors import ProblemError
from ..result import Result
from ..solve import solve
from .faults import as_problem, is_bug
from .files import count_lines, input_in, lines, open_in, refuse_same
from .resume import kept_results, read_problem


def run_batch(source: str, out: str | None, language: str, resume: bool = False) -> int:
    """Solve every problem of `source`; a bad one gets an error line and stops nothing.

    With `resume` the results that `out` already holds are kept, and their problems skipped.
    Returns how many problems met a bug of ours.
    """
    if resume and not out:
        raise ProblemError("name", "--resume goes on with a file", hint="say which with --out")
    bugs: list[str] = []
    with ExitStack() as stack:
        stream = input_in(stack, source)
        refuse_same(stream, out)
        problems = lines(stream, "standard input" if source == "-" else source)
        total = count_lines(source) if source != "-" and sys.stderr.isatty() else None
        done = kept_results(out, problems) if out and resume and os.path.exists(out) else 0
        results = open_in(stack, out, "ab" if resume else "wb") if out else sys.stdout.buffer
        for number, line in enumerate(problems, done + 1):
            _write(results, answer(line, language, bugs), out)
            if sys.stderr.isatty():
                print(f"\r{number}{f'/{total}' if total else ''}", end="", file=sys.stderr)
        if sys.stderr.isatty():
            print(file=sys.stderr)
    return len(bugs)


def answer(line: bytes, language: str, bugs: list[str] | None = None) -> dict[str, Any]:
    """The result object of one line; the name of a bug goes to `bugs`, too."""
    id_: Any = None
    try:
        record = read_problem(line)
        id_ = record.get("id")
        solution = solve(records.problem_of(record))
        code = {"numpy": Result(solution).code("numpy")}
        return records.result_of(solution, code, language, id_)
    except Exception as error:
        if bugs is not None and is_bug(error):
            bugs.append(type(error).__name__)
        return records.error_of(as_problem(error), id_, language)


def _write(results: IO[bytes], record: dict[str, Any], out: str | None) -> None:
    """One line, in one piece; a half of a pair of surrogates is escaped."""
    try:
        line = json.dumps(record, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        line = json.dumps(record).encode("utf-8")
    try:
        results.write(line + b"\n")
        results.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if out is None:  # the command knows what to do about its own output
            raise
        raise ProblemError("limit", f"cannot write {out}: {error.strerror}") from None
