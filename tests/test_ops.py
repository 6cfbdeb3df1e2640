"""Every function of the table, tested because it is in the table.

For each shape its signatures allow: the text reads back as the same expression, the
derivatives of first and second order by each argument pass the referee, and the NumPy form
computes what the kernel says.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.differentiate import jacobian
from chainrule.errors import ProblemError
from chainrule.expr.build import multiply, variable
from chainrule.expr.call import call, signatures_for
from chainrule.expr.node import Expr
from chainrule.lower import lower
from chainrule.op import OPS, Op
from chainrule.parse.understand import understand
from chainrule.printers.text import text
from chainrule.referee.arithmetic import FLOAT
from chainrule.referee.evaluate import evaluate
from chainrule.referee.points import sample_points
from chainrule.referee.sample import sample_point, sample_sizes
from chainrule.shapes import Dim, Shape, shape_of
from corpus import error

SHAPES: tuple[Shape, ...] = ((), shape_of("n"), shape_of("m", "n"))
EXPONENT = Dim.of("k")
PARAMETERS: dict[str, tuple[Any, ...]] = {  # exponents and names; axes come from the signatures
    "matpow": (0, 2, 3, EXPONENT),
    "named_power": (EXPONENT,),
    "dmatpow": (EXPONENT,),
    "d2matpow": (EXPONENT,),
    "d3matpow": (EXPONENT,),
    "function": ("g", "g''"),
}
SPELLINGS = ("ij,jk->ik", "i,j->ij", "ii->", "ij,kj->jik")  # of einsum
LAST = {"d2": 2, "d3": 1}  # from this order on the Jacobians of matrix functions have no rule
GIVEN_SIZES = (3, 4)
TOLERANCE = 1e-9
INFINITY = float("inf")
ASSUMED = {(0, INFINITY): "positive", (-1, 1): "unit"}


@dataclass(frozen=True)
class Case:
    """One function applied to variables of fitting shapes."""

    name: str
    expr: Expr
    variables: tuple[Expr, ...]

    @property
    def let(self) -> dict[str, list[str]]:
        return {v.data[0]: [str(dim) for dim in v.shape] for v in self.variables}

    @property
    def open_sizes(self) -> set[str]:
        """Names of sizes that no variable has."""
        _, parameter, sizes = self.expr.data
        known = {dim.name for v in self.variables for dim in v.shape}
        dims = (*sizes, parameter) if isinstance(parameter, Dim) else sizes
        return {name for dim in dims for name in dim.names} - known

    @property
    def assume(self) -> dict[str, list[str]]:
        return {v.data[0]: sorted(v.data[1]) for v in self.variables if v.data[1]}


def cases(op: Op) -> Iterator[Case]:
    if op.family == "elementwise":
        for shape in SHAPES if op.arity else SHAPES[:1]:
            for parameter in PARAMETERS.get(op.name, (None,)):
                yield case(op, (shape,) * op.arity, parameter)
        return
    if op.arity < 0:
        for spec in SPELLINGS:
            (signature,) = signatures_for(op, spec)
            yield case(op, tuple(shape_of(*letters) for letters in signature.inputs), spec)
        return
    for axis, signatures in op.signatures.items():
        for signature in signatures:
            shapes = tuple(tuple(map(_size, letters)) for letters in signature.inputs)
            for parameter in PARAMETERS.get(op.name, (axis,)):
                yield case(op, shapes, parameter)
            if op.sizes:
                given = GIVEN_SIZES[: len(op.sizes)]
                sizes = {letter: Dim.of(size) for letter, size in zip(op.sizes, given, strict=True)}
                known = tuple(tuple(dim.rename(sizes) for dim in shape) for shape in shapes)
                yield case(op, known, sizes=given)


def _size(letters: str) -> Dim:
    """The size that a signature writes as m, or as m*n."""
    return reduce(mul, map(Dim.of, letters.split("*")))


def case(
    op: Op,
    shapes: tuple[Shape, ...],
    parameter: Any = None,
    sizes: tuple[int, ...] = (),
) -> Case:
    properties = {ASSUMED[op.domain]} if op.domain in ASSUMED else set()
    if op.name in {"sqrtm", "dsqrtm", "chol"}:
        properties = {"spd"}
    letters = "ABCD" if any(len(shape) == 2 for shape in shapes) else "abcd"
    variables = [
        variable(letter, shape, properties) for letter, shape in zip(letters, shapes, strict=False)
    ]
    args = list(variables)
    if op.name == "where":  # its first argument is a condition
        variables.append(variable(letters[3], shapes[0]))
        args[0] = call("gt", variables[0], variables[3])
    expr = call(op.name, *args, parameter=parameter, sizes=shape_of(*(sizes or op.sizes)))
    words = [op.name, "x".join(str(len(shape)) for shape in shapes)]
    words += [] if parameter is None else [str(parameter)]
    words += map(str, sizes)
    return Case("-".join(filter(None, words)), expr, tuple(variables))


CASES = [case for op in OPS.values() for case in cases(op)]
# Code learns sizes from its arguments, so a size that no argument has must be a number.
RUNNABLE = [case for case in CASES if not case.open_sizes]
SLOTS = [(case, v.data[0]) for case in CASES for v in case.variables]

each_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
each_slot = pytest.mark.parametrize(
    ("case", "wrt"), SLOTS, ids=[f"{case.name}-d{wrt}" for case, wrt in SLOTS]
)


@each_case
def test_text_reads_back(case: Case) -> None:
    again = understand(text(case.expr), case.let, case.assume).expr
    if case.expr.data[0] == "named_power":  # written as what matpow writes
        assert lower(again) is lower(case.expr)
    else:
        assert again is case.expr


@each_slot
@pytest.mark.parametrize("order", [1, 2])
def test_derivative_passes_the_referee(case: Case, wrt: str, order: int) -> None:
    problem = {"wrt": wrt, "order": order, "let": case.let, "assume": case.assume}
    if order >= LAST.get(case.expr.data[0][:2], order + 1):
        with pytest.raises(ProblemError, match="up to the third"):
            chainrule.derive(text(case.expr), **problem)
        return
    result = chainrule.derive(text(case.expr), **problem)
    assert result.check.passed
    assert result.check.verdict in ("exact", "numeric"), result.check


@each_case
def test_where_every_size_is_one(case: Case) -> None:
    """1 by 1 matrices and vectors of one entry, which are no scalars."""
    let = {name: ["1"] * len(shape) for name, shape in case.let.items()}
    source = text(case.expr)
    for name in case.open_sizes | set(map(str, GIVEN_SIZES)):
        source = re.sub(rf"\b{name}\b", "1", source)
    for wrt in let:
        try:
            result = chainrule.derive(source, wrt, let=let, assume=case.assume)
        except ProblemError as problem:
            assert problem.kind in ("unsupported", "shape"), problem
            continue
        assert result.check.passed


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_without_its_rule_nothing_is_answered(op: Op) -> None:
    """A rule that is missing must not mean a derivative of 0."""
    case = next(cases(op), None)
    if case is None or not case.variables:
        return
    rules = {"partials": (), "differential": None, "lower": None, "rewrite": None, "slope": None}
    known = {name: getattr(op, name) for name in rules}
    try:
        for name, none in rules.items():
            object.__setattr__(op, name, none)
        for variable_ in case.variables:
            with pytest.raises((TypeError, ValueError, AssertionError, ProblemError)):
                jacobian(lower(case.expr), lower(variable_))
    finally:
        for name, rule in known.items():
            object.__setattr__(op, name, rule)


@pytest.mark.parametrize("case", RUNNABLE, ids=[case.name for case in RUNNABLE])
def test_numpy_form_computes_the_kernel(case: Case) -> None:
    result, given, sizes, truth = scaled(case)
    name, parameter, _ = case.expr.data
    if name == "function":
        given[parameter] = np.vectorize(lambda x: OPS[name].kernel(FLOAT, x, parameter))
    namespace: dict[str, Any] = {}
    exec(compile(result.code("numpy"), "<generated>", "exec"), namespace)
    assert error(namespace["derivative"](**given, **sizes), truth) < TOLERANCE


def scaled(case: Case) -> tuple[chainrule.Result, dict[str, Any], dict[str, int], Any]:
    """d(s f)/ds, which is f itself, so its code is the form of f; a point, its sizes, f there."""
    scale = variable("s")
    product = multiply(scale, case.expr)
    variables = {v.data[0]: v for v in (scale, *case.variables)}
    points, reason = sample_points([product], variables, 1)
    assert points, reason
    sizes = points[0].sizes
    values = sample_values(case.expr, variables, sizes)
    let = {**case.let, "s": []}
    result = chainrule.derive(text(product), "s", let=let, assume=case.assume, check=False)
    given = {name: np.array(value, dtype=float) for name, value in values.items()}
    truth = np.array(evaluate(case.expr, FLOAT, values, sizes), dtype=float)
    return result, given, sizes, truth


def sample_values(
    expr: Expr, variables: dict[str, Expr], sizes: dict[str, int], start: int = 0
) -> dict[str, Any]:
    """A point of floats where `expr` is finite."""
    for seed in range(start, start + 20):
        values = sample_point(variables, sizes, FLOAT, random.Random(seed))
        try:
            value = np.array(evaluate(expr, FLOAT, values, sizes), dtype=float)
        except (ArithmeticError, ValueError):
            continue
        if np.isfinite(value).all():
            return values
    raise AssertionError("no point where the function is defined")


def test_distinct_dimensions_have_distinct_sizes() -> None:
    """Otherwise a missing transpose would go unseen in all of these."""
    sizes = sample_sizes(["m", "n", "p", "q"])
    assert len(set(sizes.values())) == 4
