"""The scanner and the grammar: what a text says, where it says it, and what is refused.

Python's own parser is the judge of precedence where the two languages agree.
"""

from __future__ import annotations

import ast
import string
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.errors import ProblemError, marked
from chainrule.parse.grammar import DEPTH_LIMIT, Tree, read
from chainrule.parse.scan import TEXT_LIMIT, scan
from chainrule.parse.understand import understand

ALPHABET = (
    string.ascii_letters
    + string.digits
    + "αβλσμ +-*/^'.()[],;:=<>!|_\"\n²⁻¹ᵀ⊙⊗‖₂−≥√∂{\\\x00\u200b\u202eА"
)


def shape_of_tree(tree: Tree) -> object:
    """The tree without its places, as nested tuples."""
    done: dict[int, object] = {}
    stack = [tree]
    while stack:
        node = stack[-1]
        waiting = [arg for arg in node.args if id(arg) not in done]
        stack.extend(waiting)
        if not waiting:
            stack.pop()
            value = shape_of_subscripts(node.value) if node.kind == "index" else node.value
            if node.kind == "vector":
                value = None
            done[id(node)] = (node.kind, value, *(done[id(arg)] for arg in node.args))
    return done[id(tree)]


def shape_of_subscripts(places: object) -> object:
    """Subscripts without their places in the text."""
    if isinstance(places, tuple):
        return tuple(map(shape_of_subscripts, places))
    return shape_of_tree(places) if isinstance(places, Tree) else places


def tree_of(text: str) -> object:
    return shape_of_tree(read(text).output)


def refused(text: str, **declared: object) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        understand(text, **declared)  # type: ignore[arg-type]
    return caught.value


# -- precedence


SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^"}


def python_tree(node: ast.AST) -> object:
    match node:
        case ast.Expression(body=body):
            return python_tree(body)
        case ast.BinOp(left=left, op=op, right=right):
            return ("binary", SIGNS[type(op)], python_tree(left), python_tree(right))
        case ast.UnaryOp(operand=operand):
            return ("unary", "-", python_tree(operand))
        case ast.Name(id=name):
            return ("name", name)
        case ast.Constant(value=value):
            return ("number", Fraction(value))
    raise AssertionError(ast.dump(node))


infix = st.recursive(
    st.sampled_from(["x", "y", "Ab", "2", "3", "10"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map("".join),
        st.tuples(st.just("("), inner, st.just(")")).map("".join),
        st.just("-").flatmap(lambda sign: inner.map(lambda text: sign + text)),
        # A tower a^b^c is refused, so both sides stand in brackets or alone.
        st.tuples(st.sampled_from(["x", "(x-y)", "3"]), inner).map(lambda p: f"{p[0]}^({p[1]})"),
        st.sampled_from(["x^2", "x^-1", "-x^2", "2^-y"]),
    ),
    max_leaves=12,
)


@given(infix)
def test_precedence_is_that_of_python(text: str) -> None:
    expected = python_tree(ast.parse(text.replace("^", "**"), mode="eval"))
    assert tree_of(text) == expected


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("A'*B.*C", "((A')*B).*C"),
        ("a.*b*c./d", "((a.*b)*c)./d"),
        ("A@B⊗C*D", "((A*B)⊗C)*D"),
        ("-x'", "-(x')"),
        ("-x.^2", "-(x.^2)"),
        ("x.^2'", "(x.^2)'"),
        ("2^-x", "2^(-x)"),
        ("2*-x", "2*(-x)"),
        ("--x", "-(-x)"),
        ("+x", "x"),
        ("a+b>c*d", "(a+b)>(c*d)"),
        ("A'[1,2]", "(A')[1,2]"),
        ("x[1]'^2", "((x[1])')^2"),
        ("||x||^2", "norm2(x)^2"),
        ("||x - ||y||*z||", "norm2(x - norm2(y)*z)"),
    ],
)
def test_precedence_where_python_has_no_say(text: str, meaning: str) -> None:
    assert tree_of(text) == tree_of(meaning)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("x⊙y⊘z", "x.*y./z"),
        ("a·b×c−d", "a*b*c-d"),
        ("Aᵀ*x⊤", "A'*x'"),
        ("A.T*x.T", "A'*x'"),
        ("X⁻¹", "X^-1"),
        ("X⁻ᵀ", "(X^-1)'"),
        ("x² + y¹⁰", "x^2 + y^10"),
        ("x**2", "x^2"),
        ("a≥b", "a>=b"),
        ("a≤b", "a<=b"),
        ("a≠b", "a!=b"),
        ("‖x‖", "norm2(x)"),
        ("‖x‖₂", "norm2(x)"),
        ("||x||_2", "norm2(x)"),
        ("u₁ + x₁₀", "u1 + x10"),
        ("µ + ϵ", "μ + ε"),  # the micro sign and the other epsilon
        ("2.*x", "2 .* x"),
        ("2./x", "2 ./ x"),
        ("2.^x", "2 .^ x"),
        ("1.5.*x", "1.5 .* x"),
        ("  x\t+\n y ", "x+y"),
    ],
)
def test_what_people_type_is_read_as_what_they_mean(typed: str, plain: str) -> None:
    if "\n" in typed:
        typed = f"({typed})"
    assert tree_of(typed) == tree_of(plain)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", Fraction(1, 10)),
        (".5", Fraction(1, 2)),
        ("1e-3", Fraction(1, 1000)),
        ("2.5E+2", Fraction(250)),
        ("1" * 64, Fraction(int("1" * 64))),
        ("1e300", Fraction(10) ** 300),
    ],
)
def test_numbers_are_exact(text: str, value: Fraction) -> None:
    assert tree_of(text) == ("number", value)


# -- statements


def test_definitions_are_substituted() -> None:
    let = {"w": ["n"], "x": ["n"]}
    plain = understand("sum((w.*x).^2 + w.*x)", let)
    for text in ("u = w.*x; sum(u.^2 + u)", "u = w.*x\nsum(u.^2 + u);", "u=w.*x;v=u.^2;sum(v+u)"):
        assert understand(text, let).expr is plain.expr
    assert [name for name, _ in understand("u = w.*x; sum(u)", let).definitions] == ["u"]


def test_the_last_definition_is_the_output() -> None:
    found = understand("u = x^2; y = sin(u)")
    assert found.expr is understand("sin(x^2)").expr


def test_a_definition_is_one_operand() -> None:
    """`u*v` keeps u whole, as a reader sees it."""
    let = {"A": ["m", "n"], "B": ["n", "p"], "x": ["p"]}
    assert len(understand("u = A*B; u*x", let).expr.args) == 2
    assert len(understand("A*B*x", let).expr.args) == 3


# -- places


@given(infix)
def test_a_place_holds_the_text_of_its_tree(text: str) -> None:
    stack = [read(text).output]
    while stack:
        tree = stack.pop()
        stack.extend(tree.args)
        assert tree_of(text[tree.start : tree.end]) == shape_of_tree(tree)


def test_tokens_hold_their_text() -> None:
    text = "u₁ = A'*x.^2 + 1.5e-3;  sum(u₁ ⊙ ‖x‖)"
    end = 0
    for token in scan(text):
        assert text[end : token.start].strip() == ""
        end = token.end
    assert end == len(text)


# -- what is refused, and where


@pytest.mark.parametrize(
    ("text", "kind", "marked_text", "hint"),
    [
        ("", "syntax", "", "type"),
        ("   ", "syntax", " ", "type"),
        ("sin(x", "syntax", "sin", None),
        ("2*((x+1)", "syntax", "(", None),
        ("[1, 2", "syntax", "[", None),
        ("x)", "syntax", ")", None),
        ("x, y", "syntax", ",", None),
        ("(x]", "syntax", "]", None),
        ("a' b", "syntax", "a' b", "a'*b"),
        ("2 x", "syntax", "2 x", "2*x"),
        ("2x", "syntax", "2x", "2*x"),
        ("sin x", "syntax", "sin x", "sin(x)"),
        ("[a b]", "syntax", "a b", "a, b"),
        ("2^3^2", "syntax", "^", "(a^b)^c"),
        ("2^-3^2", "syntax", "^", "(a^b)^c"),
        ("x.^2.^3", "syntax", ".^", "(a^b)^c"),
        ("x^2²", "syntax", "²", "(a^b)^c"),
        (".²", "syntax", ".", None),
        ("1e²", "syntax", "1e", "1*e"),
        ("a<b<c", "syntax", "<", "where"),
        ("x + = 2", "syntax", "=", None),
        ("f = ", "syntax", "", None),
        ("x;y", "syntax", "x", "name it"),
        ("x + y = 2", "syntax", "=", "=="),
        ("sum(X, 2)", "syntax", "2", "rows"),
        ("[]", "syntax", "[]", None),
        ('"abc"', "syntax", '"abc"', None),
        ("xА", "syntax", "А", "letters"),  # Cyrillic
        ("Α*x", "syntax", "Α", "Latin A"),  # Greek capital alpha
        ("x＋y", "syntax", "＋", "letters"),  # fullwidth
        ("x\u202ey", "syntax", "\u202e", "letters"),
        ("x\u200b", "syntax", "\u200b", "letters"),
        ("|x|", "syntax", "|", "abs(x)"),
        ("√x", "syntax", "√", "sqrt(x)"),
        ("x!", "syntax", "!", "factorial"),
        ("logdt(X)", "name", "logdt(X)", "logdet"),
        ("x(1)", "name", "x(1)", "x[1]"),
        ("u = x; u = 2; u", "name", "u", None),
        ("u = u + 1; u", "name", "u", None),
        ("y = x; x = 2; x + y", "name", "x", None),
        ("exp + 1", "name", "exp", "exp(...)"),
        ("x[a/2]", "syntax", "a/2", None),
        ("x[-1]", "shape", "x[-1]", None),
        ("x[3:2]", "shape", "x[3:2]", None),
        ("x[1:2:3]", "syntax", ":", "first"),
        ("[1, 2; 3]", "syntax", "[1, 2; 3]", "row"),
        ("[A, B; C]", "syntax", "[A, B; C]", "row"),
        ("max(x, y, z)", "syntax", "max(x, y, z)", None),
        ("function(x)", "syntax", "function(x)", None),
        ("g(x, y)", "unsupported", "g(x, y)", "element"),
        ("matpow(X)", "syntax", "matpow(X)", None),
        ("eye(n/2)", "syntax", "n/2", None),
        ("eye(1.5)", "syntax", "1.5", None),
        ("1e301", "limit", "1e301", None),
        ("1" * 65, "limit", "1" * 65, None),
        ("x" * 300, "limit", "x" * 300, None),
        ("x" + "²" * 100, "limit", "²" * 100, None),
        ("X^1001", "limit", "X^1001", None),
    ],
)
def test_a_refusal_says_what_and_where(
    text: str, kind: str, marked_text: str, hint: str | None
) -> None:
    error = refused(text)
    assert error.kind == kind
    assert error.start is not None and error.end is not None
    assert text[error.start : error.end] == marked_text
    assert hint is None or hint in (error.hint or "")
    assert marked(error, text).count("^") >= max(1, len(marked_text[:60]) - 3)


@pytest.mark.parametrize("character", ["А", "\u200b", "\u202e", "\x00", "＋", "ａ", "\ufeff"])
def test_a_strange_character_is_named_by_its_code(character: str) -> None:
    assert f"U+{ord(character):04X}" in refused(f"x + {character}").message


@settings(max_examples=400)
@given(st.text(ALPHABET, max_size=30))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        understand(text)
    except ProblemError as error:
        assert error.start is not None and error.end is not None
        assert 0 <= error.start <= error.end <= len(text) + 1
        assert error.message


# -- size


@pytest.mark.parametrize(
    "text",
    [
        "x" + "'" * 10_000,
        "-" * 10_000 + "x",
        "(" * 8_000 + "x" + ")" * 8_000,
        "[" * 16_000,
        "||" * 8_000,
        "+".join(["x"] * 8_000),
        ".*".join(["x"] * 5_000),
        "/".join(["x"] * 8_000),
        "+".join(["exp(x)"] * 2_300),
        "+".join(["vector(1)"] * 1_600),
        "x" + "[1]" * 5_000,
        "eye(" + "*".join(["n"] * 8_000) + ")",
        "u0 = x" + "".join(f";u{i + 1}=u{i}.*u{i}" for i in range(900)),
        "x^" * 8_000 + "x",
        "+".join(f"a{i}" for i in range(2_000)),
        "sum(" + "+".join(f"a{i}.*b{i}" for i in range(700)) + ")",
        "A*x+" * 4_000 + "x^2",
        "(10^9)^(10^9)^" + "x" * 9,
    ],
    ids=lambda text: text[:12],
)
def test_large_input_ends_soon(text: str) -> None:
    """Linear work, no recursion: an answer or a refusal in seconds, whatever the text."""
    assert len(text) <= TEXT_LIMIT
    start = time.process_time()
    try:
        understand(text)
    except ProblemError as error:
        assert error.kind in ("limit", "syntax", "shape")
    assert time.process_time() - start < 10  # they take one or two


def test_text_has_a_limit() -> None:
    assert refused("x" + " " * TEXT_LIMIT).kind == "limit"


def test_nesting_has_a_limit() -> None:
    deep = DEPTH_LIMIT - 1
    understand("sin(" * deep + "x" + ")" * deep)
    assert refused("(" * (DEPTH_LIMIT + 1) + "x" + ")" * (DEPTH_LIMIT + 1)).kind == "limit"


def test_powers_are_not_computed() -> None:
    """10^(10^9) is legal; nobody works it out."""
    assert understand("10^(10^9) + x^(10^9)").expr.is_scalar
