"""Whom the page reaches: keyboards, screen readers, phones, dark rooms, paper; and its weight."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from page_parts import fetched, source, type_in, unfold, wait_for_answer, wait_for_graph

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WEB = ROOT / "src" / "chainrule" / "web"
AXE = HERE / "vendor" / "axe.min.js"
PATHS = "exp(x'*A*x)*x"
LONG = "mean((y - max(0, X*w + b)).^2) + sum(log(exp(-y.*(X*w)) + 1)) + norm2(X*w - y)^2"


def faults(page: Any) -> list[str]:
    """What axe-core finds that is serious or worse."""
    page.wait_for_timeout(350)  # after all transitions
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault(open_page: Any, scheme: str) -> None:
    page = open_page(e=PATHS, wrt="x", scheme=scheme, mine="x")
    wait_for_graph(page)
    unfold(page, "numbers")
    unfold(page, "code")
    page.locator(".chip").first.click()
    page.wait_for_selector(".numbers .cell")
    page.wait_for_selector(".code pre")
    page.wait_for_selector(".verdict")
    assert faults(page) == []
    type_in(page, "A*x + ")
    page.wait_for_selector(".ask .message")
    page.get_by_role("button", name="Examples").click()
    page.wait_for_selector("dialog .example")
    assert faults(page) == []


def test_no_serious_fault_elsewhere(open_page: Any) -> None:
    walking = open_page(e=PATHS, wrt="x", step="8")
    wait_for_graph(walking)
    assert faults(walking) == []
    phone = open_page(e=LONG, wrt="w", lang="zh", width=360, height=780)
    assert faults(phone) == []


def test_formulas_are_read_aloud(open_page: Any) -> None:
    """Every formula has MathML, and what is only to be seen is hidden from readers."""
    page = open_page(e=PATHS, wrt="x")
    counts = page.evaluate("""() => [
      document.querySelectorAll(".formula").length,
      document.querySelectorAll(".formula .katex-mathml > math").length,
      document.querySelectorAll(".formula .katex-html[aria-hidden=true]").length,
      document.querySelectorAll(".formula [mathcolor]").length,
    ]""")
    assert counts[0] == counts[1] == counts[2] > 20
    assert counts[3] == 0
    assert page.locator(".answer [aria-live=polite]").inner_text().startswith("dy/dx = exp")


def test_with_the_keyboard_alone(open_page: Any) -> None:
    page = open_page(e="x^2")
    press = page.keyboard.press

    def focus() -> str:
        return str(page.evaluate("document.activeElement.innerText || document.activeElement.id"))

    def tab_to(wanted: str) -> None:
        for _ in range(60):
            press("Tab")
            if focus().strip().startswith(wanted):
                seen = page.evaluate("""() => { const s = getComputedStyle(document.activeElement);
                  return s.outlineStyle !== "none" || s.boxShadow !== "none"; }""")
                assert seen, f"the focus on {wanted} cannot be seen"
                return
        raise AssertionError(f"{wanted} cannot be reached")

    press("Tab")
    assert focus() == "Skip to the answer"
    tab_to("Examples")
    press("Enter")
    page.wait_for_selector("dialog .example")
    press("Escape")
    page.wait_for_selector("dialog", state="detached")
    tab_to("expression")
    press("Control+a")
    page.keyboard.type(PATHS)
    wait_for_answer(page, "\\exp(x^{\\top} A x)")
    tab_to("x")
    press("Enter")
    page.wait_for_selector(".editor")
    press("Tab")
    press("Escape") if page.locator(".editor").count() else None
    tab_to("LaTeX")
    press("Space")
    page.wait_for_function("() => document.querySelector('.copy .said').innerText !== ''")
    tab_to("▸ Step through")
    press("Enter")
    page.wait_for_selector(".stage")
    press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.count').innerText.startsWith('Step 2')")
    press("Escape")
    page.wait_for_selector(".stage", state="detached")


def test_nothing_is_wider_than_the_window(open_page: Any) -> None:
    page = open_page(e=PATHS, width=360, height=780)
    wait_for_graph(page)
    page.locator(".chip").first.click()
    unfold(page, "numbers")
    page.wait_for_selector(".numbers .heat, .numbers .refused, .numbers .number")
    for expr, part in (
        (PATHS, "\\exp"),
        (LONG, "sigma"),
        ("softmax(Q*K'/sqrt(d), 1)*V", "sum_{p}"),
    ):
        type_in(page, expr)
        wait_for_answer(page, part)
        page.wait_for_timeout(300)
        for width in (360, 768):
            page.set_viewport_size({"width": width, "height": 780})
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_and_light(open_page: Any) -> None:
    def brightness(page: Any) -> float:
        colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3

    dark = open_page(e="x^2", scheme="dark", fresh=True)
    assert brightness(dark) < 40
    assert brightness(open_page(e="x^2", scheme="light")) > 220
    dark.locator(".top select").first.select_option("light")
    assert brightness(dark) > 220
    dark.reload()
    assert brightness(dark) > 220  # the choice is kept
    dark.locator(".top select").first.select_option("auto")
    assert brightness(dark) < 40


def test_the_handout(open_page: Any) -> None:
    """On paper stand all steps, folded or cut or hidden by the step-through; no buttons."""
    expr = "+".join(f"sin({k}*x)" for k in range(1, 12))
    page = open_page(e=expr, scheme="dark", step="2")
    wait_for_graph(page)
    page.emulate_media(media="print")
    shown = "all => all.filter(e => e.checkVisibility({ visibilityProperty: true })).length"
    assert page.eval_on_selector_all(".step", shown) == page.locator(".step").count() > 40
    assert page.locator(".closed-form").is_visible()
    assert page.eval_on_selector_all("button:not(.fold, .chip), select, dialog", shown) == 0
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    assert len(page.pdf()) > 20_000


def test_the_handout_is_not_wider_than_paper(open_page: Any) -> None:
    page = open_page(e="norm2(softmax(Q*K'/sqrt(d), 1)*V - Y)^2", wrt="Q", let="V:m,p;d:")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")  # what print() and Ctrl+P do
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 673, "height": 900})  # A4 without its margins
    assert page.evaluate("document.documentElement.scrollWidth") <= 673


def test_weight(open_page: Any) -> None:
    """Graphviz is fetched when a graph comes into view, and the rest is light."""
    page = open_page(e=PATHS, wrt="x", width=360, height=700, ready=False, fresh=True)
    page.wait_for_selector(".derivation .step")
    page.wait_for_timeout(300)
    sizes = fetched(page)
    assert not [url for url in sizes if "/viz/" in url]
    assert 50_000 < sum(sizes.values()) < 1_500_000
    page.locator(".check-mine").scroll_into_view_if_needed()
    wait_for_graph(page)
    assert [url for url in fetched(page) if "/viz/" in url]


def test_source_files() -> None:
    scripts = sorted((WEB / "assets").glob("*.js"))
    assert len(scripts) > 20
    for path in scripts:
        assert len(path.read_text("utf-8").splitlines()) <= 400, path.name
        assert "innerHTML" not in path.read_text("utf-8"), path.name
        assert path.read_text("utf-8").startswith("// @ts-check\n"), path.name
    index = (WEB / "index.html").read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?:", index)


def test_vendored_files_are_what_the_record_says() -> None:
    command = [sys.executable, str(ROOT / "tools" / "vendor.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_long_answer_is_typed_without_faults(open_page: Any) -> None:
    page = open_page(e="softmax(Q*K'/sqrt(d), 1)*V", wrt="Q")
    assert "\\sum_{p}" in source(page)
    assert page.locator(".equations").count() >= 2
