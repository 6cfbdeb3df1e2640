"""Wrong answers for the tests of slips, each with the way in which it is wrong.

They are made from the records of textbooks, by breaking the derivation and not by
asking the detector: a function is replaced by an unknown one whose derivative is then filled in
wrongly, a rule of the table is broken, a partial of the derivation is left out, the right answer
is rewritten. Where two ways of breaking give one and the same answer, either name is right.
"""

from __future__ import annotations

import dataclasses
import math
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any

import chainrule
from chainrule.checking import shapes_of
from chainrule.derivation.deriver import Deriver
from chainrule.errors import ProblemError
from chainrule.expr.build import divide, multiply, negate, number, power, subtract
from chainrule.expr.call import call
from chainrule.expr.node import Expr, Kind
from chainrule.expr.rewrite import replace
from chainrule.intern import postorder
from chainrule.lower import lower
from chainrule.notation.present import present
from chainrule.op import OPS
from chainrule.parse.understand import Understood, understand
from chainrule.printers.text import text
from chainrule.referee.arithmetic import FLOAT, Uncertain
from chainrule.referee.evaluate import evaluate
from chainrule.referee.linear import entries
from chainrule.referee.sample import sample_point, seeded, sizes_for
from chainrule.tensor.build import scale
from chainrule.tensor.terms import zero
from corpus import RECORDS, Record

RECORDS_USED = 110
RARE = (r"\binv\(", r"^norm2\(", r"\b(sin|cos)\(", r"^(mean\(|1/\w\*)", r"^tr\(A\*X")
MORE = 12  # records having one of these
PER_KIND = 24  # cases tried of each kind


@dataclass(frozen=True)
class Broken:
    """A wrong answer and the ways in which it came about."""

    record: Record
    answer: str
    kinds: frozenset[str]


def once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Remembers results by the record's id and the other arguments."""
    known: dict[Any, Any] = {}

    @wraps(function)
    def remembered(record: Record, *rest: Any) -> Any:
        key = (record.id, *rest)
        if key not in known:
            known[key] = function(record, *rest)
        return known[key]

    return remembered


def _usable(record: Record) -> bool:
    axes = len(record.let[record.wrt])
    return record.order == 1 and axes <= 2 and record.derivative.ndim <= 2


def _chosen() -> list[Record]:
    usable = [record for record in RECORDS if _usable(record)]
    chosen = random.Random(5).sample(usable, RECORDS_USED)
    for rare in RARE:  # what kinds of slips depend on
        having = [
            r for r in usable if re.search(rare, r.expr) and r.id not in {one.id for one in chosen}
        ]
        chosen += random.Random(6).sample(having, min(len(having), MORE))
    return [*chosen[::2], *(_changed(record, turn) for turn, record in enumerate(chosen[1::2]))]


def _changed(record: Record, turn: int) -> Record:
    """With a constant added or a mean taken, for what the records have seldom."""
    sizes = [size for shape in record.let.values() for size in shape if isinstance(size, str)]
    if record.value.ndim or ";" in record.expr or {"κ", "N"} & record.let.keys():
        return record
    if turn % 2 == 0:
        expr, let = f"{record.expr} + κ", {**record.let, "κ": []}
    elif sizes:
        expr, let = f"1/{sizes[0]}*({record.expr})", record.let
    else:
        return record
    return dataclasses.replace(record, id=f"{record.id} changed", expr=expr, let=let)


@once
def understood(record: Record) -> Understood:
    return understand(record.expr, record.let, record.assume)


def wrt_of(record: Record) -> Expr:
    return understood(record).variables[record.wrt]


def derivative(expr: Expr, wrt: Expr) -> Expr:
    """By the whole pipeline, unchecked, since rules may be broken."""
    return chainrule.derive(expr, wrt, check=False).expr


@once
def right(record: Record) -> Expr:
    return derivative(understood(record).expr, wrt_of(record))


# -- ways to break a derivation


def whole_answers(record: Record) -> Iterator[tuple[str, str]]:
    """The right answer, written over."""
    answer = text(right(record))
    yield "sign", f"-({answer})"
    yield "factor", f"3*({answer})"
    yield "factor", f"({answer})/5"
    if right(record).is_matrix:
        yield "transposed", f"({answer})'"
        off = answer_is_diagonal(record)
        if off:
            yield "missing-diag", f"diag({answer})"
    if right(record).is_vector:
        yield "shape", f"[({answer}); 1]"
        yield "extra-diag", f"diag({answer})"
    if not right(record).shape:
        yield "shape", f"[{answer}, 1]"


def answer_is_diagonal(record: Record) -> bool:
    d = record.derivative
    return bool(d.shape[0] == d.shape[1] and (d != 0).sum() == d.shape[0])


def of_something_else(record: Record) -> Iterator[tuple[str, str]]:
    found = understood(record)
    yield "value", record.expr
    for name, other in found.variables.items():
        is_flat = len(found.expr.shape + other.shape) <= 2
        if name != record.wrt and name in found.expr.variables and is_flat:
            yield "other-variable", text(derivative(found.expr, other))
    if not found.expr.shape and len(wrt_of(record).shape) < 2:
        twice = chainrule.derive(found.expr, wrt_of(record), 2, check=False)
        yield "higher-order", text(twice.expr)


def with_constant(record: Record) -> Iterator[tuple[str, str]]:
    """d(f + c) = f' + c, where f is a scalar that has a constant already."""
    expr = understood(record).expr
    if expr.shape or expr.kind is not Kind.ADD or len(wrt_of(record).shape) > 1:
        return
    for term in expr.args:
        if record.wrt not in term.variables and term.variables:
            yield "constant-kept", f"({text(right(record))}) + ({text(term)})"


def symmetric(record: Record) -> Iterator[tuple[str, str]]:
    """The derivative as if a matrix were symmetric."""
    found = understood(record)
    for name, shape in record.let.items():
        if len(shape) == 2 and shape[0] == shape[1] and name != record.wrt:
            assume = {**record.assume, name: ["symmetric"]}
            if name in record.assume or name not in found.expr.variables:
                continue
            result = chainrule.derive(
                record.expr, record.wrt, let=record.let, assume=assume, check=False
            )
            yield "symmetric", result.result


SYMBOL = "wrong"
WRONG_POWERS: dict[str, Callable[[Expr, Expr], Expr]] = {
    "power-factor": lambda u, p: power(u, subtract(p, number(1))),
    "power-exponent": lambda u, p: multiply(p, power(u, p)),
}
WRONG_FUNCTIONS: dict[str, dict[str, Callable[[Expr], Expr]]] = {
    "exp": {"function-derivative": lambda u: multiply_entries(u, call("exp", subtract(u, ONE)))},
    "log": {"function-derivative": lambda u: divide(ONE, power(u, number(2)))},
    "sin": {
        "function-sign": lambda u: negate(call("cos", u)),
        "function-kept": lambda u: call("sin", u),
    },
    "cos": {
        "function-sign": lambda u: call("sin", u),
        "function-kept": lambda u: call("cos", u),
    },
    "tanh": {
        "function-derivative": lambda u: subtract(ONE, call("tanh", u)),
        "function-kept": lambda u: call("tanh", u),
    },
    "sigmoid": {
        "function-derivative": lambda u: subtract(ONE, call("sigmoid", u)),
        "function-kept": lambda u: call("sigmoid", u),
    },
    "sqrt": {"function-derivative": lambda u: divide(ONE, call("sqrt", u))},
    "relu": {"branch": lambda u: divide(u, u)},
    "abs": {"branch": lambda u: divide(u, u)},
    "softplus": {"function-kept": lambda u: call("softplus", u)},
}
ONE = number(1)


def multiply_entries(u: Expr, v: Expr) -> Expr:
    from chainrule.expr.build import hadamard

    return hadamard(u, v)


def wrong_functions(record: Record) -> Iterator[tuple[str, str]]:
    """One function or power differentiated wrongly: first as an unknown g, then g' filled in."""
    for node in postorder([understood(record).expr]):
        if record.wrt not in node.variables or node.is_row:
            continue
        ways: dict[str, Callable[[Expr], Expr]] = {}
        if node.kind is Kind.APPLY:
            ways = WRONG_FUNCTIONS.get(node.data[0], {})
        elif node.kind is Kind.POWER and not node.args[1].variables and not node.args[1].shape:
            p = node.args[1]
            ways = {k: lambda u, w=w, p=p: w(u, p) for k, w in WRONG_POWERS.items()}
        if not ways or len([a for a in node.args if a.variables]) != 1:
            continue
        unknown = call("function", node.args[0], parameter=SYMBOL)
        expr = replace(understood(record).expr, {node: unknown})
        slope = derivative(expr, wrt_of(record))
        for kind, wrong in ways.items():
            yield kind, text(filled(slope, node, wrong))


def filled(slope: Expr, node: Expr, wrong: Callable[[Expr], Expr]) -> Expr:
    """The unknown g put back, its derivative the wrong one."""
    while True:
        unknown = [
            n for n in postorder([slope])
            if n.kind is Kind.APPLY and n.data[0] == "function" and n.data[1].startswith(SYMBOL)
        ]  # fmt: skip
        if not unknown:
            return slope
        one = unknown[0]
        u = one.args[0]
        value = wrong(u) if one.data[1].endswith("'") else with_argument(node, u)
        slope = replace(slope, {one: value})


def with_argument(node: Expr, u: Expr) -> Expr:
    return power(u, node.args[1]) if node.kind is Kind.POWER else call(node.data[0], u)


def quotients(record: Record) -> Iterator[tuple[str, str]]:
    """a/b as a.*g(b) with a wrong derivative of g = 1/b."""
    for node in postorder([understood(record).expr]):
        if node.kind is not Kind.DIVIDE or record.wrt not in node.args[1].variables or node.is_row:
            continue
        a, b = node.args
        unknown = call("function", b, parameter=SYMBOL)
        product = multiply_entries(a, unknown) if a.shape == b.shape else multiply(a, unknown)
        slope = derivative(replace(understood(record).expr, {node: product}), wrt_of(record))
        one_over = power(b, number(-1))
        ways: dict[str, Callable[[Expr], Expr]] = {
            "quotient-sign": lambda u: divide(ONE, power(u, number(2))),
            "quotient-square": lambda u: negate(divide(ONE, u)),
        }
        for kind, wrong in ways.items():
            yield kind, text(filled(slope, one_over, wrong))


def means(record: Record) -> Iterator[tuple[str, str]]:
    """A mean taken for a sum."""
    expr = understood(record).expr
    for node in postorder([expr]):
        if node.kind is Kind.APPLY and node.data[0] == "mean":
            total = call("sum", node.args[0], parameter=node.data[1])
            if record.wrt in node.variables and expr is node:
                yield "mean", text(derivative(replace(expr, {node: total}), wrt_of(record)))
    sizes = [n for n in postorder([expr]) if n.kind is Kind.SIZE]
    if sizes and expr.kind in (Kind.MULTIPLY, Kind.DIVIDE):
        yield "mean", text(derivative(replace(expr, {sizes[0]: ONE}), wrt_of(record)))


def broken_rules(record: Record) -> Iterator[tuple[str, str]]:
    """A rule of the table broken for as long as the derivative is taken."""
    used = {n.data[0] for n in postorder([understood(record).expr]) if n.kind is Kind.APPLY}
    ways: dict[str, tuple[str, Callable[..., object]]] = {
        "inv": ("inverse-sign", lambda rule: lambda *args: scale(-1, rule(*args))),
        "norm2": ("norm", lambda rule: lambda y, x, dx: rule(y, x, dx) * y),
    }
    for name, (kind, breaking) in ways.items():
        if name in used:
            whole = OPS[name]
            OPS[name] = dataclasses.replace(whole, differential=breaking(whole.differential))
            try:
                yield kind, text(derivative(understood(record).expr, wrt_of(record)))
            finally:
                OPS[name] = whole


DROPPED = "dropped"
PATHS = {"path-dropped", "product-rule", "term-dropped", "quotient-term"}


def dropped_paths(record: Record) -> Iterator[tuple[str, str]]:
    """One partial of the derivation left out, where an intermediate has several."""
    for u, used in edges(record):
        if len(u.uses) > 1:
            work = workings(record)
            partial = work.partials[u.name, used]
            work.partials[u.name, used] = zero(partial.axes)
            yield DROPPED, from_workings(record, work)


def inner_forgotten(record: Record) -> Iterator[tuple[str, str]]:
    """The derivative by an intermediate, taken for that by the variable."""
    for u in workings(record).intermediates[:-1]:
        expr = replace(understood(record).expr, {u.full: u.symbol})
        if record.wrt in expr.variables or u.symbol.data[0] not in expr.variables:
            continue
        if len(expr.shape + u.symbol.shape) > 2:
            continue
        slope = derivative(expr, u.symbol)
        yield "inner", text(replace(slope, {u.symbol: u.full}))


def workings(record: Record):  # type: ignore[no-untyped-def]
    return Deriver(understood(record).expr, wrt_of(record), {}).work


def edges(record: Record):  # type: ignore[no-untyped-def]
    return [(u, used) for u in workings(record).intermediates for used, _ in u.uses]


def from_workings(record: Record, work) -> str:  # type: ignore[no-untyped-def]
    tensor = work.substituted(work.total())
    axes = len(understood(record).expr.shape)
    return text(present(tensor, axes, lower(wrt_of(record)), 1).expr)


def rewritten(record: Record) -> Iterator[tuple[str, str]]:
    """The text of the right answer with one transpose, product or order changed."""
    answer = text(right(record))
    square = [n for n, s in record.let.items() if len(s) == 2]
    for name in square:
        for found in re.finditer(rf"(?<!\w){name}(?!\w)", answer):
            before, after = answer[: found.end()], answer[found.end() :]
            if after.startswith("'"):
                yield "missing-transpose", before + after[1:]
            elif not after.startswith(("[", "(")):
                yield "missing-transpose", before + "'" + after
    for found in re.finditer(r"(?<=[\w')])\*(?=[\w(])", answer):
        yield "elementwise", answer[: found.start()] + ".*" + answer[found.end() :]
    for found in re.finditer(r"\.\*", answer):
        yield "elementwise", answer[: found.start()] + "*" + answer[found.end() :]
    for found in re.finditer(r"(?<![\w'*)])(\w+'?)\*(\w+'?)(?![\w'(\[])", answer):
        if {found[1].rstrip("'"), found[2].rstrip("'")} <= set(square):
            swapped = f"{found[2]}*{found[1]}"
            yield "order", answer[: found.start()] + swapped + answer[found.end() :]


WAYS = (
    whole_answers,
    of_something_else,
    with_constant,
    symmetric,
    wrong_functions,
    quotients,
    means,
    broken_rules,
    dropped_paths,
    inner_forgotten,
    rewritten,
)

# What a report may be called where a way of breaking does not say more.
ALSO = {
    DROPPED: PATHS,
    "sign": {
        "sign", "function-sign", "minus-dropped", "inverse-sign", "power-sign", "quotient-sign",
        "quotient-order",
    },
    "inner": {"inner", "outer", "minus-dropped", "not-summed"},
    "missing-transpose": {"missing-transpose", "determinant-transpose", "factor-transposed"},
    "function-derivative": {"function-derivative", "exponential-as-power"},
}  # fmt: skip


# -- which of them are the same


@once
def fingerprint(record: Record, answer: str) -> tuple[object, ...] | None:
    """The shape and the values at two points; None where it does not parse or has none."""
    try:
        claimed = understand(answer, shapes_of(understood(record).variables), record.assume).expr
    except ProblemError:
        return None
    found = understood(record)
    parts: list[object] = [claimed.shape]
    for number_ in range(2):
        sizes = sizes_for([found.expr, claimed, *found.variables.values()])
        style = ("positive", "unit")[number_]
        source = seeded(record.id, number_)
        try:
            point = sample_point(found.variables, sizes, FLOAT, source, style)  # type: ignore[arg-type]
            values = entries(evaluate(claimed, FLOAT, point, sizes))
        except (ZeroDivisionError, Uncertain, KeyError):
            return None
        if not all(isinstance(v, float) and math.isfinite(v) for v in values):
            return None
        parts.extend(float(f"{v:.7e}") if abs(v) > 1e-11 else 0.0 for v in values)
    return tuple(parts)


@cache
def cases() -> dict[str, list[Broken]]:
    """Broken answers by kind, those that are right after all left out."""
    found: dict[str, list[Broken]] = defaultdict(list)
    for record in _chosen():
        try:
            truth = fingerprint(record, text(right(record)))
        except ProblemError:
            continue
        if truth is None:
            continue
        groups: dict[object, set[str]] = defaultdict(set)
        answers: dict[object, str] = {}
        for way in WAYS:
            try:
                for kind, answer in way(record):
                    values = fingerprint(record, answer)
                    if values is None or values == truth:
                        continue
                    groups[values].add(kind)
                    answers.setdefault(values, answer)
            except ProblemError:
                continue
        for values, kinds in groups.items():
            for kind in kinds:
                found[kind].append(Broken(record, answers[values], frozenset(kinds)))
    return {k: random.Random(3).sample(v, min(len(v), PER_KIND)) for k, v in sorted(found.items())}
