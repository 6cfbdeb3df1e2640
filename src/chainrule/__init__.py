"""chainrule: derivatives of matrix expressions, with every step and a proof.

>>> import chainrule as cr
>>> print(cr.derive("x'*A*x", wrt="x"))
(A + A')*x

What stands here is loaded when it is first used, so that importing costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checking import Verdict, check_answer
    from .errors import ProblemError
    from .linewise import DerivationVerdict, check_derivation
    from .objects import constant, matrix, scalar, vector
    from .optimize import minimize
    from .result import Result, derive

__version__ = "0.1.0"
__all__ = [
    "DerivationVerdict",
    "ProblemError",
    "Result",
    "Verdict",
    "__version__",
    "check_answer",
    "check_derivation",
    "constant",
    "derive",
    "matrix",
    "minimize",
    "scalar",
    "vector",
]


def __getattr__(name: str) -> Any:
    value = _load(name)
    globals()[name] = value
    return value


def _load(name: str) -> Any:
    if name in ("Result", "derive"):
        from . import result

        return getattr(result, name)
    if name in ("constant", "matrix", "scalar", "vector"):
        from . import objects

        return getattr(objects, name)
    if name == "minimize":
        from .optimize import minimize

        return minimize
    if name in ("Verdict", "check_answer"):
        from . import checking

        return getattr(checking, name)
    if name in ("DerivationVerdict", "check_derivation"):
        from . import linewise

        return getattr(linewise, name)
    if name == "ProblemError":
        from .errors import ProblemError

        return ProblemError
    raise AttributeError(f"chainrule has no {name}")


def __dir__() -> list[str]:
    return sorted(__all__)
