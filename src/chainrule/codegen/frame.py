"""Identities, unit vectors, slices and fused axes in a product: none of them is ever built.

What is multiplied by them is indexed, sliced or reshaped instead; what they leave of the
result's axes is a Frame, into which the product of the other factors, the core, is put.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from ..shapes import Dim, Shape
from ..tensor.node import Kind, Labels, Tensor
from .arrays import Array, Step, expand, make
from .order import Factor

# How one axis of the result is made: a label of the core; a place in an axis that is zero
# elsewhere; a label that starts at an offset; or axes merged, the last one fastest.


@dataclass(frozen=True)
class At:
    place: Dim
    dim: Dim


@dataclass(frozen=True)
class Shifted:
    label: int
    offset: Dim
    dim: Dim


@dataclass(frozen=True)
class Merged:
    axes: tuple[Axis, ...]


Axis = int | At | Shifted | Merged


@dataclass
class Frame:
    """The factors that are left, and the axes of the result in terms of their labels."""

    factors: list[Factor]
    axes: list[Axis]
    dims: dict[int, Dim]
    live: set[int] = field(init=False)  # the labels that structure has not replaced

    def __post_init__(self) -> None:
        self.live = set(self.dims)

    @property
    def core(self) -> Labels:
        """The labels that the product of the factors keeps, each once."""
        return tuple(dict.fromkeys(x for axis in self.axes for x in _labels(axis)))

    def absorb(self, structure: Sequence[tuple[Tensor, Labels]]) -> None:
        """Take factors of structure out, one after the other."""
        waiting = list(structure)
        while waiting:
            place = next((k for k in range(len(waiting)) if self._is_free(waiting, k)), None)
            tensor, own = waiting.pop(place or 0)
            if place is None:  # two structures on one axis: one of them is built after all
                self.factors.append((built(tensor), own))
                continue
            match tensor.kind:
                case Kind.DELTA:
                    kept, gone = own
                    if kept == gone:  # its diagonal is 1 everywhere
                        continue
                    self._replace(gone, [(kept, None)], kept)
                    waiting = [
                        (t, tuple(kept if x == gone else x for x in labels))
                        for t, labels in waiting
                    ]
                case Kind.FUSE:
                    whole, *parts = own
                    self._replace(whole, [(x, None) for x in parts], Merged(tuple(parts)))
                case Kind.SLICE:
                    (offset,) = tensor.data
                    whole, part = own
                    taken = offset, offset + tensor.axes[1]
                    shifted = Shifted(part, offset, tensor.axes[0])
                    self._replace(whole, [(part, taken)], shifted)
                case Kind.BASIS:
                    (at,) = tensor.data
                    self._replace(own[0], [(None, at)], At(at, tensor.axes[0]))

    def _is_free(self, waiting: Sequence[tuple[Tensor, Labels]], place: int) -> bool:
        """Whether a factor's axis is no other structure's business; identities come first."""
        tensor, own = waiting[place]
        if tensor.kind is Kind.DELTA:
            return True
        if len(set(own)) < len(own):
            return False
        others = [pair for k, pair in enumerate(waiting) if k != place]
        if any(t.kind is Kind.DELTA or own[0] in labels for t, labels in others):
            return False
        shifted = {
            leaf.label for axis in self.axes for leaf in _leaves(axis) if isinstance(leaf, Shifted)
        }
        return own[0] not in shifted

    def _replace(self, label: int, parts: Sequence[tuple[int | None, object]], axis: Axis) -> None:
        """Write `label` of every factor as `parts`, and that of the result as `axis`."""
        self.live.discard(label)
        self.factors = [self._split(factor, label, parts) for factor in self.factors]
        self.axes = [_with(old, label, axis) for old in self.axes]

    def _split(
        self, factor: Factor, label: int, parts: Sequence[tuple[int | None, object]]
    ) -> Factor:
        array, own = factor
        while label in own:
            place = own.index(label)
            before, after = own[:place], own[place + 1 :]
            names = tuple(name for name, _ in parts if name is not None)
            if len(parts) > 1:
                axes = tuple(self.dims[x] for x in names)
                split = array.axes[:place] + axes + array.axes[place + 1 :]
                array = make(Step.RESHAPE, (array,), (), split)
            elif parts[0][1] is not None:
                array = taken(array, place, parts[0][1])
            own = before + names + after
        return array, own

    def assembled(self, core: Array) -> Array:
        """The result, given the core with its axes as `core` lists them."""
        flat = [leaf for axis in self.axes for leaf in _leaves(axis)]
        labels = tuple(x for leaf in flat for x in _labels(leaf))
        result = core
        if len(set(labels)) < len(labels):
            names = {x: place for place, x in enumerate(self.core)}
            dims = tuple(self.dims[x] for x in labels)
            result = make(Step.DIAGONAL, (core,), (tuple(names[x] for x in labels),), dims)
        places = tuple(_place(leaf, self.dims) for leaf in flat)
        if any(place is not None for place in places):
            dims = tuple(self.dims[x] if isinstance(x, int) else x.dim for x in flat)
            result = make(Step.PUT, (result,), (places,), dims)
        if any(isinstance(axis, Merged) for axis in self.axes):
            groups = [len(list(_leaves(axis))) for axis in self.axes]
            dims = tuple(_size(axis, self.dims) for axis in self.axes)
            result = _reshaped(result, groups, dims)
        return result


def _reshaped(array: Array, groups: Sequence[int], dims: Shape) -> Array:
    """So many axes merged into one each time; what is constant along new axes stays small."""
    if array.step is Step.EXPAND:
        (inner,), (kept, _) = array.args, array.data
        starts = [sum(groups[:k]) for k in range(len(groups))]
        found = [
            sum(start <= x < start + count for x in kept)
            for start, count in zip(starts, groups, strict=True)
        ]
        if all(number in (0, count) for number, count in zip(found, groups, strict=True)):
            whole = tuple(k for k, number in enumerate(found) if number)
            inner = make(Step.RESHAPE, (inner,), (), tuple(dims[k] for k in whole))
            return expand(inner, whole, tuple(range(len(dims))), dict(enumerate(dims)))
    return make(Step.RESHAPE, (array,), (), dims)


def taken(array: Array, place: int, part: object) -> Array:
    """One place, or a range, of one axis."""
    if array.step is Step.EXPAND:
        return _taken_of_constant(array, place, part)
    places = tuple(part if k == place else None for k in range(len(array.axes)))
    axes = list(array.axes)
    if isinstance(part, tuple):
        axes[place] = part[1] - part[0]
    else:
        del axes[place]
    return make(Step.TAKE, (array,), (places,), tuple(axes))


def _taken_of_constant(array: Array, place: int, part: object) -> Array:
    """The same where an array is constant along some axes."""
    (inner,), (own, out) = array.args, array.data
    dims = dict(zip(out, array.axes, strict=True))
    if out[place] in own:
        inner = taken(inner, own.index(out[place]), part)
    if isinstance(part, tuple):
        dims[out[place]] = part[1] - part[0]
    else:
        own = tuple(x for x in own if x != out[place])
        out = out[:place] + out[place + 1 :]
    return expand(inner, own, out, dims)


def built(tensor: Tensor) -> Array:
    """A tensor of zeros and ones as an array."""
    axes = tensor.axes
    match tensor.kind:
        case Kind.LOWER:
            return make(Step.TRI, (), (), axes)
        case Kind.SLICE:
            return make(Step.EYE, (), tensor.data, axes)
        case Kind.FUSE:
            eye = make(Step.EYE, (), (Dim.of(0),), (axes[0], axes[0]))
            return make(Step.RESHAPE, (eye,), (), axes)
        case Kind.BASIS:
            one = make(Step.NUMBER, (), (Fraction(1),))
            return make(Step.PUT, (one,), (tensor.data,), axes)
    return make(Step.EYE, (), (Dim.of(0),), axes)


def _labels(axis: Axis) -> list[int]:
    match axis:
        case int():
            return [axis]
        case Shifted():
            return [axis.label]
        case Merged():
            return [x for part in axis.axes for x in _labels(part)]
    return []


def _leaves(axis: Axis) -> list[int | At | Shifted]:
    if isinstance(axis, Merged):
        return [leaf for part in axis.axes for leaf in _leaves(part)]
    return [axis]


def _with(axis: Axis, label: int, new: Axis) -> Axis:
    """The axis with a label replaced."""
    match axis:
        case int():
            return new if axis == label else axis
        case Shifted() if axis.label == label:
            return replace(axis, label=new) if isinstance(new, int) else axis
        case Merged():
            return Merged(tuple(_with(part, label, new) for part in axis.axes))
    return axis


def _place(leaf: int | At | Shifted, dims: dict[int, Dim]) -> object:
    match leaf:
        case At():
            return leaf.place
        case Shifted():
            return leaf.offset, leaf.offset + dims[leaf.label]
    return None


def _size(axis: Axis, dims: dict[int, Dim]) -> Dim:
    match axis:
        case int():
            return dims[axis]
        case Merged():
            sizes = [_size(part, dims) for part in axis.axes]
            product = Dim.of(1)
            for size in sizes:
                product = product * size
            return product
    return axis.dim
