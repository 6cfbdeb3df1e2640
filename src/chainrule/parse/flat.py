"""A program as a list of instructions, children first: what the passes of parse/ walk over.

Names are resolved here: functions, variables, definitions, dimensions.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from ..errors import ProblemError
from ..op import NAMES, OPS, Op
from ..ops import structure  # noqa: F401  (fills the table)
from ..shapes import Dim
from .declare import SIZE_LIMIT
from .grammar import Program, Tree

SIZE_FACTORS = 16
POWER = "matpow"  # what X^3 becomes; it has no spelling as a call
COMPARISONS = {">": "gt", "<": "gt", ">=": "ge", "<=": "ge", "==": "eq", "!=": "eq"}


@dataclass
class Instruction:
    """`kind` and `value` as in Tree; a call carries its op, parameter and sizes."""

    kind: str
    args: tuple[int, ...]
    value: object
    tree: Tree
    op: Op | None = None
    parameter: int | str | None = None
    sizes: tuple[Dim | None, ...] = ()


@dataclass
class Flat:
    instructions: list[Instruction]
    definitions: list[tuple[str, int]]
    output: int
    variables: list[str]  # in order of appearance


def flatten(program: Program, declared: Iterable[str], dims: Iterable[str]) -> Flat:
    """Instructions of the program. `declared` are variables of `let`, `dims` its dimensions."""
    return _Flattener(program, set(declared), set(dims)).run()


class _Flattener:
    def __init__(self, program: Program, declared: set[str], dims: set[str]) -> None:
        self.program = program
        self.declared = declared
        trees = [tree for _, tree, _ in program.definitions] + [program.output]
        self.dims = dims | {name for tree in trees for name in _size_names(tree)}
        self.dims -= declared
        self.found = Flat([], [], 0, [])
        self.defined: dict[str, int] = {}

    def run(self) -> Flat:
        for name, tree, token in self.program.definitions:
            if name in self.defined or name in self.declared:
                raise ProblemError("name", f"{name} is defined twice", token.start, token.end)
            place = self.tree(tree)
            if name in self.found.variables:
                raise ProblemError(
                    "name",
                    f"{name} is used before it is defined",
                    token.start,
                    token.end,
                    "definitions go first, and a name is defined once",
                )
            self.defined[name] = place
            self.found.definitions.append((name, self.defined[name]))
        self.found.output = self.tree(self.program.output)
        return self.found

    def tree(self, root: Tree) -> int:
        """Append the tree's instructions; the place of its root."""
        places: dict[int, int] = {}
        stack = [root]
        while stack:
            tree = stack[-1]
            children = _value_args(tree)
            waiting = [child for child in children if id(child) not in places]
            if waiting:
                stack.extend(reversed(waiting))
                continue
            stack.pop()
            places[id(tree)] = self.emit(tree, tuple(places[id(c)] for c in children))
        return places[id(root)]

    def emit(self, tree: Tree, args: tuple[int, ...]) -> int:
        if tree.kind == "name":
            return self.name(tree)
        instruction = Instruction(tree.kind, args, tree.value, tree)
        if tree.kind == "call":
            self.call(instruction)
        elif tree.kind == "compare":
            instruction.op = OPS[COMPARISONS[str(tree.value)]]
        elif tree.kind == "binary" and tree.value == "kron":
            instruction.kind, instruction.op = "call", OPS["kron"]
        elif tree.kind in ("string", "colon"):
            raise ProblemError("syntax", "this cannot stand here", tree.start, tree.end)
        return self.append(instruction)

    def append(self, instruction: Instruction) -> int:
        self.found.instructions.append(instruction)
        return len(self.found.instructions) - 1

    def name(self, tree: Tree) -> int:
        name = str(tree.value)
        if name in self.defined:
            return self.defined[name]
        if name not in self.declared:
            if name in self.dims:
                return self.append(Instruction("size", (), name, tree))
            if name in ("pi", "π", "eye"):
                call = Tree("call", (), "eye" if name == "eye" else "pi", tree.start, tree.end)
                return self.emit(call, ())
            if name in NAMES and len(name) > 1:
                raise ProblemError(
                    "name", f"{name} is a function", tree.start, tree.end, f"write {name}(...)"
                )
        if name not in self.found.variables:
            self.found.variables.append(name)
        return self.append(Instruction("variable", (), name, tree))

    def call(self, instruction: Instruction) -> None:
        tree = instruction.tree
        name = str(tree.value)
        if name not in NAMES:
            close = difflib.get_close_matches(name, NAMES, n=1)
            hint = f"a product is written {name}*(...), an entry {name}[1]"
            if close:
                hint = f"did you mean {close[0]}?"
            raise ProblemError("name", f"unknown function {name}", tree.start, tree.end, hint)
        op = OPS[NAMES[name]]
        if op.name == POWER:
            raise ProblemError("syntax", "a matrix power is written X^3", tree.start, tree.end)
        instruction.op = op
        if op.arity < 0:
            instruction.parameter = _spelling(tree)
            return
        given = len(instruction.args)
        extra = tree.args[given:]
        if given != op.arity:
            what = "argument" if op.arity == 1 else "arguments"
            is_largest = op.name in ("max", "min") and given == 1
            raise ProblemError(
                "unsupported" if is_largest else "syntax",
                f"{name} takes {op.arity} {what}, found {given}",
                tree.start,
                tree.end,
                f"{name}(a, b) compares element by element" if is_largest else None,
            )
        if op.sizes:
            instruction.sizes = tuple(_size(arg) for arg in extra)
            if len(extra) not in (0, len(op.sizes)):
                raise ProblemError(
                    "syntax",
                    f"{name} takes the sizes {', '.join(op.sizes)} or none",
                    tree.start,
                    tree.end,
                )
            if not extra:
                instruction.sizes = (None,) * len(op.sizes)
        elif extra:
            instruction.parameter = _parameter(op, extra, tree)


def _spelling(tree: Tree) -> str:
    """The first argument of einsum: "ij,jk->ik", as many parts as there are tensors."""
    first = tree.args[0] if tree.args else tree
    spec = str(first.value) if first.kind == "string" else ""
    inputs, _, output = spec.partition("->")
    parts = inputs.split(",")
    right = (
        "->" in spec
        and all(part.isascii() and part.isalpha() for part in parts)
        and len(parts) == len(tree.args) - 1
        and len(set(output)) == len(output)
        and set(output) <= set(inputs) - {","}
    )
    if not right:
        raise ProblemError(
            "syntax",
            f"{tree.value} starts with a spelling of its indices",
            first.start,
            first.end,
            f'{tree.value}("ij,jk->ik", A, B) is A*B',
        )
    return spec


def _value_args(tree: Tree) -> tuple[Tree, ...]:
    """The arguments that are expressions, not sizes or axis numbers."""
    if tree.kind != "call" or tree.value not in NAMES:
        return tree.args
    op = OPS[NAMES[str(tree.value)]]
    if op.arity < 0:
        return tree.args[1:]
    takes_more = op.sizes or set(op.signatures) - {None}
    return tree.args[: op.arity] if takes_more else tree.args


def _size_names(root: Tree) -> set[str]:
    """Names that stand where a size belongs: the n of eye(n)."""
    names: set[str] = set()
    stack = [root]
    while stack:
        tree = stack.pop()
        stack.extend(tree.args)
        if tree.kind == "call" and tree.value in NAMES:
            op = OPS[NAMES[str(tree.value)]]
            if op.sizes:
                for arg in tree.args[op.arity :]:
                    names |= {str(a.value) for a in _size_factors(arg) if a.kind == "name"}
    return names


def _size(tree: Tree) -> Dim:
    """A dimension: an integer, a name, or a product of them."""
    dim = Dim.of(1)
    for factor in _size_factors(tree):
        if factor.kind == "name":
            dim = dim * Dim.of(str(factor.value))
        elif (
            isinstance(factor.value, Fraction)
            and factor.value.denominator == 1
            and factor.value <= SIZE_LIMIT
        ):
            dim = dim * Dim.of(int(factor.value))
        else:
            raise ProblemError(
                "syntax",
                f"a size is an integer up to {SIZE_LIMIT}, a name or a product of them",
                factor.start,
                factor.end,
            )
    return dim


def _size_factors(tree: Tree) -> list[Tree]:
    """The factors of a product, from left to right."""
    factors: list[Tree] = []
    stack = [tree]
    while stack:
        tree = stack.pop()
        if tree.kind == "binary" and tree.value == "*":
            stack.extend(reversed(tree.args))
        else:
            factors.append(tree)
    if len(factors) > SIZE_FACTORS:
        raise ProblemError(
            "limit", f"a size of {len(factors)} factors", factors[0].start, factors[-1].end
        )
    return factors


def _parameter(op: Op, extra: tuple[Tree, ...], tree: Tree) -> int:
    allowed = [axis for axis in op.signatures if axis is not None]
    if len(extra) == 1 and extra[0].kind == "number" and extra[0].value in allowed:
        value = extra[0].value
        assert isinstance(value, Fraction)
        return int(value)
    raise ProblemError(
        "syntax",
        f"the second argument of {op.name} is {' or '.join(map(str, allowed))}",
        extra[0].start,
        extra[-1].end,
        "0 works down the columns, 1 along the rows",
    )
