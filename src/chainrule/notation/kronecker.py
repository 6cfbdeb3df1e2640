"""Kronecker notation for derivatives with more than two axes: matrices of vectorised arguments.

Rows run over some axes of the tensor, columns over the others, the most significant first,
so that d vec(Y)/d vec(X)' is the rows (j, i) by the columns (l, k) of ∂Y_ij/∂X_kl. A term
whose index graph has terminals alone is put together from blocks (blocks.py); with summed
indices left over NoMatrixForm is raised.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..expr.build import number
from ..expr.call import call
from ..expr.node import Expr
from ..tensor.node import Kind, Labels, Tensor
from ..tensor.terms import is_zero
from .blocks import Block, Blocks, product_of
from .factor import RawTerm, factored
from .graph import Graph
from .parts import STUCK, Edge, Fusion, NoMatrixForm
from .to_matrix import write_parts
from .write import Writer, identity, is_call


def to_kronecker(
    tensor: Tensor, rows: Labels, columns: Labels, writer: Writer | None = None
) -> Expr:
    """The matrix whose rows and columns run over these axes of `tensor`."""
    writer = writer or Writer()
    done, _ = write_parts(tensor, writer)
    sizes = Blocks(writer, dict(enumerate(tensor.axes)))
    if is_zero(tensor):
        return call("matrix", number(0), sizes=(sizes.dim(rows), sizes.dim(columns)))
    terms = tensor.args if tensor.kind is Kind.SUM else (tensor,)
    raw = [_Arranged(Graph(term, done, writer), rows, columns).term() for term in terms]
    return factored(raw, writer)


class _Arranged:
    """One product, on its way to before · (blocks) · behind."""

    def __init__(self, graph: Graph, rows: Labels, columns: Labels) -> None:
        self.graph = graph
        self.writer = graph.writer
        self.rows = list(rows)
        self.columns = list(columns)
        self.before: list[Expr] = []
        self.behind: list[Expr] = []

    def term(self) -> RawTerm:
        graph = self.graph
        graph.reduce()
        graph.open_slices()
        graph.reduce()
        while self.peel() or self.settle():
            graph.reduce()
        if graph.is_stuck:
            raise NoMatrixForm(STUCK)
        body = self.arranged()
        factors = [*self.before, body, *self.behind]
        return graph.coefficient, graph.scalars, self.writer.chain(factors)

    # -- vec inside: fusions

    def peel(self) -> bool:
        """Take a factor off that stands between the whole row (column) index and a vec."""
        for group, is_rows in ((self.rows, True), (self.columns, False)):
            if len(group) != 1:
                continue
            (label,) = group
            weight = self.graph.take_weight(label) if self.graph.held(label) else None
            if weight is not None:
                self.outside(call("diag", weight), is_rows)
                return True
            edges = self.graph.at(label)
            if len(edges) != 1 or self.graph.held(label):
                continue
            inner = edges[0].other(label)
            is_cut = any(fusion[0] == inner for fusion in self.graph.fusions)
            if inner in self.graph.bound and is_cut and self.graph.at(inner) == edges:
                matrix = self.graph.scaled_rows(label, self.graph.rows(edges[0], label))
                self.graph.drop(edges[0])
                self.graph.bound.remove(inner)
                group[:] = [inner]
                self.outside(matrix, is_rows)
                return True
        return False

    def outside(self, matrix: Expr, is_rows: bool) -> None:
        if is_rows:
            self.before.append(matrix)
        else:
            self.behind.insert(0, self.writer.transpose(matrix))

    def settle(self) -> bool:
        """Read one fused index as its pair of indices, or a pair as the fused index."""
        return any(self.collapse(f) or self.expand(f) for f in self.graph.fusions)

    def free_of_others(self, label: int, fusion: Fusion) -> bool:
        graph = self.graph
        others = [other for other in graph.fusions if other is not fusion]
        is_shared = any(label in other for other in others)
        return not (graph.at(label) or label in graph.weights or is_shared)

    def collapse(self, fusion: Fusion) -> bool:
        """F_Iab with I summed, and a, b side by side in this order: I takes their place."""
        fused, *pair = fusion
        if fused not in self.graph.bound:
            return False
        if not all(self.free_of_others(label, fusion) for label in pair):
            return False
        for group in (self.rows, self.columns):
            for place in range(len(group) - 1):
                if group[place : place + 2] == pair:
                    group[place : place + 2] = [fused]
                    self.graph.bound.remove(fused)
                    self.graph.fusions.remove(fusion)
                    return True
        return False

    def expand(self, fusion: Fusion) -> bool:
        """F_Iab with I in a group and nowhere else: a, b take its place."""
        graph, (fused, *pair) = self.graph, fusion
        for group in (self.rows, self.columns):
            if fused not in group or not self.free_of_others(fused, fusion):
                continue
            place = group.index(fused)
            group[place : place + 1] = [self.as_terminal(label) for label in pair]
            graph.fusions.remove(fusion)
            return True
        return False

    def as_terminal(self, label: int) -> int:
        """The label, no longer summed; where it is a terminal already, its twin by a δ."""
        if label in self.graph.bound:
            self.graph.bound.remove(label)
            return label
        twin = max(self.graph.dims) + 1
        dim = self.graph.dims[twin] = self.graph.dims[label]
        self.graph.edges.append(Edge(twin, label, identity(dim)))
        return twin

    # -- terminals alone

    def arranged(self) -> Expr:
        self.move_along_identities()
        blocks = Blocks(self.writer, self.graph.dims)
        parts = [self.block(component, blocks) for component in self.components()]
        return product_of(parts, tuple(self.rows), tuple(self.columns), blocks)

    def crosses(self, edge: Edge) -> bool:
        return (edge.start in self.rows) != (edge.end in self.rows)

    def move_along_identities(self) -> None:
        """δ_ik P_il = δ_ik P_kl: what crosses beside a δ is moved to one side of it."""
        graph = self.graph
        for eye in [e for e in graph.edges if self.crosses(e) and is_call(e.matrix, "eye")]:
            for edge in graph.edges:
                if edge is eye or not self.crosses(edge):
                    continue
                for old, new in ((eye.start, eye.end), (eye.end, eye.start)):
                    if edge.touches(old):
                        start, end = (new if x == old else x for x in (edge.start, edge.end))
                        edge.start, edge.end = start, end
                        break
        self.merge_parallel()

    def merge_parallel(self) -> None:
        """A_ij B_ij = (A ⊙ B)_ij; beside δ_ij the diagonal stays."""
        merged: dict[frozenset[int], Edge] = {}
        for edge in self.graph.edges:
            first = merged.setdefault(frozenset((edge.start, edge.end)), edge)
            if first is edge:
                continue
            pair = [first.matrix, self.graph.rows(edge, first.start)]
            others = [matrix for matrix in pair if not is_call(matrix, "eye")]
            if len(others) == 1:
                first.matrix = call("diag", call("diag", others[0]))
            elif others:
                first.matrix = self.writer.elementwise(pair)
        self.graph.edges = list(merged.values())

    def components(self) -> list[list[int]]:
        """The terminals, by what hangs together."""
        found: list[list[int]] = []
        left = [*self.rows, *self.columns]
        while left:
            component = [left.pop(0)]
            for label in component:
                reached = {edge.other(label) for edge in self.graph.at(label)}
                component += [other for other in left if other in reached]
                left = [other for other in left if other not in reached]
            found.append(component)
        return found

    def block(self, component: Sequence[int], blocks: Blocks) -> Block:
        rows = tuple(label for label in self.rows if label in component)
        columns = tuple(label for label in self.columns if label in component)
        if len(component) == 1:
            weight = self.graph.take_weight(component[0])
            return Block(rows, columns, blocks.ones(component) if weight is None else weight)
        for label in component:
            self.absorb(label)
        edges = [edge for edge in self.graph.edges if edge.start in component]
        crossing = [edge for edge in edges if self.crosses(edge)]
        left = self.scaling(edges, rows, blocks)
        right = self.scaling(edges, columns, blocks)
        if not crossing:
            vector = left if left is not None else right
            assert vector is not None
            return Block(rows, columns, vector)
        layers = _matchings(crossing)
        parts = [self.layer(layer, rows, columns, blocks) for layer in layers]
        factors = [
            *([call("diag", left)] if left is not None else []),
            self.writer.elementwise(parts),
            *([call("diag", right)] if right is not None else []),
        ]
        return Block(rows, columns, self.writer.chain(factors))

    def absorb(self, label: int) -> None:
        """Scale the rows of one matrix at the label by its weight."""
        edges = sorted(self.graph.at(label), key=self.crosses)
        weight = self.graph.take_weight(label)
        if weight is not None:
            edge, scale = edges[0], call("diag", weight)
            pair = [scale, edge.matrix] if edge.start == label else [edge.matrix, scale]
            edge.matrix = self.writer.chain(pair)

    def scaling(self, edges: list[Edge], group: Labels, blocks: Blocks) -> Expr | None:
        """The entries of matrices between indices of one group, as a vector over the group."""
        vectors = []
        for edge in edges:
            if not {edge.start, edge.end} <= set(group):
                continue
            major, minor = (label for label in group if edge.touches(label))
            block = Block((major, minor), (), call("vec", self.graph.rows(edge, minor)))
            rest = [label for label in group if not edge.touches(label)]
            ones = [Block((label,), (), blocks.ones([label])) for label in rest]
            vectors.append(product_of([block, *ones], group, (), blocks))
        return self.writer.elementwise(vectors) if vectors else None

    def layer(self, edges: list[Edge], rows: Labels, columns: Labels, blocks: Blocks) -> Expr:
        """The product of matrices with no index in common, ones at the indices left."""
        parts = []
        for edge in edges:
            row, column = sorted((edge.start, edge.end), key=lambda x: x in columns)
            parts.append(Block((row,), (column,), self.graph.rows(edge, row)))
        for label in [x for x in (*rows, *columns) if not any(e.touches(x) for e in edges)]:
            ones = blocks.ones([label])
            is_row = label in rows
            parts.append(Block((label,) * is_row, (label,) * (not is_row), ones))
        return product_of(parts, rows, columns, blocks)


def _matchings(edges: list[Edge]) -> list[list[Edge]]:
    """The edges in as few lists as come easily, in each of which no two share an index."""
    layers: list[list[Edge]] = []
    for edge in edges:
        for layer in layers:
            if not any(edge.touches(other.start) or edge.touches(other.end) for other in layer):
                layer.append(edge)
                break
        else:
            layers.append([edge])
    return layers
