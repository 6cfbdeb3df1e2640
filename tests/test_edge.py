"""Points where derivatives go wrong in floating point: overflow, dead branches, ties, zeros.

The right answers are worked out by hand (tests/data/edge.jsonl). test_targets.py asks the code
for the other libraries the same.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import chainrule
from corpus import DATA, error

CASES = [json.loads(line) for line in (DATA / "edge.jsonl").read_text("utf-8").splitlines()]
TOLERANCE = 1e-9


def derived(case: dict[str, Any]) -> chainrule.Result:
    return chainrule.derive(case["expr"], wrt=case["wrt"], order=case["order"], let=case["let"])


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_edge(case: dict[str, Any]) -> None:
    """By generated code; a floating-point warning is an error, as everywhere in the tests."""
    namespace: dict[str, Any] = {}
    exec(compile(derived(case).code("numpy"), "<generated>", "exec"), namespace)
    point = {name: np.array(value, dtype=float) for name, value in case["point"].items()}
    truth = np.array(case["derivative"], dtype=float)
    assert error(namespace["derivative"](**point), truth) < TOLERANCE
