"""Named integers: sizes, subscripts and matrix exponents, read from the tree.

A name that stands in such a place is an integer wherever it stands: the n of eye(n), the i
of x[i], the k of A^k.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ..errors import Kind, ProblemError
from ..op import NAMES, OPS
from ..ops import structure  # noqa: F401  (fills the table)
from ..shapes import Dim
from .grammar import Program, Tree

SIZE_LIMIT = 10**6
PARTS = 16  # a size or subscript has no more numbers and names than this


def integer_names(program: Program) -> set[str]:
    """The names that stand where an integer belongs, exponents apart."""
    names: set[str] = set()
    for tree in trees_of(program):
        if tree.kind == "index":
            assert isinstance(tree.value, tuple)
            for place in tree.value:
                for end in place if isinstance(place, tuple) else (place,):
                    names |= _names(end) if end is not None else set()
        elif tree.kind == "call" and tree.value in NAMES:
            op = OPS[NAMES[str(tree.value)]]
            for arg in tree.args[op.arity :] if op.sizes or op.takes_exponent else ():
                names |= _names(arg)
    return names


def trees_of(program: Program) -> Iterator[Tree]:
    """Every node of every statement."""
    stack = [tree for _, tree, _ in program.definitions] + [program.output]
    while stack:
        tree = stack.pop()
        stack.extend(tree.args)
        yield tree


def _names(root: Tree) -> set[str]:
    names: set[str] = set()
    stack = [root]
    while stack:
        tree = stack.pop()
        stack.extend(tree.args)
        if tree.kind == "name":
            names.add(str(tree.value))
    return names


def read_integer(root: Tree, what: str, kind: Kind = "syntax") -> Dim:
    """The polynomial a tree of +, -, *, integers and names stands for.

    An error of this kind names `what`.
    """
    done: dict[int, Dim] = {}
    stack = [root]
    parts = 0
    while stack:
        tree = stack[-1]
        waiting = [arg for arg in tree.args if id(arg) not in done]
        if waiting and tree.kind in ("binary", "unary"):
            stack.extend(waiting)
            continue
        stack.pop()
        parts += 1
        if parts > 2 * PARTS:
            raise ProblemError(
                "limit",
                f"{what} of more than {PARTS} parts",
                root.start,
                root.end,
                "give it a name of its own, as n",
            )
        value = _value(tree, [done[id(arg)] for arg in tree.args if id(arg) in done])
        if value is None:
            message = f"{what} is made of integers up to {SIZE_LIMIT}, names, +, - and *"
            raise ProblemError(kind, message, tree.start, tree.end, "as n, 3, n + 1 or 2*k")
        done[id(tree)] = value
    return done[id(root)]


def _value(tree: Tree, args: list[Dim]) -> Dim | None:
    value = tree.value
    if tree.kind == "name":
        return Dim.of(str(value))
    if (
        tree.kind == "number"
        and isinstance(value, Fraction)
        and value.denominator == 1
        and value <= SIZE_LIMIT
    ):
        return Dim.of(int(value))
    if tree.kind == "unary":
        return Dim.of(0) - args[0]
    if tree.kind == "binary" and value in ("+", "-", "*"):
        a, b = args
        return a + b if value == "+" else a - b if value == "-" else a * b
    return None
