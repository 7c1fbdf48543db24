"""The coalition in draws: exact at the centre, bands in tables and facts, failures marked."""

import json

import numpy as np
import pytest
from study_worlds import small_world

from hansa.errors import ConvergenceError
from hansa.policy import Coalition, load_effects
from hansa.study import coalition_draws, draw_runs, drawn
from hansa.study.coalition_bands import JOINT, CoalitionBands, coalition_band_facts
from hansa.study.coalition_scenarios import REFERENCES
from hansa.study.draw_runs import DrawTable
from hansa.study.draw_tables import DrawBands, draw_tables
from hansa.study.draws import Draw
from hansa.study.runner import run_study
from hansa.study.scenarios import lifted_shock, regime_shock
from hansa.study.schema import load_study, parse_study
from hansa.world.load import load_world

TEXT = """
name: imposers
title: A small coalition
world: world-2015
regime: {on: 2022-12-31, targets: [RUS], secondary: false}
coalition:
  senders: [USA, EU, GBR]
  partners: [CHN, TUR, IND]
draws: {number: 4, seed: 5}
"""
SENDERS, PARTNERS = ("USA", "EU", "GBR"), ("CHN", "TUR", "IND")


@pytest.fixture(scope="module")
def study():
    return parse_study(TEXT, "imposers.yaml")


@pytest.fixture(scope="module")
def finished(tmp_path_factory, study):
    return run_study(study, tmp_path_factory.mktemp("imposers"), world=small_world())


@pytest.fixture(scope="module")
def centre(study):
    """The draw at which everything is at its centre, as a table of one draw."""
    shared = drawn.common(small_world(), study)
    world = small_world()
    draw = Draw(
        world.trade_elasticity, 0.0, np.full(3, 0.5), 0.5, np.zeros(len(shared.effects.factors))
    )
    rule = drawn.drawn_rule(shared.coalition, world, shared.effects.fixed(draw.position))
    shocks = (lifted_shock(world, study), regime_shock(world, study))
    one = drawn.Drawn(shared, draw, {}, drawn.balance(world), *shocks, rule)
    parts = [p for p in drawn.PARTS if p.applies(study)]
    assert [p.name for p in parts] == ["cost", "coalition"]
    found = {f"{p.name}.{k}": np.asarray(v) for p in parts for k, v in p.solve(one).items()}
    return draw_runs.gathered(1, {0: found})


def test_fixed_effects_are_the_costs_of_one_position():
    effects = load_effects()
    position = np.linspace(-0.5, 0.7, len(effects.factors))
    fixed, costs = effects.fixed(position), effects.between(position)
    for level in ("low", "central", "high"):
        np.testing.assert_array_equal(fixed.at(level).ave, costs.ave)
        assert fixed.at(level).compliance == costs.compliance
    moved = fixed.between(np.ones(len(effects.factors)))
    np.testing.assert_allclose(moved.ave, costs.ave, rtol=1e-14)


def test_a_draw_at_the_centre_is_what_the_study_finds(study, finished, centre):
    table = finished.tables["coalition_references"]
    own = table[(table["strength"] == "central") & (table["horizon"] == "long")]
    own = own.set_index("scenario").loc[list(REFERENCES)]
    bands = CoalitionBands(study, centre)
    income = float(centre["coalition.before"][0, 0])
    # Both come from equilibria with residuals of 1e-10: as shares of income they agree.
    found = bands.harm[0, : len(REFERENCES)] / income
    np.testing.assert_allclose(found, own["harm_musd"] / income, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found, own["harm_pct"] / 100, rtol=0, atol=1e-9)
    facts = finished.facts["coalition"]
    gdp = facts["cost_musd"] / facts["cost_pct_gdp"] * 100
    cost = bands.series["coalition_cost", "senders", "million USD"][0]
    assert cost / gdp == pytest.approx(facts["cost_musd"] / gdp, abs=1e-9)
    for name, key in (
        ("of_everyone_pct", "share_of_everyone"), ("of_embargo_pct", "share_of_embargo"),
        ("of_full_embargo_pct", "share_of_full_embargo"),
    ):  # fmt: skip
        assert bands.series[key, JOINT, "% of harm"][0] == pytest.approx(facts[name], rel=1e-6)
    members = finished.tables["coalition_members"].set_index("player")
    for player in (*SENDERS, *PARTNERS):
        assert bands.series["coalition_cost", player, "% of GDP"][0] == pytest.approx(
            members.loc[player, "cost_pct_gdp"], abs=1e-7
        )
    joining = finished.tables["coalition_joining"].set_index("economy").loc[list(PARTNERS)]
    for p in PARTNERS:
        assert bands.series["more_harm", p, "% of harm"][0] == pytest.approx(
            joining.loc[p, "more_harm_pct"], rel=1e-4
        )
        assert bands.series["joining_cost", p, "% of GDP"][0] == pytest.approx(
            joining.loc[p, "own_cost_pct_gdp"], abs=1e-6
        )
    best = joining["more_harm_musd"].astype(float).idxmax()
    assert bands.best == {p: 100.0 * (p == best) for p in PARTNERS}


def test_who_imposes_does_not_depend_on_drawn_costs():
    """A drawn cost of zero leaves a sender a sender that does nothing, not one by the template."""
    world = small_world()
    coalition = Coalition(SENDERS, PARTNERS, ["RUS"], "2022-12-31")
    rule = coalition.rule(world)
    effects = load_effects()
    nothing = effects.fixed(np.full(len(effects.factors), -50.0))
    assert not nothing.at("central").ave.any()
    free = coalition_draws.drawn_rule(rule, world, nothing)
    assert (free.imposing == rule.imposing).all()
    assert not free.shock(SENDERS).cost_cell.size
    assert (rule.imposing[[world.country(c) for c in ("USA", "DEU", "FRA", "GBR")]]).all()


def test_bands_are_in_the_tables(finished):
    bands = finished.tables["bands"].set_index(["quantity", "country", "unit"])
    draws = finished.tables["draws"]
    assert draws["solved"].all()
    harm = draws[f"harm, {JOINT}, million USD"]
    row = bands.loc["harm", JOINT, "million USD"]
    assert row["low"] == pytest.approx(np.quantile(harm, 0.05))
    assert row["high"] == pytest.approx(np.quantile(harm, 0.95))
    assert bands.loc["harm", "RUS", "million USD"]["median"] == pytest.approx(row["median"])
    assert (bands["draws"] == 4).all()
    share = finished.tables["bands"].query("quantity == 'best_next_partner'")
    assert share["median"].sum() == pytest.approx(100)
    known = finished.tables["bands"].query("unit != '% of draws'")
    assert (known["low"] <= known["median"]).all()
    assert (known["median"] <= known["high"]).all()
    assert not {"candidates"} & set(finished.tables["bands"]["country"])
    assert "bands_players" not in finished.tables
    # The targets are a group of their own, not among the others.
    own = bands.loc["cost_of_sanctions", "targets", "million USD"]
    assert own["median"] == pytest.approx(
        bands.loc["cost_of_sanctions", "RUS", "million USD"]["median"]
    )


def test_facts_hold_the_bands_of_the_headline(finished):
    over = finished.facts["coalition"]["over_draws"]
    bands = finished.tables["bands"].set_index(["quantity", "country", "unit"])
    row = bands.loc["share_of_everyone", JOINT, "% of harm"]
    held = over["bands"]["of_everyone_pct"]
    assert (held["low"], held["high"]) == (row["low"], row["high"])
    assert over["draws"] == 4
    assert over["unsolved"] == 0
    assert set(over["best_next_pct"]) == set(PARTNERS)
    assert finished.facts["headline"]["bands"]["cost_of_sanctions"]["unit"] == "million USD"
    assert finished.facts["headline"]["draws_solved"] == 4
    assert finished.facts["uncertainty"]["shares"] == {}
    json.dumps(finished.facts, allow_nan=False)


def test_a_draw_that_fails_is_a_marked_row(study, tmp_path, monkeypatch):
    solve = drawn.coalition_loss
    seen = []

    def fails_once(*args):
        seen.append(1)
        if len(seen) == 2:
            raise ConvergenceError("no equilibrium with the senders")
        return solve(*args)

    monkeypatch.setattr(drawn, "coalition_loss", fails_once)
    table = draw_runs.solve_draws(
        small_world(), study, draw_runs.Store(tmp_path), lambda n: None, workers=1
    )
    assert table.failed == {1: "no equilibrium with the senders"}
    tables = draw_tables(DrawBands(small_world(), study, table))
    row = tables["draws"].loc[1]
    assert not row["solved"]
    assert np.isnan(row[f"harm, {JOINT}, million USD"])
    assert (tables["bands"]["draws"] == 3).all()


def test_a_scenario_without_equilibrium_is_in_no_band(study, centre):
    loss = np.repeat(centre["coalition.loss"], 3, axis=0)
    loss[0, REFERENCES.index("embargo of everyone")] = np.nan
    loss[1, len(REFERENCES)] = np.nan
    arrays = {k: np.repeat(v, 3, axis=0) for k, v in centre.arrays.items()}
    table = DrawTable(3, np.arange(3), {}, arrays | {"coalition.loss": loss})
    held = DrawBands(small_world(), study, table)
    rows = draw_tables(held)["bands"].set_index(["quantity", "country", "unit"])["draws"]
    assert rows["share_of_full_embargo", JOINT, "% of harm"] == 2
    assert rows["share_of_everyone", JOINT, "% of harm"] == 3
    assert rows["more_harm", "CHN", "% of harm"] == 2
    assert sum(held.coalition.best.values()) == pytest.approx(200 / 3)
    facts = coalition_band_facts(held.coalition, draw_tables(held)["bands"])
    assert facts["unsolved"] == 2


def test_the_world_must_be_solved_with_and_without_the_senders(centre, study, monkeypatch):
    class Never:
        solved = np.array([True, False])
        scenarios, messages = ("none", "actual"), ("", "gave up")

    monkeypatch.setattr(coalition_draws, "sweep", lambda *a, **k: Never())
    rule = drawn.common(small_world(), study).coalition
    with pytest.raises(ConvergenceError, match="coalition, actual: gave up"):
        coalition_draws.coalition_loss(small_world(), rule, None, {})


def test_the_shipped_study_draws_on_the_real_world():
    """One draw, few players: what the whole study does a hundred times."""
    study = load_study("russia-2022-coalition")
    assert study.draws.number >= 60
    few = {"senders": ("USA", "EU"), "partners": ("CHN", "IND")}
    study = study.model_copy(update={"coalition": study.coalition.model_copy(update=few)})
    shared = drawn.common(load_world(study.world), study)
    found = drawn.solve_draw(shared, 3)
    assert not isinstance(found, str)
    loss = found["coalition.loss"]
    assert loss.shape == (len(REFERENCES) + 2, 4 + 1)
    assert np.isfinite(loss).all()
    harm = loss[:, -1]
    none, actual, everyone, embargo, full = harm[: len(REFERENCES)]
    assert none == 0
    assert 0 < actual < everyone < full
    assert actual < embargo < full
    assert (harm[len(REFERENCES) :] > actual).all()
