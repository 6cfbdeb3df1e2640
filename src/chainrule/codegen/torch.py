"""PyTorch: tensors stay on their device and of their type; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Sequence

from ..shapes import Dim
from .arrays import Array
from .code import ATOM, Code
from .dialect import Dialect
from .names import Names
from .products import places, tuple_of

HELPERS = {
    "_arguments": '''
def _arguments(variables, axes):
    """The arguments as tensors of one floating type; `axes` says how many each one has."""
    tensors = [torch.as_tensor(variables[name]) for name in axes]
    for x, name in zip(tensors, axes):
        if x.ndim != axes[name]:
            needed = f"{name} needs {axes[name]} axes (a vector is 1-D)"
            raise ValueError(f"{needed}, found shape {tuple(x.shape)}")
    whole = [x for x in tensors if x.ndim] or tensors
    dtype = whole[0].dtype
    for x in whole[1:]:
        dtype = torch.promote_types(dtype, x.dtype)
    if not dtype.is_floating_point:
        dtype = torch.get_default_dtype()
    return [x.to(dtype=dtype, device=whole[0].device) for x in tensors]
''',
    "_others": '''
def _others(x):
    """The product of all entries but the one at each place."""
    one = torch.ones_like(x[:1])
    before = torch.cumprod(torch.cat([one, x[:-1]]), 0)
    after = torch.cumprod(torch.cat([one, x.flip(0)[:-1]]), 0).flip(0)
    return before * after
''',
    "_softmax": '''
def _softmax(x, axis):
    """exp(x)/sum(exp(x)), along an axis or over all entries."""
    if axis is None:
        return torch.softmax(x.reshape(-1), 0).reshape(x.shape)
    return torch.softmax(x, axis)
''',
    "_logsumexp": '''
def _logsumexp(x, axis):
    """log(sum(exp(x))), along an axis or over all entries."""
    return torch.logsumexp(x.reshape(-1), 0) if axis is None else torch.logsumexp(x, axis)
''',
    "_softplus": '''
def _softplus(x):
    """log(1 + exp(x)) without overflow."""
    return torch.logaddexp(x, torch.zeros_like(x))
''',
    "_adjugate": '''
def _adjugate(x):
    """The adjugate: the determinants of X without a row and a column."""
    n = len(x)
    if n == 1:
        return torch.ones_like(x)
    rows = [[k for k in range(n) if k != i] for i in range(n)]
    entries = [
        (-1) ** (i + j) * torch.linalg.det(x[rows[i]][:, rows[j]])
        for j in range(n)
        for i in range(n)
    ]
    return torch.stack(entries).reshape(n, n)
''',
    "_factor": '''
def _factor(x):
    """A symmetric matrix: nothing is shared."""
    return x
''',
    "_inverse_of": """
def _inverse_of(x):
    return torch.linalg.inv(x)
""",
    "_logdet_of": """
def _logdet_of(x):
    return torch.linalg.slogdet(x)[1]
""",
    "_solve_of": """
def _solve_of(x, b):
    return torch.linalg.solve(x, b)
""",
    "_adjugate_jacobian": '''
def _adjugate_jacobian(x):
    """J with vec(d adj(X)) = J vec(dX): determinants of X without two rows and two columns."""
    n = len(x)
    if n < 2:
        return torch.zeros_like(x)
    pairs = [(i, k) for k in range(n) for i in range(k)]
    rest = [[r for r in range(n) if r not in pair] for pair in pairs]
    rest = torch.tensor(rest, dtype=int, device=x.device)
    minors = torch.stack([torch.linalg.det(x[rows][:, rest].swapaxes(0, 1)) for rows in rest])
    sign = lambda i, k, pair: (-1) ** (i + k) * (((i, k) == pair) - ((k, i) == pair))
    every = range(n)
    signs = [[[sign(i, k, pair) for pair in pairs] for k in every] for i in every]
    signs = torch.tensor(signs, dtype=x.dtype, device=x.device)
    jacobian = torch.tensordot(signs @ minors, signs, ([2], [2]))  # rows i, k and columns j, l
    return jacobian.permute(1, 3, 2, 0).reshape(n * n, n * n)
''',
    "_matrix_sine": '''
def _matrix_sine(x):
    """sin(X), the imaginary part of exp(iX) for real X."""
    return torch.linalg.matrix_exp(torch.complex(torch.zeros_like(x), x)).imag
''',
    "_matrix_cosine": '''
def _matrix_cosine(x):
    """cos(X), the real part of exp(iX) for real X."""
    return torch.linalg.matrix_exp(torch.complex(torch.zeros_like(x), x)).real
''',
    "_matrix_exponential": '''
def _matrix_exponential(x):
    """e^X"""
    return torch.linalg.matrix_exp(x)
''',
    "_matrix_root": '''
def _matrix_root(x):
    """The principal square root, by the iteration of Denman and Beavers."""
    y, z = x, torch.eye(len(x), dtype=x.dtype, device=x.device)
    for _ in range(60):
        y, z = (y + torch.linalg.inv(z)) / 2, (z + torch.linalg.inv(y)) / 2
    return y
''',
    "_root_jacobian": '''
def _root_jacobian(x):
    """J with vec(d sqrtm(X)) = J vec(dX)."""
    y, one = _matrix_root(x), torch.eye(len(x), dtype=x.dtype, device=x.device)
    return torch.linalg.inv(torch.kron(one, y) + torch.kron(y.T.contiguous(), one))
''',
    "_power_jacobian": '''
def _power_jacobian(x, k, order):
    """J with vec(d X^k) = J vec(dX), and the Jacobian of that, and so on."""
    return _jacobian(lambda block: torch.linalg.matrix_power(block, k), x, order)
''',
    "_jacobian": '''
def _jacobian(f, x, order):
    """J with vec(df(X)) = J vec(dX), then the Jacobian of vec(J), and so on."""
    n = len(x)
    g = lambda v: f(v.reshape(n, n).T).T.reshape(-1)
    for _ in range(order):
        g = (lambda inner: lambda v: torch.func.jacfwd(inner)(v).T.reshape(-1))(g)
    return g(x.T.reshape(-1)).reshape(n * n, -1).T
''',
    "_cholesky": '''
def _cholesky(x):
    """The lower triangular L with L @ L.T = x; of x that is not symmetric, its symmetric part."""
    return torch.linalg.cholesky((x + x.T) / 2)
''',
    "_polar": '''
def _polar(x):
    """U @ V.T of the singular value decomposition."""
    u, _, vt = torch.linalg.svd(x, full_matrices=False)
    return u @ vt
''',
    "_argmax": '''
def _argmax(x):
    """1 at the largest entry, 0 elsewhere; of equal ones the first has it."""
    places = torch.arange(x.numel(), device=x.device)
    return (places == torch.argmax(x)).reshape(x.shape).to(x.dtype)
''',
    "_put": '''
def _put(x, zeros, places):
    """`zeros` with x at some places."""
    zeros[places] = x
    return zeros
''',
}


class Torch(Dialect):
    """PyTorch, under torch.compile and torch.func as well."""

    name = "torch"
    module = "torch"
    helpers = HELPERS

    def imports(self, source: str) -> list[str]:
        return ["import torch"]

    def typed(self, names: Names) -> str:
        if not names.like:
            return "dtype=torch.get_default_dtype()"
        return f"dtype={names.like}.dtype, device={names.like}.device"

    def shape(self, axes: Sequence[Dim], names: Names) -> str:
        return tuple_of(axes, names)

    def as_numbers(self, code: Code, names: Names) -> Code:
        return Code(f"torch.as_tensor({code.text}, {self.typed(names)})")

    def fresh(self, code: Code) -> str:
        return f"{code.at_least(ATOM)}.clone()"

    def transposed(self, code: Code, order: tuple[int, ...]) -> Code:
        if len(order) > 2 and order != tuple(range(len(order))):
            return Code(f"{code.at_least(ATOM)}.permute({', '.join(map(str, order))})")
        return super().transposed(code, order)

    def inner(self, node: Array, args: Sequence[Code]) -> Code:
        return self.einsum(node, args)

    def eye(self, node: Array, names: Names) -> Code:
        (offset,) = node.data
        rows, columns = (names.size(dim).text for dim in node.axes)
        if offset.terms:
            start = names.size(offset).text
            return Code(f"torch.eye({rows}, {self.typed(names)})[:, {start}:{start} + {columns}]")
        return Code(f"torch.eye({rows}, {columns}, {self.typed(names)})")

    def tri(self, node: Array, names: Names) -> Code:
        size = names.size(node.axes[0]).text
        return Code(f"torch.tril(torch.ones(({size}, {size}), {self.typed(names)}))")

    def diagonal(self, node: Array, core: Code, names: Names) -> Code:
        """One pair of equal labels by diag_embed, more of them as in any library."""
        (labels,) = node.data
        twice = [x for x in dict.fromkeys(labels) if labels.count(x) > 1]
        if len(twice) != 1 or labels.count(twice[0]) > 2 or core.narrow is not None:
            return super().diagonal(node, core, names)
        (label,) = twice
        order = [x for x in dict.fromkeys(labels) if x != label] + [label]
        turned = self.transposed(core, tuple(list(dict.fromkeys(labels)).index(x) for x in order))
        first, second = (k for k, x in enumerate(labels) if x == label)
        return Code(f"torch.diag_embed({turned.text}, dim1={first}, dim2={second})")

    def put(self, node: Array, core: Code, names: Names) -> Code:
        where = places(node.data[0], names)
        slices = ", ".join(
            f"slice({part.replace(':', ', ')})" if ":" in part and part != ":"
            else "slice(None)" if part == ":" else part
            for part in where.split(", ")
        )  # fmt: skip
        return Code(f"_put({core.text}, {self.zeros(node.axes, names)}, ({slices},))")

    def in_type(self, node: Array, args: Sequence[Code], names: Names) -> Sequence[Code]:
        """PyTorch's functions take no numbers at all."""
        if node.data[0] in ("gt", "ge", "eq"):
            return super().in_type(node, args, names)
        return [
            self.as_numbers(code, names) if arg.is_constant else code
            for arg, code in zip(node.args, args, strict=True)
        ]
