"""chainrule batch and the terminal: nothing is lost, nothing leaks, no traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chainrule.errors import ProblemError
from chainrule.faces import batch, files
from chainrule.faces.batch import answer, run_batch
from chainrule.faces.cli import main

COMMAND = [sys.executable, "-m", "chainrule"]
ESCAPE = "\x1b[31m"
UNPRINTABLE = ("\x1b", "\r", "\x07", "\x9b", "\u202e", "\u200b", "\x00", "\u2066")
KINDS = {"syntax", "name", "shape", "domain", "limit", "unsupported"}


def problems(path: Path, count: int) -> list[dict[str, Any]]:
    """Right ones and bad ones; every third has no id."""
    made: list[dict[str, Any]] = []
    for k in range(count):
        record: dict[str, Any] = {"expr": f"x'*A*x + {k}*sum(x)", "wrt": "x"}
        if k % 5 == 3:
            record = {"expr": f"sin(x + {k}"}
        made.append(record if k % 3 == 0 else {"id": f"p{k}", **record})
    path.write_text("".join(json.dumps(record) + "\n" for record in made), "utf-8")
    return made


def results(path: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for record in found:
        record.pop("milliseconds", None)
    return found


# -- going on where a run stopped


@pytest.mark.parametrize("kept", [0, 1, 4, 9])
@pytest.mark.parametrize("torn", ["", '{"id": "p', '{"ok": true}'])
def test_resume_gives_what_an_unbroken_run_gives(tmp_path: Path, kept: int, torn: str) -> None:
    source, whole, out = tmp_path / "in", tmp_path / "whole", tmp_path / "out"
    problems(source, 9)
    run_batch(str(source), str(whole), "en")
    lines = whole.read_text("utf-8").splitlines(keepends=True)
    out.write_text("".join(lines[:kept]) + torn, "utf-8")
    run_batch(str(source), str(out), "en", resume=True)
    assert results(out) == results(whole)


def test_a_killed_run_leaves_whole_lines_and_can_go_on(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    problems(source, 200)
    command = [*COMMAND, "batch", str(source), "--out", str(out)]
    with subprocess.Popen(command) as run:
        while not out.exists() or out.read_bytes().count(b"\n") < 5:
            assert run.poll() is None
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
    whole = out.read_bytes().splitlines(keepends=True)
    assert all(json.loads(line)["ok"] in (True, False) for line in whole if line.endswith(b"\n"))
    source.write_text("".join(source.read_text().splitlines(keepends=True)[: len(whole) + 5]))
    run_batch(str(source), str(out), "en", resume=True)
    assert len(results(out)) == len(whole) + 5


def test_a_run_killed_again_and_again_ends_as_an_unbroken_one(tmp_path: Path) -> None:
    """At moments that are chosen at random; where they fall depends on the machine."""
    source, whole, out = tmp_path / "in", tmp_path / "whole", tmp_path / "out"
    problems(source, 120)
    run_batch(str(source), str(whole), "en")
    command = [*COMMAND, "batch", str(source), "--out", str(out), "--resume"]
    moments = Random(11)
    for _ in range(6):
        with subprocess.Popen(command) as run:
            time.sleep(moments.uniform(0.05, 0.5))
            run.send_signal(signal.SIGKILL)
        *lines, torn = out.read_bytes().split(b"\n") if out.exists() else [b""]
        assert all(json.loads(line)["ok"] in (True, False) for line in lines)
        assert not torn or not torn.endswith(b"}")
    assert subprocess.run(command, check=False).returncode in (0, 1)
    assert results(out) == results(whole)


def test_resume_refuses_the_results_of_other_problems(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    problems(source, 3)
    out.write_text('{"id": "other", "ok": true}\n')
    with pytest.raises(ProblemError, match="no result of this file's problem"):
        run_batch(str(source), str(out), "en", resume=True)
    out.write_text("no json\nand more\n")
    with pytest.raises(ProblemError, match="no result"):
        run_batch(str(source), str(out), "en", resume=True)
    with pytest.raises(ProblemError, match="goes on with a file"):
        run_batch(str(source), None, "en", resume=True)


ASKED = {"id": 1, "expr": "a*x^2", "wrt": "x"}
CHANGED = [
    {"expr": "a*x^5"},
    {"wrt": "a"},
    {"order": 2},
    {"layout": "denominator"},
    {"let": {"x": ["n", "n"]}},
    {"expr": "a*x^"},
    {"wrt": "b"},
    {"expr": 5},
]


@pytest.mark.parametrize("change", CHANGED, ids=str)
@pytest.mark.parametrize("is_answered", [True, False])
def test_resume_sees_that_a_problem_was_edited(
    change: dict[str, Any], is_answered: bool, tmp_path: Path
) -> None:
    """An answer is no longer that of its problem, nor is an error once it is mended."""
    source, out = tmp_path / "in", tmp_path / "out"
    edited = {**ASKED, **change}
    before, after = (ASKED, edited) if is_answered else (edited, ASKED)
    source.write_text(json.dumps(before) + "\n")
    run_batch(str(source), str(out), "zh")
    kept = out.read_bytes()
    run_batch(str(source), str(out), "en", resume=True)
    source.write_text(json.dumps(after) + "\n")
    with pytest.raises(ProblemError, match=r"line 1 of .* is no result of this file's problem"):
        run_batch(str(source), str(out), "en", resume=True)
    assert out.read_bytes() == kept


@pytest.mark.parametrize(
    "record",
    [
        {"expr": "expm(X)*X", "wrt": "X", "order": 4},
        {"expr": "1/(x - x)", "wrt": "x"},
        {"expr": "logdet(S)", "assume": {"S": ["spd"]}, "symmetric": "projected"},
        {"expr": "\\frac{1}{2} x^\\top A x", "wrt": "x", "order": 2, "layout": "denominator"},
        {"expr": "y*f*x", "wrt": "f"},
        {"expr": "x\ud800"},
    ],
)
def test_resume_keeps_what_was_not_edited(record: dict[str, Any], tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.write_text(json.dumps(record) + "\n")
    run_batch(str(source), str(out), "en")
    kept = out.read_bytes()
    run_batch(str(source), str(out), "zh", resume=True)
    assert out.read_bytes() == kept


def test_an_interrupt_is_no_traceback(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    problems(source, 400)
    command = [*COMMAND, "batch", str(source), "--out", str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as run:
        while not out.exists() or not out.stat().st_size:
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=20)
    assert (run.returncode, err) == (130, b"")
    assert out.read_bytes().endswith(b"\n")


# -- lines that are traps


TRAPS = [
    b"",
    b"null",
    b"[1]",
    b'"x"',
    b"{}",
    b"{" * 100_000,
    b"[" * 100_000,
    b'{"expr": "x", "expr": "y"}',
    b'{"expr": "x", "order": NaN}',
    b'{"expr": "x", "order": Infinity}',
    b'{"expr": "x", "order": true}',
    b'{"expr": "x^2", "order": 1.5}',
    b'{"expr": "x^2", "order": "2"}',
    b'{"expr": "x^2", "order": -1}',
    b'{"expr": "x^2", "order": ' + b"9" * 5000 + b"}",
    b'{"expr": "x", "let": {"x": [true]}}',
    b'{"expr": "x", "let": {"x": [1.5]}}',
    b'{"expr": "x", "let": {"x": [null]}}',
    b'{"expr": "x", "let": {"x": null}}',
    b'{"expr": "x", "let": {"x": {"a": 1}}}',
    b'{"expr": "x", "let": {"x": [-1]}}',
    b'{"expr": "x", "let": {"x": [[]]}}',
    b'{"expr": "x", "let": [1]}',
    b'{"expr": "x", "let": {"": ["n"]}}',
    b'{"expr": "x", "assume": {"x": "nonsense"}}',
    b'{"expr": "x", "assume": {"x": [1]}}',
    b'{"expr": "x", "assume": 5}',
    b'{"expr": "x", "wrt": 5}',
    b'{"expr": "x", "layout": "sideways"}',
    b'{"expr": "x", "layout": 5}',
    b'{"expr": "x", "symmetric": []}',
    b'{"expr": null}',
    b'{"expr": 5}',
    b'{"expr": ""}',
    b'{"expr": "\\u0000"}',
    b'{"expr": "x\\ud800"}',
    b'{"expr": "\xff\xfe"}',
    b"\xff\xfe\x00",
    b'{"expr": "x"',
    b'{"expr": "' + b"x+" * 40_000 + b'x"}',
    b'{"expr": "x", "let": {' + b",".join(b'"a%d": []' % k for k in range(10_000)) + b"}}",
]


@pytest.mark.parametrize("line", TRAPS, ids=range(len(TRAPS)))
def test_every_trap_is_answered(line: bytes) -> None:
    record = answer(line, "en")
    if not record["ok"]:
        assert record["error"]["kind"] in KINDS and record["error"]["message"]
    assert record["ok"] in (True, False)


@pytest.mark.parametrize("id_", [None, 5, "a", [1, {"b": 2}], "\ud800", 1e300])
def test_the_id_comes_back(id_: Any, tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.write_text(json.dumps({"id": id_, "expr": "x^"}) + "\n")
    run_batch(str(source), str(out), "en")
    (record,) = results(out)
    assert record["id"] == id_ and not record["ok"]


def test_a_long_line_is_answered_and_the_next_one_too(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    with source.open("w") as file:
        file.write('{"expr": "' + "x+" * 5_000_000 + 'x"}\n\n{"expr": "x^2"}\n{"expr": "x^3"}')
    run_batch(str(source), str(out), "en")
    assert [record["ok"] for record in results(out)] == [False, True, True]


def test_an_integer_too_long_for_python_is_refused_in_our_words() -> None:
    record = answer(b'{"expr": "x^2", "order": ' + b"9" * 5000 + b"}", "en")
    assert record["error"]["kind"] == "limit"
    assert record["error"]["message"] == "an integer of more than 4000 digits"


def test_a_line_without_an_end_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ENDLESS", 10 * files.LINE_LIMIT)
    source, out = tmp_path / "in", tmp_path / "out"
    source.write_bytes(b'{"expr": "x^2"}\n' + bytes(12 * files.LINE_LIMIT) + b'\n{"expr": "x"}\n')
    assert main(["batch", str(source), "--out", str(out)]) == 2
    assert "has no end within" in capsys.readouterr().err
    assert [record["ok"] for record in results(out)] == [True, False]


def test_a_problem_behind_many_blanks_is_not_overlooked(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.write_text(" " * 70_000 + '{"expr": "x^2"}\n')
    run_batch(str(source), str(out), "en")
    assert [record["error"]["kind"] for record in results(out)] == ["limit"]


# -- bugs of ours


@pytest.mark.parametrize("raised", [IndexError("no"), RecursionError("deep"), MemoryError()])
def test_a_bug_costs_one_line(
    raised: Exception,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    solve = batch.solve

    def broken(problem: Any) -> Any:
        if problem.expr == "x^3":
            raise raised
        return solve(problem)

    monkeypatch.setattr(batch, "solve", broken)
    source, out = tmp_path / "in", tmp_path / "out"
    source.write_text("".join(json.dumps({"id": k, "expr": f"x^{k}"}) + "\n" for k in (2, 3, 4)))
    is_bug = not isinstance(raised, MemoryError)
    assert main(["batch", str(source), "--out", str(out)]) == (70 if is_bug else 0)
    assert [record["ok"] for record in results(out)] == [True, False, True]
    error = results(out)[1]["error"]
    assert error["kind"] == ("unsupported" if is_bug else "limit")
    err = capsys.readouterr().err
    if is_bug:
        assert "this is a bug in chainrule" in error["message"]
        assert type(raised).__name__ in error["message"]
        assert err.startswith("1 problem(s) met a bug") and err.count("\n") == 1
    assert main(["batch", str(source), "--out", str(out), "--resume"]) == 0
    assert [record["id"] for record in results(out)] == [2, 3, 4]


# -- files and disks


@pytest.mark.parametrize("name", ["in", "link", "hard"])
@pytest.mark.parametrize("more", [[], ["--resume"]])
def test_problems_are_not_written_over(
    name: str, more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in"
    problems(source, 2)
    (tmp_path / "link").symlink_to(source)
    (tmp_path / "hard").hardlink_to(source)
    before = source.read_bytes()
    assert main(["batch", str(source), "--out", str(tmp_path / name), *more]) == 2
    assert "is the file that is read" in capsys.readouterr().err
    assert source.read_bytes() == before


@pytest.mark.parametrize("words", ["- --out {in} < {in}", "{in} >> {in}"])
def test_problems_are_not_written_over_by_redirection(words: str, tmp_path: Path) -> None:
    source = tmp_path / "in"
    problems(source, 2)
    before = source.read_bytes()
    command = " ".join([*COMMAND, "batch", words.format(**{"in": source})])
    run = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=20)
    assert run.returncode == 2 and "is the file that is read" in run.stderr
    assert source.read_bytes() == before


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs endless files")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["batch", "{in}", "--out", "/dev/full", "--resume"], "no regular file"),
        (["batch", "/dev/zero"], "has no end"),
        (["check", "x^2", "--derivation", "/dev/zero"], "a derivation of more than"),
    ],
)
def test_files_without_an_end(arguments: list[str], says: str, tmp_path: Path) -> None:
    problems(tmp_path / "in", 2)
    words = [word.format(**{"in": tmp_path / "in"}) for word in arguments]
    run = subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=20)
    assert run.returncode == 2 and says in run.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full disk")
@pytest.mark.parametrize(
    "arguments",
    [["batch", "{in}", "--out", "/dev/full"], ["x^2", "--graph", "/dev/full"]],
)
def test_a_full_disk_is_an_error_that_says_so(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problems(tmp_path / "in", 2)
    status = main([word.format(**{"in": tmp_path / "in"}) for word in arguments])
    assert status == 2
    assert "No space left" in capsys.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full disk")
@pytest.mark.parametrize("arguments", [["x^2"], ["x^2", "--format", "json"], ["batch", "{in}"]])
def test_a_full_disk_behind_the_output(arguments: list[str], tmp_path: Path) -> None:
    problems(tmp_path / "in", 2)
    words = [word.format(**{"in": tmp_path / "in"}) for word in arguments]
    with open("/dev/full", "w") as full:
        run = subprocess.run([*COMMAND, *words], stdout=full, stderr=subprocess.PIPE, text=True)
    assert run.returncode == 2
    assert "No space left" in run.stderr and "Traceback" not in run.stderr
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize("target", ["{dir}", "{dir}/none/out"])
def test_a_file_that_cannot_be_opened(
    target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problems(tmp_path / "in", 1)
    path = target.format(dir=tmp_path)
    for arguments in (
        ["batch", str(tmp_path / "in"), "--out", path],
        ["batch", path],
        ["x^2", "--graph", path],
    ):
        assert main(arguments) == 2
        assert "cannot" in capsys.readouterr().err


def test_no_home_is_needed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    for value in (str(home), "/nowhere", None):
        environment = {k: v for k, v in os.environ.items() if k != "HOME"}
        environment |= {} if value is None else {"HOME": value}
        run = subprocess.run(
            [*COMMAND, "x^2", "--no-steps"], env=environment, capture_output=True, text=True
        )
        assert (run.returncode, run.stderr) == (0, "")
    assert not any(home.iterdir())


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    problems(tmp_path / "in", 30)
    command = " ".join([*COMMAND, "batch", str(tmp_path / "in")]) + " | head -c 10"
    run = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert run.stderr == "" and len(run.stdout) == 10


# -- the terminal


@pytest.mark.parametrize("bad", UNPRINTABLE)
@pytest.mark.parametrize(
    "arguments",
    [
        ["x^2 + {bad}"],
        ["x{bad}^2"],
        ["{bad}"],
        ["x^2", "--wrt", "y{bad}"],
        ["x'*x", "--wrt", "x", "--let", "x{bad}=n"],
        ["x'*x", "--wrt", "x", "--let", "x=n{bad}"],
        ["x'*x", "--wrt", "x", "--let", "{bad}"],
        ["x'*x", "--wrt", "x", "--assume", "x=spd{bad}"],
        ["x^2", "--graph", "/none{bad}/x.svg"],
        ["check", "x^2", "--wrt", "x", "--answer", "2*x{bad}"],
        ["batch", "/none{bad}"],
    ],
)
def test_no_control_character_reaches_the_terminal(
    arguments: list[str], bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word.replace("{bad}", bad) for word in arguments]
    try:
        status = main(words)
    except SystemExit as stop:
        status = int(stop.code or 0)
    shown = capsys.readouterr()
    text = shown.out + shown.err
    assert status in (0, 1, 2, 3)
    assert "Traceback" not in text
    assert not [c for c in text if c != "\n" and not c.isprintable()]


@pytest.mark.parametrize("expr", ["-x^2", "-p'*log(p)", "-(x - 1)^2"])
def test_an_expression_may_start_with_a_minus(
    expr: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([expr]) == 0
    assert main(["check", "-x^2", "--answer", "-2*x"]) == 0
    assert capsys.readouterr().err == ""
