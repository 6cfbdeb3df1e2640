"""A few expressions in our syntax and, translated by hand, as SymPy matrix expressions."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Determinant, MatrixSymbol, OneMatrix, Trace
from sympy.core.cache import clear_cache

VECTOR, SQUARE = ["n"], ["n", "n"]
LET: dict[str, list[str]] = {
    "x": VECTOR, "a": VECTOR, "w": VECTOR, "b": ["m"], "y": ["m"],
    "A": SQUARE, "B": SQUARE, "C": SQUARE, "X": SQUARE, "R": ["m", "n"],
}  # fmt: skip

# text, the variable
TEXTS = (
    ("a'*x", "x"),
    ("x'*A*x", "x"),
    ("(R*x - b)'*(R*x - b)", "x"),
    ("x'*A'*B*x", "x"),
    ("exp(x'*A*x)", "x"),
    ("sqrt(x'*x)", "x"),
    ("a'*inv(X)*w", "X"),
    ("tr(A*X*B)", "X"),
    ("tr(A*X*B*X'*C)", "X"),
    ("tr(X'*X)", "X"),
    ("tr(X*X*X)", "X"),
    ("tr(inv(X)*A)", "X"),
    ("det(X)", "X"),
    ("log(det(X))", "X"),
    ("tr(A)/tr(B*A)", "A"),
    ("sum(exp(R*x))", "x"),
    ("sin(R*x)", "x"),
)
PAIRS = [(text, wrt, {name: LET[name] for name in LET if name in text}) for text, wrt in TEXTS]


def _expression(text: str) -> tuple[Any, dict[str, Any]]:
    n, m = sympy.symbols("n m", integer=True, positive=True)
    size = {"n": n, "m": m}
    s = {
        name: MatrixSymbol(name, *[size[dim] for dim in shape], *[1] * (2 - len(shape)))
        for name, shape in LET.items()
    }
    x, a, w, b = (s[name] for name in "xawb")
    A, B, C, X, R = (s[name] for name in "ABCXR")
    forms = {
        "a'*x": lambda: a.T * x,
        "x'*A*x": lambda: x.T * A * x,
        "(R*x - b)'*(R*x - b)": lambda: (R * x - b).T * (R * x - b),
        "x'*A'*B*x": lambda: x.T * A.T * B * x,
        "exp(x'*A*x)": lambda: sympy.exp((x.T * A * x)[0, 0]),
        "sqrt(x'*x)": lambda: sympy.sqrt((x.T * x)[0, 0]),
        "a'*inv(X)*w": lambda: a.T * X.I * w,
        "tr(A*X*B)": lambda: Trace(A * X * B),
        "tr(A*X*B*X'*C)": lambda: Trace(A * X * B * X.T * C),
        "tr(X'*X)": lambda: Trace(X.T * X),
        "tr(X*X*X)": lambda: Trace(X * X * X),
        "tr(inv(X)*A)": lambda: Trace(X.I * A),
        "det(X)": lambda: Determinant(X),
        "log(det(X))": lambda: sympy.log(Determinant(X)),
        "tr(A)/tr(B*A)": lambda: Trace(A) / Trace(B * A),
        "sum(exp(R*x))": lambda: OneMatrix(1, m) * (R * x).applyfunc(sympy.exp),
        "sin(R*x)": lambda: (R * x).applyfunc(sympy.sin),
    }
    return forms[text](), s


def sympy_derivative(text: str) -> Any:
    """SymPy's derivative of the expression, its cache empty as at a first question."""
    clear_cache()
    expression, symbols = _expression(text)
    derivative = expression.diff(symbols[dict(TEXTS)[text]])
    if derivative.has(sympy.Derivative):
        raise NotImplementedError("left unevaluated")
    return derivative
