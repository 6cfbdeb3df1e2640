"""The reference meaning of matrix notation: an expression's value over any arithmetic.

It uses the kernels of the table and nothing else of it; no rule, no simplification. What
the derivation, the printers and the generated code mean is checked against this.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from operator import add, mul, neg

from .expr.node import Expr, Kind
from .intern import postorder
from .numbers import linear
from .numbers.arithmetic import Arithmetic, NotRational
from .numbers.field import RATIONAL
from .numbers.linear import Value, map_entries
from .op import find

# Values stand under a variable's name, or under the data of a DERIVATIVE symbol.
Values = Mapping[str | tuple[str, str, bool], Value]


def evaluate(expr: Expr, n: Arithmetic, values: Values, sizes: Mapping[str, int]) -> Value:
    """The value: a number, a list, or a list of rows. A row vector is a list too."""
    return Evaluator(n, values, sizes).value(expr)


class Evaluator:
    """Values at one point. Subexpressions met before are not computed again."""

    def __init__(self, n: Arithmetic, values: Values, sizes: Mapping[str, int]) -> None:
        self.n = n
        self.values = values
        self.sizes = sizes
        self._known: dict[Expr, Value] = {}

    def value(self, expr: Expr) -> Value:
        for node in postorder([expr]):
            if node not in self._known:
                self._known[node] = self._rule(node, [self._known[arg] for arg in node.args])
        return self._known[expr]

    def _rule(self, node: Expr, args: list[Value]) -> Value:
        match node.kind:
            case Kind.VARIABLE:
                return self.values[node.data[0]]
            case Kind.DERIVATIVE:
                return self.values[node.data]
            case Kind.NUMBER:
                return self.n.lift(node.data[0])
            case Kind.SIZE:
                return self.n.lift(node.data[0].value(self.sizes))
            case Kind.ADD:
                return map_entries(lambda *terms: reduce(add, terms), *args)
            case Kind.NEGATE:
                return map_entries(neg, *args)
            case Kind.MULTIPLY:
                return self._product(node, args)
            case Kind.HADAMARD:
                return map_entries(lambda *factors: reduce(mul, factors), *args)
            case Kind.DIVIDE:
                return map_entries(self.n.divide, *args)
            case Kind.POWER:
                return self._power(node, args)
            case Kind.TRANSPOSE:
                return linear.transpose(args[0]) if node.is_matrix else args[0]
            case Kind.INDEX:
                return _part(args[0], node.data[0])
            case Kind.VECTOR:
                return args
            case Kind.APPLY:
                return self._apply(node, args)
        raise AssertionError(f"no meaning for {node.kind}")

    def _product(self, node: Expr, args: list[Value]) -> Value:
        value, is_row = args[0], node.args[0].is_row
        for factor, other in zip(node.args[1:], args[1:], strict=True):
            if isinstance(value, list) and isinstance(other, list):
                value = self._matrix_product(value, other, is_row, factor.is_row)
                is_row = is_row and factor.is_matrix
            else:
                is_row = is_row or factor.is_row
                value = map_entries(mul, value, other)
        return value

    def _matrix_product(self, a: Value, b: Value, a_row: bool, b_row: bool) -> Value:
        a_matrix, b_matrix = isinstance(a[0], list), isinstance(b[0], list)
        if a_matrix and b_matrix:
            return linear.matmul(self.n, a, b)
        if a_matrix:
            return linear.matrix_vector(self.n, a, b)
        if b_matrix:
            return linear.matrix_vector(self.n, linear.transpose(b), a)
        if a_row and not b_row:
            return linear.dot(self.n, a, b)
        return linear.outer(self.n, a, b)

    def _power(self, node: Expr, args: list[Value]) -> Value:
        exact = self._exact_exponent(node.args[1])
        if exact is None:
            return map_entries(self.n.power, *args)
        return map_entries(lambda base: self.n.power(base, exact), args[0])

    def _exact_exponent(self, exponent: Expr) -> Fraction | None:
        """The exponent as a rational number, where it is one."""
        if exponent.variables or exponent.shape or _has_derivative(exponent):
            return None
        try:
            return Fraction(Evaluator(RATIONAL, {}, self.sizes).value(exponent))
        except (NotRational, ZeroDivisionError):
            return None

    def _apply(self, node: Expr, args: list[Value]) -> Value:
        name, parameter, dims = node.data
        kernel = find(name).kernel
        if find(name).family == "elementwise":
            return map_entries(lambda *entries: kernel(self.n, *entries), *args)
        settings = {} if parameter is None else {"parameter": parameter}
        return kernel(self.n, *args, *(dim.value(self.sizes) for dim in dims), **settings)


def _has_derivative(expr: Expr) -> bool:
    return any(node.kind is Kind.DERIVATIVE for node in postorder([expr]))


def _part(x: Value, places: tuple[int | None, ...]) -> Value:
    """x[i], X[i,j], X[i,:], X[:,j]: places count from 1, None takes all."""
    first, *rest = places
    if first is not None:
        return _part(x[first - 1], tuple(rest)) if rest else x[first - 1]
    return [_part(row, tuple(rest)) for row in x] if rest else x
