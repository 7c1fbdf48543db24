"""Corridors in studies: states of the network, values of links, draws, what is refused."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from study_worlds import small_world

from hansa.corridor import corridor_shock, load_network, route_costs, scenario
from hansa.corridor.branches import Choice, costs_of, quick_costs
from hansa.corridor.marginal import Piece, cost_changes
from hansa.corridor.trade_costs import central_shape, cost_shock
from hansa.equilibrium import balance, solve
from hansa.errors import StudyError
from hansa.report.page import write_report
from hansa.study import corridor_draws
from hansa.study.corridor_routes import drawn_logs
from hansa.study.corridor_tables import verdict
from hansa.study.runner import check_study, run_study
from hansa.study.scenarios import regime_shock
from hansa.study.schema import load_study, parse_study
from hansa.world.load import load_world

ALONE = """
name: way
title: A way
world: world-2015
regime: {on: 2024-02-19, targets: [IRN, RUS]}
corridor:
  branches: [west, east]
  oceans: [calm, red_sea_crisis]
  links: 4
  interventions: {west: [rasht_astara, west_borders], east: [east_borders]}
draws: {number: 2, seed: 7}
"""
WITH_CLUB = ALONE + "club: {candidates: [IRN, BLR, RUS]}\n"
NETWORK = load_network()
HERE = scenario(NETWORK.tables, "2024-02-19")
SHAPE = central_shape(NETWORK)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    study = parse_study(WITH_CLUB, "way.yaml")
    return run_study(study, tmp_path_factory.mktemp("way"), world=small_world(), workers=1)


def test_quick_ways_to_costs_are_the_searched_ones():
    world = small_world()
    oceans = [HERE, replace(HERE, ocean="red_sea_crisis")]
    found = costs_of(world, NETWORK, oceans, [Choice(SHAPE), Choice(SHAPE, ("west",))])
    plain = route_costs(world, HERE, NETWORK)
    shut = scenario(NETWORK.tables, "2024-02-19", interventions=["close_west"])
    np.testing.assert_allclose(found[0][0].cost, plain.cost, rtol=1e-12)
    np.testing.assert_allclose(found[0][0].share, plain.share, atol=1e-12)
    np.testing.assert_allclose(found[0][1].cost, route_costs(world, shut, NETWORK).cost, rtol=1e-12)
    np.testing.assert_allclose(
        found[1][0].cost, route_costs(world, oceans[1], NETWORK).cost, rtol=1e-12
    )
    assert (found[1][0].cost >= found[0][0].cost - 1e-9).all()
    quick = quick_costs(world, NETWORK, [HERE], [Choice(SHAPE)])[0][0]
    off = np.abs(quick.cost / np.where(plain.cost > 0, plain.cost, 1.0) - 1)[plain.cost > 0]
    assert 0 < np.median(off) < 0.02


@pytest.mark.parametrize(
    "piece",
    [
        Piece("border", ("AZE", "IRN")),
        Piece("link", ("astara_ir", "rasht")),
        Piece("link", ("astrakhan", "volgograd")),
    ],
)
def test_the_value_of_a_link_is_what_a_solve_with_it_cheaper_finds(piece):
    world = small_world()
    slope = cost_changes(world, NETWORK, HERE, [piece], SHAPE)[0]
    before, after = (
        costs_of(world, NETWORK, [s], [Choice(SHAPE)])[0][0]
        for s in (HERE, HERE.with_(piece.eased(0.99)))
    )
    shock = cost_shock(world, before, after, NETWORK)
    exact = np.log(shock.cost_array())
    assert exact.min() < -1e-6
    np.testing.assert_allclose(slope.sum(), exact.sum(), rtol=0.03)
    np.testing.assert_allclose(slope, exact, atol=0.03 * np.abs(exact).max())
    # and through the equilibrium
    regime = regime_shock(world, parse_study(ALONE, "way.yaml"))
    start, eased = (solve(world, s).welfare.values for s in (regime, regime.then(shock)))
    from hansa.equilibrium import linearise

    by = linearise(solve(world, regime)).gradient("log_welfare", "RUS").log_trade_cost.values
    n = world.country("RUS")
    assert (by * slope).sum() == pytest.approx(np.log(eased[n] / start[n]), rel=0.05)


def test_gains_are_those_of_the_equilibria_solved_alone(finished):
    world, study = small_world(), finished.study
    regime = regime_shock(world, study)
    shock = corridor_shock(world, ["rasht_astara", "west_borders", "east_borders"], network=NETWORK)
    income = balance(world).income
    gain = (solve(world, regime.then(shock)).welfare - solve(world, regime).welfare).values * income
    table = finished.tables["corridor_gains"]
    own = table[(table["ocean"] == "calm") & (table["branch"] == "together")]
    adds = own[own["question"] == "adds"].set_index("country")["gain_musd"]
    np.testing.assert_allclose(adds[list(world.countries)], gain, rtol=1e-5, atol=1e-6)
    assert adds["ALL"] == pytest.approx(gain.sum(), rel=1e-5)
    region = [c for c in study.corridor.region if c in world.countries]
    assert adds["REGION"] == pytest.approx(adds[region].sum())
    closed = corridor_shock(world, ["close_west", "close_east"], network=NETWORK)
    shut = solve(world, regime.then(closed)).welfare.values
    worth = own[own["question"] == "worth"].set_index("country")["gain_musd"]
    lost = (solve(world, regime).welfare.values - shut) * income
    np.testing.assert_allclose(worth[list(world.countries)], lost, rtol=1e-5, atol=1e-6)


def test_complements_are_judged_within_the_residuals(finished):
    table = finished.tables["corridor_club"]
    beyond = table["both_musd"] - table["corridor_musd"] - table["club_musd"]
    np.testing.assert_allclose(table["more_musd"], beyond, atol=1e-9)
    assert (table["slack_musd"] > 0).all()
    assert verdict(2.0, 1.0) == "complements"
    assert verdict(-2.0, 1.0) == "substitutes"
    assert verdict(0.5, 1.0) == verdict(-1.0, 1.0) == "tie"
    assert verdict(float("nan"), 1.0) == "unknown"


def test_tables_and_facts_fit_together(finished):
    facts, tables = finished.facts["corridor"], finished.tables
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert facts["failed"] == 0
    assert facts["draws_solved"] == 2
    held = facts["gains"]["calm/adds/together"]
    table = tables["corridor_gains"]
    row = table[
        (table["ocean"] == "calm") & (table["branch"] == "together") & (table["question"] == "adds")
    ].set_index("country")
    assert held["IRN"]["gain_musd"] == pytest.approx(row.loc["IRN", "gain_musd"])
    assert (row["gain_low_musd"] <= row["gain_high_musd"]).all()
    assert {"TUR", "DEU"}.isdisjoint(facts["region"])
    marginal = tables["corridor_marginal"]
    assert (marginal[marginal["country"] == "ALL"]["gain_musd"] != 0).any()
    invested = marginal[marginal["investment"] != ""]
    assert set(invested["piece"]) == {"Astara (Iran) - Rasht"}
    teu = tables["corridor_traffic"].set_index(["ocean", "state", "branch"])["teu"]
    assert teu["calm", "together", "together"] > teu["calm", "date", "together"] > 0
    assert teu["red_sea_crisis", "date", "west"] > teu["calm", "date", "west"]


def test_a_finished_run_is_taken_up_without_a_search(finished, monkeypatch):
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("searched again")

    monkeypatch.setattr("hansa.study.corridor_routes.costs_of", refuse)
    monkeypatch.setattr("hansa.study.corridor_routes.quick_costs", refuse)
    monkeypatch.setattr("hansa.study.corridor_scenarios.cost_changes", refuse)
    again = run_study(finished.study, finished.folder, world=small_world(), workers=1)
    for name in ("corridor_gains", "corridor_marginal", "corridor_traffic"):
        assert again.tables[name].equals(finished.tables[name])


def test_draws_lie_between_the_ends():
    known = {"central": 0.0, "low": -1.0, "high": 2.0, "shape low": -0.5, "shape high": 0.1}
    ends = {k: np.array([v]) for k, v in known.items()}
    assert drawn_logs(ends, 0.0, 0.0) == 0
    assert drawn_logs(ends, 1.0, 0.0) == 2
    assert drawn_logs(ends, -0.5, 0.0) == -0.5
    assert drawn_logs(ends, 0.5, -1.0) == pytest.approx(0.5)
    at = corridor_draws.positions(7, 0)
    assert (np.abs(at) <= 1).all()
    assert (corridor_draws.positions(7, 1) != at).all()


def test_the_page_of_a_study_with_both(finished):
    page = write_report(finished).read_text(encoding="utf-8")
    assert "The corridor" in page
    assert "Corridor and club" in page
    assert "not known" not in finished.facts["corridor"]
    assert page.count("<svg") >= 8
    assert "Completing the corridor" in page


def test_a_study_with_nothing_but_a_corridor(tmp_path):
    study = parse_study(
        ALONE.replace("[west, east]", "[west]")
        .replace("number: 2", "number: 0")
        .replace("[calm, red_sea_crisis]", "[calm]")
        .replace("links: 4", "links: 0"),
        "way.yaml",
    )
    result = run_study(study, tmp_path, world=small_world())
    assert "corridor_club" not in result.tables
    page = write_report(result).read_text(encoding="utf-8")
    assert page.index("Completing this branch") < page.index("Who loses what")
    assert "no bands" in page
    assert "No link or border of the branches was priced" in page
    assert "Corridor and club" not in page


def test_what_does_not_fit_is_refused():
    bad = {
        "[calm, red_sea_crisis]": ("[calm, storm]", "state of the oceans"),
        "rasht_astara": ("rasht_astra", "rasht_astara"),
        "east: [east_borders]": ("east: []", "interventions for east"),
        "branches: [west, east]": ("branches: [west, north]", "branches"),
        "oceans: [calm": ("routes: [[Mumbay, Moscow]]\n  oceans: [calm", "Mumbai"),
    }
    for old, (new, said) in bad.items():
        with pytest.raises(StudyError, match=said):
            check_study(parse_study(ALONE.replace(old, new), "way.yaml"), small_world())
    with pytest.raises(StudyError, match="a corridor"):
        parse_study("name: a\ntitle: b\nregime: {on: 2024-02-19}", "a.yaml")


def test_the_shipped_study_runs_at_reduced_size(tmp_path):
    study = load_study("corridor")
    assert study.corridor is not None
    assert study.corridor.branches == ("west", "caspian", "east")
    assert study.corridor.oceans == ("calm", "red_sea_crisis")
    check_study(study, load_world())
    few = {"branches": ("west",), "oceans": ("calm",), "links": 1}
    part = study.with_draws(0).model_copy(
        update={"corridor": study.corridor.model_copy(update=few), "club": None}
    )
    result = run_study(part, tmp_path)
    held = result.facts["corridor"]["gains"]["calm/adds/west"]
    # What docs and report say: both ends, Russia and the region gain, and it is near zero.
    assert all(held[c]["gain_musd"] > 0 for c in ("IND", "IRN", "RUS", "AZE", "REGION"))
    assert held["REGION"]["gain_pct"] < 0.01
    assert "near zero" in write_report(result).read_text(encoding="utf-8")
