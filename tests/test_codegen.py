"""Generated NumPy code: it computes what the formula means, and it can be nothing but that.

Random formulas and the corpus are compared with the reference evaluator; every name, call
and attribute in the source must be on a list, whatever the variables are called.
"""

from __future__ import annotations

import ast
import keyword
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.codegen.function import source_of
from chainrule.codegen.helpers import HELPERS
from chainrule.codegen.numpy import LAPACK
from chainrule.expr import build
from chainrule.expr.call import call
from chainrule.expr.node import Expr
from chainrule.lower import lower
from chainrule.op import OPS
from chainrule.parse.understand import understand
from chainrule.referee.arithmetic import FLOAT
from chainrule.referee.evaluate import evaluate
from chainrule.result import derive
from chainrule.shapes import Dim, Shape, shape_of
from corpus import RECORDS, Record, error

SIZES = {"n": 3, "m": 4}
TOLERANCE = 1e-9
VARIABLES = {
    name: build.variable(name, shape_of(*shape))
    for name, shape in {
        "s": (), "r": (), "x": ("n",), "y": ("n",), "z": ("m",), "A": ("m", "n"),
        "B": ("m", "n"), "C": ("n", "n"), "D": ("m", "m"), "E": ("n", "m"),
    }.items()
}  # fmt: skip
POINT = {
    name: np.random.default_rng(seed).uniform(-1, 1, [SIZES[str(d)] for d in variable.shape])
    for seed, (name, variable) in enumerate(VARIABLES.items())
}


def written(expr: Expr, variables: Any = VARIABLES, heading: str = "") -> str:
    return source_of([lower(expr)], variables, [heading])


def run(source: str, **point: Any) -> Any:
    namespace: dict[str, Any] = {}
    exec(compile(source, "<generated>", "exec"), namespace)
    return namespace["derivative"](**point)


def meaning(expr: Expr) -> np.ndarray:
    values = {name: value.tolist() for name, value in POINT.items()}
    return np.array(evaluate(expr, FLOAT, values, SIZES), dtype=float)


# -- random formulas

Type = tuple[Shape, bool]
DIMS = (Dim.of("n"), Dim.of("m"))
SMOOTH = ("exp", "sin", "tanh", "sigmoid", "softplus", "erf", "relu", "abs", "arctan")
JUMPS = ("gt", "ge", "eq")


def drawn(draw: Any, type_: Type, depth: int) -> Expr:
    """A random formula of this shape, values kept small by tanh so that nothing overflows."""
    if depth == 0:
        return leaf(draw, type_)
    shape, is_row = type_

    def like(other: Type = type_) -> Expr:
        return drawn(draw, other, depth - 1)

    kind = draw(st.sampled_from(["leaf", "add", "scale", "hadamard", "divide", "power",
                                 "power of a quotient", "apply",
                                 "two", "jump", "where", "transpose", "product", "chain", "diag",
                                 "reduce", "negate"]))  # fmt: skip
    d = draw(st.sampled_from(DIMS))
    match kind:
        case "add":
            return build.add(like(), like(), *draw(st.sampled_from([(), (like(((), False)),)])))
        case "negate":
            return build.negate(like())
        case "scale":
            return build.multiply(like(((), False)), like())
        case "hadamard":
            return build.hadamard(like(), like(), like())
        case "divide":
            return build.divide(like(), build.add(build.number(2), call("tanh", like())))
        case "power":
            positive = build.add(build.number(2), call("tanh", like()))
            literal = build.number(draw(st.sampled_from([-2, -1, 2, 3, "1/2", "-1/2", "1/3"])))
            return build.power(positive, draw(st.sampled_from([literal, call("tanh", like())])))
        case "power of a quotient":  # an exponent that needs parentheses
            positive = build.add(build.number(2), call("tanh", like()))
            return build.power(positive, build.divide(leaf(draw, type_), build.number(3)))
        case "apply":
            return call(draw(st.sampled_from(SMOOTH)), call("tanh", like()))
        case "two":
            return call(draw(st.sampled_from(["max", "min"])), like(), like())
        case "jump":  # between leaves: rounding must not decide
            return call(draw(st.sampled_from(JUMPS)), leaf(draw, type_), leaf(draw, type_))
        case "where":
            test = call(draw(st.sampled_from(JUMPS)), leaf(draw, type_), leaf(draw, type_))
            test = draw(st.sampled_from([test, leaf(draw, type_)]))
            return call("where", test, like(), build.number(draw(st.integers(0, 2))))
        case "transpose":
            turned = (shape, not is_row) if len(shape) == 1 else (shape[::-1], False)
            return build.transpose(like(turned))
        case "product" if len(shape) == 0:
            return build.multiply(like(((d,), True)), like(((d,), False)))
        case "product" if len(shape) == 2:
            return build.multiply(like(((shape[0],), False)), like(((shape[1],), True)))
        case "product":
            inner = ((d, shape[0]), False) if is_row else ((shape[0], d), False)
            pair = [like(inner), like(((d,), is_row))]
            return build.multiply(*(pair[::-1] if is_row else pair))
        case "chain":
            return chain(draw, type_, depth)
        case "diag" if len(shape) == 2:
            left = call("diag", like(((shape[0],), False)))
            right = call("diag", like(((shape[1],), False)))
            return build.multiply(*draw(st.sampled_from([(left, like()), (like(), right)])))
        case "reduce" if len(shape) == 0:
            return call(draw(st.sampled_from(["sum", "mean", "logsumexp"])), like(((d,), False)))
        case "reduce" if len(shape) == 1 and not is_row:
            return call("sum", like(((d, shape[0]), False)), parameter=0)
    return leaf(draw, type_)


def chain(draw: Any, type_: Type, depth: int) -> Expr:
    """A product of four factors, x*y'*A*z among them, rows and columns anywhere."""
    shape, is_row = type_
    d, e = draw(st.sampled_from(DIMS)), draw(st.sampled_from(DIMS))
    before: list[Type] = [((shape[0],), False), ((d,), True)] if len(shape) == 2 or (
        len(shape) == 1 and not is_row) else [((d,), True)]  # fmt: skip
    after: list[Type] = [((e,), False)]
    if len(shape) == 2:
        after.append(((shape[1],), True))
    if is_row:
        before, after = [((d,), True)], [((e, shape[0]), False)]
    types = [*before, ((d, e), False), *after]
    return build.multiply(*(drawn(draw, t, depth - 1) for t in types))


def leaf(draw: Any, type_: Type) -> Expr:
    shape, is_row = type_
    if is_row:
        return build.transpose(leaf(draw, (shape, False)))
    same = [variable for variable in VARIABLES.values() if variable.shape == shape]
    constants = [build.number("3/4"), build.number("1/3"), build.size(Dim.of("n"))]
    if shape:
        constant = "vector" if len(shape) == 1 else "matrix"
        constants = [call(constant, build.number(k), sizes=shape) for k in (0, 1, 2)]
    return draw(st.sampled_from(same + constants))


@st.composite
def formulas(draw: Any) -> Expr:
    shapes: list[Shape] = [(), *((d,) for d in DIMS), *((d, e) for d in DIMS for e in DIMS)]
    return drawn(draw, (draw(st.sampled_from(shapes)), False), draw(st.integers(1, 4)))


@settings(max_examples=300)
@given(formulas())
def test_code_computes_the_meaning(expr: Expr) -> None:
    truth = meaning(expr)
    source = written(expr)
    allowed(source)
    with np.errstate(over="ignore", invalid="ignore"):
        found = run(source, **POINT)
    if np.isfinite(truth).all() and np.abs(truth).max() < 1e100:
        assert error(found, truth) < TOLERANCE, source


@pytest.mark.parametrize(
    "record", [r for r in RECORDS if "expm" not in r.expr], ids=lambda record: record.id
)
def test_the_corpus_formulas(record: Record) -> None:
    understood = understand(record.expr, record.let, record.assume)
    source = written(understood.expr, understood.variables, record.expr)
    allowed(source)
    assert error(run(source, **record.point, **record.sizes), record.value) < 1e-8


# -- what the source may consist of

NODES = (
    ast.Module, ast.Import, ast.alias, ast.FunctionDef, ast.arguments, ast.arg, ast.Return,
    ast.Assign, ast.Expr, ast.Constant, ast.Name, ast.Load, ast.Store, ast.Call, ast.keyword,
    ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.BinOp, ast.UnaryOp,
    ast.Compare, ast.operator, ast.unaryop, ast.cmpop, ast.With, ast.withitem, ast.Dict,
    ast.AugAssign, ast.If,
)  # fmt: skip
CALLED_METHODS = {"reshape", "transpose", "sum"}
IMPORTS = ("import numpy as np", "import math", ast.unparse(ast.parse("\n".join(LAPACK))))


@cache
def helper_trees() -> dict[str, str]:
    return {name: ast.dump(ast.parse(code)) for name, code in HELPERS.items()}


def allowed(source: str) -> None:
    """Imports of math and NumPy, the helpers as we wrote them, and one function of formulas."""
    *head, function = ast.parse(source).body
    for statement in head:
        if isinstance(statement, ast.FunctionDef):
            assert ast.dump(ast.Module([statement], [])) == helper_trees()[statement.name]
        else:
            assert ast.unparse(statement) in IMPORTS
    assert isinstance(function, ast.FunctionDef)
    assert function.name == "derivative"
    stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and _is_stored(n)}
    for node in ast.walk(function):
        assert isinstance(node, NODES), ast.dump(node)
        if isinstance(node, ast.Call):
            assert _is_known_function(node.func), ast.unparse(node)
        if isinstance(node, ast.Name):
            assert node.id in stored | {"np", "variables", "float", "min", *HELPERS}, node.id
    assert not stored & {"np", "math", "variables", "float", "min", *HELPERS}


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _is_known_function(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in {"min", *HELPERS}
    assert isinstance(function, ast.Attribute)
    if function.attr in CALLED_METHODS:
        return True
    path = ast.unparse(function).split(".")
    return path[0] == "np" and (len(path) == 2 or path[1] == "linalg")


HOSTILE = [
    *keyword.kwlist, *keyword.softkwlist, "np", "numpy", "math", "variables", "derivative",
    "float", "print", "_sigmoid", "_argument", "t1", "v1", "v2", "d1", "n", "λ", "ϵ", "x₁", "ﬁ",
    "__import__('os')", 'a"] + b["c', "x\n", "a\\", '"""', "'", "\x00", "{0}", "{x.T}", "%s",
    "\u202e", "é", "e\u0301", "a b", "1", "", "日本",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_an_argument(name: str) -> None:
    """Also names no parser lets through; sizes are called like variables on purpose."""
    x = build.variable(name, shape_of(name, name))
    other = build.variable("v2", shape_of(name))
    eye = call("eye", sizes=(Dim.of(name),))
    expr = build.multiply(build.add(call("sigmoid", x), eye), other)
    if name == "v2":
        expr = build.multiply(build.add(call("sigmoid", x), eye), call("diag", eye))
    source = written(expr, {"v2": other, name: x}, name + "{0}")
    allowed(source)
    point = {name: np.array([[0.5, -1.0], [2.0, 0.25]])}
    vector = np.ones(2) if name == "v2" else np.array([3.0, -2.0])
    truth = (1 / (1 + np.exp(-point[name])) + np.eye(2)) @ vector
    assert error(run(source, **{"v2": vector} | point), truth) < TOLERANCE


# -- size, sharing, numbers


def deepened(expr: Expr, step: Any, times: int = 10_000) -> Expr:
    for _ in range(times):
        expr = step(expr)
    return expr


x, y, A, C = (VARIABLES[name] for name in "xyAC")
ENORMOUS = {
    "functions": lambda: deepened(x, lambda h: call("sin", h)),
    "sums": lambda: deepened(x, lambda h: build.add(h, y)),
    "negations": lambda: deepened(x, build.negate),
    "transposes": lambda: deepened(C, build.transpose),
    "sharing": lambda: deepened(
        x, lambda h: call("sin", build.add(h, build.hadamard(h, h))), 3000
    ),
    "shared transposes": lambda: deepened(
        C, lambda h: call("tanh", build.add(build.transpose(h), build.transpose(h))), 2000
    ),
    "one wide sum": lambda: build.add(*([x, y] * 5000)),
    "one wide product": lambda: build.multiply(
        *([call("tanh", build.divide(C, build.number(9)))] * 1200), x
    ),
    "one wide Hadamard product": lambda: build.hadamard(
        *([call("cos", x), call("cosh", x)] * 2000)
    ),
    "one wide vector": lambda: build.vector_literal(*([build.index(x, 2)] * 5000)),
}  # fmt: skip


@pytest.mark.parametrize("name", ENORMOUS)
def test_no_formula_is_too_large(name: str) -> None:
    expr = ENORMOUS[name]()
    source = written(expr)
    truth = meaning(expr)
    assert error(run(source, **POINT), truth) < 1e-7
    assert len(source) < 700_000
    if "vector" not in name:
        assert max(map(len, source.splitlines())) < 300


def test_shared_parts_are_computed_once() -> None:
    shared = call("exp", build.multiply(A, x))
    expr = build.add(build.hadamard(shared, shared), build.divide(shared, build.number(7)))
    source = written(expr)
    assert source.count("np.exp") == 1
    assert source.count("A @ x") == 1


def test_what_is_written_twice_rests_on_shared_parts() -> None:
    """A transpose, a diagonal matrix or a comparison stands where it is used."""
    large = call("exp", A)
    turned = build.transpose(large)
    source = written(build.add(turned, build.hadamard(turned, turned)))
    assert source.count("np.exp") == 1
    diagonal = call("diag", call("exp", x))
    source = written(build.multiply(diagonal, C, diagonal, y))
    assert source.count("np.exp") == 1
    assert "np.diag" not in source
    test = call("gt", call("exp", x), y)
    source = written(call("where", test, call("where", test, x, y), y))
    assert source.count("np.exp") == 1
    assert "1.0" not in source


def test_a_diagonal_matrix_is_not_built() -> None:
    for expr in (
        build.multiply(call("diag", x), C),
        build.multiply(A, call("diag", call("exp", x))),
        build.multiply(build.transpose(x), call("diag", y)),
        build.multiply(C, call("diag", x), y),
    ):
        assert "np.diag" not in written(expr)


def test_matrices_meet_vectors_first() -> None:
    """No product of two matrices where the value is a vector or a number."""
    B = build.transpose(VARIABLES["B"])
    expr = build.multiply(B, A, C, x)
    source = written(expr)
    point = POINT | {"C": np.zeros((3, 3)), "x": np.zeros(3)}
    assert run(source, **point).tolist() == [0, 0, 0]
    assert "A @ (C @ x)" in source


NUMBERS = ["0", "1", "1/2", "1/3", "2/7", "1e-30", "123456789012345678901", "1e300", "1e400",
           "1/123456789012345678901234567890", "0.1", "9007199254740993"]  # fmt: skip


@pytest.mark.parametrize("literal", NUMBERS)
def test_numbers(literal: str) -> None:
    expr = build.multiply(build.number(literal), x)
    found = run(written(expr), x=np.array([1.0, 2.0, -0.5]))
    value = float("inf") if literal == "1e400" else float(Fraction(literal))
    assert np.allclose(found, value * np.array([1.0, 2.0, -0.5]), rtol=1e-15, atol=0)


def test_integers_are_as_good_as_floats() -> None:
    """NumPy refuses negative powers of integers and takes large ones for objects."""
    expr = build.power(x, build.number(-2))
    assert error(run(written(expr), x=[1, 2, 4]), np.array([1, 1 / 4, 1 / 16])) == 0
    branch = call("where", call("gt", x, y), build.number(2), build.number(4))
    expr = build.power(branch, build.number(-1))
    found = run(written(expr), x=[1, 2, 3], y=[2, 2, 2])
    assert error(found, np.array([0.25, 0.25, 0.5])) == 0
    expr = call("exp", build.multiply(build.number("1e25"), build.number("1e-25")))
    assert abs(run(written(expr), **POINT) - np.e) < 1e-12


def test_a_wrong_number_of_axes_is_refused() -> None:
    """A column of shape (n, 1) would broadcast to a wrong matrix in silence."""
    source = derive("sum((x - y).^2)", wrt="x", let={"x": ["n"], "y": ["n"]}).code("numpy")
    with pytest.raises(ValueError, match="x needs 1 axes"):
        run(source, x=np.ones((3, 1)), y=np.ones(3))


def test_the_result_is_nobody_elses_array() -> None:
    source = derive("a'*x", wrt="x").code("numpy")
    a = np.ones(3)
    run(source, a=a, x=np.ones(3))[0] = 5
    assert a.tolist() == [1, 1, 1]


def test_a_size_no_argument_has_is_an_argument() -> None:
    expr = build.multiply(
        call("eye", sizes=(Dim.of("k"),)), call("vector", VARIABLES["s"], sizes=(Dim.of("k"),))
    )
    assert run(written(expr), s=2.0, k=4).tolist() == [2, 2, 2, 2]


def test_higher_order_derivatives_are_summed_not_unfolded() -> None:
    """A Kronecker form would be n^2 by n^2 and reordered afterwards."""
    source = derive("inv(X)", wrt="X", let={"X": ["n", "n"]}).code("numpy")
    assert "kron" not in source.split('"""')[-1]


@pytest.mark.parametrize(
    "op",
    [op for op in OPS.values() if op.family != "structural" and "numpy" not in op.forms],
    ids=lambda op: op.name,
)
def test_a_name_without_a_form_is_numpys(op: Any) -> None:
    assert callable(getattr(np, op.name))
