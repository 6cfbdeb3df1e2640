"""The browser of the page's tests: `python tests/browser/chromium.py` installs it where it may.

A Chromium of the system is taken; the ones that playwright fetches by itself are not needed.
The headless shell, which has no user interface of its own to draw, takes a third less time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PACKAGES = ("chromium-headless-shell", "chromium")
NAMES = (*PACKAGES, "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--font-render-hinting=none",  # otherwise small letters are wider than they should be
)  # fmt: skip
MISSING = "no Chromium was found: install one, or name it in CHAINRULE_BROWSER"


def find() -> str | None:
    """Where Chromium is."""
    named = os.environ.get("CHAINRULE_BROWSER")
    if named:
        return named
    found = [path for name in NAMES if (path := shutil.which(name))]
    return next(iter([*found, *(place for place in PLACES if Path(place).exists())]), None)


@contextmanager
def launched() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=list(ARGUMENTS))
        yield browser
        browser.close()


def install() -> None:
    """A package of Debian, where we are root and have apt-get; else say what is missing."""
    if find():
        return
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing chromium for the tests of the page", flush=True)
        quiet = {
            "stdout": subprocess.DEVNULL,
            "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        }
        subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
        for package in PACKAGES:
            command = ["apt-get", "install", "-qq", "--no-install-recommends", package]
            if not subprocess.run(command, check=False, **quiet).returncode:
                break
    if not find():
        print(f"{MISSING}; the tests of the page are skipped", file=sys.stderr)


if __name__ == "__main__":
    install()
