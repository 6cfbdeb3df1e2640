"""Fetch the third-party files of the page into src/chainrule/web/vendor, or compare them.

    python tools/vendor.py            fetch, check the archives against the hashes below, write
    python tools/vendor.py --check    compare what is there with VENDOR.json; needs no network

An archive is taken from the npm registry by exact version and refused unless its SHA-512 is the one
written here. Files are copied as they are; the few that import each other by a name which only a
bundler resolves get that name replaced by the file's, as VENDOR.json says.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
import tarfile
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "src" / "chainrule" / "web" / "vendor"
TESTS = ROOT / "tests" / "browser" / "vendor"
REGISTRY = "https://registry.npmjs.org"
RECORD = "VENDOR.json"
FONTS = (
    "AMS-Regular", "Caligraphic-Bold", "Caligraphic-Regular", "Fraktur-Bold", "Fraktur-Regular",
    "Main-Bold", "Main-BoldItalic", "Main-Italic", "Main-Regular", "Math-BoldItalic",
    "Math-Italic", "SansSerif-Bold", "SansSerif-Italic", "SansSerif-Regular", "Script-Regular",
    "Size1-Regular", "Size2-Regular", "Size3-Regular", "Size4-Regular", "Typewriter-Regular",
)  # fmt: skip


@dataclass(frozen=True)
class Package:
    """One package: what is taken from it (path in the archive -> path here), and its hash."""

    name: str
    version: str
    licence: str
    integrity: str
    files: dict[str, str]
    replaced: dict[str, str] = field(default_factory=dict)
    target: Path = PAGE

    @property
    def address(self) -> str:
        return f"{REGISTRY}/{self.name}/-/{self.name.rpartition('/')[2]}-{self.version}.tgz"


PACKAGES = (
    Package(
        "katex",
        "0.19.1",
        "MIT",
        "jG8uKntjSEcm2EpQOh0XturpPuuC9r3Sq5HLHdsFdWZT27E672SF19QEi+of0/YeOy15lDgRhKvr5614uRrEfA==",
        {
            "dist/katex.min.js": "katex/katex.min.js",
            "dist/katex.min.css": "katex/katex.min.css",
            "LICENSE": "katex/LICENSE",
            **{f"dist/fonts/KaTeX_{n}.woff2": f"katex/fonts/KaTeX_{n}.woff2" for n in FONTS},
        },
    ),
    Package(
        "preact",
        "11.2.0",
        "MIT",
        "/HfHI/7N84e6GrWBJ3J280z3mLaRJiDcSvj/A+y/4AbLnND/1UlGHe1sR6oYuTGwId0nP7dqDU9OnLxMPZ7xBg==",
        {
            "dist/preact.mjs": "preact/preact.js",
            "hooks/dist/hooks.mjs": "preact/hooks.js",
            "LICENSE": "preact/LICENSE",
        },
        {'from"preact"': 'from"./preact.js"'},
    ),
    Package(
        "htm",
        "3.1.1",
        "Apache-2.0",
        "983Vyg8NwUE7JkZ6NmOqpCZ+sh1bKv2iYTlUkzlWmA5JD2acKoxd4KVxbMmxX/85mtfdnDmTFoNKcg5DGAvxNQ==",
        {"dist/htm.mjs": "htm/htm.js", "LICENSE": "htm/LICENSE"},
    ),
    Package(
        "@viz-js/viz",
        "3.31.0",
        "MIT, with Graphviz (EPL-2.0) and Expat (MIT) inside",
        "r7zlQdRvcwvIpjHGgs+KNWHeE/P5/Dq7k8ZAKaMCbZqomxCBJV78gVuQYaHzFVca+kB0mX0fMW9UFevCOBG50A==",
        {
            "dist/viz.js": "viz/viz.js",
            "package.json": "viz/package.json",
        },  # its licence is named there
    ),
    Package(
        "axe-core",
        "4.14.1",
        "MPL-2.0",
        "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        {"axe.min.js": "axe.min.js", "LICENSE": "LICENSE"},
        target=TESTS,
    ),
)


def fetch(package: Package) -> dict[str, bytes]:
    """The wanted files of a package, by their path here."""
    with urllib.request.urlopen(package.address, timeout=60) as reply:
        archive = reply.read()
    found = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != package.integrity:
        raise SystemExit(f"{package.name}: the archive's SHA-512 is {found}")
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        return {
            here: adapted(members.extractfile(f"package/{there}").read(), package)
            for there, here in package.files.items()
        }


def adapted(content: bytes, package: Package) -> bytes:
    for old, new in package.replaced.items():
        content = content.replace(old.encode(), new.encode())
    return content


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write(target: Path) -> None:
    """Fetch the packages of one folder and record what was written."""
    record = []
    for package in (p for p in PACKAGES if p.target == target):
        files = fetch(package)
        for here, content in files.items():
            path = target / here
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        record.append(
            {
                "name": package.name,
                "version": package.version,
                "licence": package.licence,
                "archive": package.address,
                "sha512": package.integrity,
                **({"replaced": package.replaced} if package.replaced else {}),
                "files": {here: sha256(content) for here, content in files.items()},
            }
        )
    (target / RECORD).write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def differences(target: Path) -> list[str]:
    """What in a folder is not what its VENDOR.json says."""
    record = json.loads((target / RECORD).read_text("utf-8"))
    told = {here: digest for package in record for here, digest in package["files"].items()}
    there = {str(p.relative_to(target)): p for p in target.rglob("*") if p.is_file()}
    del there[RECORD]
    wrong = [f"{n}: changed" for n in told.keys() & there.keys()
             if sha256(there[n].read_bytes()) != told[n]]  # fmt: skip
    wrong += [f"{name}: missing" for name in told.keys() - there.keys()]
    wrong += [f"{name}: not recorded" for name in there.keys() - told.keys()]
    return sorted(wrong)


def main() -> None:
    if "--check" not in sys.argv[1:]:
        for target in (PAGE, TESTS):
            write(target)
    wrong = [f"{target.name}/{line}" for target in (PAGE, TESTS) for line in differences(target)]
    raise SystemExit("\n".join(wrong) or None)


if __name__ == "__main__":
    main()
