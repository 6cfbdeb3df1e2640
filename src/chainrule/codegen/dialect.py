"""What a language must be able to write, and how most array libraries write it.

A dialect is a subclass that says what differs: the module's name, whether arrays may be
overwritten, and how zeros off a diagonal are made. Functions are written by `Op.forms`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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
)
from .names import Names
from .products import LETTERS, Products, places, shape_text, sizes

BORROWED = frozenset({Step.INPUT, Step.VIEW, Step.EXPAND, Step.TAKE, Step.RESHAPE})
OURS = frozenset({"others"})  # functions that only code has


class Dialect(Products):
    """NumPy's way; see the subclasses for others."""

    name = "numpy"
    in_place = True

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
                size = names.size(node.axes[0]).text
                return Code(f"{self.module}.tri({size}, dtype={names.dtype})")
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
                return Code(f"{args[0].at_least(ATOM)}.reshape({sizes(node.axes, names)})")
            case Step.TAKE:
                return Code(f"{args[0].at_least(ATOM)}[{places(node.data[0], names)}]")
            case Step.DIAGONAL:
                return self.diagonal(node, args[0], names)
            case Step.PUT:
                return self.put(node, args[0], names)
        raise AssertionError(node.step)

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
        if not node.axes:
            return Code(f"{code.at_least(ATOM)}.sum()")
        return Code(f"{code.at_least(ATOM)}.sum({axes[0] if len(axes) == 1 else axes})")

    def expanded(self, node: Array, code: Code, names: Names) -> Code:
        own, out = node.data
        if node.args[0].step is Step.NUMBER:
            shape = shape_text(node.axes, names)
            return Code(f"{self.module}.full({shape}, {code.text}, {names.dtype})", narrow=code)
        narrow = self.aligned(code, own, out)
        whole = f"{self.module}.broadcast_to({narrow.text}, {shape_text(node.axes, names)})"
        return Code(whole, narrow=narrow)

    def eye(self, node: Array, names: Names) -> Code:
        rows, columns = (names.size(dim).text for dim in node.axes)
        (offset,) = node.data
        more = "" if rows == columns else f", {columns}"
        if offset.terms:
            more = f", {columns}, {names.size(offset * Dim.of(-1)).text}"
        return Code(f"{self.module}.eye({rows}{more}, dtype={names.dtype})")

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
            is_whole = True  # one of them gives the sum its axes
            parts.append((sign, code))
        parts.sort(key=lambda part: part[0] < 0)
        text = ""
        for sign, code in parts:
            if not text:
                text = code.text if sign > 0 else "-" + code.at_least(PRODUCT)
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
        if value < 0:
            positive = self._raised(base, -value)
            return Code(f"1 / {positive.at_least(POWER)}", PRODUCT, inverse=positive)
        return self._raised(base, value)

    def _raised(self, base: Code, value: Fraction) -> Code:
        if value == 1:
            return base
        if value == Fraction(1, 2):
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
        op = find(name)
        form = op.forms.get(self.name) or op.forms.get("numpy") or self._plain(name, len(args))
        template = form(node) if callable(form) else form
        if isinstance(parameter, Dim):
            parameter = names.size(parameter).text
        args = [
            self.as_numbers(code, names) if is_mask(arg) and "condition" not in template else code
            for arg, code in zip(node.args, args, strict=True)
        ]
        if op.family == "elementwise":
            args = [as_float(arg) for arg in args]
        texts = [
            arg.at_least(ATOM if re.search(rf"\{{{place}\}}[.\[]", template) else SUM)
            for place, arg in enumerate(args)
        ]
        given = {}
        if "{condition}" in template:
            test = node.args[0]
            given["condition"] = args[0].text if is_mask(test) else f"{args[0].text} > 0"
        text = template.format(*texts, parameter=parameter, **given)
        return Code(text.replace("np.", self.module + "."), SUM if is_mask(node) else ATOM)

    def _plain(self, name: str, arity: int) -> str:
        slots = ", ".join(f"{{{place}}}" for place in range(arity))
        return f"np.{name}({slots})"

    # -- placed in zeros

    def zeros(self, axes: Shape, names: Names) -> str:
        return f"{self.module}.zeros({shape_text(axes, names)}, {names.dtype})"

    def placed(self, part: Array, into: str, core: Code, sign: int, names: Names) -> str:
        """A statement that adds an array to a diagonal, or a part, of another."""
        if part.step is Step.PUT:
            target = f"{into}[{places(part.data[0], names)}]"
        else:
            whole = "".join(LETTERS[x] for x in part.data[0])
            kept = "".join(dict.fromkeys(whole))
            target = f'{self.module}.einsum("{whole}->{kept}", {into})[...]'
        narrow = core.narrow or core
        return f"{target} {'+-'[sign < 0]}= {narrow.text}"

    def diagonal(self, node: Array, core: Code, names: Names) -> Code:
        raise NotImplementedError

    def put(self, node: Array, core: Code, names: Names) -> Code:
        raise NotImplementedError

    # -- memory

    def returned(self, node: Array, code: Code, is_owned: bool, names: Names) -> str:
        """What is handed out: an array of the right type that nobody else has."""
        if is_mask(node) or node.step in (Step.NUMBER, Step.SIZE):
            return f"{self.module}.array({code.text}, {names.dtype})"
        if is_owned or (node.axes and node.step not in BORROWED):
            return code.text
        if node.axes:
            return f"{self.module}.array({code.text})"
        return f"{self.module}.asarray({code.text})"

    def fresh(self, node: Array, code: Code) -> str:
        """A copy that is nobody else's."""
        return f"{self.module}.array({code.text})"

    def can_overwrite(self, node: Array, place: int) -> bool:
        """Whether the result may be written over this argument."""
        if node.step is Step.PAIR:
            return node.data[place] == node.data[2] and not is_mask(node.args[place])
        if node.step is Step.FUNCTION:
            form = find(node.data[0]).forms.get("numpy", "")
            return not is_mask(node) and (form == "" or "in place" in find(node.data[0]).forms)
        return node.step in (Step.POWER, Step.SUM)

    def overwritten(
        self,
        node: Array,
        target: Array,
        name: str,
        code: Code,
        args: Sequence[Code],
        names: Names,
    ) -> str:
        """A statement that computes `node` over the array that `target` is in."""
        if node.step is Step.FUNCTION:
            return f"{code.text.removesuffix(')')}, out={name})"
        if node.step is Step.PAIR:
            place = 1 - node.args.index(target)
            other = args[place]
            if other.text == "-1":
                return f"{self.module}.negative({name}, out={name})"
            divisor = other.inverse
            factor = self.aligned(divisor or other, node.data[place], node.data[2])
            return f"{name} {'/' if divisor else '*'}= {factor.text}"
        if node.step is Step.SUM and node.data[0][node.args.index(target)] > 0:
            rest = [k for k, arg in enumerate(node.args) if arg is not target]
            if len(rest) == 1:
                (k,) = rest
                other = args[k].narrow or args[k]
                if is_mask(node.args[k]):
                    other = self.as_numbers(other, names)
                return f"{name} {'+-'[node.data[0][k] < 0]}= {other.text}"
        return f"{name} = {code.text}"
