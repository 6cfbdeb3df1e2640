"""The front door of parse/: text and declarations in, a typed expression out.

Kinds come first (infer.py), then sizes by unification over the instructions, then the
expression is built by the checked constructors (assemble.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ..expr.node import Expr
from .assemble import assemble
from .declare import SQUARE, check_assumed, read_assume, read_functions, read_let
from .domain import refuse_undefined
from .flat import flatten, unknown_functions
from .grammar import read
from .infer import infer_kinds
from .integers import integer_names
from .kinds import KINDS, MATRIX
from .latex import is_latex, read_latex
from .sizes import Sizes


@dataclass(frozen=True)
class Understood:
    """What the text means. Definitions are substituted in `expr`, which shares them."""

    expr: Expr
    variables: dict[str, Expr]
    inferred: frozenset[str]
    definitions: tuple[tuple[str, Expr], ...]
    row_expansions: tuple[Expr, ...] = ()  # rows that were added to every row of a matrix


def understand(
    text: str,
    let: Mapping[str, Sequence[int | str] | str] | None = None,
    assume: Mapping[str, Sequence[str]] | None = None,
    latex: bool = False,
    integers: Collection[str] = (),
) -> Understood:
    """The expression `text` denotes, in the text syntax or, if it looks so or is said to be, in
    LaTeX.

    Shapes that `let` leaves out are inferred from use; `integers` are names of sizes from
    elsewhere. Raises ProblemError with the place of whatever is wrong.
    """
    shapes = read_let(let or {})
    functions = read_functions(let or {})
    given = frozenset(shapes)
    program = read_latex(text, shapes, functions) if latex or is_latex(text) else read(text)
    shapes |= read_let(program.shapes)
    named = integer_names(program)
    for name in [name for name in named if shapes.get(name) == ()]:
        del shapes[name]  # the i of x[i] is no scalar to differentiate by
    properties = read_assume(assume or {}, shapes)
    named |= {name for shape in shapes.values() for dim in shape for name in dim.names}
    named |= set(integers) - shapes.keys()
    functions |= unknown_functions(program, shapes)
    flat = flatten(program, shapes, named, functions)
    names = [*flat.variables, *(name for name in shapes if name not in flat.variables)]
    check_assumed(properties, names)
    declared = {name: KINDS[len(shape)] for name, shape in shapes.items()}
    square = [name for name in flat.variables if SQUARE & set(properties.get(name, ()))]
    declared |= {name: MATRIX for name in square if name not in declared}
    declared |= {name: KINDS[n] for name, n in program.axes.items() if name not in declared}
    kinds = infer_kinds(flat, declared, text)
    sizes = Sizes(flat, kinds, shapes, properties)
    names = [name for name in names if name not in sizes.exponents]
    refuse_undefined(flat)
    exprs, variables, expanded = assemble(flat, sizes, properties, text)
    return Understood(
        exprs[flat.output],
        {name: variables[name] for name in names},
        frozenset(name for name in names if name not in given),
        tuple((name, exprs[place]) for name, place in flat.definitions),
        tuple(dict.fromkeys(expanded)),
    )
