"""Code that is not the derivative is not handed out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.codegen import trial
from chainrule.solve import CheckFailed
from corpus import RECORDS

SOME = RECORDS[::25]


def size(x: np.ndarray) -> float:
    return max(1.0, float(np.abs(x).max()))


Spoiler = Callable[[np.ndarray], np.ndarray]
SPOILERS: dict[str, Spoiler] = {
    "a factor": lambda x: x * 1.001,
    "a sign": lambda x: -x,
    "a term": lambda x: x + 0.01 * size(x),
    "an entry": lambda x: x + size(x) * (np.arange(x.size).reshape(x.shape) == x.size - 1),
    "an axis": lambda x: x[None],
}


def derived(record: Any) -> Any:
    return chainrule.derive(**record.problem, check=False)


@pytest.mark.parametrize("record", SOME, ids=[record.id for record in SOME])
def test_the_right_code_passes_and_a_wrong_one_does_not(record: Any) -> None:
    result = derived(record)
    function = result.compile()
    for name, spoil in SPOILERS.items():
        if name in ("a factor", "a sign") and not np.any(record.derivative):
            continue
        with pytest.raises(CheckFailed):
            trial.try_out(
                lambda spoil=spoil, **given: spoil(function(**given)),
                result.solution,
                [record.order],
            )


def test_each_of_several_orders_is_tried() -> None:
    result = chainrule.derive("sum(exp(A*x))", "x", let={"A": ["m", "n"], "x": ["n"]})
    function = result.value_and_derivative()

    def wrong_value(**given: Any) -> tuple[Any, Any]:
        value, gradient = function(**given)
        return value + 1, gradient

    with pytest.raises(CheckFailed):
        trial.try_out(wrong_value, result.solution, (0, 1))


def test_symmetric_conventions() -> None:
    for convention in ("free", "projected", "unique"):
        result = chainrule.derive(
            "logdet(S)", "S", assume={"S": ["spd"]}, symmetric=convention, check=False
        )
        assert result.compile()(S=np.eye(3)).shape == (3, 3)
