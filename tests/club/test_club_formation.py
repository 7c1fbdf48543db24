"""Formation paths: criteria, founding pairs, incumbents, ties, failed clubs."""

import numpy as np
import pytest
from club_tables import table_of, tu_game, welfare_game

from hansa.club import Game, Verdict, formation_path
from hansa.errors import DataError

YES, TIE, UNKNOWN, NO = Verdict


def joined(path):
    return ["+".join(step.joiners) for step in path.steps]


# D is an outsider of the club who loses from A+C.
STORY = {
    "A+B": [2.0, 1.0, 0.0, 0.0],
    "A+C": [3.0, 0.0, 2.0, -1.0],
    "B+C": [0.0, 1.0, 1.0, 0.0],
    "A+B+C": [4.0, 0.5, 1.0, 0.0],
}


def test_the_pair_that_gains_most_founds_the_club():
    paths = table_of(STORY, 3, 4).paths()
    own = paths.own
    assert joined(own) == ["A+C"]
    assert own.steps[0].own_gain == pytest.approx(500.0)
    assert own.steps[0].loss_of_others == pytest.approx(100.0)
    assert np.isnan(own.steps[0].worst_change)
    # B would gain 0.5 by joining A+C, but C would lose 1.
    assert own.club == ("A", "C")
    assert own.end == "each candidate that gains would hurt an incumbent"
    assert own.verdict is YES


def test_joint_gain_counts_the_joiner_from_where_it_stood():
    path = table_of(STORY, 3, 4).paths().joint
    assert joined(path) == ["A+C", "B"]
    # A: 3 to 4, C: 2 to 1, B: 0 to 0.5.
    assert path.steps[1].joint_gain == pytest.approx(50.0)
    assert path.steps[1].worst_change == pytest.approx(-100.0)
    assert path.end == "every candidate is a member"


def test_gain_per_dollar_lost_prefers_what_hurts_nobody():
    path = table_of(STORY, 3, 4).paths().ratio
    # A+B and B+C hurt nobody: the greater gain of the two, though A+C gains more.
    assert joined(path)[0] == "A+B"
    assert path.steps[0].score == np.inf
    dear = {"A+B": [2.0, 1.0, -1.0, 0.0], "A+C": [3.0, 0.0, 3.0, -1.0]}
    path = table_of(dear, 3, 4).paths().ratio
    assert joined(path) == ["A+C"]
    assert path.steps[0].score == pytest.approx(6.0)


def test_single_players_found_where_one_gains_alone():
    path = table_of({"A": [1.0, 0.0], "A+B": [2.0, 3.0]}, 2).paths().own
    assert joined(path) == ["A", "B"]


def test_dollars_and_percent_may_choose_differently():
    rows = {"A+B": [1.0, 1.0, 0.0], "A+B+C": [1.0, 1.0, 0.0]}
    rows |= {"A+C": [1.0, 0.0, 5.0]}
    game = table_of(rows, 3, income=[1e5, 1e5, 1e3])
    assert game.paths().own.steps[0].joiners == ("A", "B")
    by_percent = game.paths(own_unit="percent").own.steps[0]
    assert by_percent.joiners == ("A", "C")
    assert by_percent.score == pytest.approx(3.0)


def test_equal_candidates_are_a_tie_and_the_first_is_taken():
    rows = {"A+B": [1.0, 1.0, 0.0], "A+C": [1.0, 0.0, 1.0], "B+C": [0.0, 0.4, 0.4]}
    path = table_of(rows, 3).paths().own
    assert path.steps[0].joiners == ("A", "B")
    assert path.steps[0].verdict is TIE
    assert path.verdict is TIE


def test_nothing_to_gain():
    path = table_of({"A+B": [-1.0, 2.0]}, 2).paths().own
    assert path.steps == ()
    assert path.end == "no candidate gains"
    assert path.verdict is YES
    flat = table_of({}, 2).paths()
    assert flat.own.verdict is TIE
    assert flat.own.end == "no candidate gains by more than the errors"
    assert flat.to_frame().empty
    assert "own_gain_musd" in flat.to_frame()


def test_start_from_a_club():
    path = formation_path(table_of(STORY, 3, 4), "joint", "B+C")
    assert path.start == ("B", "C")
    assert joined(path) == ["A"]
    full = formation_path(table_of(STORY, 3, 4), "own", "A+B+C")
    assert full.steps == ()
    assert full.end == "every candidate is a member"


def failed_copy(game, *clubs):
    solved = np.ones(1 << game.m, dtype=bool)
    solved[[game.mask(club) for club in clubs]] = False
    return Game.from_welfare(
        game.players, game.countries, game.welfare, game.income, solved, game.residual
    )


def test_a_failed_rival_makes_the_choice_unknown():
    game = failed_copy(table_of(STORY, 3, 4), "A+B")
    path = game.paths().own
    assert joined(path) == ["A+C"]
    assert path.steps[0].verdict is UNKNOWN
    assert path.verdict is UNKNOWN


def test_a_failed_only_way_on_ends_the_path():
    game = failed_copy(table_of(STORY, 3, 4), "A+B+C")
    path = game.paths().joint
    assert joined(path) == ["A+C"]
    assert path.steps[0].verdict is YES
    assert path.verdict is UNKNOWN
    assert path.end == "the clubs that might come next were not solved"


def test_failed_start():
    game = failed_copy(table_of(STORY, 3, 4), ())
    assert all(
        p.steps == () and p.verdict is UNKNOWN
        for p in (game.paths().own, game.paths().joint, game.paths().ratio)
    )


@pytest.mark.parametrize("seed", range(6))
def test_each_step_is_the_best_one(seed):
    game = welfare_game(4, 7, seed)
    path = game.paths().own
    here = 0
    for step in path.steps:
        after = game.mask(step.club)
        options = {}
        for k in range(4):
            if here >> k & 1:
                continue
            there = here | 1 << k
            change = (game.ev[there] - game.ev[here])[:4]
            inside = [change[i] for i in range(4) if here >> i & 1]
            if change[k] > 0 and all(c >= 0 for c in inside):
                options[there] = change[k]
        if options:
            assert after == max(options, key=options.get)
            assert step.own_gain == pytest.approx(options[after])
        else:
            assert here == 0
            assert len(step.joiners) == 2
        here = after
    assert len(game.paths().to_frame()) >= len(path.steps)


def test_refusals():
    game = table_of(STORY, 3, 4)
    with pytest.raises(DataError, match="did you mean 'joint'"):
        formation_path(game, "join")
    with pytest.raises(DataError, match="unit"):
        game.paths(own_unit="usd")
    with pytest.raises(DataError, match="joint values only"):
        tu_game(np.zeros(4)).paths()
