"""The worked derivations of the chapter on matrix calculus, as the demo shows them."""

from __future__ import annotations

from typing import TextIO

from ..result import derive

EXAMPLES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("ln(sin(x^3)^2)", "x", {}),
    ("x + x^2", "x", {}),
    ("x*x^2", "x", {}),
    ("sin(x + x^2)", "x", {}),
    ("[ln(x^2), sin(3*x)]", "x", {}),
    ("sum(w + x)", "w", {}),
    ("sum(x*z)", "z", {}),
    ("max(0, w'*x + b)", "w", {}),
    ("mean((y - max(0, X*w + b)).^2)", "w", {"X": "N,n", "w": "n", "b": "", "y": "N"}),
    ("mean((y - max(0, X*w + b)).^2)", "b", {"X": "N,n", "w": "n", "b": "", "y": "N"}),
)


def run_demo(out: TextIO) -> None:
    """Write every example with its steps."""
    for place, (expr, wrt, let) in enumerate(EXAMPLES):
        if place:
            out.write("\n" + "─" * 78 + "\n\n")
        out.write(derive(expr, wrt, let=let).text())
        out.flush()
