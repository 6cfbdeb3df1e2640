"""The reference evaluator against NumPy, exact arithmetic, and depth."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from operator import mul
from random import Random
from typing import Any

import numpy as np
import pytest

from chainrule.expr import build
from chainrule.expr.call import call
from chainrule.expr.node import Expr
from chainrule.op import OPS
from chainrule.parse.understand import understand
from chainrule.referee.arithmetic import FLOAT, NotRational
from chainrule.referee.evaluate import Evaluator, evaluate
from chainrule.referee.field import FIELD, RATIONAL, Residue
from chainrule.shapes import Dim, shape_of

SIZES = {"m": 3, "n": 4}
SHAPES = {
    "A": ["m", "n"], "B": ["m", "n"], "S": ["n", "n"], "x": ["n"], "z": ["n"], "b": ["m"],
    "s": [], "t": [],
}  # fmt: skip


def point(seed: int = 1) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {
        name: random.normal(size=tuple(SIZES[d] for d in shape)) for name, shape in SHAPES.items()
    }


# What people write, and what it means in NumPy (a column-stacked vec is order "F").
MEANINGS = [
    ("A*x - b", "A @ x - b"),
    ("x'*A'", "x @ A.T"),
    ("x'*z", "x @ z"),
    ("x*b'", "np.outer(x, b)"),
    ("x'*z*A", "(x @ z) * A"),
    ("b'*A*S*x", "b @ A @ S @ x"),
    ("s*x'*S*t", "s * t * (x @ S)"),
    ("A .* B + 1", "A * B + 1"),
    ("s - A", "s - A"),
    ("x./z", "x / z"),
    ("A/s", "A / s"),
    ("x.^3 - 2*x.^-1", "x**3 - 2 / x"),
    ("S^3", "S @ S @ S"),
    ("inv(S)", "np.linalg.inv(S)"),
    ("S^-2", "np.linalg.inv(S @ S)"),
    ("det(S)", "np.linalg.det(S)"),
    ("adj(S)", "np.linalg.det(S) * np.linalg.inv(S)"),
    ("pinv(A)", "np.linalg.pinv(A)"),
    ("tr(S)", "np.trace(S)"),
    ("diag(x)", "np.diag(x)"),
    ("diag(S)", "np.diag(S)"),
    ("vec(A)", "A.reshape(-1, order='F')"),
    ("kron(A, S)", "np.kron(A, S)"),
    ("outer(b, x)", "np.outer(b, x)"),
    ("sum(A, 0)", "A.sum(axis=0)"),
    ("mean(A, 1)", "A.mean(axis=1)"),
    ("norm2(A)", "np.linalg.norm(A)"),
    ("norm1(x)", "np.abs(x).sum()"),
    ("softmax(A, 1)", "np.exp(A) / np.exp(A).sum(axis=1, keepdims=True)"),
    ("softmax(A, 0)", "np.exp(A) / np.exp(A).sum(axis=0)"),
    ("logsumexp(x)", "np.log(np.exp(x).sum())"),
    ("cumsum(x)", "np.cumsum(x)"),
    ("prod(x)", "np.prod(x)"),
    ("A[2,3]", "A[1, 2]"),
    ("A[2,:]", "A[1]"),
    ("A[:,3]", "A[:, 2]"),
    ("x[4]", "x[3]"),
    ("[s, t, s*t]", "np.array([s, t, s * t])"),
    ("max(x, z)", "np.maximum(x, z)"),
    ("where(x > z, x, s)", "np.where(x > z, x, s)"),
    ("abs(x) + sign(x) + relu(x)", "np.abs(x) + np.sign(x) + np.maximum(x, 0)"),
    ("tanh(x) + sigmoid(x)", "np.tanh(x) + 1 / (1 + np.exp(-x))"),
    ("S - s*eye(n)", "S - s * np.eye(4)"),
    ("vector(s, n) + x", "s + x"),
    ("u = A*x; u'*u", "(A @ x) @ (A @ x)"),
]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS)
def test_text_means_what_numpy_computes(text: str, meaning: str) -> None:
    values = point()
    expr = understand(text, SHAPES).expr
    found = evaluate(expr, FLOAT, {k: v.tolist() for k, v in values.items()}, SIZES)
    code = compile(meaning, "<meaning>", "eval")
    expected = eval(code, {"np": np, **values})  # the table above, nothing from outside
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)


def test_every_op_has_a_value() -> None:
    """Each entry of the table can be evaluated on arguments of its own signature."""
    random, sizes = Random(3), {"m": 2, "n": 3, "p": 4, "q": 5, "m*n": 6, "i": 2}
    parameters: dict[str, Any] = {"matpow": 2, "named_power": 2, "function": "g"}
    parameters |= {"dmatpow": 2, "d2matpow": 2, "d3matpow": 2}
    for op in OPS.values():
        if op.name == "einsum":  # takes its shapes from its parameter
            continue
        sizes["n"] = 2 if op.name[1:2] in "23" else 3
        signature = next(iter(op.signatures.values()))[0] if op.signatures else None
        inputs = signature.inputs if signature else ((),) * op.arity
        shapes = [tuple(reduce(mul, map(Dim.of, d.split("*"))) for d in dims) for dims in inputs]
        args = [build.variable(f"v{i}", shape) for i, shape in enumerate(shapes)]
        values = {f"v{i}": _draw(random, [sizes[d] for d in dims]) for i, dims in enumerate(inputs)}
        if op.name in ("sqrtm", "dsqrtm"):
            values = {"v0": [[4.0, 1.0, 0.5], [1.0, 5.0, 0.0], [0.5, 0.0, 3.0]]}
        parameter = parameters.get(op.name)
        expr = call(op.name, *args, parameter=parameter, sizes=tuple(map(Dim.of, op.sizes)))
        found = np.array(evaluate(expr, FLOAT, values, sizes), dtype=float)
        assert found.shape == tuple(dim.value(sizes) for dim in expr.shape), op.name


def _draw(random: Random, counts: list[int]) -> Any:
    if not counts:
        return random.uniform(0.1, 0.9)
    return [_draw(random, counts[1:]) for _ in range(counts[0])]


def test_constant_exponents_are_exact() -> None:
    x = build.variable("x")
    exponent = build.divide(build.size(Dim.of("n")), build.number(2))  # n/2 = 2
    squared = build.power(x, exponent)
    assert evaluate(squared, FIELD, {"x": Residue(7)}, SIZES) == 49
    assert evaluate(squared, FLOAT, {"x": -3.0}, SIZES) == 9.0
    with pytest.raises(NotRational):
        evaluate(build.power(x, exponent), FIELD, {"x": Residue(7)}, {"n": 3})


def test_huge_constants_stay_small() -> None:
    tower = build.number(3)
    for _ in range(64):
        tower = build.multiply(tower, tower)
    value = Evaluator(FIELD, {}, {}).value(tower)
    assert value == pow(3, 2**64, 2**61 - 1)
    assert evaluate(build.power(build.number(10), tower), FLOAT, {}, {}) == float("inf")


def test_derivative_symbols_are_looked_up_by_their_data() -> None:
    symbol = build.derivative("y", "x", True, shape_of("n"))
    row = build.transpose(symbol)
    x = build.variable("x", shape_of("n"))
    values = {("y", "x", True, 1): [1.0, 2.0, 3.0, 4.0], "x": [1.0, 1.0, 1.0, 2.0]}
    assert evaluate(build.multiply(row, x), FLOAT, values, SIZES) == 14.0


def test_depth_does_not_matter_and_sharing_is_used() -> None:
    deep: Expr = build.variable("x")
    for _ in range(10_000):
        deep = build.add(deep, build.number(1))
    assert evaluate(deep, RATIONAL, {"x": Fraction(1, 2)}, {}) == Fraction(20_001, 2)
    shared: Expr = build.variable("x")
    for _ in range(200):  # 2^200 paths
        shared = build.add(shared, shared)
    assert evaluate(shared, RATIONAL, {"x": Fraction(1)}, {}) == 2**200
