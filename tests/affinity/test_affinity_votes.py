"""Votes: measures by hand, blocs, ideal points, files of the user's, votes beside trade."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hansa as hs
from hansa.errors import DataError

V = hs.votes

#: Five roll calls of four states: 0 absent, 1 no, 2 abstain, 3 yes.
FEW = np.array(
    [[3, 3, 1, 0], [3, 2, 1, 3], [1, 1, 3, 2], [2, 2, 2, 2], [3, 0, 3, 1]], dtype=np.int8
)


def calls_of(votes: np.ndarray, codes: str = "ABCD") -> pd.DataFrame:
    table = pd.DataFrame(votes, columns=[3 * c for c in codes])
    about = {"rcid": np.arange(len(table)), "year": 2001, "session": 56, "unres": ""}
    return pd.concat([pd.DataFrame(about, index=table.index), table], axis=1)


@pytest.mark.parametrize(
    ("measure", "pair", "value"),
    [
        # A and B both voted in four: yes-yes, yes-abstain, no-no, abstain-abstain.
        ("half", ("AAA", "BBB"), 3.5 / 4),
        ("strict", ("AAA", "BBB"), 3 / 4),
        ("decided", ("AAA", "BBB"), 1.0),
        ("s", ("AAA", "BBB"), 2 * 3.5 / 4 - 1),
        # A and C in five: yes-no, yes-no, no-yes, abstain-abstain, yes-yes.
        ("half", ("AAA", "CCC"), 2 / 5),
        ("decided", ("AAA", "CCC"), 1 / 4),
        # A: 3 yes, 1 no, 1 abstain; C: 2 yes, 2 no, 1 abstain. Pooled .5, .3, .2; chance of
        # disagreement 2 (.5 x .3 + .5 x .2 x .8) = .46; observed .6.
        ("pi", ("AAA", "CCC"), 1 - 0.6 / 0.46),
    ],
)
def test_measures_by_hand(measure: str, pair: tuple[str, str], value: float) -> None:
    matrix = V.agreement_matrix(2001, measure=measure, calls=calls_of(FEW), least=1)
    assert matrix.loc[pair] == pytest.approx(value)
    assert matrix.loc[pair[::-1]] == pytest.approx(value)


def test_s_is_signorino_and_ritters_formula() -> None:
    """1 - 2 sum of distances over the largest possible, with the votes at 1, 2, 3."""
    both = (FEW[:, 0] > 0) & (FEW[:, 3] > 0)
    distance = np.abs(FEW[both, 0].astype(float) - FEW[both, 3]).sum()
    matrix = V.agreement_matrix(2001, measure="s", calls=calls_of(FEW), least=1)
    assert matrix.loc["AAA", "DDD"] == pytest.approx(1 - 2 * distance / (2 * both.sum()))


@given(st.integers(0, 10_000))
def test_measures_lie_where_they_must(seed: int) -> None:
    votes = np.random.default_rng(seed).integers(0, 4, size=(12, 5)).astype(np.int8)
    counts = V.tally(votes)
    half, strict = counts.measure("half"), counts.measure("strict")
    known = ~np.isnan(half)
    assert (half[known] >= strict[known]).all()
    assert ((half[known] >= 0) & (half[known] <= 1)).all()
    assert (counts.pi[known & ~np.isnan(counts.pi)] <= 1 + 1e-12).all()
    assert np.allclose(half, half.T, equal_nan=True)


def test_pairs_that_hardly_voted_have_no_agreement() -> None:
    matrix = V.agreement_matrix(2001, calls=calls_of(FEW), countries=["AAA", "BBB"], least=5)
    assert np.isnan(matrix.loc["AAA", "BBB"])
    with pytest.raises(DataError, match="did you mean 'AAA'"):
        V.agreement_matrix(2001, calls=calls_of(FEW), countries=["AAB"])


def test_rice_and_the_agreement_index_by_hand() -> None:
    votes = np.array([[3, 3, 3, 1], [3, 1, 2, 2], [2, 2, 0, 3], [3, 3, 3, 3]], dtype=np.int8)
    assert V.rice_index(votes).tolist() == pytest.approx([0.5, 0.0, np.nan, 1.0], nan_ok=True)
    # (max - rest / 2) / all: (3 - .5)/4, (2 - 1)/4, (2 - .5)/3, 1.
    assert V.agreement_index(votes).tolist() == pytest.approx([2.5 / 4, 1 / 4, 1.5 / 3, 1.0])


def test_a_bloc_that_votes_as_one_is_found() -> None:
    random = np.random.default_rng(2)
    votes = random.integers(1, 4, size=(60, 12)).astype(np.int8)
    votes[:, 1] = votes[:, 2] = votes[:, 0]
    calls = calls_of(votes, "ABCDEFGHIJKL")
    row = V.cohesion(["AAA", "BBB", "CCC"], [2001], calls=calls, others=200).loc[2001]
    assert (row["rice"], row["within"], row["rank"]) == pytest.approx((1, 1, 1), abs=0.01)
    matrix = V.agreement_matrix(2001, calls=calls).to_numpy()
    assert row["outside"] == pytest.approx(matrix[:3, 3:].mean())
    with pytest.raises(DataError, match="at least 2"):
        V.cohesion(["AAA"], [2001], calls=calls)


def test_the_source_of_2024_has_the_same_agreement_as_the_roll_calls() -> None:
    """Its columns are the measure "strict", computed by others from the same votes."""
    theirs = V.with_powers("RUS").query("year == 2018").set_index("country")["agreement"]
    ours = V.agreement_matrix(2018, measure="strict")["RUS"]
    both = pd.concat([theirs, ours], axis=1, join="inner").dropna()
    assert len(both) > 180
    assert (both.iloc[:, 0] - both.iloc[:, 1]).abs().median() < 1e-6
    assert both.corr().iloc[0, 1] > 0.99


def test_roll_calls_end_in_2019_and_the_error_says_what_goes_on() -> None:
    with pytest.raises(DataError, match=r"end in 2019.*2024"):
        V.agreement(2022)
    with pytest.raises(DataError, match="did you mean 'hr'"):
        V.roll_calls(2000, issue="hx")
    assert 0 < len(V.roll_calls(2015, issue="hr")) < len(V.roll_calls(2015))


def test_agreement_by_pair_and_year_is_the_matrix_written_out() -> None:
    table = V.agreement([2010, 2015], countries=["IRN"], partners=["RUS", "USA"])
    matrix = V.agreement_matrix(2015)
    found = table[(table["year"] == 2015) & (table["partner"] == "USA")]["agreement"].item()
    assert found == pytest.approx(matrix.loc["IRN", "USA"])
    assert len(table) == 4


def invented_points() -> pd.DataFrame:
    years = np.repeat(np.arange(2000, 2010), 3)
    codes = np.tile(["AAA", "BBB", "CCC"], 10)
    point = np.where((codes == "AAA") & (years >= 2005), 1.0, 0.0)
    sd = 0.1
    reach = 1.6448536269514722 * sd
    return pd.DataFrame(
        {"year": years, "country": codes, "basis": "final", "point": point,
         "low": point - reach, "high": point + reach, "votes": 50}
    )  # fmt: skip


def test_movement_by_hand() -> None:
    table = V.movement(since=2000, until=2009, window=3, points=invented_points())
    assert table["change"].to_dict() == {"AAA": 1.0, "BBB": 0.0, "CCC": 0.0}
    # Three years each side with a standard deviation of 0.1 each: 0.1 root(2/3).
    reach = 1.6448536269514722 * 0.1 * np.sqrt(2 / 3)
    assert table.loc["AAA", "high"] == pytest.approx(1 + reach)
    assert table.loc["AAA", "relative"] == 1.0
    assert table["first"].eq(2000).all()


def test_an_event_leaves_out_the_session_it_falls_in() -> None:
    table = V.event(2005, ["AAA", "BBB"], before=3, after=3, points=invented_points())
    assert (table.attrs["before"], table.attrs["after"]) == ("2001-2003", "2005-2007")
    assert table.loc["AAA", ["change", "rank"]].tolist() == [1.0, 1.0]
    with pytest.raises(DataError, match="end in 2009"):
        V.event(2015, points=invented_points())


def test_a_state_without_points_is_named() -> None:
    table = V.event(2022, ["VEN", "RUS"])
    assert table.attrs["without"] == ["VEN"]
    assert table.index.tolist() == ["RUS"]


def test_distances_are_symmetric_and_their_bands_hold_them() -> None:
    table = V.distances(["IRN", "RUS"], ["RUS", "IRN"], years=[2010, 2024])
    there, back = (table[table["country"] == c]["distance"].to_numpy() for c in ("IRN", "RUS"))
    assert there == pytest.approx(back)
    assert ((table["low"] <= table["distance"]) & (table["distance"] <= table["high"])).all()


def test_a_newer_file_of_ideal_points_is_read(tmp_path: Path) -> None:
    path = tmp_path / "IdealpointsLater.csv"
    path.write_text(
        "ccode,iso3c,year,idealpointfp,q5fp,q95fp,nvotesfp\n"
        "630,IRN,2031,-1.5,-1.8,-1.2,90\n365,RUS,2031,0.5,0.3,0.7,95\n680,YAR,1980,0,0,0,1\n"
    )
    table = V.ideal_points(points=V.load_ideal_points(path))
    assert table.set_index("country")["point"].to_dict() == {"IRN": -1.5, "RUS": 0.5}
    path.write_text("iso3c,year,point\nIRN,2031,0\n")
    with pytest.raises(DataError, match=r"IdealpointsLater\.csv has no ideal points"):
        V.load_ideal_points(path)
    with pytest.raises(DataError, match="no such file"):
        V.load_ideal_points(tmp_path / "nowhere.dta")


def test_a_newer_file_of_roll_calls_is_read(tmp_path: Path) -> None:
    path = tmp_path / "UNVotes.csv"
    rows = [(7001, 1, "IRN"), (7001, 3, "USA"), (7002, 2, "IRN"), (7002, 8, "USA")]
    table = pd.DataFrame(rows, columns=["rcid", "vote", "Country"]).assign(session=80, unres="R/1")
    table.to_csv(path, index=False)
    calls = V.load_roll_calls(path)
    assert calls[["year", "IRN", "USA"]].to_numpy().tolist() == [[2025, 3, 1], [2025, 2, 0]]
    assert V.agreement_matrix(2025, calls=calls, least=1).loc["IRN", "USA"] == 0.0
    table.assign(vote=5).to_csv(path, index=False)
    with pytest.raises(DataError, match="vote 5 is none of"):
        V.load_roll_calls(path)


def test_trade_by_pair_is_the_same_both_ways() -> None:
    table = V.trade_by_pair()
    assert table.loc[("IRN", "RUS"), 2015] == table.loc[("RUS", "IRN"), 2015] > 0
    assert table[2015].sum() / 2 == pytest.approx(16.356e6, rel=1e-3)


def test_votes_and_trade_regressions_have_all_their_rows() -> None:
    table = V.trade_and_votes()
    assert table.index.tolist() == ["together", "votes follow", "trade follows"]
    assert (table["se_dyadic"] > 0).all()
    assert (table["low"] < table["beta"]).all()
