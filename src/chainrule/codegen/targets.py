"""The languages code can be written in, by name."""

from __future__ import annotations

from ..errors import ProblemError
from .array_api import ArrayAPI
from .dialect import Dialect
from .jax import JAX
from .numpy import NumPy
from .torch import Torch

TARGETS: dict[str, type[Dialect]] = {
    target.name: target for target in (NumPy, JAX, Torch, ArrayAPI)
}


def find_target(name: str) -> Dialect:
    """The dialect of this name. Raises ProblemError where there is none."""
    if name not in TARGETS:
        known = ", ".join(TARGETS)
        raise ProblemError("unsupported", f"no code generator for {name}", hint=f"there is {known}")
    return TARGETS[name]()
