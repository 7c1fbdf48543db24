"""The study of Iran at the end of 2012 runs, at reduced size."""

from __future__ import annotations

from pathlib import Path

from hansa.report import write_report
from hansa.study import load_study, run_study


def test_iran_2012_runs_from_the_world_of_2005(tmp_path: Path) -> None:
    study = load_study("iran-2012")
    club = study.club.model_copy(update={"candidates": ("IRN", "SYR", "SDN")})
    draws = study.draws.model_copy(update={"number": 2})
    small = study.model_copy(update={"club": club, "draws": draws, "variants": ()})
    result = run_study(small, tmp_path / "iran")
    assert result.world.name == "world-2005"
    headline = result.facts["headline"]
    assert headline["joint_cost_musd"] < 0
    damage = result.tables["damage"].set_index(["country", "strength"])
    assert damage.loc[("IRN", "central"), "total_pct"] < -1
    # The measures added since 2005 hurt, and are only part of all.
    since = damage.loc[("IRN", "central"), "since_pct"]
    assert damage.loc[("IRN", "central"), "total_pct"] < since < 0
    report = write_report(result).read_text(encoding="utf-8")
    assert 'href="evidence.html"' in report
    assert "Should you believe it?" in report
    assert (tmp_path / "iran" / "evidence.html").is_file()
