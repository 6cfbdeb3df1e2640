"""Expressions from Python objects, with NumPy's operators.

    A, x = cr.matrix("A", "n", "n"), cr.vector("x", "n")
    cr.derive(x.T @ A @ x, wrt=x)

Here, as in NumPy, `*` is element-wise and `@` is the matrix product; in the text syntax
`*` is the matrix product. np.log(x), x.sum() and abs(x) work as well.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .errors import ProblemError
from .expr import build
from .expr.call import call
from .expr.node import Expr
from .op import NAMES, OPS
from .shapes import Dim, Shape

Operand = Expr | int | float | Fraction


def scalar(name: str, *properties: str) -> Expr:
    """A scalar variable."""
    return _variable(name, (), properties)


def vector(name: str, size: int | str, *properties: str) -> Expr:
    """A vector variable of this size, a name or an integer."""
    return _variable(name, (Dim.of(size),), properties)


def matrix(name: str, rows: int | str, columns: int | str, *properties: str) -> Expr:
    """A matrix variable; properties as in `assume` (spd, symmetric, invertible, ...)."""
    return _variable(name, (Dim.of(rows), Dim.of(columns)), properties)


def constant(value: int | float | str | Fraction) -> Expr:
    """An exact number: 0.1 is 1/10."""
    exact = Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    return build.number(exact)


def _variable(name: str, shape: Shape, properties: tuple[str, ...]) -> Expr:
    from .parse.declare import read_assume, read_let

    sizes = [dim.name or dim.integer or 0 for dim in shape]
    shapes = read_let({name: sizes})
    read_assume({name: properties}, shapes)
    return build.variable(name, shape, properties)


def _expr(value: Any) -> Expr:
    if isinstance(value, Expr):
        return value
    if isinstance(value, int | float | Fraction) and not isinstance(value, bool):
        return constant(value)
    raise ProblemError("shape", f"cannot compute with a {type(value).__name__}")


ELEMENTWISE: dict[str, Callable[..., Expr]] = {
    "add": build.add,
    "mul": build.hadamard,
    "div": build.divide,
    "pow": build.power,
}


def _elementwise(name: str, a: Operand, b: Operand) -> Expr:
    return ELEMENTWISE[name](_expr(a), _expr(b))


def _matmul(a: Operand, b: Operand) -> Expr:
    left, right = _expr(a), _expr(b)
    if left.is_vector and right.is_vector and not left.is_row and not right.is_row:
        left = build.transpose(left)  # x @ y is the inner product, as in NumPy
    if left.is_vector and not left.is_row and right.is_matrix:
        left = build.transpose(left)
    return build.multiply(left, right)


def _ufunc(self: Expr, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Expr:
    """np.exp(x), np.maximum(x, 0), 2 * x with NumPy scalars: by the ufunc's name."""
    if method != "__call__" or options:
        raise ProblemError("unsupported", f"np.{ufunc.__name__}.{method} of an expression")
    name = ufunc.__name__
    if name in _ARITHMETIC:
        return _ARITHMETIC[name](*inputs)
    found = UFUNCS.get(name, name)
    if found not in NAMES or OPS[NAMES[found]].family != "elementwise":
        raise ProblemError("unsupported", f"there is no rule for np.{name}")
    return call(NAMES[found], *map(_expr, inputs))


UFUNCS = {"absolute": "abs", "maximum": "max", "minimum": "min", "greater": "gt", "less": "lt"}
_ARITHMETIC: dict[str, Callable[..., Expr]] = {
    "add": lambda a, b: _elementwise("add", a, b),
    "subtract": lambda a, b: build.subtract(_expr(a), _expr(b)),
    "multiply": lambda a, b: _elementwise("mul", a, b),
    "divide": lambda a, b: _elementwise("div", a, b),
    "power": lambda a, b: _elementwise("pow", a, b),
    "negative": lambda a: build.negate(_expr(a)),
    "matmul": _matmul,
}


def _item(self: Expr, key: Any) -> Expr:
    """x[0], X[0, :]: counted from 0, as in Python."""
    places = key if isinstance(key, tuple) else (key,)
    return build.index(self, *(None if p == slice(None) else int(p) + 1 for p in places))


def _sum(self: Expr, axis: int | None = None) -> Expr:
    return call("sum", self, parameter=axis)


def _mean(self: Expr, axis: int | None = None) -> Expr:
    return call("mean", self, parameter=axis)


# Given to Expr here, so that the language itself (expr/) knows nothing of Python's operators.
for _name, _method in {
    "__add__": lambda a, b: _elementwise("add", a, b),
    "__radd__": lambda a, b: _elementwise("add", b, a),
    "__sub__": lambda a, b: build.subtract(a, _expr(b)),
    "__rsub__": lambda a, b: build.subtract(_expr(b), a),
    "__mul__": lambda a, b: _elementwise("mul", a, b),
    "__rmul__": lambda a, b: _elementwise("mul", b, a),
    "__truediv__": lambda a, b: _elementwise("div", a, b),
    "__rtruediv__": lambda a, b: _elementwise("div", b, a),
    "__pow__": lambda a, b: _elementwise("pow", a, b),
    "__rpow__": lambda a, b: _elementwise("pow", b, a),
    "__neg__": build.negate,
    "__abs__": lambda a: call("abs", a),
    "__matmul__": _matmul,
    "__rmatmul__": lambda a, b: _matmul(b, a),
    "__getitem__": _item,
    "__array_ufunc__": _ufunc,
    "T": property(build.transpose),
    "sum": _sum,
    "mean": _mean,
}.items():
    setattr(Expr, _name, _method)
