"""The table of functions: OPS. Importing this package fills it."""

from ..op import NAMES, OPS, Op, find
from . import elementwise, functions, matrix, structure  # noqa: F401  (filling the table is the point)

__all__ = ["NAMES", "OPS", "Op", "find"]
