"""The worked derivations of the textbook chapter: rule, intermediates, equations, result.

What is expected is copied from the chapter (Parr and Howard, The Matrix Calculus You Need
For Deep Learning), in chainrule's notation.
"""

from __future__ import annotations

import pytest

import chainrule
from chainrule.printers.unicode import unicode
from corpus import RECORDS, Record

SINGLE = "single-variable chain rule"
TOTAL = "single-variable total-derivative chain rule"
VECTOR = "vector chain rule"


def lines(result: chainrule.Result, kind: str) -> list[str]:
    return [f"{unicode(s.lhs)} = {unicode(s.rhs)}" for s in result.steps if s.kind == kind]


def test_nested_functions() -> None:
    result = chainrule.derive("ln(sin(x^3)^2)")
    assert result.rule == SINGLE
    assert lines(result, "introduce") == ["u₁ = x³", "u₂ = sin(u₁)", "u₃ = u₂²", "u₄ = ln(u₃)"]
    assert lines(result, "partial") == [
        "du₁/dx = 3x²",
        "du₂/du₁ = cos(u₁)",
        "du₃/du₂ = 2u₂",
        "dy/du₃ = 1/u₃",
    ]
    assert lines(result, "combine") == ["dy/dx = dy/du₃·du₃/du₂·du₂/du₁·du₁/dx"]
    assert lines(result, "substitute")[0] == "dy/dx = 1/u₃·2u₂·cos(u₁)·3x²"
    assert result.unicode == "6x²cos(x³)/sin(x³)"


@pytest.mark.parametrize(
    ("expr", "introduced", "combined", "answer"),
    [
        ("x + x^2", ["u₁ = x²", "u₂ = x + u₁"], "dy/dx = ∂y/∂x + ∂y/∂u₁·du₁/dx", "2x + 1"),
        ("x*x^2", ["u₁ = x²", "u₂ = x·u₁"], "dy/dx = ∂y/∂x + ∂y/∂u₁·du₁/dx", "3x²"),
        (
            "sin(x + x^2)",
            ["u₁ = x²", "u₂ = x + u₁", "u₃ = sin(u₂)"],
            "du₂/dx = ∂u₂/∂x + ∂u₂/∂u₁·du₁/dx",
            "(2x + 1)·cos(x² + x)",
        ),
    ],
)
def test_several_paths(expr: str, introduced: list[str], combined: str, answer: str) -> None:
    result = chainrule.derive(expr)
    assert result.rule == TOTAL
    assert result.derivations[0].paths == 2
    assert lines(result, "introduce") == introduced
    assert combined in lines(result, "combine")
    assert result.unicode == answer
    assert "2 data-flow paths" in result.text()
    assert "single path" in result.text()  # the remark that links the two rules


def test_vector_of_functions() -> None:
    result = chainrule.derive("[ln(x^2), sin(3*x)]")
    assert result.rule == VECTOR
    assert lines(result, "introduce") == ["u₁ = [x², 3x]", "u₂ = [ln(u₁[1]), sin(u₁[2])]"]
    assert "∂u₁/∂x = [2x, 3]" in lines(result, "partial")
    assert "∂y/∂u₁ = diag([1/u₁[1], cos(u₁[2])])" in lines(result, "partial")
    assert lines(result, "combine") == ["dy/dx = ∂y/∂u₁·∂u₁/∂x"]
    assert result.unicode == "[2/x, 3cos(3x)]"


def test_sum_of_vectors_and_remarks() -> None:
    result = chainrule.derive("sum(w + x)", wrt="w")
    assert lines(result, "introduce") == ["u₁ = w + x", "u₂ = sum(u₁)"]
    assert lines(result, "partial") == ["∂u₁/∂w = I", "∂y/∂u₁ = 𝟏ᵀ"]
    assert "the Jacobian is diagonal" in result.text()
    assert "sum reduction" in result.text()


def test_scalar_expansion_is_named() -> None:
    result = chainrule.derive("sum(x*z)", wrt="z")
    assert result.unicode == "sum(x)"
    assert "scalar expansion: z" in result.text()


def test_neuron() -> None:
    result = chainrule.derive("max(0, w'*x + b)", wrt="w")
    assert lines(result, "introduce") == ["u₁ = wᵀ·x + b", "u₂ = max(0, u₁)"]
    assert "∂u₁/∂w = xᵀ" in lines(result, "partial")


def test_names_of_the_user_are_kept() -> None:
    let = {"X": ["N", "n"], "w": ["n"], "b": [], "y": ["N"]}
    result = chainrule.derive("u = max(0, X*w + b); v = y - u; mean(v.^2)", wrt="w", let=let)
    named = [line.split(" = ")[0] for line in lines(result, "introduce")]
    assert "u" in named and "v" in named
    assert "v = y − u" in lines(result, "introduce")


RULES = (("scalar-chain", SINGLE), ("total-derivative", TOTAL), ("vector-chain", VECTOR))
TAGGED = [
    (record, rule)
    for record in RECORDS
    if record.id.startswith("ph-")
    for tag, rule in RULES
    if tag in record.tags
]


@pytest.mark.parametrize(("record", "rule"), TAGGED, ids=[record.id for record, _ in TAGGED])
def test_the_rule_is_the_one_the_chapter_uses(record: Record, rule: str) -> None:
    result = chainrule.derive(**record.problem)
    assert result.rule == rule


def test_matrix_variables_state_shapes_and_contributions() -> None:
    shown = chainrule.derive("tr(A*X*B*X'*C)", wrt="X").text()
    assert "shape" in shown
    assert "through u" in shown


def test_differential_style_reads_off_the_gradient() -> None:
    result = chainrule.derive("norm2(A*X - B)^2", wrt="X", style="differential")
    assert result.unicode == "2·Aᵀ·(A·X − B)"
    shown = result.text()
    assert "du₁ = A·dX" in shown
    assert "cyclic trace" in shown


@pytest.mark.parametrize("style", ["chain", "differential"])
@pytest.mark.parametrize(
    ("expr", "wrt"),
    [("x'*A*x", "x"), ("tr(A*X*B)", "X"), ("logdet(A + t*B)", "t"), ("softmax(x)", "x")],
)
def test_the_answer_is_what_the_last_step_says(expr: str, wrt: str, style: str) -> None:
    result = chainrule.derive(expr, wrt=wrt, style=style)  # type: ignore[arg-type]
    assert result.check.passed
    if style == "chain":
        assert result.steps[-1].rhs is result.expr
