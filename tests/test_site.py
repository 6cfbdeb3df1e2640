"""The page without a server: what is written, and what is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from chainrule.errors import ProblemError
from chainrule.faces import site
from chainrule.faces.cli import main


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """The page, with a Pyodide of three bytes."""
    folder = tmp_path / "web"
    shutil.copytree(site.WEB, folder)
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    (runtime / "pyodide.mjs").write_bytes(b"abc")
    record = json.loads((site.WEB / site.PYODIDE).read_text("utf-8"))
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
