r"""What only the whole formula tells: x^T, e^x, I, x_1, \sum.

x_1 is an entry where x stands alone or is declared as a vector, else a name of its own; x^T is
the transpose unless T is a variable; e^x is exp(x) and I the identity unless declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from ..errors import ProblemError
from ..op import NAMES, OPS
from ..shapes import Shape
from .grammar import Program, Tree
from .integers import trees_of
from .latex_environments import BARS, CASES
from .latex_reader import INVERSE, ONE, ZERO, LatexReader, Sum
from .latex_sums import Factor, Value, aligned, made, number, one_factor, refused, summed

OPPOSITE = {">": "<=", "<=": ">", "<": ">=", ">=": "<", "==": "!=", "!=": "=="}


class Meaning:
    """Rewrites the tree of a LaTeX formula into one of the text syntax."""

    def __init__(
        self, program: Program, declared: Mapping[str, Shape], reader: LatexReader
    ) -> None:
        self.source = program
        self.declared = declared
        self.reader = reader
        self.defined = {name for name, _, _ in program.definitions}
        self.known = {*declared, *reader.functions, *self.defined}
        self.bound = {k for one in reader.sums.values() for k in one.indices}
        self.alone: dict[str, Tree] = {}  # names that stand without a subscript
        self.of_sums: set[str] = set()  # names with a subscript that a sum runs over
        self.sizes: dict[str, dict[int, str]] = {}
        self.axes: dict[str, int] = {}
        self.survey()

    def survey(self) -> None:
        hidden: set[int] = set()  # names that are read together with what is around them
        for tree in trees_of(self.source):
            if tree.kind == "index":
                hidden.add(id(tree.args[0]))
                if {_simple(place) for place in places_of(tree)} & self.bound:
                    self.of_sums.add(str(tree.args[0].value))
            elif tree.kind == "binary" and tree.value == "^":
                base, exponent = tree.args
                hidden |= {id(base)} if base.value == "e" else set()
                inner = exponent.args[0] if exponent.kind == "unary" else exponent
                hidden |= {id(inner)} if inner.value == "T" else set()
        for tree in trees_of(self.source):
            if tree.kind == "name" and id(tree) not in hidden:
                self.alone.setdefault(str(tree.value), tree)

    def program(self) -> Program:
        definitions = tuple(
            (name, self.rewritten(tree), token) for name, tree, token in self.source.definitions
        )
        output = self.rewritten(self.source.output)
        shapes = {
            name: tuple(sizes[axis] for axis in range(self.axes[name]))
            for name, sizes in self.sizes.items()
            if len(sizes) == self.axes[name] and name not in self.known
        }
        axes = {name: count for name, count in self.axes.items() if name not in self.known}
        return Program(definitions, output, shapes, axes)

    def rewritten(self, root: Tree) -> Tree:
        done: dict[int, Value] = {}
        stack = [root]
        while stack:
            tree = stack[-1]
            waiting = [arg for arg in tree.args if id(arg) not in done]
            if waiting:
                stack.extend(reversed(waiting))
                continue
            stack.pop()
            done[id(tree)] = self.value(tree, [done[id(arg)] for arg in tree.args])
        value = done[id(root)]
        if value.indices:
            raise refused(
                f"the subscript {value.indices[0]} outside of its sum", root, "use another letter"
            )
        return one_factor(value, root).tree

    def value(self, tree: Tree, args: list[Value]) -> Value:
        uses = frozenset(use for arg in args for use in arg.uses)
        if tree.kind == "call" and tree.value in self.reader.sums:
            return self.big(tree, args[0])
        if tree.kind == "index":
            found = self.subscript(tree, one_factor(args[0], tree).tree)
            return Value((found,), self.uses_of(tree) if found.indices else frozenset())
        if not any(arg.indices for arg in args):
            plain = [one_factor(arg, tree).tree for arg in args]
            return Value((Factor(self.plain(tree, plain)),))
        if tree.kind == "binary" and tree.value in ("*", ".*"):
            for arg, side in zip(args, tree.args, strict=True):
                if not arg.indices:
                    self.check_coefficient(side, tree)
            return Value(tuple(f for arg in args for f in arg.factors), uses)
        factors = [one_factor(arg, side) for arg, side in zip(args, tree.args, strict=True)]
        if tree.kind == "binary" and tree.value == "/" and factors[1].indices:
            above, below = args[0].factors, factors[1]
            one = number(1, tree)
            return Value((*above, Factor(made("binary", (one, below.tree), "./", tree),
                                         below.indices)), uses)  # fmt: skip
        self.check_elementwise(tree)
        trees, indices = aligned(factors, tree)
        return Value((Factor(self.plain(tree, trees, True), indices),), uses)

    # -- one node

    def plain(self, tree: Tree, args: list[Tree], is_elementwise: bool = False) -> Tree:
        """A node whose arguments are read. Element by element, ^ becomes .^."""
        if tree.kind == "name":
            return self.constant(tree)
        if tree.kind == "binary" and tree.value == "^":
            return self.power(tree, args, is_elementwise)
        if tree.kind == "call" and tree.value == CASES:
            return self.cases(tree, args)
        if tree.kind == "call" and tree.value == BARS:
            self.refuse_matrix_in_bars(tree)
            return made("call", args, "abs", tree)
        if tree.kind == "transpose" and args[0].kind == "vector" and args[0].value == (
            len(args[0].args),
        ) and len(args[0].args) > 1:  # fmt: skip
            raise refused("the transpose of a row", tree, r"write the column: a \\ b")
        return replace(tree, args=tuple(args))

    def constant(self, tree: Tree) -> Tree:
        if tree.value in (ONE, ZERO):
            return made("call", (number(int(tree.value == ONE), tree),), "vector", tree)
        if tree.value == "I" and "I" not in self.known:
            return made("call", (), "eye", tree)
        return tree

    def power(self, tree: Tree, args: list[Tree], is_elementwise: bool) -> Tree:
        base, exponent = args
        raised = tree.args[1]
        if raised.kind == "name" and raised.value == INVERSE:
            return made("call", (base,), "pinv", tree)
        inner = raised.args[0] if raised.kind == "unary" else raised
        if inner.kind == "name" and inner.value == "T" and self.is_transpose(inner):
            if raised.kind == "unary":
                base = made("binary", (base, made("unary", (number(1, raised),), "-", raised)),
                            "^", tree)  # fmt: skip
            return made("transpose", (base,), None, tree)
        if tree.args[0].value == "e" and tree.args[0].kind == "name" and "e" not in self.known:
            if "e" in self.alone:
                other = self.alone["e"]
                raise ProblemError(
                    "name", "e stands here for a variable and for exp", tree.start, tree.end,
                    r"write \exp(x), or declare e", (other.start, other.end),
                )  # fmt: skip
            self.refuse_matrix_exponential(tree)
            return made("call", (exponent,), "exp", tree)
        half = halves(raised)
        if half and self.is_matrix_like(tree.args[0]):
            root = made("call", (base,), "sqrtm", tree)
            return root if half > 0 else made("call", (root,), "inv", tree)
        return made("binary", args, ".^" if is_elementwise else "^", tree)

    def is_transpose(self, tree: Tree) -> bool:
        """Whether ^T transposes: T is no variable, or one that cannot be an exponent."""
        if "T" in self.declared:
            return len(self.declared["T"]) > 0
        if "T" in self.alone or "T" in self.defined:
            other = self.alone.get("T", tree)
            raise ProblemError(
                "name",
                "T is a variable here, so ^T could be a power or the transpose",
                tree.start,
                tree.end,
                r"write ^\top for the transpose, or declare T",
                (other.start, other.end),
            )
        return True

    def cases(self, tree: Tree, args: list[Tree]) -> Tree:
        """a, c, b or a, c, b, d with the opposite condition d: where(c, a, b)."""
        if len(args) == 4 and self.is_opposite(args[1], args[3]):
            args = args[:3]
        if len(args) < 3 or len(args) % 2 == 0:
            raise refused(
                "cases without a last one for everything else",
                tree,
                r"write b & \text{otherwise} in the last row",
            )
        whole = args[-1]
        for place in range(len(args) - 3, -1, -2):
            whole = made("call", (args[place + 1], args[place], whole), "where", tree)
        return whole

    def is_opposite(self, one: Tree, other: Tree) -> bool:
        text = self.reader.text
        sides = [[text[a.start : a.end] for a in side.args] for side in (one, other)]
        is_pair = one.kind == other.kind == "compare" and sides[0] == sides[1]
        return is_pair and OPPOSITE[str(one.value)] == other.value

    # -- subscripts

    def subscript(self, tree: Tree, base: Tree) -> Factor:
        """x_1 as a name or an entry; with the subscript of a sum, the whole of x."""
        places = places_of(tree)
        name = str(tree.args[0].value) if tree.args[0].kind == "name" else ""
        if name in (ONE, ZERO):
            word = "vector" if len(places) == 1 else "matrix"
            return Factor(
                made("call", (number(int(name == ONE), tree), *trees(places)), word, tree)
            )
        if name == "I" and name not in self.known and len(places) == 1:
            return Factor(made("call", trees(places), "eye", tree))
        simple = [_simple(place) for place in places]
        running = [k for k in simple if k in self.bound]
        if running and name:
            return self.running(tree, name, simple)
        joined = "".join(k for k in simple if k is not None)
        for spelled in (name + "_" + joined, name + joined):
            if name and None not in simple and spelled in self.known:
                return Factor(made("name", (), spelled, tree))
        shape = self.declared.get(name)
        is_entry = len(places) > 1 or None in simple or name in self.defined or not name
        if shape is None and name == "e" and len(places) == 1 and name not in self.alone:
            return Factor(made("call", trees(places), "unit", tree))
        if shape == () or not (is_entry or shape or name in self.alone or name in self.of_sums):
            return Factor(made("name", (), f"{name}_{joined}", tree))
        return Factor(replace(tree, args=(base,)))

    def running(self, tree: Tree, name: str, simple: list[str | None]) -> Factor:
        """x_i, A_{ij}, A_{ii} or A_{i1} under a sum over i."""
        like = tree.args[0]
        face, _ = self.reader.faces.get(name, ("", None))
        if face == "bold" and name.islower() and len(simple) == 1:
            raise self.several_vectors(tree, f"{self.shown(tree)}, one of several vectors")
        if len(simple) > 2:
            raise refused(f"{len(simple)} subscripts", tree, "a matrix has two: A_{ij}")
        if len(simple) == 2 and simple[0] == simple[1]:
            return Factor(made("call", (like,), "diag", tree), (str(simple[0]),))
        kept = tuple(k for k in simple if k in self.bound and k is not None)
        if len(kept) == len(simple):
            return Factor(like, kept)
        places = [None if k in self.bound else p for k, p in zip(simple, places_of(tree),
                                                                 strict=True)]  # fmt: skip
        return Factor(Tree("index", (like,), tuple(places), tree.start, tree.end), kept)

    def uses_of(self, tree: Tree) -> frozenset[tuple[str, int, str]]:
        name = str(tree.args[0].value)
        simple = [_simple(place) for place in places_of(tree)]
        self.axes[name] = len(simple)
        return frozenset((name, axis, k) for axis, k in enumerate(simple) if k in self.bound and k)

    # -- sums

    def big(self, tree: Tree, body: Value) -> Value:
        one = self.reader.sums[str(tree.value)]
        for name, axis, k in body.uses:
            if k in one.indices and one.last is not None:
                self.size(name, axis, one)
        missing = [k for k in one.indices if k not in body.indices]
        if missing:
            raise refused(
                f"nothing in this sum has the subscript {missing[0]}",
                tree,
                f"of all entries: \\operatorname{{{one.function}}}(x)",
            )
        uses = frozenset(use for use in body.uses if use[2] not in one.indices)
        if one.function == "sum":
            return Value(summed(body, one.indices, tree).factors, uses)
        factor = one_factor(body, tree)
        if factor.indices != one.indices or len(factor.indices) != 1:
            raise refused("more than one subscript", tree, "one at a time")
        return Value((Factor(made("call", (factor.tree,), one.function, tree)),), uses)

    def size(self, name: str, axis: int, one: Sum) -> None:
        """What a sum says about the size of a variable."""
        last = str(one.last)
        known = self.declared.get(name)
        found = self.sizes.setdefault(name, {}).setdefault(axis, last)
        if known is not None and axis < len(known):
            found = str(known[axis])
        if found != last:
            raise ProblemError(
                "shape",
                f"the sum runs to {last}, but {name} has the size {found}",
                one.piece.start,
                one.piece.end,
                "a sum runs over all entries",
            )
        if last in self.declared or last in self.of_sums:
            raise ProblemError(
                "name", f"{last} is a variable, it cannot be a size of {name} as well",
                one.piece.start, one.piece.end, "choose another name for one of them",
            )  # fmt: skip

    def check_coefficient(self, side: Tree, whole: Tree) -> None:
        r"""w^\top x_i: x_i is a number here, where vectors x_i were meant."""
        name = str(side.value) if side.kind == "name" else ""
        is_matrix = name[:1].isupper() and self.declared.get(name, (1,)) != ()
        if side.kind == "transpose" or is_matrix or len(self.declared.get(name, ())) > 0:
            raise self.several_vectors(whole, f"{self.shown(whole)}, with numbers x_i")

    def several_vectors(self, tree: Tree, what: str) -> ProblemError:
        return refused(
            what + " under a sum", tree, "the vectors are the rows of a matrix: X*w for all of them"
        )

    def check_elementwise(self, tree: Tree) -> None:
        """Only what works on each number can stand under a sum."""
        is_call = tree.kind == "call" and tree.value in NAMES
        if is_call and OPS[NAMES[str(tree.value)]].family == "elementwise":
            return
        if tree.kind in ("unary", "binary", "compare") or tree.value in (CASES, BARS):
            return
        if tree.kind == "call" and tree.value not in NAMES:
            return  # an unknown function
        raise self.several_vectors(tree, self.shown(tree))

    # -- what would be misread

    def refuse_matrix_in_bars(self, tree: Tree) -> None:
        """|A| is the determinant to most, abs(A) to some."""
        if self.is_matrix_like(tree.args[0]):
            raise ProblemError(
                "syntax", f"{self.shown(tree)} of a matrix", tree.start, tree.end,
                r"write \det(A), or \operatorname{abs}(A) for each element",
            )  # fmt: skip

    def refuse_matrix_exponential(self, tree: Tree) -> None:
        if self.is_matrix_like(tree.args[1]):
            raise ProblemError(
                "syntax", f"{self.shown(tree)} of a matrix", tree.start, tree.end,
                r"write \operatorname{expm}(A), or \exp(A) for each element",
            )  # fmt: skip

    def is_matrix_like(self, root: Tree) -> bool:
        """Whether it is made of names that look like matrices, and of nothing that is smaller."""
        names = set()
        stack = [root]
        while stack:
            tree = stack.pop()
            stack.extend(tree.args)
            if tree.kind not in ("name", "binary", "unary", "transpose", "number"):
                return False
            if tree.kind == "name":
                names.add(str(tree.value))
        shapes = {name: self.declared.get(name) for name in names - {"T", INVERSE}}
        if any(shape is not None and len(shape) == 1 for shape in shapes.values()):
            return False
        small = [n for n in shapes if n[0].islower() and shapes[n] is None and n not in "t"]
        large = [n for n, s in shapes.items() if (len(s) == 2 if s is not None else n[0].isupper())]
        return bool(large) and not small

    def shown(self, tree: Tree) -> str:
        found = self.reader.text[tree.start : tree.end]
        return found if len(found) <= 30 else found[:30] + "…"


def halves(tree: Tree) -> int:
    """1 for 1/2, -1 for -1/2, 0 for anything else."""
    sign = 1
    if tree.kind == "unary":
        sign, tree = -1, tree.args[0]
    if tree.kind != "binary" or tree.value != "/":
        return 0
    above, below = tree.args
    if above.kind == "unary":
        sign, above = -sign, above.args[0]
    return sign if (above.value, below.value) == (1, 2) else 0


def places_of(tree: Tree) -> tuple[Tree | tuple[Tree, Tree] | None, ...]:
    assert isinstance(tree.value, tuple)
    return tree.value


def trees(places: tuple[Tree | tuple[Tree, Tree] | None, ...]) -> tuple[Tree, ...]:
    return tuple(place for place in places if isinstance(place, Tree))


def _simple(place: Tree | tuple[Tree, Tree] | None) -> str | None:
    """The letter or the number of a subscript, None for anything else."""
    if isinstance(place, Tree) and place.kind == "name":
        return str(place.value)
    if isinstance(place, Tree) and place.kind == "number":
        value = place.value
        return str(value) if isinstance(value, Fraction) and value.denominator == 1 else None
    return None
