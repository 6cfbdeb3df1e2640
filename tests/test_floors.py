"""The order of the parts, as a test: a module imports only from lower floors.

Read with `ast`, so that imports inside functions count too. Imports for type checking alone
do not, because nothing depends on them at run time.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "chainrule"

# A name stands for a module or for a whole package; the longest name that fits counts.
FLOORS: list[tuple[str, ...]] = [
    ("errors", "hashing", "shapes"),
    ("work",),
    ("intern", "signature", "referee.arithmetic"),
    ("op", "referee.linear", "referee.dual", "words"),
    ("expr", "tensor", "ranges", "referee.functions", "referee.contraction"),
    ("ops", "signs"),
    ("parse", "lower", "differentiate", "simplify", "mirror"),
    ("notation", "printers", "objects", "derivation.record", "conventions", "definite"),
    ("derivation", "referee", "dcp", "conditions"),
    ("curvature",),
    ("solve",),
    ("notes", "slips"),
    ("render", "codegen", "flow", "checking", "line_claims", "evaluation"),
    ("operators",),
    ("records", "linewise"),
    ("result",),
    ("optimize",),
    ("__init__",),
    ("faces", "notebook"),
    ("__main__",),
]

# The referee must not rest on what it judges.
REFEREE_MAY_USE = {
    "errors", "hashing", "shapes", "work", "intern", "signature", "op", "expr", "ops",
    "referee", "referee.arithmetic", "referee.linear", "referee.dual", "referee.functions",
    "referee.contraction",
    "derivation.record",  # the steps it replays, which are data
}  # fmt: skip

# Third-party packages a module may import inside a function.
THIRD_PARTY: dict[str, set[str]] = {
    "referee.digits": {"mpmath"},
    "operators": {"numpy"},
    "optimize": {"numpy", "scipy"},
    "optimize.data": {"numpy"},
    "optimize.objective": {"numpy"},
    "optimize.settings": {"numpy", "scipy"},
    "faces.minimize": {"numpy"},
    "faces.server.run": {"uvicorn"},
    "notebook": {"anywidget", "traitlets"},
}

# ... and with the module, where others import that module inside functions only.
OF_AN_EXTRA: dict[str, set[str]] = {
    "faces.server.app": {"fastapi", "starlette"},
    "faces.server.describe": {"pydantic"},
    "faces.server.protocol": {"uvicorn"},
}

LINES = 400
LONGER: dict[str, tuple[int, str]] = {}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "setrecursionlimit"}
RUNS_SOURCE = "codegen.load"  # generated source, which is data-safe: see test_code_safety.py
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "importlib"}


@dataclass(frozen=True)
class Import:
    """`module` is a dotted name: inside chainrule without the package's name."""

    module: str
    line: int
    is_ours: bool
    in_function: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}


def imports(name: str) -> list[Import]:
    """All run-time imports of a module of chainrule."""
    is_package = MODULES[name].name == "__init__.py"
    package = [] if name == "__init__" else name.split(".")[: None if is_package else -1]
    return list(imports_in(TREES[name], package))


def imports_in(tree: ast.AST, package: list[str]) -> Iterator[Import]:
    """The imports below `tree`, of a module that lies in `package` of chainrule."""
    stack = [(tree, False)]
    while stack:
        node, in_function = stack.pop()
        children = ast.iter_child_nodes(node)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            children = iter(node.orelse)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield _resolved(alias.name, node.lineno, in_function)
        elif isinstance(node, ast.ImportFrom):
            origin = ["chainrule", *package[: len(package) - node.level + 1]] * (node.level > 0)
            origin += [node.module] if node.module else []
            for alias in node.names:
                yield _resolved(".".join([*origin, alias.name]), node.lineno, in_function)
        inside = in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        stack.extend((child, inside) for child in children)


def _resolved(name: str, line: int, in_function: bool) -> Import:
    """The module that is imported when `name`, perhaps a name inside a module, is."""
    package, _, inner = name.partition(".")
    if package != "chainrule":
        return Import(package, line, False, in_function)
    while inner not in MODULES:
        inner = inner.rpartition(".")[0] or "__init__"
    return Import(inner, line, True, in_function)


def entry(module: str) -> str:
    """The name in FLOORS that `module` belongs to."""
    parts = module.split(".")
    known = {name for floor in FLOORS for name in floor}
    for count in range(len(parts), 0, -1):
        if ".".join(parts[:count]) in known:
            return ".".join(parts[:count])
    raise AssertionError(f"{module} stands on no floor: add it to FLOORS")


def floor(module: str) -> int:
    name = entry(module)
    return next(number for number, names in enumerate(FLOORS) if name in names)


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_down(name: str) -> None:
    for found in imports(name):
        if not found.is_ours or entry(found.module) == entry(name):
            continue
        place = f"{name}, line {found.line}: imports {found.module}"
        assert floor(found.module) < floor(name), f"{place}, which is not on a lower floor"


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("referee")])
def test_the_referee_is_independent(name: str) -> None:
    used = {entry(found.module) for found in imports(name) if found.is_ours}
    assert used <= REFEREE_MAY_USE


RULES = {"partials", "differential", "lower", "rewrite", "slope"}  # fields of an Op


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("referee")])
def test_the_referee_reads_no_rule(name: str) -> None:
    """Kernels stand beside the rules that they judge."""
    read = {node.attr for node in ast.walk(TREES[name]) if isinstance(node, ast.Attribute)}
    assert not read & RULES


def test_no_import_cycles() -> None:
    waiting = {name: {i.module for i in imports(name) if i.is_ours} for name in MODULES}
    while free := [name for name, needs in waiting.items() if not needs & waiting.keys()]:
        for name in free:
            del waiting[name]
    assert not waiting, f"these import one another: {sorted(waiting)}"


@pytest.mark.parametrize("name", MODULES)
def test_only_the_standard_library(name: str) -> None:
    for found in imports(name):
        if not found.is_ours and found.module not in sys.stdlib_module_names:
            if found.module in OF_AN_EXTRA.get(name, set()):
                continue
            assert found.module in THIRD_PARTY.get(name, set()), f"{name} imports {found.module}"
            assert found.in_function, f"{name}: {found.module} is imported with the module"


@pytest.mark.parametrize("name", MODULES)
def test_extras_are_imported_when_they_are_used(name: str) -> None:
    for found in imports(name):
        if found.module in OF_AN_EXTRA and name not in OF_AN_EXTRA:
            assert found.in_function, f"{name}: {found.module} is imported with the module"


@pytest.mark.parametrize("name", MODULES)
def test_text_never_becomes_code(name: str) -> None:
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Call):
            function = node.func
            called = getattr(function, "id", None)
            if isinstance(function, ast.Attribute) and function.attr == "setrecursionlimit":
                called = function.attr
            allowed = called not in FORBIDDEN_CALLS or name == RUNS_SOURCE
            assert allowed, f"{name}, line {node.lineno}: {called}(...)"
    assert not {found.module for found in imports(name)} & FORBIDDEN_MODULES


@pytest.mark.parametrize("name", MODULES)
def test_files_are_short(name: str) -> None:
    path = MODULES[name]
    limit, _ = LONGER.get(str(path.relative_to(SOURCE)), (LINES, ""))
    assert len(path.read_text("utf-8").splitlines()) <= limit


def test_the_tables_have_no_dead_entries() -> None:
    files = {str(path.relative_to(SOURCE)) for path in MODULES.values()}
    assert LONGER.keys() <= files
    assert THIRD_PARTY.keys() | OF_AN_EXTRA.keys() <= MODULES.keys()


SNIPPET = """
import os, numpy.linalg
from ..shapes import Dim
from . import call
if TYPE_CHECKING:
    from ..faces import cli
def lazily():
    from ..solve import derive
"""


def test_the_walk_sees_every_kind_of_import() -> None:
    found = {(i.module, i.is_ours, i.in_function) for i in imports_in(ast.parse(SNIPPET), ["expr"])}
    assert {("os", False, False), ("numpy", False, False)} <= found
    assert {("shapes", True, False), ("expr.call", True, False)} <= found
    assert any(in_function for _, _, in_function in found)
    assert not any(module.startswith("faces") for module, _, _ in found)
