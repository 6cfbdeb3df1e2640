"""Bugs as they are made in rules, seeded into source: which there are, not how they fare.

A mutation is one small change of one expression: a transpose dropped, a sign flipped, two
operands swapped. Kernels, notations, messages and tuning constants are no rules and stay.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

Change = tuple[str, ast.expr, str]  # the kind of bug, the expression, what stands there instead

DECLARING = {"elementwise", "matrix_op", "structural", "_matrix_function", "_jacobians", "Op"}
RULES = {"lower", "rewrite", "slope", "at"}  # the settings of a declaration that are rules
SWAPPED = {"matmul", "outer", "outer_product", "fuse", "_wins", "power", "setdefault"}
LISTS = {"out", "own", "its", "labels", "places", "operands", "axes", "target", "rest", "chain"}
RENAMED = {
    "any": "all", "all": "any", "min": "max", "max": "min", "reversed": "list",
    "ones_like": "zero_like", "zero_like": "ones_like", "lower_ones": "delta",
}  # fmt: skip
TWINS = (
    ("sin", "cos"), ("sinh", "cosh"), ("sinm", "cosm"), ("exp", "log"), ("gt", "ge"),
    ("argmax", "argmin"), ("sign", "abs"), ("sigmoid", "tanh"), ("inv", "adj"), ("pinv", "inv"),
    ("det", "tr"), ("polar", "pinv"), ("sqrtm", "expm"), ("expm", "cosm"), ("dsqrtm", "dexpm"),
    ("dadj", "dexpm"), ("softmax", "exp"), ("where", "max"), ("largest", "smallest"),
    ("norm2", "logsumexp"), ("chol", "sqrtm"), ("relu", "abs"), ("pi", "sin"),
)  # fmt: skip
OTHER_NAME = {b: a for a, b in TWINS} | {a: b for a, b in TWINS}
STRICTER: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """One bug: `source` is the whole file with it, `statement` the definition it is in."""

    path: str
    line: int
    kind: str
    before: str
    after: str
    source: str = field(repr=False)
    statement: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.kind}\n  - {self.before}\n  + {self.after}"


def mutations(path: str, source: str) -> list[Mutation]:
    """Every bug of this file, each different from the others and from the source."""
    lines = source.encode().splitlines(keepends=True)
    tree = ast.parse(source)
    seen, found = {ast.dump(tree)}, []
    for statement in tree.body:
        for kind, place, text in _changes(statement):
            mutated = _replaced(lines, place, text)
            try:
                dumped = ast.dump(ast.parse(mutated))
            except SyntaxError:
                continue
            if dumped in seen:
                continue
            seen.add(dumped)
            line, before, after = _difference(source, mutated)
            found.append(Mutation(path, line, kind, before, after, mutated, _name(statement)))
    return found


def _name(statement: ast.stmt) -> str:
    """Of a function its name, of a declaration the name that is declared."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return statement.name
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and _called(node) in DECLARING:
            first = node.args[0]
            return first.value if isinstance(first, ast.Constant) else ""
    return ""


def _difference(source: str, mutated: str) -> tuple[int, str, str]:
    """Where the two differ, and the lines of each that do."""
    old, new = source.splitlines(), mutated.splitlines()
    first = next(k for k, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    while old[-1] == new[-1] and len(old) > first + 1 and len(new) > first + 1:
        old.pop()
        new.pop()
    before, after = (" ".join(map(str.strip, lines[first:])) for lines in (old, new))
    return first + 1, before, after


def _replaced(lines: list[bytes], place: ast.expr, text: str) -> str:
    assert place.end_lineno is not None and place.end_col_offset is not None
    first, last = place.lineno - 1, place.end_lineno - 1
    head = b"".join(lines[:first]) + lines[first][: place.col_offset]
    tail = lines[last][place.end_col_offset :] + b"".join(lines[last + 1 :])
    return (head + text.encode() + tail).decode()


# -- where rules are


def _changes(statement: ast.stmt) -> Iterator[Change]:
    if isinstance(statement, ast.Assign) and not isinstance(statement.value, ast.Call):
        return  # a constant
    if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Assign | ast.Expr):
        yield from _within(statement)


def _within(node: ast.AST) -> Iterator[Change]:
    if _is_no_rule(node):
        return
    yield from _bugs(node)
    for child in _children(node):
        yield from _within(child)


def _is_no_rule(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef):  # a notation: from an Expr, or to a str
        signature = [node.returns, *(arg.annotation for arg in node.args.args)]
        return any(
            isinstance(part, ast.Name) and part.id == "Expr"
            for annotation in signature
            if annotation is not None
            for part in ast.walk(annotation)
        ) or (isinstance(node.returns, ast.Name) and node.returns.id == "str")
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    is_set = isinstance(node, ast.Call) and _called(node) == "frozenset"
    return is_text or is_set or isinstance(node, ast.Assert | ast.Raise | ast.JoinedStr)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and _called(node) in DECLARING:
        yield from (arg for arg in node.args if isinstance(arg, ast.Lambda | ast.Call))
        yield from (setting.value for setting in node.keywords if setting.arg in RULES)
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "func", "targets", "target", "args_", "ops"):
            if name == "func" and isinstance(value, ast.Attribute):
                yield value.value
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.arguments):
                yield child


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


# -- what goes wrong


def _bugs(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Call():
            yield from _wrong_call(node)
        case ast.BinOp():
            yield from _wrong_arithmetic(node)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield "flip a sign", node, _text(operand)
        case ast.Tuple(elts=elements) if len(elements) > 1 and all(map(_is_integer, elements)):
            for k in range(len(elements) - 1):
                yield "swap labels", node, _text(ast.Tuple(_exchanged(elements, k, k + 1)))
        case ast.Subscript(slice=ast.Constant(value=0 | 1 as index) as place):
            yield "take another index", place, str(1 - index)
        case ast.Lambda(body=body) | ast.Return(value=ast.expr() as body):
            if not isinstance(body, ast.Constant | ast.Lambda | ast.Compare | ast.BoolOp):
                yield "return zero", body, f"0 * ({ast.unparse(body)})"
        case ast.Dict(keys=[ast.Constant(value=int())], values=[ast.Constant(value=int(value))]):
            yield "change a number", node.values[0], str(1 - value)
        case _:
            yield from _wrong_condition(node)


def _wrong_call(node: ast.Call) -> Iterator[Change]:
    name, args = _called(node), node.args
    if name == "transpose" and len(args) == 1:
        yield "drop a transpose", node, _text(args[0])
    if name in SWAPPED and len(args) == 2:
        yield "swap operands", node, _again(node, _exchanged(args, 0, 1))
    if name in ("apply", "function") and len(args) > 2:
        swapped = _exchanged(args, len(args) - 2, len(args) - 1)
        yield "swap operands", node, _again(node, swapped)
    if name in ("apply", "function", "by_jacobian", "_undone") and args:
        yield from _wrong_name(args[0])
    if name in ("times", "sum_of") and len(args) > 1:
        for k in range(len(args)):
            yield "drop a factor", node, _again(node, args[:k] + args[k + 1 :])
    if name == "total" and len(args) == 2:
        yield "forget the axis", node, _again(node, args[:1])
    if name in ("contract", "number", "scale", "of", "times") and args:
        yield from _wrong_number(args[0])
    if name in ("power", "raised") and len(args) == 2:
        yield from _wrong_number(args[1])
    if isinstance(node.func, ast.Name) and name in RENAMED:
        yield f"{name} for {RENAMED[name]}", node.func, RENAMED[name]


def _wrong_name(name: ast.expr) -> Iterator[Change]:
    if isinstance(name, ast.Constant) and name.value in OTHER_NAME:
        yield "take another function", name, repr(OTHER_NAME[name.value])


def _wrong_arithmetic(node: ast.BinOp) -> Iterator[Change]:
    left, right = node.left, node.right
    match node.op:
        case ast.Add() if _is_list(left) or _is_list(right):
            yield "swap labels", node, f"{_text(right)} + {_text(left)}"
        case ast.Add():
            yield "flip a sign", node, f"{_text(left)} - {_text(right)}"
            yield "drop a term", node, _text(left)
            yield "drop a term", node, _text(right)
        case ast.Sub():
            yield "flip a sign", node, f"{_text(left)} + {_text(right)}"
            yield "swap operands", node, f"{_text(right)} - {_text(left)}"
            yield "drop a term", node, _text(left)
            yield "drop a term", node, f"(-{_text(right)})"
        case ast.Mult():
            yield "drop a factor", node, _text(left)
            yield "drop a factor", node, _text(right)
            yield from _wrong_number(left)
            yield from _wrong_number(right)
        case ast.Div():
            yield "swap operands", node, f"{_text(right)} / {_text(left)}"
        case ast.Pow():
            yield from _wrong_number(right)


def _wrong_number(node: ast.expr) -> Iterator[Change]:
    """2 for 1, 1 for 2 and 1/2, an exponent off by one, the other sign."""
    match node:
        case ast.Constant(value=str(text)) if "/" in text:
            yield "change a number", node, repr(text.partition("/")[0])
            yield "flip a sign", node, repr(text[1:] if text[0] == "-" else "-" + text)
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            yield "change a number", node, str(value + 1)
            yield "change a number", node, str(value - 1)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            yield "change a number", node, str(-value + 1)
            yield "change a number", node, str(-value - 1)


def _wrong_condition(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.If) and _is_guard(node):
        yield "remove a guard", node.test, "False"
    if isinstance(node, ast.If | ast.IfExp):
        yield "negate a condition", node.test, _negated(node.test)
    if isinstance(node, ast.comprehension):
        for test in node.ifs:
            yield "negate a condition", test, _negated(test)
    if isinstance(node, ast.BoolOp):
        for k in range(len(node.values)):
            kept = node.values[:k] + node.values[k + 1 :]
            yield "remove a guard", node, _text(ast.BoolOp(node.op, kept))
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from _wrong_comparison(node)


def _is_guard(node: ast.If) -> bool:
    leaves = isinstance(node.body[0], ast.Return | ast.Continue)
    return leaves and len(node.body) == 1 and not node.orelse


def _wrong_comparison(node: ast.Compare) -> Iterator[Change]:
    (operator,), (right,) = node.ops, node.comparators
    for others, kind in ((STRICTER, "move a bound"), (OPPOSITE, "negate a condition")):
        other = others.get(type(operator))
        if other is not None:
            yield kind, node, _text(ast.Compare(node.left, [other()], [right]))
    if isinstance(right, ast.Constant):
        yield from _wrong_name(right)
        yield from _wrong_number(right)


def _negated(test: ast.expr) -> str:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return ast.unparse(test.operand)
    return f"not ({ast.unparse(test)})"


def _exchanged(items: list[ast.expr], a: int, b: int) -> list[ast.expr]:
    items = list(items)
    items[a], items[b] = items[b], items[a]
    return items


def _again(node: ast.Call, args: list[ast.expr]) -> str:
    return ast.unparse(ast.Call(node.func, args, node.keywords))


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.BoolOp) and len(node.values) == 1:
        node = node.values[0]
    text = ast.unparse(node)
    is_closed = isinstance(
        node, ast.Name | ast.Call | ast.Constant | ast.Attribute | ast.Subscript | ast.Tuple
    )
    return text if is_closed else f"({text})"


def _is_integer(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _is_list(node: ast.expr) -> bool:
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    names |= {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
    return bool(names & LISTS) or isinstance(node, ast.List | ast.ListComp | ast.Tuple)
