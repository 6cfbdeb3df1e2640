"""A little of what `make fuzz` does at length, and everything that fuzzing has found.

Random problems go through the whole pipeline; the truth comes from dual numbers, here
without JAX.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.expr import build
from chainrule.expr.node import Expr
from chainrule.lower import lower
from chainrule.notation.index_form import to_index
from chainrule.notation.write import Writer
from chainrule.parse.understand import understand
from chainrule.printers.text import text
from chainrule.referee.arithmetic import FLOAT
from chainrule.referee.bounded import BOUNDED
from chainrule.referee.compare import relative_error
from chainrule.referee.evaluate import Evaluator
from chainrule.referee.linear import entries
from chainrule.referee.points import Point, sample_points
from chainrule.referee.sample import direction, sample_point, sizes_for
from chainrule.referee.verify import directional
from chainrule.simplify import simplify
from fuzz.generate import Problem, random_problem
from fuzz.shrink import shrunk, size

SEEDS = range(40)
FOUND = Path(__file__).parent / "data" / "found.jsonl"
RECORDS = [json.loads(line) for line in FOUND.read_text("utf-8").splitlines()]


def derived(problem: Problem, expr: Expr | None = None, **options: Any) -> chainrule.Result:
    return chainrule.derive(
        text(problem.expr if expr is None else expr),
        wrt=problem.wrt,
        order=options.pop("order", problem.order),
        let=problem.let,
        assume=problem.assume,
        **options,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_every_answer_and_step_passes_its_check(seed: int) -> None:
    problem = random_problem(seed)
    result = derived(problem)  # raises CheckFailed where not
    assert result.check.verdict in ("exact", "numeric") or result.check.reason
    again = understand(text(problem.expr), problem.let, problem.assume).expr
    assert lower(again) is lower(problem.expr)


@pytest.mark.parametrize("record", RECORDS, ids=[record["expr"] for record in RECORDS])
def test_what_was_found_stays_found(record: dict[str, Any]) -> None:
    """The generated code at tall and at wide matrices, by dual numbers in plain floats."""
    problem = {key: record[key] for key in ("wrt", "order", "let", "assume")}
    result = chainrule.derive(record["expr"], **problem)
    assert result.check.passed
    variables = dict(result.solution.understood.variables)
    namespace: dict[str, Any] = {}
    exec(compile(result.code("numpy"), "<generated>", "exec"), namespace)
    for turn in (0, 1):
        sizes = sizes_for([result.solution.expr], turn)
        source = Random(turn)
        values = sample_point(variables, sizes, FLOAT, source)
        steps = [
            direction(variables[record["wrt"]], sizes, FLOAT, source)
            for _ in range(record["order"])
        ]
        at = Point(FLOAT, values, sizes)
        truth = directional(result.solution.expr, at, {record["wrt"]: steps}, record["order"])
        arrays = {name: np.asarray(value, dtype=float) for name, value in values.items()}
        with np.errstate(divide="ignore"):  # entries that are not used may have no value
            answer = namespace["derivative"](**arrays, **sizes)
        for step in reversed(steps):
            answer = np.tensordot(answer, np.asarray(step), axes=np.ndim(step))
        np.testing.assert_allclose(answer, np.asarray(truth), rtol=1e-7, atol=1e-9)


# -- properties that hold between derivatives


def agree(a: Expr, b: Expr, problem: Problem) -> None:
    """Two expressions have equal values wherever both have one."""
    variables = {v.data[0]: v for v in problem.variables}
    points, _ = sample_points([a, b], variables, 2)
    for point in points:
        values = [point.evaluator().value(side) for side in (a, b)]
        assert relative_error(point.n, *values) < 1e-8, (text(a), text(b), point.seed)


def derivative_of(problem: Problem, expr: Expr) -> Expr:
    solution = derived(problem, expr, order=1, check=False).solution
    return to_index(solution.derivative, Writer())


def first_order(seed: int) -> Problem:
    while True:
        problem = random_problem(seed)
        if problem.order == 1 and size(problem.expr) < 30:
            return problem
        seed += 10_000


@pytest.mark.parametrize("seed", range(500, 512))
def test_the_derivative_is_linear(seed: int) -> None:
    """d(2 f - 3 g) = 2 df - 3 dg, with g = f of the variable doubled."""
    problem = first_order(seed)
    f, g = problem.expr, build.negate(problem.expr)
    both = build.add(build.multiply(build.number(2), f), build.multiply(build.number(3), g))
    expected = build.negate(derivative_of(problem, f))
    agree(derivative_of(problem, both), expected, problem)


@pytest.mark.parametrize("seed", range(520, 532))
def test_the_product_rule(seed: int) -> None:
    """d(s f) / ds = f + s df/ds, s being a new factor of the whole."""
    problem = first_order(seed)
    factor = build.variable("q9")
    scaled = build.multiply(factor, problem.expr)
    wider = Problem(scaled, "q9", 1, (*problem.variables, factor))
    agree(derivative_of(wider, scaled), problem.expr, wider)


@pytest.mark.parametrize("seed", range(540, 552))
def test_simplification_keeps_the_value_and_is_idempotent(seed: int) -> None:
    problem = first_order(seed)
    tensor = lower(problem.expr)
    once = simplify(tensor)
    assert simplify(once) is once
    agree(to_index(once, Writer()), problem.expr, problem)
    before, after = (derivative_of(problem, e) for e in (problem.expr, to_index(once, Writer())))
    agree(before, after, problem)


@pytest.mark.parametrize("seed", range(560, 580))
def test_layouts_are_transposes_and_hessians_symmetric(seed: int) -> None:
    problem = first_order(seed)
    if problem.expr.shape:
        shown = {
            layout: derived(problem, layout=layout, check=False).solution.derivative
            for layout in ("numerator", "denominator")
        }
        assert shown["numerator"] is shown["denominator"]
        return
    wrt = next(v for v in problem.variables if v.data[0] == problem.wrt)
    if len(wrt.shape) != 1:
        return
    hessian = derived(problem, order=2, check=False).solution.derivative
    expr = to_index(hessian, Writer())
    agree(expr, build.transpose(expr), problem)


@pytest.mark.parametrize("seed", range(580, 592))
def test_names_do_not_matter(seed: int) -> None:
    """Renaming the variables renames the derivative."""
    problem = first_order(seed)
    longer = {v: build.variable(f"{v.data[0]}_9", v.shape, v.data[1]) for v in problem.variables}
    from chainrule.expr.rewrite import replace

    renamed = Problem(replace(problem.expr, longer), f"{problem.wrt}_9", 1, tuple(longer.values()))
    there = derivative_of(renamed, renamed.expr)
    back = replace(there, {new: old for old, new in longer.items()})
    agree(derivative_of(problem, problem.expr), back, problem)


@pytest.mark.parametrize("seed", range(600, 612))
def test_definitions_mean_what_they_stand_for(seed: int) -> None:
    """u = f(x); g(u) has the derivative of g(f(x))."""
    problem = first_order(seed)
    shapes = problem.let | {"u9": [str(d) for d in problem.expr.shape]}
    outer = "u9.*u9 + sin(u9)" if problem.expr.shape else "u9*u9 + sin(u9)"
    told = chainrule.derive(
        f"u9 = {text(problem.expr)}; {outer}",
        wrt=problem.wrt, let=problem.let, assume=problem.assume, check=False,
    )  # fmt: skip
    inner = understand(outer, {"u9": shapes["u9"]}).expr
    from chainrule.expr.rewrite import replace

    whole = replace(inner, {build.variable("u9", problem.expr.shape): problem.expr})
    agree(to_index(told.solution.derivative, Writer()), derivative_of(problem, whole), problem)


def test_a_failing_expression_shrinks() -> None:
    """What fails only because of one function becomes that function and its argument."""
    problem = random_problem(0)
    vector = build.variable("x", problem.variables[0].shape or ())
    large = understand("sum(exp(sin(x).^2 + y.*cos(x)))*norm2(y) + sum(tanh(x))").expr
    small = shrunk(large, lambda expr: "tanh" in text(expr))
    assert text(small) in ("tanh(x)", "sum(tanh(x))", "sum(tanh(y))"), vector


def test_generation_is_repeatable() -> None:
    assert random_problem(7) == random_problem(7)
    kinds = {random_problem(seed).order for seed in range(40)}
    assert kinds == {1, 2}


def test_floats_and_bounds_agree_on_values() -> None:
    """Two arithmetics of the referee, on the same points."""
    for seed in range(700, 720):
        problem = first_order(seed)
        variables = {v.data[0]: v for v in problem.variables}
        sizes = sizes_for([problem.expr])
        plain, bounded = (sample_point(variables, sizes, n, Random(seed)) for n in (FLOAT, BOUNDED))
        try:
            a = entries(Evaluator(FLOAT, plain, sizes).value(problem.expr))
            b = entries(Evaluator(BOUNDED, bounded, sizes).value(problem.expr))
        except ArithmeticError:
            continue
        except Exception as error:
            if type(error).__name__ == "Uncertain":
                continue
            raise
        for x, y in zip(a, b, strict=True):
            assert x == y.value or abs(x - y.value) <= 1e-6 * max(1, abs(x)) or x != x
