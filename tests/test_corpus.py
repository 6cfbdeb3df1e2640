"""Every record of the corpus: read right, derived right, by an independent authority.

The truth was computed by JAX (tests/tools/make_oracles.py); chainrule's own check must
agree with it. What chainrule cannot derive is listed in tests/data/unsupported.txt, so
support can only grow.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.checking import check_answer
from chainrule.errors import ProblemError
from chainrule.parse.understand import understand
from chainrule.referee.arithmetic import FLOAT
from chainrule.referee.evaluate import evaluate
from chainrule.referee.verify import unpacked
from chainrule.solve import CheckFailed
from corpus import DATA, RECORDS, Record, error

TOLERANCE = 1e-8
UNSUPPORTED = set((DATA / "unsupported.txt").read_text("utf-8").split())

SUPPORTED = [record for record in RECORDS if record.id not in UNSUPPORTED]

each_record = pytest.mark.parametrize("record", RECORDS, ids=[record.id for record in RECORDS])
each_supported = pytest.mark.parametrize("record", SUPPORTED, ids=[r.id for r in SUPPORTED])


def derive(record: Record) -> Any:
    return chainrule.derive(**record.problem)


def shown(result: Any, record: Record) -> Any:
    """The answer as it is shown, evaluated; a matrix that arranges more axes is unpacked."""
    presented = result.solution.presented
    values = {name: value.tolist() for name, value in record.point.items()}
    value = evaluate(presented.expr, FLOAT, values, record.sizes)
    if presented.arrangement is None:
        return value
    flat = unpacked(value, list(record.derivative.shape), presented.arrangement)
    return np.reshape(np.array(flat, dtype=float), record.derivative.shape)


def run(source: str, point: dict[str, np.ndarray]) -> Any:
    """What the generated `derivative` says at `point`."""
    namespace: dict[str, Any] = {}
    exec(compile(source, "<generated>", "exec"), namespace)
    return namespace["derivative"](**point)


@each_record
def test_the_text_means_what_the_source_says(record: Record) -> None:
    """Parser and reference evaluator together against JAX, the basis of all checks."""
    try:
        expr = understand(record.expr, record.let, record.assume).expr
    except ProblemError as problem:
        assert problem.kind == "unsupported"
        assert record.id in UNSUPPORTED, problem.message
        return
    values = {name: value.tolist() for name, value in record.point.items()}
    found = evaluate(expr, FLOAT, values, record.sizes)
    assert error(found, record.value) < TOLERANCE


@each_record
def test_the_answer_is_right(record: Record) -> None:
    """What is shown, and chainrule's own verdict on it."""
    try:
        result = derive(record)
    except ProblemError as problem:
        if problem.kind != "unsupported" or isinstance(problem, CheckFailed):
            raise
        assert record.id in UNSUPPORTED, f"no longer derived: {problem.message}"
        return
    assert record.id not in UNSUPPORTED, "derived now: take it off tests/data/unsupported.txt"
    assert error(shown(result, record), record.derivative) < TOLERANCE
    assert result.check.passed
    assert result.check.verdict in ("exact", "numeric")


@each_supported
def test_the_generated_code_is_right(record: Record) -> None:
    integers = {name: record.sizes[name] for name in record.sizes.keys() - set(dims_of(record))}
    found = run(derive(record).code("numpy"), {**record.point, **integers})
    assert np.shape(found) == record.derivative.shape
    assert error(found, record.derivative) < TOLERANCE


PUBLISHED = [record for record in SUPPORTED if record.closed is not None]


@pytest.mark.parametrize("record", PUBLISHED, ids=[record.id for record in PUBLISHED])
def test_the_published_form_is_told_from_a_wrong_one(record: Record) -> None:
    assert is_right(record, str(record.closed))
    if record.derivative.any():
        *definitions, last = re.split(r";(?![^\[]*\])", str(record.closed))
        assert not is_right(record, ";".join([*definitions, f" 1.001*({last})"]))


def dims_of(record: Record) -> set[str | int]:
    """The sizes that the arguments have; other integers are given by name."""
    return {dim for shape in record.let.values() for dim in shape}


def is_right(record: Record, answer: str) -> bool:
    verdict = check_answer(
        record.expr, answer, record.wrt, record.order, let=record.let, assume=record.assume
    )
    return verdict.is_right


def test_the_unsupported_are_records() -> None:
    assert {record.id for record in RECORDS} >= UNSUPPORTED
