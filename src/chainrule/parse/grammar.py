"""Tokens into a tree with places, by operator precedence and an explicit stack.

From tight to loose: postfix ' and subscripts, ^ and .^, unary minus, then * / .* ./ from
left to right, + and -, comparisons. -x^2 is -(x^2); 2^3^2 is refused. The tree knows
nothing of shapes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ..errors import ProblemError
from ..ops import NAMES
from .scan import Token, scan

DEPTH_LIMIT = 500


@dataclass(frozen=True, eq=False)
class Tree:
    """kind: number, name, call, string, unary, binary, transpose, index, vector, compare.

    `value` is the Fraction, the name, the operator, the subscripts (None, a tree or the two
    ends of a range), or for [a, b; c, d] how many entries each row has.
    """

    kind: str
    args: tuple[Tree, ...]
    value: object
    start: int
    end: int


@dataclass(frozen=True)
class Program:
    """Definitions in order, then the output; shapes and axes that the text itself tells."""

    definitions: tuple[tuple[str, Tree, Token], ...]
    output: Tree
    shapes: Mapping[str, Sequence[int | str]] = field(default_factory=dict)
    axes: Mapping[str, int] = field(default_factory=dict)


BESIDE = " "  # the product of factors side by side, which LaTeX has
BINARY = {
    "+": 20, "-": 20, "*": 30, "/": 30, ".*": 30, "./": 30, "kron": 30,
    BESIDE: 35, "^": 50, ".^": 50,
}  # fmt: skip
RANGE = 5
COMPARE = ("<", ">", "<=", ">=", "==", "!=")
COMPARING = 10
UNARY = 40
OPENERS = {"(": ")", "[": "]", "||": "||"}


def read(text: str) -> Program:
    """The program `text` says. Raises ProblemError of kind syntax or limit."""
    return read_tokens(scan(text), text)


def read_tokens(tokens: list[Token], text: str) -> Program:
    """The program of tokens with their places in `text`."""
    return _Reader(tokens, text).program()


@dataclass
class _Pending:
    """An operator or bracket waiting for its right side."""

    kind: str  # "binary", "unary", "call", "subscript" or the sign that opens
    token: Token
    power: int
    left: Tree | None = None
    items: list[Tree | None] | None = None
    rows: list[int] = field(default_factory=list)  # of [a, b; c, d]: where each row ended


class _Reader:
    def __init__(self, tokens: list[Token], text: str) -> None:
        self.tokens = tokens
        self.text = text
        self.place = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def program(self) -> Program:
        definitions: list[tuple[str, Tree, Token]] = []
        output: Tree | None = None
        while True:
            while self.token.text == ";" and self.token.kind == "operator":
                self.place += 1
            if self.token.kind == "end":
                break
            if output is not None:
                raise ProblemError(
                    "syntax",
                    "an expression whose value is not used",
                    output.start,
                    output.end,
                    "name it (u = ...) or put it last",
                )
            token = self.token
            if token.kind == "name" and self.tokens[self.place + 1].text == "=":
                self.place += 2
                definitions.append((token.text, self.expression(), token))
            else:
                output = self.expression()
        if output is None and definitions:
            _, output, _ = definitions.pop()
        if output is None:
            raise ProblemError(
                "syntax", "there is no expression", 0, min(1, len(self.text)), "type, say, x'*A*x"
            )
        return Program(tuple(definitions), output)

    def fail(self, message: str, token: Token, hint: str | None = None) -> ProblemError:
        return ProblemError("syntax", message, token.start, token.end, hint)

    def shown(self, token: Token) -> str:
        """The token as it was typed."""
        return self.text[token.start : token.end]

    # -- one expression: shunting operands and pending operators

    def expression(self) -> Tree:
        self.stack: list[_Pending] = []
        tree: Tree | None = None  # the operand just read, None where one is expected
        while True:
            token = self.token
            if tree is None:
                tree = self.operand(token)
                continue
            if token.kind == "end" or (token.text == ";" and token.kind == "operator"):
                tree = self.reduce(tree, 0)
                if self.stack and self.stack[-1].kind == "[" and token.kind != "end":
                    tree = self.close(tree, token)
                    continue
                if self.stack:
                    raise self.unclosed()
                return tree
            tree = self.operator(tree, token)

    def push(self, pending: _Pending) -> None:
        if len(self.stack) >= DEPTH_LIMIT:
            raise ProblemError(
                "limit",
                f"nested more than {DEPTH_LIMIT} deep",
                pending.token.start,
                pending.token.end,
                "give parts a name: u = ...; f(u)",
            )
        self.stack.append(pending)

    def unclosed(self) -> ProblemError:
        kind, token = next(
            (p.kind, p.token) for p in reversed(self.stack) if p.kind not in ("binary", "unary")
        )
        closer = {"call": ")", "subscript": "]"}.get(kind) or OPENERS[kind]
        return self.fail(f"`{self.shown(token)}` is not closed", token, f"add a `{closer}`")

    def operand(self, token: Token) -> Tree | None:
        """Read what can start an operand; None while only brackets and signs came."""
        self.place += 1
        if token.kind == "number":
            return Tree("number", (), token.value, token.start, token.end)
        if token.kind == "string":
            return Tree("string", (), token.text, token.start, token.end)
        if token.kind == "name":
            primes = self.primes()
            if primes is not None:
                self.place += primes + 1
                name = Token("name", token.text + "'" * primes, token.start, token.end)
                self.push(_Pending("call", name, 0, items=[]))
                return self.maybe_empty(")")
            return Tree("name", (), token.text, token.start, token.end)
        if token.text in ("+", "-"):
            self.push(_Pending("unary", token, UNARY))
            return None
        if token.text in OPENERS:
            self.push(_Pending(token.text, token, 0, items=[]))
            return self.maybe_empty("]") if token.text == "[" else None
        if token.text == ":" and self.stack and self.stack[-1].kind == "subscript":
            return Tree("colon", (), None, token.start, token.end)
        if token.kind == "end":
            raise self.fail(
                "the expression ends where a value is expected",
                token,
                "something is missing at the end",
            )
        before = self.shown(self.tokens[self.place - 2]) if self.place > 1 else ""
        where = f" after `{before}`" if before else ""
        raise self.fail(
            f"`{self.shown(token)}`{where} where a value is expected",
            token,
            "a name, a number or a bracket is missing before it",
        )

    def primes(self) -> int | None:
        """How many ' stand before the `(` that makes a name a function: 1 in g'(x)."""
        count = 0
        while self.tokens[self.place + count].text == "'":
            count += 1
        token = self.tokens[self.place + count]
        return count if token.text == "(" and token.kind == "operator" else None

    def maybe_empty(self, closer: str) -> Tree | None:
        if self.token.text == closer and self.token.kind == "operator":
            token = self.token
            self.place += 1
            pending = self.stack.pop()
            return self.closed(pending, token)
        return None

    def operator(self, tree: Tree, token: Token) -> Tree | None:
        """Read what can follow an operand; the operand, or None after a binary operator."""
        text = token.text
        if token.kind != "operator":
            raise self.missing_operator(tree, token)
        if text in ("'", "^sup", "^-T"):
            self.place += 1
            if text != "'":
                self.refuse_tower(token)
            # X^2' is (X^2)': powers and transposes apply from left to right.
            return self.postfix(self.reduce(tree, BINARY["^"]), token)
        if text == "[":
            self.place += 1
            self.push(_Pending("subscript", token, 0, left=tree, items=[]))
            return None
        if text == "(":
            raise self.missing_operator(tree, token)
        if text in BINARY:
            self.place += 1
            self.binary(tree, token)
            return None
        if text == ":" and self.innermost() == "subscript":
            self.place += 1
            tree = self.reduce(tree, RANGE)
            if tree.value == ":":
                raise self.fail("a range has two ends", token, "write x[first:last]")
            self.push(_Pending("binary", token, RANGE, left=tree))
            return None
        if text in COMPARE:
            self.place += 1
            tree = self.reduce(tree, COMPARING + 1)
            if self.stack and self.stack[-1].power == COMPARING:
                raise self.fail("comparisons do not chain", token, "write two, with where(...)")
            self.push(_Pending("binary", token, COMPARING, left=tree))
            return None
        if text == "=":
            raise self.fail(
                "`=` defines a name at the start of a statement", token, "to compare, write =="
            )
        return self.close(self.reduce(tree, 0), token)

    def innermost(self) -> str:
        """The kind of the bracket that is open."""
        kinds = (p.kind for p in reversed(self.stack) if p.kind not in ("binary", "unary"))
        return next(kinds, "")

    def postfix(self, tree: Tree, token: Token) -> Tree:
        """x', X², X⁻¹ or X⁻ᵀ."""
        if token.text == "'":
            return Tree("transpose", (tree,), None, tree.start, token.end)
        value = token.value if token.value is not None else Fraction(-1)
        exponent = Tree("number", (), abs(value), token.start, token.end)
        if value < 0:
            exponent = Tree("unary", (exponent,), "-", token.start, token.end)
        power = Tree("binary", (tree, exponent), "^", tree.start, token.end)
        if token.text == "^-T":
            return Tree("transpose", (power,), None, tree.start, token.end)
        return power

    def binary(self, tree: Tree, token: Token) -> None:
        power = BINARY[token.text]
        if power == BINARY["^"]:
            self.refuse_tower(token)
            following = self.token
            if following.text == "T" and following.kind == "name":
                raise self.fail("`^T`: T is read as a name", following, "the transpose is x'")
            self.push(_Pending("binary", token, power, left=tree))
            if following.text in ("-", "+") and following.kind == "operator":
                # A sign in an exponent binds there: 2^-1.
                self.place += 1
                self.push(_Pending("unary", following, power + 1))
            return
        tree = self.reduce(tree, power)
        self.push(_Pending("binary", token, power, left=tree))

    def refuse_tower(self, token: Token) -> None:
        """a^b^c: some read it from the left, some from the right."""
        if self.stack and self.stack[-1].power >= BINARY["^"]:
            raise self.fail(
                "a power of a power needs parentheses", token, "write (a^b)^c or a^(b^c)"
            )

    def reduce(self, tree: Tree, power: int) -> Tree:
        """Finish every waiting operator that binds at least as tightly as `power`."""
        while self.stack and self.stack[-1].kind in ("binary", "unary"):
            pending = self.stack[-1]
            if pending.power < max(power, 1):
                break
            self.stack.pop()
            if pending.kind == "unary":
                if pending.token.text == "-":
                    tree = Tree("unary", (tree,), "-", pending.token.start, tree.end)
                continue
            assert pending.left is not None
            sign = "*" if pending.token.text == BESIDE else pending.token.text
            kind = "compare" if sign in COMPARE else "binary"
            tree = Tree(kind, (pending.left, tree), sign, pending.left.start, tree.end)
        return tree

    def close(self, tree: Tree, token: Token) -> Tree | None:
        """A comma or a closing bracket."""
        if not self.stack:
            what = "outside of brackets" if token.text == "," else "closes nothing"
            hint = "a vector is written [x, y]" if token.text == "," else "take it away"
            raise self.fail(f"`{self.shown(token)}` {what}", token, hint)
        pending = self.stack[-1]
        assert pending.items is not None
        is_row_end = token.text == ";" and pending.kind == "["
        if is_row_end or (token.text == "," and pending.kind in ("call", "[", "subscript")):
            self.place += 1
            pending.items.append(tree)
            if is_row_end:
                pending.rows.append(len(pending.items))
            return None
        closer = {"call": ")", "subscript": "]"}.get(pending.kind) or OPENERS[pending.kind]
        if token.text != closer:
            raise ProblemError(
                "syntax",
                f"`{self.shown(token)}` where `{closer}` is expected",
                token.start,
                token.end,
                f"`{self.shown(pending.token)}` is still open",
                (pending.token.start, pending.token.end),
            )
        self.place += 1
        self.stack.pop()
        pending.items.append(tree)
        return self.closed(pending, token)

    def closed(self, pending: _Pending, token: Token) -> Tree:
        items = tuple(item for item in pending.items or [] if item is not None)
        start, end = pending.token.start, token.end
        match pending.kind:
            case "(":
                inner = items[0]
                return Tree(inner.kind, inner.args, inner.value, start, end)
            case "||":
                if self.token.text == "||sub" or self.token.text == "_2":
                    self.place += 1
                return Tree("call", items, "norm2", start, end)
            case "[":
                if not items:
                    raise ProblemError("syntax", "an empty vector", start, end, "write [1, 2]")
                ends = [*pending.rows, len(items)]
                rows = tuple(b - a for a, b in zip([0, *ends], ends, strict=False))
                if len(set(rows)) > 1:
                    found = " and ".join(map(str, rows))
                    raise ProblemError(
                        "syntax", f"rows of {found} entries", start, end, "`;` starts a new row"
                    )
                return Tree("vector", items, rows, start, end)
            case "call":
                return Tree("call", items, pending.token.text, start, end)
        assert pending.left is not None
        return self.subscript(pending.left, items, end)

    def subscript(self, tree: Tree, items: tuple[Tree, ...], end: int) -> Tree:
        places: list[Tree | tuple[Tree, Tree] | None] = []
        for item in items:
            if item.kind == "binary" and item.value == ":":
                places.append((item.args[0], item.args[1]))
            else:
                places.append(None if item.kind == "colon" else item)
        return Tree("index", (tree,), tuple(places), tree.start, end)

    def missing_operator(self, tree: Tree, token: Token) -> ProblemError:
        left = self.text[tree.start : tree.end]
        right = self.text[token.start : token.end]
        left = left if len(left) <= 20 else "…" + left[-20:]
        right += "…)" if token.text == "(" else ""
        hint = f"write {left}*{right}"
        if tree.kind == "name" and tree.value in NAMES:
            hint = f"write {left}({right})"
        elif token.text == "(" and self.stack and self.stack[-1].token.text in ("^", ".^"):
            hint = f"write {left}*{right}; sin(x)^2 for sin^2(x)"
        elif self.stack and self.stack[-1].kind == "[":
            hint = f"write {left}, {right} or {left}*{right}"
        message = f"there is no operator between `{left}` and `{right}`"
        return ProblemError("syntax", message, tree.start, token.end, hint)
