"""The way from index form to matrix notation: never wrong, and complete where it can be.

Terms are drawn at random as index graphs (labels are vertices, matrices edges, vectors
weights on vertices). Values are judged by numpy.einsum of the recipe, completeness by the
treewidth of its graph, found here by trying all orders of elimination.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

from chainrule.notation import present
from chainrule.notation.index_form import to_index
from chainrule.notation.parts import NoMatrixForm
from chainrule.notation.to_matrix import to_matrix
from chainrule.shapes import Dim
from chainrule.simplify import simplify
from chainrule.tensor.build import variable
from chainrule.tensor.node import Tensor
from meaning import assert_same, fraction_text, shown
from recipes import DIMS, Recipe, built, some_value, values_for, worth

BATCH = 50  # terms to a seed


# -- random index graphs


def variable_of(source: random.Random, *dims: str, names: int = 2) -> Recipe:
    """One of a few names for these dimensions, so that factors repeat."""
    name = "".join(dims) if len(dims) > 1 else "v" + dims[0]
    properties = ()
    if len(dims) == 2 and dims[0] == dims[1] and source.random() < 0.2:
        name, properties = "s" + name, ("symmetric",)
    return ("variable", f"{name.upper()}{source.randrange(names)}", dims, properties)


def some_factor(
    source: random.Random, dims: list[str], rich: bool, depth: int
) -> tuple[Recipe, tuple[int, ...]]:
    """A variable, δ or 1 on random labels; among rich ones also other constants and functions."""
    i, j = (source.randrange(len(dims)) for _ in range(2))
    d, e = dims[i], dims[j]
    match source.randrange(20 if rich else 12):
        case 0 | 1:
            return variable_of(source, d), (i,)
        case 2:
            return ("ones", d), (i,)
        case 3 if d == e and i != j:
            return ("delta", d), (i, j)
        case 12:
            return ("basis", d, source.randrange(1, 3)), (i,)
        case 13 if d == e:
            return ("lower", d), (i, j)
        case 14:
            return ("function", "exp", (variable_of(source, d, e),)), (i, j)
        case 15 if depth:
            return ("function", "exp", (some_term(source, [d, e], rich, 0),)), (i, j)
        case 16 if depth:
            return some_sum(source, [d, e], rich, 0), (i, j)
        case 17 if depth:
            return some_term(source, [], rich, 0), ()
        case 18 if (d, e) in (("n", "m"), ("p", "n"), ("p", "m")):
            return ("slice", d, source.randrange({"nm": 2, "pn": 2, "pm": 3}[d + e]), e), (i, j)
        case 19 if d == e:
            inverted = ("variable", f"I{d}", (d, d), ("invertible",))
            return ("function", "inv", (inverted,)), (i, j)
    return variable_of(source, d, e), (i, j)


def some_term(source: random.Random, free: list[str], rich: bool = False, depth: int = 1) -> Recipe:
    """A product over random labels; the first ones come out."""
    summed = [source.choice(DIMS) for _ in range(source.randrange(0 if free else 1, 5))]
    dims = [*free, *summed]
    count = source.randrange(1, 8 if depth else 4)
    factors = [some_factor(source, dims, rich, depth) for _ in range(count)]
    used = {label for _, own in factors for label in own}
    factors += [(("ones", dims[x]), (x,)) for x in range(len(free)) if x not in used]
    coefficient = source.choice([1, 1, -1, 2, -3])
    return ("product", coefficient, tuple(factors), tuple(range(len(free))))


def some_sum(source: random.Random, free: list[str], rich: bool = False, depth: int = 1) -> Recipe:
    terms = [some_term(source, free, rich, depth) for _ in range(source.choice([1, 1, 2, 3]))]
    return ("sum", tuple(terms))


def some_free(source: random.Random, count: int) -> list[str]:
    return [source.choice(DIMS) for _ in range(count)]


# -- (a) up to two free labels: the matrix form is the term


@pytest.mark.parametrize(("rich", "axes", "seed"), list(product((False, True), range(3), range(3))))
def test_matrix_notation_means_the_term(rich: bool, axes: int, seed: int) -> None:
    source = random.Random(f"matrix {rich} {axes} {seed}")
    for _ in range(BATCH):
        recipe = some_sum(source, some_free(source, axes), rich)
        tensor = built(recipe, source)
        values = values_for(recipe)
        truth = worth(recipe, values)
        for form in (tensor, simplify(tensor)):
            try:
                expr = to_matrix(form)
            except NoMatrixForm:
                expr = to_index(form)
            assert_same(shown(expr, values), truth, expr, recipe)


# Sizes of blocks and of vec: n + m, m*n.
SUMS, PRODUCTS = Dim.of("n") + Dim.of("m"), Dim.of("m") * Dim.of("n")
BLOCKS: dict[tuple[Dim, str], list[Dim | int]] = {  # where a block may begin
    (SUMS, "n"): [0, Dim.of("m")],
    (SUMS, "m"): [0, Dim.of("n")],
    (PRODUCTS, "n"): [0, Dim.of("n")],
}


def structured_factor(source: random.Random, dims: list[Any]) -> tuple[Recipe, tuple[int, ...]]:
    """A fusion, a block, a unit vector at a named place, or a variable."""
    i, j = (source.randrange(len(dims)) for _ in range(2))
    places = {dim: [x for x, its in enumerate(dims) if its == dim] for dim in dims}
    match source.randrange(5):
        case 0 if {PRODUCTS, "m", "n"} <= places.keys():
            pair = source.choice([("m", "n"), ("n", "m")])
            return ("fuse", *pair), tuple(source.choice(places[x]) for x in (PRODUCTS, *pair))
        case 1 | 2 if (dims[i], dims[j]) in BLOCKS:
            begin = source.choice(BLOCKS[dims[i], dims[j]])
            return ("slice", dims[i], begin, dims[j]), (i, j)
        case 3 if dims[i] != "m":
            unit = ("basis", dims[i], source.choice([1, 2, Dim.of("i")]))
            return unit, (i,)
    kind = "".join({SUMS: "s", PRODUCTS: "t"}.get(dim, dim) for dim in (dims[i], dims[j]))
    return ("variable", f"W{kind}", (dims[i], dims[j]), ()), (i, j)


def structured_term(source: random.Random, free: list[Any]) -> Recipe:
    summed = [source.choice(["n", "m", SUMS, PRODUCTS]) for _ in range(source.randrange(1, 5))]
    dims = [*free, *summed]
    factors = [structured_factor(source, dims) for _ in range(source.randrange(1, 6))]
    used = {label for _, own in factors for label in own}
    factors += [(("ones", dims[x]), (x,)) for x in range(len(free)) if x not in used]
    return ("product", source.choice([1, -1, 2]), tuple(factors), tuple(range(len(free))))


@pytest.mark.parametrize(("axes", "seed"), list(product(range(3), range(6))))
def test_blocks_places_and_fusions_mean_the_term(axes: int, seed: int) -> None:
    source = random.Random(f"structure {axes} {seed}")
    for _ in range(BATCH):
        free = [source.choice(["n", "m", SUMS, PRODUCTS]) for _ in range(axes)]
        count = source.choice([1, 1, 2, 3])
        recipe = ("sum", tuple(structured_term(source, free) for _ in range(count)))
        tensor = simplify(built(recipe, source))
        values = values_for(recipe)
        expr = to_index(tensor)
        assert_same(shown(expr, values), worth(recipe, values), expr, recipe)


def test_a_block_of_a_fusion_by_the_same_label() -> None:
    """Σ F_Iab S_Ib, as in tr(eye(m*n)[:,1:n]'*kron(vector(1, m), eye(n))), is n."""
    block, fusion = ("slice", PRODUCTS, 0, "n"), ("fuse", "m", "n")
    recipe = ("product", 1, ((block, (0, 2)), (fusion, (0, 1, 2))), ())
    assert_same(shown(to_index(built(recipe)), {}), np.asarray(3.0))


# -- (b) completeness: there is a form exactly when the graph allows one


def reducible(vertices: set[int], edges: set[frozenset[int]]) -> bool:
    """Whether the graph has treewidth at most 2, by all orders of elimination.

    A vertex eliminated after those in `gone` meets whatever it reaches through them
    (Bodlaender et al., On exact algorithms for treewidth, 2012); never more than two.
    """
    near = {v: {u for e in edges if v in e for u in e if u != v} for v in vertices}
    dead: set[frozenset[int]] = set()

    def meets(v: int, gone: frozenset[int]) -> int:
        reached, todo = {v}, [v]
        while todo:
            for u in near[todo.pop()] - reached:
                reached.add(u)
                if u in gone:
                    todo.append(u)
        return len(reached - gone - {v})

    def search(gone: frozenset[int]) -> bool:
        if len(gone) == len(vertices):
            return True
        if gone in dead:
            return False
        found = any(meets(v, gone) <= 2 and search(gone | {v}) for v in vertices - gone)
        if not found:
            dead.add(gone)
        return found

    return search(frozenset())


def allows_a_form(recipe: Recipe) -> bool:
    """The graph with an edge between the terminals, labels tied by δ being one vertex.

    A unit vector on a label picks an entry everywhere, so the label is no vertex.
    """
    _, _, factors, out = recipe
    name = {label: label for _, own in factors for label in own}
    for factor, own in factors:
        if factor[0] == "delta":
            old, new = (name[label] for label in own)
            name = {label: new if now == old else now for label, now in name.items()}
    picked = {name[own[0]] for factor, own in factors if factor[0] == "basis"}
    pairs = [{name[x] for x in own} - picked for _, own in factors]
    pairs.append({name[x] for x in out} - picked)
    edges = {frozenset(pair) for pair in pairs if len(pair) == 2}
    return reducible(set(name.values()) - picked, edges)


def dense_term(source: random.Random, free: list[str]) -> Recipe:
    """Many matrices between few labels, so that not all of these have a form."""
    count = max(source.randrange(4, 9), len(free))
    dims = free + [source.choice("nnnp") for _ in range(count - len(free))]
    factors: list[tuple[Recipe, tuple[int, ...]]] = []
    for _ in range(source.randrange(count + 1, 2 * count + 4)):
        i, j = source.sample(range(count), 2)
        factors.append((variable_of(source, dims[i], dims[j], names=3), (i, j)))
    for _ in range(source.randrange(3)):
        i, j = source.sample(range(count), 2)
        extra = [("ones", dims[i]), ("basis", dims[i], 2), variable_of(source, dims[i])]
        factors.append((source.choice(extra), (i,)))
        if dims[i] == dims[j]:
            factors.append((source.choice([("delta", dims[i]), ("lower", dims[i])]), (i, j)))
    used = {label for _, own in factors for label in own}
    factors += [(("ones", dims[x]), (x,)) for x in range(len(free)) if x not in used]
    return ("product", 1, tuple(factors), tuple(range(len(free))))


def has_form(tensor: Tensor) -> bool:
    try:
        to_matrix(tensor)
    except NoMatrixForm:
        return False
    return True


@pytest.mark.parametrize(("axes", "seed"), list(product(range(3), range(6))))
def test_a_form_is_found_exactly_where_there_is_one(axes: int, seed: int) -> None:
    source = random.Random(f"dense {axes} {seed}")
    verdicts = Counter()
    for _ in range(BATCH):
        recipe = dense_term(source, ["n"] * axes)
        tensor = built(recipe, source)
        allowed = allows_a_form(recipe)
        verdicts[allowed] += 1
        assert has_form(tensor) is allowed, recipe
        if allowed:
            assert has_form(simplify(tensor)), f"simplified {recipe}"
    assert min(verdicts[False], verdicts[True]) > BATCH / 20  # both kinds are met


@pytest.mark.parametrize("axes", range(3))
def test_every_graph_on_five_labels(axes: int) -> None:
    """All 1024 sets of edges between five labels."""
    pairs = list(combinations(range(5), 2))
    verdicts = Counter()
    for chosen in range(1 << len(pairs)):
        edges = [pair for place, pair in enumerate(pairs) if chosen >> place & 1]
        factors = tuple((("variable", f"A{i}{j}", ("n", "n"), ()), (i, j)) for i, j in edges)
        factors += tuple((("ones", "n"), (label,)) for label in range(axes))
        recipe = ("product", 1, factors, tuple(range(axes)))
        allowed = allows_a_form(recipe)
        verdicts[allowed] += 1
        assert has_form(built(recipe)) is allowed, edges
    assert verdicts[False] > 50


def test_the_oracle_knows_small_graphs() -> None:
    """K4 and whatever contracts to it are too much; a ladder or K2,3 is not."""

    def judged(*edges: str) -> bool:
        return reducible(set(map(int, "".join(edges))), {frozenset(map(int, e)) for e in edges})

    assert not judged("01", "02", "03", "12", "13", "23")
    assert not judged("01", "02", "03", "12", "13", "24", "43")
    assert judged("01", "12", "20", "23", "31")
    assert judged("02", "03", "04", "12", "13", "14")
    assert not judged("03", "04", "05", "13", "14", "15", "23", "24", "25")


# -- (c) three and four free labels

ORDERS = [  # axes of the expression, axes of the variable, order
    (1, 2, 1), (2, 1, 1), (2, 2, 1), (0, 2, 2), (1, 1, 2), (0, 1, 3), (2, 1, 2),
]  # fmt: skip


def some_derivative(source: random.Random, expr_axes: int, wrt_axes: int, order: int) -> Recipe:
    """A sum of products whose last axes are `order` times those of a variable."""
    wrt = some_free(source, wrt_axes)
    free = some_free(source, expr_axes) + order * wrt
    rich = source.random() < 0.3
    if source.random() < 0.4:
        return dense_term(source, free)
    terms = tuple(some_term(source, free, rich) for _ in range(source.choice([1, 1, 2])))
    return ("sum", terms)


@pytest.mark.parametrize(("case", "seed"), list(product(ORDERS, range(2))), ids=str)
def test_what_is_presented_means_the_derivative(case: tuple[int, int, int], seed: int) -> None:
    expr_axes, wrt_axes, order = case
    source = random.Random(f"present {case} {seed}")
    notations, differentials = Counter(), 0
    for _ in range(BATCH):
        recipe = some_derivative(source, *case)
        tensor = built(recipe, source)
        values = values_for(recipe)
        truth = worth(recipe, values)
        wrt = variable("X", tensor.axes[len(tensor.axes) - wrt_axes :])
        presented = present(tensor, expr_axes, wrt, order)
        notations[presented.notation] += 1
        found = shown(presented.expr, values)
        if presented.arrangement is not None:
            rows, columns = presented.arrangement
            laid = truth.transpose([*rows, *columns])
            truth_shown = laid.reshape(math.prod(laid.shape[: len(rows)]), -1)
            assert_same(found, truth_shown, recipe)
        else:
            assert_same(found, truth, recipe)
        if presented.differential is not None:
            differentials += 1
            step = some_value("dX", tuple(map(str, wrt.axes)), frozenset())
            change = shown(presented.differential[1], {**values, "dX": step})
            assert_same(change, np.tensordot(truth, step, axes=wrt_axes), recipe)
    print(f"{case}: {fraction_text(notations)}; differential {100 * differentials / BATCH:.0f} %")
    assert notations["matrix"] == 0
    if order == 1 or case == (0, 2, 2):
        assert notations["kronecker"] > BATCH / 4
    else:
        assert notations["index"] == BATCH  # these have no arrangement as a matrix
