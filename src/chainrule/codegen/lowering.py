"""From index form to an array program: the cheapest of the ways that are considered.

A tensor says what is to be computed, as sums of products. How is chosen here, by price: in
which order a product is multiplied (order.py), whether a sum inside a product is multiplied
out, whether a product is a Gram matrix, where a scalar factor is applied, and whether a system
is solved instead of inverted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from fractions import Fraction
from functools import reduce

from ..errors import ProblemError
from ..intern import postorder
from ..op import find
from ..shapes import Shape
from ..signs import Signs
from ..tensor.build import power
from ..tensor.contract import is_symmetric
from ..tensor.node import STRUCTURE, Kind, Labels, Operand, Tensor
from ..tensor.terms import content, is_zero, scaled_sum
from .arrays import Array, Step, expand, make, pair, view
from .common import factored
from .frame import Frame, built
from .gram import halves
from .order import Factor, multiplied, reordered
from .price import Sizes, is_gram, total

FACTORED = {"inv": "inverse_of", "logdet": "logdet_of"}  # by the factor of a symmetric matrix
FUNCTIONS = frozenset({Kind.APPLY, Kind.POWER})
DEEPEST = 2  # common factors taken out one after the other
FACTORS = 64  # of a product whose factors are opened
MULTIPLIED_OUT = 4  # terms of a sum in a product that may be multiplied out


class Lowering:
    """Arrays for tensors; parts of several tensors are shared, what is `fixed` costs nothing."""

    def __init__(self, roots: Sequence[Tensor], sizes: Sizes, fixed: Container[Array] = ()) -> None:
        self.sizes = sizes
        self.fixed = fixed
        self.signs = Signs()
        self.done: dict[Tensor, Array] = {}
        order = postorder(roots)
        self.uses = Counter(arg for node in order for arg in node.args) + Counter(roots)
        self.shared: set[Array] = set()  # what is computed anyway
        self.depth = 0  # of common factors taken out of sums that others were taken out of
        self.array(*roots)

    def array(self, *roots: Tensor) -> Array:
        """The array of the last of `roots`; what they rest on is lowered first."""
        order = [node for node in postorder(roots) if node not in self.done]
        needed = set(postorder([f for node in order if node.kind in FUNCTIONS for f in node.args]))
        for node in [*filter(needed.__contains__, order), *order]:
            if node not in self.done:
                self.done[node] = self._lowered(node)
                if self.uses[node] > 1:
                    self.shared.add(self.done[node])
                if node.kind in FUNCTIONS:
                    self._share([self.done[arg] for arg in node.args])
        return self.done[roots[-1]]

    def _share(self, arrays: list[Array]) -> None:
        """What a function is applied to is computed, whatever else is chosen."""
        while arrays:
            array = arrays.pop()
            if array not in self.shared:
                self.shared.add(array)
                arrays += array.args

    def _lowered(self, node: Tensor) -> Array:
        args = [self.done[arg] for arg in node.args]
        match node.kind:
            case Kind.VARIABLE:
                return make(Step.INPUT, (), (node.data[0],), node.axes)
            case Kind.NUMBER:
                return number(node.data[0])
            case Kind.SIZE:
                return make(Step.SIZE, (), node.data)
            case Kind.ONES:
                return expand(number(1), (), (0,), {0: node.axes[0]})
            case Kind.CONTRACT:
                return self._product(node)
            case Kind.SUM:
                return self._sum(node)
            case Kind.POWER:
                base, exponent = args
                return make(Step.POWER, (base, exponent), (), node.axes)
            case Kind.APPLY:
                return self._function(node, args)
        return built(node)

    def _function(self, node: Tensor, args: list[Array]) -> Array:
        name = node.data[0]
        family = find(name).family
        if family == "elementwise":
            return make(Step.FUNCTION, tuple(args), node.data, node.axes)
        if name in FACTORED and is_symmetric(node.args[0]):
            factor = make(Step.CALL, tuple(args), ("factor", None), args[0].axes)
            return make(Step.CALL, (factor,), (FACTORED[name], None), node.axes)
        if family == "matrix":
            return make(Step.CALL, tuple(args), node.data, node.axes)
        raise ProblemError("unsupported", f"there is no code for the function {name!r}")

    # -- products

    def _product(self, node: Tensor) -> Array:
        coefficient, labels, free = node.data
        operands = list(zip(node.args, labels, strict=True))
        out = tuple(range(free))
        best = self._multiplied(coefficient, operands, out)
        place = next((k for k, (t, _) in enumerate(operands) if self._opens(t)), None)
        if place is None:
            return best
        opened = self._opened(node, place)
        given = [t for k, (t, _) in enumerate(operands) if k != place]
        given += [factor for term in operands[place][0].args for factor in term.args]
        return self._cheapest(best, opened, given=[self.done[t] for t in given])

    def _cheapest(self, *ways: Array, given: Iterable[Array]) -> Array:
        """The first of the cheapest ways, when the arrays `given` are there."""
        there = set(given)
        prices = [total(way, self.sizes, lambda a: a in there or self._is_there(a)) for way in ways]
        return ways[prices.index(min(prices))]

    def _is_there(self, array: Array) -> bool:
        """Whether it is computed anyway, or once for all."""
        return array in self.shared or array in self.fixed

    def _opens(self, factor: Tensor) -> bool:
        """Whether a factor is a sum of matrices that nothing else needs.

        Sums of vectors pay only where the products with their terms are fixed.
        """
        is_sum = factor.kind is Kind.SUM and len(factor.axes) > (0 if self.fixed else 1)
        return is_sum and self.uses[factor] <= 1 and 1 < len(factor.args) <= MULTIPLIED_OUT

    def _opened(self, node: Tensor, place: int) -> Array:
        """The product multiplied out over the terms of one factor."""
        coefficient, labels, free = node.data
        operands = list(zip(node.args, labels, strict=True))
        terms = []
        for term in operands[place][0].args:
            c, inner = _as_product(term, operands[place][1], labels)
            rest = operands[:place] + inner + operands[place + 1 :]
            terms.append(self._multiplied(coefficient * c, rest, tuple(range(free))))
        return added(terms, node.axes)

    def _multiplied(self, coefficient: Fraction, operands: Sequence[Operand], out: Labels) -> Array:
        coefficient, operands = self._flat(coefficient, operands)
        operands = _square_opened(operands, out)
        dims = {x: dim for t, own in operands for x, dim in zip(own, t.axes, strict=True)}
        structure = [(t, own) for t, own in operands if t.kind in STRUCTURE]
        dense = [(t, own) for t, own in operands if t.kind not in STRUCTURE]
        dense = [(t, own) for t, own in dense if t.kind is not Kind.ONES]
        frame = Frame(self._factors(dense), list(out), dims)
        frame.absorb(structure)
        factors = [(a, own) for a, own in frame.factors if own]
        used = {x for _, own in factors for x in own}
        scalars = [a for a, own in frame.factors if not own]
        idle = frame.live - used - set(frame.core)  # labels that are summed over nothing
        scalars += [make(Step.SIZE, (), (dims[x],)) for x in sorted(idle)]
        core = tuple(x for x in frame.core if x in used)
        nonneg = {self.done[t] for t, own in dense if own and self.signs.range(t).is_nonneg}
        array = self._scaled(coefficient, scalars, factors, core, nonneg)
        return frame.assembled(expand(array, core, frame.core, dims))

    def _flat(
        self, coefficient: Fraction, operands: Sequence[Operand]
    ) -> tuple[Fraction, list[Operand]]:
        """Products that are factors, opened: index form nests long ones.

        Those that others need too stay, unless they are large: they may never be needed whole.
        """
        flat = list(operands)
        for factor, own in operands:
            is_shared = self.uses[factor] > 1 and len(factor.axes) <= 2
            if factor.kind is not Kind.CONTRACT or is_shared or not factor.axes:
                continue
            if len(flat) + len(factor.args) <= FACTORS:
                c, inner = _as_product(factor, own, [labels for _, labels in flat])
                c, inner = self._flat(c, inner)
                place = flat.index((factor, own))
                flat[place : place + 1] = inner
                coefficient *= c
        return coefficient, flat

    def _factors(self, operands: Sequence[Operand]) -> list[Factor]:
        """The arrays of a product; prod(x)/x as the products of the other entries.

        An entry of x may be 0, so it is no division. prod(x^k)/x is x^(k-1) times those.
        """
        factors = [(self.done[t], own) for t, own in operands]
        for place, (product, _) in enumerate(operands):
            if product.kind is not Kind.APPLY or product.data[0] != "prod":
                continue
            base, raised = _base_and_exponent(product.args[0])
            for k, (factor, own) in enumerate(operands):
                divisor, lowered = _base_and_exponent(factor)
                if divisor is base and lowered < 0 <= raised + lowered and len(own) == 1:
                    of = (self.done[product.args[0]],)
                    factors[k] = make(Step.CALL, of, ("others", None), factor.axes), own
                    if raised + lowered:
                        factors.append((self.array(power(base, raised + lowered)), own))
                    del factors[place]
                    return factors
        return factors

    def _scaled(
        self,
        coefficient: Fraction,
        scalars: Sequence[Array],
        factors: list[Factor],
        core: Labels,
        nonneg: set[Array],
    ) -> Array:
        """The product times its scalars, which go to the smallest array there is."""
        scalar = reduce(lambda a, b: pair(a, (), b, (), ()), scalars) if scalars else None
        if coefficient != 1 or scalar is None:
            c = number(coefficient)
            scalar = c if scalar is None else pair(c, (), scalar, (), ())
        if not factors:
            return scalar
        return self._times(scalar, self._core(factors, core, nonneg))

    def _times(self, scalar: Array, product: Array) -> Array:
        """A number times an array: it goes to the smallest array that it can be given to."""
        if scalar is number(1):
            return product
        if product.step is Step.VIEW:
            return view(self._times(scalar, product.args[0]), *product.data)
        if product.step is Step.PAIR and product not in self.shared:
            a, b = product.args
            counts = [self.sizes.count(x.axes) for x in (product, a, b)]
            if not is_gram(product) and 2 * min(counts) <= counts[0]:
                first = counts[1] <= counts[2]
                a, b = (self._times(scalar, a), b) if first else (a, self._times(scalar, b))
                return pair(a, product.data[0], b, *product.data[1:])
        axes = tuple(range(len(product.axes)))
        return pair(scalar, (), product, axes, axes)

    def _core(self, factors: list[Factor], core: Labels, nonneg: set[Array]) -> Array:
        plain = multiplied(factors, core, self.sizes, self._is_there, self.fixed)
        half = halves(factors, core, nonneg)
        if half is None:
            return plain
        kept, left, right = half
        part = multiplied(kept, left, self.sizes, self._is_there, self.fixed)
        gram = reordered(pair(part, left, part, right, core), core, core)
        return self._cheapest(plain, gram, given=[array for array, _ in factors])

    # -- sums

    def _sum(self, node: Tensor) -> Array:
        if is_zero(node):
            dims = dict(enumerate(node.axes))
            return expand(number(0), (), tuple(dims), dims)
        ways = [added([self.done[term] for term in node.args], node.axes)]
        common = content(node)
        if abs(common) != 1:
            terms = scaled_sum(1 / common, node).args
            self.array(*terms)
            total_of = added([self.done[term] for term in terms], node.axes)
            ways.append(self._times(number(common), total_of))
        axes = tuple(range(len(node.axes)))
        if len(axes) == 2:
            turned = added([self._turned(term) for term in node.args], node.axes[::-1])
            ways.append(view(turned, (0, 1), (1, 0)))
        if self.depth < DEEPEST:
            self.depth += 1
            products = [self._flat(*_as_product(term, axes, [])) for term in node.args]
            for way in factored(products, node.axes):
                self.array(way[0][1][-1][0])  # the sum that is left
                parts = [self._multiplied(c, operands, axes) for c, operands in way]
                ways.append(added(parts, node.axes))
            self.depth -= 1
        given = [self.done[factor] for term in node.args for factor in term.args]
        return self._cheapest(*ways, given=given)

    def _turned(self, term: Tensor) -> Array:
        """The transpose of a term, as a product of its own where it is one."""
        if term.kind is not Kind.CONTRACT:
            return view(self.done[term], (0, 1), (1, 0))
        coefficient, labels, _ = term.data
        return self._multiplied(coefficient, list(zip(term.args, labels, strict=True)), (1, 0))


def _base_and_exponent(tensor: Tensor) -> tuple[Tensor, Fraction]:
    if tensor.kind is Kind.POWER and tensor.args[1].kind is Kind.NUMBER:
        return tensor.args[0], tensor.args[1].data[0]
    return tensor, Fraction(1)


def _square_opened(operands: list[Operand], out: Labels) -> list[Operand]:
    """Σ x² as the product of x and x: no array of squares is made."""
    dense = [t for t, _ in operands if t.kind not in STRUCTURE and t.kind is not Kind.ONES]
    place = next((k for k, (t, _) in enumerate(operands) if t.kind is Kind.POWER), None)
    if len(dense) != 1 or place is None:
        return operands
    square, own = operands[place]
    base, exponent = square.args
    is_square = exponent.kind is Kind.NUMBER and exponent.data[0] == 2
    if not is_square or not base.axes or set(own) <= set(out):
        return operands
    return [*operands[:place], (base, own), (base, own), *operands[place + 1 :]]


def number(value: Fraction | int) -> Array:
    return make(Step.NUMBER, (), (Fraction(value),))


def added(terms: Sequence[Array], axes: Shape) -> Array:
    """The sum; what is put into the same places of a larger array is added before."""
    if len(terms) == 1:
        return terms[0]
    groups: dict[object, list[Array]] = {}
    for place, term in enumerate(terms):
        is_put = term.step in (Step.DIAGONAL, Step.PUT, Step.RESHAPE, Step.EXPAND)
        key = (term.step, term.data, term.args[0].axes) if is_put else place
        groups.setdefault(key, []).append(term)
    merged = [group[0] if len(group) == 1 else _with_core(group) for group in groups.values()]
    if len(merged) == 1:
        return merged[0]
    signs, args = zip(*(_signed(term) for term in merged), strict=True)
    return make(Step.SUM, tuple(args), (tuple(signs),), axes)


def _with_core(group: Sequence[Array]) -> Array:
    first = group[0]
    core = added([term.args[0] for term in group], first.args[0].axes)
    return make(first.step, (core,), first.data, first.axes)


def _signed(term: Array) -> tuple[int, Array]:
    """A term without its minus; a number that is repeated everywhere, as that number."""
    if term.step is Step.EXPAND and not term.args[0].axes:
        return _signed(term.args[0])
    if term.step is Step.NUMBER and term.data[0] < 0:
        return -1, number(-term.data[0])
    if term.step is Step.PAIR and term.args[0].step is Step.NUMBER and term.args[0].data[0] < 0:
        c, rest = term.args
        if c.data[0] == -1:
            return -1, rest
        axes = tuple(range(len(rest.axes)))
        return -1, pair(number(-c.data[0]), (), rest, axes, axes)
    return 1, term


def _as_product(
    term: Tensor, own: Labels, used: Sequence[Labels]
) -> tuple[Fraction, list[Operand]]:
    """A term as the factors of a product in which its axes are called `own`."""
    if term.kind is not Kind.CONTRACT:
        return Fraction(1), [(term, own)]
    coefficient, labels, free = term.data
    fresh = max((x for group in used for x in group), default=0) + 1
    names = {x: own[x] if x < free else fresh + x for group in labels for x in group}
    renamed = [tuple(names[x] for x in group) for group in labels]
    return coefficient, list(zip(term.args, renamed, strict=True))
