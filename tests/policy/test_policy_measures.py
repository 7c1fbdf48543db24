"""Measures of a club and the senders' answer: symmetric, composable, refused by name."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_worlds import TARGETS, hat, named_world

from hansa.errors import DataError
from hansa.policy import Club, Measures, Response, club_shock, club_shocks
from hansa.policy.corridor_table import CorridorRow
from hansa.shock import Shock
from hansa.shock_clubs import ClubShocks

CLUB = ("IRN", "RUS", "BLR")


def test_one_member_or_none_changes_nothing():
    world = named_world()
    measures = Measures(tariffs=0.0, nontariff=-0.1, payments=-0.02)
    for members in ((), ("IRN",), "IRN"):
        assert club_shock(world, members, measures).is_neutral
        assert Response().shock(world, members).is_neutral
    assert club_shock(world, CLUB, Measures()).is_neutral


def test_nontariff_and_payments_multiply_on_every_pair_both_ways():
    world = named_world()
    shock = club_shock(world, CLUB, Measures(nontariff=-0.10, payments=-0.02))
    dense = shock.cost_array()
    at = [world.country(c) for c in CLUB]
    inside = np.zeros(dense.shape[:2], dtype=bool)
    inside[np.ix_(at, at)] = True
    inside[at, at] = False
    assert dense[inside] == pytest.approx(0.90 * 0.98, rel=1e-15)
    assert (dense[~inside] == 1).all()
    assert shock.tariff_cell.size == 0


def test_sectors_restrict_the_measures():
    shock = club_shock(named_world(), CLUB, Measures(nontariff=-0.1, sectors=("fuels",)))
    assert hat(shock, "RUS", "IRN", "fuels") == pytest.approx(0.9)
    assert hat(shock, "RUS", "IRN", "metals") == 1
    assert Measures(sectors="fuels").sectors == ("fuels",)


def test_tariffs_are_set_only_where_the_world_has_them():
    world = named_world()  # tariffs of RUS and IRN on the first three sectors
    shock = club_shock(world, CLUB, Measures(tariffs=0.01))
    rates = world.tariff.copy().ravel()
    rates[shock.tariff_cell] = shock.tariff_rate
    rates = rates.reshape(world.tariff.shape)
    changed = np.argwhere(rates != world.tariff)
    names = {(world.countries[n], world.countries[i]) for n, i, _ in changed}
    assert names == {(n, i) for n in ("RUS", "IRN") for i in CLUB if n != i}
    assert (shock.tariff_rate == 0.01).all()
    assert len(changed) == 4 * 3
    assert club_shock(world, ("BLR", "VEN"), Measures(tariffs=0.0)).is_neutral


@pytest.mark.parametrize("kind", ["mapping", "frame", "csv", "rows"])
def test_a_corridor_is_read_in_every_form(kind, tmp_path):
    frame = pd.DataFrame(
        {
            "destination": ["RUS", "IRN", "IND"],
            "origin": ["IRN", "RUS", "RUS"],
            "sector": ["fuels", None, None],
            "change": [-0.05, -0.03, -0.20],
        }
    )
    forms = {
        "mapping": {("RUS", "IRN", "fuels"): -0.05, ("IRN", "RUS"): -0.03, ("IND", "RUS"): -0.2},
        "frame": frame,
        "csv": tmp_path / "corridor.csv",
        "rows": (
            CorridorRow("RUS", "IRN", "fuels", -0.05),
            CorridorRow("IRN", "RUS", None, -0.03),
            CorridorRow("IND", "RUS", None, -0.2),
        ),
    }
    frame.to_csv(forms["csv"], index=False)
    measures = Measures(corridor=forms[kind], nontariff=-0.10)
    assert measures == Measures(corridor=forms["rows"], nontariff=-0.10)
    shock = club_shock(named_world(), CLUB, measures)
    assert hat(shock, "RUS", "IRN", "fuels") == pytest.approx(0.90 * 0.95)
    assert hat(shock, "RUS", "IRN", "metals") == pytest.approx(0.90)
    assert hat(shock, "IRN", "RUS", "metals") == pytest.approx(0.90 * 0.97)
    assert hat(shock, "IND", "RUS", "metals") == 1  # India is no member


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(TARGETS), unique=True, max_size=6),
    st.floats(-0.9, 2.0),
    st.floats(-0.9, 2.0),
)
def test_measures_are_symmetric_and_anonymous(members, nontariff, payments):
    world = named_world()
    measures = Measures(nontariff=nontariff, payments=payments)
    dense = club_shock(world, members, measures).cost_array()
    assert np.array_equal(dense, dense.transpose(1, 0, 2))
    assert np.array_equal(dense, club_shock(world, members[::-1], measures).cost_array())
    count = (dense != 1).sum()
    factor = (1 + nontariff) * (1 + payments)
    pairs = len(members) * (len(members) - 1)
    assert count == (pairs * len(world.sectors) if factor != 1 else 0)


def test_a_larger_club_contains_the_smaller_one():
    world, measures = named_world(), Measures(nontariff=-0.1)
    small = club_shock(world, CLUB[:2], measures).cost_array()
    large = club_shock(world, CLUB, measures).cost_array()
    assert (large[small != 1] == small[small != 1]).all()


def test_a_club_holds_its_members_and_gives_its_shock():
    club = Club(["IRN", "BLR"], measures=Measures(nontariff=-0.1))
    assert club.members == ("IRN", "BLR")
    assert club == Club(("IRN", "BLR"), Measures(nontariff=-0.1))
    assert hash(club) == hash(Club(("IRN", "BLR"), Measures(nontariff=-0.1)))
    assert hat(club.shock(named_world()), "IRN", "BLR", "metals") == pytest.approx(0.9)
    assert Club(["IRN", "BLR"]).shock(named_world()).is_neutral


def test_the_answer_is_the_expected_cost_in_both_directions():
    world = named_world()
    answer = Response(senders=("USA", "EU"), ave=0.30, intensity=0.5, exempt=("IRN",))
    shock = answer.shock(world, CLUB)
    for sender in ("USA", "DEU", "FRA", "HRV"):
        assert hat(shock, sender, "BLR", "metals") == pytest.approx(1.15)
        assert hat(shock, "BLR", sender, "metals") == pytest.approx(1.15)
        assert hat(shock, sender, "IRN", "metals") == 1
    assert hat(shock, "GBR", "BLR", "metals") == 1
    assert hat(shock, "IRN", "BLR", "metals") == 1
    assert Response(intensity=0.0).shock(world, CLUB).is_neutral


def test_a_sender_within_the_club_does_not_answer():
    shock = Response(senders=("USA", "CHE")).shock(named_world(), ("CHE", "IRN"))
    assert hat(shock, "CHE", "IRN", "metals") == 1
    assert hat(shock, "USA", "CHE", "metals") == pytest.approx(1.3)


@pytest.mark.parametrize("senders", [("USA", "EU"), ("USA", "RUS"), None])
def test_the_shocks_of_many_clubs_are_those_of_each(senders):
    """The lazy sequence, its slices, and the list where a player is a sender too."""
    world = named_world()
    measures = Measures(
        tariffs=0.02,
        nontariff=-0.1,
        corridor={("IRN", "RUS"): -0.2, ("BLR", "RUS", "metals"): -0.3},
    )
    answer = None if senders is None else Response(senders=senders, exempt=("IRN",))
    masks = np.array([[m >> k & 1 for k in range(3)] for m in range(8)], dtype=bool)
    many = club_shocks(world, CLUB, masks, measures, answer)
    assert isinstance(many, ClubShocks) == (senders != ("USA", "RUS"))
    assert len(many) == 8
    for row, shock in zip(masks, many, strict=True):
        club = tuple(c for c, inside in zip(CLUB, row, strict=True) if inside)
        one = club_shock(world, club, measures)
        one = one if answer is None else one.then(answer.shock(world, club))
        assert np.array_equal(shock.cost_array(), one.cost_array())
        assert np.array_equal(shock.tariff_cell, one.tariff_cell)
        assert np.array_equal(shock.tariff_rate, one.tariff_rate)
    assert many[7].label.startswith("IRN+RUS+BLR")


def test_club_shocks_refuse_changes_elsewhere():
    world = named_world()
    masks = np.ones((1, 2), dtype=bool)
    neutral = Shock.neutral(world)
    outside = Shock.trade_cost(world, hat=2.0, destination="USA", origin="IRN")
    with pytest.raises(DataError, match="within changes a flow with other than 2 players"):
        ClubShocks(("IRN", "RUS"), outside, neutral, masks)
    with pytest.raises(DataError, match="may change only costs and tariffs"):
        ClubShocks(("IRN", "RUS"), neutral, Shock.productivity(world, hat=2.0), masks)
    with pytest.raises(DataError, match="2 columns for 3 players"):
        ClubShocks(("IRN", "RUS", "USA"), neutral, neutral, masks)


# ---- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"nontarif": -0.1}, "unknown measure 'nontarif'; did you mean 'nontariff'"),
        ({"tarifs": 0.0}, "unknown measure 'tarifs'; did you mean 'tariffs'"),
        ({"nontariff": -1.0}, "measure nontariff: .*greater than -1"),
        ({"nontariff": float("nan")}, "measure nontariff"),
        ({"tariffs": -0.1}, "measure tariffs: .*greater than or equal to 0"),
        ({"payments": "cheap"}, "measure payments"),
        ({"corridor": {("RUS",): -0.1}}, "must be \\(destination, origin\\)"),
        ({"corridor": {("RUS", "IRN"): -1.5}}, "above -1"),
        ({"corridor": {("RUS", "RUS"): -0.5}}, "with itself"),
        ({"corridor": {("RUS", "IRN"): "much"}}, "is not a number"),
        ({"corridor": "nowhere.csv"}, "no corridor file nowhere.csv"),
        ({"corridor": pd.DataFrame({"destination": ["RUS"]})}, "column 'origin' is missing"),
        ({"corridor": pd.DataFrame({"orign": ["RUS"]})}, "'orign'; did you mean 'origin'"),
        ({"corridor": [CorridorRow("RUS", "IRN", None, -0.1)] * 2}, "given twice"),
    ],
)
def test_bad_measures_are_refused(values, said):
    with pytest.raises(DataError, match=said):
        Measures(**values)


def test_bad_clubs_are_refused():
    world, measures = named_world(), Measures(nontariff=-0.1)
    with pytest.raises(DataError, match="given twice: IRN"):
        Club(["IRN", "RUS", "IRN"])
    with pytest.raises(DataError, match="given twice: IRN"):
        club_shock(world, ["IRN", "IRN"], measures)
    with pytest.raises(DataError, match="unknown country 'IRM'; did you mean 'IRN'"):
        club_shock(world, ["IRM", "RUS"], measures)
    with pytest.raises(DataError, match="NOR is part of the aggregate XRW"):
        club_shock(world, ["NOR", "RUS"], measures)
    with pytest.raises(DataError, match="unknown sector 'fuel'; did you mean 'fuels'"):
        club_shock(world, CLUB, Measures(nontariff=-0.1, sectors=("fuel",)))
    with pytest.raises(DataError, match="unknown country 'INX'"):
        club_shock(world, CLUB, Measures(corridor={("INX", "RUS"): -0.1}))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"ave": -0.1}, "ave must be a finite fraction"),
        ({"intensity": 1.5}, "intensity must lie in 0..1"),
        ({"senders": ("USA", "USA")}, "given twice: USA"),
        ({"on": "2030-01-01"}, "outside the registry"),
    ],
)
def test_bad_answers_are_refused(values, said):
    with pytest.raises(DataError, match=said):
        Response(**values)


def test_a_sender_the_world_lacks_is_refused():
    with pytest.raises(DataError, match="unknown country 'KOR'"):
        Response(senders=("KOR",)).shock(named_world(), CLUB)
