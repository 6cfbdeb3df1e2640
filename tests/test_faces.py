"""What people touch: the command, batch, the JSON contract, languages, formats, the graph."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import chainrule
from chainrule.faces.cli import main
from chainrule.parse.understand import understand
from chainrule.words import en, zh


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_result_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "ln(sin(x^3)^2)")
    assert status == 0
    assert "u₄ = ln(u₃)" in out
    assert "6x²cos(x³)/sin(x³)" in out
    assert "Checked" in out


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["x*y", "--let", "x=n", "--let", "y=n", "--wrt", "x"], 2, "x'*y or x.*y?"),
        (["a' b", "--wrt", "a"], 2, "no operator"),
        (["x'*A*x"], 2, "with respect to what"),
        (["x'*A*x", "--wrt", "q"], 2, "not a variable"),
        (["expm(X)*X", "--wrt", "X", "--order", "4"], 3, "rule"),
        (["sin(x", "--wrt", "x"], 2, "not closed"),
        (["x", "--wrt", "x", "--order", "99"], 2, "order"),
    ],
)
def test_errors_have_a_status_and_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, says: str
) -> None:
    found, out, err = run(capsys, *arguments)
    assert (found, out) == (status, "")
    assert says in err
    assert "Traceback" not in err


def test_the_caret_stands_under_the_fault(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = run(capsys, "A*x + sin(y", "--wrt", "x")
    line, caret = err.splitlines()[1:3]
    assert line[caret.index("^") :].startswith("sin(y")


def test_checking_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    problem = ["check", "norm2(A*x-b)^2", "--wrt", "x", "--answer"]
    assert run(capsys, *problem, "2*A'*(A*x-b)")[0] == 0
    assert run(capsys, *problem, "A'*(A*x-b)")[0] == 1
    assert run(capsys, *problem, "A")[0] == 1
    assert run(capsys, *problem, "2*A'*(A*x-")[0] == 2


def test_batch_answers_every_line_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problems = [
        {"id": 1, "expr": "x'*A*x", "wrt": "x", "let": {"x": ["n"], "A": ["n", "n"]}, "more": 0},
        {"id": 2, "expr": "sin(", "wrt": "x"},
        {"id": 3, "expr": "X'*X", "wrt": "X"},
        {"id": 4, "expr": 5},
    ]
    lines = [json.dumps(problem) for problem in problems] + ["{", '{"id": 1, "id": 2}', ""]
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(lines), "utf-8")
    assert main(["batch", str(source), "--out", str(out)]) == 0
    results = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [r["id"] for r in results] == [1, 2, 3, 4, None, None]
    assert [r["ok"] for r in results] == [True, False, True, False, False, False]
    assert results[0]["derivative"]["text"] == "(A + A')*x"
    assert results[1]["error"]["kind"] == "syntax"
    assert results[2]["derivative"]["notation"] == "kronecker"
    assert results[2]["derivative"]["shape"] == ["n", "n", "m", "n"]


RESULT_KEYS = {
    "id",
    "ok",
    "expr",
    "let",
    "derivative",
    "derivation",
    "code",
    "check",
    "milliseconds",
}
STEP_KEYS = {"kind", "rule", "name", "wrt", "lhs", "rhs", "why", "check"}


@pytest.mark.parametrize(
    "expr", ["ln(sin(x^3)^2)", "sum(log(exp(-y.*(X*x)) + 1))", "inv(x)", "norm2(W.*(T - x*V'))^2"]
)
@pytest.mark.parametrize("order", [1, 2])
def test_json_keeps_the_contract(expr: str, order: int) -> None:
    let = {"x": ["n", "n"]} if "inv" in expr else {"x": ["m", "p"]} if "V" in expr else {}
    result = chainrule.derive(expr, wrt="x", order=order, let=let)
    record = json.loads(json.dumps(result.record()))
    assert record.keys() == RESULT_KEYS
    assert all(step.keys() == STEP_KEYS for step in record["derivation"]["steps"])
    assert record["derivation"]["rule"] == result.rule
    assert record["derivative"]["notation"] in ("matrix", "kronecker", "index")
    names = {node["id"] for node in record["derivation"]["graph"]["nodes"]}
    assert all({a, b} <= names for a, b in record["derivation"]["graph"]["edges"])
    reread = understand(record["derivative"]["text"], record["let"])
    assert [str(d) for d in reread.expr.shape] == [str(d) for d in result.expr.shape]
    assert "def derivative(**variables)" in record["code"]["numpy"]


def test_languages_have_the_same_sentences() -> None:
    assert en.WORDS.keys() == zh.WORDS.keys()
    for key, sentence in en.WORDS.items():
        slots = set(re.findall(r"{(\w+)}", sentence))
        assert slots == set(re.findall(r"{(\w+)}", zh.WORDS[key])), key


@pytest.mark.parametrize("expr", ["x + x^2", "tr(A*X*B)", "sum(w + x)", "X'*X", "x'*A*x"])
@pytest.mark.parametrize("style", ["chain", "differential"])
def test_every_format_in_both_languages(expr: str, style: str) -> None:
    wrt = "X" if "X" in expr else "x"
    result = chainrule.derive(expr, wrt=wrt, style=style)  # type: ignore[arg-type]
    for language in ("en", "zh"):
        for level in ("brief", "normal", "full"):
            shown = result.text(language=language, level=level)  # type: ignore[arg-type]
            assert "{" not in shown.replace("{0}", "")
        assert "$$" in result.markdown(language=language)
        assert "align*" in result.latex(steps=True, language=language)
        ElementTree.fromstring(result.html(language=language))
    if expr != "X'*X":
        assert "combin" in result.text().lower() or "Differentiate" in result.text()


def test_the_graph_is_a_picture_of_the_data_flow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "flow.svg"
    assert run(capsys, "sin(x + x^2)", "--graph", str(path))[0] == 0
    svg = ElementTree.fromstring(path.read_text("utf-8"))
    texts = [node.text for node in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["x", "u₁ = x²", "u₂ = x + u₁", "u₃ = sin(u₂)"]
    paths = [
        p for p in svg.iter("{http://www.w3.org/2000/svg}path") if "edge" in p.get("class", "")
    ]
    assert len(paths) == 4


def test_layouts_are_transposes() -> None:
    let = {"A": ["m", "n"], "x": ["n"]}
    assert chainrule.derive("A*x", wrt="x", let=let).result == "A"
    assert chainrule.derive("A*x", wrt="x", let=let, layout="denominator").result == "A'"
    assert chainrule.derive("a'*x", wrt="x", layout="denominator").result == "a"


def test_names_cannot_be_injected() -> None:
    for name in ("lambda", "np", "variables", "t1", "λ", "print"):
        source = chainrule.derive(f"sum({name}.^2)", wrt=name, let={name: ["n"]}).code()
        namespace: dict[str, object] = {}
        exec(compile(source, "<generated>", "exec"), namespace)
        found = namespace["derivative"](**{name: [1.0, 2.0]})  # type: ignore[operator]
        assert list(found) == [2.0, 4.0]
