"""Random well-typed expressions, inside the domains of their functions.

Every function of the table occurs, the variable tends to occur more than once, parts are
shared, numbers are often 0, 1 or -1, scalars are added to vectors and matrices, and now and
then a size is 1. The same seed gives the same expression.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random

import chainrule.ops  # noqa: F401 (fills the table)
from chainrule.errors import ProblemError
from chainrule.expr import build
from chainrule.expr.call import call
from chainrule.expr.node import Expr
from chainrule.shapes import Dim, Shape

SHARED = 0.3  # how often a part made before is used again
NUMBERS = (0, 1, -1, 2, 3, Fraction(1, 2))
SMOOTH = ("sin", "cos", "tanh", "sigmoid", "softplus", "arctan", "erf", "exp", "sinh", "cosh")
KINKED = ("relu", "abs", "sign")
ROOTS = ("log", "sqrt")


@dataclass(frozen=True)
class Problem:
    """An expression and what it is differentiated by."""

    expr: Expr
    wrt: str
    order: int
    variables: tuple[Expr, ...]

    @property
    def let(self) -> dict[str, list[int | str]]:
        return {
            v.data[0]: [str(d) if d.integer is None else d.integer for d in v.shape]
            for v in self.variables
        }

    @property
    def assume(self) -> dict[str, list[str]]:
        return {v.data[0]: sorted(v.data[1]) for v in self.variables if v.data[1]}


def random_problem(seed: int) -> Problem:
    """Expressions of order 2 are a fifth, and smaller."""
    random = Random(seed)
    order = 2 if random.random() < 0.2 else 1
    while True:
        maker = _Maker(random)
        depth = random.choice((1, 1, 2, 2, 2, 3, 3, 4) if order == 1 else (1, 1, 2, 2, 3))
        shapes = ((),) * 5 + (maker.vector, maker.tall, maker.square)
        try:
            expr = maker.make(random.choice(shapes), depth)
        except ProblemError:  # a size that is 1 where two dimensions met
            continue
        used = [v for v in maker.variables if v.data[0] in expr.variables]
        if used:
            wrt = random.choice(used)
            axes = len(expr.shape) + order * len(wrt.shape)
            if axes <= 4:
                return Problem(expr, wrt.data[0], order, tuple(used))


@dataclass
class _Maker:
    """Makes expressions of a given shape; `pool` holds what may be shared."""

    random: Random
    pool: list[Expr] = field(default_factory=list)

    def __post_init__(self) -> None:
        n, m = Dim.of("n"), Dim.of("m")
        if self.random.random() < 0.1:
            n = Dim.of(1)
        self.vector, self.other, self.tall, self.square = (n,), (m,), (m, n), (n, n)
        self.dims = (n, m)
        self.variables = [
            build.variable("s"),
            build.variable("t"),
            build.variable("x", (n,)),
            build.variable("y", (n,)),
            build.variable("z", (m,)),
            build.variable("A", (m, n)),
            build.variable("B", (m, n)),
            build.variable("X", (n, n)),
            build.variable("S", (n, n), ["symmetric"]),
            build.variable("P", (n, n), ["spd"]),
            build.variable("p", (n,), ["positive"]),
            build.variable("c", (), ["positive"]),
        ]

    # -- what is made

    def make(self, shape: Shape, depth: int) -> Expr:
        """An expression of this shape, a column where it is a vector."""
        shared = [part for part in self.pool if part.shape == shape]
        if shared and self.random.random() < SHARED:
            return self.random.choice(shared)
        if depth <= 0:
            return self.leaf(shape)
        makers = {0: self.scalars, 1: self.vectors, 2: self.matrices}[len(shape)]
        made = self.random.choice([*self.elementwise(), *self.elementwise(), *makers()])(
            shape, depth - 1
        )
        if made.shape == shape and not made.is_row:
            self.pool.append(made)
        return made

    def leaf(self, shape: Shape) -> Expr:
        fitting = [v for v in self.variables if v.shape == shape]
        if not shape and self.random.random() < 0.4:
            return build.number(self.random.choice(NUMBERS))
        if shape and (not fitting or self.random.random() < 0.1):
            return self.constant(shape)
        return self.random.choice(fitting)

    def constant(self, shape: Shape) -> Expr:
        if len(shape) == 1:
            value = build.number(self.random.choice(NUMBERS))
            return call("vector", value, sizes=shape)
        if shape[0] == shape[1] and self.random.random() < 0.7:
            return call("eye", sizes=shape[:1])
        return call("matrix", build.number(self.random.choice(NUMBERS)), sizes=shape)

    def positive(self, shape: Shape, depth: int) -> Expr:
        """Positive at every point."""
        inner = self.make(shape, depth - 1)
        square = build.power(inner, build.number(2))
        return self.random.choice(
            (
                build.add(square, build.number(1)),
                call("exp", call("sin", inner)),
                call("softplus", inner),
                build.add(call("abs", inner), build.number(Fraction(1, 2))),
            )
        )

    def regular(self, depth: int) -> Expr:
        """A matrix that is seldom near a singular one."""
        matrix = self.make(self.square, depth - 1)
        three = build.multiply(build.number(3), call("eye", sizes=self.square[:1]))
        return build.add(call("tanh", matrix), three)

    def definite(self, depth: int) -> Expr:
        matrix = self.make(self.tall, depth - 1)
        gram = build.multiply(build.transpose(matrix), matrix)
        spd = next(v for v in self.variables if "spd" in v.data[1])
        return self.random.choice((spd, build.add(gram, call("eye", sizes=self.square[:1]))))

    # -- ways to make it

    def elementwise(self) -> list[Callable[[Shape, int], Expr]]:
        return [
            lambda s, d: call(self.random.choice(SMOOTH), self.make(s, d)),
            lambda s, d: call(self.random.choice(KINKED), self.make(s, d)),
            lambda s, d: call(self.random.choice(ROOTS), self.positive(s, d)),
            lambda s, d: call(
                self.random.choice(("arcsin", "arccos")), call("sin", self.make(s, d))
            ),
            lambda s, d: call("tan", call("sin", self.make(s, d))),
            lambda s, d: build.add(self.make(s, d), self.make(s, d)),
            lambda s, d: build.subtract(self.make(s, d), self.make(s, d)),
            lambda s, d: build.add(self.make(s, d), self.make((), d)),
            lambda s, d: build.negate(self.make(s, d)),
            self.times,
            lambda s, d: build.multiply(self.make((), d), self.make(s, d)),
            lambda s, d: build.divide(self.make(s, d), self.positive(s, d)),
            lambda s, d: build.divide(self.make(s, d), self.positive((), d)),
            lambda s, d: build.power(self.make(s, d), build.number(self.random.choice((2, 3)))),
            lambda s, d: build.power(
                self.positive(s, d), build.number(self.random.choice((-1, -2, Fraction(-1, 2))))
            ),
            lambda s, d: build.power(self.positive(s, d), self.make((), d)),
            self.choice,
        ]

    def times(self, shape: Shape, depth: int) -> Expr:
        a, b = self.make(shape, depth), self.make(shape, depth)
        return build.hadamard(a, b) if shape else build.multiply(a, b)

    def choice(self, shape: Shape, depth: int) -> Expr:
        a, b = self.make(shape, depth), self.make(shape, depth)
        if self.random.random() < 0.5:
            return call(self.random.choice(("max", "min")), a, b)
        test = call(self.random.choice(("gt", "ge")), self.make(shape, depth), self.make((), 0))
        return call("where", test, a, b)

    def scalars(self) -> list[Callable[[Shape, int], Expr]]:
        def any_shape() -> Shape:
            return self.random.choice((self.vector, self.other, self.tall, self.square))

        return [
            lambda s, d: call(
                self.random.choice(("sum", "mean", "norm1", "logsumexp")),
                self.make(any_shape(), d),
            ),
            lambda s, d: call("norm2", build.add(self.make(any_shape(), d), build.number(2))),
            lambda s, d: call(
                self.random.choice(("largest", "smallest")), self.make(any_shape(), d)
            ),
            lambda s, d: call("prod", self.positive(self.vector, d)),
            self.inner,
            self.inner,
            lambda s, d: call("tr", self.make(self.square, d)),
            lambda s, d: call("det", self.make(self.square, d)),
            lambda s, d: call("logdet", self.definite(d)),
            lambda s, d: call("nuclear", build.add(self.make(self.tall, d - 1), self.variables[5])),
            lambda s, d: build.index(self.make(self.other, d), 2),
            lambda s, d: build.index(self.make(self.tall, d), 1, 1),
            lambda s, d: build.power(call("norm2", self.make(any_shape(), d)), build.number(2)),
        ]

    def inner(self, shape: Shape, depth: int) -> Expr:
        ends = self.random.choice((self.vector, self.other))
        a, b = self.make(ends, depth), self.make(ends, depth)
        return build.multiply(build.transpose(a), b)

    def vectors(self) -> list[Callable[[Shape, int], Expr]]:
        return [
            self.matrix_vector,
            self.matrix_vector,
            lambda s, d: call("softmax", self.make(s, d)),
            lambda s, d: call("cumsum", self.make(s, d)),
            lambda s, d: call("diag", self.make((*s, *s), d)),
            lambda s, d: call(
                self.random.choice(("sum", "mean", "logsumexp")), self.make((*s, *s), d),
                parameter=self.random.choice((0, 1)),
            ),
            lambda s, d: build.index(self.make((*s, *s), d), None, 1),
            lambda s, d: call("vec", self.make(s, d)),
            lambda s, d: call(self.random.choice(("argmax", "argmin")), self.make(s, d)),
            self.part_of_a_stack,
        ]  # fmt: skip

    def part_of_a_stack(self, shape: Shape, depth: int) -> Expr:
        """[a; b][1:n]"""
        whole = build.stack([[self.make(shape, depth)], [self.make((), depth)]])
        return build.index(whole, (Dim.of(1), shape[0]))

    def matrix_vector(self, shape: Shape, depth: int) -> Expr:
        (rows,) = shape
        columns = self.random.choice(self.dims)
        matrix, vector = self.make((rows, columns), depth), self.make((columns,), depth)
        if self.random.random() < 0.5:
            return build.multiply(matrix, vector)
        flipped = self.make((columns, rows), depth)
        return build.multiply(build.transpose(flipped), vector)

    def matrices(self) -> list[Callable[[Shape, int], Expr]]:
        square = [
            lambda s, d: call("diag", self.make(s[:1], d)),
            lambda s, d: call("inv", self.regular(d)),
            lambda s, d: call("adj", self.make(s, d)),
            lambda s, d: call("matpow", self.make(s, d), parameter=self.random.choice((2, 3))),
            lambda s, d: call("chol", self.definite(d)),
            lambda s, d: call(self.random.choice(("tril", "triu")), self.make(s, d)),
            lambda s, d: call("matpow", self.regular(d), parameter=-1),
            lambda s, d: call(
                self.random.choice(("expm", "sinm", "cosm")), call("sin", self.make(s, d))
            ),
            lambda s, d: call("sqrtm", self.definite(d)),
        ]  # fmt: skip
        every = [
            self.product,
            self.product,
            lambda s, d: build.transpose(self.make(s[::-1], d)),
            lambda s, d: call("outer", self.make(s[:1], d), self.make(s[1:], d)),
            lambda s, d: call("softmax", self.make(s, d), parameter=self.random.choice((0, 1))),
            lambda s, d: build.multiply(call("diag", self.make(s[:1], d)), self.make(s, d)),
            lambda s, d: call("reshape", call("vec", self.make(s, d)), sizes=s),
            lambda s, d: build.multiply(
                self.make(s[:1], d), build.transpose(self.make(s[1:], d))
            ),
        ]  # fmt: skip

        def one(shape: Shape, depth: int) -> Expr:
            ways = every + square if shape[0] == shape[1] else every
            return self.random.choice(ways)(shape, depth)

        return [one] * 10

    def product(self, shape: Shape, depth: int) -> Expr:
        middle = self.random.choice(self.dims)
        return build.multiply(
            self.make((shape[0], middle), depth), self.make((middle, shape[1]), depth)
        )
