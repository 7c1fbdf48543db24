"""The section on horizons: its sentence is right in every case, its chart holds without numbers."""

import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.equilibrium.technology import HORIZONS
from hansa.report import horizon_words
from hansa.report.charts import Strip, strips
from hansa.report.numbers import MINUS, money, percent

effects = st.one_of(
    st.floats(-1e9, 1e9).map(lambda v: round(v, 6)),
    st.sampled_from([0.0, None, math.nan, 100.0, -100.0, 100.1]),
)
KEYS = ("joint_cost_musd", "joint_cost_since_musd", "joint_gain_musd", "wins_back_pct")
runs = st.fixed_dictionaries(dict.fromkeys(KEYS, effects))


def facts(short, long):
    return {
        "world": {"year": 2015},
        "horizons": {
            "short": {"span": "within a year", **short},
            "long": {"span": "ten years and more after", **long},
        },
    }


def known(value):
    return value is not None and math.isfinite(value)


def parts(text):
    """The three effects: of all sanctions, of those since, and of the club."""
    all_of_them, rest = text.split(". What was added or lifted since 2015 alone would ")
    since, club = rest.split(". The club of all would ")
    return all_of_them, since, club.split("; it would win")[0]


@given(runs, runs)
def test_the_sentence_holds_in_every_case(short, long):
    text = horizon_words.short_and_long(facts(short, long))
    assert "nan" not in text
    assert "None" not in text
    assert MINUS not in text
    for said, key, gain in zip(parts(text), KEYS, ("give", "give", "bring"), strict=False):
        a, b = short[key], long[key]
        assert ("not known" in said) == (not known(a) or not known(b))
        if not (known(a) and known(b)):
            continue
        assert ("nothing" if a == 0 else money(abs(a))) in said
        if a * b > 0 and money(abs(a)) != money(abs(b)):
            assert (f"more than the {money(abs(b))}" in said) == (abs(a) > abs(b))
            assert (f"less than the {money(abs(b))}" in said) == (abs(a) < abs(b))
        elif a * b > 0 or a == b:
            assert said.removesuffix(".").endswith("as in the long run")
        else:
            assert ", but in the long run" in said
        assert ("cost" in said.replace("costs", "")) == (a < 0 or (b < 0 and a * b <= 0))
        assert (gain in said) == (a >= 0 or b >= 0)


@given(runs, runs)
def test_the_share_won_back_is_said_where_there_is_one(short, long):
    text = horizon_words.short_and_long(facts(short, long))
    share, later = short["wins_back_pct"], long["wins_back_pct"]
    assert ("win nothing back" in text) == (known(share) and share < 0)
    if known(share) and share >= 0:
        assert f"win back {percent(share)} of the cost" in text
        assert ("nothing in the long run" in text) == (known(later) and later < 0)
    elif not known(share):
        assert "; it would win" not in text


@pytest.mark.parametrize("name", list(HORIZONS))
def test_every_horizon_says_what_it_assumes(name):
    h = HORIZONS[name]
    text = horizon_words.assumed(vars(h))
    assert ("stays in its sector" in text) == h.specific
    assert "long-run values" in text
    assert ("at their long-run values" in text) == (h.theta_scale == 1)
    for value in (h.final, h.bundle, h.inputs):
        assert f"{value:g}" in text or "elasticities of one" in text
    held = {"study": {"horizon": name}, "horizons": {name: vars(h)}}
    assert f"for the {name} run, {h.span}." in horizon_words.own_horizon(held)
    assert "assumption" in h.sources or name == "long"


def test_a_chart_of_strips_holds_without_any_number():
    nothing = (math.nan,) * 3
    rows = [
        Strip("A", nothing, ("not known",) * 3),
        Strip("B", (0.0, math.nan, 0.0), ("0", "?", "0")),
    ]
    for some in (rows, rows[:1], []):
        figure = strips("k", "T", ("short", "medium", "long"), some, "%", "S")
        text = figure.standalone()
        ET.fromstring(text)
        assert "nan" not in text


def test_a_chart_of_strips_places_values_on_one_axis():
    rows = [Strip("A", (-1.0, 0.0, 2.0), ("a", "b", "c")), Strip("B", (2.0, 2.0, 2.0), ("d",) * 3)]
    root = ET.fromstring(strips("k", "T", ("s", "m", "l"), rows, "%", "S").inline())
    svg = "{http://www.w3.org/2000/svg}"
    at = {}
    for shape in root.iter():
        hint = shape.find(f"{svg}title")
        if hint is not None and ": " in (hint.text or ""):
            x = shape.get("cx") or float(shape.get("x")) + float(shape.get("width")) / 2
            at[hint.text] = float(x)
    assert at["A, s: a"] < at["A, m: b"] < at["A, l: c"]
    assert at["A, l: c"] == pytest.approx(at["B, s: d"]) == pytest.approx(at["B, m: d"], abs=0.1)
