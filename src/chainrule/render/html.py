"""The document as a piece of HTML: no script, no outside file, readable as it stands."""

from __future__ import annotations

from html import escape

from ..printers.unicode import unicode
from .document import Code, Document, Equation, Section

STYLE = (
    ".chainrule{font-family:system-ui,sans-serif;line-height:1.5}"
    ".chainrule table{border-collapse:collapse}"
    ".chainrule table td{padding:.1em .5em;vertical-align:baseline;text-align:left}"
    ".chainrule table td.lhs{text-align:right}"
    ".chainrule .math{font-family:'STIX Two Math','Cambria Math',serif}"
    ".chainrule td.why{opacity:.7;font-size:.9em}"
    ".chainrule .result{border-left:3px solid;padding-left:.7em}"
)


def to_html(document: Document) -> str:
    goal = escape(f"d({unicode(document.goal)})/d{document.wrt}")
    sections = "".join(_section(s) for s in document.sections if s.lines)
    return (
        f'<div class="chainrule"><style>{STYLE}</style><p class="math">{goal}</p>{sections}</div>\n'
    )


def _section(section: Section) -> str:
    rows: list[str] = []
    table: list[str] = []

    def close() -> None:
        if table:
            rows.append(f"<table>{''.join(table)}</table>")
            table.clear()

    for line in section.lines:
        if isinstance(line, Equation):
            table.append(
                f'<tr><td class="lhs math">{escape(unicode(line.lhs))}</td><td>=</td>'
                f'<td class="math">{escape(unicode(line.rhs))}</td>'
                f'<td class="why">{escape(line.remark)}</td></tr>'
            )
            continue
        close()
        if isinstance(line, Code):
            rows.append(f"<pre><code>{escape(line.source)}</code></pre>")
        else:
            rows.append(f"<p>{escape(line)}</p>")
    close()
    kind = ' class="result"' if section.is_result else ""
    return f"<section{kind}><h4>{escape(section.title)}</h4>{''.join(rows)}</section>"
