"""The cheapest choice of one value for every cell, given tables of what fits together.

Propagation strikes out what cannot be; branch and bound decides the rest, one connected
part of the problem at a time. Nothing here knows what the cells and values stand for: a
value is a bit, a domain a set of bits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """The rows of values that the cells of `scope` may take together, each with its cost."""

    scope: tuple[int, ...]
    rows: tuple[tuple[tuple[int, ...], int], ...]


class BudgetError(Exception):
    """More work than the caller allows."""


class Choice:
    """Domains of cells under tables, and the way back from every decision tried."""

    def __init__(self, domains: Sequence[int], tables: Sequence[Table], budget: int) -> None:
        self.domains = list(domains)
        self.tables = tables
        self.budget = budget  # how many times a table may be looked at
        self.floors = [0] * len(tables)  # the least cost a table can still have
        self.floor = 0  # their sum: no choice from here on costs less
        self.failed: int | None = None  # the table that had no row left
        self.tables_of: list[list[int]] = [[] for _ in self.domains]
        for place, table in enumerate(tables):
            for cell in set(table.scope):
                self.tables_of[cell].append(place)
        self._trail: list[tuple[bool, int, int]] = []

    def settle(self, waiting: Iterable[int] | None = None) -> bool:
        """Strike out values without support until nothing changes; False if none is left."""
        queue = deque(range(len(self.tables)) if waiting is None else waiting)
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

    def decide(self, cells: Sequence[int]) -> bool:
        """Give each of `cells` the value of the cheapest choice; False if there is none."""
        return all(self._decide_part(part) for part in self._parts(cells))

    # -- propagation

    def _revise(self, place: int) -> list[int] | None:
        """The cells that lost values to this table; None when no row is left."""
        self.budget -= 1
        if self.budget < 0:
            raise BudgetError
        table, domains = self.tables[place], self.domains
        support = [0] * len(table.scope)
        floor: int | None = None
        for values, cost in table.rows:
            for cell, value in zip(table.scope, values, strict=True):
                if not domains[cell] & value:
                    break
            else:
                floor = cost if floor is None or cost < floor else floor
                for position, value in enumerate(values):
                    support[position] |= value
        if floor is None:
            return None
        if floor != self.floors[place]:
            self._trail.append((True, place, self.floors[place]))
            self.floor += floor - self.floors[place]
            self.floors[place] = floor
        changed = []
        for cell, values_left in zip(table.scope, support, strict=True):
            if domains[cell] & ~values_left:
                self._trail.append((False, cell, domains[cell]))
                domains[cell] &= values_left
                changed.append(cell)
        return changed

    def _assign(self, cell: int, value: int) -> bool:
        if self.domains[cell] != value:
            self._trail.append((False, cell, self.domains[cell]))
            self.domains[cell] = value
        return self.settle(self.tables_of[cell])

    def _undo(self, mark: int) -> None:
        while len(self._trail) > mark:
            is_floor, place, old = self._trail.pop()
            if is_floor:
                self.floor += old - self.floors[place]
                self.floors[place] = old
            else:
                self.domains[place] = old

    # -- search

    def _parts(self, cells: Sequence[int]) -> list[list[int]]:
        """The undecided ones of `cells`, grouped by whether they can influence each other."""
        part_of: dict[int, int] = {}
        parts: list[list[int]] = []
        for cell in cells:
            if not self._is_open(cell):
                continue
            if cell not in part_of:
                self._mark(cell, len(parts), part_of)
                parts.append([])
            parts[part_of[cell]].append(cell)
        return parts

    def _mark(self, cell: int, part: int, part_of: dict[int, int]) -> None:
        part_of[cell] = part
        stack = [cell]
        while stack:
            for place in self.tables_of[stack.pop()]:
                for other in self.tables[place].scope:
                    if other not in part_of and self._is_open(other):
                        part_of[other] = part
                        stack.append(other)

    def _is_open(self, cell: int) -> bool:
        domain = self.domains[cell]
        return domain & (domain - 1) != 0

    def _decide_part(self, cells: list[int]) -> bool:
        best: int | None = None
        values: list[int] = []
        # What is left to try, the most promising last; a decision is undone to its mark.
        stack = [(0, len(self._trail), -1, 0)]
        start = len(self._trail)
        while stack:
            floor, mark, cell, value = stack.pop()
            self._undo(mark)
            if best is not None and floor >= best:
                continue
            if cell >= 0 and not self._assign(cell, value):
                continue
            following = next((c for c in cells if self._is_open(c)), None)
            if following is None:
                if best is None or self.floor < best:
                    best, values = self.floor, [self.domains[c] for c in cells]
                continue
            stack.extend(sorted(self._tries(following), key=lambda t: -t[0]))
        self._undo(start)
        if best is None:
            return False
        return all(self._assign(cell, value) for cell, value in zip(cells, values, strict=True))

    def _tries(self, cell: int) -> list[tuple[int, int, int, int]]:
        """(least cost, mark, cell, value) for each value the cell can still take."""
        found = []
        mark = len(self._trail)
        values = self.domains[cell]
        while values:
            value = values & -values
            values ^= value
            if self._assign(cell, value):
                found.append((self.floor, mark, cell, value))
            self._undo(mark)
        return found
