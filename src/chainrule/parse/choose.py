"""The cheapest choice of one value for every cell, given tables of what fits together.

Propagation strikes out what cannot be; elimination decides the rest exactly, joining the
tables of one cell after the other. Nothing here knows what the cells and values stand for:
a value is a bit, a domain a set of bits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

Values = tuple[int, ...]
Costs = dict[Values, int]


@dataclass(frozen=True)
class Table:
    """The rows of values that the cells of `scope` may take together, each with its cost."""

    scope: tuple[int, ...]
    rows: tuple[tuple[Values, int], ...]


class BudgetError(Exception):
    """More rows than the caller allows."""


class Choice:
    """Domains of cells under tables."""

    def __init__(self, domains: Sequence[int], tables: Sequence[Table]) -> None:
        self.domains = list(domains)
        self.tables = [_consistent(table) for table in tables]
        self.failed: int | None = None  # the table that had no row left
        self.tables_of: list[list[int]] = [[] for _ in self.domains]
        for place, table in enumerate(tables):
            for cell in set(table.scope):
                self.tables_of[cell].append(place)

    def settle(self) -> bool:
        """Strike out values without support until nothing changes; False if none is left."""
        queue = deque(range(len(self.tables)))
        queued = set(queue)
        while queue:
            place = queue.popleft()
            queued.discard(place)
            changed = self._revise(place)
            if changed is None:
                self.failed = place
                return False
            for cell in changed:
                for other in self.tables_of[cell]:
                    if other not in queued:
                        queued.add(other)
                        queue.append(other)
        return True

    def _revise(self, place: int) -> list[int] | None:
        """The cells that lost values to this table; None when no row is left."""
        table, domains = self.tables[place], self.domains
        support = [0] * len(table.scope)
        for values, _ in table.rows:
            for cell, value in zip(table.scope, values, strict=True):
                if not domains[cell] & value:
                    break
            else:
                for position, value in enumerate(values):
                    support[position] |= value
        changed = []
        for cell, values_left in zip(table.scope, support, strict=True):
            if not values_left:
                return None
            if domains[cell] & ~values_left:
                domains[cell] &= values_left
                changed.append(cell)
        return changed

    def decide(self, budget: int) -> bool:
        """Give every cell its value in the cheapest choice; False if there is none."""
        chosen = _Elimination(self, budget).run()
        if chosen is None:
            return False
        for cell, value in chosen.items():
            self.domains[cell] = value
        return True

    def is_open(self, cell: int) -> bool:
        """Whether more than one value is left."""
        domain = self.domains[cell]
        return domain & (domain - 1) != 0

    def live(self, table: Table) -> tuple[tuple[int, ...], Costs]:
        """What a table still says about its undecided cells."""
        positions = {cell: i for i, cell in enumerate(table.scope) if self.is_open(cell)}
        rows: Costs = {}
        for values, cost in table.rows:
            if all(self.domains[c] & v for c, v in zip(table.scope, values, strict=True)):
                key = tuple(values[i] for i in positions.values())
                rows[key] = min(cost, rows.get(key, cost))
        return tuple(positions), rows


class _Elimination:
    """Bucket elimination: a cell's tables become one table that no longer speaks of it."""

    def __init__(self, choice: Choice, budget: int) -> None:
        self.budget = budget
        self.tables: list[tuple[tuple[int, ...], Costs]] = []
        self.tables_of: dict[int, list[int]] = {}
        self.near: dict[int, set[int]] = {}  # the cells a cell shares a table with
        for table in choice.tables:
            scope, rows = choice.live(table)
            if scope:
                self.add(scope, rows)

    def add(self, scope: tuple[int, ...], rows: Costs) -> None:
        for cell in scope:
            self.tables_of.setdefault(cell, []).append(len(self.tables))
            self.near.setdefault(cell, set()).update(scope)
            self.near[cell].discard(cell)
        self.tables.append((scope, rows))

    def run(self) -> dict[int, int] | None:
        """The values of the undecided cells, None when no choice fits."""
        decisions: list[tuple[int, tuple[int, ...], dict[Values, int]]] = []
        # Cells with few neighbours first: their joint tables stay small.
        waiting = [(len(near), cell) for cell, near in self.near.items()]
        heapify(waiting)
        while waiting:
            degree, cell = heappop(waiting)
            if cell not in self.near or degree != len(self.near[cell]):
                continue  # gone, or waiting under its new degree too
            rest, best = self.eliminate(cell)
            if not best:
                return None
            decisions.append((cell, rest, best))
            for other in rest:
                heappush(waiting, (len(self.near[other]), other))
        chosen: dict[int, int] = {}
        for cell, rest, best in reversed(decisions):
            chosen[cell] = best[tuple(chosen[other] for other in rest)]
        return chosen

    def eliminate(self, cell: int) -> tuple[tuple[int, ...], dict[Values, int]]:
        """The best value of a cell for every choice of its neighbours."""
        scope, rows = self.join(cell)
        position = scope.index(cell)
        rest = scope[:position] + scope[position + 1 :]
        costs: Costs = {}
        best: dict[Values, int] = {}
        for values, cost in rows.items():
            key = values[:position] + values[position + 1 :]
            if key not in costs or cost < costs[key]:
                costs[key], best[key] = cost, values[position]
        for other in self.near.pop(cell):
            self.near[other].discard(cell)
        if rest:
            self.add(rest, costs)
        return rest, best

    def join(self, cell: int) -> tuple[tuple[int, ...], Costs]:
        """All tables that speak of a cell as one; they are used up."""
        scope: tuple[int, ...] = ()
        rows: Costs = {(): 0}
        for place in self.tables_of.pop(cell):
            other_scope, other_rows = self.tables[place]
            for other in other_scope:
                if other != cell:
                    self.tables_of[other].remove(place)
            scope, rows = _joined(scope, rows, other_scope, other_rows)
            self.budget -= len(rows)
            if self.budget < 0:
                raise BudgetError
        return scope, rows


def _joined(
    scope: tuple[int, ...], rows: Costs, other_scope: tuple[int, ...], other_rows: Costs
) -> tuple[tuple[int, ...], Costs]:
    """The rows of two tables that agree on the cells they share, costs added."""
    shared = [(scope.index(cell), i) for i, cell in enumerate(other_scope) if cell in scope]
    added = [i for i, cell in enumerate(other_scope) if cell not in scope]
    by_shared: dict[Values, list[tuple[Values, int]]] = {}
    for values, cost in other_rows.items():
        key = tuple(values[i] for _, i in shared)
        by_shared.setdefault(key, []).append((tuple(values[i] for i in added), cost))
    found: Costs = {}
    for values, cost in rows.items():
        for more, extra in by_shared.get(tuple(values[i] for i, _ in shared), ()):
            found[values + more] = cost + extra
    return scope + tuple(other_scope[i] for i in added), found


def _consistent(table: Table) -> Table:
    """Without the rows that give a cell which stands there twice two values."""
    if len(set(table.scope)) == len(table.scope):
        return table
    rows = [
        (values, cost)
        for values, cost in table.rows
        if len(set(zip(table.scope, values, strict=True))) == len(set(table.scope))
    ]
    return Table(table.scope, tuple(rows))
