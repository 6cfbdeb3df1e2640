"""Linear systems: solved, where the inverse is needed only to be multiplied by little.

An inverse costs about three times as much as solving for a few right-hand sides, and is less
accurate. The factor of a symmetric matrix is shared by its inverse, log det and systems.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from ..intern import postorder
from .arrays import Array, Step, make, summed, view
from .price import Sizes, price

INVERSES = {"inv": "solve", "inverse_of": "solve_of"}


def solved(roots: Sequence[Array], sizes: Sizes, fixed: Container[Array] = ()) -> list[Array]:
    """The same program, with products by an inverse replaced where that is cheaper.

    The inverses that are `fixed` are computed only once anyway.
    """
    order = postorder(roots)
    users: dict[Array, list[Array]] = {root: [root] for root in roots}
    for node in order:
        for arg in node.args:
            users.setdefault(arg, []).append(node)
    inverses = [node for node in order if _is_inverse(node) and node not in fixed]
    chosen = {node for node in inverses if _is_cheaper(node, users[node], sizes)}
    if not chosen:
        return list(roots)
    new: dict[Array, Array] = {}
    for node in order:
        args = tuple(new[arg] for arg in node.args)
        place = next((k for k, arg in enumerate(node.args) if arg in chosen), None)
        if place is None:
            new[node] = make(node.step, args, node.data, node.axes)
        else:
            new[node] = _system(node, place, args)
    return [new[root] for root in roots]


def _is_inverse(node: Array) -> bool:
    return node.step is Step.CALL and node.data[0] in INVERSES


def _is_cheaper(inverse: Array, users: Sequence[Array], sizes: Sizes) -> bool:
    """Whether all that uses an inverse can be solved for, for less."""
    if not all(_is_product(user, inverse) for user in users):
        return False
    direct = price(inverse, sizes) + sum(price(user, sizes) for user in users)
    systems = [_system(user, user.args.index(inverse), user.args) for user in users]
    return sum(price(_call(system), sizes) for system in systems) < direct


def _call(system: Array) -> Array:
    return system.args[0] if system.step is Step.VIEW else system


def _is_product(user: Array, inverse: Array) -> bool:
    """Whether `user` is inverse·B or B·inverse for a vector or matrix B."""
    if user.step is not Step.PAIR or user.args.count(inverse) != 1:
        return False
    own, other, _ = user.data
    labels, rest = (own, other) if user.args[0] is inverse else (other, own)
    inner = summed(user)
    return len(inner) == 1 and len(rest) <= 2 and len(inner & set(labels)) == 1 and (
        inner <= set(rest) and len(set(labels) & set(rest)) == 1
    )  # fmt: skip


def _system(node: Array, place: int, args: Sequence[Array]) -> Array:
    """A product by an inverse as the solution of a system."""
    inverse, right = args[place], args[1 - place]
    labels, rest, out = node.data[place], node.data[1 - place], node.data[2]
    (inner,) = summed(node)
    (matrix,) = inverse.args
    if labels[0] == inner and inverse.data[0] == "inv":
        matrix = view(matrix, (0, 1), (1, 0))
    order = (inner, *(x for x in rest if x != inner))
    right = view(right, rest, order)
    left = next(x for x in labels if x != inner)
    made = (left, *order[1:])
    data = (INVERSES[inverse.data[0]], None)
    solution = make(Step.CALL, (matrix, right), data, (inverse.axes[0], *right.axes[1:]))
    return view(solution, made, out)
