"""An independent plain solver: nested fixed points and dense expenditure, as in the paper's script.

Shares no code with hansa. Slow on purpose: prices by repeated substitution, expenditure by one
dense linear solve, wages by damped steps on the trade balance. Caliendo & Parro (2015), appendix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PlainResult:
    """Hats (N,) and (N, J), flows X' (N, N, J) destination first, income (N,)."""

    wage: np.ndarray
    price: np.ndarray
    cost: np.ndarray
    flow: np.ndarray
    income: np.ndarray
    welfare: np.ndarray
    iterations: int


def plain_solve(
    parts, tau_hat=None, new_tariff=None, deficit=None, tolerance=1e-12, damping=0.3, most=20_000
) -> PlainResult:
    """Solve one counterfactual of anything with a World's attributes.

    `deficit` is D' in units of world value added; zero if None.
    """
    pi, t = parts.trade_share, parts.tariff
    n, _, j = pi.shape
    theta, va = parts.trade_elasticity, parts.value_added_share
    wl, alpha, gamma = parts.value_added, parts.final_share, parts.input_share
    new = t if new_tariff is None else new_tariff
    d = np.zeros(n) if deficit is None else deficit
    kappa = (1.0 if tau_hat is None else tau_hat) * (1 + new) / (1 + t)
    with np.errstate(divide="ignore"):
        access = pi * kappa ** -theta[None, None, :]
    w = np.ones(n)
    price = np.ones((n, j))
    for _turn in range(most):
        for _ in range(5_000):
            cost = w[:, None] ** va * np.exp(np.einsum("nkj,nk->nj", gamma, np.log(price)))
            seen = np.einsum("nij,ij->nj", access, cost ** -theta[None])
            fresh = seen ** (-1 / theta[None])
            gap = np.abs(fresh / price - 1).max()
            price = fresh
            if gap < tolerance / 10:
                break
        share = access * cost[None] ** -theta / (price**-theta)[:, None, :]
        net = share / (1 + new)
        # X = sum_k gamma_jk Y_k + alpha (w L + tariffs + D), all linear in X.
        system = np.zeros((n, j, n, j))
        for i in range(n):
            system[i] += np.einsum("jk,mk->jmk", gamma[i], net[:, i, :])
            system[i, :, i, :] += np.outer(alpha[i], 1 - net[i].sum(0))
        given = alpha * (w * wl + d)[:, None]
        spending = np.linalg.solve(
            np.eye(n * j) - system.reshape(n * j, n * j), given.ravel()
        ).reshape(n, j)
        flow = share * spending[:, None, :]
        sales = flow / (1 + new)
        balance = sales.sum((0, 2)) - sales.sum((1, 2)) + d
        excess = balance / (w * wl)
        if np.abs(excess).max() < tolerance:
            break
        w = w * (1 + damping * excess)
        w *= wl.sum() / (w * wl).sum()
    else:
        raise AssertionError("the plain solver did not converge")
    income = w * wl + (flow - sales).sum((1, 2)) + d
    index = np.exp((alpha * np.log(price)).sum(1))
    base = parts.value_added + (parts.trade_share * 0).sum((1, 2))
    welfare = income / index / getattr(parts, "income", base)
    return PlainResult(w, price, cost, flow, income, welfare, _turn)
