"""Data by name: read strictly, fitted to the shapes of an expression, which may follow from them.

Everything is computed in double precision, which is what SciPy's optimisers work in.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from ..errors import ProblemError
from ..expr.node import Expr
from ..op import NAMES
from ..parse.declare import Declared
from ..parse.scan import scan
from ..parse.understand import Understood, understand
from ..shapes import Shape, kind_of

Arrays = dict[str, Any]  # NumPy arrays of floats; NumPy is imported where it is needed
Properties = Mapping[str, Sequence[str]]


def names_in(expr: str | Expr) -> set[str]:
    """The names that stand in an expression, those of functions among them."""
    if isinstance(expr, Expr):
        return set(expr.variables)
    return {token.text for token in scan(expr) if token.kind == "name"}


def read_arrays(
    values: Mapping[str, Any] | None, what: str, wanted: Container[str] | None = None
) -> Arrays:
    """Numbers by name as arrays; names that are not wanted are left alone."""
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise ProblemError("syntax", f"{what} are given by name", hint='as {"X": X, "y": y}')
    names = [name for name in values if wanted is None or name in wanted]
    return {name: read_array(values[name], name) for name in names}


def read_array(value: Any, name: str, infinite: bool = False) -> Any:
    """An array of floats. Raises ProblemError for what is no real number."""
    import numpy as np

    try:
        array = np.asarray(value)
    except ValueError:
        raise ProblemError("shape", f"the rows of {name} differ in length") from None
    if array.dtype.kind not in "biuf":
        hint = "complex numbers are not supported" if array.dtype.kind == "c" else None
        raise ProblemError(
            "domain", f"{name} holds {array.dtype}, which are no real numbers", hint=hint
        )
    if array.ndim > 2 or not array.size:
        found = f"found the shape {array.shape}"
        raise ProblemError("shape", f"{name} must be a number, a vector or a matrix; {found}")
    array = array.astype(float)
    wrong = np.isnan(array) if infinite else ~np.isfinite(array)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ProblemError(
            "domain", f"{name} holds {array[place]} at {list(place)}, counted from 0"
        )
    return array


def understand_with(
    text: str, let: Declared | None, assume: Properties | None, arrays: Mapping[str, Any]
) -> Understood:
    """The expression `text` denotes, where the axes of the arrays decide what `let` leaves open."""
    first: ProblemError | None = None
    try:
        found = understand(text, let, assume)
        if all(len(v.shape) == arrays[n].ndim for n, v in found.variables.items() if n in arrays):
            return found
    except ProblemError as error:
        first = error
    declared = dict(let or {})
    prefix = "n_"
    while prefix in text:
        prefix += "_"
    for name, array in arrays.items():
        if name not in declared and name not in NAMES:
            declared[name] = [f"{prefix}{size}" for size in array.shape]
    try:
        return understand(text, declared, assume)
    except ProblemError as error:
        raise first or error from None


def sizes_of(variables: Mapping[str, Expr], arrays: Mapping[str, Any]) -> dict[str, int]:
    """The named sizes, read off the arrays. Raises ProblemError where two of them disagree."""
    sizes: dict[str, int] = {}
    origin: dict[str, str] = {}
    known = {name: (v.shape, arrays[name]) for name, v in variables.items() if name in arrays}
    for name, (shape, array) in known.items():
        if array.ndim != len(shape):
            raise misfit(name, shape, array, "")
        for dim, length in zip(shape, array.shape, strict=True):
            if dim.name and sizes.setdefault(dim.name, length) != length:
                said = f", where {origin[dim.name]} says {dim.name} = {sizes[dim.name]}"
                raise misfit(name, shape, array, said)
            if dim.name:
                origin.setdefault(dim.name, name)
    for name, value in arrays.items():
        if name not in variables and not value.ndim and value == int(value) >= 1:
            sizes.setdefault(name, int(value))  # the k of A^k
    for name, (shape, array) in known.items():
        for dim, length in zip(shape, array.shape, strict=True):
            if dim.names <= sizes.keys() and dim.value(sizes) != length:
                raise misfit(name, shape, array, f", where {dim} = {dim.value(sizes)}")
    return sizes


def misfit(name: str, shape: Shape, array: Any, why: str) -> ProblemError:
    found = f"the array has the shape {array.shape}"
    return ProblemError("shape", f"{name} is a {kind_of(shape)}{why}, but {found}")


def shape_in(name: str, shape: Shape, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The shape in numbers."""
    for dim in shape:
        for size in sorted(dim.names - sizes.keys()):
            raise ProblemError(
                "shape",
                f"{name} is a {kind_of(shape)}, and nothing says how large {size} is",
                hint=f"give a start for {name}, or declare its shape with integers",
            )
    return tuple(dim.value(sizes) for dim in shape)
