"""Raising to matrix notation, by random index graphs and by worked examples.

The truth is numpy.einsum on the index form itself: what is written has to evaluate to it.
"""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import chainrule
from chainrule.expr.node import Expr
from chainrule.notation.index_form import to_index
from chainrule.notation.kronecker import to_kronecker
from chainrule.notation.parts import NoMatrixForm
from chainrule.notation.to_matrix import to_matrix
from chainrule.notation.write import Writer
from chainrule.referee.arithmetic import FLOAT
from chainrule.referee.evaluate import evaluate
from chainrule.referee.verify import unpacked
from chainrule.shapes import Dim
from chainrule.tensor.build import contract, variable
from chainrule.tensor.node import Kind, Tensor

SIZES = {"a": 2, "b": 3, "c": 4, "d": 5}
SEEDS = range(400)


class Graph:
    """A random product of matrices and vectors, and what numpy makes of it."""

    def __init__(self, seed: int, free: int) -> None:
        self.source = source = Random(seed)
        self.values: dict[str, np.ndarray] = {}
        count = source.randint(max(free, 2), 5)
        self.dims = [source.choice(sorted(SIZES)) for _ in range(count)]
        operands = [self.operand(k, (k,)) for k in range(free)]  # every free label is used
        for number in range(source.randint(1, 5)):
            own = tuple(source.choice(range(count)) for _ in range(source.choice((1, 2, 2, 2))))
            operands.append(self.operand(free + number, own))
        self.operands = operands
        self.out = tuple(range(free))
        used = {label for _, own in operands for label in own}
        self.tensor = contract(source.choice((1, -2, 3)), operands, self.out)
        assert used >= set(self.out)

    def operand(self, number: int, own: tuple[int, ...]) -> tuple[Tensor, tuple[int, ...]]:
        axes = tuple(Dim.of(self.dims[label]) for label in own)
        name = f"{'xA'[len(own) - 1]}{number}"
        draw = np.random.default_rng(self.source.randrange(2**32))
        self.values[name] = draw.standard_normal([SIZES[str(dim)] for dim in axes])
        return variable(name, axes), own

    def truth(self) -> np.ndarray:
        parts: list[object] = []
        for tensor, own in self.operands:
            parts += [self.values[tensor.data[0]], list(own)]
        coefficient = float(self.tensor.data[0]) if self.tensor.kind is Kind.CONTRACT else 1.0
        return coefficient * np.einsum(*parts, list(self.out), optimize=True)  # type: ignore

    def value(self, expr: Expr) -> np.ndarray:
        lists = {name: value.tolist() for name, value in self.values.items()}
        return np.array(evaluate(expr, FLOAT, lists, SIZES), dtype=float)

    def agrees(self, found: np.ndarray) -> bool:
        truth = self.truth()
        scale = max(1.0, float(np.abs(truth).max(initial=0)))
        return bool(np.abs(found.reshape(truth.shape) - truth).max(initial=0) < 1e-10 * scale)


@pytest.mark.parametrize("free", [0, 1, 2])
def test_products_with_up_to_two_free_indices(free: int) -> None:
    written = 0
    for seed in SEEDS:
        graph = Graph(seed, free)
        try:
            expr = to_matrix(graph.tensor, Writer())
        except NoMatrixForm:
            expr = to_index(graph.tensor, Writer())
        else:
            written += 1
        assert graph.agrees(graph.value(expr)), f"seed {seed}"
    assert written > 0.8 * len(SEEDS)


@pytest.mark.parametrize("free", [3, 4])
def test_products_with_more_free_indices(free: int) -> None:
    written = 0
    for seed in SEEDS:
        graph = Graph(seed, free)
        split = 2 if free == 4 else graph.source.choice((1, 2))
        rows = tuple(reversed(range(split)))
        columns = tuple(reversed(range(split, free)))
        assert graph.agrees(graph.value(to_index(graph.tensor, Writer()))), f"seed {seed}"
        try:
            expr = to_kronecker(graph.tensor, rows, columns, Writer())
        except NoMatrixForm:
            continue
        counts = [SIZES[graph.dims[label]] for label in range(free)]
        lists = {name: value.tolist() for name, value in graph.values.items()}
        flat = unpacked(evaluate(expr, FLOAT, lists, SIZES), counts, (rows, columns))
        assert graph.agrees(np.array(flat, dtype=float)), f"seed {seed}"
        written += 1
    assert written > 0.5 * len(SEEDS)


@pytest.mark.parametrize(
    ("expr", "order", "jacobian", "change"),
    [
        ("inv(X)", 1, "-kron(inv(X)', inv(X))", "-inv(X)*dX*inv(X)"),
        ("A*X*B", 1, "kron(B', A)", "A*dX*B"),
        ("X.*X", 1, "2*diag(vec(X))", "2*X.*dX"),
    ],
)
def test_matrix_by_matrix(expr: str, order: int, jacobian: str, change: str) -> None:
    from chainrule.printers.text import text

    result = chainrule.derive(expr, wrt="X", order=order)
    presented = result.solution.presented
    assert presented.notation == "kronecker"
    assert result.result == jacobian
    assert presented.differential is not None
    shown = text(presented.differential[1])
    assert {shown} <= {change, change.replace("X.*dX", "dX.*X"), "2*(dX.*X)", "2*(X.*dX)"}


def test_what_has_no_matrix_form_says_so() -> None:
    result = chainrule.derive("norm2(W.*(T - U*V'))^2", wrt="U", order=2)
    assert result.notation == "index"
    assert "summed index meets three" in result.text()
    assert "dU" in result.text()
