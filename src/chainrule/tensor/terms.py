"""Numbers and sums of index form: like terms collected, zero terms dropped."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, isqrt, lcm

from ..shapes import Shape
from .node import Kind, Tensor, make

# Sums nested in sums are opened while the result has no more terms than this. Beyond,
# they stay shared: opening x1 = x0 + f(x0), x2 = x1 + f(x1), ... would be quadratic.
TERM_LIMIT = 64


def zero(axes: Shape) -> Tensor:
    """The tensor of zeros: a sum of nothing."""
    return make(Kind.SUM, axes=axes)


def is_zero(tensor: Tensor) -> bool:
    return tensor.kind is Kind.SUM and not tensor.args


def number(value: Fraction | int | str) -> Tensor:
    """An exact number; 0 is the empty sum."""
    value = Fraction(value)
    return make(Kind.NUMBER, data=(value,)) if value else zero(())


def split_coefficient(term: Tensor) -> tuple[Fraction, Tensor]:
    """(c, T) with term = c·T and T's own coefficient 1."""
    if term.kind is Kind.NUMBER:
        return term.data[0], number(1)
    if term.kind is not Kind.CONTRACT or term.data[0] == 1:
        return Fraction(1), term
    coefficient, labels, free = term.data
    if len(labels) == 1 and labels[0] == tuple(range(free)):
        return coefficient, term.args[0]
    return coefficient, make(Kind.CONTRACT, term.args, (Fraction(1), labels, free), term.axes)


def content(total: Tensor) -> Fraction:
    """The largest c with total = c·(a sum with coprime integer coefficients); < 0 if all are."""
    coefficients = [split_coefficient(term)[0] for term in total.args]
    above = gcd(*(c.numerator for c in coefficients))
    below = lcm(*(c.denominator for c in coefficients))
    return Fraction(-above if max(coefficients) < 0 else above, below)


def scaled_sum(coefficient: Fraction, total: Tensor) -> Tensor:
    """The sum with every coefficient multiplied."""
    parts = [split_coefficient(term) for term in total.args]
    terms = [_with_coefficient(coefficient * c, unit) if coefficient * c != 1 else unit
             for c, unit in parts]  # fmt: skip
    return make(Kind.SUM, tuple(terms), axes=total.axes)


def add_terms(terms: Sequence[Tensor]) -> Tensor:
    """The sum of tensors of one shape: nested sums opened, like terms collected."""
    axes = terms[0].axes
    collected: dict[Tensor, Fraction] = {}
    flat: list[Tensor] = []
    for term in terms:
        if term.axes != axes:
            raise AssertionError(f"a sum of tensors with axes {axes} and {term.axes}")
        if term.kind is Kind.SUM and len(term.args) + len(flat) <= TERM_LIMIT:
            flat.extend(term.args)
        else:
            flat.append(term)
    for term in flat:
        coefficient, unit = split_coefficient(term)
        collected[unit] = collected.get(unit, Fraction(0)) + coefficient
    kept = [(unit, c) for unit, c in collected.items() if c]
    kept.sort(key=lambda pair: pair[0].key)
    result = [unit if c == 1 else _with_coefficient(c, unit) for unit, c in kept]
    if len(result) == 1:
        return result[0]
    return make(Kind.SUM, tuple(result), axes=axes)


def _with_coefficient(coefficient: Fraction, unit: Tensor) -> Tensor:
    if unit.kind is Kind.NUMBER:
        return number(coefficient * unit.data[0])
    if unit.kind is Kind.CONTRACT:
        _, labels, free = unit.data
        return make(Kind.CONTRACT, unit.args, (coefficient, labels, free), unit.axes)
    labels = tuple(range(len(unit.axes)))
    return make(Kind.CONTRACT, (unit,), (coefficient, (labels,), len(labels)), unit.axes)


def exact_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """base^exponent where it is rational and small; None otherwise."""
    if abs(exponent) > 64 or (base == 0 and exponent < 0):
        return None
    if exponent.denominator == 1:
        value = base ** int(exponent)
        bits = value.numerator.bit_length() + value.denominator.bit_length()
        return value if bits < 256 else None
    if exponent.denominator == 2 and base > 0:
        top, bottom = isqrt(base.numerator), isqrt(base.denominator)
        if top * top == base.numerator and bottom * bottom == base.denominator:
            return Fraction(top, bottom) ** exponent.numerator
    return None
