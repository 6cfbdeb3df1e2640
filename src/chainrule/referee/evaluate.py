"""The reference meaning of matrix notation: an expression's value over any arithmetic.

It uses the kernels of the table and nothing else of it; no rule, no simplification. What
the derivation, the printers and the generated code mean is checked against this.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import partial, reduce
from operator import add, mul, neg

from ..expr.build import extents
from ..expr.node import Expr, Kind, Place
from ..op import find
from ..shapes import Dim
from ..work import spend
from . import linear
from .arithmetic import Arithmetic, NotRational
from .field import RATIONAL
from .linear import Value, elementwise

LONGEST_CONSTANT = 4096  # bits

# Values stand under a variable's name, or under the data of a DERIVATIVE symbol.
Values = Mapping[str | tuple[str, str, bool], Value]


def evaluate(expr: Expr, n: Arithmetic, values: Values, sizes: Mapping[str, int]) -> Value:
    """The value: a number, a list, or a list of rows. A row vector is a list too."""
    return Evaluator(n, values, sizes).value(expr)


class Evaluator:
    """Values at one point. Subexpressions met before are not computed again.

    Nor are those in which no variable of `moved` stands, whose values `still` has.
    """

    def __init__(
        self,
        n: Arithmetic,
        values: Values,
        sizes: Mapping[str, int],
        still: Evaluator | None = None,
        moved: frozenset[str] = frozenset(),
    ) -> None:
        self._still = still
        self._moved = moved
        self._meaning = _Meaning(n, values, sizes)
        self._exactly = _Meaning(RATIONAL, {}, sizes)
        self._known: dict[Expr, Value] = {}
        self._constants: dict[Expr, Fraction] = {}

    def value(self, expr: Expr) -> Value:
        known, waiting, computed = self._known, [expr], 0
        while waiting:
            node = waiting[-1]
            if node in known:
                waiting.pop()
            elif self._still is not None and node.variables.isdisjoint(self._moved):
                known[node] = self._still.value(node)
                self._constants.update(self._still.constant(node))
            elif missing := [arg for arg in node.args if arg not in known]:
                waiting.extend(reversed(missing))
            else:
                self._note_constant(node)
                args = [known[arg] for arg in node.args]
                if node.kind is Kind.POWER:  # x^3 is x*x*x also where x^y is undefined
                    args[1] = self._constants.get(node.args[1], args[1])
                known[node] = self.meaning_of(node, args)
                computed += 1
        spend(computed)
        return known[expr]

    def meaning_of(self, node: Expr, args: list[Value]) -> Value:
        """The value of a node whose arguments have these."""
        return self._meaning.of(node, args)

    def constant(self, node: Expr) -> dict[Expr, Fraction]:
        """The node and its exact value, where one is kept."""
        return {node: self._constants[node]} if node in self._constants else {}

    def _note_constant(self, node: Expr) -> None:
        """Keep the exact value of a scalar that is a rational number of moderate length."""
        if node.variables or node.shape or any(a not in self._constants for a in node.args):
            return
        try:
            value = Fraction(self._exactly.of(node, [self._constants[a] for a in node.args]))
        except (NotRational, ZeroDivisionError, KeyError):
            return
        if max(value.numerator.bit_length(), value.denominator.bit_length()) <= LONGEST_CONSTANT:
            self._constants[node] = value


class _Meaning:
    """What each kind of node means, given the values of its arguments."""

    def __init__(self, n: Arithmetic, values: Values, sizes: Mapping[str, int]) -> None:
        self.n = n
        self.values = values
        self.sizes = sizes

    def of(self, node: Expr, args: list[Value]) -> Value:
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
                return reduce(partial(elementwise, add), args)
            case Kind.NEGATE:
                return elementwise(neg, *args)
            case Kind.MULTIPLY:
                return self._product(node, args)
            case Kind.HADAMARD:
                return reduce(partial(elementwise, mul), args)
            case Kind.DIVIDE:
                return elementwise(self.n.divide, *args)
            case Kind.POWER:
                return elementwise(self.n.power, *args)
            case Kind.TRANSPOSE:
                return linear.transpose(args[0]) if node.is_matrix else args[0]
            case Kind.INDEX:
                return self._part(args[0], node.data[0])
            case Kind.VECTOR:
                return args
            case Kind.STACK:
                return self._stack(node, args)
            case Kind.APPLY:
                return self._apply(node, args)

    def _product(self, node: Expr, args: list[Value]) -> Value:
        value, is_row = args[0], node.args[0].is_row
        for factor, other in zip(node.args[1:], args[1:], strict=True):
            if isinstance(value, list) and isinstance(other, list):
                value = self._matrix_product(value, other, is_row, factor.is_row)
                is_row = is_row and factor.is_matrix
            else:
                is_row = is_row or factor.is_row
                value = elementwise(mul, value, other)
        return value

    def _matrix_product(self, a: Value, b: Value, a_row: bool, b_row: bool) -> Value:
        a_matrix, b_matrix = isinstance(a[0], list), isinstance(b[0], list)
        if a_matrix and b_matrix:
            return linear.multiply(self.n, a, b)
        if a_matrix:
            return linear.matrix_vector(self.n, a, b)
        if b_matrix:
            return linear.matrix_vector(self.n, linear.transpose(b), a)
        if a_row and not b_row:
            return self.n.dot(a, b)
        return linear.outer(self.n, a, b)

    def _part(self, x: Value, places: tuple[Place, ...]) -> Value:
        """x[i], X[i,j], X[i,:], X[1:k,j]: places count from 1, None takes all."""
        if not places:
            return x
        first, *rest = places
        if isinstance(first, Dim):
            return self._part(x[first.value(self.sizes) - 1], tuple(rest))
        if first is not None:
            start, end = (place.value(self.sizes) for place in first)
            x = x[start - 1 : end]
        return [self._part(row, tuple(rest)) for row in x]

    def _stack(self, node: Expr, args: list[Value]) -> Value:
        """Every block as a list of rows, these joined to rows of the whole."""
        heights, widths = ([d.value(self.sizes) for d in dims] for dims in extents(node))
        rows: list[list[Value]] = []
        for line, height in enumerate(heights):
            joined: list[list[Value]] = [[] for _ in range(height)]
            for column, width in enumerate(widths):
                place = line * len(widths) + column
                block, value = node.args[place], args[place]
                if block.is_row:
                    value = [value]
                elif block.is_vector:
                    value = [[entry] for entry in value]
                elif block.is_scalar:
                    value = [[value] * width for _ in range(height)]
                for own, part in zip(joined, value, strict=True):
                    own.extend(part)
            rows.extend(joined)
        if node.is_vector:
            return rows[0] if node.is_row else [row[0] for row in rows]
        return rows

    def _apply(self, node: Expr, args: list[Value]) -> Value:
        name, parameter, dims = node.data
        kernel = find(name).kernel
        if isinstance(parameter, Dim):
            parameter = parameter.value(self.sizes)
        settings = {} if parameter is None else {"parameter": parameter}
        if find(name).family == "elementwise":
            return elementwise(lambda *entries: kernel(self.n, *entries, **settings), *args)
        return kernel(self.n, *args, *(dim.value(self.sizes) for dim in dims), **settings)
