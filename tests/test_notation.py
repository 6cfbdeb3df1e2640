"""Notation beyond matrices: every form has the value of the tensor it was written for.

Tensors are drawn at random as index graphs with up to four free indices and evaluated by
numpy.einsum, which shares nothing with the reductions. "Exact, or refuse": a form may be
missing, but never wrong, and index notation is never missing.
"""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule import ops  # noqa: F401  (fills the table)
from chainrule.intern import postorder
from chainrule.notation import present
from chainrule.notation.index_form import to_index
from chainrule.notation.kronecker import to_kronecker
from chainrule.notation.parts import NoMatrixForm
from chainrule.notation.to_matrix import to_matrix
from chainrule.notation.write import Writer
from chainrule.printers.text import text
from chainrule.referee.arithmetic import FLOAT
from chainrule.referee.evaluate import evaluate
from chainrule.shapes import Dim
from chainrule.tensor.build import apply, basis, contract, delta, fuse, lower_ones, ones, variable
from chainrule.tensor.node import Kind, Operand, Tensor
from chainrule.tensor.terms import add_terms

SIZES = {"m": 2, "n": 3, "p": 4}
DIMS = [Dim.of(name) for name in SIZES]
COUNT = 400  # tensors of each kind; ten to a seed


# -- random tensors


def some_operand(source: random.Random, labels: list[int], dims: list[Dim]) -> Operand:
    """A vector, a matrix, a function of one, a δ or another constant, on random labels."""
    label = source.choice(labels)
    other = source.choice(labels)
    dim, its = dims[label], dims[other]
    match source.randrange(10):
        case 0:
            return variable(f"v{dim}{source.randrange(2)}", (dim,)), (label,)
        case 1 if dim == its and label != other:
            return delta(dim), (label, other)
        case 2 if dim == its:
            symmetric = variable(f"S{dim}", (dim, dim), ["symmetric"])
            return symmetric, (label, other)
        case 3 if dim == its:
            return lower_ones(dim), (label, other)
        case 4:
            return basis(dim, 2), (label,)
        case 5:
            return apply("exp", variable(f"E{dim}{its}", (dim, its))), (label, other)
        case 6 if len(labels) > 2 and label != other:
            fused = dim * its
            return contract(
                1,
                [(variable(f"f{fused}", (fused,)), (0,)), (fuse(dim, its), (0, 1, 2))],
                (1, 2),
            ), (label, other)
    return variable(f"M{dim}{its}{source.randrange(2)}", (dim, its)), (label, other)


def some_product(source: random.Random, free: list[Dim]) -> Tensor:
    summed = [source.choice(DIMS) for _ in range(source.randrange(0 if free else 1, 4))]
    dims = [*free, *summed]
    labels = list(range(len(dims)))
    operands = [some_operand(source, labels, dims) for _ in range(source.randrange(1, 7))]
    used = {label for _, own in operands for label in own}
    operands += [(ones(dims[x]), (x,)) for x in range(len(free)) if x not in used]
    coefficient = source.choice([1, -1, 2, -3])
    return contract(coefficient, operands, tuple(range(len(free))))


def some_tensor(source: random.Random, axes: int) -> Tensor:
    free = [source.choice(DIMS) for _ in range(axes)]
    return add_terms([some_product(source, free) for _ in range(source.choice([1, 1, 2, 3]))])


def seeds(axes: tuple[int, ...]) -> list[tuple[int, int]]:
    return list(product(axes, range(COUNT // 10)))


# -- their values


def size_of(dim: Dim) -> int:
    return dim.value(SIZES)


def values_of(tensor: Tensor) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for node in postorder([tensor]):
        if node.kind is Kind.VARIABLE:
            name = node.data[0]
            source = np.random.default_rng(sum(map(ord, name)))
            value = source.normal(size=[size_of(dim) for dim in node.axes])
            found[name] = value + value.T if "symmetric" in node.data[1] else value
    return found


def fused_array(major: int, minor: int) -> np.ndarray:
    return np.eye(major * minor).reshape(major * minor, major, minor)


def value_of(tensor: Tensor, values: dict[str, np.ndarray]) -> np.ndarray:
    """What index form means, by numpy.einsum."""
    done: dict[Tensor, Any] = {}
    for node in postorder([tensor]):
        args = [done[arg] for arg in node.args]
        counts = [size_of(dim) for dim in node.axes]
        match node.kind:
            case Kind.VARIABLE:
                done[node] = values[node.data[0]]
            case Kind.NUMBER:
                done[node] = float(node.data[0])
            case Kind.SIZE:
                done[node] = float(size_of(node.data[0]))
            case Kind.DELTA:
                done[node] = np.eye(counts[0])
            case Kind.ONES:
                done[node] = np.ones(counts)
            case Kind.BASIS:
                done[node] = np.eye(counts[0])[node.data[0].value(SIZES) - 1]
            case Kind.LOWER:
                done[node] = np.tri(counts[0])
            case Kind.FUSE:
                done[node] = fused_array(counts[1], counts[2])
            case Kind.CONTRACT:
                coefficient, labels, free = node.data
                pairs = [x for arg, own in zip(args, labels, strict=True) for x in (arg, own)]
                done[node] = float(coefficient) * np.einsum(*pairs, list(range(free)))
            case Kind.SUM:
                done[node] = sum(args, np.zeros(counts))
            case Kind.POWER:
                done[node] = args[0] ** args[1]
            case Kind.APPLY:
                assert node.data[0] == "exp"
                done[node] = np.exp(args[0])
    return np.asarray(done[tensor])


def shown(expr: Any, values: dict[str, np.ndarray]) -> np.ndarray:
    listed = {name: value.tolist() for name, value in values.items()}
    return np.array(evaluate(expr, FLOAT, listed, SIZES), dtype=float)


def arranged(truth: np.ndarray, rows: tuple[int, ...], columns: tuple[int, ...]) -> np.ndarray:
    height = int(np.prod([truth.shape[axis] for axis in rows]))
    return truth.transpose([*rows, *columns]).reshape(height, -1)


def assert_same(found: np.ndarray, truth: np.ndarray) -> None:
    assert found.shape == truth.shape
    np.testing.assert_allclose(found, truth, rtol=1e-9, atol=1e-9 * (1 + np.abs(truth).max()))


# -- properties


@pytest.mark.parametrize(("axes", "seed"), seeds((0, 1, 2)))
def test_matrix_notation_is_exact_or_refused(axes: int, seed: int) -> None:
    source = random.Random(f"matrix {axes} {seed}")
    for _ in range(10):
        tensor = some_tensor(source, axes)
        values = values_of(tensor)
        try:
            expr = to_matrix(tensor)
        except NoMatrixForm:
            continue
        assert_same(shown(expr, values), value_of(tensor, values))


SPLITS = [
    ((1, 0), (2,)),
    ((0,), (2, 1)),
    ((0, 1), (2,)),
    ((1, 0), (3, 2)),
    ((0, 1), (2, 3)),
    ((2, 0), (1, 3)),
]


@pytest.mark.parametrize(("split", "seed"), list(product(SPLITS, range(COUNT // 10))))
def test_kronecker_notation_is_exact_or_refused(
    split: tuple[tuple[int, ...], tuple[int, ...]], seed: int
) -> None:
    rows, columns = split
    source = random.Random(f"kronecker {split} {seed}")
    for _ in range(10):
        tensor = some_tensor(source, len(rows) + len(columns))
        values = values_of(tensor)
        try:
            expr = to_kronecker(tensor, rows, columns, Writer())
        except NoMatrixForm:
            continue
        assert_same(shown(expr, values), arranged(value_of(tensor, values), rows, columns))


def test_terms_of_terminals_alone_always_have_a_kronecker_form() -> None:
    """Without summed indices nothing can be in the way."""
    source = random.Random("terminals")
    for _ in range(COUNT):
        dims = [source.choice(DIMS) for _ in range(4)]
        pairs = [source.sample(range(4), 2) for _ in range(source.randrange(1, 6))]
        operands: list[Operand] = [
            (variable(f"M{dims[i]}{dims[j]}", (dims[i], dims[j])), (i, j)) for i, j in pairs
        ]
        operands += [(variable(f"v{dims[k]}", (dims[k],)), (k,)) for k in range(4)]
        tensor = contract(1, operands, (0, 1, 2, 3))
        values = values_of(tensor)
        expr = to_kronecker(tensor, (1, 0), (3, 2), Writer())
        assert_same(shown(expr, values), arranged(value_of(tensor, values), (1, 0), (3, 2)))


@pytest.mark.parametrize(("axes", "seed"), seeds((0, 1, 2, 3, 4)))
def test_index_notation_is_always_there_and_exact(axes: int, seed: int) -> None:
    source = random.Random(f"index {axes} {seed}")
    for _ in range(10):
        tensor = some_tensor(source, axes)
        values = values_of(tensor)
        assert_same(shown(to_index(tensor, Writer()), values), value_of(tensor, values))


@pytest.mark.parametrize(("expr_axes", "wrt_axes"), [(1, 2), (2, 1), (2, 2)])
def test_the_differential_is_the_derivative_applied_to_a_step(
    expr_axes: int, wrt_axes: int
) -> None:
    source = random.Random(f"differential {expr_axes} {wrt_axes}")
    found = 0
    for _ in range(COUNT):
        tensor = some_tensor(source, expr_axes + wrt_axes)
        wrt = variable("X", tensor.axes[expr_axes:])
        presented = present(tensor, expr_axes, wrt, 1)
        if presented.differential is None:
            continue
        name, expr = presented.differential
        assert name.startswith("d")
        values = values_of(tensor)
        step = np.random.default_rng(7).normal(size=[size_of(dim) for dim in wrt.axes])
        truth = np.tensordot(value_of(tensor, values), step, axes=wrt_axes)
        assert_same(shown(expr, {**values, "dX": step}), truth)
        found += 1
    assert found > COUNT / 2


# -- what people expect to read


EXAMPLES = [
    ("inv(X)", "X", 1, "-kron(inv(X)', inv(X))", "-inv(X)*dX*inv(X)"),
    ("A*X*B", "X", 1, "kron(B', A)", "A*dX*B"),
    ("X'*X", "X", 1, "kron(X', eye(n))*commutation(m, n) + kron(eye(n), X')", "X'*dX + dX'*X"),
    ("X.*X", "X", 1, "2*diag(vec(X))", "2*X.*dX"),
    ("X", "X", 1, "eye(m*n)", "dX"),
    ("X'", "X", 1, "commutation(m, n)", "dX'"),
    ("tr(A*X)*X", "X", 1, "vec(X)*vec(A')' + tr(X*A)*eye(m*n)", "tr(A*dX)*X + tr(X*A)*dX"),
    ("vec(A*X*B)", "X", 1, "kron(B', A)", "vec(A*dX*B)"),
    ("norm2(T - U*V')^2", "U", 2, "2*kron(V'*V, eye(m))", "2*dU*V'*V"),
    ("tanh(A*X)", "X", 1, "diag(vec(1 - tanh(A*X).^2))*kron(eye(p), A)", None),
]


@pytest.mark.parametrize(("expr", "wrt", "order", "expected", "differential"), EXAMPLES)
def test_known_forms(
    expr: str, wrt: str, order: int, expected: str, differential: str | None
) -> None:
    presented = chainrule.derive(expr, wrt=wrt, order=order).solution.presented
    assert presented.notation == "kronecker"
    assert text(presented.expr) == expected
    if differential is not None:
        assert presented.differential is not None
        assert text(presented.differential[1]) == differential


@pytest.mark.parametrize(
    ("expr", "wrt", "expected"),
    [
        ("sum(log(sum(kron(M, vector(1, d))'.*L, 0)))", "L",
         "M'*kron(eye(K), vector(1, d))'*diag(1./sum((M*L).*kron(eye(K), vector(1, d))', 0))"),
        ("sum(exp(sum(kron(M, w)'.*L, 0)))", "L",
         "M'*kron(eye(K), w)'*diag(exp(sum((M*L).*kron(eye(K), w)', 0)))"),
    ],
)  # fmt: skip
def test_half_of_a_fusion_is_one_kronecker_product(expr: str, wrt: str, expected: str) -> None:
    shapes = {"M": ["K", "d"], "L": ["d", "K*d"], "w": ["d"]}
    let = {name: shape for name, shape in shapes.items() if name in expr.replace("vector", "")}
    result = chainrule.derive(expr, wrt, let=let)
    assert result.result == expected


@pytest.mark.parametrize(
    ("expr", "wrt", "order"),
    [("softmax(Q*K'/sqrt(3), 1)*V", "Q", 1), ("sin(A*x)", "x", 2), ("tr(X^3)", "X", 3)],
)
def test_the_rest_is_written_with_indices(expr: str, wrt: str, order: int) -> None:
    result = chainrule.derive(expr, wrt=wrt, order=order)
    presented = result.solution.presented
    assert presented.notation == "index"
    assert presented.arrangement is None
    assert presented.reason
    assert (presented.differential is None) is (expr == "tr(X^3)")
    assert result.check.passed
    assert result.check.verdict in ("exact", "numeric")


@pytest.mark.parametrize(
    ("expr", "wrt"),
    [
        ("softmax(X,1)", "X"), ("softmax(X,0)", "X"), ("softmax(Q*K',1)*V", "Q"), ("exp(X)", "X"),
        ("sum(X.*X,1)", "X"), ("logsumexp(X,1)", "X"), ("tanh(X*W)", "X"), ("A*X", "X"),
        ("X'", "X"),
    ],
)  # fmt: skip
def test_a_block_is_the_derivative_at_one_place(expr: str, wrt: str) -> None:
    """Block i is what generated code gives at row i by row i; everything else is zero."""
    solution = chainrule.derive(expr, wrt).solution
    family = solution.family
    assert family is not None
    random_ = np.random.default_rng(5)
    sizes = {
        name: 3 + place
        for place, name in enumerate(
            sorted(
                solution.expr.shape[0].names
                | {
                    n
                    for v in solution.understood.variables.values()
                    for d in v.shape
                    for n in d.names
                }
            )
        )
    }
    values = {
        name: random_.normal(size=[d.value(sizes) for d in v.shape])
        for name, v in solution.understood.variables.items()
    }
    space: dict[str, Any] = {}
    exec(chainrule.derive(expr, wrt).code("numpy"), space)
    whole = np.moveaxis(
        space["derivative"](**values), (family.of, len(solution.expr.shape) + family.by), (0, 1)
    )
    plain = {name: value.tolist() for name, value in values.items()}
    for place in range(len(whole)):
        found = evaluate(family.block, FLOAT, plain, {**sizes, family.name: place + 1})
        assert np.allclose(found, whole[place, place], atol=1e-12)
        assert not np.any(np.delete(whole[place], place, axis=0))


def test_a_row_of_a_matrix_does_not_open_sums() -> None:
    """The unit vector in M[1,:] meets nothing outside, so X - M[1,:] stays one factor."""
    shapes = {"X": ["N", "d"], "M": ["K", "d"]}
    result = chainrule.derive("sum(exp(sum((X - M[1,:]').^2, 1)))", "M", let=shapes)
    residual = "(X - vector(1, N)*M[1,:]')"
    assert result.result == f"-2*unit(1, K)*exp(sum({residual}.^2, 1))'*{residual}"
