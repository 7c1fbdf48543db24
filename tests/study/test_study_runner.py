"""The runner: interrupted runs go on, the lock holds to the last bit, facts equal the tables."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from study_worlds import small_study, small_world

from hansa.errors import StudyError
from hansa.study import scenarios
from hansa.study.lock import compare, read_lock, table_hash
from hansa.study.runner import read_tables, rerun_locked, run_study
from hansa.study.store import Store


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    return run_study(small_study(), folder, world=small_world())


def test_a_run_leaves_tables_facts_and_lock(finished):
    folder = finished.folder
    names = set(finished.tables)
    assert names >= {"damage", "clubs", "payoffs", "members", "trade", "bands", "residuals"}
    assert {p.stem for p in (folder / "tables").glob("*.csv")} == names
    assert json.loads((folder / "facts.json").read_text())["study"]["name"] == "small"
    for name, frame in read_tables(folder).items():
        assert table_hash(frame) == table_hash(finished.tables[name]), name


def test_every_club_of_every_variant_is_there_and_solved(finished):
    clubs = finished.tables["clubs"]
    assert clubs.groupby("variant").size().to_dict() == {"central": 8, "large": 8}
    assert clubs["solved"].all()
    assert clubs["residual"].max() < 1e-10


def test_facts_are_sums_of_the_tables(finished):
    players = list(small_study().club.candidates)
    damage = finished.tables["damage"].query("strength == 'central'")
    damage = damage[damage["country"].isin(players)]
    members = finished.tables["members"].query("variant == 'central'")
    facts = finished.facts["headline"]
    assert facts["joint_cost_musd"] == pytest.approx(damage["total_musd"].sum())
    assert facts["joint_gain_musd"] == pytest.approx(members["gain_musd"].sum())
    assert members["shapley_musd"].sum() == pytest.approx(members["gain_musd"].sum(), rel=1e-9)
    assert members["equalising_transfer_musd"].sum() == pytest.approx(0.0, abs=1e-6)


def test_a_locked_rerun_is_identical_to_the_last_bit(finished):
    same = rerun_locked(small_study(), finished.folder, world=small_world())
    assert same.identical


def test_a_lock_refuses_other_inputs_and_other_numbers(finished):
    other = small_study().model_copy(update={"title": "Another"})
    with pytest.raises(StudyError, match="study changed"):
        rerun_locked(other, finished.folder, world=small_world())
    lock = read_lock(finished.folder / "study.lock")
    near = {n: f.copy() for n, f in finished.tables.items()}
    near["trade"]["exports_musd"] *= 1 + 1e-12
    assert not compare(lock, near, finished.tables).identical
    gone = {n: f.copy() for n, f in finished.tables.items()}
    gone["trade"].loc[0, "exports_musd"] = np.nan
    with pytest.raises(StudyError, match=r"trade\.exports_musd differs"):
        compare(lock, gone, finished.tables)
    near["trade"]["exports_musd"] *= 1 + 1e-6
    with pytest.raises(StudyError, match=r"trade\.exports_musd differs"):
        compare(lock, near, finished.tables)
    with pytest.raises(StudyError, match="run the study once without --locked"):
        read_lock(finished.folder / "absent.lock")


def test_an_interrupted_run_goes_on_where_it_was(tmp_path, monkeypatch, finished):
    seen = []

    def stop(what, done, total):
        seen.append(what)
        if what.startswith("clubs, large"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(small_study(), tmp_path, stop, world=small_world())
    assert not (tmp_path / "study.lock").exists()
    solved = []
    real = scenarios.blocks_of

    def counted(*args, **kwargs):
        solved.append(args)
        return real(*args, **kwargs)

    monkeypatch.setattr(scenarios, "blocks_of", counted)
    again = run_study(small_study(), tmp_path, world=small_world())
    # Only the large measures and the two answers: damage and central clubs were kept.
    assert len(solved) == 3
    for name, frame in again.tables.items():
        assert table_hash(frame) == table_hash(finished.tables[name]), name


def test_what_does_not_fit_the_world_is_refused_before_anything_is_solved(tmp_path, monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError("solved something")

    monkeypatch.setattr(scenarios, "sweep", never)
    study = small_study()
    club = study.club.model_copy(update={"candidates": ("IRN", "RUSS")})
    with pytest.raises(StudyError, match=r"club.candidates: .*did you mean 'RUS'"):
        run_study(study.model_copy(update={"club": club}), tmp_path, world=small_world())
    late = study.regime.model_copy(update={"on": dt.date(2030, 1, 1)})
    with pytest.raises(StudyError, match="regime"):
        run_study(study.model_copy(update={"regime": late}), tmp_path, world=small_world())
    (tmp_path / "file").touch()
    with pytest.raises(StudyError, match="cannot write to"):
        run_study(study, tmp_path / "file" / "out", world=small_world())


def test_progress_ends_at_its_total(tmp_path):
    steps = []
    run_study(
        small_study(), tmp_path, lambda what, done, total: steps.append((done, total)),
        world=small_world(),
    )  # fmt: skip
    assert steps[-1][0] == steps[-1][1]
    assert [s[0] for s in steps] == sorted(s[0] for s in steps)


def test_the_answer_of_senders_takes_from_every_member(finished):
    answer = finished.tables["answer"].pivot(
        index="country", columns="intensity", values="gain_musd"
    )
    assert list(answer.columns) == [0.0, 0.1, 1.0]
    assert (answer.diff(axis=1).iloc[:, 1:] < 0).all(axis=None)
    central = finished.tables["members"].query("variant == 'central'").set_index("country")
    pd.testing.assert_series_equal(
        answer[0.0], central["gain_musd"].loc[answer.index], check_names=False
    )
    assert len(finished.tables["breaking_points"]) == 8
    for code, end in finished.facts["answer"]["gain_ends"].items():
        gains = answer.loc[code]
        assert (end is None) == bool((gains > 0).all())


def test_no_draws_no_bands(tmp_path):
    study = small_study()
    study = study.model_copy(update={"draws": study.draws.model_copy(update={"number": 0})})
    result = run_study(study, tmp_path, world=small_world())
    assert not {"bands", "draws", "tornado"} & set(result.tables)
    assert "uncertainty" not in result.facts
    assert "bands" not in result.facts["headline"]


def test_a_store_ignores_a_part_that_was_cut_off(tmp_path):
    store = Store(tmp_path)
    store.put("part", a=np.arange(1000.0))
    path = tmp_path / "part.npz"
    assert np.array_equal(store.get("part")["a"], np.arange(1000.0))
    path.write_bytes(path.read_bytes()[:200])
    assert store.get("part") is None
    assert store.get("absent") is None


def test_damage_is_measured_against_a_world_without_sanctions(finished):
    damage = finished.tables["damage"]
    total = 1 + damage["total_pct"] / 100
    since = 1 + damage["since_pct"] / 100
    without = since / total
    money = (since - without) * damage["income_musd"]
    pd.testing.assert_series_equal(money, damage["total_musd"], check_names=False, rtol=1e-9)
