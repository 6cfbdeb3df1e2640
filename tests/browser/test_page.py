"""Typing, answers, errors, examples, checks, numbers, copies and links, in a real browser."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from page_parts import source, type_in, unfold, wait_for_answer, wait_for_graph

from chainrule.faces.api import answer

PATHS = "exp(x'*A*x)*x"
TARGETS = {"numpy": "NumPy", "jax": "JAX", "torch": "PyTorch", "array-api": "Array API"}
FAULTS = [("x + $y", "$", "unexpected"), ("sin(x", "sin", ""), ("foo(x, x)", "foo", ""),
          ("A*x + y + ", " ", "ends")]  # fmt: skip


def test_typing_changes_the_formula(open_page: Any) -> None:
    page = open_page(e="x^2")
    assert source(page).endswith("= 2 x")
    page.locator("#expression").press("End")
    page.keyboard.type(" + sin(x)")
    wait_for_answer(page, "\\cos(x)")
    assert source(page).endswith("= 2 x + \\cos(x)")
    assert page.locator(".understood annotation").text_content().endswith("x^{2} + \\sin(x)")


def test_what_is_older_is_cancelled(open_page: Any) -> None:
    """The answer to an earlier text arrives late, and is not shown."""
    page = open_page(e="x^2")

    def late(route: Any) -> None:
        if route.request.post_data_json["expr"] == "x^3":
            page.wait_for_timeout(400)
        route.continue_()

    page.route("**/api/derive", late)
    type_in(page, "x^3")
    page.wait_for_timeout(100)
    type_in(page, "x^4")
    wait_for_answer(page, "4 x^{3}")
    page.wait_for_timeout(600)
    assert source(page).endswith("= 4 x^{3}")


def test_errors_stand_in_place(open_page: Any) -> None:
    page = open_page(e="x^2")
    for expr, place, word in FAULTS:
        type_in(page, expr)
        page.locator(".ask .spot", has_text=place).wait_for()
        message = page.locator(".ask .message")
        assert page.locator("#expression").get_attribute("aria-invalid") == "true"
        spot = page.locator(".ask .spot")
        assert spot.text_content().startswith(place)
        assert word in message.inner_text()
        box = spot.bounding_box()
        offset = page.locator(".ask .field").bounding_box()["x"]
        at = message.evaluate("e => parseFloat(e.style.getPropertyValue('--at'))") + offset
        assert box["x"] <= at <= box["x"] + box["width"]
        assert page.locator("main.stale .closed-form").count() == 1  # the older answer, faded
        type_in(page, "x^3")
        wait_for_answer(page, "3 x^{2}")
        assert page.locator(".ask .message").count() == 0


def test_every_example(open_page: Any, address: str) -> None:
    page = open_page()
    unfold(page, "code")
    with urllib.request.urlopen(address + "api/examples") as reply:
        examples = json.load(reply)["examples"]
    assert len(examples) >= 10
    for place, example in enumerate(examples):
        wanted = answer("derive", example["problem"])["derivative"]["latex"]
        page.get_by_role("button", name="Examples").click()
        page.locator("dialog .example").nth(place).click()
        page.wait_for_function(
            """([expr, latex]) => document.querySelector("#expression").value === expr &&
            !document.querySelector("main.stale") &&
            document.querySelector(".closed-form annotation").textContent.endsWith(latex)""",
            arg=[example["problem"]["expr"], wanted],
        )
        wait_for_code(page, answer("code", example["problem"])["code"]["numpy"])
        assert page.locator(".ask .message").count() == 0
        assert page.locator(".closed-form .katex-error").count() == 0


def test_chips_change_what_a_variable_is(open_page: Any) -> None:
    page = open_page(e="x'*A*x", wrt="x")
    assert source(page).endswith("(A + A^{\\top}) x")
    assert page.locator(".chip.inferred").count() == 2
    page.get_by_role("button", name="A ∈").click()
    page.get_by_label("symmetric", exact=True).check()
    wait_for_answer(page, "= 2 A x")
    type_in(page, "a*x")
    wait_for_answer(page, "= a")
    page.get_by_role("button", name="x ∈").click()
    page.get_by_label("vector", exact=True).check()
    wait_for_answer(page, "= a I")
    page.get_by_label("Size").fill("k")
    page.get_by_label("Size").blur()
    page.wait_for_function("() => document.querySelector('.facts').innerText.includes('k × k')")
    assert page.locator(".chip:not(.inferred)").count() == 1
    page.get_by_role("button", name="Infer from use").click()
    page.wait_for_function("() => document.querySelectorAll('.chip.inferred').length === 2")


def test_variable_order_and_layout(open_page: Any) -> None:
    page = open_page(e="x'*A*y", wrt="x")
    assert source(page).endswith("= A y")
    page.locator(".setting").get_by_label("y", exact=True).check()
    wait_for_answer(page, "A^{\\top} x")
    type_in(page, "A*y")
    wait_for_answer(page, "= A")
    page.get_by_label("Layout").select_option("denominator")
    wait_for_answer(page, "= A^{\\top}")
    type_in(page, "y^3")
    page.get_by_label("2nd").first.check()
    wait_for_answer(page, "= 6 y")
    page.locator(".order").nth(1).wait_for()


def test_language(open_page: Any) -> None:
    page = open_page(e="x^2", locale="zh-CN")
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert "导数" in page.locator("#answer-title").inner_text()
    page.locator(".top select").last.select_option("en")
    page.wait_for_function(
        "() => document.querySelector('#answer-title').textContent === 'Derivative'"
    )
    page.wait_for_function("() => document.querySelector('.rule').innerText.includes('path leads')")


def test_both_languages_say_everything(open_page: Any) -> None:
    page = open_page(ready=False)
    keys = """async () => {
      const module = await import("./assets/words.js");
      const keys = (value) => value && typeof value === "object" && !Array.isArray(value)
        ? Object.entries(value).flatMap(([k, v]) => [k, ...keys(v).map(x => k + "." + x)])
        : Array.isArray(value) ? [String(value.length)] : [typeof value];
      const found = {};
      for (const language of ["en", "zh"]) {
        module.speak(language);
        found[language] = keys(module.words).sort();
      }
      return found;
    }"""
    found = page.evaluate(keys)
    assert found["en"] == found["zh"]


def test_check_my_answer(open_page: Any) -> None:
    page = open_page(e="norm2(A*x - b)^2", wrt="x")
    field = page.locator("#mine")
    field.fill("2*A*(A*x - b)")
    page.wait_for_selector(".verdict.bad")
    assert "transpose" in page.locator(".verdict").inner_text()
    assert page.locator(".slip").inner_text() == "missing transpose"
    field.fill("2*A'*(A*x - b)")
    page.wait_for_selector(".verdict.good")
    field.fill("2*A'*(")
    page.wait_for_selector(".check-mine .message")
    assert page.locator(".check-mine .spot").count() == 1


def test_copies(open_page: Any) -> None:
    page = open_page(e="x'*A*x", wrt="x")
    wanted = {
        "LaTeX": "\\frac{\\mathrm{d} y}{\\mathrm{d} x} = (A + A^{\\top}) x",
        "Markdown": "$$\\frac{\\mathrm{d} y}{\\mathrm{d} x} = (A + A^{\\top}) x$$",
        "Unicode": "dy/dx = (A + Aᵀ)·x",
    }
    for name, text in wanted.items():
        assert copied(page, name) == text
    root = ElementTree.fromstring(copied(page, "MathML"))
    assert root.tag.endswith("math")
    assert "def derivative(**variables):" in copied(page, "NumPy")
    page.get_by_label("with all steps").check()
    assert copied(page, "LaTeX").count("\\begin{align*}") == 5 + 1
    assert copied(page, "Markdown").startswith("### Introduce intermediate variables")
    assert "u₁ = A·x" in copied(page, "Unicode")


def copied(page: Any, name: str) -> str:
    page.evaluate("navigator.clipboard.writeText('')")
    page.locator(".copy").get_by_role("button", name=name).click()
    said = "name => document.querySelector('.copy .said').innerText === `${name} copied`"
    page.wait_for_function(said, arg=name)
    return str(page.evaluate("navigator.clipboard.readText()")).replace("\r\n", "\n")


def test_a_refused_target_says_so(open_page: Any) -> None:
    page = open_page(e="x^2")
    refusal = {"ok": False, "error": {"kind": "unsupported", "message": "no such generator"}}
    page.route("**/api/code", lambda route: route.fulfill(json=refusal))
    page.locator(".copy").get_by_role("button", name="JAX").click()
    page.wait_for_selector(".copy .refused")
    assert page.locator(".copy .refused").inner_text() == "no such generator"
    type_in(page, "x^3")
    page.wait_for_selector(".copy .refused", state="detached")


def test_code_is_shown_coloured_and_copied(open_page: Any) -> None:
    problem = {"expr": "norm2(softmax(A*x))^2", "wrt": "x"}
    page = open_page(e=problem["expr"], wrt="x")
    unfold(page, "code")
    for target, name in TARGETS.items():
        expected = answer("code", {**problem, "target": target})["code"][target]
        page.locator(".code").get_by_label(name, exact=True).check()
        wait_for_code(page, expected)
        assert page.locator(".code pre .keyword").count() > 2
        page.evaluate("navigator.clipboard.writeText('')")
        page.locator(".code .bar button").click()
        page.locator(".code .said", has_text=f"{name} copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == expected
        assert copied(page, name) == expected


def wait_for_code(page: Any, expected: str) -> None:
    page.wait_for_function(
        "code => document.querySelector('.code pre')?.textContent === code", arg=expected
    )


def test_code_that_a_target_cannot_have(open_page: Any) -> None:
    page = open_page(e="expm(X)", wrt="X")
    unfold(page, "code")
    page.wait_for_selector(".code pre")
    page.locator(".code").get_by_label("Array API", exact=True).check()
    page.wait_for_selector(".code .refused")
    assert "no array-API code for dexpm" in page.locator(".code .refused").inner_text()
    assert page.locator(".code pre").count() == 0


def test_links_restore_the_state(open_page: Any) -> None:
    page = open_page(
        e="a^2*x", wrt="a", order="1", layout="denominator", let="x:n;a:", mine="2*a*x"
    )
    page.wait_for_selector(".verdict.good")
    page.get_by_label("2nd").first.check()
    wait_for_answer(page, "= 2 x")
    page.get_by_role("button", name="Step through").click()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(400)
    link = "#" + page.url.partition("#")[2]
    again = open_page(hash=link, ready=False)
    again.wait_for_selector(".stage .katex")
    for read in ("#expression", "#mine"):
        assert again.locator(read).input_value() == page.locator(read).input_value()
    assert again.locator(".count").inner_text() == page.locator(".count").inner_text() != ""
    again.keyboard.press("Escape")
    again.wait_for_selector(".answer .katex", state="visible")
    assert source(again) == source(page)
    assert again.get_by_label("Layout").input_value() == "denominator"
    again.wait_for_selector(".verdict.good, .verdict.bad")


def test_back_after_an_example(open_page: Any) -> None:
    page = open_page(e="x^2")
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Examples").click()
    page.locator("dialog .example").first.click()
    page.wait_for_function("() => document.querySelector('#expression').value !== 'x^2'")
    page.go_back()
    page.wait_for_function("() => document.querySelector('#expression').value === 'x^2'")


def test_numbers(open_page: Any) -> None:
    page = open_page(e="x'*A*x", wrt="x")
    unfold(page, "numbers")
    page.wait_for_selector(".numbers .cell")

    def entries(name: str) -> np.ndarray:
        selector = f".entries[aria-label={name}] tr"
        rows = "rows => rows.map(r => [...r.querySelectorAll('input')].map(i => +i.value))"
        return np.array(page.eval_on_selector_all(selector, rows))

    def shown() -> np.ndarray:
        return np.array(page.eval_on_selector_all(".cell", "all => all.map(e => +e.innerText)"))

    a, x = entries("A"), entries("x").ravel()
    assert shown() == pytest.approx((a + a.T) @ x, rel=1e-3)
    page.locator(".entries[aria-label=x] input").first.fill("-2.5")
    x[0] = -2.5
    page.wait_for_function("e => +document.querySelector('.cell').innerText === e",
                           arg=float(f"{((a + a.T) @ x)[0]:.4g}"))  # fmt: skip
    assert shown() == pytest.approx((a + a.T) @ x, rel=1e-3)
    assert "entries of x" in page.locator(".heat").first.inner_text()


def test_numbers_follow_the_order(open_page: Any) -> None:
    page = open_page(e="x'*A*x", wrt="x")
    unfold(page, "numbers")
    page.wait_for_selector(".numbers .cell")
    for order, count in ((3, 27), (1, 3), (2, 9)):
        page.locator(".setting .choice").nth(1).locator("input").nth(order - 1).check()
        page.wait_for_function(
            "n => document.querySelectorAll('.numbers .cell').length === n", arg=count
        )


def test_the_heat_map_shows_the_layout(open_page: Any) -> None:
    page = open_page(e="A*x", wrt="x", let="A:2,3")
    unfold(page, "numbers")
    page.wait_for_selector(".heat .across")
    rows = page.locator(".heat:has(.across) tbody tr")
    assert rows.count() == 2
    page.get_by_label("Layout").select_option("denominator")
    page.wait_for_function(
        "() => document.querySelectorAll('.heat:has(.across) tbody tr').length === 3"
    )
    assert "entries of x" in page.locator(".heat .down").last.inner_text()


@pytest.mark.parametrize("expr", [PATHS, "x^2", "(x - mean(x))/sqrt(mean((x - mean(x)).^2))"])
def test_the_graph_has_its_room_before_it_is_drawn(open_page: Any, expr: str) -> None:
    """What stands below it stays where it is, or a press on it would miss."""
    page = open_page(e=expr, wrt="x", height=100)
    size = "card => [card.offsetWidth, card.offsetHeight]"
    before = page.locator(".graph").evaluate(size)
    assert page.locator(".graph svg").count() == 0
    wait_for_graph(page)
    assert page.locator(".graph").evaluate(size) == pytest.approx(before, abs=2)


def test_pictures_to_save(open_page: Any, tmp_path: Any) -> None:
    page = open_page(e=PATHS, wrt="x")
    wait_for_graph(page)
    saved = {}
    for kind in ("SVG", "PNG"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"Download {kind}").click()
        saved[kind] = tmp_path / kind
        waiting.value.save_as(saved[kind])
    svg = ElementTree.parse(saved["SVG"])
    assert len(svg.findall(".//{*}g[@class]")) >= 5
    text = saved["SVG"].read_text("utf-8")
    assert "url(http" not in text and "@import" not in text and "--ink:" in text
    png = saved["PNG"].read_bytes()
    assert png.startswith(b"\x89PNG") and len(png) > 10_000


def test_text_is_only_text(open_page: Any) -> None:
    """Hostile text reaches the page as text, whether typed or in a link."""
    hostile = "<img src=x onerror=alert(1)>"
    page = open_page(e=hostile, mine="\\href{javascript:alert(1)}{x}", wrt=hostile, ready=False)
    page.wait_for_selector(".ask .message")
    type_in(page, 'x*"<script>alert(1)</script>"')
    page.wait_for_timeout(200)
    assert page.locator("#app img, #app script, #app a[href^=javascript]").count() == 0


def test_an_engine_that_does_not_answer(open_page: Any) -> None:
    page = open_page(e="x^2")
    page.route("**/api/**", lambda route: route.fulfill(body="bad gateway"))
    type_in(page, "x^3")
    page.wait_for_selector(".ask .message")
    assert "The engine does not answer" in page.locator(".ask .message").inner_text()
