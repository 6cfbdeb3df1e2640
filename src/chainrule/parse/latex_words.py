"""The macros the LaTeX reader knows, and what it says about some that it does not."""

from __future__ import annotations

import difflib

from ..op import NAMES
from .greek import LETTERS

SIGNS = {
    "cdot": "*", "times": "*", "ast": "*", "odot": ".*", "circ": ".*", "oslash": "./",
    "otimes": "kron", "div": "/", "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=",
    "geq": ">=", "geqslant": ">=", "lt": "<", "gt": ">", "ne": "!=", "neq": "!=",
    "prime": "'", "colon": ":", "{": "\\{", "}": "\\}", "lbrace": "\\{", "rbrace": "\\}",
    "lbrack": "[", "rbrack": "]", "vert": "|", "lvert": "|", "rvert": "|",
    "|": "||", "Vert": "||", "lVert": "||", "rVert": "||",
}  # fmt: skip
OPENING = {"lvert", "lVert", "left", "bigl", "Bigl", "biggl", "Biggl"}
CLOSING = {"rvert", "rVert", "right", "bigr", "Bigr", "biggr", "Biggr"}
SIZES = frozenset(
    {"left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl",
     "biggr", "Biggl", "Biggr"}
)  # fmt: skip
PAIRS = {"(": ")", "[": "]", "\\{": "\\}"}
BOLD = frozenset({"mathbf", "boldsymbol", "bm", "pmb", "symbf", "vec"})
FONTS = {
    **dict.fromkeys(BOLD, "bold"), "mathcal": "calligraphic", "mathscr": "calligraphic",
    "mathfrak": "fraktur", "mathbb": "blackboard", "mathit": "",
}  # fmt: skip
ACCENTS = {
    "hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar",
    "overline": "bar", "dot": "dot", "ddot": "ddot", "check": "check",
}  # fmt: skip
FRACTIONS = frozenset({"frac", "tfrac", "dfrac", "cfrac"})
# Functions that LaTeX has a macro for.
MACROS = frozenset(
    {"exp", "log", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos",
     "arctan", "max", "min", "det"}
)  # fmt: skip
STRUCTURES = frozenset({"sqrt", "sum", "prod", "begin", "end", "\\"})
MATRICES = frozenset({"bmatrix", "pmatrix", "matrix", "Bmatrix", "smallmatrix"})
# Letters that name a function where a bracket follows and nothing else is declared.
CALLED = frozenset("fghφψ")
SUBSCRIPTS = frozenset("ijklmnpqrst")  # two of them are two subscripts: A_{ij}
BESIDES = {
    "Tr": "tr", "Trace": "tr", "ReLU": "relu", "sgn": "sign", "Det": "det", "Diag": "diag",
    "lse": "logsumexp", "LSE": "logsumexp", "logistic": "sigmoid",
}  # fmt: skip
OTHERWISE = frozenset({"otherwise", "else"})
CONDITION = frozenset({"if", "for", "when"})

ALONE = "type the expression alone: its derivative is what you get"
REFUSED = {
    "partial": ALONE, "nabla": ALONE, "mathrm d": ALONE,
    "int": "there are no integrals here", "lim": "there are no limits here",
    "infty": "there is no infinity", "dots": "write sums with vectors: \\sum_i x_i",
    "ldots": "write sums with vectors: \\sum_i x_i", "cdots": "write sums with vectors",
    "in": "shapes are declared beside the expression", "langle": "the inner product is x^\\top y",
    "rangle": "the inner product is x^\\top y", "pm": "write two expressions",
    "oplus": "write + or a block matrix", "bigoplus": "write a block matrix",
    "binom": "there are no binomial coefficients", "top": "it belongs into an exponent: x^\\top",
    "intercal": "it belongs into an exponent: x^\\top", "mid": "|x| is \\lvert x \\rvert",
    "middle": "|x| is \\lvert x \\rvert", "arg": "\\operatorname{argmax}(x)",
    "iint": "there are no integrals here", "lfloor": "there is no rounding",
    "lceil": "there is no rounding", "def": "macros cannot be defined",
    "newcommand": "macros cannot be defined", "let": "macros cannot be defined",
    "input": "no files are read", "include": "no files are read", "label": "leave it out",
    "tag": "leave it out", "mathbb": "write the letter alone", "underbrace": "leave it out",
    "overbrace": "leave it out", "backslash": "write A^{-1} b",
}  # fmt: skip


def function_name(word: str) -> str | None:
    """The function of the text syntax that a word stands for."""
    for name in (word, BESIDES.get(word, ""), word.lower()):
        if len(name) > 1 and name in NAMES:
            return name
    return None


def is_known(macro: str) -> bool:
    """Whether a macro is read somewhere."""
    tables = (SIGNS, SIZES, FONTS, ACCENTS, FRACTIONS, LETTERS, STRUCTURES)
    return any(macro in table for table in tables) or function_name(macro) is not None


def hint_for(macro: str) -> str:
    """What to write instead of a macro that is not known."""
    if macro in REFUSED:
        return REFUSED[macro]
    if len(macro) == 1:
        return f"A\\{macro} is written inv(A)*{macro}"
    known = [*SIGNS, *FONTS, *ACCENTS, *FRACTIONS, *LETTERS, *NAMES, "sqrt", "sum", "begin"]
    close = difflib.get_close_matches(macro[:40], [k for k in known if k.isalpha()], n=1)
    if close:
        return f"did you mean \\{close[0]}?"
    return f"a function is written \\operatorname{{{macro[:20]}}}(x), a name \\mathrm{{...}}"
