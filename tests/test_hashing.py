"""The order of terms is that of one hash, on every machine."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.hashing import MODULUS, hash64

numbers = st.one_of(
    st.integers(),
    st.integers(-3, 3),
    st.sampled_from([MODULUS, -MODULUS, MODULUS + 1, 1 << 64, True]),
    st.fractions(),
    st.fractions().map(lambda value: value / MODULUS),
    st.floats(allow_nan=False),
)
values = st.recursive(numbers, lambda inner: st.lists(inner, max_size=5).map(tuple), max_leaves=20)


@pytest.mark.skipif(sys.hash_info.width != 64, reason="nothing to compare with")
@given(values)
def test_it_is_that_of_python_with_64_bits(value: object) -> None:
    assert hash64(value) == hash(value)
