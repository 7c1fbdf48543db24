"""Coalitions as shocks: exact at the senders', the template as said, and what is refused."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "study"))
from study_worlds import small_world

from hansa.equilibrium import solve, sweep
from hansa.errors import DataError
from hansa.policy import Coalition, cost_levels, sanctions
from hansa.shock import Shock
from hansa.shock_clubs import ClubShocks

ON = "2022-12-31"


def coalition(**changes):
    asked = {"senders": ("USA", "EU", "GBR"), "partners": ("CHN", "TUR"), "targets": ("RUS",)}
    return Coalition(**(asked | {"on": ON} | changes))


def hats(shock):
    return shock.cost_array()


def test_the_coalition_of_all_senders_is_the_sanctions_in_force():
    world = small_world()
    rule = coalition().rule(world)
    whole = rule.base.then(rule.shock(("USA", "EU", "GBR")))
    plain = sanctions(world, ON, targets=["RUS"], secondary=False)
    np.testing.assert_allclose(hats(whole), hats(plain), rtol=1e-14)
    np.testing.assert_allclose(
        solve(world, whole).welfare.values, solve(world, plain).welfare.values, rtol=1e-9
    )


def test_senders_not_named_stay_in_force_whatever_the_coalition():
    world = small_world()
    rule = coalition(senders=("USA",)).rule(world)
    whole = rule.base.then(rule.shock(("USA",)))
    plain = sanctions(world, ON, targets=["RUS"], secondary=False)
    np.testing.assert_allclose(hats(whole), hats(plain), rtol=1e-14)
    deu, rus, usa = (world.country(c) for c in ("DEU", "RUS", "USA"))
    np.testing.assert_allclose(hats(rule.base)[rus, deu], hats(plain)[rus, deu])
    assert (hats(rule.base)[rus, usa] < hats(plain)[rus, usa]).any()


def test_the_empty_coalition_carries_none_of_the_players_acts():
    """Lifted down to nothing: hats are one over what the baseline carries."""
    world = small_world()
    base = coalition().rule(world).base
    before = cost_levels(world, f"{world.year}-07-01", targets=["RUS"], secondary=False).factor
    rus = world.country("RUS")
    for code in ("USA", "DEU", "FRA", "GBR"):
        n = world.country(code)
        np.testing.assert_allclose(hats(base)[rus, n], 1 / before[rus, n], rtol=1e-14)
        np.testing.assert_allclose(hats(base)[n, rus], 1 / before[n, rus], rtol=1e-14)


def test_acts_of_the_united_nations_need_no_coalition():
    world = small_world()
    on = "2012-12-31"
    iran = coalition(partners=(), targets=("IRN",), on=on, senders=("USA", "EU")).rule(world)
    un = cost_levels(world, on, senders="UN", targets=["IRN"], secondary=False).factor
    before = cost_levels(world, f"{world.year}-07-01", targets=["IRN"], secondary=False).factor
    irn, usa = world.country("IRN"), world.country("USA")
    assert (un[irn, usa] > 1).any()
    np.testing.assert_allclose(
        hats(iran.base)[irn, usa], un[irn, usa] / before[irn, usa], rtol=1e-14
    )


def test_the_group_moves_as_one_and_states_named_alone_leave_it():
    world = small_world()
    states = coalition(partners=()).states(world)
    assert states == {"USA": ("USA",), "EU": ("DEU", "FRA"), "GBR": ("GBR",)}
    apart = coalition(senders=("EU", "FRA"), partners=())
    assert apart.states(world)["EU"] == ("DEU",)
    # In 2019 the United Kingdom was a member: unless named on its own it is in the group.
    earlier = coalition(senders=("USA", "EU"), partners=(), on="2019-06-01")
    assert earlier.states(world)["EU"] == ("DEU", "FRA", "GBR")
    rule = coalition().rule(world)
    changed = hats(rule.shock(("EU",)))
    rus = world.country("RUS")
    touched = {
        world.countries[n] for n in range(len(world.countries)) if (changed[rus, n] != 1).any()
    }
    assert touched == {"DEU", "FRA"}


def adopted(measures):
    """What China adds on its exports to Russia and its imports, over what it bears anyway."""
    world = small_world()
    hat = hats(coalition(measures=measures).rule(world).shock(("CHN",)))
    rus, chn = world.country("RUS"), world.country("CHN")
    return hat[rus, chn], hat[chn, rus]


def test_what_a_partner_adopts():
    world = small_world()
    full = cost_levels(world, ON, targets=["RUS"], secondary=False)
    rus = world.country("RUS")
    at = [world.country(c) for c in ("USA", "DEU", "FRA", "GBR")]
    for way, flow in enumerate((np.s_[rus, at], np.s_[at, rus])):
        trade, financial = full.trade[flow], full.financial[flow]
        weight = world.expenditure[flow] / world.expenditure[flow].sum(0)
        mean = (1 + (weight * trade).sum(0)) * (1 + (weight * financial).sum(0))
        np.testing.assert_allclose(adopted("average")[way], mean, rtol=1e-12)
        most = (1 + trade.max(0)) * (1 + financial.max(0))
        np.testing.assert_allclose(adopted("strictest")[way], most, rtol=1e-12)
        np.testing.assert_allclose(
            adopted("GBR")[way], (1 + trade[3]) * (1 + financial[3]), rtol=1e-12
        )
        assert (adopted("strictest")[way] >= adopted("average")[way] - 1e-14).all()


def test_everyone_and_the_embargo_reach_all_but_targets():
    world = small_world()
    rule = coalition().rule(world)
    rus = world.country("RUS")
    others = [n for n in range(len(world.countries)) if n != rus]
    plain, everyone = rule.base, rule.base.then(rule.everyone)
    assert (hats(everyone)[rus, others] >= hats(plain)[rus, others]).all()
    usa = world.country("USA")
    np.testing.assert_allclose(
        hats(everyone)[rus, usa], hats(plain.then(rule.shock(("USA",))))[rus, usa], rtol=1e-14
    )
    shut = hats(rule.embargo(world))
    assert np.isinf(shut[rus, others]).all()
    assert np.isinf(shut[others, rus]).all()
    assert shut[rus, rus].tolist() == [1.0] * len(world.sectors)
    few = hats(rule.embargo(world, ["DEU"]))
    assert np.isinf(few).sum() == 2 * len(world.sectors)
    hard = coalition(embargo=True).rule(world)
    np.testing.assert_array_equal(
        hats(hard.shock(("EU",))), hats(rule.embargo(world, ["DEU", "FRA"]))
    )


def test_more_harm_from_everyone_than_from_the_coalition():
    world = small_world()
    rule = coalition().rule(world)
    adds = (Shock.neutral(world), rule.shock(rule.coalition.senders), rule.everyone,
            rule.embargo(world))  # fmt: skip
    welfare = sweep(world, [rule.base.then(s) for s in adds]).welfare.values
    harm = welfare[0] - welfare[:, :]
    rus = world.country("RUS")
    assert 0 < harm[1, rus] < harm[2, rus] < harm[3, rus]


def test_what_does_not_fit_is_refused():
    world = small_world()
    with pytest.raises(DataError, match=r"CHN has no measures of its own.*among the partners"):
        coalition(senders=("USA", "CHN"), partners=()).rule(world)
    with pytest.raises(DataError, match=r"GBR already sanctions RUS.*among the senders"):
        coalition(senders=("USA",), partners=("GBR",)).rule(world)
    with pytest.raises(DataError, match=r"named twice.*CHN"):
        coalition(partners=("CHN", "CHN"))
    with pytest.raises(DataError, match=r"unknown measures of a coalition 'averge'.*average"):
        coalition(measures="averge")
    with pytest.raises(DataError, match="at least one target"):
        coalition(targets=())
    with pytest.raises(DataError, match="EU may be a sender"):
        coalition(senders=("USA",), partners=("EU",))
    with pytest.raises(DataError, match="did you mean 'TUR'"):
        coalition(partners=("TURR",)).rule(world)
    away = {"DEU": "XDE", "FRA": "XFR"}
    few = replace(world, countries=tuple(away.get(c, c) for c in world.countries))
    with pytest.raises(DataError, match="no state that acts of the EU bind"):
        coalition().rule(few)
    rule = coalition().rule(world)
    with pytest.raises(DataError, match="did you mean 'USA'"):
        rule.shock(("USB",))


def test_a_country_is_of_one_player_only():
    world = small_world()
    neutral = Shock.neutral(world)
    with pytest.raises(DataError, match="more than one player: DEU"):
        ClubShocks(
            ("EU", "DEU"), neutral, neutral, np.ones((1, 2), bool), 1, {"EU": ("DEU", "FRA")}
        )
