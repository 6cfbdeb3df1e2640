"""NumPy code for the ten problems as an expert writes it, several ways where none always wins.

A function is called derivative(**variables) like generated code, so the names of its arguments
are those of the problem's text. Nothing that depends on an argument is kept between two calls.
"""

from __future__ import annotations

import numpy as np
from kernels import BLOCK, Array, add_transpose, inverse, potrf, potri, potrs, softmax_rows

# x'Ax


def quadratic_gradient(A: Array, x: Array) -> Array:
    return A @ x + x @ A


def quadratic_both(A: Array, x: Array) -> tuple[Array, Array]:
    y = A @ x
    return x @ y, y + x @ A


def quadratic_hessian(A: Array, x: Array) -> Array:
    return A + A.T


def quadratic_hessian_blocked(A: Array, x: Array) -> Array:
    return add_transpose(A)


# logistic regression


def logistic_gradient(X: Array, y: Array, w: Array) -> Array:
    z = X @ w
    z *= y
    np.exp(z, out=z)
    z += 1
    np.divide(y, z, out=z)
    g = z @ X
    return np.negative(g, out=g)


def logistic_both(X: Array, y: Array, w: Array) -> tuple[Array, Array]:
    z = X @ w
    z *= y
    np.negative(z, out=z)
    e = np.abs(z)
    np.negative(e, out=e)
    np.exp(e, out=e)
    value = np.maximum(z, 0).sum() + np.log1p(e).sum()
    slope = np.where(z >= 0, 1, e)
    e += 1
    slope /= e
    slope *= y
    g = slope @ X
    return value, np.negative(g, out=g)


def logistic_both_short(X: Array, y: Array, w: Array) -> tuple[Array, Array]:
    z = X @ w
    z *= y
    value = np.logaddexp(0, -z).sum()
    np.exp(z, out=z)
    z += 1
    np.divide(y, z, out=z)
    g = z @ X
    return value, np.negative(g, out=g)


def logistic_hessian(X: Array, y: Array, w: Array) -> Array:
    e = X @ w
    np.abs(e, out=e)
    np.negative(e, out=e)
    np.exp(e, out=e)
    root = np.sqrt(e)
    e += 1
    root /= e
    B = X * root[:, None]
    return B.T @ B


# matrix factorisation


def factorisation_gradient(T: Array, U: Array, V: Array) -> Array:
    G = U @ (V.T @ V)
    G -= T @ V
    G *= 2
    return G


def factorisation_both(T: Array, U: Array, V: Array) -> tuple[Array, Array]:
    R = U @ V.T
    R -= T
    G = R @ V
    G *= 2
    flat = R.ravel()
    return flat @ flat, G


def factorisation_hessian(T: Array, U: Array, V: Array) -> Array:
    m, k = U.shape
    H = np.zeros((m, k, m, k), U.dtype)
    np.einsum("iaib->iab", H)[...] = factorisation_core(T, U, V)
    return H


def factorisation_core(T: Array, U: Array, V: Array) -> Array:
    G = V.T @ V
    G *= 2
    return G


# Gaussian mixture: L holds K square roots of precisions side by side


def mixture_parts(X: Array, M: Array, b: Array, L: Array) -> tuple[Array, Array, Array]:
    """The whitened residuals, the responsibilities, the logarithms of the densities."""
    k, d = M.shape
    U = X @ L
    U -= np.einsum("ka,aks->ks", M, L.reshape(d, k, d)).ravel()
    U = U.reshape(len(X), k, d)
    q = np.einsum("nks,nks->nk", U, U)
    q *= -0.5
    q += b
    R, density = softmax_rows(q)
    return U, R, density


def mixture_gradient(X: Array, M: Array, b: Array, L: Array) -> Array:
    return mixture_both(X, M, b, L)[1]


def mixture_both(X: Array, M: Array, b: Array, L: Array) -> tuple[Array, Array]:
    k, d = M.shape
    _, R, density = mixture_parts(X, M, b, L)
    S = R.T @ X
    S -= R.sum(0)[:, None] * M
    roots = L.reshape(d, k, d).transpose(1, 0, 2)
    whitened = np.matmul(S[:, None, :], roots)
    return density.sum(), np.matmul(whitened, roots.transpose(0, 2, 1))[:, 0]


def mixture_hessian(X: Array, M: Array, b: Array, L: Array) -> Array:
    k, d = M.shape
    U, R, _ = mixture_parts(X, M, b, L)
    Z = (U * R[:, :, None]).reshape(len(X), k * d)
    H = Z.T @ Z
    np.negative(H, out=H)
    H = H.reshape(k, d, k, d)
    for place in range(k):
        Q = U[:, place] * np.sqrt(R[:, place : place + 1])
        block = Q.T @ Q
        block[np.arange(d), np.arange(d)] -= R[:, place].sum()
        H[place, :, place] += block
    roots = L.reshape(d, k, d).transpose(1, 0, 2)
    H = np.matmul(roots, H.reshape(k, d, k * d)).reshape(k * d, k, d)
    return np.matmul(H[:, :, None, :], roots.transpose(0, 2, 1)).reshape(k, d, k, d)


# log-determinant of a Gram matrix


def logdet_gradient(X: Array) -> Array:
    G = X @ inverse(X.T @ X)
    G *= 2
    return G


def logdet_gradient_solved(X: Array) -> Array:
    G = potrs(potrf(X.T @ X), X.T).T
    G *= 2
    return G


def logdet_both(X: Array) -> tuple[Array, Array]:
    factor = potrf(X.T @ X)
    value = 2 * np.log(np.diagonal(factor)).sum()
    G = potrs(factor, X.T).T
    G *= 2
    return value, G


def logdet_factors(X: Array) -> tuple[Array, Array, Array]:
    """2 inv(X'X), the pseudo-inverse of X', and the projection to what X does not reach."""
    G = inverse(X.T @ X)
    Y = X @ G
    rest = Y @ X.T
    np.negative(rest, out=rest)
    rest[np.arange(len(X)), np.arange(len(X))] += 1
    G *= 2
    return G, Y, rest


def logdet_hessian(X: Array) -> Array:
    G, Y, rest = logdet_factors(X)
    H = rest[:, None, :, None] * G[None, :, None, :]
    H -= (2 * Y)[:, None, None, :] * Y.T[None, :, :, None]
    return H


def logdet_hessian_rows(X: Array) -> Array:
    """A row of X at a time, by products of inner size 2."""
    n, p = X.shape
    G, Y, rest = logdet_factors(X)
    H = np.empty((n, p, n, p), X.dtype)
    left, right = np.empty((p, n, 2), X.dtype), np.empty((p, 2, p), X.dtype)
    left[:, :, 1] = Y.T
    right[:, 0] = G
    for i in range(n):
        left[:, :, 0] = rest[i]
        right[:, 1] = -2 * Y[i]
        np.matmul(left, right, out=H[i])
    return H


# Gaussian process


def process_gradient(t: Array, D: Array, y: Array) -> Array:
    return process_both(t, D, y)[1]


def process_both(t: Array, D: Array, y: Array) -> tuple[Array, Array]:
    """Cholesky once; the trace of inv(K) dK as a sum over one triangle."""
    n, of = len(y), D.dtype.type
    width, scale, noise = of(np.exp(-2 * t[0])), of(np.exp(2 * t[1])), of(np.exp(2 * t[2]))
    S = D * (width / -2)
    np.exp(S, out=S)
    S *= scale
    K = S.copy()
    K[np.arange(n), np.arange(n)] += noise
    factor = potrf(K)
    a = potrs(factor, y)
    value = y @ a / 2 + np.log(np.diagonal(factor)).sum()
    G = potri(factor).T  # the upper triangle of the inverse
    diagonal = np.diagonal(G).copy()
    SD = S * D
    by_scale = diagonal @ np.diagonal(S) - a @ (S @ a)
    by_width = -(a @ (SD @ a))
    for i in range(0, n, BLOCK):
        upper = np.triu(G[i : i + BLOCK, i:], 1).ravel()
        by_scale += 2 * (upper @ S[i : i + BLOCK, i:].ravel())
        by_width += 2 * (upper @ SD[i : i + BLOCK, i:].ravel())
    by_noise = noise * (diagonal.sum() - a @ a)
    return value, np.array([width * by_width / 2, by_scale, by_noise], D.dtype)


# tanh(Ax)


def tanh_slope(A: Array, x: Array) -> Array:
    s = np.tanh(A @ x)
    s *= s
    return np.subtract(1, s, out=s)


def tanh_jacobian(A: Array, x: Array) -> Array:
    return tanh_slope(A, x)[:, None] * A
