"""Properties of derivations: size, depth, history, refusal, kinks, and the steps' check."""

from __future__ import annotations

import dataclasses

import pytest

import chainrule
import chainrule.ops
from chainrule.errors import ProblemError
from chainrule.expr.build import add, multiply, negate, number
from chainrule.expr.call import call
from chainrule.expr.node import Expr
from chainrule.op import OPS
from chainrule.referee.replay import check_steps
from chainrule.shapes import Dim, shape_of
from chainrule.tensor.build import apply, contract, delta, einsum, variable
from chainrule.tensor.contract import is_symmetric, transpose


def chain(depth: int) -> tuple[Expr, Expr]:
    x = chainrule.scalar("x")
    expr = x
    for _ in range(depth):
        expr = call("sin", expr)
    return expr, x


def test_two_to_the_forty_paths() -> None:
    x = chainrule.scalar("x")
    expr = x
    for _ in range(40):
        expr = multiply(call("sin", expr), call("cos", expr))
    result = chainrule.derive(expr, x)
    assert result.derivations[0].paths == 2**40
    assert result.check.passed
    assert len(result.text()) < 100_000


def test_deep_chains_are_derived_and_printed() -> None:
    expr, x = chain(1_500)
    result = chainrule.derive(expr, x, check=False)
    assert len(result.derivations[0].intermediates) == 1_500
    assert "t1" in result.record(code=())["derivative"]["text"]


def test_the_output_has_a_name_whatever_the_variables_are_called() -> None:
    result = chainrule.derive("y*f*L*y_*f_*L_", "y")
    assert result.derivations[0].output_name not in result.solution.understood.variables


def test_a_long_product_has_the_right_jacobian() -> None:
    """More factors than any fixed range of labels holds, their sizes declared or inferred."""
    names = [f"A{place}" for place in range(120)]
    square = {name: ["n", "n"] for name in names}
    assert chainrule.derive("*".join(names), "A50", let=square).check.passed
    factors = "*".join(f"(A{place} + b{place}*c{place}')" for place in range(100))
    assert chainrule.derive(f"tr({factors})", "b1").check.passed


def test_an_unknown_function_is_refused() -> None:
    with pytest.raises(ProblemError) as caught:
        apply("gamma", variable("x"))
    assert caught.value.kind == "unsupported"


def test_zero_only_without_dependence() -> None:
    for expr in ("tr(A) + 1", "tr(A) - tr(B)", "exp(tr(A))", "log(det(A))"):
        result = chainrule.derive(expr, wrt="A", let={"A": ["n", "n"], "B": ["n", "n"]})
        assert "matrix(0" not in result.result
    assert "matrix(0" in chainrule.derive("tr(B)", wrt="A", let={"A": ["m", "n"]}).result


def test_results_do_not_depend_on_history() -> None:
    first = chainrule.derive("tr(A*X*B*X'*C)", wrt="X").result
    for expr in ("tr(C*X)", "X*B", "norm2(X)^2"):
        chainrule.derive(expr, wrt="X")
    assert chainrule.derive("tr(A*X*B*X'*C)", wrt="X").result == first


def test_a_wrong_step_is_found() -> None:
    """The step check can fail: break one equation and it does."""
    result = chainrule.derive("sin(x + x^2)")
    derivation = result.derivations[0]
    variables = result.solution.understood.variables
    assert {check.verdict for check in check_steps(derivation, variables)} == {"exact"}
    for place, step in enumerate(derivation.steps):
        broken = dataclasses.replace(step, rhs=add(step.rhs, number(1)))
        steps = (*derivation.steps[:place], broken, *derivation.steps[place + 1 :])
        checks = check_steps(dataclasses.replace(derivation, steps=steps), variables)
        assert checks[place].error > 1e-8, step


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.kink])
def test_kinks_come_with_a_note_or_are_conditions(op: object) -> None:
    name = op.name  # type: ignore[attr-defined]
    if name in ("gt", "ge", "eq", "sign"):
        return  # their derivative is zero on both sides
    args = "x" if op.arity == 1 else "x, y"  # type: ignore[attr-defined]
    assert "not differentiable" in chainrule.derive(f"{name}({args})", wrt="x").text()


def test_symmetric_variables_are_varied_freely() -> None:
    spd = {"P": ["spd"]}
    assert chainrule.derive("tr(S*P)", wrt="P", assume=spd).result == "S'"
    assert chainrule.derive("tr(S*P')", wrt="P", assume=spd).result == "S"


def test_normal_form_of_products() -> None:
    m, n = shape_of("m", "n")
    a, s = variable("A", (m, n)), variable("S", (n, n), ["symmetric"])
    x, y = variable("x", (n,)), variable("y", (n,))
    assert einsum("i,ij,j->", x, delta(n), y) is einsum("j,j->", y, x)
    assert einsum("ki,kj->ij", a, a) is einsum("qb,qa->ab", a, a)
    assert is_symmetric(einsum("ki,kj->ij", a, a))
    assert transpose(s) is s
    inverse = apply("inv", s)
    assert contract(1, [(inverse, (0, 1)), (s, (1, 2))], (0, 2)) is delta(n)
    assert Dim.of("n") * Dim.of("m") == Dim.of("m") * Dim.of("n")


def test_objects_build_expressions_with_numpy_operators() -> None:
    a, x = chainrule.matrix("A", "n", "n"), chainrule.vector("x", "n")
    assert chainrule.derive(x.T @ a @ x, wrt=x).result == "(A + A')*x"
    numpy = pytest.importorskip("numpy")
    assert chainrule.derive(numpy.exp(x).sum(), wrt=x).result == "exp(x)"
    assert chainrule.derive((2 * x - 1).sum(), wrt=x).result == "vector(2, n)"
    assert negate(x) is -x
