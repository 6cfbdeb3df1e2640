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


# -- files and disks


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
