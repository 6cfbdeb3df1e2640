"""What people touch: the command, batch, the JSON contract, languages, formats, the graph."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import chainrule
from chainrule.errors import ProblemError
from chainrule.faces.api import answer
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


@pytest.mark.parametrize("order", [0, -1, 9, 100, True, 1.5, "2"])
def test_an_order_that_does_not_exist_is_refused_alike(order: object) -> None:
    said = set()
    for ask in (
        lambda: chainrule.derive("x^2", wrt="x", order=order),  # type: ignore[arg-type]
        lambda: chainrule.check_answer("x^2", "2*x", "x", order),  # type: ignore[arg-type]
    ):
        with pytest.raises(ProblemError) as caught:
            ask()
        said.add((caught.value.kind, caught.value.message))
    assert len(said) == 1 and "order" in said.pop()[1]


@pytest.mark.parametrize("order", ["0", "-1", "9", "100"])
def test_the_command_refuses_orders_alike(
    order: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "lines"
    lines.write_text("dy/dx = 2*x")
    for words in ([], ["check", "--answer", "2*x"], ["check", "--derivation", str(lines)]):
        status, out, err = run(capsys, *words, "x^2", "--order", order)
        assert (status, out) == (2, "")
        assert f"the order is 1 to 8, found {order}" in err
    asked = {"expr": "x^2", "derivation": "dy/dx = 2*x", "order": int(order)}
    assert answer("check", asked)["error"]["kind"] == "limit"


COMMAND = [sys.executable, "-m", "chainrule"]


@pytest.mark.parametrize(
    ("words", "status", "shows"),
    [
        (["x'*x", "--wrt", "x"], 0, "2*x\n"),
        (["x'*x", "--wrt", "x", "--lang", "zh"], 0, "2*x\n"),
        (["x'*x", "--wrt", "x", "--code", "numpy"], 0, "return 2 * x"),
        (["x'*x", "--wrt", "x", "--format", "markdown", "--lang", "zh"], 0, r"\u"),
        (["x'*x", "--wrt", "x", "--format", "html"], 0, "<"),
        (["x'*x", "--wrt", "x", "--format", "json", "--lang", "zh"], 0, '"ok": true'),
        (["check", "x^2", "--wrt", "x", "--answer", "3*x", "--lang", "zh"], 1, r"\u"),
        (["check", "x^2", "--answer", "3*x", "--lang", "zh", "--format", "json"], 1, '"ok": true'),
        (["demo"], 0, "Checked"),
        (["sin(\N{GREEK SMALL LETTER ALPHA}", "--lang", "zh"], 2, ""),
    ],
    ids=str,
)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_an_encoding_that_lacks_characters(
    words: list[str], status: int, shows: str, encoding: str
) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    run = subprocess.run([*COMMAND, *words], env=environment, capture_output=True)
    out, err = run.stdout.decode(encoding), run.stderr.decode(encoding)
    assert run.returncode == status and "Traceback" not in err
    if encoding == "utf-8":
        assert not re.search(r"\\u|\\x", out + err)
        return
    assert shows in out
    if "json" in words:
        assert json.loads(out)["ok"]
    elif shows == "2*x\n":
        assert out == shows and err.startswith("note: the output (")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    ("words", "needs"),
    [
        ("x^2", ">"),
        ("demo", ">"),
        ("--help", ">"),
        ("check x^2 --answer '2*x'", ">"),
        ("check x^2 --answer '2*x' --format json", ">"),
        ("check x^2 --derivation -", "<>"),
        ("batch {in}", ">"),
        ("batch -", "<"),
        ("batch {in} --out {out}", ""),
        ("mcp", "<"),
    ],
)
def test_closed_streams(words: str, needs: str, closed: str, tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.write_text('{"expr": "x^2"}\n')
    command = " ".join([*COMMAND, words.format(**{"in": source, "out": out}), closed])
    run = subprocess.run(
        command, shell=True, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    is_missed = any(f"{sign}&-" in closed.replace("2>&-", "") for sign in needs)
    assert run.returncode == (2 if is_missed else 0)
    assert run.stderr.count("\n") == (is_missed and "2>" not in closed)
    assert "Traceback" not in run.stderr
    if "--out" in words:
        assert json.loads(out.read_text())["ok"]


def test_errors_do_not_go_to_the_output_where_there_is_no_other_place() -> None:
    command = " ".join([*COMMAND, "'sin('", "2>&-"])
    run = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (2, "")


@pytest.mark.parametrize("raised", [IndexError("a\nb"), RecursionError(), StopIteration()])
@pytest.mark.parametrize("words", [["x^2"], ["check", "x^2", "--answer", "2*x"]])
def test_a_bug_is_one_line_that_says_so(
    raised: Exception,
    words: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise raised

    monkeypatch.setattr("chainrule.result.derive", broken)
    monkeypatch.setattr("chainrule.checking.check_answer", broken)
    name = type(raised).__name__
    said = f"this is a bug in chainrule, please report the expression: {name}\n"
    assert run(capsys, *words) == (70, "", said)
    status, _, err = run(capsys, *words, "--lang", "zh")
    assert status == 70 and "程序错误" in err and name in err
    monkeypatch.setenv("CHAINRULE_DEBUG", "1")
    assert "Traceback" in run(capsys, *words)[2]


def test_memory_that_runs_out_is_a_limit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise MemoryError

    monkeypatch.setattr("chainrule.result.derive", broken)
    said = "limit error: the answer takes too much memory\n"
    assert run(capsys, "x^2") == (2, "", said)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"y = \xff", "byte 5 of standard input is not UTF-8"),
        (b"#" * 70_000, "a derivation of more than 65536 bytes"),
    ],
)
def test_a_derivation_that_cannot_be_read(content: bytes, says: str) -> None:
    words = [*COMMAND, "check", "x^2", "--derivation", "-"]
    run = subprocess.run(words, input=content, capture_output=True)
    assert run.returncode == 2 and says in run.stderr.decode()


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
