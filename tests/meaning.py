"""What index form and matrix notation mean, in NumPy: the oracle of the fuzzers.

Nothing here uses rules, kernels or the reference evaluator. A vector is a column, as in
textbooks, so the shapes of what is written are checked too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np

from chainrule import ops  # noqa: F401  (fills the table)
from chainrule.expr.node import Expr
from chainrule.expr.node import Kind as Form
from chainrule.intern import postorder
from chainrule.printers.text import text
from chainrule.shapes import Dim
from chainrule.tensor.node import Kind, Tensor

SIZES = {"m": 2, "n": 3, "p": 4, "i": 2}
Values = Mapping[str, np.ndarray]


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _softmax(x: np.ndarray, axis: int | None) -> np.ndarray:
    return np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)


FUNCTIONS: dict[str, Any] = {
    "exp": np.exp,
    "log": np.log,
    "abs": np.abs,
    "sign": np.sign,
    "tanh": np.tanh,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "sin": np.sin,
    "cos": np.cos,
    "sigmoid": _sigmoid,
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "relu": lambda x: np.maximum(x, 0),
    "gt": lambda a, b: np.where(a > b, 1.0, 0.0),
    "ge": lambda a, b: np.where(a >= b, 1.0, 0.0),
    "max": np.maximum,
    "min": np.minimum,
    "where": lambda c, a, b: np.where(c > 0, a, b),
    "inv": np.linalg.inv,
    "det": lambda x: np.asarray(np.linalg.det(x)),
    "adj": lambda x: np.linalg.det(x) * np.linalg.inv(x),
    "sqrt": np.sqrt,
    "chol": np.linalg.cholesky,
    "pinv": np.linalg.pinv,
    "softmax": lambda x: _softmax(x, None),
    "norm2": lambda x: np.sqrt((x**2).sum()),
}


def size_of(dim: Dim | str | int) -> int:
    return Dim.of(dim).value(SIZES)


# -- index form


def meaning(tensor: Tensor, values: Values) -> np.ndarray:
    """The value of index form, by numpy.einsum."""
    done: dict[Tensor, Any] = {}
    for node in postorder([tensor]):
        args = [done[arg] for arg in node.args]
        done[node] = _meaning(node, args, [size_of(dim) for dim in node.axes], values)
    return np.asarray(done[tensor])


def _meaning(node: Tensor, args: list[Any], counts: list[int], values: Values) -> Any:
    match node.kind:
        case Kind.VARIABLE:
            return values[node.data[0]]
        case Kind.NUMBER:
            return float(node.data[0])
        case Kind.SIZE:
            return float(size_of(node.data[0]))
        case Kind.DELTA:
            return np.eye(counts[0])
        case Kind.ONES:
            return np.ones(counts)
        case Kind.BASIS:
            return np.eye(counts[0])[size_of(node.data[0]) - 1]
        case Kind.SLICE:
            return np.eye(counts[0])[:, size_of(node.data[0]) :][:, : counts[1]]
        case Kind.LOWER:
            return np.tri(counts[0])
        case Kind.FUSE:
            return np.eye(counts[0]).reshape(counts)
        case Kind.CONTRACT:
            coefficient, labels, free = node.data
            pairs = [x for arg, own in zip(args, labels, strict=True) for x in (arg, list(own))]
            return float(coefficient) * np.einsum(*pairs, list(range(free)))
        case Kind.SUM:
            return sum(args, np.zeros(counts))
        case Kind.POWER:
            return args[0] ** args[1]
        case Kind.APPLY:
            if node.data[0] == "softmax":
                return _softmax(args[0], node.data[1])
            return FUNCTIONS[node.data[0]](*args)
    raise AssertionError(node.kind)


# -- matrix notation


def shown(expr: Expr, values: Values) -> np.ndarray:
    """The value of matrix notation, every vector a column and every row a row."""
    done: dict[Expr, Any] = {}
    for node in postorder([expr]):
        value = np.asarray(_shown(node, [done[arg] for arg in node.args], values))
        counts = [size_of(dim) for dim in node.shape]
        if len(counts) == 1:
            counts = [1, *counts] if node.is_row else [*counts, 1]
        assert list(value.shape) == counts, f"{node} has shape {value.shape}, not {counts}"
        done[node] = value
    return done[expr].reshape([size_of(dim) for dim in expr.shape])


def _shown(node: Expr, args: list[Any], values: Values) -> Any:
    match node.kind:
        case Form.VARIABLE:
            value = values[node.data[0]]
            return value[:, None] if node.is_vector else value
        case Form.NUMBER:
            return float(node.data[0])
        case Form.SIZE:
            return float(size_of(node.data[0]))
        case Form.ADD:
            return reduce(np.add, args)
        case Form.NEGATE:
            return -args[0]
        case Form.MULTIPLY:
            return reduce(_times, args)
        case Form.HADAMARD:
            return reduce(np.multiply, args)
        case Form.DIVIDE:
            return args[0] / args[1]
        case Form.POWER:
            return args[0] ** args[1]
        case Form.TRANSPOSE:
            return args[0].T
        case Form.INDEX:
            return _part(node, args[0])
        case Form.VECTOR:
            return np.array([[float(entry)] for entry in args])
        case Form.STACK:
            width = node.data[0]
            rows = [args[k : k + width] for k in range(0, len(args), width)]
            return np.block([[np.atleast_2d(block) for block in row] for row in rows])
        case Form.APPLY:
            return _applied(node, args)
    raise AssertionError(node.kind)


def _times(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if not a.ndim or not b.ndim:
        return a * b
    product = a @ b
    return product[0, 0] if product.shape == (1, 1) else product


def _part(node: Expr, array: np.ndarray) -> np.ndarray:
    places = tuple(map(_place, node.data[0]))
    flat = array.ravel() if node.args[0].is_vector else array
    part = np.asarray(flat[places])
    if part.ndim == 1:
        return part[None, :] if node.is_row else part[:, None]
    return part


def _place(place: Any) -> Any:
    if place is None:
        return slice(None)
    if isinstance(place, tuple):
        return slice(size_of(place[0]) - 1, size_of(place[1]))
    return size_of(place) - 1


def _applied(node: Expr, args: list[Any]) -> Any:
    name, parameter, dims = node.data
    counts = [size_of(dim) for dim in dims]
    columns = [x.ravel() if arg.is_vector else x for x, arg in zip(args, node.args, strict=True)]
    match name:
        case "eye":
            return np.eye(counts[0])
        case "vector" | "matrix":
            return np.full([*counts, 1][:2], float(args[0]))
        case "unit":
            return np.eye(counts[1])[:, [counts[0] - 1]]
        case "tri":
            return np.tri(counts[0])
        case "commutation":
            m, n = counts
            places = np.arange(m * n).reshape(m, n, order="F")
            return np.eye(m * n)[places.ravel()]
        case "fuse":
            return np.eye(counts[0] * counts[1]).reshape(-1, *counts)
        case "diag":
            diagonal = np.diag(columns[0])
            return diagonal if node.is_matrix else diagonal[:, None]
        case "tr":
            return np.trace(args[0])
        case "sum" | "mean":
            value = getattr(np, name)(args[0], axis=parameter)
            return value if parameter is None else value[:, None]
        case "norm1":
            return np.abs(args[0]).sum()
        case "norm2":
            return np.sqrt((args[0] ** 2).sum())
        case "vec":
            return args[0].reshape(-1, 1, order="F")
        case "reshape":
            return args[0].reshape(*counts, order="F")
        case "kron":
            return np.kron(*args)
        case "khatrirao":
            return np.hstack(
                [np.kron(a[:, None], b[:, None]) for a, b in zip(args[0].T, args[1].T, strict=True)]
            )
        case "tril" | "triu":
            return getattr(np, name)(args[0])
        case "matpow":
            return np.linalg.matrix_power(args[0], parameter)
        case "softmax":
            return _softmax(args[0], parameter)
        case "einsum":
            value = np.einsum(parameter, *columns)
            return value[:, None] if value.ndim == 1 else value
    return FUNCTIONS[name](*args)


def assert_same(found: np.ndarray, truth: np.ndarray, *about: object) -> None:
    """Equal up to rounding; what else is given is told where they are not."""
    scale = 1e-9 * (1 + np.abs(truth).max(initial=0))
    is_same = found.shape == truth.shape and np.allclose(found, truth, rtol=1e-9, atol=scale)
    if not is_same:
        told = [text(item) if isinstance(item, Expr) else str(item) for item in about]
        raise AssertionError(f"{found} instead of {truth}: {' of '.join(told)}")


def fraction_text(counts: Mapping[str, int]) -> str:
    """'kronecker 81 %, index 19 %'"""
    whole = sum(counts.values()) or 1
    return ", ".join(f"{name} {100 * n / whole:.0f} %" for name, n in sorted(counts.items()))
