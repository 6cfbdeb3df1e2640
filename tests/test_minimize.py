"""`chainrule.minimize` and its command: derivatives that SciPy gets, what comes back, bad data."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ProblemError
from chainrule.faces.cli import main
from chainrule.optimize import Progress
from chainrule.optimize.data import read_arrays, shape_in, sizes_of, understand_with
from chainrule.optimize.objective import Objective

RANDOM = np.random.default_rng(5)
STEP = 1e-6
LOGISTIC = "sum(log(exp(-y.*(X*w)) + 1)) + c*norm2(w)^2"


def logistic_data(m: int = 60, n: int = 4) -> dict[str, Any]:
    random = np.random.default_rng(0)
    X = random.standard_normal((m, n))
    noise = random.standard_normal(m)
    return {"X": X, "y": np.where(X.sum(1) + noise > 0, 1, -1), "c": 0.3}


def logistic_value(w: Any, X: Any, y: Any, c: float) -> float:
    return float(np.logaddexp(0, -y * (X @ w)).sum() + c * (w @ w))


def normal(*shape: int) -> Any:
    return RANDOM.standard_normal(shape)


# expression, over, data, let
OBJECTIVES: list[tuple[str, list[str], dict[str, Any], dict[str, list[int | str]]]] = [
    (LOGISTIC, ["w"], logistic_data(), {}),
    ("norm2(T - U*V')^2 + c*sum(U.^4)", ["U", "V"], {"T": normal(5, 4), "c": 0.1}, {"U": ["m", 2]}),
    ("(1 - a)^2 + 100*(b - a^2)^2", ["a", "b"], {}, {}),
    ("sum(logsumexp(X*W + b', 1)) - sum(Y.*(X*W + b'))", ["b", "W"],
     {"X": normal(6, 3), "Y": np.eye(4)[[0, 1, 2, 3, 0, 1]]}, {}),
    ("1/2*y'*inv(S*S' + exp(t)*eye(n))*y + 1/2*logdet(S*S' + exp(t)*eye(n))", ["t", "S"],
     {"y": normal(3)}, {"S": ["n", "n"]}),
    ("x[1]^2*x[2] + sum(tanh(A*x))", ["x"], {"A": normal(3, 3)}, {}),
]  # fmt: skip


def objective(
    expr: str, over: list[str], data: dict[str, Any], let: dict[str, list[int | str]]
) -> Objective:
    arrays = read_arrays(data, "the data")
    understood = understand_with(expr, let, None, arrays)
    sizes = sizes_of(understood.variables, arrays)
    shapes = {name: shape_in(name, understood.variables[name].shape, sizes) for name in over}
    return Objective(understood, shapes, {**sizes, **arrays}, True, True)


@pytest.mark.parametrize("case", OBJECTIVES, ids=lambda case: case[0])
def test_gradient_and_products_are_differences(case: Any) -> None:
    found = objective(*case)
    count = sum(int(np.prod(shape)) for shape in found.shapes.values())
    point, direction = normal(count), normal(count)
    ahead, behind = (
        found.value_and_gradient(point + sign * STEP * direction) for sign in (1.0, -1.0)
    )
    _, gradient = found.value_and_gradient(point)
    product = found.hessian_product(point, direction)
    np.testing.assert_allclose(
        gradient @ direction, (ahead[0] - behind[0]) / (2 * STEP), rtol=1e-5, atol=1e-6
    )
    scale = np.abs(product).max()
    np.testing.assert_allclose(
        product, (ahead[1] - behind[1]) / (2 * STEP), rtol=1e-5, atol=1e-6 * scale
    )


def test_products_never_hold_the_hessian() -> None:
    n = 1500
    found = objective(LOGISTIC, ["w"], logistic_data(20, n), {})
    point, direction = normal(n), normal(n)
    found.hessian_product(point, direction)
    tracemalloc.start()
    found.hessian_product(point, direction)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * n * n / 10


@pytest.mark.parametrize("method", ["trust-ncg", "L-BFGS-B", "Newton-CG", "BFGS", "trust-krylov"])
def test_the_minimum_of_logistic_regression(method: str) -> None:
    data = logistic_data()
    found = cr.minimize(LOGISTIC, "w", data, method=method, tol=1e-8)
    w = found.variables["w"]
    assert found.fun == pytest.approx(logistic_value(w, **data))
    for shift in normal(20, 4):  # the function is convex: no neighbour is lower
        assert logistic_value(w + 1e-2 * shift, **data) > found.fun


def test_several_variables_of_different_shapes() -> None:
    low_rank = normal(8, 2) @ normal(2, 6)
    found = cr.minimize(
        "norm2(T - U*V' - s)^2", ["U", "V", "s"], {"T": low_rank + 3}, let={"U": ["m", 2]}, tol=1e-9
    )
    U, V, s = (found.variables[name] for name in "UVs")
    assert (U.shape, V.shape, type(s)) == ((8, 2), (6, 2), float)
    assert found.fun < 1e-9
    np.testing.assert_allclose(U @ V.T + s, low_rank + 3, atol=1e-4)


def test_bounds_hold_and_the_gradient_points_out_of_them() -> None:
    data = logistic_data()
    found = cr.minimize(LOGISTIC, "w", data, bounds=(None, 0.2), tol=1e-10)
    w = found.variables["w"]
    free = w < 0.2
    assert (w <= 0.2).all() and not free.all()
    assert (found.jac[~free] <= 0).all()
    np.testing.assert_allclose(found.jac[free], 0, atol=1e-4)


def test_bounds_of_one_of_two_variables() -> None:
    bounds = {"b": ([1, -np.inf], [np.inf, -1])}
    found = cr.minimize("norm2(a)^2 + norm2(b)^2", "a,b", bounds=bounds, let={"a": [2], "b": [2]})
    np.testing.assert_allclose(found.variables["b"], [1, -1])
    np.testing.assert_allclose(found.variables["a"], 0, atol=1e-6)


def test_the_start() -> None:
    wave = "cos(x)"
    near = [cr.minimize(wave, "x", start=start).variables["x"] for start in (3.0, 9.0)]
    np.testing.assert_allclose(near, [np.pi, 3 * np.pi], atol=1e-3)
    # at 0 the gradient vanishes, though it is the largest value
    first, second = (cr.minimize(wave, "x").variables["x"] for _ in range(2))
    assert first == second
    assert np.cos(first) == pytest.approx(-1)


def test_data_decide_kinds_and_sizes() -> None:
    a, b = normal(5, 2), normal(5)
    found = cr.minimize("norm2(a*x - b)^2", "x", {"a": a, "b": b}, tol=1e-10)
    np.testing.assert_allclose(found.variables["x"], np.linalg.lstsq(a, b)[0], rtol=1e-6)


def test_expressions_from_objects_and_what_is_not_needed() -> None:
    A, x, b = cr.matrix("A", "m", "n"), cr.vector("x", "n"), cr.vector("b", "m")
    residual = A @ x - b
    data = {"A": normal(4, 2), "b": [1, 2, 3, 4], "notes": ["text"]}
    found = cr.minimize(residual.T @ residual, "x", data, tol=1e-10)
    np.testing.assert_allclose(found.jac, 0, atol=1e-6)


GOOD = {"X": np.ones((3, 2)), "y": np.ones(3), "c": 1.0}
BAD: list[tuple[dict[str, Any], str]] = [
    ({"data": {"X": GOOD["X"], "c": 1}}, "the data lack y, a vector"),
    ({"data": None}, "the data lack"),
    ({"data": {**GOOD, "y": np.ones(4)}}, "where"),
    ({"data": {**GOOD, "c": np.ones(3)}}, "c"),
    ({"data": {**GOOD, "X": [[1, 2], [3]]}}, "the rows of X differ in length"),
    ({"data": {**GOOD, "X": np.ones((3, 2), complex)}}, "complex"),
    ({"data": {**GOOD, "X": [["a", "b"]]}}, "no real numbers"),
    ({"data": {**GOOD, "X": np.ones((3, 2, 1))}}, "a number, a vector or a matrix"),
    ({"data": {**GOOD, "X": np.ones((0, 2))}}, "a number, a vector or a matrix"),
    ({"data": {**GOOD, "X": np.array([[1, np.nan]] * 3)}}, "holds nan at [0, 1]"),
    ({"data": [1]}, "given by name"),
    ({"over": "q"}, "q is not a variable"),
    ({"over": "w,w"}, "once"),
    ({"over": []}, "once"),
    ({"expr": "X*w"}, "only a scalar"),
    ({"expr": "sum(log(X*w))"}, "not finite at 0"),
    ({"expr": "sum(X*w", "over": "w"}, "not closed"),
    ({"start": np.ones(5)}, "w"),
    ({"start": {"v": 1}}, "speaks of v"),
    ({"bounds": (1, 0)}, "above the upper"),
    ({"bounds": 3}, "a pair"),
    ({"bounds": (0, [1, 2, 3])}, "needed is (2,)"),
    ({"bounds": (0, 1), "method": "trust-ncg"}, "takes no bounds"),
    ({"method": "simplex"}, "no method"),
    ({"expr": "tr(S)^2 + norm2(S)^2", "over": "S", "assume": {"S": ["spd"]}}, "one by one"),
    ({"expr": "norm2(U*V')^2", "over": "U,V", "data": {}}, "how large"),
]


@pytest.mark.parametrize(("change", "says"), BAD, ids=[says for _, says in BAD])
def test_what_is_at_fault_is_said(change: dict[str, Any], says: str) -> None:
    arguments = {"expr": LOGISTIC, "over": "w", "data": GOOD, **change}
    with pytest.raises(ProblemError) as caught:
        cr.minimize(**arguments)
    assert says in caught.value.message


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["minimize", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data, out = tmp_path / "data.npz", tmp_path / "fit.npz"
    arrays = logistic_data()
    np.savez(data, **arrays, names=np.array(["not", None], dtype=object))
    status, shown, err = run(
        capsys, LOGISTIC, "--over", "w", "--data", str(data), "--out", str(out), "--tol", "1e-6"
    )
    assert (status, err) == (0, "")
    w = np.load(out)["w"]
    assert float(shown.split()[1]) == pytest.approx(logistic_value(w, **arrays), rel=1e-8)
    status, shown, _ = run(
        capsys, LOGISTIC, "--over", "w", "--data", str(data), "--start", str(out),
        "--bounds", "w=,0.1", "--format", "json",
    )  # fmt: skip
    record = json.loads(shown)
    assert status == 0 and record["method"] == "L-BFGS-B"
    assert max(record["variables"]["w"]) <= 0.1


def test_what_does_not_converge_has_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "x", "--over", "x")
    assert status == 1
    assert "value" in out


def damaged_archives(folder: Path) -> dict[str, Path]:
    whole = io.BytesIO()
    np.savez(whole, w=np.ones(1000))
    files = {name: folder / f"{name}.npz" for name in ("text", "cut", "bits", "none", "one")}
    files["text"].write_text("w = 3")
    files["cut"].write_bytes(whole.getvalue()[:-30])
    files["bits"].write_bytes(whole.getvalue().replace(b"\xf0?", b"\xf1?", 1))
    with files["one"].open("wb") as file:
        np.save(file, np.ones(3))
    files["pickled"] = folder / "pickled.npz"
    np.savez(files["pickled"], w=np.array([{}], dtype=object))
    files["folder"] = folder
    return files


@pytest.mark.parametrize("name", ["text", "cut", "bits", "none", "one", "pickled", "folder"])
def test_unreadable_files(capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str) -> None:
    path = damaged_archives(tmp_path)[name]
    status, out, err = run(capsys, "norm2(x - w)^2", "--over", "x", "--data", str(path))
    assert (status, out) == (2, "")
    assert str(path)[:60] in err
    assert "Traceback" not in err


def test_a_place_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, err = run(capsys, "x^2", "--over", "x", "--out", str(tmp_path / "no" / "x.npz"))
    assert status == 2
    assert "value" in out  # what was found is not lost
    assert "cannot open" in err


def test_data_are_not_written_over(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path, link = tmp_path / "data.npz", tmp_path / "link.npz"
    np.savez(path, b=np.ones(2))
    link.symlink_to(path)
    before = path.read_bytes()
    problem = ["norm2(x - b)^2", "--over", "x", "--data", str(path)]
    for out in (path, link):
        status, shown, err = run(capsys, *problem, "--out", str(out))
        assert (status, shown) == (2, "")
        assert "is the file that is read" in err
    assert path.read_bytes() == before


def test_the_start_may_be_replaced(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """By what was found from there: minimising goes on in one file."""
    path = tmp_path / "fit.npz"
    np.savez(path, x=3.0)
    assert run(capsys, "x^2", "--over", "x", "--start", str(path), "--out", str(path))[0] == 0
    assert np.load(path)["x"] == pytest.approx(0, abs=1e-6)


def test_variables_may_be_called_like_parameters(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Of np.savez, which takes the arrays by name."""
    path = tmp_path / "fit.npz"
    problem = ["(file - 1)^2 + (args - 2)^2", "--over", "file,args"]
    assert run(capsys, *problem, "--out", str(path))[0] == 0
    with np.load(path) as found:
        np.testing.assert_allclose([found["file"], found["args"]], [1, 2], atol=1e-6)


def test_progress_only_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = objective(LOGISTIC, ["w"], logistic_data(), {})
    for is_terminal in (False, True):
        monkeypatch.setattr("sys.stderr.isatty", lambda answer=is_terminal: answer)
        progress = Progress(found)
        progress.tick(np.zeros(4))
        progress.end()
        assert ("1 iterations" in capsys.readouterr().err) == is_terminal
