"""Code for JAX, PyTorch and the array API: the same numbers, where these libraries are there.

`make targets` installs them and runs this file; without them only the source is looked at.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.codegen.targets import TARGETS
from chainrule.errors import ProblemError
from chainrule.referee.sample import sizes_for
from corpus import RECORDS, Record, error
from fuzz.generate import random_problem
from test_edge import CASES as EDGES
from test_edge import TOLERANCE, derived
from test_fuzz import derived as answered
from test_ops import RUNNABLE, Case, sample_values, scaled

MODULES = {"numpy": {"np"}, "jax": {"jax", "jnp"}, "torch": {"torch"}, "array-api": {"xp"}}
OTHERS = sorted(TARGETS.keys() - {"numpy"})
ALL = {"np", "jnp", "jax", "torch", "xp", "math"}


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")  # of its own parts


@cache
def result_of(record_id: str) -> chainrule.Result:
    """One for all targets."""
    record = next(record for record in RECORDS if record.id == record_id)
    return chainrule.derive(**record.problem, check=False)


def source_of(record: Record, target: str) -> str:
    return code_for(result_of(record.id), target)


def code_for(result: chainrule.Result, target: str) -> str:
    try:
        return str(result.code(target))
    except ProblemError as problem:
        assert target == "array-api" and "no array-API code" in problem.message
        pytest.skip(problem.message)


@pytest.mark.parametrize("target", OTHERS)
@pytest.mark.parametrize("record", RECORDS[::6], ids=lambda record: record.id)
def test_no_other_library_is_named(record: Record, target: str) -> None:
    tree = ast.parse(source_of(record, target))
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert named & ALL <= MODULES[target]


@pytest.mark.parametrize("target", ["jax", "torch"])
def test_a_library_that_is_missing_is_named(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, target, None)
    result = chainrule.derive("x'*x", "x")
    assert f"import {target}" in result.code(target)
    with pytest.raises(ProblemError, match=f"needs {target}, which is not installed"):
        result.compile(target)


def jax() -> tuple[Callable[..., Any], Callable[[Any], Any]]:
    library = import_module("jax")
    library.config.update("jax_enable_x64", True)
    return lambda f: library.jit(lambda point: f(**point)), library.numpy.asarray


def torch() -> tuple[Callable[..., Any], Callable[[Any], Any]]:
    library = import_module("torch")
    return lambda f: lambda point: f(**point), library.as_tensor


def array_api() -> tuple[Callable[..., Any], Callable[[Any], Any]]:
    library = import_module("array_api_strict")
    return lambda f: lambda point: f(**point), library.asarray


LIBRARIES = {"jax": jax, "torch": torch, "array-api": array_api}
PACKAGES = {"jax": "jax", "torch": "torch", "array-api": "array_api_strict"}
INSTALLED = [target for target in OTHERS if find_spec(PACKAGES[target])]


def each(name: str, items: Mapping[str, Any]) -> pytest.MarkDecorator:
    """Each item with each library that is there; the items by what they are called."""
    cases = [
        pytest.param(target, item, id=f"{target}-{called}")
        for target in INSTALLED
        for called, item in items.items()
    ]
    return pytest.mark.parametrize(("target", name), cases)


@each("record", {record.id: record for record in RECORDS})
def test_the_numbers_are_those_of_the_corpus(target: str, record: Record) -> None:
    """Under jit for JAX; double precision everywhere, from arrays of the library itself."""
    wrapped, array = LIBRARIES[target]()
    namespace: dict[str, Any] = {}
    exec(compile(source_of(record, target), "<generated>", "exec"), namespace)
    dims = {dim for shape in record.let.values() for dim in shape}
    integers = {name: size for name, size in record.sizes.items() if name not in dims}
    if integers and target == "jax":  # sizes that no argument has are no arrays
        pytest.skip("not traceable")
    point = {name: array(value) for name, value in record.point.items()}
    found = np.asarray(wrapped(namespace["derivative"])({**point, **integers}))
    if target != "jax":  # whose arrays cannot be changed
        assert not any(np.shares_memory(found, np.asarray(x)) for x in point.values())
    assert found.dtype == np.float64
    assert found.shape == record.derivative.shape
    assert error(found, record.derivative) < 1e-8


@each("case", {case.name: case for case in RUNNABLE})
def test_every_form_computes_the_kernel(target: str, case: Case) -> None:
    """Of each function, and of the derivatives that have names of their own."""
    if case.expr.data[0] == "function":
        pytest.skip("a function of the user's, in any library")
    _, array = LIBRARIES[target]()
    result, given, sizes, truth = scaled(case)
    namespace: dict[str, Any] = {}
    exec(compile(code_for(result, target), "<generated>", "exec"), namespace)
    point = {name: array(value) for name, value in given.items()}
    assert error(np.asarray(namespace["derivative"](**point, **sizes)), truth) < 1e-8


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@each("seed", {str(seed): seed for seed in range(100)})
def test_random_problems_have_the_numbers_of_numpy(target: str, seed: int) -> None:
    result = answered(random_problem(seed), check=False)
    _, array = LIBRARIES[target]()
    variables = dict(result.solution.understood.variables)
    sizes = sizes_for([result.solution.expr], turn=1)
    point = {
        name: np.array(value, dtype=float)
        for name, value in sample_values(result.solution.expr, variables, sizes).items()
    }
    namespace: dict[str, Any] = {}
    exec(compile(code_for(result, "numpy"), "<generated>", "exec"), namespace)
    truth = namespace["derivative"](**point, **sizes)
    exec(compile(code_for(result, target), "<generated>", "exec"), namespace)
    arrays = {name: array(value) for name, value in point.items()}
    found = np.asarray(namespace["derivative"](**arrays, **sizes))
    assert found.dtype == np.asarray(truth).dtype
    assert error(found, truth) < 1e-8


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of NumPy under the array API
@each("edge", {edge["id"]: edge for edge in EDGES})
def test_the_numbers_are_right_at_the_edges(target: str, edge: dict[str, Any]) -> None:
    """Where the corpus' random points do not lead: overflow, ties, singular matrices."""
    wrapped, array = LIBRARIES[target]()
    namespace: dict[str, Any] = {}
    exec(compile(code_for(derived(edge), target), "<generated>", "exec"), namespace)
    point = {name: array(np.array(value, dtype=float)) for name, value in edge["point"].items()}
    found = np.asarray(wrapped(namespace["derivative"])(point))
    assert error(found, np.array(edge["derivative"], dtype=float)) < TOLERANCE


@each("record", {record.id: record for record in RECORDS[::5]})
def test_fixed_arguments_change_nothing(target: str, record: Record) -> None:
    """All but the variable fixed: the same numbers; JAX traces the function of the variable."""
    source_of(record, target)  # skips what there is no code for
    wrapped, array = LIBRARIES[target]()
    result = chainrule.derive(**record.problem, check=False)
    dims = {dim for shape in record.let.values() for dim in shape}
    if record.sizes.keys() - dims:  # sizes that no argument has
        pytest.skip("not traceable")
    names = result.solution.understood.variables
    point = {name: array(record.point[name]) for name in names}
    fixed = {name: value for name, value in point.items() if name != record.wrt}
    found = wrapped(result.compile(target, fixed=fixed))({record.wrt: point[record.wrt]})
    assert error(np.asarray(found), record.derivative) < 1e-8
