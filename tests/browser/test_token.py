"""The page of a server with a token, which is shown once and kept where no script sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from page_parts import source, type_in, unfold, wait_for_answer, watched
from servers import serving

TOKEN = "0123456789abcdefXYZ"


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    with serving("--host", "0.0.0.0", "--token", TOKEN) as address:
        yield address.replace("0.0.0.0", "127.0.0.1")


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    with browser.new_context(viewport={"width": 1024, "height": 700}) as context:
        yield context.new_page()


def test_the_page_carries_the_token(page: Any, guarded: str) -> None:
    faults = watched(page, guarded)
    page.goto(f"{guarded}?token={TOKEN}#e=x%5E3")
    page.wait_for_selector(".answer .katex")
    assert source(page).endswith("3 x^{2}")  # what is linked to is still there
    assert TOKEN not in page.url and TOKEN not in page.evaluate("document.cookie")
    (cookie,) = page.context.cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    page.locator("#mine").fill("3*x^2")
    page.wait_for_selector(".verdict.good")
    unfold(page, "code")
    unfold(page, "numbers")
    page.wait_for_selector(".code pre")
    page.wait_for_selector(".numbers .number")
    page.get_by_role("button", name="Examples").click()
    page.wait_for_selector("dialog .example")
    page.goto(guarded)
    page.wait_for_selector(".answer .katex")
    assert not faults


def test_without_the_token(page: Any, guarded: str) -> None:
    for shown in ("", f"?token={TOKEN}x"):
        reply = page.goto(guarded + shown)
        assert reply.status == 401 and "?token=TOKEN" in reply.text()
    page.goto(f"{guarded}?token={TOKEN}")
    page.wait_for_selector(".answer .katex")
    page.context.clear_cookies()  # or the server was started anew with another
    type_in(page, "x^4")
    page.wait_for_selector(".ask .message")
    assert "a token is needed" in page.locator(".ask .message").inner_text()
    page.context.add_cookies([{"name": "chainrule_token", "value": TOKEN, "url": guarded}])
    type_in(page, "x^5")
    wait_for_answer(page, "5 x^{4}")
