"""What the rules of single functions come to, in cases that only a wrong rule changes.

tests/tools/mutate.py seeds bugs into the rules; here are the cases that notice those which
a correct but longer answer, or another rule, would hide.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

import chainrule
from chainrule.lower import lower
from chainrule.notation.index_form import to_index
from chainrule.parse.understand import understand
from chainrule.printers.text import text
from chainrule.shapes import Dim
from chainrule.simplify import simplify
from chainrule.tensor.build import apply, contract, variable
from meaning import assert_same, meaning, shown, size_of

SHAPES = {
    "A": ("n", "n"), "B": ("n", "n"), "C": ("n", "n"), "Q": ("n", "n"), "S": ("n", "n"),
    "X": ("m", "n"), "Y": ("n", "m"), "v": ("n",), "w": ("n",), "s": (), "t": (),
}  # fmt: skip
REGULAR = {"A": ["invertible"], "B": ["invertible"], "C": ["invertible"]}
ORTHOGONAL = {"A": ["invertible"], "Q": ["orthogonal"]}

REWRITTEN = [
    ("inv(inv(A))", {}, "A"),
    ("inv(2*A)", {}, "1/2*inv(A)"),
    ("inv(-A)", {}, "-inv(A)"),
    ("inv(s*A)", {}, "inv(A)/s"),
    ("inv(2*s*A)", {}, "inv(A)/(2*s)"),
    ("inv(2*A + 2*B)", {}, "1/2*inv(A + B)"),
    ("inv(A + B)", {}, "inv(A + B)"),
    ("inv(A*B)", REGULAR, "inv(B)*inv(A)"),
    ("inv(A*B)", {}, "inv(B'*A')'"),
    ("inv(A*B)", {"A": ["invertible"]}, "inv(B'*A')'"),
    ("inv(A*B*C)", REGULAR, "inv(C)*inv(B)*inv(A)"),
    ("inv(2*A*B)", REGULAR, "1/2*inv(B)*inv(A)"),
    ("inv(A'*B)", REGULAR, "inv(B)*inv(A)'"),
    ("inv(A*B')", REGULAR, "inv(B)'*inv(A)"),
    ("inv(A'*B')", REGULAR, "inv(B)'*inv(A)'"),
    ("inv(X*Y)", {}, "inv(X*Y)"),
    ("inv(A.*B)", REGULAR, "inv((A.*B)')'"),
    ("inv(A*diag(v)*B)", REGULAR, "inv(B'*diag(v)*A')'"),
    ("inv(Q)", ORTHOGONAL, "Q'"),
    ("inv(Q')", ORTHOGONAL, "Q"),
    ("inv(A*Q)", ORTHOGONAL, "Q'*inv(A)"),
    ("det(inv(A))", {}, "1/det(A)"),
    ("det(2*A)", {}, "det(A)*2^n"),
    ("det(s*A)", {}, "det(A)*s^n"),
    ("det(2*A + 2*B)", {}, "2^n*det(A + B)"),
    ("det(A')", {}, "det(A)"),
    ("det(A*B)", {}, "det(B)*det(A)"),
    ("det(A'*B)", {}, "det(B)*det(A)"),
    ("det(A*B')", {}, "det(B)*det(A)"),
    ("det(A*B*C)", {}, "det(C)*det(B)*det(A)"),
    ("det(X*Y)", {}, "det(X*Y)"),
    ("det(A.*B)", {}, "det((A.*B)')"),
    ("det(A*diag(v))", {}, "det(A*diag(v))"),
    ("det(diag(diag(A))*B)", {}, "det(diag(diag(A))*B)"),
    ("det(B*diag(diag(A)))", {}, "det(diag(diag(A))*B')"),
    ("adj(inv(A))", {}, "A/det(A)"),
    ("adj(2*A)", {}, "2^(n - 1)*adj(A)"),
    ("adj(s*A)", {}, "s^(n - 1)*adj(A)"),
    ("adj(2*A + 2*B)", {}, "2^(n - 1)*adj(A + B)"),
    ("adj(A*B)", {}, "adj(B)*adj(A)"),
    ("adj(A'*B)", {}, "adj(B)*adj(A)'"),
    ("adj(A*B*C)", {}, "adj(C)*adj(B)*adj(A)"),
    ("adj(X*Y)", {}, "adj(X*Y)"),
    ("adj(A.*B)", {}, "adj((A.*B)')'"),
    ("inv(exp(A))", {}, "inv(exp(A))"),
    ("det(exp(A))", {}, "det(exp(A))"),
    ("adj(exp(A))", {}, "adj(exp(A))"),
    ("A^(-2)", {}, "inv(A)^2"),
    ("A^(-3)", {}, "inv(A)^3"),
    ("A^3", {}, "A^3"),
    ("A^2", {}, "A^2"),
    ("A^0*B", {}, "B"),
    ("exp(log(t))", {}, "t"),
    ("exp(sin(s))", {}, "exp(sin(s))"),
    ("log(exp(s) + 1)", {}, "log(exp(s) + 1)"),
    ("log(cosh(s))", {}, "log(cosh(s))"),
    ("log(exp(s))", {}, "s"),
]  # fmt: skip

AT_A_NUMBER = [
    *(f"{name}(0)" for name in ("sin", "tan", "arcsin", "arctan", "sinh", "tanh", "erf")),
    *("abs(0)", "sign(0)", "log(1)", "exp(0) - 1", "cos(0) - 1", "cosh(0) - 1"),
]

SIMPLIFIED = [
    ("1 - sigmoid(-s)", {}, "sigmoid(s)"),
    ("1 - sigmoid(s)", {}, "1 - sigmoid(s)"),
    ("1 - tanh(-s)", {}, "1 - tanh(-s)"),
    ("exp(X)./(1 + exp(X))", {}, "sigmoid(X)"),
    ("exp(X)./(vector(1, m)*v' + exp(X))", {}, "exp(X)./(vector(1, m)*v' + exp(X))"),
    ("exp(s)/(1 + exp(s))^2", {}, "sigmoid(s)*sigmoid(-s)"),
    ("exp(s)^3/(1 + exp(s))^2", {}, "exp(s)^3*sigmoid(-s)^2"),
    ("sinh(s)^2/cosh(s)^2", {}, "tanh(s)^2"),
    ("sinh(s)/cosh(s)^2", {}, "sinh(s)/cosh(s)^2"),
    ("sinh(s)/cosh(t)", {}, "sinh(s)/cosh(t)"),
    ("exp(v)/sum(exp(v))^2", {}, "softmax(v)/sum(exp(v))"),
    ("exp(v)/sum(exp(w))", {}, "exp(v)/sum(exp(w))"),
    ("abs(s)", {"s": ["positive"]}, "s"),
    ("abs(-exp(v))", {}, "exp(v)"),
    ("relu(exp(v))", {}, "exp(v)"),
    ("relu(-exp(v))", {}, "relu(-exp(v))"),
    ("sign(-exp(v))", {}, "-vector(1, n)"),
    ("sqrt(s^2)", {"s": ["positive"]}, "s"),
    ("sqrt(s^2)", {}, "sqrt(s^2)"),
    ("v.^w.*v.^(2*w)", {}, "v.^(3*w)"),
    ("s/(s + t) + t/(s + t)", {}, "1"),
    ("1/(s + t) - s/(s + t)^2", {}, "t/(s + t)^2"),
    ("(s + t)/(s - t)^2 - 1/(s - t)", {}, "2*t/(s - t)^2"),
    ("1/(s + t) + s/(s + t)^2", {}, "(2*s + t)/(s + t)^2"),
    ("1/(s + t) - 1/(s - t)", {}, "1/(s + t) - 1/(s - t)"),
    ("X*diag(v./(v + w))*X' + X*diag(w./(v + w))*X'", {}, "X*X'"),
    ("sum(v - mean(v))", {}, "0"),
    ("X*diag(v)*X' - X*diag(w)*X'", {}, "X*diag(v - w)*X'"),
    ("where(s > 0, t, 2) + where(s > 0, 2, t)", {}, "t + 2"),
    ("where(s > 0, 1, 0)*t", {}, "where(s > 0, t, 0)"),
]

DERIVED = [
    ("tr(A^k)", "A", {}, "k*(A^(k - 1))'"),
    ("tr(expm(A))", "A", {}, "expm(A)'"),
    ("tr(sinm(A))", "A", {}, "cosm(A)'"),
    ("tr(cosm(A))", "A", {}, "-sinm(A)'"),
    ("tr(sqrtm(S))", "S", {"S": ["spd"]}, "1/2*inv(sqrtm(S))"),
    ("expm(t*A)", "t", {}, "expm(t*A)*A"),
    ("sinm(t*A)", "t", {}, "cosm(t*A)*A"),
    ("cosm(t*A)", "t", {}, "-sinm(t*A)*A"),
    ("(t*A)^k", "t", {}, "k*(t*A)^(k - 1)*A"),
    ("adj(A)", "A", {}, "dadj(A)"),
    ("adj(A)", "A", REGULAR, "vec(adj(A))*vec(inv(A)')' - kron(adj(A)', inv(A))"),
    ("det(A)", "A", {}, "adj(A)'"),
    ("det(A)", "A", REGULAR, "det(A)*inv(A)'"),
    ("det(S)", "S", {"S": ["spd"]}, "det(S)*inv(S)"),
    ("logsumexp(X)", "X", {}, "exp(X - logsumexp(X))"),
    ("logsumexp(v)", "v", {}, "softmax(v)"),
    ("max(s, 2)", "s", {}, "s > 2"),
    ("max(2, s)", "s", {}, "s > 2"),
    ("min(s, 2)", "s", {}, "2 > s"),
    ("min(2, s)", "s", {}, "2 > s"),
    ("max(s, t)", "s", {}, "(sign(s - t) + 1)/2"),
    ("min(s, t)", "s", {}, "(1 - sign(s - t))/2"),
    ("A^0", "A", {}, "matrix(0, n*n, n*n)"),
    ("A^1", "A", {}, "eye(n*n)"),
    ("tr(A^(-1))", "A", {}, "-(inv(A)^2)'"),
    ("max(v.^2)", "v", {}, "2*v.*argmax(v.^2)"),
    ("min(v.^2)", "v", {}, "2*v.*argmin(v.^2)"),
]  # fmt: skip


Properties = dict[str, list[str]]


def fitting(written: str, assume: Properties) -> tuple[Properties, Properties]:
    """The shapes and the properties of the variables that are named."""
    names = set(re.findall(r"\w+", written)) & SHAPES.keys()
    let = {name: list(SHAPES[name]) for name in names}
    return let, {name: known for name, known in assume.items() if name in names}


def values() -> dict[str, np.ndarray]:
    """A regular point: Q orthogonal, t positive, s and t no integers."""
    random = np.random.default_rng(3)
    point = {
        name: random.normal(size=[size_of(dim) for dim in dims]) for name, dims in SHAPES.items()
    }
    point["Q"] = np.linalg.qr(point["Q"])[0]
    return point | {"t": np.asarray(1.7), "S": point["S"] @ point["S"].T + np.eye(3)}


@pytest.mark.parametrize(
    ("written", "assume", "form"), REWRITTEN, ids=[f"{x}-{len(a)}" for x, a, _ in REWRITTEN]
)
def test_a_function_of_a_product_or_a_function(written: str, assume: Properties, form: str) -> None:
    expr = understand(written, *fitting(written, assume)).expr
    found = lower(expr)
    assert_same(meaning(found, values()), shown(expr, values()), written)
    assert text(to_index(found)) == form


def test_an_index_that_is_kept_is_not_summed() -> None:
    """Σ_i inv(X'X)_ij X_ki X_kl for each k is no product of inv(X'X) and X'X."""
    gram = lower(understand("inv(X'*X)", {"X": ["m", "n"]}).expr)
    matrix = variable("X", (Dim.of("m"), Dim.of("n")))
    found = contract(1, [(gram, (0, 1)), (matrix, (2, 1)), (matrix, (2, 3))], (0, 2, 3))
    assert [arg is gram for arg in found.args].count(True) == 1
    assert len(found.args) == 3


def test_a_negative_power_is_one_of_the_inverse() -> None:
    matrix = variable("A", (Dim.of("n"), Dim.of("n")))
    squared = apply("matpow", apply("inv", matrix), parameter=2)
    assert apply("matpow", matrix, parameter=-2) is squared


@pytest.mark.parametrize("written", AT_A_NUMBER)
def test_a_value_that_is_known(written: str) -> None:
    assert text(to_index(lower(understand(written).expr))) == "0"


@pytest.mark.parametrize(
    ("written", "assume", "form"), SIMPLIFIED, ids=[f"{x}-{len(a)}" for x, a, _ in SIMPLIFIED]
)
def test_what_is_simplified_and_what_is_not(written: str, assume: Properties, form: str) -> None:
    expr = understand(written, *fitting(written, assume)).expr
    assert text(to_index(simplify(lower(expr)))) == form


@pytest.mark.parametrize(
    ("written", "wrt", "assume", "form"), DERIVED, ids=[f"{x}-{len(a)}" for x, _, a, _ in DERIVED]
)
def test_the_shortest_of_right_derivatives(
    written: str, wrt: str, assume: Properties, form: str
) -> None:
    let, known = fitting(written, assume)
    result = chainrule.derive(written, wrt, let=let, assume=known)
    assert result.result == form
    assert result.check.passed
