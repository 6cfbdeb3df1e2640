"""Sizes by unification: every instruction says which dimensions have to be equal.

Declared names and integers are rigid; everything else starts as an unknown. Two rigid
sizes that would have to be equal contradict each other, and both places are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import mul

from ..errors import ProblemError
from ..expr.build import typed_kind
from ..expr.call import signatures_for
from ..shapes import Dim, Shape
from .declare import SQUARE
from .flat import Flat, Instruction
from .integers import read_integer
from .kinds import AXES, KINDS, MATRIX, ROW, VECTOR

NICE = ("n", "m", "p", "q", "k", "l", "r", "s")


class Sizes:
    """The shape of every variable and instruction of a program."""

    def __init__(
        self,
        flat: Flat,
        kinds: Mapping[str, str],
        shapes: Mapping[str, Shape],
        properties: Mapping[str, tuple[str, ...]],
    ) -> None:
        self.flat = flat
        self.bound: dict[str, Dim] = {}
        self.unknowns = 0
        self.variables: dict[str, Shape] = {}
        self.given: dict[int, tuple[Dim, ...]] = {}
        self.exponents: set[str] = set()  # scalars that raise a matrix, so integers
        for name in [*flat.variables, *(n for n in shapes if n not in flat.variables)]:
            shape = shapes.get(name) or tuple(self.unknown() for _ in range(AXES[kinds[name]]))
            if len(shape) == 2 and SQUARE & set(properties.get(name, ())):
                self.unify(shape[0], shape[1])
            self.variables[name] = shape
        self.kinds: list[str] = []
        self.found: list[Shape] = []
        for place, instruction in enumerate(flat.instructions):
            try:
                shape = self.infer(place, instruction)
            except _Mismatch as clash:
                raise self.contradiction(instruction, clash) from None
            self.found.append(shape)
        self.name_unknowns()
        for name in self.variables:
            for dim in self.shape_of(name):
                if dim.is_never_positive:
                    raise ProblemError(
                        "shape",
                        f"{name} would have the size {dim}",
                        hint=f"sizes are 1 or more; declare the shape of {name}",
                    )

    # -- unification

    def unknown(self) -> Dim:
        self.unknowns += 1
        return Dim.of(f"?{self.unknowns}")

    def resolve(self, dim: Dim) -> Dim:
        """What is known of a dimension by now."""
        path = []
        while dim.name in self.bound:
            path.append(dim.name)
            dim = self.bound[dim.name]
        while any(name in self.bound for name in dim.names):
            dim = dim.rename({n: self.bound[n] for n in dim.names if n in self.bound})
        for name in path:
            self.bound[name] = dim  # a short cut for the next time
        return dim

    def unify(self, a: Dim, b: Dim) -> None:
        """Make two dimensions equal, or raise _Mismatch."""
        a, b = self.resolve(a), self.resolve(b)
        if a == b:
            return
        for one, other in ((b, a), (a, b)):
            if _is_unknown(one) and one.name not in other.names:
                self.bound[str(one.name)] = other
                return
        solved = _solved(a - b)
        if solved is not None:
            self.bound[solved[0]] = solved[1]
            return
        if not self.unify_factors(a, b):
            raise _Mismatch(a, b)

    def unify_factors(self, a: Dim, b: Dim) -> bool:
        """Make two products, as kron gives, equal factor by factor; False if that fails."""
        if not (len(a.terms) == len(b.terms) == 1 and a.terms[0][1] == b.terms[0][1]):
            return False
        left, right = a.terms[0][0], b.terms[0][0]
        if len(left) != len(right) or len(left) < 2:
            return False
        for one, other in zip(left, right, strict=True):
            self.unify(Dim.of(one), Dim.of(other))
        return True

    def unify_shapes(self, a: Shape, b: Shape) -> None:
        if len(a) != len(b):
            return  # the constructors say what is wrong with that
        for one, other in zip(a, b, strict=True):
            self.unify(one, other)

    # -- one instruction

    def infer(self, place: int, instruction: Instruction) -> Shape:
        args = [self.found[arg] for arg in instruction.args]
        kinds = [self.kinds[arg] for arg in instruction.args]
        shape, is_row = self.shape(place, instruction, args, kinds)
        self.kinds.append(ROW if is_row else KINDS[min(len(shape), 2)])
        return shape

    def shape(
        self, place: int, instruction: Instruction, args: list[Shape], kinds: list[str]
    ) -> tuple[Shape, bool]:
        match instruction.kind:
            case "number" | "size":
                return (), False
            case "variable":
                return self.variables[str(instruction.value)], False
            case "unary":
                return args[0], kinds[0] == ROW
            case "transpose":
                return args[0][::-1], kinds[0] == VECTOR
            case "vector":
                assert isinstance(instruction.value, tuple)
                return self.stacked(instruction.value[0], instruction, args, kinds)
            case "index":
                places = instruction.value
                assert isinstance(places, tuple)
                kept = []
                for dim, taken in zip(args[0], places, strict=False):
                    if isinstance(taken, tuple):
                        kept.append(taken[1] - taken[0] + Dim.of(1))
                    elif taken is None:
                        kept.append(dim)
                return tuple(kept), bool(kept) and kinds[0] == ROW
            case "call":
                return self.called(place, instruction, args, kinds)
        if instruction.kind == "binary" and instruction.value == "*":
            return self.product(args, kinds)
        if instruction.kind == "binary" and instruction.value == "^" and args[0]:
            if len(args[0]) == 2 and not args[1]:
                self.unify(*args[0])
                what, tree = "the exponent of a matrix", instruction.tree.args[1]
                self.exponents |= read_integer(tree, what, "unsupported").names
            return args[0], False
        if {MATRIX, ROW} == set(kinds):  # a row is added to every row of a matrix
            matrix, row = args if kinds[0] == MATRIX else args[::-1]
            self.unify(matrix[1], row[0])
            return matrix, False
        return self.alike(args, kinds)

    def stacked(
        self, width: int, instruction: Instruction, args: list[Shape], kinds: list[str]
    ) -> tuple[Shape, bool]:
        """Blocks in a line have one height or width; lines add up."""
        one = Dim.of(1)
        extents: list[tuple[Dim, Dim] | None] = []
        for arg, kind, place in zip(args, kinds, instruction.args, strict=True):
            size = arg[0] if arg else one
            pair = {ROW: (one, size), MATRIX: arg}.get(kind, (size, one))
            is_zero = self.flat.instructions[place].value == 0
            extents.append(None if is_zero else (pair[0], pair[-1]))
        rows = [extents[k : k + width] for k in range(0, len(extents), width)]
        heights = [self.common([e[0] for e in row if e]) for row in rows]
        widths = [self.common([e[1] for e in col if e]) for col in zip(*rows, strict=True)]
        total = sum(heights, Dim(())), sum(widths, Dim(()))
        if width == 1 and not {ROW, MATRIX} & set(kinds):
            return total[:1], False
        if len(rows) == 1 and not {VECTOR, MATRIX} & set(kinds):
            return total[1:], ROW in kinds
        return total, False

    def common(self, dims: list[Dim]) -> Dim:
        for dim in dims[1:]:
            self.unify(dims[0], dim)
        return self.resolve(dims[0]) if dims else Dim.of(1)

    def alike(self, args: list[Shape], kinds: list[str]) -> tuple[Shape, bool]:
        shape: Shape = ()
        is_row = False
        for arg, kind in zip(args, kinds, strict=True):
            if arg and shape:
                self.unify_shapes(shape, arg)
            elif arg:
                shape, is_row = arg, kind == ROW
        return shape, is_row

    def product(self, args: list[Shape], kinds: list[str]) -> tuple[Shape, bool]:
        left, right = args
        if not left or not right:
            kind = kinds[0] if left else kinds[1]
            return left or right, kind == ROW
        if kinds[0] == VECTOR and kinds[1] == ROW:
            return left + right, False
        self.unify(left[-1], right[0])
        shape = left[:-1] + right[1:]
        return shape, kinds[0] == ROW and len(shape) == 1

    def called(
        self, place: int, instruction: Instruction, args: list[Shape], kinds: list[str]
    ) -> tuple[Shape, bool]:
        op = instruction.op
        assert op is not None
        if op.family == "elementwise":
            return self.alike(args, kinds)
        signatures = signatures_for(op, instruction.parameter)
        letters: dict[str, Dim] = {}
        products: list[tuple[list[str], Dim]] = []
        for letter, dim in zip(op.sizes, instruction.sizes, strict=True):
            letters[letter] = dim if dim is not None else self.unknown()
        self.given[place] = tuple(letters[letter] for letter in op.sizes)
        for signature in signatures:
            if [len(i) for i in signature.inputs] == [len(arg) for arg in args]:
                for names, arg in zip(signature.inputs, args, strict=True):
                    for letter, dim in zip(names, arg, strict=True):
                        if "*" in letter:
                            products.append((letter.split("*"), dim))
                        else:
                            self.unify(letters.setdefault(letter, dim), dim)
                break
        else:
            return (), False  # the constructor says what is wrong
        for factors, dim in products:
            self.unify(self.multiplied(factors, letters), dim)
        shape = [self.multiplied(product, letters) for product in signature.output]
        same = bool(args) and signature.output == tuple((i,) for i in signature.inputs[0])
        return tuple(shape), same and kinds[0] == ROW

    def multiplied(self, names: Iterable[str], letters: Mapping[str, Dim]) -> Dim:
        return reduce(mul, (self.resolve(letters[name]) for name in names), Dim.of(1))

    # -- results

    def name_unknowns(self) -> None:
        """Readable names for what stayed open, in order of appearance."""
        dims = [dim for shape in self.variables.values() for dim in reversed(shape)]
        dims += [dim for sizes in self.given.values() for dim in sizes]
        taken = {name for dim in dims for name in dim.names} | set(self.variables)
        taken |= {str(i.value) for i in self.flat.instructions if i.kind == "size"}
        fresh = (name for name in _size_names() if name not in taken)
        for dim in dims:
            for name in sorted(self.resolve(dim).names):
                if name.startswith("?") and name not in self.bound:
                    self.bound[name] = Dim.of(next(fresh))

    def shape_of(self, name: str) -> Shape:
        return tuple(self.resolve(dim) for dim in self.variables[name])

    def sizes_of(self, place: int) -> tuple[Dim, ...]:
        """The sizes behind the arguments of the call at `place`."""
        return tuple(self.resolve(dim) for dim in self.given.get(place, ()))

    def contradiction(self, instruction: Instruction, clash: _Mismatch) -> ProblemError:
        self.name_unknowns()
        tree = instruction.tree
        a, b = self.resolve(clash.a), self.resolve(clash.b)
        found = [
            typed_kind(tuple(map(self.resolve, self.found[arg])), self.kinds[arg] == ROW)
            for arg in instruction.args
        ]
        sign = "[ ]" if tree.kind == "vector" else tree.value
        message = f"`{sign}` needs {a} and {b} to be the same size"
        if found:
            message += f", found a {' and a '.join(found)}"
        hint = "declare the shapes so that these sizes are equal"
        if sign == "^" or (tree.kind == "call" and len(found) == 1):
            hint = f"`{sign}` is of a square matrix; declare its shape as n,n"
        elif sign == "*":
            hint = "a transpose may be missing: columns on the left meet rows on the right"
        elif sign == "[ ]":
            hint = "blocks side by side have equal heights, below each other equal widths"
        places = [arg for arg in tree.args if arg.kind != "number"][:2] or [tree]
        first, last = places[0], places[-1]
        also = (last.start, last.end) if last is not first else None
        return ProblemError("shape", message, first.start, first.end, hint, also)


def _is_unknown(dim: Dim) -> bool:
    return dim.name is not None and dim.name.startswith("?")


def _solved(difference: Dim) -> tuple[str, Dim] | None:
    """An unknown u and its value, where u + rest = 0 or rest - u = 0 says it."""
    for monomial, coefficient in difference.terms:
        if len(monomial) == 1 and monomial[0].startswith("?") and abs(coefficient) == 1:
            name = Dim.of(monomial[0])
            rest = difference - name * Dim.of(coefficient)
            if monomial[0] not in rest.names:
                return monomial[0], rest * Dim.of(-coefficient)
    return None


class _Mismatch(Exception):
    def __init__(self, a: Dim, b: Dim) -> None:
        super().__init__()
        self.a, self.b = a, b


def _size_names() -> Iterator[str]:
    yield from NICE
    number = 1
    while True:
        yield f"n{number}"
        number += 1
