"""Value, gradient and Hessian-vector products of an expression as functions of one vector.

The variables to be found are packed into the vector in turn. A product with the Hessian is the
derivative of the inner product of gradient and direction, so it costs what a gradient costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..codegen.function import source_of
from ..codegen.load import given, load
from ..differentiate import jacobian
from ..errors import ProblemError
from ..expr.build import variable
from ..expr.node import Expr
from ..lower import lower
from ..parse.understand import Understood
from ..printers.text import text
from ..simplify import simplify
from ..solve import Problem, solve_understood
from ..tensor.build import add_terms, contract
from ..tensor.node import Tensor
from ..work import limited

TIED = frozenset({"symmetric", "spd", "psd", "diagonal", "orthogonal", "lower"})


class Objective:
    """The functions an optimiser calls, for fixed data."""

    def __init__(
        self,
        understood: Understood,
        shapes: Mapping[str, tuple[int, ...]],
        data: Mapping[str, Any],
        with_products: bool,
        check: bool,
    ) -> None:
        self.shapes = shapes
        self.data = dict(data)
        gradients = [gradient_of(understood, name, check) for name in shapes]
        with limited():
            value = simplify(lower(understood.expr))
        variables = understood.variables
        said = text(understood.expr)
        values = [value, *gradients]
        self._both = self._compiled(values, variables, f"value and gradient of {said}")
        if with_products:
            self.directions = {name: direction_of(name, variables) for name in shapes}
            products = hessian_products(gradients, understood, self.directions)
            everything = {**variables, **{v.data[0]: v for v in self.directions.values()}}
            heading = f"products with the Hessian of {said}"
            self._products = self._compiled(products, everything, heading)
        self.value = self.slope = float("nan")  # at the last point, for the progress line

    def _compiled(
        self, values: Sequence[Tensor], variables: Mapping[str, Expr], heading: str
    ) -> Callable[..., Any]:
        """A function of what varies; what rests on the data alone is computed now."""
        fixed = {name: array for name, array in self.data.items() if name in variables}
        sizes = {name: size for name, size in self.data.items() if name not in variables}
        source = source_of(values, variables, [heading], sizes=sizes, fixed=tuple(fixed))
        function = load(source)
        return given(function, fixed) if fixed else function

    def value_and_gradient(self, point: Any) -> tuple[float, Any]:
        import numpy as np

        value, *gradients = self._both(**self.data, **self.unpack(point))
        gradient = self.pack(gradients)
        self.value, self.slope = float(value), float(np.abs(gradient).max())
        return self.value, gradient

    def hessian_product(self, point: Any, direction: Any) -> Any:
        parts = {self.directions[n].data[0]: part for n, part in self.unpack(direction).items()}
        products = self._products(**self.data, **self.unpack(point), **parts)
        return self.pack(products if len(parts) > 1 else [products])

    def unpack(self, point: Any) -> dict[str, Any]:
        """The variables as arrays: views of parts of the vector."""
        found, end = {}, 0
        for name, shape in self.shapes.items():
            start, end = end, end + _count(shape)
            found[name] = point[start:end].reshape(shape)
        return found

    def pack(self, parts: Sequence[Any]) -> Any:
        import numpy as np

        return np.concatenate([np.asarray(part, float).reshape(-1) for part in parts])


def _count(shape: Sequence[int]) -> int:
    total = 1
    for size in shape:
        total *= size
    return total


def refuse_tied(variable: Expr) -> None:
    """An optimiser moves every entry by itself; nothing would keep a matrix symmetric."""
    name, properties = variable.data
    tied = sorted(TIED & properties)
    if tied:
        raise ProblemError(
            "unsupported",
            f"{name} is assumed {', '.join(tied)}: its entries cannot vary one by one",
            hint="write it with a matrix that is free, as L*L' for a positive definite one",
        )


def gradient_of(understood: Understood, name: str, check: bool) -> Tensor:
    """The gradient, checked as every answer is."""
    return solve_understood(Problem("", wrt=name), understood, check=check).derivative


def direction_of(name: str, variables: Mapping[str, Expr]) -> Expr:
    """A variable like `name`, under a name that is free."""
    fresh = f"{name}_direction"
    while fresh in variables:
        fresh += "_"
    return variable(fresh, variables[name].shape)


def hessian_products(
    gradients: Sequence[Tensor], understood: Understood, directions: Mapping[str, Expr]
) -> list[Tensor]:
    with limited():
        slope = add_terms(list(_slopes(gradients, directions)))
        return [simplify(jacobian(slope, lower(understood.variables[name]))) for name in directions]


def _slopes(gradients: Sequence[Tensor], directions: Mapping[str, Expr]) -> Iterator[Tensor]:
    for gradient, direction in zip(gradients, directions.values(), strict=True):
        labels = tuple(range(len(gradient.axes)))
        yield contract(1, [(gradient, labels), (lower(direction), labels)], ())
