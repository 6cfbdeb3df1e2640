"""What the notes say that an answer rests on, and that they say no more."""

from __future__ import annotations

import pytest

import chainrule

SHAPES = {"x": ["n"], "A": ["m", "n"], "s": [], "t": []}


def needs(expr: str, wrt: str, **more: dict[str, list[str]]) -> list[str]:
    notes = chainrule.derive(expr, wrt=wrt, let=SHAPES, **more).record()["derivative"]["notes"]
    return [note for note in notes if note.startswith("The input needs")]


@pytest.mark.parametrize(
    ("expr", "wrt", "condition"),
    [
        ("s^2/s", "s", "s ≠ 0"),
        ("0*log(s)", "s", "s > 0"),
        ("sqrt(s)^2", "s", "s > 0"),
        ("exp(log(s))", "s", "s > 0"),
        ("s*t/t", "s", "t ≠ 0"),
        ("s/(2*t + 2)*(t + 1)", "s", "2t + 2 ≠ 0"),
        ("arcsin(s) + arccos(s)", "s", "s ∈ (-1, 1)"),
        ("sum(x./x)", "x", "x ≠ 0"),
        ("s^(-2)*s^3", "s", "s ≠ 0"),
    ],
)
def test_a_condition_that_cancels_is_said(expr: str, wrt: str, condition: str) -> None:
    assert needs(expr, wrt) == [f"The input needs {condition}."]


@pytest.mark.parametrize(
    ("expr", "wrt"),
    [
        ("log(s)", "s"),  # 1/s shows it
        ("sqrt(s)", "s"),
        ("x/norm2(x)", "x"),
        ("log(norm2(A*x))", "x"),
        ("1/(1 + exp(-s))", "s"),  # always positive
        ("log(sum(exp(x)))", "x"),
        ("log(1 + s^2)*t", "t"),
        ("s^(3/2)", "s"),
        ("x/(x'*x)", "x"),
    ],
)
def test_a_condition_that_shows_or_always_holds_is_not(expr: str, wrt: str) -> None:
    assert needs(expr, wrt) == []


def test_declared_properties_count() -> None:
    assert needs("s*t/t", "s", assume={"t": ["positive"]}) == []
