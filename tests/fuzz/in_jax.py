"""What an expression means, said with JAX: an oracle that shares no code with the rules.

It reads the nodes of matrix notation and nothing else of the package.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy as jsp

from chainrule.expr.node import Expr, Kind
from chainrule.intern import postorder
from chainrule.shapes import Dim

jax.config.update("jax_enable_x64", True)


def directional(
    expr: Expr, wrt: str, steps: list[Any], values: Mapping[str, Any], sizes: Mapping[str, int]
) -> tuple[Any, Any]:
    """The value, and its derivative along each of the steps in turn."""

    def function(variable: Any) -> Any:
        return evaluate(expr, {**values, wrt: variable}, sizes)

    derived = function
    for step in steps:

        def derived(variable: Any, inner: Any = derived, step: Any = step) -> Any:
            return jax.jvp(inner, (variable,), (step,))[1]

    at = jnp.asarray(values[wrt])
    return function(at), derived(at)


def evaluate(expr: Expr, values: Mapping[str, Any], sizes: Mapping[str, int]) -> Any:
    """The value; a row vector is a 1-D array like a column."""
    known: dict[Expr, Any] = {}
    for node in postorder([expr]):
        args = [known[arg] for arg in node.args]
        known[node] = _value(node, args, values, sizes)
    return known[expr]


def _value(node: Expr, args: list[Any], values: Mapping[str, Any], sizes: Mapping[str, int]) -> Any:
    match node.kind:
        case Kind.VARIABLE:
            return jnp.asarray(values[node.data[0]])
        case Kind.NUMBER:
            return jnp.asarray(float(node.data[0]))
        case Kind.SIZE:
            return jnp.asarray(float(node.data[0].value(sizes)))
        case Kind.ADD:
            return sum(args[1:], args[0])
        case Kind.NEGATE:
            return -args[0]
        case Kind.MULTIPLY:
            return _product(node, args)
        case Kind.HADAMARD:
            result = args[0]
            for arg in args[1:]:
                result = result * arg
            return result
        case Kind.DIVIDE:
            return args[0] / args[1]
        case Kind.POWER:
            return _power(node.args[1], *args)
        case Kind.TRANSPOSE:
            return args[0].T
        case Kind.INDEX:
            return args[0][tuple(_place(place, sizes) for place in node.data[0])]
        case Kind.VECTOR:
            return jnp.stack(args)
        case Kind.STACK:
            return _stack(node, args)
        case Kind.APPLY:
            return _apply(node, args, sizes)
    raise AssertionError(node.kind)


def _product(node: Expr, args: list[Any]) -> Any:
    value, is_row = args[0], node.args[0].is_row
    for factor, other in zip(node.args[1:], args[1:], strict=True):
        if value.ndim == 0 or other.ndim == 0:
            value, is_row = value * other, is_row or factor.is_row
        elif value.ndim == other.ndim == 1 and not is_row:
            value, is_row = jnp.outer(value, other), False
        else:
            is_row = is_row and factor.is_matrix
            value = value @ other
    return value


def _power(exponent: Expr, base: Any, value: Any) -> Any:
    literal = _literal(exponent)
    if literal is not None and literal.denominator == 1:
        return jax.lax.integer_pow(base, int(literal))
    return base**value


def _literal(expr: Expr) -> Fraction | None:
    if expr.kind is Kind.NUMBER:
        return Fraction(expr.data[0])
    if expr.kind is Kind.NEGATE and expr.args[0].kind is Kind.NUMBER:
        return -Fraction(expr.args[0].data[0])
    return None


def _place(place: Any, sizes: Mapping[str, int]) -> Any:
    if place is None:
        return slice(None)
    if isinstance(place, Dim):
        return place.value(sizes) - 1
    first, last = (end.value(sizes) for end in place)
    return slice(first - 1, last)


def _stack(node: Expr, args: list[Any]) -> Any:
    if node.is_vector:
        return jnp.concatenate([jnp.atleast_1d(arg) for arg in args])
    raise NotImplementedError("matrices of blocks")


def _apply(node: Expr, args: list[Any], sizes: Mapping[str, int]) -> Any:
    name, parameter, given = node.data
    dims = [dim.value(sizes) for dim in given]
    if name in REDUCTIONS:
        return REDUCTIONS[name](args[0], axis=parameter)
    if name == "softmax":
        return jax.nn.softmax(args[0], axis=parameter if args[0].ndim > 1 else 0)
    if name == "matpow":
        return jnp.linalg.matrix_power(args[0], int(parameter))
    if name == "vector":
        return args[0] * jnp.ones(dims)
    if name == "matrix":
        return args[0] * jnp.ones(dims)
    if name == "eye":
        return jnp.eye(*dims)
    if name == "reshape":
        return args[0].reshape(dims, order="F")
    return FUNCTIONS[name](*args)


def _largest(x: Any, y: Any) -> Any:
    return jnp.where(x > y, x, y)


def _adjugate(x: Any) -> Any:
    """By cofactors."""
    n = len(x)
    if n == 1:
        return jnp.ones((1, 1))

    def minor(i: int, j: int) -> Any:
        rows = jnp.array([k for k in range(n) if k != i])
        columns = jnp.array([k for k in range(n) if k != j])
        return jnp.linalg.det(x[rows][:, columns])

    return jnp.array([[(-1) ** (i + j) * minor(j, i) for j in range(n)] for i in range(n)])


def _sqrtm(x: Any) -> Any:
    """By the iteration of Denman and Beavers."""
    y, z = x, jnp.eye(len(x))
    for _ in range(20):
        y, z = (y + jnp.linalg.inv(z)) / 2, (z + jnp.linalg.inv(y)) / 2
    return y


def _sinm(x: Any) -> Any:
    term, total = x, x
    for k in range(1, 20):
        term = -term @ x @ x / (2 * k * (2 * k + 1))
        total = total + term
    return total


def _cosm(x: Any) -> Any:
    term = total = jnp.eye(len(x))
    for k in range(1, 20):
        term = -term @ x @ x / ((2 * k - 1) * 2 * k)
        total = total + term
    return total


def _unit_of(place: Any, x: Any) -> Any:
    return (jnp.arange(x.size) == place(x)).reshape(x.shape) * 1.0


def _kron(a: Any, b: Any) -> Any:
    """A vector beside a matrix is a column."""
    if a.ndim != b.ndim:
        a, b = (x[:, None] if x.ndim == 1 else x for x in (a, b))
    return jnp.kron(a, b)


def _polar(x: Any) -> Any:
    u, _, vt = jnp.linalg.svd(x, full_matrices=False)
    return u @ vt


REDUCTIONS = {
    "sum": jnp.sum,
    "mean": jnp.mean,
    "logsumexp": jsp.special.logsumexp,
}
FUNCTIONS = {
    "pi": lambda: jnp.pi,
    "exp": jnp.exp,
    "log": jnp.log,
    "sqrt": jnp.sqrt,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tan": jnp.tan,
    "arcsin": jnp.arcsin,
    "arccos": jnp.arccos,
    "arctan": jnp.arctan,
    "sinh": jnp.sinh,
    "cosh": jnp.cosh,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "softplus": jax.nn.softplus,
    "erf": jsp.special.erf,
    "relu": jax.nn.relu,
    "abs": lambda x: jnp.where(x > 0, x, -x),
    "sign": jnp.sign,
    "gt": lambda a, b: (a > b) * 1.0,
    "ge": lambda a, b: (a >= b) * 1.0,
    "eq": lambda a, b: (a == b) * 1.0,
    "where": lambda c, a, b: jnp.where(c > 0, a, b),
    "max": _largest,
    "min": lambda a, b: -_largest(-a, -b),
    "expm": jsp.linalg.expm,
    "sinm": _sinm,
    "cosm": _cosm,
    "sqrtm": _sqrtm,
    "nuclear": lambda x: jnp.sum(jnp.linalg.svd(x, compute_uv=False)),
    "chol": lambda x: jnp.linalg.cholesky((x + x.T) / 2),
    "inv": jnp.linalg.inv,
    "pinv": jnp.linalg.pinv,
    "polar": _polar,
    "det": jnp.linalg.det,
    "logdet": lambda x: jnp.linalg.slogdet(x)[1],
    "adj": _adjugate,
    "norm1": lambda x: jnp.sum(jnp.where(x > 0, x, -x)),
    "norm2": lambda x: jnp.sqrt(jnp.sum(x * x)),
    "largest": lambda x: x.reshape(-1)[jnp.argmax(x)],  # of equal ones the first
    "smallest": lambda x: x.reshape(-1)[jnp.argmin(x)],
    "argmax": lambda x: _unit_of(jnp.argmax, x),
    "argmin": lambda x: _unit_of(jnp.argmin, x),
    "prod": jnp.prod,
    "tr": jnp.trace,
    "diag": jnp.diag,
    "vec": lambda x: x.reshape(-1, order="F"),
    "outer": jnp.outer,
    "cumsum": jnp.cumsum,
    "tril": jnp.tril,
    "triu": jnp.triu,
    "kron": _kron,
}
