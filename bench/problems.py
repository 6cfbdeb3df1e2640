"""The ten problems: what is typed, data, hand-derived code, and the function for automatic
differentiation.

`text` is all that chainrule is told, apart from shapes and properties. `function` is the same
formula for JAX and PyTorch alike; what the two call differently comes in as `xp`.
"""

from __future__ import annotations

from typing import Any

import hand
import hand_networks
import numpy as np
from tasks import HESSIAN, JACOBIAN, Problem, Task, scalar_tasks


def one_hot(random: Any, count: int, classes: int) -> Any:
    return np.eye(classes)[random.integers(0, classes, count)]


# x'Ax


def quadratic_data(random: Any, n: int) -> dict[str, Any]:
    return {"A": random.standard_normal((n, n)) / n**0.5, "x": random.standard_normal(n)}


def quadratic(xp: Any, A: Any, x: Any) -> Any:
    return x @ (A @ x)


QUADRATIC = "x'*A*x"

# logistic regression


def logistic_data(random: Any, m: int, n: int) -> dict[str, Any]:
    return {
        "X": random.standard_normal((m, n)),
        "y": np.sign(random.standard_normal(m)),
        "w": random.standard_normal(n) / n**0.5,
    }


def logistic(xp: Any, X: Any, y: Any, w: Any) -> Any:
    return xp.log(1 + xp.exp(-y * (X @ w))).sum()


LOGISTIC = "sum(log(exp(-y.*(X*w)) + 1))"

# matrix factorisation


def factorisation_data(random: Any, m: int, n: int, k: int) -> dict[str, Any]:
    return {
        "T": random.standard_normal((m, n)),
        "U": random.standard_normal((m, k)),
        "V": random.standard_normal((n, k)),
    }


def factorisation(xp: Any, T: Any, U: Any, V: Any) -> Any:
    return ((T - U @ V.T) ** 2).sum()


FACTORISATION = "norm2(T - U*V')^2"

# ten layers of relu, cross entropy

LAYERS = 10
LAYER_NAMES = [f"W{k}" for k in range(1, LAYERS + 1)]


def relu_data(random: Any, n: int, batch: int) -> dict[str, Any]:
    weights = {name: random.standard_normal((n, n)) * (2 / n) ** 0.5 for name in LAYER_NAMES}
    return {"X": random.standard_normal((batch, n)), "Y": one_hot(random, batch, n), **weights}


def relu(xp: Any, X: Any, Y: Any, **weights: Any) -> Any:
    H = X
    for name in LAYER_NAMES[:-1]:
        H = xp.relu(H @ weights[name])
    Z = H @ weights[LAYER_NAMES[-1]]
    return (xp.logsumexp(Z, 1) - (Y * Z).sum(1)).mean()


RELU = "; ".join(
    [
        "H1 = relu(X*W1)",
        *(f"H{k} = relu(H{k - 1}*W{k})" for k in range(2, LAYERS)),
        f"Z = H{LAYERS - 1}*W{LAYERS}",
        "mean(logsumexp(Z, 1) - sum(Y.*Z, 1))",
    ]
)
RELU_LET = {"X": ["b", "n"], "Y": ["b", "n"], **{name: ["n", "n"] for name in LAYER_NAMES}}

# softmax regression


def softmax_data(random: Any, b: int, d: int, c: int) -> dict[str, Any]:
    return {
        "X": random.standard_normal((b, d)),
        "Y": one_hot(random, b, c),
        "W": random.standard_normal((d, c)) / d**0.5,
    }


def softmax(xp: Any, X: Any, Y: Any, W: Any) -> Any:
    Z = X @ W
    return xp.logsumexp(Z, 1).sum() - (Y * Z).sum()


SOFTMAX = "sum(logsumexp(X*W, 1)) - sum(Y.*(X*W))"

# attention


def attention_data(random: Any, n: int, d: int) -> dict[str, Any]:
    return {name: random.standard_normal((n, d)) for name in "QKVG"}


def attention(xp: Any, Q: Any, K: Any, V: Any) -> Any:
    return xp.softmax(Q @ K.T / Q.shape[1] ** 0.5, 1) @ V


def attention_total(xp: Any, Q: Any, K: Any, V: Any, G: Any) -> Any:
    return (G * attention(xp, Q, K, V)).sum()


ATTENTION = "softmax(Q*K'/sqrt(d), 1)*V"
ATTENTION_TOTAL = f"sum(G.*({ATTENTION}))"

# Gaussian mixture: the precision of component k is L_k L_k', and L = [L_1, ..., L_K]


def mixture_data(random: Any, n: int, k: int, d: int) -> dict[str, Any]:
    roots = random.standard_normal((k, d, d)) * 0.2 + np.eye(d)
    logdets = np.linalg.slogdet(roots)[1]
    return {
        "X": random.standard_normal((n, d)) * 1.5,
        "M": random.standard_normal((k, d)),
        "b": np.log(random.dirichlet(np.ones(k))) + logdets,
        "L": roots.transpose(1, 0, 2).reshape(d, k * d),
    }


def mixture(xp: Any, X: Any, M: Any, b: Any, L: Any) -> Any:
    k, d = M.shape
    U = xp.einsum("nka,aks->nks", X[:, None, :] - M, L.reshape(d, k, d))
    return xp.logsumexp(b - (U**2).sum(2) / 2, 1).sum()


MIXTURE = (
    "U = X*L - sum(kron(M, vector(1, d))'.*L, 0)'; "
    "sum(logsumexp(b' - 1/2*U.^2*kron(eye(K), vector(1, d)), 1))"
)
MIXTURE_LET = {"X": ["N", "d"], "M": ["K", "d"], "b": ["K"], "L": ["d", "K*d"]}

# log-determinant of a Gram matrix


def logdet_data(random: Any, n: int, p: int) -> dict[str, Any]:
    return {"X": random.standard_normal((n, p))}


def logdet(xp: Any, X: Any) -> Any:
    return xp.slogdet(X.T @ X)[1]


LOGDET = "logdet(X'*X)"

# Gaussian process


def process_data(random: Any, n: int) -> dict[str, Any]:
    Z = random.standard_normal((n, 3))
    D = ((Z[:, None] - Z) ** 2).sum(2)
    return {"t": np.array([0.1, 0.2, -0.5]), "D": D, "y": random.standard_normal(n)}


def process(xp: Any, t: Any, D: Any, y: Any) -> Any:
    K = xp.exp(2 * t[1]) * xp.exp(-xp.exp(-2 * t[0]) * D / 2) + xp.exp(2 * t[2]) * xp.eye_like(D)
    factor = xp.cholesky(K)
    a = xp.solve_lower(factor, y)
    return a @ a / 2 + xp.log(xp.diagonal(factor)).sum()


PROCESS = (
    "K = exp(2*t[2])*exp(-1/2*exp(-2*t[1])*D) + exp(2*t[3])*eye(n); 1/2*y'*inv(K)*y + 1/2*logdet(K)"
)

# tanh(Ax)


def tanh(xp: Any, A: Any, x: Any) -> Any:
    return xp.tanh(A @ x)


TANH = "tanh(A*x)"


PROBLEMS = {
    problem.name: problem
    for problem in (
        Problem(
            "quadratic form",
            "x",
            [(100,), (1000,), (3000,)],
            quadratic_data,
            scalar_tasks(
                QUADRATIC,
                quadratic,
                [hand.quadratic_gradient],
                [hand.quadratic_both],
                Task(
                    HESSIAN,
                    QUADRATIC,
                    quadratic,
                    [hand.quadratic_hessian, hand.quadratic_hessian_blocked],
                ),
            ),
        ),
        Problem(
            "logistic regression",
            "w",
            [(100, 50), (400, 200), (2000, 1000), (20000, 100)],
            logistic_data,
            scalar_tasks(
                LOGISTIC,
                logistic,
                [hand.logistic_gradient],
                [hand.logistic_both, hand.logistic_both_short],
                Task(HESSIAN, LOGISTIC, logistic, [hand.logistic_hessian]),
            ),
            assume={"y": ["labels"]},
        ),
        Problem(
            "matrix factorisation",
            "U",
            [(50, 50, 5), (100, 100, 5), (200, 200, 5)],
            factorisation_data,
            scalar_tasks(
                FACTORISATION,
                factorisation,
                [hand.factorisation_gradient],
                [hand.factorisation_both],
                Task(
                    HESSIAN,
                    FACTORISATION,
                    factorisation,
                    [hand.factorisation_hessian],
                    hand.factorisation_core,
                ),
            ),
        ),
        Problem(
            "ten-layer relu net",
            "W1",
            [(10, 1), (10, 10), (20, 10), (40, 1), (40, 10)],
            relu_data,
            scalar_tasks(
                RELU,
                relu,
                [hand_networks.relu_gradient],
                [hand_networks.relu_both],
                Task(
                    HESSIAN,
                    RELU,
                    relu,
                    [hand_networks.relu_hessian, hand_networks.relu_hessian_rows],
                    hand_networks.relu_core,
                ),
            ),
            let=RELU_LET,
        ),
        Problem(
            "softmax cross entropy",
            "W",
            [(200, 20, 5), (1000, 50, 10), (2000, 100, 10)],
            softmax_data,
            scalar_tasks(
                SOFTMAX,
                softmax,
                [hand_networks.softmax_gradient],
                [hand_networks.softmax_both],
                Task(
                    HESSIAN,
                    SOFTMAX,
                    softmax,
                    [hand_networks.softmax_hessian, hand_networks.softmax_hessian_pairs],
                ),
            ),
        ),
        Problem(
            "attention",
            "Q",
            [(32, 8), (64, 16), (128, 32)],
            attention_data,
            scalar_tasks(
                ATTENTION_TOTAL,
                attention_total,
                [hand_networks.attention_gradient],
                [hand_networks.attention_both],
                Task(
                    JACOBIAN,
                    ATTENTION,
                    attention,
                    [hand_networks.attention_jacobian],
                    hand_networks.attention_core,
                ),
            ),
            let={"Q": ["m", "d"], "K": ["n", "d"], "V": ["n", "p"]},
        ),
        Problem(
            "Gaussian mixture",
            "M",
            [(200, 3, 2), (1000, 5, 5), (5000, 10, 10)],
            mixture_data,
            scalar_tasks(
                MIXTURE,
                mixture,
                [hand.mixture_gradient],
                [hand.mixture_both],
                Task(HESSIAN, MIXTURE, mixture, [hand.mixture_hessian]),
            ),
            let=MIXTURE_LET,
        ),
        Problem(
            "log-determinant",
            "X",
            [(20, 5), (50, 10), (100, 20), (150, 20)],
            logdet_data,
            scalar_tasks(
                LOGDET,
                logdet,
                [hand.logdet_gradient, hand.logdet_gradient_solved],
                [hand.logdet_both],
                Task(
                    HESSIAN,
                    LOGDET,
                    logdet,
                    [hand.logdet_hessian, hand.logdet_hessian_rows],
                    hand.logdet_factors,
                ),
            ),
        ),
        Problem(
            "Gaussian process",
            "t",
            [(100,), (500,), (1500,)],
            process_data,
            scalar_tasks(PROCESS, process, [hand.process_gradient], [hand.process_both]),
            let={"t": [3], "D": ["n", "n"]},
            assume={"D": ["symmetric"]},
        ),
        Problem(
            "element-wise map",
            "x",
            [(100,), (1000,), (3000,)],
            quadratic_data,
            [Task(JACOBIAN, TANH, tanh, [hand.tanh_jacobian], hand.tanh_slope)],
        ),
    )
}
