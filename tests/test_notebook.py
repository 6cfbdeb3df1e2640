"""The widget: what it is given, what a page makes of it, and what is shown without it."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

import chainrule
from chainrule.notebook import view_of, widget

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Jupyter's packages


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("expr", "wrt", "order"),
    [("ln(sin(x^3)^2)", "x", 1), ("norm2(A*x - b)^2", "x", 2), ("A*X*B", "X", 1), ("99", "x", 1)],
)
def test_the_view_is_plain_data(expr: str, wrt: str, order: int, language: str) -> None:
    view = view_of(
        chainrule.derive(expr, wrt, order, let={"x": []} if expr == "99" else {}), language
    )
    assert json.loads(json.dumps(view)) == view
    steps = [s for one in view["orders"] for g in one["groups"] for s in g["steps"]]
    for formula in [view["goal"], *(s[side] for s in steps for side in ("lhs", "rhs"))]:
        ElementTree.fromstring(formula)
    assert all(step["why"] or step["kind"] for step in steps)
    for name in view["symbols"]:
        assert f'data-name="{name}"' in view["graph"] or expr == "99"


def test_the_widget_and_the_display_without_it() -> None:
    pytest.importorskip("anywidget")
    result = chainrule.derive("x'*A*x", "x")
    shown = widget(result)
    data, _ = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    for kind, value in result._repr_mimebundle_().items():
        assert data[kind] == value
    assert shown.step == 0 and shown.view["wrt"] == "x"


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from chainrule import notebook

    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.setattr(notebook, "_widget_class", notebook._widget_class.__wrapped__)
    with pytest.raises(chainrule.ProblemError) as caught:
        widget(chainrule.derive("x^2"))
    assert "chainrule[notebook]" in (caught.value.hint or "")
