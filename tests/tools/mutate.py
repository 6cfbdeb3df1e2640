"""Mutation testing of the rules: seeds bugs into a copy of the package, and asks the tests.

A seeded sample of the bugs in tests/tools/mutations.py, two thirds of it in the table of
functions. Each runs in a process of its own: first the tests nearest to the rule, then, if
it survives, many more. A bug is killed when a test fails (mostly because `derive` raises
CheckFailed). One that breaks the import says nothing and is not counted; one that is listed
in tests/tools/equivalent.toml changes no answer, for the reason given there. The source
tree is never edited.

Usage: make mutants [N=200] [SEED=0], or mutate.py [--only PATH] [--quick] [--markdown FILE].
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mutations import Mutation, mutations

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "chainrule"
TABLE = "ops/*.py"
OTHERS = (
    "differentiate.py",
    "simplify/*.py",
    "tensor/identities.py",
    "tensor/factors.py",
    "tensor/contract.py",
)
NEAR, RECORDS, MANY_RECORDS = 40, 12, 250  # tests by function, corpus records
QUICK_LIMIT, WIDE_LIMIT = 120.0, 900.0  # seconds for one mutant
CORE = ("inv", "det", "softmax", "chol", "pinv", "adj", "norm2", "sign", "relu", "expm", "where")
SLOW = ("dsqrtm", "dsinm", "dcosm", "d2", "d3")
WIDE = (
    "rules", "properties", "textbook", "notes", "edge", "numbers", "simplify", "verify",
    "brevity", "derive", "curvature", "notation", "raising",
)  # fmt: skip
DERIVES, ANSWERS = "test_derivative_passes_the_referee", "test_the_answer_is_right"


@dataclass(frozen=True)
class Outcome:
    """What became of one mutant: killed, survived, equivalent or stillborn."""

    mutation: Mutation
    verdict: str
    by: str = ""  # the test that failed, or why it is equivalent


# -- which mutants


def all_mutations(patterns: Iterable[str]) -> list[Mutation]:
    paths = [path for pattern in patterns for path in sorted(PACKAGE.glob(pattern))]
    return [
        mutation
        for path in paths
        for mutation in mutations(path.relative_to(PACKAGE).as_posix(), path.read_text("utf-8"))
    ]


def sample(count: int, seed: int, only: str | None) -> list[Mutation]:
    """Two thirds from the table of functions, the rest from what else is like a rule."""
    source = random.Random(seed)
    if only is not None:
        found = all_mutations([only])
        return source.sample(found, min(count, len(found)))
    table, others = all_mutations([TABLE]), all_mutations(OTHERS)
    in_table = min(len(table), count - count // 3)
    return source.sample(table, in_table) + source.sample(others, min(len(others), count // 3))


def key(mutation: Mutation) -> str:
    """How tests/tools/equivalent.toml calls it; without the line, which moves."""
    place = f"{mutation.path} {mutation.statement}"
    return f"{place}: {mutation.kind}: {mutation.before} -> {mutation.after}"


def equivalent(mutation: Mutation) -> str | None:
    """Why this mutant changes no answer, where that is known."""
    path = Path(__file__).with_name("equivalent.toml")
    entries = tomllib.loads(path.read_text("utf-8")).get("mutant", [])
    fitting = (entry for entry in entries if re.fullmatch(entry["pattern"], key(mutation)))
    return next((entry["why"] for entry in fitting), None)


# -- which tests


class Tests:
    """The tests there are, and those nearest to a rule."""

    def __init__(self) -> None:
        files = ("tests/test_ops.py", "tests/test_corpus.py", "tests/test_simplify.py")
        listed = run_pytest(PACKAGE.parent, [*files, "--collect-only"], QUICK_LIMIT)[1]
        self.ids = [line for line in listed.splitlines() if "::" in line]
        self.uses = uses_by_function()
        corpus = (ROOT / "tests" / "data" / "corpus").glob("*.jsonl")
        lines = [line for path in sorted(corpus) for line in path.read_text("utf-8").splitlines()]
        self.records = {line.split('"')[3]: line for line in lines}  # by id

    def near(self, mutation: Mutation) -> list[str]:
        """The functions whose rule it is, records that have them, and tests of single rules."""
        if not mutation.path.startswith("ops/"):
            core = [test for op in CORE for test in self.of_function(op) if DERIVES in test]
            simplify = [test for test in self.ids if "test_simplify.py" in test]
            records = self.answers(3 * RECORDS, mutation)
            return ["tests/test_rules.py", *core, *records, *simplify]
        names = self.functions(mutation.statement)
        groups = [self.of_function(name) for name in names]
        quick = [test for group in groups for test in group if not slow(test)]
        late = [test for group in groups for test in group if slow(test)]
        every = max(1, len(quick) // NEAR)
        records = self.answers(RECORDS, mutation, names)
        return [*quick[::every], *records, "tests/test_rules.py", *late[:6]]

    def far(self, mutation: Mutation) -> list[str]:
        files = [f"tests/test_{name}.py" for name in WIDE]
        names = self.functions(mutation.statement)
        of_rule = [test for name in names for test in self.of_function(name)]
        there = [name for name in files if (ROOT / name).exists()]
        return [*of_rule, *there, *self.answers(MANY_RECORDS, mutation, names)]

    def functions(self, statement: str) -> list[str]:
        """The functions that a definition in ops/*.py serves, and their Jacobians."""
        names = sorted(name for name, used in self.uses.items() if statement in used)
        return names + ["d" + name.replace("named_power", "matpow") for name in names]

    def of_function(self, name: str) -> list[str]:
        case = re.compile(rf"test_ops.*\[(\d-)?{re.escape(name)}(-|\])")
        found = [test for test in self.ids if case.search(test)]
        return sorted(found, key=lambda test: (DERIVES not in test, "[2-" in test))

    def answers(self, count: int, mutation: Mutation, names: Iterable[str] = ()) -> list[str]:
        """Corpus records drawn at random, those that name one of the functions first."""
        source = random.Random(key(mutation))
        drawn = source.sample(sorted(self.records), len(self.records))
        calls = re.compile("|".join(rf"\b{re.escape(name)}\(" for name in names) or "(?!)")
        drawn.sort(key=lambda record: calls.search(self.records[record]) is None)
        return [f"tests/test_corpus.py::{ANSWERS}[{record}]" for record in drawn[:count]]


def slow(test: str) -> bool:
    return any(f"-{name}" in test or f"[{name}" in test for name in SLOW)


def uses_by_function() -> dict[str, set[str]]:
    """{function: the definitions of ops/*.py that its rules use, through others as well}."""
    bodies: dict[str, str] = {}
    declared: dict[str, str] = {}
    for path in sorted(PACKAGE.glob(TABLE)):
        for block in re.split(r"\n(?=\S)", path.read_text("utf-8")):
            block = block.strip()
            helper = re.match(r"def (\w+)", block)
            call = re.search(r'^(?:\w+ = )?(?:declare)?\(?[\w\s(]*\(\s*"(\w+)"', block)
            if helper:
                bodies[helper[1]] = bodies.get(helper[1], "") + block
            elif call:
                declared[call[1]] = declared.get(call[1], "") + block
    return {name: {name} | _reached(body, bodies) for name, body in declared.items()}


def _reached(body: str, bodies: dict[str, str]) -> set[str]:
    found: set[str] = set()
    todo = [body]
    while todo:
        words = set(re.findall(r"\w+", todo.pop())) & bodies.keys() - found
        found |= words
        todo += [bodies[word] for word in words]
    return found


# -- running


def run_pytest(package_root: Path, arguments: list[str], limit: float) -> tuple[int | None, str]:
    """(exit status, output) of the tests with the package found there; None out of time."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    settings = {"PYTHONPATH": str(package_root), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [*command, "--tb=no", *arguments],
            cwd=ROOT,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=limit,
        )
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout


def judge(mutation: Mutation, copy: Path, tests: Tests, quick: bool) -> Outcome:
    """Put the mutant into the copy, run the tests near it and then far ones; mend the copy."""
    path = copy / "chainrule" / mutation.path
    original = path.read_text("utf-8")
    path.write_text(mutation.source, "utf-8")
    try:
        selections = [(tests.near(mutation), QUICK_LIMIT)]
        if not quick:
            selections.append((tests.far(mutation), WIDE_LIMIT))
        for selected, limit in selections:
            status, output = run_pytest(copy, selected, limit)
            if status is None:
                return Outcome(mutation, "killed", "out of time")
            if status == 1:
                failed = re.search(r"^(?:FAILED|ERROR) (\S+)", output, re.MULTILINE)
                return Outcome(mutation, "killed", failed[1] if failed else "")
            if status:
                return Outcome(mutation, "stillborn", output.strip().rpartition("\n")[2])
    finally:
        path.write_text(original, "utf-8")
    why = equivalent(mutation)
    return Outcome(mutation, "survived" if why is None else "equivalent", why or "")


def judged(chosen: list[Mutation], quick: bool) -> Iterator[Outcome]:
    """Each outcome as it is known, with a line of progress."""
    tests = Tests()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(PACKAGE, copy / "chainrule", ignore=shutil.ignore_patterns("__pycache__"))
        for number, mutation in enumerate(chosen, 1):
            start = time.monotonic()
            outcome = judge(mutation, copy, tests, quick)
            took = time.monotonic() - start
            print(f"[{number}/{len(chosen)}] {took:.0f} s {outcome.verdict}: {mutation}")
            print(f"  {outcome.by}" if outcome.by else f"  key: {key(mutation)}", flush=True)
            yield outcome


# -- reporting


def report(outcomes: list[Outcome]) -> str:
    """A table by file and the mutants that no test kills, as markdown."""
    counts = Counter((outcome.mutation.path, outcome.verdict) for outcome in outcomes)
    lines = ["| File | Mutants | Killed | Equivalent | Survived |", "|---|---|---|---|---|"]
    verdicts = ("killed", "equivalent", "survived")
    files = sorted({path for path, verdict in counts if verdict != "stillborn"})
    groups = [(f"`{path}`", [path]) for path in files]
    groups += [("ops", [path for path in files if path.startswith("ops/")]), ("all", files)]
    for name, paths in groups:
        row = [sum(counts[path, verdict] for path in paths) for verdict in verdicts]
        lines.append(f"| {name} | {sum(row)} | " + " | ".join(map(str, row)) + " |")
    lines.append("")
    for name, paths in groups[-2:]:
        killed = sum(counts[path, "killed"] for path in paths)
        judged = killed + sum(counts[path, "survived"] for path in paths)
        if judged:
            lines.append(f"Killed in {name}: {killed} of {judged}, {100 * killed / judged:.1f} %.")
    for outcome in outcomes:
        if outcome.verdict in ("survived", "equivalent"):
            m, why = outcome.mutation, f" {outcome.by}" if outcome.by else ""
            place = f"{m.path}:{m.line} ({m.statement}), {m.kind}"
            lines.append(f"- {outcome.verdict}: {place}: `{m.before}` → `{m.after}`.{why}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="mutation testing of the rules")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="sample this file or pattern below src/chainrule alone")
    parser.add_argument("--find", help="run the mutants whose key has this text, no sample")
    parser.add_argument("--quick", action="store_true", help="the nearest tests only")
    parser.add_argument("--markdown", type=Path, help="write the report there, too")
    options = parser.parse_args()
    if options.find is not None:
        chosen = [m for m in all_mutations([TABLE, *OTHERS]) if options.find in key(m)]
    else:
        chosen = sample(options.count, options.seed, options.only)
    outcomes = list(judged(chosen, options.quick))
    text = report(outcomes)
    print(text)
    if options.markdown is not None:
        options.markdown.write_text(text + "\n", "utf-8")
    return int(any(outcome.verdict == "survived" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
