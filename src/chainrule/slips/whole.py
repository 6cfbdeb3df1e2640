"""Slips of the whole answer: transposed, negated, a multiple, the derivative of something else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from fractions import Fraction
from itertools import islice, product

from ..expr.build import divide, multiply, negate, number, power, variable
from ..expr.node import Expr
from ..intern import postorder
from ..referee.arithmetic import Uncertain
from ..referee.linear import elementwise, entries
from ..referee.verify import directional, verify_derivative
from ..shapes import Dim
from .case import POINTS, Case, Guess, Place, real
from .flat import CLOSE, Row, same
from .local import PIECEWISE
from .slip import Slip, slip

LARGEST_FACTOR = 64
MOST_VARIABLES = 8
HIGHEST = 4  # order of which the next is tried, of a scalar
PART_POINTS = 12
SYMMETRIC_POINTS = 12  # of every style and size


def of_something_else(place: Place) -> Iterator[Guess]:
    """The function itself, another order."""
    case = place.case
    yield slip("value"), place.value(case.expr)
    if case.order > 1 and case.base is not None:
        yield slip("lower-order", order=str(case.order - 1)), place.value(case.base)
    yield slip("higher-order", order=str(case.order + 1)), next_order(place)


def of_other_variables(place: Place) -> Iterator[Guess]:
    """The derivative by another variable."""
    case = place.case
    if case.order == 1:
        for name in other_variables(case):
            yield slip("other-variable", by=name), derivative_by(place, case.variables[name])


def other_variables(case: Case) -> list[str]:
    used = case.expr.variables - {case.wrt.data[0]}
    return sorted(used)[:MOST_VARIABLES]


def derivative_by(place: Place, wrt: Expr, order: int = 1) -> Row:
    """The derivative of the expression by any variable, one unit direction at a time."""
    value = place.point.values[wrt.data[0]]
    units = []
    for k in range(len(entries(value))):
        counter = iter(range(len(entries(value))))
        units.append(elementwise(lambda _, c=counter, k=k: float(next(c) == k), value))
    columns = []
    try:
        for steps in product(units, repeat=order):
            moved = directional(place.case.expr, place.point, {wrt.data[0]: list(steps)}, order)
            columns.append([real(x) for x in entries(moved)])
    except (Uncertain, ArithmeticError, ValueError):
        return []
    return [x for row in zip(*columns, strict=True) for x in row]


def next_order(place: Place) -> Row:
    """The derivative once more, where it is small enough."""
    case = place.case
    axes = case.expr.shape + case.wrt.shape * (case.order + 1)
    size = 1
    for count in place.counts(axes):
        size *= count
    is_too_much = size > 36 if case.order == 1 else size > 1 or case.order > HIGHEST
    if size != len(place.answer) or is_too_much:
        return []
    return derivative_by(place, case.wrt, case.order + 1)


def transposed_answer(place: Place) -> Iterator[Guess]:
    """The transpose, where rows and columns are told apart."""
    found = slip("transposed")
    needed = place.case.needed
    if len(needed) == 2:
        yield found, turned(place.truth, place.counts(needed))
    elif place.case.arrangement is not None and len(needed) == 4:
        rows, columns = place.counts(needed[:2]), place.counts(needed[2:])
        if rows == columns:
            width = rows[0] * rows[1]
            yield found, turned(place.truth, (width, width))


def turned(flat: Sequence[float], counts: Sequence[int]) -> Row:
    rows, columns = counts
    return [flat[i * columns + j] for j in range(columns) for i in range(rows)]


def negated(place: Place) -> Iterator[Guess]:
    yield slip("sign"), [-x for x in place.truth]


def multiple(places: Sequence[Place]) -> Slip | None:
    """truth = c·answer with c a number, a size, or a scalar of the expression."""
    ratios = [ratio(place.truth, place.answer) for place in places]
    known = [r for r in ratios if r is not None]
    if len(known) < len(places):
        return None
    named = constant(known)
    if named is not None:
        return slip("factor", factor=str(named))
    for name, of in sizes_of(places[0].case):
        amounts = [of.value(place.point.sizes) for place in places]
        inverse = constant([r * a for r, a in zip(known, amounts, strict=True)])
        if inverse is not None:
            shown = (
                f"{inverse.numerator}/{name}" if inverse.denominator == 1 else f"{inverse}/{name}"
            )
            return slip("mean" if inverse == 1 else "factor", "mean-factor", factor=shown)
        direct = constant([r / a for r, a in zip(known, amounts, strict=True)])
        if direct is not None:
            shown = name if direct == 1 else f"{direct}*{name}"
            return slip("factor", factor=shown)
    return _scalar_factor(places, known)


def _scalar_factor(places: Sequence[Place], ratios: Sequence[float]) -> Slip | None:
    case = places[0].case
    for node in postorder([case.expr]):
        if node.shape or not node.variables:
            continue
        values = [place.value(node)[0] for place in places]
        if not all(values):
            continue
        for exponent in (1, -1, 2, -2):
            left = constant([r / v**exponent for r, v in zip(ratios, values, strict=True)])
            if left == 1 and abs(exponent) == 1:
                key = "factor-scalar" if exponent == 1 else "factor-divided"
                return slip("factor", key, factor=node)
            if left is not None:
                is_constant = case.wrt.data[0] not in node.variables
                key = "" if is_constant else "factor-varying"
                return slip("factor", key, factor=_scaled_power(left, node, exponent))
    return None


def _scaled_power(scale: Fraction, base: Expr, exponent: int) -> Expr:
    """scale·base^exponent as it is written by hand."""
    raised = base if abs(exponent) == 1 else power(base, number(abs(exponent)))
    above, below = number(abs(scale.numerator)), number(scale.denominator)
    if exponent > 0:
        above = raised if scale.numerator in (1, -1) else multiply(above, raised)
    else:
        below = raised if scale.denominator == 1 else multiply(below, raised)
    whole = above if below is number(1) else divide(above, below)
    return negate(whole) if scale < 0 else whole


def ratio(truth: Sequence[float], answer: Sequence[float]) -> float | None:
    """c with truth = c·answer; None where there is none, or it is 0."""
    at = max(range(len(answer)), key=lambda k: abs(answer[k]), default=None)
    if at is None or len(truth) != len(answer) or not answer[at] or not truth[at]:
        return None
    c = truth[at] / answer[at]
    return c if same([c * x for x in answer], truth) else None


def constant(ratios: Sequence[float]) -> Fraction | None:
    """The simple fraction that all of them are."""
    first = ratios[0]
    if not same([first] * len(ratios), ratios) or abs(first) > 1e6:
        return None
    exact = Fraction(first).limit_denominator(LARGEST_FACTOR * 16)
    return exact if exact and abs(float(exact) - first) <= CLOSE * abs(first) else None


def sizes_of(case: Case) -> list[tuple[str, Dim]]:
    """The sizes by name, then their products."""
    dims = dict.fromkeys(d for v in case.variables.values() for d in v.shape if d.names)
    single = [(str(d), d) for d in dims]
    pairs = [(f"({a}*{b})", da * db) for a, da in single for b, db in single if a <= b]
    return [*single, *pairs]


def added(places: Sequence[Place]) -> Slip | None:
    """answer = truth ± c, c a part of the expression without the variable, or a number."""
    case = places[0].case
    gaps = [[a - t for a, t in zip(p.answer, p.truth, strict=True)] for p in places]
    name = case.wrt.data[0]
    for node in postorder([case.expr]):
        if name in node.variables:
            continue
        for sign in (1.0, -1.0):
            if all(
                same(_spread([sign * x for x in p.value(node)], len(gap)), gap)
                for p, gap in zip(places, gaps, strict=True)
            ):
                return _added_slip(sign > 0, node)
    if all(same([gap[0]] * len(gap), gap) for gap in gaps):
        amount = constant([gap[0] for gap in gaps])
        if amount is not None:
            return _added_slip(amount > 0, str(abs(amount)))
    return None


def _added_slip(is_too_much: bool, amount: Expr | str) -> Slip:
    if is_too_much:
        return slip("constant-kept", "added", constant=amount)
    return slip("term-missing", term=amount)


def _spread(value: Row, size: int) -> Row:
    return value * size if len(value) == 1 else value


def symmetric(case: Case) -> Slip | None:
    """Right if a square matrix is its own transpose, where it is wrong otherwise."""
    defined = dict(case.defined)
    square = [
        name
        for name, v in case.variables.items()
        if len(v.shape) == 2
        and v.shape[0] == v.shape[1]
        and not v.data[1] & TIED
        and name not in defined
    ]
    if not square:
        return None
    wrong = {
        place.point.seed for place in islice(case.places(), SYMMETRIC_POINTS) if place.is_wrong
    }
    for group in [*([name] for name in square), square]:
        if _is_right_if_symmetric(case, group, wrong):
            for name in square:  # those that need not be
                rest = [other for other in group if other != name]
                if rest and _is_right_if_symmetric(case, rest, wrong):
                    group = rest
            return slip("symmetric", matrix=", ".join(sorted(group)))
    return None


def _is_right_if_symmetric(case: Case, names: Sequence[str], wrong: Collection[str]) -> bool:
    """Whether the answer is right at all points made symmetric, and wrong at a few before."""
    mended = 0
    for place in islice(case.places(frozenset(names)), SYMMETRIC_POINTS):
        if place.is_wrong:
            return False
        mended += place.point.seed in wrong
    return mended >= POINTS and _is_verified_if_symmetric(case, names)


def _is_verified_if_symmetric(case: Case, names: Sequence[str]) -> bool:
    """The referee's word, which looks for other sides of branches too."""
    if case.defined:
        return True
    variables = {
        name: variable(name, v.shape, v.data[1] | {"symmetric"}) if name in names else v
        for name, v in case.variables.items()
    }
    check = verify_derivative(
        case.expr,
        case.answer,
        case.wrt.data[0],
        case.order,
        variables,
        case.arrangement,
        case.convention,
    )
    return check.passed and check.verdict != "unverified" and not check.is_one_sided


TIED = {"symmetric", "spd", "psd", "diagonal", "lower", "orthogonal"}


def on_part(case: Case, is_piecewise: Callable[[Expr], bool]) -> Slip | None:
    """Right at some points or entries, wrong at others, where a branch decides."""
    if not (is_piecewise(case.expr) or is_piecewise(case.answer)):
        return None
    right = wrong = 0
    for place in islice(case.places(), PART_POINTS):
        pairs = zip(place.truth, place.answer, strict=True)
        for t, a in pairs:
            if same([t], [a]):
                right += t != 0
            else:
                wrong += 1
    return slip("part") if right and wrong else None


def is_piecewise(expr: Expr) -> bool:
    names = PIECEWISE | {"sign", "gt", "ge", "eq", "argmax", "argmin"}
    return any(node.data[:1] and node.data[0] in names for node in postorder([expr]) if node.args)
