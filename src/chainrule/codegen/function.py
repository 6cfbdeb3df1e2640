"""A function `derivative(**variables)`: arguments, sizes, the program, and what it returns."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Mapping, Sequence

from ..errors import ProblemError, printable
from ..expr.node import Expr
from ..intern import postorder
from ..shapes import Dim, kind_of
from ..tensor.node import Tensor
from .arrays import Array
from .dialect import BORROWED, Dialect
from .flops import flops_of
from .hoist import Fixed, hoisted
from .names import Names
from .numpy import NumPy
from .stable import stable
from .versions import Version, compared, versions_of
from .writer import Writer

LINE_LIMIT = 2000  # characters of a formula in the docstring
USUAL, USUAL_OF_DATA = 100, 120  # sizes that are not known


def source_of(
    values: Sequence[Tensor],
    variables: Mapping[str, Expr],
    heading: Sequence[str],
    last: str = "",
    sizes: Mapping[str, int] | None = None,
    dialect: Dialect | None = None,
    out: bool = False,
    fixed: Collection[str] = (),
) -> str:
    """Source of a function of `variables` that returns the value, or a tuple of the values.

    `heading`, the shapes of the variables and `last` are the lines of its docstring. With `out`
    the function takes an array of that name to write its one value into. With `fixed` variables
    it takes these and returns the function of the others.
    """
    dialect = dialect or NumPy()
    if out:
        _refuse_out(values, variables, dialect)
    values = [stable(value) for value in values]
    before = Fixed(variables, fixed) if fixed else ()
    usual = _usual_sizes(values) | dict(sizes or {})
    versions = versions_of(values, usual, bool(sizes or fixed), before)
    names = Names({name: variables[name] for name in [*fixed, *variables]}, versions[0].usual)
    used = frozenset[str]().union(*(value.variables for value in values))
    like = _model({name: variables[name] for name in fixed or variables}, used, values)
    names.like = "" if like is None else names.locals[like]
    first, formula = _formula(versions[0], names, dialect, out, before)
    if len(versions) > 1:
        formulas = [formula, *(_formula(v, names, dialect, out, before)[1] for v in versions[1:])]
        formula = _chosen(versions, formulas, names)
    shapes = [f"{name}: {kind_of(variable.shape)}" for name, variable in variables.items()]
    work = " or ".join(flops_of(version.roots) for version in versions)
    cost = f"computes: about {work} operations" if work else ""
    if any(f"{names.like}.dtype" in line for line in [*first, *formula]) and like is not None:
        used |= {like}
    arguments = "*, out=None, **variables" if out else "**variables"
    others = [name for name in variables if name not in fixed]
    body = [*_reads(used, others, True, names, dialect), *formula]
    if fixed:
        last = f"{last}, by the function of {', '.join(others) or 'nothing'} that this returns"
        inner = _defined("at", arguments, body)
        body = [*_reads(used, fixed, False, names, dialect), *first, "", *inner, "", "return at"]
        arguments = "**variables"
    body = [*_docstring([*heading, *shapes, last, cost]), *body]
    function = "\n".join(_defined("derivative", arguments, body))
    helpers = _helpers("\n".join(body), dialect.helpers)
    imports = dialect.imports("\n".join([*helpers, function]))
    return "\n".join([*imports, "", *helpers, "", function, ""])


def _model(
    candidates: Mapping[str, Expr], used: frozenset[str], values: Sequence[Tensor]
) -> str | None:
    """The argument whose type new arrays take: one that is used, or else has a size that is."""
    sized = size_names(values)
    return (
        next((name for name in candidates if name in used), None)
        or next((n for n, v in candidates.items() if any(d.name in sized for d in v.shape)), None)
        or next(iter(candidates), None)
    )


def _defined(name: str, arguments: str, body: Sequence[str]) -> list[str]:
    return [f"def {name}({arguments}):", *("    " + line if line else "" for line in body)]


def _formula(
    version: Version, names: Names, dialect: Dialect, out: bool, fixed: Container[Array]
) -> tuple[list[str], list[str]]:
    """The statements of one version: of what is fixed, and of the rest."""
    names.usual = version.usual
    roots = dialect.prepared(version.roots)
    kept = hoisted(roots, fixed)
    first = Writer(kept, names, dialect)
    first.results()
    for node in kept:
        first.hold(node)
    given = {node: first.done[node] for node in kept}
    writer = Writer(roots, names, dialect, roots[0] if out else None, given, first.counter)
    codes = writer.results()
    results = []
    for k, (root, code) in enumerate(zip(roots, codes, strict=True)):
        is_borrowed = root.step in BORROWED and code.text not in writer.owned
        is_shared = is_borrowed or root in given or root in roots[:k]
        results.append(dialect.returned(root, code, is_shared, names))
    if writer.into is not None:
        results = [dialect.into(results[0], codes[0])]
    return dialect.guarded(first.lines), dialect.guarded(
        [*writer.lines, f"return {', '.join(results)}"]
    )


def _chosen(versions: Sequence[Version], formulas: Sequence[list[str]], names: Names) -> list[str]:
    """The statements of the version with the least work."""
    works = ", ".join(names.size(work).text for work in compared(versions))
    lines = [f"t0 = [{works}]  # the work of each way"]
    for place, formula in enumerate(formulas[:-1]):
        lines.append(f"if t0[{place}] == min(t0):")
        lines += ["    " + line for line in formula]
    return [*lines, *formulas[-1]]


def _refuse_out(values: Sequence[Tensor], variables: Mapping[str, Expr], dialect: Dialect) -> None:
    if not dialect.in_place or len(values) > 1:
        raise ProblemError("unsupported", "out is for one derivative at a time, in NumPy")
    if "out" in {*variables, *size_names(values)}:
        raise ProblemError("name", "out is a name in this problem", hint="call it something else")


def _usual_sizes(values: Sequence[Tensor]) -> dict[str, int]:
    """Sizes that no value has are those of data, of which there is more than of parameters."""
    kept = {name for value in values for dim in value.axes for name in dim.names}
    return {name: USUAL if name in kept else USUAL_OF_DATA for name in size_names(values)}


def size_names(values: Sequence[Tensor]) -> set[str]:
    """The names in the sizes that occur in these."""
    found: set[str] = set()
    for node in postorder(values):
        dims = [*node.axes, *(part for part in node.data if isinstance(part, Dim))]
        found |= {name for dim in dims for name in dim.names}
    return found


def _helpers(source: str, known: Mapping[str, str]) -> list[str]:
    """The helpers that the source names, and those that these name."""
    found: dict[str, str] = {}
    waiting = [source]
    while waiting:
        text = waiting.pop()
        for name, code in known.items():
            if name not in found and re.search(rf"(?<!\w){name}(?!\w)", text):
                found[name] = code
                waiting.append(code)
    return [code for name, code in known.items() if name in found]


def _reads(
    used: frozenset[str],
    arguments: Collection[str],
    are_last: bool,
    names: Names,
    dialect: Dialect,
) -> list[str]:
    """Those of the arguments that are used, then the sizes, read off their shapes.

    The last arguments come with the sizes that no shape says.
    """
    places = {size: names.place(size) for size in names.sizes}
    needed = used | {place[0] for place in places.values() if place}
    read = {n: v for n, v in names.variables.items() if n in needed and n in arguments}
    lines = []
    if read or (dialect.reads_namespace and are_last and not needed):
        axes = ", ".join(f"{name!r}: {len(variable.shape)}" for name, variable in read.items())
        lines.append(dialect.arguments([names.locals[name] for name in read], axes))
    for size, place in places.items():
        if not (place[0] in arguments if place else are_last):
            continue
        given = f"{names.locals[place[0]]}.shape[{place[1]}]" if place else f"variables[{size!r}]"
        lines.append(f"{names.sizes[size]} = {given}")
    return lines


def _docstring(lines: Sequence[str]) -> list[str]:
    """Lines quoted so that nothing in them can end the docstring."""
    first, *others = [
        printable(line).replace("\\", "/").replace('"', "'")[:LINE_LIMIT] for line in lines if line
    ]
    return ['"""' + first, "", *others, '"""']
