"""Fused indices in an index graph: vec(A), kron(u, v), kron(A, B), and pairs of terminals."""

from __future__ import annotations

from ..expr.call import call
from .parts import Edge, Fusion, Parts
from .write import identity, is_call, ones_vector


class Fusions(Parts):
    """An index graph with the rules for fusions of two indices into one."""

    def open_fusions(self) -> None:
        """F_Iab = (I ⊗ 1)_Ia (1 ⊗ I)_Ib: fusions as matrices, where nothing shorter is found.

        F_Iab w_b = (I ⊗ w)_Ia, and F_Iab w_a = (w ⊗ I)_Ib alike.
        """
        for fused, major, minor in self.fusions:
            m, n = self.dims[major], self.dims[minor]
            inner = next((x for x in (minor, major) if self._only(x, [])), None)
            weight = None if inner is None else self.take_weight(inner)
            if inner is not None:
                self.bound.remove(inner)
            if inner != major:
                by_major = call("kron", identity(m), weight or ones_vector(n))
                self.edges.append(Edge(fused, major, by_major))
            if inner != minor:
                by_minor = call("kron", weight or ones_vector(m), identity(n))
                self.edges.append(Edge(fused, minor, by_minor))
        self.fusions = []

    def kronecker(self) -> bool:
        """Fusions of indices: vec(A), kron(u, v), kron(A, B)."""
        for fusion in self.fusions:
            _, major, minor = fusion
            if self._unvec(fusion):
                self.fusions.remove(fusion)
                self.bound.remove(fusion[0])
                return True
            if self._khatri_rao(fusion):
                self.fusions.remove(fusion)
                self.bound = [label for label in self.bound if label not in (major, minor)]
                return True
            if self._vec(fusion) or self._kron_vectors(fusion):
                self.fusions.remove(fusion)
                self.bound = [label for label in self.bound if label not in (major, minor)]
                return True
            for other in self.fusions:
                if other is not fusion and self._kron_matrices(fusion, other):
                    self.fusions = [f for f in self.fusions if f not in (fusion, other)]
                    inner = {*fusion[1:], *other[1:]}
                    self.bound = [label for label in self.bound if label not in inner]
                    return True
        return False

    def _only(self, label: int, edges: list[Edge], fusions: int = 1) -> bool:
        """Whether a summed label stands on these edges and that many fusions alone."""
        return (
            label in self.bound
            and all(e in edges for e in self.at(label))
            and sum(label in fusion for fusion in self.fusions) == fusions
            and not any(label in own for _, own in self.blocks)
            and not any(label in (piece.whole, piece.part) for piece in self.slices)
        )

    def _unvec(self, fusion: Fusion) -> bool:
        """x_I F_Iba = unvec(x)_ab for a summed I."""
        fused, major, minor = fusion
        if not self._only(fused, []) or fused not in self.weights:
            return False
        entries = self.take_weight(fused)
        assert entries is not None
        sizes = (self.dims[minor], self.dims[major])
        is_same = is_call(entries, "vec") and entries.args[0].shape == sizes
        matrix = entries.args[0] if is_same else call("reshape", entries, sizes=sizes)
        self.edges.append(Edge(minor, major, matrix))
        return True

    def _khatri_rao(self, fusion: Fusion) -> bool:
        """F_Iab A_ak B_bk = khatrirao(A, B)_Ik for summed a and b."""
        fused, major, minor = fusion
        ends = [self.at(major), self.at(minor)]
        if major == minor or any(len(edges) != 1 for edges in ends):
            return False
        (first,), (second,) = ends
        if not (self._only(major, [first]) and self._only(minor, [second])):
            return False
        column = first.other(major)
        if first is second or second.other(minor) != column or column in (major, minor):
            return False
        left, right = (
            self.scaled_rows(label, self.rows(edge, label))
            for edge, label in ((first, major), (second, minor))
        )
        self.drop(first)
        self.drop(second)
        self.edges.append(Edge(fused, column, call("khatrirao", left, right)))
        return True

    def _vec(self, fusion: Fusion) -> bool:
        fused, major, minor = fusion
        between = [e for e in self.edges if {e.start, e.end} == {major, minor}]
        if len(between) != 1 or not all(self._only(x, between) for x in (major, minor)):
            return False
        rows, columns = self.take_weight(minor), self.take_weight(major)
        matrix = self.writer.chain(
            [
                *([call("diag", rows)] if rows is not None else []),
                self.rows(between[0], minor),
                *([call("diag", columns)] if columns is not None else []),
            ]
        )
        self.drop(between[0])
        self.put_weight(fused, call("vec", matrix))
        return True

    def _kron_vectors(self, fusion: Fusion) -> bool:
        fused, major, minor = fusion
        if not all(self._only(x, []) for x in (major, minor)):
            return False
        if major == minor:
            diagonal = self.scaled_rows(major, identity(self.dims[major]))
            self.put_weight(fused, call("vec", diagonal))
            return True
        u = self.take_weight(major) or ones_vector(self.dims[major])
        v = self.take_weight(minor) or ones_vector(self.dims[minor])
        self.put_weight(fused, call("kron", u, v))
        return True

    def _kron_matrices(self, rows: Fusion, columns: Fusion) -> bool:
        if rows[1] == rows[2] or columns[1] == columns[2]:
            return False
        factors = []
        used: list[Edge] = []
        for i, j in zip(rows[1:], columns[1:], strict=True):
            if i == j:
                weight = self.weights.get(i)
                if not self._only(i, [], fusions=2):
                    return False
                diagonal = self.writer.elementwise(weight) if weight else None
                factors.append(
                    call("diag", diagonal) if diagonal is not None else identity(self.dims[i])
                )
                continue
            between = [e for e in self.edges if {e.start, e.end} == {i, j}]
            if len(between) != 1 or not (self._only(i, between) and self._only(j, between)):
                return False
            if i in self.weights or j in self.weights:
                return False
            used += between
            factors.append(self.rows(between[0], i))
        for edge in used:
            self.drop(edge)
        for label in rows[1:]:
            self.weights.pop(label, None)
        self.edges.append(Edge(rows[0], columns[0], call("kron", *factors)))
        return True
