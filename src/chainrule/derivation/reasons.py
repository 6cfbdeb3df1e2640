"""Why a partial derivative is what it is: the rule of its operation, and its special shape."""

from __future__ import annotations

from ..expr.node import Expr, Kind
from ..op import find
from ..tensor.node import Kind as TensorKind
from ..tensor.node import Tensor
from .record import Intermediate, Reason

OPERATIONS = {
    Kind.ADD: "sum-rule",
    Kind.POWER: "power-rule",
    Kind.DIVIDE: "quotient-rule",
    Kind.VECTOR: "entries",
}


def partial_reasons(u: Intermediate, used: Tensor, partial: Tensor) -> tuple[Reason, ...]:
    """The rule by which u's definition was differentiated, then remarks on the Jacobian."""
    name = used.data[0]
    reasons = [_operation(u.definition, name)]
    rows, columns = u.symbol.shape, used.axes
    if is_diagonal(partial):
        reasons.append(Reason("diagonal"))
    elif rows and not columns and _expands(u.definition, name):
        reasons.append(Reason("scalar-expansion", (("name", name),)))
    if _is_sum(u.definition):
        reasons.append(Reason("sum-reduction"))
    return tuple(reasons)


def is_diagonal(partial: Tensor) -> bool:
    """Whether a square Jacobian holds δ in every term: element i depends on element i alone."""
    if len(partial.axes) != 2:
        return False
    terms = partial.args if partial.kind is TensorKind.SUM else (partial,)
    return bool(terms) and all(_holds_delta(term) for term in terms)


def _holds_delta(term: Tensor) -> bool:
    if term.kind is TensorKind.DELTA:
        return True
    return term.kind is TensorKind.CONTRACT and any(
        arg.kind is TensorKind.DELTA and own == (0, 1)
        for arg, own in zip(term.args, term.data[1], strict=True)
    )


def _operation(definition: Expr, name: str) -> Reason:
    core = definition
    while core.kind in (Kind.NEGATE, Kind.TRANSPOSE):
        core = core.args[0]
    dependent = [arg for arg in core.args if name in arg.variables]
    if core.kind in (Kind.MULTIPLY, Kind.HADAMARD):
        return Reason("product-rule" if len(dependent) > 1 else "constant-factor")
    if core.kind is Kind.DIVIDE and name not in core.args[1].variables:
        return Reason("constant-factor")
    if core.kind is Kind.APPLY:
        family = find(core.data[0]).family
        key = "function" if family != "structural" else "linear"
        return Reason(key, (("function", core.data[0]),))
    return Reason(OPERATIONS.get(core.kind, "identity"))


def _expands(definition: Expr, name: str) -> bool:
    """Whether the scalar `name` meets a vector or matrix in an element-wise operation."""
    return any(
        arg.is_scalar and name in arg.variables and not node.is_scalar
        for node in [definition, *definition.args]
        for arg in node.args
    )


def _is_sum(definition: Expr) -> bool:
    return definition.kind is Kind.APPLY and definition.data[0] in ("sum", "mean")
