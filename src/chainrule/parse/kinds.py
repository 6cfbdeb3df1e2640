"""Which undeclared variables are scalars, vectors or matrices: their use decides.

Every choice of kinds is priced (lower case prefers scalars, upper case matrices; uses that
would be odd, like the sum of a scalar, cost extra) and the cheapest consistent one is taken
(choose.py). Declared variables keep their kind. Sizes come later, in sizes.py.
"""

from __future__ import annotations

from itertools import product

from ..expr.call import signatures_for
from ..shapes import Dim
from .flat import Flat, Instruction

SCALAR, VECTOR, ROW, MATRIX = "s", "v", "r", "m"
TENSOR = "t"  # more than two axes: only what einsum gives, never a variable
KINDS = (SCALAR, VECTOR, MATRIX)
OPERANDS = (SCALAR, VECTOR, ROW, MATRIX, TENSOR)
AXES = {SCALAR: 0, VECTOR: 1, ROW: 1, MATRIX: 2, TENSOR: 3}

# In half points, to stay with integers.
LOWER = {SCALAR: 0, VECTOR: 2, MATRIX: 8}
UPPER = {MATRIX: 0, VECTOR: 8, SCALAR: 6}

# What an odd use costs, in the units of the preferences above.
SCALAR_REDUCED = 12
SCALAR_TRANSPOSED = 12
SCALARS_ELEMENTWISE = 6
MATRIX_TIMES_SCALAR = 6
SCALAR_ELEMENTWISE = 5
EXPANSION = 3
COMPUTED_EXPANSION = 8
ROW_EXPANSION = 4
SYMBOLIC_EXPONENT = 4

SCALAR_NAMES = frozenset({"ε", "eps", "epsilon", "λ", "lambda"})
REDUCTIONS = ("sum", "mean", "norm1", "norm2", "prod")

# Whether an operand leaves its kind open; None where it is a number.
Direct = tuple[bool | None, ...]

Priced = tuple[str | None, int]  # the kind of a result, None where there is none; its cost
Row = tuple[tuple[str, ...], int]  # kinds of the operands and the result; what they cost


def preference(name: str) -> dict[str, int]:
    """What each kind costs for a variable of this name."""
    if name in SCALAR_NAMES:
        return {**LOWER, VECTOR: 6}
    return LOWER if name[0].islower() or not name[0].isalpha() else UPPER


class Rules:
    """For every instruction of a program, the kinds its operands and result may have."""

    def __init__(self, flat: Flat, open_names: set[str]) -> None:
        self.flat = flat
        # Whether a result is made of undeclared variables and numbers by operations that
        # leave the kind of their operands open, as signs, sums and element-wise functions do.
        self.is_open: list[bool] = []
        self.is_constant: list[bool] = []
        for instruction in flat.instructions:
            constant = instruction.kind in ("number", "size") or (
                bool(instruction.args)
                and _passes_kind_on(instruction)
                and all(self.is_constant[arg] for arg in instruction.args)
            )
            self.is_constant.append(constant)
            if instruction.kind == "variable":
                self.is_open.append(instruction.value in open_names)
                continue
            turned = [flat.instructions[arg].kind == "transpose" for arg in instruction.args]
            self.is_open.append(
                not constant
                and _passes_kind_on(instruction)
                and not (instruction.value == "*" and any(turned))
                and all(self.is_open[arg] or self.is_constant[arg] for arg in instruction.args)
            )
        self._rows: dict[object, list[Row]] = {}

    def rows(self, place: int) -> list[Row]:
        """The rows of one instruction; instructions of one form share them."""
        instruction = self.flat.instructions[place]
        direct = tuple(
            None if self.is_constant[arg] else self.is_open[arg] for arg in instruction.args
        )
        literal = _exponent(self.flat, instruction)
        name = instruction.op.name if instruction.op else instruction.value
        form = (instruction.kind, name, instruction.parameter, direct, literal)
        if form not in self._rows:
            self._rows[form] = _rows(instruction, direct, literal)
        return self._rows[form]


def _passes_kind_on(instruction: Instruction) -> bool:
    op = instruction.op
    is_elementwise = op is not None and op.family == "elementwise"
    return is_elementwise or instruction.kind in ("unary", "transpose", "binary")


def _exponent(flat: Flat, instruction: Instruction) -> int | None:
    """What it costs to read the right operand of ^ as an integer; None where it is none."""
    if instruction.kind != "binary" or instruction.value != "^":
        return None
    is_literal = True
    stack = [instruction.args[1]]
    while stack:
        part = flat.instructions[stack.pop()]
        is_sum = part.kind == "binary" and part.value in ("+", "-", "*")
        if not is_sum and part.kind not in ("number", "size", "variable", "unary"):
            return None
        is_literal = is_literal and part.kind in ("number", "unary")
        stack.extend(part.args)
    return 0 if is_literal else SYMBOLIC_EXPONENT


def _rows(instruction: Instruction, direct: Direct, literal: int | None) -> list[Row]:
    found: list[Row] = []
    for args in product(OPERANDS, repeat=len(instruction.args)):
        kind, cost = _kind(instruction, args, direct, literal)
        if kind is not None:
            found.append(((*args, kind), cost))
    return found


def _kind(
    instruction: Instruction, args: tuple[str, ...], direct: Direct, literal: int | None
) -> Priced:
    match instruction.kind:
        case "number" | "size":
            return SCALAR, 0
        case "unary":
            return args[0], 0
        case "transpose":
            turned = {SCALAR: SCALAR, VECTOR: ROW, ROW: VECTOR, MATRIX: MATRIX}.get(args[0])
            return turned, SCALAR_TRANSPOSED if args[0] == SCALAR else 0
        case "index":
            return _indexed(instruction, args[0]), 0
        case "compare":
            return _alike(args, direct)
        case "call":
            return _called(instruction, args, direct)
    return _binary(instruction, args, direct, literal)


def _binary(
    instruction: Instruction, args: tuple[str, ...], direct: Direct, literal: int | None
) -> Priced:
    left, right = args
    match instruction.value:
        case "+" | "-":
            return _with_rows(args, direct)
        case ".*" | "./" | ".^":
            kind, cost = _with_rows(args, direct)
            if left == right == SCALAR:
                return kind, SCALARS_ELEMENTWISE
            scalar = any(a == SCALAR and own for a, own in zip(args, direct, strict=True))
            return kind, SCALAR_ELEMENTWISE if scalar and instruction.value != ".^" else cost
        case "/":
            return (left if right == SCALAR else None), 0
        case "^":
            if left == right == SCALAR:
                return SCALAR, 0
            if left == MATRIX and right == SCALAR and literal is not None:
                return MATRIX, literal
            return None, 0
    odd = left in (MATRIX, ROW) and right == SCALAR and direct[1]
    return _PRODUCTS.get((left, right)), MATRIX_TIMES_SCALAR if odd else 0


_PRODUCTS = {
    (VECTOR, ROW): MATRIX,
    (ROW, VECTOR): SCALAR,
    (ROW, MATRIX): ROW,
    (MATRIX, VECTOR): VECTOR,
    (MATRIX, MATRIX): MATRIX,
    **{(SCALAR, kind): kind for kind in (SCALAR, VECTOR, ROW, MATRIX, TENSOR)},
    **{(kind, SCALAR): kind for kind in (VECTOR, ROW, MATRIX, TENSOR)},
}


def _with_rows(args: tuple[str, ...], direct: Direct) -> Priced:
    """As `_alike`; beside a matrix, a row is expanded to all its rows."""
    if set(args) == {MATRIX, ROW}:
        return MATRIX, ROW_EXPANSION
    return _alike(args, direct)


def stack_rows(shape: tuple[int, ...]) -> list[Row]:
    """What a block of [a, b; c', 1] may be, and the kind the whole then has."""
    if shape == (1,) * len(shape) and len(shape) > 1:
        return [*_costs(SCALAR, VECTOR, MATRIX), *_costs(VECTOR, VECTOR), *_costs(ROW, MATRIX),
                *_costs(MATRIX, MATRIX)]  # fmt: skip
    if len(shape) == 1:
        return [*_costs(SCALAR, VECTOR, ROW, MATRIX), *_costs(VECTOR, MATRIX), *_costs(ROW, ROW),
                *_costs(MATRIX, MATRIX)]  # fmt: skip
    return [row for kind in (SCALAR, VECTOR, ROW, MATRIX) for row in _costs(kind, MATRIX)]


def _costs(block: str, *kinds: str) -> list[Row]:
    """Rows for one kind of block; the kinds of the whole from likely to odd."""
    return [((block, kind), cost) for cost, kind in enumerate(kinds)]


def _alike(args: tuple[str, ...], direct: Direct) -> Priced:
    """Operands of one kind; a scalar among others is expanded."""
    shaped = {arg for arg in args if arg != SCALAR}
    if len(shaped) > 1:
        return None, 0
    if not shaped:
        return SCALAR, 0
    expanded = any(arg == SCALAR and own for arg, own in zip(args, direct, strict=True))
    kind = shaped.pop()
    computed = any(arg == SCALAR and own is False for arg, own in zip(args, direct, strict=True))
    if kind == MATRIX and computed:
        return kind, COMPUTED_EXPANSION
    return kind, EXPANSION if expanded else 0


def _indexed(instruction: Instruction, base: str) -> str | None:
    places = instruction.value
    assert isinstance(places, tuple)
    if AXES[base] != len(places):
        return None
    kept = len(places) - sum(isinstance(place, Dim) for place in places)
    return base if base == ROW and kept else KINDS[kept]


def _called(instruction: Instruction, args: tuple[str, ...], direct: Direct) -> Priced:
    op = instruction.op
    assert op is not None
    if op.family == "elementwise":
        return _alike(args, direct)
    axes = [AXES[arg] for arg in args]
    for signature in signatures_for(op, instruction.parameter):
        if [len(letters) for letters in signature.inputs] == axes:
            kind = KINDS[len(signature.output)] if len(signature.output) < 3 else TENSOR
            same = tuple((letter,) for letter in signature.inputs[0]) if args else ()
            if same and args[0] == ROW and signature.output == same:
                kind = ROW
            odd = op.name in REDUCTIONS and args[0] == SCALAR
            return kind, SCALAR_REDUCED if odd else 0
    return None, 0
