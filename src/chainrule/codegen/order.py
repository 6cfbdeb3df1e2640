"""In which order a product of many arrays is multiplied: the cheapest, two at a time.

Exact dynamic programming over subsets for a few factors; more are first reduced by joining
the two that are cheapest to join. A label is summed as soon as no other factor has it, so
forward, reverse and mixed accumulation come out wherever they are best.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from heapq import heappop, heappush

from ..tensor.node import Labels
from .arrays import Array, Step, pair, reduce_to, view
from .price import Sizes, pair_price

EXACT = 6  # factors that all orders are compared for
WORK = 0.1  # of a price that counts, beside what the arrays grow by
NEARBY = 24  # factors on one label that are compared with each other

Factor = tuple[Array, Labels]
There = Callable[[Array], bool]  # whether an array is computed anyway
Orders = Mapping[frozenset[int], Labels]  # in which the factors have these axes


def multiplied(
    factors: Sequence[Factor],
    out: Labels,
    sizes: Sizes,
    there: There,
    fixed: Container[Array] = (),
) -> Array:
    """Σ ∏ factors over the labels not in `out`; every label of `out` stands on a factor.

    What is made of `fixed` arrays alone costs nothing.
    """
    rest = _all_summed_early(factors, out)
    orders = {frozenset(own): own for _, own in rest}
    if len(rest) > EXACT:
        rest = _all_summed_early(_alike_joined(rest), out)
        rest = _cheapest_joined(rest, out, sizes, orders)
    array, labels = _exact(rest, out, sizes, there, orders, fixed)
    return reordered(array, labels, out)


def _alike_joined(factors: Sequence[Factor]) -> list[Factor]:
    """Factors of the same axes multiplied."""
    groups: dict[Labels, Array] = {}
    for array, own in factors:
        key = tuple(sorted(own))
        array = view(array, own, key)
        groups[key] = pair(groups[key], key, array, key, key) if key in groups else array
    return [(array, own) for own, array in groups.items()]


def _cheapest_joined(
    factors: list[Factor], out: Labels, sizes: Sizes, orders: Orders
) -> list[Factor]:
    """Join two, always those that are cheapest to join, until few are left."""
    current = dict(enumerate(factors))
    uses = Counter(x for _, own in factors for x in own)
    users: dict[int, set[int]] = {}
    for place, (_, own) in current.items():
        for x in own:
            users.setdefault(x, set()).add(place)
    queue: list[tuple[float, int, int]] = []

    def offer(one: int, others: Collection[int]) -> None:
        for two in others:
            if two != one:
                first, second = min(one, two), max(one, two)
                needed = _needed(current[first], current[second], uses, out)
                cost = _joined_price(current[first], current[second], needed, sizes)
                heappush(queue, (cost, first, second))

    for place, (_, own) in current.items():
        offer(place, {k for x in own for k in _neighbours(users[x], place)})
    fresh = len(factors)
    while len(current) > EXACT:
        if not queue:
            offer(*_two_of(current))
        _, one, two = heappop(queue)
        if one not in current or two not in current:
            continue
        needed = _needed(current[one], current[two], uses, out)
        joined = _join(current[one], current[two], needed, out, orders)
        for place in (one, two):
            uses.subtract(current[place][1])
            for x in current.pop(place)[1]:
                users[x].discard(place)
        current[fresh] = joined
        uses.update(joined[1])
        for x in joined[1]:
            users[x].add(fresh)
        offer(fresh, {k for x in joined[1] for k in _neighbours(users[x], fresh)})
        fresh += 1
    return list(current.values())


def _neighbours(places: set[int], place: int) -> list[int]:
    """Some of the factors on a label: all if they are few, else those that stand nearby."""
    if len(places) <= NEARBY:
        return list(places)
    return sorted(places, key=lambda k: abs(k - place))[:NEARBY]


def _two_of(current: Mapping[int, Factor]) -> tuple[int, list[int]]:
    first, second, *_ = current
    return first, [second]


def reordered(array: Array, labels: Labels, out: Labels) -> Array:
    """The axes in the order of `out`; a product is made in that order right away."""
    if array.step is Step.PAIR and labels != out:
        own, other, made = array.data
        names = dict(zip(labels, made, strict=True))
        return pair(array.args[0], own, array.args[1], other, tuple(names[x] for x in out))
    return view(array, labels, out)


def _exact(
    factors: list[Factor],
    out: Labels,
    sizes: Sizes,
    there: There,
    orders: Orders,
    fixed: Container[Array],
) -> Factor:
    free = sum(1 << place for place, (array, _) in enumerate(factors) if array in fixed)
    best: dict[int, tuple[float, tuple[int, int] | None]] = {}
    for place in range(len(factors)):
        best[1 << place] = 0.0, None
    everything = (1 << len(factors)) - 1
    label_sizes = {
        x: sizes.of(dim) for array, own in factors for x, dim in zip(own, array.axes, strict=True)
    }
    kept: dict[int, Labels] = {}
    uses = Counter(x for _, own in factors for x in own)
    for subset in range(1, everything + 1):
        inside = [k for k in range(len(factors)) if subset >> k & 1]
        own = Counter(x for k in inside for x in factors[k][1])
        needed = {x for x in own if x in out or uses[x] > own[x]}
        kept[subset] = out if subset == everything else tuple(x for x in own if x in needed)
        if len(inside) == 1:
            continue
        for one in _parts(subset):
            two = subset ^ one
            before = best[one][0] + best[two][0]
            if subset in best and before >= best[subset][0]:
                continue
            if subset & ~free == 0:
                cost = before
            elif len(inside) == 2 and there(
                _join(factors[inside[0]], factors[inside[1]], needed, out, orders)[0]
            ):
                cost = 0.0
            else:
                cost = before + pair_price(kept[one], kept[two], kept[subset], label_sizes)
            if subset not in best or cost < best[subset][0]:
                best[subset] = cost, (one, two)
    return _built(factors, best, kept, everything, out, orders)


def _built(
    factors: list[Factor],
    best: dict[int, tuple[float, tuple[int, int] | None]],
    kept: dict[int, Labels],
    subset: int,
    out: Labels,
    orders: Orders,
) -> Factor:
    parts = best[subset][1]
    if parts is None:
        return factors[subset.bit_length() - 1]
    one, two = (_built(factors, best, kept, part, out, orders) for part in parts)
    return _join(one, two, set(kept[subset]), out, orders)


def _parts(subset: int) -> list[int]:
    """One of each two complementary parts of a set of bits."""
    lowest = subset & -subset
    rest = subset ^ lowest
    found, part = [], rest
    while part:
        part = (part - 1) & rest
        found.append(part | lowest)
    return found


def _join(
    one: Factor, two: Factor, needed: Collection[int], last: Labels, orders: Orders
) -> Factor:
    """Two factors multiplied; axes in the order that another factor has them in, if one has.

    Else those they share come first, then in the order of `last`.
    """
    (a, own), (b, other) = sorted((one, two), key=lambda factor: _first(factor, needed, last))
    if {*own, *other} <= set(needed):  # nothing is summed: axes stay as they are
        if len(other) > len(own):
            (a, own), (b, other) = (b, other), (a, own)
        out = own + tuple(x for x in other if x not in own)
        return pair(a, own, b, other, out), out
    out = tuple(x for x in own if x in other and x in needed)
    out += tuple(x for x in own if x not in other and x in needed)
    out += tuple(x for x in other if x not in own and x in needed)
    out = orders.get(frozenset(out), out)
    return pair(a, own, b, other, out), out


def _first(factor: Factor, needed: Collection[int], last: Labels) -> float:
    """Where a factor stands in a product: by its labels that stay, vectors last.

    A label that other factors sum over comes behind the first of the result: of C·(A·X·B) the
    part in brackets is computed so, and not its transpose.
    """
    is_matrix = len(needed) == 2
    places = [
        last.index(x) if x in last else 0.5
        for x in factor[1]
        if x in last or (is_matrix and x in needed)
    ]
    return min(places, default=len(last)) + (0 if len(factor[1]) > 1 else 100)


def _needed(one: Factor, two: Factor, uses: Counter[int], out: Labels) -> set[int]:
    """The labels that two factors joined still have: those of the result and of other factors."""
    both = Counter([*one[1], *two[1]])
    return {x for x in both if x in out or uses[x] > both[x]}


def _joined_price(one: Factor, two: Factor, needed: Collection[int], sizes: Sizes) -> float:
    """What the memory in use grows by, and a little of what the work costs."""
    (a, own), (b, other) = one, two
    dims = dict(zip((*own, *other), (*a.axes, *b.axes), strict=True))
    label_sizes = {x: sizes.of(dim) for x, dim in dims.items()}
    kept = tuple(x for x in label_sizes if x in needed)
    growth = sizes.count([dims[x] for x in kept]) - sizes.count(a.axes) - sizes.count(b.axes)
    return growth + WORK * pair_price(own, other, kept, label_sizes)


def _all_summed_early(factors: Sequence[Factor], out: Labels) -> list[Factor]:
    uses = Counter(x for _, own in factors for x in set(own))
    alone = {x for x in uses if uses[x] == 1 and x not in out}
    return [_summed_early(factor, alone) for factor in factors]


def _summed_early(factor: Factor, alone: Collection[int]) -> Factor:
    """A factor without the labels that it alone has: summed now, or on the diagonal."""
    array, own = factor
    distinct = tuple(dict.fromkeys(own))
    array = view(array, own, distinct)
    kept = tuple(x for x in distinct if x not in alone)
    return reduce_to(array, distinct, kept), kept
