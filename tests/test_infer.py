"""What is inferred: kinds, sizes, and what is said when nothing fits.

The search is compared with trying everything; the table of examples is what a reader of the
text syntax expects.
"""

from __future__ import annotations

import json
import random
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.errors import ProblemError
from chainrule.parse.choose import BudgetError, Choice, Table
from chainrule.parse.understand import Understood, understand
from chainrule.shapes import kind_of

CORPUS = Path(__file__).parent / "data" / "corpus"
PROBLEMS = [
    json.loads(line)
    for path in sorted(CORPUS.glob("*.jsonl"))
    for line in path.read_text("utf-8").split("\n")
    if line
]
SUPPORTED = [p for p in PROBLEMS if p.get("expr") and "expm" not in p["expr"]]


def shapes(found: Understood) -> dict[str, str]:
    return {name: kind_of(node.shape) for name, node in found.variables.items()}


def declared(found: Understood) -> dict[str, list[int | str]]:
    return {
        name: [dim.integer if dim.integer is not None else str(dim) for dim in node.shape]
        for name, node in found.variables.items()
    }


def refused(text: str, **given_shapes: object) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        understand(text, **given_shapes)  # type: ignore[arg-type]
    return caught.value


# -- kinds and sizes from use


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ln(sin(x^3)^2)", {"x": "scalar"}),
        ("x + x^2", {"x": "scalar"}),
        ("[ln(x^2), sin(3*x)]", {"x": "scalar"}),
        ("x'*A*x", {"x": "vector(n)", "A": "matrix(n, n)"}),
        ("sum(w + x)", {"w": "vector(n)", "x": "vector(n)"}),
        ("sum(x*z)", {"x": "vector(n)", "z": "scalar"}),
        ("w'*x + b", {"w": "vector(n)", "x": "vector(n)", "b": "scalar"}),
        ("relu(w'*x + b)", {"w": "vector(n)", "x": "vector(n)", "b": "scalar"}),
        ("norm2(A*x-b)^2", {"A": "matrix(m, n)", "x": "vector(n)", "b": "vector(m)"}),
        (
            "sum(log(exp(-y.*(X*w)) + 1))",
            {"y": "vector(n)", "X": "matrix(n, m)", "w": "vector(m)"},
        ),
        ("tr(A*X*B)", {"A": "matrix(m, n)", "X": "matrix(n, p)", "B": "matrix(p, m)"}),
        ("softmax(x)", {"x": "vector(n)"}),
        ("exp(x)/sum(exp(x))", {"x": "vector(n)"}),
        ("logdet(X)", {"X": "matrix(n, n)"}),
        ("x.^2", {"x": "vector(n)"}),
        ("2.*x", {"x": "vector(n)"}),
        ("A + t*B", {"A": "matrix(m, n)", "t": "scalar", "B": "matrix(m, n)"}),
        ("a'*inv(X)*b", {"a": "vector(n)", "X": "matrix(n, n)", "b": "vector(n)"}),
        ("x[1]*x[2]", {"x": "vector(n)"}),
        ("X[1,2] + X[2,:]'*y", {"X": "matrix(m, n)", "y": "vector(n)"}),
        ("A*exp(x)", {"A": "matrix(m, n)", "x": "vector(n)"}),
        ("A - eye", {"A": "matrix(n, n)"}),
        ("A*eye(n)*B", {"A": "matrix(m, n)", "B": "matrix(n, p)"}),
        ("tr(eye(n)) + sum(x)", {"x": "vector(m)"}),  # two sizes that have nothing in common
        ("X + vector(1)*x'", {"X": "matrix(m, n)", "x": "vector(n)"}),
        ("sum(X,1) - y", {"X": "matrix(m, n)", "y": "vector(m)"}),
        ("kron(A,B)*x", {"A": "matrix(m, n)", "B": "matrix(q, p)", "x": "vector(n*p)"}),
        ("n*sum(x)/m", {"n": "scalar", "x": "vector(p)", "m": "scalar"}),
        ("softmax(x')*y", {"x": "vector(n)", "y": "vector(n)"}),
        ("where(x > 0, x, 0)", {"x": "scalar"}),
        ("2^-x", {"x": "scalar"}),
    ],
)
def test_the_kind_follows_from_use(text: str, expected: dict[str, str]) -> None:
    found = understand(text)
    assert shapes(found) == expected
    assert found.inferred == frozenset(expected)


def test_declared_shapes_are_kept() -> None:
    found = understand("sum(A*x + y)", {"A": ["k", 3], "z": []})
    assert shapes(found) == {
        "A": "matrix(k, 3)",
        "x": "vector(3)",
        "y": "vector(k)",
        "z": "scalar",
    }
    assert found.inferred == {"x", "y"}


def test_properties_make_a_matrix_square() -> None:
    found = understand("log(a)", None, {"a": ["spd"]})
    assert shapes(found) == {"a": "matrix(n, n)"}
    assert found.variables["a"].data[1] == frozenset({"spd"})


@pytest.mark.parametrize("problem", SUPPORTED, ids=lambda p: p["id"])
def test_inference_settles(problem: dict[str, object]) -> None:
    """Without declarations there is still a reading, and declaring it changes nothing."""
    text = str(problem["expr"])
    found = understand(text)
    again = understand(text, declared(found))
    assert again.expr is found.expr
    assert not again.inferred


def test_most_kinds_are_those_the_sources_declare() -> None:
    """The rest are open by nature, as the x of sin(x); a drop here is a change of rules."""
    right = total = 0
    for problem in SUPPORTED:
        found = understand(problem["expr"])
        for name, shape in problem["let"].items():
            if name in found.variables:
                total += 1
                right += len(found.variables[name].shape) == len(shape)
    assert right / total > 0.93


# -- random expressions


def random_text(random_: random.Random, kind: str, depth: int) -> str:
    """A well-typed text of kind s, v or m over scalars a c, vectors x y, square A B."""

    def part(kind: str) -> str:
        return random_text(random_, kind, depth - 1)

    if depth == 0:
        return random_.choice({"s": ["a", "c", "2"], "v": ["x", "y"], "m": ["A", "B"]}[kind])
    rules = {
        "s": [
            lambda: f"({part('v')})'*({part('v')})",
            lambda: f"sum({part('v')})",
            lambda: f"tr({part('m')})",
            lambda: f"({part('s')})^2",
            lambda: f"sin({part('s')})*({part('s')})",
            lambda: f"norm2({part('v')})",
            lambda: f"({part('v')})[1]",
        ],
        "v": [
            lambda: f"({part('m')})*({part('v')})",
            lambda: f"({part('v')}).*({part('v')})",
            lambda: f"exp({part('v')}) - ({part('v')})",
            lambda: f"({part('s')})*({part('v')})",
            lambda: f"softmax({part('v')})",
            lambda: f"({part('v')})/({part('s')})",
            lambda: f"diag({part('m')})",
            lambda: f"sum({part('m')},1)",
        ],
        "m": [
            lambda: f"({part('m')})*({part('m')})'",
            lambda: f"({part('v')})*({part('v')})'",
            lambda: f"inv({part('m')}) + ({part('s')})*eye",
            lambda: f"({part('m')})^3",
            lambda: f"diag({part('v')})",
        ],
    }
    return random_.choice(rules[kind])()


LET = {"a": [], "c": [], "x": ["n"], "y": ["n"], "A": ["n", "n"], "B": ["n", "n"]}


@settings(max_examples=150)
@given(st.randoms(use_true_random=False), st.sampled_from("svm"), st.integers(0, 4))
def test_fewer_declarations_never_hurt(random_: random.Random, kind: str, depth: int) -> None:
    """A text that is right with declarations has a reading without some of them."""
    text = random_text(random_, kind, depth)
    full = understand(text, LET)
    assert len(full.expr.shape) == {"s": 0, "v": 1, "m": 2}[kind]
    kept = {name: shape for name, shape in LET.items() if random_.random() < 0.5}
    found = understand(text, kept)
    for name in kept:
        assert found.variables[name] is full.variables[name]
    assert understand(text, declared(found)).expr is found.expr


# -- contradictions


@pytest.mark.parametrize(
    ("text", "let", "first", "second", "words"),
    [
        ("A*x + inv(x)", {"A": ["m", "n"]}, "A*x", "inv(x)", ("x", "matrix")),
        ("x[1] + x[1,2]", {}, "x[1]", "x[1,2]", ("a vector", "a matrix")),
        ("u = sum(x,0); u'*softmax(x)", {}, "sum(x,0)", "softmax(x)", ("a matrix", "a vector")),
        ("A*x", {"A": ["n", 3], "x": [4]}, "A", "x", ("3", "4")),
        ("x'*A*x", {"A": ["m", "n"]}, "x'*A", "x", ("n", "m")),
        ("X*w + y", {"X": ["m", "n"], "w": ["n"], "y": ["n"]}, "X*w", "y", ("m", "n")),
        ("max(x, y)", {"x": ["n"], "y": ["m"]}, "x", "y", ("n", "m")),
        ("x*y", {"x": ["n"], "y": ["n"]}, "x", "y", ("vectors",)),
        ("a*x*y*c*d", {"x": ["n"], "y": ["n"]}, "a*x", "y", ("vectors",)),
        ("x + y - A", {"x": ["n"], "y": ["n"], "A": ["n", "n"]}, "x + y", "A", ("matrix",)),
        ("A/B", {"A": ["n", "n"], "B": ["n", "n"]}, "A", "B", ("matrix",)),
    ],
)
def test_a_contradiction_shows_both_places(
    text: str, let: dict[str, object], first: str, second: str, words: tuple[str, ...]
) -> None:
    error = refused(text, let=let)
    assert error.kind == "shape"
    assert error.start is not None and error.also is not None
    assert text[error.start : error.end] == first
    assert text[slice(*error.also)] == second
    assert all(word in error.message for word in words), error.message
    assert "?" not in error.message  # no unnamed sizes


def test_an_inner_product_is_suggested() -> None:
    assert refused("x*y", let={"x": ["n"], "y": ["n"]}).hint == "x'*y or x.*y?"


@pytest.mark.parametrize(
    ("text", "let", "kind"),
    [
        ("x^2", {"x": ["n"]}, "shape"),
        ("A^0.5", {"A": ["n", "n"]}, "unsupported"),
        ("2^A", {"A": ["n", "n"]}, "unsupported"),
        ("A^B", {"A": ["n", "n"], "B": ["n", "n"]}, "unsupported"),
        ("inv(A)", {"A": ["m", "n"]}, "shape"),
        ("A^2", {"A": ["m", "n"]}, "shape"),
        ("x[4]", {"x": [3]}, "shape"),
        ("x[0]", {"x": ["n"]}, "shape"),
        ("x[1,2]", {"x": ["n"]}, "shape"),
        ("[x, 1]", {"x": ["n"]}, "shape"),
        ("vec(X) + x", {"x": ["k"]}, "shape"),
        ("vector(A)", {"A": ["n", "n"]}, "shape"),
        ("x + x'", {"x": ["n"]}, "shape"),
    ],
)
def test_what_shapes_forbid(text: str, let: dict[str, object], kind: str) -> None:
    error = refused(text, let=let)
    assert error.kind == kind
    assert error.start is not None
    assert "?" not in error.message


# -- declarations


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ([], "scalar"),
        (["n"], "vector(n)"),
        ([7], "vector(7)"),
        (("m", 3), "matrix(m, 3)"),
        ("", "scalar"),
        ("scalar", "scalar"),
        ("n", "vector(n)"),
        ("12", "vector(12)"),
        ("m, n", "matrix(m, n)"),
        ("vector(n)", "vector(n)"),
        ("matrix(m, n)", "matrix(m, n)"),
        ("[m, 2]", "matrix(m, 2)"),
    ],
)
def test_shapes_are_read(shape: object, expected: str) -> None:
    assert shapes(understand("x", {"x": shape})) == {"x": expected}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "shape",
    [True, [True], [-1], [10**6 + 1], [1.0], [None], None, 3, ["n", "m", "k"], ["1/2"], ["n+"],
     ["n m"], [["n"]], "vector", "matrix(n)", "scalar(n)", "vectr(n)", "n m", {"n": 1}],
    ids=repr,
)  # fmt: skip
def test_what_is_no_shape_is_refused(shape: object) -> None:
    error = refused("x", let={"x": shape})
    assert error.kind == "shape"
    assert "x" in error.message


@pytest.mark.parametrize(
    ("let", "assume", "kind"),
    [
        ({"1x": []}, None, "name"),
        ({"x y": []}, None, "name"),
        ({"": []}, None, "name"),
        ({3: []}, None, "name"),
        ([], {"x": ["spdd"]}, "name"),
        (None, {"x": [3]}, "name"),
        (None, {"x": None}, "syntax"),
        (None, {"z": ["positive"]}, "name"),
        ({"x": ["m", "n"]}, {"x": ["spd"]}, "shape"),
        ({"x": []}, {"x": ["orthogonal"]}, "shape"),
        ({"x": ["y"], "y": ["n"]}, None, "name"),
        ("x", None, "syntax"),
        (None, "x", "syntax"),
    ],
)
def test_what_is_no_declaration_is_refused(let: object, assume: object, kind: str) -> None:
    assert refused("x", let=let, assume=assume).kind == kind


def test_names_in_declarations_are_folded_like_names_in_text() -> None:
    assert shapes(understand("u₁", {"u₁": ["n"]})) == {"u1": "vector(n)"}


# -- the search itself


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[int], list[Table]]:
    """A few cells with three values each under random tables."""
    cells = draw(st.integers(1, 5))
    tables = []
    for _ in range(draw(st.integers(1, 6))):
        scope = tuple(draw(st.lists(st.integers(0, cells - 1), min_size=1, max_size=3)))
        every = list(product((1, 2, 4), repeat=len(scope)))
        rows = draw(st.lists(st.sampled_from(every), min_size=1, unique=True))
        tables.append(Table(scope, tuple((row, draw(st.integers(0, 9))) for row in rows)))
    return [7] * cells, tables


def cost_of(values: tuple[int, ...], tables: list[Table]) -> int | None:
    total = 0
    for table in tables:
        cost = dict(table.rows).get(tuple(values[cell] for cell in table.scope))
        if cost is None:
            return None
        total += cost
    return total


@settings(max_examples=300)
@given(networks())
def test_the_choice_is_the_cheapest_of_all(network: tuple[list[int], list[Table]]) -> None:
    domains, tables = network
    costs = [cost_of(values, tables) for values in product((1, 2, 4), repeat=len(domains))]
    possible = [cost for cost in costs if cost is not None]
    choice = Choice(domains, tables)
    settled = choice.settle() and choice.decide(10**6)
    assert settled == bool(possible)
    if possible:
        # A cell that no table holds back may keep several values: any of them will do.
        values = tuple(domain & -domain for domain in choice.domains)
        assert cost_of(values, tables) == min(possible)


def test_the_search_has_a_budget() -> None:
    rows = tuple((row, 0) for row in product((1, 2, 4), repeat=3))
    choice = Choice([7] * 4, [Table((0, 1, 2), rows), Table((1, 2, 3), rows)])
    with pytest.raises(BudgetError):
        choice.decide(5)
