"""chainrule.minimize beside scikit-learn's LogisticRegression, on data that ships with the latter.

All minimise the same function from 0; they take turns, and medians are compared. Deriving and
generating code is part of our time, and shown apart as well. Results go to build/fit.jsonl.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when NumPy is imported
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from speed import ROOT

import chainrule

RESULTS = ROOT / "build" / "fit.jsonl"
TEXT = "sum(log(exp(-y.*(X*w)) + 1)) + c*norm2(w)^2"
PENALTY = 0.5  # scikit-learn's default, C = 1
RUNS = 15


def data() -> tuple[Any, Any]:
    X, labels = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(X), np.where(labels == 1, 1.0, -1.0)


def ours(X: Any, y: Any, method: str, check: bool = False, **options: Any) -> Any:
    given = {"X": X, "y": y, "c": PENALTY}
    settings = {"gtol": 1e-6, **options}
    found = chainrule.minimize(TEXT, "w", given, method=method, options=settings, check=check)
    return found.variables["w"]


def theirs(X: Any, y: Any) -> Any:
    model = LogisticRegression(C=0.5 / PENALTY, fit_intercept=False, tol=1e-8, max_iter=1000)
    return model.fit(X, y).coef_[0]


def state(w: Any, X: Any, y: Any) -> tuple[float, float]:
    """The objective and the largest entry of its gradient, by hand."""
    z = y * (X @ w)
    gradient = -(y / (1 + np.exp(z))) @ X + 2 * PENALTY * w
    return float(np.logaddexp(0, -z).sum() + PENALTY * w @ w), float(np.abs(gradient).max())


def main() -> None:
    X, y = data()
    fits: dict[str, Callable[[], Any]] = {
        "scikit-learn, lbfgs": lambda: theirs(X, y),
        "chainrule, trust-ncg": lambda: ours(X, y, "trust-ncg"),
        "chainrule, trust-ncg, derivative checked": lambda: ours(X, y, "trust-ncg", True),
        "chainrule, L-BFGS-B": lambda: ours(X, y, "L-BFGS-B", ftol=1e-15),
        "chainrule, deriving and generating alone": lambda: ours(X, y, "L-BFGS-B", maxiter=0),
    }
    found = {name: fit() for name, fit in fits.items()}
    times: dict[str, list[float]] = {name: [] for name in fits}
    for _ in range(RUNS):
        for name, fit in fits.items():
            start = time.perf_counter()
            fit()
            times[name].append(time.perf_counter() - start)
    reference = statistics.median(times["scikit-learn, lbfgs"])
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", encoding="utf-8") as out:
        for name, w in found.items():
            value, gradient = state(w, X, y)
            seconds = statistics.median(times[name])
            record = {"method": name, "value": value, "gradient": gradient, "seconds": seconds}
            print(json.dumps({**record, "ratio": seconds / reference}), file=out)
            print(f"{name:42} {value:.10f} {gradient:.1e} {1e3 * seconds:8.2f} ms")


if __name__ == "__main__":
    main()
