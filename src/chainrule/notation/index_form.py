"""Index notation, the fallback that always works: sums of products with named indices.

What has a matrix form stays in it; only products that have none become
einsum("ia,ja->ij", A, B).
"""

from __future__ import annotations

from fractions import Fraction
from string import ascii_letters

from ..errors import ProblemError
from ..expr.build import number
from ..expr.call import call
from ..expr.node import Expr
from ..tensor.node import Kind, Labels, Tensor
from ..tensor.terms import is_zero
from .factor import factored
from .graph import Graph
from .parts import Term, Written, written
from .to_matrix import write_node, write_parts
from .write import Writer, is_call, ones_vector

FREE = "ijklmn"
SUMMED = "prstuvaehox"
NAMES = FREE + SUMMED + "".join(c for c in ascii_letters if c not in FREE + SUMMED)


def to_index(tensor: Tensor, writer: Writer | None = None) -> Expr:
    """`tensor` in index notation wherever there is no matrix notation."""
    writer = writer or Writer()
    done, _ = write_parts(tensor, writer, _write)
    return written(tensor, done)


def _write(node: Tensor, done: Written, writer: Writer) -> Expr:
    match node.kind:
        case Kind.SUM if not is_zero(node):
            terms = [_term(arg, done, writer) for arg in node.args]
            return factored([(t.coefficient, t.scalars, t.body) for t in terms], writer)
        case Kind.SUM | Kind.CONTRACT | Kind.FUSE:
            term = _term(node, done, writer)
            return writer.scaled(term.coefficient, term.scalars, term.body)
    return write_node(node, done, writer)


def _term(node: Tensor, done: Written, writer: Writer) -> Term:
    """One product: its graph reduced as far as it goes, the rest spelled with indices."""
    if is_zero(node):
        ones = [(ones_vector(dim), (label,)) for label, dim in enumerate(node.axes)]
        zero = call("vector", number(0), sizes=node.axes[:1])
        return Term(Fraction(1), [], _einsum([(zero, (0,)), *ones[1:]], len(node.axes)))
    if node.kind not in (Kind.CONTRACT, Kind.FUSE):
        return Term(Fraction(1), [], written(node, done))
    graph = Graph(node, done, writer)
    graph.reduce()
    graph.open_slices()
    graph.open_fusions()
    graph.reduce()
    if not graph.is_stuck and len(graph.out) <= 2:
        return graph.term()
    return Term(graph.coefficient, graph.scalars, _einsum(_operands(graph), len(graph.out)))


def _operands(graph: Graph) -> list[tuple[Expr, Labels]]:
    """What is left of the graph, δ first; free labels without a factor get ones."""
    edges = [_shorter(edge.matrix, (edge.start, edge.end), graph.writer) for edge in graph.edges]
    operands = [pair for pair in edges if is_call(pair[0], "eye")]
    operands += graph.blocks
    operands += [pair for pair in edges if not is_call(pair[0], "eye")]
    for label in list(graph.weights):
        weight = graph.take_weight(label)
        assert weight is not None
        operands.append((weight, (label,)))
    used = {label for _, own in operands for label in own}
    missing = [label for label in graph.out if label not in used]
    return operands + [(ones_vector(graph.dims[label]), (label,)) for label in missing]


def _shorter(matrix: Expr, labels: Labels, writer: Writer) -> tuple[Expr, Labels]:
    """A_ji for (A')_ij."""
    flipped = writer.transpose(matrix)
    if writer.size(flipped) < writer.size(matrix):
        return flipped, labels[::-1]
    return matrix, labels


def _einsum(operands: list[tuple[Expr, Labels]], free: int) -> Expr:
    if len(operands) == 1 and operands[0][1] == tuple(range(free)):
        return operands[0][0]
    labels = dict.fromkeys([*range(free), *(label for _, own in operands for label in own)])
    if len(labels) > len(NAMES):
        raise ProblemError("limit", f"a product with {len(labels)} indices")
    summed = NAMES[len(FREE) :] if free <= len(FREE) else NAMES[free:]
    names = dict(zip(labels, NAMES[:free] + summed, strict=False))
    inputs = ",".join("".join(names[label] for label in own) for _, own in operands)
    spec = f"{inputs}->{NAMES[:free]}"
    return call("einsum", *(expr for expr, _ in operands), parameter=spec)
