"""Who stayed: the expectation is PPML's, the table's numbers are those of the shipped trade."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

import hansa as hs
from hansa.affinity.reliability import expected_trade, separation, summary_by_group, who_stayed
from hansa.errors import DataError


def two_matrices(n: int, seed: int, zeros: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    before = random.lognormal(0, 1, (n, n)) * (random.random((n, n)) > zeros)
    after = before * random.lognormal(0.3, 0.5, (n, n))
    for held in (before, after):
        np.fill_diagonal(held, 0.0)
    return before, after


def test_the_expectation_is_ppml_with_effects_of_both_sides_and_an_offset() -> None:
    before, after = two_matrices(7, seed=3)
    pairs = [(i, j) for i, j in itertools.permutations(range(7), 2) if before[i, j] > 0]
    sides = pd.DataFrame(pairs, columns=["i", "j"]).astype(str)
    dummies = pd.get_dummies(sides, drop_first=True, dtype=float)
    at = tuple(np.array(pairs).T)
    model = sm.GLM(
        after[at], sm.add_constant(dummies), sm.families.Poisson(), offset=np.log(before[at])
    ).fit(tol=1e-12, maxiter=200)
    assert expected_trade(before, after)[at] == pytest.approx(
        model.fittedvalues.to_numpy(), rel=1e-6
    )


@given(st.integers(0, 10_000))
def test_sums_are_met_and_growth_of_sides_alone_is_expected_exactly(seed: int) -> None:
    before, after = two_matrices(6, seed)
    expected = expected_trade(before, after)
    goal = np.where(before > 0, after, 0.0)
    for axis in (0, 1):
        assert expected.sum(axis=axis) == pytest.approx(goal.sum(axis=axis), abs=1e-6)
    random = np.random.default_rng(seed + 1)
    grown = before * random.lognormal(size=6)[:, None] * random.lognormal(size=6)
    assert expected_trade(before, grown) == pytest.approx(grown, rel=1e-5, abs=1e-7)


def test_a_side_that_vanishes_and_bad_numbers() -> None:
    before, after = two_matrices(5, seed=1)
    after[2] = 0.0
    assert expected_trade(before, after)[2].tolist() == [0.0] * 5
    with pytest.raises(DataError, match="trade after is negative"):
        expected_trade(before, -after)


def test_the_table_by_hand() -> None:
    raw = hs.affinity.read_table("trade").astype({"exporter": str, "importer": str})
    pair = raw[
        ((raw["exporter"] == "IRN") & (raw["importer"] == "CHN"))
        | ((raw["exporter"] == "CHN") & (raw["importer"] == "IRN"))
    ]
    row = who_stayed("IRN").loc["CHN"]
    assert row["before"] == pytest.approx(pair["2005"].sum() / 100)
    assert row["after"] == pytest.approx(pair["2015"].sum() / 100)
    assert row["low"] < row["ratio"] < row["high"]
    parts = [who_stayed("IRN", flow=flow).loc["CHN"] for flow in ("exports", "imports")]
    assert sum(part["after"] for part in parts) == pytest.approx(row["after"])
    assert sum(part["expected"] for part in parts) == pytest.approx(row["expected"])


def test_ratios_say_who_stayed_relative_to_the_others() -> None:
    table = who_stayed("IRN", least=0.0)
    whole = (table["ratio"] * table["expected"]).sum() / table["expected"].sum()
    assert whole == pytest.approx(1.0, abs=1e-6)
    assert 0 < table.attrs["own"] < 1
    assert table["rank"].dropna().between(0, 1).all()


def test_random_partners_are_not_separated_and_planted_ones_are() -> None:
    random = np.random.default_rng(5)
    codes = [f"P{k:02d}" for k in range(40)]
    table = pd.DataFrame({"ratio": random.lognormal(size=40)}, index=codes)
    even = separation(table, codes[:15])
    assert even["p"] > 0.05
    table.loc[codes[:15], "ratio"] *= 0.1
    planted = separation(table, codes[:15])
    assert planted["p"] < 0.001
    below = (
        table.loc[codes[:15], "ratio"].to_numpy()[:, None]
        < table.loc[codes[15:], "ratio"].to_numpy()
    )
    assert planted["auc"] == pytest.approx(below.mean())
    with pytest.raises(DataError, match="two senders"):
        separation(table, codes[:1])


def test_what_one_year_leaves_unclassified_is_divided_as_in_the_other() -> None:
    """Russia's exports to Belarus: all in section 9 in 2005, by section in 2015."""
    table = who_stayed("BLR", flow="imports")
    assert table.loc["RUS", "before"] == pytest.approx(10_118.15)
    assert table.loc["RUS", "new"] == pytest.approx(0.0, abs=1e-6)
    assert 0.5 < table.loc["RUS", "ratio"] < 2


def test_groups_are_sums_of_their_partners() -> None:
    table = who_stayed("RUS")
    group = summary_by_group(table, {"two": ["CHN", "BLR"], "none": ["QQQ"]})
    part = table.loc[["CHN", "BLR"]]
    assert group.loc["two", "expected"] == pytest.approx(part["expected"].sum())
    assert group.loc["two", "ratio"] == pytest.approx(
        np.average(part["ratio"], weights=part["expected"])
    )
    assert group.loc["none", "partners"] == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: who_stayed("IRM"), "unknown country 'IRM'"),
        (lambda: who_stayed("IRN", flow="export"), "did you mean 'exports'"),
        (lambda: who_stayed("IRN", start=2010), "no span"),
        (lambda: who_stayed("IRN", start=2015, end=2005), "no span"),
    ],
)
def test_wrong_questions_are_refused(call, message: str) -> None:
    with pytest.raises(DataError, match=message):
        call()


def test_senders_left_russia_and_not_before_they_were_senders(rawdata) -> None:
    """Russia's imports, by another source; the whole check is `python -m` that module."""
    from hansa.affinity.reliability_check import russia_by_partner

    senders = hs.affinity.senders_against("RUS", "2019-07-01")
    later, earlier = (
        separation(russia_by_partner(rawdata, *span, "imports"), senders)
        for span in ((2013, 2019), (2011, 2013))
    )
    assert later["auc"] > 0.65
    assert later["p"] < 0.01
    assert earlier["p"] > 0.1
