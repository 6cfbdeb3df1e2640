"""About how many nanoseconds an operation takes, to choose between two ways of computing.

The weights were measured with NumPy on one core: a multiplication inside a matrix product
costs a 25th of one that reads and writes memory, and a call costs about a thousand of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import prod

from ..shapes import Dim
from ..tensor.node import Labels
from .arrays import PLACED, Array, Step, is_elementwise, summed

CALL = 1000.0  # of one operation, whatever its size
ENTRY = 1.0  # read, combined and written
TURN = 1.0  # of axes, which moves nothing: of two ways the one with fewer
TURNED = 2.5  # times as much, where an array is read against the order it is stored in
INSIDE = 0.04  # a multiplication inside a matrix product
BATCHED = 0.06  # ... in one of many small products
READ = 0.3  # an entry that goes into a matrix product
STREAMED = 0.45  # an entry of a matrix that meets a vector
EACH = 300.0  # of each small product of a batch
FUNCTION = 6.0  # exp, log, tanh and their like, an entry
SHORT = 128  # terms of the sums in a product that is computed part by part, in any order
CUBIC = {"inv": 0.1, "det": 0.03, "logdet": 0.03, "chol": 0.02, "factor": 0.02, "inverse_of": 0.04}
OTHER_CUBIC = 0.5  # singular values, functions of a matrix
LINEAR = frozenset({"softmax", "logsumexp", "argmax", "argmin", "largest", "smallest", "prod",
                    "norm2", "others"})  # fmt: skip
FREE = frozenset({Step.INPUT, Step.NUMBER, Step.SIZE, Step.EXPAND, Step.TAKE})


class Sizes:
    """A number for every size, to compare prices by."""

    def __init__(self, known: Mapping[str, int]) -> None:
        self.known = known

    def of(self, dim: Dim) -> int:
        return max(1, dim.value(self.known))

    def count(self, axes: Collection[Dim]) -> int:
        return prod(self.of(dim) for dim in axes)


def price(node: Array, sizes: Sizes) -> float:
    """Of one operation, its arguments being there."""
    count = float(sizes.count(node.axes))
    match node.step:
        case step if step in FREE:
            return 0.0
        case Step.VIEW:
            return TURN
        case Step.PAIR:
            own, other, out = node.data
            dims = dict(zip((*own, *other), (*node.args[0].axes, *node.args[1].axes), strict=True))
            is_square = is_gram(node)
            return pair_price(own, other, out, {x: sizes.of(d) for x, d in dims.items()}, is_square)
        case Step.REDUCE:
            return CALL + ENTRY * sizes.count(node.args[0].axes) / 2
        case Step.FUNCTION:
            return CALL + FUNCTION * count
        case Step.CALL:
            return CALL + _call_price(node, sizes)
        case Step.SUM:
            dense = sum(arg.step not in PLACED for arg in node.args)
            return CALL * len(node.args) + ENTRY * count * max(1, dense - 1)
        case step if step in PLACED:
            return CALL + TURNED * sizes.count(node.args[0].axes)
    return CALL + ENTRY * count * (1 if is_elementwise(node) else 2)


def pair_price(
    own: Labels, other: Labels, out: Labels, sizes: Mapping[int, int], is_square: bool = False
) -> float:
    """Of a product of two, by the sizes of the labels."""
    a, b, kept = set(own), set(other), set(out)
    batch = float(prod(sizes[x] for x in a & b & kept))
    rows, columns = (prod(sizes[x] for x in (one - two) & kept) for one, two in ((a, b), (b, a)))
    inner = prod(sizes[x] for x in (a | b) - kept)
    whole = float(batch * rows * columns * inner)
    if not (a | b) - kept:
        turned = any([x for x in out if x in one] != list(one) for one in (own, other))
        return CALL + ENTRY * whole * (TURNED if turned else 1)
    read = batch * inner * (rows + columns)
    if rows == columns == 1:
        return CALL + ENTRY * whole
    if not a & b & kept:
        if rows == 1 or columns == 1:
            return CALL + STREAMED * whole
        alone = [x for x in out if x in own], [x for x in out if x in other]
        is_ordered = tuple(out) in ((*alone[0], *alone[1]), (*alone[1], *alone[0]))
        if is_ordered or inner > SHORT:
            write = rows * columns * (1 if is_ordered else TURNED)
            copied = sum(
                prod(sizes[x] for x in labels)
                for labels, kept_axes in zip((own, other), alone, strict=True)
                if not _is_matrix(labels, kept_axes)
            )
            product = INSIDE * whole / (2 if is_square else 1)
            return CALL + product + READ * read + TURNED * copied + write
        batch = rows * columns / prod(sizes[x] for x in out[-2:])
    return CALL + BATCHED * whole + EACH * batch + READ * read + whole / inner


def _is_matrix(labels: Labels, rows: list[int]) -> bool:
    """Whether an array is a matrix with these rows, or columns, without being put in order."""
    count = len(rows)
    return list(labels[:count]) == rows or list(labels[len(labels) - count :]) == rows


def is_gram(node: Array) -> bool:
    """Whether a pair is B'B, which takes half the operations."""
    a, b = node.args
    own, other, out = node.data
    if a is not b or not summed(node):
        return False
    kept = set(out)
    return all(x == y or {x, y} <= kept for x, y in zip(own, other, strict=True))


def _call_price(node: Array, sizes: Sizes) -> float:
    name = node.data[0]
    most = float(max([sizes.count(arg.axes) for arg in node.args] + [sizes.count(node.axes)]))
    if name in LINEAR:
        return 2 * FUNCTION * most
    if name == "logdet_of":
        return most
    if name in ("solve", "solve_of"):
        side, columns = sizes.of(node.args[0].axes[0]), sizes.count(node.axes[1:])
        products = STREAMED if columns == 1 else 2 * INSIDE
        return products * side * side * columns + (side**3 * 0.03 if name == "solve" else 0)
    side = max(sizes.of(dim) for arg in node.args for dim in arg.axes)
    return CUBIC.get(name, OTHER_CUBIC) * side * most


def total(node: Array, sizes: Sizes, there: Callable[[Array], bool]) -> float:
    """Of everything below `node` that is not there already."""
    seen: set[Array] = set()
    waiting, found = [node], 0.0
    while waiting:
        node = waiting.pop()
        if node not in seen and not there(node):
            seen.add(node)
            found += price(node, sizes)
            waiting += node.args
    return found
