"""Problems to start from, with titles in both languages: data, nothing else."""

from __future__ import annotations

from typing import Any

TEXTBOOK = {"en": "From the textbook", "zh": "教材中的推导"}
MATRICES = {"en": "Vectors and matrices", "zh": "向量与矩阵"}
STATISTICS = {"en": "Statistics and geometry", "zh": "统计与几何"}
LEARNING = {"en": "Deep learning", "zh": "深度学习"}


def _example(
    group: dict[str, str],
    en: str,
    zh: str,
    expr: str,
    wrt: str,
    let: dict[str, list[int | str]] | None = None,
    assume: dict[str, list[str]] | None = None,
    order: int = 1,
) -> dict[str, Any]:
    problem: dict[str, Any] = {"expr": expr, "wrt": wrt}
    problem |= {"let": let} if let else {}
    problem |= {"assume": assume} if assume else {}
    problem |= {"order": order} if order > 1 else {}
    return {"group": group, "title": {"en": en, "zh": zh}, "problem": problem}


ROWS: dict[str, list[int | str]] = {"X": ["N", "n"], "w": ["n"], "b": [], "y": ["N"]}
LAYER: dict[str, list[int | str]] = {
    "V": ["k", "h"], "W": ["h", "d"], "x": ["d"], "b": ["h"], "y": ["k"],
}  # fmt: skip
HEAD: dict[str, list[int | str]] = {"Q": ["n", "d"], "K": ["m", "d"], "V": ["m", "p"]}

EXAMPLES: tuple[dict[str, Any], ...] = (
    _example(TEXTBOOK, "A chain of functions", "函数的复合", "ln(sin(x^3)^2)", "x"),
    _example(TEXTBOOK, "A sum with two paths", "两条路径之和", "x + x^2", "x"),
    _example(TEXTBOOK, "A product with two paths", "两条路径之积", "x*x^2", "x"),
    _example(TEXTBOOK, "Total derivative inside a sine", "正弦中的全导数", "sin(x + x^2)", "x"),
    _example(TEXTBOOK, "A vector of functions", "函数组成的向量", "[ln(x^2), sin(3*x)]", "x"),
    _example(TEXTBOOK, "Sum of a vector", "向量的和", "sum(w + x)", "w"),
    _example(TEXTBOOK, "A vector times a scalar", "向量乘标量", "sum(x*z)", "z"),
    _example(TEXTBOOK, "Activation of a neuron", "神经元的激活", "max(0, w'*x + b)", "w"),
    _example(
        TEXTBOOK, "Loss of a neuron, by its weights", "神经元的损失对权重",
        "mean((y - max(0, X*w + b)).^2)", "w", ROWS,
    ),
    _example(
        TEXTBOOK, "Loss of a neuron, by its bias", "神经元的损失对偏置",
        "mean((y - max(0, X*w + b)).^2)", "b", ROWS,
    ),
    _example(MATRICES, "Quadratic form", "二次型", "x'*A*x", "x"),
    _example(MATRICES, "Hessian of a quadratic form", "二次型的海森矩阵", "x'*A*x", "x", order=2),
    _example(MATRICES, "Euclidean norm", "欧几里得范数", "norm2(x)", "x", {"x": ["n"]}),
    _example(MATRICES, "Trace of a product", "乘积的迹", "tr(A*X*B)", "X"),
    _example(MATRICES, "Determinant", "行列式", "det(X)", "X"),
    _example(MATRICES, "Logarithm of a determinant", "行列式的对数", "logdet(X)", "X"),
    _example(MATRICES, "Entries of an inverse", "逆矩阵的元素", "a'*inv(X)*b", "X"),
    _example(MATRICES, "The inverse as a whole", "整个逆矩阵", "inv(X)", "X"),
    _example(
        STATISTICS, "Least squares", "最小二乘", "norm2(A*x - b)^2", "x",
        {"A": ["m", "n"], "x": ["n"], "b": ["m"]},
    ),
    _example(
        STATISTICS, "Ridge regression", "岭回归", "norm2(A*x - b)^2 + c*norm2(x)^2", "x",
        {"A": ["m", "n"], "x": ["n"], "b": ["m"], "c": []}, {"c": ["positive"]},
    ),
    _example(
        STATISTICS, "Gaussian log-likelihood, by the covariance", "高斯对数似然对协方差",
        "-1/2*logdet(S) - 1/2*(x - u)'*inv(S)*(x - u)", "S",
        {"S": ["n", "n"], "x": ["n"], "u": ["n"]}, {"S": ["spd"]},
    ),
    _example(
        STATISTICS, "Matrix factorization", "矩阵分解", "norm2(Y - U*V')^2", "U",
        {"Y": ["m", "n"], "U": ["m", "r"], "V": ["n", "r"]},
    ),
    _example(
        STATISTICS, "Rayleigh quotient", "瑞利商", "x'*A*x/(x'*x)", "x",
        {"A": ["n", "n"], "x": ["n"]}, {"A": ["symmetric"]},
    ),
    _example(LEARNING, "Sigmoid", "S 形函数", "1/(1 + exp(-x))", "x"),
    _example(LEARNING, "Softmax", "软最大", "softmax(x)", "x", {"x": ["n"]}),
    _example(
        LEARNING, "Cross-entropy of softmax", "软最大的交叉熵", "logsumexp(x) - y'*x", "x",
        {"x": ["n"], "y": ["n"]},
    ),
    _example(
        LEARNING, "Logistic regression", "逻辑回归", "sum(log(1 + exp(-y.*(X*w))))", "w",
        {"X": ["N", "n"], "w": ["n"], "y": ["N"]}, {"y": ["labels"]},
    ),
    _example(
        LEARNING, "Hessian of logistic regression", "逻辑回归的海森矩阵",
        "sum(log(1 + exp(-y.*(X*w))))", "w",
        {"X": ["N", "n"], "w": ["n"], "y": ["N"]}, {"y": ["labels"]}, 2,
    ),
    _example(
        LEARNING, "Two layers, by the inner weights", "两层网络对内层权重",
        "1/2*norm2(V*relu(W*x + b) - y)^2", "W", LAYER,
    ),
    _example(
        LEARNING, "Two layers, by the outer weights", "两层网络对外层权重",
        "1/2*norm2(V*tanh(W*x + b) - y)^2", "V", LAYER,
    ),
    _example(
        LEARNING, "Layer normalization", "层归一化",
        "(x - mean(x))/sqrt(mean((x - mean(x)).^2))", "x", {"x": ["n"]},
    ),
    _example(
        LEARNING, "Attention, one query by its keys", "注意力：单个查询对键",
        "V'*softmax(K*q/sqrt(d))", "K", {"V": ["m", "p"], "K": ["m", "d"], "q": ["d"]},
    ),
    _example(
        LEARNING, "Attention, a loss by the queries", "注意力：损失对查询矩阵",
        "norm2(softmax(Q*K'/sqrt(d), 1)*V - Y)^2", "Q", {**HEAD, "Y": ["n", "p"]},
    ),
)  # fmt: skip
