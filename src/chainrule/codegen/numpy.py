"""A NumPy function `derivative(**variables)` for a solved problem.

Its formula is the one shown; a derivative of more than two axes is summed by np.einsum.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..errors import printable
from ..expr.node import Expr
from ..notation.index_form import to_index
from ..notation.write import Writer
from ..printers.text import text
from ..shapes import kind_of
from ..solve import Solution
from .emit import Emitter
from .names import Names

LINE_LIMIT = 2000  # characters of a formula in the docstring

HELPERS = {
    "_argument": '''
def _argument(variables, name, axes):
    """The argument as an array of floats with this many axes."""
    x = np.asarray(variables[name], dtype=float)
    if x.ndim != axes:
        raise ValueError(f"{name} needs {axes} axes (a vector is 1-D), found shape {x.shape}")
    return x
''',
    "_others": '''
def _others(x):
    """The product of all entries but the one at each place."""
    before = np.cumprod(np.append(1.0, x[:-1]))
    after = np.cumprod(np.append(1.0, x[:0:-1]))[::-1]
    return before * after
''',
    "_sigmoid": '''
def _sigmoid(x):
    """1/(1 + exp(-x)) without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)
''',
    "_softmax": '''
def _softmax(x, axis):
    """exp(x)/sum(exp(x)), shifted so that nothing overflows."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)
''',
    "_logsumexp": '''
def _logsumexp(x, axis):
    """log(sum(exp(x))), shifted so that nothing overflows."""
    top = np.max(x, axis=axis, keepdims=True)
    total = np.sum(np.exp(x - top), axis=axis)
    return np.log(total) + np.squeeze(top, axis=axis)
''',
    "_adjugate": '''
def _adjugate(x):
    """The adjugate, from the singular values, so that singular matrices have one too."""
    u, s, vt = np.linalg.svd(x)
    others = np.array([np.prod(np.delete(s, k)) for k in range(len(s))])
    return np.linalg.det(u) * np.linalg.det(vt) * (vt.T * others) @ u.T
''',
    "_adjugate_jacobian": '''
def _adjugate_jacobian(x):
    """J with vec(d adj(X)) = J vec(dX): determinants of X without two rows and two columns."""
    n = len(x)
    jacobian = np.zeros((n, n, n, n))
    for i, j, k, l in np.ndindex(n, n, n, n):
        if i != k and j != l:
            rows = [r for r in range(n) if r not in (i, k)]
            columns = [c for c in range(n) if c not in (j, l)]
            sign = (-1) ** (i + j + k + l) * (1 if (k > i) == (l > j) else -1)
            jacobian[l, k, i, j] = sign * np.linalg.det(x[np.ix_(rows, columns)])
    return jacobian.transpose(1, 0, 3, 2).reshape(n * n, n * n)
''',
    "_matrix_exponential": '''
def _matrix_exponential(x):
    """e^X by scaling, 20 terms of the series, and squaring."""
    squarings = max(0, int(np.ceil(np.log2(max(1.0, np.linalg.norm(x, 1))))) + 4)
    small = x / 2**squarings
    term = result = np.eye(len(x))
    for place in range(1, 20):
        term = term @ small / place
        result = result + term
    return np.linalg.matrix_power(result, 2**squarings)
''',
    "_matrix_sine": '''
def _matrix_sine(x):
    """sin(X), the imaginary part of exp(iX) for real X."""
    return _matrix_exponential(1j * x).imag
''',
    "_matrix_cosine": '''
def _matrix_cosine(x):
    """cos(X), the real part of exp(iX) for real X."""
    return _matrix_exponential(1j * x).real
''',
    "_matrix_root": '''
def _matrix_root(x):
    """The principal square root, by the iteration of Denman and Beavers."""
    y, z = x, np.eye(len(x))
    for _ in range(60):
        y, z = (y + np.linalg.inv(z)) / 2, (z + np.linalg.inv(y)) / 2
    return y
''',
    "_root_jacobian": '''
def _root_jacobian(x):
    """J with vec(d sqrtm(X)) = J vec(dX)."""
    y, one = _matrix_root(x), np.eye(len(x))
    return np.linalg.inv(np.kron(one, y) + np.kron(y.T, one))
''',
    "_power_jacobian": '''
def _power_jacobian(x, k, order):
    """J with vec(d X^k) = J vec(dX), and the Jacobian of that, and so on."""
    power = np.linalg.matrix_power
    if order > 1:
        return _jacobian(lambda block: power(block, k), x, order)
    return sum(np.kron(power(x.T, k - 1 - r), power(x, r)) for r in range(k))
''',
    "_jacobian": '''
def _jacobian(f, x, order):
    """J with vec(df(X)) = J vec(dX), read off f of the block matrix [X E; 0 X].

    The Jacobian of J, of order 2, is read off f of such a matrix of such matrices, and so on.
    """
    n = len(x)
    result = np.zeros((n * n, *[n * n] * order))
    for places in np.ndindex(*[n * n] * order):
        block = x
        for place in places:
            e = np.zeros((n, n))
            e[place % n, place // n] = 1
            corner = np.kron(np.eye(len(block) // n), e)
            block = np.block([[block, corner], [np.zeros_like(block), block]])
        result[:, *places] = f(block)[:n, -n:].reshape(-1, order="F")
    return result.reshape((-1, n * n), order="F")
''',
    "_cholesky": '''
def _cholesky(x):
    """The lower triangular L with L @ L.T = x; of x that is not symmetric, its symmetric part."""
    return np.linalg.cholesky((x + x.T) / 2)
''',
    "_polar": '''
def _polar(x):
    """U @ V.T of the singular value decomposition."""
    u, _, vt = np.linalg.svd(x, full_matrices=False)
    return u @ vt
''',
    "_argmax": '''
def _argmax(x):
    """1 at the largest entry, 0 elsewhere; of equal ones the first has it."""
    result = np.zeros_like(x)
    result.flat[np.argmax(x)] = 1
    return result
''',
    "_erf": '''
def _erf(x):
    """The error function, element by element."""
    return np.vectorize(math.erf, otypes=[float])(x)
''',
    "_commutation": '''
def _commutation(m, n):
    """K with K @ vec(A) = vec(A.T) for every m by n matrix A."""
    return np.eye(m * n).reshape(m, n, m, n).transpose(0, 1, 3, 2).reshape(m * n, m * n)
''',
}


def numpy_code(solution: Solution) -> str:
    """Source that defines derivative(**variables).

    It takes NumPy arrays (a vector is 1-D) and returns an array of the derivative's shape,
    in numerator layout whatever layout is shown: entry [i.., j..] is ∂ expr[i..] / ∂ wrt[j..].
    """
    shown = solution.presented.expr
    value = shown
    if solution.presented.arrangement is not None:
        value = to_index(solution.derivative, Writer())
    order = solution.problem.order
    goal = f"d({text(solution.expr)})/d{solution.wrt}" + (f", order {order}" if order > 1 else "")
    shape = " x ".join(map(str, solution.shape)) or "scalar"
    return source_of(
        value, solution.understood.variables, [goal, f"= {text(shown)}"], f"returns: {shape}"
    )


def source_of(
    value: Expr, variables: Mapping[str, Expr], heading: Sequence[str], last: str = ""
) -> str:
    """Source of a function of `variables` that returns `value`.

    `heading`, the shapes of the variables and `last` are the lines of its docstring.
    """
    names = Names(variables)
    emitter = Emitter(names)
    result = emitter.emit(value)
    shapes = [f"{name}: {kind_of(variable.shape)}" for name, variable in variables.items()]
    formula = [*emitter.lines, f"return np.array({result}, dtype=float)"]
    source = "\n".join(formula)
    if source.count("np.where(") > source.count(", 1.0, 0.0)"):
        # np.where computes both branches; what the one not taken does is of no interest.
        quiet = 'with np.errstate(divide="ignore", invalid="ignore", over="ignore"):'
        formula = [quiet, *("    " + line for line in formula)]
    body = [*_docstring([*heading, *shapes, last]), *_reads(value, names), *formula]
    function = "\n".join(
        ["def derivative(**variables):", *("    " + line if line else "" for line in body)]
    )
    helpers = _helpers("\n".join(body))
    imports = ["import math\n"] if "_erf(" in function else []
    return "\n".join([*imports, "import numpy as np", "", *helpers, "", function, ""])


def _helpers(source: str) -> list[str]:
    """The helpers that the source names, and those that these name."""
    found: dict[str, str] = {}
    waiting = [source]
    while waiting:
        text = waiting.pop()
        for name, code in HELPERS.items():
            if name not in found and re.search(rf"(?<!\w){name}(?!\w)", text):
                found[name] = code
                waiting.append(code)
    return [code for name, code in HELPERS.items() if name in found]


def _reads(value: Expr, names: Names) -> list[str]:
    """The arguments that are used, then the sizes, read off their shapes."""
    places = {size: names.place(size) for size in names.sizes}
    used = value.variables | {place[0] for place in places.values() if place}
    lines = [
        f"{names.locals[name]} = _argument(variables, {name!r}, {len(variable.shape)})"
        for name, variable in names.variables.items()
        if name in used
    ]
    for size, place in places.items():
        given = f"{names.locals[place[0]]}.shape[{place[1]}]" if place else f"variables[{size!r}]"
        lines.append(f"{names.sizes[size]} = {given}")
    return lines


def _docstring(lines: Sequence[str]) -> list[str]:
    """Lines quoted so that nothing in them can end the docstring."""
    first, *others = [
        printable(line).replace("\\", "/").replace('"', "'")[:LINE_LIMIT] for line in lines if line
    ]
    return ['"""' + first, "", *others, '"""']
