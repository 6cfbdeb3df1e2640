"""What a problem of the benchmark consists of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Function = Callable[..., Any]
GRADIENT, BOTH, HESSIAN, JACOBIAN = "gradient", "value and gradient", "Hessian", "Jacobian"


@dataclass(frozen=True)
class Task:
    """One thing to compute: of which formula, and code by hand, the best of which counts."""

    kind: str
    text: str
    function: Function
    by_hand: Sequence[Function]
    core: Function | None = None  # by hand, what a structured result stores

    @property
    def order(self) -> int:
        return 2 if self.kind == HESSIAN else 1


@dataclass(frozen=True)
class Problem:
    """`sizes` go to `data`, from small to large; the text's own sizes follow from the arrays."""

    name: str
    wrt: str
    sizes: Sequence[tuple[int, ...]]
    data: Callable[..., dict[str, Any]]
    tasks: Sequence[Task]
    let: Mapping[str, Sequence[int | str]] = field(default_factory=dict)
    assume: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def arrays(self, size: Sequence[int], dtype: str) -> dict[str, Any]:
        random = np.random.default_rng([len(self.name), *size])
        data = self.data(random, *size)
        return {name: np.ascontiguousarray(x, dtype=dtype) for name, x in data.items()}


def scalar_tasks(
    text: str,
    function: Function,
    gradient: Sequence[Function],
    both: Sequence[Function],
    *more: Task,
) -> list[Task]:
    return [Task(GRADIENT, text, function, gradient), Task(BOTH, text, function, both), *more]
