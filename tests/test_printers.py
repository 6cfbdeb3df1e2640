"""Printing: what is printed reads back, needs few parentheses, and never explodes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from operator import mul
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.errors import ProblemError
from chainrule.expr import build
from chainrule.expr.call import call, signatures_for
from chainrule.expr.node import Expr, Kind
from chainrule.expr.rewrite import replace
from chainrule.ops import OPS
from chainrule.parse.understand import Understood, understand
from chainrule.printers.latex import latex, symbol
from chainrule.printers.sharing import share
from chainrule.printers.text import text
from chainrule.printers.unicode import unicode
from chainrule.referee.arithmetic import FLOAT
from chainrule.referee.evaluate import evaluate
from chainrule.shapes import Dim, shape_of
from corpus import RECORDS, Record, error

PRINTERS: list[Callable[[Expr], str]] = [text, unicode, latex]
LET = {"a": [], "b": [], "x": ["n"], "y": ["n"], "z": ["m"], "A": ["m", "n"], "X": ["n", "n"]}
SIZES = {"m": 3, "n": 4}
SHAPES = {name: shape_of(*shape) for name, shape in LET.items()}

# The macros and environments a formula may use; KaTeX and LaTeX with amsmath know them all.
MACROS = set(
    re.findall(
        r"\S+",
        r"""
        frac sqrt top odot oslash otimes cdot times partial left right lVert rVert begin end
        sum mathrm mathbf operatorname text quad acute ddot , \ _ exp log det sin cos tan arcsin
        arccos arctan sinh cosh tanh max min ge ln sigma pi alpha beta
        """,
    )
)


def value(expr: Expr, point: dict[Any, Any], sizes: dict[str, int]) -> np.ndarray:
    return np.array(evaluate(expr, FLOAT, point, sizes), dtype=float)


def reread(printed: str, found: Understood) -> Expr:
    """What `printed` means with the variables of `found`."""
    let = {
        name: [d.integer if d.integer is not None else str(d) for d in v.shape]
        for name, v in found.variables.items()
    }
    used = {name: v for name, v in found.variables.items() if name in found.expr.variables}
    assume = {name: sorted(v.data[1]) for name, v in used.items() if v.data[1]}
    return understand(printed, let, assume).expr


SOURCES = [pytest.param(r, r.expr, id=r.id) for r in RECORDS]
SOURCES += [pytest.param(r, r.closed, id=f"{r.id}-closed") for r in RECORDS if r.closed]


@pytest.mark.parametrize(("record", "source"), SOURCES)
def test_text_reads_back(record: Record, source: str) -> None:
    try:
        found = understand(source, record.let, record.assume)
    except ProblemError as problem:
        assert problem.kind in ("name", "unsupported")  # a function chainrule does not know
        return
    again = reread(text(found.expr), found)
    assert text(again) == text(found.expr)
    if again is not found.expr:
        point = {name: array.tolist() for name, array in record.point.items()}
        before, after = (value(e, point, record.sizes) for e in (found.expr, again))
        assert error(after, before) < 1e-12


# -- random expressions


@st.composite
def expressions(draw: st.DrawFn, steps: int = 16) -> Expr:
    """A few parts, combined over and over, mostly the last one; what does not fit is left out."""
    parts = [build.variable(name, shape) for name, shape in SHAPES.items()]
    parts += [build.number(v) for v in ("0", "1", "2", "1/2", "0.044715")]
    parts += [build.size(Dim.of("n")), build.size(Dim.of("n") + Dim.of(1))]
    last = draw(st.sampled_from(parts))
    for _ in range(draw(st.integers(4, steps))):
        a, b = last, draw(st.sampled_from([last, *parts]))
        if draw(st.booleans()):
            a, b = b, a
        fitting = []
        for combine in draw(st.lists(st.sampled_from(COMBINE), min_size=4, max_size=4)):
            try:
                fitting.append(combine(a, b))
            except ProblemError:
                continue
        if fitting:
            last = fitting[0]
            parts.append(last)
    return last


def _raise(a: Expr, b: Expr) -> Expr:
    return build.power(a, b if b.kind is Kind.NUMBER else build.number(2))


def _matrix_power(a: Expr, b: Expr) -> Expr:
    if not a.is_matrix:
        raise ProblemError("shape", "not a matrix")
    return call("matpow", a, parameter=3)


COMBINE: list[Callable[[Expr, Expr], Expr]] = [
    build.add,
    build.subtract,
    build.multiply,
    build.multiply,
    build.hadamard,
    build.hadamard,
    build.divide,
    _raise,
    _matrix_power,
    lambda a, b: build.power(a, build.number("-1/2")),
    lambda a, b: build.power(a, build.number(-1)),
    lambda a, b: build.negate(a),
    lambda a, b: build.transpose(a),
    lambda a, b: call("tanh", a),
    lambda a, b: call("sum", a),
    lambda a, b: call("sum", a, parameter=1),
    lambda a, b: call("diag", a),
    lambda a, b: call("max", a, b),
    lambda a, b: call("where", call("gt", a, b), a, b),
    lambda a, b: build.multiply(call("ge", a, b), a),
    lambda a, b: build.index(a, *(1 for _ in a.shape)) if a.shape else a,
    lambda a, b: build.vector_literal(a, b),
    lambda a, b: call("vector", a, sizes=(Dim.of("n"),)),
]


@settings(max_examples=400, print_blob=True)
@given(expressions())
def test_random_text_reads_back(expr: Expr) -> None:
    printed = text(expr)
    try:
        again = understand(printed, LET).expr
    except ProblemError as problem:
        assert problem.kind == "domain", printed
        return  # a constant without a value, such as 1/0
    assert (again.shape, again.is_row) == (expr.shape, expr.is_row), printed
    assert_same_value(expr, again, printed)


def assert_same_value(expr: Expr, again: Expr, printed: str) -> None:
    """At one random point, if the expression has a value there."""
    source = Random(7)
    point = {name: _numbers(source, shape) for name, shape in SHAPES.items()}
    with np.errstate(all="ignore"):
        try:
            before = value(expr, point, SIZES)
        except (ArithmeticError, ValueError):
            return  # outside the domain, such as 1/0: there is no value to compare
        if np.iscomplexobj(before) or not np.isfinite(before).all():
            return
        after = value(again, point, SIZES)
    scale = max(1.0, float(np.max(np.abs(before), initial=0)))
    assert np.max(np.abs(after - before), initial=0) <= 1e-9 * scale, printed


def _numbers(source: Random, shape: Any) -> Any:
    if not shape:
        return source.uniform(0.5, 1.5)
    return [_numbers(source, shape[1:]) for _ in range(shape[0].value(SIZES))]


@settings(max_examples=200, print_blob=True)
@given(expressions())
def test_random_formulas_are_sound(expr: Expr) -> None:
    assert_sound_latex(latex(expr))
    printed = unicode(expr)
    assert printed.count("(") == printed.count(")")
    assert "*" not in printed and "-" not in printed


def assert_sound_latex(formula: str) -> None:
    """Known macros alone, and every brace, bracket and environment closed in order."""
    assert set(re.findall(r"\\([a-zA-Z]+|.)", formula)) <= MACROS, formula
    waiting = []
    for token in re.findall(r"\\_|\\left|\\right|\\begin|\\end|[{}]", formula):
        if token in ("{", r"\left", r"\begin"):
            waiting.append(token)
        elif token in ("}", r"\right", r"\end"):
            assert waiting.pop() == {"}": "{", r"\right": r"\left", r"\end": r"\begin"}[token]
    assert not waiting, formula
    assert not re.search(r"\^\{[^{}]*\}\^|_\{[^{}]*\}_", formula), formula  # double scripts


# -- what people would write

PLAIN = """
a*(b + c)
A'*B
(A*B)'
x.^2
(X*w).^2
exp(-y.*(X*w))
-X'*(y.*s)
2*A'*(A*x - b)
-x^2
(-x)^2
x^(1/2 + y)
-(x + y)
x - (y - z)
x/(y*z)
x*y/z
A*(x.*y)
(A*x).*y
2*x.*y
X^3
(X^2)'
(A'*A)^3
inv(A)'
(x.*y)'*z
x*y'
1./x
x./(y.*z)
sqrt(x^2 + 1)
where(x > 0, 1, 0)
where(x >= y, x, 2*y)
(x > 0).*y
sum(X, 0)
[x, 2*y, 1]
X[1,:]
(A*x)[2]
kron(A, B)
matrix(0, 2, 3)
eye(3)
1/x^2
0.044715*x^3
pi*x
"""
UNKNOWN_SHAPES = {"x.^2": ["n"], "1./x": ["n"], "2*x.*y": ["n"], "(x > 0).*y": ["n"]}


@pytest.mark.parametrize("source", PLAIN.split("\n")[1:-1])
def test_text_has_the_parentheses_people_write(source: str) -> None:
    let = {"x": ["n"]} if source in UNKNOWN_SHAPES else {}
    assert text(understand(source, let).expr) == source


FAMILIES = {
    "chapter": "log(sin(x^3)^2); 6*x^2*cos(x^3)/sin(x^3); cos(x + x^2)*(1 + 2*x); x_1*x1 - α/β",
    "products": "2*A'*(A*x - b); -X'*(y.*s); (X*w).^2; c'*A*d*f; 2*t*A*x; (p.*q)*(r.*s)'",
    "quotients": "a/b; a*b/(c*d); x/norm2(x); 1./(1 + exp(-A*x)); -a/b; 1/sqrt(2*pi); (a/b)^2",
    "numbers": "0.5*a; 0.044715*a; 1e300*a; 1e-300*a; 2*3*a; a^(1/3); (1/3)^a; 123456789*a",
    "powers": "x.^2; x.^(1/3); a^-2; a^b; (a + b)^(2*c); X^3; X^-2; (X^2)'; sqrt(a*b); sqrt(a)",
    "inverses": "inv(A'*A)*A'*b; inv(A)'; pinv(A)'; inv(inv(A)); logdet(A); det(A)^2; adj(A)",
    "norms": "norm2(A*x - b)^2; norm1(x); abs(a)*a; norm2(a/b)",
    "choices": "where(x > 0, 1, 0); where(x >= y, x, 2*y); max(0, a); (x == y).*x; 1 - (a > b)",
    "constants": "A*vector(1); vector(2) + A*x; matrix(0,2,3); matrix(1,2,3); eye(3); tri(3)",
    "structure": "kron(A, B + C); kron(A, B)*C; [a, 2*b, 1]; (A*x)[2]; W1[1,:]; x[1]; sum(X,0)",
    "functions": "sigmoid(x); softmax(x); logsumexp(A*x); sum(exp(x)); tr(A*B); diag(x); vec(A)",
}


@pytest.mark.parametrize("printer", PRINTERS, ids=lambda printer: printer.__name__)
def test_golden(printer: Callable[[Expr], str], golden: Callable[[str, str], None]) -> None:
    lines = []
    for family, sources in FAMILIES.items():
        lines.append(f"# {family}")
        for source in sources.split("; "):
            expr = understand(source, {"x": ["n"]} if "x." in source else {}).expr
            lines.append(f"{source}  =>  {printer(expr)}")
    golden(f"{printer.__name__}.txt", "\n".join(lines) + "\n")


@pytest.mark.parametrize("name", sorted(OPS))
def test_every_function_prints(name: str) -> None:
    op = OPS[name]
    parameter: Any = {
        "matpow": 3,
        "einsum": "ij,jk->ik",
        "function": "g'",
        "named_power": Dim.of("k"),
        "dmatpow": Dim.of("k"),
        "d2matpow": Dim.of("k"),
        "d3matpow": Dim.of("k"),
    }.get(name)
    signature: tuple[tuple[str, ...], ...] = ((),) * op.arity
    if op.signatures:
        signature = signatures_for(op, parameter)[0].inputs
    shapes = [[reduce(mul, map(Dim.of, d.split("*"))) for d in s] for s in signature]
    args = [build.variable(f"v{k}", tuple(s)) for k, s in enumerate(shapes)]
    expr = call(name, *args, parameter=parameter, sizes=tuple(map(Dim.of, op.sizes)))
    found = Understood(expr, {v.data[0]: v for v in args}, frozenset(), ())
    if name != "named_power":  # written as what matpow writes
        assert reread(text(expr), found) is expr
    assert_sound_latex(latex(expr))
    assert all(f"v{chr(0x2080 + k)}" in unicode(expr) for k in range(len(args)))


def test_derivative_symbols() -> None:
    partial = build.derivative("u2", "u1", False, ())
    total = build.derivative("u2", "x", True, ())
    product = build.multiply(partial, total)
    assert text(product) == "d(u2)/d(u1)*d(u2)/d(x)"
    assert unicode(product) == "∂u₂/∂u₁·du₂/dx"
    assert latex(product) == (
        r"\frac{\partial u_{2}}{\partial u_{1}} \frac{\mathrm{d} u_{2}}{\mathrm{d} x}"
    )
    assert unicode(build.power(partial, build.number(2))) == "(∂u₂/∂u₁)²"


@given(st.fractions())
def test_numbers_read_back(number: Fraction) -> None:
    printed = text(build.number(number))
    assert Fraction(evaluate(understand(printed).expr, FLOAT, {}, {})) == pytest.approx(
        Fraction(float(number))
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x", "x"),
        ("u12", "u_{12}"),
        ("W_ih", r"W_{\mathrm{ih}}"),
        ("x_1", "x_{1}"),
        ("alpha1", r"\alpha_{1}"),
        ("Σ", r"\Sigma"),
        ("loss", r"\mathrm{loss}"),
        ("a_b_c", r"a_{\mathrm{b\_c}}"),
        ("_", r"\mathrm{\_}"),
        ("dX", r"\mathrm{d} X"),
        ("ά", r"\mathrm{\acute{\alpha }}"),
    ],
)
def test_latex_names(name: str, shown: str) -> None:
    assert symbol(name) == shown


# -- sharing


def chain(length: int) -> Expr:
    expr = build.variable("x")
    for _ in range(length):
        expr = call("sin", expr)
    return expr


def diamonds(length: int, expr: Expr) -> Expr:
    """2^length paths in few nodes."""
    for _ in range(length):
        expr = build.add(expr, call("tanh", expr))
    return expr


X = build.variable("x")
V = build.variable("v", shape_of("n"))
HARD = {
    "chain": chain(10_000),
    "diamonds": diamonds(40, X),
    "deep diamonds": diamonds(2_000, V),
    "rows": diamonds(40, build.transpose(V)),
    "constants": diamonds(40, build.number(2)),
}


@pytest.mark.parametrize("printer", PRINTERS, ids=lambda printer: printer.__name__)
@pytest.mark.parametrize("expr", HARD.values(), ids=list(HARD))
def test_size_is_linear_in_the_nodes(expr: Expr, printer: Callable[[Expr], str]) -> None:
    nodes = {expr}
    stack = [expr]
    while stack:
        for arg in stack.pop().args:
            if arg not in nodes:
                nodes.add(arg)
                stack.append(arg)
    printed = printer(expr)
    assert len(printed) < 200 + 100 * len(nodes)
    assert not any(unicodedata.category(c).startswith("C") for c in printed)


def unshared(main: Expr, where: list[tuple[str, Expr]]) -> Expr:
    """The definitions put back."""
    known: dict[Expr, Expr] = {}
    for name, part in where:
        known[build.variable(name, part.shape)] = replace(part, known)
    return replace(main, known)


@settings(max_examples=200, print_blob=True)
@given(expressions(30), st.integers(0, 60), st.integers(2, 6))
def test_sharing_changes_nothing(expr: Expr, limit: int, depth: int) -> None:
    main, where = share(expr, limit, depth)
    back = unshared(main, where)
    if not any(part.kind is Kind.TRANSPOSE and part.is_vector for _, part in where):
        assert text(back) == text(expr)
    assert (back.shape, back.is_row) == (expr.shape, expr.is_row)
    known = set(expr.variables)
    for name, part in where:
        assert name not in known and part.variables <= known
        known.add(name)
    assert main.variables <= known


def test_short_things_are_not_shared() -> None:
    expr = understand("X'*(X*w - y) + X'*(X*w - y)").expr
    assert share(expr) == (expr, [])


def test_names_in_use_are_avoided() -> None:
    t1 = build.variable("t1")
    part = call("sin", build.add(t1, build.number(12345678)))
    main, where = share(build.add(part, build.multiply(part, part)), limit=10)
    assert [name for name, _ in where] == ["t2"]
    assert text(main) == "t2 + t2*t2"
    assert unshared(main, where) is build.add(part, build.multiply(part, part))


def test_very_large_text_still_reads_back() -> None:
    expr = diamonds(30, X)
    again = understand(text(expr), {"x": []}).expr
    before, after = (value(e, {"x": 0.3}, {}) for e in (expr, again))
    assert after == pytest.approx(before, rel=1e-12)


def test_the_deepest_chain_reads_back_in_pieces() -> None:
    main, where = share(chain(1_000))
    assert len(where) > 30
    assert unshared(main, where) is chain(1_000)
