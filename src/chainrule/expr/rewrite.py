"""Replacing parts of an expression, without recursion and without changing anything else."""

from __future__ import annotations

from collections.abc import Mapping

from .node import Expr, make


def with_args(node: Expr, args: tuple[Expr, ...]) -> Expr:
    """The node with other arguments of the same shapes."""
    if args == node.args:
        return node
    return make(node.kind, args, node.data, node.shape, node.is_row)


def replace(expr: Expr, parts: Mapping[Expr, Expr]) -> Expr:
    """`expr` with every node that is a key of `parts` replaced by its value."""
    done: dict[Expr, Expr] = dict(parts)
    stack = [expr]
    while stack:
        node = stack[-1]
        waiting = [] if node in done else [arg for arg in node.args if arg not in done]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        if node not in done:
            done[node] = with_args(node, tuple(done[arg] for arg in node.args))
    return done[expr]
