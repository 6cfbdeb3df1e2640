"""Matrix notation as data: the expressions people type and the answers they read.

Node kinds are few and closed; functions (exp, inv, ...) are all one kind, APPLY, and live
in the table of ops/. Nodes are immutable and interned, know their shape, and keep the
spelling they were built with: nothing here simplifies.

A vector is one-dimensional. Its transpose is a row: same shape, `is_row` set.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from ..intern import Table, stable_key
from ..shapes import Dim, Shape
from ..work import spend


class Kind(Enum):
    """data is given in brackets; args are Exprs."""

    VARIABLE = "variable"  # [name, frozenset of properties]
    NUMBER = "number"  # [Fraction >= 0]
    SIZE = "size"  # [Dim]; a dimension used as a number
    DERIVATIVE = "derivative"  # [of, wrt, is_total, order]; the symbol dy/dx or ∂y/∂x
    ADD = "add"  # args: two or more; one shape, or scalars among it (scalar expansion)
    NEGATE = "negate"
    MULTIPLY = "multiply"  # args: two or more; matrix products and scalings, left to right
    HADAMARD = "hadamard"  # args: two or more non-scalars of one shape: a .* b
    DIVIDE = "divide"  # a/b by a scalar, else a./b element by element
    POWER = "power"  # element-wise a.^b; for scalars a^b. Matrix powers are APPLY matpow
    TRANSPOSE = "transpose"
    INDEX = "index"  # [(place, ...)]; args: (x,); see Place
    VECTOR = "vector"  # the literal [e1, e2, ...]; args: scalars
    STACK = "stack"  # [number of columns]; blocks row by row: [A, b; c', 1]
    APPLY = "apply"  # [name of the op, parameters]


# A subscript: a place counted from 1, first and last place of a range, or None for `:`.
Place = Dim | tuple[Dim, Dim] | None

_table = Table()


class Expr:
    """A node of matrix notation. Build with the functions of expr/build.py and ops."""

    __slots__ = ("__weakref__", "args", "data", "is_row", "key", "kind", "shape", "variables")

    kind: Kind
    args: tuple[Expr, ...]
    data: tuple[Any, ...]
    shape: Shape
    is_row: bool
    key: int
    variables: frozenset[str]

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("an Expr does not change")

    def __reduce__(self) -> tuple[Any, ...]:
        return (make, (self.kind, self.args, self.data, self.shape, self.is_row))

    def __copy__(self) -> Expr:
        return self

    def __deepcopy__(self, memo: Any) -> Expr:
        return self

    def __repr__(self) -> str:
        return f"<Expr {self.kind.value} {self.data} of {len(self.args)}>"

    @property
    def is_scalar(self) -> bool:
        return not self.shape

    @property
    def is_vector(self) -> bool:
        return len(self.shape) == 1

    @property
    def is_matrix(self) -> bool:
        return len(self.shape) == 2


def make(
    kind: Kind,
    args: tuple[Expr, ...] = (),
    data: tuple[Any, ...] = (),
    shape: Shape = (),
    is_row: bool = False,
) -> Expr:
    """The one node with this content. It trusts its caller: shapes are checked in build."""

    spend(1 + len(args) // 2)

    def new() -> Expr:
        node = object.__new__(Expr)
        put = object.__setattr__
        put(node, "kind", kind)
        put(node, "args", args)
        put(node, "data", data)
        put(node, "shape", shape)
        put(node, "is_row", is_row)
        put(node, "key", stable_key(kind.value, data, shape, is_row, *(a.key for a in args)))
        put(node, "variables", _variables(kind, args, data))
        return node

    node: Expr = _table.find((kind, args, data, shape, is_row), new)
    return node


def _variables(kind: Kind, args: tuple[Expr, ...], data: tuple[Any, ...]) -> frozenset[str]:
    if kind is Kind.VARIABLE:
        return frozenset([data[0]])
    names: frozenset[str] = frozenset()
    for arg in args:
        if not arg.variables <= names:
            names = names | arg.variables
    return names
