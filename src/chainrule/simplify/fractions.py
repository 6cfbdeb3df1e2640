"""Element-wise sums over a common denominator: e/(1+e)^2 - 1/(1+e) = -1/(1+e)^2.

What a numerator shares with its denominator is cancelled: (e + e f)/(e g) = (1 + f)/g.

A term is a product of powers of atoms; denominators may be sums themselves. The combined
numerator is multiplied out and kept only if it has fewer terms than before.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..tensor.build import broadcast, number, power, times, transpose
from ..tensor.node import Kind, Tensor
from ..tensor.terms import add_terms, is_zero

# Sums in denominators are multiplied out up to this many terms and this power, and products
# of them up to so many terms: what does not cancel then is longer than it was.
TERMS, POWER = 4, 3
MOST_TERMS = 64

Monomial = tuple[tuple[Tensor, int], ...]
Polynomial = dict[Monomial, Fraction]


def over_common_denominator(node: Tensor) -> Tensor:
    """The sum as one fraction where that makes the numerator shorter; else as it is."""
    if node.kind is not Kind.SUM or not 2 <= len(node.args) <= 8:
        return node
    combined = _over_common_denominator(node)
    if combined is None and len(node.axes) == 2:  # the factors may all stand transposed
        combined = _over_common_denominator(add_terms([transpose(term) for term in node.args]))
        combined = None if combined is None else transpose(combined)
    return node if combined is None else combined


def without_common_factors(node: Tensor) -> Tensor:
    """The product, its sums divided by what all their terms share with what is below."""
    read = _factors(node) if node.kind is Kind.CONTRACT else None
    if read is None:
        return node
    coefficient, powers = read
    below = {base: -exponent for base, exponent in powers.items() if exponent < 0}
    for base, exponent in powers.items():
        numerator = _sum_polynomial(base) if base.kind is Kind.SUM and exponent == 1 else None
        if numerator is None:
            continue
        numerator, left = _cancelled(numerator, below)
        if left != below:
            above = [power(other, e) for other, e in powers.items() if e > 0 and other is not base]
            return times(coefficient, *above, _written(numerator, left, node))
    return node


def _over_common_denominator(node: Tensor) -> Tensor | None:
    read = [_factors(term) for term in node.args]
    terms = [term for term in read if term is not None]
    if node.kind is not Kind.SUM or len(terms) < len(read):
        return None
    below: dict[Tensor, int] = {}
    for _, powers in terms:
        for base, exponent in powers.items():
            if exponent < 0:
                below[base] = max(below.get(base, 0), -exponent)
    if not below or not any(base.kind is Kind.SUM for _, powers in terms for base in powers):
        return None
    for everything in (False, True):
        combined = _combined(node, terms, below, everything)
        if combined is not None:
            return combined
    return None


def _combined(
    node: Tensor,
    terms: list[tuple[Fraction, dict[Tensor, int]]],
    below: dict[Tensor, int],
    everything: bool,
) -> Tensor | None:
    """The sum as one fraction if that is shorter; sums of numerators multiplied out or not."""
    numerator: Polynomial = {}
    for coefficient, powers in terms:
        expanded = _expand(coefficient, powers, below, everything)
        if expanded is None:
            return None
        for monomial, c in expanded.items():
            numerator[monomial] = numerator.get(monomial, Fraction(0)) + c
    numerator = {monomial: c for monomial, c in numerator.items() if c}
    for base in below:
        divided = _divided(numerator, base)
        if divided is not None:
            numerator = divided
            below = {**below, base: below[base] - 1}
    if len(numerator) > len(node.args):
        return None
    numerator, below = _cancelled(numerator, below)
    combined = _written(numerator, below, node)
    return combined if weight(combined) < weight(node) else None


def weight(tensor: Tensor) -> int:
    """How many symbols the tensor has, written as a tree down to the atoms of this module."""
    if tensor.kind is Kind.SUM:
        return sum(1 + weight(term) for term in tensor.args)
    if tensor.kind is Kind.CONTRACT:
        own = int(abs(tensor.data[0]) != 1)
        return own + sum(1 + weight(arg) for arg in tensor.args if arg.kind is not Kind.ONES)
    if tensor.kind is Kind.POWER:
        return 2 + weight(tensor.args[0])
    return 1


def _factors(term: Tensor) -> tuple[Fraction, dict[Tensor, int]] | None:
    """(coefficient, {atom: integer exponent}) of an element-wise product."""
    if term.kind is Kind.NUMBER:
        return term.data[0], {}
    if term.kind is Kind.ONES:
        return Fraction(1), {}
    coefficient = Fraction(1)
    args: tuple[Tensor, ...] = (term,)
    if term.kind is Kind.CONTRACT:
        coefficient, labels, free = term.data
        aligned = all(not own or own == tuple(range(free)) for own in labels)
        if not aligned and not all(arg.kind is Kind.ONES or not arg.axes for arg in term.args):
            return None
        args = tuple(arg for arg in term.args if arg.kind is not Kind.ONES)
        if any(arg.has_structure for arg in args):
            return None
    powers: dict[Tensor, int] = {}
    for arg in args:
        base, exponent = arg, Fraction(1)
        if arg.kind is Kind.POWER and arg.args[1].kind is Kind.NUMBER:
            base, exponent = arg.args[0], arg.args[1].data[0]
        if exponent.denominator != 1:
            base, exponent = arg, Fraction(1)
        powers[base] = powers.get(base, 0) + int(exponent)
    return coefficient, powers


def _expand(
    coefficient: Fraction, powers: dict[Tensor, int], below: dict[Tensor, int], everything: bool
) -> Polynomial | None:
    """The term times the common denominator, its sums multiplied out."""
    result: Polynomial = {(): coefficient}
    for base in sorted(powers.keys() | below.keys(), key=lambda t: t.key):
        exponent = powers.get(base, 0) + below.get(base, 0)
        if not exponent:
            continue
        if base.kind is not Kind.SUM:
            result = _product(result, {((base, exponent),): Fraction(1)})
            continue
        factor = _sum_polynomial(base)
        if factor is None or exponent > POWER or not (everything or base in below):
            result = _product(result, {((base, exponent),): Fraction(1)})
            continue
        for _ in range(exponent):
            if len(result) * len(factor) > MOST_TERMS:
                return None
            result = _product(result, factor)
    return result


def _divided(numerator: Polynomial, base: Tensor) -> Polynomial | None:
    """The numerator over a sum, where that is a single product: (a L + b L)/(a + b) = L."""
    factor = _sum_polynomial(base) if base.kind is Kind.SUM else None
    if factor is None or len(factor) != len(numerator):
        return None
    first, c = next(iter(factor.items()))
    for monomial, d in numerator.items():
        powers = dict(monomial)
        for atom, exponent in first:
            powers[atom] = powers.get(atom, 0) - exponent
        quotient = {_monomial(powers): d / c}
        if _product(quotient, factor) == numerator:
            return quotient
    return None


def _cancelled(
    numerator: Polynomial, below: dict[Tensor, int]
) -> tuple[Polynomial, dict[Tensor, int]]:
    """Without the powers of atoms that every term above shares with what is below."""
    shared = {
        base: min([exponent, *(dict(monomial).get(base, 0) for monomial in numerator)])
        for base, exponent in below.items()
    }
    inverse = {_monomial({base: -exponent for base, exponent in shared.items()}): Fraction(1)}
    left = {base: exponent - shared[base] for base, exponent in below.items()}
    return _product(numerator, inverse), left


def _sum_polynomial(base: Tensor) -> Polynomial | None:
    if len(base.args) > TERMS:
        return None
    polynomial: Polynomial = {}
    for term in base.args:
        read = _factors(term)
        if read is None:
            return None
        coefficient, powers = read
        polynomial[_monomial(powers)] = coefficient
    return polynomial


def _monomial(powers: dict[Tensor, int]) -> Monomial:
    kept = [(base, exponent) for base, exponent in powers.items() if exponent]
    return tuple(sorted(kept, key=lambda pair: pair[0].key))


def _product(a: Polynomial, b: Polynomial) -> Polynomial:
    result: Polynomial = {}
    for left, p in a.items():
        for right, q in b.items():
            powers = dict(left)
            for base, exponent in right:
                powers[base] = powers.get(base, 0) + exponent
            monomial = _monomial(powers)
            result[monomial] = result.get(monomial, Fraction(0)) + p * q
    return result


def _written(numerator: Polynomial, below: dict[Tensor, int], node: Tensor) -> Tensor:
    terms: Sequence[Tensor] = [
        broadcast(times(number(c), *(power(base, e) for base, e in monomial)), node.axes)
        for monomial, c in numerator.items()
    ]
    above = add_terms(terms) if terms else None
    if above is None or is_zero(above):
        return times(number(0), node)
    powers = [power(base, -exponent) for base, exponent in below.items() if exponent]
    return times(above, *powers)
