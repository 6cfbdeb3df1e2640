"""Derivations checked line by line: right ones pass, the first wrong line is named."""

from __future__ import annotations

import random
import re
from functools import cache

import pytest

import chainrule
from chainrule.errors import ProblemError
from chainrule.linewise import check_derivation
from chainrule.printers.text import text
from corpus import RECORDS, Record

WALKED = [
    record
    for record in random.Random(7).sample(RECORDS, 120)
    if record.order == 1 and record.derivative.ndim <= 1
]


def lines_of(result: chainrule.Result) -> list[str]:
    """A derivation as a person would write it down."""
    lines = []
    derivation = result.derivations[0]
    for u in derivation.intermediates:
        name = derivation.output_name if u.name == derivation.of else u.name
        lines.append(f"{name} = {text(u.definition)}")
    for step in derivation.steps:
        if step.kind == "partial" and step.lhs.data[1] == derivation.wrt:
            of, wrt, _, _ = step.lhs.data
            lines.append(f"∂{of}/∂{wrt} = {text(step.rhs)}")
    return [*lines, f"d{derivation.output_name}/d{derivation.wrt} = {result.result}"]


@cache
def walked() -> list[tuple[Record, list[str]]]:
    found = []
    for record in WALKED:
        result = chainrule.derive(
            record.expr, record.wrt, let=record.let, assume=record.assume, check=False
        )
        sizes = {size for shape in record.let.values() for size in shape}
        names = {u.name for d in result.derivations for u in d.intermediates}
        if result.derivations and result.derivations[0].way == "chain" and not names & sizes:
            found.append((record, lines_of(result)))
    return found[:40]


def test_every_line_of_a_right_derivation_is_right() -> None:
    assert len(walked()) > 20
    for record, lines in walked():
        let, assume = record.let, record.assume
        found = check_derivation(record.expr, lines, record.wrt, let=let, assume=assume)
        assert found.is_right and found.is_complete, (lines, found.sentence)


def test_the_first_wrong_line_is_named() -> None:
    source = random.Random(9)
    for record, lines in walked():
        slopes = [
            k for k, line in enumerate(lines) if line[0] in "d∂" and "/" in line.split("=")[0]
        ]
        place = source.choice(slopes)
        left, _, side = lines[place].partition(" = ")
        if side.startswith(("0", "vector(0", "matrix(0")):
            continue
        broken = [*lines[:place], f"{left} = 3*({side})", *lines[place + 1 :]]
        let, assume = record.let, record.assume
        found = check_derivation(record.expr, broken, record.wrt, let=let, assume=assume)
        assert not found.is_right
        assert found.lines[-1].number == place + 1, (broken, found.sentence)


def test_chains_of_equalities_and_derivatives_on_the_right() -> None:
    lines = [
        "u = x^2   # comment",
        "v = x + u",
        "",
        "y = sin(v)",
        "dv/dx = ∂v/∂x + ∂v/∂u*du/dx = 1 + 2*x",
        "dy/dx = dy/dv*dv/dx = cos(v)*(1 + 2*x) = cos(x + x^2)*(1 + 2*x)",
    ]
    assert check_derivation("sin(x + x^2)", lines, "x")
    lines[4] = "dv/dx = ∂v/∂x + ∂v/∂u*du/dx = 2*x"
    found = check_derivation("sin(x + x^2)", "\n".join(lines), "x")
    assert found.lines[-1].number == 5
    assert found.slip is not None and found.slip.kind == "term-dropped"
    assert not check_derivation("sin(x + x^2)", ["dy/dx = cos(x + x^2)"], "x")
    unfinished = check_derivation("sin(x + x^2)", ["u = x^2", "du/dx = 2*x"], "x")
    assert unfinished.is_right and not unfinished.is_complete


def test_a_line_that_says_the_output_is_something_else_is_wrong() -> None:
    found = check_derivation("norm2(A*x - b)^2", ["u = A*x - b", "y = norm2(u)"], "x")
    assert [line.is_right for line in found.lines] == [True, False]


# An expression by x, lines the last of which is wrong, why.
MISLED = [
    ("x^2", ["dy/dx = 2*u"], "u is not known here: define it in an earlier line"),
    ("x^2", ["u = x + w"], "w is not known here"),
    ("x^2", ["dy/dx = 2*dy/dw"], "w is not known here"),
    (
        "norm2(A*x-b)^2",
        ["r = A*x-b", "dy/dr = 2*r'", "dy/dx = A*dy/dr"],
        "a transpose is wrong: with A'*dy/dr it would be right",
    ),
    (
        "norm2(A*x-b)^2",
        ["r = A*x-b", "dy/dx = A*r*A"],
        "its parts do not fit together (`*` needs n and m to be the same size",
    ),
    ("norm2(A*x-b)^2", ["r = A*x + x"], "its parts do not fit together (`+` needs"),
    ("tr(A)*x", ["U = A*A", "dy/dx = tr(U)"], "the two sides are not equal"),
]


@pytest.mark.parametrize(("expr", "lines", "why"), MISLED)
def test_a_line_without_a_meaning_is_wrong(expr: str, lines: list[str], why: str) -> None:
    found = check_derivation(expr, lines, "x")
    assert not found.is_right
    assert found.sentence.startswith(f"line {len(lines)}: {lines[-1]}: ")
    assert why in found.sentence


@pytest.mark.parametrize(
    ("expr", "lines", "what"),
    [
        ("x*x", ["u = 2*x", "dx/du = 1/2"], "line 2: dx/du cannot be judged: x is not"),
        ("x*x", ["u = 2*x", "dy/dx = x/(dx/du)"], "line 2: dx/du cannot be judged"),
        ("x*x", ["dx/dy = 1/(2*x)"], "line 1: dx/dy cannot be judged"),
        ("norm2(A*x-b)^2", ["u = b-A*x", "dy/du = 2*u"], "line 2: dy/du cannot be judged"),
    ],
)
def test_a_derivative_against_the_data_flow_is_refused(
    expr: str, lines: list[str], what: str
) -> None:
    with pytest.raises(ProblemError, match=re.escape(what)) as raised:
        check_derivation(expr, lines, "x")
    assert raised.value.kind == "unsupported"


@pytest.mark.parametrize(
    ("expr", "lines"),
    [
        ("x*x", ["dy/dx = 2*y/x"]),  # y is known from the start
        (
            "norm2(A*x-b)^2",
            ["u = b-A*x", "y = norm2(u)^2", "dy/du = 2*u", "db/du = matrix(0, m, m)"],
        ),
        ("x*x", ["u_1 = 2*x", "y = u_1^2/4", "dy/dx = dy/du_1*du_1/dx"]),
        ("x^2 + x", ["u = x^2", "z = u + x", "w = x", "u = w*w", "dz/dx = 2*x + 1"]),
        ("x^2*exp(x)", ["u = x^2", "v = exp(x)", "∂v/∂u = 0", "dv/dx = v"]),
        ("y = x^2; y^2", ["df/dx = df/dy*dy/dx = 4*x^3"]),
    ],
)
def test_lines_that_hold_are_right(expr: str, lines: list[str]) -> None:
    assert check_derivation(expr, lines, "x"), check_derivation(expr, lines, "x").sentence
