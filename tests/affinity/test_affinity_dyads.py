"""Regressions on pairs: the same numbers as statsmodels, and as the sums they are defined by."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from hansa.affinity import dyadic_fit
from hansa.errors import DataError


def pairs_of(n: int, seed: int, missing: float = 0.2) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    table = pd.DataFrame(list(itertools.permutations([f"C{k:02d}" for k in range(n)], 2)))
    table.columns = ["first", "second"]
    effect = dict(zip(sorted(set(table["first"])), random.normal(size=n), strict=True))
    table["x"] = random.normal(size=len(table)) + table["first"].map(effect)
    table["z"] = random.normal(size=len(table))
    noise = random.normal(size=len(table)) + table["second"].map(effect)
    table["y"] = 0.7 * table["x"] - 0.2 * table["z"] + noise
    return table[random.random(len(table)) > missing].reset_index(drop=True)


def fit(table: pd.DataFrame, **more: np.ndarray):
    columns = {k: table[k].to_numpy() for k in ("x", "z")}
    sides = table["first"].to_numpy(str), table["second"].to_numpy(str)
    return dyadic_fit(table["y"].to_numpy(), columns, *sides, **more)


def test_slopes_and_two_way_errors_are_those_of_statsmodels() -> None:
    table = pairs_of(14, seed=3)
    dummies = pd.get_dummies(table[["first", "second"]], drop_first=True, dtype=float)
    design = sm.add_constant(pd.concat([table[["x", "z"]], dummies], axis=1))
    groups = np.column_stack([pd.factorize(table[side])[0] for side in ("first", "second")])
    other = sm.OLS(table["y"], design).fit(cov_type="cluster", cov_kwds={"groups": groups})
    ours = fit(table)
    assert ours.beta == pytest.approx(other.params[["x", "z"]].to_numpy(), rel=1e-9)
    # Not `bse`: the variance of some dummies comes out negative, as it may with this estimator.
    variance = other.cov_params().loc[["x", "z"], ["x", "z"]]
    assert ours.se_two_way == pytest.approx(np.sqrt(np.diag(variance)), rel=1e-9)
    assert ours.effects + 2 == int(other.df_model) + 1


def test_dyadic_errors_are_the_sum_over_pairs_that_share_a_country() -> None:
    table = pairs_of(12, seed=5)
    dummies = pd.get_dummies(table[["first", "second"]], drop_first=True, dtype=float)
    design = sm.add_constant(pd.concat([table[["x", "z"]], dummies], axis=1)).to_numpy(float)
    inverse = np.linalg.inv(design.T @ design)
    score = design * (table["y"] - design @ inverse @ design.T @ table["y"]).to_numpy()[:, None]
    sides = [set(pair) for pair in zip(table["first"], table["second"], strict=True)]
    shared = np.array([[bool(a & b) for b in sides] for a in sides], dtype=float)
    variance = inverse @ score.T @ shared @ score @ inverse
    assert fit(table).se_dyadic == pytest.approx(np.sqrt(np.diag(variance)[1:3]), rel=1e-8)


def test_dyadic_errors_do_not_shrink_when_every_pair_is_written_twice() -> None:
    """A symmetric outcome in both orders holds no more than in one; two-way errors differ."""
    once = pairs_of(10, seed=7, missing=0.0)
    once = once[once["first"] < once["second"]]
    turned = once.rename(columns={"first": "second", "second": "first"})
    twice = pd.concat([once, turned], ignore_index=True)
    codes = sorted({*once["first"], *once["second"]})
    both = np.array(
        [[float(c in p) for c in codes] for p in once[["first", "second"]].to_numpy().tolist()]
    )  # fmt: skip
    design = np.column_stack([once[["x", "z"]], both])
    inverse = np.linalg.pinv(design.T @ design)
    rest = once["y"].to_numpy() - design @ inverse @ design.T @ once["y"].to_numpy()
    score = design * rest[:, None]
    shared = (both @ both.T > 0).astype(float)
    expected = np.sqrt(np.diag(inverse @ score.T @ shared @ score @ inverse)[:2])
    assert fit(twice).se_dyadic == pytest.approx(expected, rel=1e-8)
    assert (fit(twice).se_two_way < fit(twice).se_dyadic).all()


def test_effects_by_period_keep_the_countries_as_clusters() -> None:
    tables = [pairs_of(9, seed=s).assign(period=s) for s in (1, 2)]
    table = pd.concat(tables, ignore_index=True)
    keys = table["period"].astype(str)
    dummies = pd.get_dummies(
        pd.DataFrame({"a": keys + table["first"], "b": keys + table["second"]}), dtype=float
    )
    design = pd.concat([table[["x", "z"]], dummies], axis=1).to_numpy(float)
    beta = np.linalg.lstsq(design, table["y"].to_numpy(), rcond=None)[0][:2]
    ours = fit(table, period=table["period"].to_numpy())
    assert ours.beta == pytest.approx(beta, rel=1e-8)
    assert ours.countries == 9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.assign(y=np.nan), "finite"),
        (lambda t: t.assign(second=t["first"]), "itself"),
        (lambda t: t.assign(x=t["first"].str[1:].astype(float)), "explain 'x' wholly"),
        (lambda t: t.assign(z=2 * t["x"]), "explain one another"),
        (lambda t: t.head(3), "too few"),
    ],
)
def test_what_cannot_be_estimated_is_refused(change, message: str) -> None:
    with pytest.raises(DataError, match=message):
        fit(change(pairs_of(8, seed=1)))
