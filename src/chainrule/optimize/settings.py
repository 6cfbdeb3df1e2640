"""What a caller may choose, read strictly: variables, starts, bounds, the method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ProblemError
from .data import read_array

# by method: whether it takes products with the Hessian, and bounds
METHODS = {
    "trust-ncg": (True, False),
    "Newton-CG": (True, False),
    "trust-krylov": (True, False),
    "trust-constr": (True, True),
    "L-BFGS-B": (False, True),
    "TNC": (False, True),
    "SLSQP": (False, True),
    "BFGS": (False, False),
    "CG": (False, False),
}


def names_of(over: str | Sequence[str]) -> list[str]:
    names = over.split(",") if isinstance(over, str) else list(over)
    names = [str(name).strip() for name in names]
    if not all(names) or not names or len(set(names)) < len(names):
        raise ProblemError("name", f"over names each variable to be found once, found {over!r:.40}")
    return names


def by_name(values: Any, names: Sequence[str], what: str) -> Mapping[str, Any]:
    """What is given by name, or for the only name alone."""
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        if len(names) > 1:
            hint = f'{{"{names[0]}": ...}}'
            raise ProblemError("syntax", f"{what} is given for each variable by name", hint=hint)
        return {names[0]: values}
    for name in values:
        if name not in names:
            raise ProblemError("name", f"{what} speaks of {name!s:.40}, which is not to be found")
    return values


def method_of(method: str | None, bounded: bool) -> str:
    if method is None:
        return "L-BFGS-B" if bounded else "trust-ncg"
    found = next((name for name in METHODS if name.lower() == str(method).lower()), None)
    if found is None:
        raise ProblemError("name", f"no method {method!r:.40}", hint=", ".join(METHODS))
    if bounded and not METHODS[found][1]:
        able = ", ".join(name for name, (_, bounds) in METHODS.items() if bounds)
        raise ProblemError("unsupported", f"{found} takes no bounds", hint=f"these do: {able}")
    return found


def bounds_of(given: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> Any:
    """SciPy's bounds for the packed vector, or None."""
    import numpy as np

    if not given:
        return None
    lows, highs = [], []
    for name, shape in shapes.items():
        pair = given.get(name, (None, None))
        if not isinstance(pair, Sequence | np.ndarray) or isinstance(pair, str) or len(pair) != 2:
            raise ProblemError("syntax", f"the bounds of {name} are a pair (low, high)")
        low, high = (
            _limit(end, name, shape, sign) for end, sign in zip(pair, (-1, 1), strict=True)
        )
        if (low > high).any():
            raise ProblemError("domain", f"a lower bound of {name} is above the upper one")
        lows.append(low.reshape(-1))
        highs.append(high.reshape(-1))
    from scipy.optimize import Bounds

    return Bounds(np.concatenate(lows), np.concatenate(highs))


def _limit(end: Any, name: str, shape: tuple[int, ...], sign: int) -> Any:
    import numpy as np

    if end is None:
        return np.full(shape, sign * np.inf)
    what = f"a bound of {name}"
    return spread(read_array(end, what, infinite=True), what, shape)


def spread(array: Any, what: str, shape: tuple[int, ...]) -> Any:
    """The array in this shape; a number stands for all entries."""
    import numpy as np

    if array.shape not in ((), shape):
        raise ProblemError("shape", f"{what} has the shape {array.shape}, needed is {shape}")
    return np.broadcast_to(array, shape).astype(float)
