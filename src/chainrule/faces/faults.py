"""Exceptions that are no ProblemError: what the user is told of a bug of ours. No exit status."""

from __future__ import annotations

import os
import traceback

from ..errors import ProblemError

DEBUG = "CHAINRULE_DEBUG"  # set to show where a bug is raised


def is_bug(error: Exception) -> bool:
    return not isinstance(error, ProblemError | MemoryError)


def as_problem(error: Exception) -> ProblemError:
    """The error as it is shown, whatever was raised."""
    if isinstance(error, ProblemError):
        return error
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    if isinstance(error, MemoryError):
        return ProblemError("limit", "the answer takes too much memory")
    name = type(error).__name__  # its text may hold anything, or fail in turn
    return ProblemError(
        "unsupported", f"this is a bug in chainrule, please report the expression: {name}"
    )
