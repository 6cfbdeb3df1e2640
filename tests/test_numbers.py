"""The arithmetics and the kernels over them: identities that hold exactly, and mpmath.

Nothing here is compared with the rules of the table.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.referee import functions, linear
from chainrule.referee.arithmetic import COMPLEX, FLOAT, NotRational, Uncertain
from chainrule.referee.bounded import BOUNDED, Bounded
from chainrule.referee.dual import DUAL
from chainrule.referee.field import FIELD, PRIME, RATIONAL, Residue

residues = st.integers(0, PRIME - 1).map(Residue)
moderate = st.floats(0.1, 0.9)

PRIMITIVES = ["exp", "log", "sin", "cos", "sqrt", "arcsin", "arctan", "erf"]
MPMATH = {"log": mpmath.log, "arcsin": mpmath.asin, "arctan": mpmath.atan}


def reference(name: str) -> Callable[..., Any]:
    return MPMATH.get(name) or getattr(mpmath, name)


def random_matrix(rows: int, columns: int, seed: int) -> list[list[Residue]]:
    random = Random(seed)
    return [[Residue(random.randrange(PRIME)) for _ in range(columns)] for _ in range(rows)]


@given(residues, residues, residues)
def test_the_field_is_a_field(a: Residue, b: Residue, c: Residue) -> None:
    assert (a + b) * c == a * c + b * c
    assert a - b == -(b - a)
    assert (a / b) * b == a if b != 0 else a * b == 0
    assert 2 - a == -(a - 2)
    assert a**3 == a * a * a


@given(st.fractions(max_denominator=10**6))
def test_lifting_to_the_field_is_a_homomorphism(q: Fraction) -> None:
    assert FIELD.lift(q) * q.denominator == FIELD.lift(q.numerator)
    assert FIELD.lift(q) + FIELD.lift(1 - q) == 1


@pytest.mark.parametrize("name", PRIMITIVES)
def test_exact_arithmetics_refuse_what_is_irrational(name: str) -> None:
    for n in (FIELD, RATIONAL, DUAL(FIELD)):
        with pytest.raises(NotRational):
            getattr(n, name)(n.lift(2))
    with pytest.raises(NotRational):
        FIELD.positive(Residue(1))


@pytest.mark.parametrize("name", PRIMITIVES)
@given(x=moderate)
def test_float_and_complex_functions_are_those_of_mpmath(name: str, x: float) -> None:
    expected = float(reference(name)(x))
    assert getattr(FLOAT, name)(x) == pytest.approx(expected, rel=1e-14)
    assert getattr(COMPLEX, name)(complex(x)).real == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("name", PRIMITIVES)
@given(x=moderate)
def test_dual_numbers_give_first_and_second_derivatives(name: str, x: float) -> None:
    first, second = DUAL(FLOAT), DUAL(DUAL(FLOAT))
    y = getattr(second, name)(second.make(first.make(x, 1.0), 1.0))
    with mpmath.workdps(40):
        slopes = mpmath.taylor(reference(name), mpmath.mpf(x), 2)
    assert y.value.tangent == pytest.approx(float(slopes[1]), rel=1e-12, abs=1e-13)
    assert y.tangent.tangent == pytest.approx(2 * float(slopes[2]), rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("name", PRIMITIVES)
@given(x=moderate)
def test_dual_numbers_agree_with_the_complex_step(name: str, x: float) -> None:
    n = DUAL(FLOAT)
    step = getattr(COMPLEX, name)(complex(x, 1e-30)).imag / 1e-30
    assert getattr(n, name)(n.make(x, 1.0)).tangent == pytest.approx(step, rel=1e-13)


@given(moderate, st.floats(-2, 2))
def test_power_has_both_partials(x: float, y: float) -> None:
    n = DUAL(FLOAT)
    assert n.power(n.make(x, 1.0), y).tangent == pytest.approx(y * x ** (y - 1), rel=1e-12)
    by_y = n.power(x, n.make(y, 1.0)).tangent
    assert by_y == pytest.approx(x**y * math.log(x), rel=1e-12)


@given(st.integers(-4, 4), residues.filter(lambda r: r != 0))
def test_integer_powers_are_exact_in_the_field(k: int, x: Residue) -> None:
    n = DUAL(FIELD)
    y = n.power(n.make(x, Residue(1)), Fraction(k))
    assert n.value(y) == x**k
    assert n.tangent(y) == k * x ** (k - 1)


def test_levels_of_nested_dual_numbers_do_not_mix() -> None:
    inner, outer = DUAL(FIELD), DUAL(DUAL(FIELD))
    x = inner.make(Residue(5), Residue(1))
    y = outer.make(Residue(7), Residue(1))
    for product in (x * y, y * x):
        assert outer.tangent(product).value == 5
        assert inner.tangent(outer.value(product)) == 7
        assert inner.tangent(outer.tangent(product)) == 1
    assert outer.tangent(x / y).value * 49 == -5
    assert inner.tangent(outer.tangent(x / y)) * 49 == -1
    assert inner.tangent(outer.value(y / x)) * 25 == -7


def test_floats_never_raise() -> None:
    for value in (
        FLOAT.log(-1.0),
        FLOAT.sqrt(-1.0),
        FLOAT.divide(1.0, 0.0),
        FLOAT.power(-2.0, Fraction(1, 3)),
        FLOAT.sin(math.inf),
    ):
        assert math.isnan(value)
    assert FLOAT.exp(1e6) == math.inf
    assert FLOAT.power(-1e300, Fraction(3)) == -math.inf


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 1e-200, 1e200, -1e200, math.inf, math.nan])
@pytest.mark.parametrize("bound", [0.0, 1e200, math.inf])
def test_bounded_floats_never_raise(value: float, bound: float) -> None:
    x = Bounded(value, bound)
    for name in ("exp", "log", "sin", "cos", "sqrt", "arcsin", "arctan", "erf"):
        getattr(BOUNDED, name)(x)
    BOUNDED.power(x, x)
    BOUNDED.power(x, Fraction(5, 2))
    x * x - x / (1 + x * x)


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_the_bound_covers_the_rounding_error(numbers: list[float]) -> None:
    """(exp(a)·b - sin(c))² + sqrt(1 + a²)/(2 + b²), against 50 digits."""
    a, b, c = (BOUNDED.lift(Fraction(x)) for x in numbers)
    found = (BOUNDED.exp(a) * b - BOUNDED.sin(c)) ** 2 + BOUNDED.sqrt(1 + a * a) / (2 + b * b)
    with mpmath.workdps(50):
        p, q, r = map(mpmath.mpf, numbers)
        true = (mpmath.exp(p) * q - mpmath.sin(r)) ** 2 + mpmath.sqrt(1 + p * p) / (2 + q * q)
        assert abs(mpmath.mpf(found.value) - true) <= found.bound
    assert found.bound <= 1e-10


def test_a_sign_within_rounding_is_not_decided() -> None:
    third = BOUNDED.lift(Fraction(1, 3))
    with pytest.raises(Uncertain):
        BOUNDED.positive(third + third + third - 1)
    assert BOUNDED.positive(third)
    assert not BOUNDED.positive(Bounded(0.0))  # an exact tie is decided
    with pytest.raises(Uncertain):
        BOUNDED.positive(BOUNDED.log(-third))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_inverse_determinant_and_adjugate_belong_together(size: int) -> None:
    a, b = random_matrix(size, size, 1), random_matrix(size, size, 2)
    one = linear.identity(FIELD, size)
    assert linear.multiply(FIELD, linear.inverse(FIELD, a), a) == one
    det = linear.determinant(FIELD, a)
    assert det * linear.determinant(FIELD, b) == linear.determinant(
        FIELD, linear.multiply(FIELD, a, b)
    )
    if size < 8:
        adjugate = linear.adjugate(FIELD, a)
        scaled = linear.elementwise(lambda x: x * det, one)
        assert linear.multiply(FIELD, adjugate, a) == scaled


def test_a_singular_matrix_has_a_determinant_and_a_derivative_of_it() -> None:
    """d det(A)[V] = tr(adj(A) V) also where A has rank n - 1."""
    n = DUAL(FIELD)
    a = linear.multiply(FIELD, random_matrix(4, 3, 3), random_matrix(3, 4, 4))
    v = random_matrix(4, 4, 5)
    det = linear.determinant(n, linear.elementwise(n.make, a, v))
    assert n.value(det) == 0
    adjugate = linear.adjugate(FIELD, a)
    assert n.tangent(det) == linear.trace(FIELD, linear.multiply(FIELD, adjugate, v))
    assert n.tangent(det) != 0
    with pytest.raises(ZeroDivisionError):
        linear.inverse(FIELD, a)


@pytest.mark.parametrize(("rows", "columns"), [(3, 5), (5, 3), (4, 4)])
def test_the_pseudoinverse_fulfils_penroses_equations(rows: int, columns: int) -> None:
    a = random_matrix(rows, columns, 6)
    p = linear.pseudoinverse(FIELD, a)
    ap, pa = linear.multiply(FIELD, a, p), linear.multiply(FIELD, p, a)
    assert linear.multiply(FIELD, ap, a) == a
    assert linear.multiply(FIELD, pa, p) == p
    assert linear.transpose(ap) == ap
    assert linear.transpose(pa) == pa


def test_vec_kron_and_commutation() -> None:
    a, x, b = random_matrix(3, 4, 7), random_matrix(4, 2, 8), random_matrix(2, 5, 9)
    middle = linear.multiply(FIELD, linear.multiply(FIELD, a, x), b)
    kron = linear.kron(FIELD, linear.transpose(b), a)
    assert linear.vec(FIELD, middle) == linear.matrix_vector(FIELD, kron, linear.vec(FIELD, x))
    k = linear.commutation(FIELD, 3, 4)
    swapped = linear.matrix_vector(FIELD, k, linear.vec(FIELD, a))
    assert swapped == linear.vec(FIELD, linear.transpose(a))


@pytest.mark.parametrize("power", [-3, -1, 0, 1, 2, 5])
def test_matrix_powers_multiply(power: int) -> None:
    a = random_matrix(3, 3, 10)
    left = linear.multiply(FIELD, linear.matrix_power(FIELD, a, power), a)
    assert left == linear.matrix_power(FIELD, a, power + 1)


def test_matrix_exponential_against_mpmath() -> None:
    random = Random(11)
    a = [[random.gauss(0, 1) for _ in range(4)] for _ in range(4)]
    expected = mpmath.expm(mpmath.matrix(a)).tolist()
    found = functions.matrix_exponential(FLOAT, a)
    for row, other in zip(found, expected, strict=True):
        assert row == pytest.approx([float(x) for x in other], rel=1e-12)
    with pytest.raises(NotRational):
        functions.matrix_exponential(FIELD, random_matrix(2, 2, 12))


@pytest.mark.parametrize(
    ("name", "oracle"),
    [("matrix_sine", mpmath.sinm), ("matrix_cosine", mpmath.cosm), ("matrix_root", mpmath.sqrtm)],
)
def test_functions_of_a_matrix_against_mpmath(name: str, oracle: Any) -> None:
    random = Random(12)
    a = [[random.gauss(0, 1) + 4 * (i == j) for j in range(4)] for i in range(4)]
    expected = oracle(mpmath.matrix(a)).tolist()
    for row, other in zip(getattr(functions, name)(FLOAT, a), expected, strict=True):
        assert row == pytest.approx([float(x.real) for x in other], rel=1e-11)


def test_cholesky_factor() -> None:
    random = Random(13)
    a = np.array([[random.gauss(0, 1) for _ in range(4)] for _ in range(4)])
    a = a @ a.T + np.eye(4)
    assert np.allclose(functions.cholesky(FLOAT, a.tolist()), np.linalg.cholesky(a), rtol=1e-12)


def test_axes_of_reductions() -> None:
    x = [[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]]
    assert linear.total(FLOAT, x) == 63
    assert linear.total(FLOAT, x, 0) == [9, 18, 36]
    assert linear.mean(FLOAT, x, 1) == pytest.approx([7 / 3, 56 / 3])
    assert [math.fsum(row) for row in linear.softmax(FLOAT, x, 1)] == pytest.approx([1, 1])
    columns = linear.transpose(linear.softmax(FLOAT, x, 0))
    assert [math.fsum(column) for column in columns] == pytest.approx([1, 1, 1])
    exponentials = [math.exp(entry) for row in x for entry in row]
    assert linear.logsumexp(FLOAT, x) == pytest.approx(math.log(math.fsum(exponentials)))
    assert linear.cumulative_sum(FLOAT, x[0]) == [1, 3, 7]
