"""NumPy functions that generated code brings along, each only where it is used."""

HELPERS = {
    "_arguments": '''
def _arguments(variables, axes):
    """The arguments as arrays of one floating type; `axes` says how many each one has."""
    arrays = [np.asarray(variables[name]) for name in axes]
    dtype = arrays[0].dtype
    if dtype.kind == "f" and all([x.dtype is dtype for x in arrays]):
        if [x.ndim for x in arrays] == [*axes.values()]:
            return arrays
    for x, name in zip(arrays, axes):
        if x.ndim != axes[name]:
            needed = f"{name} needs {axes[name]} axes (a vector is 1-D)"
            raise ValueError(f"{needed}, found shape {x.shape}")
    types = {x.dtype for x in arrays if x.ndim} or {x.dtype for x in arrays}
    dtype = types.pop() if len(types) == 1 else np.result_type(*types)
    if dtype.kind != "f":
        dtype = np.dtype(float)
    return [x if x.dtype == dtype else x.astype(dtype) for x in arrays]
''',
    "_zeros": '''
def _zeros(out, shape, dtype):
    """New zeros; or `out` as an earlier call returned it: it is zero where zeros stay."""
    if out is None:
        return np.zeros(shape, dtype)
    if out.shape != shape:
        raise ValueError(f"out needs the shape {shape}, found {out.shape}")
    return out
''',
    "_into": '''
def _into(out, x):
    """x, in the array `out` if there is one."""
    if out is None:
        return x
    if out.shape != x.shape:
        raise ValueError(f"out needs the shape {x.shape}, found {out.shape}")
    out[...] = x
    return out
''',
    "_others": '''
def _others(x):
    """The product of all entries but the one at each place."""
    one = np.ones(1, x.dtype)
    before = np.cumprod(np.append(one, x[:-1]))
    after = np.cumprod(np.append(one, x[:0:-1]))[::-1]
    return before * after
''',
    "_sigmoid": '''
def _sigmoid(x):
    """1/(1 + exp(-x)) without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)
''',
    "_top": '''
def _top(x, axis):
    """The largest entries along an axis. Along short rows NumPy is slow, so these are turned."""
    if axis == 1 and x.shape[1] <= 64:
        return x.T.copy().max(0)[:, None]
    return x.max(axis, keepdims=True)
''',
    "_total": '''
def _total(x, axis):
    """The sums along an axis, along rows as a product with ones."""
    if axis == 1:
        return x @ np.ones((x.shape[1], 1), x.dtype)
    return x.sum(axis, keepdims=True)
''',
    "_softmax": '''
def _softmax(x, axis):
    """exp(x)/sum(exp(x)), shifted so that nothing overflows."""
    e = x - _top(x, axis)
    np.exp(e, out=e)
    e /= _total(e, axis)
    return e
''',
    "_softmax_and_logsumexp": '''
def _softmax_and_logsumexp(x, axis):
    """exp(x)/sum(exp(x)) and log(sum(exp(x))), shifted so that nothing overflows."""
    top = _top(x, axis)
    e = x - top
    np.exp(e, out=e)
    total = _total(e, axis)
    e /= total
    np.log(total, out=total)
    total += top
    return e, np.squeeze(total, axis=axis)
''',
    "_sigmoid_and_softplus": '''
def _sigmoid_and_softplus(x):
    """1/(1 + exp(-x)) and log(1 + exp(x)) without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e), np.maximum(x, 0) + np.log1p(e)
''',
    "_logsumexp": '''
def _logsumexp(x, axis):
    """log(sum(exp(x))), shifted so that nothing overflows."""
    top = _top(x, axis)
    e = x - top
    np.exp(e, out=e)
    return np.squeeze(np.log(_total(e, axis)) + top, axis=axis)
''',
    "_outer_sum": '''
def _outer_sum(pairs, signs):
    """The sum of signed products a * b, where no factor has both of the last two axes.

    Along the last two axes it is a product of matrices with one column for each pair.
    """
    axes = max(x.ndim for pair in pairs for x in pair)
    pairs = [[x.reshape((1,) * (axes - x.ndim) + x.shape) for x in pair] for pair in pairs]
    pairs = [(a, b) if a.shape[-1] == 1 else (b, a) for a, b in pairs]
    shape = np.broadcast_shapes(*(x.shape for pair in pairs for x in pair))
    if any(a.shape[-1] > 1 or b.shape[-2] > 1 for a, b in pairs) or math.prod(shape) < 16384:
        return sum(sign * (a * b) for sign, (a, b) in zip(signs, pairs))
    result = np.empty(shape, pairs[0][0].dtype)
    left = np.empty((*shape[1:-1], len(pairs)), result.dtype)
    right = np.empty((*shape[1:-2], len(pairs), shape[-1]), result.dtype)
    for start in range(shape[0]):
        for k, (sign, (a, b)) in enumerate(zip(signs, pairs)):
            if start == 0 or len(a) > 1:
                np.multiply(sign, a[start if len(a) > 1 else 0, ..., 0], out=left[..., k])
            if start == 0 or len(b) > 1:
                right[..., k, :] = b[start if len(b) > 1 else 0, ..., 0, :]
        np.matmul(left, right, out=result[start])
    return result
''',
    "_add_product": '''
def _add_product(total, a, b, sign):
    """Add sign*a*b, some rows at a time, so that what is added stays in the cache."""
    add = np.add if sign > 0 else np.subtract
    if total.size <= 16384:
        add(total, a * b, out=total)
        return
    rows = max(1, 16384 * len(total) // total.size)
    for start in range(0, len(total), rows):
        here = slice(start, start + rows)
        a_part, b_part = (x[here] if x.ndim == total.ndim and len(x) > 1 else x for x in (a, b))
        add(total[here], a_part * b_part, out=total[here])
''',
    "_factor": '''
def _factor(x):
    """A symmetric matrix with its Cholesky factor, if it is definite."""
    if lapack is None or not len(x):
        return x, None
    potrf = lapack.dpotrf if x.dtype == np.float64 else lapack.spotrf
    lower, failed = potrf(x.T, lower=1, clean=0)
    return x, None if failed else lower
''',
    "_inverse_of": '''
def _inverse_of(factor):
    """The inverse of a symmetric matrix."""
    x, lower = factor
    if lower is None:
        return np.linalg.inv(x)
    potri = lapack.dpotri if x.dtype == np.float64 else lapack.spotri
    inverse = potri(lower, lower=1)[0].T
    n = len(x)
    for start in range(0, n, 128):  # one triangle is there: copy it to the other, in blocks
        end = min(start + 128, n)
        corner = np.triu(inverse[start:end, start:end], 1)
        inverse[start:end, start:end] -= np.tril(inverse[start:end, start:end], -1) - corner.T
        inverse[end:, start:end] = inverse[start:end, end:].T
    return inverse
''',
    "_logdet_of": '''
def _logdet_of(factor):
    """log det of a symmetric matrix."""
    x, lower = factor
    if lower is None:
        return np.linalg.slogdet(x)[1]
    return 2 * np.log(np.diagonal(lower)).sum()
''',
    "_solve_of": '''
def _solve_of(factor, b):
    """The solution of X @ y = b for a symmetric matrix X."""
    x, lower = factor
    if lower is None:
        return np.linalg.solve(x, b)
    potrs = lapack.dpotrs if x.dtype == np.float64 else lapack.spotrs
    return potrs(lower, b, lower=1)[0]
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
    if n < 2:
        return np.zeros_like(x)
    pairs = [(i, k) for k in range(n) for i in range(k)]
    rest = np.array([[r for r in range(n) if r not in pair] for pair in pairs], int)
    minors = np.stack([np.linalg.det(x[rows][:, rest].swapaxes(0, 1)) for rows in rest])
    sign = lambda i, k, pair: (-1) ** (i + k) * (((i, k) == pair) - ((k, i) == pair))
    every = range(n)
    signs = [[[sign(i, k, pair) for pair in pairs] for k in every] for i in every]
    signs = np.array(signs, x.dtype)
    jacobian = np.tensordot(signs @ minors, signs, (2, 2))  # rows i, k and columns j, l
    return jacobian.transpose(1, 3, 2, 0).reshape(n * n, n * n)
''',
    "_matrix_exponential": '''
def _matrix_exponential(x):
    """e^X by scaling, 20 terms of the series, and squaring."""
    squarings = max(0, int(np.ceil(np.log2(max(1.0, np.linalg.norm(x, 1))))) + 4)
    small = x / 2**squarings
    term = result = np.eye(len(x), dtype=x.dtype)
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
    y, z = x, np.eye(len(x), dtype=x.dtype)
    for _ in range(60):
        y, z = (y + np.linalg.inv(z)) / 2, (z + np.linalg.inv(y)) / 2
    return y
''',
    "_root_jacobian": '''
def _root_jacobian(x):
    """J with vec(d sqrtm(X)) = J vec(dX)."""
    y, one = _matrix_root(x), np.eye(len(x), dtype=x.dtype)
    return np.linalg.inv(np.kron(one, y) + np.kron(y.T, one))
''',
    "_matrix_power": '''
def _matrix_power(x, k):
    """x @ x @ ... @ x, never x itself: what is returned may be written into."""
    return x.copy() if k == 1 else np.linalg.matrix_power(x, k)
''',
    "_power_jacobian": '''
def _power_jacobian(x, k, order):
    """J with vec(d X^k) = J vec(dX), and the Jacobian of that, and so on."""
    power = np.linalg.matrix_power
    if order > 1 or k < 1:
        return _jacobian(lambda block: power(block, k), x, order)
    return sum(np.kron(power(x.T, k - 1 - r), power(x, r)) for r in range(k))
''',
    "_jacobian": '''
def _jacobian(f, x, order):
    """J with vec(df(X)) = J vec(dX), read off f of the block matrix [X E; 0 X].

    The Jacobian of J, of order 2, is read off f of such a matrix of such matrices, and so on.
    """
    n = len(x)
    result = np.zeros((n * n, *[n * n] * order), x.dtype)
    for places in np.ndindex(*[n * n] * order):
        block = x
        for place in places:
            e = np.zeros((n, n), x.dtype)
            e[place % n, place // n] = 1
            corner = np.kron(np.eye(len(block) // n, dtype=x.dtype), e)
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
    return np.vectorize(math.erf, otypes=[float])(x).astype(x.dtype)
''',
}
