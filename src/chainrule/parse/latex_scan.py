r"""LaTeX into pieces with their places: macros, letters, numbers, signs.

A piece is what TeX would call a token, with four exceptions that suit people: digits of a
number stay together, a name known from a declaration stays together (`loss`), so do a letter
and the digits behind it (`x1`) and the name of a function before its bracket (`exp(`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from ..errors import ProblemError
from ..op import NAMES
from ..ops import structure  # noqa: F401  (fills the table)
from .greek import LETTERS
from .scan import (
    SAME,
    SPACES,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    VARIANTS,
    Token,
    check_text,
    is_letter,
    read_token,
)  # fmt: skip

PieceKind = Literal[
    "macro", "letter", "name", "word", "function", "bare", "number", "sign", "token", "end"
]


@dataclass(frozen=True)
class Piece:
    r"""One piece. A macro's text comes without its backslash.

    A word is what stands in \mathrm{...} or \operatorname{...}, a function the name of one
    before its bracket, a bare word the name of one elsewhere; a token is one of the text syntax.
    """

    kind: PieceKind
    text: str
    start: int
    end: int
    token: Token | None = None


OUTER = (("$$", "$$"), ("$", "$"), ("\\[", "\\]"), ("\\(", "\\)"))
SPACING = frozenset(
    {",", ";", ":", "!", " ", ">", "quad", "qquad", "space", "thinspace", "displaystyle",
     "textstyle", "limits", "nolimits", "left.", "right."}
)  # fmt: skip
# Macros whose argument is a word; the last three set text.
UPRIGHT = frozenset(
    {"operatorname", "operatorname*", "mathrm", "mathsf", "mathtt", "text", "textrm", "mbox"}
)
SIGNS = "{}^_&()[]|+-*/=<>,;:'"
DIGITS = {"frac": 2, "tfrac": 2, "dfrac": 2, "cfrac": 2, "sqrt": 1}  # as in \\frac12
MATHEMATICS = {"′": "'", "’": "'", "≥": ">=", "≤": "<=", "≠": "!="}


def is_latex(text: str) -> bool:
    """Whether `text` is LaTeX: it holds what the text syntax has no use for."""
    check_text(text)
    return any(mark in text for mark in ("\\", "$", "^{", "_{")) or _raised_to_t(text)


def _raised_to_t(text: str) -> bool:
    """x^T, which the text syntax does not know."""
    place = text.find("^T")
    while place >= 0:
        following = text[place + 2 : place + 3]
        if not (following.isalnum() or following == "_"):
            return True
        place = text.find("^T", place + 2)
    return False


def pieces_of(text: str, known: Collection[str]) -> list[Piece]:
    """The pieces of `text`, one of kind "end" last. `known` are names that stay whole."""
    first, last = _within_dollars(text)
    found: list[Piece] = []
    digits = 0  # how many arguments of a fraction may follow as single digits
    place = first
    while place < last:
        if text[place] in SPACES or text[place] == "~":
            place += 1
            continue
        stop = place + 1 if digits and text[place].isdecimal() else last
        piece = _piece(text, place, stop, known)
        digits = digits - 1 if digits and piece.kind == "number" else 0
        if piece.kind == "macro":
            digits = DIGITS.get(piece.text, digits)
        place = piece.end
        if not (piece.kind == "macro" and piece.text in SPACING):
            found.append(piece)
    found.append(Piece("end", "", last, last))
    return found


def _within_dollars(text: str) -> tuple[int, int]:
    """The formula without $ ... $ or \\[ ... \\] around it, and without a full stop."""
    first, last = 0, len(text)
    while first < last and text[first] in SPACES:
        first += 1
    while last > first and text[last - 1] in SPACES:
        last -= 1
    for opening, closing in OUTER:
        inner = last - len(opening) - len(closing)
        if inner >= first and text.startswith(opening, first) and text.endswith(closing, 0, last):
            first, last = first + len(opening), last - len(closing)
            break
    while last > first and text[last - 1] in SPACES:
        last -= 1
    return first, last - 1 if text[last - 1 : last] == "." and last > first + 1 else last


def _piece(text: str, place: int, last: int, known: Collection[str]) -> Piece:
    c = text[place]
    if c == "\\":
        return _macro(text, place, last)
    if is_letter(c) or c in VARIANTS:
        return _letters(text, place, last, known)
    if "0" <= c <= "9" or (c == "." and text[place + 1 : place + 2].isdecimal()):
        token = read_token(text[:last], place)
        return Piece("number", text[place : token.end], place, token.end, token)
    if c in SIGNS:
        return Piece("sign", c, place, place + 1)
    if c in MATHEMATICS:
        return Piece("sign", MATHEMATICS[c], place, place + 1)
    if c in SAME or c in SUPERSCRIPTS:
        token = read_token(text, place)
        return Piece("token", token.text, place, token.end, token)
    if c in "%#":
        raise ProblemError(
            "syntax", f"unexpected character U+{ord(c):04X}", place, place + 1,
            "there are no comments and no parameters here",
        )  # fmt: skip
    if c == "$":
        raise ProblemError(
            "syntax", "unexpected character U+0024", place, place + 1, "one formula at a time"
        )
    read_token(text, place)  # which refuses it, saying why
    raise ProblemError("syntax", f"unexpected character U+{ord(c):04X}", place, place + 1)


def _macro(text: str, place: int, last: int) -> Piece:
    end = place + 1
    while end < last and ("a" <= text[end] <= "z" or "A" <= text[end] <= "Z"):
        end += 1
    end = max(end, min(place + 2, last))
    name = text[place + 1 : end]
    if not name:
        raise ProblemError(
            "syntax", "a backslash with nothing behind it", place, place + 1, "take it away"
        )
    if name in ("left", "right") and text[end : end + 1] == ".":
        return Piece("macro", name + ".", place, end + 1)
    if name == "operatorname" and text[end : end + 1] == "*":
        end += 1
    if name in UPRIGHT:
        return _upright(text, place, end, last)
    return Piece("macro", name, place, end)


def _upright(text: str, start: int, place: int, last: int) -> Piece:
    r"""The word of \mathrm{word}; \_ is an underscore, \alpha a letter."""
    while place < last and text[place] in SPACES:
        place += 1
    end = after = place + 1
    if text[place : place + 1] == "{":
        place, end = end, text.find("}", place, last)
        if end < 0:
            raise ProblemError("syntax", "`{` is not closed", place - 1, place, "add a `}`")
        after = end + 1
    word, at = "", place
    while at < min(end, last):
        if text[at] == "\\" and text[at + 1 : at + 2] == "_":
            word, at = word + "_", at + 2
        elif text[at] == "\\":
            macro = _macro(text, at, end)
            if macro.text not in LETTERS and macro.text not in SPACING:
                raise ProblemError(
                    "syntax", f"\\{macro.text} within a name", at, macro.end, "a name is letters"
                )
            word, at = word + LETTERS.get(macro.text, ""), macro.end
        elif _continues(text[at]) or text[at] in SPACES:
            word, at = word + text[at].strip(), at + 1
        else:
            raise ProblemError(
                "syntax", f"`{text[at]}` within a name", at, at + 1,
                "names are made of letters, digits and _",
            )  # fmt: skip
    if not word:
        raise ProblemError("syntax", "an empty name", start, min(end + 1, last), "write a letter")
    return Piece("word", word, start, after)


def _letters(text: str, place: int, last: int, known: Collection[str]) -> Piece:
    """A letter; more of them where they are a known name or a function with its bracket."""
    end = place
    while end < last and _continues(text[end]):
        end += 1
    whole = text[place:end].rstrip("_")
    while len(whole) > 1 and whole not in known:
        whole = whole.rpartition("_")[0]
    if len(whole) > 1:
        return Piece("name", whole, place, place + len(whole))
    letters = place
    while letters < last and is_letter(text[letters]):
        letters += 1
    word = text[place:letters]
    if len(word) > 1 and word in NAMES:
        following = text[letters:last].lstrip(SPACES)[:1]
        if following == "(" and letters == end:
            return Piece("function", word, place, letters)
        if letters == end:
            return Piece("bare", word, place, letters)
    after = place + 1
    while after < last and ("0" <= text[after] <= "9" or text[after] in SUBSCRIPTS):
        after += 1
    letter = VARIANTS.get(text[place], text[place])
    if after > place + 1:
        digits = "".join(SUBSCRIPTS.get(c, c) for c in text[place + 1 : after])
        return Piece("name", letter + digits, place, after)
    return Piece("letter", letter, place, place + 1)


def _continues(c: str) -> bool:
    return is_letter(c) or c == "_" or "0" <= c <= "9"
