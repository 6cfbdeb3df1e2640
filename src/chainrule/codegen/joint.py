"""Two functions of one array that share most of their work, computed by one call.

A value and its gradient often need both: log Σ e^x and softmax, log(1 + e^x) and σ.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..intern import postorder
from .arrays import Array, Step, make

JOINT = {  # the call that gives both, in this order
    "softmax_and_logsumexp": ("softmax", "logsumexp"),
    "sigmoid_and_softplus": ("sigmoid", "softplus"),
}
PART = "part"  # [place] of what such a call returns


def joined(roots: Sequence[Array]) -> list[Array]:
    """The same program, with each two such functions of one array computed together."""
    order = postorder(roots)
    known = {
        (node.data[0], node.data[1], node.args): node
        for node in order
        if node.step in (Step.CALL, Step.FUNCTION) and node.args and node.args[0].axes
    }
    whole: dict[Array, tuple[str, int]] = {}
    for (name, parameter, args), node in known.items():
        for call, both in JOINT.items():
            if name in both and all((other, parameter, args) in known for other in both):
                whole[node] = call, both.index(name)
    if not whole:
        return list(roots)
    new: dict[Array, Array] = {}
    for node in order:
        args = tuple(new[arg] for arg in node.args)
        if node in whole:
            call, place = whole[node]
            result = make(Step.CALL, args, (call, node.data[1]), args[0].axes)
            new[node] = make(Step.CALL, (result,), (PART, place), node.axes)
        else:
            new[node] = make(node.step, args, node.data, node.axes)
    return [new[root] for root in roots]
