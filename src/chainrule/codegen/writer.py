"""An array program as lines of source: what gets a name, what is written in place.

What costs nothing (views, numbers) is written where it is used, and so is what is used once
while the line stays short. A matrix that nobody needs any more lends its memory to the next
result of its shape, where the language can do that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..intern import postorder
from .arrays import PLACED, Array, Step, is_elementwise, is_mask, make
from .code import Code
from .dialect import Dialect
from .names import Names

LARGE = 100_000  # entries from which on memory, not arithmetic, takes the time
WIDTH = 60  # a part that is longer gets a line of its own
INLINE = frozenset({
    Step.INPUT, Step.NUMBER, Step.SIZE, Step.VIEW, Step.EXPAND, Step.TAKE, Step.RESHAPE,
})  # fmt: skip


@dataclass
class Writer:
    """Statements for some arrays, and the code of each of them."""

    roots: Sequence[Array]
    names: Names
    dialect: Dialect
    into: Array | None = None  # what is written into `out`; None once that is done
    given: Mapping[Array, Code] = field(default_factory=dict)  # computed before, not ours
    counter: int = 0  # of names
    lines: list[str] = field(default_factory=list)
    owned: set[str] = field(default_factory=set)  # names of arrays that are ours to overwrite

    def __post_init__(self) -> None:
        self.order = self._needed()
        self.left = self._references()
        self.done: dict[Array, Code] = dict(self.given)
        # The named arrays that a code mentions:
        self.holds: dict[Array, list[Array]] = {node: [node] for node in self.given}

    def results(self) -> list[Code]:
        """The code of every root; what it rests on is in `lines`."""
        roots = set(self.roots)
        for node in self.order:
            if not self._waits(node):
                self._write(node, node in roots)
        return [self.done[root] for root in self.roots]

    def _needed(self) -> list[Array]:
        """What has to be written, arguments first."""
        needed, order = set(self.roots), []
        for node in reversed(postorder(self.roots)):
            if node in needed and node not in self.given:
                needed.update(node.args)
                order.append(node)
        return order[::-1]

    def _references(self) -> Counter[Array]:
        """How often each array is mentioned in statements."""
        found: Counter[Array] = Counter(self.roots)
        for node in reversed(self.order):
            times = found[node] if node.step in INLINE else 1
            for arg in node.args:
                found[arg] += times
        return found

    def _waits(self, node: Array) -> bool:
        """Whether a sum will write it into its own array: it is needed there alone."""
        if node.step not in PLACED or not self.dialect.in_place or self.left[node] != 1:
            return False
        return any(user.step is Step.SUM and node in user.args for user in self._users(node))

    def _users(self, node: Array) -> list[Array]:
        if not hasattr(self, "_known_users"):
            self._known_users: dict[Array, list[Array]] = {}
            for user in self.order:
                for arg in user.args:
                    self._known_users.setdefault(arg, []).append(user)
        return self._known_users.get(node, [])

    def _write(self, node: Array, is_root: bool) -> None:
        placed = [arg for arg in node.args if arg not in self.done]
        if placed or (node.step in PLACED and self.dialect.in_place):
            self._accumulate(node, placed or [node])
            return
        code = self.dialect.code(node, [self.done[arg] for arg in node.args], self.names)
        self.holds[node] = [h for arg in node.args for h in self.holds[arg]]
        is_added = bool(code.factors) and self._is_added_outer(node)
        if code.factors and not is_added:
            code = replace(code, factors="")
        if node.step in INLINE or is_added or (self._is_short(node, code) and not is_root):
            self.done[node] = code
            return
        if is_root and self.left[node] == 1 and self._reused(node) is None:
            self.done[node] = code
            return
        self._statement(node, code)

    def _is_added_outer(self, node: Array) -> bool:
        """Whether a large product is only added to another large term, which comes first."""
        user = next(iter(self._users(node)), None)
        if user is None or user.step is not Step.SUM:
            return False
        whole = [arg for arg in user.args if arg.axes == node.axes and arg.step not in PLACED]
        outer = [arg for arg in whole if self._is_large_outer(arg)]
        return node in outer and (len(outer) > 1 or len(whole) > 1)

    def _is_large_outer(self, node: Array) -> bool:
        is_outer = (
            node.step is Step.PAIR
            and is_elementwise(node)
            and len(node.axes) > 2
            and all(0 < len(arg.axes) < len(node.axes) for arg in node.args)
        )
        return is_outer and self.left[node] == 1 and self.names.usual.count(node.axes) >= LARGE

    def _is_short(self, node: Array, code: Code) -> bool:
        """Whether it is written where it is used: once, and in few characters."""
        if self.left[node] != 1 or len(code.text) > WIDTH:
            return False
        if len(node.axes) < 2 or not self.dialect.in_place:
            return True
        return not is_elementwise(node) and not any(map(is_elementwise, self._users(node)))

    def _statement(self, node: Array, code: Code) -> None:
        target = self._reused(node)
        if target is None:
            name = self._new_name()
            self.lines.append(f"{name} = {code.text}")
        else:
            name = self.done[target].text
            codes = [self.done[arg] for arg in node.args]
            self.lines += self.dialect.overwritten(node, target, name, code, codes, self.names)
        self._named(node, name)

    def _new_name(self) -> str:
        self.counter += 1
        return f"t{self.counter}"

    def _named(self, node: Array, name: str) -> None:
        for held in self.holds.get(node, ()):
            self.left[held] -= 1
        self.done[node] = Code(name)
        self.holds[node] = [node]
        self.owned.add(name)

    def _reused(self, node: Array) -> Array | None:
        """An argument whose array may be overwritten: ours, of this shape, and not used again."""
        if not self.dialect.in_place or len(node.axes) < 2 or not is_elementwise(node):
            return None
        for place, arg in enumerate(node.args):
            mentioned = self.holds[node].count(arg)
            if self.done[arg].text not in self.owned or mentioned != 1 or self.left[arg] != 1:
                continue
            if is_mask(arg) or arg.axes != node.axes:
                continue
            if self.dialect.can_overwrite(node, place):
                return arg
        return None

    def _accumulate(self, node: Array, placed: Sequence[Array]) -> None:
        """A sum with parts that stand on a diagonal, or in a part, of an array of zeros."""
        for part in placed:
            (core,) = part.args
            self.hold(core)
        is_sum = node.step is Step.SUM
        rest = [k for k, arg in enumerate(node.args) if is_sum and arg not in placed]
        held: list[Array] = []
        if any(node.args[k].axes == node.axes for k in rest):
            name = self._base(node, rest)
        else:
            name = self._new_name()
            zeros = self.dialect.zeros
            if node is self.into and not is_sum:
                zeros, self.into = self.dialect.reused, None
            self.lines.append(f"{name} = {zeros(node.axes, self.names)}")
            for k in rest:
                text = f"{name} {'+-'[node.data[0][k] < 0]}= {self.done[node.args[k]].text}"
                self.lines.append(text)
                held += self.holds[node.args[k]]
        for part in placed:
            sign = "=" if not is_sum else "+=" if node.data[0][node.args.index(part)] > 0 else "-="
            (core,) = part.args
            self.lines.append(self.dialect.placed(part, name, self.done[core], sign, self.names))
            held += self.holds[core]
        self.holds[node] = held
        self._named(node, name)

    def _base(self, node: Array, places: Sequence[int]) -> str:
        """An array of ours with the sum of some terms, for the others to be added to."""
        terms = tuple(node.args[k] for k in places)
        signs = tuple(node.data[0][k] for k in places)
        (first, *others) = terms
        if not others and signs == (1,):
            text = self.done[first].text
            if text in self.owned and self.left[first] == 1:
                return text
            code = Code(self.dialect.fresh(self.done[first]))
        else:
            code = self.dialect.sum_of([*terms], [self.done[t] for t in terms], signs, self.names)
        base = make(Step.SUM, terms, (signs, "base"), node.axes)  # not one that others may need
        self.left[base] = 1
        self.holds[base] = [h for term in terms for h in self.holds[term]]
        self._statement(base, code)
        return self.done[base].text

    def hold(self, node: Array) -> None:
        """Give a part a name, if it has none."""
        if node.step not in INLINE and self.holds[node] != [node]:
            self._statement(node, self.done[node])
