"""Bands of a coalition on the page: on the first screen, below numbers, in sentences."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "study"))
from study_worlds import small_world
from test_report_page import read
from test_study_coalition_draws import TEXT

from hansa.report import coalition_bands as words
from hansa.report import uncertain, uncertain_words, write_report
from hansa.report.figures import study_figures
from hansa.study import run_study
from hansa.study.coalition_bands import JOINT
from hansa.study.schema import parse_study


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    study = parse_study(TEXT, "imposers.yaml")
    return run_study(study, tmp_path_factory.mktemp("bands-page"), world=small_world())


def plain(text):
    return " ".join(text.replace("\N{NARROW NO-BREAK SPACE}", " ").split())


def words_of(path):
    return plain(" ".join(read(path).words))


def test_the_page_shows_bands_beside_its_numbers(finished):
    text = words_of(write_report(finished))
    assert "In nine of ten draws of what is not sure the share of the harm by all" in text
    assert "of their GDP (90 % band:" in text
    assert "an embargo by all countries would do (90 % band:" in text
    assert "is the best next partner in" in text
    assert "How sure is this, and what it hangs on" in text
    assert "The bands rest on four draws" in text
    assert "too few draws to say which assumption matters most" in text
    assert "Loss of the targets by the senders' sanctions, a year" in text
    for wrong in ("club", "candidate", " nan", "None", "low to high strength"):
        assert wrong not in text, wrong
    rows = [c for c in finished.tables["bands"]["quantity"] if c == "harm"]
    assert len(rows) == 4
    band = words.band_texts(finished.tables["bands"])["harm", JOINT, "million USD"]
    assert text.count(plain(band)) >= 2


def test_the_page_holds_without_draws_and_when_all_failed(finished, tmp_path):
    study = finished.study.with_draws(0)
    tables = {n: f for n, f in finished.tables.items() if n not in ("bands", "tornado", "draws")}
    facts = dict(finished.facts)
    facts["study"] = {**facts["study"], "draws": 0}
    gone = ("bands", "draws_solved")
    facts["headline"] = {k: v for k, v in facts["headline"].items() if k not in gone}
    facts["coalition"] = {k: v for k, v in facts["coalition"].items() if k != "over_draws"}
    del facts["uncertainty"]
    (tmp_path / "tables").mkdir()
    bare = replace(finished, study=study, tables=tables, facts=facts, folder=tmp_path)
    text = words_of(write_report(bare))
    assert "No draws were asked for" in text
    assert "90 % band:" not in text
    assert "low to high strength" in text
    facts["uncertainty"] = {
        "asked": 4, "solved": 0, "failed": 4, "reasons": ["gave up"], "needed": 50,
    }  # fmt: skip
    assert "None of four draws was solved" in plain(uncertain_words.drawn(facts))
    context = uncertain.uncertainty_context(replace(bare, facts=facts), study_figures(bare), {})
    assert not context["solved"]
    assert not context["bands"]


def facts(best, **over):
    names = {"CHN": "China", "TUR": "Turkey", "IND": "India"}
    return {"coalition": {"names": names, "over_draws": {"best_next_pct": best, **over}}}


def test_the_best_partner_in_every_case():
    text = plain(words.best_next(facts({"TUR": 3.0, "CHN": 97.0, "IND": 0.0})))
    assert text == (
        "Of the three named partners, China is the best next partner in 97 % of draws; "
        "Turkey in 3 %."
    )
    sure = plain(words.best_next(facts({"CHN": 100.0, "IND": 0.0})))
    assert sure == "Of the two named partners, China is the best next partner in 100 % of draws."
    band = {"low": 20.0, "median": 25.0, "high": 31.0, "unit": "% of harm"}
    wide = facts({"CHN": 100.0, "IND": 0.0}, more_harm_pct={"CHN": band})
    assert "(further harm, 90 % band: 20 % to 31 % of the senders')" in plain(words.best_next(wide))
    assert words.best_next(facts({"CHN": 100.0})) == ""
    assert words.best_next({"coalition": {}}) == ""
    assert words.best_next(facts({"CHN": 0.0, "IND": 0.0})) == ""


def test_the_share_in_words():
    held = {"of_everyone_pct": {"low": 51.0, "median": 60.0, "high": 66.0, "unit": "% of harm"}}
    text = plain(words.share_in(facts({}, bands=held)))
    assert text.endswith("the share of the harm by all countries lies between 51 % and 66 %.")
    held["of_embargo_pct"] = {"low": 40.0, "median": 60.0, "high": 75.0, "unit": "% of harm"}
    both = plain(words.share_in(facts({}, bands=held)))
    assert "that of the harm of an embargo by the same senders between 40 % and 75 %" in both
    held["of_everyone_pct"]["low"] = None
    assert "draws of what is not sure the share of the harm of an embargo" in plain(
        words.share_in(facts({}, bands=held))
    )
    del held["of_embargo_pct"]
    assert words.share_in(facts({}, bands=held)) == ""
    assert words.share_in({"coalition": {}}) == ""


def test_losses_turn_their_bands():
    rows = [
        ("harm", JOINT, "million USD", 2e3, 5e3),
        ("coalition_cost", "USA", "% of GDP", -0.1, 0.2),
        ("more_harm", "CHN", "% of harm", 10.0, 20.0),
        ("more_harm", "CHN", "million USD", 1e3, 3e3),
        ("share_of_everyone", JOINT, "% of harm", 50.0, 60.0),
        ("joining_cost", "CHN", "million USD", np.nan, np.nan),
    ]
    table = pd.DataFrame(rows, columns=["quantity", "country", "unit", "low", "high"])
    found = {k: plain(v) for k, v in words.band_texts(table).items()}
    minus = "\N{MINUS SIGN}"
    assert found["harm", JOINT, "million USD"] == f"{minus}5.0 bn USD to {minus}2.0 bn USD"
    assert found["coalition_cost", "USA", "% of GDP"] == f"{minus}0.20 % to +0.10 %"
    assert found["more_harm", "CHN", "% of harm"] == "10 % to 20 %"
    assert found["more_harm", "CHN", "million USD"] == f"{minus}3.0 bn USD to {minus}1.0 bn USD"
    assert found["share_of_everyone", JOINT, "% of harm"] == "50 % to 60 %"
    assert ("joining_cost", "CHN", "million USD") not in found
    assert words.band_texts(None) == {}


def test_a_study_of_both_says_what_matters_for_each():
    def held(quantity):
        own = {
            "assumption": "trade sanctions", "share_pct": 70.0, "share_low_pct": 60.0,
            "share_high_pct": 80.0, "low": 1.0, "high": 2.0, "inputs": 1,
        }  # fmt: skip
        return {"quantity": quantity, "unexplained_pct": 3.0, "assumptions": [own]}

    both = {"solved": 100, "tornado": [held("wins_back"), held("share_of_everyone")]}
    text = plain(uncertain_words.matters({"uncertainty": both}))
    assert "What matters most for the share of the cost won back is the cost of trade" in text
    assert "What matters most for the share of the harm by all countries is the cost of" in text
    alone = {"solved": 100, "tornado": [held("share_of_everyone"), held("harm")]}
    assert plain(uncertain_words.matters({"uncertainty": alone})).count("matters most") == 1
