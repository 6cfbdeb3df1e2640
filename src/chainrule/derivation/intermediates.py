"""Which sub-expressions become intermediate variables u1, u2, ...

One operation, one intermediate, as Parr and Howard do it, with what a teacher leaves
unsaid merged: a linear (affine) map of the variable is one intermediate (X*w + b), a
number added to or multiplied with an intermediate goes along with the next operation
(log(u2 + 1)), and so do signs, transposes and subscripts. Names the user gave are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from ..expr.build import index, multiply, transpose, variable, vector_literal
from ..expr.node import Expr, Kind
from ..expr.rewrite import replace, with_args
from ..intern import postorder
from ..notation.write import Writer
from .record import Intermediate


class State(Enum):
    LINEAR = "a linear map of the variable, or the variable itself"
    OPERATION = "gets a name when something uses it"
    THIN = "a number's or sign's worth around an operation"


@dataclass(frozen=True)
class Piece:
    """A sub-expression on its way: how it reads with the names given so far."""

    state: State
    expr: Expr
    inner: Expr | None = None  # the operation inside a THIN piece
    rebuild: Callable[[Expr], Expr] | None = None


THIN_KINDS = (Kind.NEGATE, Kind.TRANSPOSE, Kind.INDEX)


def introduce(expr: Expr, wrt: str, given: Mapping[Expr, str]) -> list[Intermediate]:
    """The intermediates on the way from the variable to `expr`; the last one is `expr`.

    `given` names sub-expressions the user defined.
    """
    return _Introducer(expr, wrt, given).run()


class _Introducer:
    def __init__(self, expr: Expr, wrt: str, given: Mapping[Expr, str]) -> None:
        self.root = expr
        self.wrt = wrt
        self.given = given
        self.taken = set(expr.variables) | set(given.values())
        self.pieces: dict[Expr, Piece] = {}
        self.names: dict[Expr, Expr] = {}  # definition -> symbol
        self.definitions: dict[str, Expr] = {}
        self.symbols: dict[str, Expr] = {}
        self.counter = 0
        self.consumers: Counter[Expr] = Counter()

    def run(self) -> list[Intermediate]:
        nodes = [n for n in postorder([self.root]) if self.wrt in n.variables]
        for node in nodes:
            self.consumers.update(arg for arg in node.args if self.wrt in arg.variables)
        for node in nodes:
            piece = self.read(node)
            if node in self.given and node.kind is not Kind.VARIABLE:
                piece = Piece(State.THIN, self.name(piece.expr, self.given[node]))
            elif self.consumers[node] > 1 and piece.state is State.OPERATION:
                piece = Piece(State.THIN, self.name(piece.expr))
            self.pieces[node] = piece
        self.finish(self.pieces[self.root] if nodes else Piece(State.OPERATION, self.root))
        self.bundle_entries()
        return self.collect()

    # -- reading one node

    def read(self, node: Expr) -> Piece:
        if node.kind is Kind.VARIABLE:
            return Piece(State.LINEAR, node)
        dependent = [arg for arg in node.args if self.wrt in arg.variables]
        if node.kind in THIN_KINDS:
            return self.wrap(node, dependent[0])
        if node.kind is Kind.ADD:
            return self.read_sum(node, dependent)
        if self.is_scaling(node, dependent):
            return self.read_scaling(node, dependent[0])
        if node.kind is Kind.MULTIPLY and len(dependent) > 1:
            return Piece(State.OPERATION, self.read_product(node))
        if node.kind is Kind.VECTOR:
            return Piece(State.OPERATION, self.rebuilt(node, lambda arg: self.pieces[arg].expr))
        return Piece(State.OPERATION, self.rebuilt(node, self.named))

    def rebuilt(self, node: Expr, read: Callable[[Expr], Expr]) -> Expr:
        return with_args(
            node, tuple(read(arg) if self.wrt in arg.variables else arg for arg in node.args)
        )

    def wrap(self, node: Expr, arg: Expr) -> Piece:
        """`node` goes along with whatever uses it."""
        piece = self.pieces[arg]

        def around(expr: Expr) -> Expr:
            return with_args(node, tuple(expr if a is arg else a for a in node.args))

        if piece.state is State.LINEAR:
            return Piece(State.LINEAR, around(piece.expr))
        if piece.inner is not None and piece.rebuild is not None:
            inside = piece.rebuild
            return Piece(
                State.THIN, around(piece.expr), piece.inner, lambda expr: around(inside(expr))
            )
        if piece.state is State.THIN:
            return Piece(State.THIN, around(piece.expr))
        return Piece(State.THIN, around(piece.expr), piece.expr, around)

    def read_sum(self, node: Expr, dependent: list[Expr]) -> Piece:
        states = [self.pieces[arg].state for arg in dependent]
        if all(state is State.LINEAR for state in states):
            return Piece(State.LINEAR, self.rebuilt(node, lambda arg: self.pieces[arg].expr))
        constants = [arg for arg in node.args if self.wrt not in arg.variables]
        if len(dependent) == 1 and all(_is_numeric(arg) for arg in constants):
            return self.wrap(node, dependent[0])
        return Piece(State.OPERATION, self.rebuilt(node, self.summand))

    def summand(self, arg: Expr) -> Expr:
        """A term of a sum: linear ones stay as they are, operations get a name."""
        piece = self.pieces[arg]
        return piece.expr if piece.state is State.LINEAR else self.named(arg)

    def is_scaling(self, node: Expr, dependent: list[Expr]) -> bool:
        if len(dependent) != 1 or node.args.count(dependent[0]) != 1:
            return False
        if node.kind in (Kind.MULTIPLY, Kind.HADAMARD):
            return True
        return node.kind is Kind.DIVIDE and node.args[0] is dependent[0]

    def read_scaling(self, node: Expr, arg: Expr) -> Piece:
        """A product or quotient with constants."""
        constants = [other for other in node.args if other is not arg]
        if self.pieces[arg].state is State.LINEAR or all(c.is_scalar for c in constants):
            return self.wrap(node, arg)
        return Piece(State.OPERATION, self.rebuilt(node, self.named))

    def read_product(self, node: Expr) -> Expr:
        """A product in which the variable occurs several times: constants join a neighbour.

        x'*A*x is read as x' times u1 = A*x.
        """
        factors: list[Expr] = []
        waiting: list[Expr] = []  # constant matrices and rows that wait for the next factor
        for factor in node.args:
            if self.wrt in factor.variables:
                factors.append(self.joined([*waiting, factor]) if waiting else self.named(factor))
                waiting = []
            elif factor.is_scalar or (factor.is_vector and not factor.is_row):
                factors += [*waiting, factor]
                waiting = []
            else:
                waiting.append(factor)
        return multiply(*factors, *waiting)

    def joined(self, group: list[Expr]) -> Expr:
        """The product of constants and a last factor, by name."""
        *constants, factor = group
        if factor.is_scalar:
            return multiply(*constants, self.named(factor))
        return self.symbol_for(multiply(*constants, self.summand(factor)))

    def symbol_for(self, group: Expr) -> Expr:
        """A name for a product; for a row, the transpose of a named vector."""
        if group.is_row:
            return transpose(self.name(Writer().transpose(group)))
        return self.name(group)

    def named(self, arg: Expr) -> Expr:
        """The argument as an operation reads it: by name, unless it is the variable itself."""
        piece = self.pieces[arg]
        if piece.state is State.LINEAR:
            core = piece.expr
            while core.kind in (Kind.TRANSPOSE, Kind.INDEX):
                core = core.args[0]
            return piece.expr if core.kind is Kind.VARIABLE else self.symbol_for(piece.expr)
        if piece.inner is not None and piece.rebuild is not None:
            return piece.rebuild(self.symbol_for(piece.inner))
        return piece.expr if piece.state is State.THIN else self.symbol_for(piece.expr)

    # -- names

    def name(self, definition: Expr, wanted: str | None = None) -> Expr:
        if definition in self.names and wanted is None:
            return self.names[definition]
        if wanted is None:
            self.counter += 1
            while f"u{self.counter}" in self.taken:
                self.counter += 1
            wanted = f"u{self.counter}"
        symbol = variable(wanted, definition.shape)
        self.names[definition] = symbol
        self.definitions[wanted] = definition
        self.symbols[wanted] = symbol
        return symbol

    def finish(self, piece: Piece) -> None:
        if piece.expr.kind is Kind.VARIABLE and piece.expr.data[0] in self.definitions:
            return
        expr = piece.expr
        self.name(transpose(expr) if expr.is_row else expr)

    # -- vector literals

    def bundle_entries(self) -> None:
        """Scalars that only feed the entries of one vector literal become one vector.

        [log(u1), sin(u2)] with u1 = x^2, u2 = 3*x reads g = [x^2, 3*x]; [log(g[1]), sin(g[2])].
        """
        for name in reversed(list(self.definitions)):
            definition = self.definitions.get(name)
            if definition is None or definition.kind is not Kind.VECTOR:
                continue
            members = [
                other
                for other, symbol in self.symbols.items()
                if other in definition.variables
                and symbol.is_scalar
                and other not in self.given.values()
                and self.is_used_only_by(other, name)
            ]
            if len(members) > 1:
                self.bundle(name, members)

    def is_used_only_by(self, member: str, user: str) -> bool:
        return all(
            member not in definition.variables
            for name, definition in self.definitions.items()
            if name != user
        )

    def bundle(self, user: str, members: list[str]) -> None:
        vector = vector_literal(*(self.definitions[member] for member in members))
        name = members[0]
        symbol = variable(name, vector.shape)
        parts = {self.symbols[m]: index(symbol, k) for k, m in enumerate(members, 1)}
        order: dict[str, Expr] = {}
        for other, definition in self.definitions.items():
            if other == members[-1]:
                order[name] = vector
            elif other == user:
                order[other] = replace(definition, parts)
            elif other not in members:
                order[other] = definition
        self.definitions = order
        self.symbols[name] = symbol

    # -- the result

    def collect(self) -> list[Intermediate]:
        names = self.renumbered()
        full: dict[Expr, Expr] = {}
        result = []
        for old, definition in self.definitions.items():
            symbol = self.symbols[old]
            renamed = variable(names[old], symbol.shape)
            used = [o for o in definition.variables if o in self.definitions]
            shapes = {o: self.symbols[o].shape for o in used}
            own = replace(
                definition, {self.symbols[o]: variable(names[o], shapes[o]) for o in used}
            )
            known = {variable(names[o], shapes[o]) for o in used}
            whole = replace(own, {symbol: full[symbol] for symbol in known})
            full[renamed] = whole
            uses = _uses(own, {symbol.data[0] for symbol in known}, self.wrt)
            result.append(Intermediate(names[old], renamed, own, whole, uses))
        return result

    def renumbered(self) -> dict[str, str]:
        """u1, u2, ... without gaps, in order; given names stay."""
        names: dict[str, str] = {}
        number = 0
        for old in self.definitions:
            if old in self.given.values():
                names[old] = old
                continue
            number += 1
            while f"u{number}" in self.taken:
                number += 1
            names[old] = f"u{number}"
        return names


def _is_numeric(expr: Expr) -> bool:
    """A number, perhaps with a sign or as a quotient of numbers."""
    return all(
        node.kind in (Kind.NUMBER, Kind.NEGATE, Kind.DIVIDE, Kind.SIZE)
        for node in postorder([expr])
    )


def _uses(definition: Expr, names: set[str], wrt: str) -> tuple[tuple[str, int], ...]:
    """How often the variable and each intermediate occur in the definition, read as a tree.

    The variable comes first. The entries of a vector literal are one path: they are
    different components.
    """
    counts: dict[Expr, int] = {definition: 1}
    found: Counter[str] = Counter()
    for node in reversed(postorder([definition])):
        times = counts.get(node, 0)
        if node.kind is Kind.VARIABLE and (node.data[0] in names or node.data[0] == wrt):
            found[node.data[0]] += times
        for arg in node.args:
            counts[arg] = counts.get(arg, 0) + times
    if definition.kind is Kind.VECTOR:
        found = Counter(dict.fromkeys(found, 1))
    return tuple(
        (name, found[name])
        for name in sorted(found, key=lambda name: (name != wrt, _by_name(name)))
    )


def _by_name(name: str) -> tuple[str, int]:
    letters = name.rstrip("0123456789")
    digits = name[len(letters) :]
    return letters, int(digits) if digits else -1
