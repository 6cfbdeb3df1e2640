"""Code for a solved problem: a function `derivative(**variables)`."""

from __future__ import annotations

from collections.abc import Mapping

from ..printers.text import text
from ..solve import Solution
from .function import source_of
from .targets import find_target


def derivative_code(
    solution: Solution, target: str = "numpy", sizes: Mapping[str, int] | None = None
) -> str:
    """Source that defines derivative(**variables).

    It takes arrays (a vector is 1-D) and returns an array of the derivative's shape, in
    numerator layout whatever layout is shown: entry [i.., j..] is ∂ expr[i..] / ∂ wrt[j..].
    `sizes` are what dimensions usually are; they decide in which order products are computed.
    """
    order = solution.problem.order
    goal = f"d({text(solution.expr)})/d{solution.wrt}" + (f", order {order}" if order > 1 else "")
    shape = " x ".join(map(str, solution.shape)) or "scalar"
    heading = [goal, f"= {text(solution.presented.expr)}"]
    variables = solution.understood.variables
    return source_of(
        [solution.derivative], variables, heading, f"returns: {shape}", sizes, find_target(target)
    )
