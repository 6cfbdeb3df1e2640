"""The OpenAPI description of requests and results, and our page of it.

It only describes: bodies are read by the workers, more strictly than JSON readers do.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any, Literal

from pydantic import BaseModel, Field

from ..schema import REQUESTS, schema

Sizes = list[int | str]


class Formula(BaseModel):
    text: str
    unicode: str
    latex: str


class ShapedFormula(Formula):
    shape: Sizes


class Fault(BaseModel):
    """Why there is no answer. `start` and `end` count characters of the expression."""

    kind: Literal["syntax", "name", "shape", "domain", "limit", "unsupported", "request", "server"]
    message: str
    start: int | None
    end: int | None
    hint: str | None


class Failure(BaseModel):
    """The result object where there is no answer."""

    id: Any
    ok: Literal[False]
    error: Fault


class _Done(BaseModel):
    id: Any
    ok: Literal[True]


class Derivative(_Done):
    expr: ShapedFormula
    let: dict[str, Sizes]
    derivative: dict[str, Any]
    derivation: dict[str, Any]
    code: dict[str, str]
    check: dict[str, Any]
    milliseconds: float


class Verdict(_Done):
    right: bool
    verdict: str
    slip: str | None = Field(description="the kind of slip, where one is recognised")
    sentence: str


class Source(_Done):
    code: dict[str, str]


class AtNumbers(_Done):
    sizes: dict[str, int]
    values: dict[str, Any]
    sampled: list[str]
    wrt: str
    value: Any = Field(description="nested lists; null where it is not finite")
    derivative: Any = Field(description="nested lists in the order of `axes`")
    shape: list[int]
    axes: Sizes


class Variable(BaseModel):
    name: str
    kind: Literal["scalar", "vector", "matrix"]
    shape: Sizes
    properties: list[str]
    inferred: bool


class Understood(_Done):
    expr: ShapedFormula
    let: dict[str, Sizes]
    variables: list[Variable]


RESULTS: dict[str, type[BaseModel]] = {
    "derive": Derivative,
    "check": Verdict,
    "code": Source,
    "numbers": AtNumbers,
    "understand": Understood,
}
REFUSALS = {
    400: "not a JSON object, or with duplicate keys, NaN or more than 16 levels",
    403: "another Host or Origin",
    413: "a body of more than 64 KiB",
    415: "not application/json",
    500: "a worker died, or our fault",
    503: "too many requests are waiting",
    504: "the request took too long",
}


def of_request(name: str) -> dict[str, Any]:
    """What a POST route says about itself."""
    answers: dict[int | str, dict[str, Any]] = {200: {"model": RESULTS[name] | Failure}}
    answers |= {code: {"model": Failure, "description": why} for code, why in REFUSALS.items()}
    content = {"application/json": {"schema": schema(name)}}
    return {
        "summary": REQUESTS[name][0],
        "operation_id": name,
        "responses": answers,
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }


STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color-scheme: light dark; }
pre { padding: .75rem; overflow-x: auto; border: 1px solid #8886; border-radius: .4rem; }
table { border-collapse: collapse; }
td, th { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0; }
h2 { margin-top: 2.5rem; }
"""
EXAMPLE = {"expr": "x'*A*x", "wrt": "x"}
EXTRAS: dict[str, dict[str, Any]] = {
    "derive": {"code": ["numpy"]},
    "check": {"answer": "2*A*x"},
    "code": {"target": "jax"},
    "numbers": {"values": {"x": [1, 2]}},
    "understand": {},
}


def page(description: dict[str, Any], address: str) -> str:
    """The OpenAPI description for people."""
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        '<meta name=viewport content="width=device-width"><title>chainrule: API</title>',
        "<link rel=stylesheet href=/api/style.css><body><h1>The JSON API of chainrule</h1>",
        "<p>Problems and results are those of <code>chainrule batch</code>. A result has "
        "<code>ok</code>; where it is false, <code>error</code> says what is wrong and where. "
        "The machine-readable description is <a href=/api/openapi.json>openapi.json</a>.</p>",
    ]
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            parts.append(f"<h2>{method.upper()} {escape(path)}</h2>")
            parts.append(f"<p>{escape(operation.get('summary', ''))}.</p>")
            if method == "post":
                parts.append(_fields(operation))
                parts.append(f"<pre>{escape(_call(path, address))}</pre>")
    return "".join(parts)


def _fields(operation: dict[str, Any]) -> str:
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    rows = []
    for name, field in body["properties"].items():
        choices = field.get("enum") or field.get("items", {}).get("enum")
        about = field["description"] + (f": {', '.join(choices)}" if choices else "")
        default = json.dumps(field["default"]) if "default" in field else ""
        default = "required" if name in body["required"] else default
        rows.append(f"<tr><td><code>{escape(name)}</code><td>{escape(about)}<td>{escape(default)}")
    return f"<table><tr><th>field<th>meaning<th>default{''.join(rows)}</table>"


def _call(path: str, address: str) -> str:
    body = json.dumps(EXAMPLE | EXTRAS[path.rpartition("/")[2]]).replace("'", "'\\''")
    return f"curl {address}{path} -H 'Content-Type: application/json' \\\n  -d '{body}'"
