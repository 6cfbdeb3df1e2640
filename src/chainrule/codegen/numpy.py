"""A NumPy function `derivative(**variables)` for a solved problem."""

from __future__ import annotations

from ..printers.text import text
from ..shapes import kind_of
from ..solve import Solution
from .emit import Emitter, size_name

HELPERS = {
    "_sigmoid": '''
def _sigmoid(x):
    """1/(1 + exp(-x)) without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))
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
    "_erf": '''
def _erf(x):
    """The error function, element by element."""
    import math
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
    emitter = Emitter(solution.understood.variables)
    value = emitter.emit(solution.presented.expr)
    value = _in_axes(solution, emitter, value)
    reads = [
        f"{emitter.names[name]} = _array(variables[{name!r}])"
        for name in solution.understood.variables
        if name in solution.presented.expr.variables or _gives_size(emitter, name)
    ]
    sizes = [f"{size_name(name)} = {code}" for name, code in emitter.sizes.items()]
    body = [*reads, *sizes, *emitter.lines, f"return np.asarray({value}, dtype=float)"]
    source = "\n".join("    " + line for line in [*_docstring(solution), *body])
    helpers = "".join("\n" + code for name, code in HELPERS.items() if name + "(" in source)
    return f"import numpy as np\n\n{ARRAY}{helpers}\n\ndef derivative(**variables):\n{source}\n"


ARRAY = '''
def _array(x):
    """x as an array of floats; its precision is kept."""
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(float)
'''


def _gives_size(emitter: Emitter, name: str) -> bool:
    return any(code.startswith(emitter.names[name] + ".") for code in emitter.sizes.values())


def _docstring(solution: Solution) -> list[str]:
    """Formula and shapes, as one line of text each, quoted so that nothing can end it."""
    order = solution.problem.order
    goal = f"d({text(solution.expr)})/d{solution.wrt}" + (f", order {order}" if order > 1 else "")
    shapes = [f"{n}: {kind_of(v.shape)}" for n, v in solution.understood.variables.items()]
    shape = " x ".join(map(str, solution.shape)) or "scalar"
    lines = [goal, f"= {text(solution.presented.expr)}", *shapes, f"returns: {shape}"]
    cleaned = [line.replace("\\", "/").replace('"', "'")[:2000] for line in lines]
    return ['"""' + cleaned[0], "", *cleaned[1:], '"""']


def _in_axes(solution: Solution, emitter: Emitter, value: str) -> str:
    """A Kronecker form as an array with one axis for each of the derivative's."""
    arrangement = solution.presented.arrangement
    if arrangement is None:
        return value
    rows, columns = arrangement
    order = [*rows, *columns]
    sizes = ", ".join(emitter.size(solution.shape[axis]) for axis in order)
    back = ", ".join(str(order.index(axis)) for axis in range(len(order)))
    return f"np.transpose(np.reshape({value}, ({sizes},)), ({back},))"
