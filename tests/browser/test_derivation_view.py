"""The derivation, the graph beside it, what links them, and the step-through."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from page_parts import drawn, lit, source, wait_for_graph

from chainrule.faces.api import answer

PATHS = "exp(x'*A*x)*x"
STYLES = [
    ("norm2(T - U*V')^2", "U"), ("A*X*B", "X"), ("tr(A*X)/x", "x"), ("r = A*x - b; r'*r", "x"),
]  # fmt: skip
SHOWN = "e => e.checkVisibility({ visibilityProperty: true })"


def record(expr: str, wrt: str) -> dict[str, Any]:
    return answer("derive", {"expr": expr, "wrt": wrt})["derivation"]


def test_all_steps_stand_there(open_page: Any) -> None:
    page = open_page(e=PATHS, wrt="x")
    steps = record(PATHS, "x")["steps"]
    assert page.locator(".step").count() == len(steps)
    assert "Vector chain rule" in page.locator(".rule").inner_text()
    assert "3 data-flow paths" in page.locator(".rule").inner_text()
    for place, step in enumerate(steps):
        assert step["why"] in page.locator(".step .why").nth(place).inner_text()


def test_steps_fold(open_page: Any) -> None:
    page = open_page(e=PATHS, wrt="x")
    fold = page.get_by_role("button", name="Combine")
    assert fold.get_attribute("aria-expanded") == "true"
    fold.click()
    assert fold.get_attribute("aria-expanded") == "false"
    assert not page.locator(".steps.combine").is_visible()
    assert page.locator(".steps.partial").is_visible()
    page.get_by_role("button", name="Fold all").click()
    assert page.locator(".step:visible").count() == 0
    page.get_by_role("button", name="Unfold all").click()
    assert page.locator(".step:visible").count() == len(record(PATHS, "x")["steps"])


def test_one_colour_for_one_name(open_page: Any) -> None:
    """An intermediate has one colour wherever it stands, and no two share theirs."""
    page = open_page(e=PATHS, wrt="x")
    wait_for_graph(page)
    colours = {}
    for name in ("u1", "u2", "u3", "u4", "x"):
        found = page.eval_on_selector_all(
            f'.formula [data-name="0/{name}"]', "all => all.map(e => getComputedStyle(e).color)"
        )
        box = page.eval_on_selector(
            f'svg .node[data-id="{name}"] .box', "e => getComputedStyle(e).stroke"
        )
        assert len(found) >= 1 and set(found) == {box}
        colours[name] = box
    assert len(set(colours.values())) == 5


def test_pointing_lights_up_the_same_thing_everywhere(open_page: Any) -> None:
    page = open_page(e=PATHS, wrt="x", height=2000)
    wait_for_graph(page)
    page.locator('.steps.introduce [data-name="0/u2"]').first.hover()
    assert page.locator('.node[data-id="u2"].lit').count() == 1
    assert page.locator(".node.lit").count() == 1
    assert page.locator('.steps.partial .step.lit[data-about="0/u2"]').count() == 2
    assert page.locator('.substitute [data-full="0/u2"].lit').count() >= 1
    page.locator('.link[data-id="u1>u2"] .line').hover(force=True)
    lit_edges = page.locator('.formula [data-edge="0/u1>u2"].lit')
    assert lit_edges.count() == page.locator('.formula [data-edge="0/u1>u2"]').count() >= 2
    page.locator('.combine [data-edge="0/u2>u3"]').first.hover(position={"x": 2, "y": 2})
    assert page.locator('.link[data-id="u2>u3"].lit').count() == 1
    page.locator('.node[data-id="u3"]').focus()  # by keyboard too
    assert page.locator('.introduce .step.lit[data-about="0/u3"]').count() == 1
    page.mouse.move(1, 1)
    assert page.locator(".lit").count() == 0


def test_what_replaced_a_name_is_marked(open_page: Any) -> None:
    page = open_page(e="ln(sin(x^3)^2)")
    parts = page.locator(".substitute .step").nth(1).locator("[data-full]")
    found = {part.get_attribute("data-full") for part in parts.all()}
    assert found == {"0/u1", "0/u2", "0/u3"}


def test_the_graph_has_shapes_on_its_edges(open_page: Any) -> None:
    page = open_page(e="norm2(A*x - b)^2", wrt="x")
    wait_for_graph(page)
    edges = {tuple(edge) for edge in record("norm2(A*x - b)^2", "x")["graph"]["edges"]}
    assert {tuple(edge.split(">")) for edge in drawn(page, "link")} == edges
    texts = page.eval_on_selector_all(
        ".link", "all => Object.fromEntries(all.map(e => [e.dataset.id, e.textContent]))"
    )
    spaces = {edge: text.replace("\u200b", "") for edge, text in texts.items()}
    assert spaces["A>u1"] == "ℝm×n" and spaces["x>u1"] == "ℝn" and spaces["u2>u3"] == "ℝ"
    overlaps = """() => {
      const boxes = [...document.querySelectorAll("svg.flow:not(.bench) .box")]
        .map(e => e.getBoundingClientRect());
      return boxes.some((a, i) => boxes.some((b, j) => i < j && a.left < b.right &&
        b.left < a.right && a.top < b.bottom && b.top < a.bottom));
    }"""
    assert not page.evaluate(overlaps)
    spills = """() => [...document.querySelectorAll("svg.flow:not(.bench) .node")].filter(e =>
      e.querySelector("text").getBBox().width > e.querySelector(".box").getBBox().width).length"""
    assert page.evaluate(spills) == 0


def test_step_through_draws_the_flow(open_page: Any) -> None:
    page = open_page(e=PATHS, wrt="x")
    found = record(PATHS, "x")
    page.get_by_role("button", name="Step through").click()
    wait_for_graph(page)
    assert not page.locator(".answer").is_visible()  # it would tell the end
    assert drawn(page, "node") == {"x"} and drawn(page, "link") == set()
    frames = int(page.locator(".count").inner_text().rpartition(" ")[2])
    assert frames == 1 + len(found["steps"]) + len(found["orders"][0]["routes"])

    forward, paths, seen = [], [], []
    before = drawn(page, "node")
    for _ in range(frames - 1):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(30)
        now = drawn(page, "node")
        assert before <= now
        forward += [n for n in ("u1", "u2", "u3", "u4") if n in now - before]
        before = now
        phase = page.locator(".phase").inner_text()
        if phase.startswith("Path"):
            paths.append(lit(page, "link"))
        if phase == "Differentiate each in isolation":
            seen += [*lit(page, "link")]
    assert forward == ["u1", "u2", "u3", "u4"]
    assert seen[0].endswith(">u4") and seen[-1] == "x>u1"  # back from the output
    routes = found["orders"][0]["routes"]
    assert paths == [{f"{a}>{b}" for a, b in pairwise(r)} for r in routes]
    back = page.eval_on_selector_all(".link.back", "all => all.map(e => e.dataset.id)")
    assert set(back) == {
        f"{s['wrt']}>{s['name']}" for s in found["steps"] if s["kind"] == "partial"
    }
    assert page.locator(".step.later").count() == 0
    assert page.get_by_role("button", name="Next").is_disabled()
    assert source(page, ".scene") == source(page)

    page.keyboard.press("Home")
    page.wait_for_function("() => document.querySelectorAll('.step.later').length > 10")
    hidden = page.eval_on_selector_all(".step.later", f"all => all.filter({SHOWN}).length")
    assert hidden == 0
    page.keyboard.press("Escape")
    page.wait_for_selector(".answer", state="visible")
    assert page.locator(".stage").count() == 0


def test_fast_keys_are_not_lost(open_page: Any) -> None:
    page = open_page(e=PATHS, wrt="x")
    page.get_by_role("button", name="Step through").click()
    page.wait_for_selector(".stage")
    page.evaluate("""() => { for (let i = 0; i < 9; i++)
      dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" })); }""")
    page.wait_for_function(
        "() => document.querySelector('.count').innerText.startsWith('Step 10 ')"
    )


def test_step_through_in_every_style(open_page: Any) -> None:
    """Pullbacks, differentials and pushforwards are walked as well; the last frame shows all."""
    for expr, wrt in STYLES:
        page = open_page(e=expr, wrt=wrt)
        found = record(expr, wrt)
        assert page.locator(".step").count() == len(found["steps"])
        page.get_by_role("button", name="Step through").click()
        page.keyboard.press("End")
        page.wait_for_function("() => document.querySelectorAll('.step.later').length === 0")
        nodes = sorted(node["id"] for node in found["graph"]["nodes"])
        page.wait_for_function(
            """nodes => [...document.querySelectorAll("svg.flow:not(.bench) .node:not(.undrawn)")]
            .map(e => e.dataset.id).sort().join() === nodes""",
            arg=",".join(nodes),
        )
        page.keyboard.press("Escape")
        page.wait_for_selector(".stage", state="detached")


def test_the_second_order_has_a_graph_of_its_own(open_page: Any) -> None:
    page = open_page(e="x^3 + x", order="2")
    wait_for_graph(page)
    first = drawn(page, "node")
    page.locator(".graph").get_by_label("2nd").check()
    page.wait_for_function("() => document.querySelector('svg .node[data-name^=\"1/\"]') !== null")
    assert drawn(page, "node") != first


def test_many_steps_are_cut_until_asked_for(open_page: Any) -> None:
    expr = "+".join(f"sin({k}*x)" for k in range(1, 12))
    page = open_page(e=expr)
    total = page.locator(".steps.introduce .step").count()
    assert page.locator(".steps.introduce .step:visible").count() < total
    page.get_by_role("button", name="Show all").first.click()
    assert page.locator(".steps.introduce .step:visible").count() == total
