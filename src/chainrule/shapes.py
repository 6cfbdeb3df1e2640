"""Symbolic sizes: a `Dim` is a polynomial with integer coefficients in named sizes.

`n`, `3`, `m*n` and `n + 1` are Dims. Equal polynomials are equal Dims. A `Shape` is a
tuple of Dims: () a scalar, (n,) a vector, (m, n) a matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dim:
    """A size, as sorted ((names of a monomial), coefficient) pairs."""

    terms: tuple[tuple[tuple[str, ...], int], ...]

    @staticmethod
    def of(size: Dim | int | str) -> Dim:
        """The Dim of an integer, a name, or a Dim itself."""
        if isinstance(size, Dim):
            return size
        if isinstance(size, bool):
            raise TypeError("a size is an integer or a name, not a truth value")
        if isinstance(size, int):
            return Dim((((), size),)) if size else Dim(())
        return Dim((((size,), 1),))

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for monomial, _ in self.terms for name in monomial)

    @property
    def integer(self) -> int | None:
        """The value, when no name is left; otherwise None."""
        if not self.terms:
            return 0
        if len(self.terms) == 1 and not self.terms[0][0]:
            return self.terms[0][1]
        return None

    @property
    def least(self) -> int | None:
        """The least value, names being 1 or more; None where one may lower it without end."""
        if any(coefficient < 0 for monomial, coefficient in self.terms if monomial):
            return None
        return sum(coefficient for _, coefficient in self.terms)

    @property
    def is_never_positive(self) -> bool:
        """Whether it is below 1 whatever its names are, as 0, 1 - n or n - n."""
        negated = (self * Dim.of(-1)).least
        return negated is not None and negated >= 0

    @property
    def name(self) -> str | None:
        """The name, when the Dim is just one name; otherwise None."""
        if len(self.terms) == 1 and self.terms[0][1] == 1 and len(self.terms[0][0]) == 1:
            return self.terms[0][0][0]
        return None

    def __add__(self, other: Dim) -> Dim:
        return _collect(list(self.terms) + list(other.terms))

    def __sub__(self, other: Dim) -> Dim:
        return self + other * Dim.of(-1)

    def __mul__(self, other: Dim) -> Dim:
        return _collect(
            [(tuple(sorted(a + b)), p * q) for a, p in self.terms for b, q in other.terms]
        )

    def value(self, sizes: Mapping[str, int]) -> int:
        """The integer it stands for when every name has a size in `sizes`."""
        total = 0
        for monomial, coefficient in self.terms:
            for name in monomial:
                coefficient *= sizes[name]
            total += coefficient
        return total

    def rename(self, names: Mapping[str, Dim]) -> Dim:
        """Every name replaced by its Dim in `names`; names without one stay."""
        total = Dim(())
        for monomial, coefficient in self.terms:
            term = Dim.of(coefficient)
            for name in monomial:
                term = term * names.get(name, Dim.of(name))
            total = total + term
        return total

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        text = ""
        for monomial, coefficient in self.terms:
            factors = list(monomial)
            if abs(coefficient) != 1 or not factors:
                factors.insert(0, str(abs(coefficient)))
            sign = "-" if coefficient < 0 else "+"
            text += f" {sign} " if text else sign.strip("+")
            text += "*".join(factors)
        return text


Shape = tuple[Dim, ...]


def shape_of(*sizes: Dim | int | str) -> Shape:
    """The shape with these sizes."""
    return tuple(Dim.of(size) for size in sizes)


def kind_of(shape: Shape) -> str:
    """A shape in words: scalar, vector(n), matrix(m, n) or tensor(l, m, n)."""
    if not shape:
        return "scalar"
    word = {1: "vector", 2: "matrix"}.get(len(shape), "tensor")
    return f"{word}({', '.join(map(str, shape))})"


def _collect(terms: list[tuple[tuple[str, ...], int]]) -> Dim:
    sums: dict[tuple[str, ...], int] = {}
    for monomial, coefficient in terms:
        sums[monomial] = sums.get(monomial, 0) + coefficient
    # Long monomials first and added ones before subtracted ones: n + 1, n - k, as people write.
    order = sorted(sums, key=lambda monomial: (sums[monomial] < 0, -len(monomial), monomial))
    return Dim(tuple((monomial, sums[monomial]) for monomial in order if sums[monomial]))
