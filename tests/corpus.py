"""The test records: problems of textbooks and papers, each with a derivative by JAX.

tests/data/corpus has the problems, tests/data/oracles a point and the derivative there,
computed once by tests/tools/make_oracles.py. Nothing here comes from chainrule.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Record:
    """One problem, and what is true about it."""

    id: str
    expr: str
    wrt: str
    order: int
    let: dict[str, list[str | int]]
    sizes: dict[str, int]
    closed: str | None
    point: dict[str, np.ndarray]
    value: np.ndarray
    derivative: np.ndarray
    assume: dict[str, list[str]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @property
    def problem(self) -> dict[str, Any]:
        """What `derive` is asked."""
        asked = {"expr": self.expr, "wrt": self.wrt, "order": self.order}
        return {**asked, "let": self.let, "assume": self.assume}


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _read(path: Path) -> list[Record]:
    oracles = {oracle["id"]: oracle for oracle in _lines(DATA / "oracles" / path.name)}
    return [_record(problem, oracles[problem["id"]]) for problem in _lines(path)]


def _record(problem: dict[str, Any], oracle: dict[str, Any]) -> Record:
    shape = tuple(oracle["shape"])
    each = len(problem["let"][problem["wrt"]]) * problem["order"]
    return Record(
        id=problem["id"],
        expr=problem["expr"],
        wrt=problem["wrt"],
        order=problem["order"],
        let=problem["let"],
        sizes=problem.get("sizes", {}),
        closed=problem.get("closed"),
        point={name: np.array(value, dtype=float) for name, value in oracle["point"].items()},
        value=np.array(oracle["value"], dtype=float).reshape(shape[: len(shape) - each]),
        derivative=np.array(oracle["derivative"], dtype=float).reshape(shape),
        assume=problem.get("assume", {}),
        tags=tuple(problem.get("tags", ())),
    )


RECORDS = [record for path in sorted((DATA / "corpus").glob("*.jsonl")) for record in _read(path)]


def error(found: Any, truth: np.ndarray) -> float:
    """The largest difference, relative to the largest entry; infinite for another shape."""
    array = np.asarray(found, dtype=float)
    if array.shape != truth.shape:
        return float("inf")
    if not truth.size:
        return 0.0
    if not np.isfinite(array).all():
        return float("inf")
    return float(np.max(np.abs(array - truth)) / max(np.max(np.abs(truth)), 1e-2))
