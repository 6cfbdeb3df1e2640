"""NumPy code by hand for the problems of deep learning; see hand.py."""

from __future__ import annotations

from typing import Any

import numpy as np
from kernels import Array, softmax_rows

# ten layers of relu, cross entropy


def relu_forward(X: Array, weights: list[Array]) -> tuple[list[Array], Array]:
    """What goes into each layer, and what comes out of the last."""
    inputs, H = [], X
    for place, W in enumerate(weights):
        inputs.append(H)
        H = H @ W
        if place < len(weights) - 1:
            np.maximum(H, 0, out=H)
    return inputs, H


def relu_gradient(X: Array, Y: Array, **weights: Array) -> Array:
    return relu_both(X, Y, **weights)[1]


def relu_both(X: Array, Y: Array, **weights: Array) -> tuple[Array, Array]:
    layers = [weights[f"W{k}"] for k in range(1, len(weights) + 1)]
    inputs, Z = relu_forward(X, layers)
    score = np.vdot(Y, Z)
    D, entropy = softmax_rows(Z)
    D -= Y
    D /= len(X)
    for H, W in zip(inputs[:0:-1], layers[:0:-1], strict=True):
        D = D @ W.T
        D *= H > 0
    return (entropy.sum() - score) / len(X), X.T @ D


def relu_core(X: Array, Y: Array, **weights: Array) -> Array:
    """M with H[i,j,k,l] = sum over b of X[b,i] X[b,k] M[b,j,l]."""
    layers = [weights[f"W{k}"] for k in range(1, len(weights) + 1)]
    inputs, Z = relu_forward(X, layers)
    P, _ = softmax_rows(Z)
    J = layers[-1].T * (inputs[-1] > 0)[:, None, :]
    for H, W in zip(inputs[-2:0:-1], layers[-2:0:-1], strict=True):
        J = np.matmul(J, W.T)
        J *= (H > 0)[:, None, :]
    mean = np.matmul(P[:, None, :], J)[:, 0]
    J *= np.sqrt(P)[:, :, None]
    M = np.matmul(J.transpose(0, 2, 1), J)
    M -= mean[:, :, None] * mean[:, None, :]
    M /= len(X)
    return M


def relu_hessian(X: Array, Y: Array, **weights: Array) -> Array:
    """One product for all, then the axes in their order."""
    b, n = X.shape
    M = relu_core(X, Y, **weights)
    XX = (X[:, :, None] * X[:, None, :]).reshape(b, n * n)
    H = (XX.T @ M.reshape(b, n * n)).reshape(n, n, n, n)
    return np.ascontiguousarray(H.transpose(0, 2, 1, 3))


def relu_hessian_rows(X: Array, Y: Array, **weights: Array) -> Array:
    """A product for each row of W1, into the place where it belongs."""
    n = X.shape[1]
    M = relu_core(X, Y, **weights).transpose(1, 0, 2)
    H = np.empty((n, n, n, n), X.dtype)
    for i in range(n):
        np.matmul((X * X[:, i : i + 1]).T[None], M, out=H[i])
    return H


# softmax regression


def softmax_gradient(X: Array, Y: Array, W: Array) -> Array:
    P, _ = softmax_rows(X @ W)
    P -= Y
    return X.T @ P


def softmax_both(X: Array, Y: Array, W: Array) -> tuple[Array, Array]:
    Z = X @ W
    score = np.vdot(Y, Z)
    P, entropy = softmax_rows(Z)
    P -= Y
    return entropy.sum() - score, X.T @ P


def softmax_hessian(X: Array, Y: Array, W: Array) -> Array:
    """-sum of (x x') ⊗ (p p') by one Gram product, and the blocks on the diagonal."""
    (b, d), c = X.shape, W.shape[1]
    P, _ = softmax_rows(X @ W)
    Z = (X[:, :, None] * P[:, None, :]).reshape(b, d * c)
    H = Z.T @ Z
    np.negative(H, out=H)
    H = H.reshape(d, c, d, c)
    for k in range(c):
        Q = X * np.sqrt(P[:, k : k + 1])
        H[:, k, :, k] += Q.T @ Q
    return H


def softmax_hessian_pairs(X: Array, Y: Array, W: Array) -> Array:
    """A Gram product for each pair of classes."""
    d, c = W.shape
    P, _ = softmax_rows(X @ W)
    H = np.empty((d, c, d, c), X.dtype)
    for k in range(c):
        Q = X * np.sqrt(P[:, k] * (1 - P[:, k]))[:, None]
        H[:, k, :, k] = Q.T @ Q
        for other in range(k):
            Q = X * np.sqrt(P[:, k] * P[:, other])[:, None]
            G = Q.T @ Q
            np.negative(G, out=G)
            H[:, k, :, other] = H[:, other, :, k] = G
    return H


# attention


def attention_weights(Q: Array, K: Array, scale: Any) -> Array:
    return softmax_rows((Q * scale) @ K.T)[0]


def attention_scale(Q: Array) -> Any:
    return Q.dtype.type(Q.shape[1] ** -0.5)


def attention_gradient(Q: Array, K: Array, V: Array, G: Array) -> Array:
    scale = attention_scale(Q)
    P, D = attention_weights(Q, K, scale), G @ V.T
    D -= np.einsum("ij,ij->i", P, D)[:, None]
    D *= P
    R = D @ K
    R *= scale
    return R


def attention_both(Q: Array, K: Array, V: Array, G: Array) -> tuple[Array, Array]:
    scale = attention_scale(Q)
    P, D = attention_weights(Q, K, scale), G @ V.T
    sums = np.einsum("ij,ij->i", P, D)
    D -= sums[:, None]
    D *= P
    R = D @ K
    R *= scale
    return sums.sum(), R


def attention_core(Q: Array, K: Array, V: Array) -> Array:
    """The Jacobian of each row by the same row of Q."""
    (n, d), p = Q.shape, V.shape[1]
    scale = attention_scale(Q)
    P = attention_weights(Q, K, scale)
    VK = (V[:, :, None] * K[:, None, :]).reshape(len(K), p * d)
    J = (P @ VK).reshape(n, p, d)
    J -= (P @ V)[:, :, None] * (P @ K)[:, None, :]
    J *= scale
    return J


def attention_jacobian(Q: Array, K: Array, V: Array) -> Array:
    (n, d), p = Q.shape, V.shape[1]
    J = np.zeros((n, p, n, d), Q.dtype)
    np.einsum("iaib->iab", J)[...] = attention_core(Q, K, V)
    return J
