"""What an index graph is made of: terms, edges, weights, and how they are looked up.

Labels are vertices, matrices edges, vectors weights on vertices, free labels terminals.
graph.py reduces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..expr.build import index, number, vector_literal
from ..expr.call import call
from ..expr.node import Expr
from ..expr.node import Kind as Form
from ..shapes import Dim
from ..tensor.node import Kind, Labels, Tensor
from .write import Writer, identity

Written = Mapping[Tensor, Expr | None]  # tensors in matrix notation; None has no such form
Fusion = tuple[int, int, int]  # the labels of F_Iab: I counts the pairs (a, b), b fastest
STUCK = "a summed index meets three others: no matrix product, ⊙ or diag says that"


class NoMatrixForm(Exception):
    """The tensor has no form in matrix products, ⊙, diag and transposes; the text says why."""


@dataclass
class Term:
    """coefficient · scalars · body, before it is written."""

    coefficient: Fraction
    scalars: list[Expr]
    body: Expr | None


def written(tensor: Tensor, done: Written) -> Expr:
    expr = done[tensor]
    if expr is None:
        raise NoMatrixForm(f"a factor with {len(tensor.axes)} indices")
    return expr


LITERAL = 8  # vectors and matrices of numbers are written out up to this size


def unit_vector(dim: Dim, place: Dim) -> Expr:
    """[0, 1, 0] where the size is a small number, else unit(i, n)."""
    if dim.integer is not None and dim.integer <= LITERAL and place.integer is not None:
        return vector_literal(*(number(int(k == place.integer)) for k in range(1, dim.integer + 1)))
    return call("unit", sizes=(place, dim))


def columns_of_identity(dim: Dim, offset: Dim, length: Dim) -> Expr:
    """The matrix of a slice: eye(n)[:,a:b]."""
    return index(identity(dim), None, (offset + Dim.of(1), offset + length))


@dataclass
class Edge:
    """A matrix between two labels: its rows run over `start`, its columns over `end`."""

    start: int
    end: int
    matrix: Expr

    def touches(self, label: int) -> bool:
        return label in (self.start, self.end)

    def other(self, label: int) -> int:
        return self.end if label == self.start else self.start


@dataclass
class Slice:
    """S with S_Ii = 1 where I = offset + i: the places of `whole` that `part` runs over."""

    whole: int
    part: int
    offset: Dim


class Parts:
    """The index graph of one product."""

    def __init__(self, node: Tensor, done: Written, writer: Writer) -> None:
        args: tuple[Tensor, ...] = (node,)
        coefficient, labels = Fraction(1), (tuple(range(len(node.axes))),)
        if node.kind is Kind.CONTRACT:
            args, (coefficient, labels, _) = node.args, node.data
        self.writer = writer
        self.coefficient: Fraction = coefficient
        self.out = tuple(range(len(node.axes)))
        self.scalars: list[Expr] = []
        self.weights: dict[int, list[Expr]] = {}
        self.edges: list[Edge] = []
        self.dims: dict[int, Dim] = {}
        self.fusions: list[Fusion] = []
        self.units: dict[int, Dim] = {}  # summed labels picked by a unit vector
        self.slices: list[Slice] = []
        self.blocks: list[tuple[Expr, Labels]] = []  # operands with more than two axes
        for arg, own in zip(args, labels, strict=True):
            self.dims.update(zip(own, arg.axes, strict=True))
            self._place(arg, own, done)
        self.bound = [label for label in self.dims if label not in self.out]
        for label in [label for label in self.units if self.held(label)]:
            self.put_weight(label, unit_vector(self.dims[label], self.units.pop(label)))

    def _place(self, arg: Tensor, own: Labels, done: Written) -> None:
        if arg.kind is Kind.FUSE:
            self.fusions.append((own[0], own[1], own[2]))
            return
        if arg.kind is Kind.BASIS and own[0] not in (*self.out, *self.units):
            self.units[own[0]] = arg.data[0]
            return
        if arg.kind is Kind.SLICE:
            self.slices.append(Slice(own[0], own[1], arg.data[0]))
            return
        expr = written(arg, done)
        if expr.kind is Form.NEGATE:
            self.coefficient, expr = -self.coefficient, expr.args[0]
        if arg.axes and expr.kind is Form.MULTIPLY:
            scalars = [f for f in expr.args if f.is_scalar]
            if scalars:
                self.scalars += scalars
                expr = self.writer.chain(f for f in expr.args if not f.is_scalar)
        if not own:
            self.scalars.append(expr)
        elif len(own) == 1:
            if arg.kind is not Kind.ONES:
                self.put_weight(own[0], expr)
        elif len(own) == 2:
            self.edges.append(Edge(own[0], own[1], expr))
        else:
            self.blocks.append((expr, own))

    # -- the parts of the graph

    def at(self, label: int) -> list[Edge]:
        return [edge for edge in self.edges if edge.touches(label)]

    @property
    def is_stuck(self) -> bool:
        """Whether something other than matrices and vectors on terminals is left."""
        return bool(self.bound or self.fusions or self.blocks or self.slices)

    def held(self, label: int) -> bool:
        """Whether the label stands on anything with more than two axes."""
        return (
            any(label in fusion for fusion in self.fusions)
            or any(label in own for _, own in self.blocks)
            or any(label in (piece.whole, piece.part) for piece in self.slices)
        )

    def take_weight(self, label: int) -> Expr | None:
        parts = self.weights.pop(label, None)
        return self.writer.elementwise(parts) if parts else None

    def put_weight(self, label: int, expr: Expr) -> None:
        self.weights.setdefault(label, []).append(expr)

    def drop(self, edge: Edge) -> None:
        self.edges = [other for other in self.edges if other is not edge]

    def rows(self, edge: Edge, label: int) -> Expr:
        """The edge's matrix with its rows over `label`."""
        return edge.matrix if edge.start == label else self.writer.transpose(edge.matrix)

    def scaled_rows(self, label: int, matrix: Expr) -> Expr:
        """diag(v)·matrix, v being the weight on the label, which is used up."""
        weight = self.take_weight(label)
        return matrix if weight is None else self.writer.chain([call("diag", weight), matrix])
