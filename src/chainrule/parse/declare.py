"""Declarations: shapes of `let` and properties of `assume`, checked strictly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from ..errors import ProblemError
from ..shapes import Dim, Shape
from .grammar import read
from .integers import SIZE_LIMIT, read_integer
from .latex import is_latex, plain_name
from .scan import scan

PROPERTIES = (
    "positive", "nonneg", "nonzero", "unit", "labels",
    "symmetric", "spd", "psd", "diagonal", "orthogonal", "invertible", "lower",
)  # fmt: skip
SQUARE = frozenset(PROPERTIES[PROPERTIES.index("symmetric") :])


FUNCTION = "function"  # the declaration of a function nothing is known about

Declared = Mapping[str, Sequence[int | str] | str]


def read_functions(let: Declared) -> set[str]:
    """The names that `let` declares as unknown functions."""
    return {_name(name) for name, shape in let.items() if shape == FUNCTION}


def read_let(let: Declared) -> dict[str, Shape]:
    """Shapes by name: [], ["n"], ["m", 3], or as people write them: "m,n", "vector(n)"."""
    if not isinstance(let, Mapping):
        raise ProblemError("syntax", "`let` gives a shape for each name", hint='{"x": ["n"]}')
    shapes = {_name(name): _shape(name, shape) for name, shape in let.items() if shape != FUNCTION}
    refuse_sizes_among(shapes)
    return shapes


def refuse_sizes_among(shapes: Mapping[str, Shape]) -> None:
    """Raise ProblemError where the name of a size is that of a variable too."""
    for name, shape in shapes.items():
        for dim in shape:
            for both in sorted(dim.names & shapes.keys()):
                raise ProblemError(
                    "name",
                    f"{both} is a variable, it cannot be a size of {name} as well",
                    hint="choose another name for one of them",
                )


def read_assume(
    assume: Mapping[str, Sequence[str]], shapes: Mapping[str, Shape]
) -> dict[str, tuple[str, ...]]:
    """Properties by name."""
    if not isinstance(assume, Mapping):
        raise ProblemError(
            "syntax", "`assume` lists properties for each name", hint='{"A": ["spd"]}'
        )
    return {_name(name): _properties(name, listed, shapes) for name, listed in assume.items()}


def check_assumed(properties: Iterable[str], variables: Iterable[str]) -> None:
    """Nothing is assumed of a variable that does not occur: it would be a misspelling."""
    known = set(variables)
    for name in properties:
        if name not in known:
            raise ProblemError(
                "name",
                f"`assume` speaks of {name}, which is not a variable here",
                hint="the variables are " + ", ".join(sorted(known)) if known else None,
            )


def _properties(
    name: str, listed: Sequence[str] | str, shapes: Mapping[str, Shape]
) -> tuple[str, ...]:
    if isinstance(listed, str):
        listed = [part.strip() for part in listed.split(",")]
    if not isinstance(listed, (list, tuple, set, frozenset)):
        raise ProblemError(
            "syntax", f"the properties of {name} are not a list", hint='{"A": ["spd"]}'
        )
    for item in listed:
        if item not in PROPERTIES:
            raise ProblemError(
                "name",
                f"{str(item)[:40]!r} is not a property of {name}",
                hint="there are " + ", ".join(PROPERTIES),
            )
        shape = shapes.get(name)
        if item in SQUARE and shape is not None and (len(shape) != 2 or shape[0] != shape[1]):
            raise ProblemError(
                "shape", f"{name} is called {item} but is not square", hint=f"declare {name} as n,n"
            )
    return tuple(listed)


def _name(name: str) -> str:
    if isinstance(name, str) and is_latex(name):
        name = plain_name(name)
    if not _is_name(name):
        raise ProblemError(
            "name",
            f"{str(name)[:40]!r} cannot be the name of a variable",
            hint="a name is a letter, then letters, digits and _",
        )
    return scan(name)[0].text


def _is_name(name: object) -> bool:
    if not isinstance(name, str):
        return False
    try:
        tokens = scan(name)
    except ProblemError:
        return False
    return len(tokens) == 2 and tokens[0].kind == "name"


def _shape(name: str, shape: Sequence[int | str] | str) -> Shape:
    if isinstance(shape, str):
        shape = _written(name, shape)
    if not isinstance(shape, (list, tuple)) or len(shape) > 2:
        raise _not_a_shape(name, shape)
    return tuple(_dim(name, dim) for dim in shape)


def _written(name: str, text: str) -> list[int | str]:
    """A shape as on a command line: "", "n", "m,n", "scalar", "vector(n)", "matrix(m,n)"."""
    inner = text.strip()
    axes: int | None = None
    for count, word in enumerate(("scalar", "vector", "matrix")):
        if inner.startswith(word):
            axes, inner = count, inner.removeprefix(word).strip()
    if inner[:1] + inner[-1:] in ("()", "[]"):
        inner = inner[1:-1]
    parts = [part.strip() for part in inner.split(",")] if inner.strip() else []
    if axes is not None and axes != len(parts):
        raise _not_a_shape(name, text)
    return [int(part) if part.isdecimal() and len(part) < 10 else part for part in parts]


def _not_a_shape(name: str, shape: object) -> ProblemError:
    return ProblemError(
        "shape",
        f"{str(shape)[:40]!r} is not a shape for {name}",
        hint='a shape is [], ["n"] or ["m", "n"]; in words: scalar, vector(n), matrix(m,n)',
    )


def _dim(name: str, dim: int | str) -> Dim:
    found: Dim | None = None
    if isinstance(dim, int) and not isinstance(dim, bool) and dim <= SIZE_LIMIT:
        found = Dim.of(dim)
    if isinstance(dim, str):
        with suppress(ProblemError):  # the places it names are not of the expression
            found = read_integer(read(dim).output, f"a size of {name}")
    if found is not None and not found.is_never_positive:
        return found
    raise ProblemError(
        "shape",
        f"{str(dim)[:40]!r} is not a size of {name}",
        hint=f"a size is a name, an integer from 1 to {SIZE_LIMIT} or made of these: n + 1, m*n",
    )
