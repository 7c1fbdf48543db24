"""Words and figures on what is not sure: right without draws, with few, with failed ones."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.report import uncertain_words as words
from hansa.report.tornado import Swing, tornado

NAMES = {"IRN": "Iran", "RUS": "Russia", "BLR": "Belarus"}


def assumption(name, share, inputs=1):
    return {
        "assumption": name, "share_pct": share, "share_low_pct": share - 1,
        "share_high_pct": share + 1, "low": 1.0, "high": 2.0, "inputs": inputs,
    }  # fmt: skip


def facts(**changes):
    full = {"yes": 93.0, "tie": 2.0, "unknown": 0.0, "no": 5.0}
    held = {
        "asked": 100, "solved": 100, "failed": 0, "reasons": [], "needed": 62,
        "unsolved_clubs": 0,
        "shares": {
            "internally_stable": 93.0, "stable": 80.0, "core_nonempty": 100.0,
            "breaks_under_answer": 90.0,
        },
        "full": {"internally_stable": full, "stable": full},
        "best_club": {"club": ["IRN", "RUS"], "share_pct": 60.0, "full_pct": 40.0},
        "tornado": [
            {
                "quantity": "wins_back", "country": "candidates", "unit": "% of cost",
                "centre": 6.0, "draws": 100, "unexplained_pct": 4.0,
                "assumptions": [
                    assumption("club's non-tariff measure", 70.0),
                    assumption("trade sanctions", 20.0), assumption("UN compliance", 6.0),
                ],
            }
        ],
    }  # fmt: skip
    bands = {
        "wins_back": {"low": 2.0, "median": 5.0, "high": 9.0, "unit": "% of cost"},
        "gain_from_club": {"low": 5e3, "median": 8e3, "high": 9e3, "unit": "million USD"},
        "breaking_point": {"low": 3.0, "median": 5.0, "high": None, "unit": "%"},
    }
    return {
        "study": {"candidates": ["IRN", "RUS", "BLR"]},
        "headline": {"bands": bands},
        "uncertainty": held | changes,
    }


def plain(text):
    return " ".join(text.replace("\N{NARROW NO-BREAK SPACE}", " ").split())


def test_a_band_is_told_beside_a_number_and_turned_for_a_loss():
    held = facts()
    assert plain(words.within(held, "wins_back")) == "(90 % band: 2.0 % to 9.0 %)"
    held["headline"]["bands"]["wins_back"] |= {"low": -9.0, "high": -2.0}
    assert plain(words.within(held, "wins_back", True)) == "(90 % band: 2.0 % to 9.0 %)"
    assert words.within(held, "no such quantity") == ""
    assert words.within({"headline": {}}, "wins_back") == ""
    assert "beyond what was tried" in words.reach(held["headline"]["bands"]["breaking_point"])


def test_stability_is_a_share_of_draws_with_ties_apart():
    text = plain(words.stable_in(facts()))
    assert "Nobody would leave the club of all in 93 % of draws" in text
    assert "2 % closer than the errors of the solutions" in text
    assert "its core is not empty in 100 % of draws" in text
    assert words.stable_in({"headline": {}}) == ""


def test_the_best_club_is_named_with_its_share():
    text = plain(words.best_in(facts(), NAMES))
    assert "In 60 % of draws" in text
    assert "that of Iran and Russia; that of all it is in 40 %." in text
    everyone = {"club": ["IRN", "RUS", "BLR"], "share_pct": 90.0, "full_pct": 90.0}
    assert "is that of all." in words.best_in(facts(best_club=everyone), NAMES)
    assert words.best_in(facts(best_club=None), NAMES) == ""


def test_draws_are_told_in_every_case():
    assert "No draws were asked for" in words.drawn({"headline": {}})
    assert words.matters({"headline": {}}) == ""
    none = facts(solved=0, failed=2, asked=2, reasons=["no balance"])
    assert plain(words.drawn(none)) == (
        "None of two draws was solved, so no number has a band. The solver said: no balance"
    )
    assert words.matters(none) == ""
    one = plain(words.drawn(facts(solved=99, failed=1, reasons=["no balance"])))
    assert "One further draw was not solved and was left out" in one
    assert "no balance" in one
    assert "failed" not in words.drawn(facts())
    assert "two clubs failed and count as unknown" in words.drawn(facts(unsolved_clubs=2))


def test_what_matters_most_is_named_only_where_it_is_known():
    text = plain(words.matters(facts()))
    assert "the share of the cost won back is the club's non-tariff measure" in text
    assert "70 % of the variance over draws (69 % to 71 %)" in text
    assert "then the cost of trade sanctions (20 %) and the cost of UN compliance (6.0 %)" in text
    assert "Not explained: 4.0 %." in text
    few = words.matters(facts(tornado=[]))
    assert "too few draws" in few
    assert "62" in few
    weak = facts()
    weak["uncertainty"]["tornado"][0]["unexplained_pct"] = 70.0
    assert "no assumption is named" in words.matters(weak)


def test_hardly_ever_and_nearly_always_are_not_never_and_always():
    shares = {0.0: "0 %", 0.1: "under 1 %", 0.6: "1 %", 93.4: "93 %", 99.6: "over 99 %"}
    assert {v: plain(words.share_of(v)) for v in shares} == shares
    assert plain(words.share_of(100.0)) == "100 %"


@given(st.floats(0, 100), st.floats(-50, 200))
def test_no_sentence_says_nan(share, unexplained):
    held = facts()
    held["uncertainty"]["shares"] = dict.fromkeys(held["uncertainty"]["shares"], share)
    held["uncertainty"]["tornado"][0]["unexplained_pct"] = unexplained
    for text in (
        words.drawn(held), words.matters(held), words.stable_in(held), words.breaks_in(held),
        words.best_in(held, NAMES),
    ):  # fmt: skip
        assert "nan" not in text
        assert "None" not in text


@pytest.mark.parametrize("centre", [0.0, 5.0])
def test_the_tornado_is_drawn_with_unit_shares_and_without_any_swing(centre):
    rows = [
        Swing("Trade sanctions", centre - 2, centre + 1, "70 %", "trade sanctions: ..."),
        Swing("Elasticities", centre + 0.5, centre - 0.5, "20 %", "elasticities: ...", one=False),
    ]
    svg = tornado("t", "Title", rows, centre, "% of the cost", "Source").standalone()
    ET.fromstring(svg)
    assert svg.count('class="ring"') == 1
    assert "of variance" in svg
    assert "% of the cost" in svg
    ET.fromstring(tornado("t", "Title", [], centre, "%", "Source").inline())
    still = [Swing("A", centre, centre, "0 %", "a")]
    ET.fromstring(tornado("t", "Title", still, centre, "%", "Source").inline())
