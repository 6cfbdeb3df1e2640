"""JAX: pure functions of arrays, which jit, vmap and grad can take further."""

from __future__ import annotations

from .arrays import Array
from .code import Code
from .dialect import Dialect
from .helpers import HELPERS
from .names import Names
from .products import places

OWN = {
    "_arguments": '''
def _arguments(variables, axes):
    """The arguments as arrays of one floating type; `axes` says how many each one has."""
    arrays = [jnp.asarray(variables[name]) for name in axes]
    for x, name in zip(arrays, axes):
        if x.ndim != axes[name]:
            needed = f"{name} needs {axes[name]} axes (a vector is 1-D)"
            raise ValueError(f"{needed}, found shape {x.shape}")
    dtype = jnp.result_type(*([x for x in arrays if x.ndim] or arrays))
    if not jnp.issubdtype(dtype, jnp.floating):
        dtype = jnp.result_type(float)
    return [x.astype(dtype) for x in arrays]
''',
    "_factor": '''
def _factor(x):
    """A symmetric matrix: nothing is shared."""
    return x
''',
    "_inverse_of": """
def _inverse_of(x):
    return jnp.linalg.inv(x)
""",
    "_logdet_of": """
def _logdet_of(x):
    return jnp.linalg.slogdet(x)[1]
""",
    "_solve_of": """
def _solve_of(x, b):
    return jnp.linalg.solve(x, b)
""",
    "_adjugate": '''
def _adjugate(x):
    """The adjugate: the determinants of X without a row and a column."""
    n = len(x)
    if n == 1:
        return jnp.ones_like(x)
    rows = [jnp.array([k for k in range(n) if k != i]) for i in range(n)]
    entries = [
        (-1) ** (i + j) * jnp.linalg.det(x[rows[i]][:, rows[j]])
        for j in range(n)
        for i in range(n)
    ]
    return jnp.stack(entries).reshape(n, n)
''',
    "_matrix_exponential": '''
def _matrix_exponential(x):
    """e^X"""
    return jax.scipy.linalg.expm(x)
''',
    "_power_jacobian": '''
def _power_jacobian(x, k, order):
    """J with vec(d X^k) = J vec(dX), and the Jacobian of that, and so on."""
    return _jacobian(lambda block: jnp.linalg.matrix_power(block, k), x, order)
''',
    "_jacobian": '''
def _jacobian(f, x, order):
    """J with vec(df(X)) = J vec(dX), then the Jacobian of vec(J), and so on."""
    n = len(x)
    g = lambda v: f(v.reshape(n, n).T).T.reshape(-1)
    for _ in range(order):
        g = (lambda inner: lambda v: jax.jacfwd(inner)(v).T.reshape(-1))(g)
    return g(x.T.reshape(-1)).reshape(n * n, -1).T
''',
    "_argmax": '''
def _argmax(x):
    """1 at the largest entry, 0 elsewhere; of equal ones the first has it."""
    return (jnp.arange(x.size) == jnp.argmax(x)).reshape(x.shape).astype(x.dtype)
''',
}


class JAX(Dialect):
    """JAX on any device: nothing is overwritten, shapes are known when it is traced."""

    name = "jax"
    module = "jnp"
    helpers = {name: code.replace("np.", "jnp.") for name, code in HELPERS.items()} | OWN

    def imports(self, source: str) -> list[str]:
        whole = ["import jax"] if "jax." in source.replace("jax.numpy", "") else []
        return [*whole, "import jax.numpy as jnp"]

    def put(self, node: Array, core: Code, names: Names) -> Code:
        place = places(node.data[0], names)
        return Code(f"{self.zeros(node.axes, names)}.at[{place}].set({core.text})")
