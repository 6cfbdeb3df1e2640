"""Answers are as short as the printed ones, and in matrix or Kronecker notation."""

from __future__ import annotations

import statistics

import pytest

import chainrule
from chainrule.parse.scan import scan
from chainrule.printers.sharing import share
from chainrule.records import with_definitions
from corpus import DATA, RECORDS

ASKED = {path.stem for path in (DATA / "corpus").glob("*.jsonl")} & {"forum", "sayable"}
PRINTED = [record for record in RECORDS if record.id.split("-")[0] not in ASKED]


def symbols(text: str) -> int:
    """Names and operators; numbers, brackets and commas do not count."""
    return sum(
        token.kind == "name" or (token.kind == "operator" and token.text not in "()[],;")
        for token in scan(text)
    )


@pytest.fixture(scope="module")
def answers() -> list[tuple[str, str, str | None]]:
    """Notation, text and printed form of every record."""
    found = []
    for record in PRINTED:
        result = chainrule.derive(
            record.expr, record.wrt, record.order,
            let=record.let, assume=record.assume, check=False,
        )  # fmt: skip
        shown = with_definitions(*share(result.solution.presented.expr))
        found.append((result.solution.presented.notation, shown, record.closed))
    return found


def test_answers_are_as_short_as_printed_ones(answers: list[tuple[str, str, str | None]]) -> None:
    ratios = sorted(
        symbols(text) / max(1, symbols(closed)) for _, text, closed in answers if closed
    )
    assert len(ratios) > 500
    assert statistics.median(ratios) <= 1.0
    assert ratios[int(0.9 * len(ratios))] <= 1.2


def test_nearly_all_have_matrix_notation(answers: list[tuple[str, str, str | None]]) -> None:
    matrices = sum(notation in ("matrix", "kronecker") for notation, _, _ in answers)
    assert matrices >= 0.97 * len(answers)
