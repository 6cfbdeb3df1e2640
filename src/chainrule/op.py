"""What one function must declare, and the table all functions stand in.

Three families. An *element-wise* function declares its partials; a *matrix* function its
differential, linear in dX (the Jacobian, pushforward and pullback are read off it); a
*structural* function how it expands into index form, and so needs no rule at all.

Everything that varies by function lives in its entry. Adding a function is one entry:
the parser, the rules, the printers, the code generators, the reference evaluator and the
tests find it here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .errors import ProblemError
from .signature import Signature, read_signatures

if TYPE_CHECKING:
    from .tensor.node import Tensor

Family = Literal["elementwise", "matrix", "structural"]
# How one notation or language writes a function: its name there ("σ"), or a template with the
# arguments {0}, {1}, ..., the sizes {n} and the parameter ({parameter}, or {raised} as an
# exponent), or a function from the node to such a template. A template that starts or ends
# with {0} is an operator: it binds as `Op.binds` says, and looser arguments come in
# parentheses. Any other template brings its own brackets. "latex transposed" is the form of
# the transpose. In code, {condition} is a test instead of a number: "numpy condition" of the
# node or of its first argument, else that the first argument is positive.
Form = str | Callable[..., str]

INFINITY = float("inf")


@dataclass(frozen=True)
class Op:
    """One function of the text syntax.

    `signatures[axis]` lists the shapes it takes, tried in order, as "(m,n),(n)->(m)";
    the key is the axis parameter of row-wise forms, None without one. `sizes` names the
    dimensions a call may spell out behind its arguments, as the n of eye(n).
    `partials` are functions of (y, *args), y being the value, as in a textbook's table.
    `kernel(n, *args)` is the meaning over any arithmetic `n` (numbers/arithmetic.py); it
    shares nothing with the rules, so that it can check them.
    `domain` is the open interval of arguments where the function is smooth. `kink` ("0" and
    "equal": at an argument 0, at equal ones, where a convention holds; "end": at 0, without a
    derivative there) and `note` are shown with answers that rest on them.
    `forms` gives how a notation writes it where that is not name(arguments), see Form;
    `binds` is how tightly such operators bind: compare, product or power.
    """

    name: str
    family: Family
    arity: int
    kernel: Callable[..., Any]
    signatures: Mapping[int | None, tuple[Signature, ...]] = field(default_factory=dict)
    sizes: tuple[str, ...] = ()
    partials: tuple[Callable[..., Tensor], ...] = ()
    differential: Callable[..., Tensor] | None = None
    lower: Callable[..., Tensor] | None = None
    domain: tuple[float, float] = (-INFINITY, INFINITY)
    kink: str | None = None
    note: str | None = None
    certain: frozenset[str] = frozenset()  # properties of an argument that make `note` idle
    at: Mapping[int, int] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    binds: Literal["compare", "product", "power"] = "power"
    aliases: tuple[str, ...] = ()
    takes_columns: bool = False  # a vector beside a matrix is a column, so a row is refused
    takes_exponent: bool = False  # a named integer follows the arguments
    rewrite: Callable[..., Tensor | None] | None = None  # another form of f(x), or None
    slope: Callable[..., Tensor] | None = None  # f' of a matrix function f(X)
    jacobian_of: str | None = None  # the matrix function whose Jacobian this is

    def __post_init__(self) -> None:
        rule = {
            "elementwise": len(self.partials) == self.arity,
            "matrix": self.differential is not None,
            "structural": self.lower is not None,
        }[self.family]
        if not rule:
            raise TypeError(f"op {self.name!r} ({self.family}) declares no rule")
        if self.family != "elementwise" and not self.signatures:
            raise TypeError(f"op {self.name!r} declares no signature")


OPS: dict[str, Op] = {}
NAMES: dict[str, str] = {}  # every accepted spelling -> the op's name


def declare(op: Op) -> Op:
    """Put `op` into the table; a name can be declared once."""
    for name in (op.name, *op.aliases):
        if name in NAMES:
            raise TypeError(f"op {name!r} is declared twice")
        NAMES[name] = op.name
    OPS[op.name] = op
    return op


def elementwise(
    name: str,
    *partials: Callable[..., Tensor],
    kernel: Callable[..., Any],
    **more: Any,
) -> Op:
    """Declare a function that acts on each element, by its partial derivatives."""
    return declare(Op(name, "elementwise", len(partials), kernel, partials=partials, **more))


def matrix_op(
    name: str,
    signature: str | Mapping[int | None, str],
    differential: Callable[..., Tensor],
    kernel: Callable[..., Any],
    **more: Any,
) -> Op:
    """Declare a function of whole vectors or matrices, by its differential."""
    signatures = read_signatures(signature)
    arity = len(signatures[next(iter(signatures))][0].inputs)
    return declare(Op(name, "matrix", arity, kernel, signatures, differential=differential, **more))


def structural(
    name: str,
    signature: str | Mapping[int | None, str],
    lower: Callable[..., Tensor],
    kernel: Callable[..., Any],
    **more: Any,
) -> Op:
    """Declare a function by its expansion into index form."""
    signatures = read_signatures(signature)
    arity = len(signatures[next(iter(signatures))][0].inputs)
    return declare(Op(name, "structural", arity, kernel, signatures, lower=lower, **more))


def find(name: str) -> Op:
    """The op of this name. Unknown names raise: nothing unknown is ever differentiated."""
    if name not in OPS:
        raise ProblemError("unsupported", f"there is no rule for the function {name!r}")
    return OPS[name]
