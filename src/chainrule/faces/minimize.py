"""chainrule minimize: arrays from .npz files in, the minimum shown, the variables in a file."""

from __future__ import annotations

import argparse
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import IO, Any

from ..errors import ProblemError
from ..optimize import minimize
from ..optimize.settings import method_of
from .files import open_in, refuse_same

SHOWN = 12  # entries of an array that are printed


def run_minimize(
    options: argparse.Namespace,
    let: Mapping[str, str],
    assume: Mapping[str, list[str]],
    bounds: Mapping[str, str],
) -> bool:
    """Minimise, show, keep; whether the optimiser says that it arrived."""
    limits = {name: _pair(name, text) for name, text in bounds.items()} or None
    method = method_of(options.method, limits is not None)
    with ExitStack() as stack:
        found = minimize(
            options.expr,
            options.over,
            archive_at(options.data, stack, options.out),
            archive_at(options.start, stack),
            limits,
            method,
            let=let,
            assume=assume,
            tol=options.tol,
        )
    show = _as_json if options.format == "json" else _as_text
    print(show(found, method), flush=True)
    if options.out:
        _keep(options.out, found.variables)
    return bool(found.success)


def archive_at(path: str | None, stack: ExitStack, out: str | None = None) -> Archive | None:
    """The arrays of a file, which must not be the one that is written."""
    if path is None:
        return None
    file = open_in(stack, path, "rb")
    if out is not None:
        refuse_same(file, out)
    return Archive(file, path)


class Archive(Mapping[str, Any]):
    """The arrays of an .npz file by name, each read when it is asked for; nothing is unpickled."""

    def __init__(self, file: IO[bytes], path: str) -> None:
        import numpy as np

        self.path = path
        try:
            archive = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            raise self.damaged("it is no archive of arrays") from None
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise self.damaged("it holds one array without a name")
        self.archive = archive

    def __getitem__(self, name: str) -> Any:
        try:
            return self.archive[name]
        except ValueError as error:
            if "Object arrays" in str(error):
                raise self.damaged(f"{name} is an array of Python objects, not numbers") from None
            raise self.damaged(f"{name}: {error}") from None
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise self.damaged(f"{name}: {error}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.archive.files)

    def __len__(self) -> int:
        return len(self.archive.files)

    def damaged(self, why: str) -> ProblemError:
        return ProblemError(
            "syntax", f"cannot use {self.path}: {why}", hint="np.savez(FILE, X=X, y=y) writes one"
        )


def _pair(name: str, text: str) -> tuple[float | None, float | None]:
    """LOW,HIGH, either of which may be left out."""
    ends = text.split(",")
    try:
        low, high = (float(end) if end.strip() else None for end in ends)
    except ValueError:
        raise ProblemError(
            "syntax",
            f"--bounds {name}={text}",
            hint="write --bounds NAME=LOW,HIGH, as w=0,1 or w=0,",
        ) from None
    return low, high


def _as_text(found: Any, method: str) -> str:
    lines = [f"value {found.fun:.10g} after {found.nit} iterations of {method}"]
    lines += [f"{name} = {_numbers(value)}" for name, value in found.variables.items()]
    return "\n".join([*lines, str(found.message)])


def _numbers(value: Any) -> str:
    import numpy as np

    array = np.asarray(value)
    if array.size <= SHOWN:
        return np.array2string(array, precision=6, separator=", ").replace("\n", "")
    shape = " x ".join(map(str, array.shape))
    return f"{shape} numbers from {array.min():.6g} to {array.max():.6g}"


def _as_json(found: Any, method: str) -> str:
    import numpy as np

    record = {
        "ok": bool(found.success),
        "value": float(found.fun),
        "iterations": int(found.nit),
        "method": method,
        "message": str(found.message),
        "variables": {name: np.asarray(v).tolist() for name, v in found.variables.items()},
    }
    return json.dumps(record)


def _keep(path: str, variables: Mapping[str, Any]) -> None:
    """What np.savez writes, which has parameters that variables may be called like."""
    import numpy as np

    with ExitStack() as stack:
        file = open_in(stack, path, "wb")
        try:
            with zipfile.ZipFile(file, "w") as archive:
                for name, value in variables.items():
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                        np.lib.format.write_array(entry, np.asanyarray(value))
        except OSError as error:
            raise ProblemError("limit", f"cannot write {path}: {error.strerror}") from None
