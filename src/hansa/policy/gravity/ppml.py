"""One gravity regression: Poisson pseudo-likelihood with the fixed effects of structural gravity.

May import ``hansa.errors``. Santos Silva & Tenreyro (2006, REStat 88, 641-658); separation as in
Correia, Guimaraes & Zylkin (2020, Stata Journal 20, 95-115); clustered errors of type CRV1.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float
from scipy import special

from hansa.errors import ConvergenceError, DataError
from hansa.policy.gravity.absorb import Block, blocks, residuals

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

__all__ = ["EFFECTS", "Fit", "fit", "fit_pyfixest", "prepared", "without_separated"]

#: Fixed effects, in words, and the columns that number them.
EFFECTS = {
    "exporter x section x year": ["exporter", "section", "year"],
    "importer x section x year": ["importer", "section", "year"],
    "pair x section": ["exporter", "importer", "section"],
    "border x section x year": ["border", "section", "year"],
}
#: A flow of zero fitted below this fraction of its pair's largest is separated by a regressor.
VANISHED = 1e-7
#: A regressor of which the others and the effects leave less than this is absorbed.
ABSORBED = 1e-9
#: Steps at most; a coefficient is still when one moves it by less, relative to the largest.
STEPS = 60
STILL = 1e-9
#: A fitted log (of flows over their mean) that is on its way to minus infinity.
GONE = -200.0


@dataclass(frozen=True, eq=False)
class Fit:
    """One column of the regression table.

    Attributes
    ----------
    terms : tuple of K str
    beta, se, se_twoway : (K,) arrays
        Coefficients in log points; standard errors clustered by pair; by exporter and importer.
    vcov : (K, K) array
        Clustered by pair.
    score : (G, K) array
        Sum of the scores of each cluster (pair), at the estimate.
    curvature : (G, K, K) array
        Each cluster's part in minus the Hessian, fixed effects partialled out.
    adjustment : float
        Small-sample factor of `vcov`: G / (G - 1) * (n - 1) / (n - k), k without the effects
        that are nested in clusters.
    n, clusters, zeros, steps : int
        Observations, clusters, observations with a flow of zero, steps of Newton's method.
    pseudo_r2 : float
        McFadden's.
    left_out : dict
        Reason to the number of observations that were dropped for it.
    absorbed : tuple of str
        Regressors that the fixed effects and the other regressors leave nothing of.
    effects : tuple of str
        Keys of ``EFFECTS``.
    link : (n,) array
        Fitted logs of flows over their mean, for a next fit to start from; `index` are their
        rows in the frame.
    """

    terms: tuple[str, ...]
    beta: Float[Array, " k"]
    se: Float[Array, " k"]
    se_twoway: Float[Array, " k"]
    vcov: Float[Array, "k k"]
    score: Float[Array, "g k"]
    curvature: Float[Array, "g k k"]
    adjustment: float
    n: int
    clusters: int
    zeros: int
    steps: int
    pseudo_r2: float
    left_out: dict[str, int]
    absorbed: tuple[str, ...]
    effects: tuple[str, ...]
    link: Float[Array, " n"]
    index: Any


def prepared(frame: pd.DataFrame, effects: Sequence[str]) -> pd.DataFrame:
    """Return the frame with a number for every fixed effect (``fe0``, ...) and every pair."""
    found = frame.copy()
    for k, name in enumerate(effects):
        found[f"fe{k}"] = frame.groupby(EFFECTS[name], sort=False, observed=True).ngroup()
    found["pair"] = frame.groupby(["exporter", "importer"], sort=False, observed=True).ngroup()
    return found


def without_separated(
    frame: pd.DataFrame, effects: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the frame without what the fixed effects fit exactly, and how much that was.

    An effect all of whose flows are zero would be minus infinity; an effect with one observation
    fits it whatever else. Dropping one can make another, so until nothing is left to drop.
    """
    dropped = {f"all zero in {name}": 0 for name in effects}
    dropped.update({f"alone in {name}": 0 for name in effects})
    while True:
        before = len(frame)
        for k, name in enumerate(effects):
            groups = frame.groupby(f"fe{k}", sort=False)["value"]
            zero = groups.transform("sum") <= 0
            dropped[f"all zero in {name}"] += int(zero.sum())
            frame = frame[~zero]
            alone = frame.groupby(f"fe{k}", sort=False)["value"].transform("size") < 2
            dropped[f"alone in {name}"] += int(alone.sum())
            frame = frame[~alone]
        if len(frame) == before:
            break
    return frame, {reason: count for reason, count in dropped.items() if count}


def fit(
    frame: pd.DataFrame,
    terms: Sequence[str],
    effects: Sequence[str] = tuple(EFFECTS),
    start: Fit | None = None,
) -> Fit:
    """Return the estimates of one column.

    Parameters
    ----------
    frame : DataFrame
        ``value``, ``exporter``, ``importer``, ``section``, ``year``, ``border`` and the terms.
    terms : sequence of str
    effects : sequence of str
        Keys of ``EFFECTS``; the effects of pairs must be among them.
    start : Fit, optional
        Of a like column on the same frame: its fitted flows are the first guess.

    Raises
    ------
    DataError
        If nothing is left to estimate.
    ConvergenceError
        If the steps do not end.

    References
    ----------
    Santos Silva & Tenreyro (2006), Review of Economics and Statistics 88, 641-658.
    """
    rows, left_out = without_separated(prepared(frame, effects), effects)
    while True:
        if rows.empty:
            raise DataError("no observation is left to estimate from")
        y = rows["value"].to_numpy(dtype=np.float64)
        y = y / y.mean()
        parts = blocks(rows, effects)
        x = rows[list(terms)].to_numpy(dtype=np.float64)
        link = _first_guess(rows, y, start)
        kept = _kept(parts, x, np.exp(link))
        if not kept.any():
            raise DataError("no regressor varies over the observations that are left")
        beta, link, steps, moved = _newton(parts, y, x[:, kept], link)
        gone = _vanished(rows, np.exp(link))
        if moved < STILL:
            break
        # A regressor whose flows are all zero runs off to minus infinity and takes them along.
        if not gone.any():
            raise ConvergenceError(
                f"the Poisson regression did not converge in {STEPS} steps; the last one moved "
                f"a coefficient by {moved:.1e}"
            )
        _count(left_out, "separated by a regressor", int(gone.sum()))
        rows, more = without_separated(rows[~gone], effects)
        for reason, count in more.items():
            _count(left_out, reason, count)
    x, mu = x[:, kept], np.exp(link)
    left = residuals(parts, x, mu)
    if gone.any():
        left_out["fitted as zero (kept, without weight)"] = int(gone.sum())
    pair = np.unique(rows["pair"].to_numpy(), return_inverse=True)[1]
    bread = np.linalg.inv((left * mu[:, None]).T @ left)
    each = left * (y - mu)[:, None]
    score = _by_cluster(each, pair)
    adjustment = _adjustment(rows, x.shape[1], effects, int(pair.max()) + 1)
    vcov = adjustment * bread @ score.T @ score @ bread
    names = tuple(t for t, keep in zip(terms, kept, strict=True) if keep)
    return Fit(
        terms=names,
        beta=beta,
        se=np.sqrt(np.diag(vcov)),
        se_twoway=_twoway(rows, each, bread, adjustment, vcov),
        vcov=vcov,
        score=score,
        curvature=_curvature(left * np.sqrt(mu)[:, None], pair),
        adjustment=adjustment,
        n=len(rows),
        clusters=int(pair.max()) + 1,
        zeros=int((y == 0).sum()),
        steps=steps,
        pseudo_r2=_pseudo_r2(y, link),
        left_out=left_out,
        absorbed=tuple(t for t in terms if t not in names),
        effects=tuple(effects),
        link=link,
        index=rows.index,
    )


def fit_pyfixest(
    frame: pd.DataFrame,
    terms: Sequence[str],
    effects: Sequence[str] = tuple(EFFECTS),
    tolerance: float = 1e-10,
) -> tuple[dict[str, float], dict[str, float]]:
    """Return coefficients and clustered errors of the same column by pyfixest's ``fepois``.

    The second estimator: it shares with `fit` only the handling of separated observations.

    Raises
    ------
    DataError
        If pyfixest is not installed.
    ConvergenceError
        If its steps do not end.
    """
    try:
        import pyfixest as pf
    except ModuleNotFoundError:
        raise DataError("the second estimator needs pyfixest: install hansa[gravity]") from None
    rows, _ = without_separated(prepared(frame, effects), effects)
    formula = f"value ~ {' + '.join(terms)} | {' + '.join(f'fe{k}' for k in range(len(effects)))}"
    # pyfixest warns of regressors it drops; the test compares names.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = pf.fepois(
            formula,
            rows.assign(value=rows["value"] / float(rows["value"].mean())),
            vcov={"CRV1": "pair"},
            demeaner=pf.MapDemeaner(fixef_tol=tolerance),
            iwls_tol=tolerance / 100,
            iwls_maxiter=100,
            separation_check=[],
            fixef_rm="none",
        )
    if not model.convergence:
        raise ConvergenceError("pyfixest did not converge in 100 steps")
    return model.coef().to_dict(), model.se().to_dict()


def _first_guess(
    rows: pd.DataFrame, y: Float[Array, " n"], start: Fit | None
) -> Float[Array, " n"]:
    link = np.log((y + y.mean()) / 2)
    if start is None:
        return link
    where = start.index.get_indexer(rows.index)
    link = np.where(where >= 0, start.link[where], np.nan)
    known = ~np.isnan(link)
    # In whatever unit the start was: it must add up to the flows it is a guess for.
    top = link[known].max(initial=-np.inf)
    total = np.log(np.exp(link[known] - top).sum()) + top if known.any() else 0.0
    link = link - total + np.log(max(y[known].sum(), np.finfo(float).tiny))
    return np.where(known, link, np.log((y + y.mean()) / 2))


def _kept(parts: list[Block], x: Float[Array, "n k"], mu: Float[Array, " n"]) -> Bool[Array, " k"]:
    """Return which regressors the effects and the regressors before them leave something of."""
    left = residuals(parts, x, mu) * np.sqrt(mu)[:, None]
    whole = (x - np.average(x, axis=0, weights=mu)) * np.sqrt(mu)[:, None]
    size = (whole**2).sum(axis=0)
    kept = np.zeros(x.shape[1], dtype=bool)
    basis: list[Array] = []
    for k in range(x.shape[1]):
        column = left[:, k].copy()
        for _ in range(2):
            for q in basis:
                column -= q * (q @ column)
        rest = float(column @ column)
        if size[k] > 0 and rest > ABSORBED * size[k]:
            kept[k] = True
            basis.append(column / np.sqrt(rest))
    return kept


def _newton(
    parts: list[Block], y: Float[Array, " n"], x: Float[Array, "n k"], link: Float[Array, " n"]
) -> tuple[Float[Array, " k"], Float[Array, " n"], int, float]:
    """Return coefficients, fitted logs, steps, and how far the last one moved a coefficient.

    Reweighted least squares to the last digit.
    """
    beta, last = np.zeros(x.shape[1]), np.inf
    for step in range(1, STEPS + 1):
        mu = np.exp(link)
        working = link + (y - mu) / mu
        left = residuals(parts, np.column_stack([working, x]), mu)
        weighted = left[:, 1:] * mu[:, None]
        new = np.linalg.solve(weighted.T @ left[:, 1:], weighted.T @ left[:, 0])
        link = working - (left[:, 0] - left[:, 1:] @ new)
        with np.errstate(over="ignore"):
            deviance = _deviance(y, link)
        if not np.isfinite(deviance):
            raise ConvergenceError(f"the Poisson regression left the numbers at step {step}")
        moved = float(np.abs(new - beta).max() / max(1.0, np.abs(new).max()))
        settled = abs(deviance - last) < 1e-11 * (0.1 + abs(deviance))
        beta, last = new, deviance
        # Flows that vanish leave the sums before their coefficient comes to rest: stop there.
        if settled and (moved < STILL or link.min() < GONE):
            break
    return beta, link, step, moved


def _deviance(y: Float[Array, " n"], link: Float[Array, " n"]) -> float:
    return float(2 * (special.xlogy(y, y) - y * link - y + np.exp(link)).sum())


def _pseudo_r2(y: Float[Array, " n"], link: Float[Array, " n"]) -> float:
    full = (y * link - np.exp(link) - special.gammaln(y + 1)).sum()
    mean = y.mean()
    null = (y * np.log(mean) - mean - special.gammaln(y + 1)).sum()
    return float(1 - full / null)


def _adjustment(rows: pd.DataFrame, k: int, effects: Sequence[str], clusters: int) -> float:
    """Return the small-sample factor, counted as fixest does: nested effects are free but one."""
    levels = [int(rows[f"fe{m}"].nunique()) for m, e in enumerate(effects) if "pair" not in e]
    count = k + sum(levels) - (len(effects) - 1) + 1
    return clusters / (clusters - 1) * (len(rows) - 1) / (len(rows) - count)


def _twoway(
    rows: pd.DataFrame,
    each: Float[Array, "n k"],
    bread: Float[Array, "k k"],
    adjustment: float,
    by_pair: Float[Array, "k k"],
) -> Float[Array, " k"]:
    """Return standard errors clustered by exporter and by importer (Cameron et al. 2011)."""
    total = -by_pair
    for side in ("exporter", "importer"):
        code = np.unique(rows[side].to_numpy().astype(str), return_inverse=True)[1]
        score = _by_cluster(each, code)
        groups = len(score)
        total = total + adjustment * groups / (groups - 1) * bread @ score.T @ score @ bread
    return np.sqrt(np.maximum(np.diag(total), 0.0))


def _by_cluster(values: Float[Array, "n k"], cluster: Array) -> Float[Array, "g k"]:
    return np.stack([np.bincount(cluster, weights=column) for column in values.T], axis=1)


def _curvature(x: Float[Array, "n k"], cluster: Array) -> Float[Array, "g k k"]:
    """Return the sum of x x' by cluster; x carries the square root of the Poisson weight."""
    k, count = x.shape[1], int(cluster.max()) + 1
    found = np.empty((count, k, k))
    for a in range(k):
        for b in range(a, k):
            found[:, a, b] = found[:, b, a] = np.bincount(cluster, weights=x[:, a] * x[:, b])
    return found


def _vanished(rows: pd.DataFrame, fitted: Float[Array, " n"]) -> Bool[Array, " n"]:
    """Return which flows of zero are fitted as zero: separated by a regressor."""
    import pandas as pd

    keys = [rows[c].to_numpy() for c in ("exporter", "importer", "section")]
    largest = pd.Series(fitted).groupby(keys, sort=False).transform("max").to_numpy()
    return (rows["value"].to_numpy() == 0) & (fitted < VANISHED * largest)


def _count(left_out: dict[str, int], reason: str, count: int) -> None:
    left_out[reason] = left_out.get(reason, 0) + count
