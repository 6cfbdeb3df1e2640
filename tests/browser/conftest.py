"""A page in Chromium for each test. No console message, no failed script, no foreign host."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from chromium import MISSING, find, launched
from page_parts import watched
from servers import serving

Opener = Callable[..., Any]


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with serving() as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if not find():
        pytest.skip(MISSING)
    with launched() as found:
        yield found


@pytest.fixture(scope="session")
def profile(browser: Any) -> Callable[..., Any]:
    """A browser context with these settings, kept with its cache unless it is to be fresh."""
    kept: dict[str, Any] = {}

    def found(*, fresh: bool, **settings: Any) -> Any:
        key = repr(settings)
        if fresh or key not in kept:
            context = browser.new_context(**settings)
            context.grant_permissions(["clipboard-read", "clipboard-write"])
            if fresh:
                return context
            kept[key] = context
        return kept[key]

    return found


@pytest.fixture
def open_page(profile: Callable[..., Any], address: str) -> Iterator[Opener]:
    """open_page(e="x^2", ...) opens the page with this state and waits for the answer.

    `width`, `height`, `scheme` and `locale` are the browser's, `hash` a whole link; a `fresh`
    page has nothing cached or stored.
    """
    pages: list[Any] = []
    faults: list[list[str]] = []

    def opened(
        *,
        width: int = 1024,
        height: int = 560,
        scheme: str = "light",
        locale: str = "en-GB",
        hash: str = "",
        ready: bool = True,
        fresh: bool = False,
        **state: str,
    ) -> Any:
        viewport = {"width": width, "height": height}
        context = profile(fresh=fresh, viewport=viewport, color_scheme=scheme, locale=locale)
        page = context.new_page()
        pages.append(page)
        page.set_default_timeout(15_000)
        faults.append(watched(page, address))
        page.goto(address + (hash or ("#" + urlencode(state) if state else "")))
        if ready:
            page.wait_for_selector(".answer .katex", state="attached")
            page.wait_for_selector(".derivation .step, .derivation p", state="attached")
        return page

    yield opened
    for page in pages:
        page.close()
    assert not [fault for found in faults for fault in found]


@pytest.fixture(scope="session", autouse=True)
def _quiet_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Chromium writes its settings below the home directory, which may be read-only."""
    os.environ.setdefault("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
