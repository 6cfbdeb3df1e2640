"""The data-flow graph of a derivation as a picture."""

from .picture import draw

__all__ = ["draw"]
