"""The files of the page, as they lie in one folder: read when first asked for, then kept.

Only names found in the folder are ever looked up, so that no path leads out of it.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
OTHER = "application/octet-stream"
PRESSED = {".png", ".woff2", ".ico"}  # compressed in themselves


@dataclass(frozen=True)
class File:
    """Its bytes, also compressed where that makes them fewer."""

    kind: str
    etag: str
    content: bytes
    pressed: bytes | None


class Folder:
    """The files below one folder by their address, / for index.html."""

    def __init__(self, root: Path) -> None:
        paths = [path for path in sorted(root.rglob("*")) if path.is_file()]
        self._paths = {f"/{path.relative_to(root).as_posix()}": path for path in paths}
        if "/index.html" in self._paths:
            self._paths["/"] = self._paths["/index.html"]
        self._files: dict[str, tuple[int, File]] = {}

    def find(self, address: str) -> File | None:
        """The file as it is now; None where there is none."""
        path = self._paths.get(address)
        if path is None:
            return None
        try:
            changed = path.stat().st_mtime_ns
            known = self._files.get(address)
            if known is None or known[0] != changed:
                known = self._files[address] = changed, _read(path)
            return known[1]
        except OSError:
            return None


def _read(path: Path) -> File:
    content = path.read_bytes()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    pressed = None if path.suffix in PRESSED else gzip.compress(content, 6, mtime=0)
    if pressed is not None and len(pressed) > 0.9 * len(content):
        pressed = None
    return File(TYPES.get(path.suffix, OTHER), etag, content, pressed)
