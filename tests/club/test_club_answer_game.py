"""The two-stage game against games solved by hand; members' points; probabilities."""

import numpy as np
import pytest
from club_tables import NAMES, table_of, tu_game, welfare_game
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.club import (
    Game,
    Verdict,
    answer_game,
    breaking_points,
    expected_tables,
    member_points,
)
from hansa.errors import DataError

YES, TIE, UNKNOWN, NO = Verdict


def pair(gain, senders, answer=0.0):
    """A and B may form a club that gives each `gain` per cent and S, the sender, `senders`.

    Income is 1e4 each: one per cent is 100 million.
    """
    return table_of({"A+B": [gain - answer, gain - answer, senders]}, 2, 3)


# At no answer the pair forms: A and B gain 100 each, C (the sender) loses 300. At p = 1 the club
# no longer pays, nobody joins; at p = 0.5 it pays 20 each, and the sender loses 50 by answering.
BY_HAND = (pair(1.0, -3.0), pair(0.2, -0.5), pair(-1.0, -4.0))
GRID = (0.0, 0.5, 1.0)


def test_senders_that_mind_only_themselves_deter_the_club():
    game = answer_game(BY_HAND, GRID, ["C"])
    stages = game.stages_frame()
    assert stages["club"].tolist() == ["A+B", "A+B", "(none)"]
    assert stages["stable"].tolist() == ["yes", "yes", "tie"]
    np.testing.assert_allclose(stages["senders_musd"], [-300, -50, 0])
    # Harm to candidates: they gain, so it is negative.
    np.testing.assert_allclose(stages["harm_musd"], [-200, -40, 0], atol=1e-9)
    for weight in (0.0, 0.3, 5.0):
        choice = game.chosen(weight)
        assert choice.strength == 1.0
        assert choice.clubs == ((),)
        assert choice.tied == ()
    outcomes = game.to_frame()
    assert outcomes["club"].tolist() == ["(none)"]
    assert (outcomes["weight_from"].iloc[0], outcomes["weight_to"].iloc[0]) == (0.0, np.inf)


def harmful(own, loss, inside=0.1):
    """A club that holds though both members lose against no club: leaving alone is worse still.

    A alone and B alone are clubs of one with a welfare of their own.
    """
    alone = -loss - inside
    return table_of(
        {"A": [0.0, alone, 0.0], "B": [alone, 0.0, 0.0], "A+B": [-loss, -loss, own]}, 2, 3
    )


def test_a_weight_on_harm_moves_the_choice_where_the_lines_cross():
    # No answer: the club stands, sender at 0, no harm. Full answer: it still stands, both
    # members lose 2 % (200 each), the sender loses 1 % (100). Worth it from lambda = 100 / 400.
    games = (harmful(0.0, 0.0), harmful(-1.0, 2.0))
    game = answer_game(games, (0.0, 1.0), ["C"])
    assert game.chosen(0.1).strength == 0.0
    assert game.chosen(1.0).strength == 1.0
    for selection in ("optimistic", "pessimistic"):
        first, second = (c for c in game.choices if c.selection == selection)
        assert first.weight_from == 0.0
        assert first.weight_to == pytest.approx(0.25)
        assert second.weight_from == pytest.approx(0.25)
        assert second.weight_to == np.inf
    frame = game.to_frame().set_index("strength")
    assert frame.loc[0.0, "weight_to"] == pytest.approx(0.25)
    assert frame.loc[1.0, "weight_from"] == pytest.approx(0.25)
    np.testing.assert_allclose(frame["harm_musd"], [0, 400], atol=1e-9)


def two_clubs(first, second):
    """A+B and C+D are both stable; A+B+C and others would please nobody. E is the sender."""
    rows = {}
    for mask in range(1, 16):
        members = [NAMES[k] for k in range(4) if mask >> k & 1]
        rows["+".join(members)] = [-1.0 if NAMES[k] in members else 0.0 for k in range(4)] + [0.0]
    rows["A+B"] = [1.0, 1.0, 0.0, 0.0, first]
    rows["C+D"] = [0.0, 0.0, 1.0, 1.0, second]
    for alone in "ABCD":
        rows[alone] = [0.0] * 5
    return table_of(rows, 4, 5)


def test_two_stable_clubs_part_optimists_from_pessimists():
    # At p = 0: A+B costs the sender 100, C+D costs it 900. At p = 1: 300 and 400.
    game = answer_game((two_clubs(-1.0, -9.0), two_clubs(-3.0, -4.0)), (0, 1), ["E"])
    assert game.stages_frame()["club"].tolist() == ["A+B", "C+D", "A+B", "C+D"]
    assert game.chosen(0.0, "optimistic").strength == 0.0
    assert game.chosen(0.0, "optimistic").clubs == (("A", "B"),)
    assert game.chosen(0.0, "pessimistic").strength == 1.0
    assert game.chosen(0.0, "pessimistic").clubs == (("C", "D"),)
    perfect = {(e.strength, e.club) for e in game.equilibria}
    # (0, C+D) is not: the worst that follows p = 1 is better. The other three are.
    assert perfect == {(0.0, ("A", "B")), (1.0, ("A", "B")), (1.0, ("C", "D"))}


def test_strengths_that_end_alike_are_reported_as_ties():
    game = answer_game((pair(1.0, -3.0), pair(-1.0, -4.0), pair(-2.0, -5.0)), GRID, ["C"])
    choice = game.chosen(0.0)
    assert choice.strength == 0.5
    assert choice.tied == (1.0,)
    assert game.choices_frame()["tied"].tolist() == ["1", "1"]


def test_ties_count_where_asked_for():
    """No club is a tie by construction; with ties it stands beside the stable pair."""
    game = answer_game(BY_HAND, GRID, ["C"], with_ties=True)
    assert game.stages_frame()["club"].tolist() == ["(none)", "A+B", "(none)", "A+B", "(none)"]
    assert game.chosen(0.0, "optimistic").tied == (0.5, 1.0)
    assert game.chosen(0.0, "pessimistic").strength == 1.0


def failed(game, *rows):
    solved = np.ones(game.solved.size, dtype=bool)
    solved[list(rows)] = False
    return Game.from_welfare(
        game.players, game.countries, game.welfare, game.income, solved, game.residual
    )


def test_failures_are_said():
    # That of all four is not solved: its neighbours may be stable or not, the pairs are.
    game = answer_game((two_clubs(-1.0, -9.0), failed(two_clubs(-3.0, -4.0), 15)), (0, 1), ["E"])
    assert game.complete.tolist() == [True, False]
    assert game.chosen(0.0, "optimistic").clubs == (("A", "B"),)
    with pytest.raises(DataError, match=r"at strength 1 no club is known to be stable.*not solved"):
        answer_game((BY_HAND[0], failed(BY_HAND[1], 1)), (0, 1), ["C"])


def test_a_circle_of_moves_is_no_equilibrium():
    """B wants in where A is, A does not want B: matching pennies, no pure equilibrium."""
    circle = table_of({"A": [1.0, 0, 0], "B": [0, -1.0, 0], "A+B": [-1.0, 1.0, 0]}, 2, 3)
    with pytest.raises(DataError, match="go round in a circle"):
        answer_game((circle, circle), (0, 1), ["C"])


def test_refusals():
    with pytest.raises(DataError, match="at least one sender"):
        answer_game(BY_HAND, GRID)
    with pytest.raises(DataError, match="A is a candidate"):
        answer_game(BY_HAND, GRID, ["A"])
    with pytest.raises(DataError, match="unknown country 'X'"):
        answer_game(BY_HAND, GRID, ["X"])
    with pytest.raises(DataError, match="must increase"):
        answer_game(BY_HAND, (0, 2, 1), ["C"])
    with pytest.raises(DataError, match="joint values only"):
        answer_game([tu_game(np.zeros(4))] * 2, (0, 1), ["C"])
    game = answer_game(BY_HAND, GRID, ["C"])
    with pytest.raises(DataError, match="did you mean 'optimistic'"):
        game.chosen(0.0, "optimistc")
    with pytest.raises(DataError, match=">= 0"):
        game.chosen(-1.0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 3), st.floats(0.0, 20.0))
def test_choices_are_those_of_plain_search(seed, m, weight):
    """At any weight: the argmax over strengths of the best or the worst second stage."""
    games = [welfare_game(m, m + 2, seed + k) for k in range(3)]
    senders = NAMES[m : m + 2]
    try:
        game = answer_game(games, GRID, senders)
    except DataError:  # a random game may have no stable club at all
        return
    value = game.own + weight * game.harm
    for selection, pick in (("optimistic", np.max), ("pessimistic", np.min)):
        by_strength = [pick(value[game.at == g]) for g in range(3)]
        choice = game.chosen(weight, selection)
        chosen = by_strength[list(GRID).index(choice.strength)]
        assert chosen == pytest.approx(max(by_strength), rel=1e-9, abs=1e-6)
    worst = [np.min(value[game.at == g]) for g in range(3)]
    for k in range(value.size):
        others = [worst[g] for g in range(3) if g != game.at[k]]
        gap = value[k] - max(others)
        if abs(gap) < 1e-4:
            continue
        club = tuple(NAMES[b] for b in range(m) if int(game.mask[k]) >> b & 1)
        held = any(
            e.strength == GRID[game.at[k]] and e.club == club
            and e.weight_from <= weight <= e.weight_to
            for e in game.equilibria
        )  # fmt: skip
        assert held == (gap > 0)


# ---- members ----------------------------------------------------------------------------


def test_members_points_are_where_their_lines_cross():
    # A: 1 -> -1 (crosses at 0.5); B: 3 -> 1 (never).
    games = (table_of({"A+B": [1.0, 3.0]}, 2), table_of({"A+B": [-1.0, 1.0]}, 2))
    points = member_points(games, (0, 1))
    assert points.of("A+B", "A") == (pytest.approx(0.5), pytest.approx(0.5))
    assert points.of("A+B", "B") == (np.inf, np.inf)
    assert points.leaves_verdict[3].tolist() == [YES, NO]
    assert np.isnan(points.leaves[1, 1])
    assert breaking_points(games, (0, 1)).of("A+B") == pytest.approx(0.5)
    frame = points.to_frame().set_index(["club", "member"])
    assert len(frame) == 4
    assert frame.loc[("A+B", "A"), "leaves"] == "yes"
    assert frame.loc[("A+B", "B"), "robust"] == "no"


def test_leaving_and_losing_are_not_the_same():
    # B alone with A out loses by the answer (a club of one is answered too), so staying pays
    # longer than gaining.
    games = (
        table_of({"A+B": [1.0, 1.0]}, 2),
        table_of({"A+B": [-1.0, -1.0], "A": [0.0, -3.0], "B": [-3.0, 0.0]}, 2),
    )
    points = member_points(games, (0, 1))
    leaves, loses = points.of("A+B", "A")
    assert loses == pytest.approx(0.5)
    assert leaves == np.inf


def test_robust_clubs_are_stable_throughout():
    games = [table_of({"A+B": [gain, 1.0]}, 2) for gain in (1.0, 0.5, 0.2)]
    assert member_points(games, (0, 1, 2)).robust_clubs() == [("A", "B")]
    games[1] = table_of({"A+B": [-0.5, 1.0]}, 2)
    assert member_points(games, (0, 1, 2)).robust_clubs() == []


def test_unknown_rows_stay_unknown():
    games = (table_of({"A+B": [1.0, 1.0]}, 2), failed(table_of({"A+B": [2.0, 2.0]}, 2), 3))
    points = member_points(games, (0, 1))
    assert np.isnan(points.of("A+B", "A")[0])
    assert points.leaves_verdict[3].tolist() == [UNKNOWN, UNKNOWN]
    assert points.robust[3] == UNKNOWN


def test_a_probability_is_a_straight_line_between_two_games():
    without, full = table_of({"A+B": [1.0, 3.0]}, 2), table_of({"A+B": [-3.0, 1.0]}, 2)
    tables = expected_tables(without, full, (0.0, 0.2, 0.5, 1.0))
    np.testing.assert_allclose(tables[2].ev[3], (without.ev[3] + full.ev[3]) / 2)
    coarse = breaking_points((without, full), (0, 1)).of("A+B")
    assert breaking_points(tables, (0.0, 0.2, 0.5, 1.0)).of("A+B") == pytest.approx(coarse)
    assert coarse == pytest.approx(0.25)
    with pytest.raises(DataError, match=r"0\.\.1"):
        expected_tables(without, full, (0.0, 2.0))
