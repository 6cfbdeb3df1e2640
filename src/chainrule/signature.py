"""The shapes a function takes and gives, declared as text: "(m,n),(n)->(m)".

A letter is a dimension; the same letter is the same size; `m*n` is a product, also of
letters that other arguments or `sizes` give. Several
signatures separated by `|` are tried in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import mul

from .errors import ProblemError
from .shapes import Dim, Shape, kind_of


@dataclass(frozen=True)
class Signature:
    """Shapes in the letters of one declaration; an output dimension is a product of letters."""

    inputs: tuple[tuple[str, ...], ...]
    output: tuple[tuple[str, ...], ...]
    text: str

    def result(
        self, shapes: Sequence[Shape], sizes: Mapping[str, Dim] | None = None
    ) -> Shape | None:
        """The output shape for these argument shapes, or None when they do not fit.

        `sizes` gives letters that no argument fixes, as the n of eye(n).
        """
        found = dict(sizes or {})
        products: list[tuple[Sequence[str], Dim]] = []
        if len(shapes) != len(self.inputs):
            return None
        for letters, shape in zip(self.inputs, shapes, strict=True):
            if len(letters) != len(shape):
                return None
            for letter, dim in zip(letters, shape, strict=True):
                if "*" in letter:
                    products.append((letter.split("*"), dim))
                elif found.setdefault(letter, dim) != dim:
                    return None
        for factors, dim in products:
            if any(f not in found for f in factors) or _product(factors, found) != dim:
                return None
        dims = []
        for letters in self.output:
            if any(letter not in found for letter in letters):
                return None
            dims.append(_product(letters, found))
        return tuple(dims)


def _product(letters: Sequence[str], sizes: Mapping[str, Dim]) -> Dim:
    return reduce(mul, (sizes[letter] for letter in letters), Dim.of(1))


def spelled_signature(spec: str) -> Signature:
    """The signature that numpy.einsum's spelling stands for: "ij,jk->ik"."""
    inputs, output = spec.split("->")
    return Signature(
        tuple(tuple(part) for part in inputs.split(",")), tuple((x,) for x in output), spec
    )


def read_signatures(
    given: str | Mapping[int | None, str],
) -> dict[int | None, tuple[Signature, ...]]:
    """The declared text, by axis parameter (None where the function takes no axis)."""
    by_axis = {None: given} if isinstance(given, str) else given
    return {
        axis: tuple(_read(part.strip()) for part in text.split("|"))
        for axis, text in by_axis.items()
    }


def result_shape(
    name: str,
    signatures: Sequence[Signature],
    shapes: Sequence[Shape],
    sizes: Mapping[str, Dim] | None = None,
) -> Shape:
    """The shape of name(...) for these argument shapes; a misfit is a shape error."""
    for signature in signatures:
        shape = signature.result(shapes, sizes)
        if shape is not None:
            return shape
    found = ", ".join(kind_of(shape) for shape in shapes)
    needed = " or ".join(signature.text.split("->")[0] for signature in signatures)
    raise ProblemError(
        "shape",
        f"{name} needs arguments of shape {needed}, found {found or 'none'}",
        hint="() is a scalar, (n) a vector, (m,n) a matrix; declare another shape or mend the use",
    )


def _read(text: str) -> Signature:
    left, right = text.split("->")
    inputs = tuple(
        tuple(letter.strip() for letter in part.split(",") if letter.strip())
        for part in left.replace(" ", "").strip("()").split("),(")
    )
    output = tuple(
        tuple(part.split("*")) for part in right.replace(" ", "").strip("()").split(",") if part
    )
    return Signature(() if not left else inputs, output, text)
