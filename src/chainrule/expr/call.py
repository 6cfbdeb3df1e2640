"""Functions of the table as matrix notation: call("inv", X), call("sum", X, parameter=0)."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ProblemError
from ..op import Op, find
from ..shapes import Dim
from ..signature import Signature, result_shape, spelled_signature
from .build import common_type
from .node import Expr, Kind, make

Parameter = int | str | Dim | None


def call(name: str, *args: Expr, parameter: Parameter = None, sizes: tuple[Dim, ...] = ()) -> Expr:
    """name(args), its shape by the op's signature.

    `parameter` is the axis of a row-wise form (0 down the columns, 1 along the rows), the
    exponent of matpow or the spelling of einsum; `sizes` are the dimensions behind eye,
    vector, matrix, ...
    """
    op = find(name)
    if op.family == "elementwise":
        shape, is_row = common_type(args, name)
    else:
        if op.takes_columns and len({len(a.shape) for a in args if a.shape}) > 1:
            refuse_rows(name, args)
        letters = dict(zip(op.sizes, sizes, strict=True))
        shape = result_shape(name, signatures_for(op, parameter), [a.shape for a in args], letters)
        is_row = bool(args) and args[0].is_row and shape == args[0].shape
    return make(Kind.APPLY, args, (name, parameter, sizes), shape, is_row)


def refuse_rows(name: str, args: Sequence[Expr]) -> None:
    """Beside a matrix a vector is a column; a row there would be read as one."""
    if any(arg.is_row for arg in args):
        raise ProblemError(
            "shape", f"{name} of a row and a matrix", hint=f"{name}(a', B) is {name}(a, B')'"
        )


def signatures_for(op: Op, parameter: Parameter) -> tuple[Signature, ...]:
    """The signatures of one form of an op; only row-wise forms differ by parameter.

    A parameter that is text spells the signature itself.
    """
    if isinstance(parameter, str):
        return (spelled_signature(parameter),)
    axis = None if isinstance(parameter, Dim) else parameter
    return op.signatures.get(axis) or op.signatures[None]
