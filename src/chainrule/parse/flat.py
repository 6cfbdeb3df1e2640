"""A program as a list of instructions, children first: what the passes of parse/ walk over.

Names are resolved here: functions, variables, definitions, dimensions.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from ..errors import ProblemError
from ..expr.call import Parameter
from ..expr.node import Place
from ..op import NAMES, OPS, Op
from ..ops import structure  # noqa: F401  (fills the table)
from ..shapes import Dim
from .grammar import Program, Tree
from .integers import integer_names, read_integer, trees_of

# What X^3, X^k and g(x) become; these have no spelling as calls.
UNSPELLED = {"matpow": "X^3", "named_power": "X^k", "function": "g(x)"}
LARGEST = {"max": "largest", "min": "smallest"}  # with one argument: of all its entries
CONSTANTS = ("pi", "π", "eye")
SPELLED = [name for name in NAMES if name not in UNSPELLED]
# What people write who come from elsewhere.
ELSEWHERE = {
    "transpose": "x'", "trnspose": "x' for the transpose", "t": "x'",
    "hadamard": "x.*y", "multiply": "x*y or x.*y", "matmul": "A*B", "mul": "x*y", "mm": "A*B",
    "dot": "x'*y", "inner": "x'*y", "power": "x^2 or x.^2", "pow": "x^2 or x.^2",
    "square": "x^2 or x.^2", "squareroot": "sqrt(x)", "identity": "eye(n)", "ones": "vector(1, n)",
    "zeros": "vector(0, n)", "inverse": "inv(X)", "determinant": "det(X)", "magnitude": "abs(x)",
    "add": "x + y", "subtract": "x - y", "divide": "x/y or x./y", "diff": "the expression alone",
    "grad": "the expression alone", "gradient": "the expression alone",
}  # fmt: skip
COMPARISONS = {">": "gt", "<": "gt", ">=": "ge", "<=": "ge", "==": "eq", "!=": "eq"}


@dataclass
class Instruction:
    """`kind` and `value` as in Tree; a call carries its op, parameter and sizes."""

    kind: str
    args: tuple[int, ...]
    value: object
    tree: Tree
    op: Op | None = None
    parameter: Parameter = None
    sizes: tuple[Dim | None, ...] = ()


@dataclass
class Flat:
    instructions: list[Instruction]
    definitions: list[tuple[str, int]]
    output: int
    variables: list[str]  # in order of appearance


def flatten(
    program: Program,
    declared: Iterable[str],
    integers: Iterable[str],
    functions: Iterable[str] = (),
) -> Flat:
    """Instructions of the program.

    `declared` are variables of `let`, `integers` the names of sizes and subscripts,
    `functions` the functions nothing is known about.
    """
    return _Flattener(program, set(declared), set(integers), set(functions)).run()


class _Flattener:
    def __init__(
        self, program: Program, declared: set[str], integers: set[str], functions: set[str]
    ) -> None:
        self.program = program
        self.declared = declared
        self.functions = functions
        self.dims = integers - declared
        self.counted = integer_names(program)  # of the text itself, not of `let`
        self.found = Flat([], [], 0, [])
        self.defined: dict[str, int] = {}

    def run(self) -> Flat:
        for name, tree, token in self.program.definitions:
            if name in self.defined or name in self.declared:
                raise ProblemError(
                    "name",
                    f"{name} is defined twice",
                    token.start,
                    token.end,
                    "choose another name",
                )
            reserved = (name in NAMES and len(name) > 1) or name in CONSTANTS
            if reserved or name in self.counted:
                what = "the name of a function or a constant" if reserved else "a size or subscript"
                raise ProblemError(
                    "name", f"{name} is {what}", token.start, token.end, "choose another name"
                )
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
        elif tree.kind == "index":
            assert isinstance(tree.value, tuple)
            instruction.value = tuple(_place(place) for place in tree.value)
        elif tree.kind in ("string", "colon"):
            raise ProblemError(
                "syntax",
                "this cannot stand here",
                tree.start,
                tree.end,
                "a string spells the indices of einsum, `:` is a subscript",
            )
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
            if name in CONSTANTS:
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
        if name.rstrip("'") in self.functions:
            instruction.op = OPS["function"]
            instruction.parameter = name
            if len(instruction.args) != 1:
                raise ProblemError(
                    "unsupported",
                    f"an unknown function of {len(instruction.args)} arguments",
                    tree.start,
                    tree.end,
                    f"{name} is applied to each element of one argument",
                )
            return
        if name not in NAMES:
            hint = f"a product is written {name}*(...), an entry {name}[1]"
            lower = name.lower()
            close = [lower] if lower in SPELLED else difflib.get_close_matches(lower, SPELLED, n=1)
            if lower in ELSEWHERE:
                hint = f"write {ELSEWHERE[lower]}"
            elif close:
                hint = f"did you mean {close[0]}?"
            elif len(name) > 1:
                hint = f'an unknown function has one letter, or is declared: {name}: "function"'
            raise ProblemError("name", f"unknown function {name}", tree.start, tree.end, hint)
        op = OPS[NAMES[name]]
        if op.name in LARGEST and len(instruction.args) == 1:
            op = OPS[LARGEST[op.name]]
        if op.name in UNSPELLED:
            written = UNSPELLED[op.name]
            raise ProblemError(
                "syntax", f"{name} is no function to call", tree.start, tree.end, f"write {written}"
            )
        instruction.op = op
        if op.arity < 0:
            instruction.parameter = _spelling(tree)
            return
        given = len(instruction.args)
        extra = tree.args[given:]
        if given != op.arity:
            what = "argument" if op.arity == 1 else "arguments"
            raise ProblemError(
                "syntax",
                f"{name} takes {op.arity} {what}, found {given}",
                tree.start,
                tree.end,
                f"write {name}({', '.join('xyz'[: op.arity])})",
            )
        if op.sizes:
            instruction.sizes = tuple(map(_size, extra))
            if len(extra) > len(op.sizes):
                raise ProblemError(
                    "syntax",
                    f"{name} takes {len(op.sizes)} sizes or none, found {len(extra)}",
                    tree.start,
                    tree.end,
                    f"the sizes are {', '.join(op.sizes)}",
                )
            instruction.sizes += (None,) * (len(op.sizes) - len(extra))
        elif op.takes_exponent:
            instruction.parameter = read_integer(extra[0], "an exponent") if extra else None
        elif extra:
            instruction.parameter = _parameter(op, extra, tree)


def unknown_functions(program: Program, declared: Iterable[str]) -> set[str]:
    """Single letters that are called and never used as variables: the g of g(x), g'(x)."""
    taken = {*declared, *NAMES, *(name for name, _, _ in program.definitions)}
    called: set[str] = set()
    for tree in trees_of(program):
        if tree.kind == "call" and any(arg.kind != "number" for arg in tree.args):
            called.add(str(tree.value).rstrip("'"))
        elif tree.kind == "name":
            taken.add(str(tree.value))
    return {name for name in called - taken if len(name) == 1}


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
    takes_more = op.sizes or op.takes_exponent or set(op.signatures) - {None}
    return tree.args[: op.arity] if takes_more else tree.args


def _place(place: Tree | tuple[Tree, Tree] | None) -> Place:
    """A subscript as an integer, a range of them, or all."""
    if isinstance(place, tuple):
        first, last = (read_integer(end, "a subscript") for end in place)
        return first, last
    return None if place is None else read_integer(place, "a subscript")


def _size(tree: Tree) -> Dim:
    dim = read_integer(tree, "a size")
    if dim.is_never_positive:
        raise ProblemError("shape", f"a size of {dim}", tree.start, tree.end, "sizes are 1 or more")
    return dim


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
