"""Senders: frontier, next partner, the answer's breaking point; and bands over draws."""

import numpy as np
import pytest
from club_tables import NAMES, SANCTIONS, table_of, tu_game, welfare_game
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.club import Game, Verdict, breaking_points, parameter_bands
from hansa.errors import DataError

YES, TIE, UNKNOWN, NO = Verdict


def test_harm_against_cost():
    frontier = table_of(SANCTIONS, 3, 4).frontier("D")
    assert frontier.of("A+C") == (pytest.approx(400.0), pytest.approx(30.0))
    assert frontier.share[5] == pytest.approx(0.8)
    assert frontier.maximum == pytest.approx(500.0)
    frame = frontier.to_frame().set_index("coalition")
    assert frame[frame["efficient"] == "yes"].index.tolist() == ["(none)", "A", "A+C", "A+B+C"]
    assert frame.loc["B", "efficient"] == "no"
    assert table_of(SANCTIONS, 3, 4).frontier(["D"], maximum=1000.0).share[7] == pytest.approx(0.5)


def test_best_next_partner():
    game = table_of(SANCTIONS, 3, 4)
    partners = game.partners("D", "A")
    assert partners.candidate == ("B", "C")
    np.testing.assert_allclose(partners.harm, [150, 200])
    np.testing.assert_allclose(partners.cost, [10 + 60, 0 + 20])
    assert partners.best == "C"
    assert partners.verdict is YES
    assert partners.to_frame()["candidate"].tolist() == ["C", "B"]
    assert game.partners("D", "A+B+C").best == ""
    first = game.partners("D")
    assert first.best == "A"
    tied = table_of({"A": [0, 0, -1.0], "B": [0, 0, -1.0]}, 2, 3).partners("C")
    assert tied.verdict is TIE
    none = table_of({"A": [0, 0, 1.0], "B": [0, 0, 2.0]}, 2, 3).partners("C")
    assert none.best == ""
    assert none.verdict is YES


def dominated(harm, cost, i):
    others = np.arange(len(harm)) != i
    weakly = (harm >= harm[i]) & (cost <= cost[i])
    return bool((others & weakly & ((harm > harm[i]) | (cost < cost[i]))).any())


@given(m=st.integers(1, 6), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_frontier_equals_all_pairs(m, seed):
    frontier = welfare_game(m, m + 2, seed).frontier(NAMES[m])
    for i in range(1 << m):
        expected = NO if dominated(frontier.harm, frontier.cost, i) else YES
        assert frontier.efficient[i] == expected


def test_frontier_ties_and_failures():
    same = {"A": [-1.0, 0.0, -2.0], "B": [0.0, -1.0, -2.0], "A+B": [-2.0, -2.0, -2.0]}
    frontier = table_of(same, 2, 3).frontier("C")
    assert frontier.efficient.tolist() == [YES, TIE, TIE, NO]
    lost = welfare_game(3, 5, 0, [5]).frontier("E")
    assert lost.efficient[5] == UNKNOWN
    assert set(lost.efficient.tolist()) <= {UNKNOWN, NO}
    assert np.isnan(lost.harm[5])


def test_frontier_refusals():
    game = table_of(SANCTIONS, 3, 4)
    with pytest.raises(DataError, match="player of this game"):
        game.frontier("A")
    with pytest.raises(DataError, match="unknown country"):
        game.frontier("Q")
    with pytest.raises(DataError, match="none of them twice"):
        game.frontier([])
    with pytest.raises(DataError, match="joint values only"):
        tu_game(np.zeros(4)).frontier("X")


# ---- the answer -------------------------------------------------------------------------


def answered(gain, loss):
    """Two games: the pair A+B without an answer, and with it."""
    without = table_of({"A+B": [gain, 1.0]}, 2)
    with_ = table_of({"A": [-loss, 0], "B": [0, -loss], "A+B": [gain - loss, 1.0 - loss / 2]}, 2)
    return without, with_


def test_breaking_probability_is_where_expected_gain_is_zero():
    found = breaking_points(answered(0.5, 2.0), [0.0, 1.0])
    # A stays while p (gain - loss) + (1 - p) gain >= 0: p = gain / loss. B: 1 > loss / 2 x p = 1.
    assert found.of("A+B") == pytest.approx(0.25)
    assert NAMES[found.leaver[3]] == "A"
    assert found.breaks[3] == YES
    # Together: 1.5 - p (2 + 1) = 0.
    assert found.point_with_transfers[3] == pytest.approx(0.5)
    # A club of one breaks as soon as there is an answer at all.
    assert found.of("A") == pytest.approx(0.0)
    assert found.of(()) == np.inf
    assert found.breaks[0] == NO
    frame = found.to_frame().set_index("club")
    assert frame.loc["A+B", "leaver"] == "A"


def test_a_finer_grid_finds_the_first_crossing():
    games = [table_of({"A+B": [gain, 5.0]}, 2) for gain in (1.0, 0.5, -0.5, 2.0)]
    found = breaking_points(games, [0, 1, 2, 3])
    assert found.of("A+B") == pytest.approx(1.5)


def test_clubs_that_hold_or_nearly_do():
    holds = breaking_points(answered(5.0, 1.0), [0, 1])
    assert holds.of("A+B") == np.inf
    assert holds.breaks[3] == NO
    nearly = breaking_points(answered(0.5, 0.5), [0, 1])
    assert nearly.breaks[3] == TIE
    assert nearly.of("A+B") == np.inf


def failed_copy(game, *rows):
    solved = np.ones(4, dtype=bool)
    solved[list(rows)] = False
    return Game.from_welfare(
        game.players, game.countries, game.welfare, game.income, solved, game.residual
    )


def test_failed_clubs_open_the_answer_from_there_on():
    one, two = answered(0.5, 2.0)
    unknown = breaking_points([one, failed_copy(two, 3)], [0, 1])
    assert np.isnan(unknown.of("A+B"))
    assert unknown.breaks[3] == UNKNOWN
    # Broken at 1 already; that 2 failed does not matter.
    known = breaking_points([one, two, failed_copy(two, 3)], [0, 1, 2])
    assert known.of("A+B") == pytest.approx(0.25)
    # It is broken at 1, but whether it was before, is not known.
    late = breaking_points([failed_copy(one, 3), two], [0, 1])
    assert np.isnan(late.of("A+B"))
    assert late.breaks[3] == YES


def test_answer_refusals():
    one, two = answered(0.5, 2.0)
    with pytest.raises(DataError, match="must increase"):
        breaking_points([one, two], [1, 0])
    with pytest.raises(DataError, match="2 tables for 1 strengths"):
        breaking_points([one, two], [1])
    with pytest.raises(DataError, match="same players"):
        breaking_points([one, welfare_game(3, 3)], [0, 1])


# ---- bands ------------------------------------------------------------------------------


def test_stable_in_a_share_of_draws():
    gains = [1.0, 1.0, 1.0, -1.0]
    draws = [table_of({"A+B": [gain, 1.0]}, 2) for gain in gains]
    bands = parameter_bands(iter(draws))
    assert bands.draws == 4
    assert bands.share("A+B") == pytest.approx(0.75)
    assert bands.share("A+B", "internal", NO) == pytest.approx(0.25)
    np.testing.assert_array_equal(bands.counts.sum(axis=1), 4)
    np.testing.assert_allclose(bands.value[:, 3], [200, 200, 200, 0])
    frame = bands.value_frame((0.0, 0.5, 1.0)).set_index("club")
    assert frame.loc["A+B", ["value_musd_q0", "value_musd_q50", "value_musd_q100"]].tolist() == [
        pytest.approx(0.0, abs=1e-9), pytest.approx(200.0), pytest.approx(200.0),
    ]  # fmt: skip
    assert bands.player_frame()["shapley_draws_known"].tolist() == [4, 4]
    assert bands.stability_frame().set_index("club").loc["A+B", "stable_yes"] == 0.75


def test_failed_draws_are_counted_not_averaged():
    good = table_of({"A+B": [1.0, 1.0]}, 2)
    bands = parameter_bands([good, failed_copy(good, 3)])
    assert bands.share("A+B") == 0.5
    assert bands.share("A+B", verdict=UNKNOWN) == 0.5
    frame = bands.value_frame().set_index("club")
    assert frame.loc["A+B", "value_draws_known"] == 1
    assert frame.loc["A+B", "value_musd_q5"] == pytest.approx(200.0)
    assert bands.core_counts[UNKNOWN - 1] == 1
    nothing = parameter_bands([failed_copy(good, 3)])
    assert np.isnan(nothing.player_frame()["shapley_musd_q50"]).all()


def test_bands_refusals():
    with pytest.raises(DataError, match="at least one draw"):
        parameter_bands([])
    with pytest.raises(DataError, match="differ in players"):
        parameter_bands([welfare_game(2, 3), welfare_game(3, 3)])
