"""Naming parts of an expression, so that what is printed stays short.

A part that occurs at least twice is written once, and so is every so many levels of a deep
one. An expression whose nodes are few but whose tree is exponential prints in linear size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count

from ..expr.build import transpose, variable
from ..expr.node import Expr, Kind
from ..expr.rewrite import with_args
from ..intern import postorder

LIMIT = 80  # an expression that prints shorter than this is left as it is
WORTH = 12  # a repeated part that prints no longer than this is repeated
CONSTANT_WORTH = 40  # the same for a part without variables, as matrix(0, m, n)
DEPTH = 30  # levels of nesting that can still be read
LONG = 10_000  # for printing without choosing names: only what would be out of hand
DEEP = 200

HUGE = 10**9
CHAINS = (Kind.ADD, Kind.MULTIPLY, Kind.HADAMARD)  # (a + b) + c is not a level deeper

Definition = tuple[str, Expr]


def share(expr: Expr, limit: int = LIMIT, depth: int = DEPTH) -> tuple[Expr, list[Definition]]:
    """`expr` with its repeated parts as variables t1, t2, ..., and what these stand for.

    A definition uses only names defined before it. Nothing is named in an expression that
    prints within `limit` characters and nests within `depth` levels.
    """
    order = postorder([expr])
    if _fits(expr, order, limit, depth):
        return expr, []
    occurrences = Counter(arg for node in order for arg in node.args)
    names = _free_names(order)
    shown: dict[Expr, Expr] = {}  # the node as it will be printed
    lengths: dict[Expr, int] = {}
    levels: dict[Expr, int] = {}
    where: list[Definition] = []
    for node in order:
        shown[node] = with_args(node, tuple(shown[arg] for arg in node.args))
        lengths[node] = _length(node, lengths)
        levels[node] = _level(node, levels)
        worth = WORTH if node.variables else CONSTANT_WORTH
        is_repeated = occurrences[node] > 1 and lengths[node] > worth
        if node is not expr and node.args and (is_repeated or levels[node] >= depth):
            definition, shown[node] = _named(shown[node], name := next(names))
            where.append((name, definition))
            lengths[node], levels[node] = len(name), 0
    return shown[expr], where


def _fits(expr: Expr, order: Iterable[Expr], limit: int, depth: int) -> bool:
    lengths: dict[Expr, int] = {}
    levels: dict[Expr, int] = {}
    for node in order:
        lengths[node] = _length(node, lengths)
        levels[node] = _level(node, levels)
    return lengths[expr] <= limit and levels[expr] <= depth


def _named(part: Expr, name: str) -> tuple[Expr, Expr]:
    """What to define and what to print in its place; a row is a transposed variable."""
    if not part.is_row:
        return part, variable(name, part.shape)
    column = part.args[0] if part.kind is Kind.TRANSPOSE else transpose(part)
    return column, transpose(variable(name, part.shape))


def _length(node: Expr, lengths: dict[Expr, int]) -> int:
    """About how many characters the node takes in the text syntax, as a tree."""
    inside = sum(lengths[arg] for arg in node.args)
    signs = 2 * max(1, len(node.args) - 1)
    match node.kind:
        case Kind.VARIABLE:
            return len(node.data[0])
        case Kind.NUMBER | Kind.SIZE:
            return len(str(node.data[0]))
        case Kind.DERIVATIVE:
            return len(node.data[0]) + len(node.data[1]) + 7
        case Kind.APPLY:
            name, parameter, sizes = node.data
            own = len(name) + 2 + sum(len(str(dim)) + 2 for dim in sizes)
            return min(own + inside + signs - 2 + (0 if parameter is None else 3), HUGE)
    return min(inside + signs, HUGE)


def _level(node: Expr, levels: dict[Expr, int]) -> int:
    """How deep the node nests; going on with a sum or product on its left adds nothing."""
    deepest = 0
    for place, arg in enumerate(node.args):
        is_same_chain = place == 0 and arg.kind is node.kind and node.kind in CHAINS
        deepest = max(deepest, levels[arg] + (0 if is_same_chain else 1))
    return deepest


def _free_names(order: Iterable[Expr]) -> Iterator[str]:
    """t1, t2, ... without the names that the expression uses for anything."""
    taken: set[str] = set()
    for node in order:
        for dim in node.shape:
            taken |= dim.names
        if node.kind in (Kind.VARIABLE, Kind.DERIVATIVE):
            taken.update(item for item in node.data if isinstance(item, str))
        elif node.kind is Kind.SIZE:
            taken |= node.data[0].names
        elif node.kind is Kind.APPLY:
            taken.update(name for dim in node.data[2] for name in dim.names)
    return (name for k in count(1) if (name := f"t{k}") not in taken)
