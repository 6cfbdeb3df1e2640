"""Disciplined convexity: the curvature of index form by rules of composition.

Every entry of a tensor, as a function of one variable, is constant, affine, convex, concave
or not known. Sums and scalings keep curvature; f(u) is convex for a convex f that increases
where u is convex, decreases where u is concave, or takes any affine u (Grant, Boyd and Ye,
Disciplined Convex Programming, 2006). Kinks do not matter to these rules. Beside them stand
quadratic forms, norms √(Σ u²) of affine u, and log of what is log-convex.

Functions are convex on their domain, so it has to be convex too: log(u) needs a concave u, or
u > 0 known, and 1/u needs u > 0 known.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from .definite import Definiteness, operands_of
from .intern import postorder
from .ranges import Range, exactly
from .tensor.build import add, ones
from .tensor.node import Kind, Tensor
from .tensor.terms import split_coefficient


@dataclass(frozen=True, slots=True)
class Curvature:
    """What is certain of each entry as a function of the variable."""

    convex: bool = False
    concave: bool = False

    @property
    def affine(self) -> bool:
        return self.convex and self.concave

    def __neg__(self) -> Curvature:
        return Curvature(self.concave, self.convex)

    def __and__(self, other: Curvature) -> Curvature:
        """What is certain of both."""
        return Curvature(self.convex and other.convex, self.concave and other.concave)

    def __or__(self, other: Curvature) -> Curvature:
        """What one of two certificates says."""
        return Curvature(self.convex or other.convex, self.concave or other.concave)

    def scaled(self, sign: int) -> Curvature:
        """Times a number >= 0 (sign 1), <= 0 (-1) or any (0)."""
        if sign:
            return self if sign > 0 else -self
        return AFFINE if self.affine else UNKNOWN


UNKNOWN = Curvature()
AFFINE = Curvature(True, True)
CONVEX = Curvature(convex=True)
CONCAVE = Curvature(concave=True)

# Convex and increasing everywhere; the negative of one that is concave and increasing.
INCREASING = {
    "exp": CONVEX,
    "softplus": CONVEX,
    "relu": CONVEX,
    "max": CONVEX,
    "logsumexp": CONVEX,
    "largest": CONVEX,
    "min": CONCAVE,
    "smallest": CONCAVE,
}
# Convex, increasing over numbers >= 0 and decreasing below.
VALLEYS = frozenset({"abs", "cosh", "norm2"})
# Increasing, with the inflection at 0: concave above and convex below, or the reverse.
BENDS = {
    "tanh": CONCAVE,
    "sigmoid": CONCAVE,
    "arctan": CONCAVE,
    "erf": CONCAVE,
    "sinh": CONVEX,
}


class Walk:
    """The curvatures of tensors as functions of the variable called `name`."""

    def __init__(self, name: str, known: Definiteness) -> None:
        self.name = name
        self.known = known
        self._found: dict[Tensor, Curvature] = {}
        self._logs: dict[Tensor, Curvature] = {}

    def curvature(self, tensor: Tensor) -> Curvature:
        for node in postorder([tensor]):
            if node not in self._found:
                self._found[node] = self._of(node) if self.depends(node) else AFFINE
                self._logs[node] = self._of_log(node)
        return self._found[tensor]

    def depends(self, tensor: Tensor) -> bool:
        return self.name in tensor.variables

    def _range(self, tensor: Tensor) -> Range:
        return self.known.range(tensor)

    def _of(self, node: Tensor) -> Curvature:
        match node.kind:
            case Kind.VARIABLE:
                return AFFINE
            case Kind.SUM:
                return reduce(Curvature.__and__, (self._found[arg] for arg in node.args))
            case Kind.CONTRACT:
                return self._of_product(node)
            case Kind.POWER:
                return self._of_power(*node.args)
            case Kind.APPLY:
                return self._of_function(node)
        raise AssertionError(f"{node.kind} does not depend on a variable")

    # -- products

    def _of_product(self, node: Tensor) -> Curvature:
        moving = [arg for arg in node.args if self.depends(arg)]
        if len(moving) == 1:
            rest = [self._range(arg) for arg in node.args if arg is not moving[0]]
            sign = reduce(Range.__mul__, rest, exactly(node.data[0])).sign
            return self._found[moving[0]].scaled(sign)
        return CONVEX.scaled(sign) if (sign := self._square(node)) else UNKNOWN

    def _square(self, product: Tensor) -> int:
        """The sign of ±Σ h·h with halves h that are affine and weights that do not depend."""
        for split in self.known.splits(product, (), ()):
            moving = [tensor for tensor, _ in split.half if self.depends(tensor)]
            affine = len(moving) == 1 and self._found[moving[0]].affine
            if affine and not any(self.depends(tensor) for tensor, _ in split.closed):
                sign = self.known.sign_of_closed(split.closed, split)
                return sign if product.data[0] > 0 else -sign
        return 0

    def _is_square_sum(self, total: Tensor) -> bool:
        """Whether this is Σ h² + c with c >= 0 and h affine or h >= 0 convex: a norm squared."""
        for term in total.args if total.kind is Kind.SUM else (total,):
            if not self.depends(term):
                if not self._range(term).is_nonneg:
                    return False
            elif not self._is_square(term):
                return False
        return True

    def _is_square(self, term: Tensor) -> bool:
        moving = [arg for arg, _ in operands_of(term) if self.depends(arg)]
        if len(moving) != 1 or moving[0].kind is not Kind.POWER:
            return term.kind is Kind.CONTRACT and self._square(term) > 0
        base, exponent = moving[0].args
        u = self._found[base]
        squares = exponent.data == (2,) and (u.affine or (u.convex and self._range(base).is_nonneg))
        coefficient = term.data[0] if term.kind is Kind.CONTRACT else Fraction(1)
        rest = [self._range(arg) for arg, _ in operands_of(term) if arg is not moving[0]]
        return squares and reduce(Range.__mul__, rest, exactly(coefficient)).is_nonneg

    # -- powers

    def _of_power(self, base: Tensor, exponent: Tensor) -> Curvature:
        x = self._range(base)
        if not self.depends(base):
            return CONVEX if x.is_positive and self._found[exponent].affine else UNKNOWN
        if exponent.kind is not Kind.NUMBER:
            return UNKNOWN
        q: Fraction = exponent.data[0]
        u = self._found[base]
        if q.denominator == 1 and x.is_nonpos:
            found = _of_power_above_zero(-u, -x, q)
            return found if q % 2 == 0 else -found
        if q > 0 and q % 2 == 0 and u.affine:
            return CONVEX
        if q == Fraction(1, 2) and not u.concave and self._is_square_sum(base):
            return CONVEX
        return _of_power_above_zero(u, x, q)

    # -- functions

    def _of_function(self, node: Tensor) -> Curvature:
        name = node.data[0]
        args = [self._found[arg] for arg in node.args]
        if name in INCREASING:
            return reduce(Curvature.__and__, args) & INCREASING[name]
        if name == "where" and not self.depends(node.args[0]):
            return args[1] & args[2]
        if len(args) != 1:
            return UNKNOWN
        (arg,), (u,) = node.args, args
        x = self._range(arg)
        if name in VALLEYS:
            if name == "abs" and x.sign:
                return u.scaled(x.sign)
            rises = (u.convex and x.is_nonneg) or (u.concave and x.is_nonpos)
            return CONVEX if u.affine or rises else UNKNOWN
        if name in BENDS:
            if x.is_nonneg:
                return u & BENDS[name]
            return u & -BENDS[name] if x.is_nonpos else UNKNOWN
        if name == "log":
            return CONCAVE if u.concave else self._logs[arg]
        if name == "nuclear":
            return CONVEX if u.affine else UNKNOWN
        if name == "logdet":
            return CONCAVE if u.affine and self.is_positive_definite(arg) else UNKNOWN
        return UNKNOWN

    def is_positive_definite(self, matrix: Tensor) -> bool:
        """Whether the values for which M is invertible are those of a convex set with M > 0."""
        if self.known.is_positive_definite(matrix):
            return True
        return self.curvature(matrix).affine and self.known.definite(matrix) > 0

    # -- logarithms

    def _of_log(self, node: Tensor) -> Curvature:
        """The curvature of log of entries that are >= 0, where it can be read off a product.

        log-convex functions can be added, and so can the logs of factors; a concave function
        that is >= 0 is log-concave.
        """
        found = self._log_of(node)
        if self._range(node).is_nonneg:
            if not self.depends(node):
                return AFFINE
            found |= CONCAVE if self._found[node].concave else UNKNOWN
        return found

    def _log_of(self, node: Tensor) -> Curvature:
        logs = [self._logs[arg] for arg in node.args]
        match node.kind:
            case Kind.SUM:
                found = reduce(Curvature.__and__, logs, CONVEX)
                return found | self._of_one_minus_sigmoid(node)
            case Kind.CONTRACT if node.data[0] > 0:
                summed = any(x >= len(node.axes) for own in node.data[1] for x in own)
                return reduce(Curvature.__and__, logs, CONVEX if summed else AFFINE)
            case Kind.POWER:
                base, exponent = node.args
                if exponent.kind is Kind.NUMBER:
                    return logs[0].scaled(1 if exponent.data[0] > 0 else -1)
                constant = not self.depends(base) and self._range(base).is_positive
                return AFFINE if constant and self._found[exponent].affine else UNKNOWN
            case Kind.APPLY if node.args:
                u = self._found[node.args[0]]
                match node.data[0]:
                    case "exp":
                        return u
                    case "sigmoid":
                        return u & CONCAVE
                    case "softmax":
                        return CONCAVE if u.affine else UNKNOWN
                    case "cosh":
                        return CONVEX if u.affine else UNKNOWN
        return UNKNOWN

    def _of_one_minus_sigmoid(self, total: Tensor) -> Curvature:
        """log of 1 - σ(u) = σ(-u)"""
        for term in total.args:
            _, value = split_coefficient(term)
            is_sigmoid = value.kind is Kind.APPLY and value.data[0] == "sigmoid"
            if is_sigmoid and add(total, value) is ones(*total.axes):
                return -self._found[value.args[0]] & CONCAVE
        return UNKNOWN


def _of_power_above_zero(u: Curvature, x: Range, q: Fraction) -> Curvature:
    """u^q where u >= 0, as its range x says or because there are no other fractional powers."""
    if q > 1:
        inside = x.is_nonneg or (u.affine and q.denominator != 1)
        return CONVEX if u.convex and inside else UNKNOWN
    if q > 0:
        return CONCAVE if u.concave else UNKNOWN
    inside = x.is_positive or q.denominator != 1
    return CONVEX if u.concave and inside else UNKNOWN
