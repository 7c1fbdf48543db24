"""Draws: exact at the centre, the same in any order and company, marked where they fail."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from study_worlds import small_study, small_world

from hansa.club import Verdict, parameter_bands
from hansa.errors import ConvergenceError, StudyError
from hansa.policy import Club, load_effects
from hansa.study import draw_runs, drawn
from hansa.study.draw_runs import solve_draws
from hansa.study.draw_tables import DrawBands, draw_tables, quantiles
from hansa.study.draws import Draw, draw_parameters, world_of
from hansa.study.lock import table_hash
from hansa.study.play import play
from hansa.study.runner import run_study
from hansa.study.scenarios import lifted_shock, regime_shock
from hansa.study.schema import parse_study
from hansa.study.store import Store


@pytest.fixture(scope="module")
def shared():
    return drawn.common(small_world(), small_study())


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run_study(small_study(), tmp_path_factory.mktemp("draws"), world=small_world())


def central(shared) -> drawn.Drawn:
    """The draw at which everything is at its centre."""
    world, study = shared.world, shared.study
    draw = Draw(
        world.trade_elasticity, 0.0, np.full(3, 0.5), 0.5, np.zeros(len(shared.effects.factors))
    )
    sizes = {"nontariff": study.club.measures.nontariff, "answer": study.answer.ave}
    home = drawn.balance(world)
    shocks = (lifted_shock(world, study), regime_shock(world, study))
    return drawn.Drawn(shared, draw, sizes, home, *shocks)


def test_a_draw_at_the_central_parameters_is_the_headline(shared, finished):
    one = central(shared)
    parts = [p for p in drawn.PARTS if p.applies(small_study())]
    found = {f"{p.name}.{k}": np.asarray(v) for p in parts for k, v in p.solve(one).items()}
    table = draw_runs.gathered(1, {0: found})
    bands = DrawBands(small_world(), small_study(), table)
    facts, series = finished.facts["headline"], bands.series
    for quantity, name in (
        ("cost_of_sanctions", "joint_cost_musd"), ("gain_from_club", "joint_gain_musd"),
        ("since_baseline", "joint_cost_since_musd"),
    ):  # fmt: skip
        assert series[quantity, "candidates", "million USD"][0] == pytest.approx(facts[name])
    assert series["wins_back", "candidates", "% of cost"][0] == pytest.approx(
        facts["wins_back_pct"]
    )
    assert series["cost_of_sanctions", "senders", "million USD"][0] == pytest.approx(
        facts["senders_cost_musd"]
    )
    members = finished.tables["members"].query("variant == 'central'").set_index("country")
    for code in ("IRN", "BLR", "RUS"):
        assert series["shapley", code, "million USD"][0] == pytest.approx(
            members.loc[code, "shapley_musd"]
        )
        assert series["gain_by_leaving", code, "million USD"][0] == pytest.approx(
            members.loc[code, "gain_by_leaving_musd"]
        )
    assert found["answer.point"] == pytest.approx(finished.facts["answer"]["breaking_point"])
    players = ["IRN", "BLR", "RUS"]
    assert players[int(found["answer.leaver"])] == finished.facts["answer"]["leaver"]
    assert str(Verdict(found["club.core"])) == finished.facts["stability"]["core"]


def test_a_draw_is_what_the_public_functions_find(shared):
    one, found = drawn.drawn(shared, 2), drawn.solve_draw(shared, 2)
    world, study = small_world(), small_study()
    draw = draw_parameters(world, study.draws.seed, 2, load_effects())
    other = world_of(world, draw.trade_elasticity)
    game = play(other, one.regime, Club(study.club.candidates, one.measures))
    np.testing.assert_allclose(found["club.value"], game.value().value, rtol=1e-6, atol=1e-4)
    np.testing.assert_allclose(found["club.shapley"], game.shapley().value, rtol=1e-6, atol=1e-4)
    np.testing.assert_allclose(found["club.full"], game.welfare[-1], rtol=1e-9)
    np.testing.assert_allclose(found["cost.regime"], game.welfare[0], rtol=1e-9)
    same = parameter_bands([game])
    assert (found["club.verdict"] == np.argmax(same.counts, axis=1) + 1).all()


def test_a_draw_depends_on_its_seed_and_number_only():
    world, effects = small_world(), load_effects()
    one, same, other = (draw_parameters(world, 7, k, effects) for k in (4, 4, 5))
    assert np.array_equal(one.trade_elasticity, same.trade_elasticity)
    assert np.array_equal(one.position, same.position)
    assert not np.array_equal(one.position, other.position)
    plain = draw_parameters(world, 7, 4)
    assert np.array_equal(plain.trade_elasticity, one.trade_elasticity)
    assert plain.strength == one.strength


def test_numbers_do_not_depend_on_processes_order_or_sittings(tmp_path, finished):
    world, study = small_world(), small_study().with_draws(11)
    alone = solve_draws(world, study, Store(tmp_path / "a"), lambda n: None, workers=1)
    both = solve_draws(world, study, Store(tmp_path / "b"), lambda n: None, workers=2)
    store = Store(tmp_path / "c")
    solve_draws(world, study.with_draws(3), store, lambda n: None)
    counted = []
    later = solve_draws(world, study, store, counted.append)
    assert counted[0] == 3
    assert sum(counted) == 11
    assert alone.solved.tolist() == list(range(11))
    for name, values in alone.arrays.items():
        assert np.array_equal(values, both.arrays[name], equal_nan=True), name
        assert np.array_equal(values, later.arrays[name], equal_nan=True), name
    first = DrawBands(world, small_study(), draw_runs.gathered(3, draw_runs.kept(store, 3)))
    tables = draw_tables(first)
    for name in ("bands", "draws", "bands_clubs", "bands_players"):
        assert table_hash(tables[name]) == table_hash(finished.tables[name]), name


def test_what_an_interrupt_leaves_is_kept(tmp_path):
    world, study, store = small_world(), small_study().with_draws(4), Store(tmp_path)

    def stop(steps, seen=[]):  # noqa: B006
        seen.append(steps)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solve_draws(world, study, store, stop, workers=1)
    assert sorted(draw_runs.kept(store, 4)) == [0, 1]


def test_a_failed_draw_is_a_marked_row_and_kills_nothing(tmp_path, monkeypatch):
    real = drawn.drawn

    def failing(shared, k):
        if k == 1:
            raise ConvergenceError("cannot be balanced at these elasticities")
        return real(shared, k)

    monkeypatch.setattr(drawn, "drawn", failing)
    result = run_study(small_study(), tmp_path, world=small_world(), workers=1)
    table = result.tables["draws"].set_index("draw")
    assert table["solved"].tolist() == [True, False, True]
    assert table.loc[1, "message"] == "cannot be balanced at these elasticities"
    assert np.isnan(table.loc[1, "wins_back, candidates, % of cost"])
    assert (result.tables["bands"]["draws"] == 2).all()
    facts = result.facts["uncertainty"]
    assert (facts["asked"], facts["solved"], facts["failed"]) == (3, 2, 1)
    assert facts["reasons"] == ["cannot be balanced at these elasticities"]


def test_all_draws_may_fail(tmp_path, monkeypatch):
    def failing(shared, k):
        raise ConvergenceError("no")

    monkeypatch.setattr(drawn, "drawn", failing)
    result = run_study(small_study(), tmp_path, world=small_world(), workers=1)
    assert "bands" not in result.tables
    assert "bands" not in result.facts["headline"]
    assert result.facts["uncertainty"]["solved"] == 0
    assert not result.tables["draws"]["solved"].any()


def test_a_worker_that_is_killed_is_an_error_and_loses_nothing_else(tmp_path, monkeypatch):
    world, study, store = small_world(), small_study().with_draws(12), Store(tmp_path)
    workers, real = [], draw_runs._worker
    monkeypatch.setattr(draw_runs, "_worker", lambda: workers.append(real()) or workers[-1])

    def kill(steps):
        if steps == 1:
            for worker in workers:
                worker.kill()

    with pytest.raises(StudyError, match="Finished draws are kept"):
        solve_draws(world, study, store, kill, workers=2)
    assert draw_runs.kept(store, 12)
    again = solve_draws(world, study, store, lambda n: None, workers=1)
    assert again.solved.size == 12


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_their_parent_and_leave_what_is_done(tmp_path, how):
    """Ctrl-C stops them; after kill -9 they see the end of their input and go."""
    code = (
        "import sys; sys.path[:0] = sys.argv[1:3]\n"
        "from study_worlds import small_study, small_world\n"
        "from hansa.study import draw_runs\n"
        "from hansa.study.store import Store\n"
        "from pathlib import Path\n"
        "def tick(n):\n"
        "    if n == 1: print(*[w.pid for w in made], flush=True)\n"
        "made, real = [], draw_runs._worker\n"
        "draw_runs._worker = lambda: made.append(real()) or made[-1]\n"
        "draw_runs.TOGETHER = 1\n"
        "store = Store(Path(sys.argv[3]))\n"
        "draw_runs.solve_draws(small_world(), small_study().with_draws(9000), store, tick, 2)\n"
    )
    tests = Path(__file__).parents[1]
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tests), str(tests / "study"), str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    parent.send_signal(how)
    parent.wait(timeout=30)
    parent.stdout.close()
    assert len(workers) == 2
    for pid in workers:
        deadline = time.monotonic() + 30
        while alive(pid):
            assert time.monotonic() < deadline, "a worker outlives its parent"
            time.sleep(0.05)
    assert draw_runs.kept(Store(tmp_path), 9000)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def test_ranges_of_all_measures_and_of_the_answer_are_drawn(shared):
    text = """
name: ranges
title: Ranges
regime: {on: 2024-02-19}
club: {candidates: [IRN, BLR], measures: {nontariff: -0.1}}
answer: {ave: 0.4, intensities: [1.0]}
draws: {number: 1, payments: [-0.1, -0.02], tariffs: [0.0, 0.05], answer: [0.1, 0.2]}
"""
    study = parse_study(text, "ranges.yaml")
    draws = [draw_parameters(small_world(), 1, k) for k in range(200)]
    sizes = [drawn.drawn_sizes(study, d) for d in draws]
    for name, low, high in (
        ("nontariff", -0.2, -0.05), ("payments", -0.1, -0.02), ("tariffs", 0.0, 0.05),
        ("answer", 0.1, 0.2),
    ):  # fmt: skip
        values = np.array([s[name] for s in sizes])
        assert low <= values.min() < low + 0.1 * (high - low)
        assert high - 0.1 * (high - low) < values.max() <= high
    default = drawn.drawn_sizes(small_study(), draws[0])["answer"]
    assert 0.15 <= default <= 0.45
    with pytest.raises(StudyError, match=r"draws.answer: must be a range not below 0"):
        parse_study(text.replace("answer: [0.1, 0.2]", "answer: [-0.1, 0.2]"), "ranges.yaml")


def test_many_candidates_are_judged_by_the_clubs_of_all_but_one(monkeypatch, tmp_path):
    monkeypatch.setattr(drawn, "EVERY", 2)
    world, study = small_world(), small_study()
    few = drawn.common(world, study)
    assert few.masks.tolist() == [0, 6, 5, 3, 7]
    monkeypatch.setattr(drawn, "EVERY", 8)
    every = drawn.common(world, study)
    a, b = drawn.solve_draw(few, 0), drawn.solve_draw(every, 0)
    for name in ("club.full", "club.leaving", "answer.point"):
        np.testing.assert_allclose(a[name], b[name], rtol=1e-6)
    assert a["club.few"][1] == b["club.verdict"][1, -1]
    assert a["club.few"][3] == b["club.verdict"][3, -1]
    bands = DrawBands(world, study.with_draws(1), draw_runs.gathered(1, {0: a}))
    tables = draw_tables(bands)
    assert "bands_clubs" not in tables
    assert "stable" not in bands.shares
    assert bands.shares["internally_stable"] in (0.0, 100.0)


def test_bands_are_ordered_and_shares_add_up(finished):
    bands = finished.tables["bands"].dropna(subset=["low"])
    assert (bands["low"] <= bands["median"]).all()
    assert (bands["median"] <= bands["high"]).all()
    clubs = finished.tables["bands_clubs"]
    for kind in ("stable", "internal", "external", "potential"):
        columns = [f"{kind}_{verdict}_pct" for verdict in Verdict]
        np.testing.assert_allclose(clubs[columns].sum(axis=1), 100)
    assert clubs["best_pct"].sum() == pytest.approx(100)


def test_infinite_values_count_as_draws():
    assert quantiles(np.array([1.0, 2.0, np.inf, np.nan])) == (1.0, 2.0, np.inf, 3)
    assert np.isnan(quantiles(np.array([np.nan]))[0])
    assert quantiles(np.arange(101.0)) == (5.0, 50.0, 95.0, 101)


def test_a_part_of_ones_own_is_solved_kept_and_found(tmp_path, monkeypatch):
    def own(one):
        return {"theta": one.draw.trade_elasticity[:2]}

    parts = (*drawn.PARTS, drawn.Part("mine", lambda study: True, own))
    monkeypatch.setattr(drawn, "PARTS", parts)
    study = small_study().with_draws(2)
    table = solve_draws(small_world(), study, Store(tmp_path), lambda n: None, workers=1)
    assert table["mine.theta"].shape == (2, 2)
    kept = draw_runs.kept(Store(tmp_path), 2)
    assert np.array_equal(kept[1]["mine.theta"], table["mine.theta"][1])


def test_elasticities_that_cannot_be_solved_from_the_centre_are_solved_from_scratch(monkeypatch):
    def fails(*args, **kwargs):
        raise ConvergenceError("not at the centre")

    guided = drawn.solve_draw(drawn.common(small_world(), small_study()), 0)
    monkeypatch.setattr(drawn, "guide_of", fails)
    plain = drawn.common(small_world(), small_study())
    assert plain.guides == {}
    found = drawn.solve_draw(plain, 0)
    np.testing.assert_allclose(found["club.full"], guided["club.full"], rtol=1e-9)
