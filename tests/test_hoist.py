"""Fixed arguments: the same derivative, with what rests on them alone computed once."""

from __future__ import annotations

import ast
import zlib
from random import Random
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.errors import ProblemError
from corpus import RECORDS, Record, error
from test_code_safety import assert_safe

RANDOM = np.random.default_rng(31)
M, N = 7, 3
POINT = {
    "X": RANDOM.standard_normal((M, N)),
    "y": RANDOM.standard_normal(M),
    "w": RANDOM.standard_normal(N),
    "A": RANDOM.standard_normal((N, N)) + 4 * np.eye(N),
    "b": RANDOM.standard_normal(N),
    "x": RANDOM.standard_normal(N),
    "D": RANDOM.standard_normal((N, N)),
    "l": np.asarray(1.3),
}


def per_call(source: str) -> str:
    """The inner function, which runs at every point."""
    outer = next(n for n in ast.parse(source).body if getattr(n, "name", "") == "derivative")
    assert isinstance(outer, ast.FunctionDef)
    return ast.unparse(next(n for n in outer.body if isinstance(n, ast.FunctionDef)))


@pytest.mark.parametrize("record", RECORDS[::4], ids=lambda record: record.id)
def test_fixed_arguments_change_nothing(record: Record) -> None:
    result = chainrule.derive(**record.problem, check=False)
    names = list(result.solution.understood.variables)
    seed = zlib.crc32(record.id.encode())
    fixed = [name for name in names if Random(f"{seed} {name}").random() < 0.6]
    print("seed", seed, "fixed", fixed)
    point = {name: np.asarray(record.point[name], float) for name in names}
    sizes = {name: size for name, size in record.sizes.items() if name not in point}
    with np.errstate(all="ignore"):
        whole = result.compile()
        plain = whole(**point, **sizes)
        function = result.compile(fixed={name: point[name] for name in fixed})
        rest = {name: x for name, x in point.items() if name not in fixed} | sizes
        first = function(**rest)
        assert error(first, plain) < 1e-9
        first += 1.0  # the caller's own: later results do not change
        assert error(function(**rest), plain) < 1e-9
        elsewhere = {name: x * 0.9 for name, x in rest.items()} | sizes
        there = whole(**{**point, **elsewhere})
        np.testing.assert_allclose(
            function(**elsewhere), there, rtol=1e-9, atol=1e-9 * np.nanmax(np.abs(there), initial=1)
        )
        assert error(function(**rest), plain) < 1e-9
    assert_safe(function.source, set(names))


@pytest.mark.parametrize(
    ("expr", "wrt", "order", "fixed", "gone"),
    [
        ("norm2(X*w - y)^2", "w", 1, "Xy", "X"),
        ("norm2(X*w - y)^2", "w", 2, "Xy", "@"),
        ("(x - b)'*inv(A)*(x - b)", "x", 1, "A", "inv"),
        ("sum(exp(-(D.^2)/(2*l^2)))", "l", 1, "D", "D"),
        ("x'*A*x", "x", 1, "A", "A"),
        ("logdet(A + l*D*D')", "l", 1, "AD", "D @ D.T"),
    ],
)
def test_what_rests_on_them_alone_is_not_computed_again(
    expr: str, wrt: str, order: int, fixed: str, gone: str
) -> None:
    result = chainrule.derive(expr, wrt, order, let={"l": []}, check=False)
    inner = per_call(result.code(fixed=fixed))
    assert gone not in inner
    point = {name: POINT[name] for name in result.solution.understood.variables}
    function = result.compile(fixed={name: point.pop(name) for name in fixed})
    plain = result.compile()(**point, **{name: POINT[name] for name in fixed})
    assert error(function(**point), plain) < 1e-12


def test_the_sizes_of_fixed_arrays_decide() -> None:
    """2*X'*(X*w - y): X'X once where X is tall, X'(X w - y) each time where it is wide."""
    result = chainrule.derive("norm2(X*w - y)^2", "w", check=False)

    def inner(m: int, n: int) -> str:
        function = result.compile(fixed={"X": np.ones((m, n)), "y": np.ones(m)})
        return per_call(function.source)  # type: ignore[attr-defined]

    assert "X" not in inner(2000, 20)
    assert "X" in inner(20, 2000)


def test_a_value_and_its_derivatives_with_fixed_arguments() -> None:
    result = chainrule.derive("sum(log(exp(-y.*(X*w)) + 1))", "w", 2, check=False)
    data: dict[str, Any] = {name: POINT[name] for name in "Xy"}
    found = result.compile(orders=(0, 1, 2), fixed=data)(w=POINT["w"])
    expected = result.compile(orders=(0, 1, 2))(w=POINT["w"], **data)
    assert [x.shape for x in found] == [(), (N,), (N, N)]
    assert all(error(a, b) < 1e-12 for a, b in zip(found, expected, strict=True))
    out = np.zeros((N, N))
    written = result.compile(out=True, fixed=data)(out=out, w=POINT["w"])
    assert written is out and error(out, expected[2]) < 1e-12


def test_only_variables_can_be_fixed() -> None:
    result = chainrule.derive("norm2(X*w - y)^2", "w", check=False)
    with pytest.raises(ProblemError, match="'Z' is to be fixed"):
        result.compile(fixed={"Z": np.ones(3)})
    with pytest.raises(ProblemError, match="'Z' is to be fixed"):
        result.code(fixed=["Z"])
