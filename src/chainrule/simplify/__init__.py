"""Index form made shorter, value unchanged: `simplify`."""

from __future__ import annotations

from collections.abc import Callable

from ..intern import postorder
from ..tensor.node import Kind, Tensor
from ..tensor.rewrite import rebuilt
from .choices import merge_choices, single_choice
from .fractions import over_common_denominator, without_common_factors
from .kernels import merge_kernels
from .known_signs import use_sign
from .recognise import recognise, recognise_sum
from .totals import close_sums

PASSES = 4  # what one pass names or merges, another may use; more than two are rare


def simplify(tensor: Tensor) -> Tensor:
    """`tensor` with like products merged, fractions combined and known functions named.

    Fractions come first everywhere, since e/(1+e)^2 - 1/(1+e) must be combined before any
    of its parts is called a sigmoid; then products, and powers that stand alone last.
    """
    for _ in range(PASSES):
        before = tensor
        tensor = _everywhere(_everywhere(tensor, _combine), _name)
        tensor = _everywhere(tensor, _name_alone)
        if tensor is before:
            break
    return tensor


def _everywhere(tensor: Tensor, rule: Callable[[Tensor], Tensor]) -> Tensor:
    done: dict[Tensor, Tensor] = {}
    for node in postorder([tensor]):
        args = tuple(done[arg] for arg in node.args)
        done[node] = rule(node if args == node.args else rebuilt(node, list(args)))
    return done[tensor]


def _combine(node: Tensor) -> Tensor:
    if node.kind is Kind.SUM and len(node.args) > 1:
        return merge_choices(over_common_denominator(merge_kernels(node)))
    return without_common_factors(close_sums(use_sign(node)))


def _name(node: Tensor) -> Tensor:
    while node.kind is Kind.CONTRACT:
        named = recognise(node)
        if named is node:
            break
        node = named
    return recognise_sum(_combine(single_choice(node)))


def _name_alone(node: Tensor) -> Tensor:
    return recognise(node) if node.kind is Kind.POWER else node
