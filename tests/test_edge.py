"""Points where derivatives go wrong in floating point: overflow, dead branches, ties, zeros.

The right answers are worked out by hand (tests/data/edge.jsonl). What the generated code
still gets wrong is listed in OPEN and must fail: mend it and take it off the list.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import chainrule
from corpus import DATA, error

CASES = [json.loads(line) for line in (DATA / "edge.jsonl").read_text("utf-8").splitlines()]
OPEN: set[str] = set()
TOLERANCE = 1e-9


def derivative(case: dict[str, Any]) -> Any:
    """By generated code; a floating-point warning is an error, as everywhere in the tests."""
    result = chainrule.derive(case["expr"], wrt=case["wrt"], order=case["order"], let=case["let"])
    namespace: dict[str, Any] = {}
    exec(compile(result.code("numpy"), "<generated>", "exec"), namespace)
    point = {name: np.array(value, dtype=float) for name, value in case["point"].items()}
    return namespace["derivative"](**point)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_edge(case: dict[str, Any], request: pytest.FixtureRequest) -> None:
    if case["id"] in OPEN:
        request.applymarker(pytest.mark.xfail(strict=True, reason="still open"))
    truth = np.array(case["derivative"], dtype=float)
    assert error(derivative(case), truth) < TOLERANCE
