"""What a language must be able to write, and how most array libraries write it.

A dialect is a subclass that says what differs: the module's name, whether arrays may be
overwritten, and how zeros off a diagonal are made. Functions are written by `Op.forms`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from ..op import find
from ..shapes import Dim, Shape
from .arrays import Array, Step, is_mask
from .code import (
    ATOM,
    POWER,
    PRODUCT,
    SUM,
    Code,
    as_float,
    number,
    product,
)
from .names import Names
from .products import LETTERS, Products, negated, places, sizes

BORROWED = frozenset({Step.INPUT, Step.VIEW, Step.EXPAND, Step.TAKE, Step.RESHAPE})
OURS = frozenset({"others", "factor", "inverse_of", "logdet_of", "solve_of"})


class Dialect(Products):
    """An array library whose arrays are never overwritten; functions are called as in NumPy."""

    name = ""  # the target, and the key of `Op.forms`
    in_place = False
    reads_namespace = False  # with the arguments
    helpers: Mapping[str, str] = {}

    def imports(self, source: str) -> list[str]:
        """The modules that a source needs."""
        raise NotImplementedError

    def arguments(self, targets: Sequence[str], axes: str) -> str:
        """The statement that reads the arguments."""
        comma = "," if len(targets) == 1 else ""
        return f"{', '.join(targets)}{comma} = _arguments(variables, {{{axes}}})"

    def guarded(self, lines: list[str]) -> list[str]:
        """The body, silent about what is computed in vain where that makes a noise."""
        return lines

    # -- one operation

    def code(self, node: Array, args: Sequence[Code], names: Names) -> Code:
        match node.step:
            case Step.INPUT:
                return Code(names.locals[node.data[0]])
            case Step.NUMBER:
                (value,) = node.data
                positive = number(abs(value))
                return positive if value >= 0 else Code("-" + positive.at_least(PRODUCT), SUM)
            case Step.SIZE:
                return names.size(node.data[0])
            case Step.EYE:
                return self.eye(node, names)
            case Step.TRI:
                return self.tri(node, names)
            case Step.PAIR:
                return self.pair(node, args, names)
            case Step.VIEW:
                return self.view(node, args[0])
            case Step.REDUCE:
                return self.reduced(node, args[0])
            case Step.EXPAND:
                return self.expanded(node, args[0], names)
            case Step.SUM:
                return self.sum_of(node.args, args, node.data[0], names)
            case Step.POWER:
                return self.power(node, *args)
            case Step.FUNCTION | Step.CALL:
                return self.function(node, args, names)
            case Step.RESHAPE:
                return self.reshaped(args[0], sizes(node.axes, names))
            case Step.TAKE:
                return Code(f"{args[0].at_least(ATOM)}[{places(node.data[0], names)}]")
            case Step.DIAGONAL | Step.PUT:
                core = self.as_numbers(args[0], names) if is_mask(node.args[0]) else args[0]
                return (self.put if node.step is Step.PUT else self.diagonal)(node, core, names)
        raise AssertionError(node.step)

    def prepared(self, roots: Sequence[Array]) -> list[Array]:
        """The program as this library does it best."""
        return list(roots)

    # -- shapes

    def view(self, node: Array, code: Code) -> Code:
        own, out = node.data
        if len(set(own)) == len(own):
            return self.transposed(code, tuple(own.index(x) for x in out))
        if len(own) == 2:
            return Code(f"{self.module}.diagonal({code.text})")
        spelled = ("".join(LETTERS[x] for x in labels) for labels in (own, out))
        return Code(f'{self.module}.einsum("{"->".join(spelled)}", {code.text})')

    def reduced(self, node: Array, code: Code) -> Code:
        (axes,) = node.data
        if is_mask(node.args[0]) or code.text.replace(".", "").isdigit():
            code = Code(f"{self.module}.asarray({code.text})")
        return self.total(code, "" if not node.axes else f"{axes[0] if len(axes) == 1 else axes}")

    def total(self, code: Code, axes: str) -> Code:
        """The sum over some axes, or over all."""
        return Code(f"{code.at_least(ATOM)}.sum({axes})")

    def expanded(self, node: Array, code: Code, names: Names) -> Code:
        own, out = node.data
        if node.args[0].step is Step.NUMBER:
            shape = self.shape(node.axes, names)
            return Code(
                f"{self.module}.full({shape}, {code.text}, {self.typed(names)})", narrow=code
            )
        if node.args[0].is_constant:
            code = self.as_numbers(code, names)
        narrow = self.aligned(code, own, out)
        whole = f"{self.module}.broadcast_to({narrow.text}, {self.shape(node.axes, names)})"
        return Code(whole, narrow=narrow)

    def eye(self, node: Array, names: Names) -> Code:
        rows, columns = (names.size(dim).text for dim in node.axes)
        (offset,) = node.data
        more = "" if rows == columns else f", {columns}"
        if offset.terms:
            more = f", {columns}, {names.size(offset * Dim.of(-1)).text}"
        return Code(f"{self.module}.eye({rows}{more}, {self.typed(names)})")

    def tri(self, node: Array, names: Names) -> Code:
        size = names.size(node.axes[0]).text
        return Code(f"{self.module}.tri({size}, {self.typed(names)})")

    # -- element by element

    def sum_of(
        self,
        terms: Sequence[Array],
        codes: Sequence[Code],
        signs: Sequence[int],
        names: Names,
    ) -> Code:
        parts = []
        whole = max((len(term.axes) for term in terms), default=0)
        is_whole = any(
            len(term.axes) == whole and code.narrow is None
            for term, code in zip(terms, codes, strict=True)
        )
        for term, code, sign in zip(terms, codes, signs, strict=True):
            if is_mask(term):
                code = self.as_numbers(code, names)
            code = (code.narrow or code) if is_whole else code
            is_whole = is_whole or len(term.axes) == whole  # one of them gives the sum its axes
            parts.append((sign, code))
        parts.sort(key=lambda part: part[0] < 0)
        text = ""
        for sign, code in parts:
            if not text:
                text = code.text if sign > 0 else negated(code).text
            elif code.binds == SUM and code.text.startswith("-") and sign > 0:
                text += f" + ({code.text})"
            else:
                text += f" {'+' if sign > 0 else '-'} {code.at_least(PRODUCT)}"
        return Code(text, SUM)

    def power(self, node: Array, base: Code, exponent: Code) -> Code:
        above = node.args[1]
        if above.step is not Step.NUMBER:
            return Code(f"{as_float(base).at_least(ATOM)} ** {exponent.at_least(ATOM)}", POWER)
        value: Fraction = above.data[0]
        is_number = node.args[0].is_constant
        if value < 0:
            positive = self._raised(base, -value, is_number)
            return Code(f"1 / {positive.at_least(POWER)}", PRODUCT, inverse=positive)
        return self._raised(base, value, is_number)

    def _raised(self, base: Code, value: Fraction, is_number: bool) -> Code:
        if value == 1:
            return base
        if value == Fraction(1, 2) and not is_number:
            return Code(f"{self.module}.sqrt({base.text})")
        exponent = number(value)
        if not exponent.text.replace(".", "").isdigit():
            exponent = Code(f"({exponent.text})")
        return Code(f"{as_float(base).at_least(ATOM)} ** {exponent.text}", POWER)

    def function(self, node: Array, args: Sequence[Code], names: Names) -> Code:
        """By the form in the function's entry; see Op.forms."""
        name, parameter = node.data
        if name in OURS:
            return Code(f"_{name}({', '.join(arg.text for arg in args)})")
        if name == "solve":
            return self.solve(node, args)
        op = find(name)
        form = op.forms.get(self.name) or op.forms.get("numpy") or self._plain(name, len(args))
        template = form(node) if callable(form) else form
        template = re.sub(r"\bnp\.", f"{self.module}.", template)
        if isinstance(parameter, Dim):
            parameter = names.size(parameter).text
        args = [
            self.as_numbers(code, names) if is_mask(arg) and "condition" not in template else code
            for arg, code in zip(node.args, args, strict=True)
        ]
        if op.family == "elementwise":
            args = [as_float(arg) for arg in args]
        args = self.in_type(node, args, names)
        texts = [
            arg.at_least(ATOM if re.search(rf"\{{{place}\}}[.\[]", template) else SUM)
            for place, arg in enumerate(args)
        ]
        given = {}
        if "{condition}" in template:
            test = node.args[0]
            given["condition"] = args[0].text if is_mask(test) else f"{args[0].text} > 0"
        text = template.format(*texts, parameter=parameter, **given)
        return Code(text, SUM if is_mask(node) else ATOM)

    def in_type(self, node: Array, args: Sequence[Code], names: Names) -> Sequence[Code]:
        """Functions of numbers alone take them in the type of the arrays."""
        first = 1 if node.data[0] == "where" else 0
        if args[first:] and all(arg.is_constant for arg in node.args[first:]):
            return [*args[:first], self.as_numbers(args[first], names), *args[first + 1 :]]
        return args

    def solve(self, node: Array, args: Sequence[Code]) -> Code:
        return Code(f"{self.module}.linalg.solve({args[0].text}, {args[1].text})")

    def _plain(self, name: str, arity: int) -> str:
        slots = ", ".join(f"{{{place}}}" for place in range(arity))
        return f"np.{name}({slots})"

    # -- placed in zeros

    def zeros(self, axes: Shape, names: Names) -> str:
        return f"{self.module}.zeros({self.shape(axes, names)}, {self.typed(names)})"

    def diagonal(self, node: Array, core: Code, names: Names) -> Code:
        """Zero off the diagonals: multiplied by identities, which are fused, not stored."""
        (labels,) = node.data
        places = [labels.index(x) for x in dict.fromkeys(labels)]
        everywhere = tuple(range(len(labels)))
        result = self.aligned(core, tuple(places), everywhere)
        for place, label in enumerate(labels):
            if place not in places:
                size = names.size(node.axes[place]).text
                eye = f"{self.module}.eye({size}, {self.typed(names)})"
                ends = (labels.index(label), place)
                marks = [":" if k in ends else "None" for k in range(len(labels))]
                if len(labels) > 2:
                    eye = f"{eye}[{', '.join(marks)}]"
                result = product(result, Code(eye))
        return result

    def put(self, node: Array, core: Code, names: Names) -> Code:
        raise NotImplementedError

    def returned(self, node: Array, code: Code, is_shared: bool, names: Names) -> str:
        """What is handed out: an array of the right type that nobody else has."""
        if is_mask(node) or not node.axes:
            code = self.as_numbers(code, names)
        return self.fresh(code) if is_shared else code.text

    # -- where arrays may be overwritten; see numpy.py

    def placed(self, part: Array, into: str, core: Code, sign: str, names: Names) -> str:
        """A statement that writes an array to (=, +=, -=) a diagonal, or a part, of another."""
        raise NotImplementedError

    def reused(self, axes: Shape, names: Names) -> str:
        """`out` in place of new zeros, if the caller gives it."""
        raise NotImplementedError

    def into(self, returned: str, code: Code) -> str:
        """What is returned, in `out` if the caller gives it."""
        raise NotImplementedError

    def fresh(self, code: Code) -> str:
        """A copy that is nobody else's, where arrays can be changed."""
        return code.text

    def can_overwrite(self, node: Array, place: int) -> bool:
        """Whether the result may be written over this argument."""
        return False

    def overwritten(
        self, node: Array, target: Array, name: str, code: Code, args: Sequence[Code], names: Names
    ) -> list[str]:
        """Statements that compute `node` over the array that `target` is in."""
        raise NotImplementedError
