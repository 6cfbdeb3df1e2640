r"""LaTeX pieces into tokens of the text syntax: names, functions, brackets, scripts.

One pass, no recursion: what has an argument opens a group that knows how to close. What a
token alone cannot tell (x^T, e^x, x_i, \sum) is left to latex_meaning.py.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..errors import ProblemError
from . import latex_words as words
from .greek import GREEK, LETTERS
from .latex_environments import Environments
from .latex_groups import Group
from .latex_scan import Piece
from .scan import Token

# Names that cannot be typed: latex_meaning.py reads them.
ONE, ZERO, INVERSE = "\\1", "\\0", "\\+"
RELATIONS = ("<", ">", "<=", ">=", "==", "!=")
EXTREMES = ("max", "min")


@dataclass(frozen=True)
class Sum:
    """The subscripts a sum runs over, and the name or number it runs to from 1.

    `function` is what is taken of all entries: sum, prod, max or min.
    """

    function: str
    indices: tuple[str, ...]
    last: str | None
    piece: Piece


class LatexReader(Environments):
    def __init__(
        self, text: str, pieces: list[Piece], known: Collection[str], functions: Collection[str]
    ) -> None:
        super().__init__(text, pieces)
        self.known = set(known)
        self.functions = functions
        self.sums: dict[str, Sum] = {}  # by the name that stands for it in the tree
        self.faces: dict[str, tuple[str, Piece]] = {}  # the font of every name
        self.fonts: list[str] = []
        self.is_sigmoid: Piece | None = None

    # -- names

    def spelled(self, letter: str) -> str:
        """θ, or theta where that is what was declared."""
        name = GREEK.get(letter, letter)
        plain = name.removeprefix("var")
        found = (n for n in (letter, name, plain) if n in self.known)
        return next(found, letter)

    def joined(self, base: str, below: str) -> str:
        """x_1, or x1 where that is what was declared."""
        names = (base + "_" + below, base + below)
        return next((n for n in names if n in self.known), names[0])

    def name(self, name: str, piece: Piece) -> None:
        """A variable, or an unknown function before its bracket."""
        primes = 0
        while self.pieces[self.place + primes].text == "'":
            primes += 1
        is_letter = name in words.CALLED and name not in self.known
        at = self.bracket(self.place + primes)
        if at is not None and (name in self.functions or is_letter):
            self.operand(piece)
            self.write_name(name, piece)
            for place in range(self.place, self.place + primes):
                self.write("'", self.pieces[place])
            self.call(at, ())
            return
        self.operand(piece)
        font = self.fonts[-1] if self.fonts else ""
        if font == "blackboard":
            raise self.fail(
                f"{name} in blackboard letters", piece, "sets and expectations are not read"
            )
        before = self.faces.setdefault(name, (font, piece))
        if before[0] != font:
            raise ProblemError(
                "name",
                f"{name} stands here in two fonts, which would be one name",
                piece.start,
                piece.end,
                f"rename one of them, say {name}_1",
                (before[1].start, before[1].end),
            )
        self.write_name(name, piece)

    def word(self, piece: Piece) -> None:
        r"""\mathrm{...} or \operatorname{...}: a function, or a name of several letters."""
        text = piece.text
        following = self.pieces[self.place]
        if text == "d" and following.kind in ("letter", "macro"):
            letter = LETTERS.get(following.text, following.text)
            if following.kind == "letter" or following.text in LETTERS:
                self.place += 1
                whole = Piece("name", "d" + letter, piece.start, following.end)
                return self.name("d" + letter, whole)
        function = words.function_name(text)
        if function is not None and text not in self.known:
            return self.function(function, piece)
        at = self.bracket(self.place)
        if at is not None and len(text) > 1 and text not in self.known:
            self.operand(piece)
            self.write_name(text, piece)
            return self.call(at, ())
        return self.name(text, piece)

    def greek(self, letter: str, piece: Piece) -> None:
        name = self.spelled(letter)
        if name == "σ" and name not in self.known and self.bracket(self.place) is not None:
            self.is_sigmoid = piece
            return self.function("sigmoid", piece)
        return self.name(name, piece)

    def number(self, piece: Piece) -> None:
        assert piece.token is not None
        font = self.fonts[-1] if self.fonts else ""
        is_subscript = any(group.kind == "sub" for group in self.groups)
        if font in ("bold", "blackboard") and piece.text in ("0", "1") and not is_subscript:
            after = self.place + (self.pieces[self.place].text == "}")
            if font == "blackboard" and self.bracket(after) is not None:
                return  # the indicator of what stands in the brackets
            self.operand(piece)
            self.write_name(ONE if piece.text == "1" else ZERO, piece)
            return
        if self.is_after_operand:
            raise self.fail(
                f"the number {piece.text[:20]} behind a value",
                piece,
                r"a product is written \cdot, a subscript x_1, a power x^{2}",
            )
        self.out.append(piece.token)

    # -- functions

    def function(self, name: str, piece: Piece) -> None:
        """A function with its argument, in brackets or not; sin^2 x is (sin x)^2."""
        self.close_before(piece)
        raised: tuple[Token | str, ...] = ()
        while self.pieces[self.place].text in ("^", "_", "'"):
            script = self.pieces[self.place]
            if script.text == "_" and name in EXTREMES:
                return self.big(name, piece)
            if script.text != "^" or raised:
                raise self.no_script(name, script)
            raised = self.simple_exponent(name)
        following = self.pieces[self.place]
        is_det = following.text == "det" and following.kind in ("macro", "word")
        if name in ("log", "ln") and not raised and is_det:
            self.place += 1
            return self.function("logdet", Piece("macro", "", piece.start, following.end))
        self.operand(piece)
        self.write_name(name, piece)
        at = self.bracket(self.place)
        if at is not None:
            return self.call(at, raised)
        if following.text == "{" and following.kind == "sign":
            self.place += 1
            self.write("(", following)
            closing = (")", *raised)
            return self.open(Group("call", following, "}", len(self.out), closing))
        self.write("(", piece)
        return self.open(Group("loose", piece, "", len(self.out), (")", *raised)))

    def close_before(self, piece: Piece) -> None:
        r"""sin x cos y: a function behind an argument without brackets ends it."""
        top = self.groups[-1] if self.groups else None
        is_loose = top is not None and top.kind == "loose" and not self.is_empty(top)
        if is_loose and self.is_after_operand:
            self.close_loose(piece, ("loose",))

    def no_script(self, name: str, script: Piece) -> ProblemError:
        hint = f"write \\operatorname{{{name}}}(...)"
        if name == "log" and script.text == "_":
            hint = r"the logarithm is the natural one; write \frac{\ln x}{\ln 2}"
        elif script.text == "'":
            hint = "the derivative of a known function is written out: \\cos(x) for \\sin'(x)"
        return self.fail(f"`{script.text}` behind the function {name}", script, hint)

    def simple_exponent(self, name: str) -> tuple[Token | str, ...]:
        """The exponent of sin^2 x, to be written behind the argument."""
        start = self.place
        inner, self.place = self.contents(start + 1)
        text = inner[0].text if len(inner) == 1 else ""
        if len(inner) == 1 and inner[0].kind == "number" and inner[0].token is not None:
            return "^", inner[0].token
        if len(inner) == 1 and inner[0].kind == "letter" and text != "T":
            return "^", Token("name", text, inner[0].start, inner[0].end)
        shown = "".join(p.text for p in inner)
        hint = f"write ({name}(x))^{{...}}"
        if shown == "-1":
            hint = {"sin": r"write \arcsin", "cos": r"write \arccos", "tan": r"write \arctan"}.get(
                name, r"write \frac{1}{...}"
            )
        raise self.fail(f"this exponent of {name}", self.pieces[start], hint)

    def bracket(self, place: int) -> int | None:
        r"""Where the bracket stands that opens at `place`, behind \left or \big."""
        while self.pieces[place].kind == "macro" and self.pieces[place].text in words.SIZES:
            place += 1
        piece = self.pieces[place]
        sign = words.SIGNS.get(piece.text, "") if piece.kind == "macro" else piece.text
        return place if sign in words.PAIRS and piece.kind in ("sign", "macro") else None

    def call(self, at: int, raised: Sequence[Token | str]) -> None:
        """Open the brackets of a function's arguments."""
        piece = self.pieces[at]
        self.place = at + 1
        sign = words.SIGNS.get(piece.text, piece.text)
        self.write("(", piece)
        closing = (")", *raised)
        self.open(Group("call", piece, words.PAIRS[sign], len(self.out), closing))

    # -- sums

    def big(self, name: str, piece: Piece) -> None:
        r"""\sum_i, \sum_{i=1}^n, \prod_i, \max_i."""
        self.close_before(piece)
        scripts = {"_": list[Piece](), "^": list[Piece]()}
        while (sign := self.pieces[self.place].text) in scripts and not scripts[sign]:
            scripts[sign], self.place = self.contents(self.place + 1)
        key = f"\\sum{len(self.sums)}"
        self.sums[key] = self.ranges(name, scripts["_"], scripts["^"], piece)
        self.operand(piece)
        self.write_name(key, piece)
        self.write("(", piece)
        self.open(Group("body", piece, "", len(self.out), (")",)))

    def ranges(self, name: str, below: list[Piece], above: list[Piece], piece: Piece) -> Sum:
        """i, i=1, i,j or ij below; n above."""
        texts = [p.text for p in below]
        if "=" in texts:
            cut = texts.index("=")
            if texts[cut + 1 :] != ["1"]:
                raise self.fail(
                    f"{self.shown(piece)} that does not start at 1", below[cut], "sums are from 1"
                )
            below = below[:cut]
        indices = [p for p in below if p.text != ","]
        names = {p.text for p in indices if p.kind == "letter"}
        if not indices or len(names) < len(indices):
            where = below[0] if below else piece
            shown = self.shown(piece)
            raise self.fail(
                f"{shown} needs subscripts to run over",
                where,
                f"write {shown}_i or {shown}_{{i=1}}^n; of all entries: \\operatorname{{sum}}(x)",
            )
        if len(above) > 1 or (above and above[0].kind not in ("letter", "number", "name")):
            raise self.fail(
                f"{self.shown(piece)} up to more than a name or a number",
                above[0],
                "a sum runs over all entries of a vector: to n",
            )
        last = above[0].text if above else None
        return Sum(name, tuple(p.text for p in indices), last, piece)

    # -- scripts

    def scripts(self, piece: Piece) -> None:
        """What stands behind ^ or _; x^2_i is (x_i)^2, whichever is written first."""
        if not self.is_after_operand:
            raise self.fail(
                f"`{piece.text}` where a value is expected", piece, "a name is missing before it"
            )
        first = self.place - 1
        _, end = self.contents(self.place)
        following = self.pieces[end]
        if following.text == piece.text and following.kind == "sign":
            hint = "write x^{ab}, (x^a)^b or x_{ab}"
            raise self.fail(f"two `{piece.text}` in a row", following, hint)
        is_first = end not in self.jumps
        if piece.text == "^" and following.text == "_" and is_first:
            _, last = self.contents(end + 1)
            self.jumps[last] = first
            self.jumps[end] = last
            self.place = end + 1
            return self.below(following)
        return self.below(piece) if piece.text == "_" else self.above(piece)

    def above(self, piece: Piece) -> None:
        """A transpose, a pseudoinverse or a power."""
        inner, end = self.contents(self.place)
        texts = [p.text for p in inner]
        is_upright = bool(inner) and inner[-1].kind in ("word", "macro")
        turned = texts[-1:] in (["top"], ["intercal"], ["T"], ["'"], ["prime"]) and is_upright
        if texts == ["'"] or (turned and len(texts) == 1) or texts == ["*"] or texts == ["H"]:
            if texts[0] in ("*", "H"):
                raise self.fail("the conjugate transpose", piece, r"write x^\top: all is real")
            self.write("'", inner[0])
            self.place = end
        elif turned and texts[:-1] == ["-"]:
            self.write("^-T", inner[-1])
            self.place = end
        elif texts in (["+"], ["dagger"]):
            self.write("^", piece)
            self.write_name(INVERSE, inner[0])
            self.place = end
        elif len(texts) == 3 and (texts[0], texts[2]) == ("(", ")"):
            shown = texts[1][:20]
            raise self.fail(
                f"the exponent ({shown}) in brackets",
                inner[0],
                f"a label is a subscript, _{{{shown}}}; a power has no brackets",
            )
        elif inner and inner[0].text == "odot" and self.pieces[self.place].text == "{":
            self.place += 1
            self.raised(".^", piece, self.pieces[self.place - 1])
            self.place += 1
        else:
            self.raised("^", piece, None)

    def raised(self, sign: str, piece: Piece, brace: Piece | None) -> None:
        self.write(sign, piece)
        following = brace or self.pieces[self.place]
        if following.kind == "sign" and following.text == "-":
            # x^-1, which TeX sets otherwise and everybody reads so
            self.place += 1
            self.write("-", following)
            following = self.pieces[self.place]
        elif following.kind == "number" and len(following.text) > 1:
            raise self.fail(
                "only the first digit would be raised", following, f"write ^{{{following.text}}}"
            )
        self.write("(", following)
        if brace is not None:
            return self.open(Group("argument", brace, "}", len(self.out), (")",)))
        return self.argument((")",))

    def below(self, piece: Piece) -> None:
        """x_1, x_i, A_{ij}, W_{\\mathrm{ih}}: a name or a subscript."""
        inner, end = self.contents(self.place)
        base = self.out[-1]
        letters = [p.text for p in inner]
        are_letters = all(p.kind == "letter" for p in inner)
        is_pair = len(inner) == 2 and set(letters) <= words.SUBSCRIPTS
        spelled = are_letters and len(inner) > 1 and not is_pair
        named = any(p.kind in ("word", "bare", "name") for p in inner) or letters in (
            ["max"], ["min"], ["top"], ["*"],
        )  # fmt: skip
        if base.kind == "name" and (spelled or named) and inner:
            text = "".join(letters) if spelled else ""
            parts = [text] if spelled else [t for t in letters if t != ","]
            if len(parts) == 2 and parts[0].isdigit():
                whole = self.joined(base.text + parts[0], parts[1])
            else:
                whole = self.joined(base.text, "_".join(parts))
            if not all(part.replace("_", "").isalnum() for part in parts):
                raise self.fail("this subscript", piece, r"write x_1, x_i or x_{\mathrm{new}}")
            self.out[-1] = Token("name", whole, base.start, inner[-1].end)
            self.place = end
            return
        following = self.pieces[self.place]
        if following.kind == "number" and len(following.text) > 1:
            hint = f"write _{{{following.text}}}"
            raise self.fail("only the first digit would be lowered", following, hint)
        self.write("[", following)
        if following.text == "{" and following.kind == "sign":
            self.place += 1
            return self.open(Group("sub", following, "}", len(self.out), ("]",)))
        self.argument(("]",), "sub")
