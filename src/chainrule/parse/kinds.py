"""Which undeclared variables are scalars, vectors or matrices: their use decides.

Every assignment of kinds is priced (lower case prefers scalars, upper case matrices; uses
that would be odd, like the sum of a scalar, cost extra) and the cheapest consistent one is
taken. Declared variables keep their kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from ..errors import ProblemError
from .flat import Flat, Instruction

SCALAR, VECTOR, ROW, MATRIX = "s", "v", "r", "m"
KINDS = (SCALAR, VECTOR, MATRIX)
LOWER = {SCALAR: 0.0, VECTOR: 1.0, MATRIX: 4.0}
UPPER = {MATRIX: 0.0, VECTOR: 2.0, SCALAR: 3.0}

# What an odd use costs, in the units of the preferences above.
SCALAR_REDUCED = 6.0
SCALAR_TRANSPOSED = 6.0
SCALARS_ELEMENTWISE = 3.0
MATRIX_TIMES_SCALAR = 3.0
EXPANSION = 1.5

UNDECIDED_LIMIT = 10
REDUCTIONS = ("sum", "mean", "norm1", "norm2", "prod")


def infer_kinds(flat: Flat, declared: Mapping[str, str]) -> dict[str, str]:
    """A kind for every variable of the program."""
    open_names = [name for name in flat.variables if name not in declared]
    if len(open_names) > UNDECIDED_LIMIT:
        raise ProblemError(
            "limit",
            f"{len(open_names)} variables without a declared shape",
            hint="declare some: let x = n, A = m,n",
        )
    if not open_names:
        return dict(declared)
    preferred = {name: LOWER if _is_lower(name) else UPPER for name in open_names}
    orders = [sorted(KINDS, key=lambda k, p=preferred[name]: p[k]) for name in open_names]
    best: tuple[float, tuple[bool, ...], dict[str, str]] | None = None
    furthest: tuple[int, float, dict[str, str]] | None = None
    for choice in product(*orders):
        kinds = {**declared, **dict(zip(open_names, choice, strict=True))}
        cost = sum(preferred[n][k] for n, k in zip(open_names, choice, strict=True))
        if best is not None and cost > best[0]:
            continue
        used, failed = _price(flat.instructions, kinds, set(open_names))
        if failed is not None:
            if furthest is None or (failed, -cost) > (furthest[0], -furthest[1]):
                furthest = (failed, cost, kinds)
            continue
        rank = (cost + used, tuple(k == SCALAR for k in choice))
        if best is None or rank < best[:2]:
            best = (*rank, kinds)
    if best is not None:
        return best[2]
    assert furthest is not None
    return furthest[2]  # the constructors will say what is wrong with it, and where


def _is_lower(name: str) -> bool:
    return name[0].islower() or not name[0].isalpha()


def _price(
    instructions: list[Instruction], kinds: Mapping[str, str], undeclared: set[str]
) -> tuple[float, int | None]:
    """(cost of odd uses, place of the first instruction that cannot be) of an assignment."""
    found: list[str] = []
    cost = 0.0
    for place, instruction in enumerate(instructions):
        args = [found[arg] for arg in instruction.args]
        direct = [_is_open(instructions, arg, undeclared) for arg in instruction.args]
        kind, extra = _kind(instruction, args, direct, kinds, instructions)
        if kind is None:
            return cost, place
        found.append(kind)
        cost += extra
    return cost, None


def _is_open(instructions: list[Instruction], place: int, undeclared: set[str]) -> bool:
    """Whether the operand is an undeclared variable, perhaps with a sign or transposed."""
    while instructions[place].kind in ("unary", "transpose"):
        place = instructions[place].args[0]
    return instructions[place].kind == "variable" and instructions[place].value in undeclared


def _kind(
    instruction: Instruction,
    args: list[str],
    direct: list[bool],
    kinds: Mapping[str, str],
    instructions: list[Instruction],
) -> tuple[str | None, float]:
    match instruction.kind:
        case "number" | "size":
            return SCALAR, 0.0
        case "variable":
            return kinds[str(instruction.value)], 0.0
        case "unary":
            return args[0], 0.0
        case "transpose":
            turned = {SCALAR: SCALAR, VECTOR: ROW, ROW: VECTOR, MATRIX: MATRIX}[args[0]]
            return turned, SCALAR_TRANSPOSED if args[0] == SCALAR else 0.0
        case "vector":
            return (VECTOR if all(arg == SCALAR for arg in args) else None), 0.0
        case "index":
            return _indexed(instruction, args[0]), 0.0
        case "compare":
            return _alike(args, direct)
        case "call":
            return _called(instruction, args, direct)
    return _binary(instruction, args, direct, instructions)


def _binary(
    instruction: Instruction,
    args: list[str],
    direct: list[bool],
    instructions: list[Instruction],
) -> tuple[str | None, float]:
    left, right = args
    match instruction.value:
        case "+" | "-":
            return _alike(args, direct)
        case ".*" | "./" | ".^":
            kind, cost = _alike(args, direct)
            both = left == right == SCALAR
            return kind, SCALARS_ELEMENTWISE if both and any(direct) else cost
        case "/":
            return (left if right == SCALAR else None), 0.0
        case "^":
            if left == right == SCALAR:
                return SCALAR, 0.0
            exponent = instructions[instruction.args[1]]
            literal = exponent.kind in ("number", "unary")
            return (MATRIX if left == MATRIX and literal else None), 0.0
    odd = left in (MATRIX, ROW) and right == SCALAR and direct[1]
    return _PRODUCTS.get((left, right)), MATRIX_TIMES_SCALAR if odd else 0.0


_PRODUCTS = {
    (VECTOR, ROW): MATRIX,
    (ROW, VECTOR): SCALAR,
    (ROW, MATRIX): ROW,
    (MATRIX, VECTOR): VECTOR,
    (MATRIX, MATRIX): MATRIX,
    **{(SCALAR, kind): kind for kind in (SCALAR, VECTOR, ROW, MATRIX)},
    **{(kind, SCALAR): kind for kind in (VECTOR, ROW, MATRIX)},
}


def _alike(args: list[str], direct: list[bool]) -> tuple[str | None, float]:
    """Operands of one kind; a scalar among others is expanded."""
    shaped = {arg for arg in args if arg != SCALAR}
    if len(shaped) > 1:
        return None, 0.0
    if not shaped:
        return SCALAR, 0.0
    expanded = any(arg == SCALAR and own for arg, own in zip(args, direct, strict=True))
    return shaped.pop(), EXPANSION if expanded else 0.0


def _indexed(instruction: Instruction, base: str) -> str | None:
    places = instruction.value
    assert isinstance(places, tuple)
    if {SCALAR: 0, VECTOR: 1, ROW: 1, MATRIX: 2}[base] != len(places):
        return None
    return {0: SCALAR, 1: VECTOR, 2: MATRIX}[places.count(None)]


def _called(
    instruction: Instruction, args: list[str], direct: list[bool]
) -> tuple[str | None, float]:
    op = instruction.op
    assert op is not None
    if op.family == "elementwise":
        return _alike(args, direct) if args else (SCALAR, 0.0)
    axes = [{SCALAR: 0, VECTOR: 1, ROW: 1, MATRIX: 2}[arg] for arg in args]
    for signature in op.signatures[instruction.parameter]:  # type: ignore[index]
        if [len(letters) for letters in signature.inputs] == axes:
            kind = KINDS[len(signature.output)]
            odd = op.name in REDUCTIONS and args[0] == SCALAR
            return kind, SCALAR_REDUCED if odd else 0.0
    return None, 0.0
