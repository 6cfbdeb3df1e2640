"""What kind of slip a wrong answer shows: recognised, never called right, never called in vain."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from broken import ALSO, Broken, cases
from chainrule.checking import Verdict, check_answer
from chainrule.faces.cli import main
from corpus import RECORDS
from test_docs import ROWS

FEWEST = 8  # unambiguous cases that a kind must have to count
RATE = 0.9


def verdict(broken: Broken) -> Verdict:
    key = (broken.record.id, broken.answer)
    if key not in VERDICTS:
        record = broken.record
        VERDICTS[key] = check_answer(
            record.expr, broken.answer, record.wrt, let=record.let, assume=record.assume
        )
    return VERDICTS[key]


VERDICTS: dict[tuple[str, str], Verdict] = {}


def accepted(kinds: frozenset[str]) -> set[str]:
    return set().union(*(ALSO.get(kind, {kind}) for kind in kinds))


def test_slips_of_every_kind_are_recognised() -> None:
    """Of answers broken in one way only, nine of ten are told how, for each kind."""
    poor, enough = [], 0
    for kind, of_kind in cases().items():
        alone = [b for b in of_kind if len(b.kinds) == 1]
        names = [getattr(verdict(b).slip, "kind", None) for b in alone]
        hits = sum(name in accepted(b.kinds) for name, b in zip(names, alone, strict=True))
        rate = hits / len(alone) if alone else 1.0
        print(f"{kind:22} {hits:3} of {len(alone):3} recognised, {rate:.0%}")
        if len(alone) >= FEWEST:
            enough += 1
            poor += [kind] if rate < RATE else []
    assert not poor
    assert enough >= 12


def test_what_two_slips_have_in_common_is_called_one_of_them() -> None:
    shared = [b for of_kind in cases().values() for b in of_kind if len(b.kinds) > 1]
    hits = sum(getattr(verdict(b).slip, "kind", None) in accepted(b.kinds) for b in shared)
    print(f"{hits} of {len(shared)}")
    assert hits >= RATE * len(shared)


def test_every_wrong_answer_is_called_wrong() -> None:
    for of_kind in cases().values():
        for broken in of_kind:
            assert not verdict(broken).is_right, broken


PUBLISHED = random.Random(2).sample(
    [r for r in RECORDS if r.closed and r.derivative.ndim <= 2], 150
)


def test_a_right_answer_in_another_spelling_is_never_called_wrong() -> None:
    for record in PUBLISHED:
        found = check_answer(
            record.expr, str(record.closed), record.wrt, record.order,
            let=record.let, assume=record.assume,
        )  # fmt: skip
        assert found.is_right and found.slip is None, record.id


# What is asked, a wrong answer, the kind of slip: one line for what the records do not show.
NAMED = [
    ("sin(x)*x^2", "x", "cos(x)*2*x", "product-of-derivatives"),
    ("x/(1 + x^2)", "x", "1/(2*x)", "quotient-of-derivatives"),
    ("x/(1 + x^2)", "x", "(2*x^2 - (1 + x^2))/(1 + x^2)^2", "quotient-order"),
    ("x/(1 + x^2)", "x", "1/(1 + x^2)", "quotient-term"),
    ("2^x", "x", "2^x", "value"),
    ("3*2^x", "x", "3*x*2^(x - 1)", "exponential-as-power"),
    ("a^x + x", "x", "a^x + 1", "exponential-log"),
    ("x^3 + 1/x", "x", "x^4/4 - 1/x^2", "integrated"),
    ("sum(relu(x))", "x", "vector(1, n)", "branch"),
    ("abs(x)", "x", "where(x > 1, 1, 0)", "part"),
    ("softmax(x)", "x", "diag(softmax(x).*(1 - softmax(x)))", "softmax"),
    ("logdet(X) + tr(X)", "X", "inv(X) + eye(n)", "transposed"),
    ("tr(X) + logdet(A*X)", "X", "matrix(1, n, n) + inv(X)'", "trace"),
    ("norm2(A*x - b)^2", "x", "2*A*(A*x - b)", "missing-transpose"),
    ("norm2(A*x - b)^2", "x", "2*A'*(A*x + b)", "term-sign"),
    ("x^2 + 3*x", "x", "2*x", "term-dropped"),
    ("x^2 + y*x", "x", "2*x + y + 5", "extra-term"),
    ("exp(a*x)", "x", "exp(a*x)", "value"),
    ("x'*x", "x", "2*x'*x", "shape"),
    ("exp(x)", "x", "sum(exp(x))", "summed"),
]


@pytest.mark.parametrize(("expr", "wrt", "answer", "kind"), NAMED)
def test_slips_the_records_do_not_show(expr: str, wrt: str, answer: str, kind: str) -> None:
    let = {"x": ["n"]} if "sum(" in answer + expr or "softmax" in expr else {}
    found = check_answer(expr, answer, wrt, let=let)
    assert not found.is_right
    assert found.slip is not None and found.slip.kind == kind, found.sentence


def test_orders_are_told_apart() -> None:
    assert check_answer("x'*A*x", "(A + A')*x", "x", 2).slip.kind == "lower-order"  # type: ignore[union-attr]
    assert check_answer("x'*A*x", "2*A", "x", 2).slip.kind == "symmetric"  # type: ignore[union-attr]
    assert check_answer("x^4", "4*3*x^3", "x", 2).slip is not None


@pytest.mark.parametrize(
    ("expr", "wrt", "answer"),
    [
        ("det(s*eye(n))", "s", "n*s^(n - 1)"),
        ("det(eye(n)/(s^2 + 1))", "s", "-2*n*s/(s^2 + 1)^(n + 1)"),
        ("tr(A^k)", "A", "k*(A^(k - 1))'"),
        ("sum(x)/i + x[i]", "x", "vector(1, n)/i + unit(i, n)"),
    ],
)
def test_sizes_mean_in_the_answer_what_they_mean_in_the_expression(
    expr: str, wrt: str, answer: str
) -> None:
    let = {"x": ["n"]} if wrt == "x" else {}
    assert check_answer(expr, answer, wrt, let=let)


def test_a_scalar_answer_gets_a_point_where_it_is_wrong() -> None:
    assert "at x = 2 it is 24, the derivative 12" in check_answer("x^3", "3*x^3", "x").sentence


def test_layout_and_convention_are_those_asked_for() -> None:
    let = {"A": ["m", "n"], "x": ["n"]}
    assert check_answer("A*x", "A'", "x", let=let, layout="denominator")
    assert not check_answer("A*x", "A", "x", let=let, layout="denominator")
    assume = {"S": ["symmetric"]}
    asked = {"assume": assume, "symmetric": "projected"}
    assert check_answer("tr(A*S)", "(A + A')/2", "S", **asked)  # type: ignore[arg-type]
    found = check_answer("tr(A*S)", "(A + A')/2", "S", assume=assume)
    assert found.slip is not None and found.slip.kind == "convention"


# What is asked, a wrong answer, what is said of it and what would be untrue.
SAID = [
    ("(x + 1)^2", "x", "2*x", "2 is missing", "does not belong"),
    ("(x - 1)^2", "x", "2*x", "2 is added that does not belong there", "missing"),
    ("x*sin(x)", "x", "sin(x) + cos(x)", "of sin(x) has to be multiplied by x", "constant"),
    ("3/x", "x", "1", "derivative of 3/x by x is missing", "constant"),
    ("sqrt(x)", "x", "2*sqrt(x)", "not constant: the derivative is 1/(4*x) times", "a constant"),
    ("1/x^2", "x", "1/(2*x)", "not constant: the derivative is -4/x^2 times", "a constant"),
    (
        "a*x^2",
        "x",
        "2*x/a",
        "a constant factor is off: the derivative is a^2 times",
        "not constant",
    ),
    ("x^2 + sin(x) + exp(x)", "x", "2*x", "of the term sin(x) + exp(x) is missing", "path"),
    ("x*sin(x)*exp(x)", "x", "sin(x)*exp(x)", "only some of the terms", "its term is missing"),
    ("x^2 + x^3", "x", "x + x^2", "power rule at x^2: the exponent 2 becomes", "rule at x^3"),
    ("x^2 + x^3", "x", "x + x^2", "; and likewise at x^3", "missing"),
    ("x/(x + 1)", "x", "1", "not the quotient of the derivatives", "squared"),
    ("x^2 + x*y + y^2", "x", "2*x + y + 2*y", "the term 2*y is too much", "sign"),
    ("norm2(x - y)", "x", "x - y", "by its argument u is u/norm2(u)", "x/norm2(x)"),
    ("logdet(A + X)", "X", "det(A + X)*inv(A + X)'", "by its argument U is U⁻ᵀ", "X⁻ᵀ"),
    ("1/3*x", "x", "0.333333333333", "relative error 1.0e-12", "e+00"),
    ("1/3*x", "x", "0.33333333333333331", "the values differ", "relative"),
    ("relu(det(A) - 30)", "A", "matrix(0, n, n)", "another branch", "symmetric"),
    ("relu(tr(X) - 5)", "X", "matrix(0, n, n)", "another branch", "symmetric"),
    ("tr(X^k)", "X", "(k + (k - 2)*(k - 3))*(X')^(k - 1)", "relative error", "symmetric"),
    ("min(x, 100)", "x", "1", "at x = 200 it is 1, the derivative 0", "0.5"),
    ("relu(x)^2", "x", "2*x", "at x = -1 it is -2, the derivative 0", "-0"),
]


@pytest.mark.parametrize(("expr", "wrt", "answer", "said", "untrue"), SAID)
def test_what_is_said_of_a_wrong_answer_is_true(
    expr: str, wrt: str, answer: str, said: str, untrue: str
) -> None:
    found = check_answer(expr, answer, wrt, let={"x": ["n"]} if "norm2" in expr else {})
    assert not found.is_right
    assert said in found.sentence and untrue not in found.sentence, found.sentence


def test_the_order_of_a_scalar_derivative_taken_too_often_is_named() -> None:
    assert "order 3" in check_answer("x^4", "24*x", "x", 2).sentence


def test_a_factor_that_varies_is_not_called_constant_in_chinese() -> None:
    assert "不是常数" in check_answer("sqrt(x)", "2*sqrt(x)", "x", language="zh").sentence


def test_slips_are_not_looked_for_in_another_convention() -> None:
    """2*A' is twice the derivative by a matrix that varies freely, but not the projected one."""
    found = check_answer("tr(A*S)", "2*A'", "S", assume={"S": ["symmetric"]}, symmetric="projected")
    assert not found.is_right and found.slip is None


# What is asked, an answer that is right on a part only, where.
NARROWER = [
    ("x^2", "2*sqrt(x)^2", "x > 0"),
    ("x^2", "2*exp(log(x))", "x > 0"),
    ("1/x", "-exp(-2*log(x))", "x > 0"),
    ("x^2", "2*x*sqrt(x + 100)/sqrt(x + 100)", "x + 100 > 0"),
    ("x^3", "3*x^4/x^2", "x² ≠ 0"),
    ("sin(x)", "sin(x)/tan(x)", "tan(x) ≠ 0"),
]


@pytest.mark.parametrize(("expr", "answer", "where"), NARROWER)
def test_what_only_the_answer_needs_is_said(expr: str, answer: str, where: str) -> None:
    found = check_answer(expr, answer, "x")
    assert found.is_right
    assert found.sentence.startswith(f"right where {where}: the answer needs {where} (")
    assert f"答案要求 {where}" in check_answer(expr, answer, "x", language="zh").sentence
    assert found.record().keys() == {"ok", "right", "verdict", "slip", "sentence"}


@pytest.mark.parametrize(
    ("expr", "answer"),
    [
        ("log(x)", "1/x"),
        ("log(x)", "exp(-log(x))"),
        ("sqrt(x)", "1/(2*sqrt(x))"),
        ("tan(x)", "1/cos(x)^2"),
        ("arcsin(x)", "1/sqrt((1 - x)*(1 + x))"),
        ("x^x", "exp(x*log(x))*(1 + log(x))"),
        ("1/(1 + exp(-x))", "exp(-x)/(1 + exp(-x))^2"),
    ],
)
def test_what_the_expression_needs_too_is_not_said(expr: str, answer: str) -> None:
    assert check_answer(expr, answer, "x").sentence.startswith("right (")


# -- the command


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["check", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_command_has_a_status_a_sentence_and_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = ["norm2(A*x-b)^2", "--wrt", "x"]
    assert run(capsys, *problem, "--answer", "2*A'*(A*x-b)")[0] == 0
    status, out, _ = run(capsys, *problem, "--answer", "2*(A*x-b)", "--format", "json")
    record = json.loads(out)
    assert status == 1
    assert record.keys() == {"ok", "right", "verdict", "slip", "sentence"}
    assert (record["ok"], record["right"], record["slip"]) == (True, False, "inner")
    assert "2*A'*(A*x - b)" in run(capsys, *problem, "--answer", "x", "--show")[1]
    status, out, _ = run(capsys, *problem, "--answer", "2*(", "--format", "json")
    assert status == 2
    assert json.loads(out)["ok"] is False
    path = tmp_path / "lines.txt"
    path.write_text("u = A*x - b\ndy/du = 2*u'\ndy/dx = 2*u", "utf-8")
    status, out, _ = run(capsys, *problem, "--derivation", str(path), "--lang", "zh")
    assert status == 1
    assert "第 3 行" in out
    assert run(capsys, *problem, "--derivation", str(tmp_path / "none"))[0] == 2
    path.write_text("u = A*x - b\ndy/dq = 2*u'", "utf-8")
    assert run(capsys, *problem, "--derivation", str(path))[0] == 2


def test_every_slip_has_its_sentence_in_both_languages() -> None:
    for broken in (b for of_kind in cases().values() for b in of_kind[:3]):
        found = verdict(broken).slip
        if found is not None:
            assert found.sentence("en") != found.sentence("zh")
            assert "{" not in found.sentence("en").replace("{0}", "")


def test_the_page_names_the_slips_it_shows() -> None:
    rows = [row for row in ROWS if "slip" in row.cells and "expression" in row.cells]
    assert len(rows) > 20
    for row in rows:
        found = check_answer(
            row.text("expression"), row.text("answer"), row.text("by"), **row.options
        )
        assert found.slip is not None and found.slip.kind == row.text("slip"), row.place


def test_only_the_matrices_that_have_to_be_symmetric_are_named() -> None:
    found = check_answer(
        "tr(M*Z*N*Z')", "2*M*Z*N", "Z", let={"M": ["n", "n"], "Z": ["n", "n"], "N": ["n", "n"]}
    )
    assert found.sentence == "no: this is right only for symmetric M, N"


def test_swapped_vectors_are_written_plainly() -> None:
    found = check_answer("a'*inv(Z)*c", "-inv(Z)'*c*a'*inv(Z)'", "Z", let={"a": ["n"], "c": ["n"]})
    assert found.sentence == "no: the order of factors is wrong: c*a' has to be a*c'"
