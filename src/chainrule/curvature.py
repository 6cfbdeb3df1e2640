"""Whether a scalar function is certified convex or concave.

Two certificates. The Hessian's own form: a tensor seen to be semidefinite (definite.py) on a
convex domain, after Klaus, Merk, Wiedom, Laue and Giesen, Convexity Certificates from Hessians
(NeurIPS 2022). And the rules of composition on the function itself (dcp.py), for functions
with kinks, which no Hessian sees. A sum is certified term by term where that helps.

"unknown" says that neither was found, and nothing about the function. The function is that of
index form, continued where it only has gaps: x²/x is x, and 0·log(x) is 0.
"""

from __future__ import annotations

from functools import reduce
from typing import Literal

from .dcp import AFFINE, CONCAVE, CONVEX, UNKNOWN, Curvature, Walk
from .definite import Definiteness, Form
from .differentiate import jacobian
from .expr.node import Expr
from .intern import postorder
from .lower import lower
from .ranges import NONNEG, POSITIVE
from .simplify import simplify
from .tensor.contract import SYMMETRIC_PROPERTIES
from .tensor.node import Kind, Tensor
from .tensor.terms import add_terms, is_zero

Label = Literal["convex", "concave", "affine", "unknown"]

NODES = 250  # longer functions and Hessians are given up
# Variables that range over no convex set, where the tensors' rules rely on that set.
SCATTERED = frozenset({"labels", "orthogonal"})
SMOOTH = frozenset(
    {
        "exp", "sin", "cos", "sinh", "cosh", "tanh", "sigmoid", "softplus", "erf", "arctan",
        "softmax", "logsumexp", "det", "prod",
    }
)  # fmt: skip
LABELS: dict[Curvature, Label] = {
    AFFINE: "affine",
    CONVEX: "convex",
    CONCAVE: "concave",
    UNKNOWN: "unknown",
}


def curvature(hessian: Tensor, axes: int) -> Label:
    """The sign of the Hessian of a scalar function by a variable with so many axes.

    This is the curvature of a function that is smooth on a convex domain; `certify` sees to
    that.
    """
    return LABELS[_of_hessian(hessian, axes, Definiteness(), symmetric=False)]


def certify(expr: Expr, wrt: Expr, hessian: Tensor) -> Label:
    """The curvature of a scalar expression as a function of `wrt`, others being any allowed."""
    if expr.shape or len(wrt.shape) > 2 or wrt.data[1] & SCATTERED:
        return "unknown"
    return LABELS[_Certificate(lower(wrt)).of(lower(expr), hessian)]


def _of_hessian(hessian: Tensor, axes: int, known: Definiteness, symmetric: bool) -> Curvature:
    """By the quadratic form over pairs of axes; in symmetric directions d_ij is d_ji."""
    if is_zero(hessian):
        return AFFINE
    if len(postorder([hessian])) > NODES:
        return UNKNOWN
    rows, columns = tuple(range(axes)), tuple(range(axes, 2 * axes))
    forms: list[Form] = [(rows, columns)]
    if symmetric:
        forms.append((rows, columns[::-1]))
    terms = list(hessian.args) if hessian.kind is Kind.SUM else [hessian]
    sign = known.definite_sum(terms, forms)
    return CONVEX.scaled(sign) if sign else UNKNOWN


class _Certificate:
    """Both ways to certify functions of one variable."""

    def __init__(self, wrt: Tensor) -> None:
        self.wrt = wrt
        self.known = Definiteness()
        self.walk = Walk(wrt.data[0], self.known)

    def of(self, function: Tensor, hessian: Tensor) -> Curvature:
        order = postorder([function])
        if len(order) > NODES:
            return UNKNOWN
        for node in order:
            self.learn_domain(node)
        found = self.walk.curvature(function)
        terms = function.args if function.kind is Kind.SUM else (function,)
        smooth = [term for term in terms if self.is_smooth(term)]
        if len(smooth) == len(terms) and (found == UNKNOWN or is_zero(hessian)):
            return self.of_hessian(hessian)
        if not smooth or found != UNKNOWN:
            return found
        kinked = [self.walk.curvature(term) for term in terms if term not in smooth]
        found = reduce(Curvature.__and__, kinked)
        return found if found == UNKNOWN else found & self.of_hessian(self.hessian(smooth))

    def hessian(self, terms: list[Tensor]) -> Tensor:
        gradient = simplify(jacobian(add_terms(terms), self.wrt))
        return simplify(jacobian(gradient, self.wrt))

    def of_hessian(self, hessian: Tensor) -> Curvature:
        symmetric = bool(self.wrt.data[1] & SYMMETRIC_PROPERTIES)
        return _of_hessian(hessian, len(self.wrt.axes), self.known, symmetric)

    # -- the domain

    def learn_domain(self, node: Tensor) -> None:
        """u > 0 inside the domain of log(u) and u^(1/2).

        Learnt only where that leaves a convex set of values of the variable: where u does not
        depend on it, or is concave on what the domain was before.
        """
        inside = _has_to_be_positive(node)
        if inside is None:
            return
        found = POSITIVE
        if not self.walk.depends(node) and _is_root(node):
            found = NONNEG  # of another variable, which may be 0
        sign, core = self.known.core(inside)
        found = found if sign > 0 else -found
        known = self.known.range(core)
        if known & found == known:
            return
        if self.walk.curvature(core).scaled(sign).concave:
            self.known.learn(core, found)
            self.walk = Walk(self.walk.name, self.known)

    def is_smooth(self, function: Tensor) -> bool:
        """Whether it is twice differentiable wherever it has a value, a convex set."""
        moving = [node for node in postorder([function]) if self.walk.depends(node)]
        tame = {node.args[0] for node in moving if _is_even_power(node)}
        tame -= {arg for node in moving if not _is_even_power(node) for arg in node.args}
        return all(self._is_smooth_at(node, node in tame) for node in moving)

    def _is_smooth_at(self, node: Tensor, is_squared: bool) -> bool:
        """Whether the outermost operation is smooth; the norm is, where it is squared."""
        ranges = [self.known.range(arg) for arg in node.args]
        if node.kind is Kind.POWER:
            base, exponent = ranges[0], node.args[1]
            if exponent.kind is Kind.NUMBER and exponent.data[0].denominator == 1:
                nonzero = base.is_positive or base.is_negative
                return exponent.data[0] > 0 or nonzero
            return base.is_positive
        if node.kind is not Kind.APPLY:
            return True
        match node.data[0]:
            case "log":
                return ranges[0].is_positive
            case "inv" | "logdet":
                return self.walk.is_positive_definite(node.args[0])
            case "where":
                return not self.walk.depends(node.args[0])
            case "norm2":
                return is_squared or ranges[0].is_positive or ranges[0].is_negative
        return node.data[0] in SMOOTH


def _has_to_be_positive(node: Tensor) -> Tensor | None:
    """The u of log(u), of u^q with a fraction q and of u^v."""
    if node.kind is Kind.APPLY and node.data[0] == "log":
        return node.args[0]
    if node.kind is Kind.POWER:
        base, exponent = node.args
        is_integer = exponent.kind is Kind.NUMBER and exponent.data[0].denominator == 1
        return None if is_integer else base
    return None


def _is_root(node: Tensor) -> bool:
    """Whether this is u^q with a number q > 0, which has a value at u = 0."""
    return node.kind is Kind.POWER and node.args[1].kind is Kind.NUMBER and node.args[1].data[0] > 0


def _is_even_power(node: Tensor) -> bool:
    return _is_root(node) and bool(node.args[1].data[0] % 2 == 0)
