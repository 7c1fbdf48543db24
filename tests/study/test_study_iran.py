"""The study of Iran at the end of 2012 runs, at reduced size."""

from __future__ import annotations

from pathlib import Path

import pytest

from hansa.report import write_report
from hansa.study import coalition_scenarios, load_study, run_study
from hansa.study.runner import check_study
from hansa.world.load import load_world


def test_iran_2012_runs_from_the_world_of_2005(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coalition_scenarios, "HORIZONS", ("long",))
    study = load_study("iran-2012")
    club = study.club.model_copy(update={"candidates": ("IRN", "SYR", "SDN")})
    few = {"senders": ("USA", "EU"), "partners": ("CHN", "IND")}
    assert set(few["senders"]) < set(study.coalition.senders)
    assert set(few["partners"]) < set(study.coalition.partners)
    change = {
        "club": club, "variants": (), "coalition": study.coalition.model_copy(update=few),
    }  # fmt: skip
    small = study.with_draws(2).model_copy(update=change)
    check_study(study, load_world(study.world))
    result = run_study(small, tmp_path / "iran")
    assert result.world.name == "world-2005"
    headline = result.facts["headline"]
    assert headline["joint_cost_musd"] < 0
    damage = result.tables["damage"].set_index(["country", "strength"])
    assert damage.loc[("IRN", "central"), "total_pct"] < -1
    # The measures added since 2005 hurt, and are only part of all.
    since = damage.loc[("IRN", "central"), "since_pct"]
    assert damage.loc[("IRN", "central"), "total_pct"] < since < 0
    coalition = result.facts["coalition"]
    assert coalition["failed"] == 0
    assert 0 < coalition["of_full_embargo_pct"] < coalition["of_everyone_pct"] < 100
    assert 0 < coalition["over_draws"]["bands"]["of_everyone_pct"]["low"] < 100
    assert result.facts["uncertainty"]["solved"] == 2
    report = write_report(result).read_text(encoding="utf-8")
    assert 'href="evidence.html"' in report
    assert "Should you believe it?" in report
    assert (tmp_path / "iran" / "evidence.html").is_file()
    # Both chapters, each with its bands.
    for words in (
        "What the club gives each member",
        "Those who impose",
        "is the best next partner in",
    ):
        assert words in report, words
