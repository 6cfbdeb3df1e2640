"""Generated source as functions. The one place where source is run; see docs/trust.md.

Nothing of the user's text is in the source: names are minted, numbers are written by type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ProblemError


def load(source: str) -> Callable[..., Any]:
    """The function `derivative` that generated `source` defines, with its source as `source`.

    Raises ProblemError where the library that it is written for is not installed.
    """
    namespace: dict[str, Any] = {}
    try:
        exec(compile(source, "<chainrule>", "exec"), namespace)
    except ModuleNotFoundError as error:
        library, _, _ = str(error.name).partition(".")
        raise ProblemError(
            "unsupported",
            f"the code needs {library}, which is not installed",
            hint="install it, or ask for the code as text",
        ) from None
    function: Callable[..., Any] = namespace["derivative"]
    function.source = source  # type: ignore[attr-defined]
    return function


def given(function: Callable[..., Any], fixed: Mapping[str, Any]) -> Callable[..., Any]:
    """The function of the other variables, for fixed values; it has the source too."""
    rest: Callable[..., Any] = function(**fixed)
    rest.source = function.source  # type: ignore[attr-defined]
    return rest
