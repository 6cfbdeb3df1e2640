"""Whether two values of one arithmetic agree: exactly, or within what rounding explains."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .arithmetic import Arithmetic
from .bounded import ROUNDOFF
from .linear import Value, entries

SLACK = 16  # bounds are first-order, and hold up to a small factor
VAGUE = 1e-6  # a rounding error above this part of the value decides nothing
NEGLIGIBLE = 1e-10  # ... unless it is this small in itself, as in sums that cancel to zero


@dataclass(frozen=True)
class Comparison:
    """How far two values differ, relative to their size and to the terms they sum up.

    `agree` is None where rounding leaves it open.
    """

    error: float
    agree: bool | None


def compare(n: Arithmetic, a: Value, b: Value, scale: float = 0.0) -> Comparison:
    """Whether two values over `n` (the field or bounded floats) agree.

    `scale` is the size of what they stand for, where that is more than what they show.
    """
    left, right = entries(a), entries(b)
    if len(left) != len(right):
        return Comparison(math.inf, False)
    pairs = list(zip(left, right, strict=True))
    if n.is_exact:
        same = all(x == y for x, y in pairs)
        return Comparison(0.0 if same else 1.0, same)
    bounds = [x.bound + y.bound for x, y in pairs]
    gaps = [abs(x.value - y.value) for x, y in pairs]
    size = max((abs(x.value) for pair in pairs for x in pair), default=0.0)
    bound = max(bounds, default=0.0)
    if not all(map(math.isfinite, [*gaps, *bounds])):
        return Comparison(math.inf, None)
    # bound / ROUNDOFF is about the sum of the absolute terms: true zeros are measured by it.
    error = max(gaps, default=0.0) / max(size, scale, bound / ROUNDOFF, 5e-324)
    if bound > VAGUE * size and bound > NEGLIGIBLE:
        return Comparison(error, None)
    return Comparison(error, all(g <= SLACK * e for g, e in zip(gaps, bounds, strict=True)))


def relative_error(n: Arithmetic, a: Value, b: Value, scale: float = 0.0) -> float:
    """How far two values differ: below TOLERANCE where they agree, 1 or more where not.

    It is 0 where rounding leaves it open, since nothing was found against them.
    """
    found = compare(n, a, b, scale)
    if found.agree is None:
        return 0.0
    return found.error if found.agree else max(found.error, 1.0)
