"""The kinds of undeclared variables: the search over kinds.py's rules, and its failures.

A contradiction between two uses of one variable is reported with both places. Other
contradictions are left to the constructors of expr/, which know what they needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import ProblemError
from .choose import BudgetError, Choice, Table
from .flat import Flat
from .grammar import Tree
from .kinds import KINDS, MATRIX, ROW, SCALAR, TENSOR, VECTOR, Rules, preference, stack_rows

BIT = {SCALAR: 1, VECTOR: 2, ROW: 4, MATRIX: 8, TENSOR: 16}
VARIABLE = BIT[SCALAR] | BIT[VECTOR] | BIT[MATRIX]
ANYTHING = VARIABLE | BIT[ROW] | BIT[TENSOR]
WORDS = {SCALAR: "a scalar", VECTOR: "a vector", MATRIX: "a matrix"}

ROW_LIMIT = 1_000_000  # rows of joined tables; most expressions need a few hundred
# How much is tried to explain a contradiction.
SUSPECTS = 20
CLIMB = 12
EXCERPT = 30


def infer_kinds(flat: Flat, declared: Mapping[str, str], text: str) -> dict[str, str]:
    """A kind for every variable of the program, the declared ones unchanged."""
    open_names = [name for name in flat.variables if name not in declared]
    if not open_names:
        return dict(declared)
    network = _Network(flat, declared, open_names)
    choice = network.choice()
    try:
        if choice.settle() and choice.decide(ROW_LIMIT):
            return {**declared, **network.kinds(choice)}
    except BudgetError:
        raise ProblemError(
            "limit",
            f"too many ways to read the {len(open_names)} undeclared variables",
            hint="declare some shapes, say x as a vector and A as a matrix",
        ) from None
    clash = network.clash(text)
    if clash is not None:
        raise clash
    # The constructors will say what is wrong, in the words of the operation.
    return {**declared, **network.kinds_before_failure(choice.failed)}


class _Network:
    """The program as cells and tables: a cell for each variable, one for each result."""

    def __init__(self, flat: Flat, declared: Mapping[str, str], open_names: list[str]) -> None:
        self.flat = flat
        self.declared = declared
        self.open_names = open_names
        self.rules = Rules(flat, set(open_names))

    def choice(self, places: Iterable[int] | None = None, split: str | None = None) -> Choice:
        """The choice of kinds under the instructions at `places`, all when left out.

        With `split`, each occurrence of that variable is free to differ from the others.
        """
        variables = self.flat.variables
        number = {name: cell for cell, name in enumerate(variables)}
        domains = [self.domain(name) for name in variables]
        tables = [] if split else [self.taste(name, number[name]) for name in self.open_names]
        self.owners: list[int | None] = [None] * len(tables)  # a table's instruction
        self.cells: list[int] = []  # an instruction's cell
        for instruction in self.flat.instructions:
            if instruction.kind == "variable" and instruction.value != split:
                self.cells.append(number[str(instruction.value)])
                continue
            self.cells.append(len(domains))
            is_split = instruction.kind == "variable"
            domains.append(VARIABLE if is_split else _DOMAINS.get(instruction.kind, ANYTHING))
        for place in range(len(self.flat.instructions)) if places is None else places:
            for table in self.tables(place):
                self.owners.append(place)
                tables.append(table)
        return Choice(domains, tables)

    def domain(self, name: str) -> int:
        return BIT[self.declared[name]] if name in self.declared else VARIABLE

    def taste(self, name: str, cell: int) -> Table:
        """What each kind costs for a name. Between equals, the earlier name is no scalar."""
        later = len(self.open_names) - 1 - self.open_names.index(name)
        tie = {SCALAR: 1 << later}
        return Table(
            (cell,),
            tuple(
                ((BIT[kind],), (cost << len(self.open_names)) + tie.get(kind, 0))
                for kind, cost in preference(name).items()
            ),
        )

    def tables(self, place: int) -> list[Table]:
        instruction = self.flat.instructions[place]
        operands = [self.cells[arg] for arg in instruction.args]
        if instruction.kind == "vector":
            assert isinstance(instruction.value, tuple)
            rows = tuple(
                (tuple(BIT[kind] for kind in kinds), cost << len(self.open_names))
                for kinds, cost in stack_rows(instruction.value)
            )
            return [Table((cell, self.cells[place]), rows) for cell in operands]
        if instruction.kind in ("variable", *_DOMAINS):
            return []
        rows = tuple(
            (tuple(BIT[kind] for kind in kinds), cost << len(self.open_names))
            for kinds, cost in self.rules.rows(place)
        )
        return [Table((*operands, self.cells[place]), rows)]

    def kinds(self, choice: Choice) -> dict[str, str]:
        """The kinds a choice has settled on; the preferred one where it has not."""
        found = {}
        for cell, name in enumerate(self.flat.variables):
            allowed = [kind for kind in KINDS if choice.domains[cell] & BIT[kind]]
            found[name] = min(allowed or KINDS, key=preference(name).__getitem__)
        return found

    def kinds_before_failure(self, failed: int | None) -> dict[str, str]:
        """Kinds that fit up to the instruction where none fits any more."""
        last = len(self.flat.instructions) - 1
        owner = last if failed is None else self.owner_of(failed)
        choice = self.choice(range(owner))
        try:
            if choice.settle():
                choice.decide(ROW_LIMIT)
        except BudgetError:
            pass  # what has been struck out so far still makes a fair message
        return self.kinds(choice)

    def owner_of(self, table: int) -> int:
        self.choice()  # owners of the full problem
        owner = self.owners[table]
        return len(self.flat.instructions) - 1 if owner is None else owner

    # -- contradictions

    def clash(self, text: str) -> ProblemError | None:
        """Two uses of one variable that need different kinds, if that is the trouble."""
        for name in self.open_names[:SUSPECTS]:
            choice = self.choice(split=name)
            if not choice.settle():
                continue
            uses = [
                place
                for place, instruction in enumerate(self.flat.instructions)
                if instruction.kind == "variable" and instruction.value == name
            ]
            first_use: dict[int, int] = {}
            for place in uses:
                allowed = choice.domains[self.cells[place]]
                for other, earlier in first_use.items():
                    if not allowed & other:
                        return self.contradiction(name, (earlier, place), text)
                first_use.setdefault(allowed, place)
        return None

    def contradiction(self, name: str, uses: tuple[int, int], text: str) -> ProblemError:
        first, needs_first = self.reason(name, uses[0])
        second, needs_second = self.reason(name, uses[1])
        return ProblemError(
            "shape",
            f"`{_excerpt(first, text)}` makes {name} {needs_first}, "
            f"`{_excerpt(second, text)}` needs {needs_second}",
            first.start,
            first.end,
            f"declare the shape of {name} to see which of them is at fault",
            (second.start, second.end),
        )

    def reason(self, name: str, use: int) -> tuple[Tree, str]:
        """The smallest expression around a use that leaves it the fewest kinds, and these."""
        users: dict[int, int] = {}
        for place, instruction in enumerate(self.flat.instructions):
            for arg in instruction.args:
                users.setdefault(arg, place)
        best, fewest = use, VARIABLE
        place = use
        for _ in range(CLIMB):
            if place not in users:
                break
            place = users[place]
            choice = self.choice(self.below(place), split=name)
            choice.settle()
            left = choice.domains[self.cells[use]]
            if left.bit_count() < fewest.bit_count():
                best, fewest = place, left
        words = " or ".join(WORDS[kind] for kind in KINDS if fewest & BIT[kind])
        return self.flat.instructions[best].tree, words

    def below(self, place: int) -> list[int]:
        """The instruction at `place` and all it rests on, in order."""
        found, stack = {place}, [place]
        while stack:
            for arg in self.flat.instructions[stack.pop()].args:
                if arg not in found:
                    found.add(arg)
                    stack.append(arg)
        return sorted(found)


_DOMAINS = {"number": BIT[SCALAR], "size": BIT[SCALAR]}


def _excerpt(tree: Tree, text: str) -> str:
    found = text[tree.start : tree.end]
    return found if len(found) <= EXCERPT else found[:EXCERPT] + "…"
