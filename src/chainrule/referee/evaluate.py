"""The reference meaning of matrix notation, over any arithmetic.

It is written from the definitions and shares no code with the rules, the simplifier or
the code generators, so that it can judge them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from ..expr.node import Expr, Kind
from .arithmetic import Arithmetic, Number
from .linear import multiply, outer, transpose
from ..op import Op, find

Value = Any  # a number, or nested lists of numbers
Observer = Callable[[Op, tuple[Number, ...]], None]


class Evaluator:
    """Values of expressions at one point; what they share is computed once."""

    def __init__(
        self,
        n: Arithmetic,
        values: Mapping[Any, Value],
        sizes: Mapping[str, int],
        observe: Observer | None = None,
    ) -> None:
        self.n = n
        self.values = values
        self.sizes = sizes
        self.observe = observe
        self.done: dict[Expr, Value] = {}

    def value(self, expr: Expr) -> Value:
        """The value of `expr`. Variables are looked up by name, dy/dx by its data."""
        stack = [expr]
        while stack:
            node = stack[-1]
            waiting = [arg for arg in node.args if arg not in self.done]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            if node not in self.done:
                self.done[node] = self.node(node, [self.done[arg] for arg in node.args])
        return self.done[expr]

    def node(self, node: Expr, args: list[Value]) -> Value:
        n = self.n
        match node.kind:
            case Kind.VARIABLE:
                return self.values[node.data[0]]
            case Kind.DERIVATIVE:
                return self.values[node.data]
            case Kind.NUMBER:
                return n.lift(node.data[0])
            case Kind.SIZE:
                return n.lift(node.data[0].value(self.sizes))
            case Kind.ADD:
                result = args[0]
                for arg in args[1:]:
                    result = elementwise(lambda a, b: a + b, result, arg)
                return result
            case Kind.NEGATE:
                return elementwise(lambda a: -a, args[0])
            case Kind.MULTIPLY:
                return self.product(node, args)
            case Kind.HADAMARD:
                result = args[0]
                for arg in args[1:]:
                    result = elementwise(lambda a, b: a * b, result, arg)
                return result
            case Kind.DIVIDE:
                return elementwise(lambda a, b: a / b, args[0], args[1])
            case Kind.POWER:
                return self.power(node, args)
            case Kind.TRANSPOSE:
                return transpose(args[0]) if node.is_matrix else args[0]
            case Kind.INDEX:
                return pick(args[0], node.data[0])
            case Kind.VECTOR:
                return list(args)
        return self.apply(node, args)

    def power(self, node: Expr, args: list[Value]) -> Value:
        n = self.n
        exponent = literal(node.args[1])
        if exponent is not None and exponent.denominator == 1:
            whole = int(exponent)
            return elementwise(lambda a: raised(a, whole), args[0])
        if exponent is not None and abs(exponent) == Fraction(1, 2):
            roots = elementwise(n.sqrt, args[0])
            return roots if exponent > 0 else elementwise(lambda a: 1 / a, roots)
        return elementwise(n.power, args[0], args[1])

    def product(self, node: Expr, args: list[Value]) -> Value:
        """From left to right, as the shapes say."""
        left, shape, is_row = args[0], node.args[0].shape, node.args[0].is_row
        for factor, right in zip(node.args[1:], args[1:], strict=True):
            left = self.times(left, len(shape), is_row, right, factor)
            if not shape:
                shape, is_row = factor.shape, factor.is_row
            elif factor.shape:
                if len(shape) == 1 and not is_row:
                    shape = shape + factor.shape
                else:
                    was_row = is_row or len(shape) == 1
                    shape = shape[:-1] + factor.shape[1:]
                    is_row = was_row and len(shape) == 1
        return left

    def times(self, left: Value, axes: int, is_row: bool, right: Value, factor: Expr) -> Value:
        n = self.n
        if not axes or not factor.shape:
            return elementwise(lambda a, b: a * b, left, right)
        if axes == 1 and not is_row:
            return outer(n, left, right)
        rows = [left] if axes == 1 else left
        columns = [[entry] for entry in right] if len(factor.shape) == 1 else right
        result = multiply(n, rows, columns)
        if len(factor.shape) == 1:
            result = [row[0] for row in result]
        return result[0] if axes == 1 else result

    def apply(self, node: Expr, args: list[Value]) -> Value:
        name, parameter, sizes = node.data
        op = find(name)
        if op.family == "elementwise":
            return elementwise(lambda *numbers: self.kernel(op, numbers), *args)
        given = [dim.value(self.sizes) for dim in sizes]
        settings = {} if parameter is None else {"parameter": parameter}
        return op.kernel(self.n, *args, *given, **settings)

    def kernel(self, op: Op, numbers: tuple[Number, ...]) -> Number:
        if self.observe is not None:
            self.observe(op, numbers)
        return op.kernel(self.n, *numbers)


def literal(expr: Expr) -> Fraction | None:
    """The number an expression spells out, if it does."""
    if expr.kind is Kind.NUMBER:
        return Fraction(expr.data[0])
    if expr.kind is Kind.NEGATE:
        inner = literal(expr.args[0])
        return None if inner is None else -inner
    if expr.kind is Kind.DIVIDE:
        a, b = (literal(arg) for arg in expr.args)
        return a / b if a is not None and b else None
    return None


def raised(base: Number, exponent: int) -> Number:
    """base^exponent; floats that overflow or divide by zero give inf or nan."""
    try:
        return base**exponent
    except OverflowError:
        return math.inf


def elementwise(function: Callable[..., Number], *args: Value) -> Value:
    """`function` of corresponding entries; scalars meet every entry."""
    lists = [arg for arg in args if isinstance(arg, list)]
    if not lists:
        return function(*args)
    count = len(lists[0])
    return [
        elementwise(function, *(arg[k] if isinstance(arg, list) else arg for arg in args))
        for k in range(count)
    ]


def pick(value: Value, places: tuple[int | None, ...]) -> Value:
    """x[i], X[i,j], X[i,:], X[:,j]; places count from 1."""
    if not places:
        return value
    first, rest = places[0], places[1:]
    if first is None:
        return [pick(part, rest) for part in value]
    return pick(value[first - 1], rest)


def evaluate(
    expr: Expr, n: Arithmetic, values: Mapping[Any, Value], sizes: Mapping[str, int]
) -> Value:
    """The value of one expression."""
    return Evaluator(n, values, sizes).value(expr)

