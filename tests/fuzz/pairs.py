"""All ordered pairs of functions f(g(x)): every function of the table inside every other.

    python -m fuzz.pairs [PART/PARTS]     (with tests/ on the path; needs jax)

For each argument of f that has the shape of g's value, g's own arguments being variables.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import chainrule.ops  # noqa: F401 (fills the table)
from chainrule.errors import ProblemError
from chainrule.expr import build
from chainrule.expr.call import call
from chainrule.expr.node import Expr
from chainrule.op import OPS, Op
from chainrule.shapes import Shape, shape_of
from fuzz.check import outcome, report
from fuzz.generate import Problem

N = shape_of("n")
SHAPES = {"scalar": (), "vector": N, "square": N + N}
# Stand in answers only, or take what no variable here has.
LEFT_OUT = {"einsum", "function", "named_power", "fuse", "khatrirao", "reshape", "unit"}
TAMED = {"log", "sqrt"}  # arguments made positive
BOUNDED = {"arcsin", "arccos", "tan"}  # arguments made small
DEFINITE = {"logdet", "chol", "sqrtm"}
REGULAR = {"inv", "pinv", "polar", "nuclear"}  # and of full rank
SMALL = {"expm", "sinm", "cosm"}


@dataclass(frozen=True)
class Form:
    """One function with arguments of these shapes."""

    op: Op
    shapes: tuple[Shape, ...]
    parameter: int | None = None


def forms() -> Iterator[Form]:
    for op in OPS.values():
        if op.name in LEFT_OUT or op.jacobian_of or op.name == "dadj" or not op.arity:
            continue
        if op.family == "elementwise":
            for shape in SHAPES.values():
                yield Form(op, (shape,) * op.arity)
            continue
        for axis, signatures in op.signatures.items():
            for signature in signatures:
                letters = {letter for dims in signature.inputs for letter in dims}
                if all(len(letter) == 1 for letter in letters):
                    shapes = tuple(shape_of(*["n"] * len(dims)) for dims in signature.inputs)
                    parameter = 2 if op.name == "matpow" else axis
                    yield Form(op, shapes, parameter)


def applied(form: Form, args: list[Expr]) -> Expr:
    """The function of these arguments, which are brought into its domain first."""
    name = form.op.name
    if name in TAMED:
        args = [build.add(build.power(args[0], build.number(2)), build.number(1))]
    if name in BOUNDED:
        args = [build.multiply(build.number(Fraction(1, 2)), call("sin", args[0]))]
    if name in SMALL:
        args = [call("sin", args[0])]
    eye = call("eye", sizes=N)
    if name in DEFINITE:
        gram = build.multiply(build.transpose(args[0]), args[0])
        args = [build.add(gram, eye)]
    if name in REGULAR:
        args = [build.add(call("tanh", args[0]), build.multiply(build.number(3), eye))]
    sizes = N * len(form.op.sizes)
    return call(name, *args, parameter=form.parameter, sizes=sizes)


def pairs() -> Iterator[Problem]:
    """f(g(x)), by the variable inside, the other arguments being variables of their own."""
    known = list(forms())
    for inner in known:
        variables = [build.variable(f"v{k}", shape) for k, shape in enumerate(inner.shapes)]
        value = applied(inner, variables)  # type: ignore[arg-type]
        for outer in known:
            for slot, shape in enumerate(outer.shapes):
                if shape != value.shape or len(value.shape) > 2:
                    continue
                others = [build.variable(f"w{k}", s) for k, s in enumerate(outer.shapes)]
                args = [*others[:slot], value, *others[slot + 1 :]]
                try:
                    expr = applied(outer, args)
                except ProblemError:
                    continue
                used = [v for v in (*variables, *others) if v.data[0] in expr.variables]
                if len(expr.shape) + len(variables[0].shape) <= 4:
                    yield Problem(expr, "v0", 1, tuple(used))


def main(arguments: list[str]) -> int:
    part, parts = map(int, (arguments or ["1/1"])[0].split("/"))
    problems = list(pairs())[part - 1 :: parts]
    outcomes: Counter[str] = Counter()
    started = time.perf_counter()
    for place, problem in enumerate(problems):
        found = outcome(problem)
        outcomes[found.kind] += 1
        if found.is_wrong:
            print(report(problem, found, place), flush=True)
    print(f"{len(problems)} pairs, {time.perf_counter() - started:.0f} s")
    for kind, number in outcomes.most_common():
        print(f"{number:8} {kind}")
    return 1 if any(kind.startswith("wrong") for kind in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
