"""Every record of the corpus: read right, derived right, by an independent authority.

The truth was computed by JAX (tests/tools/make_oracles.py); chainrule's own check must
agree with it. What chainrule cannot derive is listed in tests/data/unsupported.txt, so
support can only grow.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from corpus import DATA, RECORDS, Record, error

import chainrule
from chainrule.errors import ProblemError
from chainrule.parse.understand import understand
from chainrule.referee.arithmetic import FLOAT
from chainrule.referee.evaluate import evaluate

TOLERANCE = 1e-8
UNSUPPORTED = set((DATA / "unsupported.txt").read_text("utf-8").split())

each_record = pytest.mark.parametrize("record", RECORDS, ids=[record.id for record in RECORDS])


def derive(record: Record) -> Any:
    return chainrule.derive(
        record.expr, wrt=record.wrt, order=record.order, let=record.let, assume=record.assume
    )


def run(source: str, point: dict[str, np.ndarray]) -> Any:
    """What the generated `derivative` says at `point`."""
    namespace: dict[str, Any] = {}
    exec(compile(source, "<generated>", "exec"), namespace)
    return namespace["derivative"](**point)


@each_record
def test_the_text_means_what_the_source_says(record: Record) -> None:
    """Parser and reference evaluator together against JAX, the basis of all checks."""
    expr = understand(record.expr, record.let, record.assume).expr
    values = {name: value.tolist() for name, value in record.point.items()}
    found = evaluate(expr, FLOAT, values, record.sizes)
    assert error(found, record.value) < TOLERANCE


@each_record
def test_the_derivative_is_right(record: Record) -> None:
    try:
        result = derive(record)
    except ProblemError as problem:
        if problem.kind != "unsupported":
            raise
        assert record.id in UNSUPPORTED, f"no longer derived: {problem.message}"
        return
    assert record.id not in UNSUPPORTED, "derived now: take it off tests/data/unsupported.txt"
    found = run(result.code("numpy"), record.point)
    assert np.shape(found) == record.derivative.shape
    assert error(found, record.derivative) < TOLERANCE
    assert result.check.passed
    assert result.check.verdict in ("exact", "numeric")


def test_the_unsupported_are_records() -> None:
    assert {record.id for record in RECORDS} >= UNSUPPORTED
