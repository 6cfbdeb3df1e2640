"""Source code for derivatives: `derivative_code`."""

from .derivatives import derivative_code

__all__ = ["derivative_code"]
