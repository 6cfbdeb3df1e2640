"""The page docs/benchmarks.md and its picture, from the results of speed.py and fit.py."""

from __future__ import annotations

import json
import math
import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from problems import PROBLEMS
from speed import RESULTS, ROOT, TOLERANCE
from tasks import BOTH, GRADIENT, Problem

PAGE = ROOT / "docs" / "benchmarks.md"
PICTURE = ROOT / "docs" / "images" / "benchmarks.svg"
FITS = RESULTS.with_name("fit.jsonl")
SHORT = 20e-6  # seconds: below, a call costs more than what it does

Record = dict[str, Any]
# over what: the first column's time divided by the second's
RATIOS = {
    "generated / hand": ("NumPy", "hand"),
    "JAX autodiff / generated": ("JAX autodiff", "NumPy"),
    "PyTorch autodiff / generated": ("PyTorch autodiff", "NumPy"),
    "generated JAX / JAX autodiff": ("JAX", "JAX autodiff"),
    "generated PyTorch / PyTorch autodiff": ("PyTorch", "PyTorch autodiff"),
    "structured / hand": ("structured", "hand core"),
    "JAX autodiff / structured": ("JAX autodiff", "structured"),
}
THREADS = {"1": "One thread", "default": "Default threads"}
STALLS = """\
Libraries that each bring threads of their own disturb one another here: a call that needs BLAS
several times may wait for milliseconds until another library's threads have gone to sleep.
"""

INTRODUCTION = """\
# Benchmarks

`make bench` writes this page. What is typed, the code by hand and the functions for automatic
differentiation are in [bench/problems.py](../bench/problems.py) and
[bench/hand.py](../bench/hand.py). All columns of a row take turns in one process; times are
medians, ratios are of medians. *Hand* is the best NumPy code we could write for that derivative
alone; *JAX autodiff* the fastest of jitted `grad`, `hessian`, `jacrev` of `jacrev`, `jacfwd`,
`jacrev`; *PyTorch autodiff* the fastest of autograd and `torch.func`, eager. *Generated* is what
chainrule makes of the text, without hints. A ratio with ! differs from hand by more than
{tolerance}. *Structured* results store their core only and are
compared with code by hand that does. Empty: not available.

{machine}

![Ratios to code by hand](images/benchmarks.svg)
"""


def read(path: Path) -> list[Record]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def ratio(record: Record, over: str, under: str) -> float | None:
    columns = record["columns"]
    times = [columns.get(name, {}).get("median") for name in (over, under)]
    return times[0] / times[1] if all(times) else None


def is_wrong(record: Record, name: str) -> bool:
    found = record["columns"].get(name, {})
    return "median" in found and found.get("error", 0) > TOLERANCE[record["dtype"]]


def figure(value: float | None) -> str:
    """Two or three digits."""
    if value is None:
        return ""
    if value < 0.095:
        return f"{value:.1g}" if value < 0.0095 else f"{value:.2f}"
    return f"{value:.2f}" if value < 9.95 else f"{value:.1f}" if value < 99.5 else f"{value:,.0f}"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size or unit == "µs":
            return f"{seconds / size:.3g} {unit}"
    raise AssertionError


def megabytes(column: Record) -> str:
    """What the system sees is coarse: it gives memory in pages, and libraries keep some."""
    count = column.get("peak")
    if count is None:
        return ""
    return f"{count / 1e6:.3g}" if column["exact"] or count >= 1e6 else "< 1"


def row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield row(header)
    yield row(["---"] * len(header))
    yield from map(row, rows)
    yield ""


def label(record: Record) -> list[str]:
    size = " × ".join(map(str, record["size"]))
    return [record["problem"], size, record["task"]]


def speed_rows(records: Sequence[Record]) -> Iterator[list[str]]:
    for record in records:
        cells = [*label(record), duration(record["columns"]["hand"].get("median"))]
        for over, under in RATIOS.values():
            wrong = is_wrong(record, over) or is_wrong(record, under)
            cells.append(figure(ratio(record, over, under)) + " !" * wrong)
        yield cells


def summary(records: Sequence[Record]) -> str:
    """The medians the goals are stated in."""
    long = [r for r in records if r["columns"]["hand"].get("median", 0) >= SHORT]
    found = [q for r in long if (q := ratio(r, "NumPy", "hand"))]
    if not found:
        return ""
    gradients = [
        q
        for r in long
        if r["task"] in (GRADIENT, BOTH) and (q := ratio(r, "NumPy", "JAX autodiff"))
    ]
    words = (
        f"Generated over hand, where hand takes 20 µs or more: median {figure(middle(found))}, "
        f"largest {figure(max(found))} of {len(found)}."
    )
    if gradients:
        words += (
            f" Gradients, generated over JAX autodiff: median {figure(middle(gradients))}, "
            f"largest {figure(max(gradients))}."
        )
    return words


middle: Callable[[Sequence[float]], float] = statistics.median


def cost_rows(records: Sequence[Record]) -> Iterator[list[str]]:
    """Memory of one call, time to derive, to compile, and JAX's first call."""
    names = ("hand", "NumPy", "structured", "JAX autodiff", "PyTorch autodiff")
    for record in records:
        columns = record["columns"]
        ours = columns["NumPy"]
        peaks = [megabytes(columns.get(name, {})) for name in names]
        first = columns["JAX autodiff"].get("first")
        times = [duration(ours.get("derive")), duration(ours.get("compile")), duration(first)]
        yield [*label(record), *peaks, *times]


def largest(records: Sequence[Record]) -> list[Record]:
    """Of each problem the records of its largest size."""
    order = {name: problem.sizes for name, problem in PROBLEMS.items()}
    place = {id(r): order[r["problem"]].index(tuple(r["size"])) for r in records}
    top: dict[str, int] = {}
    for r in records:
        top[r["problem"]] = max(top.get(r["problem"], 0), place[id(r)])
    return [r for r in records if place[id(r)] == top[r["problem"]]]


def sections(records: Sequence[Record]) -> Iterator[str]:
    for threads, title in THREADS.items():
        for dtype in TOLERANCE:
            chosen = [r for r in records if (r["threads"], r["dtype"]) == (threads, dtype)]
            if not chosen:
                continue
            yield f"## {title}, {dtype}\n"
            if threads != "1":
                yield STALLS
            yield summary(chosen) + "\n"
            yield from table(["problem", "size", "", "hand", *RATIOS], list(speed_rows(chosen)))
    chosen = [r for r in records if (r["threads"], r["dtype"]) == ("1", "float64")]
    if chosen:
        yield "## Memory, deriving, compiling\n"
        yield "Peak memory of one call in MB, its result included (of NumPy as `tracemalloc` sees"
        yield "it, else as the system does); time to derive without check, to generate and load"
        yield "the code, and of JAX's first call. One thread, float64, largest sizes.\n"
        header = ["problem", "size", "", "hand", "generated", "structured", "JAX", "PyTorch"]
        header += ["derive", "compile", "JAX compile"]
        yield from table(header, list(cost_rows(largest(chosen))))


def declared(problem: Problem, text: str) -> str:
    """The options that go with a text."""
    shapes = {n: ",".join(map(str, s)) for n, s in problem.let.items() if n in text}
    words = [f"--let {name}={shape}" for name, shape in shapes.items()]
    words += [f"--assume {name}={','.join(p)}" for name, p in problem.assume.items()]
    return f" with `{' '.join(words)}`" if words else ""


def texts() -> Iterator[str]:
    yield "## What is typed\n"
    seen = set()
    for problem in PROBLEMS.values():
        for task in problem.tasks:
            if task.text not in seen:
                seen.add(task.text)
                yield f"- {problem.name}, by `{problem.wrt}`{declared(problem, task.text)}:\n"
                yield "  ```text"
                yield from (
                    "  " + part.strip() for part in task.text.replace(";", ";\n").split("\n")
                )
                yield "  ```\n"


def fits() -> Iterator[str]:
    found = read(FITS)
    if found:
        yield "## Fitting\n"
        yield "`chainrule.minimize` beside scikit-learn's `LogisticRegression`, on the breast"
        yield "cancer data that scikit-learn ships, standardised; all from zero. Times include"
        yield "deriving and generating code, which the last row has alone.\n"
        header = ["method", "objective", "largest gradient entry", "time", "time / scikit-learn"]
        rows = [
            [
                fit["method"],
                f"{fit['value']:.10f}",
                f"{fit['gradient']:.1e}",
                duration(fit["seconds"]),
                figure(fit["ratio"]),
            ]
            for fit in found
        ]
        yield from table(header, rows)


def draw(records: Sequence[Record]) -> None:
    """Times over that of code by hand, at the largest sizes, one thread, float64."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "chainrule"
    matplotlib.rcParams["svg.fonttype"] = "none"
    import matplotlib.pyplot as plt

    chosen = [r for r in records if (r["threads"], r["dtype"]) == ("1", "float64")]
    chosen = [r for r in largest(chosen) if r["task"] != BOTH][::-1]
    marks = {
        "NumPy": ("o", "tab:blue", "generated NumPy"),
        "JAX": ("s", "tab:cyan", "generated JAX"),
        "JAX autodiff": ("^", "tab:red", "JAX autodiff"),
        "PyTorch autodiff": ("v", "tab:orange", "PyTorch autodiff"),
    }
    figure_, axes = plt.subplots(figsize=(9, 0.34 * len(chosen) + 1.6), layout="constrained")
    for name, (mark, colour, words) in marks.items():
        values = [ratio(r, name, "hand") for r in chosen]
        points = [(q, y) for y, q in enumerate(values) if q]
        if points:
            axes.plot(*zip(*points, strict=True), mark, color=colour, label=words, alpha=0.85)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yticks(range(len(chosen)), [" ".join(part) for part in map(tick, chosen)])
    axes.set_xlabel("time over that of NumPy code by hand (one thread, float64)")
    axes.grid(axis="x", alpha=0.3)
    figure_.legend(loc="outside upper center", ncols=len(marks), frameon=False)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    figure_.savefig(PICTURE, metadata={"Date": None})


def tick(record: Record) -> list[str]:
    problem, size, task = label(record)
    return [problem, f"({size})", task]


def versions() -> str:
    from importlib.metadata import version

    names = ("numpy", "scipy", "jax", "torch")
    found = ", ".join(f"{name} {version(name)}" for name in names)
    return f"Machine: {os.cpu_count()} cores. {found}."


def main() -> None:
    records = read(RESULTS)
    tolerance = " and ".join(f"{limit:g} ({dtype})" for dtype, limit in TOLERANCE.items())
    parts = [INTRODUCTION.format(tolerance=tolerance, machine=versions())]
    parts += [*sections(records), *fits(), *texts()]
    PAGE.write_text("\n".join(parts).rstrip() + "\n", "utf-8")
    if any(math.isfinite(r["columns"]["hand"].get("median", math.inf)) for r in records):
        draw(records)


if __name__ == "__main__":
    main()
