"""Sums with their common parts pulled out: A*x + A'*x as (A + A')*x, s - s.^2 as s.*(1 - s).

Terms arrive as (coefficient, scalars, body). Factoring never changes the value; it is done
where it makes the sum shorter to write.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

from ..expr.build import number
from ..expr.call import call
from ..expr.node import Expr, Kind
from ..tensor.contract import FACTOR_LIMIT
from ..work import spend
from .write import ONE, Writer, identity, is_call, split_scalars

RawTerm = tuple[Fraction, list[Expr], Expr | None]


class _Term:
    """coefficient · ∏ scalar^exponent · product of matrices and vectors."""

    def __init__(
        self, coefficient: Fraction, scalars: dict[Expr, int], chain: tuple[Expr, ...]
    ) -> None:
        self.coefficient = coefficient
        self.scalars = scalars
        self.chain = chain

    def write(self, writer: Writer) -> Expr:
        scalars = [_power(base, exponent, writer) for base, exponent in self.scalars.items()]
        body = writer.chain(self.chain) if self.chain else None
        return writer.scaled(self.coefficient, scalars, body)


def factored(terms: Sequence[RawTerm], writer: Writer) -> Expr:
    """The sum of the terms, common factors in front of or behind it."""
    parts = _collected([_read(term) for term in terms])
    coefficient, scalars = _pull_scalars(parts)
    parts = _collected(_spread(parts))
    parts = _pull_matrices(_merge_diagonals(parts, writer), writer)
    if len(parts) == 1:
        only = parts[0]
        for base, exponent in scalars.items():
            only.scalars[base] = only.scalars.get(base, 0) + exponent
        only.coefficient *= coefficient
        return only.write(writer)
    body = _pull_elementwise(parts, writer)
    if coefficient == 1 and not scalars:
        return body
    outside = [_power(base, exponent, writer) for base, exponent in scalars.items()]
    if body.kind is Kind.NEGATE:
        coefficient, body = -coefficient, body.args[0]
    if body.is_scalar:
        return writer.scaled(coefficient, [*outside, body], None)
    return writer.scaled(coefficient, outside, body)


def _collected(parts: list[_Term]) -> list[_Term]:
    """Terms that came to be written alike, as one; all of them if nothing would be left."""
    found: dict[tuple[frozenset[tuple[Expr, int]], tuple[Expr, ...]], _Term] = {}
    for part in parts:
        key = frozenset(part.scalars.items()), part.chain
        if key in found:
            found[key].coefficient += part.coefficient
        else:
            found[key] = part
    kept = [part for part in found.values() if part.coefficient]
    return kept or list(found.values())[:1]


def _spread(parts: list[_Term]) -> list[_Term]:
    """Sums among the terms, if nothing multiplies them, term by term: a - (b - a) is 2*a - b."""
    if len(parts) == 1:
        return parts
    found: list[_Term] = []
    for part in parts:
        body = part.chain[0] if len(part.chain) == 1 else None
        if body is None or body.kind is not Kind.ADD or part.scalars or abs(part.coefficient) != 1:
            found.append(part)
        else:
            found += [_read((part.coefficient, [], term)) for term in body.args]
    return found


def _power(base: Expr, exponent: int, writer: Writer) -> Expr:
    value = number(exponent)
    return writer.raised(base, value)


def _read(term: RawTerm) -> _Term:
    coefficient, scalars, body = term
    powers: dict[Expr, int] = {}
    chain: tuple[Expr, ...] = ()
    if body is not None:
        if body.kind is Kind.NEGATE:
            coefficient, body = -coefficient, body.args[0]
        if body.kind is Kind.DIVIDE and body.args[1].is_scalar:
            body, divisor = body.args
            coefficient *= _count(divisor, -1, powers)
        own, rest = split_scalars(body.args if body.kind is Kind.MULTIPLY else (body,))
        chain = tuple(rest)
        scalars = [*scalars, *own]
    for scalar in scalars:
        coefficient *= _count(scalar, 1, powers)
    return _Term(coefficient, {b: e for b, e in powers.items() if e}, chain)


def _count(scalar: Expr, sign: int, powers: dict[Expr, int]) -> Fraction:
    """Add a scalar's factors to `powers`; its numeric factor is returned."""
    match scalar.kind:
        case Kind.NUMBER:
            value: Fraction = scalar.data[0]
            return value if sign > 0 else 1 / value if value else Fraction(0)
        case Kind.NEGATE:
            return -_count(scalar.args[0], sign, powers)
        case Kind.MULTIPLY if len(scalar.args) <= FACTOR_LIMIT and all(
            f.is_scalar for f in scalar.args
        ):
            result = Fraction(1)
            for factor in scalar.args:
                result *= _count(factor, sign, powers)
            return result
        case Kind.DIVIDE:
            top, bottom = scalar.args
            return _count(top, sign, powers) * _count(bottom, -sign, powers)
        case Kind.POWER if _integer(scalar.args[1]) is not None:
            exponent = _integer(scalar.args[1]) or 0
            powers[scalar.args[0]] = powers.get(scalar.args[0], 0) + sign * exponent
        case _:
            powers[scalar] = powers.get(scalar, 0) + sign
    return Fraction(1)


def _integer(exponent: Expr) -> int | None:
    if exponent.kind is Kind.NUMBER and exponent.data[0].denominator == 1:
        return int(exponent.data[0])
    return None


def _pull_scalars(parts: list[_Term]) -> tuple[Fraction, dict[Expr, int]]:
    """Take out of every term what all terms share: numbers, quotients, long scalars."""
    coefficient = Fraction(1)
    sizes = {abs(part.coefficient) for part in parts}
    if len(sizes) == 1:
        coefficient = sizes.pop()
    if all(part.coefficient < 0 for part in parts):
        coefficient = -coefficient
    for part in parts:
        part.coefficient /= coefficient
    common: dict[Expr, int] = {}
    for base, exponent in parts[0].scalars.items():
        exponents = [part.scalars.get(base, 0) for part in parts]
        if all(e > 0 for e in exponents):
            shared = min(exponents)
        elif all(e < 0 for e in exponents):
            shared = max(exponents)
        else:
            continue
        if base.kind is Kind.VARIABLE and shared > 0 and all(not p.chain for p in parts):
            continue  # 3*x^2 + 2*x stays as it is
        common[base] = shared
        del exponent
    for part in parts:
        for base, shared in common.items():
            part.scalars[base] -= shared
            if not part.scalars[base]:
                del part.scalars[base]
    return coefficient, common


def _merge_diagonals(parts: list[_Term], writer: Writer) -> list[_Term]:
    """diag(u) + diag(v) = diag(u + v), and 1·I joins them."""
    diagonal = [
        p
        for p in parts
        if len(p.chain) == 1 and is_call(p.chain[0], "diag") and p.chain[0].args[0].is_vector
    ]
    if not diagonal:
        return parts
    identities = [p for p in parts if len(p.chain) == 1 and is_call(p.chain[0], "eye")]
    merged = diagonal + identities
    if len(merged) < 2:
        return parts
    rest = [part for part in parts if part not in merged]
    inner: list[RawTerm] = []
    for part in merged:
        scalars = [_power(base, e, writer) for base, e in part.scalars.items()]
        inside = part.chain[0].args[0] if part in diagonal else None
        inner.append((part.coefficient, scalars, inside))
    total = factored(inner, writer)
    sign = Fraction(1)
    if total.kind is Kind.NEGATE:
        sign, total = Fraction(-1), total.args[0]
    if total.is_scalar:  # diag(1 - u) + diag(1 + u) = 2·I
        constant = _read((sign, [total], identity(diagonal[0].chain[0].shape[0])))
        return _collected([constant, *rest])
    return [_Term(sign, {}, (call("diag", total),)), *rest]


def _pull_matrices(parts: list[_Term], writer: Writer) -> list[_Term]:
    """Common first or last factors of matrix products, two terms at a time."""
    changed = True
    while changed and len(parts) > 1:
        changed = False
        for i, j in combinations(range(len(parts)), 2):
            merged = _merge_pair(parts[i], parts[j], writer)
            if merged is not None:
                parts = [p for k, p in enumerate(parts) if k not in (i, j)] + [merged]
                changed = True
                break
    return parts


def _merge_pair(a: _Term, b: _Term, writer: Writer) -> _Term | None:
    spend(1)
    limit = min(len(a.chain), len(b.chain)) - 1
    if limit < 1:
        return None
    behind = 0
    while behind < limit and a.chain[-1 - behind] is b.chain[-1 - behind]:
        behind += 1
    ahead = 0
    while ahead < limit and a.chain[ahead] is b.chain[ahead]:
        ahead += 1
    if not behind and not ahead:
        return None
    if behind:
        left, right, common = a.chain[:-behind], b.chain[:-behind], a.chain[-behind:]
    else:
        left, right, common = a.chain[ahead:], b.chain[ahead:], a.chain[:ahead]
    inner = factored([_raw(a, left, writer), _raw(b, right, writer)], writer)
    sign = Fraction(1)
    if inner.kind is Kind.NEGATE:
        sign, inner = Fraction(-1), inner.args[0]
    scalars: dict[Expr, int] = {}
    own, rest = split_scalars(inner.args if inner.kind is Kind.MULTIPLY else (inner,))
    for factor in own:
        sign *= _count(factor, 1, scalars)
    middle = tuple(rest)
    return _Term(sign, scalars, (*middle, *common) if behind else (*common, *middle))


def _raw(term: _Term, chain: tuple[Expr, ...], writer: Writer) -> RawTerm:
    scalars = [_power(base, exponent, writer) for base, exponent in term.scalars.items()]
    return term.coefficient, scalars, writer.chain(chain)


def _pull_elementwise(parts: list[_Term], writer: Writer) -> Expr:
    """The plain sum, or common ⊙ (sum of the rest) where that is shorter."""
    plain = writer.total([part.write(writer) for part in parts])
    bodies = [part.chain[0] if len(part.chain) == 1 else None for part in parts]
    if any(body is None for body in bodies):
        return plain
    counted = [_elementwise_factors(body) for body in bodies if body is not None]
    common = {
        base: min(powers.get(base, 0) for powers in counted)
        for base in counted[0]
        if all(powers.get(base, 0) > 0 for powers in counted)
    }
    if not common:
        return plain
    inner: list[RawTerm] = []
    for part, powers in zip(parts, counted, strict=True):
        left = {base: e - common.get(base, 0) for base, e in powers.items()}
        rest = [_power(base, e, writer) for base, e in left.items() if e]
        scalars = [_power(base, e, writer) for base, e in part.scalars.items()]
        inner.append((part.coefficient, scalars, writer.elementwise(rest) if rest else None))
    if all(body is None for _, _, body in inner):
        return plain
    shared = [_power(base, e, writer) for base, e in common.items()]
    total = factored(inner, writer)
    if total.kind is Kind.NEGATE:
        product = writer.scaled(Fraction(-1), [], writer.elementwise([*shared, total.args[0]]))
    else:
        product = writer.elementwise([*shared, total])
    return product if writer.size(product) < writer.size(plain) else plain


def _elementwise_factors(body: Expr) -> dict[Expr, int]:
    powers: dict[Expr, int] = {}
    stack: list[tuple[Expr, int]] = [(body, 1)]
    while stack:
        factor, sign = stack.pop()
        if factor.kind is Kind.HADAMARD:
            stack += [(part, sign) for part in factor.args]
        elif factor.kind is Kind.DIVIDE and not factor.args[1].is_scalar:
            top, bottom = factor.args
            stack.append((bottom, -sign))
            if top is not ONE:
                stack.append((top, sign))
        elif factor.kind is Kind.POWER and _integer(factor.args[1]) is not None:
            base, exponent = factor.args
            powers[base] = powers.get(base, 0) + sign * (_integer(exponent) or 0)
        else:
            powers[factor] = powers.get(factor, 0) + sign
    return powers
