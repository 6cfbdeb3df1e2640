"""Python's hash of numbers and tuples of them, with 64 bits on every machine.

Where Python has fewer, as in WebAssembly, its own hash would order terms differently: the same
problem would be written another way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

WORD = (1 << 64) - 1
MODULUS = (1 << 61) - 1
INFINITY = 314159
PRIMES = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x27D4EB2F165667C5  # of xxHash, as CPython has it


def hash64(value: Any) -> int:
    """What hash(value) is where Python's hashes have 64 bits."""
    found = _of_tuple(value) if isinstance(value, tuple) else _of_number(value)
    return -2 if found == -1 else found


def _of_tuple(items: tuple[Any, ...]) -> int:
    first, second, last = PRIMES
    found = last
    for item in items:
        found = (found + hash64(item) * second) & WORD
        found = ((found << 31 | found >> 33) & WORD) * first & WORD
    found = (found + (len(items) ^ last ^ 3527539)) & WORD
    if found == WORD:
        return 1546275796
    return found - (WORD + 1) if found >> 63 else found


def _of_number(value: Any) -> int:
    """By value: numerator over denominator, modulo a prime."""
    try:
        above, below = value.as_integer_ratio()
    except OverflowError:
        return INFINITY if value > 0 else -INFINITY
    is_infinite = below % MODULUS == 0
    found = INFINITY if is_infinite else abs(above) * pow(below, -1, MODULUS) % MODULUS
    return found if above >= 0 else -found


portable_hash: Callable[[Any], int] = hash if sys.hash_info.width == 64 else hash64
