"""An expression at one point: the value of every node, its local Jacobians, and their products.

Every operation is a node of its own here, finer than the intermediates of a derivation. With
T(v) = dv/dx and A(u) = dy/du known, breaking the local Jacobian J of one edge into J' makes of
the derivative dy/dx + A(u)·(J' - J)·T(v): a wrong derivative costs two products.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property

from ..expr.build import transpose, variable
from ..expr.node import Expr, Kind
from ..expr.rewrite import with_args
from ..intern import postorder
from ..op import find
from ..referee.arithmetic import FLOAT, Uncertain
from ..referee.linear import elementwise, entries
from ..referee.points import Point
from ..referee.sample import within_pattern
from ..referee.verify import directional
from .flat import Flat, Row, diagonal, identity, is_finite, minus, plus, times, zeros

LARGEST = 260  # entries of one node; with more, no slip is looked for
MOST_NODES = 250

Edge = tuple[Expr, int]  # a node and the place of one of its arguments


class TooLarge(Exception):
    """Looking for slips would take too long."""


class Flow:
    """The data flow from one variable to an expression, at one point."""

    def __init__(self, expr: Expr, wrt: Expr, point: Point) -> None:
        self.expr = expr
        self.wrt = wrt
        self.point = point
        self.evaluator = point.evaluator()
        name = wrt.data[0]
        self.nodes = [n for n in postorder([expr]) if name in n.variables]
        if len(self.nodes) > MOST_NODES:
            raise TooLarge
        for node in self.nodes:
            if len(self.value(node)) > LARGEST:
                raise TooLarge
        self.local: dict[Edge, Flat] = {
            (node, place): self.jacobian(node, place)
            for node in self.nodes
            for place, arg in enumerate(node.args)
            if name in arg.variables
        }

    def value(self, node: Expr) -> Row:
        """The entries of the node's value."""
        return [float(x) for x in entries(self.evaluator.value(node))]

    def places(self, node: Expr) -> list[int]:
        """The places of the arguments that depend on the variable."""
        return [p for p in range(len(node.args)) if (node, p) in self.local]

    def is_defined(self) -> bool:
        return all(map(is_finite, self.local.values())) and all(
            math.isfinite(x) for x in self.value(self.expr)
        )

    # -- local Jacobians

    def jacobian(self, node: Expr, place: int) -> Flat:
        """The derivative of one operation by one argument, the others held fixed."""
        arg = node.args[place]
        size = len(self.value(arg))
        if node.kind is Kind.ADD and arg.shape == node.shape:
            return identity(size)
        name = f"\0{place}"
        symbol = variable(name, arg.shape)
        args = list(node.args)
        args[place] = transpose(symbol) if arg.is_row else symbol
        shadow = with_args(node, tuple(args))
        value = self.evaluator.value(arg)
        at = Point(FLOAT, {**self.point.values, name: value}, self.point.sizes)
        if arg.shape == node.shape and is_elementwise(node):
            ones = elementwise(lambda _: 1.0, value)
            return diagonal(self._along(shadow, at, name, ones))
        columns = []
        for k in range(size):
            counter = iter(range(size))
            unit = elementwise(lambda _, c=counter, k=k: float(next(c) == k), value)
            columns.append(self._along(shadow, at, name, unit))
        return [list(row) for row in zip(*columns, strict=True)]

    def _along(self, shadow: Expr, at: Point, name: str, step: object) -> Row:
        try:
            moved = directional(shadow, at, {name: [step]}, still=self.evaluator)
        except (Uncertain, ZeroDivisionError):
            return [math.nan] * len(entries(self.evaluator.value(shadow.args[0])))
        return [float(x.real) for x in entries(moved)]

    # -- products along the flow

    @cached_property
    def tangents(self) -> dict[Expr, Flat]:
        """dv/dx for every node v."""
        return self.forward({})

    @property
    def truth(self) -> Flat:
        """dy/dx"""
        return self.tangents[self.expr] if self.nodes else self.nothing()

    def nothing(self) -> Flat:
        return zeros(len(self.value(self.expr)), len(entries(self.point.values[self.wrt.data[0]])))

    def start(self) -> Flat:
        """dx/dx: the identity, but 0 for the entries that a declared pattern holds at 0."""
        value = self.point.values[self.wrt.data[0]]
        ones = elementwise(lambda _: 1.0, value)
        return diagonal([float(x) for x in entries(within_pattern(FLOAT, ones, self.wrt.data[1]))])

    def forward(self, broken: Mapping[Edge, Flat]) -> dict[Expr, Flat]:
        """dv/dx for every node v, with the local Jacobians in `broken` put in."""
        found: dict[Expr, Flat] = {}
        for node in self.nodes:
            if node.kind is Kind.VARIABLE:
                found[node] = self.start()
                continue
            total: Flat | None = None
            for place in self.places(node):
                local = broken.get((node, place), self.local[node, place])
                part = times(local, found[node.args[place]])
                total = part if total is None else plus(total, part)
            assert total is not None
            found[node] = total
        return found

    @cached_property
    def adjoints(self) -> dict[Expr, Flat]:
        """dy/du for every node u."""
        found = {self.expr: identity(len(self.value(self.expr)))}
        for node in reversed(self.nodes):
            for place in self.places(node):
                part = times(found[node], self.local[node, place])
                arg = node.args[place]
                found[arg] = plus(found[arg], part) if arg in found else part
        return found

    # -- wrong derivatives

    def with_locals(self, node: Expr, broken: Mapping[int, Flat]) -> Flat:
        """The derivative with other local Jacobians at some places of one node."""
        total = self.truth
        for place, local in broken.items():
            change = times(minus(local, self.local[node, place]), self.tangents[node.args[place]])
            total = plus(total, times(self.adjoints[node], change))
        return total

    def with_tangent(self, node: Expr, tangent: Flat) -> Flat:
        """The derivative with another dv/dx at one node."""
        return plus(self.truth, times(self.adjoints[node], minus(tangent, self.tangents[node])))

    def without(self, node: Expr, places: Sequence[int]) -> Flat:
        """The derivative when what comes in at these places is forgotten."""
        none = {p: zeros(len(self.local[node, p]), len(self.local[node, p][0])) for p in places}
        return self.with_locals(node, none)


def is_elementwise(node: Expr) -> bool:
    """Whether entry i of the value rests on entry i of an argument of its shape alone."""
    if node.kind is Kind.APPLY:
        return find(node.data[0]).family == "elementwise"
    return node.kind in (Kind.NEGATE, Kind.HADAMARD, Kind.DIVIDE, Kind.POWER)
