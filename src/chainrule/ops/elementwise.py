"""Functions that act on each element. Partials are written in y (the value) where shorter.

Conventions at kinks, chosen once: sign(0) = 0, so abs'(0) = 0; relu'(0) = 0; where two
arguments of max or min tie, each gets half; max and min against a number take 0 there.
"""

from __future__ import annotations

from collections.abc import Callable

from ..expr.node import Expr
from ..op import INFINITY, elementwise
from ..referee import functions, linear
from ..tensor.build import apply, number, ones_like, power, zero_like
from ..tensor.node import Kind, Tensor

PI = 3.141592653589793


def _zero(y: Tensor, *args: Tensor) -> Tensor:
    return zero_like(y)


pi = elementwise(
    "pi", kernel=lambda n: n.pi(), forms={"latex": r"\pi", "unicode": "π", "numpy": "np.pi"}
)


def _undone(by: str) -> Callable[[Tensor], Tensor | None]:
    """f(g(x)) = x for the function g of this name."""

    def rewrite(x: Tensor) -> Tensor | None:
        return x.args[0] if x.kind is Kind.APPLY and x.data[0] == by else None

    return rewrite


exp = elementwise(
    "exp",
    lambda y, x: y,
    kernel=lambda n, x: n.exp(x),
    rewrite=_undone("log"),
    at={0: 1},
    forms={"latex": r"\exp"},
)
log = elementwise(
    "log",
    lambda y, x: x**-1,
    kernel=lambda n, x: n.log(x),
    rewrite=_undone("exp"),
    domain=(0, INFINITY),
    at={1: 0},
    aliases=("ln",),
    forms={"latex": r"\ln", "unicode": "ln"},
)
sqrt = elementwise(
    "sqrt",
    lambda y, x: y**-1 * "1/2",
    kernel=lambda n, x: n.sqrt(x),
    lower=lambda x: power(x, "1/2"),
    domain=(0, INFINITY),
    kink="end",
    forms={"latex": r"\sqrt{{{0}}}", "unicode": "√{0}"},
)
sin = elementwise(
    "sin",
    lambda y, x: apply("cos", x),
    kernel=lambda n, x: n.sin(x),
    at={0: 0},
    forms={"latex": r"\sin"},
)
cos = elementwise(
    "cos",
    lambda y, x: -apply("sin", x),
    kernel=lambda n, x: n.cos(x),
    at={0: 1},
    forms={"latex": r"\cos"},
)
tan = elementwise(
    "tan",
    lambda y, x: apply("cos", x) ** -2,
    kernel=lambda n, x: n.sin(x) / n.cos(x),
    domain=(-PI / 2, PI / 2),
    at={0: 0},
    forms={"latex": r"\tan"},
)
arcsin = elementwise(
    "arcsin",
    lambda y, x: (1 - x**2) ** "-1/2",
    kernel=lambda n, x: n.arcsin(x),
    domain=(-1, 1),
    at={0: 0},
    aliases=("asin",),
    forms={"latex": r"\arcsin"},
)
arccos = elementwise(
    "arccos",
    lambda y, x: -((1 - x**2) ** "-1/2"),
    kernel=lambda n, x: n.pi() / 2 - n.arcsin(x),
    domain=(-1, 1),
    aliases=("acos",),
    forms={"latex": r"\arccos"},
)
arctan = elementwise(
    "arctan",
    lambda y, x: (1 + x**2) ** -1,
    kernel=lambda n, x: n.arctan(x),
    at={0: 0},
    aliases=("atan",),
    forms={"latex": r"\arctan"},
)
sinh = elementwise(
    "sinh",
    lambda y, x: apply("cosh", x),
    kernel=lambda n, x: (n.exp(x) - n.exp(-x)) / 2,
    at={0: 0},
    forms={"latex": r"\sinh"},
)
cosh = elementwise(
    "cosh",
    lambda y, x: apply("sinh", x),
    kernel=lambda n, x: (n.exp(x) + n.exp(-x)) / 2,
    at={0: 1},
    forms={"latex": r"\cosh"},
)
tanh = elementwise(
    "tanh",
    lambda y, x: 1 - y**2,
    kernel=lambda n, x: (n.exp(x) - n.exp(-x)) / (n.exp(x) + n.exp(-x)),
    at={0: 0},
    forms={"latex": r"\tanh"},
)
sigmoid = elementwise(
    "sigmoid",
    lambda y, x: y * (1 - y),
    kernel=lambda n, x: 1 / (1 + n.exp(-x)),
    forms={
        "latex": r"\sigma",
        "unicode": "σ",
        "numpy": "_sigmoid({0})",
        "jax": "jax.nn.sigmoid({0})",
        "torch": "torch.sigmoid({0})",
    },
)
softplus = elementwise(
    "softplus",
    lambda y, x: apply("sigmoid", x),
    kernel=lambda n, x: n.log(1 + n.exp(x)),
    forms={"numpy": "np.logaddexp(0, {0})", "torch": "_softplus({0})"},
)
erf = elementwise(
    "erf",
    lambda y, x: apply("exp", -(x**2)) * (2 * apply("pi") ** "-1/2"),
    kernel=lambda n, x: n.erf(x),
    at={0: 0},
    forms={
        "numpy": "_erf({0})",
        "jax": "jax.scipy.special.erf({0})",
        "torch": "torch.erf({0})",
    },
)
relu = elementwise(
    "relu",
    lambda y, x: apply("gt", x, number(0)),
    kernel=lambda n, x: n.where(n.positive(x), x, 0 * x),
    kink="0",
    forms={"numpy": "np.maximum({0}, 0)", "torch": "torch.relu({0})"},
)
absolute = elementwise(
    "abs",
    lambda y, x: apply("sign", x),
    kernel=linear.absolute,
    kink="0",
    at={0: 0},
    forms={"latex": r"\left|{0}\right|", "unicode": "|{0}|"},
)
sign = elementwise(
    "sign",
    _zero,
    kernel=lambda n, x: n.where(
        n.positive(x), n.lift(1), n.where(n.positive(-x), n.lift(-1), n.lift(0))
    ),
    kink="0",
    at={0: 0},
)
gt = elementwise(
    "gt",
    _zero,
    _zero,
    kernel=lambda n, a, b: n.where(n.positive(a - b), n.lift(1), n.lift(0)),
    kink="equal",
    binds="compare",
    forms={
        "text": "{0} > {1}",
        "latex": "{0} > {1}",
        "unicode": "{0} > {1}",
        "numpy": "{0} > {1}",
    },
)
ge = elementwise(
    "ge",
    _zero,
    _zero,
    kernel=lambda n, a, b: n.where(n.positive(b - a), n.lift(0), n.lift(1)),
    kink="equal",
    binds="compare",
    forms={
        "text": "{0} >= {1}",
        "latex": r"{0} \ge {1}",
        "unicode": "{0} ≥ {1}",
        "numpy": "{0} >= {1}",
    },
)
eq = elementwise(
    "eq",
    _zero,
    _zero,
    kernel=lambda n, a, b: n.where(
        n.positive(a - b), n.lift(0), n.where(n.positive(b - a), n.lift(0), n.lift(1))
    ),
    kink="equal",
    binds="compare",
    forms={
        "text": "{0} == {1}",
        "latex": "{0} = {1}",
        "unicode": "{0} = {1}",
        "numpy": "{0} == {1}",
    },
)


def _is_indicator(node: Expr) -> bool:
    """where(c, 1, 0), which is written [c] (Iverson's bracket)."""
    _, then, otherwise = node.args
    return (then.data, otherwise.data) == ((1,), (0,))


def _cases(node: Expr) -> str:
    if _is_indicator(node):
        return r"\left[{0}\right]"
    return r"\begin{{cases}} {1} & \text{{if }} {0} \\ {2} & \text{{otherwise}} \end{{cases}}"


def _bracket(node: Expr) -> str:
    return "[{0}]" if _is_indicator(node) else "where({0}, {1}, {2})"


where = elementwise(
    "where",
    _zero,
    lambda y, c, a, b: apply("where", c, ones_like(a), zero_like(a)),
    lambda y, c, a, b: apply("where", c, zero_like(b), ones_like(b)),
    kernel=lambda n, c, a, b: n.where(n.positive(c), a, b),
    forms={"latex": _cases, "unicode": _bracket, "numpy": "np.where({condition}, {1}, {2})"},
)


def _wins(a: Tensor, b: Tensor) -> Tensor:
    """1 where a > b, 0 where a < b, 1/2 where they tie; against a number the tie counts 0."""
    if not a.variables or not b.variables:
        return apply("gt", a, b)
    return (1 + apply("sign", a - b)) * "1/2"


def _loses(a: Tensor, b: Tensor) -> Tensor:
    """1 where a < b, by the same sign: rounding must not give a tie to both, or to none."""
    if not a.variables or not b.variables:
        return apply("gt", b, a)
    return (1 - apply("sign", a - b)) * "1/2"


maximum = elementwise(
    "max",
    lambda y, a, b: _wins(a, b),
    lambda y, a, b: _loses(a, b),
    kernel=linear.larger,
    kink="equal",
    forms={"latex": r"\max", "numpy": "np.maximum({0}, {1})"},
)
minimum = elementwise(
    "min",
    lambda y, a, b: _loses(a, b),
    lambda y, a, b: _wins(a, b),
    kernel=lambda n, a, b: -linear.larger(n, -a, -b),
    kink="equal",
    forms={"latex": r"\min", "numpy": "np.minimum({0}, {1})"},
)


def _next(y: Tensor, x: Tensor, parameter: str) -> Tensor:
    """g' of g, g'' of g'."""
    return apply("function", x, parameter=parameter + "'")


function = elementwise(
    "function",  # the g of g(x): of one number, applied to each element
    _next,
    kernel=functions.unknown,
    forms={
        "text": "{parameter}({0})",
        "unicode": "{parameter}({0})",
        "latex": "{parameter}({0})",
        "numpy": "variables[{parameter!r}]({0})",
    },
)
