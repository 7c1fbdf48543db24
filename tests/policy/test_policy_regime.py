"""A regime as a shock: only what changed since the baseline, by stated costs."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_worlds import TARGETS, eu_world, hat, named_world

from hansa.errors import DataError
from hansa.policy import cost_levels, regime_notes, regime_table, sanctions, strength_classes
from hansa.policy.ave import un_compliance
from hansa.policy.dates import FIRST_DATE, LAST_DATE
from hansa.world.sectors import sectors

AVE = {name: c.central for name, c in strength_classes().items()}
GOODS = sectors().goods


def test_the_baseline_date_itself_is_neutral():
    world = named_world()
    assert sanctions(world, "2015-07-01").is_neutral
    assert sanctions(world, "2024-02-19", since="2024-02-19").is_neutral
    assert not sanctions(world, "2015-07-01", since=1985).is_neutral


def test_cuba_is_unchanged_since_2015():
    for strength in ("low", "central", "high"):
        assert sanctions(named_world(), targets="CUB", strength=strength).is_neutral


def test_cuba_is_not_unchanged_since_1990():
    shock = sanctions(named_world(), targets="CUB", since=1990)
    assert hat(shock, "CUB", "USA", "agri_food") < 1  # food under licence from 2001
    assert hat(shock, "CUB", "USA", "machinery") == 1


def test_lifting_the_european_oil_ban_on_iran_makes_imports_cheaper():
    shock = sanctions(named_world(), senders="EU", targets="IRN")
    expected = (1 + AVE["financial_listing"]) / (
        (1 + AVE["embargo"]) * (1 + AVE["financial_major"])
    )
    assert hat(shock, "DEU", "IRN", "fuels") == pytest.approx(expected, rel=1e-14)
    assert hat(shock, "HRV", "IRN", "fuels") == pytest.approx(expected, rel=1e-14)
    assert hat(shock, "USA", "IRN", "fuels") == 1
    # With everybody's acts the ban is still gone, but American measures bear on third countries.
    everything = sanctions(named_world(), targets="IRN")
    assert expected < hat(everything, "DEU", "IRN", "fuels") < 1


def test_american_measures_on_iran_came_back_for_third_countries():
    shock = sanctions(named_world(), targets="IRN")
    assert hat(shock, "IND", "IRN", "fuels") > 1
    assert hat(shock, "USA", "IRN", "fuels") == 1  # never lifted for its own trade
    relief = sanctions(named_world(), "2017-01-01", targets="IRN")
    assert hat(relief, "IND", "IRN", "fuels") < 1
    off = sanctions(named_world(), targets="IRN", secondary=False)
    assert hat(off, "IND", "IRN", "fuels") <= 1


def test_russia_in_2022_is_dearer_in_both_directions():
    shock = sanctions(named_world(), targets="RUS")
    broad, major, partial, narrow = (
        AVE[c] for c in ("broad", "financial_major", "financial_partial", "narrow")
    )
    expected = (1 + broad) * (1 + major) / ((1 + narrow) * (1 + partial))
    assert hat(shock, "RUS", "DEU", "machinery") == pytest.approx(expected, rel=1e-14)
    assert hat(shock, "DEU", "RUS", "fuels") == pytest.approx(
        (1 + broad) * (1 + major) / (1 + partial), rel=1e-14
    )
    assert hat(shock, "USA", "RUS", "fuels") > hat(shock, "DEU", "RUS", "fuels") > 1
    assert hat(shock, "RUS", "DEU", "pharma") == pytest.approx((1 + major) / (1 + partial))
    assert hat(shock, "DEU", "USA", "fuels") == 1


@pytest.mark.parametrize("target", TARGETS)
def test_the_united_kingdom_keeps_what_it_had_as_a_member(target):
    """At the end of the transition British acts take over: no class may appear or vanish."""
    world = named_world(year=2020)
    shock = sanctions(world, "2021-01-04", since="2020-12-01", targets=target)
    gbr, at = world.country("GBR"), world.country(target)
    dense = shock.cost_array()
    flows = {"to": dense[at, gbr], "from": dense[gbr, at]}
    for direction, hats in flows.items():
        moved = {world.sectors[j]: float(hats[j]) for j in np.flatnonzero(hats != 1)}
        assert all(abs(h - 1) < 0.07 for h in moved.values()), (direction, moved)


def test_every_member_of_the_union_carries_its_acts():
    world = eu_world()
    shock = sanctions(world, senders="EU", targets="RUS")
    members = [c for c in world.countries if hat(shock, "RUS", c, "machinery") > 1]
    assert len(members) == 27
    assert "HRV" in members
    assert "GBR" not in members  # its own acts by 2024; none of the EU's
    assert not any("left out: EU members" in line for line in regime_notes(world))


def test_the_united_kingdom_leaves_the_european_acts_but_has_its_own():
    shock = sanctions(named_world(), targets="RUS")
    assert hat(shock, "RUS", "GBR", "machinery") > 1
    left = sanctions(named_world(), targets="RUS", senders="EU")
    assert hat(left, "RUS", "GBR", "machinery") < 1


def test_one_member_can_be_taken_alone():
    shock = sanctions(named_world(), senders="DEU", targets="RUS")
    assert hat(shock, "RUS", "DEU", "machinery") > 1
    assert hat(shock, "RUS", "FRA", "machinery") == 1
    assert hat(shock, "CHN", "RUS", "fuels") == 1


def test_acts_of_the_united_nations_bind_everyone_in_part():
    world = named_world()
    levels = cost_levels(world, "2024-02-19", senders="UN", targets="PRK")
    at = world.country("CHN"), world.country("PRK"), world.sector("textiles")
    share = un_compliance("central")
    assert levels.trade[at] == pytest.approx(AVE["embargo"] * share)
    own = cost_levels(world, "2024-02-19", targets="PRK")
    eu = world.country("DEU"), world.country("PRK"), world.sector("textiles")
    assert own.trade[eu] == pytest.approx(AVE["embargo"])


def test_aggregates_are_never_touched():
    for strength in ("low", "high"):
        dense = sanctions(named_world(), strength=strength).cost_array()
        assert (dense[-1] == 1).all()
        assert (dense[:, -1] == 1).all()


def test_home_sales_and_flows_between_bystanders_are_never_touched():
    world = named_world()
    dense = sanctions(world, targets=TARGETS).cost_array()
    n = np.arange(len(world.countries))
    assert (dense[n, n] == 1).all()
    outside = [world.country(c) for c in world.countries if c not in TARGETS]
    assert (dense[np.ix_(outside, outside)] == 1).all()


def test_being_cut_off_is_neither_gain_nor_loss_between_targets():
    shock = sanctions(named_world(), senders="USA")
    for a, b in (("RUS", "IRN"), ("IRN", "RUS"), ("CUB", "IRN"), ("SYR", "RUS"), ("VEN", "RUS")):
        assert hat(shock, a, b, "fuels") == 1
    assert hat(shock, "CHN", "IRN", "fuels") > 1


def test_arms_travel_and_other_cost_nothing_by_rule():
    assert strength_classes()["none"].high == 0
    table = regime_table(named_world())
    used = set("; ".join(table["episodes_on"]).split("; "))
    assert not {i for i in used if i.endswith(("-arms", "-travel", "-crimea", "-price-cap"))}


def test_low_central_and_high_are_ordered():
    levels = [
        cost_levels(named_world(), "2024-02-19", strength=s).factor
        for s in ("low", "central", "high")
    ]
    assert (levels[0] <= levels[1]).all()
    assert (levels[1] <= levels[2]).all()


def test_concurrent_measures_take_the_largest_and_do_not_add():
    world = named_world()
    at = world.country("DEU"), world.country("RUS"), world.sector("metals")
    levels = cost_levels(world, "2024-02-19")
    assert levels.trade[at] == AVE["partial"]
    assert levels.financial[at] == AVE["financial_major"]  # three episodes, one cost
    assert levels.factor[at] == pytest.approx(1.15 * 1.10)


def test_no_sanctions_at_all_undoes_the_baseline():
    world = named_world()
    free = sanctions(world, None)
    base = cost_levels(world, "2015-07-01").factor
    assert np.allclose(free.cost_array(), 1 / base, rtol=1e-14, atol=0)
    assert free.label == "no sanctions"


@settings(max_examples=15, deadline=None)
@given(
    st.dates(FIRST_DATE, LAST_DATE),
    st.dates(FIRST_DATE, LAST_DATE),
    st.sampled_from(["low", "central", "high"]),
)
def test_changes_of_the_own_acts_chain_over_dates(a, b, strength):
    """From the baseline to a, then from a to b, is the baseline to b."""
    world = named_world()
    options = {"strength": strength, "secondary": False}
    there = sanctions(world, a, **options).then(sanctions(world, b, since=a, **options))
    straight = sanctions(world, b, **options)
    assert np.allclose(there.cost_array(), straight.cost_array(), rtol=1e-12, atol=0)


@settings(max_examples=8, deadline=None)
@given(st.dates(FIRST_DATE, LAST_DATE), st.sampled_from(["low", "central", "high"]))
def test_the_table_is_the_shock(day, strength):
    world = named_world()
    table = regime_table(world, day, strength=strength)
    dense = np.ones(world.expenditure.shape)
    n = [world.country(c) for c in table["destination"]]
    i = [world.country(c) for c in table["origin"]]
    j = [world.sector(c) for c in table["sector"]]
    dense[n, i, j] = table["hat"]
    shock = sanctions(world, day, strength=strength)
    assert np.allclose(dense, shock.cost_array(), rtol=1e-14, atol=0)
    assert not table.duplicated(["destination", "origin", "sector"]).any()


def test_the_table_names_the_acts_behind_a_cost():
    table = regime_table(named_world()).set_index(["destination", "origin", "sector"])
    row = table.loc[("DEU", "IRN", "fuels")]
    assert row["episodes_base"].startswith("eu-irn-2012-oil-imports; ")
    assert row["episodes_on"].startswith("usa-irn-2019-third-oil; ")
    assert row["hat"] == pytest.approx((1 + row["ave_on"]) / (1 + row["ave_base"]))
    assert row["trade_base"] == AVE["embargo"]


def test_notes_name_who_is_missing():
    world = named_world(("IRN", "RUS", "DEU", "USA"))
    text = " ".join(regime_notes(world, targets=TARGETS))
    assert "2015-07-01" in text
    assert "FRA" in text
    assert "targets BLR, CUB, MMR, PRK, SYR, VEN" in text
    assert "senders AUS, BLR, CAN, CHE, CHN, GBR, JPN, KOR, NOR" in text
    assert hat(sanctions(world), "RUS", "DEU", "machinery") > 1


def test_the_year_of_the_world_is_the_default_baseline():
    old, new = named_world(year=1985), named_world(year=2015)
    assert hat(sanctions(old), "USA", "IRN", "metals") > 1
    assert hat(sanctions(new), "USA", "IRN", "metals") == 1
    same = sanctions(new, since=dt.date(1985, 7, 1)).cost_array()
    assert np.array_equal(same, sanctions(old).cost_array())


# ---- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"on": "19/02/2024"}, "on='19/02/2024' is not a date; write YYYY-MM-DD"),
        ({"on": "2025-01-01"}, "outside the registry"),
        ({"since": "1970-01-01"}, "since=1970-01-01 is outside the registry"),
        ({"since": 1970}, "since=1970-07-01 is outside the registry"),
        ({"strength": "centre"}, "unknown strength 'centre'"),
        ({"senders": ["USS"]}, "unknown sender 'USS'; did you mean 'USA'"),
        ({"targets": "IRM"}, "unknown target 'IRM'; did you mean 'IRN'"),
    ],
)
def test_bad_arguments_are_refused(options, said):
    with pytest.raises(DataError, match=said):
        sanctions(named_world(), **options)


def test_a_world_of_other_sectors_is_refused():
    from worlds import random_world

    with pytest.raises(DataError, match="has no sector"):
        sanctions(random_world(np.random.default_rng(0), 3, 2))
