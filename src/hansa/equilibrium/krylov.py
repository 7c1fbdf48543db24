"""Linear solves with many right-hand sides by preconditioned GMRES, each column with its own.

May import ``hansa.errors`` and array types. Saad & Schultz (1986, SIAM J. Sci. Stat. Comput. 7,
856-869), preconditioned from the right so that what is minimised is the true residual; every
cycle starts from the residual computed anew, which refines the solution to rounding.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from hansa.errors import ConvergenceError

Array = np.ndarray
Map = Callable[[Float[Array, "d b"]], Float[Array, "d b"]]

#: Relative residual (2-norm) that a solution must have, and what the iteration aims for.
TOLERANCE, AIM = 1e-12, 1e-14
#: Steps of one cycle; cycles until the solve is given up.
STEPS, CYCLES = 30, 5


def solve_linear(apply: Map, precondition: Map, rhs: Float[Array, "d b"]) -> Float[Array, "d b"]:
    """Return the solutions of ``apply(x) = rhs``.

    Parameters
    ----------
    apply, precondition : callable
        Linear maps of (D, B) arrays, column by column; the second is near the inverse of the
        first.
    rhs : (D, B) array

    Returns
    -------
    (D, B) array
        Each column with a residual of at most `TOLERANCE` times its right-hand side (2-norms).

    Raises
    ------
    ConvergenceError
        If the residual of a column stays above that; carries the history.
    """
    size = _norm(rhs)
    scale = np.where(size > 0, size, 1.0)
    x, r, left = np.zeros_like(rhs), rhs, size / scale
    history = [float(left.max())]
    while left.max() > AIM and len(history) <= CYCLES:
        trial = x + _cycle(apply, precondition, r, AIM * scale)
        remainder = rhs - apply(trial)
        new = _norm(remainder) / scale
        better = new < left
        x, r = np.where(better, trial, x), np.where(better, remainder, r)
        left = np.where(better, new, left)
        history.append(float(left.max()))
        if history[-1] > 0.5 * history[-2]:
            break  # at rounding, or no good
    if not left.max() <= TOLERANCE:
        raise not_solved(history)
    return x


def not_solved(history: list[float]) -> ConvergenceError:
    """Return the error of a linear solve that stopped too early."""
    return ConvergenceError(
        f"the linear solve for derivatives stopped at a relative residual of {history[-1]:.1e}: "
        "two groups of countries may trade so little that their relative incomes hang on "
        "vanishing flows. Shut that trade (hat=inf) instead of a very large cost.",
        history,
    )


def _norm(a: Float[Array, "d b"]) -> Float[Array, " b"]:
    return np.sqrt(np.einsum("db,db->b", a, a))


def _cycle(apply: Map, precondition: Map, r: Array, enough: Array) -> Float[Array, "d b"]:
    """Return one cycle's correction: the preconditioned combination of least residual."""
    depth, width = r.shape
    beta = _norm(r)
    basis = np.zeros((width, STEPS + 1, depth))
    basis[:, 0] = _scaled(r.T, beta)
    h = np.zeros((width, STEPS + 1, STEPS))
    for k in range(STEPS):
        w = apply(precondition(basis[:, k].T)).T
        done = basis[:, : k + 1]
        for _ in range(2):  # the second pass keeps the basis orthogonal to rounding
            part = np.matmul(done, w[:, :, None])
            w = w - np.matmul(part.transpose(0, 2, 1), done)[:, 0]
            h[:, : k + 1, k] += part[:, :, 0]
        h[:, k + 1, k] = np.linalg.norm(w, axis=1)
        basis[:, k + 1] = _scaled(w, h[:, k + 1, k])
        weights, rest = _least_squares(h[:, : k + 2, : k + 1], beta)
        if not (rest > enough).any():
            break
    combined = np.matmul(weights[:, None], basis[:, : weights.shape[1]])[:, 0]
    return precondition(combined.T)


def _scaled(rows: Float[Array, "b d"], by: Float[Array, " b"]) -> Float[Array, "b d"]:
    return rows / np.where(by > 0, by, 1.0)[:, None]


def _least_squares(h: Array, beta: Array) -> tuple[Float[Array, "b k"], Float[Array, " b"]]:
    """Minimise ``|beta e1 - h y|`` for each column; return y and the minimum."""
    q, r = np.linalg.qr(h)
    target = beta[:, None] * q[:, 0]
    diagonal = np.abs(np.einsum("bkk->bk", r))
    # A column that is solved already adds nothing to its basis.
    empty = diagonal <= 1e-14 * diagonal.max(1, keepdims=True)
    r[empty[:, :, None] & np.eye(r.shape[1], dtype=bool)] = np.inf
    weights = np.linalg.solve(r, target[:, :, None])[:, :, 0]
    rest = -np.matmul(h, weights[:, :, None])[:, :, 0]
    rest[:, 0] += beta
    return weights, np.linalg.norm(rest, axis=1)
