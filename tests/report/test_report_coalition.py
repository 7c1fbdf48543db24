"""The page of a coalition: sound without a club, and its sentences right in every case."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "study"))
from study_worlds import small_study, small_world
from test_report_page import read
from test_study_coalition import TEXT

from hansa.report import answer_words, coalition_words, write_report
from hansa.report.numbers import loss_money, loss_percent
from hansa.study import run_study
from hansa.study.schema import parse_study


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    study = parse_study(TEXT, "imposers.yaml")
    return run_study(study, tmp_path_factory.mktemp("coalition-page"), world=small_world())


def words_of(path):
    return " ".join(" ".join(read(path).words).split())


def test_a_study_without_a_club_has_a_sound_page(finished):
    path = write_report(finished)
    page = read(path)
    assert len(set(page.ids)) == len(page.ids)
    for link in page.links:
        assert (path.parent / link).is_file(), link
    words = words_of(path)
    assert "Those who impose" in words
    assert "Beside the published study" in words
    for club in ("What the club gives", "Would it hold", "wins back", "None", " nan", "candidate"):
        assert club not in words.replace("None of", ""), club
    stems = {f.stem for f in (finished.folder / "figures").glob("*.svg")}
    assert stems >= {"frontier", "burden", "joining", "cost-target", "map"}


def test_a_study_of_both_has_both_chapters(tmp_path):
    asked = parse_study(TEXT, "x").coalition.model_copy(
        update={"targets": ("RUS",), "compare": False, "embargo": False}
    )
    both = run_study(
        small_study().model_copy(update={"coalition": asked}), tmp_path, world=small_world()
    )
    assert {"coalitions", "clubs", "answer_curves", "answer_equilibria"} <= set(both.tables)
    assert {"coalition", "stability"} <= set(both.facts)
    assert both.facts["coalition"]["over_draws"]["draws"] == 3
    words = words_of(write_report(both))
    assert " ".join(coalition_words.headline(both.facts).split()) in words
    assert words.count("In nine of ten draws") == 1
    assert "What the club gives each member" in words
    assert "Those who impose" in words
    assert "If senders choose first" in words
    assert " nan" not in words


def test_the_page_holds_when_results_are_unknown(finished, tmp_path):
    tables = {n: f.copy() for n, f in finished.tables.items()}
    tables["coalition_burden"][["transfer_musd", "after_musd", "after_pct_gdp"]] = np.nan
    tables["coalitions"].loc[[3, 7], ["harm_musd", "cost_musd"]] = np.nan
    tables["coalition_joining"].loc[:, tables["coalition_joining"].columns[3:]] = np.nan
    tables["coalition_members"]["shapley_harm_musd"] = np.nan
    tables["coalition_references"].loc[3:, ["harm_musd", "harm_pct", "cost_musd"]] = np.nan
    facts = dict(finished.facts)
    gone = ("everyone_musd", "embargo_musd", "full_embargo_musd", "of_everyone_pct",
            "of_embargo_pct", "of_full_embargo_pct", "next")  # fmt: skip
    facts["coalition"] = {**facts["coalition"], **dict.fromkeys(gone), "failed": 2}
    facts["coalition"]["equal"] = {"after_pct_gdp": None, "largest_payment_musd": None}
    facts["coalition"]["efficient"] = {
        **facts["coalition"]["efficient"], "actual": "unknown", "cheaper": "",
    }  # fmt: skip
    (tmp_path / "tables").mkdir()
    words = words_of(write_report(replace(finished, tables=tables, facts=facts, folder=tmp_path)))
    assert " nan" not in words
    assert "None" not in words
    assert "not known" in words
    assert "were not found" in words
    assert "two coalitions failed and are left out" in words


# ---- sentences --------------------------------------------------------------------------


def facts(**changes):
    c = {
        "senders": ["USA", "EU"], "partners": ["CHN"], "targets": ["RUS"], "coalitions": 8,
        "names": {"USA": "United States", "EU": "European Union", "CHN": "China", "RUS": "Russia"},
        "harm_musd": 30e3, "harm_pct": 2.4, "cost_musd": 20e3, "cost_pct_gdp": 0.05,
        "everyone_musd": 50e3, "embargo_musd": 45e3, "of_everyone_pct": 60.0,
        "of_embargo_pct": 66.0, "failed": 0, "by_case": [],
        "horizon": {"span": "ten years and more after"},
        "next": {"name": "China", "more_harm_musd": 8e3, "more_harm_pct": 26.0,
                 "own_cost_musd": 4e3, "unknown": 0, "economies": 120},
        "equal": {"after_pct_gdp": 0.05, "largest_payment_musd": 7e3},
    }  # fmt: skip
    return {
        "coalition": {**c, **changes}, "study": {"on": "2022-12-31", "horizon": "long"},
        "headline": {"joint_cost_since_musd": -24e3}, "world": {"year": 2015},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Two senders reach 60 % of the harm that the same sanctions by all countries"),
        ({"of_everyone_pct": 120.0}, "Two senders alone do Russia as much harm as all countries"),
        ({"of_everyone_pct": None}, "The sanctions of two senders cost Russia 30 bn USD a year"),
        ({"harm_musd": -5.0}, "on Russia leave it 5.0 m USD a year better off"),
        ({"harm_musd": 0.0}, "on Russia cost it nothing"),
        ({"harm_musd": None}, "is not known"),
        ({"senders": ["USA"]}, "One sender reaches 60 %"),
    ],
)
def test_the_headline_in_every_case(changes, said):
    text = coalition_words.headline(facts(**changes)).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert said in text


def test_the_deck_says_gains_and_losses():
    text = coalition_words.deck(facts()).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "cost 30 bn USD a year, 2.4 % of real income, to Russia" in text
    assert "China would add most by joining: 26 % more harm, at a cost to itself of" in text
    text = coalition_words.deck(facts(cost_musd=-20e3, cost_pct_gdp=-0.05))
    assert "bring the senders" in text
    none = facts(next={**facts()["coalition"]["next"], "more_harm_musd": -1.0})
    assert "would add to the harm" in coalition_words.deck(none)
    gains = facts(next={**facts()["coalition"]["next"], "own_cost_musd": -4.0})
    assert "and would gain 4.0" in coalition_words.deck(gains)


@pytest.mark.parametrize(
    ("actual", "said"),
    [
        ("yes", "No other coalition of these players does as much harm for less"),
        ("tie", "closer than the error"),
        ("unknown", "some were not solved"),
        ("no", "is not on the efficient frontier"),
    ],
)
def test_the_frontier_in_every_case(actual, said):
    held = {"actual": actual, "cheaper": "EU", "cheaper_cost_musd": 1.0, "cheaper_harm_musd": 2.0}
    assert said in coalition_words.frontier(facts(efficient=held))
    assert "not known" in coalition_words.frontier(facts(efficient=None))


def test_depth_against_breadth():
    assert "More is left in breadth" in coalition_words.potential(facts())
    assert "More is left in depth" in coalition_words.potential(facts(embargo_musd=80e3))
    assert "about as much" in coalition_words.potential(facts(embargo_musd=50e3))
    assert "take away" in coalition_words.potential(facts(embargo_musd=20e3))
    assert coalition_words.potential(facts(everyone_musd=None)) == ""


def member(name, share, money=1.0, part="sender"):
    return {"name": name, "part": part, "cost_pct_gdp": share, "cost_musd": money}


def test_burdens_in_every_case():
    said = coalition_words.burden(facts(), [member("A", 0.2, 10.0), member("B", 0.1, 30.0)])
    assert "A bears most for its size" in said
    assert "B least" in said
    assert "In money B bears most" in said
    mixed = coalition_words.burden(facts(), [member("A", 0.2), member("B", -0.1, -3.0)])
    assert "B gains by the sanctions of them all" in mixed
    none = coalition_words.burden(facts(), [member("A", -0.2, -1.0)])
    assert none == "No sender loses by the sanctions of them all."
    unknown = coalition_words.burden(facts(), [member("A", float("nan"), float("nan"))])
    assert "not known" in unknown
    assert "were not found" in coalition_words.equalising(
        facts(equal={"after_pct_gdp": None, "largest_payment_musd": None})
    )


def row(label, **changes):
    held = {
        "label": label, "of_global_pct": 58.0, "of_embargo_pct": 35.0, "joiner_adds_pct": 24.0,
        "joiner_adds_strictest_pct": 30.0, "trade_with_senders_pct": 50.0,
        "trade_with_joiner_pct": 13.0, "published_of_embargo_low": 32.0,
        "published_of_embargo_high": 37.0, "published_of_global": 58.0,
        "published_joiner_adds": 22.0,
    }  # fmt: skip
    return {**held, **changes}


def test_what_agrees_with_the_published_study_and_what_does_not():
    same = coalition_words.published([row("Russia, 2014")])
    assert len(same) == 3
    assert all("about the same" in s for s in same)
    other = coalition_words.published(
        [row("Iran, 2012", of_global_pct=76.0, of_embargo_pct=86.0, joiner_adds_pct=11.0,
             published_joiner_adds=79.0), row("Russia, 2014", of_embargo_pct=14.0)]
    )  # fmt: skip
    text = " ".join(other)
    assert "less left to shut" in text
    assert "given up beyond the acts" in text
    assert "with the strictest of them it would add" in text
    assert "That China adds more for Iran is not found here" in text
    turned = coalition_words.published(
        [row("Iran, 2012", joiner_adds_pct=60.0, published_joiner_adds=79.0), row("Russia, 2014")]
    )
    assert "As published, China adds more for Iran." in turned
    assert coalition_words.published([row("Russia, 2022", published_of_global=float("nan"))]) == []


def test_losses_read_as_changes():
    assert loss_money(5e3).startswith("\N{MINUS SIGN}5.0")
    assert loss_money(-5e3).startswith("+5.0")
    assert loss_money(None) == loss_percent(float("nan")) == "not known"
    assert loss_percent(0.0).startswith("0")


def test_the_answer_in_words():
    names = {"A": "Aland", "B": "Bland"}
    held = {
        "intensities": [0.0, 1.0], "leaves_at": {"A": 0.2, "B": None}, "leaves_unknown": [],
        "robust_clubs": [], "robust_unknown": 0, "game": None,
    }  # fmt: skip
    text = answer_words.members({"answer": held}, names)
    assert "Aland 20" in text
    assert "Bland would stay at every intensity tried" in text
    lost = answer_words.members({"answer": {**held, "leaves_unknown": ["B"]}}, names)
    assert "Of Bland it is not known" in lost
    assert "No club of two or more" in answer_words.robust({"answer": held}, names)
    some = answer_words.robust({"answer": {**held, "robust_clubs": ["A+B"]}}, names)
    assert "One club is stable" in some
    assert answer_words.game({"answer": held}, names) == ""
    choice = {
        "selection": "pessimistic", "weight_from": 0.0, "weight_to": 0.25, "strength": 0.0,
        "tied": [], "clubs": ["A+B"],
    }  # fmt: skip
    second = {**choice, "weight_from": 0.25, "weight_to": None, "strength": 1.0, "clubs": [""]}
    game = {"complete": False, "choices": [choice, second, {**choice, "selection": "optimistic"}]}
    text = answer_words.game({"answer": {**held, "game": game}}, names)
    assert "up to lambda = 0.25 they choose no answer, where Aland and Bland form the club" in text
    assert "above 0.25 they choose 100" in text
    assert "other intensities are chosen" in text
    assert "may be further equilibria" in text
