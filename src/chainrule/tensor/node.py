"""Index form as data: the tensors chainrule differentiates.

A Tensor has axes (a Shape) and no rows or columns: transposing is naming labels
differently. The product of any number of tensors, summed over the labels that do not
come out, is one node, CONTRACT; all structure (identity, all-ones, unit vectors,
stacking) is made of tensors with entries 0 and 1 that contractions absorb.

Unlike matrix notation, index form is kept normal: the constructors in contract.py and
build.py merge and order, because two tensors that are equal as sums of products have to
be one node. The user's spelling lives in expr/.
"""

from __future__ import annotations

from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..intern import Table, stable_key
from ..shapes import Dim, Shape
from ..work import spend


class Kind(Enum):
    """data is given in brackets; args are Tensors."""

    VARIABLE = "variable"  # [name, properties]
    NUMBER = "number"  # [Fraction]
    SIZE = "size"  # [Dim]
    DELTA = "delta"  # δ_ij, axes (d, d)
    ONES = "ones"  # 1 everywhere, axes (d,)
    BASIS = "basis"  # [k]: 1 at place k (a Dim, from 1), axes (d,)
    SLICE = "slice"  # [o]: 1 where i = o + j, axes (d, e): the e places of d behind place o
    LOWER = "lower"  # 1 where i >= j, axes (d, d)
    FUSE = "fuse"  # [i = (a, b)]: axes (da*db, da, db), b runs fastest
    CONTRACT = "contract"  # [coefficient, labels of each arg, number of free labels]
    SUM = "sum"  # terms of one shape; none is zero
    POWER = "power"  # args (base, exponent): element-wise; the exponent a scalar or alike
    APPLY = "apply"  # [name of the op, parameters]


STRUCTURE = frozenset({Kind.DELTA, Kind.BASIS, Kind.SLICE, Kind.FUSE})

_table = Table()


class Tensor:
    """A node of index form. Build with tensor/build.py; `a + b`, `a * b` are element-wise."""

    __slots__ = ("__weakref__", "args", "axes", "data", "has_structure", "key", "kind", "variables")

    kind: Kind
    args: tuple[Tensor, ...]
    data: tuple[Any, ...]
    axes: Shape
    key: int  # depends on the content alone; orders nodes
    variables: frozenset[str]  # what it depends on; absence proves a zero derivative
    has_structure: bool  # is, or is a product or sum with, one of STRUCTURE on its axes

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a Tensor does not change")

    def __reduce__(self) -> tuple[Any, ...]:
        return (make, (self.kind, self.args, self.data, self.axes))

    def __copy__(self) -> Tensor:
        return self

    def __deepcopy__(self, memo: Any) -> Tensor:
        return self

    if TYPE_CHECKING:  # the operators are element-wise; build.py gives them

        def __add__(self, other: Tensor | Scalar) -> Tensor: ...
        def __radd__(self, other: Scalar) -> Tensor: ...
        def __sub__(self, other: Tensor | Scalar) -> Tensor: ...
        def __rsub__(self, other: Scalar) -> Tensor: ...
        def __mul__(self, other: Tensor | Scalar) -> Tensor: ...
        def __rmul__(self, other: Scalar) -> Tensor: ...
        def __pow__(self, other: Tensor | Scalar) -> Tensor: ...
        def __neg__(self) -> Tensor: ...

    def __repr__(self) -> str:
        axes = ", ".join(map(str, self.axes))
        return f"<Tensor {self.kind.value} {self.data} of {len(self.args)}, axes ({axes})>"


Scalar = Fraction | int | str  # exact numbers, "1/2" among them
Labels = tuple[int, ...]
Parameter = int | str | Dim | None  # of a function: an axis, a spelling, an exponent
Operand = tuple[Tensor, Labels]  # a factor of a product, with the labels of its axes


def make(
    kind: Kind,
    args: tuple[Tensor, ...] = (),
    data: tuple[Any, ...] = (),
    axes: Shape = (),
) -> Tensor:
    """The one node with this content; normal form is the business of the callers."""

    spend(1 + len(args) // 2)

    def new() -> Tensor:
        node = object.__new__(Tensor)
        put = object.__setattr__
        put(node, "kind", kind)
        put(node, "args", args)
        put(node, "data", data)
        put(node, "axes", axes)
        put(node, "key", stable_key(kind.value, data, axes, *(a.key for a in args)))
        put(node, "variables", _variables(kind, args, data))
        put(node, "has_structure", _has_structure(kind, args, data))
        return node

    node: Tensor = _table.find((kind, args, data, axes), new)
    return node


def _has_structure(kind: Kind, args: tuple[Tensor, ...], data: tuple[Any, ...]) -> bool:
    """Structure that meets none of the axes, as the unit vector in M[1,:], is of no use outside."""
    if kind is Kind.CONTRACT:
        _, labels, free = data
        return any(
            arg.has_structure and any(label < free for label in own)
            for arg, own in zip(args, labels, strict=True)
        )
    return kind in STRUCTURE or (kind is Kind.SUM and any(arg.has_structure for arg in args))


def _variables(kind: Kind, args: tuple[Tensor, ...], data: tuple[Any, ...]) -> frozenset[str]:
    if kind is Kind.VARIABLE:
        return frozenset([data[0]])
    names: frozenset[str] = frozenset()
    for arg in args:
        if not arg.variables <= names:
            names = names | arg.variables
    return names
