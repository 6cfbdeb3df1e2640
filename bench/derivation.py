"""How long deriving takes: the corpus, SymPy beside it, growth with size, starting up.

Prints tables on stdout and progress on stderr. Times are medians of wall-clock time in one
process; runs that are compared take turns, so that a busy machine disturbs both alike.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from sympy_forms import PAIRS, sympy_derivative

import chainrule
from chainrule.differentiate import jacobian
from chainrule.errors import ProblemError
from chainrule.expr.build import multiply, variable
from chainrule.expr.call import call
from chainrule.expr.node import Expr
from chainrule.lower import lower
from chainrule.simplify import simplify
from chainrule.tensor.build import variable as tensor_variable

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "tests" / "data" / "corpus"
RUNS = 5
SIZES = (10, 30, 100, 300, 1_000, 3_000, 10_000)
TOO_LONG = 20.0  # seconds after which a family grows no further


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def medians(actions: Sequence[Callable[[], object]], runs: int = RUNS) -> list[float]:
    """The median of each action in milliseconds; the actions take turns, the first turn is lost."""
    for action in actions:
        action()
    turns = [[seconds(action) for action in actions] for _ in range(runs)]
    return [1e3 * statistics.median(times) for times in zip(*turns, strict=True)]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def bench_corpus() -> None:
    """Each record of the corpus, without the check."""
    times: list[tuple[float, str]] = []
    skipped = 0
    for path in sorted(CORPUS.glob("*.jsonl")):
        say(f"corpus: {path.name}")
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)

            def derive(record: dict[str, object] = record) -> object:
                names = ("wrt", "order", "let", "assume")
                options = {name: record[name] for name in names if name in record}
                return chainrule.derive(record["expr"], check=False, **options)

            try:
                times.append((medians([derive], 3)[0], record["id"]))
            except ProblemError:
                skipped += 1
    values = [value for value, _ in times]
    print("\nDerivation with steps, without check, ms per record of the corpus")
    print(f"{'records':>8} {'skipped':>8} {'median':>8} {'p95':>8} {'slowest':>8}")
    slowest, name = max(times)
    print(
        f"{len(values):8} {skipped:8} {statistics.median(values):8.2f} "
        f"{percentile(values, 0.95):8.2f} {slowest:8.2f} ({name})"
    )


def bench_sympy() -> None:
    """The same derivative by SymPy's MatrixSymbol, where it gives one."""
    print("\nBeside SymPy (its MatrixSymbol derivative, no steps), ms")
    print(f"{'expression':38} {'chainrule':>10} {'SymPy':>10}  {'SymPy says'}")
    ratios = []
    for text, wrt, let in PAIRS:
        say(f"SymPy: {text}")

        def ours(text: str = text, wrt: str = wrt, let: object = let) -> object:
            return chainrule.derive(text, wrt=wrt, let=let, check=False)

        def theirs(text: str = text) -> object:
            return sympy_derivative(text)

        verdict = "a derivative"
        try:
            if str(theirs()) in ("0", "ZeroMatrix"):
                verdict = "0, which is wrong"
        except Exception as error:  # whatever it raises is its answer
            print(f"{text:38} {medians([ours])[0]:10.2f} {'-':>10}  {type(error).__name__}")
            continue
        mine, other = medians([ours, theirs])
        if verdict == "a derivative":
            ratios.append(other / mine)
        print(f"{text:38} {mine:10.2f} {other:10.2f}  {verdict}")
    print(f"SymPy's time over ours, median where it is right: {statistics.median(ratios):.2f}")


def chain(count: int) -> Expr:
    """sin(sin(...(x))) with `count` nodes."""
    expr = variable("x")
    for _ in range(count):
        expr = call("sin", expr)
    return expr


def diamonds(count: int) -> Expr:
    """u = sin(u)*cos(u), again and again, `count` nodes in all: 2^(count/3) paths."""
    expr = variable("x")
    for _ in range(count // 3):
        expr = multiply(call("sin", expr), call("cos", expr))
    return expr


def chain_text(count: int) -> str:
    return (
        "".join(f"u{k} = sin({f'u{k - 1}' if k else 'x'}); " for k in range(count))
        + f"u{count - 1}"
    )


def diamonds_text(count: int) -> str:
    steps = count // 3
    parts = []
    for k in range(steps):
        u = f"u{k - 1}" if k else "x"
        parts.append(f"u{k} = sin({u})*cos({u}); ")
    return "".join(parts) + f"u{steps - 1}"


def index_form(expr: Expr) -> object:
    """The derivative alone, as a graph in index form."""
    return simplify(jacobian(lower(expr), tensor_variable("x", (), frozenset())))


def with_steps(text: str) -> object:
    return chainrule.derive(text, wrt="x", let={"x": []}, check=False)


def bench_growth() -> None:
    """Time against the number of nodes, and the exponent of the fitted power law."""
    print("\nGrowth with the number of nodes, seconds")
    print(f"{'family':34}" + "".join(f"{size:>9}" for size in SIZES) + " exponent")
    for name, build, action in (
        ("chain, derivative alone", chain, index_form),
        ("diamonds, derivative alone", diamonds, index_form),
        ("chain, all steps, from text", chain_text, with_steps),
        ("diamonds, all steps, from text", diamonds_text, with_steps),
    ):
        times: list[float] = []
        for size in SIZES:
            say(f"growth: {name}, {size} nodes")
            given = build(size)
            try:
                times.append(medians([partial(action, given)], 3)[0] / 1e3)
            except ProblemError:  # a limit, such as the length of a text
                break
            if times[-1] > TOO_LONG:
                break
        cells = "".join(f"{t:9.3f}" for t in times) + "        -" * (len(SIZES) - len(times))
        print(f"{name:34}{cells} {exponent(SIZES, times):8.2f}")


def exponent(sizes: Sequence[int], times: Sequence[float]) -> float:
    """The slope of log time over log size, from 100 nodes on, by least squares."""
    points = [(math.log(n), math.log(t)) for n, t in zip(sizes, times, strict=False) if n >= 100]
    if len(points) < 2:
        return math.nan
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def bench_start() -> None:
    """A new process, as at the command line."""
    command = [sys.executable, "-c"]
    cases = {
        "python -c pass": [*command, "pass"],
        "import chainrule": [*command, "import chainrule"],
        'chainrule "x\'*A*x" --wrt x': [
            sys.executable, "-m", "chainrule", "x'*A*x", "--wrt", "x",
        ],
    }  # fmt: skip
    say("start-up")
    actions = [
        lambda words=words: subprocess.run(words, check=True, capture_output=True)
        for words in cases.values()
    ]
    print("\nA new process, ms")
    for name, time_taken in zip(cases, medians(actions), strict=True):
        print(f"{name:34}{time_taken:9.1f}")


def main() -> None:
    print(f"Python {sys.version.split()[0]} on {sys.platform}")
    bench_corpus()
    bench_sympy()
    bench_growth()
    bench_start()


if __name__ == "__main__":
    main()
