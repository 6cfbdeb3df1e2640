"""Constants without a value: 1/0, log(-1), 0^-1, arcsin(3). They are refused with their place.

Only what is certain counts. What rests on a variable is left to the check of the answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from ..errors import ProblemError
from .flat import Flat, Instruction

Number = Fraction | float
LONGEST = 4096  # bits of a constant that is worked out
CLEARLY = 1e-9  # rounding never moves a constant as far as this
FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp, "log": math.log, "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos,
    "tan": math.tan, "arcsin": math.asin, "arccos": math.acos, "arctan": math.atan,
}  # fmt: skip
NEEDS = {
    "log": "a number > 0",
    "sqrt": "a number >= 0",
    "arcsin": "a number from -1 to 1",
    "arccos": "a number from -1 to 1",
}


def refuse_undefined(flat: Flat) -> None:
    """Raise ProblemError of kind domain where a constant has no real value."""
    values: list[Number | None] = []
    for instruction in flat.instructions:
        args = [values[arg] for arg in instruction.args]
        try:
            values.append(_moderate(_value(instruction, args)))
        except (OverflowError, ValueError):
            values.append(None)  # too large, or too close to the edge of a domain to say


def _moderate(value: Number | None) -> Number | None:
    if isinstance(value, Fraction):
        bits = max(value.numerator.bit_length(), value.denominator.bit_length())
        return value if bits <= LONGEST else None
    return value if value is not None and math.isfinite(value) else None


def _value(instruction: Instruction, args: list[Number | None]) -> Number | None:
    """The value of a constant scalar, None for anything else."""
    sign = instruction.value
    if instruction.kind == "number":
        assert isinstance(sign, Fraction)
        return sign
    if instruction.kind == "binary" and sign in ("/", "./") and _is_zero(args[1]):
        raise _undefined(instruction, "division by zero", "the divisor is 0 whatever the variables")
    if not args or any(arg is None for arg in args):
        return math.pi if instruction.op is not None and instruction.op.name == "pi" else None
    known = [arg for arg in args if arg is not None]
    if instruction.kind == "unary":
        return -known[0]
    if instruction.kind == "binary":
        return _combined(instruction, known[0], known[1])
    if instruction.kind == "call" and instruction.op is not None:
        return _applied(instruction, instruction.op.name, known[0])
    return None


def _combined(instruction: Instruction, a: Number, b: Number) -> Number | None:
    match instruction.value:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*" | ".*":
            return a * b
        case "/" | "./":
            return a / b if b else None
    if _is_zero(a) and b < 0:
        raise _undefined(instruction, "division by zero", "0 to a negative power is 1/0")
    if isinstance(b, Fraction) and b.denominator == 1:
        bits = abs(b) * max(16, *(n.bit_length() for n in Fraction(a).as_integer_ratio()))
        return a ** int(b) if bits <= LONGEST else None
    if a < -CLEARLY and isinstance(b, Fraction):
        raise _undefined(
            instruction,
            "a power of a negative number with an exponent that is no integer",
            "answers are real numbers",
        )
    return float(a) ** float(b) if a > 0 else None


def _applied(instruction: Instruction, name: str, x: Number) -> Number | None:
    size = x if x >= 0 else -x
    outside = {
        "log": x < -CLEARLY or _is_zero(x),
        "sqrt": x < -CLEARLY,
        "arcsin": size > 1 + CLEARLY,
        "arccos": size > 1 + CLEARLY,
    }
    if outside.get(name):
        found = f"{float(x):.6g}" if size < 1e300 else "a huge one"
        raise _undefined(
            instruction, f"{name} needs {NEEDS[name]}, found {found}", "answers are real numbers"
        )
    return FUNCTIONS[name](float(x)) if name in FUNCTIONS else None


def _is_zero(value: Number | None) -> bool:
    return isinstance(value, Fraction) and not value


def _undefined(instruction: Instruction, message: str, hint: str) -> ProblemError:
    tree = instruction.tree
    return ProblemError("domain", message, tree.start, tree.end, hint)
