"""How many arithmetic operations a program takes, as a polynomial in the sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add, mul

from ..intern import postorder
from ..shapes import Dim
from .arrays import Array, Step
from .joint import PART
from .price import is_gram

# Sixths of a cube of the side: inverse 2, determinant 2/3, Cholesky 1/3, by LAPACK's counts.
SIXTHS = {"inv": 12, "det": 4, "logdet": 4, "chol": 2, "factor": 2, "inverse_of": 4, "solve": 4}
LINEAR = frozenset({"softmax", "logsumexp", "argmax", "argmin", "largest", "smallest", "prod",
                    "norm2", "others", "logdet_of", "softmax_and_logsumexp",
                    "sigmoid_and_softplus"})  # fmt: skip
UNKNOWN_CUBE = 60  # singular values, functions of a matrix: ten cubes or so
MONOMIALS = 4  # that are shown; those of the highest degree say what matters


def flops_of(roots: Sequence[Array]) -> str:
    """About how many operations: 2*m*n + n; empty where there are none."""
    terms = sorted(sixths_of(roots).terms, key=lambda term: (-len(term[0]), term[0]))
    shown = [_monomial(names, -(-count // 6)) for names, count in terms[:MONOMIALS] if count > 0]
    return " + ".join(shown) + (" + ..." if len(terms) > MONOMIALS else "")


def sixths_of(roots: Sequence[Array]) -> Dim:
    """The same as a polynomial, in sixths of an operation."""
    return reduce(add, map(_sixths, postorder(roots)), Dim.of(0))


def _monomial(names: tuple[str, ...], count: int) -> str:
    powers = [
        name if names.count(name) == 1 else f"{name}^{names.count(name)}"
        for name in dict.fromkeys(names)
    ]
    return "*".join([str(count)] * (count != 1 or not names) + powers)


def _sixths(node: Array) -> Dim:
    entries = _product(node.axes)
    match node.step:
        case Step.PAIR:
            own, other, out = node.data
            dims = dict(zip((*own, *other), (*node.args[0].axes, *node.args[1].axes), strict=True))
            times = 12 if set(dims) - set(out) and not is_gram(node) else 6
            return _product(dims.values()) * Dim.of(times)
        case Step.REDUCE:
            return _product(node.args[0].axes) * Dim.of(6)
        case Step.SUM:
            return entries * Dim.of(6 * (len(node.args) - 1))
        case Step.POWER | Step.FUNCTION:
            return entries * Dim.of(6)
        case Step.CALL:
            return _call(node, entries)
    return Dim.of(0)


def _call(node: Array, entries: Dim) -> Dim:
    name = node.data[0]
    if name == PART:
        return Dim.of(0)
    whole = _product(node.args[0].axes)
    if name in LINEAR:
        return whole * Dim.of(24)
    side = node.args[0].axes[-1] if node.args[0].axes else Dim.of(1)
    solving = whole * _product(node.axes[1:]) * Dim.of(12) if "solve" in name else Dim.of(0)
    if name == "solve_of":
        return solving
    return whole * side * Dim.of(SIXTHS.get(name, UNKNOWN_CUBE)) + solving


def _product(dims: Iterable[Dim]) -> Dim:
    return reduce(mul, dims, Dim.of(1))
