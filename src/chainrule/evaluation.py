"""An expression and its derivative at given numbers, by the referee's dual numbers.

Nothing here uses the rules: what is shown at numbers is a second source beside the formula.
Values that are not given are sampled; sizes follow from those that are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from .errors import ProblemError
from .expr.node import Expr, Kind
from .intern import postorder
from .ops.elementwise import function
from .parse.understand import Understood
from .referee.arithmetic import FLOAT, Uncertain
from .referee.effort import count, effort
from .referee.linear import Value, entries, shape_of
from .referee.points import Point
from .referee.sample import STYLES, impossible, sample_point, seeded, sizes_for, within_pattern
from .referee.verify import directional, moved
from .shapes import kind_of

AXIS_LIMIT = 64
ENTRIES_LIMIT = 10_000  # of the derivative
EFFORT_LIMIT = 20_000_000  # of all evaluations together
DECIMALS = 2  # of sampled values, which people edit
SLACK = 1e-9  # of declared properties, relative to the largest entry


@dataclass(frozen=True)
class Evaluation:
    """Nested lists of floats, the derivative's axes in numerator order."""

    sizes: dict[str, int]
    values: dict[str, Value]
    sampled: tuple[str, ...]
    value: Value
    derivative: Value
    shape: tuple[int, ...]


def evaluate_at(
    understood: Understood,
    wrt: str,
    order: int,
    given: Mapping[str, Any],
    sizes: Mapping[str, Any] | None = None,
    symmetric: str = "free",
) -> Evaluation:
    """Value and derivative at `given` values. Raises ProblemError where they do not fit."""
    variables = understood.variables
    for name in given:
        if name not in variables:
            raise ProblemError("name", f"{name[:40]!r} has a value but is not a variable")
    _refuse_unknown_functions(understood.expr)
    fixed = {name: _numbers(name, value) for name, value in given.items()}
    exprs = [understood.expr, *variables.values()]
    chosen = _sizes(exprs, variables, fixed, sizes or {})
    _refuse_too_much(understood.expr, variables[wrt], order, chosen)
    for name, value in fixed.items():
        _refuse_without_property(name, value, variables[name].data[1])
    point, value = _first_defined(understood, chosen, fixed)
    shape = tuple(dim.value(chosen) for dim in understood.expr.shape + variables[wrt].shape * order)
    rows = _derivative(understood.expr, variables[wrt], order, point, symmetric)
    derivative = [
        slope if math.isfinite(own) else math.nan
        for own, row in zip(entries(value), rows, strict=True)
        for slope in row
    ]
    return Evaluation(
        chosen,
        {name: point.values[name] for name in variables},
        tuple(name for name in variables if name not in fixed),
        value,
        _nested(derivative, shape),
        shape,
    )


def _refuse_unknown_functions(expr: Expr) -> None:
    for node in postorder([expr]):
        if node.kind is Kind.APPLY and node.data[0] == function.name:
            raise ProblemError("unsupported", f"{node.data[1]} is unknown, so it has no value")


def _numbers(name: str, value: Any) -> Value:
    """The given value as floats: a number, a list, or a list of rows of one length."""
    if isinstance(value, list):
        rows = [_numbers(name, item) for item in value]
        if not rows or len({shape_of(row) for row in rows}) > 1:
            raise ProblemError(
                "shape", f"the value of {name} has no rows or rows of different lengths"
            )
        return rows
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ProblemError("syntax", f"the value of {name} holds {value!r:.40}, not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ProblemError("limit", f"the value of {name} holds a number beyond double precision")
    return number


def _sizes(
    exprs: list[Expr],
    variables: Mapping[str, Expr],
    fixed: Mapping[str, Value],
    asked: Mapping[str, Any],
) -> dict[str, int]:
    """A size for every name: as asked for, as the given values say, else a small one."""
    sizes = sizes_for(exprs)
    known = {name: _size(name, size) for name, size in asked.items() if name in sizes}
    for name, value in fixed.items():
        found, shape = shape_of(value), variables[name].shape
        if len(found) != len(shape):
            raise ProblemError(
                "shape",
                f"{name} is a {kind_of(shape)}, its value has {len(found)} axes",
                hint="a vector is a list, a matrix a list of rows",
            )
        for dim, length in zip(shape, found, strict=True):
            if dim.name is not None and known.setdefault(dim.name, length) != length:
                raise ProblemError(
                    "shape", f"{dim.name} is {known[dim.name]}, the value of {name} has {length}"
                )
    sizes |= known
    for name, value in fixed.items():
        needed = tuple(dim.value(sizes) for dim in variables[name].shape)
        if needed != shape_of(value):
            raise ProblemError(
                "shape",
                f"{name} is a {kind_of(variables[name].shape)}: {_times(needed)} entries here, "
                f"its value has {_times(shape_of(value))}",
            )
    wrong = impossible(exprs, sizes)
    if wrong:
        raise ProblemError(
            "shape", f"{wrong[0]} would be {wrong[0].value(sizes)} at these sizes, not 1 or more"
        )
    return sizes


def _size(name: str, size: Any) -> int:
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= AXIS_LIMIT:
        raise ProblemError("limit", f"the size {name} is an integer from 1 to {AXIS_LIMIT}")
    return size


def _times(lengths: tuple[int, ...]) -> str:
    return " × ".join(map(str, lengths)) or "1"


def _refuse_too_much(expr: Expr, wrt: Expr, order: int, sizes: Mapping[str, int]) -> None:
    directions = count(wrt, sizes) ** order
    too_much = (
        count(expr, sizes) * directions > ENTRIES_LIMIT
        or effort([expr], sizes) * directions * 3**order > EFFORT_LIMIT
    )
    if too_much:
        raise ProblemError(
            "limit",
            "at these sizes the derivative has too many entries to be shown as numbers",
            hint="choose smaller sizes",
        )


# What the entries of a value must be for a declared property. Properties of a matrix as a
# whole that take a decomposition to decide (spd, orthogonal, invertible) are not looked at,
# only the symmetry that the derivative rests on.
ENTRYWISE: dict[str, Callable[[float], bool]] = {
    "positive": lambda entry: entry > 0,
    "nonneg": lambda entry: entry >= 0,
    "nonzero": lambda entry: entry != 0,
    "unit": lambda entry: 0 < entry < 1,
    "labels": lambda entry: entry in (-1, 1),
}
PLACEWISE: dict[str, Callable[[int, int], bool]] = {  # where an entry has to be 0
    "diagonal": lambda row, column: row != column,
    "lower": lambda row, column: row < column,
}


def _refuse_without_property(name: str, value: Value, properties: frozenset[str]) -> None:
    for own in sorted(properties):
        test, zero = ENTRYWISE.get(own), PLACEWISE.get(own)
        holds = test is None or all(map(test, entries(value)))
        if zero is not None:
            holds = not any(
                entry and zero(i, j) for i, row in enumerate(value) for j, entry in enumerate(row)
            )
        if own in ("symmetric", "spd", "psd"):
            slack = SLACK * max(map(abs, entries(value)))
            holds = all(
                abs(entry - value[j][i]) <= slack
                for i, row in enumerate(value)
                for j, entry in enumerate(row)
            )
        if not holds:
            raise ProblemError("domain", f"{name} is declared {own}, its value is not")


def _first_defined(
    understood: Understood, sizes: Mapping[str, int], fixed: Mapping[str, Value]
) -> tuple[Point, Value]:
    """Values for what is not given such that the expression has one, if such are found."""
    found = None
    for style in STYLES:
        source = seeded(understood.expr.key, style)
        sampled = sample_point(understood.variables, sizes, FLOAT, source, style)
        values = {
            name: fixed.get(name, _rounded(sampled[name], understood.variables[name]))
            for name in understood.variables
        }
        point = Point(FLOAT, values, dict(sizes), str(understood.expr.key))
        try:
            value = point.evaluator().value(understood.expr)
        except ArithmeticError:
            continue
        found = found or (point, value)
        if all(map(math.isfinite, entries(value))):
            return point, value
        if len(fixed) == len(understood.variables):
            break
    if found is None:
        raise ProblemError("domain", "the expression has no value at these numbers")
    return found


def _rounded(value: Value, variable: Expr) -> Value:
    if isinstance(value, list):
        return [_rounded(item, variable) for item in value]
    return value if "orthogonal" in variable.data[1] else round(value, DECIMALS)


def _derivative(
    expr: Expr, wrt: Expr, order: int, point: Point, symmetric: str
) -> Iterator[tuple[float, ...]]:
    """For each entry of the expression its derivatives, the last axis of `wrt` fastest."""
    units = list(_units(wrt, point.sizes))
    columns = []
    for steps in product(units, repeat=order):
        directions = [
            moved(within_pattern(FLOAT, step, wrt.data[1]), FLOAT, wrt, symmetric) for step in steps
        ]
        try:
            column = directional(expr, point, {wrt.data[0]: directions}, order)
            columns.append(entries(column))
        except (ArithmeticError, Uncertain):
            columns.append([math.nan] * count(expr, point.sizes))
    return zip(*columns, strict=True)


def _units(wrt: Expr, sizes: Mapping[str, int]) -> Iterator[Value]:
    """The directions of single entries, in their order."""
    lengths = tuple(dim.value(sizes) for dim in wrt.shape)
    places = list(product(*map(range, lengths)))
    for place in places:
        yield _nested([float(other == place) for other in places], lengths)


def _nested(flat: list[Any], lengths: tuple[int, ...]) -> Value:
    """The entries as lists of lists, the last axis innermost."""
    for length in reversed(lengths[1:]):
        flat = [flat[start : start + length] for start in range(0, len(flat), length)]
    return flat if lengths else flat[0]
