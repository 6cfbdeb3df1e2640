"""The page behind a small server, for its tests: `python tests/browser/serve.py PORT`.

Requests go to faces.api; what is not there yet is answered here as docs/page.md describes it.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from chainrule import records
from chainrule.errors import ProblemError
from chainrule.faces import api
from chainrule.faces.demo import EXAMPLES
from chainrule.parse.understand import understand
from chainrule.referee.arithmetic import FLOAT
from chainrule.referee.evaluate import evaluate
from chainrule.referee.sample import sample_sizes
from chainrule.result import Result
from chainrule.solve import solve

WEB = Path(api.__file__).resolve().parent.parent / "web"
TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css",
    ".svg": "image/svg+xml", ".woff2": "font/woff2",
}  # fmt: skip
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
CLASSICS = (
    ("Least squares", "norm2(A*x - b)^2", "x", {}),
    ("Quadratic form", "x'*A*x", "x", {}),
    ("Logistic regression", "sum(log(exp(-y.*(X*w)) + 1))", "w", {}),
    ("Softmax of a layer", "softmax(W*x)", "x", {}),
    ("Matrix factorisation", "norm2(T - U*V')^2", "U", {}),
    ("Log-determinant", "logdet(X)", "X", {}),
    ("Attention", "softmax(Q*K'/sqrt(d), 1)*V", "Q", {"d": []}),
)


def examples() -> dict[str, Any]:
    found = []
    for expr, wrt, let in EXAMPLES:
        shapes = {name: [s for s in sizes.split(",") if s] for name, sizes in let.items()}
        found.append(example(expr, "The chapter", "课本例题", expr, wrt, shapes))
    found += [example(n, "Classics", "经典例题", e, wrt, let) for n, e, wrt, let in CLASSICS]
    return {"examples": found}


def example(title: str, en: str, zh: str, expr: str, wrt: str, let: Any) -> dict[str, Any]:
    problem = {"expr": expr, "wrt": wrt, "let": let}
    return {"title": {"en": title, "zh": title}, "group": {"en": en, "zh": zh}, "problem": problem}


def understood(body: Mapping[str, Any]) -> dict[str, Any]:
    problem = records.problem_of(body)
    found = understand(problem.expr, problem.let, problem.assume)
    kinds = ("scalar", "vector", "matrix")
    return {
        "ok": True,
        "expr": {**records.formula(found.expr), "shape": records.sizes(found.expr.shape)},
        "variables": [
            {
                "name": name,
                "shape": records.sizes(variable.shape),
                "kind": kinds[len(variable.shape)],
                "properties": sorted(variable.data[1]),
                "inferred": name in found.inferred,
            }
            for name, variable in found.variables.items()
        ],
    }


def numbers(body: Mapping[str, Any]) -> dict[str, Any]:
    result = Result(solve(records.problem_of(body)))
    variables = result.solution.understood.variables
    names = {n for v in variables.values() for dim in v.shape for n in dim.names}
    sizes = sample_sizes(names)
    random = np.random.default_rng(0)
    values = body.get("values") or {
        name: random.uniform(0.2, 1.5, [dim.value(sizes) for dim in v.shape]).round(2).tolist()
        for name, v in variables.items()
    }
    floats = {n: np.asarray(v, float).tolist() for n, v in values.items()}
    place: dict[str, Any] = {}
    exec(result.code("numpy"), place)
    value = evaluate(result.solution.expr, FLOAT, floats, sizes)
    derivative = place["derivative"](**values)
    return {
        "ok": True,
        "values": values,
        "value": np.asarray(value, float).tolist(),
        "derivative": derivative.tolist(),
        "shape": list(derivative.shape),
    }


HERE = {"understand": understood, "numbers": numbers}


def reply_to(request: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if request in api.REQUESTS:
        return api.answer(request, body)
    try:
        return HERE[request](body)
    except ProblemError as error:
        return records.error_of(error)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/api/examples":
            return self.answer(200, "application/json", json.dumps(examples()).encode())
        file = (WEB / ("index.html" if path == "/" else path.lstrip("/"))).resolve()
        if not file.is_file() or WEB not in file.parents:
            return self.answer(404, "text/plain", b"not found")
        return self.answer(200, TYPES.get(file.suffix, "text/plain"), file.read_bytes())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        found = reply_to(self.path.removeprefix("/api/"), body)
        self.answer(200, "application/json", json.dumps(found).encode())

    def answer(self, status: int, type_: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", type_)
        self.send_header("content-length", str(len(content)))
        self.send_header("content-security-policy", POLICY)
        self.send_header("cache-control", "no-store" if "json" in type_ else "max-age=600")
        self.end_headers()
        self.wfile.write(content)

    def handle(self) -> None:
        with suppress(ConnectionError):  # the page cancels what is out of date
            super().handle()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def serving(port: int = 0) -> Iterator[str]:
    """The address of a server that runs meanwhile."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    with serving(int(sys.argv[1])) as address:
        print(address, flush=True)
        threading.Event().wait()
