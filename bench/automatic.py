"""Automatic differentiation by JAX and PyTorch: every mode there is, the best of which counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from tasks import BOTH, GRADIENT, HESSIAN, JACOBIAN, Task

Arrays = Mapping[str, Any]
Mode = tuple[str, Callable[[], Any]]


def jax_namespace() -> Any:
    import jax
    import jax.numpy as jnp

    return SimpleNamespace(
        exp=jnp.exp,
        log=jnp.log,
        tanh=jnp.tanh,
        einsum=jnp.einsum,
        diagonal=jnp.diagonal,
        relu=jax.nn.relu,
        softmax=jax.nn.softmax,
        logsumexp=jax.nn.logsumexp,
        slogdet=jnp.linalg.slogdet,
        cholesky=jnp.linalg.cholesky,
        eye_like=lambda x: jnp.eye(len(x), dtype=x.dtype),
        solve_lower=lambda a, b: jax.scipy.linalg.solve_triangular(a, b, lower=True),
    )


def torch_namespace() -> Any:
    import torch

    def solve_lower(a: Any, b: Any) -> Any:
        return torch.linalg.solve_triangular(a, b[:, None], upper=False)[:, 0]

    return SimpleNamespace(
        exp=torch.exp,
        log=torch.log,
        tanh=torch.tanh,
        einsum=torch.einsum,
        diagonal=torch.diagonal,
        relu=torch.relu,
        softmax=torch.softmax,
        logsumexp=torch.logsumexp,
        slogdet=torch.linalg.slogdet,
        cholesky=torch.linalg.cholesky,
        eye_like=lambda x: torch.eye(len(x), dtype=x.dtype, device=x.device),
        solve_lower=solve_lower,
    )


def split(task: Task, arrays: Arrays, wrt: str, xp: Any) -> tuple[Callable[..., Any], Any, Arrays]:
    """The function of the variable and of the rest, the variable's value, the rest."""
    used = {name: x for name, x in arrays.items() if name in names_of(task, arrays)}
    point = used.pop(wrt)

    def function(x: Any, rest: Arrays) -> Any:
        return task.function(xp, **{wrt: x}, **rest)

    return function, point, used


def names_of(task: Task, arrays: Arrays) -> set[str]:
    """The arrays that the task's formula has; a problem may have more than one formula."""
    from inspect import Parameter, signature

    parameters = signature(task.function).parameters
    if any(p.kind is Parameter.VAR_KEYWORD for p in parameters.values()):
        return set(arrays)
    return set(arrays) & set(parameters)


def by_jax(task: Task, arrays: Arrays, wrt: str) -> Iterator[Mode]:
    """Jitted; data are arguments, not constants that a compiler could fold."""
    import jax

    function, point, rest = split(task, arrays, wrt, jax_namespace())
    modes = {
        GRADIENT: {"grad": jax.grad(function)},
        BOTH: {"value_and_grad": jax.value_and_grad(function)},
        HESSIAN: {
            "hessian": jax.hessian(function),
            "jacrev of jacrev": jax.jacrev(jax.jacrev(function)),
        },
        JACOBIAN: {"jacfwd": jax.jacfwd(function), "jacrev": jax.jacrev(function)},
    }[task.kind]
    for name, derivative in modes.items():
        compiled = jax.jit(derivative)

        def call(compiled: Any = compiled) -> Any:
            return jax.block_until_ready(compiled(point, rest))

        yield name, call


def by_torch(task: Task, arrays: Arrays, wrt: str) -> Iterator[Mode]:
    """Eager, by autograd and by torch.func."""
    import torch

    function, point, rest = split(task, arrays, wrt, torch_namespace())
    func = torch.func

    def backward(with_value: bool) -> Any:
        x = point.clone().requires_grad_()
        value = function(x, rest)
        gradient = torch.autograd.grad(value, x)[0]
        return (value.detach(), gradient) if with_value else gradient

    modes: dict[str, Callable[[], Any]] = {
        GRADIENT: {
            "autograd": lambda: backward(False),
            "func.grad": lambda: func.grad(function)(point, rest),
        },
        BOTH: {
            "autograd": lambda: backward(True),
            "func.grad_and_value": lambda: func.grad_and_value(function)(point, rest)[::-1],
        },
        HESSIAN: {
            "func.hessian": lambda: func.hessian(function)(point, rest),
            "jacrev of jacrev": lambda: func.jacrev(func.jacrev(function))(point, rest),
        },
        JACOBIAN: {
            "func.jacfwd": lambda: func.jacfwd(function)(point, rest),
            "func.jacrev": lambda: func.jacrev(function)(point, rest),
        },
    }[task.kind]
    yield from modes.items()
