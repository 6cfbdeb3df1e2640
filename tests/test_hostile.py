"""Hostile and mistaken input: refused with a ProblemError that helps, or answered, soon.

tests/data/bad_inputs.jsonl has what is wrong, the kinds of error that are accepted and what
the message or hint must mention. What is long rather than wrong is made here; it runs in a
process of its own that may use 1 GiB, and may be answered or refused as too much.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import chainrule
from chainrule.errors import ProblemError, marked
from chainrule.faces.cli import main

TESTS = Path(__file__).resolve().parent
BAD: list[dict[str, Any]] = [
    json.loads(line) for line in (TESTS / "data/bad_inputs.jsonl").read_text("utf-8").splitlines()
]
IDS = [case["id"] for case in BAD]
SETTINGS = ("let", "assume", "wrt", "order", "layout", "symmetric", "style")

REFUSAL_SECONDS = 2.0  # of processor time; nearly all take some milliseconds
LONG_SECONDS = 30.0  # ... and a derivation that reaches its budget takes a few
MEMORY = 1 << 30
LINE = 220  # characters of a line of an error


def settings(case: dict[str, Any]) -> dict[str, Any]:
    return {name: case[name] for name in SETTINGS if name in case}


def refusal(case: dict[str, Any]) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        chainrule.derive(case["expr"], **settings(case))
    return caught.value


def text_of(case: dict[str, Any]) -> str:
    return case["expr"] if isinstance(case["expr"], str) else ""


def is_presentable(shown: str) -> bool:
    """Whether nothing in it can move a cursor, hide text or flood a terminal."""
    return shown.replace("\n", "").isprintable() and max(map(len, shown.split("\n"))) <= LINE


# -- what is wrong


def test_there_are_many_and_no_two_alike() -> None:
    assert len(BAD) >= 500
    assert len(set(IDS)) == len(BAD)
    problems = [json.dumps([case["expr"], settings(case)], sort_keys=True) for case in BAD]
    repeated = {problem for problem in problems if problems.count(problem) > 1}
    assert not repeated


@pytest.mark.parametrize("case", BAD, ids=IDS)
def test_a_bad_input_is_refused_with_kind_words_and_place(case: dict[str, Any]) -> None:
    started = time.process_time()
    error = refusal(case)
    assert time.process_time() - started < REFUSAL_SECONDS
    assert error.kind in case["kinds"]
    said = f"{error.message} {error.hint or ''}".lower()
    assert [word for word in case["must_mention"] if word.lower() not in said] == []
    if "span" in case:
        assert [error.start, error.end] == case["span"]
    elif case.get("is_placeless"):
        assert error.start is None
    else:
        assert error.start is not None
    if error.start is not None:
        assert error.end is not None
        assert 0 <= error.start <= error.end <= len(text_of(case))
    assert is_presentable(marked(error, text_of(case)))


def test_nearly_every_refusal_has_a_hint() -> None:
    assert sum(bool(refusal(case).hint) for case in BAD) >= 0.95 * len(BAD)


def command_of(case: dict[str, Any]) -> list[str] | None:
    """The same problem on the command line, None where it cannot be said there."""
    options: list[str] = []
    for name, value in settings(case).items():
        if name in ("let", "assume"):
            if not isinstance(value, dict):
                return None
            for key, listed in value.items():
                items = [listed] if isinstance(listed, str) else listed
                if not isinstance(items, list) or any(
                    isinstance(item, bool) or not isinstance(item, int | str) or item == ""
                    for item in items
                ):
                    return None
                options.append(f"--{name}={key}={','.join(map(str, items))}")
        elif name in ("wrt", "order") and isinstance(value, int | str):
            options.append(f"--{name}={value}")
        else:
            return None
    return [*options, "--", case["expr"]] if isinstance(case["expr"], str) else None


def test_the_command_refuses_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    tried = 0
    for case in BAD:
        command = command_of(case)
        if command is None or isinstance(case.get("order"), bool | str):
            continue
        tried += 1
        assert main(command) in (2, 3), case["id"]
        captured = capsys.readouterr()
        assert captured.out == "", case["id"]
        assert "Traceback" not in captured.err
        assert captured.err.replace("\n", "").isprintable(), case["id"]
    assert tried > 400


# -- any character, many times

CHARACTERS = [chr(code) for code in range(256)] + list(
    "αβΑµπ−–·×∗⊙⊘⊗′’ᵀ⊤²⁻₁‖√∑∂∇∞≥≤≠а文ｘ\u0301\u200b\u202e\u2028\ufeff\ud800😀\U000e0041\U0010ffff"
)


@pytest.mark.parametrize("length", [64 * 1024, 8 * 1024, 499])
def test_a_run_of_any_character_is_answered_or_refused(length: int) -> None:
    slowest = (0.0, "")
    for character in CHARACTERS:
        started = time.process_time()
        source = character * length
        try:
            chainrule.derive(source)
        except ProblemError as error:
            assert is_presentable(marked(error, source)), ascii(character)
            assert error.start is None or 0 <= error.start <= (error.end or 0) <= length
        slowest = max(slowest, (time.process_time() - started, ascii(character)))
    print("slowest", slowest)
    assert slowest[0] < REFUSAL_SECONDS


# -- what is long

ANY = ("answer", "limit")


def tower(function: str, count: int) -> str:
    return f"{function}(" * count + "x" + ")" * count


def defined(count: int, step: str, start: str = "x") -> str:
    """u0 = start; u1 = step; ..., with `#` in the step for the name before."""
    lines = [f"u0 = {start}"]
    lines += [f"u{k} = {step.replace('#', f'u{k - 1}')}" for k in range(1, count)]
    return "\n".join([*lines, f"u{count - 1}"])


# name -> (expression, settings, accepted: "answer" or kinds of errors, the answer if asserted)
Long = tuple[str, dict[str, Any], tuple[str, ...], str | None]
X = {"wrt": "x"}
LONG: dict[str, Long] = {
    "10,000 brackets": ("(" * 10_000 + "x" + ")" * 10_000, {}, ("limit",), None),
    "8,000 brackets": ("(" * 8_000 + "x" + ")" * 8_000, {}, ("limit",), None),
    "490 brackets": ("(" * 490 + "x" + ")" * 490, {}, ("answer",), "1"),
    "10,000 calls": (tower("sin", 10_000), {}, ("limit",), None),
    "2,000 calls": (tower("sin", 2_000), {}, ("limit",), None),
    "10,000 signs": ("-" * 10_000 + "x", {}, ("limit",), None),
    "490 signs": ("-" * 490 + "x", {}, ("answer",), "1"),
    "10,000 transposes": ("X" + "'" * 10_000, {}, ANY, "eye(m*n)"),
    "10,000 open subscripts": ("x[" * 5_000, {}, ("limit",), None),
    "nested subscripts": ("x" + "[1" * 490 + "]" * 490, {}, ("syntax",), None),
    "nested vectors": ("[" * 490 + "x" + "]" * 490, {}, ANY, None),
    "bars": ("|" * 3_000, {}, ("limit", "syntax"), None),
    "power 10^9": ("x^(10^9)", {}, ANY, "1000000000*x^999999999"),
    "power 10^10^10": ("x*10^(10^10)", {}, ANY, None),
    "power of powers": ("x*9^(9^(9^9))", {}, ANY, "9^(9^387420489)"),
    "tower of powers": ("x + 9^9^9^9", {}, ("syntax",), None),
    "x to itself": ("x^(" * 400 + "x" + ")" * 400, {}, ANY, None),
    "squares of squares": (
        "(" * 40 + "x" + "^2)" * 40, {}, ANY, f"{2**40}*x^{2**40 - 1}",
    ),
    "490 squares of squares": ("(" * 490 + "x" + "^2)" * 490, {}, ANY, None),
    "10^5 terms": ("+".join(["x"] * 10**5), {}, ("limit",), None),
    "4,000 terms": ("+".join(["x"] * 4_000), {}, ANY, "4000"),
    "distinct powers": ("+".join(f"x^{k}" for k in range(2, 2_400)), {}, ANY, None),
    "distinct sines": ("+".join(f"sin({k}*x)" for k in range(1, 800)), {}, ANY, None),
    "10^5 factors": ("*".join(["x"] * 10**5), {}, ("limit",), None),
    "4,000 factors": ("*".join(["x"] * 4_000), {}, ANY, "4000*x^3999"),
    "200 distinct factors": ("*".join(f"(x+{k})" for k in range(200)), {}, ANY, None),
    "600 divisions": ("/".join(["x"] * 600), {}, ANY, None),
    "2,500 variables": ("+".join(f"x{k}" for k in range(2_500)), {"wrt": "x1"}, ANY, "1"),
    "500 variables times": ("*".join(f"x{k}" for k in range(500)), {"wrt": "x1"}, ANY, None),
    "10 MB": ("x" * 10**7, {}, ("limit",), None),
    "10 MB of a line": ("x+\u202e" * 10**6, {}, ("limit",), None),
    "a long name": ("x" * 10_000, {}, ("limit",), None),
    "a long number": ("9" * 5_000, {}, ("limit",), None),
    "a long string": ('x "' + "a" * 10_000 + '"', {}, ("syntax",), None),
    "10^4 definitions": (defined(10_000, "#"), X, ("limit",), None),
    "700 definitions": (defined(700, "sin(#)"), X, ANY, None),
    "doubling definitions": (defined(40, "#*# + #"), X, ANY, None),
    "shared definitions": (defined(25, "sin(#)*cos(#)"), X, ("answer",), None),
    "a vector of 10^5": ("[" + ",".join(["x"] * 10**5) + "]", {}, ("limit",), None),
    "a vector of 800": ("[" + ",".join(["x"] * 800) + "]", {}, ANY, None),
    "a matrix of 20 by 20": ("[" + ";".join([",".join(["x"] * 20)] * 20) + "]", {}, ANY, None),
    "X^1000000": ("X^1000000", {}, ("limit",), None),
    "X^1000": ("X^1000", {}, ANY, None),
    "order 99": ("x^2", {"order": 99}, ("limit",), None),
    "order 8": ("sin(x)*exp(x)", {"order": 8}, ANY, None),
    "size 10^12": ("A*x", {"let": {"A": ["n", 10**12]}, **X}, ("shape", "limit"), None),
    "size 10^6": ("A*x", {"let": {"A": [10**6, 10**6], "x": [10**6]}, **X}, ANY, "A"),
    "size 3,000": ("A*x", {"let": {"A": [3_000, 3_000], "x": [3_000]}, **X}, ANY, "A"),
    "sum of 10^6": ("sum(exp(x))", {"let": {"x": [10**6]}, **X}, ANY, "exp(x)"),
    "eye(10^6)": ("logdet(eye(1000000)*x)", {}, ANY, None),
    "kron 5": ("kron(A, " * 5 + "A" + ")" * 5, {}, ANY, None),
    "kron 9": ("kron(A, " * 9 + "A" + ")" * 9, {}, ANY, None),
    "exp 490": (tower("exp", 490), {}, ANY, None),
    "sin 80": (tower("sin", 80), {}, ("answer",), None),
    "sin 40, order 2": (tower("sin", 40), {"order": 2}, ANY, None),
    "sin 80, order 3": (tower("sin", 80), {"order": 3}, ANY, None),
}  # fmt: skip


def run_long() -> None:
    """Work all of LONG out and write what came of each as a line of JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for name, (source, options, _, _) in LONG.items():
        started = time.process_time()
        try:
            outcome, shown = "answer", chainrule.derive(source, **options).result
        except ProblemError as error:
            outcome, shown = error.kind, marked(error, source)
        except Exception as error:
            outcome, shown = f"failure: {error!r}", ""
        print(json.dumps([name, outcome, shown, time.process_time() - started]), flush=True)


def test_a_continued_fraction_is_shown_soon() -> None:
    """With its curvature, for which the Hessian's nested fractions are combined."""
    depth = 12
    started = time.process_time()
    chainrule.derive("1/(x+" * depth + "x" + ")" * depth, "x").text(steps=False)
    assert time.process_time() - started < LONG_SECONDS / 3


def test_nested_softmax_is_soon_done() -> None:
    """Sums of matrices within sums are transposed once each."""
    started = time.process_time()
    source = "logsumexp(" + "A*softmax(" * 3 + "A*x" + ")" * 4
    chainrule.derive(source, "x", 2, let={"x": ["n"], "A": ["n", "n"]})
    assert time.process_time() - started < REFUSAL_SECONDS


@pytest.fixture(scope="module")
def outcomes() -> dict[str, tuple[str, str, float]]:
    """What came of each long input: answer or kind of error, what was shown, seconds."""
    paths = [str(TESTS), str(TESTS.parent / "src")]
    found = subprocess.run(
        [sys.executable, "-c", "import test_hostile; test_hostile.run_long()"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name: (o, s, t) for name, o, s, t in map(json.loads, found.stdout.splitlines())}


@pytest.mark.parametrize("name", LONG)
def test_a_long_input_is_answered_rightly_or_refused(
    name: str, outcomes: dict[str, tuple[str, str, float]]
) -> None:
    _, _, accepted, answer = LONG[name]
    outcome, shown, seconds = outcomes[name]
    assert outcome in accepted
    assert seconds < LONG_SECONDS
    if outcome == "answer":
        assert answer in (None, shown)
    else:
        assert is_presentable(shown)


def test_the_slowest_long_inputs(outcomes: dict[str, tuple[str, str, float]]) -> None:
    """Nothing to assert beyond the limit above; shown with -s."""
    times = sorted(((seconds, name) for name, (_, _, seconds) in outcomes.items()), reverse=True)
    print("\n".join(f"{seconds:6.2f} s  {name}" for seconds, name in times[:12]))
    assert len(times) == len(LONG)
