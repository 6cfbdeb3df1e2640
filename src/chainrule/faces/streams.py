"""Standard input, output and errors as the command finds them: closed, or of a narrow encoding."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping
from typing import Any


def prepare() -> None:
    """Streams that are all there, and write every character in some way.

    A closed stream is None in Python, and its number would go to the next file that is opened.
    The one put in its place cannot be read from or written to either, which is an OSError like
    any other; what is said of errors is dropped.
    """
    for name, flags in (("stdin", os.O_WRONLY), ("stdout", os.O_RDONLY), ("stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def drop_output() -> None:
    """Let what is still in the buffer go nowhere: Python would complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def holds(text: str) -> bool:
    """Whether standard output has all of these characters."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def as_json(record: Mapping[str, Any], indent: int | None = None) -> str:
    """JSON, with its own escapes where standard output lacks a character."""
    text = json.dumps(record, ensure_ascii=False, indent=indent)
    return text if holds(text) else json.dumps(record, indent=indent)
