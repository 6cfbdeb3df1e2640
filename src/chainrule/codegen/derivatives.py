"""Code for a solved problem: a function `derivative(**variables)`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ..lower import lower
from ..printers.text import text
from ..simplify import simplify
from ..solve import Solution, convention_of, derive_in_turn
from ..tensor.node import Tensor
from .function import source_of
from .targets import find_target


def derivative_code(
    solution: Solution,
    target: str = "numpy",
    sizes: Mapping[str, int] | None = None,
    orders: Sequence[int] = (),
    out: bool = False,
    fixed: Collection[str] = (),
) -> str:
    """Source that defines derivative(**variables).

    It takes arrays (a vector is 1-D) and returns an array of the derivative's shape, in
    numerator layout whatever layout is shown: entry [i.., j..] is ∂ expr[i..] / ∂ wrt[j..].
    `orders` asks for several derivatives at once, 0 for the value: then it returns a tuple,
    and what they have in common is computed once. `sizes` are what dimensions usually are;
    they decide in which order products are computed. With `out` the function takes an array of
    that name to write into; if the derivative is zero outside of blocks, one that an earlier
    call returned: zeros are not written again. With `fixed`, the names of variables, it takes
    these and returns the function of the others; what rests on them alone is computed once.
    """
    order = solution.problem.order
    goal = f"d({text(solution.expr)})/d{solution.wrt}" + (f", order {order}" if order > 1 else "")
    shape = " x ".join(map(str, solution.shape)) or "scalar"
    heading = [goal, f"= {text(solution.presented.expr)}"]
    last = f"returns: {shape}"
    if orders:
        last = f"returns: the derivatives of the orders {', '.join(map(str, orders))}"
    values = [derivative_of_order(solution, k) for k in orders or (order,)]
    variables = solution.understood.variables
    return source_of(values, variables, heading, last, sizes, find_target(target), out, fixed)


def derivative_of_order(solution: Solution, order: int) -> Tensor:
    """The value, of order 0, or a derivative in index form."""
    if order == 0:
        return simplify(lower(solution.expr))
    if order == solution.problem.order:
        return solution.derivative
    _, tensor, _ = derive_in_turn(
        solution.understood, solution.wrt, order, "chain", convention_of(solution.problem)
    )
    return tensor
