"""Sweeps: the same bits however cut, nothing solved twice, rows that are those of the solver."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from study_worlds import small_world
from sweep_worlds import TEXT, rows_of, same_bits, small_sweep

from hansa.equilibrium import balance, solve
from hansa.errors import HansaError, StudyError
from hansa.policy import Club, Measures, club_shock, load_effects, sanctions
from hansa.study.draws import draw_parameters, world_of
from hansa.study.play import play
from hansa.study.sweeping import cases, plan, read_sweep, rows, run_sweep
from hansa.study.sweeping.catalogue import Catalogue
from hansa.study.sweeping.place import place_of
from hansa.study.sweeping.plan import make_plan

#: No draws: two regimes, two sizes, sixteen clubs.
PLAIN = TEXT.replace("draws: {number: 2, seed: 7}\n", "")


@pytest.fixture
def counted(monkeypatch):
    """The number of equilibria handed to the solver."""
    solved = []
    real = cases.sweep

    def counting(world, shocks, **kwargs):
        solved.append(len(shocks))
        return real(world, shocks, **kwargs)

    monkeypatch.setattr(cases, "sweep", counting)
    return solved


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweeps")
    return run_sweep(small_sweep(), folder, world=small_world())


def test_every_scenario_has_its_rows(finished):
    rows = rows_of(finished)
    assert finished.scenarios == 2 * 2 * 2 * 16
    assert len(rows) == finished.scenarios * 5
    assert set(rows["country"]) == {"IRN", "BLR", "RUS", "VEN", "WORLD"}
    assert rows["scenario"].nunique() == finished.scenarios
    assert (rows["status"] == "solved").all()
    assert rows["residual"].max() < 1e-10
    assert len(finished.failed) == 0


def test_rows_are_the_equilibria_solved_alone(finished):
    """One drawn scenario, put together here from its parts."""
    world = small_world()
    draw = draw_parameters(world, 7, 1)
    drawn = world_of(world, draw.trade_elasticity)
    effects = load_effects()
    costs = effects.between(np.full(len(effects.factors), draw.strength))
    level, share = np.tile(costs.ave, (3, 1)), np.full(3, costs.compliance)
    shock = sanctions(drawn, "2024-02-19", effects=replace(effects, level=level, compliance=share))
    club = club_shock(drawn, ["IRN", "RUS"], Measures(nontariff=-0.10, payments=-0.02))
    result = solve(drawn, shock.then(club))
    rows = finished.query(
        """FROM rows WHERE "on" = '2024-02-19' AND payments = -0.02 AND draw = 1
        AND club = 'IRN+RUS'"""
    ).set_index("country")
    own = rows.drop("WORLD")
    for name in ("welfare", "real_wage", "ev"):
        held = own["ev_musd" if name == "ev" else name]
        expected = getattr(result, name).sel(country=list(own.index)).values
        np.testing.assert_allclose(held, expected, rtol=1e-8, atol=1e-8)
    income = balance(drawn).income
    assert rows.loc["WORLD", "welfare"] == pytest.approx(
        float((result.welfare.values * income).sum() / income.sum()), rel=1e-10
    )
    assert rows.loc["WORLD", "ev_musd"] == pytest.approx(float(result.ev.sum()), rel=1e-6)
    assert (own["strength"] == "drawn").all()
    assert (own["strength_drawn"] == draw.strength).all()


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_bits_do_not_depend_on_chunks(tmp_path, monkeypatch, chunk, one_sitting):
    monkeypatch.setattr(plan, "BATCH", 4)
    result = run_sweep(small_sweep(), tmp_path, world=small_world(), chunk=chunk)
    assert len(result.rows.names()) == {1: 24, 7: 4, 64: 2}[chunk]
    assert same_bits(rows_of(result), one_sitting)


@pytest.fixture(scope="module")
def one_sitting(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "BATCH", 4)
        folder = tmp_path_factory.mktemp("once")
        yield rows_of(run_sweep(small_sweep(), folder, world=small_world(), chunk=1000))


def test_an_interrupted_run_goes_on_even_with_other_chunks(
    tmp_path, monkeypatch, counted, one_sitting
):
    monkeypatch.setattr(plan, "BATCH", 4)

    def stop(what, done, total):
        if done >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_sweep(small_sweep(), tmp_path, stop, world=small_world(), chunk=3)
    before = sum(counted)
    assert 20 <= before < 92
    with pytest.raises(StudyError, match="not finished"):
        read_sweep(tmp_path / "small").game(draw=1, on="none", payments=0.0)
    result = run_sweep(small_sweep(), tmp_path, world=small_world(), chunk=2)
    assert sum(counted) == result.solves == 92
    assert same_bits(rows_of(result), one_sitting)


def test_a_part_that_was_removed_is_solved_again(tmp_path, monkeypatch, counted, one_sitting):
    monkeypatch.setattr(plan, "BATCH", 4)
    result = run_sweep(small_sweep(), tmp_path, world=small_world(), chunk=6)
    result.rows.remove(result.rows.names()[1])
    (tmp_path / "small" / result.rows.root.rsplit("/", 1)[-1] / ".half.1.tmp").touch()
    before = sum(counted)
    again = run_sweep(small_sweep(), tmp_path, world=small_world(), chunk=6)
    assert 0 < sum(counted) - before < 30
    assert same_bits(rows_of(again), one_sitting)
    assert not list((tmp_path / "small").rglob("*.tmp"))


def test_clubs_that_change_nothing_are_solved_once(tmp_path, counted):
    result = run_sweep(small_sweep(PLAIN), tmp_path, world=small_world())
    # Two regimes: the world without a club, and 11 clubs of two or more at two sizes.
    assert sum(counted) == result.solves == 2 * (1 + 2 * 11)
    rows = rows_of(result)
    alone = rows[rows["mask"].isin([0, 1, 2, 4, 8])]
    assert len(alone) == 2 * 2 * 5 * 5
    assert alone.groupby(["on", "country"])["welfare"].nunique().eq(1).all()


def test_regimes_that_cost_the_same_are_solved_once(tmp_path, counted):
    """At low strength secondary sanctions have no cost."""
    grid = "grid: {strength: [low], secondary: [true, false]}"
    text = PLAIN.replace("grid: {on: [none, 2024-02-19], payments: [0.0, -0.02]}", grid)
    result = run_sweep(small_sweep(text), tmp_path, world=small_world())
    assert sum(counted) == result.solves == 12
    rows = rows_of(result)
    assert len(rows) == 2 * 16 * 5
    both = [rows[rows["secondary"] == side]["welfare"].to_numpy() for side in (True, False)]
    assert np.array_equal(*both)


def test_what_another_sweep_has_solved_is_not_solved_again(tmp_path, counted):
    world = small_world()
    first = run_sweep(small_sweep(PLAIN), tmp_path, world=world)
    before = sum(counted)
    # Another name, one more size, one date less, the clubs and the candidates in another order.
    text = PLAIN.replace("name: small", "name: other").replace("[none, 2024-02-19]", "[2024-02-19]")
    text = text.replace("[0.0, -0.02]", "[-0.02, -0.03]").replace(
        "[IRN, BLR, RUS, VEN]", "[VEN, IRN, RUS, BLR]"
    )
    second = run_sweep(small_sweep(text), tmp_path, world=world)
    assert second.reused == 1 + 11
    assert sum(counted) - before == 11
    columns = ["welfare", "real_wage", "income_musd", "ev_musd", "residual"]
    keys = ["on", "payments", "hash", "country"]
    shared = first.query(
        "SELECT DISTINCT * EXCLUDE (scenario, mask, club) FROM rows "
        "WHERE \"on\" <> 'none' AND payments = -0.02"
    ).set_index(keys)
    taken = second.query(
        "SELECT DISTINCT * EXCLUDE (scenario, mask, club) FROM rows WHERE payments = -0.02"
    ).set_index(keys)
    pd.testing.assert_frame_equal(
        shared[columns].sort_index(), taken[columns].sort_index(), check_exact=True
    )


def test_after_an_edit_only_what_is_new_is_solved(tmp_path, counted):
    world = small_world()
    run_sweep(small_sweep(), tmp_path, world=world)
    before = sum(counted)
    titled = run_sweep(small_sweep(TEXT + "title: Another title\n"), tmp_path, world=world)
    assert sum(counted) == before
    assert titled.sweep.title == read_sweep(tmp_path / "small").sweep.title == "Another title"
    more = run_sweep(small_sweep(TEXT.replace("number: 2", "number: 3")), tmp_path, world=world)
    assert sum(counted) - before == 46
    assert more.reused == before == 92
    assert more.scenarios == 192
    back = run_sweep(small_sweep(), tmp_path, world=world)
    assert sum(counted) - before == 46
    assert back.scenarios == 128


def test_rows_that_lack_a_country_or_are_gone_do_not_help(tmp_path, counted):
    world = small_world()
    first = run_sweep(small_sweep(PLAIN), tmp_path, world=world)
    before = sum(counted)
    wider = small_sweep(PLAIN.replace("name: small", "name: wider") + "keep: [USA]\n")
    second = run_sweep(wider, tmp_path, world=world)
    assert second.reused == 0
    assert sum(counted) == 2 * before
    shutil.rmtree(first.rows.root)
    shutil.rmtree(second.rows.root)
    third = run_sweep(small_sweep(PLAIN.replace("small", "third")), tmp_path, world=world)
    assert third.reused == 0
    assert sum(counted) == 3 * before
    assert len(rows_of(third)) == third.scenarios * 5


def test_another_world_or_other_draws_share_nothing(tmp_path):
    world = small_world()
    one = make_plan(small_sweep(), world)
    other = make_plan(small_sweep(), replace(world, trade_elasticity=world.trade_elasticity + 1))
    seed = make_plan(small_sweep(TEXT.replace("seed: 7", "seed: 8")), world)
    rule = make_plan(small_sweep(TEXT + "deficits: fixed\n"), world)
    plans = [one, other, seed, rule]
    assert len({p.digest for p in plans}) == 4
    keys = [set(p.keys(k, range(46))) for p in plans for k in (0, 1)]
    assert all(len(k) == 46 for k in keys)
    assert len(set.union(*keys)) == 8 * 46


def test_the_game_of_a_finished_sweep_is_that_of_play(tmp_path):
    world = small_world()
    result = run_sweep(small_sweep(PLAIN), tmp_path, world=world)
    regime = sanctions(world, "2024-02-19")
    measures = Measures(nontariff=-0.10, payments=-0.02)
    expected = play(world, regime, Club(["IRN", "BLR", "RUS", "VEN"], measures))
    game = read_sweep(tmp_path / "small").game(on="2024-02-19", payments=-0.02)
    assert game.players == game.countries == expected.players
    np.testing.assert_allclose(game.value().value, expected.value().value, atol=1e-5)
    np.testing.assert_allclose(game.shapley().value, expected.shapley().value, atol=1e-5)
    assert game.core().nonempty == expected.core().nonempty
    for wrong, says in (
        ({"payment": 0.0}, "did you mean 'payments'"),
        ({"payments": 0.0}, "2 grid points"),
        ({"payments": 0.1, "on": "none"}, "0 grid points"),
        ({"draw": 0}, "has no draws"),
    ):
        with pytest.raises(StudyError, match=says):
            result.game(**{"payments": -0.02, "on": "none"} | wrong if "draw" in wrong else wrong)


def test_a_scenario_that_fails_is_a_marked_row_and_is_counted(tmp_path):
    """Trade among members at almost no cost at all, beyond what numbers can hold."""
    nearly = 1 - 2**-53
    text = PLAIN.replace("[IRN, BLR, RUS, VEN]", "[IRN, BLR]").replace(
        "on: [none, 2024-02-19], ", ""
    )
    text = text.replace(
        "payments: [0.0, -0.02]", f"nontariff: [0.0, -{nearly}], payments: [-{nearly}]"
    )
    result = run_sweep(small_sweep(text), tmp_path, world=small_world())
    assert result.solves == 3
    failed = rows_of(result).query("status != 'solved'")
    assert len(failed)
    assert failed["welfare"].isna().all()
    assert (failed["message"].str.len() > 10).all()
    assert result.failed["scenarios"].sum() == failed["scenario"].nunique()
    listed = Catalogue(tmp_path / "catalogue.duckdb").runs()
    assert listed["failed"].item() == failed["scenario"].nunique()
    summary = result.summary
    assert (summary["solved"] == 0).sum() == len(failed)


def test_the_summary_is_the_quantiles_of_the_rows(finished):
    rows, summary = rows_of(finished), finished.summary
    where = {"on": "none", "payments": -0.02, "club": "IRN+RUS", "country": "RUS"}
    mine = rows.loc[(rows[list(where)] == pd.Series(where)).all(axis=1)].set_index("draw")
    line = summary.loc[(summary[list(where)] == pd.Series(where)).all(axis=1)].iloc[0]
    alone = "on == 'none' and payments == -0.02 and country == 'RUS' and mask == 0"
    nobody = rows.query(alone).set_index("draw")
    gain = (mine["welfare"] - nobody["welfare"]) * mine["income_musd"]
    for name, values in (
        ("welfare_pct", 100 * (mine["welfare"] - 1)), ("ev_musd", mine["ev_musd"]),
        ("gain_musd", gain),
    ):  # fmt: skip
        for end, level in (("low", 0.05), ("median", 0.5), ("high", 0.95)):
            assert line[f"{name}_{end}"] == pytest.approx(values.quantile(level), rel=1e-12)
    assert line["solved"] == 2
    assert len(summary) == 4 * 16 * 5


def test_what_was_drawn_is_written(finished):
    drawn = pd.read_parquet(f"{finished.home.root}/draws.parquet").set_index("draw")
    for k in (0, 1):
        draw = draw_parameters(small_world(), 7, k)
        assert drawn.loc[k, "strength"] == draw.strength
        theta = drawn.loc[k, [f"theta_{s}" for s in small_world().sectors]]
        assert np.array_equal(theta.to_numpy(float), draw.trade_elasticity)
    joined = finished.query("SELECT r.draw, any_value(d.strength) FROM rows r JOIN draws d "
                            "USING (draw) GROUP BY r.draw")  # fmt: skip
    assert len(joined) == 2


def test_a_wrong_query_says_so(finished):
    with pytest.raises(StudyError, match=r"the query failed.*welfar"):
        finished.query("SELECT welfar FROM rows")


def test_what_does_not_fit_the_world_is_refused_before_anything_is_solved(tmp_path, counted):
    world = small_world()
    for old, new, says in (
        ("VEN]", "VEM]", "club.candidates: .*did you mean 'VEN'"),
        ("clubs: all", "clubs: all\nkeep: [IRM]", "keep: .*did you mean 'IRN'"),
        ("nontariff: -0.10", "nontariff: -0.10, sectors: [fuel]", "did you mean 'fuels'"),
        ("on: 2024-02-19}", "on: 2030-01-01}", "regime"),
    ):
        text = PLAIN.replace("on: [none, 2024-02-19], ", "").replace(old, new)
        with pytest.raises(StudyError, match=says):
            run_sweep(small_sweep(text), tmp_path, world=world)
    assert not counted


def test_results_can_go_to_any_url(tmp_path, one_sitting, monkeypatch):
    monkeypatch.setattr(plan, "BATCH", 4)
    result = run_sweep(
        small_sweep(), "memory://sweeps", world=small_world(), catalogue=tmp_path / "index.duckdb"
    )
    assert result.rows.url.startswith("memory://")
    assert same_bits(rows_of(result), one_sitting)
    assert not place_of("memory://sweeps").at("small").files.exists("/sweeps/small/.lock")
    assert read_sweep("memory://sweeps/small").scenarios == result.scenarios


def test_an_unknown_kind_of_url_is_an_error(tmp_path):
    with pytest.raises(HansaError, match="nonsense"):
        run_sweep(small_sweep(), "nonsense://x", world=small_world())


#: Enough clubs for a regime to be a starting point of its own.
MANY = """
name: many
regime: {on: 2024-02-19}
club: {candidates: [IRN, BLR, RUS, VEN, KAZ], measures: {nontariff: -0.10}}
clubs: all
grid: {horizon: [medium, long], on: [none, 2024-02-19], payments: [0.0, -0.02]}
"""


@pytest.mark.parametrize(
    "text", [MANY, MANY.replace(", KAZ]", "]"), MANY.replace("all", "[[IRN]]")]
)
@pytest.mark.parametrize("most", [3, 10, 1000])
def test_every_solve_is_in_one_batch_and_fills_its_own_rows(monkeypatch, text, most):
    monkeypatch.setattr(plan, "BATCH", most)
    made = make_plan(small_sweep(text), small_world())
    cuts = made.cuts
    assert [n for cut in cuts for n in range(cut.start, cut.stop)] == list(range(made.solves))
    assert max(cut.stop - cut.start for cut in cuts) <= most
    horizons = [
        {made.bases[made.solve(n)[0]].horizon for n in range(c.start, c.stop)} for c in cuts
    ]
    assert all(len(h) == 1 for h in horizons)
    scenarios = np.concatenate(
        [rows._scenarios(made, np.arange(c.start, c.stop))[1:] for c in cuts], axis=1
    )
    numbers = scenarios[0] * made.masks.size + scenarios[1]
    assert sorted(numbers) == list(range(made.scenarios))
    units = made.units(2, [range(1, 2)])
    assert [b for unit in units for b in unit] == [b for b in range(len(cuts)) if b != 1]


HORIZONS = MANY.replace("all", "[[], [IRN, BLR]]").replace(", payments: [0.0, -0.02]", "")


@pytest.mark.parametrize(
    ("text", "which"),
    [
        (
            MANY.replace("grid: {horizon: [medium, long], on: [none, 2024-02-19], ", "grid: {"),
            [0, 7, 32 + 3, 32 + 31],
        ),
        (HORIZONS, [0, 3, 4, 7]),
    ],
    ids=["many clubs", "horizons"],
)
def test_scenarios_are_those_their_columns_say(tmp_path, monkeypatch, text, which):
    monkeypatch.setattr(plan, "BATCH", 15)
    world = small_world()
    result = run_sweep(small_sweep(text), tmp_path, world=world, chunk=1)
    for scenario in which:
        held = result.query(f"FROM rows WHERE scenario = {scenario} AND country <> 'WORLD'")
        one = held.iloc[0]
        regime = sanctions(world, None if one["on"] == "none" else one["on"])
        members = [] if one["club"] == "(none)" else one["club"].split("+")
        measures = Measures(nontariff=one["nontariff"], payments=one["payments"])
        shock = regime.then(club_shock(world, members, measures))
        expected = solve(world, shock, horizon=one["horizon"]).welfare
        np.testing.assert_allclose(
            held["welfare"], expected.sel(country=list(held["country"])), rtol=1e-9
        )
    whole = run_sweep(small_sweep(text), tmp_path / "once", world=world, chunk=1000)
    assert same_bits(rows_of(result), rows_of(whole))
