"""Declared properties shorten answers, and structured variables vary within their structure."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule
from chainrule.errors import ProblemError

SHORTENED = [
    ("tr(Q'*A*Q)", "A", 1, {"Q": ["orthogonal"]}, "eye(n)"),
    ("x'*A*x", "x", 2, {"A": ["spd"]}, "2*A"),
    ("sum((y.*(X*w) - 1).^2)", "w", 2, {"y": ["labels"]}, "2*X'*X"),
    ("norm1(x)", "x", 1, {"x": ["positive"]}, "vector(1, n)"),
    ("sqrt(x.^2)'*a", "x", 1, {"x": ["positive"]}, "a"),
    ("x'*inv(S)*x", "x", 1, {"S": ["symmetric"]}, "2*inv(S)*x"),
    ("x'*inv(A'*A)*x", "x", 1, {}, "2*inv(A'*A)*x"),
    (
        "inv(A*B)", "A", 1, {"A": ["invertible"], "B": ["invertible"]},
        "-kron(inv(A)', inv(B)*inv(A))",
    ),
    ("tr(A*L)", "L", 1, {"L": ["lower"]}, "triu(A)'"),
    ("logdet(D)", "D", 1, {"D": ["diagonal"]}, "diag(diag(inv(D)))"),
    ("2*sum(log(diag(chol(S))))", "S", 1, {"S": ["spd"]}, "inv(S)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("expr", "wrt", "order", "assume", "expected"), SHORTENED, ids=[case[0] for case in SHORTENED]
)
def test_properties_shorten(
    expr: str, wrt: str, order: int, assume: dict[str, list[str]], expected: str
) -> None:
    result = chainrule.derive(expr, wrt, order, assume=assume)
    assert str(result) == expected
    assert result.check.passed


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("expr", ["tr(S^2*B)", "logdet(S)", "tr(inv(S)*B)"])
def test_conventions_of_a_symmetric_variable(expr: str, order: int) -> None:
    """(G + G')/2 and G + G' - G.*I in each slot, from the free derivative's own code."""
    random = np.random.default_rng(7)
    root, b = random.normal(size=(3, 3)), random.normal(size=(3, 3))
    given = {"S": root @ root.T + np.eye(3), "B": b} if "B" in expr else {"S": root @ root.T}
    found = {}
    for convention in ("free", "projected", "unique"):
        result = chainrule.derive(
            expr, "S", order, assume={"S": ["spd"]}, symmetric=convention, let={"S": ["n", "n"]}
        )
        assert result.check.passed and result.check.verdict != "unverified"
        space: dict[str, object] = {}
        exec(result.code("numpy"), space)
        found[convention] = space["derivative"](**given)  # type: ignore[operator]
    projected = unique = found["free"]
    for slot in range(order):
        swap = list(range(2 * order))
        swap[2 * slot], swap[2 * slot + 1] = swap[2 * slot + 1], swap[2 * slot]
        eye = np.eye(3).reshape([3 if axis // 2 == slot else 1 for axis in range(2 * order)])
        projected = (projected + projected.transpose(swap)) / 2
        unique = unique + unique.transpose(swap) - unique * eye
    assert np.allclose(found["projected"], projected, rtol=1e-9)
    assert np.allclose(found["unique"], unique, rtol=1e-9)


def test_an_unknown_convention_is_refused() -> None:
    with pytest.raises(ProblemError, match="no convention"):
        chainrule.derive("tr(S)", "S", symmetric="both")


def test_what_the_answer_rests_on_is_said() -> None:
    record = chainrule.derive(
        "sum(relu(X*W + b')) + logdet(S)", "S", let={"X": ["N", "m"]}
    ).record()
    notes = " ".join(record["derivative"]["notes"])
    assert "Row expansion" in notes and "det S > 0" in notes
    assert record["derivative"]["curvature"] == "unknown"  # S may be anything
    spd = chainrule.derive("logdet(S)", "S", assume={"S": ["spd"]}).record()
    assert spd["derivative"]["curvature"] == "concave"
    assert "det S > 0" not in " ".join(spd["derivative"]["notes"])
