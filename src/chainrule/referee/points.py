"""Points where equations are compared: random, the same in every run, of several styles."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..expr.node import Expr, Kind
from ..intern import postorder
from .arithmetic import Arithmetic, NotRational, Number, Uncertain
from .bounded import BOUNDED
from .compare import NEGLIGIBLE, VAGUE
from .evaluate import Evaluator
from .field import FIELD
from .linear import Value, entries
from .sample import STYLES, Style, impossible, numbers_in, sample_point, seeded, sizes_for

TRIES = 100
MORE_SIZES = 4
WORK = 200_000  # nodes evaluated in search of a point, before giving up


@dataclass(frozen=True)
class Point:
    """Where equations are compared: an arithmetic, values, sizes."""

    n: Arithmetic
    values: dict[Any, Value]
    sizes: dict[str, int]
    seed: str = ""

    def evaluator(self, extra: Mapping[Any, Value] | None = None) -> Evaluator:
        values = {**self.values, **extra} if extra else self.values
        return Evaluator(self.n, values, self.sizes)


def sizes_to_try(exprs: Sequence[Expr]) -> list[dict[str, int]]:
    """Two choices of sizes, and more where a size is used as a number: n is 3 at n = 3.

    None where no sizes put all subscripts in range.
    """
    choices = [sizes_for(exprs), sizes_for(exprs, turn=1)]
    if any(node.kind is Kind.SIZE and node.data[0].names for node in postorder(exprs)):
        source = seeded(exprs[0].key, "sizes")
        for _ in range(MORE_SIZES):
            choices.append(sizes_for(exprs, choice=tuple(source.sample(range(2, 11), 9))))
    found = [sizes for k, sizes in enumerate(choices) if sizes not in choices[:k]]
    return [sizes for sizes in found if not impossible(exprs, sizes)]


def candidates(
    exprs: Sequence[Expr],
    variables: Mapping[str, Expr],
    n: Arithmetic,
    styles: tuple[Style, ...] = STYLES,
) -> Iterator[Point]:
    """Points to try, with tall and wide matrices, and floats of several styles in turn.

    log needs positive arguments, and det(A*B) is not always zero only for a wide A.
    """
    choices = sizes_to_try(exprs)
    scales = () if n.is_exact else numbers_in(exprs)
    tries = min(TRIES, 10 + WORK // len(postorder(exprs))) if choices else 0
    for attempt in range(tries):
        # What has no value at so many points may have one at small sizes.
        taken = choices if attempt < 2 * len(choices) else choices[:2]
        sizes = taken[attempt % len(taken)]
        style = styles[0 if n.is_exact else attempt % len(styles)]
        seed = f"{exprs[0].key}:{attempt}" + (":wide" if styles is not STYLES else "")
        try:
            values = sample_point(variables, sizes, n, seeded(seed), style, scales)
        except ZeroDivisionError:
            continue
        yield Point(n, values, sizes, seed)


def sample_points(
    exprs: Sequence[Expr], variables: Mapping[str, Expr], count: int
) -> tuple[list[Point], str]:
    """Points where all of `exprs` have a value, and why there are fewer if so."""
    for n in (FIELD, BOUNDED):
        try:
            points = list(islice(defined_points(exprs, variables, n), count))
        except NotRational:
            continue
        if points:
            return points, ""
    return [], "no point was found where everything is defined"


def defined_points(
    exprs: Sequence[Expr], variables: Mapping[str, Expr], n: Arithmetic
) -> Iterator[Point]:
    """Points over `n` where all of `exprs` have a value. Raises NotRational where n has none."""
    tried = candidates([*exprs, *variables.values()], variables, n)
    return (point for point in tried if is_defined(exprs, point))


def is_defined(exprs: Sequence[Expr], point: Point) -> bool:
    evaluator = point.evaluator()
    try:
        values = [number for expr in exprs for number in entries(evaluator.value(expr))]
    except (ZeroDivisionError, Uncertain):
        return False
    return point.n.is_exact or all(map(_is_known, values))


def _is_known(x: Number) -> bool:
    """Whether a bounded float is finite and not drowned by its rounding error."""
    limit = max(VAGUE * abs(x.value), NEGLIGIBLE)
    return math.isfinite(x.value) and x.bound <= limit
