"""Expressions from Python objects, with NumPy's operators.

    A, x = cr.matrix("A", "n", "n"), cr.vector("x", "n")
    cr.derive(x.T @ A @ x, wrt=x)

Here, as in NumPy, `*` is element-wise and `@` is the matrix product; in the text syntax
`*` is the matrix product. Unlike there, the transpose of a vector is a row, and x @ y.T the
outer product. np.log(x), np.dot(x, y), x.sum() and abs(x) work as well, by NumPy's protocols:
NumPy is not imported. A function that does not mean here exactly what it means there is
refused; arrays of numbers are no part of an expression.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from inspect import signature
from numbers import Integral, Real
from operator import index
from typing import Any

from .errors import ProblemError
from .expr import build
from .expr.call import call
from .expr.node import Expr, Kind
from .op import NAMES, OPS
from .shapes import Dim, Shape, kind_of

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
    plain = _plain(value)
    try:
        if isinstance(plain, Integral):
            return build.number(int(plain))
        return build.number(plain if isinstance(plain, Fraction) else Fraction(str(plain)))
    except (ValueError, ZeroDivisionError):
        raise ProblemError(
            "domain",
            f"a constant is a finite number, found {value!r:.40}",
            hint='as 2, 0.1 or "1/3"',
        ) from None


def _plain(value: Any) -> Any:
    """A scalar of NumPy, or an array without axes, as a number of Python's own."""
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return value.item()
    return value


def _variable(name: str, shape: Shape, properties: tuple[str, ...]) -> Expr:
    from .parse.declare import read_assume, read_let

    sizes = [dim.name or dim.integer or 0 for dim in shape]
    shapes = read_let({name: sizes})
    read_assume({name: properties}, shapes)
    return build.variable(name, shape, properties)


def _expr(value: Any) -> Expr:
    if isinstance(value, Expr):
        return value
    plain = _plain(value)
    if isinstance(plain, Real) and not isinstance(plain, bool):
        return constant(plain)  # type: ignore[arg-type]
    raise ProblemError(
        "shape",
        f"cannot compute with a {type(value).__name__}",
        hint="put a variable in place of an array" if getattr(value, "shape", ()) else None,
    )


ELEMENTWISE: dict[str, Callable[..., Expr]] = {
    "add": build.add,
    "mul": build.hadamard,
    "div": build.divide,
    "pow": build.power,
}


def _elementwise(name: str, a: Operand, b: Operand) -> Expr:
    return ELEMENTWISE[name](_expr(a), _expr(b))


def _matmul(a: Operand, b: Operand) -> Expr:
    """As in NumPy, x @ y is the inner product and x @ A a vector; x.T @ A is a row."""
    left, right = _expr(a), _expr(b)
    if not _is_column(left) or not (right.is_matrix or _is_column(right)):
        return build.multiply(left, right)
    # (x'*A)' loses its outer transpose again where it goes on, as in x @ A @ x.
    row = left.args[0] if left.kind is Kind.TRANSPOSE else build.transpose(left)
    product = build.multiply(row, right)
    return build.transpose(product) if product.is_row else product


def _is_column(x: Expr) -> bool:
    return x.is_vector and not x.is_row


def _ufunc(self: Expr, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Expr:
    """np.exp(x), np.maximum(x, 0), 2 * x with NumPy scalars: by the ufunc's name."""
    name = ufunc.__name__
    if method != "__call__":
        raise ProblemError("unsupported", f"np.{name}.{method} of an expression")
    if options:  # out=, where=, dtype=, ...
        raise _wrong_arguments(name, ", ".join("xy"[: ufunc.nin]))
    if name in _ARITHMETIC:
        return _ARITHMETIC[name](*inputs)
    found = UFUNCS.get(name, name)
    if found not in NAMES or OPS[NAMES[found]].family != "elementwise":
        raise ProblemError("unsupported", f"there is no rule for np.{name}")
    return call(NAMES[found], *map(_expr, inputs))


UFUNCS = {"absolute": "abs", "maximum": "max", "minimum": "min"}
UFUNCS |= {"greater": "gt", "greater_equal": "ge"}
_ARITHMETIC: dict[str, Callable[..., Expr]] = {
    "add": lambda a, b: _elementwise("add", a, b),
    "subtract": lambda a, b: build.subtract(_expr(a), _expr(b)),
    "multiply": lambda a, b: _elementwise("mul", a, b),
    "divide": lambda a, b: _elementwise("div", a, b),
    "power": lambda a, b: _elementwise("pow", a, b),
    "negative": lambda a: build.negate(_expr(a)),
    "matmul": lambda a, b: _matmul(a, _upright(b)),
    "less": lambda a, b: call("gt", _expr(b), _expr(a)),
    "less_equal": lambda a, b: call("ge", _expr(b), _expr(a)),
}


def _wrong_arguments(name: str, taken: str) -> ProblemError:
    return ProblemError(
        "unsupported", f"np.{name} with these arguments", hint=f"here it takes {taken}"
    )


def _item(self: Expr, key: Any) -> Expr:
    """x[0], X[0, :]: counted from 0, as in Python."""
    places = key if isinstance(key, tuple) else (key,)
    return build.index(self, *map(_place, places))


def _place(subscript: Any) -> int | None:
    """Counted from 1. Ranges are refused: those of the text syntax contain their ends."""
    if isinstance(subscript, slice) and subscript == slice(None):
        return None
    try:
        number = -1 if isinstance(subscript, bool) else index(subscript)
    except TypeError:
        number = -1
    if number < 0:
        raise ProblemError(
            "unsupported",
            f"a subscript of an object is `:` or an integer from 0, found {subscript!r:.40}",
            hint="ranges are written in the text syntax: X[1:k,:], from 1 to k with both ends",
        )
    return number + 1


def _refuse_iteration(self: Expr, entry: Any = None) -> None:
    """Without it Python would ask for x[0], x[1], ... and never come to an end.

    A TypeError, by which Python and its libraries tell that nothing can be gone through.
    """
    raise TypeError(
        "an expression is not iterable: write x.sum() for the sum of its entries, "
        "np.max(x) for the largest, x[0] for the first"
    )


def _sum(self: Expr, axis: int | None = None) -> Expr:
    return call("sum", self, parameter=_axis(self, axis))


def _mean(self: Expr, axis: int | None = None) -> Expr:
    return call("mean", self, parameter=_axis(self, axis))


def _axis(x: Expr, axis: Any) -> int | None:
    """0 down the columns, 1 along the rows; None for all entries."""
    if axis is None:
        return None
    count = len(_upright(x).shape)
    if not hasattr(axis, "__index__") or not -count <= index(axis) < count:
        raise ProblemError(
            "shape",
            f"there is no axis {axis!r:.40} in a {kind_of(x.shape)}",
            hint="axis=0 goes down the columns, axis=1 along the rows",
        )
    return None if count == 1 else index(axis) % count


# -- NumPy's functions that are not ufuncs


def _function(
    self: Expr, function: Any, types: Any, args: tuple[Any, ...], options: dict[str, Any]
) -> Expr:
    """np.dot(x, y), np.linalg.inv(A): by the function's name.

    Left to itself, NumPy would take an expression for one number, and x'*y for x.*y.
    """
    module, name = function.__module__, function.__name__
    name = f"{module}.{name}".removeprefix("numpy.")
    if name not in FUNCTIONS:
        raise ProblemError("unsupported", f"there is no rule for np.{name}")
    form = signature(FUNCTIONS[name])
    try:
        form.bind(*args, **options)
    except TypeError:
        raise _wrong_arguments(name, ", ".join(form.parameters)) from None
    return FUNCTIONS[name](*args, **options)


def _upright(value: Any) -> Expr:
    """No row: the transpose of a vector is one here, and in NumPy the vector itself."""
    found = _expr(value)
    if found.is_row:
        raise ProblemError(
            "unsupported",
            "this function of NumPy does not tell a row from a vector",
            hint="leave out the transpose, or write a product: x.T @ y, x @ y.T",
        )
    return found


def _named(name: str) -> Callable[..., Expr]:
    """A function of one argument, in which a row would be nothing else than a vector."""
    return lambda a: call(name, _upright(a))


def _dot(a: Any, b: Any) -> Expr:
    left, right = _expr(a), _upright(b)
    scales = left.is_scalar or right.is_scalar
    return build.hadamard(left, right) if scales else _matmul(left, right)


def _inner(a: Any, b: Any) -> Expr:
    """The sum over the last axis of both, so that B of two matrices is transposed."""
    left, right = _upright(a), _upright(b)
    return _dot(left, build.transpose(right) if left.shape and right.is_matrix else right)


def _outer(a: Any, b: Any) -> Expr:
    return call("outer", _upright(a), _upright(b))


def _kron(a: Any, b: Any) -> Expr:
    left, right = _upright(a), _upright(b)
    if {len(left.shape), len(right.shape)} == {1, 2}:
        raise ProblemError(
            "unsupported",
            f"np.kron of a {kind_of(left.shape)} and a {kind_of(right.shape)}",
            hint="in NumPy a vector beside a matrix is a row, in kron(a, B) of the text a column",
        )
    return call("kron", left, right)


def _transpose(a: Any) -> Expr:
    """Of a matrix; NumPy's transpose of a vector is the vector, which x.T is not."""
    turned = build.transpose(_expr(a))
    return turned if turned.is_matrix else _upright(turned)


def _solve(a: Any, b: Any) -> Expr:
    return build.multiply(call("inv", _expr(a)), _upright(b))


NORMS = {
    (1, "None"): "norm2", (1, "1"): "norm1", (1, "2"): "norm2",
    (2, "None"): "norm2", (2, "fro"): "norm2", (2, "nuc"): "nuclear",
}  # fmt: skip


def _norm(x: Any, ord: Any = None) -> Expr:
    found = _upright(x)
    name = NORMS.get((len(found.shape), str(ord)))
    if name is None:
        raise ProblemError(
            "unsupported", f"np.linalg.norm of a {kind_of(found.shape)} with ord={ord!r:.40}"
        )
    return call(name, found)


FUNCTIONS: dict[str, Callable[..., Expr]] = {
    "dot": _dot,
    "inner": _inner,
    "outer": _outer,
    "kron": _kron,
    "transpose": _transpose,
    "sum": lambda a, axis=None: _sum(_expr(a), axis),
    "mean": lambda a, axis=None: _mean(_expr(a), axis),
    "linalg.norm": _norm,
    "linalg.solve": _solve,
    "trace": _named("tr"),
    "diag": _named("diag"),
    "tril": _named("tril"),
    "triu": _named("triu"),
    "cumsum": _named("cumsum"),
    "prod": _named("prod"),
    "linalg.inv": _named("inv"),
    "linalg.pinv": _named("pinv"),
    "linalg.det": _named("det"),
}
FUNCTIONS |= dict.fromkeys(("max", "amax"), _named("largest"))
FUNCTIONS |= dict.fromkeys(("min", "amin"), _named("smallest"))


def _array(self: Expr) -> Callable[..., Any]:
    """np.array([x, y]) would be two numbers to NumPy, its sum x + y. Scalars may be that."""
    if self.is_scalar:
        raise AttributeError("__array__")
    return _refuse_array


def _refuse_array(*args: Any, **options: Any) -> None:
    raise ProblemError(
        "unsupported",
        "an expression is not made into an array",
        hint="compute with it as it is: A @ x, np.exp(x), np.sum(x)",
    )


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
    "__iter__": _refuse_iteration,
    "__contains__": _refuse_iteration,
    "__array__": property(_array),
    "__array_ufunc__": _ufunc,
    "__array_function__": _function,
    "T": property(build.transpose),
    "sum": _sum,
    "mean": _mean,
}.items():
    setattr(Expr, _name, _method)
