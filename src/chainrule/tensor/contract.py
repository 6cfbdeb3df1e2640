"""The one product of index form, and its normal form.

contract(c, [(A, (0, 1)), (B, (1, 2))], (0, 2)) is c Σ_1 A_01 B_12. The result is normal:
nested products are merged, identities (δ), unit vectors and index fusions are eliminated
by renaming labels, equal factors become powers, labels and factors stand in an order that
depends on their content alone. So two products that are equal up to the names of labels,
the order of factors and any δ are the same node.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from weakref import WeakKeyDictionary

from ..op import Op, find
from ..shapes import Dim, Shape
from ..signature import result_shape
from .entries import UNMERGED, is_entry
from .identities import Identities
from .node import STRUCTURE, Kind, Labels, Operand, Parameter, Scalar, Tensor, make
from .order import ordered
from .terms import TERM_LIMIT, add_terms, content, exact_power, is_zero, number, scaled_sum, zero

# Products nested deeper than this stay nested, or h = h.*h would grow to 2^N factors.
FACTOR_LIMIT = 16


def contract(coefficient: Fraction | int, operands: Iterable[Operand], out: Labels) -> Tensor:
    """coefficient · Σ ∏ operands, summed over every label that is not in `out`.

    Labels are any integers. Labels in `out` are distinct and each stands on an operand.
    """
    return _Product(Fraction(coefficient), list(operands), out).normal_form()


def transpose(matrix: Tensor) -> Tensor:
    """A_ji"""
    return contract(1, [(matrix, (0, 1))], (1, 0))


def is_symmetric(matrix: Tensor) -> bool:
    """Whether A_ij = A_ji is known: declared, or seen in the normal form."""
    if matrix not in _symmetric:
        _symmetric[matrix] = _find_symmetry(matrix)
    return _symmetric[matrix]


SYMMETRIC_PROPERTIES = frozenset({"symmetric", "spd", "psd", "diagonal"})
_symmetric: WeakKeyDictionary[Tensor, bool] = WeakKeyDictionary()


def _find_symmetry(matrix: Tensor) -> bool:
    if len(matrix.axes) != 2 or matrix.axes[0] != matrix.axes[1]:
        return False
    if matrix.kind is Kind.VARIABLE:
        return bool(SYMMETRIC_PROPERTIES & matrix.data[1])
    if matrix.kind is Kind.DELTA:
        return True
    if matrix.kind is Kind.POWER or _acts_alike_on_rows_and_columns(matrix):
        return all(not arg.axes or is_symmetric(arg) for arg in matrix.args)
    if matrix.kind is Kind.SUM:
        return {_transposed_term(term) for term in matrix.args} == set(matrix.args)
    if matrix.kind is Kind.CONTRACT:
        return _transposed_term(matrix) is matrix
    return False


def _acts_alike_on_rows_and_columns(matrix: Tensor) -> bool:
    """Whether f(A') = f(A)': element-wise functions, inv and its like; not row-wise forms."""
    if matrix.kind is not Kind.APPLY:
        return False
    name = matrix.data[0]
    return name in TRANSPOSING or find(name).family == "elementwise"


@lru_cache(maxsize=1024)  # or each sum would turn the sums within it anew
def _transposed_term(term: Tensor) -> Tensor:
    if term.kind is Kind.CONTRACT:
        coefficient, labels, _ = term.data
        return contract(coefficient, list(zip(term.args, labels, strict=True)), (1, 0))
    return term if is_symmetric(term) else transpose(term)


class _Product(Identities):
    """A product with the rules that make new products."""

    def function(self, name: str, *args: Tensor, parameter: Parameter = None) -> Tensor:
        return apply(name, *args, parameter=parameter)

    def raised(self, base: Tensor, exponent: Tensor | Scalar) -> Tensor:
        return power(base, exponent)

    def size_of(self, dim: Dim) -> Tensor:
        return size_tensor(dim)

    def sum_of(self, *terms: Tensor | int) -> Tensor:
        return add_terms([number(t) if isinstance(t, int) else t for t in terms])

    def single(self, operands: list[Operand]) -> Tensor:
        return contract(1, operands, ())

    def knows_symmetric(self, matrix: Tensor) -> bool:
        return is_symmetric(matrix)

    def normal_form(self) -> Tensor:
        if not self.coefficient:
            return self.nothing()
        self.flatten()
        if any(is_zero(tensor) for tensor, _ in self.operands) or not self.coefficient:
            return self.nothing()
        distributed = self.distribute()
        if distributed is not None:
            return distributed
        while self.eliminate():
            if not self.coefficient:
                return self.nothing()
        if (
            self.split_units()
            or self.same_places()
            or self.name_entries()
            or self.merge_powers()
            or self.apply_identity()
        ):
            return contract(self.coefficient, self.operands, self.out)
        return self.canonical()

    def nothing(self) -> Tensor:
        self.measure()
        return zero(tuple(self.size[label] for label in self.out))

    def flatten(self) -> None:
        """Pull the factors of nested products up, and numbers into the coefficient."""
        self.measure()
        todo = self.operands[::-1]
        flat: list[Operand] = []
        while todo:
            tensor, labels = todo.pop()
            if tensor.kind is Kind.NUMBER:
                self.coefficient *= tensor.data[0]
            elif (
                tensor.kind is Kind.CONTRACT
                and not is_entry(tensor)
                and (
                    tensor.has_structure or len(tensor.args) + len(flat) + len(todo) <= FACTOR_LIMIT
                )
            ):
                coefficient, inner, free = tensor.data
                self.coefficient *= coefficient
                names = dict(zip(range(free), labels, strict=True))
                for arg, places in zip(reversed(tensor.args), reversed(inner), strict=True):
                    for place in places:
                        if place not in names:
                            names[place] = next(self.fresh)
                    todo.append((arg, tuple(names[place] for place in places)))
            else:
                flat.append((tensor, labels))
        if len(flat) > 1:
            flat = [self.tidied(tensor, labels) for tensor, labels in flat]
        self.operands = flat
        self.measure()

    def tidied(self, tensor: Tensor, labels: Labels) -> Operand:
        """A sum with coprime coefficients and, of A + B and A' + B', the one that is kept."""
        if tensor.kind is not Kind.SUM or not tensor.args:
            return tensor, labels
        factor = content(tensor)
        if factor != 1:
            self.coefficient *= factor
            tensor = scaled_sum(1 / factor, tensor)
        if len(labels) == 2 and not is_symmetric(tensor):
            turned = add_terms([_transposed_term(term) for term in tensor.args])
            if turned.key < tensor.key:
                return turned, labels[::-1]
        return tensor, labels

    def distribute(self) -> Tensor | None:
        """Over the terms of a sum that hold δ; the sum of its other terms stays one.

        Sums with more than two axes are opened entirely, since matrix notation can only
        be found product by product there.
        """
        for place, (tensor, labels) in enumerate(self.operands):
            if tensor.kind is not Kind.SUM or (len(self.operands) == 1 and labels == self.out):
                continue
            if len(tensor.axes) > 2:
                parts = list(tensor.args)
            elif tensor.has_structure:
                parts = [term for term in tensor.args if term.has_structure]
                plain = [term for term in tensor.args if not term.has_structure]
                parts += [add_terms(plain)] if plain else []
            else:
                continue
            if len(parts) > TERM_LIMIT:
                continue
            rest = self.operands[:place] + self.operands[place + 1 :]
            return add_terms(
                [contract(self.coefficient, [*rest, (part, labels)], self.out) for part in parts]
            )
        return None

    def merge_powers(self) -> bool:
        """x·x = x^2, x^a·x^b = x^(a+b), on the same labels."""
        groups: dict[tuple[Tensor, Labels], list[Tensor]] = {}
        read = [(*_as_power(tensor), labels) for tensor, labels in self.operands]
        for base, exponent, labels in read:
            if exponent is not None:
                groups.setdefault((base, labels), []).append(exponent)
        merged = {key: exps for key, exps in groups.items() if len(exps) > 1}
        if not merged:
            return False
        self.operands = [
            operand
            for operand, (base, exponent, labels) in zip(self.operands, read, strict=True)
            if exponent is None or (base, labels) not in merged
        ]
        for (base, labels), exponents in merged.items():
            self.operands.append((power(base, _sum_exponents(base, exponents)), labels))
        return True

    def canonical(self) -> Tensor:
        """Labels and factors in the order their content gives."""
        out = self.out
        if not self.operands:
            return number(self.coefficient)
        if len(self.operands) == 1:
            tensor, labels = self.operands[0]
            if self.coefficient == 1 and labels == out:
                return tensor
            if tensor.kind is Kind.SUM and len(set(labels)) == len(labels) == len(out):
                return add_terms(
                    [contract(self.coefficient, [(term, labels)], out) for term in tensor.args]
                )
        self.size = {}
        self.measure()
        symmetric = [is_symmetric(tensor) for tensor, _ in self.operands]
        cases = [ordered(operands, out, symmetric) for operands in self.orientations()]
        rows = min(cases, key=lambda case: [(tensor.key, labels) for tensor, labels in case])
        if self.coefficient == 1 and len(rows) == 1 and rows[0][1] == tuple(range(len(out))):
            return rows[0][0]
        return make(
            Kind.CONTRACT,
            tuple(tensor for tensor, _ in rows),
            (self.coefficient, tuple(labels for _, labels in rows), len(out)),
            tuple(self.size[label] for label in out),
        )


def _as_power(tensor: Tensor) -> tuple[Tensor, Tensor | None]:
    """(x, p) of x^p, (x, 1) of any other x; the exponent is None where it cannot be added to."""
    if tensor.kind in UNMERGED:
        return tensor, None
    if tensor.kind is not Kind.POWER or tensor.args[0].axes != tensor.axes:
        return tensor, number(1)
    base, exponent = tensor.args
    return base, None if exponent.axes and exponent.axes != base.axes else exponent


def _sum_exponents(base: Tensor, exponents: list[Tensor]) -> Tensor:
    if any(exponent.axes for exponent in exponents):
        exponents = [broadcast(exponent, base.axes) for exponent in exponents]
    return add_terms(exponents)


def size_tensor(dim: Dim) -> Tensor:
    """A dimension as a number: a polynomial of its names."""
    terms = []
    for names, coefficient in dim.terms:
        factors: list[Operand] = [(make(Kind.SIZE, data=(Dim.of(name),)), ()) for name in names]
        terms.append(contract(coefficient, factors, ()))
    return add_terms(terms) if terms else number(0)


def scale(coefficient: Fraction | int, tensor: Tensor) -> Tensor:
    """c·T"""
    labels = tuple(range(len(tensor.axes)))
    return contract(coefficient, [(tensor, labels)], labels)


def broadcast(tensor: Tensor, axes: Shape) -> Tensor:
    """A scalar at every place of `axes` (scalar expansion); others stay."""
    if tensor.axes == axes:
        return tensor
    if tensor.axes:
        raise AssertionError(f"axes {tensor.axes} do not expand to {axes}")
    labels = tuple(range(len(axes)))
    vectors = [(make(Kind.ONES, axes=(dim,)), (label,)) for label, dim in enumerate(axes)]
    return contract(1, [(tensor, ()), *vectors], labels)


def power(base: Tensor, exponent: Tensor | Scalar) -> Tensor:
    """base^exponent, element by element; the exponent a scalar or of the same shape.

    (x^p)^q is x^(pq) only for integer q: sqrt(x^2) is not x.
    """
    exponent = exponent if isinstance(exponent, Tensor) else number(exponent)
    if not base.axes and exponent.axes:
        base = broadcast(base, exponent.axes)
    if is_zero(exponent):
        return broadcast(number(1), base.axes)
    if base.kind is Kind.ONES or base is number(1):
        return base
    if exponent.kind is not Kind.NUMBER:
        return make(Kind.POWER, (base, exponent), axes=base.axes)
    q: Fraction = exponent.data[0]
    if q == 1:
        return base
    if is_zero(base) and q > 0:
        return base
    if base.kind is Kind.NUMBER:
        exact = exact_power(base.data[0], q)
        if exact is not None:
            return number(exact)
    if q.denominator == 1:
        special = _special_power(base, int(q))
        if special is not None:
            return special
        if base.kind is Kind.POWER and not base.args[1].axes:
            return power(base.args[0], scale(q, base.args[1]))
        if base.kind is Kind.CONTRACT and _is_elementwise(base):
            coefficient, labels, free = base.data
            return contract(
                coefficient ** int(q),
                [(power(arg, q), places) for arg, places in zip(base.args, labels, strict=True)],
                tuple(range(free)),
            )
    result = make(Kind.POWER, (base, exponent), axes=base.axes)
    is_symmetric(result)
    return result


def _special_power(base: Tensor, q: int) -> Tensor | None:
    """y^2 = 1 for labels, [a > b]^2 = [a > b], |u|^2 = u^2, (2 a + 2 b)^q = 2^q (a + b)^q."""
    if base.kind is Kind.VARIABLE and "labels" in base.data[1]:
        return base if q % 2 else broadcast(number(1), base.axes)
    if base.kind is Kind.SUM and base.args:
        factor = content(base)
        if factor != 1:
            primitive = scaled_sum(1 / factor, base)
            return scale(factor**q, power(primitive, q)) if abs(q) <= 64 else None
    if base.kind is Kind.APPLY and base.data[0] in INDICATORS and q > 0:
        return base
    if base.kind is Kind.APPLY and base.data[0] == "abs" and q % 2 == 0:
        return power(base.args[0], q)
    return None


def _is_elementwise(product: Tensor) -> bool:
    """Whether no factor of the product is summed over, so that a power goes through it."""
    _, labels, free = product.data
    return all(place < free for places in labels for place in places) and all(
        arg.kind not in STRUCTURE and arg.kind is not Kind.LOWER for arg in product.args
    )


def apply(name: str, *args: Tensor, parameter: Parameter = None) -> Tensor:
    """The function `name` of the table, applied; the few identities that cost nothing used."""
    op = find(name)
    if op.lower is not None:
        return op.lower(*args) if parameter is None else op.lower(*args, parameter=parameter)
    known = op.rewrite(*args) if op.rewrite is not None else None
    if known is not None:
        return known
    if op.family == "elementwise":
        return _apply_elementwise(op, args, parameter)
    axis = parameter if isinstance(parameter, int) else None
    signatures = op.signatures.get(axis) or op.signatures[None]
    axes = result_shape(name, signatures, [arg.axes for arg in args])
    if name in TRANSPOSING and args[0].kind is Kind.CONTRACT and not is_symmetric(args[0]):
        flipped = transpose(args[0])
        if flipped.kind is Kind.VARIABLE or flipped.key < args[0].key:
            result = make(Kind.APPLY, (flipped,), (name, parameter), axes[::-1])
            return transpose(result) if axes else result
    result = make(Kind.APPLY, args, (name, parameter), axes)
    is_symmetric(result)  # found while the arguments' symmetry is known: no deep recursion
    return result


# f(A') = f(A)' (or equal, for a scalar f): of A and A' one is kept as the argument.
TRANSPOSING = frozenset(
    {"inv", "adj", "pinv", "det", "logdet", "expm", "sinm", "cosm", "sqrtm", "named_power", "polar"}
)
INDICATORS = frozenset({"gt", "ge", "eq", "argmax", "argmin"})


def _apply_elementwise(op: Op, args: tuple[Tensor, ...], parameter: Parameter) -> Tensor:
    axes: Shape = next((arg.axes for arg in args if arg.axes), ())
    if op.arity == 1:
        value = Fraction(0) if is_zero(args[0]) else None
        if args[0].kind is Kind.NUMBER:
            value = args[0].data[0]
        if value is not None and value in op.at:
            return broadcast(number(op.at[int(value)]), axes)
    if op.arity == 3 and args[1] is args[2]:
        return broadcast(args[1], axes)
    result = make(Kind.APPLY, args, (op.name, parameter), axes)
    is_symmetric(result)  # found while the arguments' symmetry is known: no deep recursion
    return result
