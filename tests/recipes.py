"""Recipes: nested tuples that describe a tensor without building one.

A recipe can be built in many orders and is valued by numpy.einsum. Here is what recipes
mean, and random ones: element-wise regions, products of them, matrices that cancel.
"""

from __future__ import annotations

import random
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from chainrule.shapes import Dim
from chainrule.tensor import build
from chainrule.tensor.node import Tensor
from meaning import FUNCTIONS, Values, size_of

Recipe = tuple[Any, ...]  # (what, ...); see `built`
Source = random.Random
DIMS = ("m", "n", "p")


# -- what they mean


def built(recipe: Recipe, source: random.Random | None = None) -> Tensor:
    """The tensor; with a source, its terms and factors shuffled and its labels renamed."""
    match recipe:
        case ("variable", name, dims, properties):
            return build.variable(name, tuple(map(Dim.of, dims)), properties)
        case ("number", value):
            return build.number(value)
        case ("delta", dim):
            return build.delta(Dim.of(dim))
        case ("ones", dim):
            return build.ones(Dim.of(dim))
        case ("basis", dim, place):
            return build.basis(Dim.of(dim), place)
        case ("lower", dim):
            return build.lower_ones(Dim.of(dim))
        case ("slice", dim, offset, length):
            return build.slice_of(Dim.of(dim), Dim.of(offset), Dim.of(length))
        case ("fuse", major, minor):
            return build.fuse(Dim.of(major), Dim.of(minor))
        case ("sum", terms):
            return build.add_terms([built(term, source) for term in _shuffled(terms, source)])
        case ("power", base, exponent):
            return build.power(built(base, source), exponent)
        case ("function", name, args):
            return build.apply(name, *(built(arg, source) for arg in args))
        case ("product", coefficient, factors, out):
            labels = sorted({label for _, own in factors for label in own})
            new = dict(zip(labels, _shuffled([7 * x + 1 for x in labels], source), strict=True))
            operands = [(built(f, source), tuple(new[x] for x in own)) for f, own in factors]
            return build.contract(
                coefficient, _shuffled(operands, source), tuple(new[x] for x in out)
            )
    raise AssertionError(recipe[0])


def _shuffled(items: Any, source: random.Random | None) -> list[Any]:
    return list(items) if source is None else source.sample(list(items), len(items))


def worth(recipe: Recipe, values: Values) -> np.ndarray:
    """The value, by numpy.einsum."""
    match recipe:
        case ("variable", name, _, _):
            return values[name]
        case ("number", value):
            return np.asarray(float(value))
        case ("delta", dim):
            return np.eye(size_of(dim))
        case ("ones", dim):
            return np.ones(size_of(dim))
        case ("basis", dim, place):
            return np.eye(size_of(dim))[size_of(place) - 1]
        case ("lower", dim):
            return np.tri(size_of(dim))
        case ("slice", dim, offset, length):
            return np.eye(size_of(dim))[:, size_of(offset) :][:, : size_of(length)]
        case ("fuse", major, minor):
            major, minor = size_of(major), size_of(minor)
            return np.eye(major * minor).reshape(-1, major, minor)
        case ("sum", terms):
            return reduce(np.add, [worth(term, values) for term in terms])
        case ("power", base, exponent):
            return worth(base, values) ** float(exponent)
        case ("function", name, args):
            return np.asarray(FUNCTIONS[name](*(worth(arg, values) for arg in args)))
        case ("product", coefficient, factors, out):
            pairs = [x for f, own in factors for x in (worth(f, values), list(own))]
            return float(coefficient) * np.einsum(*pairs, list(out))
    raise AssertionError(recipe[0])


def leaves(recipe: Recipe) -> dict[str, tuple[tuple[str, ...], frozenset[str]]]:
    """Dimensions and properties of its variables."""
    found: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {}
    todo: list[Any] = [recipe]
    while todo:
        item = todo.pop()
        if isinstance(item, tuple) and item[:1] == ("variable",):
            found[item[1]] = (item[2], frozenset(item[3]))
        elif isinstance(item, tuple):
            todo.extend(item)
    return found


def values_for(recipe: Recipe) -> dict[str, np.ndarray]:
    """A value for every variable, that has its properties; the same for the same name."""
    return {name: some_value(name, *about) for name, about in leaves(recipe).items()}


def some_value(name: str, dims: tuple[str, ...], properties: frozenset[str]) -> np.ndarray:
    source = np.random.default_rng(list(name.encode()))
    shape = [size_of(dim) for dim in dims]
    value = source.normal(size=shape)
    value += 0.3 * np.sign(value)  # powers of entries near 0 would lose all digits
    if "positive" in properties:
        return source.uniform(0.4, 1.6, size=shape)
    if "symmetric" in properties:
        return value + value.T
    if "spd" in properties:
        return value @ value.T + 2 * np.eye(shape[0])
    if "labels" in properties:
        return np.sign(value)
    if "orthogonal" in properties:
        return np.linalg.qr(value)[0]
    if "lower" in properties:
        return np.tril(value) + 3 * np.eye(shape[0])
    if "invertible" in properties:
        return value + 3 * np.eye(shape[0])
    return value


# -- shorthand


HALF = Fraction(1, 2)


def apply(name: str, *args: Recipe) -> Recipe:
    return ("function", name, args)


def power(base: Recipe, exponent: object) -> Recipe:
    return ("power", base, exponent)


def along(axes: int, *factors: Recipe, c: object = 1) -> Recipe:
    """The element-wise product of factors that are numbers or have all the axes."""
    own = tuple(range(axes))
    placed = [(f, own if dims_of(f) else ()) for f in factors]
    return ("product", c, tuple(placed), own)


def dims_of(recipe: Recipe) -> tuple[str, ...]:
    match recipe:
        case ("variable", _, dims, _):
            return dims
        case ("number", _):
            return ()
        case ("ones" | "basis", dim, *_):
            return (dim,)
        case ("delta", dim):
            return (dim, dim)
        case ("sum", (base, *_)) | ("power", base, _):
            return dims_of(base)
        case ("function", _, args):
            return max(map(dims_of, args), key=len)
        case ("product", _, factors, out):
            ends = {x: d for f, own in factors for x, d in zip(own, dims_of(f), strict=True)}
            return tuple(ends[x] for x in out)
    raise AssertionError(recipe)


def constant(value: Fraction | int, dims: tuple[str, ...]) -> Recipe:
    if not dims:
        return ("number", value)
    ones = tuple((("ones", d), (k,)) for k, d in enumerate(dims))
    return ("product", value, ones, tuple(range(len(dims))))


# -- random element-wise regions

COEFFICIENTS = [1, 1, 1, -1, -1, 2, 3, Fraction(1, 2), Fraction(-3, 4)]


def atom(source: Source, dims: tuple[str, ...]) -> Recipe:
    """A positive variable: of few, so that atoms meet."""
    name = "xyz"[source.randrange(3)] + "".join(dims)
    return ("variable", name, dims, ("positive",))


def argument(source: Source, dims: tuple[str, ...], depth: int) -> Recipe:
    """What functions are taken of: an atom, a multiple, a sum."""
    match source.randrange(5 if depth else 3):
        case 0:
            return along(len(dims), atom(source, dims), c=source.choice([-1, 2, HALF]))
        case 3 | 4:
            return sum_of(source, dims, depth - 1, 2)
    return atom(source, dims)


def entry(source: Source, dims: tuple[str, ...], depth: int) -> Recipe:
    """One factor of an element-wise product."""
    match source.randrange(14):
        case 0 | 1:
            return power(atom(source, dims), source.choice([-1, -1, -2, 2, 3, HALF, -HALF]))
        case 2 | 3:
            return apply("exp", argument(source, dims, depth))
        case 4:
            name = source.choice(["sigmoid", "tanh", "relu", "abs", "sinh", "cosh", "softplus"])
            return apply(name, argument(source, dims, depth))
        case 5:
            return power(apply("cosh", atom(source, dims)), source.choice([-1, -2]))
        case 6 | 7:
            return power(one_plus(source, dims, depth), source.choice([-1, -1, -2, 2]))
        case 8 if depth:
            total = sum_of(source, dims, depth - 1, 2, positive=True)
            return power(total, source.choice([-1, -2, 2]))
        case 9:
            return apply("log", one_plus(source, dims, depth))
        case 10:
            values = [constant(0, dims), constant(1, dims), atom(source, dims)]
            return apply("where", signed(dims), source.choice(values), source.choice(values))
        case 11 | 12:
            return of_signed(source, dims)
    return atom(source, dims)


def signed(dims: tuple[str, ...]) -> Recipe:
    return ("variable", "w" + "".join(dims), dims, ())


def of_signed(source: Source, dims: tuple[str, ...]) -> Recipe:
    """A factor whose sign is not known."""
    w, x = signed(dims), atom(source, dims)
    size = apply("abs", w)
    kink = apply(source.choice(["sign", "relu"]), w)
    compared = apply(
        source.choice(["gt", "ge", "max", "min"]), w, source.choice([("number", 0), x])
    )
    return source.choice(
        [
            *(w, power(w, 2), power(w, -3), power(power(w, 2), source.choice([HALF, -HALF]))),
            *(size, power(size, source.choice([2, 3, -1, -HALF])), kink, power(kink, 2)),
            *(compared, power(compared, 2)),
            power(along(len(dims), w, x, c=-3), source.choice([2, 3, -1])),
        ]
    )


def one_plus(source: Source, dims: tuple[str, ...], depth: int) -> Recipe:
    """1 + exp(u), 1 + x, 1 + x^2."""
    x = atom(source, dims)
    others = [apply("exp", argument(source, dims, depth)), apply("exp", along(len(dims), x, c=-1))]
    return ("sum", (constant(1, dims), source.choice([*others, x, power(x, 2)])))


def sum_of(
    source: Source, dims: tuple[str, ...], depth: int, count: int = 3, positive: bool = False
) -> Recipe:
    terms = []
    for _ in range(source.randrange(1, count + 1)):
        factors = [entry(source, dims, depth) for _ in range(source.randrange(1, 4))]
        if positive:
            factors = [atom(source, dims) for _ in factors]
        c = source.choice([1, 2, 3, Fraction(1, 2)] if positive else COEFFICIENTS)
        terms.append(along(len(dims), *factors, c=c))
    if source.random() < 0.3:
        terms.append(constant(source.choice([1, 2] if positive else [1, -1, 2]), dims))
    return ("sum", tuple(terms))


# -- products with such regions as factors


def tensor_term(source: Source, free: tuple[str, ...]) -> Recipe:
    summed = [source.choice(DIMS) for _ in range(source.randrange(0 if free else 1, 3))]
    dims = [*free, *summed]
    factors: list[tuple[Recipe, tuple[int, ...]]] = []
    for _ in range(source.randrange(1, 5)):
        i, j = (source.randrange(len(dims)) for _ in range(2))
        d, e = dims[i], dims[j]
        match source.randrange(9):
            case 0 | 1:
                factors.append((entry(source, (d,), 1), (i,)))
            case 2:
                factors.append((sum_of(source, (d,), 1, 2), (i,)))
            case 3:
                factors.append((entry(source, (), 1), ()))
            case 4 if d == e and i != j:
                factors.append((("delta", d), (i, j)))
            case 5:
                factors.append((entry(source, (d, e), 0), (i, j)))
            case 6 if d == e:
                factors.append((("variable", "S" + d, (d, d), ("symmetric",)), (i, j)))
            case _:
                name = source.choice("AB") + d + e
                factors.append((("variable", name, (d, e), ()), (i, j)))
    used = {label for _, own in factors for label in own}
    factors += [(("ones", dims[x]), (x,)) for x in range(len(free)) if x not in used]
    return ("product", source.choice(COEFFICIENTS), tuple(factors), tuple(range(len(free))))


def tensor_sum(source: Source, axes: int) -> Recipe:
    """Terms that share what they can: copies of one, with single factors exchanged."""
    free = tuple(source.choice(DIMS) for _ in range(axes))
    terms = [tensor_term(source, free) for _ in range(source.randrange(1, 4))]
    for _ in range(source.randrange(3)):
        _, _, factors, out = source.choice(terms)
        place = source.randrange(len(factors))
        own = factors[place][1]
        if len(own) == 1:
            other = (entry(source, dims_of(factors[place][0]), 1), own)
            factors = (*factors[:place], other, *factors[place + 1 :])
        terms.append(("product", source.choice(COEFFICIENTS), factors, out))
    return ("sum", tuple(terms))


# -- matrix functions that cancel


def named(name: str, dims: str, *properties: str) -> Recipe:
    return ("variable", name, tuple(dims), properties)


A, B = named("A", "nn", "invertible"), named("B", "nn", "invertible")
S, P = named("S", "nn", "symmetric"), named("P", "nn", "spd")
Q, L = named("Q", "nn", "orthogonal"), named("L", "nn", "lower")
U, Y = named("u", "n"), named("y", "n", "labels")


def chain(source: Source, *matrices: Recipe) -> Recipe:
    """Their product, some of them transposed."""
    places = [(k, k + 1) if source.random() < 0.6 else (k + 1, k) for k in range(len(matrices))]
    return ("product", 1, tuple(zip(matrices, places, strict=True)), (0, len(matrices)))


def square(source: Source, depth: int = 2) -> Recipe:
    match source.randrange(13 if depth else 7):
        case 7 | 8:
            return apply("inv", square(source, depth - 1))
        case 9:
            return apply("inv", chain(source, square(source, 0), square(source, 0)))
        case 10:
            chol = apply("chol", P)
            return source.choice([chol, apply("inv", chol)])
        case 11:
            return (
                "product",
                source.choice([2, -1]),
                ((square(source, depth - 1), (0, 1)),),
                (0, 1),
            )
        case 12:
            return power(source.choice([A, S, chain(source, A, A)]), source.choice([2, 3]))
        case k:
            return [A, B, S, P, Q, L, A][k]


def cancelling_term(source: Source, axes: int) -> Recipe:
    """A chain in which neighbours are often inverse, with vectors beside it."""
    count = source.randrange(max(axes, 2), 6)
    factors: list[tuple[Recipe, tuple[int, ...]]] = []
    for i in range(count - 1):
        matrix = square(source)
        if factors and source.random() < 0.5:
            last = factors[-1][0]
            matrix = source.choice([last, apply("inv", last)])
        factors.append((matrix, (i, i + 1) if source.random() < 0.6 else (i + 1, i)))
    size = apply("abs", U)
    vectors = [U, Y, ("basis", "n", 2), size, power(size, 2), power(size, -3)]
    vectors += [apply(name, U) for name in ("sign", "relu", "softmax")]
    vectors.append(apply("gt", U, ("number", 0)))
    for _ in range(source.randrange(3)):
        factors.append((source.choice(vectors), (source.randrange(count),)))
    if source.random() < 0.3:
        pair = (source.randrange(count), source.randrange(count))
        factors.append((("lower", "n"), pair))
    return ("product", source.choice([1, -1, 2]), tuple(factors), tuple(range(axes)))


def cancelling(source: Source) -> Recipe:
    axes = source.randrange(3)
    return ("sum", tuple(cancelling_term(source, axes) for _ in range(source.choice([1, 1, 2]))))
