"""One random problem through the whole pipeline, compared with JAX and the exact evaluator.

    python -m fuzz.check N [SEED]     (with tests/ on the path; needs jax)

Prints what fails, shrunk, as a line to paste into tests/data/found.jsonl.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import chainrule
from chainrule.errors import ProblemError
from chainrule.expr.node import Expr, Kind
from chainrule.intern import postorder
from chainrule.lower import lower
from chainrule.printers.text import text
from chainrule.referee.arithmetic import FLOAT, Uncertain
from chainrule.referee.bounded import BOUNDED
from chainrule.referee.evaluate import evaluate
from chainrule.referee.linear import elementwise
from chainrule.referee.sample import direction, sample_point, seeded, sizes_for
from chainrule.referee.verify import Check, verify_derivative
from chainrule.solve import CheckFailed, Solution
from fuzz.generate import Problem, random_problem
from fuzz.shrink import shrunk
from test_code_safety import assert_safe

TOLERANCE = 1e-6
POINTS = 4  # tried in search of one where everything is finite and tame
LARGE = 1e8
NUDGES, NUDGE, JUMP = 8, 1e-9, 1e-3  # in search of a kink: how often, how far, how much
ROUNDING = 1e-14  # relative
WITH_STEPS = 0.2  # of the derivations are checked step by step as well
SLOW = 10.0  # seconds
UNDECIDED = 0.001  # of all problems may stay unverified
UNVERIFIED = "right, unverified"
SHOWN = ("slow", UNVERIFIED, "refused: shape")
PART = 200  # problems a process takes at a time
PARTS_EACH = 20  # before it makes way for a fresh one


@dataclass(frozen=True)
class Outcome:
    """right, refused (with the kind), undefined (no point for JAX), or wrong in some way."""

    kind: str
    detail: str = ""

    @property
    def is_wrong(self) -> bool:
        return self.kind.startswith("wrong")


def outcome(problem: Problem) -> Outcome:
    """What comes of one problem. Nothing but ProblemError may be raised."""
    source = text(problem.expr)
    started = time.perf_counter()
    try:
        with_steps = random.Random(source).random() < WITH_STEPS
        result = chainrule.derive(
            source,
            wrt=problem.wrt,
            order=problem.order,
            let=problem.let,
            assume=problem.assume,
            check=with_steps,
        )
        code = result.code("numpy")
        check = result.check if with_steps else checked(result.solution)
        if not check.passed:
            return Outcome("wrong: check failed", check.reason)
        assert_safe(code, {v.data[0] for v in problem.variables})
    except CheckFailed as error:
        return Outcome("wrong: check failed", str(error))
    except ProblemError as error:
        return Outcome(f"refused: {error.kind}", str(error))
    except Exception as error:
        return Outcome(f"wrong: {type(error).__name__}", str(error))
    if time.perf_counter() - started > SLOW:
        return Outcome("slow", f"{time.perf_counter() - started:.1f} s")
    return compared(problem, result.solution.expr, code, check.verdict)


def checked(solution: Solution) -> Check:
    """The answer by the exact evaluator, without the steps."""
    return verify_derivative(
        solution.expr,
        solution.presented.expr,
        solution.wrt,
        solution.problem.order,
        solution.understood.variables,
        solution.presented.arrangement,
    )


def compared(problem: Problem, read: Expr, code: str, verdict: str) -> Outcome:
    """The generated code against JAX, along random directions at a random point."""
    from fuzz.in_jax import directional
    from fuzz.in_jax import evaluate as evaluated

    namespace: dict[str, Any] = {}
    exec(compile(code, "<generated>", "exec"), namespace)
    variables = {v.data[0]: v for v in problem.variables}
    sizes = sizes_for([problem.expr, *variables.values()], turn=1)  # m > n: full column rank
    for attempt in range(POINTS):
        source = seeded(text(problem.expr), attempt)
        drawn = sample_point(variables, sizes, FLOAT, source)
        values = {name: np.asarray(value, dtype=float) for name, value in drawn.items()}
        wrt = variables[problem.wrt]
        steps = [
            np.asarray(direction(wrt, sizes, FLOAT, source), dtype=float)
            for _ in range(problem.order)
        ]
        value, truth = map(np.asarray, directional(read, problem.wrt, steps, values, sizes))
        if not (np.isfinite(value).all() and np.isfinite(truth).all()):
            continue
        if lower(read) is not lower(problem.expr):
            meant = np.asarray(evaluated(problem.expr, values, sizes))
            if not np.allclose(meant, value, rtol=1e-9, atol=1e-9):
                return Outcome("wrong: the text reads back as something else")
        try:
            with np.errstate(all="ignore"):
                answer = namespace["derivative"](**values, **sizes)
        except np.linalg.LinAlgError:
            continue
        except Exception as error:
            return Outcome(f"wrong: the code raises {type(error).__name__}", str(error))
        shape = value.shape + tuple(n for step in steps for n in step.shape)
        if np.shape(answer) != shape:
            return Outcome("wrong: the shape", f"{np.shape(answer)} instead of {shape}")
        for step in reversed(steps):
            answer = np.tensordot(answer, step, axes=step.ndim)
        if np.abs(truth).max() > LARGE or not np.isfinite(answer).all():
            continue
        scale = max(1.0, np.abs(truth).max(), np.abs(value).max())
        error = np.abs(answer - truth).max() / scale
        if error > TOLERANCE:
            if is_kink(read, problem.wrt, steps, values, sizes, truth):
                continue
            if is_unstable(read, problem.wrt, steps, values, sizes, truth):
                continue
            if is_undecided(read, values, sizes):
                continue
            return Outcome("wrong: differs from JAX", f"by {error:.1e}")
        return Outcome(f"right, {verdict}")
    return Outcome("undefined at every point tried")


def is_kink(
    expr: Expr, wrt: str, steps: list[Any], values: dict[str, Any], sizes: dict[str, int], at: Any
) -> bool:
    """Whether JAX's derivative jumps nearby: the smallest entry of a symmetric matrix has a
    twin, and arcsin(sin(x)) > x is decided by rounding.
    """
    from fuzz.in_jax import directional

    source = np.random.default_rng(0)
    for _ in range(NUDGES):
        nudge = NUDGE * source.standard_normal(np.shape(values[wrt]))
        _, there = directional(expr, wrt, steps, {**values, wrt: values[wrt] + nudge}, sizes)
        if np.abs(np.asarray(there) - at).max() > JUMP * max(1.0, np.abs(at).max()):
            return True
    return False


def is_unstable(
    expr: Expr, wrt: str, steps: list[Any], values: dict[str, Any], sizes: dict[str, int], at: Any
) -> bool:
    """Whether rounding of the inputs moves JAX's derivative more than we differ: tan(2^det(P))."""
    from fuzz.in_jax import directional

    source = np.random.default_rng(0)
    for _ in range(NUDGES):
        near = {k: x * (1 + ROUNDING * source.standard_normal(x.shape)) for k, x in values.items()}
        _, there = directional(expr, wrt, steps, near, sizes)
        if np.abs(np.asarray(there) - at).max() > TOLERANCE * max(1.0, np.abs(at).max()):
            return True
    return False


def is_undecided(expr: Expr, values: dict[str, Any], sizes: dict[str, int]) -> bool:
    """Whether rounding takes one side of a branch: sqrt(2)^2 > 2."""
    exactly = {k: elementwise(BOUNDED.lift, x.tolist()) for k, x in values.items()}
    try:
        evaluate(expr, BOUNDED, exactly, sizes)
    except (Uncertain, ZeroDivisionError):
        return True
    return False


def minimal(problem: Problem, kind: str) -> Problem:
    """A smaller problem that fails in the same way."""

    def fails(expr: Expr) -> bool:
        if problem.wrt not in expr.variables:
            return False
        return outcome(replace(problem, expr=expr)).kind == kind

    return replace(problem, expr=shrunk(problem.expr, fails))


@dataclass
class Tally:
    """What came of a range of seeds."""

    outcomes: Counter[str] = field(default_factory=Counter)
    functions: Counter[str] = field(default_factory=Counter)
    reports: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.outcomes += other.outcomes
        self.functions += other.functions
        self.reports += other.reports


def run(seeds: range) -> Tally:
    """One problem for each seed."""
    tally = Tally()
    for seed in seeds:
        problem = random_problem(seed)
        found = outcome(problem)
        tally.outcomes[found.kind] += 1
        nodes = postorder([problem.expr])
        tally.functions.update({node.data[0] for node in nodes if node.kind is Kind.APPLY})
        if found.is_wrong or found.kind in SHOWN:
            tally.reports.append(report(problem, found, seed))
    return tally


def run_parallel(seeds: range) -> Tally:
    """In as many processes as there are cores; what is found is printed as it comes."""
    tally = Tally()
    parts = [seeds[start : start + PART] for start in range(0, len(seeds), PART)]
    started, done = time.perf_counter(), 0
    context = multiprocessing.get_context("spawn")
    with context.Pool(maxtasksperchild=PARTS_EACH) as pool:
        for part in pool.imap_unordered(run, parts):
            tally.add(part)
            done = tally.outcomes.total()
            for line in part.reports:
                print(line, flush=True)
            pace = done / (time.perf_counter() - started)
            print(f"\r{done}/{len(seeds)}, {pace:.0f} a second ", end="", file=sys.stderr)
    print(file=sys.stderr)
    return tally


def report(problem: Problem, found: Outcome, seed: int) -> str:
    """What is wrong, and the problem, shrunk, as a record."""
    small = minimal(problem, found.kind) if found.is_wrong else problem
    names = small.expr.variables
    record = {
        "expr": text(small.expr),
        "wrt": small.wrt,
        "order": small.order,
        "let": {k: v for k, v in small.let.items() if k in names},
        "assume": {k: v for k, v in small.assume.items() if k in names},
    }
    return f"{found.kind} ({found.detail}), seed {seed}\n{json.dumps(record)}"


def main(arguments: list[str]) -> int:
    count = int(arguments[0]) if arguments else 1000
    seed = int(arguments[1]) if len(arguments) > 1 else random.randrange(10**9)
    print(f"{count} problems, seeds {seed} to {seed + count - 1}", flush=True)
    started = time.perf_counter()
    tally = run_parallel(range(seed, seed + count))
    for kind, number in tally.outcomes.most_common():
        print(f"{number:8} {kind}")
    print(f"{len(tally.functions)} functions, seldom {tally.functions.most_common()[:-4:-1]}")
    print(f"{time.perf_counter() - started:.0f} s")
    is_wrong = any(Outcome(kind).is_wrong for kind in tally.outcomes)
    return 1 if is_wrong or tally.outcomes[UNVERIFIED] > UNDECIDED * count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
