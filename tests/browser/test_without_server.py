"""The page that `chainrule site` writes, behind a server of files: its engine is in the browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from page_parts import source, type_in, unfold, wait_for_answer, wait_for_graph, watched
from servers import offering

from chainrule.errors import ProblemError
from chainrule.faces import site
from chainrule.faces.api import answer

ASK = """async ([request, body]) => (await import("./assets/engine.js")).ask(request, body)"""
REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("derive", {"expr": "x'*A*x", "wrt": "x"}),
    ("derive", {"expr": r"\frac{1}{2} \lVert A x - b \rVert_2^2", "wrt": "x", "lang": "zh"}),
    ("derive", {"expr": "x + + *"}),
    ("derive", {"expr": "tr((A + t*B)^-2)", "wrt": "t"}),  # whose terms stand in order of hashes
    ("derive", {"expr": "sigmoid(W*x + U*h).*tanh(V*x + h)", "wrt": "x"}),
    ("check", {"expr": "x^3", "answer": "3*x", "wrt": "x"}),
    ("understand", {"expr": "A*x"}),
    ("numbers", {"expr": "x'*x", "wrt": "x", "values": {"x": [0.5, 2, -3]}}),
    ("numbers", {"expr": "x'*A*x", "wrt": "x"}),
    ("examples", {}),
]
SLOW = "*".join(["norm2(A*x)^2"] * 14)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site, where npm can be asked for Pyodide."""
    folder = tmp_path_factory.mktemp("site") / "out"
    try:
        site.write_site(str(folder))
    except ProblemError as error:
        pytest.skip(f"no Pyodide: {error.message}")
    with offering(folder) as found:
        yield found


@pytest.fixture(scope="module")
def page(browser: Any, address: str) -> Iterator[Any]:
    """One page for all tests that do not stop its engine."""
    page = browser.new_page(viewport={"width": 1024, "height": 600})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    faults = watched(page, address)
    page.goto(address)
    page.wait_for_selector(".answer .katex", timeout=60_000)
    yield page
    assert f"{address}pyodide/pyodide.asm.wasm" in asked  # the worker's requests are seen
    page.close()
    assert not faults


@pytest.fixture
def starting(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """starting(expression, ...) opens a page and does not wait for its engine."""
    pages = []

    def opened(expr: str = "x^2", *, clock: bool = False, **settings: Any) -> Any:
        page = browser.new_page(**settings)
        pages.append(page)
        if clock:
            page.clock.install()
        page.goto(f"{address}#{urlencode({'e': expr})}")
        return page

    yield opened
    for page in pages:
        page.close()


def go(page: Any, part: str, **state: str) -> None:
    page.evaluate("hash => { location.hash = hash; }", urlencode(state))
    wait_for_answer(page, part)


@pytest.mark.parametrize(("request_", "body"), REQUESTS)
def test_it_answers_as_the_server_does(page: Any, request_: str, body: dict[str, Any]) -> None:
    found, expected = page.evaluate(ASK, [request_, body]), answer(request_, body)
    for record in (found, expected):
        record.pop("milliseconds", None)
        if isinstance(record.get("check"), dict):  # its points depend on the time that is left
            record["check"] = record["check"]["verdict"]
    assert found == json.loads(json.dumps(expected))


def test_typing_checking_and_copying(page: Any) -> None:
    type_in(page, "x'*A*x")
    wait_for_answer(page, "A^{\\top}")
    page.locator("#mine").fill("A*x")
    page.wait_for_selector(".verdict.bad")
    page.locator("#mine").fill("(A + A')*x")
    page.wait_for_selector(".verdict.good")
    type_in(page, "A*x + ")
    page.wait_for_selector(".ask .spot", state="attached")


def test_code_and_numbers_say_what_the_browser_lacks(page: Any) -> None:
    go(page, "A^{\\top}", e="x'*A*x", wrt="x")
    unfold(page, "code")
    page.wait_for_selector(".code pre .keyword")
    expected = answer("code", {"expr": "x'*A*x", "wrt": "x"})["code"]["numpy"]
    assert page.locator(".code pre").text_content() == expected
    assert "NumPy is not in the browser" in page.locator(".code .hint").inner_text()
    unfold(page, "numbers")
    page.wait_for_selector(".numbers .cell")
    values, found = (
        page.eval_on_selector_all(
            f".numbers {cells}", "all => all.map(e => Number(e.value ?? e.textContent))"
        )
        for cells in (".entries input", ".cell")
    )
    n = len(found)
    x, a = np.array(values[:n]), np.array(values[n:]).reshape(n, n)
    assert found == pytest.approx((a + a.T) @ x, rel=2e-3)
    assert "plain Python" in page.locator(".numbers .hint").inner_text()


def test_examples_and_step_through(page: Any) -> None:
    page.get_by_role("button", name="Examples").click()
    page.locator("dialog .example", has_text="Least squares").click()
    wait_for_answer(page, "2 A^{\\top} (A x - b)")
    wait_for_graph(page)
    page.get_by_role("button", name="Step through").click()
    page.wait_for_selector(".stage")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.count').innerText.startsWith('Step 2')")
    page.keyboard.press("Escape")
    page.wait_for_selector(".stage", state="detached")


def test_while_it_starts(starting: Any) -> None:
    """It says what it waits for, and what is typed meanwhile is answered."""
    chinese, page = starting(locale="zh-CN"), starting(locale="en-GB")
    for one, words in ((chinese, "正在启动"), (page, "Starting")):
        one.wait_for_selector(".starting .now")
        assert words in one.locator(".starting").inner_text()
    chinese.close()
    page.locator("#expression").press("End")
    page.keyboard.type(" + sin(x)")
    page.wait_for_selector(".answer .katex", timeout=60_000)
    assert source(page).endswith("= 2 x + \\cos(x)")
    assert page.locator(".starting").count() == 0


def test_what_hangs_is_given_up_and_replaced(page: Any) -> None:
    workers: list[Any] = []
    page.on("worker", lambda worker: workers.append(worker))
    page.evaluate("hash => { location.hash = hash; }", urlencode({"e": SLOW, "order": "8"}))
    page.wait_for_timeout(400)
    for expr in ("x^4", "x^5"):  # the second is typed while the worker starts anew
        page.evaluate("hash => { location.hash = hash; }", urlencode({"e": expr}))
        page.wait_for_selector(".starting")
    wait_for_answer(page, "5 x^{4}")
    assert len(workers) == 1


def test_what_takes_too_long_is_stopped(starting: Any) -> None:
    page = starting(clock=True)
    page.wait_for_selector(".answer .katex", timeout=60_000)
    page.evaluate("hash => { location.hash = hash; }", urlencode({"e": SLOW, "order": "8"}))
    page.wait_for_timeout(500)
    page.clock.fast_forward(21_000)
    page.wait_for_selector(".ask .message")
    assert "took too long" in page.locator(".ask .message").inner_text()
    type_in(page, "x^9")
    wait_for_answer(page, "362880 x")


def test_what_cannot_be_loaded_is_tried_again(starting: Any) -> None:
    page = starting()
    page.route("**/engine.zip", lambda route: route.fulfill(status=503))
    page.reload()
    page.wait_for_selector(".ask .message", timeout=60_000)
    assert "engine.zip: 503" in page.locator(".ask .message").inner_text()
    assert page.locator(".starting").count() == 0
    page.unroute("**/engine.zip")
    type_in(page, "x^3")
    page.wait_for_selector(".answer .katex", timeout=60_000)
    assert source(page).endswith("3 x^{2}")
