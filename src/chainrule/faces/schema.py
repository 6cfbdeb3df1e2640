"""What the requests take, as JSON Schema: for the API's description and for language models."""

from __future__ import annotations

from typing import Any

from ..codegen.targets import TARGETS
from ..conventions import CONVENTIONS
from ..notation.layout import LAYOUTS
from ..solve import ORDER_LIMIT

SIZES = {"type": "array", "items": {"type": ["string", "integer"]}, "maxItems": 2}
PROBLEM: dict[str, dict[str, Any]] = {
    "expr": {
        "type": "string",
        "description": "the expression: ' transposes, * is the matrix product, .* ./ .^ work "
        "element by element; as norm2(A*x - b)^2",
    },
    "wrt": {"type": "string", "description": "the variable; may be left out where there is one"},
    "order": {
        "type": "integer", "minimum": 1, "maximum": ORDER_LIMIT, "default": 1,
        "description": "1 gradient or Jacobian, 2 Hessian, ...",
    },
    "let": {
        "type": "object", "additionalProperties": SIZES, "default": {},
        "description": 'shapes, as {"A": ["m", "n"], "x": ["n"], "c": []}; others are inferred',
    },
    "assume": {
        "type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}},
        "default": {},
        "description": 'properties, as {"S": ["spd"]}: positive, nonneg, nonzero, unit, labels, '
        "symmetric, spd, psd, diagonal, orthogonal, invertible, lower",
    },
    "layout": {
        "enum": list(LAYOUTS), "default": "numerator", "description": "how a Jacobian is laid out"
    },
    "symmetric": {
        "enum": list(CONVENTIONS), "default": "free",
        "description": "how a symmetric variable varies",
    },
    "lang": {"enum": ["en", "zh"], "default": "en", "description": "language of sentences, errors"},
    "id": {"description": "given back as it is"},
}  # fmt: skip

REQUESTS: dict[str, tuple[str, dict[str, dict[str, Any]]]] = {
    "derive": (
        "The derivative in closed form with every step of the chain rule, checked",
        {
            "code": {
                "type": "array", "items": {"enum": list(TARGETS)}, "default": [],
                "description": "languages of code to give, too",
            },
        },
    ),
    "check": (
        "Whether an answer is the derivative, and if not, what slip it shows",
        {
            "answer": {"type": "string", "description": "somebody's derivative"},
            "derivation": {
                "type": "string", "description": "or a derivation, an equation a line",
            },
            "show": {
                "type": "boolean", "default": False,
                "description": "whether a wrong answer is told the right one",
            },
        },
    ),
    "code": (
        "Source of a function that computes the derivative",
        {"target": {"enum": list(TARGETS), "default": "numpy", "description": "its language"}},
    ),
    "numbers": (
        "The expression and its derivative at numbers",
        {
            "values": {
                "type": "object", "default": {},
                "description": "nested lists by variable; the others are sampled",
            },
            "sizes": {
                "type": "object", "additionalProperties": {"type": "integer"}, "default": {},
                "description": "sizes of axes by name; the others are chosen",
            },
        },
    ),
    "understand": ("What the text means, without any derivative", {}),
}  # fmt: skip


def schema(request: str) -> dict[str, Any]:
    """JSON Schema of the body of a request."""
    _, more = REQUESTS[request]
    return {"type": "object", "properties": {**PROBLEM, **more}, "required": ["expr"]}
