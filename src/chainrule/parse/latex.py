r"""LaTeX as people write it: x^\top A x, \frac{1}{2} \lVert A x - b \rVert_2^2, \sum_i x_i.

The reader writes tokens of the text syntax (latex_reader.py), the grammar makes a tree of them,
and latex_meaning.py decides what only the whole can tell. Nothing is defined or executed: an
unknown macro is an error.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace

from ..errors import ProblemError
from ..shapes import Shape
from . import latex_words as words
from .grammar import Program, read_tokens
from .greek import LETTERS
from .latex_groups import Group
from .latex_meaning import Meaning
from .latex_reader import RELATIONS, LatexReader
from .latex_scan import Piece, is_latex, pieces_of
from .scan import Token, check_text

__all__ = ["is_latex", "latex_tokens", "plain_name", "read_latex", "resembling"]


def read_latex(text: str, declared: Mapping[str, Shape], functions: Collection[str]) -> Program:
    """The program `text` says. Raises ProblemError of kind syntax, name or limit.

    `declared` are shapes of `let`; their names are read where LaTeX leaves open which of
    several is meant.
    """
    check_text(text)
    known = {*declared, *functions}
    reader = Statements(text, pieces_of(text, known), known, functions)
    program = read_tokens(reader.tokens(), text)
    return Meaning(program, declared, reader).program()


def latex_tokens(text: str, known: Collection[str]) -> list[Token]:
    """The tokens of the text syntax that LaTeX stands for, with their places in it."""
    return Statements(text, pieces_of(text, known), known, ()).tokens()


class Statements(LatexReader):
    """Statement after statement, piece after piece."""

    def tokens(self) -> list[Token]:
        self.head()
        while (piece := self.pieces[self.place]).kind != "end":
            self.place += 1
            self.step(piece)
            while self.place in self.jumps:
                self.place = self.jumps.pop(self.place)
        self.close_loose(piece)
        if self.groups:
            group = self.groups[-1]
            raise self.fail(
                f"`{self.shown(group.piece)}` is not closed", group.piece, f"add a `{group.closer}`"
            )
        self.refuse_two_sigmas()
        self.out.append(Token("end", "", len(self.text), len(self.text)))
        return self.out

    def refuse_two_sigmas(self) -> None:
        if self.is_sigmoid is not None and "σ" in self.faces:
            _, other = self.faces["σ"]
            where = self.is_sigmoid
            raise ProblemError(
                "name",
                "σ stands here for the sigmoid and for a variable",
                where.start,
                where.end,
                r"write \operatorname{sigmoid}(x), or declare σ",
                (other.start, other.end),
            )

    # -- what stands before =

    def head(self) -> None:
        """u = ..., f(x) = ...: the name that is defined."""
        start, place, depth = self.place, self.place, 0
        while True:
            piece = self.pieces[place]
            is_sign = piece.kind == "sign"
            if piece.kind == "end" or (depth == 0 and self.ends_statement(piece)):
                return
            if is_sign and piece.text == "=" and depth == 0:
                break
            opens = (is_sign and piece.text in "([{") or piece.text in ("begin", "lbrace")
            closes = (is_sign and piece.text in ")]}") or piece.text in ("end", "rbrace")
            depth += opens - closes
            place += 1
        equals = self.pieces[place]
        parts = [
            p
            for p in self.pieces[start:place]
            if p.text not in ("{", "}", ":") and not (p.kind == "macro" and p.text in words.FONTS)
        ]
        name = self.defined(parts, equals)
        self.known.add(name)
        self.out.append(Token("name", name, parts[0].start, parts[0].end))
        self.write("=", equals)
        self.place = place + 1

    def ends_statement(self, piece: Piece) -> bool:
        return piece.text == ";" or (piece.kind == "macro" and piece.text == "\\")

    def defined(self, parts: list[Piece], equals: Piece) -> str:
        first = parts[0] if parts else equals
        letter = LETTERS.get(first.text, "") if first.kind == "macro" else ""
        if first.kind not in ("letter", "name", "word") and not letter:
            raise self.fail(
                "`=` behind what is no name", equals, "leave out what stands before `=`"
            )
        name = self.spelled(letter or first.text)
        texts = [p.text for p in parts]
        if "(" in texts and texts[-1] == ")":
            texts = texts[: texts.index("(")]  # f(x) = ...
        if texts[1:2] == ["_"] and all(t.replace("_", "").isalnum() for t in texts[2:]):
            return self.joined(name, "".join(texts[2:])) if texts[2:] else name
        if len(texts) > 1:
            raise self.fail("`=` behind what is no name", equals, "to compare, use brackets")
        return name

    # -- one piece

    def step(self, piece: Piece) -> None:
        match piece.kind:
            case "letter" | "name":
                self.name(self.spelled(piece.text), piece)
            case "word":
                self.word(piece)
            case "function":
                self.function(piece.text, piece)
            case "number":
                self.number(piece)
            case "macro":
                self.macro(piece)
            case "token":
                self.sign(piece.text, piece)
            case "bare":
                name = piece.text
                macro = name if name in words.MACROS else f"operatorname{{{name}}}"
                raise self.fail(
                    f"`{name}` without a backslash is a product of letters", piece,
                    f"write \\{macro}",
                )  # fmt: skip
            case _:
                self.sign(piece.text, piece)

    def sign(self, sign: str, piece: Piece, side: int = 0) -> None:
        if sign in ("|", "||"):
            self.bar(sign if side else self.doubled(sign, piece), piece, side)
        elif sign == "{":
            self.open(Group("plain", piece, "}", len(self.out)))
        elif sign in words.PAIRS:
            self.operand(piece)
            self.write("(", piece)
            self.open(Group("(", piece, words.PAIRS[sign], len(self.out), (")",)))
        elif sign in (")", "]", "}", "\\}"):
            self.close(sign, piece)
        elif sign in ("^", "_"):
            self.scripts(piece)
        elif sign in ("+", "-"):
            self.plus(sign, piece)
        elif sign in ("*", "/", ".*", "./", "kron"):
            is_list = bool(self.groups) and self.groups[-1].kind == "sub" and piece.text == "times"
            self.write(",", piece) if is_list else self.times(sign, piece)
        elif sign in (*RELATIONS, "="):
            self.relation(sign, piece)
        elif sign in (",", ":"):
            self.close_loose(piece)
            self.new_term()
            self.write(sign, piece)
        elif sign == ";":
            self.row(piece)
            self.head()
        elif sign == "&":
            self.cell(piece)
        else:  # ' and what was pasted: ᵀ, ², ⁻¹
            self.out.append(piece.token or Token("operator", "'", piece.start, piece.end))

    def doubled(self, sign: str, piece: Piece) -> str:
        """Two bars that were typed one by one."""
        following = self.pieces[self.place]
        if sign == "||" or following.text != "|" or following.start != piece.end:
            return sign
        inner = next((g for g in reversed(self.groups) if g.kind not in ("loose", "body")), None)
        is_inside = inner is not None and inner.closer == "||"
        if self.is_after_operand and not is_inside:
            return sign  # |x||y|
        self.place += 1
        return "||"

    def plus(self, sign: str, piece: Piece) -> None:
        if sign == "+" and self.groups and self.is_empty(self.groups[-1]):
            self.close_loose(piece)
        self.end_term(piece)
        self.write(sign, piece)

    def relation(self, sign: str, piece: Piece) -> None:
        self.close_loose(piece)
        self.new_term()
        if sign == "=" and not self.groups:
            raise self.fail("a second `=`", piece, "to compare, write (x = y)")
        self.write("==" if sign == "=" else sign, piece)

    def macro(self, piece: Piece) -> None:
        text = piece.text
        if text in LETTERS:
            self.greek(LETTERS[text], piece)
        elif text in words.SIZES:
            self.sized(piece)
        elif text in words.SIGNS:
            side = (text in words.OPENING) - (text in words.CLOSING)
            self.sign(words.SIGNS[text], piece, side)
        elif text in words.FONTS:
            self.font(words.FONTS[text], piece)
        elif text in words.ACCENTS:
            self.accent(words.ACCENTS[text], piece)
        elif text in words.FRACTIONS:
            self.fraction(piece)
        elif text in words.STRUCTURES:
            self.structure(text, piece)
        elif (function := words.function_name(text)) is not None:
            self.function(function, piece)
        else:
            raise self.unknown(piece)

    def structure(self, text: str, piece: Piece) -> None:
        match text:
            case "sqrt":
                self.root(piece)
            case "sum" | "prod":
                self.big(text, piece)
            case "begin":
                self.begin(piece)
            case "end":
                self.end(piece)
            case _:
                self.row(piece)
                if not self.groups:
                    self.head()

    def sized(self, piece: Piece) -> None:
        r"""\left( and the like: the side tells an opening bar from a closing one."""
        side = (piece.text in words.OPENING) - (piece.text in words.CLOSING)
        following = self.pieces[self.place]
        is_macro = following.kind == "macro"
        sign = words.SIGNS.get(following.text, "") if is_macro else following.text
        if sign not in ("(", ")", "[", "]", "\\{", "\\}", "|", "||"):
            raise self.fail(f"\\{piece.text} without a bracket", piece, r"write \left( x \right)")
        self.place += 1
        self.sign(sign, following, side)

    def font(self, face: str, piece: Piece) -> None:
        r"""\mathbf{x}: the font is only compared, so that x and bold x are not mixed up."""
        self.fonts.append(face)
        written = len(self.out)
        following = self.pieces[self.place]

        def end() -> None:
            self.fonts.pop()
            last = self.pieces[self.place - 1]
            names = [token for token in self.out[written:] if token.kind == "name"]
            if names and names == self.out[-1:]:  # one letter, shown with its font
                self.out[-1] = replace(self.out[-1], start=piece.start, end=last.end)

        if following.text == "{" and following.kind == "sign":
            self.place += 1
            return self.open(Group("plain", following, "}", len(self.out), then=end))
        return self.argument((), "plain", end)

    def accent(self, accent: str, piece: Piece) -> None:
        r"""\hat{y} is the name y_hat."""
        inner, end = self.contents(self.place)
        letter = inner[0] if len(inner) == 1 else piece
        base = LETTERS.get(letter.text, letter.text if letter.kind == "letter" else "")
        if not base:
            raise self.fail(f"\\{piece.text} over more than a letter", piece, "take it away")
        whole = Piece("name", base, piece.start, self.pieces[end - 1].end)
        self.place = end
        self.name(self.joined(self.spelled(base), accent), whole)


# -- names outside of the expression


def plain_name(text: str) -> str:
    r"""A symbol as a name of the text syntax: \theta_{1} is θ_1, \hat{y} is y_hat.

    Text that is no symbol is left as it is, to be refused where names are.
    """
    parts, last = [], ""
    with suppress(ProblemError):
        for piece in pieces_of(text, ()):
            if piece.kind == "macro" and piece.text in words.ACCENTS:
                last = "_" + words.ACCENTS[piece.text]
            elif piece.kind == "macro" and piece.text not in words.FONTS:
                parts.append(LETTERS.get(piece.text, "\\"))
            elif piece.kind != "macro" and piece.text not in ("{", "}"):
                parts.append(piece.text)
        return "".join(parts) + last
    return text


def resembling(text: str, names: Collection[str]) -> str | None:
    r"""The one of `names` that `text` writes otherwise: \theta, theta or θ; x_{1}, x_1 or x1."""
    wanted = _key(text)
    found = [name for name in names if _key(name) == wanted]
    return found[0] if len(found) == 1 else None


def _key(name: str) -> str:
    joined = plain_name(name).replace("_", "")
    head = joined.rstrip("0123456789")
    return LETTERS.get(head, head) + joined[len(head) :]
