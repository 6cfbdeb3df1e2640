"""How much work one problem may cause, counted in nodes: the same on every machine.

Short texts can ask for long derivations: (x + 1)*(x + 2)*... has as many terms as factors
in each of them. Whoever makes or walks nodes says so here, and beyond the budget the
problem is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .errors import ProblemError

WORK_LIMIT = 400_000  # ten times what the longest derivations of the corpora take

_left: ContextVar[list[int] | None] = ContextVar("work left", default=None)


@contextmanager
def limited(units: int = WORK_LIMIT) -> Iterator[None]:
    """Within this block no more than so many units may be spent."""
    token = _left.set([units])
    try:
        yield
    finally:
        _left.reset(token)


def spend(units: int) -> None:
    """Take units from the budget, if there is one. Raises ProblemError of kind limit."""
    left = _left.get()
    if left is None:
        return
    left[0] -= units
    if left[0] < 0:
        raise ProblemError(
            "limit",
            "the derivation grows too long and is given up",
            hint="ask for a lower order, or for a part of the expression at a time",
        )
