"""Stability: hand-made tables, a plain loop, ties, failed clubs, transfers that hold a club."""

import time

import numpy as np
import pytest
from club_tables import NAMES, table_of, tu_game, welfare_game
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.club import Game, Verdict, club_of
from hansa.errors import DataError

YES, TIE, UNKNOWN, NO = Verdict

# Gains in percent of three equal economies: pairs help both, the club of all helps A and B
# more, but C is better off alone beside A+B.
THREE = {
    "A+B": [1.0, 1.0, 2.0],
    "A+C": [1.0, 0.5, 1.0],
    "B+C": [0.5, 1.0, 1.0],
    "A+B+C": [3.0, 3.0, 1.5],
}


def test_hand_made_table():
    found = table_of(THREE, 3).stable()
    # C would leave the club of all: 1.5 inside, 2.0 outside.
    assert found.verdict("A+B+C", "internal") is NO
    assert found.verdict("A+B+C", "external") is YES
    assert NAMES[found.leaver[7]] == "C"
    assert found.leave_gain[7] == pytest.approx(50.0)
    # Together 7.5 against 0.5 + 1 + ... free-riding: A alone 0.5, B alone 0.5, C alone 2.0.
    assert found.verdict("A+B+C", "potential") is YES
    assert found.surplus[7] == pytest.approx((7.5 - 3.0) * 100)
    # A+B: nobody leaves (1 against 0), C does not join (1.5 against 2).
    assert found.verdict(("B", "A")) is YES
    assert found.leave_gain[3] == pytest.approx(-100.0)
    assert NAMES[found.joiner[3]] == "C"
    assert found.join_gain[3] == pytest.approx(-50.0)
    # A+C: B joins (3 against 0.5).
    assert found.verdict("A+C", "internal") is YES
    assert found.verdict("A+C", "external") is NO
    assert found.clubs() == [("A", "B")]
    assert found.clubs("external", NO) == [
        ("A",), ("B",), ("C",), ("A", "C"), ("B", "C"),
    ]  # fmt: skip


def test_a_club_of_one_is_no_club_and_ties():
    found = table_of(THREE, 3).stable()
    for code in "ABC":
        assert found.verdict(code, "internal") is TIE
    assert found.verdict((), "internal") is YES
    assert found.verdict((), "external") is TIE
    assert found.verdict(()) is TIE
    assert found.leaver[0] == -1
    assert np.isnan(found.leave_gain[0])
    assert found.to_frame().loc[0, "leaver"] == ""


def test_differences_within_the_residuals_are_ties():
    for gap, verdict in ((3e-9, YES), (0.5e-9, TIE), (0.0, TIE), (-0.5e-9, TIE), (-3e-9, NO)):
        game = table_of({"A+B": [100 * gap, 1.0]}, 2, residual=1e-9)
        assert game.stable().verdict("A+B", "internal") is verdict
        assert game.temptation("A+B").internal is verdict
        outside = table_of({"A+B": [1.0, 100 * gap]}, 2, residual=1e-9).stable()
        opposite = {YES: NO, TIE: TIE, NO: YES}[verdict]
        assert outside.verdict("A", "external") is opposite
    wider = table_of({"A+B": [3e-7, 1.0]}, 2, residual=1e-9, safety=10.0)
    assert wider.stable().verdict("A+B", "internal") is TIE


def test_rounding_is_a_tie_even_with_exact_residuals():
    game = Game.from_welfare("AB", "AB", np.ones((4, 2)), [1.0, 1.0])
    moved = game.welfare.copy()
    moved[3] += 2e-16
    again = Game.from_welfare("AB", "AB", moved, [1.0, 1.0])
    assert again.stable().verdict("A+B", "internal") is TIE
    assert again.stable().verdict("A+B", "potential") is TIE


def test_a_clear_no_outweighs_a_tie_and_an_unknown():
    # A ties, B loses by staying: the club does not hold.
    game = table_of({"A+B": [0.0, -1.0]}, 2)
    assert game.stable().verdict("A+B", "internal") is NO
    # C clearly leaves A+B+C though what A would do is unknown (B+C failed).
    table = table_of(THREE, 3)
    solved = np.ones(8, dtype=bool)
    solved[6] = False
    failed = Game.from_welfare("ABC", "ABC", table.welfare, [1e4] * 3, solved, np.full(8, 1e-12))
    found = failed.stable()
    assert found.verdict("A+B+C", "internal") is NO
    assert NAMES[found.leaver[7]] == "C"
    assert found.verdict("A+B+C", "potential") is UNKNOWN
    assert np.isnan(found.surplus[7])


def by_the_definition(game, mask):
    """Internal, external and potential verdicts of one club, one comparison at a time."""

    def verdict(difference, slack):
        if np.isnan(difference):
            return UNKNOWN
        return TIE if abs(difference) <= slack else YES if difference > 0 else NO

    error = np.maximum(game.residual, 16 * np.finfo(float).eps)
    inside, outside, surplus, slack = [YES], [YES], 0.0, 0.0
    for k in range(game.m):
        other = mask ^ 1 << k
        here, there = game.welfare[mask, k], game.welfare[other, k]
        within = error[mask] * here + error[other] * there
        if mask >> k & 1:
            inside.append(verdict(here - there, within))
            surplus += game.ev[mask, k] - game.ev[other, k]
            slack += within * game.income[k]
        else:
            outside.append(verdict(here - there, within))
    return max(inside), max(outside), verdict(surplus, slack) if mask else YES


@given(
    m=st.integers(1, 5),
    seed=st.integers(0, 2**32 - 1),
    failures=st.integers(0, 4),
    residual=st.sampled_from([1e-12, 3e-3]),
)
@settings(max_examples=60, deadline=None)
def test_equals_a_plain_loop(m, seed, failures, residual):
    rng = np.random.default_rng(seed)
    failed = rng.choice(1 << m, size=min(failures, (1 << m) - 1), replace=False)
    game = welfare_game(m, m + 2, seed, failed, residual)
    found = game.stable()
    for mask in range(1 << m):
        internal, external, potential = by_the_definition(game, mask)
        assert (found.internal[mask], found.external[mask]) == (internal, external)
        assert found.potential[mask] == potential
        assert found.stable[mask] == max(internal, external)
        one = game.temptation(club_of(game.players, mask))
        assert (one.internal, one.external, one.potential) == (internal, external, potential)
        # Without the empty club there is no money to compare.
        if internal is not UNKNOWN and mask and game.solved[0]:
            leaving = one.gain[one.member]
            assert found.leave_gain[mask] == pytest.approx(np.nanmax(leaving), abs=1e-9)


def test_a_failed_club_poisons_only_its_neighbours():
    m, failed = 4, 0b0101
    found, whole = welfare_game(m, 5, 3, [failed]).stable(), welfare_game(m, 5, 3).stable()
    neighbours = {failed} | {failed ^ 1 << k for k in range(m)}
    for mask in range(1 << m):
        unknown = UNKNOWN in (found.internal[mask], found.external[mask], found.potential[mask])
        if mask in neighbours:
            continue
        assert not unknown
        assert found.internal[mask] == whole.internal[mask]
        assert found.surplus[mask] == whole.surplus[mask]
    assert found.internal[failed] == found.external[failed] == UNKNOWN
    assert np.isnan(found.leave_gain[failed])
    assert found.leaver[failed] == -1


def test_without_the_empty_club_verdicts_stand_and_money_does_not():
    game = welfare_game(3, 4, 1, [0])
    found, whole = game.stable(), welfare_game(3, 4, 1).stable()
    assert found.verdict("A+B+C", "internal") == whole.verdict("A+B+C", "internal")
    assert found.verdict("A", "internal") is UNKNOWN
    assert np.isnan(found.surplus[1:]).all()
    assert np.isnan(game.value().value[1:]).all()
    assert set(game.value().to_frame()["status"]) == {"known", "unknown"}


def test_sixteen_players_take_a_second():
    game = welfare_game(16, 18, 0)
    start = time.perf_counter()
    found = game.stable()
    assert time.perf_counter() - start < 3
    for mask in (1, 12345, 65535):
        assert tuple(map(int, by_the_definition(game, mask))) == (
            found.internal[mask], found.external[mask], found.potential[mask],
        )  # fmt: skip


def test_joint_values_alone_have_no_stability():
    with pytest.raises(DataError, match="joint values only"):
        tu_game(np.zeros(4)).stable()
    with pytest.raises(ValueError, match="kind"):
        table_of(THREE, 3).stable().verdict("A", "outer")


def test_temptation_names_who_moves():
    frame = table_of(THREE, 3).temptation("A+B+C").to_frame().set_index("player")
    assert frame["would"].to_dict() == {"A": "no", "B": "no", "C": "yes"}
    assert frame.loc["C", "gain_musd"] == pytest.approx(50.0)
    assert frame.loc["C", "gain_percent"] == pytest.approx(100 * (1.02 / 1.015 - 1))


# ---- transfers --------------------------------------------------------------------------


def test_transfers_hold_a_club_that_would_fall_apart():
    game = table_of(THREE, 3)
    scheme = game.transfers("A+B+C")
    assert scheme.holds is YES
    assert scheme.needed is YES
    assert scheme.surplus == pytest.approx(450.0)
    np.testing.assert_allclose(scheme.gain, [300, 300, 150])
    np.testing.assert_allclose(scheme.free_riding, [50, 50, 200])
    np.testing.assert_allclose(scheme.after, [200, 200, 350])
    np.testing.assert_allclose(scheme.payment, [-100, -100, 200])
    assert {(p.payer, p.receiver) for p in scheme.payments} == {("A", "C"), ("B", "C")}
    assert sum(p.amount for p in scheme.payments) == pytest.approx(200.0)
    assert len(scheme.payments_frame()) == 2


@given(m=st.integers(2, 6), seed=st.integers(0, 2**32 - 1), share=st.sampled_from(["equal", "by"]))
@settings(max_examples=60, deadline=None)
def test_transfers_balance_and_nobody_gains_by_leaving(m, seed, share):
    game = welfare_game(m, m, seed)
    weights = dict(zip(NAMES[:m], np.arange(1.0, m + 1), strict=True))
    stable = game.stable()
    for mask in range(1, 1 << m):
        club = club_of(game.players, mask)
        by = share if share == "equal" else {code: weights[code] for code in club}
        scheme = game.transfers(club, by)
        assert scheme.holds == stable.potential[mask]
        if scheme.holds is not YES:
            assert np.isnan(scheme.payment).all()
            assert scheme.payments == ()
            continue
        size = np.abs(scheme.gain).sum() + np.abs(scheme.free_riding).sum()
        assert abs(scheme.payment.sum()) <= 1e-12 * size
        assert (scheme.after >= scheme.free_riding - 1e-9 * size).all()
        net = dict.fromkeys(club, 0.0)
        for p in scheme.payments:
            assert p.amount > 0
            net[p.payer] -= p.amount
            net[p.receiver] += p.amount
        np.testing.assert_allclose(list(net.values()), scheme.payment, rtol=0, atol=1e-9 * size)
        assert len(scheme.payments) < max(len(club), 2)


def test_shares_of_the_surplus():
    game = table_of(THREE, 3)
    by_value = game.transfers("A+B+C", "shapley")
    worth = game.shapley().value
    np.testing.assert_allclose(
        by_value.after - by_value.free_riding, 450 * worth / worth.sum(), atol=1e-9
    )
    with pytest.raises(DataError, match="'equal'"):
        game.transfers("A+B+C", "equa")
    with pytest.raises(DataError, match="no weight to C"):
        game.transfers("A+B+C", {"A": 1, "B": 1})
    with pytest.raises(DataError, match="unknown member 'D'"):
        game.transfers("A+B+C", {"A": 1, "B": 1, "C": 1, "D": 1})
    with pytest.raises(DataError, match="positive"):
        game.transfers("A+B+C", {"A": 1, "B": 1, "C": 0})
    with pytest.raises(DataError, match="empty club"):
        game.transfers(())


def test_transfers_that_cannot_be_or_are_not_known():
    short = table_of({"A+B": [1.0, -2.0]}, 2).transfers("A+B")
    assert short.holds is NO
    assert short.surplus == pytest.approx(-100.0)
    unknown = welfare_game(2, 3, 0, [1]).transfers("A+B")
    assert unknown.holds is UNKNOWN
    assert np.isnan(unknown.payment).all()
    good = table_of({"A+B": [1.0, 2.0]}, 2).transfers("A+B")
    assert good.needed is NO
