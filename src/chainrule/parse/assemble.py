"""Instructions into expressions, by the checked constructors of expr/; errors get places.

A chain a + b - c, a*b*c or a.*b.*c becomes one node. Nothing is simplified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from ..errors import ProblemError
from ..expr import build
from ..expr.call import call
from ..expr.node import Expr
from ..shapes import Dim
from .flat import Flat, Instruction
from .integers import read_integer
from .sizes import Sizes

MATRIX_POWER_LIMIT = 1000
NOBODY, SEVERAL = -1, -2  # who uses a result, where it is not one instruction

# The chain an operator carries on, and the constructor of the whole chain.
CHAINS = {"+": "+", "-": "+", "*": "*", ".*": ".*"}
OF_CHAIN: dict[str, Callable[..., Expr]] = {
    "+": build.add,
    "*": build.multiply,
    ".*": build.hadamard,
}


def assemble(
    flat: Flat, sizes: Sizes, properties: Mapping[str, tuple[str, ...]], text: str
) -> tuple[list[Expr], dict[str, Expr], list[Expr]]:
    """The expression of every instruction, the variables by name, and the rows expanded."""
    variables = {
        name: build.variable(name, sizes.shape_of(name), properties.get(name, ()))
        for name in sizes.variables
        if name not in sizes.exponents
    }
    assembler = _Assembler(flat, sizes, variables, text)
    return assembler.run(), variables, assembler.row_expansions


class _Assembler:
    def __init__(self, flat: Flat, sizes: Sizes, variables: Mapping[str, Expr], text: str) -> None:
        self.flat = flat
        self.sizes = sizes
        self.variables = variables
        self.text = text
        self.exprs: list[Expr] = []
        self.row_expansions: list[Expr] = []
        self.user = [NOBODY] * len(flat.instructions)
        for place, instruction in enumerate(flat.instructions):
            for arg in instruction.args:
                self.user[arg] = place if self.user[arg] == NOBODY else SEVERAL
        for _, place in flat.definitions:
            self.user[place] = SEVERAL

    def run(self) -> list[Expr]:
        open_chains: dict[int, list[int]] = {}  # the instructions of a chain, by its last
        for place, instruction in enumerate(self.flat.instructions):
            chain = CHAINS.get(str(instruction.value)) if instruction.kind == "binary" else None
            try:
                if chain is None:
                    self.exprs.append(self.expression(place, instruction))
                    continue
                links = [*open_chains.pop(instruction.args[0], []), place]
                if self.goes_on(place, chain):
                    open_chains[place] = links
                    # Nobody looks at it: the chain is built at its end.
                    self.exprs.append(self.exprs[instruction.args[0]])
                else:
                    self.exprs.append(self.link(links, chain))
            except ProblemError as error:
                raise self.placed(error, instruction) from None
        return self.exprs

    # -- chains

    def goes_on(self, place: int, chain: str) -> bool:
        """Whether this result is only there to be the left operand of the same chain."""
        user = self.user[place]
        if user < 0 or place == self.flat.output:
            return False
        instruction = self.flat.instructions[user]
        return (
            instruction.kind == "binary"
            and instruction.args[0] == place
            and CHAINS.get(str(instruction.value)) == chain
        )

    def link(self, links: list[int], chain: str) -> Expr:
        """The node of a whole chain, given its instructions."""
        first = self.flat.instructions[links[0]]
        operands = [self.exprs[first.args[0]], *(self.right(place) for place in links)]
        if chain in ("+", ".*"):
            operands = self.with_rows_expanded(operands)
        if chain == ".*" and not all(operand.shape for operand in operands):
            return self.link_by_link(operands, links, chain)  # a scalar's place is kept
        try:
            return OF_CHAIN[chain](*operands)
        except ProblemError:
            self.link_by_link(operands, links, chain)
            raise

    def link_by_link(self, operands: list[Expr], links: list[int], chain: str) -> Expr:
        """The chain as nested pairs, so that an error is one pair's error."""
        expr = operands[0]
        for operand, place in zip(operands[1:], links, strict=True):
            try:
                expr = OF_CHAIN[chain](expr, operand)
            except ProblemError as error:
                raise self.placed(error, self.flat.instructions[place]) from None
        return expr

    def right(self, place: int) -> Expr:
        """The right operand, negated if it is subtracted."""
        instruction = self.flat.instructions[place]
        operand = self.exprs[instruction.args[1]]
        return build.negate(operand) if instruction.value == "-" else operand

    # -- single instructions

    def expression(self, place: int, instruction: Instruction) -> Expr:
        args = [self.exprs[arg] for arg in instruction.args]
        value = instruction.value
        match instruction.kind:
            case "number":
                assert isinstance(value, Fraction)
                return build.number(value)
            case "size":
                return build.size(Dim.of(str(value)))
            case "variable" if value in self.sizes.exponents:
                return build.size(Dim.of(str(value)))
            case "variable":
                return self.variables[str(value)]
            case "unary":
                return build.negate(args[0])
            case "transpose":
                return build.transpose(args[0])
            case "vector":
                assert isinstance(value, tuple)
                if len(value) == 1 and not any(arg.shape for arg in args):
                    return build.vector_literal(*args)
                width = value[0]
                return build.stack([args[k : k + width] for k in range(0, len(args), width)])
            case "index":
                assert isinstance(value, tuple)
                return build.index(args[0], *value)
            case "compare":
                return _comparison(str(value), args[0], args[1])
            case "call":
                assert instruction.op is not None
                return call(
                    instruction.op.name,
                    *args,
                    parameter=instruction.parameter,
                    sizes=self.sizes.sizes_of(place),
                )
        return self.binary(instruction, args[0], args[1])

    def with_rows_expanded(self, operands: list[Expr]) -> list[Expr]:
        """X + b': beside a matrix a row stands for a matrix with all rows alike."""
        matrix = next((operand for operand in operands if operand.is_matrix), None)
        if matrix is None or not any(operand.is_row for operand in operands):
            return operands
        ones = call("vector", build.number(1), sizes=matrix.shape[:1])
        found = []
        for operand in operands:
            if operand.is_row and operand.shape[0] == matrix.shape[1]:
                self.row_expansions.append(operand)
                operand = build.multiply(ones, operand)
            found.append(operand)
        return found

    def binary(self, instruction: Instruction, a: Expr, b: Expr) -> Expr:
        if instruction.value in ("./", ".^"):
            a, b = self.with_rows_expanded([a, b])
        match instruction.value:
            case "./":
                return build.divide(a, b)
            case ".^":
                return build.power(a, b)
            case "^":
                return self.power(a, b, self.flat.instructions[instruction.args[1]])
        if b.shape:
            raise ProblemError(
                "shape",
                f"`/` by a {build.typed_kind(b.shape, b.is_row)}",
                hint="write ./ to divide element by element, inv(A)*b to solve",
            )
        return build.divide(a, b)

    def power(self, a: Expr, b: Expr, exponent: Instruction) -> Expr:
        if not a.shape and not b.shape:
            return build.power(a, b)
        if b.shape:
            raise ProblemError(
                "unsupported",
                f"an exponent that is a {build.typed_kind(b.shape, b.is_row)}",
                hint="a.^b raises element by element",
            )
        if not a.is_matrix:
            raise ProblemError(
                "shape", "`^` of a vector", hint="x.^2 squares each element, x'*x is their sum"
            )
        return _matrix_power(
            a, read_integer(exponent.tree, "the exponent of a matrix", "unsupported")
        )

    # -- places

    def placed(self, error: ProblemError, instruction: Instruction) -> ProblemError:
        tree = instruction.tree
        if error.start is not None:
            return error
        if error.kind != "shape" or tree.kind != "binary" or len(tree.args) != 2:
            return error.at(tree.start, tree.end)
        left, right = tree.args
        hint = error.hint
        if tree.value == "*" and all(self.exprs[arg].is_vector for arg in instruction.args):
            a, b = self.text[left.start : left.end], self.text[right.start : right.end]
            if a.isalnum() and b.isalnum():
                hint = f"{a}'*{b} or {a}.*{b}?"
        return ProblemError(
            error.kind, error.message, left.start, left.end, hint, (right.start, right.end)
        )


def _comparison(sign: str, a: Expr, b: Expr) -> Expr:
    if sign in ("<", "<="):
        a, b = b, a
    name = {">": "gt", "<": "gt", ">=": "ge", "<=": "ge"}.get(sign, "eq")
    result = call(name, a, b)
    return build.subtract(build.number(1), result) if sign == "!=" else result


def _matrix_power(a: Expr, dim: Dim) -> Expr:
    exponent = dim.integer
    if exponent is None:
        return call("matpow", a, parameter=dim)
    if abs(exponent) > MATRIX_POWER_LIMIT:
        raise ProblemError(
            "limit",
            f"a matrix power beyond {MATRIX_POWER_LIMIT}",
            hint="X^k with a name k has no limit",
        )
    if exponent < 0:
        a, exponent = call("inv", a), -exponent
    return a if exponent == 1 else call("matpow", a, parameter=exponent)
