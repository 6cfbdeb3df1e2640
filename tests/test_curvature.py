"""Certificates of curvature: classic functions, and that no certificate is ever wrong.

Soundness is tested on values alone, by the reference evaluator: along random segments of the
domain a convex function lies below its chords, near (which is its second derivative) and far.
"""

from __future__ import annotations

import math
import random
import time

import numpy as np
import pytest

from chainrule.curvature import certify, curvature
from chainrule.differentiate import jacobian
from chainrule.errors import ProblemError
from chainrule.expr.node import Expr
from chainrule.intern import postorder
from chainrule.lower import lower
from chainrule.parse.understand import Understood, understand
from chainrule.ranges import ANY, NONNEG, POSITIVE, Range, exactly, raised
from chainrule.referee.arithmetic import FLOAT, Uncertain
from chainrule.referee.evaluate import evaluate
from chainrule.signs import Signs
from chainrule.simplify import simplify
from chainrule.tensor.build import apply, number, variable
from chainrule.tensor.node import Tensor

# (expression, variable, shapes as "x: n; A: m,n", properties as "x: positive")
Case = tuple[str, str, str, str]

CONVEX: list[Case] = [
    ("norm2(A*x-b)^2", "x", "", ""),
    ("norm2(A*x-b)", "x", "", ""),
    ("norm2(x)", "x", "x:n", ""),
    ("norm2(x)^3", "x", "x:n", ""),
    ("sum(log(1+exp(-y.*(X*w))))", "w", "", ""),
    ("sum(softplus(X*w)) - y'*X*w", "w", "", ""),
    ("logsumexp(x)", "x", "x:n", ""),
    ("logsumexp(A*x+b)", "x", "", ""),
    ("log(sum(exp(x)))", "x", "x:n", ""),
    ("logsumexp(A*x) - y'*A*x", "x", "", ""),
    ("x'*A*x", "x", "", "A:spd"),
    ("x'*A*x", "x", "", "A:psd"),
    ("norm2(A*X-B)^2", "X", "", ""),
    ("tr(X'*A*X)", "X", "", "A:spd"),
    ("tr(inv(X))", "X", "", "X:spd"),
    ("b'*inv(X)*b", "X", "", "X:spd"),
    ("tr(B'*inv(X)*B)", "X", "", "X:spd"),
    ("sum(relu(1-y.*(X*w)))", "w", "", ""),
    ("sum(max(0,1-y.*(X*w))) + norm2(w)^2", "w", "", ""),
    ("norm2(A*x-b)^2 + lambda*norm1(x)", "x", "", "lambda:positive"),
    ("norm1(A*x-b)", "x", "", ""),
    ("sum(abs(x))", "x", "x:n", ""),
    ("max(x)", "x", "x:n", ""),
    ("sum(x.*log(x./y))", "x", "x:n", "y:positive"),
    ("sum(exp(X*w)) - y'*X*w", "w", "", ""),
    ("sum(x.^4)", "x", "x:n", ""),
    ("sum(x.^3)", "x", "x:n", "x:nonneg"),
    ("sum(x.^(3/2))", "x", "x:n", ""),
    ("sum(1./x)", "x", "x:n", "x:positive"),
    ("1/x", "x", "x:", "x:positive"),
    ("x^2", "x", "x:", ""),
    ("x*log(x)", "x", "x:", ""),
    ("exp(x^2)", "x", "x:", ""),
    ("sum(sqrt(x.^2+c^2))", "x", "x:n; c:", ""),
    ("sqrt(1+x'*x)", "x", "x:n", ""),
    ("sqrt(x'*x)", "x", "x:n", ""),
    ("sqrt(x'*M*x)", "x", "", "M:spd"),
    ("sqrt(1+x'*M*x)", "x", "", "M:spd"),
    ("exp(x'*A*x)", "x", "", "A:psd"),
    ("(x'*A*x)^2", "x", "", "A:psd"),
    ("norm2(A - X*Y)^2", "X", "", ""),
    ("sum(x.^3)^(1/3)", "x", "x:n", "x:positive"),
    ("sum(x.^2) - sum(x)^2/n", "x", "x:n", ""),
    ("x'*x/t", "x", "", "t:positive"),
    ("sum(log(cosh(x)))", "x", "x:n", ""),
    ("log(cosh(a*x))", "x", "a:; x:", ""),
    ("sum(logsumexp(X*W, 1))", "W", "X:m,n; W:n,k", ""),
    ("-sum(log(b - A*x))", "x", "", ""),
    ("-log(1 - x'*x)", "x", "x:n", ""),
    ("-log(x) - log(1-x)", "x", "x:", ""),
    ("norm2(a*x-b)", "x", "x:; a:n", ""),
    ("sum(max(q*(y-X*w), (q-1)*(y-X*w)))", "w", "", ""),
    ("abs(x)", "x", "x:", ""),
    ("x'*diag(d)*x", "x", "d:n", "d:nonneg"),
    ("sum((y.^2).*(x.^2))", "x", "x:n", ""),
    ("(w'*x)^2", "w", "", ""),
    ("sum(exp(A*x))", "x", "", ""),
    ("-sum(log(sigmoid(y.*(X*w))))", "w", "", ""),
    ("-logdet(X) + tr(S*X) + sum(abs(X))", "X", "", "X:spd"),
    ("nuclear(X)", "X", "", ""),
    ("norm2(X)", "X", "X:m,n", ""),
    ("2^x", "x", "x:", ""),
    ("a^x", "x", "a:; x:", ""),
    ("a^x", "x", "x:", "a:positive"),
    ("sqrt(x^2)", "x", "x:", ""),
    ("log(sum(exp(abs(x))))", "x", "x:n", ""),
    ("-sum(y.*log(softmax(x)))", "x", "x:n", "y:nonneg"),
    ("x.^2'*y", "x", "", "y:positive"),
    ("logsumexp(X)", "X", "X:m,n", ""),
    ("log(sum(exp(X)))", "X", "X:m,n", ""),
    ("log(tr(exp(A*x)*exp(A*x)'))", "x", "x:n", ""),
    ("kron(x,x)'*kron(x,x)", "x", "x:n", ""),
    ("norm2(x-a)^4", "x", "", ""),
    ("sqrt(1+norm2(A*x-b)^2)", "x", "", ""),
    ("sum(sqrt(1+(A*x-b).^2))", "x", "", ""),
    ("sqrt(1+sum((A*x).^2))", "x", "", ""),
    ("x[1]^2+x[2]^2", "x", "x:n", ""),
    ("sum(softplus(x)) + sum(relu(x)) + sum(x.*log(x))", "x", "x:n", ""),
    ("-log(det(X))", "X", "", "X:spd"),
    ("tr(X*X)", "X", "", "X:symmetric"),
    ("tr(X*A*X)", "X", "", "X:symmetric; A:psd"),
    ("tr(A*inv(X))", "X", "", "X:spd; A:psd"),
    ("a'*X^2*a", "X", "", "X:symmetric"),
    ("norm2(x)^2/2 - norm2(x)^2/4", "x", "x:n", ""),
    ("sum(abs(D*x)) + norm2(x-y)^2/2", "x", "", ""),
    ("sum(cumsum(x).^2)", "x", "x:n", ""),
    ("norm2(vec(X))^2", "X", "X:m,n", ""),
    ("tr((A*X-B)'*(A*X-B))", "X", "", ""),
    ("x'*A'*A*x - 2*b'*A*x", "x", "", ""),
    ("(y-X*w)'*S*(y-X*w)", "w", "", "S:spd"),
    ("(y-X*w)'*inv(S)*(y-X*w)", "w", "", "S:spd"),
    ("1/(1-x)", "x", "x:", "x:unit"),
    ("exp(-log(x))", "x", "x:", ""),
    ("sum(exp(x).^2)", "x", "x:n", ""),
    ("1/sqrt(x)", "x", "x:", ""),
    ("-sqrt(x)", "x", "x:", ""),
    ("x^(-2)", "x", "x:", "x:positive"),
    ("norm1(x)^2", "x", "x:n", ""),
    ("max(norm2(x),norm1(x))", "x", "x:n", ""),
    ("norm2(x)^(3/2)", "x", "x:n", ""),
    ("-sum(y.*log(sigmoid(z)) + (1 - y).*log(1 - sigmoid(z)))", "z", "", "y:unit"),
    ("z = X*w; -(y'*log(sigmoid(z)) + (1 - y)'*log(1 - sigmoid(z)))", "w", "", "y:unit"),
    ("p = 1./(1 + exp(-X*w)); -sum(y.*log(p))", "w", "", "y:unit"),
    ("tr(inv(A*diag(x)*A'))", "x", "", "x:positive"),
    ("-sum(((1 - ε)*y + ε/3).*log(softmax(z)))", "z", "z:n; y:n; ε:", "y:unit; ε:unit"),
    ("log(1+exp(x))", "x", "x:", ""),
]
CONCAVE: list[Case] = [
    ("logdet(X)", "X", "", "X:spd"),
    ("logdet(X) - tr(S*X)", "X", "", "X:spd"),
    ("min(x)", "x", "x:n", ""),
    ("-sum(x.*log(x))", "x", "x:n", ""),
    ("sum(log(x))", "x", "x:n", ""),
    ("sum(sqrt(x))", "x", "x:n", ""),
    ("exp(mean(log(x)))", "x", "x:n", ""),
    ("prod(x)^(1/3)", "x", "x:3", "x:positive"),
    ("1/sum(1./x)", "x", "x:n", "x:positive"),
    ("-abs(x)", "x", "x:", ""),
    ("logdet(A + X)", "X", "", "X:spd; A:psd"),
    ("log(det(X))", "X", "", "X:spd"),
    ("-1/2*(x-m)'*inv(S)*(x-m)", "x", "", "S:spd"),
    ("-n/2*log(s) - x'*x/(2*s)", "x", "x:n", ""),
    ("sum(tanh(x))", "x", "x:n", "x:nonneg"),
    ("sum(arctan(x))", "x", "x:n", "x:nonneg"),
    ("log(x)*3+sqrt(x)", "x", "x:", ""),
    ("sum(log(1-exp(-x)))", "x", "x:n", "x:positive"),
    ("log(x*exp(-x))", "x", "x:", "x:positive"),
    ("logdet(A*diag(x)*A')", "x", "", "x:positive"),
    ("log(sigmoid(x)*x^2)", "x", "x:", "x:positive"),
]
AFFINE: list[Case] = [
    ("x'*A*y", "x", "", ""),
    ("c'*x+3", "x", "", ""),
    ("abs(x)", "x", "x:", "x:positive"),
]
UNKNOWN: list[Case] = [
    ("x'*A*x", "x", "", ""),
    ("x'*A*x", "x", "", "A:symmetric"),
    ("tr(X'*A*X)", "X", "A:n,n; X:n,m", ""),
    ("logdet(X)", "X", "", ""),
    ("sum(sigmoid(x))", "x", "x:n", ""),
    ("norm2(A*x-b)^2 + lambda*norm1(x)", "x", "lambda:", ""),
    ("max(x) + min(x)", "x", "x:n", ""),
    ("sum(x.^3)", "x", "x:n", ""),
    ("sum(1./x)", "x", "x:n", ""),
    ("1/x", "x", "x:", ""),
    ("log(x^2)", "x", "x:", ""),
    ("1/x^2", "x", "x:", ""),
    ("x*exp(x)", "x", "x:", ""),
    ("norm2(A - X*X')^2", "X", "", ""),
    ("x'*x/t", "x", "x:n; t:", ""),
    ("sum(where(abs(x) > 1, abs(x)-1/2, x.^2/2))", "x", "x:n", ""),
    ("log(1 + x'*x)", "x", "x:n", ""),
    ("sin(x)", "x", "x:", ""),
    ("tanh(x)", "x", "x:", ""),
    ("abs(x^2-1)", "x", "x:", ""),
    ("x^x", "x", "x:", ""),
    ("norm2(x)*norm2(y)*x[1]", "x", "y:n", ""),
    ("x[1]*x[2]", "x", "x:n", ""),
    ("det(X)", "X", "", "X:spd"),
    ("tr(X*X)", "X", "X:n,n", ""),
    ("norm2(x)^2 - norm2(x)^4", "x", "x:n", ""),
    ("log(s) + 1/s", "s", "s:", ""),
    ("sum(log(x).^2)", "x", "x:n", ""),
    ("sum(erf(x))", "x", "x:n", ""),
    ("x'*x + x[1]*x[2]", "x", "x:n", ""),
    ("log(x*(x-1))", "x", "x:", ""),
    ("log(exp(x)-1)", "x", "x:", ""),
]


def declared(text: str) -> dict[str, list[str | int]]:
    """{"A": ["m", "n"]} of "A: m,n"."""
    pairs = [part.split(":") for part in text.split(";") if part.strip()]
    return {
        name.strip(): [
            int(word) if word.isdecimal() else word
            for word in (word.strip() for word in words.split(","))
            if word
        ]
        for name, words in pairs
    }


def read(case: Case) -> Understood:
    text, _, let, assume = case
    properties = {name: list(map(str, words)) for name, words in declared(assume).items()}
    return understand(text, declared(let), properties)


def hessian(expr: Expr, wrt: Expr) -> Tensor:
    x = lower(wrt)
    return simplify(jacobian(simplify(jacobian(lower(expr), x)), x))


def label(understood: Understood, wrt: str) -> str:
    expr, x = understood.expr, understood.variables[wrt]
    return certify(expr, x, hessian(expr, x))


LABELED = [
    (case, name)
    for name, cases in (
        ("convex", CONVEX),
        ("concave", CONCAVE),
        ("affine", AFFINE),
        ("unknown", UNKNOWN),
    )
    for case in cases
]


@pytest.mark.parametrize(
    ("case", "expected"), LABELED, ids=[f"{name}: {case[0]}" for case, name in LABELED]
)
def test_classic_functions(case: Case, expected: str) -> None:
    understood = read(case)
    assert label(understood, case[1]) == expected
    if expected != "unknown":
        assert_curved(understood, case[1], expected, seed=1)


@pytest.mark.parametrize("case", CONVEX[:20], ids=[case[0] for case in CONVEX[:20]])
def test_minus_a_convex_function_is_concave(case: Case) -> None:
    text, wrt, let, assume = case
    assert label(read((f"-({text})", wrt, let, assume)), wrt) == "concave"


# -- soundness


def sample(source: np.random.Generator, variable_: Expr, shape: tuple[int, ...], scale: float):
    """A value with the declared properties."""
    properties = variable_.data[1]
    value = source.standard_normal(shape) * scale
    if properties & {"spd", "psd"}:
        root = source.standard_normal((shape[0], shape[0] if "spd" in properties else 1))
        value = scale * root @ root.T + (0.1 * np.eye(shape[0]) if "spd" in properties else 0)
    if "symmetric" in properties:
        value = (value + value.T) / 2
    if "unit" in properties:
        value = source.uniform(0.01, 0.99, shape)
    if properties & {"positive", "nonneg"}:
        value = abs(value) + (1e-3 if "positive" in properties else 0)
    if "labels" in properties:
        value = np.sign(value)
    return np.asarray(value, dtype=float)


def value_at(expr: Expr, values: dict[str, np.ndarray], sizes: dict[str, int]) -> float:
    """The value; nan where any part of the expression has none."""
    lists = {name: value.tolist() for name, value in values.items()}
    for node in postorder([expr]):
        try:
            part = np.array(evaluate(node, FLOAT, lists, sizes), dtype=float)
        except (TypeError, ArithmeticError, ValueError, Uncertain):  # without a real value
            return math.nan
        if not np.all(np.isfinite(part)) or np.max(abs(part), initial=0) > 1e100:
            return math.nan
    return float(part)


def assert_curved(understood: Understood, wrt: str, expected: str, seed: int) -> int:
    """Compare with chords at random points; the number of chords in the domain."""
    source = np.random.default_rng(seed)
    variables = understood.variables
    names = sorted({name for x in variables.values() for dim in x.shape for name in dim.names})
    sizes = {name: 2 + (place + seed) % 3 for place, name in enumerate(names)}
    compared = 0
    for turn in range(24):
        point = {
            name: sample(source, x, tuple(d.value(sizes) for d in x.shape), 1.0)
            for name, x in variables.items()
        }
        shape = point[wrt].shape
        scale = 10 ** source.uniform(-1, 0.7)
        one = sample(source, variables[wrt], shape, scale)
        other = sample(source, variables[wrt], shape, scale)
        if turn % 2:
            other = one + (other - one) * 1e-2
        t = source.uniform(0.2, 0.8)
        ends = [value_at(understood.expr, {**point, wrt: x}, sizes) for x in (one, other)]
        if not all(map(math.isfinite, ends)):
            continue
        middle = value_at(understood.expr, {**point, wrt: t * one + (1 - t) * other}, sizes)
        compared += 1
        assert math.isfinite(middle), "the domain is not convex"
        chord = t * ends[0] + (1 - t) * ends[1]
        tolerance = 1e-9 * (1 + abs(ends[0]) + abs(ends[1]))
        if expected in ("convex", "affine"):
            assert middle <= chord + tolerance
        if expected in ("concave", "affine"):
            assert middle >= chord - tolerance
    return compared


LETTERS = {"x": ["n"], "A": ["n", "n"], "S": ["n", "n"], "P": ["n", "n"], "b": ["n"], "s": []}
ATOMS = ["x", "x", "x", "A*x", "(A*x - b)", "(x - b)", "b.*x", "S*x"]
OF_VECTORS = [
    "exp({0})", "log({0})", "sqrt({0})", "abs({0})", "relu({0})", "softplus({0})", "sigmoid({0})",
    "tanh({0})", "cosh({0})", "sinh({0})", "sin({0})", "erf({0})", "softmax({0})", "cumsum({0})",
    "({0}).^2", "({0}).^3", "({0}).^4", "1./({0})", "({0}).^(3/2)", "({0}).^(-2)", "-({0})",
    "(1 + {0})", "(1 - {0})", "s*({0})", "({0} + {1})", "({0} - {1})", "({0}).*({1})",
    "({0})./({1})", "max({0}, {1})", "min({0}, {1})", "where(b > 0, {0}, {1})",
]  # fmt: skip
TO_SCALARS = [
    "sum({0})", "norm2({0})", "norm1({0})", "logsumexp({0})", "max({0})", "min({0})", "mean({0})",
    "b'*({0})", "({0})'*({0})", "({0})'*P*({0})", "({0})'*A*({0})", "norm2({0})^2", "prod({0})",
    "({0})[2]", "({0})'*inv(S)*({0})",
]  # fmt: skip
OF_SCALARS = [
    "exp({0})", "log({0})", "sqrt({0})", "({0})^2", "({0})^3", "1/({0})", "({0})^(3/2)", "-({0})",
    "abs({0})", "(1 - {0})", "relu({0})", "s*({0})", "log(1 + {0})", "sqrt(1 + {0})",
    "({0})^(1/3)", "({0} + {1})", "({0} - {1})", "({0})*({1})", "({0})/({1})", "max({0}, {1})",
]  # fmt: skip


def random_vector(source: random.Random, depth: int) -> str:
    if depth <= 0 or source.random() < 0.2:
        return source.choice(ATOMS)
    parts = [random_vector(source, depth - 1) for _ in range(2)]
    return source.choice(OF_VECTORS).format(*parts)


def random_scalar(source: random.Random, depth: int) -> str:
    if depth <= 0 or source.random() < 0.5:
        return source.choice(TO_SCALARS).format(random_vector(source, depth - 1))
    parts = [random_scalar(source, depth - 1) for _ in range(2)]
    return source.choice(OF_SCALARS).format(*parts)


def random_problem(seed: int) -> Understood | None:
    """A scalar expression of x, or None where it has no x or no derivative."""
    source = random.Random(seed)
    text = random_scalar(source, source.choice([1, 2, 2, 3]))
    properties = {"S": "spd", "P": "psd"} | {
        "x": source.choice(["", "", "", "positive", "nonneg", "unit"]),
        "A": source.choice(["", "positive", "symmetric"]),
        "b": source.choice(["", "positive", "labels"]),
        "s": source.choice(["", "positive"]),
    }
    used = understand(text, LETTERS).expr.variables
    shapes = {name: shape for name, shape in LETTERS.items() if name in used}
    assume = {name: [word] for name, word in properties.items() if word and name in used}
    return understand(text, shapes, assume) if "x" in used else None


def test_certificates_are_never_wrong() -> None:
    found = {"convex": 0, "concave": 0, "affine": 0, "unknown": 0}
    for seed in range(400):
        understood = random_problem(seed)
        if understood is None:
            continue
        try:
            answer = label(understood, "x")
        except (ProblemError, ZeroDivisionError):
            continue  # no rule, or no value anywhere
        if answer != "unknown":
            assert_curved(understood, "x", answer, seed)
        found[answer] += 1
    assert min(found.values()) > 15, found


# -- the pieces


def test_ranges() -> None:
    x, unit = variable("x"), variable("u", properties=["unit"])
    signs = Signs()
    assert signs.range(1 - apply("sigmoid", x)).is_positive
    assert signs.range(1 - apply("tanh", x) ** 2).is_positive
    assert signs.range(2 + apply("cos", x)).is_positive
    assert signs.range(1 - unit).is_positive
    assert signs.range(apply("log", unit)).is_negative
    assert signs.range(apply("log", 1 + x**2)).is_nonneg
    assert not signs.range(x).sign
    assert not signs.range(x - apply("abs", x)).sign
    assert signs.range(number(0)).is_nonneg
    assert signs.range(number(0)).is_nonpos


def test_ranges_hold_what_they_are_of() -> None:
    """Sums, products and powers of random ranges hold those of numbers inside."""
    source = random.Random(3)
    for _ in range(2000):
        (a, x), (b, y) = _range_and_number(source), _range_and_number(source)
        assert _holds(a + b, x + y)
        assert _holds(a * b, x * y)
        assert _holds(-a, -x)
        exponent = source.choice([-3, -2, -1, 2, 3, 9, 10])
        if x:
            assert _holds(raised(a, exactly(exponent).low[0]), x**exponent)
        if x > 0:
            assert _holds(raised(a & NONNEG, exactly(1).low[0] / 2), x**0.5)


def _range_and_number(source: random.Random) -> tuple[Range, float]:
    low, high = sorted(source.choice([-2, -1, 0, 1, 3]) for _ in range(2))
    a = exactly(low) | exactly(high)
    a = source.choice([a, a, a, a | POSITIVE, ANY])
    ends = [max(a.low[0], -5), min(a.high[0], 5)]
    return a, float(source.choice([*ends, source.uniform(*map(float, ends))]))


def _holds(a: Range, x: float) -> bool:
    return a.low[0] - 1e-9 <= x <= a.high[0] + 1e-9


def test_halves_must_not_mix_left_and_right() -> None:
    """M_ij M_ji is its own mirror image, but no square."""
    for text in ("x'*(M.*M')*x", "x'*((F*G').*(G*F'))*x"):
        assert label(understand(text), "x") == "unknown"
    assert label(understand("x'*((F*F').*(G*G'))*x"), "x") == "convex"


def test_the_hessian_alone() -> None:
    understood = understand("norm2(A*x - b)^2")
    x = understood.variables["x"]
    assert curvature(hessian(understood.expr, x), 1) == "convex"
    assert curvature(hessian(understand("x^3").expr, lower_scalar("x")), 0) == "unknown"


def lower_scalar(name: str) -> Expr:
    return understand(name).variables[name]


def test_an_expression_that_is_not_scalar_is_unknown() -> None:
    understood = understand("A*x")
    x = understood.variables["x"]
    assert certify(understood.expr, x, hessian(understood.expr, x)) == "unknown"


def test_long_expressions_are_given_up_quickly() -> None:
    text = " + ".join(f"sin({k}*x)*exp(x/{k})*log(x + {k})" for k in range(1, 60))
    nested = "x"
    for _ in range(60):
        nested = f"sqrt(1 + ({nested})^2)"
    for expr in (text, nested):
        understood = understand(expr, {"x": []})
        x = understood.variables["x"]
        second = hessian(understood.expr, x)
        started = time.process_time()
        certify(understood.expr, x, second)
        assert time.process_time() - started < 0.5
