"""What several of the codes by hand share: LAPACK in either precision, softmax, blocked sums."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import lapack

Array = np.ndarray[Any, Any]
BLOCK = 256  # rows and columns at a time, where entries far apart in memory are added


def add_transpose(A: Array) -> Array:
    """A + A' in blocks that fit into cache."""
    n = len(A)
    H = np.empty_like(A)
    for i in range(0, n, BLOCK):
        for j in range(i, n, BLOCK):
            rows, columns = slice(i, i + BLOCK), slice(j, j + BLOCK)
            block = A[rows, columns] + A[columns, rows].T
            H[rows, columns] = block
            H[columns, rows] = block.T
    return H


def potrf(A: Array) -> Array:
    """The Cholesky factor in the lower triangle; A is symmetric and may be overwritten."""
    function = lapack.dpotrf if A.dtype == np.float64 else lapack.spotrf
    return function(A.T, lower=1, overwrite_a=1, clean=0)[0]


def potri(factor: Array) -> Array:
    """The lower triangle of the inverse, in Fortran order."""
    function = lapack.dpotri if factor.dtype == np.float64 else lapack.spotri
    return function(factor, lower=1, overwrite_c=1)[0]


def potrs(factor: Array, b: Array) -> Array:
    function = lapack.dpotrs if factor.dtype == np.float64 else lapack.spotrs
    return function(factor, b, lower=1)[0]


def inverse(A: Array) -> Array:
    """The inverse of a positive definite matrix."""
    G = np.tril(potri(potrf(A)))
    G += np.tril(G, -1).T
    return G


def softmax_rows(Z: Array) -> tuple[Array, Array]:
    """softmax and logsumexp of each row; Z is overwritten by the former."""
    top = Z.max(1, keepdims=True)
    Z -= top
    np.exp(Z, out=Z)
    total = Z.sum(1, keepdims=True)
    Z /= total
    return Z, np.log(total[:, 0]) + top[:, 0]
