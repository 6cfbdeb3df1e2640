"""Matrix notation as lines of NumPy, each shared part computed once.

A vector is a 1-D array whether it stands as a column or a row. Names in the output are
minted or checked, numbers are written by type, and nothing of the user's text is copied,
so no input can become code.
"""

from __future__ import annotations

import keyword
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..expr.node import Expr, Kind
from ..intern import postorder
from ..op import find
from ..shapes import Dim

NESTING = 8  # deeper expressions are cut into lines of their own
RESERVED = frozenset(keyword.kwlist) | frozenset(keyword.softkwlist) | {
    "np", "math", "variables", "derivative", "result", "float", "print", "None",
}  # fmt: skip


@dataclass(frozen=True)
class Code:
    """A piece of source. `binds` says how tightly: 3 an atom, 2 a product, 1 a sum."""

    text: str
    binds: int = 3
    depth: int = 0

    def at_least(self, level: int) -> str:
        return self.text if self.binds >= level else f"({self.text})"


class Emitter:
    """Turns one expression into statements and a final expression."""

    def __init__(self, variables: Mapping[str, Expr]) -> None:
        self.variables = variables
        self.names = _local_names(variables)
        self.lines: list[str] = []
        self.sizes: dict[str, str] = {}
        self.temporaries = 0

    def emit(self, expr: Expr) -> str:
        """The source of the value; statements it rests on are in `lines`."""
        order = postorder([expr])
        uses = Counter(arg for node in order for arg in node.args)
        done: dict[Expr, Code] = {}
        for node in order:
            code = self.node(node, done)
            if code.depth > NESTING or (uses[node] > 1 and code.depth > 0):
                code = self.named(code)
            done[node] = code
        return done[expr].text

    def named(self, code: Code) -> Code:
        self.temporaries += 1
        name = f"t{self.temporaries}"
        self.lines.append(f"{name} = {code.text}")
        return Code(name)

    # -- nodes

    def node(self, node: Expr, done: Mapping[Expr, Code]) -> Code:
        args = [done[arg] for arg in node.args]
        depth = 1 + max((arg.depth for arg in args), default=0)
        match node.kind:
            case Kind.VARIABLE:
                return Code(self.names[node.data[0]])
            case Kind.NUMBER:
                return number(node.data[0])
            case Kind.SIZE:
                return Code(self.size(node.data[0]), 1)
            case Kind.ADD:
                return Code(self.total(node, args), 1, depth)
            case Kind.NEGATE:
                return Code("-" + args[0].at_least(2), 1, depth)
            case Kind.HADAMARD:
                return Code(" * ".join(arg.at_least(3) for arg in args), 2, depth)
            case Kind.DIVIDE:
                return Code(f"{args[0].at_least(2)} / {args[1].at_least(3)}", 2, depth)
            case Kind.POWER:
                return self.power(node, args, depth)
            case Kind.TRANSPOSE:
                return Code(args[0].at_least(3) + ".T", 3, depth) if node.is_matrix else args[0]
            case Kind.INDEX:
                places = [":" if p is None else str(p - 1) for p in node.data[0]]
                return Code(f"{args[0].at_least(3)}[{', '.join(places)}]", 3, depth)
            case Kind.VECTOR:
                return Code(f"np.array([{', '.join(arg.text for arg in args)}])", 3, depth)
            case Kind.MULTIPLY:
                return self.product(node, args, depth)
            case Kind.APPLY:
                return self.apply(node, args, depth)
        raise AssertionError(f"{node.kind} is no part of a formula")

    @staticmethod
    def total(node: Expr, args: Sequence[Code]) -> str:
        parts = [args[0].at_least(1)]
        for term, code in zip(node.args[1:], args[1:], strict=True):
            if term.kind is Kind.NEGATE and code.text.startswith("-"):
                parts.append("- " + code.text[1:])
            else:
                parts.append("+ " + code.at_least(2))
        return " ".join(parts)

    @staticmethod
    def power(node: Expr, args: Sequence[Code], depth: int) -> Code:
        exponent = node.args[1]
        if exponent.kind is Kind.NUMBER and exponent.data[0] == Fraction(1, 2):
            return Code(f"np.sqrt({args[0].text})", 3, depth)
        return Code(f"{args[0].at_least(3)} ** {args[1].at_least(3)}", 2, depth)

    def size(self, dim: Dim) -> str:
        """A size as arithmetic on the shapes of the arguments."""
        for name in dim.names:
            if name not in self.sizes:
                self.sizes[name] = self.shape_entry(name)
        if dim.integer is not None:
            return str(dim.integer)
        return str(dim.rename({name: Dim.of(size_name(name)) for name in dim.names}))

    def shape_entry(self, name: str) -> str:
        for variable, node in self.variables.items():
            for axis, dim in enumerate(node.shape):
                if dim.name == name:
                    return f"{self.names[variable]}.shape[{axis}]"
        return f"variables[{name!r}]"  # no argument has this size: the caller gives it

    def apply(self, node: Expr, args: Sequence[Code], depth: int) -> Code:
        name, parameter, sizes = node.data
        op = find(name)
        if name == "einsum":
            listed = ", ".join(arg.text for arg in args)
            return Code(f'np.einsum("{parameter}", {listed})', 3, depth)
        form = op.forms.get("numpy")
        given = {letter: self.size(dim) for letter, dim in zip(op.sizes, sizes, strict=True)}
        if callable(form):
            form = form(node)
        if form is None:
            return Code(f"np.{name}({', '.join(arg.text for arg in args)})", 3, depth)
        wrap = any("{0}" + c in form or "{1}" + c in form for c in ". [")
        texts = [arg.at_least(3) if wrap else arg.text for arg in args]
        return Code(form.format(*texts, parameter=parameter, **given), 3, depth)

    # -- products

    def product(self, node: Expr, args: Sequence[Code], depth: int) -> Code:
        """Scalars in front; vectors are multiplied before matrices; diag never built."""
        scalars: list[str] = []
        group: list[tuple[Expr, Code]] = []
        for factor, code in zip(node.args, args, strict=True):
            if factor.is_scalar:
                scalars.append(code.at_least(3))
                continue
            group.append((factor, code))
            if factor.is_vector and not factor.is_row and group[0][0].is_row:
                scalars.append(self.chain(group, depth).at_least(3))
                group = []
        factors = scalars
        if group:
            value = self.chain(group, depth)
            if not scalars:
                return value
            factors = [*scalars, value.at_least(3)]
        return Code(" * ".join(factors), 2, depth)

    def chain(self, group: list[tuple[Expr, Code]], depth: int) -> Code:
        place = next(
            (k for k, (f, _) in enumerate(group) if k and f.is_row), None
        )  # a column before a row: an outer product
        if place is not None:
            left, right = self.chain(group[:place], depth), self.chain(group[place:], depth)
            return Code(f"np.outer({left.text}, {right.text})", 3, depth)
        if len(group) == 1:
            return group[0][1]
        from_right = group[-1][0].is_vector and not group[-1][0].is_row
        if from_right and not group[0][0].is_row:
            factor, code = group[-1]
            for other, own in reversed(group[:-1]):
                code = self.times(other, own, factor, code, depth)
            return code
        factor, code = group[0]
        for other, own in group[1:]:
            code = self.times(factor, code, other, own, depth)
            factor = other if factor.is_matrix and not _diagonal(factor) else factor
        return code

    def times(self, a: Expr, left: Code, b: Expr, right: Code, depth: int) -> Code:
        """One product of two factors; diagonal ones scale rows or columns."""
        if _diagonal(a) and left.text.startswith("np.diag("):
            inner = left.text[len("np.diag(") : -1]
            if b.is_vector:
                return Code(f"{_atom(inner)} * {right.at_least(3)}", 2, depth)
            return Code(f"{_atom(inner)}[:, None] * {right.at_least(3)}", 2, depth)
        if _diagonal(b) and right.text.startswith("np.diag("):
            inner = right.text[len("np.diag(") : -1]
            return Code(f"{left.at_least(3)} * {_atom(inner)}", 2, depth)
        return Code(f"{left.at_least(3)} @ {right.at_least(3)}", 2, depth)


def _diagonal(expr: Expr) -> bool:
    return expr.kind is Kind.APPLY and expr.data[0] == "diag" and expr.args[0].is_vector


def _atom(text: str) -> str:
    return text if text.isidentifier() else f"({text})"


def number(value: Fraction) -> Code:
    if value.denominator == 1:
        return Code(str(value.numerator))
    if Fraction(repr(float(value))) == value:
        return Code(repr(float(value)))
    return Code(f"{value.numerator} / {value.denominator}", 2)


def _local_names(variables: Mapping[str, Expr]) -> dict[str, str]:
    """A local identifier for each variable: its own name where that is harmless."""
    names: dict[str, str] = {}
    for place, name in enumerate(variables, 1):
        plain = name.isascii() and name.isidentifier() and not name.startswith("_")
        taken = name in RESERVED or (name[0] in "tv" and name[1:].isdigit())
        names[name] = name if plain and not taken else f"v{place}"
    return names


def size_name(name: str) -> str:
    return f"size_{name}" if name.isascii() else "size_" + "_".join(str(ord(c)) for c in name)
