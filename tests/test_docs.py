"""The pages for readers: every derivative they show is recomputed and has to be what they say.

A table with the columns `expression` and `by` is a list of claims. `options` is written as on
the command line; each column named in ANSWERS holds a derivative, `array` the shape of what
code returns, `verdict` what `chainrule check` says to `answer`. Nothing here rewrites a page.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.checking import check_answer
from chainrule.faces.cli import main
from chainrule.op import OPS
from chainrule.parse.declare import PROPERTIES
from chainrule.parse.flat import UNSPELLED

ROOT = Path(__file__).parents[1]
ANSWERS: dict[str, dict[str, str]] = {
    "derivative": {},
    **{layout: {"layout": layout} for layout in ("numerator", "denominator", "mixed")},
    **{convention: {"symmetric": convention} for convention in ("free", "projected", "unique")},
}
SIZES = {"m": 2, "n": 3, "p": 4, "q": 5}
RANDOM = np.random.default_rng(0)
STEP = 1e-5
DECIMALS = 0.51e-4  # numbers are shown to four


@dataclass(frozen=True)
class Row:
    """One line of a table, its cells by the name of their column."""

    place: str
    source: str
    cells: dict[str, str]

    def __str__(self) -> str:
        return self.place

    def text(self, column: str) -> str:
        """The cell without the marks of code."""
        cell = self.cells[column].replace("\\|", "|")
        return cell[1:-1] if cell[:1] + cell[-1:] == "``" else cell

    @property
    def options(self) -> dict[str, Any]:
        """--let, --assume and --order as `derive` takes them."""
        found: dict[str, Any] = {"let": {}, "assume": {}}
        words = shlex.split(self.text("options"))
        for option, value in zip(words[::2], words[1::2], strict=True):
            if option == "--order":
                found["order"] = int(value)
            else:
                name, _, declared = value.partition("=")
                found[option.removeprefix("--")][name] = declared
        return found

    def derive(self, **settings: str) -> Any:
        return chainrule.derive(
            self.text("expression"), wrt=self.text("by"), **self.options, **settings
        )


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def rows_of(path: Path) -> Iterator[Row]:
    head: list[str] | None = None
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.startswith("|"):
            head = None
        elif head is None:
            head = cells_of(line)
        elif not line.startswith("| ---"):
            cells = dict(zip(head, cells_of(line), strict=True))
            yield Row(f"{path.name}:{number}", line, cells)


ROWS = [row for path in sorted((ROOT / "docs").glob("*.md")) for row in rows_of(path)]
CLAIMS = [row for row in ROWS if "expression" in row.cells and "answer" not in row.cells]
FUNCTIONS = [row for row in ROWS if "function" in row.cells]
WAYS = {"ge": ">=", "eq": "==", "largest": "max", "smallest": "min"}  # other spellings


@pytest.mark.parametrize("row", CLAIMS, ids=str)
def test_a_derivative_is_what_the_page_shows(row: Row) -> None:
    assert row.cells.keys() & ANSWERS.keys(), "the table shows no derivative"
    for column in row.cells.keys() & ANSWERS.keys():
        assert row.derive(**ANSWERS[column]).result == row.text(column)


@pytest.mark.parametrize("row", [row for row in CLAIMS if "array" in row.cells], ids=str)
def test_json_and_code_have_one_shape_in_every_layout(row: Row) -> None:
    for layout in ("numerator", "denominator", "mixed"):
        result = row.derive(layout=layout)
        record = result.record()
        assert record["derivative"]["text"] == row.text(layout)
        shape = record["derivative"]["shape"]
        assert row.text("array") == ("×".join(map(str, shape)) or "()")
        point = {
            name: RANDOM.normal(size=[SIZES[dim] for dim in dims])
            for name, dims in record["let"].items()
        }
        assert np.shape(run(result, point)) == tuple(SIZES[dim] for dim in shape)


@pytest.mark.parametrize("row", [row for row in ROWS if "verdict" in row.cells], ids=str)
def test_printed_formulas_are_judged_as_the_page_says(row: Row) -> None:
    found = check_answer(row.text("expression"), row.text("answer"), row.text("by"), **row.options)
    assert row.text("verdict") == ("right" if found.is_right else "wrong")


def test_the_functions_are_those_of_the_table() -> None:
    names = [row.text("function") for row in FUNCTIONS]
    higher = {name for name in OPS if name.startswith(("d2", "d3"))}  # said above the tables
    assert sorted(names) == sorted(OPS.keys() - UNSPELLED.keys() - higher)
    for name, row in zip(names, FUNCTIONS, strict=True):
        op = OPS[name]
        assert re.findall(r"`(.+?)`", row.cells["also"]) == list(op.aliases), name
        declared = [
            ("" if axis is None else f"axis {axis}: ") + f"`{one.text}`"
            for axis, signatures in op.signatures.items()
            for one in signatures
        ]
        if op.arity >= 0 and op.family != "elementwise":
            assert row.cells["shapes"] == ", ".join(declared), name
        example = f"{row.text('expression')} {row.text('derivative')}"
        assert re.search(WAYS.get(name, rf"\b{name}\b"), example), f"no example of {name}"


def test_the_page_has_every_unspelled_function_and_property() -> None:
    last = (ROOT / "docs" / "syntax.md").read_text("utf-8").split("\n## ")[-1]
    assert set(re.findall(r"`(.+?)`", last)) == set(UNSPELLED.values())
    assert [row.text("property") for row in ROWS if "property" in row.cells] == list(PROPERTIES)


def run(result: Any, point: dict[str, np.ndarray]) -> np.ndarray:
    """The generated NumPy code at `point`."""
    namespace: dict[str, Any] = {}
    exec(compile(result.code("numpy"), "<generated>", "exec"), namespace)
    return np.asarray(namespace["derivative"](**point))


ERRATA = ROOT / "docs" / "printed-errata.md"
SECTIONS = re.split(r"^## ", ERRATA.read_text("utf-8"), flags=re.M)[1:]


@pytest.mark.parametrize("section", SECTIONS, ids=[s.splitlines()[0] for s in SECTIONS])
def test_the_numbers_of_an_erratum(section: str) -> None:
    """Printed formula, generated code and central differences, entry by entry."""
    (block,) = re.findall(r"```python\n(.*?)```", section, re.S)
    example: dict[str, Any] = {}
    exec(compile(block, "<example>", "exec"), example)
    lines = section.splitlines()
    row = next(row for row in rows_of(ERRATA) if row.source in lines and "derivative" in row.cells)
    result = row.derive()
    right = run(result, {name: example[name] for name in result.record(())["let"]})
    at = example[row.text("by")]
    slopes = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[place] = STEP
        slopes[place] = (example["f"](at + step) - example["f"](at - step)) / (2 * STEP)
    printed = example["printed"](at)
    assert np.allclose(right, slopes, atol=1e-7)
    assert np.max(np.abs(printed - right)) > 1e-2
    shown = [cells_of(line) for line in lines if re.match(r"\| \[\d", line)]
    places = [str([i + 1 for i in place]) for place in np.ndindex(at.shape)]
    assert [place for place, *_ in shown] == places
    truth = np.stack([value.ravel() for value in (printed, right, slopes)], axis=1)
    assert np.allclose([[float(n) for n in line[1:]] for line in shown], truth, 0, DECIMALS)


BLOCKS = re.findall(r"```console\n.*?```", (ROOT / "README.md").read_text("utf-8"), re.S)
CONSOLE = re.findall(r"^\$ (chainrule .*\n[^$`]+)", "\n".join(BLOCKS), re.M)


@pytest.mark.parametrize("example", CONSOLE, ids=[c.splitlines()[0] for c in CONSOLE])
def test_the_readme_shows_what_is_printed(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Complete where the title is shown, else lines of the output in their order."""
    command, _, shown = example.partition("\n")
    assert main(shlex.split(command)[1:]) == 0
    error = r"relative error [\d.e-]+"  # differs between machines
    expected, printed = (
        [re.sub(error, "", line.rstrip()) for line in text.strip("\n").splitlines()]
        for text in (shown, capsys.readouterr().out)
    )
    if expected[0] != printed[0]:
        printed = [line for line in printed if line in expected]
    assert expected == printed
