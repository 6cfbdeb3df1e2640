"""Speed and weight of the page: `python tests/browser/measure.py [COUNT]` prints them.

From a key press to the new formula, for expressions of the corpus; to the first paint with
nothing cached; what is fetched, compressed. Not a test: the figures depend on the machine.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

from chromium import launched
from page_parts import fetched
from servers import serving

CORPUS = Path(__file__).resolve().parent.parent / "data" / "corpus"
WAIT = """() => new Promise((done) => {
  const field = document.querySelector("#expression");
  const box = document.querySelector(".closed-form .formula");
  const before = performance.now();
  const seen = new MutationObserver(() => {
    seen.disconnect();
    requestAnimationFrame(() => done(performance.now() - before));
  });
  seen.observe(box, { childList: true, subtree: true, characterData: true });
  setTimeout(() => { seen.disconnect(); done(null); }, 4000);
  field.value = field.value.slice(0, -1) + " ";
  field.value = window.wanted;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
})"""


def problems(count: int) -> list[dict[str, Any]]:
    records = [json.loads(line) for f in sorted(CORPUS.glob("*.jsonl")) for line in f.open()]
    records = [r for r in records if r.get("order", 1) == 1]
    return Random(0).sample(records, count)


def key_press(page: Any, address: str, problem: dict[str, Any]) -> float | None:
    """Milliseconds from the last character's key press to the formula, declarations in place."""
    lists = [
        ";".join(f"{name}:{','.join(map(str, found))}" for name, found in (given or {}).items())
        for given in (problem.get("let"), problem.get("assume"))
    ]
    fields = {"e": "0*" + (problem.get("wrt") or "x"), "wrt": problem.get("wrt") or ""}
    fields |= {"let": lists[0], "assume": lists[1]}
    page.evaluate("f => { location.hash = new URLSearchParams(f).toString(); }", fields)
    page.wait_for_timeout(350)
    page.evaluate("e => { window.wanted = e; }", problem["expr"])
    return page.evaluate(WAIT)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with serving() as address, launched() as browser:
        paints = []
        for _ in range(5):
            context = browser.new_context(viewport={"width": 1024, "height": 800})
            page = context.new_page()
            page.goto(address)
            page.wait_for_selector(".answer .katex")
            page.wait_for_selector("svg.flow:not(.bench)")
            paints.append(page.evaluate(
                "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            ))  # fmt: skip
            sizes = {url: size for url, size in fetched(page).items() if "/api/" not in url}
            context.close()
        light = sum(size for url, size in sizes.items() if "/viz/" not in url)
        print(f"first paint, nothing cached: {[round(p) for p in paints]} ms")
        print(f"fetched, compressed: {light / 1e6:.2f} MB, Graphviz "
              f"{(sum(sizes.values()) - light) / 1e6:.2f} MB")  # fmt: skip
        page = browser.new_page(viewport={"width": 1024, "height": 800})
        page.goto(address)
        page.wait_for_selector(".answer .katex")
        started = time.perf_counter()
        times = [key_press(page, address, problem) for problem in problems(count)]
        kept = sorted(t for t in times if t is not None)
        print(f"key press to formula: median {statistics.median(kept):.0f} ms, 90th percentile "
              f"{kept[int(0.9 * len(kept))]:.0f} ms, {len(kept)} of {count} expressions, "
              f"{time.perf_counter() - started:.0f} s")  # fmt: skip


if __name__ == "__main__":
    main()
