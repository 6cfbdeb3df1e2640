"""The one exception a user of chainrule ever sees, and how it points into the input."""

from __future__ import annotations

from typing import Literal

LINE = 180  # characters of a message or a hint

Kind = Literal["syntax", "name", "shape", "domain", "limit", "unsupported"]


class ProblemError(Exception):
    """What is wrong with a problem: kind, message, place in the input, likely remedy.

    `start` and `end` count characters of the expression's text. Code below the parser
    raises without a place; the parser adds it once, where the tree is still at hand.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        start: int | None = None,
        end: int | None = None,
        hint: str | None = None,
        also: tuple[int, int] | None = None,
    ) -> None:
        self.message = one_line(message)
        super().__init__(self.message)
        self.kind: Kind = kind
        self.start = start
        self.end = end
        self.hint = None if hint is None else one_line(hint)
        self.also = also  # a second place, when two places contradict each other

    def at(self, start: int, end: int) -> ProblemError:
        """The same error with a place, unless it already has one."""
        if self.start is not None:
            return self
        return ProblemError(self.kind, self.message, start, end, self.hint, self.also)


def printable(text: str) -> str:
    """`text` with control, bidirectional and invisible characters written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def one_line(text: str) -> str:
    """`text`, which may quote anything, as a line that can be shown anywhere."""
    line = printable(text.replace("\n", " "))
    return line if len(line) <= LINE else line[: LINE - 1] + "…"


def marked(error: ProblemError, source: str, title: str = "", hint: str = "hint: ") -> str:
    """The message, and under the line of `source` that is at fault a row of carets.

    `title` stands before the message, `hint` before the hint.
    """
    head = (title or f"{error.kind} error: ") + error.message
    if error.start is not None:
        head += "\n" + _caret_lines(source, error.start, error.end or error.start + 1)
    if error.also is not None:
        head += "\n" + _caret_lines(source, *error.also)
    if error.hint:
        head += f"\n  {hint}{error.hint}"
    return head


def _caret_lines(source: str, start: int, end: int, width: int = 72) -> str:
    first = source.rfind("\n", 0, start) + 1
    last = source.find("\n", start)
    last = len(source) if last < 0 else last
    right = min(last, start + width)
    before = printable(source[max(first, start - width // 2) : start])[-width // 2 :]
    behind = printable(source[start:right])[:width]
    marked_text = printable(source[start : max(start, min(end, right))])[:width]
    return f"  {before}{behind}\n  {' ' * len(before)}{'^' * max(1, len(marked_text))}"
