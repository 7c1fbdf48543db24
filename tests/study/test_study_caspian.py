"""The main job at reduced size: the shipped study of the club, from its file to its report."""

from __future__ import annotations

import pytest

from hansa.report import write_report
from hansa.study import load_study, run_study

DRAWS = 3


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    shipped = load_study("caspian").with_draws(DRAWS)
    answer = shipped.answer.model_copy(update={"intensities": (0.1, 1.0)})
    study = shipped.model_copy(update={"variants": (), "answer": answer})
    return run_study(study, tmp_path_factory.mktemp("caspian"), workers=1)


def test_everything_is_solved(result):
    assert result.tables["clubs"]["solved"].all()
    assert result.tables["residuals"]["failed"].sum() == 0
    assert result.facts["headline"]["draws_solved"] == DRAWS


def test_costs_rest_on_estimates_and_literature_together(result):
    assert result.study.regime.effects == "combined"


def test_every_headline_number_has_a_band_around_plausible_values(result):
    bands = result.facts["headline"]["bands"]
    for name in ("cost_of_sanctions", "gain_from_club", "wins_back", "since_baseline"):
        assert bands[name]["low"] <= bands[name]["median"] <= bands[name]["high"], name
    assert bands["cost_of_sanctions"]["high"] < 0 < bands["gain_from_club"]["low"]


def test_the_report_says_so_and_links_the_evidence(result):
    page = write_report(result)
    text = page.read_text(encoding="utf-8")
    assert "90 % band" in text.replace("\u202f", " ").replace("\u00a0", " ")
    assert 'href="evidence.html"' in text
    assert (page.parent / "evidence.html").stat().st_size > 10_000
