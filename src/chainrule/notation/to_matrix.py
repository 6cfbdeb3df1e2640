"""From index form to matrix notation, for at most two free indices.

A product is a graph: labels are vertices, matrices edges, vectors weights on vertices,
free labels terminals. Removing summed vertices one at a time writes the product:
a vertex with one edge is a matrix-vector product, with two a matrix product, parallel
edges are a ⊙, a loop is a trace or a diagonal. With operands of order two this finds a
form exactly when there is one with ·, ⊙, diag and ' (the graph, with an edge between the
terminals, has treewidth at most 2); otherwise NoMatrixForm says so.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

from ..expr.build import number, size, variable, vector_literal
from ..expr.call import call
from ..expr.node import Expr
from ..intern import postorder
from ..op import find
from ..tensor.build import contract, zero
from ..tensor.build import number as exact
from ..tensor.contract import is_symmetric
from ..tensor.node import Kind, Tensor
from ..tensor.terms import add_terms, is_zero, split_coefficient
from .factor import factored
from .graph import Graph
from .parts import (
    STUCK,
    NoMatrixForm,
    Term,
    Written,
    columns_of_identity,
    unit_vector,
    written,
)
from .stacked import is_pinned, stacked_form
from .write import Writer, identity, ones_vector


def to_matrix(tensor: Tensor, writer: Writer | None = None) -> Expr:
    """`tensor`, with at most two axes, in matrix notation. Raises NoMatrixForm."""
    done, reason = write_parts(tensor, writer or Writer())
    answer = done[tensor]
    if answer is None:
        raise NoMatrixForm(reason or f"{len(tensor.axes)} free indices")
    return answer


def write_parts(
    tensor: Tensor, writer: Writer, fallback: Callable[..., Expr] | None = None
) -> tuple[dict[Tensor, Expr | None], str]:
    """Every tensor below `tensor` in matrix notation, and why some have none.

    `fallback(node, done, writer)` writes those, if given.
    """
    done: dict[Tensor, Expr | None] = {}
    reason = ""
    for node in postorder([tensor]):
        result: Expr | None = None
        try:
            if len(node.axes) <= 2:
                result = write_node(node, done, writer)
        except NoMatrixForm as error:
            reason = str(error)
        if result is None and fallback is not None:
            result = fallback(node, done, writer)
        done[node] = result
        if result is not None and len(node.axes) == 2 and is_symmetric(node):
            writer.symmetric.add(result)
    return done, reason


def write_node(node: Tensor, done: Written, writer: Writer) -> Expr:
    match node.kind:
        case Kind.VARIABLE:
            return variable(node.data[0], node.axes, node.data[1])
        case Kind.NUMBER:
            return number(node.data[0])
        case Kind.SIZE:
            return size(node.data[0])
        case Kind.DELTA:
            return identity(node.axes[0])
        case Kind.ONES:
            return ones_vector(node.axes[0])
        case Kind.BASIS:
            return unit_vector(node.axes[0], node.data[0])
        case Kind.SLICE:
            return columns_of_identity(node.axes[0], node.data[0], node.axes[1])
        case Kind.LOWER:
            return call("tri", sizes=node.axes[:1])
        case Kind.POWER:
            base, exponent = (written(arg, done) for arg in node.args)
            return writer.raised(base, exponent)
        case Kind.APPLY:
            return _write_function(node, done)
        case Kind.SUM:
            return _write_sum(node, done, writer)
        case Kind.CONTRACT:
            stacked = stacked_form(node, partial(to_matrix, writer=writer))
            if stacked is not None:
                return stacked
            term = write_product(node, done, writer)
            return writer.scaled(term.coefficient, term.scalars, term.body)
    raise AssertionError(f"{node.kind} with {len(node.axes)} axes")


def constant_value(tensor: Tensor) -> Tensor | None:
    """The scalar s when `tensor` is s everywhere, else None (numbers count for scalars)."""
    if not tensor.axes:
        return tensor
    if is_zero(tensor):
        return zero(())
    if tensor.kind is Kind.ONES:
        return exact(1)
    if tensor.kind is not Kind.CONTRACT:
        return None
    coefficient, labels, free = tensor.data
    rest = [
        (arg, own)
        for arg, own in zip(tensor.args, labels, strict=True)
        if arg.kind is not Kind.ONES or own[0] >= free
    ]
    if any(label < free for _, own in rest for label in own):
        return None
    return contract(coefficient, rest, ())


def _write_function(node: Tensor, done: Written) -> Expr:
    name, parameter = node.data
    args = [written(arg, done) for arg in node.args]
    if find(name).family == "elementwise" and len(args) > 1:
        plain = [constant_value(arg) for arg in node.args]
        if any(value is None for value in plain):
            # Scalar expansion says the rest: where(c, 1, 0), not where(c, ones, zeros).
            args = [
                arg if value is None or not own.axes else to_matrix(value)
                for arg, own, value in zip(args, node.args, plain, strict=True)
            ]
    return call(name, *args, parameter=parameter)


def _write_sum(node: Tensor, done: Written, writer: Writer) -> Expr:
    if is_zero(node):
        return zerowritten(node)
    literal = _vector_entries(node)
    diagonal = _diagonal_entries(node)
    if diagonal is not None:
        return call("diag", vector_literal(*(to_matrix(entry, writer) for entry in diagonal)))
    if literal is not None:
        return vector_literal(*(to_matrix(entry, writer) for entry in literal))
    stacked = stacked_form(node, partial(to_matrix, writer=writer))
    if stacked is not None:
        return stacked
    terms: list[Term] = []
    pinned = [arg for arg in node.args if len(node.axes) == 1 and is_pinned(arg)]
    if 1 < len(pinned) < len(node.args):  # their blocks are one vector in the sum
        terms.append(Term(Fraction(1), [], to_matrix(add_terms(pinned), writer)))
    else:
        pinned = []
    for arg in [arg for arg in node.args if arg not in pinned]:
        value = constant_value(arg) if arg.axes else None
        if value is not None and len(node.args) > 1 and not _all_constant(node):
            coefficient, unit = split_coefficient(value)
            terms.append(Term(coefficient, [to_matrix(unit, writer)], None))
        elif arg.kind is Kind.CONTRACT:
            terms.append(write_product(arg, done, writer))
        elif arg.kind is Kind.NUMBER:
            terms.append(Term(arg.data[0], [], None))
        else:
            terms.append(Term(Fraction(1), [], written(arg, done)))
    return factored([(t.coefficient, t.scalars, t.body) for t in terms], writer)


def _all_constant(node: Tensor) -> bool:
    return all(constant_value(arg) is not None for arg in node.args)


def zerowritten(node: Tensor) -> Expr:
    """0 in the shape of the node."""
    nothing = number(0)
    if len(node.axes) == 0:
        return nothing
    if len(node.axes) == 1:
        return call("vector", nothing, sizes=node.axes)
    return call("matrix", nothing, sizes=node.axes)


def _vector_entries(node: Tensor) -> list[Tensor] | None:
    """The entries e_k of Σ_k e_k · (unit vector k), when the sum is nothing else."""
    if len(node.axes) != 1 or node.axes[0].integer is None:
        return None
    entries: list[Tensor] = [zero(())] * node.axes[0].integer
    for term in node.args:
        args = term.args if term.kind is Kind.CONTRACT else (term,)
        if sum(arg.kind is Kind.BASIS for arg in args) < 1:
            return None
        labels = term.data[1] if term.kind is Kind.CONTRACT else ((0,),)
        units = [
            place
            for place, (arg, own) in enumerate(zip(args, labels, strict=True))
            if arg.kind is Kind.BASIS and own == (0,)
        ]
        if len(units) != 1 or sum(own.count(0) for own in labels) != 1:
            return None
        rest = [
            pair for spot, pair in enumerate(zip(args, labels, strict=True)) if spot != units[0]
        ]
        coefficient = term.data[0] if term.kind is Kind.CONTRACT else Fraction(1)
        place = args[units[0]].data[0].integer
        if place is None:
            return None
        entry = contract(coefficient, rest, ())
        entries[place - 1] = entry + entries[place - 1]
    return entries


def _diagonal_entries(node: Tensor) -> list[Tensor] | None:
    """The entries d_k of Σ_k d_k · e_k e_k', when the sum is nothing else."""
    if len(node.axes) != 2 or node.axes[0].integer is None or node.axes[0] != node.axes[1]:
        return None
    entries = [zero(())] * node.axes[0].integer
    for term in node.args:
        args, labels = (
            (term.args, term.data[1]) if term.kind is Kind.CONTRACT else ((term,), ((0, 1),))
        )
        pairs = list(zip(args, labels, strict=True))
        units = {own[0]: arg for arg, own in pairs if arg.kind is Kind.BASIS and own[0] < 2}
        rest = [(arg, own) for arg, own in pairs if arg.kind is not Kind.BASIS or own[0] > 1]
        if set(units) != {0, 1} or units[0] is not units[1]:
            return None
        if any(place < 2 for _, own in rest for place in own):
            return None
        place = units[0].data[0].integer
        if place is None:
            return None
        coefficient = term.data[0] if term.kind is Kind.CONTRACT else Fraction(1)
        entries[place - 1] = entries[place - 1] + contract(coefficient, rest, ())
    return entries


def write_product(node: Tensor, done: Written, writer: Writer) -> Term:
    """One product of index form as coefficient, scalars and a body in matrix notation."""
    graph = Graph(node, done, writer)
    graph.reduce()
    if graph.slices:
        graph.open_slices()
        graph.reduce()
    if graph.fusions:
        graph.open_fusions()
        graph.reduce()
    if graph.is_stuck:
        raise NoMatrixForm(STUCK)
    return graph.term()
