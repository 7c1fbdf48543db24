"""Joint papers: formulas by hand, expectations that add up, breaks, fields, knowledge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

import hansa as hs
from hansa.errors import DataError
from worlds import random_world

S = hs.science


def test_formulas_by_hand_on_the_shipped_counts() -> None:
    papers = S.load_papers()
    i, r, t = papers.country("IRN"), papers.country("RUS"), papers.year(2021)
    joint = papers.joint[t, i, r]
    links = papers.joint[t].sum(axis=1)
    size = papers.foreign[t]
    at = ("IRN", "RUS")
    assert joint == 990
    expected = {
        "pai": joint * links.sum() / (links[i] * links[r]),
        "salton": joint / np.sqrt(size[i] * size[r]),
        "jaccard": joint / (size[i] + size[r] - joint),
        "papers": joint,
    }
    for measure, value in expected.items():
        assert S.intensity(2021, measure=measure).loc[at] == pytest.approx(value, rel=1e-12)


def test_joint_papers_are_symmetric_and_no_more_than_a_country_has() -> None:
    papers = S.load_papers()
    assert np.array_equal(papers.joint, papers.joint.transpose(0, 2, 1))
    assert (papers.joint.max(axis=2) <= papers.foreign).all()
    assert (papers.foreign <= papers.joint.sum(axis=2)).all()


@given(st.integers(0, 10_000))
def test_expected_links_add_up_and_leave_the_diagonal_empty(seed: int) -> None:
    random = np.random.default_rng(seed)
    joint = np.triu(random.integers(0, 60, size=(7, 7)), 1)
    joint = (joint + joint.T).astype(float)
    links = joint.sum(axis=1)
    if links.max() * 2 >= links.sum():
        return
    expected = S.expected_links(links)
    assert expected.sum(axis=1) == pytest.approx(links, rel=1e-8, abs=1e-8)
    assert np.diag(expected).tolist() == [0.0] * 7
    # Odds ratios off the diagonal are one: size alone.
    a, b, c, d = 0, 1, 2, 3
    if links[[a, b, c, d]].min() > 0:
        left, right = expected[a, c] * expected[b, d], expected[a, d] * expected[b, c]
        assert left == pytest.approx(right, rel=1e-8)


def test_who_works_with_all_alike_has_an_affinity_of_one() -> None:
    links = np.array([5.0, 4.0, 3.0, 6.0])
    expected = S.expected_links(links)
    assert S.expected_links(expected.sum(axis=1)) == pytest.approx(expected, rel=1e-8)
    with pytest.raises(DataError, match="half of all links"):
        S.expected_links(np.array([10.0, 5.0, 5.0]))


def test_partners_and_ranks_agree() -> None:
    first = S.partners("IRN", 2023, 5)
    ranks = S.ranks("IRN", list(first.index), years=[2023]).set_index("partner")["rank"]
    assert ranks.loc[first.index].tolist() == [1, 2, 3, 4, 5]
    assert first["papers"].is_monotonic_decreasing
    rare = S.ranks("IRN", ["TUV"], years=[1990])
    assert np.isnan(rare["rank"].item())


def test_the_break_is_the_prediction_interval_of_statsmodels() -> None:
    """One year after: the gap and its interval are those of predicting that year."""
    random = np.random.default_rng(1)
    values = 0.1 * np.arange(9) + random.normal(0, 0.05, 9)
    time = sm.add_constant(np.arange(9.0))
    model = sm.OLS(values[:8], time[:8]).fit()
    there = model.get_prediction(time[8:]).summary_frame(alpha=0.05).iloc[0]
    found = S.line_break(values, 8)
    assert found.gap == pytest.approx(values[8] - there["mean"], rel=1e-9)
    assert found.low == pytest.approx(values[8] - there["obs_ci_upper"], rel=1e-9)
    assert found.high == pytest.approx(values[8] - there["obs_ci_lower"], rel=1e-9)


def test_the_interval_of_a_mean_covers_as_it_says() -> None:
    random = np.random.default_rng(7)
    series = 0.05 * np.arange(12) + random.normal(0, 0.1, (3000, 12))
    inside = np.mean([f.low <= 0 <= f.high for f in (S.line_break(row, 8) for row in series)])
    assert inside == pytest.approx(0.95, abs=0.015)


def test_an_event_without_data_is_refused_and_a_thin_one_has_no_number() -> None:
    with pytest.raises(DataError, match="1990 to 2023"):
        S.after_event("RUS", 2030, {"all": ["USA"]})
    thin = S.after_event("BLR", 2012, {"Cuba": ["CUB"]})
    assert thin["gap"].isna().all()
    with pytest.raises(DataError, match="four years before"):
        S.line_break(np.arange(5.0), 3)


def test_decoupling_by_hand() -> None:
    papers = S.load_papers()
    i, r, u = (papers.country(c) for c in ("IRN", "RUS", "USA"))
    joint = papers.joint[papers.year(2020)]
    table = S.decoupling(["IRN", "RUS"], ["USA"], 2020).set_index(["side", "country"])
    lost = joint[i, u] + joint[r, u]
    assert table.loc[("members", "all"), "share"] == pytest.approx(lost / joint[[i, r]].sum())
    assert table.loc[("senders", "USA"), "share"] == pytest.approx(lost / joint[u].sum())
    assert table.loc[("members", "all"), "inside"] == pytest.approx(
        2 * joint[i, r] / joint[[i, r]].sum()
    )
    with pytest.raises(DataError, match="both sides"):
        S.decoupling(["IRN"], ["IRN"])


def test_shares_sum_to_one_and_groups_must_not_overlap() -> None:
    groups = {"club": ["RUS", "BLR"], "China": ["CHN"]}
    table = S.shares(["IRN", "RUS"], groups, years=[2000, 2020])
    assert table[["club", "China", "others"]].sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert set(table["country"]) == {"IRN", "RUS", "together"}
    with pytest.raises(DataError, match="CHN in more than one group"):
        S.shares(["IRN"], {"a": ["CHN"], "b": ["CHN"]})


WORKS = pd.DataFrame(
    {"biology": [6, 1, 3], "physics": [2, 5, 3], "letters": [2, 4, 4]}, index=["AAA", "BBB", "CCC"]
)


def test_specialisation_and_complementarity_by_hand() -> None:
    # The world: 10, 10, 10 of 30, so w = 1/3 each; shares of A .6 .2 .2, of B .1 .5 .4.
    index = S.specialisation(WORKS)
    assert index.loc["AAA"].tolist() == pytest.approx([1.8, 0.6, 0.6])
    # A's gaps: physics .1333, letters .1333; B's strengths: physics .1667, letters .0667.
    found = S.complementarity(WORKS)
    assert found.loc["AAA", "BBB"] == pytest.approx((2 / 15 + 1 / 15) / (4 / 15))
    assert found.loc["AAA", "AAA"] == 0.0
    assert S.likeness(WORKS).loc["AAA", "BBB"] == pytest.approx(1 - (0.5 + 0.3 + 0.2) / 2)
    fields = S.gap_fields(WORKS, "AAA", "BBB")
    assert fields.index.tolist() == ["physics", "letters"]
    assert fields["filled"].sum() == pytest.approx(found.loc["AAA", "BBB"])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (WORKS - 2, "negative or missing"),
        (WORKS.assign(physics=0), "'physics' has no works"),
        (WORKS.mul([0, 1, 1], axis=0), "'AAA' has no works"),
    ],
)
def test_tables_that_give_no_shares_are_refused(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        S.specialisation(table)


def test_knowledge_by_hand() -> None:
    papers = S.load_papers()
    i, r = papers.country("IRN"), papers.country("RUS")
    joint = papers.joint[papers.year(2020)]
    table = S.knowledge_table(["IRN", "RUS"], increase=1.0, years=[2020], spillover=0.1)
    share = joint[i, r] / joint[i].sum()
    assert table.loc["IRN", "productivity"] == pytest.approx((1 + share) ** 0.1)
    seen = S.knowledge_table(
        ["IRN"], partners=["RUS"], years=[2020], since=[2010], spillover="high"
    )
    before = papers.joint[papers.year(2010), i]
    growth = 1 + (joint[i, r] - before[r]) / before.sum()
    assert seen["knowledge"].item() == pytest.approx(growth)
    assert seen["productivity"].item() == pytest.approx(growth**0.12)


def test_more_of_nothing_is_nothing_and_ends_of_ties_cost() -> None:
    members = ["IRN", "BLR", "RUS"]
    assert S.knowledge_table(members, spillover=0.0)["productivity"].eq(1.0).all()
    lost = S.knowledge_table(members, partners=["USA", "DEU"], increase=-1.0)
    assert (lost["productivity"] < 1).all()
    with pytest.raises(DataError, match="below -1"):
        S.knowledge_table(members, increase=-1.5)
    with pytest.raises(DataError, match="did you mean 'central'"):
        S.knowledge_table(members, spillover="centre")


def test_knowledge_becomes_a_shock_of_productivity() -> None:
    world = random_world(np.random.default_rng(2), 5, 3)
    codes = world.countries[:2]
    table = pd.DataFrame({"productivity": [1.01, 1.02]}, index=pd.Index(codes))
    hats = S.knowledge_hats(world, table, sectors=world.sectors[0])
    assert hats[:2, 0].tolist() == [1.01, 1.02]
    assert hats[2:].max() == hats[:, 1:].max() == 1.0
    shock = S.knowledge_shock(world, table, sectors=world.sectors[0])
    assert shock.productivity_hat.tolist() == [1.01, 1.02]
    assert shock.cost_cell.size == 0
    assert float(hs.solve(world, shock).welfare.sel(country=codes[0])) > 1
