"""Requests without a transport: numbers against JAX, what is understood, and refusals.

Then expressions from Python objects: what NumPy computes with numbers they say too, or refuse.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ProblemError
from chainrule.expr.build import number
from chainrule.faces.api import REQUESTS, answer
from chainrule.faces.schema import REQUESTS as DESCRIBED
from chainrule.faces.schema import schema
from corpus import RECORDS, Record, error

LIMIT = "limit"  # a Hessian of a deep network would take seconds
SIZEABLE = 2_000  # entries of a derivative that a test computes


def numbers(**body: Any) -> dict[str, Any]:
    found = answer("numbers", body)
    json.dumps(found, allow_nan=False)
    return found


@pytest.mark.parametrize("part", range(8))
def test_numbers_agree_with_jax(part: int) -> None:
    """All problems of the corpus, at the points where JAX computed the derivative."""
    records = [r for r in RECORDS[part::8] if r.derivative.size <= SIZEABLE]
    results = [at_its_point(record) for record in records]
    wrong = [(r.id, off) for r, off in zip(records, results, strict=True) if off not in (0, LIMIT)]
    assert not wrong, wrong[:3]
    assert results.count(0) > 100 and results.count(LIMIT) <= 1


def at_its_point(record: Record) -> Any:
    """What is wrong with the numbers; 0 for nothing."""
    found = numbers(
        expr=record.expr,
        wrt=record.wrt,
        order=record.order,
        let=record.let,
        assume=record.assume,
        sizes=record.sizes,
        values={name: value.tolist() for name, value in record.point.items()},
    )
    if not found["ok"]:
        return found["error"]["kind"]
    off = error(found["value"], record.value), error(found["derivative"], record.derivative)
    return off if max(off) > 1e-6 else 0


def test_what_is_left_out_is_chosen() -> None:
    found = numbers(expr="x'*A*x + log(c)", wrt="x", values={"x": [1, 2]})
    assert found["sizes"] == {"n": 2} and found["sampled"] == ["A", "c"]
    assert np.shape(found["values"]["A"]) == (2, 2) and found["values"]["c"] > 0
    a, x = np.array(found["values"]["A"]), np.array([1, 2])
    assert np.allclose(found["derivative"], (a + a.T) @ x)
    assert found["shape"] == [2] and found["axes"] == ["n"]
    again = numbers(expr="x'*A*x + log(c)", wrt="x", values=found["values"])
    assert again["derivative"] == found["derivative"] and again["sampled"] == []
    assert numbers(expr="x'*A*x", wrt="x", sizes={"n": 5})["shape"] == [5]


@pytest.mark.parametrize("symmetric", ["free", "projected", "unique"])
def test_symmetric_variables_vary_as_asked(symmetric: str) -> None:
    problem = {"expr": "a'*S*b", "wrt": "S", "assume": {"S": ["symmetric"]}, "symmetric": symmetric}
    found = numbers(**problem)
    a, b = (np.array(found["values"][name]) for name in "ab")
    free = np.outer(a, b)
    expected = {
        "free": free,
        "projected": (free + free.T) / 2,
        "unique": free + free.T - np.diag(np.diag(free)),
    }[symmetric]
    assert np.allclose(found["derivative"], expected)


@pytest.mark.parametrize(
    ("expr", "x", "value", "derivative"),
    [("1/x", 0, None, None), ("log(x)", -1, None, None), ("exp(x)", 1000, None, None),
     ("sqrt(x)", 0, 0.0, None), ("abs(x)", 0, 0.0, 0.0), ("x^2", 3, 9.0, 6.0)],
)  # fmt: skip
def test_what_is_not_finite_is_null(
    expr: str, x: float, value: float | None, derivative: float | None
) -> None:
    found = numbers(expr=expr, values={"x": x})
    if expr == "abs(x)":
        assert found["value"] == 0
    else:
        assert (found["value"], found["derivative"]) == (value, derivative)


SQUARE = {"let": {"X": ["n", "n"]}, "expr": "tr(X*X)", "wrt": "X"}


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ({"expr": "x'*y", "wrt": "x", "values": {"x": [1, 2], "y": [1, 2, 3]}}, "shape", "3"),
        ({"expr": "x'*x", "wrt": "x", "values": {"x": 1}}, "shape", "axes"),
        ({"expr": "x^2", "values": {"x": [1]}}, "shape", "axes"),
        ({**SQUARE, "values": {"X": [[1, 2], [3]]}}, "shape", "lengths"),
        ({**SQUARE, "values": {"X": [[1, 2]]}}, "shape", "n is 1"),
        ({**SQUARE, "values": {"X": []}}, "shape", "X"),
        ({**SQUARE, "values": {"X": [[1, "a"], [2, 3]]}}, "syntax", "'a'"),
        ({"expr": "x^2", "values": {"x": True}}, "syntax", "True"),
        ({"expr": "x^2", "values": {"x": None}}, "syntax", "None"),
        ({"expr": "x^2", "values": {"x": float("inf")}}, "limit", "double"),
        ({"expr": "x^2", "values": {"x": 10**400}}, "limit", "double"),
        ({"expr": "x^2", "values": {"z": 1}}, "name", "z"),
        ({"expr": "x^2", "values": [1]}, "syntax", "values"),
        ({**SQUARE, "sizes": {"n": 0}}, "limit", "n"),
        ({**SQUARE, "sizes": {"n": 10**9}}, "limit", "64"),
        ({**SQUARE, "sizes": {"n": True}}, "limit", "n"),
        ({"expr": "X*X", "wrt": "X", "sizes": {"n": 20}}, "limit", "entries"),
        ({"expr": "x[7]", "wrt": "x", "values": {"x": [1, 2]}}, "shape", "sizes"),
        ({"expr": "g(x)"}, "unsupported", "g"),
        ({**SQUARE, "assume": {"X": ["symmetric"]}, "values": {"X": [[1, 2], [3, 4]]}},
         "domain", "symmetric"),
        ({**SQUARE, "assume": {"X": ["diagonal"]}, "values": {"X": [[1, 2], [0, 4]]}},
         "domain", "diagonal"),
        ({"expr": "log(x)", "assume": {"x": ["positive"]}, "values": {"x": -1}},
         "domain", "positive"),
        ({"expr": "x*y", "values": {"x": 1}}, "name", "respect"),
        ({"expr": "x^2", "order": 99}, "limit", "order"),
        ({"expr": "x^2", "symmetric": "no"}, "name", "convention"),
    ],
)  # fmt: skip
def test_values_that_do_not_fit_are_refused(body: dict[str, Any], kind: str, said: str) -> None:
    found = numbers(**body)
    assert found["ok"] is False, found
    assert found["error"]["kind"] == kind and said in found["error"]["message"], found


def test_understanding_needs_no_derivative() -> None:
    body = {
        "expr": "sum(log(A*x + b))",
        "let": {"b": ["m"]},
        "assume": {"A": ["positive"]},
        "id": 1,
    }
    found = answer("understand", body)
    assert found["ok"] and found["id"] == 1 and found["expr"]["shape"] == []
    assert found["expr"]["latex"] and found["expr"]["text"] == "sum(log(A*x + b))"
    shown = {v["name"]: v for v in found["variables"]}
    assert shown["A"] == {
        "name": "A", "kind": "matrix", "shape": found["let"]["A"], "properties": ["positive"],
        "inferred": True,
    }  # fmt: skip
    assert shown["b"]["inferred"] is False and shown["x"]["kind"] == "vector"
    failed = answer("understand", {"expr": "x + "})
    assert failed["error"]["start"] is not None


def test_every_request_is_described() -> None:
    assert DESCRIBED.keys() | {"examples"} == REQUESTS.keys()
    for name in DESCRIBED:
        described = schema(name)
        assert all("description" in field for field in described["properties"].values())


# -- expressions from Python objects

x, y, s = cr.vector("x", "n"), cr.vector("y", "n"), cr.scalar("s")
A, B, C = cr.matrix("A", "n", "n"), cr.matrix("B", "n", "n"), cr.matrix("C", "m", "n")
NAMED = {"x": x, "y": y, "s": s, "A": A, "B": B, "C": C}
SHAPES = {"x": (3,), "y": (3,), "s": (), "A": (3, 3), "B": (3, 3), "C": (2, 3)}

SAME: list[Callable[..., Any]] = [
    lambda x, y: np.dot(x, y),
    lambda x, y: np.dot(x.T, y),
    lambda x, A: np.dot(A, x),
    lambda x, A: np.dot(x, A),
    lambda A, B: np.dot(A, B),
    lambda s, x: np.dot(s, x),
    lambda x, y: np.inner(x, y),
    lambda x, C: np.inner(x, C),
    lambda x, C: np.inner(C, x),
    lambda A, C: np.inner(C, A),
    lambda s, C: np.inner(s, C),
    lambda x, y: np.outer(x, y),
    lambda x, y: np.kron(x, y),
    lambda A, C: np.kron(A, C),
    lambda C: np.transpose(C),
    lambda C: np.sum(C),
    lambda C: np.sum(C, axis=0),
    lambda C: np.sum(C, axis=-1),
    lambda C: C.sum(axis=-1),
    lambda C: C.sum(axis=np.int64(1)),
    lambda x: x.sum(axis=0),
    lambda C: np.mean(C, 1),
    lambda C: C.mean(axis=-2),
    lambda C: np.max(C),
    lambda x: np.min(x),
    lambda x: np.prod(x),
    lambda x: np.cumsum(x),
    lambda x: np.diag(x),
    lambda A: np.diag(A),
    lambda A: np.trace(A),
    lambda A: np.tril(A),
    lambda A: np.triu(A),
    lambda A: np.linalg.inv(A),
    lambda A: np.linalg.det(A),
    lambda C: np.linalg.pinv(C),
    lambda A, x: np.linalg.solve(A, x),
    lambda x: np.linalg.norm(x),
    lambda x: np.linalg.norm(x, 1),
    lambda C: np.linalg.norm(C),
    lambda C: np.linalg.norm(C, ord="nuc"),
    lambda x, y: np.matmul(x, y),
    lambda x, A: np.matmul(x, A),
    lambda x, C: C @ x,
    lambda x, A, y: y @ (x @ A),
    lambda x, A, y: (x @ A) * y,
    lambda x, A: x @ A @ x,
    lambda x, A: x.T @ A @ x,
    lambda x: np.power(x, 2) + np.absolute(x) - np.sign(x),
    lambda x, y: np.maximum(x, y) + np.minimum(x, 0),
    lambda x, y: np.greater(x, y) * 2,
    lambda x, y: np.less(x, y) * 2,
    lambda x, y: np.less_equal(x, y) * x,
    lambda x, y: np.greater_equal(x, y) * x,
    lambda x: np.int64(3) * x + 1,
    lambda x: np.float64(0.1) * x - np.float32(0.1),
    lambda x: np.float32(0.1) * x,
    lambda x: x ** np.int64(2),
    lambda x: np.array(2.5) * x,
]


@pytest.mark.parametrize("place", range(len(SAME)))
def test_an_expression_is_what_numpy_computes(place: int) -> None:
    function = SAME[place]
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    numbers = np.random.default_rng(place)
    values = {name: numbers.uniform(0.5, 2, SHAPES[name]) for name in names}
    expected = function(*values.values())
    result = cr.derive(function(*(NAMED[name] for name in names)), wrt=names[0])
    assert result.check.passed
    found = result.compile(orders=(0,))(**values)
    assert np.shape(found) == np.shape(expected)
    assert np.allclose(found, expected, rtol=1e-12)


def test_derivatives_through_numpy_functions() -> None:
    assert cr.derive(np.dot(x, y), wrt=x).result == "y"
    assert cr.derive(np.inner(x, y), wrt=x).result == "y"
    assert cr.derive(np.linalg.norm(x), wrt=x).result == "x/norm2(x)"
    assert cr.derive(x @ A @ x, wrt=x).solution.expr is x.T @ A @ x


REFUSED: list[tuple[Callable[[], Any], str, str]] = [
    (
        lambda: cr.derive(cr.scalar("n") * cr.vector("x", "n").sum(), wrt="x"),
        "name",
        "n is a variable, it cannot be a size of x as well",
    ),
    # Functions of NumPy that mean something else here, or nothing.
    (lambda: np.vstack([x, y]), "unsupported", "np.vstack"),
    (lambda: np.tensordot(A, A), "unsupported", "np.tensordot"),
    (lambda: np.reshape(A, -1), "unsupported", "np.reshape"),
    (lambda: np.linalg.eigvals(A), "unsupported", "np.linalg.eigvals"),
    (lambda: np.size(x), "unsupported", "np.size"),
    (lambda: np.kron(A, x), "unsupported", "np.kron of a matrix(n, n) and a vector(n)"),
    (lambda: np.outer(A, B), "shape", "outer"),
    (lambda: np.cumsum(A), "shape", "cumsum"),
    (lambda: np.transpose(x), "unsupported", "a row from a vector"),
    (lambda: np.dot(x, y.T), "unsupported", "a row from a vector"),
    (lambda: np.matmul(x, y.T), "unsupported", "a row from a vector"),
    (lambda: np.diag(x.T), "unsupported", "a row from a vector"),
    (lambda: np.linalg.norm(A, 2), "unsupported", "ord=2"),
    (lambda: np.linalg.norm(x, np.inf), "unsupported", "ord=inf"),
    (lambda: np.linalg.norm(x, axis=0), "unsupported", "np.linalg.norm with these arguments"),
    (lambda: np.sum(A, keepdims=True), "unsupported", "np.sum with these arguments"),
    (lambda: np.diag(A, 1), "unsupported", "np.diag with these arguments"),
    (lambda: np.dot(x, np.ones(3)), "shape", "ndarray"),
    (lambda: np.dot(x, [1, 2]), "shape", "list"),
    (lambda: A.sum(axis=2), "shape", "no axis 2"),
    (lambda: A.sum(axis=(0, 1)), "shape", "no axis (0, 1)"),
    (lambda: x.T.sum(axis=0), "unsupported", "a row from a vector"),
    (lambda: np.sum(s, axis=0), "shape", "no axis 0 in a scalar"),
    # Ufuncs.
    (lambda: np.add.reduce(x), "unsupported", "np.add.reduce"),
    (lambda: np.add.accumulate(x), "unsupported", "np.add.accumulate"),
    (lambda: np.multiply.outer(x, y), "unsupported", "np.multiply.outer"),
    (lambda: np.add(x, y, out=np.zeros(3)), "unsupported", "np.add with these arguments"),
    (lambda: np.exp(x, where=np.array([True])), "unsupported", "np.exp with these arguments"),
    (lambda: np.floor(x), "unsupported", "np.floor"),
    (lambda: np.ones((2, 2)) @ x, "shape", "ndarray"),
    # To be made into an array, each would be one number.
    (lambda: np.array(x), "unsupported", "array"),
    (lambda: np.sum([x, y]), "unsupported", "array"),
    (lambda: np.vectorize(float)(A), "unsupported", "array"),
    # Constants.
    (lambda: float("nan") * x, "domain", "found nan"),
    (lambda: x + float("inf"), "domain", "found inf"),
    (lambda: np.float32("nan") * x, "domain", "found nan"),
    (lambda: cr.constant(float("nan")), "domain", "found nan"),
    (lambda: cr.constant(float("-inf")), "domain", "found -inf"),
    (lambda: cr.constant("two"), "domain", "found 'two'"),
    (lambda: cr.constant("1/0"), "domain", "found '1/0'"),
    (lambda: np.complex128(1j) * x, "shape", "complex"),
    (lambda: 1j * x, "shape", "complex"),
    (lambda: np.bool_(True) * x, "shape", "bool"),
    (lambda: x * np.array([1.0, 2.0]), "shape", "ndarray"),
    # Subscripts.
    (lambda: x[1:2], "unsupported", "slice(1, 2, None)"),
    (lambda: A[0, 1:], "unsupported", "slice(1, None, None)"),
    (lambda: x[-1], "unsupported", "found -1"),
    (lambda: x[1.5], "unsupported", "found 1.5"),
    (lambda: x["1"], "unsupported", "found '1'"),
    (lambda: x[True], "unsupported", "found True"),
    (lambda: x[None], "unsupported", "found None"),
    (lambda: x[...], "unsupported", "found Ellipsis"),
    (lambda: x[s], "unsupported", "a subscript"),
    # What is asked of an expression.
    (lambda: cr.derive(x.T @ A @ x, wrt=A @ x), "name", "wrt is a variable, found A*x"),
    (lambda: cr.derive(x.T @ A @ x, wrt=cr.constant(2)), "name", "wrt is a variable, found 2"),
    (lambda: cr.derive("x'*A*x", wrt=x.T), "name", "wrt is a variable, found x'"),
    (lambda: cr.derive(x.T @ x, wrt=cr.vector("x", "m")), "name", "two different"),
    (lambda: cr.derive((cr.scalar("x") * x).sum(), wrt="x"), "name", "two different"),
    (lambda: cr.derive(x.T @ A @ x, x, assume={"A": ["symmetric"]}), "name", "assume"),
]


@pytest.mark.parametrize("place", range(len(REFUSED)))
def test_what_would_be_read_wrongly_is_refused(place: int) -> None:
    ask, kind, said = REFUSED[place]
    with pytest.raises(ProblemError) as caught:
        ask()
    assert caught.value.kind == kind and said in caught.value.message


@pytest.mark.parametrize(
    "use",
    [sum, list, max, lambda x: [*x], lambda x: 1 in x, lambda x: s in x, lambda x: next(iter(x))],
)
def test_an_expression_is_not_iterable(use: Callable[..., Any]) -> None:
    for expr in (x, A, s, np.exp(x)):
        with pytest.raises(TypeError, match=r"x\.sum\(\).*x\[0\]"):
            use(expr)
    assert not np.iterable(x)


def test_constants_are_exact() -> None:
    assert cr.constant(0.1) is cr.constant(np.float64(0.1)) is number("1/10")
    assert cr.constant(np.float32(0.1)) is cr.constant(float(np.float32(0.1)))
    assert cr.constant(np.float16(0.5)) is cr.constant("1/2") is cr.constant(Fraction(1, 2))
    assert cr.constant(np.longdouble("0.1")) is number("1/10")
    assert cr.constant(np.uint64(2**64 - 1)) is cr.constant(2**64 - 1)
    assert type(cr.constant(np.int64(3)).data[0].numerator) is int


def test_subscripts_count_from_0() -> None:
    assert x[np.int64(0)] is x[0] and x[0] is not x[1]
    assert A[0, :].shape == x.shape and A[:, 0].shape == x.shape and x[:].shape == x.shape
    assert cr.derive(cr.vector("x", 3)[2], wrt="x").result == "[0, 0, 1]"
