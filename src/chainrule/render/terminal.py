"""The document as text: aligned equations in Unicode, for terminals and for pasting."""

from __future__ import annotations

from unicodedata import east_asian_width

from ..printers.unicode import unicode
from .document import Code, Document, Equation, Section

REMARK_COLUMN = 46


def to_text(document: Document) -> str:
    """The whole document, sections apart by empty lines."""
    head = f"d({unicode(document.goal)})/d{document.wrt}"
    return "\n\n".join([head, *(section_text(s) for s in document.sections if s.lines)]) + "\n"


def section_text(section: Section) -> str:
    rows = [section.title]
    equations = [line for line in section.lines if isinstance(line, Equation)]
    left = max((width(unicode(e.lhs)) for e in equations), default=0)
    for line in section.lines:
        if isinstance(line, Code):
            rows += ["    " + row for row in line.source.splitlines()]
        elif isinstance(line, str):
            rows.append("  " + line)
        else:
            rows.append("  " + equation_text(line, left))
    return "\n".join(rows)


def equation_text(line: Equation, left: int) -> str:
    lhs = unicode(line.lhs)
    row = " " * (left - width(lhs)) + lhs + " = " + unicode(line.rhs)
    if line.remark:
        row += " " * max(3, REMARK_COLUMN - width(row)) + line.remark
    return row


def width(text: str) -> int:
    """How many columns a terminal gives the text."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
