"""Computes tests/data/oracles: for every record of tests/data/corpus the derivative by JAX.

Needs jax and numpy (`pip install jax`), which the tests do not. A record's seed follows from
its id, so a run changes only what changed in the corpus. Usage: make_oracles.py [FILE...]
"""

from __future__ import annotations

import json
import math
import sys
import zlib
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy as jsp
import numpy as np

DATA = Path(__file__).resolve().parent.parent / "data"
DIGITS = 12
LARGEST = 1500  # entries a committed derivative may have
TRIES = 20


def sample(rng: np.random.Generator, shape: tuple[int, ...], properties: list[str]) -> np.ndarray:
    """A random value with these properties, short in decimals where that keeps them."""
    x = rng.standard_normal(shape)
    if "positive" in properties:
        x = np.abs(x) + 0.5
    if "nonneg" in properties:
        x = np.abs(x)
    if "unit" in properties:
        x = rng.uniform(0.1, 0.9, shape)
    if "nonzero" in properties:
        x = np.sign(x) * (np.abs(x) + 0.3)
    if "labels" in properties:
        x = np.where(x > 0, 1.0, -1.0)
    if "invertible" in properties:
        x = x + 3 * np.eye(shape[0])
    if "symmetric" in properties:
        x = (x + x.T) / 2
    if "spd" in properties:
        x = x @ x.T + np.eye(shape[0])
    if "orthogonal" in properties:
        return np.linalg.qr(x)[0]
    return np.asarray(np.round(x, 5))


def sample_point(record: dict[str, Any], seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    sizes, assume = record.get("sizes", {}), record.get("assume", {})
    return {
        name: sample(rng, tuple(sizes.get(d, d) for d in shape), assume.get(name, []))
        for name, shape in record["let"].items()
    }


def derivative(record: dict[str, Any], point: dict[str, np.ndarray]) -> tuple[Any, Any]:
    """Value and derivative of the record's JAX expression; axes of the value come first."""
    known = {"jnp": jnp, "jax": jax, "jsp": jsp}
    code = compile(record["jax"], record["id"], "eval")
    values = {name: jnp.asarray(value) for name, value in point.items()}

    def function(variable: Any) -> Any:
        return jnp.asarray(eval(code, {**known, **values, record["wrt"]: variable}))

    derived = function
    for _ in range(record["order"]):
        derived = jax.jacobian(derived)
    wrt = values[record["wrt"]]
    return np.asarray(function(wrt)), np.asarray(derived(wrt))


def oracle(record: dict[str, Any]) -> dict[str, Any]:
    """Point and derivative of one record, at the first seed where all is finite and tame."""
    first = zlib.crc32(record["id"].encode())
    for seed in range(first, first + TRIES):
        point = sample_point(record, seed)
        value, derived = derivative(record, point)
        if np.isfinite(value).all() and np.isfinite(derived).all() and np.abs(derived).max() < 1e6:
            break
    else:
        raise SystemExit(f"{record['id']}: no point with a finite derivative")
    if derived.size > LARGEST:
        raise SystemExit(f"{record['id']}: {derived.size} entries; choose smaller sizes")
    return {
        "id": record["id"],
        "seed": seed,
        "point": {name: value.tolist() for name, value in point.items()},
        "value": flat(value),
        "derivative": flat(derived),
        "shape": list(derived.shape),
    }


def flat(array: np.ndarray) -> list[float | int]:
    return [rounded(float(entry)) for entry in array.reshape(-1)]


def rounded(entry: float) -> float | int:
    entry = float(f"{entry:.{DIGITS}g}")
    return int(entry) if entry == math.trunc(entry) and abs(entry) < 1e6 else entry


def main(names: list[str]) -> None:
    jax.config.update("jax_enable_x64", True)
    paths = [Path(name) for name in names] or sorted((DATA / "corpus").glob("*.jsonl"))
    for path in paths:
        records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        lines = [json.dumps(oracle(r), ensure_ascii=False, separators=(",", ":")) for r in records]
        (DATA / "oracles" / path.name).write_text("\n".join(lines) + "\n", "utf-8")
        print(f"{path.name}: {len(lines)} records", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
