"""NumPy: arrays are overwritten where nobody needs them any more; see Dialect for the rest."""

from __future__ import annotations

from collections.abc import Sequence

from ..op import find
from ..shapes import Shape
from .arrays import Array, Step, is_mask
from .code import ATOM, Code, matrix_product
from .dialect import Dialect
from .helpers import HELPERS
from .joint import PART, joined
from .names import Names
from .price import SHORT
from .products import LETTERS, places, tuple_of

LAPACK = [
    "",
    "try:",
    "    from scipy.linalg import lapack",
    "except ImportError:",
    "    lapack = None",
]
JOINT = {
    "softmax_and_logsumexp": "_softmax_and_logsumexp({0}, {1})",
    "sigmoid_and_softplus": "_sigmoid_and_softplus({0})",
}


class NumPy(Dialect):
    """NumPy, and nothing else."""

    name = "numpy"
    in_place = True
    helpers = HELPERS

    def imports(self, source: str) -> list[str]:
        standard = ["import math", ""] if "math." in source else []
        optional = LAPACK if "lapack." in source else []
        return [*standard, "import numpy as np", *optional]

    def guarded(self, lines: list[str]) -> list[str]:
        """np.where computes both branches; what the one not taken does is of no interest."""
        if not any("np.where(" in line for line in lines):
            return lines
        quiet = 'with np.errstate(divide="ignore", invalid="ignore", over="ignore"):'
        return [quiet, *("    " + line for line in lines)]

    def placed(self, part: Array, into: str, core: Code, sign: str, names: Names) -> str:
        if part.step is Step.PUT:
            target = f"{into}[{places(part.data[0], names)}]"
        else:
            whole = "".join(LETTERS[x] for x in part.data[0])
            kept = "".join(dict.fromkeys(whole))
            target = f'np.einsum("{whole}->{kept}", {into})[...]'
        narrow = core.narrow or core
        return f"{target} {sign} {narrow.text}"

    def reused(self, axes: Shape, names: Names) -> str:
        return f"_zeros(out, {tuple_of(axes, names)}, {self.typed(names)})"

    def into(self, returned: str, code: Code) -> str:
        is_product = code.operands and code.text == returned
        return f"np.matmul({code.operands}, out=out)" if is_product else f"_into(out, {returned})"

    def prepared(self, roots: Sequence[Array]) -> list[Array]:
        return joined(roots)

    def function(self, node: Array, args: Sequence[Code], names: Names) -> Code:
        name, parameter = node.data
        if name == PART:
            return Code(f"{args[0].at_least(ATOM)}[{parameter}]")
        if name in JOINT:
            return Code(JOINT[name].format(args[0].text, parameter))
        return super().function(node, args, names)

    def grouped(
        self,
        node: Array,
        args: Sequence[Code],
        groups: tuple[list[int], list[int], list[int], list[int]],
        names: Names,
    ) -> Code:
        """One large product and its axes put in order; if that would be a copy, a stack of many."""
        (own, other, out), (shared, left, right, inner) = node.data, groups
        is_ordered = out in ((*shared, *left, *right), (*shared, *right, *left))
        are_last = sum(x in left for x in out[-2:]) == sum(x in right for x in out[-2:]) == 1
        length = names.usual.count([node.args[0].axes[own.index(x)] for x in inner])
        if is_ordered or len(inner) != 1 or not are_last or length > SHORT:
            return super().grouped(node, args, groups, names)
        (a, own), (b, other) = (args[0], own), (args[1], other)
        if out[-1] in left:
            (a, own), (b, other) = (b, other), (a, own)
        a = self.aligned(a, own, (*out[:-1], *inner))
        b = self.aligned(b, other, (*out[:-2], *inner, out[-1]))
        return matrix_product(a, b)

    def spread(self, node: Array, a: Code, b: Code) -> Code:
        """NumPy would store the axes in the order of the factors' memory: slow to go through."""
        if len(node.axes) < 3:
            return super().spread(node, a, b)
        whole = f'np.multiply({a.text}, {b.text}, order="C")'
        return Code(whole, factors=f"{a.text}, {b.text}")

    def sum_of(
        self, terms: Sequence[Array], codes: Sequence[Code], signs: Sequence[int], names: Names
    ) -> Code:
        """Large outer products are summed inside of small matrix products, slice by slice."""
        outer = [k for k, code in enumerate(codes) if code.factors]
        if len(outer) < 2:
            return super().sum_of(terms, codes, signs, names)
        parts = ", ".join(f"({codes[k].factors})" for k in outer)
        turned = ", ".join(str(signs[k]) for k in outer)
        first = Code(f"_outer_sum([{parts}], [{turned}])")
        rest = [k for k in range(len(terms)) if k not in outer]
        return super().sum_of(
            [terms[outer[0]], *(terms[k] for k in rest)],
            [first, *(codes[k] for k in rest)],
            [1, *(signs[k] for k in rest)],
            names,
        )

    def returned(self, node: Array, code: Code, is_shared: bool, names: Names) -> str:
        if is_mask(node) or node.step in (Step.NUMBER, Step.SIZE):
            return f"np.array({code.text}, {self.typed(names)})"
        if is_shared:
            return self.fresh(code)
        return code.text if node.axes else f"np.asarray({code.text})"

    def fresh(self, code: Code) -> str:
        return f"np.array({code.text})"

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
    ) -> list[str]:
        """Statements that compute `node` over the array that `target` is in."""
        if node.step is Step.FUNCTION:
            return [f"{code.text.removesuffix(')')}, out={name})"]
        if node.step is Step.PAIR:
            place = 1 - node.args.index(target)
            other = args[place]
            if other.text == "-1":
                return [f"np.negative({name}, out={name})"]
            divisor = other.inverse
            factor = self.aligned(divisor or other, node.data[place], node.data[2])
            return [f"{name} {'/' if divisor else '*'}= {factor.text}"]
        if node.step is Step.SUM:
            return self._added_to(node, target, name, args, names)
        return [f"{name} = {code.text}"]

    def _added_to(
        self, node: Array, target: Array, name: str, args: Sequence[Code], names: Names
    ) -> list[str]:
        """One term after the other, the first such that it also turns the sign."""
        place = node.args.index(target)
        others = []
        for k, (arg, code, sign) in enumerate(zip(node.args, args, node.data[0], strict=True)):
            if k != place:
                code = self.as_numbers(code, names) if is_mask(arg) else code.narrow or code
                others.append((sign, code))
        others.sort(key=lambda term: -term[0])
        lines = []
        if node.data[0][place] < 0:
            sign, code = others.pop(0) if others else (0, Code(""))
            if sign > 0:
                lines.append(f"np.subtract({code.text}, {name}, out={name})")
            else:
                lines.append(f"np.negative({name}, out={name})")
                others += [(sign, code)] if sign else []
        for sign, code in others:
            if code.factors:
                lines.append(f"_add_product({name}, {code.factors}, {sign})")
            else:
                lines.append(f"{name} {'+-'[sign < 0]}= {code.text}")
        return lines
