"""Signs of entries: the range of the values of a tensor of index form.

Every entry of `Signs.range(T)` lies in that range, for all values of the variables that their
declared properties and the facts given allow, wherever T has a value. Named sizes are 1 or
more. Squares of sums and definite matrices are not this module's business.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

from .ranges import (
    ANY,
    INSIDE,
    NONNEG,
    ONE,
    POSITIVE,
    RULES,
    SYMMETRIC_UNIT,
    UNIT,
    ZERO,
    Range,
    at_least,
    exactly,
    raised,
)
from .shapes import Dim
from .tensor.build import apply, contract, ones, power, scale
from .tensor.node import Kind, Labels, Operand, Tensor
from .tensor.terms import TERM_LIMIT, add_terms


class Signs:
    """Ranges of tensors, each found once.

    `facts` are ranges known beforehand, from the domain of the function in question. A
    subclass may know more of products, functions and sums.
    """

    def __init__(self) -> None:
        self.facts: dict[Tensor, Range] = {}
        self._ranges: dict[Tensor, Range] = {}

    def learn(self, tensor: Tensor, found: Range) -> None:
        """From now on all entries of `tensor` are known to be there."""
        self.facts[tensor] = self.facts.get(tensor, ANY) & found
        self.facts[scale(-1, tensor)] = -self.facts[tensor]
        self._ranges.clear()

    def core(self, tensor: Tensor) -> tuple[int, Tensor]:
        """(±1, T) such that the tensor has the sign of ±T: factors of known sign are dropped."""
        sign = 1
        while tensor.kind is Kind.CONTRACT:
            factor = self._only_unknown_factor(tensor)
            if factor is None:
                break
            sign, tensor = sign * factor[0], factor[1]
        return sign, tensor

    def _only_unknown_factor(self, product: Tensor) -> tuple[int, Tensor] | None:
        """(sign of the other factors, the factor) of an element-wise product."""
        coefficient, labels, free = product.data
        if any(own not in ((), tuple(range(free))) for own in labels):
            return None
        unknown = [arg for arg in product.args if not self.range(arg).sign]
        if len(unknown) != 1 or unknown[0].axes != product.axes:
            return None
        signs = [self.range(arg) for arg in product.args if arg is not unknown[0]]
        if not all(found.is_positive or found.is_negative for found in signs):
            return None
        sign = reduce(Range.__mul__, signs, exactly(coefficient)).sign
        return sign, unknown[0]

    def range(self, tensor: Tensor) -> Range:
        stack = [tensor]
        while stack:
            node = stack[-1]
            waiting = [arg for arg in node.args if arg not in self._ranges]
            if node in self._ranges or not waiting:
                stack.pop()
                if node not in self._ranges:
                    self._ranges[node] = self._range(node) & self.facts.get(node, ANY)
            else:
                stack.extend(waiting)
        return self._ranges[tensor]

    def _range(self, node: Tensor) -> Range:
        args = [self._ranges[arg] for arg in node.args]
        match node.kind:
            case Kind.VARIABLE:
                return _of_variable(node)
            case Kind.NUMBER:
                return exactly(node.data[0])
            case Kind.SIZE:
                least = node.data[0].least
                return ANY if least is None else at_least(least)
            case Kind.ONES:
                return ONE
            case Kind.SUM:
                return self.of_sum(node, reduce(Range.__add__, args, ZERO))
            case Kind.CONTRACT:
                return self.of_product(node, self._of_factors(node))
            case Kind.POWER:
                return _of_power(node, *args)
            case Kind.APPLY:
                rule = RULES.get(node.data[0])
                return self.of_function(node, ANY if rule is None else rule(*args))
        return UNIT  # δ, unit vectors, slices, fusions, triangles

    def of_sum(self, node: Tensor, found: Range) -> Range:
        """The range of a sum; `found` is that of independent terms."""
        return found

    def of_product(self, node: Tensor, found: Range) -> Range:
        """The range of a product; `found` is that of independent factors."""
        return found

    def of_function(self, node: Tensor, found: Range) -> Range:
        return found

    def _of_factors(self, node: Tensor) -> Range:
        """The product of the factors, added up over the summed labels."""
        coefficient, labels, free = node.data
        operands = without_distributions(list(zip(node.args, labels, strict=True)), free)
        found = reduce(Range.__mul__, [self.range(arg) for arg, _ in operands], ONE)
        sizes: dict[int, Dim] = {}
        for arg, own in operands:
            sizes.update(zip(own, arg.axes, strict=True))
        dims = [dim for label, dim in sizes.items() if label >= free]
        least = reduce(lambda a, dim: a * max(dim.least or 0, 0), dims, 1)
        count: int | None = 1
        for dim in dims:
            count = None if count is None or dim.integer is None else count * dim.integer
        return found.repeated(least, count) * exactly(coefficient)


def without_distributions(operands: list[Operand], free: int) -> list[Operand]:
    """The factors but for Σ_i softmax(u)_i = 1, which stands on no other factor's label."""
    uses = [label for _, own in operands for label in own]
    kept = []
    for arg, own in operands:
        if arg.kind is Kind.APPLY and arg.data[0] == "softmax":
            axis = arg.data[1] or 0
            if own[axis] >= free and uses.count(own[axis]) == 1:
                rest: Labels = own[:axis] + own[axis + 1 :]
                axes = arg.axes[:axis] + arg.axes[axis + 1 :]
                kept.append((ones(*axes), rest))
                continue
        kept.append((arg, own))
    return kept


def _of_variable(variable: Tensor) -> Range:
    properties = variable.data[1]
    if properties & {"diagonal", "lower"} and len(variable.axes) == 2:
        known = properties & {"positive", "nonneg", "unit"} or {"diagonal", "spd"} <= properties
        known = known or {"diagonal", "psd"} <= properties
        return NONNEG if known else ANY
    for name, found in (
        ("unit", INSIDE),
        ("positive", POSITIVE),
        ("nonneg", NONNEG),
        ("labels", SYMMETRIC_UNIT),
        ("orthogonal", SYMMETRIC_UNIT),
    ):
        if name in properties:
            return found
    return ANY


def _of_power(node: Tensor, base: Range, exponent: Range) -> Range:
    root, index = node.args
    if index.kind is not Kind.NUMBER:
        return POSITIVE if base.is_positive else NONNEG if base.is_nonneg else ANY
    q: Fraction = index.data[0]
    if root.kind is Kind.VARIABLE and q.denominator == 1 and q % 2 == 0:
        if "labels" in root.data[1]:
            return ONE
        if "nonzero" in root.data[1]:
            return POSITIVE
    return raised(base, q)


def over_common_factor(total: Tensor) -> tuple[Tensor, Tensor] | None:
    """(S^e, S^e·T) for a sum T, where S^-e is the lowest power of S among its factors.

    Multiplied out, S^(-1/2) - x^2 S^(-3/2) becomes S - x^2, and with S = x^2 + c it is c.
    """
    free = tuple(range(len(total.axes)))
    lowest: dict[Operand, Fraction] = {}
    for term in total.args:
        for base, exponent, own in _powers(term):
            if exponent < 0 and own in ((), free):
                lowest[base, own] = min(lowest.get((base, own), Fraction(0)), exponent)
    for (base, own), exponent in lowest.items():
        factor = power(base, -exponent)
        terms = [contract(1, [(term, free), (factor, own)], free) for term in total.args]
        opened = [part for term in terms for part in _opened(term, base, own)]
        if len(opened) <= TERM_LIMIT:
            return factor, add_terms(opened)
    return None


def _powers(term: Tensor) -> list[tuple[Tensor, Fraction, Labels]]:
    """(base, exponent, labels) of the factors that are powers."""
    pairs: list[Operand] = [(term, tuple(range(len(term.axes))))]
    if term.kind is Kind.CONTRACT:
        pairs = list(zip(term.args, term.data[1], strict=True))
    return [
        (arg.args[0], arg.args[1].data[0], own)
        for arg, own in pairs
        if arg.kind is Kind.POWER and arg.args[1].kind is Kind.NUMBER
    ]


def _opened(term: Tensor, base: Tensor, own: Labels) -> list[Tensor]:
    """The term multiplied out where it holds a sum S, or cosh^2 = 1 + sinh^2."""
    free = tuple(range(len(term.axes)))
    pairs: list[Operand] = [(term, free)]
    coefficient = Fraction(1)
    if term.kind is Kind.CONTRACT:
        coefficient, labels, _ = term.data
        pairs = list(zip(term.args, labels, strict=True))
    for place, (arg, its) in enumerate(pairs):
        parts = _parts(arg, base)
        if parts and its == own:
            rest = pairs[:place] + pairs[place + 1 :]
            return [contract(coefficient, [*rest, (part, its)], free) for part in parts]
    return [term]


def _parts(arg: Tensor, base: Tensor) -> tuple[Tensor, ...]:
    if arg is base and arg.kind is Kind.SUM:
        return arg.args
    if base.kind is Kind.APPLY and base.data[0] == "cosh" and arg is power(base, 2):
        return ones(*base.axes), power(apply("sinh", base.args[0]), 2)
    return ()
