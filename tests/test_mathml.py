"""MathML: well-formed, complete, and made for every formula the LaTeX printer can write."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

import test_printers as printing
from chainrule.errors import ProblemError
from chainrule.expr.node import Expr
from chainrule.parse.understand import understand
from chainrule.printers.latex import latex
from chainrule.printers.mathml import mathml, mathml_of
from chainrule.result import derive
from corpus import RECORDS, Record

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
CHILDREN = {"mfrac": 2, "msup": 2, "msub": 2, "munder": 2, "mover": 2, "msubsup": 3}
TAGS = {
    "math", "semantics", "annotation", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msqrt",
    "mtable", "mtr", "mtd", *CHILDREN,
}  # fmt: skip


def assert_sound(formula: str) -> None:
    """One tree of known elements, with as many children as they need and every number."""
    root = ElementTree.fromstring(mathml_of(formula))
    for element in root.iter():
        tag = element.tag.removeprefix(NAMESPACE)
        assert tag in TAGS, tag
        assert len(element) == CHILDREN.get(tag, len(element)), formula
        if tag != "annotation":
            assert "\\" not in (element.text or ""), formula
    texts = [e.text or "" for e in root.iter(NAMESPACE + "mn")]
    plain = formula.replace(r"\mathbf{0}", "𝟎").replace(r"\mathbf{1}", "𝟏")
    plain = re.sub(r"\\(mathrm|operatorname|text)\{[^}]*\}", "", plain)
    assert texts == re.findall(r"\d+(?:\.\d+)?|[𝟎𝟏]", plain), formula
    (annotation,) = root.iter(NAMESPACE + "annotation")
    assert annotation.text == formula


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.id)
def test_the_corpus(record: Record) -> None:
    try:
        assert_sound(latex(understand(record.expr, record.let, record.assume).expr))
    except ProblemError as problem:
        assert problem.kind in ("name", "unsupported")


@settings(max_examples=200, print_blob=True)
@given(printing.expressions())
def test_random_formulas(expr: Expr) -> None:
    assert_sound(latex(expr))


@pytest.mark.parametrize(
    ("source", "inside"),
    [
        ("x^2", "<msup><mi>x</mi><mn>2</mn></msup>"),
        ("x_1^2", "<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>"),
        ("2*x", "<mrow><mn>2</mn><mo>&#x2062;</mo><mi>x</mi></mrow>"),
        ("-x", '<mrow><mo form="prefix">−</mo><mi>x</mi></mrow>'),
        ("g(x)", "<mi>g</mi><mo>&#x2061;</mo><mrow><mo>(</mo><mi>x</mi><mo>)</mo></mrow>"),
        ("exp(x)", "<mi>exp</mi><mo>&#x2061;</mo><mrow><mo>(</mo><mi>x</mi><mo>)</mo></mrow>"),
        ("a*(b + c)", "<mi>a</mi><mo>&#x2062;</mo><mrow><mo>(</mo><mi>b</mi>"),
        ("loss", "<mi>loss</mi>"),
        ("θ", "<mi>θ</mi>"),
    ],
)
def test_what_is_written(source: str, inside: str) -> None:
    assert inside in mathml(understand(source).expr)


def test_names_cannot_smuggle_markup() -> None:
    shown = mathml_of(r"\mathrm{<script>} < x")
    assert "<script>" not in shown and "&lt;script&gt;" in shown


def test_of_a_result() -> None:
    assert 'display="block"' in derive("x^3").mathml()
