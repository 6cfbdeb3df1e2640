"""The document as Markdown with mathematics between dollar signs."""

from __future__ import annotations

from ..printers.latex import latex
from .document import Code, Document, Equation, Section


def to_markdown(document: Document) -> str:
    head = (
        f"### $\\dfrac{{\\mathrm{{d}}}}{{\\mathrm{{d}} {document.wrt}}}\\; {latex(document.goal)}$"
    )
    return "\n\n".join([head, *(_section(s) for s in document.sections if s.lines)]) + "\n"


def _section(section: Section) -> str:
    parts = [f"**{section.title}**"]
    for line in section.lines:
        if isinstance(line, Code):
            parts.append(f"```python\n{line.source.rstrip()}\n```")
        elif isinstance(line, Equation):
            remark = f"  — {line.remark}" if line.remark else ""
            parts.append(f"$$ {latex(line.lhs)} = {latex(line.rhs)} $$" + remark)
        else:
            parts.append(line)
    return "\n\n".join(parts)
