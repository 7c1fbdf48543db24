"""play against one-by-one solutions; equalising transfers inside the equilibrium."""

import numpy as np
import pytest
from study_worlds import small_study, small_world

from hansa.club import Verdict
from hansa.equilibrium import balance, solve
from hansa.errors import DataError
from hansa.policy import Club, Measures, Response, club_shock, sanctions
from hansa.shock import Shock
from hansa.study.play import equalise, play

MEMBERS = ("IRN", "BLR", "RUS")
MEASURES = Measures(nontariff=-0.10)


@pytest.fixture(scope="module")
def regime():
    return sanctions(small_world(), "2024-02-19")


@pytest.fixture(scope="module")
def game(regime):
    return play(small_world(), regime, Club(MEMBERS, MEASURES), senders=("USA", "DEU"))


def test_every_club_is_the_equilibrium_solved_alone(game, regime):
    world = small_world()
    income = balance(world).income
    empty = solve(world, regime).welfare.values
    for mask in range(8):
        members = tuple(m for k, m in enumerate(MEMBERS) if mask >> k & 1)
        shock = regime.then(club_shock(world, members, MEASURES))
        alone = solve(world, shock).welfare.values
        np.testing.assert_allclose(game.welfare[mask], alone, rtol=1e-9)
        np.testing.assert_allclose(game.ev[mask], (alone - empty) * income, atol=1e-6)


def test_a_rule_of_the_regimes_own_also_sets_the_income(regime):
    world = small_world()
    fixed = play(world, regime.with_deficits("proportional"), Club(MEMBERS, MEASURES))
    asked = play(world, regime, Club(MEMBERS, MEASURES), deficits="proportional")
    np.testing.assert_allclose(fixed.ev, asked.ev, rtol=1e-9, atol=1e-6)


def test_clubs_of_one_change_nothing(game):
    for mask in (1, 2, 4):
        np.testing.assert_allclose(game.ev[mask], 0.0, atol=1e-6)
    assert game.stable().verdict(("IRN",), "internal") is Verdict.TIE


def test_progress_counts_all_clubs(regime):
    seen = []
    play(
        small_world(), regime, Club(MEMBERS, MEASURES),
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen[-1] == (8, 8)
    assert seen == sorted(seen)


def test_the_senders_answer_lowers_what_members_get(game, regime):
    answered = play(
        small_world(), regime, Club(MEMBERS, MEASURES),
        response=Response(senders=["USA", "DEU"], ave=0.3),
    )  # fmt: skip
    everyone = 7
    at = [small_world().country(m) for m in MEMBERS]
    assert (answered.ev[everyone, at] < game.ev[everyone, at]).all()


def test_too_many_candidates_are_refused(regime):
    club = Club([f"X{k:02d}" for k in range(17)])
    with pytest.raises(DataError, match="at most 16"):
        play(small_world(), regime, club)


def test_unknown_candidate_names_the_nearest(regime):
    with pytest.raises(DataError, match="did you mean 'IRN'"):
        play(small_world(), regime, Club(["IRM", "RUS"], MEASURES))


def test_equalised_gains_are_equal_and_cost_nothing_in_sum(regime):
    world = small_world()
    without = solve(world, regime)
    shock = regime.then(club_shock(world, MEMBERS, MEASURES))
    equal = equalise(world, shock, MEMBERS, without)
    at = [world.country(m) for m in MEMBERS]
    gain = equal.result.welfare.values[at] / without.welfare.values[at]
    np.testing.assert_allclose(gain, equal.gain, rtol=2e-9)
    assert equal.transfer.sum() == pytest.approx(0.0, abs=1e-9 * np.abs(equal.transfer).max())
    assert equal.before.min() < equal.gain < equal.before.max()


def test_equalising_with_one_member_is_the_plain_solution(regime):
    world = small_world()
    without = solve(world, regime)
    equal = equalise(world, regime, ["IRN"], without)
    assert equal.transfer == pytest.approx([0.0])
    assert equal.gain == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(
        equal.result.welfare.values, solve(world, regime).welfare.values, rtol=1e-12
    )


def test_a_neutral_club_gives_nothing():
    world = small_world()
    game = play(world, Shock.neutral(world), Club(MEMBERS, Measures()))
    np.testing.assert_allclose(game.ev, 0.0, atol=1e-6)
    assert small_study().club.candidates == MEMBERS
