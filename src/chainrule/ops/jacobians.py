"""Functions of a matrix whose derivative is a Jacobian with a name: vec(dF) = J vec(dX)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import ProblemError
from ..tensor.build import apply, contract, fuse
from ..tensor.node import Tensor

Rule = Callable[..., Tensor]


def by_jacobian(name: str) -> Rule:
    """vec(dF) = J vec(dX), with J the function of this name."""

    def differential(y: Tensor, x: Tensor, dx: Tensor, **settings: Any) -> Tensor:
        n = x.axes[0]
        return contract(
            1,
            [
                (apply(name, x, **settings), (4, 5)),
                (fuse(y.axes[1], y.axes[0]), (4, 1, 0)),
                (fuse(n, n), (5, 3, 2)),
                (dx, (2, 3)),
            ],
            (0, 1),
        )

    return differential


def no_further(y: Tensor, x: Tensor, dx: Tensor, **settings: Any) -> Tensor:
    raise ProblemError(
        "unsupported",
        "the derivatives of a function of a matrix have rules up to the third",
        hint="of its trace, or by a scalar, even higher derivatives are found",
    )
