r"""Sums over subscripts as products of vectors and matrices: \sum_j A_{ij} x_j is A*x.

A value is a product of factors, each with the subscripts it still depends on, one for each of
its axes. Summing joins the factors that have the subscript. What has no such form is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from ..errors import ProblemError
from .grammar import Tree

LETTERS = "ijklmnpqrst"


@dataclass(frozen=True)
class Factor:
    tree: Tree
    indices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Value:
    """A product. `uses` says which axis of which variable a subscript runs along."""

    factors: tuple[Factor, ...]
    uses: frozenset[tuple[str, int, str]] = frozenset()

    @property
    def indices(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(k for factor in self.factors for k in factor.indices))


def made(kind: str, args: Sequence[Tree], value: object, like: Tree) -> Tree:
    """A tree at the place of another."""
    return Tree(kind, tuple(args), value, like.start, like.end)


def number(value: int, like: Tree) -> Tree:
    return made("number", (), Fraction(value), like)


def product(sign: str, parts: Iterable[Tree]) -> Tree:
    """a .* b .* c, or with the sign * a * b * c."""
    return reduce(lambda a, b: Tree("binary", (a, b), sign, a.start, b.end), parts)


def turned(tree: Tree) -> Tree:
    if tree.kind == "transpose":
        return tree.args[0]
    return made("transpose", (tree,), None, tree)


def one_factor(value: Value, like: Tree) -> Factor:
    """The product as one array: scalars in front, equal subscripts element by element."""
    if len(value.factors) == 1:
        return value.factors[0]
    scalars = [f.tree for f in value.factors if not f.indices]
    arrays = [f for f in value.factors if f.indices]
    if not arrays:
        return Factor(product("*", scalars))
    array = _together(arrays, value.indices, like)
    return Factor(product("*", [*scalars, array]), value.indices)


def aligned(factors: Sequence[Factor], like: Tree) -> tuple[list[Tree], tuple[str, ...]]:
    """Trees whose axes stand in one order; numbers stay as they are."""
    indices = next((f.indices for f in factors if f.indices), ())
    trees = []
    for factor in factors:
        if factor.indices in ((), indices):
            trees.append(factor.tree)
        elif factor.indices == indices[::-1] and len(indices) == 2:
            trees.append(turned(factor.tree))
        else:
            raise refused(
                f"terms with the subscripts {_list(indices)} and {_list(factor.indices)}",
                like,
                "terms of one sum have the same subscripts; write two sums",
            )
    return trees, indices


def summed(value: Value, indices: Sequence[str], like: Tree) -> Value:
    """The sum over the subscripts `indices`."""
    arrays = [f for f in value.factors if f.indices]
    rest = [f for f in value.factors if not f.indices]
    alike = {f.indices for f in arrays}
    if len(alike) == 1 and set(alike.pop()) == set(indices) and len(indices) > 1:
        whole = product(".*", [f.tree for f in arrays])
        return Value((*rest, Factor(made("call", (whole,), "sum", like))))
    for k in reversed(indices):
        joined = [f for f in arrays if k in f.indices]
        others = [f for f in arrays if k not in f.indices]
        arrays = [*others, _contracted(joined, k, like)]
    rest += [f for f in arrays if not f.indices]
    return Value((*rest, *(f for f in arrays if f.indices)))


def _contracted(factors: Sequence[Factor], k: str, like: Tree) -> Factor:
    """The sum over k of a product of factors that all have k."""
    vectors = [f for f in factors if f.indices == (k,)]
    others = [f for f in factors if f.indices != (k,)]
    if not others:
        trees = [f.tree for f in vectors]
        if len(trees) == 2:
            return Factor(product("*", [turned(trees[0]), *_chain(trees[1])]))
        whole = product(".*", trees)
        if whole.kind == "call" and whole.value == "sum" and len(whole.args) > 1:
            whole = whole.args[0]  # the sum of the sums of rows
        return Factor(made("call", (whole,), "sum", like))
    if len({f.indices for f in others}) == 1 and len(others[0].indices) == 2:
        matrix = product(".*", [f.tree for f in others])
        first, second = others[0].indices
        if not vectors:
            axis = number(0 if first == k else 1, like)
            rest = second if first == k else first
            return Factor(made("call", (matrix, axis), "sum", like), (rest,))
        vector = product(".*", [f.tree for f in vectors])
        if first == k:
            return Factor(product("*", [turned(matrix), vector]), (second,))
        return Factor(product("*", [matrix, vector]), (first,))
    if len(others) == 2 and not vectors and all(len(f.indices) == 2 for f in others):
        (a, b), (c, d) = (f.indices for f in others)
        left, right = (f.tree for f in others)
        left = turned(left) if a == k else left
        right = turned(right) if d == k else right
        return Factor(product("*", [left, right]), (b if a == k else a, c if d == k else d))
    free = [i for i in dict.fromkeys(x for f in factors for x in f.indices) if i != k]
    return Factor(_together(factors, tuple(free), like), tuple(free))


def _chain(tree: Tree) -> list[Tree]:
    """The factors of a product, which may be taken in any order of multiplication."""
    parts = [tree]
    while parts[0].kind == "binary" and parts[0].value == "*":
        parts[:1] = parts[0].args
    return parts


def _together(factors: Sequence[Factor], indices: tuple[str, ...], like: Tree) -> Tree:
    """The product with the axes `indices`; what they leave out is summed."""
    if all(f.indices == indices for f in factors):
        return product(".*", [f.tree for f in factors])
    names = dict.fromkeys(k for f in factors for k in f.indices)
    if len(names) > len(LETTERS):
        raise refused(f"{len(names)} subscripts", like, "write two sums")
    letters = dict(zip(names, LETTERS, strict=False))
    spelled = [",".join("".join(letters[k] for k in f.indices) for f in factors)]
    spelled.append("".join(letters[k] for k in indices))
    spec = made("string", (), "->".join(spelled), like)
    return made("call", (spec, *(f.tree for f in factors)), "einsum", like)


def _list(indices: Sequence[str]) -> str:
    return ", ".join(indices) or "none"


def refused(message: str, tree: Tree, hint: str) -> ProblemError:
    return ProblemError("syntax", message, tree.start, tree.end, hint)
