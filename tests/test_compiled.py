"""Compiled derivatives: several at once, the arrays' own type, large arguments, operators."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.errors import ProblemError
from chainrule.referee.sample import sizes_for
from corpus import RECORDS, Record, error
from fuzz.generate import random_problem
from test_fuzz import derived
from test_ops import sample_values

SCIPY = pytest.importorskip("scipy.sparse.linalg")

RANDOM = np.random.default_rng(20)
M, N, K = 5, 4, 3
POINT = {
    "X": RANDOM.standard_normal((M, N)),
    "y": np.sign(RANDOM.standard_normal(M)),
    "w": RANDOM.standard_normal(N),
    "c": 0.5,
    "T": RANDOM.standard_normal((M, N)),
    "U": RANDOM.standard_normal((M, K)),
    "V": RANDOM.standard_normal((N, K)),
    "A": RANDOM.standard_normal((N, N)),
    "x": RANDOM.standard_normal(N),
    "B": RANDOM.standard_normal((N, N)),
}
LOGISTIC = "sum(log(exp(-y.*(X*w)) + 1)) + c*norm2(w)^2"
PROBLEMS = [
    (LOGISTIC, "w", 2),
    ("norm2(T - U*V')^2", "U", 2),
    ("softmax(X, 1)*A", "X", 1),
    ("tanh(X*w)", "w", 1),
    ("softmax(X, 1)*V", "X", 1),
    ("A'", "A", 1),
    ("exp(A')*diag(x)", "A", 1),
    ("A'*diag(x)*A", "A", 1),
    ("sum(exp(x).*x)", "x", 2),
    ("logdet(A'*A)", "A", 2),
    ("inv(A)*x", "A", 1),
    ("2*x", "x", 1),
    ("A*B*exp(A)", "B", 1),
    ("x'*x*(A*B*A)", "B", 1),
    ("softmax(x)", "x", 1),
    ("logsumexp(x)", "x", 2),
    ("norm2(x)^3", "x", 2),
    ("sum(x.^4)*sum(exp(x))", "x", 2),
    ("log(tr(B'*B))", "B", 2),
    ("exp(x[2])", "x", 1),
]
LET = {"X": ["m", "n"], "y": ["m"], "w": ["n"], "c": [], "T": ["m", "n"], "U": ["m", "k"],
       "V": ["n", "k"], "A": ["n", "n"], "x": ["n"], "B": ["n", "n"]}  # fmt: skip
STRUCTURES = {"norm2(T - U*V')^2": "block-diagonal", "softmax(X, 1)*A": "block-diagonal",
              "softmax(X, 1)*V": "block-diagonal", "A'": "permuted diagonal",
              "exp(A')*diag(x)": "permuted diagonal",
              "sum(exp(x).*x)": "diagonal", "2*x": "diagonal",
              "A*B*exp(A)": "Kronecker product", "x'*x*(A*B*A)": "Kronecker product",
              "softmax(x)": "diagonal plus low rank", "logsumexp(x)": "diagonal plus low rank",
              "norm2(x)^3": "diagonal plus low rank",
              "sum(x.^4)*sum(exp(x))": "diagonal plus low rank",
              "log(tr(B'*B))": "diagonal plus low rank"}  # fmt: skip


def solved(expr: str, wrt: str, order: int) -> tuple[Any, dict[str, Any]]:
    result = chainrule.derive(expr, wrt=wrt, order=order, let=LET, check=False)
    return result, {name: POINT[name] for name in result.solution.understood.variables}


@pytest.mark.parametrize(("expr", "wrt", "order"), PROBLEMS)
def test_several_orders_at_once_are_those_one_by_one(expr: str, wrt: str, order: int) -> None:
    result, point = solved(expr, wrt, order)
    together = result.compile(orders=range(order + 1))(**point)
    assert len(together) == order + 1
    for k in range(1, order + 1):
        alone = solved(expr, wrt, k)[0].compile()(**point)
        assert error(together[k], alone) < 1e-12
    value, derivative = result.value_and_derivative()(**point)
    assert error(value, together[0]) < 1e-12
    assert error(derivative, together[order]) < 1e-12


def test_what_the_value_and_its_derivatives_share_is_computed_once() -> None:
    source = solved(LOGISTIC, "w", 2)[0].code(orders=(0, 1, 2))
    assert source.count("X @ w") == 1


@pytest.mark.parametrize("record", RECORDS[::5], ids=lambda record: record.id)
def test_code_keeps_the_type_of_the_arrays(record: Record) -> None:
    """And in single precision computes what it computes in double precision."""
    function = chainrule.derive(**record.problem, check=False).compile()
    single = {name: np.asarray(x, dtype=np.float32) for name, x in record.point.items()}
    sizes = {k: v for k, v in record.sizes.items() if k not in single}
    with np.errstate(all="ignore"):
        found = function(**single, **sizes)
        double = function(**{name: x.astype(float) for name, x in single.items()}, **sizes)
    assert found.dtype == np.float32
    assert found.shape == record.derivative.shape
    assert error(found, double) < 1e-4


@pytest.mark.parametrize("record", RECORDS[::3], ids=lambda record: record.id)
def test_results_are_the_callers_own(record: Record) -> None:
    """No two of them share memory, nor any with an argument, given or fixed."""
    result = chainrule.derive(**record.problem, check=False)
    given = {name: np.array(x) for name, x in record.point.items()}
    sizes = {name: size for name, size in record.sizes.items() if name not in given}
    orders = range(record.order + 1)
    with np.errstate(all="ignore"):
        arrays = list(result.compile(orders=orders)(**given, **sizes))
        assert_nothing_is_shared(arrays, given)
        fixed = {name: x for name, x in given.items() if name != record.wrt}
        function = result.compile(orders=orders, fixed=fixed)
        arrays = [x for _ in range(2) for x in function(**{record.wrt: given[record.wrt]}, **sizes)]
        assert_nothing_is_shared(arrays, given)


def test_equal_results_are_not_the_same_array() -> None:
    result = chainrule.derive("exp(x + t)", "t", 2, let={"x": ["n"], "t": []}, check=False)
    given = {"x": np.ones(3), "t": np.array(2.0)}
    arrays = list(result.compile(orders=(0, 1, 2))(**given))
    assert [error(found, arrays[0]) for found in arrays] == [0, 0, 0]
    assert_nothing_is_shared(arrays, given)


@pytest.mark.parametrize("expr", ["tr(A^k)", "a*A^k", "a^2*A^k + a*A", "a*tr(A^k*B)"])
@pytest.mark.parametrize("wrt", ["a", "A"])
@pytest.mark.parametrize("k", [0, 1, 2, 3])
def test_a_power_is_never_the_matrix_itself(expr: str, wrt: str, k: int) -> None:
    """Where the exponent of the derivative is 1: what is written into it changed A."""
    if wrt not in expr:
        return
    given = {"a": np.array(2.0), "A": POINT["A"].copy(), "B": POINT["B"].copy()}
    given = {name: x for name, x in given.items() if name in expr}
    result = chainrule.derive(expr, wrt, let={"a": [], "A": ["n", "n"]})
    results = list(result.compile(orders=(0, 1))(**given, k=k))
    assert_nothing_is_shared(results, given)
    again = result.compile(orders=(0, 1))(**given, k=k)
    assert [error(a, b) for a, b in zip(results, again, strict=True)] == [0, 0]
    assert "A" not in given or (given["A"] == POINT["A"]).all()


@pytest.mark.parametrize("k", [-2, -1, 0, 1, 2, 3])
def test_powers_below_one(k: int) -> None:
    """dX^k = Σ X^r dX X^(k-1-r), and for k < 0 by the powers of the inverse."""
    found = chainrule.derive("A^k", "A", check=False).compile()(A=POINT["A"], k=k)
    base, n = (POINT["A"] if k > 0 else np.linalg.inv(POINT["A"])), abs(k)
    power = np.linalg.matrix_power
    shift = 0 if k > 0 else 1  # d inv(X) = -inv(X) dX inv(X)
    terms = [
        np.einsum("ij,kl->iljk", power(base, r + shift), power(base, n - 1 - r + shift))
        for r in range(n)
    ]
    truth = (1 if k > 0 else -1) * sum(terms, np.zeros((N,) * 4))
    assert error(found, truth) < 1e-10


def assert_nothing_is_shared(results: list[np.ndarray], given: dict[str, np.ndarray]) -> None:
    assert not [
        name for name, x in given.items() for found in results if np.shares_memory(x, found)
    ]
    assert not any(np.shares_memory(a, b) for a, b in itertools.combinations(results, 2))


@pytest.mark.parametrize(
    ("expr", "at", "value"),
    [
        ("log(1 + exp(t))", 1000.0, 1000.0),
        ("log(exp(t) + 1)", -1000.0, 0.0),
        ("log(sigmoid(t))", -1000.0, -1000.0),
        ("log(sum(exp(t*v)))", 1000.0, 2000.0),
        ("sum(softmax(t*v).*v)", 1000.0, 2.0),
    ],
)
def test_large_arguments_do_not_overflow(expr: str, at: float, value: float) -> None:
    with np.errstate(over="raise", invalid="raise"):
        function = chainrule.derive(expr, wrt="t", let={"v": ["k"]}, check=False).compile(
            orders=(0, 1)
        )
        found, slope = function(t=at, v=np.array([1.0, 2.0]))
    assert abs(found - value) <= 1e-9 * max(1, abs(value))
    assert np.isfinite(slope)


@pytest.mark.parametrize(("expr", "wrt", "order"), PROBLEMS)
def test_an_operator_is_the_matrix_it_stands_for(expr: str, wrt: str, order: int) -> None:
    result, point = solved(expr, wrt, order)
    operator = result.operator(**point)
    dense = operator.todense()
    assert dense.shape == operator.shape
    assert error(dense.reshape(-1), result.compile()(**point).reshape(-1)) < 1e-12
    right, left = RANDOM.standard_normal(dense.shape[1]), RANDOM.standard_normal(dense.shape[0])
    assert error(operator.matvec(right), dense @ right) < 1e-10
    assert error(operator.rmatvec(left), dense.T @ left) < 1e-10
    assert operator.structure == STRUCTURES.get(expr, "dense")
    if dense.shape[0] == dense.shape[1] and np.linalg.cond(dense) < 1e6:
        assert error(operator.diagonal(), np.diag(dense)) < 1e-10
        assert error(dense @ operator.solve(left), left) < 1e-8
    wrapped = SCIPY.aslinearoperator(operator)
    assert error(wrapped @ right, dense @ right) < 1e-10


@pytest.mark.parametrize(
    ("expr", "let", "closed"),
    [
        ("tr(X'*X*X'*X)", {"X": ["m", "n"]}, lambda X: 4 * X @ X.T @ X),
        (
            "tr(A*X*B*X'*C)",
            {"A": ["m", "n"], "X": ["n", "p"], "B": ["p", "p"], "C": ["n", "m"]},
            lambda A, X, B, C: A.T @ C.T @ X @ B.T + C @ A @ X @ B,
        ),
    ],
)
def test_the_way_with_the_least_work_is_taken(expr: str, let: Any, closed: Any) -> None:
    """Every way is right, and each is taken where its work is least."""
    result = chainrule.derive(expr, "X", let=let)
    source = result.code()
    function, taken = result.compile(), set()
    names = sorted({size for shape in let.values() for size in shape})
    for sizes in itertools.product((2, 40), repeat=len(names)):
        size = dict(zip(names, sizes, strict=True))
        arrays = {k: RANDOM.standard_normal([size[x] for x in shape]) for k, shape in let.items()}
        assert error(function(**arrays).reshape(-1), closed(**arrays).reshape(-1)) < 1e-12
        (works,) = re.findall(r"t0 = \[(.*)\]", source)
        works = [eval(work, {}, size) for work in works.split(",")]
        taken.add(works.index(min(works)))
    assert taken == {0, 1}
    assert "t0" not in result.code(sizes=dict.fromkeys(names, 50))


@pytest.mark.parametrize(("expr", "wrt", "order"), PROBLEMS)
def test_a_result_can_be_written_into_an_earlier_one(expr: str, wrt: str, order: int) -> None:
    result, point = solved(expr, wrt, order)
    function, plain = result.compile(out=True), result.compile()
    out = function(**point)
    other = {name: x * 0.7 if name != "y" else x for name, x in point.items()}
    assert function(out=out, **other) is out
    np.testing.assert_array_equal(out, plain(**other))


def test_out_fits_or_is_refused() -> None:
    function = chainrule.derive("norm2(T - U*V')^2", "U", 2, let=LET).compile(out=True)
    point = {name: POINT[name] for name in "TUV"}
    with pytest.raises(ValueError, match="out needs the shape"):
        function(out=np.zeros((1, M, K, M, K)), **point)
    with pytest.raises(ValueError, match="out needs the shape"):
        chainrule.derive("A*x + exp(x)", "x").compile(out=True)(out=np.zeros((1, N)), **POINT)
    result = chainrule.derive("out*x", "x", let={"out": []})
    with pytest.raises(ProblemError, match="name in this problem"):
        result.compile(out=True)
    with pytest.raises(ProblemError, match="one derivative"):
        chainrule.derive("x'*x").code("jax", out=True)


def test_blocks_that_are_all_alike_are_stored_once() -> None:
    result, point = solved("norm2(T - U*V')^2", "U", 2)
    assert result.operator(**point).core.shape == (K, K)


@pytest.mark.parametrize("seed", range(3000, 3050))
def test_random_problems_in_every_way(seed: int) -> None:
    """For other sizes, into an earlier result, several orders at once, as an operator: the same."""
    problem = random_problem(seed)
    result = derived(problem, check=False)
    expr, variables = result.solution.expr, dict(result.solution.understood.variables)
    sizes = sizes_for([expr], turn=seed % 2)
    first, second = (
        {name: np.array(value, dtype=float) for name, value in point.items()}
        for point in (sample_values(expr, variables, sizes, start) for start in (0, 20))
    )
    plain = result.compile()
    truth, other = plain(**first, **sizes), plain(**second, **sizes)
    elsewhere = result.compile(sizes={name: 1000 for name in sizes})
    assert error(elsewhere(**first, **sizes), truth) < 1e-8
    orders = tuple(range(problem.order + 1))
    assert error(result.compile(orders=orders)(**first, **sizes)[-1], truth) < 1e-8
    reusing = result.compile(out=True)
    out = np.asarray(reusing(**first, **sizes))
    assert error(out, truth) < 1e-8
    if out.ndim:
        assert error(reusing(**second, **sizes, out=out), other) < 1e-8
    operator = result.operator(**first, **sizes)
    dense = operator.todense()
    assert error(dense.reshape(-1), np.reshape(truth, -1)) < 1e-8
    right, left = (RANDOM.standard_normal(size) for size in reversed(dense.shape))
    assert error(operator.matvec(right), dense @ right) < 1e-8
    assert error(operator.rmatvec(left), dense.T @ left) < 1e-8


def test_a_solver_takes_an_operator_as_it_is() -> None:
    result, point = solved(LOGISTIC, "w", 2)
    operator, right = result.operator(**point), np.arange(1.0, N + 1)
    found, status = SCIPY.cg(operator, right, rtol=1e-10)
    assert status == 0
    assert error(operator.todense() @ found, right) < 1e-8


def test_an_operator_says_what_it_cannot() -> None:
    result, point = solved("tanh(X*w)", "w", 1)
    with pytest.raises(ProblemError, match="square"):
        result.operator(**point).diagonal()
    with pytest.raises(ProblemError, match="no inverse"):
        result.operator(**point).solve(np.ones(M))
    scaled = chainrule.derive("c*eye(k)", "c", check=False)
    assert scaled.operator(c=1.0, k=2).matvec([3.0]).tolist() == [3, 0, 0, 3]
    with pytest.raises(ProblemError, match="the size k is not known"):
        scaled.operator(c=1.0)
    with pytest.raises(ProblemError, match="the variable c has no value"):
        scaled.operator(k=2)
    large = chainrule.derive("sum(exp(x))", "x", 2, check=False).operator(x=np.zeros(20_000))
    with pytest.raises(ProblemError, match="dense matrix of 400000000 entries"):
        large.todense()
    assert large.matvec(np.ones(20_000)).sum() == 20_000
