"""What errors can say, read from the source: the templates of all messages and hints.

A template is an English sentence with {} for each value that is formatted into it. Text goes
to a ProblemError directly or through parameters of functions, names and tables; each of these
is followed by name, across modules. What comes from elsewhere (an error's own text that is
passed on, a system's message) has no template.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src" / "chainrule"
SLOT = "{}"
DEPTH = 6  # names and calls followed in turn
MANY = 64  # variants of one text

Function = ast.FunctionDef | ast.AsyncFunctionDef
# Whose argument is shown, by its place and its name.
Sinks = dict[str, set[tuple[int, str]]]
RAISED: Sinks = {
    "ProblemError": {(1, "message"), (4, "hint")},
    "CheckFailed": {(1, "message"), (4, "hint")},
}


class Sources:
    """All modules, their functions, calls and constants, by name."""

    def __init__(self, root: Path = SOURCE) -> None:
        self.functions: dict[str, list[Function]] = {}
        self.calls: dict[str, list[tuple[ast.Call, Function | None]]] = {}
        self.constants: dict[str, list[ast.expr]] = {}
        for path in sorted(root.rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            self._read(tree, None)
            for statement in tree.body:
                for name, value in _assigned(statement):
                    self.constants.setdefault(name, []).append(value)
        self.sinks = self._sinks()

    def _read(self, node: ast.AST, inside: Function | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                self.functions.setdefault(child.name, []).append(child)
            if isinstance(child, ast.Call):
                self.calls.setdefault(_name(child.func), []).append((child, inside))
            self._read(child, child if isinstance(child, Function) else inside)

    def _sinks(self) -> Sinks:
        """Functions whose parameter is shown as it is, until no more are found."""
        sinks = {name: set(places) for name, places in RAISED.items()}
        size = 0
        while size != (size := sum(map(len, sinks.values()))):
            for name in list(sinks):
                for call, inside in self.calls.get(name, []):
                    for given in self._given(call, sinks[name]):
                        for parameter in self._passed_on(given, inside):
                            assert inside is not None
                            sinks.setdefault(inside.name, set()).add(parameter)
        return sinks

    def _given(self, call: ast.Call, places: set[tuple[int, str]]) -> Iterator[ast.expr]:
        for place, name in places:
            named = [keyword.value for keyword in call.keywords if keyword.arg == name]
            yield from named or call.args[place : place + 1]

    def _passed_on(self, given: ast.expr, inside: Function | None) -> Iterator[tuple[int, str]]:
        if isinstance(given, ast.Name) and inside is not None:
            names = _parameters(inside)
            if given.id in names:
                yield names.index(given.id), given.id

    def templates(self) -> dict[str, str]:
        """Each template with a place where it is used."""
        found: dict[str, str] = {}
        for name, places in self.sinks.items():
            for call, inside in self.calls.get(name, []):
                for given in self._given(call, places):
                    for template in self.variants(given, inside, DEPTH) or []:
                        found.setdefault(template, f"{name} {ast.unparse(given)[:80]}")
        return {t: place for t, place in found.items() if t.replace(SLOT, "").strip(" ,.:'")}

    def unread(self) -> set[str]:
        """Arguments that are shown and of which nothing is known here."""
        return {
            f"{inside.name if inside else ''}: {ast.unparse(given)}"
            for name, places in self.sinks.items()
            for call, inside in self.calls.get(name, [])
            for given in self._given(call, places)
            if not (isinstance(given, ast.Constant) and given.value is None)
            and not self.variants(given, inside, DEPTH)
        }

    def variants(self, node: ast.expr, inside: Function | None, depth: int) -> list[str] | None:
        """What a text can be; None where that is not written in the source."""
        if depth == 0:
            return None
        match node:
            case ast.Constant(str(text)):
                return [text]
            case ast.JoinedStr():
                return self._joined([self._part(part, inside, depth) for part in node.values])
            case ast.BinOp(left, ast.Add(), right):
                return self._joined([self._side(side, inside, depth) for side in (left, right)])
            case ast.IfExp():
                return self._union([node.body, node.orelse], inside, depth)
            case ast.BoolOp(ast.Or()):
                return self._union(node.values, inside, depth)
            case ast.Name(name):
                return self._of_name(name, inside, depth - 1)
            case ast.Attribute():
                return self._union(self.constants.get(node.attr, []), None, depth - 1)
            case ast.Subscript(value) if _name(value).isupper():
                return self._of_table(_name(value), depth)
            case ast.Call(ast.Attribute(value, "get")) if _name(value).isupper():
                more = self._union(node.args[1:], inside, depth) or []
                return [*self._of_table(_name(value), depth), *more]
            case ast.Call(ast.Attribute(ast.Dict() as table, "get")):
                return self._union([table, *node.args[1:]], inside, depth)
            case ast.Call():
                return self._returned(_name(node.func), depth - 1)
            case ast.Dict():
                return self._union([value for value in node.values], inside, depth)
            case _:
                return None

    def _side(self, side: ast.expr, inside: Function | None, depth: int) -> list[str]:
        """A side of a sum: a name may hold more than what is known of it."""
        known = self.variants(side, inside, depth) or [SLOT]
        return [*known, SLOT] if isinstance(side, ast.Name) else known

    def _part(self, part: ast.expr, inside: Function | None, depth: int) -> list[str]:
        """A piece of an f-string: a value is a slot unless it is one of a few words."""
        if not isinstance(part, ast.FormattedValue):
            return self.variants(part, inside, depth) or [SLOT]
        words = self._words(part.value, inside, 4)
        return words if words and all(word.replace(" ", "").isalpha() for word in words) else [SLOT]

    def _words(self, value: ast.expr, inside: Function | None, depth: int) -> list[str] | None:
        """The few words a value can be, if all of them stand beside it."""
        match value:
            case _ if depth == 0:
                return None
            case ast.Constant(str(text)):
                return [text]
            case ast.IfExp():
                return _all(
                    [self._words(side, inside, depth - 1) for side in (value.body, value.orelse)]
                )
            case ast.Name(name) if inside is not None and name not in _parameters(inside):
                found = [given for n, given in _all_assigned(inside) if n == name]
                return _all([self._words(given, inside, depth - 1) for given in found])
            case _:
                return None

    def _joined(self, parts: list[list[str]]) -> list[str]:
        return ["".join(choice) for choice in product(*parts)][:MANY]

    def _union(
        self, nodes: list[ast.expr], inside: Function | None, depth: int
    ) -> list[str] | None:
        found = [self.variants(node, inside, depth) for node in nodes]
        texts = [text for variants in found for text in variants or []]
        return list(dict.fromkeys(texts)) or None

    def _of_name(self, name: str, inside: Function | None, depth: int) -> list[str] | None:
        if inside is None or name not in _names(inside):
            return self._union(self.constants.get(name, []), None, depth)
        found = [value for n, value in _all_assigned(inside) if n == name]
        grown = self._grown(name, inside, depth)
        parameters = _parameters(inside)
        texts = self._union(found, inside, depth) or []
        texts += [text + more for text in texts for more in grown]
        if name in parameters:
            place = {(parameters.index(name), name)}
            for call, outside in self.calls.get(inside.name, []):
                for given in self._given(call, place):
                    texts += self.variants(given, outside, depth) or []
        return list(dict.fromkeys(texts)) or None

    def _grown(self, name: str, inside: Function, depth: int) -> list[str]:
        """What `name += ...` puts behind."""
        return [
            text
            for node in ast.walk(inside)
            if isinstance(node, ast.AugAssign) and _name(node.target) == name
            for text in self.variants(node.value, inside, depth) or []
        ]

    def _of_table(self, name: str, depth: int) -> list[str]:
        return self._union(self.constants.get(name, []), None, depth - 1) or []

    def _returned(self, name: str, depth: int) -> list[str] | None:
        return _all(
            [
                self.variants(node.value, function, depth)
                for function in self.functions.get(name, [])
                for node in ast.walk(function)
                if isinstance(node, ast.Return) and node.value is not None
            ]
        )


def _name(node: ast.expr) -> str:
    """The last part of a dotted name."""
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _assigned(statement: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match statement:
        case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(ast.Name(name), value=value):
            if value is not None:
                yield name, value
        case ast.Assign([ast.Tuple(names)], ast.Tuple(values)):
            yield from ((_name(n), v) for n, v in zip(names, values, strict=True))
        case _:
            pass


def _all(found: list[list[str] | None]) -> list[str] | None:
    """All texts together; None if one of them is not known."""
    known = [texts for texts in found if texts]
    texts = list(dict.fromkeys(text for texts in known for text in texts))
    return texts if texts and len(known) == len(found) else None


@cache
def _all_assigned(function: Function) -> list[tuple[str, ast.expr]]:
    return [pair for node in ast.walk(function) for pair in _assigned(node)]


@cache
def _parameters(function: Function) -> list[str]:
    """The names of parameters in the order in which calls give them."""
    return [a.arg for a in function.args.args if a.arg != "self"]


@cache
def _names(function: Function) -> set[str]:
    """Names that are the function's own."""
    stored = {
        n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    return stored | set(_parameters(function))
