"""chainrule batch: a problem a line in, a result a line out, in order, whatever happens.

Every result is written at once as a whole line, so that a run that was killed leaves complete
lines and at most one torn at the end; `resume` goes on from there.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO, Any

from .. import records
from ..errors import ProblemError
from ..result import Result
from ..solve import solve

LINE_LIMIT = 64 * 1024  # bytes
CHUNK = 1024 * 1024


def run_batch(source: str, out: str | None, language: str, resume: bool = False) -> None:
    """Solve every problem of `source`; a bad one gets an error line and stops nothing.

    With `resume` the results that `out` already holds are kept, and their problems skipped.
    """
    if resume and not out:
        raise ProblemError("name", "--resume goes on with a file", hint="say which with --out")
    with ExitStack() as stack:
        problems = _lines(open_in(stack, source, "rb") if source != "-" else sys.stdin.buffer)
        total = _count(source) if source != "-" and sys.stderr.isatty() else None
        done = _kept(out, problems) if out and resume and os.path.exists(out) else 0
        mode = "ab" if resume else "wb"
        results = open_in(stack, out, mode) if out else sys.stdout.buffer
        for number, line in enumerate(problems, done + 1):
            _write(results, answer(line, language), out or "standard output")
            if sys.stderr.isatty():
                print(f"\r{number}{f'/{total}' if total else ''}", end="", file=sys.stderr)
        if sys.stderr.isatty():
            print(file=sys.stderr)


def answer(line: bytes, language: str) -> dict[str, Any]:
    """The result object of one line."""
    id_: Any = None
    try:
        record = _read(line)
        id_ = record.get("id")
        solution = solve(records.problem_of(record))
        code = {"numpy": Result(solution).code("numpy")}
        return records.result_of(solution, code, language, id_)
    except ProblemError as error:
        return records.error_of(error, id_, language)


def _read(line: bytes) -> dict[str, Any]:
    if len(line) > LINE_LIMIT:
        raise ProblemError("limit", f"a problem of more than {LINE_LIMIT} bytes")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProblemError("syntax", f"byte {error.start + 1} of the line is not UTF-8") from None
    return records.read_record(text)


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines that are not blank, each cut off soon behind the limit."""
    while line := stream.readline(LINE_LIMIT + 1):
        rest = line
        while len(rest) > LINE_LIMIT and not rest.endswith(b"\n"):
            rest = stream.readline(LINE_LIMIT + 1)
        if line.strip():
            yield line


def _write(results: IO[bytes], record: dict[str, Any], name: str) -> None:
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
        raise ProblemError("limit", f"cannot write {name}: {error.strerror}") from None


def _kept(out: str, problems: Iterator[bytes]) -> int:
    """How many results stand in `out`; a torn last line is cut off, their problems are skipped.

    Raises ProblemError where they are not the results of these problems.
    """
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


def _belongs(result: dict[str, Any], problem: bytes) -> bool:
    try:
        id_ = _read(problem).get("id")
    except ProblemError:
        id_ = None
    return bool(result.get("id") == id_)


def open_in(stack: ExitStack, path: str | None, mode: str) -> IO[bytes]:
    """The file, open as long as the stack."""
    assert path is not None
    try:
        return stack.enter_context(open(path, mode, buffering=CHUNK if mode.startswith("r") else 0))
    except (OSError, ValueError) as error:  # a name with NUL in it is a ValueError
        raise ProblemError("limit", f"cannot open {path}: {_cause(error)}") from None


def _cause(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _count(path: str) -> int:
    with open(path, "rb") as file:
        return sum(1 for line in _lines(file))
