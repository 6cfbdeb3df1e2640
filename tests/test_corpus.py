"""Every record of the corpus: read right, derived right, by an independent authority.

The truth was computed by JAX (tests/tools/make_oracles.py); chainrule's own check must
agree with it.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.checking import check_answer
from chainrule.parse.understand import understand
from chainrule.referee.arithmetic import FLOAT
from chainrule.referee.evaluate import evaluate
from chainrule.referee.verify import unpacked
from chainrule.result import Result
from corpus import RECORDS, Record, error

TOLERANCE = 1e-8


@pytest.fixture(scope="module", params=RECORDS, ids=[record.id for record in RECORDS])
def record(request: pytest.FixtureRequest) -> Record:
    """Of the whole module, so that the tests of one record follow each other."""
    found: Record = request.param
    return found


@pytest.fixture(scope="module")
def result(record: Record) -> Result:
    return chainrule.derive(**record.problem)


def shown(result: Result, record: Record) -> Any:
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


def test_the_text_means_what_the_source_says(record: Record) -> None:
    """Parser and reference evaluator together against JAX, the basis of all checks."""
    expr = understand(record.expr, record.let, record.assume).expr
    values = {name: value.tolist() for name, value in record.point.items()}
    found = evaluate(expr, FLOAT, values, record.sizes)
    assert error(found, record.value) < TOLERANCE


def test_the_answer_is_right(record: Record, result: Result) -> None:
    """What is shown, and chainrule's own verdict on it."""
    assert error(shown(result, record), record.derivative) < TOLERANCE
    assert result.check.passed
    assert result.check.verdict in ("exact", "numeric")


def test_the_generated_code_is_right(record: Record, result: Result) -> None:
    integers = {name: record.sizes[name] for name in record.sizes.keys() - set(dims_of(record))}
    found = run(result.code("numpy"), {**record.point, **integers})
    assert np.shape(found) == record.derivative.shape
    assert error(found, record.derivative) < TOLERANCE


@pytest.mark.parametrize(
    "published", [pytest.param(record, id=record.id) for record in RECORDS if record.closed]
)
def test_the_published_form_is_told_from_a_wrong_one(published: Record) -> None:
    assert is_right(published, str(published.closed))
    if published.derivative.any():
        *definitions, last = re.split(r";(?![^\[]*\])", str(published.closed))
        assert not is_right(published, ";".join([*definitions, f" 1.001*({last})"]))


def dims_of(record: Record) -> set[str | int]:
    """The sizes that the arguments have; other integers are given by name."""
    return {dim for shape in record.let.values() for dim in shape}


def is_right(record: Record, answer: str) -> bool:
    verdict = check_answer(
        record.expr, answer, record.wrt, record.order, let=record.let, assume=record.assume
    )
    return verdict.is_right
