"""Every benchmark runs once; no time is asserted."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks import million_clubs
from benchmarks.page import results_page
from benchmarks.registry import REGISTRY


@pytest.mark.parametrize("benchmark", [b for b in REGISTRY if not b.long], ids=lambda b: b.name)
def test_the_benchmark_runs_and_says_something(benchmark):
    outcome = benchmark.run(1)
    assert outcome.seconds or "skipped" in outcome.note
    assert all(seconds > 0 for seconds in outcome.seconds.values())
    found = outcome.seconds | outcome.ratios
    assert all(target.number in found for target in outcome.targets) or "skipped" in outcome.note
    if benchmark.name == "clubs_256":
        assert outcome.ratios["solved"] == 256
    if benchmark.name == "cp2015_one" and outcome.seconds:
        assert outcome.ratios["largest gap of log wages"] < 1e-5
    if benchmark.name == "gradient_cost":
        assert outcome.ratios["gap to a central difference"] < 1e-6
    if benchmark.name == "exposure_all_pairs":
        assert outcome.ratios["largest gap to 0.01 % re-solves"] < 1e-4


def test_the_page_is_the_one_that_the_results_make():
    """RESULTS.md is generated: whoever changes results.json or the page's code runs it again."""
    folder = Path(__file__).parents[1] / "benchmarks"
    held = json.loads((folder / "results.json").read_text())
    assert (folder / "RESULTS.md").read_text() == results_page(held)
    assert set(held) <= {b.name for b in REGISTRY}


def test_the_script_of_a_million_clubs_writes_and_resumes(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(million_clubs, "PART", 8)
    monkeypatch.setattr(
        sys, "argv", ["x", "--candidates", "4", "--engine", "numpy", "--out", str(tmp_path)]
    )
    million_clubs.main()
    parts = sorted(tmp_path.glob("*.parquet"))
    table = pd.concat([pd.read_parquet(p) for p in parts])
    assert list(table["mask"]) == list(range(16))
    assert (table["residual"] < 1e-10).all()
    assert table["IRN"].iloc[-1] > table["IRN"].iloc[0]
    parts[0].unlink()
    capsys.readouterr()
    million_clubs.main()
    assert capsys.readouterr().out.count("clubs") == 1
