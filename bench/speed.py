"""How fast generated code runs: beside code by hand, JAX and PyTorch, on ten problems.

Every problem, size and type has a process of its own, in which all columns take turns, and
every output is compared with that of the code by hand. Results go to build/speed.jsonl, a line
each; report.py makes the page. `--threads 1` pins everything to one core.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "build" / "speed.jsonl"
ONE_THREAD = {
    **{f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL")},
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
ALWAYS = {"JAX_PLATFORMS": "cpu", "JAX_ENABLE_X64": "1", "OMP_WAIT_POLICY": "PASSIVE"}
TOLERANCE = {"float64": 1e-6, "float32": 2e-2}
ROUND = 0.004  # seconds of calls in one turn
SLOW = 10.0  # seconds after which a call is not repeated
PAUSE = 0.03  # seconds until the threads of BLAS, which wait by turning, are asleep
CHILD_LIMIT = 900  # seconds

Call = Callable[[], Any]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def seconds(call: Call, times: int = 1) -> float:
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) / times


class Column:
    """One way to compute a task: the fastest of its modes, and what was measured."""

    def __init__(self, name: str, modes: Iterable[tuple[str, Call]]) -> None:
        self.name = name
        self.record: dict[str, Any] = {"failed": {}}
        best = math.inf
        for mode, call in modes:
            try:
                output, first, warm = warmed(call)
            except Exception as error:  # whatever it raises is its result
                self.record["failed"][mode] = f"{type(error).__name__}: {error}"[:200]
                continue
            if warm < best:
                best = warm
                self.call, self.output = call, parts(output)
                self.record |= {"mode": mode, "first": first}
        self.warm = best
        self.is_numpy = name in NUMPY_COLUMNS
        self.times: list[float] = []

    @property
    def works(self) -> bool:
        return self.warm < math.inf

    def turn(self, pause: bool) -> None:
        """One round of calls."""
        if self.warm < SLOW / 100:
            self.call()  # what the others left in the caches shall not count
        self.times.append(seconds(self.call, max(1, math.ceil(ROUND / self.warm))))
        if pause and self.is_numpy:
            time.sleep(PAUSE)


def warmed(call: Call) -> tuple[Any, float, float]:
    """The output, the time of the first call, and that of the fastest of three more."""
    start = time.perf_counter()
    output = call()
    first = time.perf_counter() - start
    return output, first, first if first > SLOW else min(seconds(call) for _ in range(3))


def parts(output: Any) -> list[Any]:
    """The arrays of a result, of whatever library."""
    import numpy as np

    if isinstance(output, tuple | list):
        return [part for item in output for part in parts(item)]
    if hasattr(output, "todense"):
        output = output.todense()
    if hasattr(output, "detach"):
        output = output.detach().cpu().numpy()
    return [np.asarray(output)]


def error_of(found: Sequence[Any], needed: Sequence[Any]) -> float:
    """The largest difference, over the largest entry of each array."""
    import numpy as np

    if [x.shape for x in found] != [x.shape for x in needed]:
        return math.inf
    pairs = [(f.astype(float), n.astype(float)) for f, n in zip(found, needed, strict=True)]
    return max(float(np.abs(f - n).max() / (np.abs(n).max() or 1)) for f, n in pairs)


NUMPY_COLUMNS = ("hand", "NumPy", "hand core", "structured")


def columns_of(problem: Any, task: Any, size: Sequence[int], dtype: str) -> Iterator[Column]:
    """All columns; what they need is imported here, in the child."""
    import jax
    import jax.numpy as jnp
    import torch
    from automatic import by_jax, by_torch, names_of
    from generated import generate

    everything = problem.arrays(size, dtype)
    used = names_of(task, everything)
    arrays = {name: x for name, x in everything.items() if name in used}
    yield Column("hand", [(f.__name__, partial(f, **arrays)) for f in task.by_hand])
    for_jax = {name: jnp.asarray(x) for name, x in arrays.items()}
    for_torch = {name: torch.from_numpy(x) for name, x in arrays.items()}

    def ours(name: str, target: str, data: Any, structured: bool = False) -> Column:
        try:
            made = generate(problem, task, target, structured)
        except Exception as error:  # a target that is not there, or a bug: shown in the table
            return failed(name, error)
        call = partial(made.function, **data)
        if target == "jax":
            jitted = partial(jax.jit(made.function), **data)
            call = lambda: jax.block_until_ready(jitted())  # noqa: E731
        column = Column(name, [(target, call)])
        column.record |= {"derive": made.derive_seconds, "compile": made.compile_seconds}
        return column

    yield ours("NumPy", "numpy", arrays)
    if task.core is not None:
        yield Column("hand core", [("core", partial(task.core, **arrays))])
    yield ours("structured", "numpy", arrays, structured=True)
    yield Column("JAX autodiff", by_jax(task, for_jax, problem.wrt))
    yield ours("JAX", "jax", for_jax)
    yield Column("PyTorch autodiff", by_torch(task, for_torch, problem.wrt))
    yield ours("PyTorch", "torch", for_torch)


def failed(name: str, error: Exception) -> Column:
    column = Column(name, [])
    column.record["failed"]["generate"] = f"{type(error).__name__}: {error}"[:200]
    return column


def measure(columns: Sequence[Column], budget: float, pause: bool) -> None:
    """Rounds in which the columns take turns, each round begun by another one."""
    working = [column for column in columns if column.works]
    gc.collect()
    gc.disable()
    slowest = max(column.warm for column in working)
    rounds = 1 if slowest > SLOW else max(3, min(9, round(budget / max(slowest, ROUND))))
    for number in range(rounds):
        first = number % len(working)
        for column in working[first:] + working[:first]:
            if number < 3 or column.warm < budget:
                column.turn(pause)
    gc.enable()
    for column in working:
        column.record["median"] = statistics.median(column.times)
        column.record["rounds"] = len(column.times)


def peak_memory(column: Column) -> int | None:
    """Bytes one call needs beyond its arguments, its output included.

    NumPy tells tracemalloc of every array; of the others the system knows the peak.
    """
    if column.is_numpy:
        tracemalloc.start()
        column.call()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak
    try:
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
        before = _resident("VmRSS")
        column.call()
        return max(0, _resident("VmHWM") - before)
    except OSError:
        return None  # not Linux


def _resident(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(name))


def run_one(name: str, size: Sequence[int], dtype: str, threads: str, budget: float) -> None:
    """One process: all tasks of a problem at one size, a line of JSON each."""
    if threads == "1" and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, [max(os.sched_getaffinity(0))])
    import torch
    from problems import PROBLEMS

    if threads == "1":
        torch.set_num_threads(1)
    problem = PROBLEMS[name]
    for task in problem.tasks:
        columns = list(columns_of(problem, task, size, dtype))
        output = {column.name: column.output for column in columns if column.works}
        for column in columns[1:]:
            needed = output.get("hand core" if column.name == "structured" else "hand")
            if column.works and column.name != "hand core" and needed is not None:
                column.record["error"] = error_of(column.output, needed)
                column.record["dtype"] = str(column.output[-1].dtype)
        for column in columns:
            column.output = []
        measure(columns, budget, pause=threads != "1")
        for column in columns:
            if column.works:
                column.record |= {"peak": peak_memory(column), "exact": column.is_numpy}
        record = {
            "problem": name,
            "size": size,
            "dtype": dtype,
            "threads": threads,
            "task": task.kind,
            "columns": {column.name: column.record for column in columns},
        }
        print(json.dumps(record), flush=True)


def line_of(record: dict[str, Any]) -> str:
    """What is said of a finished task."""
    columns = record["columns"]
    hand = columns["hand"]["median"]
    words = [f"{record['problem']} {tuple(record['size'])} {record['dtype']} {record['task']}:"]
    words.append(f"hand {1e3 * hand:.4g} ms")
    for name, column in columns.items():
        if "median" in column and name != "hand":
            wrong = column.get("error", 0) > TOLERANCE[record["dtype"]]
            words.append(f"{name} {column['median'] / hand:.2f}x{' WRONG' * wrong}")
    return " ".join(words)


def run_all(options: argparse.Namespace) -> None:
    from problems import PROBLEMS

    RESULTS.parent.mkdir(exist_ok=True)
    wanted = options.problems.split(",") if options.problems else list(PROBLEMS)
    chosen = [p for p in PROBLEMS.values() if any(word in p.name for word in wanted)]
    with RESULTS.open("a" if options.append else "w", encoding="utf-8") as out:
        for threads in options.threads.split(","):
            for problem in chosen:
                for size in sizes_of(problem, options):
                    for dtype in options.dtypes.split(","):
                        run_child(problem.name, size, dtype, threads, options.budget, out)


def sizes_of(problem: Any, options: argparse.Namespace) -> list[tuple[int, ...]]:
    if options.sizes:
        wanted = [tuple(map(int, size.split("x"))) for size in options.sizes.split(",")]
        return [size for size in wanted if len(size) == len(problem.sizes[0])]
    sizes = list(problem.sizes)
    return sizes[1:2] if options.quick else sizes


def run_child(
    name: str, size: Sequence[int], dtype: str, threads: str, budget: float, out: Any
) -> None:
    environment = {**os.environ, **ALWAYS, **(ONE_THREAD if threads == "1" else {})}
    task = json.dumps([name, size, dtype, threads, budget])
    command = [sys.executable, __file__, "--child", task]
    try:
        run = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=CHILD_LIMIT
        )
    except subprocess.TimeoutExpired:
        say(f"{name} {size} {dtype}: given up after {CHILD_LIMIT} s")
        return
    for line in run.stdout.splitlines():
        out.write(line + "\n")
        say(line_of(json.loads(line)))
    out.flush()
    if run.returncode:
        say(f"{name} {size} {dtype}: {run.stderr[-600:]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", help="parts of names, with commas")
    parser.add_argument("--sizes", help="as 2000x1000,400x200")
    parser.add_argument("--dtypes", default="float64,float32")
    parser.add_argument("--threads", default="1,default", help="1, default, or both")
    parser.add_argument("--quick", action="store_true", help="one middling size of each")
    parser.add_argument("--append", action="store_true", help="keep the results there are")
    parser.add_argument("--budget", type=float, default=0.5, help="seconds for a column")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        run_one(*json.loads(options.child))
    else:
        run_all(options)


if __name__ == "__main__":
    main()
