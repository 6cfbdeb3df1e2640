"""The derivation as a widget for Jupyter: `chainrule.notebook.widget(result)`.

Steps that fold, one at a time if wished, formulas linked with the data-flow graph. Where
widgets do not run, the result's own display is shown. Needs the extra `notebook`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from ..derivation.record import Derivation
from ..errors import ProblemError
from ..expr.build import variable
from ..expr.node import Expr
from ..printers.mathml import mathml
from ..render.document import KINDS, Author, Equation
from ..result import Result

HERE = Path(__file__).parent
BUTTONS = ("step-back", "step-next", "step-all", "flow", "given")


def widget(result: Result, language: str = "en") -> Any:
    """A widget that shows `result`; its `step` is the number of the step that is shown."""
    return _widget_class()(result, language)


@cache
def _widget_class() -> Any:
    """The class, made when it is first needed: the extra `notebook` may not be installed."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise ProblemError(
            "unsupported", "widgets need anywidget", hint='pip install "chainrule[notebook]"'
        ) from None

    class DerivationWidget(anywidget.AnyWidget):
        _esm = HERE / "widget.js"
        _css = HERE / "widget.css"
        view = traitlets.Dict().tag(sync=True)
        step = traitlets.Int(0).tag(sync=True)  # 0: all of them

        def __init__(self, result: Result, language: str) -> None:
            super().__init__(view=view_of(result, language))
            self._result = result

        def _repr_mimebundle_(self, **kwargs: Any) -> Any:
            """The widget, and for pages where it cannot run, the result's own display."""
            bundle = super()._repr_mimebundle_(**kwargs)
            data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
            return {**(data or {}), **self._result._repr_mimebundle_()}, metadata

    return DerivationWidget


def view_of(result: Result, language: str = "en") -> dict[str, Any]:
    """All that the widget shows: formulas in MathML, sentences, the graph as SVG."""
    solution = result.solution
    author = Author(solution, language)
    sections = author.document().sections
    derivations = result.derivations
    first = derivations[0] if derivations else None
    return {
        "goal": mathml(author.document(steps=False).goal, is_block=True),
        "wrt": solution.wrt,
        "given": sections[0].lines,
        "orders": [
            _order(derivation, author, number, len(derivations))
            for number, derivation in enumerate(derivations, 1)
        ],
        "result": [_line(line) for line in sections[-1].lines],
        "result_title": sections[-1].title,
        "verdict": result.check.verdict,
        "symbols": {name: mathml(variable(name)) for name in _names(first)},
        "routes": [list(route) for route in first.routes] if first else [],
        "graph": result.svg() if first else "",
        "words": {key: author.say(key) for key in BUTTONS}
        | {"step-of": author.say("step-of", place="{place}", count="{count}")},
    }


def _names(derivation: Derivation | None) -> Iterable[str]:
    """The variable and the intermediates, whose colours are those of the graph."""
    return (
        () if derivation is None else (derivation.wrt, *(u.name for u in derivation.intermediates))
    )


def _order(derivation: Derivation, author: Author, number: int, count: int) -> dict[str, Any]:
    groups = []
    for kind in KINDS:
        steps = [
            {
                **_equation(step.lhs, step.rhs, author.remark(step, derivation)),
                "kind": kind,
                "name": step.name,
                "wrt": step.wrt,
            }
            for step in derivation.steps
            if step.kind == kind
        ]
        if steps:
            groups.append({"kind": kind, "title": author.say(kind), "steps": steps})
    title = author.say("order", order=str(number)) if count > 1 else author.say("rule")
    rule = f"{derivation.rule.value}. {author.why(derivation)}"
    return {"title": title, "rule": rule, "groups": groups}


def _line(line: Any) -> dict[str, str]:
    if isinstance(line, Equation):
        return _equation(line.lhs, line.rhs, line.remark)
    return {"text": str(line)}


def _equation(lhs: Expr, rhs: Expr, why: str) -> dict[str, str]:
    return {"lhs": mathml(lhs), "rhs": mathml(rhs), "why": why}
