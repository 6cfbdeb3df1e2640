"""Requests without a transport: numbers against JAX, what is understood, and refusals."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

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
