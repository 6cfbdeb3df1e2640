"""What chainrule generates for a task, as a callable, with the time it took to get there."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tasks import BOTH, Problem, Task

import chainrule
from chainrule.codegen.blocks import blocks_of
from chainrule.codegen.function import source_of
from chainrule.codegen.load import load
from chainrule.errors import ProblemError

RUNS = 3


@dataclass(frozen=True)
class Generated:
    function: Callable[..., Any]
    derive_seconds: float
    compile_seconds: float


def generate(problem: Problem, task: Task, target: str, structured: bool = False) -> Generated:
    """Raises ProblemError where this cannot be had."""
    derive_seconds, compile_seconds = [], []
    for _ in range(RUNS):
        start = time.perf_counter()
        result = chainrule.derive(
            task.text, problem.wrt, task.order, let=problem.let, assume=problem.assume, check=False
        )
        derived = time.perf_counter()
        function = _compiled(result, task, target, structured)
        derive_seconds.append(derived - start)
        compile_seconds.append(time.perf_counter() - derived)
    return Generated(
        function, statistics.median(derive_seconds), statistics.median(compile_seconds)
    )


def _compiled(result: Any, task: Task, target: str, structured: bool) -> Callable[..., Any]:
    if structured:
        return _core_of(result)
    return result.value_and_derivative(target) if task.kind == BOTH else result.compile(target)


def _core_of(result: Any) -> Callable[..., Any]:
    """The part of a block-diagonal derivative that its operator stores."""
    solution = result.solution
    variables = solution.understood.variables
    rows = len(solution.shape) - len(variables[solution.wrt].shape)
    blocks = blocks_of(solution.derivative, rows)
    if blocks is None:
        raise ProblemError("unsupported", "nothing but the whole")
    return load(source_of([blocks.core], variables, ["core"]))
