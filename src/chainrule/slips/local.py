"""Wrong local derivatives: what people write for the derivative of one operation.

Each entry takes an operation at a point and yields slips, each with the wrong Jacobians it
amounts to. Whether an answer shows the slip is not decided here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from ..expr.node import Expr, Kind
from ..referee.arithmetic import FLOAT
from ..referee.linear import inverse, multiply, transpose
from .flat import Flat, Row, diagonal, scaled, transposed, zeros
from .flow import Flow, is_elementwise
from .slip import Slip, slip

Broken = Mapping[int, Flat]
Finding = tuple[Slip, Broken]
Entry = Callable[[float, float, float], float]  # of x, f(x), f'(x)

PIECEWISE = frozenset({"relu", "abs", "max", "min", "where", "norm1", "largest", "smallest"})


def _log(x: float) -> float:
    return math.log(abs(x)) if x else math.nan


def _root(x: float) -> float:
    return math.sqrt(x) if x >= 0 else math.nan


def _over(a: float, b: float) -> float:
    return a / b if b else math.nan


# Of each function what is taken for its derivative, beside f itself and -f'.
CONFUSED: dict[str, dict[str, Entry]] = {
    "exp": {
        "u*exp(u - 1)": lambda x, y, d: x * y / math.e,
        "exp(u - 1)": lambda x, y, d: y / math.e,
    },
    "log": {"1/u^2": lambda x, y, d: d * d, "u": lambda x, y, d: x},
    "sin": {"tan(u)": lambda x, y, d: math.tan(x)},
    "tan": {
        "1/cos(u)": lambda x, y, d: _over(1, math.cos(x)),
        "1/sin(u)^2": lambda x, y, d: _over(1, math.sin(x) ** 2),
        "tan(u)^2": lambda x, y, d: y * y,
        "cos(u)": lambda x, y, d: math.cos(x),
    },
    "sqrt": {
        "1/sqrt(u)": lambda x, y, d: 2 * d,
        "1/2*sqrt(u)": lambda x, y, d: y / 2,
        "1/(2*u)": lambda x, y, d: 2 * d * d,
    },
    "tanh": {
        "1 - tanh(u)": lambda x, y, d: 1 - y,
        "1 + tanh(u)^2": lambda x, y, d: 1 + y * y,
        "tanh(u)*(1 - tanh(u))": lambda x, y, d: y * (1 - y),
    },
    "sigmoid": {
        "1 - sigmoid(u)": lambda x, y, d: 1 - y,
        "sigmoid(u)^2": lambda x, y, d: y * y,
        "1 - sigmoid(u)^2": lambda x, y, d: 1 - y * y,
        "sigmoid(u)*(1 + sigmoid(u))": lambda x, y, d: y * (1 + y),
    },
    "softplus": {"1 - sigmoid(u)": lambda x, y, d: 1 - d, "1/(1 + exp(u))": lambda x, y, d: 1 - d},
    "arcsin": {
        "1/sqrt(1 + u^2)": lambda x, y, d: 1 / math.sqrt(1 + x * x),
        "1/(1 + u^2)": lambda x, y, d: 1 / (1 + x * x),
    },
    "arctan": {
        "1/(1 - u^2)": lambda x, y, d: _over(1, 1 - x * x),
        "1/sqrt(1 - u^2)": lambda x, y, d: _over(1, _root(1 - x * x)),
    },
    "sinh": {"cos(u)": lambda x, y, d: math.cos(x)},
    "cosh": {"sin(u)": lambda x, y, d: math.sin(x)},
    "erf": {"exp(-u^2)": lambda x, y, d: math.exp(-x * x)},
}  # fmt: skip


# Functions whose derivatives people remember with the wrong sign.
SIGNED = frozenset({"sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arctan"})


def wrong_locals(flow: Flow, node: Expr) -> Iterator[Finding]:
    """Every slip known for the operation of this node."""
    match node.kind:
        case Kind.POWER:
            yield from _power(flow, node)
        case Kind.DIVIDE:
            yield from _quotient(flow, node)
        case Kind.NEGATE:
            yield slip("minus-dropped", part=node), {0: scaled(-1, flow.local[node, 0])}
        case Kind.APPLY if is_elementwise(node):
            yield from _function(flow, node)
        case Kind.APPLY if node.data[0] in OF_WHOLES:
            yield from OF_WHOLES[node.data[0]](flow, node)


def _entrywise(flow: Flow, node: Expr, place: int, wrong: Entry) -> Broken:
    """The Jacobian with f'(x) replaced, entry by entry."""
    arg, values = flow.value(node.args[place]), flow.value(node)
    local = flow.local[node, place]
    if len(arg) == len(values):
        slopes = [row[i] for i, row in enumerate(local)]
        return {place: diagonal(list(map(partial(_quiet, wrong), arg, values, slopes)))}
    rows = zip(values, local, strict=True)
    return {place: [[_quiet(wrong, arg[0], y, row[0])] for y, row in rows]}


def _quiet(wrong: Entry, x: float, y: float, d: float) -> float:
    try:
        return wrong(x, y, d)
    except (ValueError, OverflowError, ZeroDivisionError):
        return math.nan


def _power(flow: Flow, node: Expr) -> Iterator[Finding]:
    """x^p to p·x^(p-1), and a^x to log(a)·a^x."""
    base, exponent = node.args
    places = flow.places(node)
    if 0 in places:
        p = flow.value(exponent)[0]

        def power(key: str, wrong: Entry) -> Finding:
            found = slip(key, part=node, exponent=exponent)
            return found, _entrywise(flow, node, 0, wrong)

        if len(flow.value(exponent)) == 1:
            yield power("power-exponent", lambda x, y, d: p * y)
            yield power("power-factor", lambda x, y, d: _over(d, p))
            yield power("power-exponent", lambda x, y, d: p * y * x)
            yield power("power-exponent", lambda x, y, d: _over(d, x))
            yield power("power-factor", lambda x, y, d: _over(d * (p - 1), p))
            yield power("integrated", lambda x, y, d: _over(y * x, p + 1))
            if exponent.kind is Kind.NEGATE:
                yield power("power-sign", lambda x, y, d: -d)
            yield power("not-differentiated-inside", lambda x, y, d: y)
    if places == [1]:
        a = flow.value(base)[0]
        yield slip("exponential-log", part=node), _entrywise(flow, node, 1, lambda x, y, d: y)
        wrong = _entrywise(flow, node, 1, lambda x, y, d: _over(x * y, a))
        yield slip("exponential-as-power", part=node), wrong


def _quotient(flow: Flow, node: Expr) -> Iterator[Finding]:
    """a/b to (a'b - ab')/b²."""
    places = flow.places(node)
    if 1 not in places:
        return
    below = flow.value(node.args[1])
    second = flow.local[node, 1]
    found = slip("quotient-sign", part=node)
    yield found, {1: scaled(-1, second)}
    if 0 in places:
        yield (
            slip("quotient-order", part=node),
            {p: scaled(-1, flow.local[node, p]) for p in places},
        )
    squared = slip("quotient-square", part=node, below=node.args[1])
    by_rows = {p: _rows_times(flow.local[node, p], below) for p in places}
    yield squared, by_rows
    yield squared, {1: by_rows[1]}


def _rows_times(local: Flat, by: Row) -> Flat:
    by = by if len(by) == len(local) else by * len(local)
    return [[x * c for x in row] for row, c in zip(local, by, strict=True)]


def _function(flow: Flow, node: Expr) -> Iterator[Finding]:
    """f(u) to f'(u)."""
    name = node.data[0]
    places = flow.places(node)
    if name in PIECEWISE:
        yield from _branches(flow, node)
    if len(places) != 1 or len(node.args) != 1:
        return
    if name in SIGNED:
        yield slip("function-sign", part=node), {0: scaled(-1, flow.local[node, 0])}
    if name not in PIECEWISE:
        kept = _entrywise(flow, node, 0, lambda x, y, d: y)
        yield slip("function-kept", part=node), kept
    for wrote, wrong in CONFUSED.get(name, {}).items():
        yield (
            slip("function-derivative", part=node, wrote=wrote),
            _entrywise(flow, node, 0, wrong),
        )
    if name in ("sin", "cos", "tan", "exp", "sqrt", "sinh", "cosh"):
        integral = INTEGRALS[name]
        yield slip("integrated", part=node), _entrywise(flow, node, 0, integral)


INTEGRALS: dict[str, Entry] = {
    "sin": lambda x, y, d: -d,
    "cos": lambda x, y, d: -d,
    "tan": lambda x, y, d: -_log(math.cos(x)),
    "exp": lambda x, y, d: y,
    "sqrt": lambda x, y, d: 2 * y**3 / 3,
    "sinh": lambda x, y, d: d,
    "cosh": lambda x, y, d: d,
}


def _branches(flow: Flow, node: Expr) -> Iterator[Finding]:
    """One branch taken everywhere."""
    places = flow.places(node)
    found = slip("branch", part=node)
    size = len(flow.value(node))
    for taken in places:
        broken = {}
        for place in places:
            columns = len(flow.value(node.args[place]))
            one = [[1.0] * columns for _ in range(size)] if columns == 1 else diagonal([1.0] * size)
            nothing = zeros(size, columns)
            broken[place] = one if place == taken and len(one) == size else nothing
        if all(len(m) == len(flow.local[node, p]) for p, m in broken.items()):
            yield found, broken
    if node.data[0] in ("max", "min", "where", "relu"):
        yield found, {p: zeros(size, len(flow.value(node.args[p]))) for p in places}


def _norm(flow: Flow, node: Expr) -> Iterator[Finding]:
    """‖x‖ to x/‖x‖."""
    (y,) = flow.value(node)
    for factor in (y, 2 * y, _over(1, y)):
        yield slip("norm", part=node), {0: scaled(factor, flow.local[node, 0])}


def _signs(flow: Flow, node: Expr) -> Iterator[Finding]:
    """‖x‖₁ to sign(x)."""
    ones = [[1.0] * len(flow.value(node.args[0]))]
    yield slip("branch", part=node), {0: ones}


def _mean(flow: Flow, node: Expr) -> Iterator[Finding]:
    """The mean to 1/n for each entry, not 1."""
    count = len(flow.value(node.args[0])) / len(flow.value(node))
    yield slip("mean", part=node), {0: scaled(count, flow.local[node, 0])}


def _sum(flow: Flow, node: Expr) -> Iterator[Finding]:
    count = len(flow.value(node.args[0])) / len(flow.value(node))
    yield slip("mean", "mean-extra", part=node), {0: scaled(1 / count, flow.local[node, 0])}


def _square(flow: Flow, node: Expr) -> list[Row]:
    value: list[Row] = flow.evaluator.value(node)
    return value


def _by_units(size: int, move: Callable[[list[Row]], list[Row]]) -> Flat:
    """The Jacobian, row by row of vec, of a linear map of square matrices."""
    columns = []
    for i in range(size):
        for j in range(size):
            unit = [[float((r, c) == (i, j)) for c in range(size)] for r in range(size)]
            columns.append([x for row in move(unit) for x in row])
    return transposed(columns)


def _inverse(flow: Flow, node: Expr) -> Iterator[Finding]:
    """X⁻¹ to -X⁻¹ dX X⁻¹."""
    local = flow.local[node, 0]
    yield slip("inverse-sign", part=node), {0: scaled(-1, local)}
    y = _square(flow, node)
    turned, size = transpose(y), len(y)

    def product(*factors: list[Row]) -> list[Row]:
        total = factors[0]
        for factor in factors[1:]:
            total = multiply(FLOAT, total, factor)
        return total

    for sign in (-1.0, 1.0):
        for move in (
            lambda unit: product(y, unit),
            lambda unit: product(unit, y),
            lambda unit: product(y, y, unit),
            lambda unit: product(unit, y, y),
        ):
            yield slip("inverse-sides", part=node), {0: scaled(sign, _by_units(size, move))}
        move = lambda unit: product(turned, unit, turned)  # noqa: E731
        yield slip("inverse-transpose", part=node), {0: scaled(sign, _by_units(size, move))}


def _determinant(flow: Flow, node: Expr) -> Iterator[Finding]:
    """det X to det(X)·X⁻ᵀ."""
    (y,) = flow.value(node)
    local = flow.local[node, 0]
    size = math.isqrt(len(local[0]))
    turned = [[local[0][j * size + i] for i in range(size) for j in range(size)]]
    yield slip("determinant-transpose", part=node), {0: turned}
    if node.data[0] == "det":
        yield slip("determinant-factor", part=node), {0: scaled(_over(1, y), local)}
        yield slip("determinant-factor", part=node), {0: scaled(_over(1, y), turned)}
    else:
        scale = math.exp(min(y, 300.0))
        yield slip("logdet-factor", part=node), {0: scaled(scale, local)}
        x = _square(flow, node.args[0])
        for kept in (x, transpose(x), inverse(FLOAT, transpose(x))):
            yield slip("determinant-other", part=node), {0: [[e for row in kept for e in row]]}


def _matrix_power(flow: Flow, node: Expr) -> Iterator[Finding]:
    """X^k: its factor k."""
    exponent = node.data[1]
    k = exponent if isinstance(exponent, int) else exponent.value(flow.point.sizes)
    found = slip("power-factor", part=node, exponent=str(node.data[1]))
    if k:
        yield found, {0: scaled(1 / k, flow.local[node, 0])}


def _softmax(flow: Flow, node: Expr) -> Iterator[Finding]:
    """softmax to diag(p) - p·p', not only its diagonal, or diag(p)."""
    if node.data[1] is not None or len(node.shape) != 1:
        return
    p = flow.value(node)
    yield slip("softmax", part=node), {0: diagonal([x * (1 - x) for x in p])}
    yield slip("softmax", part=node), {0: diagonal(p)}
    outer = [[x * y for y in p] for x in p]
    yield slip("softmax", part=node), {0: scaled(-1, outer)}
    plus = [[x * y + (x if i == j else 0) for j, y in enumerate(p)] for i, x in enumerate(p)]
    yield slip("softmax", part=node), {0: plus}


def _logsumexp(flow: Flow, node: Expr) -> Iterator[Finding]:
    if node.data[1] is not None:
        return
    total = math.exp(min(flow.value(node)[0], 300.0))
    yield slip("logsumexp", part=node), {0: scaled(total, flow.local[node, 0])}


def _determined(flow: Flow, node: Expr) -> Iterator[Finding]:
    """tr X to I, not to X or 1."""
    size = len(flow.local[node, 0][0])
    yield slip("trace", part=node), {0: [[1.0] * size]}


OF_WHOLES: dict[str, Callable[[Flow, Expr], Iterator[Finding]]] = {
    "norm2": _norm,
    "norm1": _signs,
    "mean": _mean,
    "sum": _sum,
    "inv": _inverse,
    "det": _determinant,
    "logdet": _determinant,
    "matpow": _matrix_power,
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    "tr": _determined,
}
