"""Game: labels, refusals, errors of numbers, best clubs, spillovers, frames, figure."""

import ast
import doctest
import importlib
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
from club_tables import NAMES, random_values, table_of, tu_game, welfare_game

import hansa.club
from hansa.club import Game, Verdict, club_of, label_of, labels, mask_of, membership
from hansa.club.subsets import split, subset_sums
from hansa.errors import DataError

YES, TIE, UNKNOWN, NO = Verdict
ROOM = Path(hansa.club.__file__).parent
PLAYERS = ("IRN", "BLR", "RUS")


# ---- names and masks --------------------------------------------------------------------


def test_masks_and_names():
    assert [mask_of(PLAYERS, c) for c in ((), "(none)", "", "IRN+RUS", ["RUS", "BLR"])] == [
        0, 0, 0, 5, 6,
    ]  # fmt: skip
    assert club_of(PLAYERS, 6) == ("BLR", "RUS")
    assert label_of(PLAYERS, 0) == "(none)"
    assert labels(PLAYERS) == [label_of(PLAYERS, q) for q in range(8)]
    assert [mask_of(PLAYERS, name) for name in labels(PLAYERS)] == list(range(8))
    with pytest.raises(DataError, match="did you mean 'IRN'"):
        mask_of(PLAYERS, ["IRM"])
    with pytest.raises(DataError, match="twice"):
        mask_of(PLAYERS, "IRN+IRN")
    with pytest.raises(DataError, match="outside"):
        club_of(PLAYERS, 8)


def test_folds_over_subsets():
    own = np.array([1.0, 10.0, 100.0])
    np.testing.assert_array_equal(subset_sums(own), membership(3) @ own)
    rows = np.arange(8)
    without, with_ = split(rows, 1)
    np.testing.assert_array_equal(without.ravel(), [0, 1, 4, 5])
    np.testing.assert_array_equal(with_.ravel(), [2, 3, 6, 7])


# ---- construction -----------------------------------------------------------------------


def test_value_is_the_sum_over_members():
    game = welfare_game(4, 6, 2)
    by_hand = [game.ev[q, :4][membership(4)[q]].sum() for q in range(16)]
    np.testing.assert_allclose(game.value().value, by_hand, rtol=1e-13, atol=1e-9)
    assert game.value().of("A+C") == pytest.approx(by_hand[5])
    np.testing.assert_allclose(game.ev, (game.welfare - game.welfare[0]) * game.income)


def test_players_may_stand_anywhere_among_the_countries():
    game = welfare_game(3, 5, 4)
    order = [4, 2, 0, 3, 1]
    moved = Game.from_welfare(
        game.players,
        [game.countries[n] for n in order],
        game.welfare[:, order],
        game.income[order],
        residual=game.residual,
    )
    np.testing.assert_allclose(moved.value().value, game.value().value, rtol=1e-13)
    np.testing.assert_array_equal(moved.stable().internal, game.stable().internal)


def test_ev_given_directly_implies_income():
    game = welfare_game(3, 5, 4)
    plain = Game(game.players, game.countries, game.welfare, game.ev, game.solved, game.residual)
    np.testing.assert_allclose(plain.income, game.income, rtol=1e-9)
    still = Game.from_welfare("AB", "ABC", np.ones((4, 3)), [1.0, 2.0, 3.0])
    again = Game(("A", "B"), ("A", "B", "C"), still.welfare, still.ev, still.solved, still.residual)
    np.testing.assert_array_equal(again.income, 0.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"welfare": np.ones((7, 3))}, "welfare has shape"),
        ({"ev": np.zeros((8, 2))}, "ev has shape"),
        ({"solved": np.ones(4, dtype=bool)}, "solved has shape"),
        ({"players": ("A", "B", "A")}, "repeated: A"),
        ({"players": ()}, "at least one player"),
        ({"players": tuple(f"P{k}" for k in range(25))}, "at most 24"),
        ({"players": ("A", "B", "X")}, "unknown country 'X'"),
        ({"senders": ("Z",)}, "unknown country 'Z'"),
        ({"countries": ("A", "B", "B")}, "unique"),
        ({"safety": 0.0}, "safety"),
        ({"residual": np.full(8, np.nan)}, "residual under the club"),
        ({"residual": np.full(8, -1.0)}, "residual under the club"),
    ],
)
def test_refuses_what_does_not_fit(change, message, monkeypatch):
    game = welfare_game(3, 3)
    good = {
        "players": game.players, "countries": game.countries, "welfare": game.welfare,
        "ev": game.ev, "solved": game.solved, "residual": game.residual,
    }  # fmt: skip
    # Tables of the wrong shape would not get past the annotations while those are checked.
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(DataError, match=message):
        Game(**(good | change))


def test_refuses_numbers_that_are_none_and_ev_that_is_not_ev():
    game = welfare_game(3, 3)
    hole = game.welfare.copy()
    hole[5, 1] = np.nan
    with pytest.raises(DataError, match=r"of B under the club A\+C"):
        Game.from_welfare("ABC", "ABC", hole, game.income)
    wrong = game.ev.copy()
    wrong[6, 2] *= 1.01
    with pytest.raises(DataError, match=r"ev of C under the club"):
        Game(game.players, game.countries, game.welfare, wrong, game.solved, game.residual)
    with pytest.raises(DataError, match="income of B must be positive"):
        Game.from_welfare("ABC", "ABC", game.welfare, [1.0, 0.0, 2.0])
    with pytest.raises(DataError, match="income has shape"):
        Game.from_welfare("ABC", "ABC", game.welfare, [1.0])


def test_failed_rows_never_show_a_number():
    game = welfare_game(3, 4, 0, [3])
    assert np.isnan(game.welfare[3]).all()
    assert np.isnan(game.ev[3]).all()
    frame = game.value().to_frame().set_index("club")
    assert frame.loc["A+B", "status"] == "failed"
    assert frame.loc["A+B", ["value_musd", "slack_musd"]].isna().all()
    assert frame["value_musd"].isna().sum() == 1
    assert "1 failed" in repr(game)


def test_arrays_are_frozen_and_the_callers_are_not():
    welfare = np.ones((4, 2))
    game = Game.from_welfare("AB", "AB", welfare, [1.0, 1.0])
    welfare[0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        game.welfare[0, 0] = 2.0


def test_from_values_in_three_ways():
    by_club = {("A",): 1.0, ("B",): 2.0, ("B", "A"): 5.0}
    for values in (
        by_club,
        [0.0, 1.0, 2.0, 5.0],
        lambda club: {0: 0.0, 2: 5.0}.get(len(club), 1.0 if club == ("A",) else 2.0),
    ):
        np.testing.assert_array_equal(Game.from_values("AB", values).joint_value, [0, 1, 2, 5])
    with pytest.raises(DataError, match=r"no value is given for the club A\+B"):
        Game.from_values("AB", {("A",): 1.0, ("B",): 2.0})
    with pytest.raises(DataError, match="empty club must be zero"):
        Game.from_values("AB", [1.0, 1.0, 2.0, 5.0])
    with pytest.raises(DataError, match="values have shape"):
        Game.from_values("AB", [0.0, 1.0])
    with pytest.raises(DataError, match="unknown player 'C'"):
        Game.from_values("AB", {("C",): 1.0})


def test_among_leaves_the_others_outside():
    game = welfare_game(4, 6, 1, [8], senders=("F",))
    part = game.among(("D", "B"))
    assert isinstance(part, Game)
    assert part.players == ("B", "D")
    np.testing.assert_array_equal(part.welfare, game.welfare[[0, 2, 8, 10]])
    np.testing.assert_array_equal(part.income, game.income)
    assert part.senders == ("F",)
    assert game.among("A+B+C").shapley().known.all()
    assert not game.shapley().known.any()
    values = random_values(3, 0)
    np.testing.assert_array_equal(tu_game(values).among("A+C").joint_value, values[[0, 1, 4, 5]])


# ---- best -------------------------------------------------------------------------------


def test_best_club_jointly_and_for_each():
    rows = {"A+B": [2.0, 1.0, 0.0], "A+C": [1.0, 0.0, 4.0], "A+B+C": [1.5, 2.0, 1.0]}
    best = table_of(rows, 3).best()
    assert best.club == ("A", "C")
    assert best.value == pytest.approx(500.0)
    assert best.verdict is YES
    assert [best.own_club(code) for code in "ABC"] == [("A", "B"), ("A", "B", "C"), ("A", "C")]
    np.testing.assert_allclose(best.own_ev, [200, 200, 400])
    assert best.to_frame()["best"].tolist() == ["yes"] * 4


def test_best_of_equals_is_a_tie_and_the_smallest():
    rows = {"A+B": [2.0, 1.0, 0.0], "A+B+C": [2.0, 1.0, 0.0]}
    best = table_of(rows, 3).best()
    assert best.club == ("A", "B")
    assert best.verdict is TIE
    assert best.tied == (("A", "B", "C"),)


def test_best_is_unknown_beside_a_failed_club():
    game = welfare_game(3, 4, 0, [3])
    best = game.best()
    assert best.verdict is UNKNOWN
    assert best.own_verdict.tolist() == [UNKNOWN, UNKNOWN, YES]
    assert best.value == pytest.approx(np.nanmax(game.joint_value))


def test_no_club_is_best_where_all_lose():
    best = table_of({"A": [-1.0, 0.0], "B": [0.0, -1.0], "A+B": [-1.0, -2.0]}, 2).best()
    assert best.club == ()
    assert best.value == 0.0
    values = tu_game([0.0, -1.0, -1.0, 3.0]).best()
    assert values.club == ("A", "B")
    assert values.own_mask.tolist() == [-1, -1]


# ---- spillovers -------------------------------------------------------------------------


def test_spillovers_by_role():
    game = table_of({"A+B": [1.0, 1.0, -0.5, 0.0, -2.0]}, 3, 5, senders=("E",))
    found = game.spillovers("A+B")
    assert found.role == ("member", "member", "candidate", "other", "sender")
    np.testing.assert_allclose(found.ev, [100, 100, -50, 0, -200])
    np.testing.assert_allclose(found.percent, [1, 1, -0.5, 0, -2])
    assert found.to_frame()["gains"].tolist() == ["yes", "yes", "no", "tie", "no"]
    assert found.total("member") == pytest.approx(200)
    assert found.total("sender", "candidate") == pytest.approx(-250)
    assert found.total() == pytest.approx(-50)
    assert game.spillovers("A+B", senders=["D"]).role[3:] == ("sender", "other")
    back = game.spillovers((), against="A+B")
    np.testing.assert_allclose(back.ev, -found.ev)
    with pytest.raises(DataError, match="role"):
        found.total("members of it")
    with pytest.raises(DataError, match="unknown country 'X'"):
        game.spillovers("A", senders=["X"])


def test_spillovers_of_a_failed_club_are_unknown():
    found = welfare_game(2, 4, 0, [3]).spillovers("A+B")
    assert (found.gains == UNKNOWN).all()
    assert np.isnan(found.ev).all()


# ---- the room ---------------------------------------------------------------------------


def test_verdicts_are_not_truth_values():
    with pytest.raises(TypeError, match="four values"):
        bool(Verdict.NO)
    assert [str(v) for v in Verdict] == ["yes", "tie", "unknown", "no"]


@pytest.mark.parametrize(
    "unit", [("thousand USD", 1e-8), ("million USD", 1e-3), ("billion USD", 1)]
)
def test_figure_has_units(unit):
    word, factor = unit
    game = welfare_game(4, 5, 0, income=np.full(5, 1e6 * factor))
    figure = game.plot("Four players")
    left, right = figure.axes
    assert word in left.get_xlabel()
    assert word in right.get_ylabel()
    figure.canvas.draw()


def test_figure_of_values_and_of_failed_clubs():
    tu_game(random_values(9, 0)).plot().canvas.draw()
    figure = welfare_game(3, 4, 0, [7]).plot()
    assert "unknown" in figure.axes[0].get_title(loc="left")
    figure.canvas.draw()
    tu_game(np.zeros(4)).plot().canvas.draw()


def test_room_imports_only_errors_and_heavy_libraries_late():
    for path in ROOM.glob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hansa"):
                assert node.module.startswith(("hansa.club", "hansa.errors")), path.name
        top = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
        for node in top:
            name = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            assert name.split(".")[0] not in ("pandas", "matplotlib", "scipy"), path.name


def test_examples_in_docstrings_run():
    ran = 0
    for path in ROOM.glob("*.py"):
        if path.stem == "__init__":
            continue
        module = importlib.import_module(f"hansa.club.{path.stem}")
        result = doctest.testmod(module)
        assert result.failed == 0, path.name
        ran += result.attempted
    assert ran >= 5


def test_every_public_name_is_there():
    assert all(hasattr(hansa.club, name) for name in hansa.club.__all__)
    assert len(NAMES) == 24
