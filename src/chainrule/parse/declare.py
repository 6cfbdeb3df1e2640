"""Declarations: shapes of `let` and properties of `assume`, checked strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import ProblemError
from ..shapes import Dim, Shape
from .scan import scan

PROPERTIES = (
    "positive", "nonneg", "nonzero", "unit", "labels",
    "symmetric", "spd", "psd", "diagonal", "orthogonal", "invertible",
)  # fmt: skip
SQUARE = frozenset({"symmetric", "spd", "psd", "diagonal", "orthogonal", "invertible"})
SIZE_LIMIT = 10**6


def read_let(let: Mapping[str, Sequence[int | str] | str]) -> dict[str, Shape]:
    """Shapes by name: [], ["n"], ["m", 3], or as people write them: "m,n", "vector(n)"."""
    return {_name(name): _shape(name, shape) for name, shape in let.items()}


def read_assume(
    assume: Mapping[str, Sequence[str]], shapes: Mapping[str, Shape]
) -> dict[str, tuple[str, ...]]:
    """Properties by name."""
    found: dict[str, tuple[str, ...]] = {}
    for name, properties in assume.items():
        listed = [properties] if isinstance(properties, str) else list(properties)
        for item in listed:
            if item not in PROPERTIES:
                raise ProblemError(
                    "name", f"{item!r} is not a property of {name}",
                    hint="there are " + ", ".join(PROPERTIES),
                )
            shape = shapes.get(name)
            if item in SQUARE and shape is not None and (
                len(shape) != 2 or shape[0] != shape[1]
            ):
                raise ProblemError("shape", f"{name} is called {item} but is not square")
        found[_name(name)] = tuple(listed)
    return found


def _name(name: str) -> str:
    tokens = scan(name) if isinstance(name, str) else []
    if len(tokens) != 2 or tokens[0].kind != "name":
        raise ProblemError("name", f"{str(name)[:40]!r} cannot be the name of a variable")
    return tokens[0].text


def _shape(name: str, shape: Sequence[int | str] | str) -> Shape:
    if isinstance(shape, str):
        text = shape.strip()
        for word in ("scalar", "vector", "matrix"):
            text = text.removeprefix(word)
        text = text.strip("()[] ")
        parts: list[int | str] = [part.strip() for part in text.split(",") if part.strip()]
        shape = [int(part) if str(part).isdigit() else part for part in parts]
    if not isinstance(shape, (list, tuple)) or len(shape) > 2:
        raise ProblemError(
            "shape", f"the shape of {name} is {shape!r}",
            hint='a shape is [], ["n"] or ["m", "n"]',
        )
    return tuple(_dim(name, dim) for dim in shape)


def _dim(name: str, dim: int | str) -> Dim:
    if isinstance(dim, int) and not isinstance(dim, bool) and 0 <= dim <= SIZE_LIMIT:
        return Dim.of(dim)
    if isinstance(dim, str):
        return Dim.of(_name(dim))
    raise ProblemError(
        "shape", f"{dim!r} is not a size of {name}",
        hint=f"a size is a name or an integer up to {SIZE_LIMIT}",
    )
