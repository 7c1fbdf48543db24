"""Coalitions in equilibrium: bulk against one by one, groups add up, studies without a club."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from study_worlds import small_world

from hansa.club import Outcomes, outcomes_of, sender_path
from hansa.equilibrium import balance, solve
from hansa.errors import ConvergenceError, DataError, StudyError
from hansa.policy import Coalition
from hansa.study import coalition_scenarios, equalise, play_coalition
from hansa.study.coalition_play import Columns, solver_of
from hansa.study.published import compare_published, own_senders
from hansa.study.runner import check_study, rerun_locked, run_study
from hansa.study.schema import load_study, parse_study
from hansa.world.load import load_world

TEXT = """
name: imposers
title: A small coalition
world: world-2015
regime: {on: 2022-12-31, targets: [RUS], secondary: false}
coalition:
  senders: [USA, EU, GBR]
  partners: [CHN, TUR]
  embargo: true
  compare: true
"""
SENDERS, PARTNERS = ("USA", "EU", "GBR"), ("CHN", "TUR")
COALITION = Coalition(SENDERS, PARTNERS, ["RUS"], "2022-12-31")


@pytest.fixture(scope="module")
def game():
    return play_coalition(small_world(), COALITION)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    study = parse_study(TEXT, "imposers.yaml")
    return run_study(study, tmp_path_factory.mktemp("imposers"), world=small_world())


def test_every_coalition_is_the_equilibrium_solved_alone(game):
    world = small_world()
    rule = COALITION.rule(world)
    empty = solve(world, rule.base).welfare.values
    income = balance(world).income
    n = len(world.countries)
    for mask in (0, 1, 2, 7, 10, 22, 31):
        members = tuple(p for k, p in enumerate(COALITION.players) if mask >> k & 1)
        alone = solve(world, rule.base.then(rule.shock(members))).welfare.values
        np.testing.assert_allclose(game.welfare[mask, :n], alone, rtol=1e-9)
        np.testing.assert_allclose(game.ev[mask, :n], (alone - empty) * income, atol=1e-5)
    assert game.solved.all()


def test_a_group_is_the_sum_of_its_states(game):
    at = [game.countries.index(c) for c in ("DEU", "FRA")]
    eu = game.countries.index("EU")
    np.testing.assert_allclose(game.ev[:, eu], game.ev[:, at].sum(1), rtol=1e-9, atol=1e-6)
    assert game.countries[-1] == "EU"


def test_a_failed_row_leaves_no_number_for_a_group():
    columns = Columns.of(balance(small_world()), {"EU": ("DEU", "FRA")})
    welfare = np.ones((2, len(small_world().countries)))
    welfare[1] = np.nan
    held = columns.welfare(welfare)
    assert np.isfinite(held[0]).all()
    assert np.isnan(held[1]).all()


def test_harm_adds_up_and_the_whole_is_the_frontiers_last(game):
    frontier = game.frontier("RUS")
    rus = game.countries.index("RUS")
    np.testing.assert_allclose(frontier.harm, -game.ev[:, rus])
    one = game.partners("RUS", SENDERS)
    assert set(one.candidate) == set(PARTNERS)


def test_the_path_by_solving_is_the_path_by_looking_up(game):
    world = small_world()
    rule = COALITION.rule(world)
    solver = solver_of(world, rule, solve(world, rule.base).welfare.values)
    for criterion in ("harm", "ratio"):
        looked = sender_path(COALITION.players, outcomes_of(game, "RUS"), criterion)
        solved = sender_path(COALITION.players, solver, criterion)
        assert [s.joiner for s in looked.steps] == [s.joiner for s in solved.steps]
        np.testing.assert_allclose(
            [s.harm for s in looked.steps], [s.harm for s in solved.steps], rtol=1e-6
        )
        np.testing.assert_allclose(
            [s.more_cost for s in looked.steps], [s.more_cost for s in solved.steps], rtol=1e-5,
            atol=1e-4,
        )  # fmt: skip


def test_equalising_without_a_coalition_is_the_plain_solution():
    world = small_world()
    base = COALITION.rule(world).base
    without = solve(world, base)
    for members in ((), ("DEU",)):
        equal = equalise(world, base, members, without)
        assert not equal.transfer.any()
        assert equal.gain == pytest.approx(1.0, abs=1e-12)
        np.testing.assert_array_equal(equal.result.welfare.values, without.welfare.values)
    # With all of them but no sanctions there is nothing to equalise either.
    states = ("USA", "DEU", "FRA", "GBR")
    equal = equalise(world, base, states, without)
    np.testing.assert_allclose(equal.transfer, 0.0, atol=1e-6)
    np.testing.assert_allclose(equal.result.welfare.values, without.welfare.values, rtol=1e-12)


def test_burdens_are_equal_after_transfers_and_the_group_is_their_sum(finished):
    burden = finished.tables["coalition_burden"].set_index("state")
    states = burden[~burden["group"]]
    assert states["transfer_musd"].sum() == pytest.approx(0.0, abs=1e-6)
    relative = states["after_musd"] / states["cost_musd"].abs().sum()
    assert np.isfinite(relative).all()
    for column in ("cost_musd", "transfer_musd", "after_musd", "gdp_musd"):
        total = burden.loc[["DEU", "FRA"], column].sum()
        assert burden.loc["EU", column] == pytest.approx(total)
    members = finished.tables["coalition_members"].set_index("player")
    for player in SENDERS:
        assert burden.loc[player, "cost_musd"] == pytest.approx(
            members.loc[player, "cost_musd"], rel=1e-6
        )


def test_transfers_that_are_not_found_are_marked_so(tmp_path, monkeypatch):
    def never(*args, **kwargs):
        raise ConvergenceError("no transfers")

    monkeypatch.setattr(coalition_scenarios, "equalise", never)
    study = parse_study(TEXT.replace("embargo: true", "").replace("compare: true", ""), "x.yaml")
    result = run_study(study, tmp_path, world=small_world())
    burden = result.tables["coalition_burden"]
    assert burden["transfer_musd"].isna().all()
    assert burden["cost_musd"].notna().all()
    assert result.facts["coalition"]["equal"]["after_pct_gdp"] is None


def test_facts_are_those_of_the_tables(finished, game):
    facts = finished.facts["coalition"]
    table = finished.tables["coalition_references"]
    own = table[(table["strength"] == "central") & (table["horizon"] == "long")]
    own = own.set_index("scenario")
    assert facts["harm_musd"] == pytest.approx(own.loc["actual", "harm_musd"])
    assert facts["of_everyone_pct"] == pytest.approx(
        100 * own.loc["actual", "harm_musd"] / own.loc["everyone", "harm_musd"]
    )
    harm, cost = game.frontier("RUS").of(SENDERS)
    assert facts["harm_musd"] == pytest.approx(harm, rel=1e-7)
    assert facts["cost_musd"] == pytest.approx(cost, rel=1e-6)
    every = finished.tables["coalitions"]
    assert every["actual"].sum() == 1
    assert every.loc[every["actual"], "harm_musd"].iloc[0] == pytest.approx(harm, rel=1e-9)
    assert len(table["strength"].unique()) == 3
    assert len(table["horizon"].unique()) == 3
    json.dumps(finished.facts, allow_nan=False)


def test_shapley_values_of_harm_add_up(finished):
    members = finished.tables["coalition_members"]
    every = finished.tables["coalitions"].set_index("coalition")
    everyone = every.loc["+".join(COALITION.players), "harm_musd"]
    assert members["shapley_harm_musd"].sum() == pytest.approx(everyone, rel=1e-9)
    senders = members[members["part"] == "sender"]
    assert senders["shapley_harm_of_senders_musd"].sum() == pytest.approx(
        every.loc["+".join(SENDERS), "harm_musd"], rel=1e-9
    )


def test_joining_is_what_the_table_of_all_says(finished, game):
    joining = finished.tables["coalition_joining"].set_index("economy")
    assert "RUS" not in joining.index
    assert not set(joining.index) & {"USA", "DEU", "FRA", "GBR"}
    partners = game.partners("RUS", SENDERS)
    for name, harm, cost in zip(partners.candidate, partners.harm, partners.cost, strict=True):
        assert joining.loc[name, "more_harm_musd"] == pytest.approx(harm, rel=1e-5, abs=1e-4)
        assert joining.loc[name, "more_cost_musd"] == pytest.approx(cost, rel=1e-5, abs=1e-4)
        assert joining.loc[name, "named"]


def test_an_embargo_harms_more_than_the_measures(finished):
    shut = finished.tables["coalition_embargoes"].set_index("coalition")
    every = finished.tables["coalitions"].set_index("coalition")
    assert (shut["harm_musd"] > every.loc[shut.index, "harm_musd"]).all()


def test_more_players_than_a_table_holds_follow_the_paths(tmp_path, monkeypatch, finished):
    monkeypatch.setattr(coalition_scenarios, "MOST", 4)
    study = parse_study(TEXT, "imposers.yaml")
    result = run_study(study, tmp_path, world=small_world())
    assert "coalitions" not in result.tables
    ours, whole = (r.tables["coalition_paths"] for r in (result, finished))
    assert ours["joiner"].tolist() == whole["joiner"].tolist()
    np.testing.assert_allclose(ours["harm_musd"], whole["harm_musd"], rtol=1e-6)
    assert result.facts["coalition"]["coalitions"] == 0


def test_a_locked_rerun_without_a_club_is_identical(finished):
    study = parse_study(TEXT, "imposers.yaml")
    assert rerun_locked(study, finished.folder, world=small_world()).identical


def test_the_shipped_study_on_the_real_world_at_reduced_size(tmp_path, monkeypatch):
    monkeypatch.setattr(coalition_scenarios, "HORIZONS", ("long",))
    study = load_study("russia-2022-coalition")
    world = load_world()
    check_study(study, world)
    few = {"senders": ("USA", "EU"), "partners": ("CHN",), "compare": False, "embargo": False}
    coalition = study.coalition.model_copy(update=few)
    study = study.with_draws(2).model_copy(update={"coalition": coalition})
    facts = run_study(study, tmp_path, world=world).facts["coalition"]
    assert facts["coalitions"] == 8
    assert facts["failed"] == 0
    assert facts["states"] == 28
    assert 0 < facts["of_full_embargo_pct"] < facts["of_everyone_pct"] < 100
    assert facts["next"]["economy"] == "CHN"
    over = facts["over_draws"]
    assert over["draws"] == 2
    assert 0 < over["bands"]["of_everyone_pct"]["low"] <= over["bands"]["of_everyone_pct"]["high"]
    assert over["best_next_pct"] == {"CHN": 100.0}


def test_published_episodes_are_computed_here():
    world = small_world()
    rows = compare_published(world)
    assert [r.label for r in rows] == ["Iran, 2012", "Russia, 2014", "Russia, 2022"]
    assert "UN" not in rows[0].senders
    assert set(own_senders(world, "RUS", "2014-12-31")) == {"EU", "USA"}
    for row in rows:
        assert 0 < row.of_embargo_pct < 100
        assert 0 < row.of_global_pct < 100
    assert rows[1].published_of_global == 57.9
    assert np.isnan(rows[2].published_of_global)


def test_what_a_study_must_name():
    with pytest.raises(StudyError, match="needs a club, a coalition, a corridor"):
        parse_study("name: a\ntitle: A\nregime: {on: 2022-01-01}", "a.yaml")
    none = TEXT.replace(", targets: [RUS]", "")
    with pytest.raises(StudyError, match="name the targets of the coalition"):
        parse_study(none, "a.yaml")
    with pytest.raises(StudyError, match="answer need a club"):
        parse_study(TEXT + "answer: {intensities: [1.0]}", "a.yaml")
    with pytest.raises(StudyError, match="did you mean 'partners'"):
        parse_study(TEXT.replace("partners", "partnrs"), "a.yaml")


def test_a_coalition_that_does_not_fit_its_date_is_refused_first(tmp_path):
    wrong = parse_study(TEXT.replace("[USA, EU, GBR]", "[USA, KAZ]"), "a.yaml")
    with pytest.raises(StudyError, match=r"coalition: KAZ has no measures of its own"):
        run_study(wrong, tmp_path, world=small_world())


def test_too_many_players_for_one_table():
    many = replace(COALITION, partners=("CHN", "IND", "TUR", "KAZ"))
    world = small_world()
    with pytest.raises(DataError, match="at most 16"):
        play_coalition(
            world, Coalition(SENDERS, [f"X{k:02d}" for k in range(14)], ["RUS"], "2022-12-31")
        )
    assert len(many.players) == 7


def test_outcomes_hold_what_they_say(game):
    inside = np.array([[True, True, True, False, False]])
    found = outcomes_of(game, "RUS")(inside)
    assert isinstance(found, Outcomes)
    harm, cost = game.frontier("RUS").of(SENDERS)
    assert found.harm[0] == pytest.approx(harm)
    assert found.loss[0, :3].sum() == pytest.approx(cost)
