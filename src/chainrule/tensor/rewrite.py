"""Rebuilding index form with other parts, without recursion, in normal form again."""

from __future__ import annotations

from collections.abc import Mapping

from ..intern import postorder
from .build import apply, contract, power
from .node import Kind, Tensor
from .terms import add_terms


def substitute(tensor: Tensor, values: Mapping[Tensor, Tensor]) -> Tensor:
    """`tensor` with variables replaced, brought back to normal form."""
    done: dict[Tensor, Tensor] = {}
    for node in postorder([tensor]):
        if node in values:
            done[node] = values[node]
            continue
        args = [done[arg] for arg in node.args]
        done[node] = node if tuple(args) == node.args else rebuilt(node, args)
    return done[tensor]


def rebuilt(node: Tensor, args: list[Tensor]) -> Tensor:
    """The node with other arguments, in normal form."""
    match node.kind:
        case Kind.CONTRACT:
            coefficient, labels, free = node.data
            return contract(coefficient, list(zip(args, labels, strict=True)), tuple(range(free)))
        case Kind.SUM:
            return add_terms(args)
        case Kind.POWER:
            return power(args[0], args[1])
        case Kind.APPLY:
            name, parameter = node.data
            return apply(name, *args, parameter=parameter)
        case Kind.VARIABLE:
            return node
    raise AssertionError(f"{node.kind} holds no variable")
