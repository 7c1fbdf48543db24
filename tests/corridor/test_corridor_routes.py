"""Routes: the best is the best, alternatives differ, closures and interventions bite."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from hansa.cli import app
from hansa.corridor import Intervention, load_network, route, scenario
from hansa.corridor.graph import LINK, graph_of
from hansa.corridor.matrix import cost_matrix
from hansa.corridor.routing import Search, day_value
from hansa.corridor.scenario import read_intervention
from hansa.errors import DataError

NETWORK = load_network()
HUBS = [h for hubs in NETWORK.hubs.values() for h in hubs]
PAIR = st.tuples(st.sampled_from(HUBS), st.sampled_from(HUBS)).filter(lambda p: p[0] is not p[1])


@settings(max_examples=15, deadline=None)
@given(PAIR, st.sampled_from(["least", "cheapest", "fastest"]))
def test_the_best_is_no_worse_than_the_others_and_all_differ(pair, objective):
    found = route(pair[0].id, pair[1].id, objective=objective, alternatives=3)
    measure = {"least": "cost", "cheapest": "dollars", "fastest": "hours"}[objective]
    assert all(getattr(found.best, measure) <= getattr(r, measure) * 1.001 for r in found)
    for a, b in itertools.combinations(found, 2):
        assert a.overlap(b) <= NETWORK.settings["overlap"]
    for r in found:
        assert (r.start, r.end) == (pair[0].name, pair[1].name)
        assert all(a.end == b.start for a, b in itertools.pairwise(r.legs))
        assert all(leg.km >= 0 and leg.hours >= 0 and leg.dollars >= 0 for leg in r.legs)
        assert sum(r.km_by_mode().values()) == pytest.approx(r.km)


@settings(max_examples=8, deadline=None)
@given(PAIR)
def test_a_stop_on_the_way_costs_no_less(pair):
    found = route(pair[0].id, pair[1].id, alternatives=0)
    passed = route(pair[0].id, pair[1].id, via=["Singapore"]) if "Singapore" not in (
        pair[0].name, pair[1].name) else found  # fmt: skip
    assert passed.best.cost >= found.best.cost - 1e-6


@settings(max_examples=8, deadline=None)
@given(PAIR)
def test_low_charges_cost_less_than_high_ones(pair):
    cost = [route(pair[0].id, pair[1].id, level=k, alternatives=0).best for k in ("low", "high")]
    assert cost[0].cost < cost[1].cost


def test_the_matrix_holds_the_cost_of_every_best_route():
    chosen = scenario(NETWORK.tables, "2024-02-19")
    cargo = NETWORK.cargo["machinery"]
    matrix = cost_matrix(NETWORK, chosen, cargo)
    best, at = matrix.best(), {h.id: k for k, h in enumerate(matrix.hubs)}
    assert np.isfinite(best[~np.eye(len(best), dtype=bool)]).all()
    for a, b in (("mumbai", "moscow"), ("tehran", "minsk"), ("hamburg", "tehran"),
                 ("shanghai", "moscow"), ("johannesburg", "santos"), ("berlin", "minsk"),
                 ("mumbai", "samara"), ("moscow", "mumbai"), ("delhi", "tashkent")):  # fmt: skip
        found = route(a, b, cargo="machinery", alternatives=0).best
        assert best[at[a], at[b]] == pytest.approx(found.cost, rel=1e-9)


def test_families_are_as_good_as_routes_that_must_cross_there():
    chosen = scenario(NETWORK.tables, "2024-02-19")
    matrix = cost_matrix(NETWORK, chosen, NETWORK.cargo["machinery"])
    at = {h.id: k for k, h in enumerate(matrix.hubs)}
    cost = dict(zip(matrix.families, matrix.cost[:, at["mumbai"], at["moscow"]], strict=True))
    east = [
        route("Mumbai", "Moscow", cargo="machinery", via=[place]).best
        for place in ("sarahs_tm", "akyayla")
    ]
    assert cost["east"] <= min(r.cost for r in east) + 1e-6
    shares = matrix.shares(16.0)[:, at["mumbai"], at["moscow"]]
    assert shares.sum() == pytest.approx(1.0)
    assert matrix.logsum(16.0)[at["mumbai"], at["moscow"]] <= min(cost.values())


def test_more_variety_is_cheaper():
    matrix = cost_matrix(NETWORK, scenario(NETWORK.tables, "2024-02-19"), NETWORK.cargo["metals"])
    off = ~np.eye(len(matrix.hubs), dtype=bool)
    sums = [matrix.logsum(shape)[off] for shape in (8.0, 16.0, 32.0)]
    assert (sums[0] <= sums[1] + 1e-9).all()
    assert (sums[1] <= sums[2] + 1e-9).all()
    assert (sums[2] <= matrix.best()[off] + 1e-9).all()


def test_sanctions_close_roads_to_cargo_of_some():
    before = route("Berlin", "Moscow", on="2022-01-01", modes=["road"])
    assert "POL > BLR" in before.best.borders
    after = route("Berlin", "Moscow", on="2024-02-19", modes=["road"])
    zone = NETWORK.zones
    assert not any(
        zone.get(one) == "EU" and other in ("RUS", "BLR")
        for one, other in (b.split(" > ") for b in after.best.borders)
    )
    assert after.best.km > 2 * before.best.km
    assert "POL > BLR" in route("Berlin", "Astana", on="2024-02-19", modes=["road"]).best.borders


def test_indian_goods_do_not_cross_pakistan():
    assert "Karachi" not in route("Mumbai", "Tashkent", alternatives=0).best.stops
    assert "Karachi" in route("Colombo", "Kabul", alternatives=0).best.stops


def test_closures_hold_between_their_dates():
    assert "IND > PAK" in route("Delhi", "Lahore", on="2019-01-01").best.borders
    assert "IND > PAK" not in route("Delhi", "Lahore", on="2024-01-01").best.borders


def test_the_red_sea_crisis_makes_the_corridor_better_than_the_cape():
    calm = route("Mumbai", "Moscow", alternatives=0).best
    crisis = route("Mumbai", "Moscow", ocean="red_sea_crisis", alternatives=0).best
    assert "suez" in calm.passages
    assert crisis.family.startswith("INSTC")
    assert crisis.cost > calm.cost


def test_interventions_change_only_what_they_name():
    plain = graph_of(NETWORK, scenario(NETWORK.tables, "2024-02-19"))
    halved = graph_of(
        NETWORK, scenario(NETWORK.tables, "2024-02-19", interventions=["west_borders"])
    )
    changed = np.flatnonzero(plain.hours != halved.hours)
    assert changed.size
    for arc in changed:
        assert plain.kind[arc] == LINK
        assert halved.border[arc] == pytest.approx(plain.border[arc] / 2)
    assert np.array_equal(plain.dollars, halved.dollars)


def test_every_shipped_intervention_can_be_used():
    for name in NETWORK.tables.interventions:
        found = route("Mumbai", "Moscow", interventions=[name], alternatives=0)
        assert found.scenario.interventions[0].id == name


def test_a_family_that_is_closed_is_not_used():
    shut = ["close_west", "close_caspian", "close_east"]
    found = route("Tehran", "Moscow", interventions=shut, alternatives=5)
    assert not any("INSTC" in r.family for r in found)


def test_own_interventions_are_checked():
    with pytest.raises(DataError, match="did you mean 'rasht_astara'"):
        route("Mumbai", "Moscow", interventions=["rasht_astra"])
    with pytest.raises(DataError, match="unknown key 'hour'"):
        read_intervention("x", {"effects": [{"borders": [["IRN", "AZE"]], "hour": 0.5}]})
    with pytest.raises(DataError, match="must be > 0"):
        read_intervention("x", {"effects": [{"transfer": "gauge", "hours": 0}]})
    ferry = read_intervention("x", {"effects": [{"transfer": "sail-water", "dollars": 0.1}]})
    assert isinstance(ferry, Intervention)
    cheap = route("Anzali", "Olya", modes=["caspian"], interventions=[ferry]).best
    assert cheap.dollars < route("Anzali", "Olya", modes=["caspian"]).best.dollars
    with pytest.raises(DataError, match="no open way Sydney - Moscow"):
        route("Sydney", "Moscow", modes=["rail"])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"cargo": "tea"}, "unknown cargo"), ({"objective": "best"}, "unknown objective"),
        ({"ocean": "calmm"}, "did you mean 'calm'"), ({"on": "2024"}, "YYYY-MM-DD"),
        ({"level": "middle"}, "unknown level"), ({"modes": ["air"]}, "unknown mode"),
        ({"via": ["Mumbai"]}, "differ one after another"),
    ],
)  # fmt: skip
def test_wrong_questions_are_refused(wrong, words):
    with pytest.raises(DataError, match=words):
        route("Mumbai", "Moscow", **wrong)


def test_time_costs_more_for_dearer_goods():
    day = {name: day_value(NETWORK, name) for name in NETWORK.cargo}
    assert day["electronics"] > day["machinery"] > day["metals"] > day["fertilisers"]
    slow = route("Mumbai", "Moscow", cargo="fertilisers", alternatives=0).best
    quick = route("Mumbai", "Moscow", cargo="electronics", alternatives=0).best
    assert quick.hours <= slow.hours
    assert slow.dollars <= quick.dollars


def test_results_become_tables_and_lines(tmp_path):
    found = route("Mumbai", "Moscow", alternatives=2)
    legs = found.best.to_frame()
    assert legs["km"].sum() == pytest.approx(found.best.km)
    assert list(found.to_frame()["family"]) == [r.family for r in found]
    path = tmp_path / "routes.geojson"
    read = json.loads(found.to_geojson(path))
    assert json.loads(path.read_text()) == read
    moves = [leg for r in found for leg in r.legs if leg.mode != "handling"]
    assert len(read["features"]) == len(moves)
    for feature in read["features"]:
        assert all(
            -360 <= x <= 360 and -90 <= y <= 90 for x, y in feature["geometry"]["coordinates"]
        )


def test_a_search_without_a_way_finds_nothing():
    graph = graph_of(NETWORK, scenario(NETWORK.tables, "2024-02-19"))
    search = Search(graph, frozenset(), frozenset(["rail"]), "least", 100.0)
    assert search.alternatives(NETWORK.place("Sydney"), NETWORK.place("Moscow"), 2) == []


def test_the_command_prints_draws_and_writes(tmp_path):
    svg, lines = tmp_path / "r.svg", tmp_path / "r.geojson"
    run = CliRunner().invoke(
        app, ["route", "Mumbai", "Moscow", "--svg", str(svg), "--geojson", str(lines)]
    )
    assert run.exit_code == 0, run.output
    assert "Novorossiysk" in run.output
    assert "alternatives" in run.output
    assert svg.read_text().startswith("<svg")
    assert json.loads(lines.read_text())["features"]


def test_the_command_prints_the_calibration():
    run = CliRunner().invoke(app, ["route", "--calibration"])
    assert run.exit_code == 0
    assert "COMCEC" in run.output
    assert CliRunner().invoke(app, ["route", "Mumbai"]).exit_code == 2


def test_the_command_prints_the_traffic():
    run = CliRunner().invoke(app, ["route", "--traffic"])
    assert run.exit_code == 0
    assert "INSTC together" in run.output
    assert "662,000" in run.output
