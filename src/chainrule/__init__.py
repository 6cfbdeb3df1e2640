"""chainrule: derivatives of matrix expressions, with every step and a proof.

>>> import chainrule as cr
>>> print(cr.derive("x'*A*x", wrt="x"))
(A + A')*x
"""

from . import ops as _ops  # fills the table of functions
from .errors import ProblemError
from .objects import constant, matrix, scalar, vector
from .result import Result, derive

__version__ = "0.1.0"
__all__ = [
    "ProblemError",
    "Result",
    "__version__",
    "constant",
    "derive",
    "matrix",
    "scalar",
    "vector",
]

del _ops
