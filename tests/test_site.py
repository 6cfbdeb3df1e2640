"""The page without a server: what is written, and the engine in a real browser, offline."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from browser import opened, served
from chainrule.errors import ProblemError
from chainrule.faces import site
from chainrule.faces.api import answer
from chainrule.faces.cli import main

FIXTURE = Path(__file__).parent / "data" / "site"
NAMES = ("engine_pyodide.js", "pyodide_worker.js")


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A page as small as can be, with the engine's real modules and a Pyodide of three bytes."""
    folder = tmp_path / "web"
    shutil.copytree(FIXTURE, folder)
    for name in NAMES:
        shutil.copy(site.WEB / "assets" / name, folder / "assets" / name)
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    (runtime / "pyodide.mjs").write_bytes(b"abc")
    record = {**json.loads((site.WEB / site.PYODIDE).read_text("utf-8"))}
    record["files"] = {"pyodide.mjs": hashlib.sha256(b"abc").hexdigest()}
    (folder / site.PYODIDE).write_text(json.dumps(record), "utf-8")
    return folder


def test_the_folder_says_what_it_is_made_of(web: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    files = site.write_site(str(target), str(tmp_path / "runtime"), web)
    record = json.loads((target / site.RECORD).read_text("utf-8"))
    assert sorted([*record["sha256"], site.RECORD]) == files
    for name, expected in record["sha256"].items():
        assert hashlib.sha256((target / name).read_bytes()).hexdigest() == expected
    assert record["pyodide"]["version"] == "314.0.7"
    page = (target / "index.html").read_text("utf-8")
    assert '<meta name="chainrule-engine" content="pyodide">' in page
    assert page.index("Content-Security-Policy") < page.index("<link")


def test_written_twice_it_is_the_same(web: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    site.write_site(str(target), str(tmp_path / "runtime"), web)
    before = (target / site.RECORD).read_bytes()
    site.write_site(str(target), str(tmp_path / "runtime"), web)
    assert (target / site.RECORD).read_bytes() == before


def test_the_engine_is_the_package_without_its_page() -> None:
    with zipfile.ZipFile(BytesIO(site.engine())) as archive:
        names = archive.namelist()
    assert "chainrule/faces/api.py" in names and "chainrule/parse/latex.py" in names
    assert not [name for name in names if "/web/" in name or "/notebook/" in name]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda web, out, run: (run / "pyodide.mjs").write_bytes(b"abd"), "not that of Pyodide"),
        (lambda web, out, run: (run / "pyodide.mjs").unlink(), "has no pyodide.mjs"),
        (lambda web, out, run: (out / "thesis.tex").write_text("x"), "holds other files"),
        (lambda web, out, run: (web / "index.html").write_text("<p>"), "which engine"),
        (lambda web, out, run: (web / "index.html").unlink(), "not part of this installation"),
    ],
)
def test_a_refusal(web: Path, tmp_path: Path, spoil: Any, message: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    spoil(web, out, tmp_path / "runtime")
    with pytest.raises(ProblemError) as caught:
        site.write_site(str(out), str(tmp_path / "runtime"), web)
    assert message in caught.value.message


def test_without_npm_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["site", str(tmp_path / "out")]) == 2
    assert "--pyodide" in capsys.readouterr().err


# -- in a browser

ASK = "([request, body]) => engine.ask(request, body)"
PROBLEMS: list[dict[str, Any]] = [
    {"expr": "x'*A*x", "wrt": "x"},
    {"expr": r"\frac{1}{2} \lVert A x - b \rVert_2^2", "wrt": "x", "lang": "zh"},
    {"expr": "x + + *"},
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small page with the real Pyodide, where npm can be asked for it."""
    folder = tmp_path_factory.mktemp("site")
    page = folder / "web"
    shutil.copytree(FIXTURE, page)
    for name in (f"assets/{n}" for n in NAMES):
        shutil.copy(site.WEB / name, page / name)
    shutil.copy(site.WEB / site.PYODIDE, page / site.PYODIDE)
    try:
        site.write_site(str(folder / "out"), None, page)
    except ProblemError as error:
        pytest.skip(f"no Pyodide: {error.message}")
    return folder / "out"


@pytest.fixture(scope="module")
def page(whole: Path) -> Iterator[Any]:
    """The page with its engine ready; whatever it asked for lay in the folder."""
    with served(whole) as address, opened() as (page, asked, complaints):
        began = time.perf_counter()
        page.goto(address)
        page.wait_for_function("window.engine", timeout=60_000)
        page.evaluate("engine.ready")
        print(f"ready after {time.perf_counter() - began:.1f} s")
        yield page
        assert all(url.startswith((address, "data:", "blob:")) for url in asked), asked
        assert not complaints


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem["expr"])
def test_the_engine_answers_in_the_browser(page: Any, problem: dict[str, Any]) -> None:
    found, expected = page.evaluate(ASK, ["derive", problem]), answer("derive", problem)
    for record in (found, expected):
        record.pop("milliseconds", None)
    assert found == json.loads(json.dumps(expected))


def test_other_requests(page: Any) -> None:
    check = {"expr": "x^3", "answer": "3*x", "wrt": "x"}
    assert page.evaluate(ASK, ["check", check])["right"] is False
    broken = page.evaluate(ASK, ["nothing of this name", {}])
    assert broken["ok"] is False and broken["error"]["message"]


def test_a_request_that_is_given_up_is_dropped(page: Any) -> None:
    script = """async () => {
      const stop = new AbortController();
      const kept = engine.ask("derive", {expr: "x^4"});
      const dropped = engine.ask("derive", {expr: "x^5"}, stop.signal);
      stop.abort();
      const reason = await dropped.catch((error) => error.name);
      return [(await kept).derivative.text, reason];
    }"""
    assert page.evaluate(script) == ["4*x^3", "AbortError"]


def test_a_request_that_hangs_is_replaced(page: Any) -> None:
    """One that was given up while it runs holds the others for a moment only."""
    slow = {"expr": "*".join(["norm2(A*x)^2"] * 14), "wrt": "x", "order": 8}
    script = """async (slow) => {
      const stop = new AbortController();
      const held = engine.ask("derive", slow, stop.signal).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 300));
      stop.abort();
      await held;
      return (await engine.ask("derive", {expr: "x^4"})).derivative.text;
    }"""
    fresh: list[Any] = []
    page.on("worker", lambda worker: fresh.append(worker))
    assert page.evaluate(script, slow) == "4*x^3"
    assert len(fresh) == 1
