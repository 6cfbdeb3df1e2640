"""The front door of parse/: text and declarations in, a typed expression out.

Kinds come first (kinds.py), then sizes by unification over the instructions, then the
expression is built by the checked constructors, whose errors get their place here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..errors import ProblemError
from ..expr import build
from ..expr.call import call
from ..expr.node import Expr
from ..shapes import Dim
from .declare import read_assume, read_let
from .flat import Flat, Instruction, flatten
from .grammar import Tree, read
from .kinds import MATRIX, SCALAR, VECTOR, infer_kinds
from .sizes import Sizes

MATRIX_POWER_LIMIT = 1000


@dataclass(frozen=True)
class Understood:
    """What the text means. Definitions are substituted in `expr`, which shares them."""

    expr: Expr
    variables: dict[str, Expr]
    inferred: frozenset[str]
    definitions: tuple[tuple[str, Expr], ...]


def understand(
    text: str,
    let: Mapping[str, Sequence[int | str] | str] | None = None,
    assume: Mapping[str, Sequence[str]] | None = None,
) -> Understood:
    """The expression `text` denotes.

    Shapes that `let` leaves out are inferred from use. Raises ProblemError with the place
    of whatever is wrong.
    """
    shapes = read_let(let or {})
    properties = read_assume(assume or {}, shapes)
    dims = {name for shape in shapes.values() for dim in shape for name in dim.names}
    flat = flatten(read(text), shapes, dims)
    declared = {name: (SCALAR, VECTOR, MATRIX)[len(shape)] for name, shape in shapes.items()}
    declared |= {
        name: MATRIX
        for name in flat.variables
        if name not in declared and {"spd", "symmetric", "invertible"} & set(properties.get(name, ()))
    }
    kinds = infer_kinds(flat, declared)
    sizes = Sizes(flat, kinds, shapes, properties, dims)
    builder = _Builder(flat, sizes, properties)
    exprs = builder.run()
    names = [*flat.variables, *(name for name in shapes if name not in flat.variables)]
    return Understood(
        exprs[flat.output],
        {name: builder.variable(name) for name in names},
        frozenset(name for name in flat.variables if name not in shapes),
        tuple((name, exprs[place]) for name, place in flat.definitions),
    )


class _Builder:
    """Instructions to expressions; chains of + and * become one node each."""

    def __init__(
        self, flat: Flat, sizes: Sizes, properties: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.flat = flat
        self.sizes = sizes
        self.properties = properties
        self.users = [0] * len(flat.instructions)
        self.last_user: dict[int, Instruction] = {}
        for instruction in flat.instructions:
            for arg in instruction.args:
                self.users[arg] += 1
                self.last_user[arg] = instruction
        for _, place in flat.definitions:
            self.users[place] += 2

    def variable(self, name: str) -> Expr:
        shape = self.sizes.shape_of(name)
        return build.variable(name, shape, self.properties.get(name, ()))

    def run(self) -> list[Expr]:
        exprs: list[Expr] = []
        open_chains: dict[int, list[Expr]] = {}
        for place, instruction in enumerate(self.flat.instructions):
            try:
                chain = self.chained(instruction, exprs, open_chains)
                if chain is not None and self.continues(place, instruction):
                    open_chains[place] = chain
                    expr = chain[0]  # nobody looks at it: the chain goes on
                elif chain is not None:
                    expr = self.close(instruction, chain)
                else:
                    expr = self.expression(instruction, exprs)
            except ProblemError as error:
                raise self.placed(error, instruction) from None
            exprs.append(expr)
        return exprs

    # -- chains

    def chained(
        self,
        instruction: Instruction,
        exprs: list[Expr],
        open_chains: dict[int, list[Expr]],
    ) -> list[Expr] | None:
        """The operands of a + - chain, or of a * chain, so far."""
        sign = instruction.value
        if instruction.kind != "binary" or sign not in ("+", "-", "*"):
            return None
        left, right = instruction.args
        chain = open_chains.pop(left, None)
        if chain is None:
            chain = [exprs[left]]
        chain.append(build.negate(exprs[right]) if sign == "-" else exprs[right])
        return chain

    def continues(self, place: int, instruction: Instruction) -> bool:
        """Whether the next instruction that uses this one carries the chain on."""
        if self.users[place] != 1 or place == self.flat.output:
            return False
        user = self.last_user.get(place)
        if user is None or user.kind != "binary" or user.args[0] != place:
            return False
        same = {"+": ("+", "-"), "-": ("+", "-"), "*": ("*",)}[str(instruction.value)]
        return user.value in same

    @staticmethod
    def close(instruction: Instruction, chain: list[Expr]) -> Expr:
        return build.multiply(*chain) if instruction.value == "*" else build.add(*chain)

    # -- single instructions

    def expression(self, instruction: Instruction, exprs: list[Expr]) -> Expr:
        args = [exprs[arg] for arg in instruction.args]
        value = instruction.value
        match instruction.kind:
            case "number":
                assert isinstance(value, Fraction)
                return build.number(value)
            case "size":
                return build.size(self.sizes.resolve(Dim.of(str(value))))
            case "variable":
                return self.variable(str(value))
            case "unary":
                return build.negate(args[0])
            case "transpose":
                return build.transpose(args[0])
            case "vector":
                return build.vector_literal(*args)
            case "index":
                assert isinstance(value, tuple)
                return build.index(args[0], *value)
            case "compare":
                return self.comparison(str(value), args)
            case "call":
                assert instruction.op is not None
                given = self.sizes.sizes_of(instruction)
                return call(
                    instruction.op.name, *args, parameter=instruction.parameter, sizes=given
                )
        return self.binary(str(value), args, instruction)

    @staticmethod
    def comparison(sign: str, args: list[Expr]) -> Expr:
        a, b = args if sign in (">", ">=", "==", "!=") else args[::-1]
        name = {">": "gt", "<": "gt", ">=": "ge", "<=": "ge"}.get(sign, "eq")
        result = call(name, a, b)
        return build.subtract(build.number(1), result) if sign == "!=" else result

    def binary(self, sign: str, args: list[Expr], instruction: Instruction) -> Expr:
        a, b = args
        match sign:
            case ".*":
                if a.kind.value == "hadamard" and b.shape:
                    return build.hadamard(*a.args, b)
                return build.hadamard(a, b)
            case "./":
                return build.divide(a, b)
            case "/":
                if b.shape:
                    raise ProblemError(
                        "shape", f"`/` by a {build.typed_kind(b.shape, b.is_row)}",
                        hint="write ./ to divide element by element, inv(A)*b to solve",
                    )
                return build.divide(a, b)
            case ".^":
                return build.power(a, b)
        return self.power(a, b, instruction)

    def power(self, a: Expr, b: Expr, instruction: Instruction) -> Expr:
        if not a.shape and not b.shape:
            return build.power(a, b)
        if b.shape:
            raise ProblemError("shape", "an exponent has to be a scalar", hint="or write .^")
        if not a.is_matrix:
            raise ProblemError(
                "shape", "`^` of a vector", hint="x.^2 squares each element, x'*x is their sum"
            )
        exponent = self.integer(self.flat.instructions[instruction.args[1]])
        if exponent is None:
            raise ProblemError(
                "unsupported", "a matrix power whose exponent is not an integer literal",
                hint="X.^a raises each element",
            )
        if abs(exponent) > MATRIX_POWER_LIMIT:
            raise ProblemError("limit", f"a matrix power of {exponent}")
        if exponent < 0:
            inverse = call("inv", a)
            return inverse if exponent == -1 else call("matpow", inverse, parameter=-exponent)
        return a if exponent == 1 else call("matpow", a, parameter=exponent)

    def integer(self, instruction: Instruction) -> int | None:
        sign = 1
        while instruction.kind == "unary":
            sign = -sign
            instruction = self.flat.instructions[instruction.args[0]]
        value = instruction.value
        if isinstance(value, Fraction) and value.denominator == 1:
            return sign * int(value)
        return None

    # -- places

    def placed(self, error: ProblemError, instruction: Instruction) -> ProblemError:
        tree = instruction.tree
        if error.kind != "shape" or len(tree.args) != 2 or tree.kind != "binary":
            return error.at(tree.start, tree.end)
        left, right = tree.args
        hint = error.hint
        if hint and tree.value == "*" and "inner product" in hint:
            a, b = (self.named(arg) for arg in (left, right))
            hint = f"{a}'*{b} or {a}.*{b}?"
        placed = ProblemError(
            error.kind, error.message, left.start, left.end, hint, (right.start, right.end)
        )
        return placed

    @staticmethod
    def named(tree: Tree) -> str:
        return str(tree.value) if tree.kind == "name" else "(…)"

