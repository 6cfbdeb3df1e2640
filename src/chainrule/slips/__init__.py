"""What kind of slip a wrong answer shows: `diagnose`.

Two ways lead to a slip. From the expression, wrong derivatives are made, each with one known
mistake, and compared with the answer. Or the answer is changed at one place and compared
with the truth. Everything is compared at several random points, of several sizes, in double
precision: that another formula agrees there by chance is out of the question. Kinds are tried
from the most to the least specific; the first that fits is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from ..errors import ProblemError
from ..referee.arithmetic import Uncertain
from ..shapes import Shape
from .case import Case, Guess, Place, first_match, wrong_places
from .flow import TooLarge
from .paths import (
    constants_kept,
    dropped,
    inner_slips,
    local_slips,
    lone_signs,
    path_sums,
    reach_slips,
    turned_locals,
)
from .repair import by_repair, by_terms
from .shape import shape_slip
from .slip import Slip, slip
from .whole import (
    added,
    is_piecewise,
    multiple,
    negated,
    of_other_variables,
    of_something_else,
    on_part,
    symmetric,
    transposed_answer,
)

# Wrong derivatives, the most specific first.
MADE: tuple[Callable[[Place], Iterator[Guess]], ...] = (
    of_something_else,
    transposed_answer,
    local_slips,
    negated,
    lone_signs,
    of_other_variables,
    dropped,
    inner_slips,
    reach_slips,
    path_sums,
    constants_kept,
)


def diagnose(case: Case, needed: Shape | None = None) -> Slip | None:
    """The slip that explains a wrong answer, or None. `needed` is the shape it must have."""
    try:
        return _diagnose(case, needed)
    except (TooLarge, ProblemError):
        return None  # wrong all the same: that has been decided elsewhere


def _diagnose(case: Case, needed: Shape | None) -> Slip | None:
    if not case.fits:
        return shape_slip(case, case.needed if needed is None else needed)
    places = wrong_places(case)
    ways: list[Callable[[], Slip | None]] = []
    if places:
        ways += [partial(_first, places, made) for made in MADE]
        ways += [partial(by_repair, places), partial(symmetric, case)]
        ways.append(partial(_first, places, turned_locals))
        ways += [partial(multiple, places), partial(by_terms, places), partial(added, places)]
    ways.append(partial(on_part, case, is_piecewise))
    for way in ways:
        try:
            found = way()
        except (ArithmeticError, ValueError, Uncertain):
            continue  # a wrong formula need not have a value where the right one has
        if found is not None:
            return found
    return None


def _first(places: list[Place], made: Callable[[Place], Iterator[Guess]]) -> Slip | None:
    return first_match(places, [made(place) for place in places])


__all__ = ["Case", "Slip", "diagnose", "slip"]
