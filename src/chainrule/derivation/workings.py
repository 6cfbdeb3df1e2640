"""What all derivations rest on: local partials, their product along the data flow, paths.

The derivative is computed here and nowhere else: partials of each intermediate in
isolation, combined over the data-flow graph, intermediates substituted back.
"""

from __future__ import annotations

from itertools import chain, count

from ..differentiate import jacobian
from ..expr.node import Expr
from ..lower import lower
from ..tensor.build import contract, delta
from ..tensor.node import Tensor
from ..tensor.rewrite import substitute
from ..tensor.terms import add_terms, is_zero, zero
from .record import Intermediate

ROUTES_SHOWN = 6
ROUTES_TRIED = 300
ROUTE_LENGTH = 16  # a longer path is not worth printing


class Workings:
    """The intermediates of one derivation with everything computed from them, once."""

    def __init__(self, intermediates: list[Intermediate], wrt: Expr) -> None:
        self.intermediates = intermediates
        self.wrt = wrt
        self.wrt_name: str = wrt.data[0]
        self.by_name = {u.name: u for u in intermediates}
        self.symbols = {self.wrt_name: lower(wrt)} | {
            u.name: lower(u.symbol) for u in intermediates
        }
        self.definitions = {u.name: lower(u.definition) for u in intermediates}
        self.partials: dict[tuple[str, str], Tensor] = {
            (u.name, used): jacobian(self.definitions[u.name], self.symbols[used])
            for u in intermediates
            for used, _ in u.uses
        }

    @property
    def output_name(self) -> str:
        """What the value is called in derivatives: y, unless a variable has that name."""
        taken = self.symbols.keys() | self.output.full.variables
        names = chain(("y", "f", "L"), ("y" + "_" * k for k in count(1)))
        return next(name for name in names if name not in taken)

    @property
    def output(self) -> Intermediate:
        return self.intermediates[-1]

    # -- paths

    def paths(self) -> int:
        """In how many ways data flow from the variable to the output."""
        count = {self.wrt_name: 1}
        for u in self.intermediates:
            count[u.name] = sum(times * count[used] for used, times in u.uses)
        return count[self.output.name]

    def routes(self) -> tuple[tuple[str, ...], ...]:
        """The first few paths, each as names from the variable to the output."""
        found: list[tuple[str, ...]] = []
        stack: list[tuple[str, ...]] = [(self.output.name,)]
        for _ in range(ROUTES_TRIED):
            if not stack or len(found) == ROUTES_SHOWN:
                break
            route = stack.pop()
            if route[0] == self.wrt_name:
                found.append(route)
            elif len(route) < ROUTE_LENGTH:
                for used, times in reversed(self.by_name[route[0]].uses):
                    stack.extend([(used, *route)] * min(times, ROUTES_SHOWN))
        return tuple(found)

    # -- the product of partials

    def total(self) -> Tensor:
        """d output / d variable, still written with the intermediates."""
        return self.backward() if self.symbols[self.wrt_name].axes else self.forward()

    def forward(self) -> Tensor:
        """From the variable to the output: du/dx = Σ ∂u/∂v · dv/dx."""
        totals = {self.wrt_name: _identity(self.symbols[self.wrt_name])}
        for u in self.intermediates:
            own = self.symbols[u.name]
            parts = [
                _compose(self.partials[u.name, used], totals[used], len(own.axes))
                for used, _ in u.uses
            ]
            totals[u.name] = add_terms(parts) if parts else self._zero()
        return totals[self.output.name]

    def backward(self) -> Tensor:
        """From the output to the variable: dy/dv = Σ dy/du · ∂u/∂v."""
        output = self.symbols[self.output.name]
        adjoints: dict[str, list[Tensor]] = {self.output.name: [_identity(output)]}
        for u in reversed(self.intermediates):
            parts = adjoints.pop(u.name, [])
            if not parts:
                continue
            adjoint = add_terms(parts)
            for used, _ in u.uses:
                adjoints.setdefault(used, []).append(
                    _compose(adjoint, self.partials[u.name, used], len(output.axes))
                )
        parts = adjoints.get(self.wrt_name, [])
        return add_terms(parts) if parts else self._zero()

    def _zero(self) -> Tensor:
        return zero(self.symbols[self.output.name].axes + self.symbols[self.wrt_name].axes)

    def substituted(self, tensor: Tensor) -> Tensor:
        """`tensor` with every intermediate replaced by what it stands for."""
        full: dict[Tensor, Tensor] = {}
        for u in self.intermediates:
            full[self.symbols[u.name]] = substitute(self.definitions[u.name], full)
        return substitute(tensor, full)


def _identity(tensor: Tensor) -> Tensor:
    n = len(tensor.axes)
    deltas = [(delta(dim), (k, n + k)) for k, dim in enumerate(tensor.axes)]
    return contract(1, deltas, tuple(range(2 * n)))


def _compose(outer: Tensor, inner: Tensor, kept: int) -> Tensor:
    """∂y/∂u · ∂u/∂x: the axes of u, behind the first `kept` of `outer`, are summed."""
    if is_zero(outer) or is_zero(inner):
        shared = len(outer.axes) - kept
        return zero(outer.axes[:kept] + inner.axes[shared:])
    left = tuple(range(len(outer.axes)))
    summed = left[kept:]
    rest = tuple(range(len(left), len(left) + len(inner.axes) - len(summed)))
    return contract(1, [(outer, left), (inner, summed + rest)], left[:kept] + rest)
