"""The table of functions: OPS. Importing this package fills it."""

from . import elementwise, matrix, structure  # noqa: F401  (filling the table is the point)
from ..op import NAMES, OPS, Op, find

__all__ = ["NAMES", "OPS", "Op", "find"]
