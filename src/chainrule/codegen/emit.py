"""Matrix notation as lines of NumPy, each shared part computed once.

A vector is a 1-D array whether it stands as a column or a row. Long formulas are cut into
lines, however deep or wide they are. Names are checked or our own, numbers are written by
type, and nothing of the user's text is copied, so no input can become code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import reduce

from ..errors import ProblemError
from ..expr.build import extents
from ..expr.node import Expr, Kind, Place
from ..intern import postorder
from ..op import Op, find
from ..shapes import Dim
from .code import ATOM, POWER, PRODUCT, SUM, Code, as_float, number, product, quotient
from .names import Names
from .products import Factor, multiplied

WIDTH = 60  # a part that is longer gets a line of its own
SUBSCRIPTS = re.compile(r"[A-Za-z,]*->[A-Za-z]*")

Done = Mapping[Expr, Code]


class Emitter:
    """Turns one expression into statements and a final expression."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.lines: list[str] = []

    def emit(self, expr: Expr) -> str:
        """The source of the value; the statements it rests on are in `lines`."""
        order = postorder([expr])
        uses = _uses(order)
        done: dict[Expr, Code] = {}
        for node in order:
            code = self._node(node, done)
            if node is not expr:
                is_shared = uses[node] > 1 and not _is_free(node)
                code = self._named(code) if is_shared else self._line(code)
            done[node] = code
        return done[expr].text

    def _named(self, code: Code) -> Code:
        name = f"t{len(self.lines) + 1}"
        self.lines.append(f"{name} = {code.text}")
        return Code(name)

    def _line(self, code: Code) -> Code:
        return self._named(code) if len(code.text) > WIDTH else code

    def _node(self, node: Expr, done: Done) -> Code:
        args = [done[arg] for arg in node.args]
        match node.kind:
            case Kind.VARIABLE:
                return Code(self.names.locals[node.data[0]])
            case Kind.NUMBER:
                return number(node.data[0])
            case Kind.SIZE:
                return self.names.size(node.data[0])
            case Kind.ADD:
                return self._sum(node, args)
            case Kind.NEGATE:
                return Code("-" + args[0].at_least(PRODUCT), SUM)
            case Kind.MULTIPLY:
                return multiplied([_factor(arg, done) for arg in node.args], self._line)
            case Kind.HADAMARD:
                return reduce(lambda left, right: product(self._line(left), right), args)
            case Kind.DIVIDE:
                return self._quotient(node, done)
            case Kind.POWER:
                return _power(node, *args)
            case Kind.TRANSPOSE:
                return Code(args[0].at_least(ATOM) + ".T") if node.is_matrix else args[0]
            case Kind.INDEX:
                places = [self._place(place) for place in node.data[0]]
                return Code(f"{args[0].at_least(ATOM)}[{', '.join(places)}]")
            case Kind.VECTOR:
                return Code(f"np.array([{', '.join(arg.text for arg in args)}], dtype=float)")
            case Kind.STACK:
                return self._stack(node, args)
            case Kind.APPLY:
                return self._apply(node, done)
        raise AssertionError(f"{node.kind} is no part of a formula")

    def _quotient(self, node: Expr, done: Done) -> Code:
        """a/b; prod(x)./x as the products of the other entries, since an entry may be 0."""
        above, below = node.args
        factors = above.args if above.kind is Kind.MULTIPLY else (above,)
        rest = [f for f in factors if f.kind is not Kind.APPLY or f.data[0] != "prod"]
        (*others,) = (f for f in factors if f not in rest and f.args == (below,))
        if len(others) != 1 or not below.is_vector or any(f.shape for f in rest):
            return quotient(done[above], done[below])
        code = Code(f"_others({done[below].text})")
        return reduce(product, [*(done[f] for f in rest), code])

    def _place(self, place: Place) -> str:
        """A subscript counted from 0."""
        if place is None:
            return ":"
        first, last = place if isinstance(place, tuple) else (place, None)
        start = self.names.size(first - Dim.of(1)).text
        return start if last is None else f"{start}:{self.names.size(last).text}"

    def _stack(self, node: Expr, args: Sequence[Code]) -> Code:
        """Blocks as matrices, or the ends of one long vector."""
        if node.is_vector:
            parts = [
                code.text if block.shape else f"[{code.text}]"
                for block, code in zip(node.args, args, strict=True)
            ]
            return Code(f"np.concatenate([{', '.join(parts)}])")
        heights, widths = extents(node)
        blocks = []
        for place, (block, code) in enumerate(zip(node.args, args, strict=True)):
            row, column = divmod(place, len(widths))
            if block.is_matrix:
                blocks.append(code.text)
            elif block.is_vector:
                blocks.append(code.at_least(ATOM) + ("[None, :]" if block.is_row else "[:, None]"))
            else:
                sizes = self.names.size(heights[row]).text, self.names.size(widths[column]).text
                blocks.append(f"np.full(({sizes[0]}, {sizes[1]}), {code.text}, dtype=float)")
        rows = [blocks[k : k + len(widths)] for k in range(0, len(blocks), len(widths))]
        return Code(f"np.block([{', '.join('[' + ', '.join(row) + ']' for row in rows)}])")

    def _sum(self, node: Expr, args: Sequence[Code]) -> Code:
        total = args[0]
        for term, code in zip(node.args[1:], args[1:], strict=True):
            left = self._line(total).text
            if term.kind is Kind.NEGATE and code.binds == SUM:
                total = Code(f"{left} - {code.text.removeprefix('-')}", SUM)
            else:
                total = Code(f"{left} + {code.at_least(PRODUCT)}", SUM)
        return total

    def _apply(self, node: Expr, done: Done) -> Code:
        """A function by its template; see Op.forms."""
        name, parameter, sizes = node.data
        op = find(name)
        if isinstance(parameter, Dim):
            parameter = self.names.size(parameter).text
        elif op.name == "einsum" and not SUBSCRIPTS.fullmatch(str(parameter)):
            raise ProblemError("syntax", f"{str(parameter)[:40]!r} are no subscripts")
        template = _template(op, node)
        args = [done[arg] for arg in node.args]
        if op.family == "elementwise":
            args = [as_float(arg) for arg in args]
        texts = [
            arg.at_least(ATOM if re.search(rf"\{{{place}\}}[.\[]", template) else SUM)
            for place, arg in enumerate(args)
        ]
        given = {
            letter: self.names.size(dim).at_least(PRODUCT)
            for letter, dim in zip(op.sizes, sizes, strict=True)
        }
        if "{condition}" in template:
            given["condition"] = _condition(node, done)
        return Code(template.format(*texts, parameter=parameter, **given))


def _template(op: Op, node: Expr, target: str = "numpy") -> str:
    form = op.forms.get(target)
    if form is None:
        slots = ", ".join(f"{{{place}}}" for place in range(len(node.args)))
        return f"np.{op.name}({slots})"
    return form(node) if callable(form) else form


def _condition(node: Expr, done: Done) -> str:
    """What `node` tests: itself if it is a comparison, else that its first argument is > 0."""
    for test in (node, node.args[0]):
        form = _comparison(test)
        if form is not None:
            return form.format(*(done[arg].text for arg in test.args))
    return f"{done[node.args[0]].text} > 0"


def _comparison(node: Expr) -> str | None:
    form = find(node.data[0]).forms.get("numpy condition") if node.kind is Kind.APPLY else None
    return form if isinstance(form, str) else None


def _power(node: Expr, base: Code, exponent: Code) -> Code:
    if exponent.text == "0.5":
        return Code(f"np.sqrt({base.text})")
    below = base.at_least(ATOM)
    if not node.variables and node.args[0].kind is not Kind.SIZE:
        below = f"np.float64({base.text})"  # Python's own ** goes complex or raises
    is_literal = exponent.text.removeprefix("-").replace(".", "").isdigit()
    raised = exponent.text if is_literal else exponent.at_least(ATOM)
    return Code(f"{below} ** {raised}", POWER)


def _factor(node: Expr, done: Done) -> Factor:
    code = done[node]
    if node.is_scalar:
        return Factor("scalar", code)
    if node.is_matrix:
        return Factor("matrix", code, done[node.args[0]] if _is_diagonal(node) else None)
    return Factor("row" if node.is_row else "column", code)


def _is_diagonal(node: Expr) -> bool:
    return node.kind is Kind.APPLY and node.data[0] == "diag" and node.args[0].is_vector


def _is_free(node: Expr) -> bool:
    """Whether it may be written again: it costs little, or its place decides how it is written."""
    if node.kind in (Kind.VARIABLE, Kind.NUMBER, Kind.SIZE, Kind.TRANSPOSE):
        return True
    return _is_diagonal(node) or _comparison(node) is not None


def _uses(order: Sequence[Expr]) -> Counter[Expr]:
    """How often each node is written: once for each use, and where its user is written again."""
    uses = Counter(arg for node in order for arg in node.args)
    for node in reversed(order):
        if _is_free(node) and uses[node] > 1:
            for arg in node.args:
                uses[arg] += uses[node] - 1
    return uses
