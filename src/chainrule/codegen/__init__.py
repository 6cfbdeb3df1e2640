"""Source code for derivatives. One target so far: NumPy."""

from .numpy import numpy_code

__all__ = ["numpy_code"]
