"""No input can become code: what is emitted holds known kinds of nodes and known names alone."""

from __future__ import annotations

import ast
import keyword
from random import Random

import pytest

import chainrule
from chainrule.errors import ProblemError
from chainrule.expr import build
from chainrule.expr.rewrite import replace
from chainrule.printers.text import text
from fuzz.generate import random_problem

NODES = (
    ast.Module, ast.Import, ast.alias, ast.FunctionDef, ast.arguments, ast.arg, ast.Return,
    ast.Assign, ast.AugAssign, ast.Expr, ast.If, ast.For, ast.While, ast.With, ast.withitem,
    ast.Break, ast.Continue, ast.Raise, ast.IfExp, ast.Name, ast.Load, ast.Store, ast.Constant,
    ast.Call, ast.keyword, ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.List,
    ast.ListComp, ast.SetComp, ast.Dict, ast.GeneratorExp, ast.comprehension, ast.Starred,
    ast.Lambda, ast.JoinedStr, ast.ImportFrom, ast.Try, ast.ExceptHandler, ast.IsNot, ast.Is,
    ast.FormattedValue, ast.UnaryOp, ast.USub, ast.Not, ast.BinOp, ast.Add, ast.Sub, ast.Mult,
    ast.Div, ast.Pow, ast.MatMult, ast.Mod, ast.FloorDiv, ast.Compare, ast.Gt, ast.GtE, ast.Lt,
    ast.LtE, ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.BoolOp, ast.And, ast.Or, ast.operator,
    ast.expr_context, ast.boolop, ast.cmpop, ast.unaryop, ast.comprehension,
)  # fmt: skip
BUILTINS = {
    "abs", "enumerate", "float", "int", "len", "max", "min", "range", "sum", "zip", "ValueError",
    "TypeError", "isinstance", "ImportError", "any", "all", "slice",
}  # fmt: skip
MODULES = {"np", "math", "lapack"}
HOSTILE = ("lambda", "None", "derivative", "variables", "np", "math", "t1", "exec", "import", "v1")


def assert_safe(source: str, names: set[str]) -> None:
    tree = ast.parse(source)
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(tree):
        assert isinstance(node, NODES), ast.dump(node)[:80]
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= {"numpy", "math"}
        if isinstance(node, ast.ImportFrom):
            assert ast.unparse(node) == "from scipy.linalg import lapack"
        if isinstance(node, ast.Name):
            assert node.id in own | bound | BUILTINS | MODULES, node.id
            assert not node.id.startswith("__")
        if isinstance(node, ast.Attribute):
            assert not node.attr.startswith("_"), node.attr
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert node.value.isprintable() or "\n" in node.value
    body = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "derivative")
    for node in ast.walk(body):  # in the function itself no name is the user's unless it is safe
        if isinstance(node, ast.Name) and node.id in names:
            assert node.id.isidentifier() and not keyword.iskeyword(node.id)


@pytest.mark.parametrize("seed", range(2000, 2080))
def test_emitted_code_has_only_known_nodes_and_names(seed: int) -> None:
    problem = random_problem(seed)
    result = chainrule.derive(
        text(problem.expr), wrt=problem.wrt, order=problem.order, let=problem.let,
        assume=problem.assume, check=False,
    )  # fmt: skip
    assert_safe(result.code("numpy"), {v.data[0] for v in problem.variables})


@pytest.mark.parametrize("seed", range(2100, 2120))
def test_names_that_mean_something_in_python_stay_data(seed: int) -> None:
    """Variables get such names; where the name is refused, it is refused as input."""
    random, problem = Random(seed), random_problem(seed)
    names = random.sample(HOSTILE, min(len(HOSTILE), len(problem.variables)))
    renamed = {
        old: build.variable(new, old.shape, old.data[1])
        for old, new in zip(problem.variables, names, strict=False)
    }
    expr = replace(problem.expr, renamed)
    let = {renamed[v].data[0]: problem.let[v.data[0]] for v in problem.variables if v in renamed}
    new_name = {old.data[0]: new.data[0] for old, new in renamed.items()}
    try:
        result = chainrule.derive(
            text(expr), wrt=new_name.get(problem.wrt, problem.wrt), order=problem.order,
            let={**{k: v for k, v in problem.let.items() if k not in new_name}, **let},
            check=False,
        )  # fmt: skip
    except ProblemError as error:
        assert error.kind in ("name", "syntax", "shape", "unsupported")
        return
    assert_safe(result.code("numpy"), set(names))


@pytest.mark.parametrize(
    "name", ["x\nimport os", 'x"', "x'''", "x\\", "x\ry", "x;y", "x)", "__import__('os')", "x#"]
)
def test_names_that_are_no_names_are_refused(name: str) -> None:
    with pytest.raises(ProblemError):
        chainrule.derive("x'*x", wrt="x", let={name: ["n"]})
