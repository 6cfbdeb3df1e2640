"""What the tests of the page look at."""

from __future__ import annotations

from typing import Any


def watched(page: Any, address: str) -> list[str]:
    """What goes wrong on the page, as it does: console messages, errors, requests elsewhere."""
    faults: list[str] = []

    def asked(request: Any) -> None:
        if not request.url.startswith((address, "blob:" + address, "data:")):
            faults.append(f"asked {request.url}")

    page.on("console", lambda message: faults.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("request", asked)
    return faults


def fetched(page: Any) -> dict[str, int]:
    """The addresses that the page has asked for, with the bytes of each answer as it was sent."""
    found: dict[str, int] = page.evaluate(
        """() => Object.fromEntries(["navigation", "resource"]
        .flatMap((type) => performance.getEntriesByType(type))
        .map((entry) => [entry.name, entry.encodedBodySize]))"""
    )
    return found


def source(page: Any, selector: str = ".closed-form") -> str:
    """The LaTeX of a formula, out of its MathML."""
    found = page.locator(f"{selector} annotation").first.text_content()
    return found.removeprefix("\\displaystyle ")


def wait_for_answer(page: Any, part: str) -> None:
    """Until the closed form holds `part` and is not an older one."""
    page.wait_for_function(
        """part => !document.querySelector("main.stale") &&
        (document.querySelector(".closed-form annotation")?.textContent ?? "").includes(part)""",
        arg=part,
    )


def wait_for_graph(page: Any) -> None:
    page.locator(".graph").evaluate("e => e.scrollIntoView({ block: 'center' })")
    page.wait_for_selector("svg.flow:not(.bench) .node", state="attached")


def unfold(page: Any, card: str) -> None:
    """Open a card. A press is lost where the card moves away before the release; press again."""
    fold = page.locator(f"details.{card}")
    for _ in range(5):
        fold.locator("summary").click()
        if fold.evaluate("card => card.open"):
            return
    raise AssertionError(f"{card} does not open")


def type_in(page: Any, text: str) -> None:
    page.locator("#expression").fill(text)


def drawn(page: Any, kind: str) -> set[str]:
    """The ids of the nodes or links that are visible in the graph."""
    return set(
        page.eval_on_selector_all(
            f"svg.flow:not(.bench) .{kind}:not(.undrawn)", "all => all.map(e => e.dataset.id)"
        )
    )


def lit(page: Any, kind: str) -> set[str]:
    """The ids of those that are strong now, in the step-through."""
    return set(
        page.eval_on_selector_all(
            f"svg.flow:not(.bench) .{kind}.now", "all => all.map(e => e.dataset.id)"
        )
    )
