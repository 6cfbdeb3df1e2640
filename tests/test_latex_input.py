"""LaTeX typed as mathematics: it means what the text syntax says, or is refused with its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

import chainrule
from chainrule.errors import ProblemError
from chainrule.lower import lower
from chainrule.parse.understand import understand
from chainrule.printers.latex import latex
from chainrule.referee.sample import sizes_for
from test_printers import LET, SIZES, Expr, assert_same_value, expressions

SAME = [
    (r"x^\top A x", "x'*A*x"),
    (r"x^T A x", "x'*A*x"),
    (r"x^{\mathsf T} A x", "x'*A*x"),
    (r"\mathbf{x}^{\top} \mathbf{A} \mathbf{x}", "x'*A*x"),
    (r"\frac{1}{2} x^\top A x - b^\top x", "1/2*x'*A*x - b'*x"),
    (r"\lVert A x - b \rVert_2^2", "norm2(A*x - b)^2"),
    (r"\|A x - b\|^2", "norm2(A*x - b)^2"),
    (r"\left\| X \right\|_F^2", "norm2(X)^2"),
    (r"\|x\|_1", "norm1(x)"),
    (r"\operatorname{tr}(A X B)", "tr(A*X*B)"),
    (r"\mathrm{tr}(X^\top X)", "tr(X'*X)"),
    (r"\log\det(X)", "logdet(X)"),
    (r"\det(X)", "det(X)"),
    (r"a^\top X^{-1} b", "a'*inv(X)*b"),
    (r"X^{-\top} b", "inv(X)'*b"),
    (r"\ln(\sin(t^3)^2)", "log(sin(t^3)^2)"),
    (r"\sqrt{t^2 + 1}", "sqrt(t^2 + 1)"),
    (r"e^{-t^2}", "exp(-t^2)"),
    (r"\exp(-\frac{t^2}{2})", "exp(-t^2/2)"),
    (r"\sigma(w^\top x)", "sigmoid(w'*x)"),
    (r"a \odot x", "a.*x"),
    (r"A \otimes B", "kron(A, B)"),
    (r"2 \cdot t + 3t", "2*t + 3*t"),
    (r"\sum_i x_i^2", "sum(x.^2)"),
    (r"\sum_{i=1}^n a_i x_i", "sum(a.*x)"),
    (r"\max(0, t)", "max(0, t)"),
    (r"\lvert t \rvert", "abs(t)"),
    (r"\tanh(W x)", "tanh(W*x)"),
    (r"\left(\frac{a^\top x}{b^\top x}\right)", "(a'*x)/(b'*x)"),
    (r"\alpha x^\top x", "α*x'*x"),
]
SHAPES = {
    "x": ["n"], "a": ["n"], "b": ["n"], "w": ["n"], "t": [], "A": ["n", "n"], "B": ["n", "n"],
    "X": ["n", "n"], "W": ["m", "n"], "α": [],
}  # fmt: skip
REFUSED = [
    (r"\input{secrets}", "input"),
    (r"\def\x{y}\x", "def"),
    (r"\foo{x}", "foo"),
    (r"\frac{1}{x", "closed"),
    (r"x^\top A x \end{bmatrix}", "bmatrix"),
    (r"\sum_i", ""),
    (r"\left( x", ""),
]


@pytest.mark.parametrize(("typed", "meant"), SAME)
def test_latex_means_the_text(typed: str, meant: str) -> None:
    names = {name: shape for name, shape in SHAPES.items()}
    found = understand(typed, names, {})
    truth = understand(meant, names, {})
    assert found.expr.shape == truth.expr.shape
    assert lower(found.expr) is lower(truth.expr)


@pytest.mark.parametrize(("typed", "named"), REFUSED)
def test_what_is_not_understood_is_refused_in_its_place(typed: str, named: str) -> None:
    with pytest.raises(ProblemError) as caught:
        chainrule.derive(typed)
    problem = caught.value
    assert problem.kind in ("syntax", "name")
    assert named in problem.message + (problem.hint or "")
    assert problem.start is not None and 0 <= problem.start <= len(typed)


@pytest.mark.parametrize(
    "typed", ["\\frac{" * 5000, "\\left(" * 3000 + "x", "{" * 20_000, "\\x" * 9000]
)
def test_large_inputs_end(typed: str) -> None:
    with pytest.raises(ProblemError):
        chainrule.derive(typed)


@settings(max_examples=200, print_blob=True)
@given(expressions())
def test_what_is_printed_reads_back(expr: Expr) -> None:
    """Or is refused: the printed forms of some functions are no LaTeX that people type."""
    try:
        again = understand(latex(expr), LET, {}, latex=True).expr
    except ProblemError:
        return
    is_open = not sizes_for([again]).keys() <= SIZES.keys()  # LaTeX writes 𝟏 without its size
    if (again.shape, again.is_row) == (expr.shape, expr.is_row) and not is_open:
        assert_same_value(expr, again, latex(expr))


def test_a_letter_is_a_power_only_where_it_is_declared() -> None:
    assert understand(r"\sin(t)^T", {"t": [], "T": []}, {}).expr is not None
    transposed = understand(r"\mathbf{x}^T \mathbf{x}", {"x": ["n"]}, {}).expr
    assert lower(transposed) is lower(understand("x'*x", {"x": ["n"]}, {}).expr)


def test_every_face_reads_latex() -> None:
    from chainrule.checking import check_answer

    assert str(chainrule.derive(r"x^\top A x", wrt="x")) == "(A + A')*x"
    assert check_answer("x'*A*x", r"(A + A^\top) x", "x")
