"""Index notation: sums of products of entries, for whatever has no matrix form.

It is always there. In the text syntax it is einsum("ij,jk->ik", A, B), which reads back.
"""

from __future__ import annotations

from fractions import Fraction

from ..expr.build import add
from ..expr.call import call
from ..expr.node import Expr
from ..intern import postorder
from ..tensor.node import Kind, Tensor
from ..tensor.terms import is_zero
from .to_matrix import write_parts
from .write import Writer, identity, ones_vector

LETTERS = "ijklmnpstaeohx"  # those that have a Unicode subscript
MORE = "bcdfgqruvwyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def to_index(tensor: Tensor, writer: Writer) -> Expr:
    """`tensor` as einsum expressions over parts in matrix notation."""
    done, _ = write_parts(tensor, writer)
    for node in postorder([tensor]):
        if done[node] is None:
            done[node] = _write(node, done, writer)
    answer = done[tensor]
    assert answer is not None
    return answer


def _write(node: Tensor, done: dict[Tensor, Expr | None], writer: Writer) -> Expr:
    match node.kind:
        case Kind.FUSE:
            return call("fuse", sizes=node.axes[1:])
        case Kind.SUM:
            if is_zero(node):
                return _zero(node, writer)
            return add(*(_part(term, done) for term in node.args))
        case Kind.CONTRACT:
            return _product(node, done, writer)
    raise AssertionError(f"{node.kind} with {len(node.axes)} axes")


def _part(tensor: Tensor, done: dict[Tensor, Expr | None]) -> Expr:
    expr = done[tensor]
    assert expr is not None, "parts are written before the whole"
    return expr


def _zero(node: Tensor, writer: Writer) -> Expr:
    labels = LETTERS[: len(node.axes)]
    spec = ",".join(labels) + "->" + labels
    nothing = call("einsum", *(ones_vector(dim) for dim in node.axes), parameter=spec)
    return writer.scaled(Fraction(0), [], nothing)


def _product(node: Tensor, done: dict[Tensor, Expr | None], writer: Writer) -> Expr:
    coefficient, labels, free = node.data
    scalars: list[Expr] = []
    factors: list[Expr] = []
    spelled: list[str] = []
    for arg, own in zip(node.args, labels, strict=True):
        expr = identity(arg.axes[0]) if arg.kind is Kind.DELTA else _part(arg, done)
        if not own:
            scalars.append(expr)
            continue
        factors.append(expr)
        spelled.append("".join((LETTERS + MORE)[label] for label in own))
    spec = ",".join(spelled) + "->" + (LETTERS + MORE)[:free]
    return writer.scaled(coefficient, scalars, call("einsum", *factors, parameter=spec))
