"""Minimising an expression over some of its variables: SciPy's optimisers, exact derivatives."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ProblemError
from ..expr.node import Expr
from ..parse.declare import Declared
from ..parse.understand import Understood
from ..result import variables_in
from .data import Arrays, Properties, names_in, read_arrays, shape_in, sizes_of, understand_with
from .objective import Objective, refuse_tied
from .settings import METHODS, bounds_of, by_name, method_of, names_of, spread

__all__ = ["minimize"]

PROGRESS_SECONDS = 0.1


def minimize(
    expr: str | Expr,
    over: str | Sequence[str],
    data: Mapping[str, Any] | None = None,
    start: Any = None,
    bounds: Any = None,
    method: str | None = None,
    *,
    let: Declared | None = None,
    assume: Properties | None = None,
    tol: float | None = None,
    options: Mapping[str, Any] | None = None,
    check: bool = True,
) -> Any:
    """Minimise a scalar expression over the variables `over`, the others given by `data`.

    `start` and `bounds` are given by variable, or for the only one alone; bounds are pairs
    (low, high) of numbers, arrays or None. A variable without a start begins at 0, or, where
    its gradient vanishes there, at random numbers with a fixed seed. The method is trust-ncg,
    with bounds L-BFGS-B. What SciPy returns comes back, with the variables found in
    `.variables`. Raises ProblemError where the input is at fault.
    """
    scipy_minimize = _scipy()
    names = names_of(over)
    arrays = read_arrays(data, "the data", names_in(expr) - set(names))
    begun = read_arrays(by_name(start, names, "start"), "the start")
    understood = _understood(expr, let, assume, {**arrays, **_sized(begun)})
    variables = understood.variables
    _refuse_gaps(understood, names, arrays)
    sizes = sizes_of(variables, {**arrays, **_sized(begun)})
    shapes = {name: shape_in(name, variables[name].shape, sizes) for name in names}
    limits = bounds_of(by_name(bounds, names, "bounds"), shapes)
    method = method_of(method, limits is not None)
    given = {name: array for name, array in arrays.items() if name in variables}
    products = METHODS[method][0]
    objective = Objective(understood, shapes, {**sizes, **given}, products, check)
    point = _start(objective, begun)
    progress = Progress(objective)
    try:
        with _quiet():
            found = scipy_minimize(
                objective.value_and_gradient,
                point,
                jac=True,
                hessp=objective.hessian_product if products else None,
                method=method,
                bounds=limits,
                tol=tol,
                callback=progress.tick,
                options=dict(options or {}),
            )
    finally:
        progress.end()
    found["variables"] = {
        name: value.copy() if value.ndim else float(value)
        for name, value in objective.unpack(found.x).items()
    }
    return found


def _scipy() -> Any:
    try:
        from scipy.optimize import minimize as scipy_minimize
    except ImportError:
        raise ProblemError(
            "unsupported", "minimize needs SciPy", hint="pip install 'chainrule[scipy]'"
        ) from None
    return scipy_minimize


def _sized(begun: Arrays) -> Arrays:
    """Starts that say how large their variable is; a number stands for all entries."""
    return {name: array for name, array in begun.items() if array.ndim}


def _understood(
    expr: str | Expr, let: Declared | None, assume: Properties | None, arrays: Arrays
) -> Understood:
    if isinstance(expr, Expr):
        found = Understood(expr, variables_in(expr, None), frozenset(), ())
    else:
        found = understand_with(expr, let, assume, arrays)
    if found.expr.shape:
        from ..shapes import kind_of

        raise ProblemError(
            "shape",
            f"only a scalar can be minimised, this is a {kind_of(found.expr.shape)}",
            hint="sum(...) or norm2(...)^2 of it is one",
        )
    return found


def _refuse_gaps(understood: Understood, names: Sequence[str], arrays: Arrays) -> None:
    """Every variable is either given or to be found."""
    from ..shapes import kind_of

    known = understood.variables
    for name in names:
        if name not in known:
            raise ProblemError(
                "name",
                f"{name} is not a variable of the expression",
                hint=f"the variables are {', '.join(known)}",
            )
        refuse_tied(known[name])
    missing = [
        f"{name}, a {kind_of(variable.shape)}"
        for name, variable in known.items()
        if name not in names and name not in arrays
    ]
    if missing:
        have = ", ".join(arrays) or "nothing"
        raise ProblemError("name", f"the data lack {'; '.join(missing)}", hint=f"they hold {have}")


def _start(objective: Objective, begun: Arrays) -> Any:
    """The point to start from, where the objective has to be finite.

    A variable without a start is 0, unless its gradient vanishes there, as in U*V'.
    """
    import numpy as np

    shapes = objective.shapes
    parts = {n: spread(begun.get(n, np.array(0.0)), f"the start of {n}", shapes[n]) for n in shapes}
    point, random = objective.pack(list(parts.values())), np.random.default_rng(0)
    value, gradient = _at(objective, point)
    still = [n for n, slope in objective.unpack(gradient).items() if not slope.any()]
    if np.isfinite(value) and set(still) - begun.keys():
        parts |= {n: random.standard_normal(shapes[n]) for n in still if n not in begun}
        point = objective.pack(list(parts.values()))
        value, gradient = _at(objective, point)
    if not np.isfinite(value) or not np.isfinite(gradient).all():
        where = "the start" if begun else "0, where it starts"
        raise ProblemError(
            "domain",
            f"the expression or its gradient is not finite at {where}",
            hint="give another start",
        )
    return point


def _at(objective: Objective, point: Any) -> tuple[float, Any]:
    with _quiet():
        return objective.value_and_gradient(point)


def _quiet() -> Any:
    """No warnings of overflow: optimisers try points that are far off, and step back."""
    import numpy as np

    return np.errstate(all="ignore")


class Progress:
    """A line on stderr while that is a terminal: iterations, value, largest gradient entry."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self.iterations = 0
        self.shown = 0.0
        self.is_on = sys.stderr.isatty()

    def tick(self, point: Any, *state: Any) -> None:
        self.iterations += 1
        if self.is_on and time.monotonic() - self.shown > PROGRESS_SECONDS:
            self.shown = time.monotonic()
            self._show("")

    def end(self) -> None:
        if self.is_on and self.iterations:
            self._show("\n")

    def _show(self, end: str) -> None:
        line = (
            f"\r{self.iterations} iterations, value {self.objective.value:.8g}, "
            f"gradient {self.objective.slope:.1e} "
        )
        print(line, end=end, file=sys.stderr, flush=True)
