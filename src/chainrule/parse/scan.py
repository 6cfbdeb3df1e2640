"""Text into tokens with their places. Linear time, no regular expressions, no surprises.

What people type or paste is read too: Unicode operators, superscripts, Greek letters.
Everything outside a short list of characters is refused by its code point, so that no two
names that look alike can differ.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ..errors import ProblemError

TEXT_LIMIT = 16 * 1024
NUMBER_LIMIT = 64
EXPONENT_LIMIT = 300
NAME_LIMIT = 256

TokenKind = Literal["number", "name", "operator", "string", "end"]


@dataclass(frozen=True)
class Token:
    kind: TokenKind
    text: str
    start: int
    end: int
    value: Fraction | None = None


SUPERSCRIPTS = {c: str(d) for d, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {"⁻": "-"}
SUBSCRIPTS = {c: str(d) for d, c in enumerate("₀₁₂₃₄₅₆₇₈₉")}
SAME = {
    "⊙": ".*",
    "⊘": "./",
    "·": "*",
    "×": "*",
    "∗": "*",
    "@": "*",
    "−": "-",
    "–": "-",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "ᵀ": "'",
    "⊤": "'",
    "′": "'",
    "’": "'",
    "‖": "||",
    "⊗": "kron",
}
# Variants of Greek letters that are the same letter to a reader.
VARIANTS = {"µ": "μ", "ϵ": "ε", "ϑ": "θ", "ϕ": "φ", "ϱ": "ρ", "ϰ": "κ"}
# Greek letters that nobody can tell from Latin ones.
LATIN_LOOK = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True))
HINTS = {
    "|": "write abs(x) for |x|, and norm2(x) or ‖x‖ for a norm",
    "√": "write sqrt(x)",
    "∑": "write sum(x)",
    "∂": "type the expression alone: its derivative is what you get",
    "∇": "type the expression alone: its derivative is what you get",
    "÷": "write / or ./",
    "∘": "write .* for the product of each element",
    "⟨": "the inner product is x'*y",
    "⟩": "the inner product is x'*y",
    "†": "the transpose is x'",
    "∏": "write prod(x)",
    "∫": "there are no integrals here",
    "%": "there is no remainder, and no comment",
    "#": "there are no comments",
    "{": "brackets are ( ), and [ ] for subscripts",
    "}": "brackets are ( ), and [ ] for subscripts",
    "!": "there is no factorial; unequal is !=",
    "&": "there is no logical and; nest where(...) instead",
    "∞": "there is no infinity",
}
MODULES = ("np", "numpy", "jnp", "torch", "tf", "math", "sp", "scipy", "sympy")
LONG = ("**", ".*", "./", ".^", ".'", ">=", "<=", "==", "!=", "||")
SHORT = "+-*/^'()[],;:=<>"
SPACES = " \t\r\n"


def is_letter(c: str) -> bool:
    """ASCII letters and the Greek ones that do not look like them."""
    if "\u0391" <= c <= "\u03c9":
        return c.isalpha() and c not in LATIN_LOOK and unicodedata.decomposition(c) == ""
    return "a" <= c <= "z" or "A" <= c <= "Z"


def scan(text: str) -> list[Token]:
    """The tokens of `text`, a token of kind "end" last."""
    check_text(text)
    tokens: list[Token] = []
    place = depth = 0
    while place < len(text):
        c = text[place]
        if c in SPACES:
            if c == "\n" and tokens and not depth:
                tokens.append(Token("operator", ";", place, place + 1))
            place += 1
            continue
        token = read_token(text, place, tokens)
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        tokens.append(token)
        place = token.end
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def check_text(text: object) -> None:
    """Refuse what is no text, or too long."""
    if not isinstance(text, str):
        raise ProblemError(
            "syntax",
            f"an expression is a text, found {type(text).__name__}",
            hint='derive("x\'*A*x", ...)',
        )
    if len(text) > TEXT_LIMIT:
        raise ProblemError(
            "limit",
            f"the input has {len(text)} characters, the limit is {TEXT_LIMIT}",
            TEXT_LIMIT,
            TEXT_LIMIT + 1,
            "write sums and products with vectors and matrices instead of term by term",
        )


def _is_digit(c: str) -> bool:
    return "0" <= c <= "9"  # ² is a digit too for isdigit


def read_token(text: str, place: int, before: Sequence[Token] = ()) -> Token:
    """The token that starts at `place`."""
    c = text[place]
    if _is_digit(c) or (c == "." and _is_digit(text[place + 1 : place + 2])):
        return _number(text, place)
    if is_letter(c) or c == "_" or c in VARIANTS:
        return _name(text, place)
    if c in SUPERSCRIPTS:
        return _superscript(text, place)
    if c in SUBSCRIPTS and before and before[-1].text == "||":
        return Token("operator", "||sub", place, place + 1)
    if text.startswith(".T", place) and not _continues(text, place + 2):
        return Token("operator", "'", place, place + 2)
    for sign in LONG:
        if text.startswith(sign, place):
            shown = {"**": "^", ".'": "'"}.get(sign, sign)
            return Token("operator", shown, place, place + len(sign))
    if c in SAME:
        return Token("operator", SAME[c], place, place + 1)
    if c in SHORT:
        return Token("operator", c, place, place + 1)
    if c == '"':
        end = text.find('"', place + 1)
        if end < 0:
            raise ProblemError("syntax", "a string is not closed", place, place + 1, 'add a "')
        return Token("string", text[place + 1 : end], place, end + 1)
    if c == ".":
        raise _dotted(text, place, before)
    raise _unexpected(c, place)


def _dotted(text: str, place: int, before: Sequence[Token]) -> ProblemError:
    """A point that is neither in a number nor in an operator: np.exp(x), x.sum()."""
    owner = before[-1].text if before and before[-1].kind == "name" else ""
    end = place + 1
    while end < len(text) and (is_letter(text[end]) or text[end] in "._"):
        end += 1
    word = text[place + 1 : end].rpartition(".")[2]
    hint = "a point belongs to a number or to .* ./ .^ .'; the transpose is x' or x.T"
    if owner in MODULES and word:
        hint = f"leave out {owner}. and write {word}(...)"
    elif owner and word in ("t", "transpose"):
        hint = f"the transpose is {owner}'"
    elif owner and word:
        hint = f"nothing is called with a point here: write {word}({owner[:20]})"
    return ProblemError("syntax", "unexpected character U+002E (a point)", place, place + 1, hint)


def _unexpected(c: str, place: int) -> ProblemError:
    hint = HINTS.get(c, "names are made of Latin and Greek letters, digits and _")
    if c in LATIN_LOOK:
        hint = f"this is a Greek letter that looks like the Latin {LATIN_LOOK[c]}"
    return ProblemError("syntax", f"unexpected character U+{ord(c):04X}", place, place + 1, hint)


def _continues(text: str, place: int) -> bool:
    return place < len(text) and (is_letter(text[place]) or text[place].isalnum())


def _number(text: str, start: int) -> Token:
    place = _digits(text, start)
    # 2.*x is 2 .* x: a point before an operator belongs to the operator.
    if text[place : place + 1] == "." and text[place + 1 : place + 2] not in tuple("*/^'T"):
        place = _digits(text, place + 1)
    mantissa = place
    if text[place : place + 1] in ("e", "E"):
        after = place + 1
        if text[after : after + 1] in ("+", "-"):
            after += 1
        if _is_digit(text[after : after + 1]):
            place = _digits(text, after)
            if abs(int(text[mantissa + 1 : place][:8])) > EXPONENT_LIMIT:
                raise ProblemError(
                    "limit",
                    f"a number with an exponent beyond {EXPONENT_LIMIT}",
                    start,
                    place,
                    "write a power, as 10^k",
                )
    if place - start > NUMBER_LIMIT:
        raise _too_long(start, place)
    return Token("number", text[start:place], start, place, Fraction(text[start:place]))


def _digits(text: str, place: int) -> int:
    while place < len(text) and _is_digit(text[place]):
        place += 1
    return place


def _name(text: str, start: int) -> Token:
    place = start
    letters = []
    while place < len(text):
        c = text[place]
        if c in VARIANTS:
            letters.append(VARIANTS[c])
        elif c in SUBSCRIPTS:
            letters.append(SUBSCRIPTS[c])
        elif is_letter(c) or c == "_" or _is_digit(c):
            letters.append(c)
        else:
            break
        place += 1
    if place - start > NAME_LIMIT:
        raise ProblemError(
            "limit",
            f"a name of {place - start} characters, the limit is {NAME_LIMIT}",
            start,
            place,
            "choose a shorter name",
        )
    return Token("name", "".join(letters), start, place)


def _superscript(text: str, start: int) -> Token:
    """X², X⁻¹: the exponent as one token."""
    place = start
    digits = ""
    while place < len(text) and text[place] in SUPERSCRIPTS:
        digits += SUPERSCRIPTS[text[place]]
        place += 1
    if text[place : place + 1] == "ᵀ" and digits == "-":
        return Token("operator", "^-T", start, place + 1)
    if not digits.removeprefix("-").isdecimal():
        raise ProblemError(
            "syntax", "a superscript that is not a number", start, place, "write x^2 or x^-1"
        )
    if place - start > NUMBER_LIMIT:
        raise _too_long(start, place)
    return Token("operator", "^sup", start, place, Fraction(int(digits)))


def _too_long(start: int, end: int) -> ProblemError:
    return ProblemError(
        "limit",
        f"a number of {end - start} characters, the limit is {NUMBER_LIMIT}",
        start,
        end,
        "numbers are exact, and a dozen digits are plenty",
    )
