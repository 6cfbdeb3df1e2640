r"""LaTeX with arguments, bars and rows: \frac, \sqrt, |x|, matrices and cases."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ..errors import ProblemError
from . import latex_words as words
from .greek import LETTERS
from .latex_groups import Group, Writer
from .latex_scan import Piece
from .scan import Token

# Names that cannot be typed: latex_meaning.py reads them.
CASES, BARS = "\\cases", "\\bars"
NORMS = {"2": "norm2", "F": "norm2", "1": "norm1", "*": "nuclear"}


class Environments(Writer):
    """The pieces, the place reached, and what reads arguments and environments.

    `jumps` are places from where reading goes on elsewhere, once.
    """

    def __init__(self, text: str, pieces: list[Piece]) -> None:
        super().__init__(text)
        self.pieces = pieces
        self.place = 0
        self.jumps: dict[int, int] = {}
        self.ends = self.matched()

    def matched(self) -> dict[int, int]:
        """Where every brace closes."""
        ends: dict[int, int] = {}
        waiting: list[int] = []
        for place, piece in enumerate(self.pieces):
            if piece.kind != "sign":
                continue
            if piece.text == "{":
                waiting.append(place)
            elif piece.text == "}":
                if not waiting:
                    raise self.fail("`}` closes nothing", piece, "take it away")
                ends[waiting.pop()] = place
        if waiting:
            raise self.fail("`{` is not closed", self.pieces[waiting[-1]], "add a `}`")
        return ends

    def step(self, piece: Piece) -> None:
        """Read one piece."""
        raise NotImplementedError

    def contents(self, place: int) -> tuple[list[Piece], int]:
        """The pieces of the argument at `place` without braces and fonts, and where it ends."""
        if self.pieces[place].kind == "end":
            raise self.fail("an argument is missing at the end", self.pieces[place - 1])
        end = self.ends[place] + 1 if place in self.ends else place + 1
        is_font = self.pieces[place].kind == "macro" and self.pieces[place].text in words.FONTS
        if is_font:
            end = self.contents(place + 1)[1] if self.pieces[place + 1].kind != "macro" else end
        inner = [
            p
            for p in self.pieces[place:end]
            if not (p.kind == "sign" and p.text in ("{", "}"))
            and not (p.kind == "macro" and p.text in words.FONTS)
        ]
        return inner, end

    def argument(
        self,
        closing: tuple[str | Token, ...],
        kind: str = "argument",
        then: Callable[[], None] | None = None,
    ) -> None:
        """Open the argument that comes next: a group in braces or one letter or digit."""
        piece = self.pieces[self.place]
        if piece.kind == "sign" and piece.text == "{":
            self.place += 1
            return self.open(Group(kind, piece, "}", len(self.out), closing, then))
        is_letter = piece.kind == "macro" and piece.text in LETTERS
        if not is_letter and piece.kind not in ("letter", "number", "word", "name"):
            if piece.kind == "macro" and not words.is_known(piece.text):
                raise self.unknown(piece)
            shown = self.shown(piece) or "the end"
            raise self.fail(f"{shown} where an argument is expected", piece, "put it in braces")
        self.open(Group(kind, piece, "", len(self.out), closing, then))
        depth = len(self.groups)
        self.place += 1
        self.step(piece)
        if len(self.groups) != depth:
            raise self.fail(f"{self.shown(piece)} as an argument", piece, "put it in braces")
        return self.finish(piece)

    def unknown(self, piece: Piece) -> ProblemError:
        message = f"\\{piece.text[:40]} is not read"
        return self.fail(message, piece, words.hint_for(piece.text))

    # -- fractions and roots

    def fraction(self, piece: Piece) -> None:
        self.refuse_derivative(piece)
        self.operand(piece)
        self.write("(", piece)
        self.write("(", piece)

        def denominator() -> None:
            self.argument((")", ")"))

        self.argument((")", "/", "("), then=denominator)

    def refuse_derivative(self, piece: Piece) -> None:
        r"""\frac{d}{dx}: what is typed is the expression alone."""
        if self.pieces[self.place].kind == "end":
            return
        above, end = self.contents(self.place)
        below = self.contents(end)[0] if self.pieces[end].kind != "end" else []
        first = above[0].text if above else ""
        is_partial = first == "partial"
        is_total = first == "d" and below[:1] and below[0].text == "d" and len(below) > 1
        if is_partial or is_total:
            raise self.fail(
                "a derivative that is still to be taken", piece, words.REFUSED["partial"]
            )

    def root(self, piece: Piece) -> None:
        r"""\sqrt{x} or \sqrt[3]{x}."""
        following = self.pieces[self.place]
        if following.text != "[":
            self.operand(piece)
            self.write_name("sqrt", piece)
            self.write("(", piece)
            return self.argument((")",))
        degree, bracket = self.pieces[self.place + 1], self.pieces[self.place + 2]
        if degree.kind not in ("number", "letter") or bracket.text != "]":
            raise self.fail("the degree of a root is a number or a letter", following)
        self.place += 3
        self.operand(piece)
        self.write("(", piece)
        self.write("(", piece)
        named = degree.token or Token("name", degree.text, degree.start, degree.end)
        one = Token("operator", "(", degree.start, degree.end)
        number = read_one(degree)
        return self.argument((")", "^", one, number, "/", named, ")", ")"))

    # -- bars

    def bar(self, sign: str, piece: Piece, side: int) -> None:
        """|x| or ‖x‖; side is 1 for \\left, -1 for \\right, 0 where the place decides."""
        inner = next((g for g in reversed(self.groups) if g.kind not in ("loose", "body")), None)
        is_inside = inner is not None and inner.kind == "bars" and inner.closer == sign
        closes = side < 0 or (side == 0 and self.is_after_operand and is_inside)
        if closes:
            return self.close(sign, piece)
        self.operand(piece)
        named = len(self.out)
        self.write_name(BARS if sign == "|" else "norm2", piece)
        self.write("(", piece)
        if sign == "|":
            return self.open(Group("bars", piece, sign, len(self.out), (")",)))

        def subscript() -> None:
            self.out[named] = self.norm(self.out[named])

        return self.open(Group("bars", piece, sign, len(self.out), (")",), subscript))

    def norm(self, token: Token) -> Token:
        """The name of the norm, by the subscript behind the bars."""
        at = self.place
        raised = self.pieces[at].text == "^"
        if raised:
            _, at = self.contents(at + 1)
        if self.pieces[at].text != "_":
            return token
        inner, end = self.contents(at + 1)
        which = "".join(p.text for p in inner)
        if which not in NORMS:
            raise self.fail(
                f"the norm with the subscript {which[:20]}",
                self.pieces[at],
                "there are 1, 2, F and * (nuclear)",
            )
        if raised:
            self.jumps[at] = end
        else:
            self.place = end
        return Token("name", NORMS[which], token.start, token.end)

    # -- matrices and cases

    def begin(self, piece: Piece) -> None:
        name, self.place = self.environment(piece)
        whole = Piece("macro", "begin", piece.start, self.pieces[self.place - 1].end)
        self.operand(whole)
        closer = f"\\end{{{name}}}"
        if name in words.MATRICES:
            self.write("[", whole)
            return self.open(Group("matrix", whole, closer, len(self.out), ("]",)))
        if name == "cases":
            self.write_name(CASES, whole)
            self.write("(", whole)
            return self.open(Group("cases", whole, closer, len(self.out), (")",)))
        hint = {"vmatrix": r"write \det(A)", "Vmatrix": r"write \lVert A \rVert_F"}.get(
            name, "there are bmatrix, pmatrix, matrix and cases"
        )
        raise self.fail(f"the environment {name}", whole, hint)

    def end(self, piece: Piece) -> None:
        name, self.place = self.environment(piece)
        whole = Piece("macro", "end", piece.start, self.pieces[self.place - 1].end)
        self.close_loose(whole)
        kind = self.groups[-1].kind if self.groups else ""
        if self.out and self.out[-1].text == {"matrix": ";", "cases": ","}.get(kind):
            self.out.pop()  # a \\ behind the last row
        self.close(f"\\end{{{name}}}", whole)

    def environment(self, piece: Piece) -> tuple[str, int]:
        """The name in braces behind \\begin or \\end."""
        brace = self.pieces[self.place]
        if self.place not in self.ends:
            raise self.fail(f"\\{piece.text} without a name", piece, "write \\begin{bmatrix}")
        close = self.ends[self.place]
        return self.text[brace.end : self.pieces[close].start].strip()[:40], close + 1

    def cell(self, piece: Piece) -> None:
        """&, the next column."""
        self.close_loose(piece)
        kind = self.groups[-1].kind if self.groups else ""
        if kind not in ("matrix", "cases"):
            raise self.fail("`&` outside of a matrix", piece, r"columns stand in \begin{bmatrix}")
        following = self.pieces[self.place]
        if kind == "cases" and following.kind == "word":
            if following.text in words.OTHERWISE:
                self.place += 1
                return
            if following.text in words.CONDITION:
                self.place += 1
        self.new_term()
        self.write(",", piece)

    def row(self, piece: Piece) -> None:
        r"""\\, the next row; outside of a matrix, the next statement."""
        self.close_loose(piece)
        kind = self.groups[-1].kind if self.groups else ""
        if kind not in ("matrix", "cases", ""):
            raise self.fail(r"`\\` within brackets", piece, "rows stand in a matrix")
        self.new_term()
        self.write("," if kind == "cases" else ";", piece)


def read_one(piece: Piece) -> Token:
    """The number 1 at the place of `piece`."""
    return Token("number", "1", piece.start, piece.end, Fraction(1))
