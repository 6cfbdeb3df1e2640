"""What is open while LaTeX is read: brackets, arguments, scripts; and what has been written.

The reader writes tokens of the text syntax with their places in the LaTeX source, so that one
grammar reads both and an error points at what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import ProblemError
from .grammar import BESIDE, DEPTH_LIMIT
from .latex_scan import Piece
from .scan import Token


@dataclass
class Term:
    """The product being read, as far as it decides what the next factor belongs to."""

    over: int = 0  # where what stands behind a / starts
    is_joined: bool = False  # factors stand side by side
    has_kron: bool = False


@dataclass
class Group:
    """`kind` is "(", call, argument, plain, sub, loose, body, bars or an environment.

    A loose group is the argument of a function without brackets, a body that of a sum: they
    end by themselves. `closing` is written when the group closes, then `then` is called.
    """

    kind: str
    piece: Piece
    closer: str
    start: int  # how much had been written
    closing: tuple[str | Token, ...] = ()
    then: Callable[[], None] | None = None
    term: Term = field(default_factory=Term)


class Writer:
    """Tokens written so far and the groups that are open."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.out: list[Token] = []
        self.groups: list[Group] = []
        self.outer = Term()

    # -- writing

    def write(self, text: str, piece: Piece) -> None:
        self.out.append(Token("operator", text, piece.start, piece.end))

    def write_name(self, name: str, piece: Piece) -> None:
        self.out.append(Token("name", name, piece.start, piece.end))

    @property
    def is_after_operand(self) -> bool:
        if not self.out:
            return False
        last = self.out[-1]
        return last.kind != "operator" or last.text in (")", "]", "'", "^sup", "^-T")

    @property
    def term(self) -> Term:
        return self.groups[-1].term if self.groups else self.outer

    def new_term(self) -> None:
        if self.groups:
            self.groups[-1].term = Term()
        else:
            self.outer = Term()

    # -- products

    def operand(self, piece: Piece) -> None:
        """A factor starts at `piece`: beside another one, it is multiplied by it."""
        if not self.is_after_operand:
            return
        term, out = self.term, self.out
        here = Piece("sign", "", piece.start, piece.start)
        if self.groups and self.groups[-1].kind == "sub" and piece.kind == "letter":
            self.write(",", here)
            return
        if term.over:
            is_number = len(out) == term.over + 1 and out[-1].kind == "number"
            if not (is_number and out[term.over - 2].kind == "number"):
                raise self.fail(
                    "what stands behind `/` could go on or not",
                    piece,
                    r"write \frac{a}{b} c, or a/(b c)",
                )
            self.write("*", here)
            term.over = 0
        elif term.has_kron:
            raise self.unclear_kron(piece)
        else:
            self.write(BESIDE, here)
        term.is_joined = True

    def times(self, sign: str, piece: Piece) -> None:
        r"""An operator of products: \cdot, \odot, \otimes, /."""
        if self.groups and self.groups[-1].kind == "loose" and not self.is_empty(self.groups[-1]):
            if sign == "/":
                raise self.fail(
                    "`/` behind a function without brackets", piece, r"write \frac{\sin x}{y}"
                )
            self.close_loose(piece, ("loose",))
        term = self.term
        if sign == "kron" and term.is_joined:
            raise self.unclear_kron(piece)
        term.has_kron = term.has_kron or sign == "kron"
        self.write(sign, piece)
        term.over = len(self.out) if sign == "/" else 0

    def unclear_kron(self, piece: Piece) -> ProblemError:
        return self.fail(
            r"a product beside \otimes could belong inside or outside",
            piece,
            r"write (A \otimes B) C or A \otimes (B C)",
        )

    # -- groups

    def open(self, group: Group) -> None:
        if len(self.groups) >= DEPTH_LIMIT:
            raise ProblemError(
                "limit",
                f"nested more than {DEPTH_LIMIT} deep",
                group.piece.start,
                group.piece.end,
                "give parts a name: u = ...; f(u)",
            )
        self.groups.append(group)

    def is_empty(self, group: Group) -> bool:
        return len(self.out) == group.start

    def close_loose(self, piece: Piece, kinds: tuple[str, ...] = ("loose", "body")) -> None:
        """End the arguments that end by themselves."""
        while self.groups and self.groups[-1].kind in kinds:
            group = self.groups[-1]
            if self.is_empty(group):
                name = self.shown(group.piece)
                raise self.fail(f"{name} without an argument", group.piece, f"write {name}(x)")
            self.finish(piece)

    def end_term(self, piece: Piece) -> None:
        """A + or -: it ends an argument without brackets, unless it is its sign."""
        while self.groups and self.groups[-1].kind in ("loose", "body"):
            if self.is_empty(self.groups[-1]):
                break
            self.finish(piece)
        self.new_term()

    def close(self, closer: str, piece: Piece) -> None:
        self.close_loose(piece)
        if not self.groups:
            raise self.fail(f"`{self.shown(piece)}` closes nothing", piece, "take it away")
        group = self.groups[-1]
        if group.closer != closer:
            raise ProblemError(
                "syntax",
                f"`{self.shown(piece)}` where `{group.closer}` is expected",
                piece.start,
                piece.end,
                f"`{self.shown(group.piece)}` is still open",
                (group.piece.start, group.piece.end),
            )
        if group.kind != "plain" and self.is_empty(group):
            raise self.fail(
                f"nothing stands in `{self.shown(group.piece)}{group.closer}`", group.piece
            )
        self.finish(piece)

    def finish(self, piece: Piece) -> None:
        """Write what closes the innermost group."""
        group = self.groups.pop()
        for closing in group.closing:
            if isinstance(closing, Token):
                self.out.append(closing)
            else:
                self.write(closing, piece if group.closer else self.last_place())
        if group.then is not None:
            group.then()

    def last_place(self) -> Piece:
        last = self.out[-1]
        return Piece("sign", "", last.end, last.end)

    # -- errors

    def shown(self, piece: Piece) -> str:
        return self.text[piece.start : piece.end]

    def fail(self, message: str, piece: Piece, hint: str | None = None) -> ProblemError:
        return ProblemError("syntax", message, piece.start, piece.end, hint)
