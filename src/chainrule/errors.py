"""The one exception a user of chainrule ever sees, and how it points into the input."""

from __future__ import annotations

from typing import Literal

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
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message
        self.start = start
        self.end = end
        self.hint = hint
        self.also = also  # a second place, when two places contradict each other

    def at(self, start: int, end: int) -> ProblemError:
        """The same error with a place, unless it already has one."""
        if self.start is not None:
            return self
        return ProblemError(self.kind, self.message, start, end, self.hint, self.also)


def printable(text: str) -> str:
    """`text` with control, bidirectional and invisible characters written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def marked(error: ProblemError, source: str) -> str:
    """The message, and under the line of `source` that is at fault a row of carets."""
    head = f"{error.kind} error: {error.message}"
    if error.start is not None:
        head += "\n" + _caret_lines(source, error.start, error.end or error.start + 1)
    if error.also is not None:
        head += "\n" + _caret_lines(source, *error.also)
    if error.hint:
        head += f"\n  hint: {error.hint}"
    return head


def _caret_lines(source: str, start: int, end: int, width: int = 72) -> str:
    first = source.rfind("\n", 0, start) + 1
    last = source.find("\n", start)
    last = len(source) if last < 0 else last
    left = max(first, start - width // 2)
    right = min(last, left + width)
    before = printable(source[left:start])
    marked_text = printable(source[start : max(start, min(end, right))])
    line = printable(source[left:right])
    return f"  {line}\n  {' ' * len(before)}{'^' * max(1, len(marked_text))}"
