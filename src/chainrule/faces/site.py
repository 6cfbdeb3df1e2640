"""`chainrule site DIR`: the page as a folder of files that runs the engine in the browser.

The engine is this package, unpacked in Pyodide (Python in WebAssembly), which is taken from its
registry package, in one recorded version, and checked against recorded hashes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import ProblemError

PACKAGE = Path(__file__).resolve().parent.parent
WEB = PACKAGE / "web"
RECORD = "chainrule-site.json"
PYODIDE = "pyodide.json"
LEFT_OUT = ("web", "notebook")  # what the engine in the browser has no use for
EPOCH = (1980, 1, 1, 0, 0, 0)  # of every file in the archive, so that equal input is equal output
META = re.compile(r'(<meta\s+name="chainrule-engine"\s+content=")[a-z]*(")')
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "connect-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)


def write_site(folder: str, pyodide: str | None = None, web: Path = WEB) -> list[str]:
    """Write the page into `folder`; the names of its files.

    `pyodide` is the registry package, unpacked or as an archive; without it, it is fetched
    once and kept.
    """
    target = Path(folder)
    runtime = runtime_files(web, pyodide)
    try:
        _refuse_foreign(target)
        target.mkdir(parents=True, exist_ok=True)
        files = dict(_page(web)) | {f"pyodide/{name}": data for name, data in runtime.items()}
        if "index.html" not in files:
            raise ProblemError("unsupported", "the page is not part of this installation")
        files["engine.zip"] = engine()
        files[RECORD] = _record(web, files)
        for name, data in files.items():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        raise ProblemError("limit", f"cannot write {folder}: {error.strerror}") from None
    return sorted(files)


def _refuse_foreign(target: Path) -> None:
    """A folder with anything else in it is not written over."""
    if target.is_dir() and any(target.iterdir()) and not (target / RECORD).is_file():
        raise ProblemError(
            "name", f"{target} holds other files", hint="name a new or an empty folder"
        )


def _page(web: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the page, told to use the engine in the browser."""
    for path in sorted(web.rglob("*")):
        name = path.relative_to(web).as_posix()
        if not path.is_file() or path.suffix in (".py", ".pyc") or name == PYODIDE:
            continue
        data = path.read_bytes()
        yield name, _switched(data) if name == "index.html" else data


def _switched(page: bytes) -> bytes:
    text, found = META.subn(r"\1pyodide\2", page.decode("utf-8"))
    if not found:
        raise ProblemError("unsupported", "the page does not say which engine it uses")
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return text.replace("<head>", f"<head>\n{policy}", 1).encode()


def engine() -> bytes:
    """The package as an archive, byte for byte the same from the same sources."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(PACKAGE.rglob("*.py")):
            inner = path.relative_to(PACKAGE)
            if inner.parts[0] in LEFT_OUT:
                continue
            entry = zipfile.ZipInfo(f"chainrule/{inner.as_posix()}", EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return stream.getvalue()


def _record(web: Path, files: Mapping[str, bytes]) -> bytes:
    """What the folder is made of, with versions and hashes."""
    record = {
        "chainrule": __version__,
        "pyodide": {key: value for key, value in _wanted(web).items() if key != "files"},
        "sha256": {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)},
    }
    return (json.dumps(record, indent=2) + "\n").encode()


# -- Pyodide


def _wanted(web: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((web / PYODIDE).read_text("utf-8"))
    return record


def runtime_files(web: Path, given: str | None) -> dict[str, bytes]:
    """The files of Pyodide, checked: from where the user says, the cache or the registry."""
    wanted = _wanted(web)
    cache = _cache() / f"pyodide-{wanted['version']}.tgz"
    source = Path(given) if given else cache
    if not given and not cache.is_file():
        _fetch(f"{wanted['package']}@{wanted['version']}", cache)
    found = _read(source, list(wanted["files"]))
    for name, expected in wanted["files"].items():
        if name not in found:
            raise ProblemError("name", f"{source} has no {name}", hint=_hint(wanted))
        if hashlib.sha256(found[name]).hexdigest() != expected:
            raise ProblemError(
                "name",
                f"{name} in {source} is not that of Pyodide {wanted['version']}",
                hint=_hint(wanted),
            )
    return found


def _hint(wanted: Mapping[str, Any]) -> str:
    return f"--pyodide takes the npm package {wanted['package']} {wanted['version']}, unpacked"


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chainrule"


def _fetch(package: str, cache: Path) -> None:
    """The package by its registry's own client, kept for the next time."""
    npm = shutil.which("npm")
    wanted = package.replace("@", " ")
    if npm is None:
        raise ProblemError(
            "limit", f"{wanted} is not here, and npm, which would fetch it, is not installed",
            hint=f"install npm, or say --pyodide with the npm package {wanted}",
        )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", package, "--silent", "--pack-destination", folder]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=300, cwd=folder)
            (archive,) = Path(folder).glob("*.tgz")
            cache.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(archive, cache)
        except (OSError, ValueError, subprocess.SubprocessError):
            raise ProblemError(
                "limit", f"npm could not fetch {wanted}",
                hint=f"say --pyodide with the npm package {wanted}",
            ) from None  # fmt: skip


def _read(source: Path, names: list[str]) -> dict[str, bytes]:
    """Those of the named files that a folder or an archive holds."""
    try:
        if source.is_dir():
            return {n: (source / n).read_bytes() for n in names if (source / n).is_file()}
        with tarfile.open(source) as archive:
            members = {member.name.rpartition("/")[2]: member for member in archive}
            streams = {n: archive.extractfile(members[n]) for n in names if n in members}
            return {n: stream.read() for n, stream in streams.items() if stream is not None}
    except (OSError, tarfile.TarError) as error:
        raise ProblemError("limit", f"cannot read {source}: {error}") from None
