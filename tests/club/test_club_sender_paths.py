"""Paths of senders' coalitions: by hand, against all pairs, and for players that no table holds."""

import numpy as np
import pytest
from club_tables import NAMES, SANCTIONS, table_of, welfare_game
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.club import Outcomes, Verdict, outcomes_of, sender_path
from hansa.errors import DataError


def steps(path):
    return [s.joiner for s in path.steps]


def test_the_path_of_most_harm_by_hand():
    solver = outcomes_of(table_of(SANCTIONS, 3, 4), "D")
    path = sender_path("ABC", solver)
    assert steps(path) == ["A", "C", "B"]
    np.testing.assert_allclose([s.more_harm for s in path.steps], [200, 200, 100])
    np.testing.assert_allclose([s.harm for s in path.steps], [200, 400, 500])
    # B's joining: A from 10 to 20, C from 20 to 30, B from 0 to 70.
    np.testing.assert_allclose([s.more_cost for s in path.steps], [10, 20, 90])
    np.testing.assert_allclose([s.cost for s in path.steps], [10, 30, 120])
    assert {s.choice for s in path.steps} == {Verdict.YES}
    frame = path.to_frame()
    assert frame["coalition"].tolist() == ["A", "A+C", "A+B+C"]
    assert sender_path("ABC", solver, "harm", "C").steps[0].joiner == "A"
    assert steps(sender_path("ABC", solver, "given", (), ("B", "C", "A"))) == ["B", "C", "A"]


def test_most_harm_for_its_cost_and_free_harm_first():
    rows = {"A": [-1.0, 0, -2.0], "B": [0, -0.1, -1.0], "A+B": [-1.0, -0.1, -3.0]}
    solver = outcomes_of(table_of(rows, 2, 3), "C")
    assert steps(sender_path("AB", solver, "ratio")) == ["B", "A"]
    assert steps(sender_path("AB", solver, "harm")) == ["A", "B"]
    free = {"A": [-1.0, 0, -2.0], "B": [0, 0.3, -0.5], "A+B": [-1.0, 0.3, -2.5]}
    assert steps(sender_path("AB", outcomes_of(table_of(free, 2, 3), "C"), "ratio")) == ["B", "A"]
    # Who adds no harm comes last, whatever it costs.
    none = {"A": [-1.0, 0, -2.0], "B": [0, 0.3, 0.5], "A+B": [-1.0, 0.3, -1.5]}
    last = sender_path("AB", outcomes_of(table_of(none, 2, 3), "C"), "ratio")
    assert steps(last) == ["A", "B"]
    assert last.steps[1].more_harm == pytest.approx(-50)


def test_ties_and_what_was_not_solved():
    same = {"A": [0, 0, -1.0], "B": [0, 0, -1.0], "A+B": [0, 0, -2.0]}
    path = sender_path("AB", outcomes_of(table_of(same, 2, 3), "C"))
    assert path.steps[0].choice is Verdict.TIE
    lost = welfare_game(3, 5, 0, [1])
    path = sender_path("ABC", outcomes_of(lost, "E"))
    assert path.steps[0].choice is Verdict.UNKNOWN
    assert path.steps[0].joiner in "BC"
    nothing = welfare_game(2, 4, 0, [1, 2])
    assert sender_path("AB", outcomes_of(nothing, "D")).steps == ()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_each_step_is_the_best_of_all(m, seed):
    table = welfare_game(m, m + 2, seed)
    target = NAMES[m]
    harm = -table.ev[:, m]
    mask = 0
    for step in sender_path(NAMES[:m], outcomes_of(table, target)).steps:
        more = {k: harm[mask | 1 << k] - harm[mask] for k in range(m) if not mask >> k & 1}
        best = max(more, key=more.get)
        assert step.joiner == NAMES[best]
        assert step.more_harm == pytest.approx(more[best])
        mask |= 1 << best
    assert mask == (1 << m) - 1


def test_forty_players_need_no_table():
    size = np.arange(40, 0, -1.0)
    asked = []

    def additive(inside):
        asked.append(len(inside))
        return Outcomes(inside @ size, np.zeros(len(inside)), inside * 1.0)

    players = [f"P{k:02d}" for k in range(40)]
    path = sender_path(players, additive)
    assert steps(path) == players
    assert sum(asked) == 1 + 40 * 41 // 2


def test_refusals():
    solver = outcomes_of(table_of(SANCTIONS, 3, 4), "D")
    with pytest.raises(DataError, match="did you mean 'ratio'"):
        sender_path("ABC", solver, "ration")
    with pytest.raises(DataError, match="every player outside the start once: B"):
        sender_path("ABC", solver, "given", "A", ("C",))
    with pytest.raises(DataError, match="unknown player 'X'"):
        sender_path("ABC", solver, "harm", "X")
