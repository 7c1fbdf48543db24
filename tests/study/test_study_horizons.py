"""Horizons of a study: every solve is made at its own; all three are there and agree with it."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from study_worlds import TEXT, small_study, small_world

from hansa.equilibrium import Horizon, balance, solve
from hansa.equilibrium.technology import HORIZONS
from hansa.errors import StudyError
from hansa.policy import Club, Measures, club_shock, sanctions
from hansa.report import write_report
from hansa.report.sentences import deck
from hansa.study import drawn, scenarios
from hansa.study.facts import headline
from hansa.study.lock import inputs_of
from hansa.study.play import equalise, play
from hansa.study.runner import run_study
from hansa.study.schema import parse_study
from hansa.study.store import Store
from hansa.study.tables import bands_table

MEMBERS = ("IRN", "BLR", "RUS")
MEASURES = Measures(nontariff=-0.10)


def study_at(horizon):
    return parse_study(f"{TEXT}horizon: {horizon}\n", "small.yaml")


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    return run_study(study_at("short"), tmp_path_factory.mktemp("short"), world=small_world())


def test_a_study_says_its_horizon_and_long_is_the_default():
    assert small_study().horizon == "long"
    assert study_at("medium").horizon == "medium"
    for wrong, near in (("shrt", "did you mean 'short'"), ("Long", "did you mean 'long'")):
        with pytest.raises(StudyError, match=near):
            study_at(wrong)
    with pytest.raises(StudyError, match="horizon"):
        study_at("3")


def test_the_lock_depends_on_the_horizon_and_on_what_horizons_assume(monkeypatch):
    world = small_world()
    one, other = inputs_of(small_study(), world), inputs_of(study_at("short"), world)
    assert {k for k in one if one[k] != other[k]} == {"study"}
    monkeypatch.setitem(HORIZONS, "short", replace(HORIZONS["short"], inputs=0.05))
    changed = inputs_of(small_study(), world)
    assert {k for k in one if one[k] != changed[k]} == {"horizons"}


@pytest.mark.parametrize("horizon", ["short", Horizon("own", inputs=0.3)])
def test_clubs_and_transfers_are_solved_at_the_horizon(horizon):
    world = small_world()
    regime = sanctions(world, "2024-02-19")
    game = play(world, regime, Club(MEMBERS, MEASURES), horizon=horizon)
    together = regime.then(club_shock(world, MEMBERS, MEASURES))
    alone = solve(world, together, horizon=horizon)
    np.testing.assert_allclose(game.welfare[-1], alone.welfare.values, rtol=1e-9)
    assert np.abs(game.welfare[-1] / solve(world, together).welfare.values - 1).max() > 1e-5
    without = solve(world, regime, horizon=horizon)
    equal = equalise(world, together, MEMBERS, without, horizon=horizon)
    at = [world.country(m) for m in MEMBERS]
    np.testing.assert_allclose(equal.before, (alone.welfare / without.welfare).values[at])
    assert equal.result.horizon == without.horizon


def test_all_three_are_in_the_tables_and_the_studys_own_is_the_headline(short):
    table = short.tables["horizons"]
    assert list(dict.fromkeys(table["horizon"])) == ["short", "medium", "long"]
    assert len(table) == 3 * len(small_world().countries)
    own = table[table["horizon"] == "short"].set_index("country")
    damage = short.tables["damage"].query("strength == 'central'").set_index("country")
    for mine, theirs in (("cost", "total"), ("since", "since")):
        for unit in ("pct", "musd"):
            np.testing.assert_allclose(
                own[f"{mine}_{unit}"], damage[f"{theirs}_{unit}"], rtol=1e-6, atol=1e-6
            )
    members = short.tables["members"].query("variant == 'central'").set_index("country")
    for name in ("gain_pct", "gain_musd", "wins_back_pct"):
        np.testing.assert_allclose(own.loc[members.index, name], members[name], rtol=1e-6)
    long = table[table["horizon"] == "long"].set_index("country")
    assert (own["cost_pct"] - long["cost_pct"]).abs().max() > 1e-3
    headline, facts = short.facts["headline"], short.facts["horizons"]["short"]
    for name in ("joint_cost_musd", "joint_cost_since_musd", "joint_gain_musd", "wins_back_pct"):
        assert facts[name] == pytest.approx(headline[name], rel=1e-6)
    assert facts["senders_cost_musd"] == pytest.approx(headline["senders_cost_musd"], rel=1e-6)
    assert facts["sources"] == HORIZONS["short"].sources


def test_each_horizon_is_its_own_equilibrium(short):
    world, study = small_world(), small_study()
    income = balance(world).income
    table = short.tables["horizons"].set_index(["horizon", "country"])
    for name in HORIZONS:
        w = [
            solve(world, shock(world, study), horizon=name).welfare.values
            for shock in (scenarios.lifted_shock, scenarios.regime_shock)
        ]
        np.testing.assert_allclose(
            table.loc[name, "cost_musd"], (w[1] - w[0]) * income, rtol=1e-6, atol=1e-6
        )


def test_draws_are_made_at_the_horizon(short):
    long, other = (
        drawn.solve_draw(drawn.common(small_world(), study_at(name)), 0)
        for name in ("long", "short")
    )
    assert not isinstance(other, str)
    assert np.abs(long["cost.regime"] / other["cost.regime"] - 1).max() > 1e-5


def test_the_report_names_the_horizon_of_its_numbers(short):
    page = write_report(short).read_text(encoding="utf-8")
    assert "All this is for the short run, within a year." in page
    assert "labour that stays in its sector" in page
    for horizon in HORIZONS.values():
        assert horizon.sources.replace("&", "&amp;").replace("'", "&#39;") in page
    assert "Some of these numbers are assumptions" in page
    assert (short.folder / "figures" / "later-cost.svg").is_file()


def test_horizons_are_kept_when_they_are_solved(tmp_path, monkeypatch):
    world, study, store = small_world(), small_study(), Store(tmp_path)
    first = scenarios.solve_horizons(world, study, store, lambda steps: None)
    assert first.solved.all()

    def never(*args, **kwargs):
        raise AssertionError("solved again")

    monkeypatch.setattr(scenarios, "sweep", never)
    again = scenarios.solve_horizons(world, study, store, lambda steps: None)
    assert np.array_equal(first.welfare, again.welfare)
    assert again.horizons == ("short", "medium", "long")


def test_what_is_not_solved_at_a_horizon_is_never_published_as_a_number(tmp_path, monkeypatch):
    """A short run whose club of all has no equilibrium: marked, named unknown, no number."""
    real = scenarios.solve_horizons

    def failing(*args):
        at = real(*args)
        welfare, solved = at.welfare.copy(), at.solved.copy()
        welfare[0, 2], solved[0, 2] = np.nan, False
        return replace(at, welfare=welfare, solved=solved)

    monkeypatch.setattr("hansa.study.runner.solve_horizons", failing)
    text = TEXT.replace("draws: {number: 3, seed: 7}", "")
    study = parse_study(text, "small.yaml")
    result = run_study(study, tmp_path, world=small_world())
    short = result.facts["horizons"]["short"]
    assert short["joint_gain_musd"] is None
    assert short["wins_back_pct"] is None
    assert short["joint_cost_musd"] is not None
    residuals = result.tables["residuals"].set_index("part")["failed"]
    assert residuals["short run"] == 1
    assert residuals["long run"] == 0
    assert "NaN" not in (tmp_path / "facts.json").read_text()
    page = " ".join(write_report(result).read_text(encoding="utf-8").split())
    assert "The club of all would have an effect that is not known, and in the long run" in page
    assert not re.search(r"\bnan\b", page)


@pytest.mark.parametrize("solved", [0, 1, 3])
def test_the_deck_says_how_many_draws_were_solved(short, solved):
    world, study = small_world(), small_study()
    w = np.ones((3, len(world.countries)))
    failed = np.arange(3) >= solved
    draws = scenarios.DrawTable(
        strength=np.zeros(3), nontariff=np.zeros(3), without=w, regime=0.9 * w, club=0.95 * w,
        leaving=np.zeros((3, 3)), income=balance(world).income, failed=failed,
    )  # fmt: skip
    bands = bands_table(world, study, draws)
    assert set(bands["draws"]) == {solved}
    assert len(bands) == (1 if solved == 0 else 13)
    facts = short.facts | {"headline": headline(study, short.tables | {"bands": bands})}
    text = deck(facts)
    assert ("nine in ten" in text) == (solved > 0)
    assert ("two further draws were not solved" in text) == (solved == 1)


def test_the_page_on_theory_states_the_horizons_as_they_are():
    page = (Path(__file__).parents[2] / "docs" / "theory-nested.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", page, re.MULTILINE)
    assert [name for name, _ in rows] == list(HORIZONS)
    for name, cells in rows:
        h = HORIZONS[name]
        labour = "stays in its sector" if h.specific else "moves freely"
        numbers = [f"{v:g}" for v in (h.theta_scale, h.final, h.bundle, h.inputs)]
        assert cells.split(" | ") == [h.span, *numbers, labour]
