"""What changed between two dates, and how hard a target is hit: both from the registry alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_worlds import named_world
from rich.console import Console

from hansa.errors import DataError
from hansa.policy import active, escalation, registry_diff, strength_classes
from hansa.policy.ave import un_compliance
from hansa.policy.dates import FIRST_DATE, LAST_DATE
from hansa.policy.escalation import DIRECTIONS, class_weights
from hansa.policy.page_checks import diff_page, escalation_page, lint_page

EMBARGO = """
target: {target}
episodes:
- {{id: {sender}-{target}-exports, sender: {sender}, type: trade-export, sectors: all,
   begin: 2000-07-01, strength: embargo, confidence: low, act: An act}}
- {{id: {sender}-{target}-imports, sender: {sender}, type: trade-import, sectors: all,
   begin: 2000-07-01, strength: embargo, confidence: low, act: An act}}
- {{id: {sender}-{target}-financial, sender: {sender}, type: financial,
   begin: 2000-07-01, strength: financial_comprehensive, confidence: low, act: An act}}
"""


def embargo(folder, sender, target="IRN"):
    text = EMBARGO.format(sender=sender, target=target)
    (folder / f"{target}.yaml").write_text(text, encoding="utf-8")
    return folder


# ---- differences ----------------------------------------------------------------------------


def test_relief_for_iran_is_in_the_difference():
    found = registry_diff("2013-12-31", "2016-12-31", target="IRN").set_index("id")
    assert found.loc["eu-irn-2012-oil-imports", "what"] == "ended"
    assert found.loc["eu-irn-2016-listing", ["what", "before", "after"]].tolist() == [
        "changed", "financial_major", "financial_listing",
    ]  # fmt: skip
    back = registry_diff("2016-12-31", "2018-12-31", target="IRN").set_index("id")
    assert back.loc["usa-irn-2018-third-oil", "what"] == "begun"
    assert back.loc["usa-irn-2018-exports-aircraft", "what"] == "changed"


def test_an_amendment_is_a_change_of_the_same_strength():
    found = registry_diff("2022-12-31", "2023-03-31", target="RUS", sender="EU").set_index("id")
    row = found.loc["eu-rus-2022-exports-machinery"]
    assert (row["what"], row["before"], row["after"]) == ("changed", "broad", "broad")
    assert row["act"] == "Regulation (EU) 2023/427"
    assert row["date"] == pd.Timestamp("2023-02-26")


@settings(max_examples=20, deadline=None)
@given(st.dates(FIRST_DATE, LAST_DATE), st.dates(FIRST_DATE, LAST_DATE))
def test_a_difference_accounts_for_every_measure(a, b):
    if a == b:
        return
    first, last = sorted((a, b))
    found = registry_diff(first, last)
    old, new = set(active(first).index), set(active(last).index)
    come = set(found.loc[found["before"] != found["after"], "id"]) & (new - old)
    again = set(found.loc[found["what"] == "changed", "id"])
    assert new - old <= set(found["id"])
    assert set(found.loc[found["what"] == "ended", "id"]) <= old - new
    assert come | again <= new
    assert not found["id"].duplicated().any()


def test_dates_in_the_wrong_order_are_refused():
    with pytest.raises(DataError, match=r"second date .* must be after the first"):
        registry_diff("2020-01-01", "2019-01-01")
    with pytest.raises(DataError, match="before='soon' is not a date"):
        registry_diff("soon", "2019-01-01")


# ---- the index ------------------------------------------------------------------------------


def test_weights_are_relative_to_a_full_embargo():
    weights = class_weights()
    assert weights["embargo"] == weights["financial_comprehensive"] == 1
    assert weights["partial"] == strength_classes()["partial"].central
    assert weights["none"] == 0
    assert all(0 <= w <= 1 for w in weights.values())


def test_the_index_is_the_sender_share_of_value_added(tmp_path):
    world = named_world()
    table = escalation(world, "IRN", [1999, 2000, 2001], embargo(tmp_path, "USA")).loc["IRN"]
    keep = [c not in ("IRN", "XRW") for c in world.countries]
    share = world.value_added[world.country("USA")] / world.value_added[keep].sum()
    assert table["index"].tolist() == pytest.approx([0, 50 * share, 100 * share])
    assert table["measures"].tolist() == [0, 3, 3]
    for name in DIRECTIONS:
        assert table[name].iloc[-1] == pytest.approx(100 * share)


def test_acts_of_unions_bind_their_members_and_everyone(tmp_path):
    world = named_world()
    eu = escalation(world, "IRN", [2015], embargo(tmp_path, "EU"))["index"].iloc[0]
    members = [world.country(c) for c in ("DEU", "FRA", "HRV", "GBR")]
    keep = [c not in ("IRN", "XRW") for c in world.countries]
    expected = 100 * world.value_added[members].sum() / world.value_added[keep].sum()
    assert eu == pytest.approx(expected)
    later = escalation(world, "IRN", [2021], tmp_path)["index"].iloc[0]
    assert later < eu  # the United Kingdom is no longer bound
    every = escalation(world, "IRN", [2015], embargo(tmp_path, "UN"))["index"].iloc[0]
    assert every == pytest.approx(100 * un_compliance("central"))


def test_the_index_of_the_shipped_registry_follows_history():
    world = named_world()
    table = pd.concat(escalation(world, t) for t in ("IRQ", "IRN", "RUS", "YUG"))
    assert table["index"].between(0, 100).all()
    assert np.allclose(table["index"], table[list(DIRECTIONS)].mean(axis=1))
    index = table["index"]
    assert index["IRQ", 1991] > index["IRQ", 1999] > index["IRQ", 2004]
    assert index["IRN", 2015] > index["IRN", 2017] < index["IRN", 2019]
    assert index["RUS", 2023] > 2 * index["RUS", 2015] > 0 == index["RUS", 2013]
    assert index["YUG", 1994] > index["YUG", 1997]


def test_bad_targets_and_years_are_refused():
    with pytest.raises(DataError, match="unknown target 'IRM'"):
        escalation(named_world(), "IRM")
    with pytest.raises(DataError, match="year 2030 is outside the registry"):
        escalation(named_world(), "IRN", [2030])


# ---- pages ----------------------------------------------------------------------------------


def rendered(page) -> str:
    console = Console(width=80, force_terminal=False)
    with console.capture() as capture:
        console.print(page)
    return capture.get()


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (lambda: diff_page("2013-12-31", "2016-12-31"), "financial major to"),
        (lambda: escalation_page(named_world(), "SDN"), "times the mean over exports"),
        (lint_page, "No faults."),
    ],
)
def test_pages_fit_eighty_columns(page, said):
    text = rendered(page())
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert said in text
    assert "…" not in text


def test_the_page_of_the_linter_counts(tmp_path):
    text = rendered(lint_page(embargo(tmp_path, "USA")))
    assert "3 episodes against 1 targets" in text
    assert "high 0, medium 0, low 3" in text
