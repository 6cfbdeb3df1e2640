"""The widget as a page runs it, and the keys and the pointer on it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from page_parts import watched
from servers import offering

import chainrule
from chainrule.notebook import HERE, view_of

PAGE = """<!doctype html><meta charset="utf-8"><title>widget</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="widget.css">
<main id="at"></main><script type="module" src="fake.js"></script>"""
# A model as anywidget hands it to the module, as far as the module uses it.
FAKE = """import widget from "./widget.js";
const values = {view: await (await fetch("view.json")).json(), step: 0};
const hearers = new Set();
window.model = {
  get: (name) => values[name],
  set: (name, value) => { values[name] = value; },
  save_changes: () => { window.saved = values.step; hearers.forEach((hear) => hear()); },
  on: (name, hear) => hearers.add(hear),
  off: (name, hear) => hearers.delete(hear),
};
window.end = widget.render({model: window.model, el: document.getElementById("at")});
window.hearers = hearers;
"""


@pytest.fixture(scope="module")
def page(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("widget")
    for name in ("widget.js", "widget.css"):
        shutil.copy(HERE / name, folder / name)
    (folder / "index.html").write_text(PAGE, "utf-8")
    (folder / "fake.js").write_text(FAKE, "utf-8")
    view = view_of(chainrule.derive("x + x^2*sin(x)", "x"))
    (folder / "view.json").write_text(json.dumps(view), "utf-8")
    with offering(folder) as address:
        page = browser.new_page(viewport={"width": 900, "height": 900})
        faults = watched(page, address)
        page.goto(address)
        page.wait_for_selector(".chainrule-widget li")
        page.count = sum(len(g["steps"]) for o in view["orders"] for g in o["groups"])
        yield page
        page.close()
        assert not faults


def lit(page: Any) -> tuple[list[str], list[str]]:
    """The boxes and the edges that are lit up in the graph."""
    found: tuple[list[str], list[str]] = page.evaluate(
        """() => { const graph = document.querySelector(".graph").shadowRoot;
          const of = (query, name) => [...graph.querySelectorAll(query)].map(name).sort();
          return [of("g.lit", (g) => g.dataset.name),
                  of("path.lit", (p) => p.dataset.from + p.dataset.to)]; }"""
    )
    return found[0], found[1]


def test_formulas_and_graph_light_up_together(page: Any) -> None:
    page.locator(".symbol[data-name=u1]").first.hover()
    assert lit(page)[0] == ["u1"]
    assert page.locator(".symbol.lit").count() >= 3
    partial = page.locator("li", has=page.locator("mfrac")).first
    partial.locator(".why").hover()
    boxes, edges = lit(page)
    assert boxes == ["u1", "x"] and edges == ["xu1"]
    page.mouse.move(1, 1)
    assert lit(page) == ([], [])


def test_colours_are_those_of_the_graph(page: Any) -> None:
    hues = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".symbol")].map(
          (s) => [s.dataset.name, s.style.getPropertyValue("--hue")]))"""
    )
    assert hues["u1"] == "210" and hues["u2"] == "28"
    drawn = page.evaluate(
        """() => document.querySelector(".graph").shadowRoot
          .querySelector("g[data-name=u2] rect").classList[0]"""
    )
    assert drawn == "hue1"


def test_step_by_step_with_keys(page: Any) -> None:
    page.get_by_role("button", name="Next step").focus()
    hidden = page.locator("li.later")
    for place in (1, 2, 3):
        page.keyboard.press("ArrowRight")
        assert page.evaluate("saved") == place
        assert hidden.count() == page.count - place
        assert page.get_by_role("status").inner_text() == f"step {place} of {page.count}"
    later = "document.querySelector('.graph').shadowRoot.querySelectorAll('g.later').length"
    before = page.evaluate(later)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(later) > before
    page.evaluate("model.set('step', 2); model.save_changes()")  # from Python
    assert page.locator("li.now").count() == 1 and hidden.count() == page.count - 2
    page.get_by_role("button", name="All steps").click()
    assert hidden.count() == 0 and page.evaluate(later) == 0


def test_a_step_that_combines_shows_its_paths(page: Any) -> None:
    kinds = page.evaluate(
        "() => model.get('view').orders[0].groups.flatMap((g) => g.steps.map((s) => s.kind))"
    )
    page.evaluate(
        "n => { model.set('step', n); model.save_changes(); }", kinds.index("combine") + 1
    )
    routes = page.evaluate("model.get('view').routes")
    along = {a + b for route in routes for a, b in pairwise(route)}
    assert set(lit(page)[1]) == along and along
    page.evaluate("() => { model.set('step', 0); model.save_changes(); }")
    assert lit(page)[1] == []


def test_steps_fold(page: Any) -> None:
    fold = page.locator("details").first
    fold.locator("summary").click()
    assert not fold.evaluate("d => d.open")
    page.get_by_role("button", name="Next step").click()
    assert fold.evaluate("d => d.open")  # the step that is shown is never folded away
    page.get_by_role("button", name="All steps").click()


def test_it_ends_without_a_trace(page: Any) -> None:
    assert page.evaluate("hearers.size") == 1
    page.evaluate("end()")
    assert page.evaluate("hearers.size") == 0
