"""The document as LaTeX: sections of align* environments, to paste into a paper."""

from __future__ import annotations

from ..printers.latex import latex
from .document import Code, Document, Equation, Section

ESCAPES = str.maketrans(
    {c: f"\\{c}" for c in "#$%&_{}"} | {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}"}
)
SYMBOLS = {
    **{c: f"$_{d}$" for d, c in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    **{c: f"$^{d}$" for d, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    "⁻": "$^{-}$",
    "−": "$-$",
    "·": r"$\cdot$",
    "∂": r"$\partial$",
    "⊙": r"$\odot$",
    "⊗": r"$\otimes$",
    "𝟏": r"$\mathbf{1}$",
    "→": r"$\to$",
    "×": r"$\times$",
    "≠": r"$\neq$",
    "…": r"\dots{}",
    "ᵀ": r"$^\top$",
}


def to_latex(document: Document) -> str:
    return "\n\n".join(_section(s) for s in document.sections if s.lines) + "\n"


def _section(section: Section) -> str:
    rows = [f"\\paragraph{{{prose(section.title)}}}"]
    equations: list[Equation] = []
    for line in section.lines:
        if isinstance(line, Equation):
            equations.append(line)
            continue
        rows += _align(equations)
        equations = []
        if isinstance(line, Code):
            rows.append("\\begin{verbatim}\n" + line.source.rstrip() + "\n\\end{verbatim}")
        else:
            rows.append(prose(line))
    return "\n".join(rows + _align(equations))


def _align(equations: list[Equation]) -> list[str]:
    if not equations:
        return []
    rows = [
        f"  {latex(e.lhs)} &= {latex(e.rhs)}"
        + (f" && \\text{{{prose(e.remark)}}}" if e.remark else "")
        for e in equations
    ]
    return ["\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"]


def prose(text: str) -> str:
    """Words as LaTeX text, nothing in them a command."""
    escaped = text.translate(ESCAPES)
    for symbol, command in SYMBOLS.items():
        escaped = escaped.replace(symbol, command)
    return escaped
