"""Three and four free indices as the matrix of vectorised arguments: ⊗, vec, commutation.

Rows are vec of one group of axes, columns vec of the other, columns stacked. When all
summed indices of a product are gone, what is left are edges between terminals. With rows
(j, i) and columns (l, k), most significant first, every such product is

    diag(vec W)·[(N_jl ⊗ M_ik) ⊙ ((Q_jk ⊗ P_il)·K)]·diag(vec V)

where an entry without an edge is an outer product of weights, or all ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..expr.build import number, transpose
from ..expr.call import call
from ..expr.node import Expr
from ..shapes import Dim
from ..tensor.node import Kind, Tensor
from .factor import RawTerm, factored
from .graph import Graph
from .parts import NoMatrixForm, Term, Written
from .to_matrix import write_parts
from .write import Writer, identity, is_call, ones_vector

Axes = tuple[int, ...]
Ends = tuple[int | None, int | None]  # a row and a column terminal


def to_kronecker(tensor: Tensor, rows: Axes, columns: Axes, writer: Writer) -> Expr:
    """The matrix whose rows and columns run over these axes, most significant first.

    Raises NoMatrixForm when a product has no such form.
    """
    done, _ = write_parts(tensor, writer)
    terms = tensor.args if tensor.kind is Kind.SUM else (tensor,)
    raw: list[RawTerm] = []
    for term in terms:
        if term.kind is not Kind.CONTRACT:
            raise NoMatrixForm(f"a factor with {len(term.axes)} indices")
        written = _Kronecker(term, done, rows, columns, writer).term()
        raw.append((written.coefficient, written.scalars, written.body))
    if not raw:
        size = [_size(tensor, rows), _size(tensor, columns)]
        return call("matrix", number(0), sizes=(size[0], size[1]))
    return factored(raw, writer)


def _size(tensor: Tensor, axes: Axes) -> Dim:
    size = Dim.of(1)
    for axis in axes:
        size = size * tensor.axes[axis]
    return size


@dataclass
class _Side:
    """The terminals of the rows or the columns: the outer one runs slowest; None is size 1."""

    outer: int | None
    inner: int | None

    @property
    def labels(self) -> list[int]:
        return [label for label in (self.outer, self.inner) if label is not None]


class _Kronecker:
    """One product with its terminals on two sides."""

    def __init__(
        self, term: Tensor, done: Written, rows: Axes, columns: Axes, writer: Writer
    ) -> None:
        self.writer = writer
        self.graph = Graph(term, done, writer)
        self.graph.open_fusions()
        self.graph.reduce()
        self.rows = self.side(rows)
        self.columns = self.side(columns)
        self.weights = {
            label: writer.elementwise(parts) for label, parts in self.graph.weights.items()
        }

    def side(self, axes: Axes) -> _Side:
        labels = [label for axis in axes for label in self.graph.opened.get(axis, (axis,))]
        if len(labels) > 2:
            raise NoMatrixForm("more than two indices on a side")
        return _Side(labels[0] if len(labels) == 2 else None, labels[-1])

    def term(self) -> Term:
        body = self.body()
        return Term(self.graph.coefficient, self.graph.scalars, body)

    # -- edges and weights

    def edge(self, a: int | None, b: int | None) -> Expr | None:
        """The matrix between two terminals, rows over a."""
        for edge in self.graph.edges:
            if a is not None and {edge.start, edge.end} == {a, b}:
                return self.graph.rows(edge, a)
        return None

    def size(self, label: int) -> Dim:
        return self.graph.dims[label]

    def weight(self, label: int | None) -> Expr | None:
        return self.weights.pop(label, None) if label is not None else None

    def body(self) -> Expr:
        j, i = self.rows.outer, self.rows.inner
        m, k = self.columns.outer, self.columns.inner
        straight = self.edge(i, k) is not None or self.edge(j, m) is not None
        crossed = self.edge(i, m) is not None or self.edge(j, k) is not None
        left, right = self.edge(j, i), self.edge(m, k)
        if not straight and not crossed:
            return self.outer_product()
        self.absorb()
        middle: list[Expr] = []
        if straight:
            middle.append(self.pair((j, m), (i, k)))
        if crossed:
            product = self.pair((j, k), (i, m))
            if k is not None and m is not None:
                turn = call("commutation", sizes=(self.size(k), self.size(m)))
                product = self.writer.chain([product, turn])
            middle.append(product)
        result = self.writer.elementwise(middle) if len(middle) > 1 else middle[0]
        factors = [result]
        if left is not None:
            factors.insert(0, call("diag", call("vec", self.writer.transpose(left))))
        if right is not None:
            factors.append(call("diag", call("vec", self.writer.transpose(right))))
        return self.writer.chain(factors)

    def absorb(self) -> None:
        """Each weight goes into one matrix that crosses from rows to columns."""
        sides = set(self.rows.labels)
        for edge in self.graph.edges:
            if (edge.start in sides) == (edge.end in sides):
                continue
            u, v = self.weight(edge.start), self.weight(edge.end)
            edge.matrix = self.writer.chain(
                [
                    *([call("diag", u)] if u is not None else []),
                    edge.matrix,
                    *([call("diag", v)] if v is not None else []),
                ]
            )
        for edge in self.graph.edges:  # a weight that only meets its own side
            if (edge.start in sides) != (edge.end in sides):
                continue
            for label in (edge.start, edge.end):
                if label in self.weights and not self.crosses(label):
                    weight = call("diag", self.weights.pop(label))
                    ends = [weight, edge.matrix] if edge.start == label else [edge.matrix, weight]
                    edge.matrix = self.writer.chain(ends)

    def crosses(self, label: int) -> bool:
        sides = set(self.rows.labels)
        return any((e.start in sides) != (e.end in sides) for e in self.graph.at(label))

    def pair(self, outer: Ends, inner: Ends) -> Expr:
        """(entry between the outer terminals) ⊗ (entry between the inner ones)."""
        return self.kron(self.entry(*outer), self.entry(*inner))

    def kron(self, a: Expr | None, b: Expr | None) -> Expr:
        if a is None or b is None:
            present = a if a is not None else b
            assert present is not None
            return present
        if is_call(a, "eye") and is_call(b, "eye"):
            return identity(a.shape[0] * b.shape[0])
        if a.is_row or b.is_row:  # a'⊗B = (a⊗B')': only columns stand in a product
            return transpose(self.kron(self.writer.transpose(a), self.writer.transpose(b)))
        return call("kron", a, b)

    def entry(self, row: int | None, column: int | None) -> Expr | None:
        """The matrix between a row and a column terminal; a vector where one is missing."""
        found = self.edge(row, column)
        if found is not None:
            return found
        u = self.filler(row)
        v = self.filler(column)
        if u is None or v is None:
            return u if v is None else (transpose(v) if v is not None else None)
        return self.writer.chain([u, self.writer.transpose(v)])

    def filler(self, label: int | None) -> Expr | None:
        """The weight of a terminal that no matrix has used up, else ones."""
        if label is None:
            return None
        return self.weight(label) or ones_vector(self.size(label))

    def outer_product(self) -> Expr:
        """Nothing joins rows and columns: vec(W)·vec(V)'."""
        self.absorb()
        parts = [self.stacked(side) for side in (self.rows, self.columns)]
        return self.writer.chain([parts[0], self.writer.transpose(parts[1])])

    def stacked(self, side: _Side) -> Expr:
        inner = self.edge(side.inner, side.outer)
        if inner is not None:
            return call("vec", inner)
        parts = [self.filler(label) for label in side.labels]
        vectors = [part for part in parts if part is not None]
        return vectors[0] if len(vectors) == 1 else call("kron", *vectors)
