"""The array API standard: any library whose arrays know their namespace."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ProblemError
from ..op import find
from ..shapes import Dim
from .arrays import Array, Step, is_mask
from .code import ATOM, Code
from .dialect import Dialect
from .names import Names
from .products import places, tuple_of

HELPERS = {
    "_arguments": '''
def _arguments(variables, axes):
    """The namespace of the arguments, and they as arrays of one floating type."""
    known = [x for x in variables.values() if hasattr(x, "__array_namespace__")]
    if not known:
        raise TypeError("no argument is an array of the array API standard")
    xp = known[0].__array_namespace__()
    arrays = [xp.asarray(variables[name]) for name in axes]
    for x, name in zip(arrays, axes):
        if x.ndim != axes[name]:
            needed = f"{name} needs {axes[name]} axes (a vector is 1-D)"
            raise ValueError(f"{needed}, found shape {x.shape}")
    floats = [x for x in arrays if xp.isdtype(x.dtype, "real floating")]
    whole = [x for x in floats if x.ndim] or floats
    dtype = xp.result_type(*whole) if whole else xp.asarray(1.0).dtype
    return xp, *[xp.astype(x, dtype) for x in arrays]
''',
    "_sigmoid": '''
def _sigmoid(xp, x):
    """1/(1 + exp(-x)) without overflow."""
    e = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, xp.ones_like(e), e) / (1 + e)
''',
    "_softmax": '''
def _softmax(xp, x, axis):
    """exp(x)/sum(exp(x)), shifted so that nothing overflows."""
    e = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return e / xp.sum(e, axis=axis, keepdims=True)
''',
    "_logsumexp": '''
def _logsumexp(xp, x, axis):
    """log(sum(exp(x))), shifted so that nothing overflows."""
    top = xp.max(x, axis=axis, keepdims=True)
    total = xp.sum(xp.exp(x - top), axis=axis, keepdims=True)
    return xp.sum(xp.log(total) + top, axis=axis)
''',
    "_softplus": '''
def _softplus(xp, x):
    """log(1 + exp(x)) without overflow."""
    return xp.logaddexp(x, xp.zeros_like(x))
''',
    "_argmax": '''
def _argmax(xp, x):
    """1 at the largest entry, 0 elsewhere; of equal ones the first has it."""
    places = xp.reshape(xp.arange(x.size), x.shape)
    return xp.astype(places == xp.argmax(x), x.dtype)
''',
    "_cholesky": '''
def _cholesky(xp, x):
    """The lower triangular L with L @ L.T = x; of x that is not symmetric, its symmetric part."""
    return xp.linalg.cholesky((x + x.T) / 2)
''',
    "_polar": '''
def _polar(xp, x):
    """U @ V.T of the singular value decomposition."""
    u, _, vt = xp.linalg.svd(x, full_matrices=False)
    return u @ vt
''',
    "_matrix_root": '''
def _matrix_root(xp, x):
    """The principal square root, by the iteration of Denman and Beavers."""
    y, z = x, xp.eye(x.shape[0], dtype=x.dtype)
    for _ in range(60):
        y, z = (y + xp.linalg.inv(z)) / 2, (z + xp.linalg.inv(y)) / 2
    return y
''',
    "_norm": '''
def _norm(xp, x):
    """The root of the sum of the squares."""
    return xp.sqrt(xp.sum(x * x))
''',
    "_others": '''
def _others(xp, x):
    """The product of all entries but the one at each place."""
    whole = xp.broadcast_to(x, (x.shape[0], x.shape[0]))
    eye = xp.eye(x.shape[0], dtype=x.dtype)
    return xp.prod(whole * (1 - eye) + eye, axis=1)
''',
    "_put": '''
def _put(xp, x, zeros, places):
    """`zeros` with x at some places."""
    zeros[places] = x
    return zeros
''',
}
FORMS = {
    "arcsin": "xp.asin({0})", "arccos": "xp.acos({0})", "arctan": "xp.atan({0})",
    "sigmoid": "_sigmoid(xp, {0})", "softplus": "_softplus(xp, {0})",
    "relu": "xp.maximum({0}, xp.zeros_like({0}))",
    "norm2": "_norm(xp, {0})", "softmax": "_softmax(xp, {0}, {parameter})",
    "logsumexp": "_logsumexp(xp, {0}, {parameter})", "argmax": "_argmax(xp, {0})",
    "argmin": "_argmax(xp, -({0}))", "chol": "_cholesky(xp, {0})", "polar": "_polar(xp, {0})",
    "sqrtm": "_matrix_root(xp, {0})", "nuclear": "xp.sum(xp.linalg.svdvals({0}))",
}  # fmt: skip


class ArrayAPI(Dialect):
    """Code that takes its namespace, called xp, from the arguments."""

    name = "array-api"
    module = "xp"
    helpers = HELPERS
    reads_namespace = True

    def code(self, node: Array, args: Sequence[Code], names: Names) -> Code:
        """Truth values are no numbers here: they are made numbers where they are counted with."""
        if node.step in (Step.PAIR, Step.SUM, Step.POWER, Step.REDUCE, Step.CALL):
            args = [self._number(a, c, names) for a, c in zip(node.args, args, strict=True)]
        return super().code(node, args, names)

    def imports(self, source: str) -> list[str]:
        return []

    def arguments(self, targets: Sequence[str], axes: str) -> str:
        names = ", ".join(["xp", *targets]) if targets else "xp,"
        return f"{names} = _arguments(variables, {{{axes}}})"

    def shape(self, axes: Sequence[Dim], names: Names) -> str:
        return tuple_of(axes, names)

    def typed(self, names: Names) -> str:
        return super().typed(names) if names.like else "dtype=xp.asarray(1.0).dtype"

    def as_numbers(self, code: Code, names: Names) -> Code:
        return Code(f"xp.asarray({code.text}, {self.typed(names)})")

    def fresh(self, code: Code) -> str:
        return f"xp.asarray({code.text}, copy=True)"

    def transposed(self, code: Code, order: tuple[int, ...]) -> Code:
        if len(order) > 2 and order != tuple(range(len(order))):
            return Code(f"xp.permute_dims({code.text}, {order})")
        return super().transposed(code, order)

    def reshaped(self, code: Code, axes: str) -> Code:
        return Code(f"xp.reshape({code.text}, ({axes},))")

    def total(self, code: Code, axes: str) -> Code:
        return Code(f"xp.sum({code.text}{', axis=' if axes else ''}{axes})")

    def inner(self, node: Array, args: Sequence[Code]) -> Code:
        own, other, _ = node.data
        turned = self.transposed(args[1], tuple(other.index(x) for x in own))
        return Code(f"xp.sum({args[0].at_least(ATOM)} * {turned.at_least(ATOM)})")

    def einsum(self, node: Array, args: Sequence[Code]) -> Code:
        own, other, out = node.data
        turned = self.transposed(args[1], tuple(other.index(x) for x in own))
        product = f"{args[0].at_least(ATOM)} * {turned.at_least(ATOM)}"
        axes = tuple(place for place, x in enumerate(own) if x not in out)
        kept = [x for x in own if x in out]
        result = Code(f"xp.sum({product}, axis={axes})")
        return self.transposed(result, tuple(kept.index(x) for x in out))

    def view(self, node: Array, code: Code) -> Code:
        own = node.data[0]
        if len(set(own)) == len(own):
            return super().view(node, code)
        if len(own) == 2:
            return Code(f"xp.linalg.diagonal({code.text})")
        raise ProblemError("unsupported", "the array API has no diagonal of more than two axes")

    def eye(self, node: Array, names: Names) -> Code:
        rows, columns = (names.size(dim).text for dim in node.axes)
        (offset,) = node.data
        start = names.size(offset * Dim.of(-1)).text if offset.terms else "0"
        return Code(f"xp.eye({rows}, {columns}, k={start}, {self.typed(names)})")

    def tri(self, node: Array, names: Names) -> Code:
        size = names.size(node.axes[0]).text
        return Code(f"xp.tril(xp.ones(({size}, {size}), {self.typed(names)}))")

    def put(self, node: Array, core: Code, names: Names) -> Code:
        slices = ", ".join(
            f"slice({part.replace(':', ', ')})" if ":" in part and part != ":"
            else "slice(None)" if part == ":" else part
            for part in places(node.data[0], names).split(", ")
        )  # fmt: skip
        return Code(f"_put(xp, {core.text}, {self.zeros(node.axes, names)}, ({slices},))")

    def in_type(self, node: Array, args: Sequence[Code], names: Names) -> Sequence[Code]:
        if node.data[0] in ("gt", "ge", "eq"):
            return super().in_type(node, args, names)
        return [
            self.as_numbers(code, names) if arg.is_constant else code
            for arg, code in zip(node.args, args, strict=True)
        ]

    def function(self, node: Array, args: Sequence[Code], names: Names) -> Code:
        name, parameter = node.data
        if name == "others":
            return Code(f"_others(xp, {args[0].text})")
        if name in ("factor", "inverse_of", "logdet_of", "solve_of"):
            return self._system(name, args)
        if name in FORMS:
            args = self.in_type(node, [self._number(a, c, names) for a, c in
                                       zip(node.args, args, strict=True)], names)  # fmt: skip
            texts = [arg.text for arg in args]
            return Code(FORMS[name].format(*texts, parameter=parameter))
        if name == "solve":
            return self.solve(node, args)
        form = find(name).forms.get("numpy", "")
        if isinstance(form, str) and form.startswith("_"):
            raise ProblemError(
                "unsupported",
                f"there is no array-API code for {name}: the standard has nothing to build it from",
                hint="numpy, jax and torch have it",
            )
        return super().function(node, args, names)

    def _number(self, arg: Array, code: Code, names: Names) -> Code:
        return Code(f"xp.astype({code.text}, {names.like}.dtype)") if is_mask(arg) else code

    def _system(self, name: str, args: Sequence[Code]) -> Code:
        """Nothing is shared by inverse, log det and systems."""
        texts = [arg.text for arg in args]
        return {
            "factor": lambda: args[0],
            "inverse_of": lambda: Code(f"xp.linalg.inv({texts[0]})"),
            "logdet_of": lambda: Code(f"xp.linalg.slogdet({texts[0]})[1]"),
            "solve_of": lambda: Code(f"xp.linalg.solve({', '.join(texts)})"),
        }[name]()
