"""What the commands read and write: clear errors, limits, and nothing is written over itself."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import IO

from ..errors import ProblemError

LINE_LIMIT = 64 * 1024  # bytes of a problem
TEXT_LIMIT = LINE_LIMIT  # of a derivation, which a request holds in a body of that size
ENDLESS = 1024 * LINE_LIMIT  # bytes after which nobody waits for the end of a line
CHUNK = 1024 * 1024


def open_in(stack: ExitStack, path: str, mode: str) -> IO[bytes]:
    """The file, open as long as the stack."""
    try:
        return stack.enter_context(open(path, mode, buffering=CHUNK if mode.startswith("r") else 0))
    except (OSError, ValueError) as error:  # a name with NUL in it is a ValueError
        raise ProblemError("limit", f"cannot open {path}: {_cause(error)}") from None


def input_in(stack: ExitStack, path: str) -> IO[bytes]:
    """The file, or standard input for -."""
    return sys.stdin.buffer if path == "-" else open_in(stack, path, "rb")


def refuse_same(read: IO[bytes], out: str | None) -> None:
    """Refuse to write over what is read, under whatever name; None is standard output."""
    try:
        found = os.stat(sys.stdout.fileno() if out is None else out)
        is_same = stat.S_ISREG(found.st_mode) and os.path.samestat(found, os.fstat(read.fileno()))
    except (OSError, ValueError):  # not there yet, or no file
        return
    if is_same:
        name = "standard output" if out is None else out
        raise ProblemError("name", f"{name} is the file that is read", hint="write to another file")


def lines(stream: IO[bytes], name: str) -> Iterator[bytes]:
    """The lines that are not blank, each cut off soon behind the limit.

    A line that is too long is given before its end is looked for, since it may have none.
    """
    try:
        while line := stream.readline(LINE_LIMIT + 1):
            if line.strip() or len(line) > LINE_LIMIT:
                yield line
            _skip_rest(stream, line, name)
    except OSError as error:
        raise _unreadable(name, error) from None


def _skip_rest(stream: IO[bytes], line: bytes, name: str) -> None:
    skipped = 0
    while len(line) > LINE_LIMIT and not line.endswith(b"\n"):
        line = stream.readline(LINE_LIMIT + 1)
        skipped += len(line)
        if skipped > ENDLESS:
            raise ProblemError("limit", f"a line of {name} has no end within {ENDLESS} bytes")


def count_lines(path: str) -> int | None:
    """How many lines there are; None where reading would use them up, or never end."""
    if not os.path.isfile(path):
        return None
    with suppress(ProblemError), ExitStack() as stack:
        return sum(1 for line in lines(open_in(stack, path, "rb"), path))
    return None


def read_text(path: str) -> str:
    """The text of a derivation; - is standard input."""
    name = "standard input" if path == "-" else path
    with ExitStack() as stack:
        stream = input_in(stack, path)
        try:
            content = stream.read(TEXT_LIMIT + 1)
        except OSError as error:
            raise _unreadable(name, error) from None
    if len(content) > TEXT_LIMIT:
        raise ProblemError("limit", f"a derivation of more than {TEXT_LIMIT} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProblemError("syntax", f"byte {error.start + 1} of {name} is not UTF-8") from None


def write_text(path: str, content: str) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
    except (OSError, ValueError) as error:
        raise ProblemError("limit", f"cannot write {path}: {_cause(error)}") from None


def _unreadable(name: str, error: OSError) -> ProblemError:
    return ProblemError("limit", f"cannot read {name}: {error.strerror}")


def _cause(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
