"""Functions that only move, add or multiply entries: each is its expansion into index form.

They need no derivative rule. Constants (eye, vector, matrix, ...) are here too.
"""

from __future__ import annotations

from collections.abc import Callable

from ..expr.node import Expr, Kind
from ..op import Op, declare, structural
from ..referee import contraction, functions, linear
from ..shapes import Dim
from ..signature import read_signatures
from ..tensor.build import (
    apply,
    basis,
    broadcast,
    contract,
    count,
    delta,
    fuse,
    lower_ones,
    matmul,
    power,
    times,
    total,
    transpose,
)
from ..tensor.build import einsum as einsum_of
from ..tensor.build import kron as kron_of
from ..tensor.build import outer as outer_product
from ..tensor.build import trace as trace_of
from ..tensor.node import Tensor

EVERYTHING = "(n)->() | (m,n)->() | ()->()"
COLUMNS = "(m,n)->(n)"  # what is left after working down each column (axis 0)
ROWS = "(m,n)->(m)"  # what is left after working along each row (axis 1)


total_sum = structural(
    "sum",
    {None: EVERYTHING, 0: COLUMNS, 1: ROWS},
    lambda x, parameter=None: total(x, parameter),
    kernel=linear.total,
)
mean = structural(
    "mean",
    {None: EVERYTHING, 0: COLUMNS, 1: ROWS},
    lambda x, parameter=None: times(total(x, parameter), power(count(x, parameter), -1)),
    kernel=linear.mean,
)
trace = structural(
    "tr",
    "(n,n)->()",
    trace_of,
    kernel=linear.trace,
    aliases=("trace",),
)
norm1 = structural(
    "norm1",
    EVERYTHING,
    lambda x: total(apply("abs", x)),
    kernel=linear.absolute_sum,
    kink="0",
    forms={
        "latex": r"\left\lVert {0} \right\rVert_1",
        "unicode": "‖{0}‖₁",
    },
)


def _diag(x: Tensor) -> Tensor:
    if len(x.axes) == 1:
        return contract(1, [(x, (0,)), (delta(x.axes[0]), (0, 1))], (0, 1))
    return contract(1, [(x, (0, 0))], (0,))


diag = structural(
    "diag",
    "(n)->(n,n) | (n,n)->(n)",
    _diag,
    kernel=linear.diagonal,
)


def _vec(x: Tensor) -> Tensor:
    if len(x.axes) == 1:
        return x
    rows, columns = x.axes
    return contract(1, [(x, (0, 1)), (fuse(columns, rows), (2, 1, 0))], (2,))


vec = structural(
    "vec",
    "(m,n)->(n*m) | (n)->(n)",
    _vec,
    kernel=linear.vec,
)


kron = structural(
    "kron",
    "(m,n),(p,q)->(m*p,n*q) | (m),(n)->(m*n) | (m),(p,q)->(m*p,q) | (m,n),(p)->(m*p,n)",
    kron_of,
    kernel=linear.kron,
    takes_columns=True,
    binds="product",
    forms={
        "latex": r"{0} \otimes {1}",
        "unicode": "{0} ⊗ {1}",
    },
)
outer = structural(
    "outer",
    "(m),(n)->(m,n)",
    outer_product,
    kernel=linear.outer,
)
cumsum = structural(
    "cumsum",
    "(n)->(n)",
    lambda x: matmul(lower_ones(x.axes[0]), x),
    kernel=linear.cumulative_sum,
)


def _matrix_power(x: Tensor, exponent: int | Dim) -> Tensor:
    if isinstance(exponent, Dim) and exponent.integer is None:
        return apply("named_power", x, parameter=exponent)
    exponent = exponent if isinstance(exponent, int) else exponent.integer or 0
    if exponent == 0:
        return delta(x.axes[0])
    if exponent < 0:
        return _matrix_power(apply("inv", x), -exponent)
    result = x
    for _ in range(exponent - 1):
        result = matmul(result, x)
    return result


matpow = structural(
    "matpow",
    "(n,n)->(n,n)",
    lambda x, parameter: _matrix_power(x, parameter),
    kernel=linear.matrix_power,
    forms={
        "text": "{0}{raised}",
        "latex": "{0}{raised}",
        "unicode": "{0}{raised}",
    },
)


def _unvec(x: Tensor, m: Dim, n: Dim) -> Tensor:
    return contract(1, [(x, (0,)), (fuse(n, m), (0, 2, 1))], (1, 2))


reshape = structural(
    "reshape",
    "(m*n)->(m,n)",
    _unvec,
    kernel=functions.unvec,
    sizes=("m", "n"),
    aliases=("unvec",),
    forms={
        "latex": r"\operatorname{{unvec}}_{{{m} \times {n}}}({0})",
        "unicode": "unvec[{m}×{n}]({0})",
    },
)
khatri_rao = structural(
    "khatrirao",
    "(m,n),(p,n)->(m*p,n)",
    lambda a, b: contract(
        1, [(a, (0, 2)), (b, (1, 2)), (fuse(a.axes[0], b.axes[0]), (3, 0, 1))], (3, 2)
    ),
    kernel=linear.khatri_rao,
)
tril = structural(
    "tril",
    "(n,n)->(n,n)",
    lambda x: times(x, lower_ones(x.axes[0])),
    kernel=linear.lower_part,
)
triu = structural(
    "triu",
    "(n,n)->(n,n)",
    lambda x: times(x, transpose(lower_ones(x.axes[0]))),
    kernel=linear.upper_part,
)


def _eye(dim: Dim) -> Tensor:
    return delta(dim)


eye = structural(
    "eye",
    "->(n,n)",
    _eye,
    kernel=linear.identity,
    sizes=("n",),
    forms={"latex": "I", "unicode": "I"},
)


def _constant(zeros: str, ones: str, multiple: str) -> Callable[[Expr], str]:
    """The form of c·𝟏, shorter where c is 0 or 1."""
    return lambda node: {(0,): zeros, (1,): ones}.get(node.args[0].data, multiple)


vector = structural(
    "vector",
    "()->(n)",
    lambda c, n: broadcast(c, (n,)),
    kernel=linear.constant_vector,
    sizes=("n",),
    binds="product",
    forms={
        "latex": _constant(r"\mathbf{{0}}", r"\mathbf{{1}}", r"{0} \, \mathbf{{1}}"),
        "unicode": _constant("𝟎", "𝟏", "{0}·𝟏"),
    },
)
matrix = structural(
    "matrix",
    "()->(m,n)",
    lambda c, m, n: broadcast(c, (m, n)),
    kernel=linear.constant_matrix,
    sizes=("m", "n"),
    binds="product",
    forms={
        "latex": _constant(
            r"\mathbf{{0}}",
            r"\mathbf{{1}}_{{{m} \times {n}}}",
            r"{0} \, \mathbf{{1}}_{{{m} \times {n}}}",
        ),
        "unicode": _constant("𝟎", "𝟏[{m}×{n}]", "{0}·𝟏[{m}×{n}]"),
    },
)
unit = structural(
    "unit",
    "->(n)",
    lambda i, n: basis(n, i),
    kernel=linear.unit_vector,
    sizes=("i", "n"),
    forms={
        "latex": r"e_{{{i}}}",
        "unicode": "e[{i}]",
    },
)
tri = structural(
    "tri",
    "->(n,n)",
    lower_ones,
    kernel=linear.lower_ones,
    sizes=("n",),
)
fuse_tensor = structural(
    "fuse",
    "->(m*n,m,n)",
    fuse,
    kernel=linear.fusion,
    sizes=("m", "n"),
)


def _einsum(*args: Tensor, parameter: str) -> Tensor:
    return einsum_of(parameter, *args)


SMALL = dict(zip("aehijklmnoprstuvx", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))


def _below(letters: str) -> str:
    """Letters as subscripts, or behind _ where some have no small form."""
    if all(letter in SMALL for letter in letters):
        return "".join(SMALL[letter] for letter in letters)
    return "_" + letters


def _below_in_latex(letters: str) -> str:
    return f"_{{{{{letters}}}}}" if letters else ""


def _indexed(node: Expr, signs: tuple[str, str], below: Callable[[str], str], gap: str) -> str:
    """Σₖ Aᵢₖ Bₖⱼ as a template; in brackets with its own indices where it is a matrix."""
    inputs, out = node.data[1].split("->")
    factors = []
    for place, (own, arg) in enumerate(zip(inputs.split(","), node.args, strict=True)):
        if arg.kind is Kind.APPLY and arg.data[0] == "eye":
            factors.append(signs[1] + below(own))
        elif not _is_one(arg):
            is_letter = arg.kind is Kind.VARIABLE and len(arg.data[0]) == 1
            shown = f"{{{place}}}" if is_letter else f"[{{{place}}}]"
            factors.append(shown + below(own))
    text = gap.join(factors) or "1"
    summed = "".join(dict.fromkeys(x for x in inputs if x not in out + ","))
    if summed:
        text = f"{signs[0]}{below(summed)} {text}"
    if not out:
        return f"({text})"
    return f"[{text}]{below(out)}" if len(out) <= 2 else text


def _is_one(arg: Expr) -> bool:
    return arg.kind is Kind.APPLY and arg.data[0] == "vector" and arg.args[0].data == (1,)


def _slots(node: Expr) -> str:
    return ", ".join(f"{{{place}}}" for place in range(len(node.args)))


einsum = declare(
    Op(
        "einsum",
        "structural",
        -1,  # as many as the spelling says
        contraction.einsum,
        read_signatures("->()"),
        lower=_einsum,
        forms={
            "text": lambda node: f'einsum("{node.data[1]}", {_slots(node)})',
            "unicode": lambda node: _indexed(node, ("Σ", "δ"), _below, " "),
            "latex": lambda node: _indexed(node, (r"\sum", r"\delta"), _below_in_latex, " "),
        },
    )
)
commutation = structural(
    "commutation",
    "->(m*n,m*n)",
    lambda m, n: contract(1, [(fuse(m, n), (0, 2, 3)), (fuse(n, m), (1, 3, 2))], (0, 1)),
    kernel=linear.commutation,
    sizes=("m", "n"),
    forms={"latex": "K_{{{m},{n}}}", "unicode": "K({m},{n})"},
)
