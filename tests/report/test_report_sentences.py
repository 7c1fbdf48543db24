"""Sentences: right for gains and losses, singular and plural, ties, failures, nothing known."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.report import sentences
from hansa.report.numbers import MINUS, UNKNOWN, counted, digits, listed, money, percent, signed

finite = st.floats(-1e9, 1e9).map(lambda v: round(v, 6))
verdicts = st.sampled_from(["yes", "no", "tie", "unknown"])
NAMES = {"IRN": "Iran", "RUS": "Russia", "BLR": "Belarus"}


def facts(cost=-100.0, gain=5.0, share=5.0, **stability):
    full = {"stable": "yes", "internal": "yes", "external": "yes", "potential": "yes"}
    return {
        "study": {
            "candidates": ["IRN", "RUS", "BLR"], "on": "2024-02-19", "nontariff_pct": -10.0,
            "draws": 40, "horizon": "long",
        },
        "headline": {
            "joint_cost_musd": cost, "joint_gain_musd": gain, "wins_back_pct": share,
            "draws_solved": 40,
        },
        "horizons": {"long": {"span": "ten years and more after"}},
        "world": {"year": 2015},
        "stability": {
            "full_club": ["IRN", "RUS", "BLR"], "full": full | stability, "stable_clubs": [],
            "core": "yes", "clubs": 8, "failed": 0, "largest_residual": 1e-11,
        },
        "equalising": {"common_gain_pct": 0.2, "largest_payment_musd": 10.0},
    }  # fmt: skip


@given(finite, finite)
def test_the_headline_says_gain_loss_or_nothing_to_win_back(cost, gain):
    share = -100 * gain / cost if cost < 0 else None
    text = sentences.headline(facts(cost, gain, share))
    assert "nan" not in text
    assert "None" not in text
    if share is None:
        assert ("nothing together" in text) == (cost == 0)
        assert ("better off together" in text) == (cost > 0)
        assert ("would give" in text) == (gain >= 0)
    elif gain < 0:
        assert "cost its members" in text
        assert MINUS not in text
    elif share >= 100:
        assert "make up for all" in text
    else:
        assert f"win back {percent(share)}" in text


def test_the_headline_does_not_hide_a_failure():
    for held in (facts(gain=math.nan), facts(gain=None), facts(cost=None), facts(cost=math.nan)):
        assert UNKNOWN in sentences.headline(held)
        assert "not known" in sentences.deck(held)


@given(finite, finite, st.sampled_from([-20.0, 10.0]))
def test_the_deck_has_both_sums_without_double_signs(cost, gain, nontariff):
    held = facts(cost, gain)
    held["study"]["nontariff_pct"] = nontariff
    text = sentences.deck(held)
    assert ("better off" in text) == (cost > 0)
    assert ("brings" in text) == (gain >= 0)
    assert ("lower" in text) == (nontariff < 0)
    assert MINUS not in text


@given(st.integers(1, 50), st.integers(0, 3))
def test_the_deck_counts_the_draws_that_were_solved(solved, failed):
    held = facts()
    held["study"]["draws"] = solved + failed
    held["headline"] |= {
        "draws_solved": solved,
        "bands": {"wins_back": {"low": 1.0, "median": 2.0, "high": 3.0, "unit": "% of cost"}},
    }  # fmt: skip
    for text in (sentences.deck(held), sentences.draws(held)):
        assert counted(solved, "draw") in text or counted(solved, "draw").capitalize() in text
        assert ("not solved" in text) == (failed > 0)
        assert ("was not solved" in text) == (failed == 1)
        assert "long run, ten years" in text or "Over" not in text


@given(
    verdicts, verdicts, verdicts, st.lists(st.sampled_from(["IRN+RUS", "IRN+RUS+BLR"]), max_size=2)
)
def test_every_verdict_has_its_own_sentence(internal, potential, core, stable):
    held = facts(internal=internal, potential=potential)
    held["stability"]["stable_clubs"] = stable
    held["stability"]["core"] = core
    text = sentences.stability(held, NAMES)
    assert ("would hold by itself: no member" in text) == (internal == "yes")
    assert ("not hold" in text) == (internal == "no")
    assert ("payments" in text) == (internal == "no" and potential != "unknown")
    if not stable:
        assert "No club of two or more is stable" in text
    said = sentences.core(held)
    assert ("is empty:" in said) == (core == "no")
    assert ("not empty" in said) == (core == "yes")


members = st.lists(
    st.fixed_dictionaries(
        {
            "country": st.sampled_from(["IRN", "RUS", "BLR"]),
            "gain_musd": st.one_of(finite, st.just(math.nan)),
            "gain_by_leaving_musd": st.one_of(finite, st.just(math.nan)),
            "wins_back_pct": st.one_of(finite, st.just(math.nan)),
        }
    ),
    min_size=1, max_size=3, unique_by=lambda m: m["country"],
)  # fmt: skip


@given(members)
def test_sentences_on_members_hold_in_every_case(rows):
    for text in (
        sentences.leaver(rows, NAMES), sentences.uneven(rows, NAMES),
        sentences.extremes(rows, NAMES),
    ):  # fmt: skip
        assert "nan" not in text
        assert text == text.strip()
    known = [r["gain_by_leaving_musd"] for r in rows if math.isfinite(r["gain_by_leaving_musd"])]
    text = sentences.leaver(rows, NAMES)
    if not known:
        assert UNKNOWN in text
    elif max(known) > 0:
        assert "gain most by leaving" in text
    elif max(known) < 0:
        assert "lose least by leaving" in text
    losers = [r for r in rows if r["gain_musd"] < 0]
    text = sentences.uneven(rows, NAMES)
    winners = [r for r in rows if r["gain_musd"] > 0]
    if winners and len(losers) == 1:
        assert f"{NAMES[losers[0]['country']]} loses by it" in text
    assert ("Every member gains" in text) == (len(winners) == len(rows))
    assert text
    assert sentences.leaver(rows, NAMES, "tie") == ""


@given(finite, finite, finite)
def test_the_costs_since_and_elsewhere_carry_the_right_verb(since, senders, others):
    held = facts()
    held["headline"] |= {
        "joint_cost_since_musd": since, "wins_back_since_pct": 17.0 if since < 0 else None,
        "senders_cost_musd": senders, "others_cost_musd": others,
    }  # fmt: skip
    text = sentences.since(held)
    assert ("cost the candidates" in text) == (since < 0)
    assert ("give the candidates" in text) == (since > 0)
    assert ("wins back" in text) == (since < 0)
    text = sentences.elsewhere(held)
    assert ("enders lose" in text) == (senders < 0)
    assert ("ll others gain" in text) == (others > 0)
    held["headline"]["senders_cost_musd"] = None
    assert "enders" not in sentences.elsewhere(held)


def test_the_pair_is_set_beside_the_club_of_all():
    clubs = [
        {"club": "IRN+RUS", "size": 2, "value_musd": 10.0},
        {"club": "RUS+BLR", "size": 2, "value_musd": 75.0},
        {"club": "IRN+RUS+BLR", "size": 3, "value_musd": 100.0},
    ]
    text = sentences.pair(clubs, NAMES)
    assert "Russia and Belarus alone" in text
    assert percent(75.0) in text
    assert sentences.pair(clubs[:1], NAMES) == ""
    assert "No pair" in sentences.pair([{**c, "value_musd": -1.0} for c in clubs], NAMES)


@given(
    verdicts, st.floats(0.001, 1.0),
    st.lists(st.none() | st.floats(0.0, 1.0), min_size=3, max_size=3),
)  # fmt: skip
def test_the_answer_is_said_for_every_verdict(breaks, point, ends):
    held = facts()
    assert sentences.answer(held, NAMES) == ""
    held["answer"] = {
        "ave": 0.3, "intensities": [0.0, 0.5, 1.0], "breaks": breaks, "leaver": "RUS",
        "breaking_point": point if breaks == "yes" else None,
        "gain_ends": dict(zip(("IRN", "RUS", "BLR"), ends, strict=True)),
    }  # fmt: skip
    text = sentences.answer(held, NAMES)
    assert ("stop holding" in text) == (breaks == "yes")
    assert ("would hold up to" in text) == (breaks == "no")
    assert ("not known" in text) == (breaks == "unknown")
    said = sentences.gain_ends(held, NAMES)
    assert ("gone at" in said) == any(e is not None for e in ends)
    assert ("every intensity" in said) == any(e is None for e in ends)


def test_failed_clubs_are_counted():
    held = facts()
    assert "failed" not in sentences.failures(held)
    held["stability"]["failed"] = 1
    assert "one club failed and is marked so" in sentences.failures(held)
    held["stability"]["failed"] = 2
    assert "two clubs failed and are marked so" in sentences.failures(held)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_numbers_never_show_a_float_as_it_is(value):
    for text in (digits(value), percent(value), money(value)):
        assert "e+" not in text
        assert "nan" not in text
        assert "inf" not in text
        assert not text.startswith("-")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (104_000.0, "104 bn USD"), (5_686.0, "5.7 bn USD"), (-25_621.0, f"{MINUS}26 bn USD"),
        (0.0, "0 USD"), (690.4, "690 m USD"), (1.2e6, "1.2 trn USD"), (999.9, "1.0 bn USD"),
        (0.01, "about 0 USD"),
    ],
)  # fmt: skip
def test_money_reads_as_people_write_it(value, shown):
    assert " ".join(money(value).split()) == shown


def test_small_words():
    assert counted(1, "club") == "one club"
    assert counted(8, "country", "countries") == "eight countries"
    assert counted(40, "draw") == "40 draws"
    assert " ".join(counted(65536, "club").split()) == "65 536 clubs"
    assert listed([]) == "none"
    assert listed(["A"]) == "A"
    assert listed(["A", "B", "C"]) == "A, B and C"
    assert listed(list("ABCDEFGHIJ"), 4) == "A, B, C and 7 others"
    assert signed("5", 5.0) == "+5"
    assert signed(f"{MINUS}5", -5.0) == f"{MINUS}5"
    assert sentences.day("2024-02-19") == "19 February 2024"
    assert digits(9.96) == "10"
    assert digits(0.0609) == "0.061"
