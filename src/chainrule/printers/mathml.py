r"""Formulas in MathML, which browsers draw themselves and screen readers read aloud.

Made from the LaTeX that printers/latex.py writes, and from nothing else: its macros are few, so
every function has its form already. What stands in brackets is one group, products carry an
invisible sign, and functions are applied to what follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape

from ..expr.node import Expr
from ..parse.greek import LETTERS
from .latex import latex

SIGNS = {
    "-": "−", r"\odot": "⊙", r"\oslash": "⊘", r"\otimes": "⊗", r"\cdot": "·", r"\times": "×",
    r"\top": "⊤", r"\ge": "≥", r"\partial": "∂", r"\sum": "∑", "'": "′", r"\lVert": "‖",
    r"\rVert": "‖",
}  # fmt: skip
FUNCTIONS = frozenset(
    {"exp", "log", "ln", "det", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh",
     "tanh", "max", "min"}
)  # fmt: skip
SPACES = {r"\,": "0.17em", r"\;": "0.28em", r"\quad": "1em"}
BOLD = {"0": "𝟎", "1": "𝟏"}
ACCENTS = {r"\acute": "´", r"\ddot": "¨"}
TOKEN = re.compile(
    r"\\(?:begin|end)\{[a-z]+\}"
    r"|\\(?:mathrm|operatorname|text|mathbf)"
    r"\{((?:\\(?:acute|ddot)\{[^{}]*\}|\\[a-zA-Z]+ ?|\\.|[^{}\\])*)\}"
    r"|\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|\s|."
)
APPLY, TIMES = "<mo>&#x2061;</mo>", "<mo>&#x2062;</mo>"


@dataclass
class Frame:
    """A row, or the arguments of `tag`, of which `wanted` are needed."""

    tag: str = "mrow"
    items: list[str] = field(default_factory=list)
    wanted: int = 0
    is_quiet: bool = False  # within subscripts nothing is multiplied


def mathml(expr: Expr, is_block: bool = False) -> str:
    """`expr` as a MathML element."""
    return mathml_of(latex(expr), is_block)


def mathml_of(formula: str, is_block: bool = False) -> str:
    """LaTeX of this package's printer as a MathML element; the LaTeX stays as an annotation."""
    reader = _Reader()
    for found in TOKEN.finditer(formula):
        reader.read(found[0], found[1])
    (row,) = reader.frames
    display = ' display="block"' if is_block else ""
    source = f'<annotation encoding="application/x-tex">{escape(formula)}</annotation>'
    inside = f"<semantics>{_row(row.items)}{source}</semantics>"
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{display}>{inside}</math>'


class _Reader:
    def __init__(self) -> None:
        self.frames = [Frame()]
        self.space = ""  # before the next operand

    def read(self, token: str, word: str | None) -> None:
        top = self.frames[-1]
        if token.isspace():
            self.space = self.space or " "
        elif word is not None:
            self.word(token, word)
        elif token in SPACES:
            self.space = f'<mspace width="{SPACES[token]}"/>'
        elif token in ("{", "(", "["):
            self.open(token)
        elif token in ("}", ")", "]"):
            self.close(token)
        elif token in ("^", "_"):
            self.script(token, top)
        elif token in (r"\frac", r"\sqrt", *ACCENTS):
            wanted = 2 if token == r"\frac" else 1
            tag = {r"\frac": "mfrac", r"\sqrt": "msqrt"}.get(token, f"mover {ACCENTS.get(token)}")
            self.multiply(top)
            self.frames.append(Frame(tag, [], wanted, top.is_quiet))
        elif token in (r"\left", r"\right"):
            pass  # brackets grow where they hold something tall
        elif token in (r"\lVert", r"\rVert", "|"):
            self.bar(token, top)
        elif token.startswith(r"\begin"):
            self.multiply(top)
            self.frames += [Frame(token[7:-1]), Frame("cell")]
        elif token.startswith(r"\end"):
            self.end_matrix()
        elif token in ("&", r"\\"):
            self.cell(token)
        elif token[1:] in FUNCTIONS and token[0] == "\\":
            self.operand(f"<mi>{token[1:]}</mi>", is_function=True)
        elif token[1:] in LETTERS and token[0] == "\\":
            self.operand(f"<mi>{LETTERS[token[1:]]}</mi>")
        elif token[0].isdigit():
            self.operand(f"<mn>{token}</mn>")
        elif token.isalpha():
            self.operand(f"<mi>{token}</mi>")
        else:
            self.sign(token)

    # -- leaves

    def word(self, token: str, word: str) -> None:
        name = re.sub(r"\\([a-zA-Z]+) ?", lambda m: LETTERS.get(m[1], m[1]), word)
        name = escape(name.replace(r"\_", "_").replace("{", "").replace("}", ""))
        if token.startswith(r"\text"):
            self.space = ""
            self.add(f"<mtext>{word.replace(' ', '&#xA0;')}</mtext>")
        elif token.startswith(r"\mathbf"):
            self.operand(f"<mn>{BOLD.get(name, name)}</mn>")
        elif token.startswith(r"\operatorname"):
            self.operand(f"<mi>{name}</mi>", is_function=True)
        elif len(name) == 1:
            self.operand(f'<mi mathvariant="normal">{name}</mi>')
        else:
            self.operand(f"<mi>{name}</mi>")

    def sign(self, token: str) -> None:
        self.space = ""
        shown = escape(SIGNS.get(token, token))
        is_first = not self.frames[-1].items
        if token == r"\partial":
            self.add(f"<mi>{shown}</mi>")
        elif token == "-" and is_first:
            self.add(f'<mo form="prefix">{shown}</mo>')
        else:
            self.add(f"<mo>{shown}</mo>")

    def operand(self, element: str, is_function: bool = False) -> None:
        self.multiply(self.frames[-1], is_function)
        self.add(element)
        if is_function and not self.frames[-1].wanted:
            self.add(APPLY)

    def multiply(self, top: Frame, is_function: bool = False) -> None:
        """The invisible sign between factors that stand side by side."""
        space, self.space = self.space, ""
        if top.wanted or top.is_quiet or not top.items:
            return
        last = top.items[-1]
        if last == APPLY and is_function:
            self.add('<mspace width="0.17em"/>')  # log det
        elif not last.startswith(("<mo>", "<mo ")) and not last.endswith(
            ("</mtext>", "∂</mi>", ">d</mi>")
        ):
            self.add(TIMES + (space if space.startswith("<mspace") else ""))

    # -- groups

    def open(self, token: str) -> None:
        top = self.frames[-1]
        if token != "{":
            is_argument = not self.space and bool(top.items) and _is_name(top.items[-1])
            if is_argument:
                self.add(APPLY)
            else:
                self.multiply(top)
        self.space = ""
        self.frames.append(Frame("group" if token == "{" else token, [], 0, _is_quiet(top)))

    def close(self, token: str) -> None:
        self.space = ""
        frame = self.frames.pop()
        if token == "}":
            self.add(_row(frame.items))
        else:
            inner = "".join(frame.items)
            self.add(f"<mrow><mo>{frame.tag}</mo>{inner}<mo>{token}</mo></mrow>")

    def bar(self, token: str, top: Frame) -> None:
        sign = SIGNS.get(token, token)
        if top.tag == sign:
            self.space = ""
            frame = self.frames.pop()
            fence = f'<mo fence="true" form="{{}}">{sign}</mo>'
            inner = "".join(frame.items)
            self.add(f"<mrow>{fence.format('prefix')}{inner}{fence.format('postfix')}</mrow>")
        else:
            self.multiply(top)
            self.frames.append(Frame(sign, [], 0, top.is_quiet))

    def script(self, token: str, top: Frame) -> None:
        self.space = ""
        base = top.items.pop() if top.items else "<mrow></mrow>"
        if base == APPLY:
            base = top.items.pop()
        tag = "msup" if token == "^" else "munder" if base == "<mo>∑</mo>" else "msub"
        self.frames.append(Frame(tag, [base], 2, tag != "msup" or top.is_quiet))

    def cell(self, token: str) -> None:
        frame = self.frames.pop()
        self.frames[-1].items.append(f"<mtd>{_row(frame.items)}</mtd>")
        if token == r"\\":
            self.frames[-1].items.append("")
        self.space = ""
        self.frames.append(Frame("cell"))

    def end_matrix(self) -> None:
        self.cell("&")
        self.frames.pop()
        frame = self.frames.pop()
        rows, cells = [], ""
        for item in [*frame.items, ""]:
            if item:
                cells += item
            else:
                rows.append(f"<mtr>{cells}</mtr>")
                cells = ""
        table = f"<mtable>{''.join(rows)}</mtable>"
        ends = ("<mo>{</mo>", "") if frame.tag == "cases" else ("<mo>[</mo>", "<mo>]</mo>")
        self.add(f"<mrow>{ends[0]}{table}{ends[1]}</mrow>")

    def add(self, element: str) -> None:
        """Put an element into the row, or complete what waits for it."""
        frame = self.frames[-1]
        frame.items.append(element)
        while frame.wanted and len(frame.items) == frame.wanted:
            self.frames.pop()
            element = _built(frame)
            frame = self.frames[-1]
            frame.items.append(element)


def _built(frame: Frame) -> str:
    tag, items = frame.tag, frame.items
    if tag.startswith("mover"):
        return f"<mover>{items[0]}<mo>{tag[6:]}</mo></mover>"
    if tag == "msup" and items[0].startswith("<msub>"):
        return f"<msubsup>{items[0][6:-7]}{items[1]}</msubsup>"
    return f"<{tag}>{''.join(items)}</{tag}>"


def _row(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"<mrow>{''.join(items)}</mrow>"


def _is_quiet(frame: Frame) -> bool:
    return frame.is_quiet or frame.tag in ("msub", "munder")


def _is_name(element: str) -> bool:
    """Whether a bracket right behind it holds an argument: g(x), but not 2(x) or (a)(b)."""
    return element.startswith(("<mi", "<msub><mi", "<msup><mi"))
