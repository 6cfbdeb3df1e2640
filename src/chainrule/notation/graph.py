"""How an index graph is reduced to matrix notation.

Summed vertices are removed one at a time; each rule's docstring is the identity it uses.
What is left are the terminals with at most one edge between two of them.
"""

from __future__ import annotations

from ..expr.build import number, size
from ..expr.call import call
from ..expr.node import Expr
from ..expr.node import Kind as Form
from ..shapes import Dim
from .fusions import Fusions
from .parts import Edge, Term, columns_of_identity
from .places import taken
from .write import ONE, is_call, ones_vector


class Graph(Fusions):
    """The index graph of one product, reduced step by step."""

    # -- the reduction

    def reduce(self) -> None:
        rules = (
            self.unit,
            self.slice,
            self.loop,
            self.full_sum,
            self.closed_vertex,
            self.leaf,
            self.parallel,
            self.series,
            self.kronecker,
        )
        while any(rule() for rule in rules):
            pass

    def unit(self) -> bool:
        """Σ_i (e_k)_i A_ij v_i = A_kj v_k: a unit vector picks entries, rows and columns."""
        for label, place in self.units.items():
            del self.units[label]
            self.bound.remove(label)
            weight = self.take_weight(label)
            if weight is not None:
                self.scalars.append(taken(weight, self.writer, place))
            for edge in self.at(label):
                self.drop(edge)
                if edge.start == edge.end:
                    self.scalars.append(taken(edge.matrix, self.writer, place, place))
                    continue
                places = (place, None) if edge.start == label else (None, place)
                self.put_weight(edge.other(label), taken(edge.matrix, self.writer, *places))
            return True
        return False

    def slice(self) -> bool:
        """Σ_I S_Ii A_Ij v_I = A_(o+i)j v_(o+i): whatever stands on I is cut to the range."""
        for piece in self.slices:
            whole, part = piece.whole, piece.part
            rest = [other for other in self.slices if other is not piece]
            if whole not in self.bound or any(whole in (other.whole, other.part) for other in rest):
                continue
            if any(whole in f for f in self.fusions) or any(whole in o for _, o in self.blocks):
                continue
            one = Dim.of(1)
            ends = (piece.offset + one, piece.offset + self.dims[part])
            for weight in self.weights.pop(whole, []):
                self.put_weight(part, taken(weight, self.writer, ends))
            for edge in self.at(whole):
                both = edge.start == edge.end
                matrix = self.rows(edge, whole)
                edge.matrix = taken(matrix, self.writer, ends, ends if both else None)
                edge.end = part if both else edge.other(whole)
                edge.start = part
            self.slices = rest
            self.bound.remove(whole)
            return True
        return False

    def open_slices(self) -> None:
        """Slices as matrices, where nothing else can be done with them."""
        for piece in self.slices:
            matrix = columns_of_identity(
                self.dims[piece.whole], piece.offset, self.dims[piece.part]
            )
            self.edges.append(Edge(piece.whole, piece.part, matrix))
        self.slices = []

    def loop(self) -> bool:
        """A_ii: a trace when i is summed and stands alone, else the diagonal of A."""
        for edge in self.edges:
            if edge.start != edge.end:
                continue
            label = edge.start
            self.drop(edge)
            alone = not self.at(label) and label not in self.weights and not self.held(label)
            if label in self.bound and alone:
                self.scalars.append(call("tr", edge.matrix))
                self.bound.remove(label)
            else:
                self.put_weight(label, call("diag", edge.matrix))
            return True
        return False

    def full_sum(self) -> bool:
        """Σ_ij A_ij, or Σ_ij A_ij B_ij, with nothing else on i and j."""
        for edge in self.edges:
            ends = (edge.start, edge.end)
            if edge.start == edge.end or any(
                label not in self.bound or label in self.weights or self.held(label)
                for label in ends
            ):
                continue
            between = self.at(edge.start)
            if len(between) > 2 or any(set((e.start, e.end)) != set(ends) for e in between):
                continue
            if len(self.at(edge.end)) != len(between):
                continue
            for each in between:
                self.drop(each)
            self.bound = [label for label in self.bound if label not in ends]
            self.scalars.append(self._sumwritten([self.rows(e, edge.start) for e in between]))
            return True
        return False

    def _sumwritten(self, matrices: list[Expr]) -> Expr:
        if len(matrices) == 1:
            (matrix,) = matrices
            if matrix.kind is Form.POWER and matrix.args[1] is number(2):
                return self.writer.raised(call("norm2", matrix.args[0]), number(2))
            plain = matrix.args[0] if matrix.kind is Form.TRANSPOSE else matrix
            return self.writer.total_of(plain)
        a, b = matrices
        for first, second in ((a, b), (b, a)):
            flipped = self.writer.transpose(first)
            if self.writer.size(flipped) <= self.writer.size(first):
                return call("tr", self.writer.chain([flipped, second]))
        return call("sum", self.writer.elementwise([a, b]))

    def closed_vertex(self) -> bool:
        """Σ_i over vectors alone: a sum or an inner product."""
        for label in self.bound:
            if self.at(label) or self.held(label):
                continue
            self.bound.remove(label)
            parts = self.weights.pop(label, [])
            self.scalars.append(self._closed(parts, self.dims[label]))
            return True
        return False

    def _closed(self, parts: list[Expr], dim: Dim) -> Expr:
        if not parts:
            return size(dim)
        parts = self.writer.order(parts)
        if len(parts) == 1:
            (part,) = parts
            if part.kind is Form.POWER and part.args[1] is number(2):
                return self.writer.chain([self.writer.transpose(part.args[0]), part.args[0]])
            return self.writer.total_of(part)
        plain = [part for part in parts if part.kind is not Form.DIVIDE] or parts
        left = plain[0]
        rest = list(parts)
        rest.remove(left)
        product = self.writer.elementwise(rest)
        forth = self.writer.chain([self.writer.transpose(left), product])
        back = self.writer.chain([self.writer.transpose(product), left])
        return back if self.writer.size(back) < self.writer.size(forth) else forth

    def leaf(self) -> bool:
        """A summed label with one edge: a matrix-vector product, or a row or column sum."""
        for label in self.bound:
            if self.held(label) or len(self.at(label)) != 1:
                continue
            (edge,) = self.at(label)
            other = edge.other(label)
            self.drop(edge)
            self.bound.remove(label)
            weight = self.take_weight(label)
            matrix = self.rows(edge, other)
            if weight is None:
                self.put_weight(other, self._row_sums(matrix))
            else:
                self.put_weight(other, self.writer.chain([matrix, weight]))
            return True
        return False

    def _row_sums(self, matrix: Expr) -> Expr:
        flipped = self.writer.transpose(matrix)
        if self.writer.size(flipped) < self.writer.size(matrix):
            return call("sum", flipped, parameter=0)
        return call("sum", matrix, parameter=1)

    def parallel(self) -> bool:
        """Two edges between the same labels: A ⊙ B."""
        for place, edge in enumerate(self.edges):
            for other in self.edges[place + 1 :]:
                if {edge.start, edge.end} != {other.start, other.end}:
                    continue
                product = self.writer.elementwise([edge.matrix, self.rows(other, edge.start)])
                if is_call(edge.matrix, "eye") or is_call(other.matrix, "eye"):
                    continue
                self.drop(other)
                edge.matrix = product
                return True
        return False

    def series(self) -> bool:
        """A summed label between two edges: A·diag(v)·B."""
        for label in self.bound:
            edges = self.at(label)
            if self.held(label) or len(edges) != 2:
                continue
            first, second = edges
            left, right = first.other(label), second.other(label)
            weight = self.take_weight(label)
            middle = [call("diag", weight)] if weight is not None else []
            ahead = self.rows(first, left)
            behind = self.rows(second, label)
            self.drop(first)
            self.drop(second)
            self.bound.remove(label)
            self.edges.append(Edge(left, right, self.writer.chain([ahead, *middle, behind])))
            return True
        return False

    # -- the result

    def term(self) -> Term:
        body: Expr | None = None
        if len(self.out) == 1:
            body = self.take_weight(0) or ones_vector(self.dims[0])
        elif len(self.out) == 2:
            body = self._between_terminals()
        return Term(self.coefficient, self.scalars, body)

    def _between_terminals(self) -> Expr:
        u, v = self.take_weight(0), self.take_weight(1)
        if not self.edges:
            if u is None and v is None:
                return call("matrix", ONE, sizes=(self.dims[0], self.dims[1]))
            left = u if u is not None else ones_vector(self.dims[0])
            right = v if v is not None else ones_vector(self.dims[1])
            return self.writer.chain([left, self.writer.transpose(right)])
        eyes = [edge for edge in self.edges if is_call(edge.matrix, "eye")]
        others = [edge for edge in self.edges if not is_call(edge.matrix, "eye")]
        if eyes and others:  # δ_ij A_ij keeps the diagonal of A
            diagonal = [call("diag", edge.matrix) for edge in others]
            u = self.writer.elementwise([*([u] if u is not None else []), *diagonal])
            self.edges = eyes[:1]
        matrix = self.rows(self.edges[0], 0)
        flipped = matrix.kind is Form.TRANSPOSE
        if is_call(matrix.args[0] if flipped else matrix, "tri") and not (u is None and v is None):
            left = u if u is not None else ones_vector(self.dims[0])
            right = v if v is not None else ones_vector(self.dims[1])
            product = self.writer.chain([left, self.writer.transpose(right)])
            return call("triu" if flipped else "tril", product)
        return self.writer.chain(
            [
                *([call("diag", u)] if u is not None else []),
                matrix,
                *([call("diag", v)] if v is not None else []),
            ]
        )
