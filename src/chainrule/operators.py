"""Jacobians and Hessians as linear operators: multiplied by vectors, solved with, never built.

A product with a vector is a program of its own, derived from the derivative contracted with
that vector: it costs about as much as a gradient. What the derivative's form says (diagonal,
block-diagonal, a Kronecker product, a diagonal plus low rank) is kept as structure: only the
core, what the whole is made of, is computed and stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from math import prod
from operator import index
from typing import Any

from .codegen.blocks import Blocks, blocks_of
from .codegen.function import size_names, source_of
from .codegen.hoist import sizes_in
from .codegen.load import load
from .codegen.parts import Kronecker, LowRank, kronecker_of, low_rank_of
from .errors import ProblemError
from .expr.build import variable as expr_variable
from .expr.node import Expr
from .shapes import Shape
from .solve import Solution
from .tensor.build import contract, variable
from .tensor.node import Tensor

LARGEST = 100_000_000  # entries of an array that `todense` and `solve` build


class DerivativeOperator:
    """The derivative at one point as a matrix of shape (rows, columns).

    Rows run over the axes of the expression and of all orders but the last, columns over those
    of the last order, each in C order. It has what scipy.sparse.linalg.aslinearoperator asks
    for, so SciPy's iterative solvers take it as it is. Raises ProblemError where a variable, or
    a size that no variable has, is not given, and for an array of more than LARGEST entries.
    """

    def __init__(self, solution: Solution, point: Mapping[str, Any]) -> None:
        import numpy as np

        self._np = np
        self._solution = solution
        self._point = dict(point)
        wrt = solution.understood.variables[solution.wrt]
        axes = solution.derivative.axes
        split = len(axes) - len(wrt.shape)
        self._rows, self._columns = axes[:split], axes[split:]
        self._sizes = self._sizes_given()
        self._row_shape = tuple(dim.value(self._sizes) for dim in self._rows)
        self._column_shape = tuple(dim.value(self._sizes) for dim in self._columns)
        self.shape = prod(self._row_shape), prod(self._column_shape)
        self.dtype = np.result_type(*(np.asarray(x) for x in self._point.values()), np.float32)

    def matvec(self, vector: Any) -> Any:
        """The product with a vector of length `shape[1]`."""
        given = self._np.reshape(vector, self._column_shape)
        return self._along(self._columns, given).reshape(-1)

    def rmatvec(self, vector: Any) -> Any:
        """The product of the transpose with a vector of length `shape[0]`."""
        given = self._np.reshape(vector, self._row_shape)
        return self._along(self._rows, given).reshape(-1)

    def todense(self) -> Any:
        """The whole matrix."""
        self._refuse_if_large(self.shape[0] * self.shape[1])
        return self._run(self._solution.derivative).reshape(self.shape)

    def diagonal(self) -> Any:
        """The main diagonal of a square matrix whose rows and columns are the same axes."""
        if self._rows != self._columns:
            raise ProblemError("shape", "only a square matrix has a diagonal")
        labels = tuple(range(len(self._rows)))
        taken = contract(1, [(self._solution.derivative, labels + labels)], labels)
        return self._run(taken).reshape(-1)

    @property
    def structure(self) -> str:
        """What the core is of.

        diagonal, permuted diagonal, block-diagonal, Kronecker product, diagonal plus low rank,
        or dense.
        """
        return "dense" if self._form is None else self._form.kind

    @cached_property
    def core(self) -> Any:
        """What is stored: the entries that are not zero whatever the point.

        Of a Kronecker product, its factors; of a diagonal plus low rank, the diagonal and the
        vectors u and v of each u v'.
        """
        if self._form is None:
            return self._run(self._solution.derivative)
        if isinstance(self._form, Blocks):
            return self._run(self._form.core)
        return tuple(map(self._run, self._form.cores))

    def solve(self, right: Any) -> Any:
        """x with matrix·x = right, by the structure where there is one."""
        np = self._np
        if self.shape[0] != self.shape[1]:
            raise ProblemError("shape", f"a matrix of shape {self.shape} has no inverse")
        if self._form is None or self._rows != self._columns:
            return np.linalg.solve(self.todense(), np.reshape(right, -1))
        return self._form.solve(np, self.core, np.reshape(right, self._row_shape)).reshape(-1)

    # -- how

    @cached_property
    def _form(self) -> Blocks | Kronecker | LowRank | None:
        derivative, rows = self._solution.derivative, len(self._rows)
        return (
            blocks_of(derivative, rows)
            or kronecker_of(derivative, rows)
            or low_rank_of(derivative, rows)
        )

    def _along(self, axes: Shape, given: Any) -> Any:
        """The derivative summed over some of its axes with an array."""
        name = "vector"
        while name in self._point:
            name += "_"
        labels = tuple(range(len(self._rows) + len(self._columns)))
        summed = labels[: len(self._rows)] if axes is self._rows else labels[len(self._rows) :]
        out = tuple(x for x in labels if x not in summed)
        factors = [(self._solution.derivative, labels), (variable(name, axes), summed)]
        product = contract(1, factors, out)
        return self._run(product, {name: given}, {name: expr_variable(name, axes)})

    def _run(
        self, tensor: Tensor, more: Mapping[str, Any] | None = None,
        declared: Mapping[str, Expr] | None = None,
    ) -> Any:  # fmt: skip
        function = self._compiled(tensor, declared or {})
        return function(**self._point, **(more or {}))

    def _compiled(self, tensor: Tensor, declared: Mapping[str, Expr]) -> Callable[..., Any]:
        if tensor not in self._functions:
            variables = {**self._solution.understood.variables, **declared}
            source = source_of([tensor], variables, ["part of a derivative"], "", self._sizes)
            self._functions[tensor] = load(source)
        return self._functions[tensor]

    @cached_property
    def _functions(self) -> dict[Tensor, Callable[..., Any]]:
        return {}

    def _sizes_given(self) -> dict[str, int]:
        """The sizes that the arrays have, and those that are given as numbers."""
        variables = self._solution.understood.variables
        for name in variables:
            if name not in self._point:
                raise ProblemError("name", f"the variable {name} has no value")
        arrays = {name: self._np.asarray(self._point[name]) for name in variables}
        sizes = sizes_in(variables, arrays)
        sizes |= {name: index(x) for name, x in self._point.items() if name not in variables}
        for name in sorted(size_names([self._solution.derivative]) - sizes.keys()):
            raise ProblemError(
                "shape",
                f"the size {name} is not known",
                hint=f"give it with the values: operator(..., {name}=5)",
            )
        return sizes

    def _refuse_if_large(self, entries: int) -> None:
        if entries > LARGEST:
            raise ProblemError(
                "limit",
                f"a dense matrix of {entries} entries",
                hint="matvec, diagonal and solve need none",
            )
