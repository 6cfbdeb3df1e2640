"""The referee accepts what is right and refuses what is not, exactly or within rounding."""

from __future__ import annotations

import json
from itertools import combinations
from math import prod
from pathlib import Path
from random import Random

import pytest

import chainrule
from chainrule.checking import check_answer
from chainrule.expr import build
from chainrule.expr.call import call
from chainrule.expr.node import Expr
from chainrule.parse.understand import understand
from chainrule.referee import linear
from chainrule.referee.bounded import BOUNDED, Bounded
from chainrule.referee.compare import compare, relative_error
from chainrule.referee.field import FIELD
from chainrule.referee.points import sample_points
from chainrule.referee.sample import sample_point, sample_sizes, sizes_for
from chainrule.referee.verify import (
    Check,
    directional,
    verify_derivative,
)
from chainrule.shapes import shape_of

CORPUS = Path(__file__).parent / "data" / "corpus"


def check(
    expr: str,
    answer: str,
    wrt: str,
    let: dict[str, list[str]],
    order: int = 1,
    assume: dict[str, list[str]] | None = None,
    arrangement: tuple[tuple[int, ...], tuple[int, ...]] | None = None,
) -> Check:
    problem, claim = understand(expr, let, assume), understand(answer, let, assume)
    variables = {**claim.variables, **problem.variables}
    return verify_derivative(problem.expr, claim.expr, wrt, order, variables, arrangement)


S, V, W, M, Q = [], ["n"], ["m"], ["m", "n"], ["n", "n"]  # scalar, vectors, matrix, square

RIGHT = [  # expr, wrt, order, let, answer, verdict; Magnus & Neudecker, Petersen & Pedersen
    ("x'*A*x", "x", 1, {"x": V, "A": Q}, "(A + A')*x", "exact"),
    ("x'*A*x", "x", 2, {"x": V, "A": Q}, "A + A'", "exact"),
    ("logdet(X)", "X", 1, {"X": Q}, "inv(X)'", "exact"),
    ("det(X)", "X", 1, {"X": Q}, "adj(X)'", "exact"),
    ("tr(X^-2)", "X", 1, {"X": Q}, "-2*(inv(X)^3)'", "exact"),
    ("A*x", "x", 1, {"x": V, "A": M}, "A", "exact"),
    ("tanh(A*x)", "x", 1, {"x": V, "A": M}, "diag(1 - tanh(A*x).^2)*A", "exact"),
    ("logsumexp(x)", "x", 2, {"x": V}, "diag(softmax(x)) - softmax(x)*softmax(x)'", "exact"),
    ("norm2(x)", "x", 1, {"x": V}, "x/norm2(x)", "exact"),
    ("s^k", "k", 1, {"s": S, "k": S}, "log(s)*s^k", "numeric"),
    ("sum(where(x > 0, log(x), x.^2))", "x", 1, {"x": V}, "where(x > 0, 1./x, 2*x)", "numeric"),
    ("sum(log(b - A*x))", "x", 1, {"x": V, "A": M, "b": W}, "-A'*(1./(b - A*x))", "exact"),
    ("x[6]*sum(x)", "x", 1, {"x": V}, "x[6] + where(cumsum(vector(1,n)) == 6, sum(x), 0)", "numeric"),  # noqa: E501
    # Derivatives that vanish: only rounding is left on one side.
    ("sum(softmax(x))", "x", 1, {"x": V}, "vector(0,n)", "exact"),
    ("sin(s)^2 + cos(s)^2", "s", 1, {"s": S}, "0", "exact"),
    ("sum(softmax(x) - softmax(x + 1))", "x", 1, {"x": V}, "vector(0,n)", "exact"),
    ("x'*(A - A')*x", "x", 1, {"x": V, "A": Q}, "vector(0,n)", "exact"),
]  # fmt: skip


@pytest.mark.parametrize(("expr", "wrt", "order", "let", "answer", "verdict"), RIGHT)
def test_right_answers_pass_and_their_multiples_fail(
    expr: str, wrt: str, order: int, let: dict[str, list[str]], answer: str, verdict: str
) -> None:
    found = check(expr, answer, wrt, let, order)
    assert (found.verdict, found.passed) == (verdict, True), found
    least = 10 if "norm2" in expr else 3  # half the residues have no root
    assert found.points == least or (found.verdict == "numeric" and found.points > least)
    assert found.max_relative_error < 1e-14
    nudged = check(expr, f"({answer})*1.000000001 + 0.000000001", wrt, let, order)
    assert nudged.verdict != "unverified"
    assert not nudged.passed


WRONG = [
    ("x'*A*x", "x", {"x": V, "A": Q}, "2*A*x"),  # right for symmetric A only
    ("tr(A*X)", "X", {"A": Q, "X": Q}, "A"),
    ("det(X)", "X", {"X": Q}, "adj(X)"),
    ("A*x", "x", {"A": Q, "x": V}, "A'"),
    ("sum(where(x > 0, log(x), x.^2))", "x", {"x": V}, "1./x"),  # right on one branch
    ("relu(s)", "s", {"s": S}, "1"),
    ("norm2(x)", "x", {"x": V}, "x/norm2(x) + exp(-20)"),
    ("mean(x)", "x", {"x": V}, "vector(1/3, n)"),  # right for n = 3
    ("mean(x)", "x", {"x": V}, "vector(1/2, n)"),
    ("det(s*eye(n))", "s", {"s": S}, "3*s^2"),
    ("mean(X)", "X", {"X": M}, "matrix(1/12, m, n)"),
    ("mean(X)", "X", {"X": M}, "matrix(1/n, m, n)/3"),
]


@pytest.mark.parametrize(("expr", "wrt", "let", "answer"), WRONG)
def test_wrong_answers_fail(expr: str, wrt: str, let: dict[str, list[str]], answer: str) -> None:
    found = check(expr, answer, wrt, let)
    assert found.verdict != "unverified"
    assert not found.passed


def test_an_answer_for_symmetric_matrices_passes_where_the_matrix_is_declared_so() -> None:
    let = {"x": V, "A": Q}
    assert check("x'*A*x", "2*A*x", "x", let, assume={"A": ["symmetric"]}).passed
    # The variation itself stays free: the gradient of tr(A A) is 2A', written 2A.
    assert check("tr(A*A)", "2*A", "A", {"A": Q}, assume={"A": ["symmetric"]}).passed
    structured = "4*A - 2*diag(diag(A))"
    assert not check("tr(A*A)", structured, "A", {"A": Q}, assume={"A": ["symmetric"]}).passed


def test_kronecker_forms_are_read_through_their_arrangement() -> None:
    let = {"A": ["p", "m"], "X": M, "B": ["n", "q"]}
    columns = ((1, 0), (3, 2))  # rows run over vec(Y), columns over vec(X)
    assert check("A*X*B", "kron(B', A)", "X", let, arrangement=columns).passed
    assert not check("A*X*B", "kron(B', A)", "X", let, arrangement=((0, 1), (2, 3))).passed
    assert check("A*X*B", "kron(A, B')", "X", let, arrangement=((0, 1), (2, 3))).passed
    assert check("X", "kron(eye(n), eye(m))", "X", let, arrangement=columns).passed
    inverse = check("inv(X)", "-kron(inv(X)', inv(X))", "X", {"X": Q}, arrangement=columns)
    assert (inverse.verdict, inverse.passed) == ("exact", True)
    hessian = "kron(inv(X)', inv(X))"
    K = build.negate(
        build.multiply(
            call("commutation", sizes=shape_of("n", "n")), understand(hessian, {"X": Q}).expr
        )
    )
    X = build.variable("X", shape_of("n", "n"))
    found = verify_derivative(call("logdet", X), K, "X", 2, {"X": X}, ((1, 0), (3, 2)))
    assert found.passed, found


@pytest.mark.parametrize(
    ("expr", "answer", "let", "assume"),
    [
        ("relu(c - 5)", "0", {"c": []}, {}),
        ("relu(c - 1000)", "0", {"c": []}, {}),
        ("relu(5 - c)", "-1", {"c": []}, {}),
        ("relu(1/2 - c)", "0", {"c": []}, {"c": ["positive"]}),
        ("c^2", "2*c + (c > 700)", {"c": []}, {}),
        ("where(norm2(c) > 10, 0, norm2(c)^2)", "2*c", {"c": ["n"]}, {}),
        ("sum(relu(c - 20))", "0*c", {"c": ["m", "n"]}, {}),
        ("max(c - 7, 1)", "0", {"c": []}, {}),
        ("min(where(c > 2, t, c), t - 1)", "0", {"c": [], "t": []}, {}),
    ],
)
def test_both_sides_of_a_branch_are_seen(
    expr: str, answer: str, let: dict[str, list[str]], assume: dict[str, list[str]]
) -> None:
    assert not check(expr, answer, "c", let, assume=assume).passed


def test_a_side_that_is_not_seen_is_named() -> None:
    sides = check("relu(c*c + 1)", "2*c", "c", {"c": []})
    assert sides.passed and sides.is_one_sided
    assert not check("relu(c)", "(c > 0)", "c", {"c": []}).is_one_sided
    assert not check("c*c", "2*c", "c", {"c": []}).is_one_sided
    cases = "where(c > 0, {}, {})"
    assert not check(cases.format("c", "2*c"), cases.format(1, 2), "c", {"c": []}).is_one_sided


def test_what_has_no_point_is_unverified() -> None:
    for expr, wrt in (("log(-s^2)", "s"), ("logdet(x*x')", "x"), ("sqrt(-x'*x)", "x")):
        found = check(expr, wrt, wrt, {"s": S, "x": V})
        assert found.verdict == "unverified"
        assert found.points == 0
        assert found.reason


def test_wide_and_tall_matrices_are_both_tried() -> None:
    """det(A X B) vanishes identically unless X has at least as many columns as A rows."""
    let = {"A": ["m", "n"], "X": ["n", "p"], "B": ["p", "m"]}
    answer = "det(A*X*B)*A'*inv(B'*X'*A')*B'"
    found = check("det(A*X*B)", answer, "X", let)
    assert (found.verdict, found.passed) == ("exact", True)


def test_properties_hold_at_the_sampled_points() -> None:
    names = ["symmetric", "spd", "orthogonal", "diagonal", "positive", "unit", "labels"]
    variables = {p: build.variable(p, shape_of("n", "n"), {p}) for p in names}
    for n in (FIELD, BOUNDED):
        values = sample_point(variables, {"n": 3}, n, Random(1))
        one = linear.identity(n, 3)
        for name in ("symmetric", "spd"):
            x = values[name]
            assert compare(n, x, linear.transpose(x)).agree
        q = values["orthogonal"]
        assert compare(n, linear.multiply(n, q, linear.transpose(q)), one).agree
        d = values["diagonal"]
        assert compare(n, d, linear.diagonal(n, linear.diagonal(n, d))).agree
        labels = linear.entries(values["labels"])
        assert compare(n, [x * x for x in labels], [n.lift(1)] * 9).agree
    assert all(0 < x.value < 1 for x in linear.entries(values["unit"]))
    assert all(x.value > 0 for x in linear.entries(values["positive"]))
    assert linear.determinant(BOUNDED, values["spd"]).value > 0


def test_sizes_are_distinct_and_large_enough() -> None:
    for turn in (0, 1):
        assert len(set(sample_sizes("abcdef", turn=turn).values())) == 6
    for count in range(1, 6):
        names = "abcdef"[:count]
        first, second = sample_sizes(names), sample_sizes(names, turn=1)
        assert not first.items() & second.items()
        assert prod(first.values()) != prod(second.values())
        for one, other in combinations(names, 2):
            assert (first[one] < first[other]) is (second[one] > second[other])
            assert first[one] * first[other] != second[one] * second[other]
    x = build.variable("x", shape_of("n"))
    X = build.variable("X", shape_of("m", "n"))
    assert sizes_for([build.index(x, 9)])["n"] >= 9
    assert sizes_for([build.index(X, 8, None)])["m"] >= 8
    vec = build.index(call("vec", X), 30)
    sizes = sizes_for([vec])
    assert sizes["m"] * sizes["n"] >= 30


def test_points_are_the_same_in_every_run() -> None:
    x = build.variable("x", shape_of("n"))
    expr = call("log", call("sum", x))
    first, _ = sample_points([expr], {"x": x}, 3)
    second, _ = sample_points([expr], {"x": x}, 3)
    assert [[e.value for e in p.values["x"]] for p in first] == [
        [e.value for e in p.values["x"]] for p in second
    ]
    assert len({p.values["x"][0].value for p in first}) == 3


def test_directional_derivatives_are_symmetric_and_linear() -> None:
    expr = understand("sum(exp(A*x))*(x'*x)", {"A": M, "x": V}).expr
    variables = {
        "A": build.variable("A", shape_of("m", "n")),
        "x": build.variable("x", shape_of("n")),
    }
    (point,), _ = sample_points([expr], variables, 1)
    size, random = point.sizes["n"], Random(5)
    u, v = ([BOUNDED.lift(random.randrange(-9, 9)) for _ in range(size)] for _ in range(2))
    uv = directional(expr, point, {"x": [u, v]}, 2)
    vu = directional(expr, point, {"x": [v, u]}, 2)
    assert compare(BOUNDED, uv, vu).agree
    total = directional(expr, point, {"x": [[a + b for a, b in zip(u, v, strict=True)]]})
    parts = directional(expr, point, {"x": [u]}) + directional(expr, point, {"x": [v]})
    assert compare(BOUNDED, total, parts).agree


def test_comparison_tells_noise_from_difference() -> None:
    tiny, noise = Bounded(1e-17, 1e-16), Bounded(0.0, 1e-16)
    assert compare(BOUNDED, tiny, noise).agree
    assert compare(BOUNDED, Bounded(1e-17, 1e-30), Bounded(0.0)).agree is False
    assert compare(BOUNDED, Bounded(1.0, 0.1), Bounded(1.05, 0.1)).agree is None
    assert compare(BOUNDED, Bounded(float("nan")), Bounded(1.0)).agree is None
    assert relative_error(BOUNDED, Bounded(1.0, 1e-16), Bounded(1.5, 1e-16)) == 1.0


@pytest.mark.parametrize(
    ("expr", "wrt", "answer"),
    [
        ("det(2*eye(n))*c", "c", "4*(n - 1)"),
        ("mean(x)", "x", "vector((5 - n)/6, n)"),
        ("sum(x)", "x", "vector(1 + (n - 2)*(n - 3), n)"),
        ("det(c*eye(n))", "c", "n*c^(n - 1) + (n - 2)*(n - 3)*(n - 4)*(n - 5)"),
        ("tr(A^k)", "A", "k*(A')^(k - 1) + (k - 1)*(k - 2)*(k - 3)*eye(n)"),
    ],
)
def test_what_a_size_is_at_a_few_points_is_not_what_it_is(expr: str, wrt: str, answer: str) -> None:
    let = {"x": ["n"], "c": [], "A": ["n", "n"]}
    assert not check_answer(expr, answer, wrt, let={k: v for k, v in let.items() if k in expr})


@pytest.mark.parametrize(
    ("expr", "wrt", "answer"),
    [
        ("x[300]^2", "x", "2*x[300]*unit(300, n)"),
        ("X[500,1]", "X", "unit(500, m)*unit(1, n)'"),
        ("x[1:300]'*a", "x", "[a; vector(0, n - 300)]"),
        ("x[k+250]", "x", "unit(k + 250, n)"),
        ("x[k]*tr(A^k)", "A", "k*x[k]*(A')^(k - 1)"),
        ("norm2(A^(-k))^2", "A", None),
    ],
)
def test_subscripts_are_brought_into_range(expr: str, wrt: str, answer: str | None) -> None:
    result = chainrule.derive(expr, wrt)
    assert result.check.verdict == "exact"
    assert answer is None or check_answer(expr, answer, wrt)


def test_deep_expressions() -> None:
    x = build.variable("x")
    expr: Expr = x
    for _ in range(10_000):
        expr = build.add(expr, build.number(1))
    assert verify_derivative(expr, build.number(1), "x", 1, {"x": x}).passed
    assert not verify_derivative(expr, build.number(2), "x", 1, {"x": x}).passed


RECORDS = [
    record
    for path in sorted(CORPUS.glob("*.jsonl"))
    for record in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    if record.get("expr") and record.get("closed") and "expm" not in record["expr"]
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["id"])
def test_published_closed_forms_pass(record: dict[str, object]) -> None:
    found = check(
        record["expr"], record["closed"], record["wrt"], record["let"],  # type: ignore[arg-type]
        record["order"], record.get("assume"),  # type: ignore[arg-type]
    )  # fmt: skip
    assert found.passed, found
    assert found.verdict != "unverified"
