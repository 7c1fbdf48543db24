"""The whole registry, 1990 to 2024: who is in it, dates that are known, acts, changes, answers."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_worlds import TARGETS, hat, named_world

from hansa.errors import DataError
from hansa.policy import active, regime_notes, registry, sanctions, timeline
from hansa.policy.acts import FORMS, act_faults, has_form
from hansa.policy.dates import LAST_DATE
from hansa.policy.episodes import load_episodes, parse_file
from hansa.policy.linter import lint
from hansa.policy.senders import COUNTER, SENDERS
from hansa.policy.states import past_states, state_name, state_names

#: States under measures of the ten senders at some time from 1990 to 2024, from the acts.
WIDER = {
    "IRQ", "LBY", "SDN", "SSD", "ZWE", "YUG", "HTI", "LBR", "SLE", "CIV", "COD", "CAF", "SOM",
    "ERI", "ETH", "AGO", "RWA", "AFG", "LBN", "GIN", "GNB", "BDI", "MLI", "NIC", "FJI", "NGA",
    "ZAF", "IND", "PAK", "CHN", "YEM", "KHM", "VNM", "TUN", "EGY", "UKR", "BIH", "HRV",
    "MDA", "UZB", "IDN",
}  # fmt: skip


def test_the_registry_is_wide_enough_and_says_how_sure_it_is():
    table = registry()
    assert len(table) >= 1000
    assert WIDER | set(TARGETS) <= set(table["target"])
    assert set(table["sender"]) == set(SENDERS)
    assert table["checked"].sum() >= 130
    # What is reconstructed says so: no act without a number or a date is above low.
    vague = table[~(table["act"] + table["article"]).str.contains(r"\d")]
    assert set(vague["confidence"]) <= {"low"}
    assert set(table.loc[table["act"].str.contains("not verified"), "confidence"]) == {"low"}


def test_every_sender_has_measures_of_its_own_in_each_decade_it_could():
    table = registry()
    for sender in set(SENDERS) - set(COUNTER) - {"GBR"}:
        for year in (1992, 2012, 2022):
            assert len(active(f"{year}-07-01", sender=sender)), (sender, year)
    assert table.loc[table["sender"] == "GBR", "begin"].min() > pd.Timestamp("2011-01-01")


@pytest.mark.parametrize(
    ("target", "sender", "kind", "sector", "strength", "first", "end"),
    [
        ("IRQ", "UN", "trade-import", "fuels", "embargo", "1990-08-06", "1996-12-10"),
        ("YUG", "UN", "trade-export", "machinery", "embargo", "1992-05-30", "1995-11-22"),
        ("HTI", "UN", "trade-import", "textiles", "embargo", "1994-05-21", "1994-10-16"),
        ("SDN", "USA", "trade-import", "fuels", "embargo", "1997-11-04", "2017-01-17"),
        ("LBY", "USA", "trade-export", "machinery", "embargo", "1986-02-01", "2004-04-23"),
        ("IRN", "USA", "trade-export", "other_transport", "embargo", "2018-08-07", None),
        ("IRN", "EU", "financial", "fuels", "financial_major", "2012-03-17", "2016-01-16"),
        ("RUS", "EU", "financial", "fuels", "financial_major", "2022-03-12", None),
        ("BLR", "EU", "financial", "fuels", "financial_major", "2022-03-20", None),
        ("EU", "RUS", "trade-import", "agri_food", "broad", "2014-08-07", None),
        ("TUR", "RUS", "trade-import", "agri_food", "partial", "2016-01-01", "2017-06-10"),
        ("PRK", "KOR", "trade-import", "textiles", "embargo", "2016-02-10", None),
    ],
)
def test_known_measures_stand_on_their_days(target, sender, kind, sector, strength, first, end):
    def stands(day: dt.date) -> bool:
        table = active(day, target)
        hit = (table["sender"] == sender) & (table["type"] == kind)
        hit &= table["strength"] == strength
        return bool(table[hit]["sectors"].str.split(", ").map(lambda s: sector in s).any())

    one = dt.timedelta(days=1)
    begin = dt.date.fromisoformat(first)
    assert stands(begin)
    assert not stands(begin - one)
    last = LAST_DATE if end is None else dt.date.fromisoformat(end) - one
    assert stands(last)
    if end is not None:
        assert not stands(last + one)


@pytest.mark.parametrize(
    ("sender", "day"),
    [("EU", "2022-12-05"), ("USA", "2022-12-05"), ("GBR", "2022-12-05"), ("JPN", "2022-12-05")],
)
def test_the_price_cap_begins_with_crude_and_takes_in_products(sender, day):
    table = registry().loc[f"{sender.lower()}-rus-2022-price-cap"]
    assert table["begin"] == pd.Timestamp(day)
    assert table["reach"] == "third"
    assert "2023-02-0" in table["changes"]


def test_regions_of_ukraine_are_parts_of_the_measures_on_russia():
    table = registry()
    parts = table.loc[(table["target"] == "RUS") & (table["part"] != ""), "part"]
    assert set(parts) == {"Crimea and Sevastopol", "Donetsk and Luhansk regions"}
    assert set(table.loc[parts.index, "strength"]) == {"none"}


def test_a_timeline_shows_changes_in_their_period():
    events = timeline("SDN")
    changes = events[events["event"] == "change"]
    assert len(changes) >= 3
    episodes = {e.id: e for e in load_episodes()}
    for row in changes.itertuples():
        begin = episodes[row.id].begin
        assert row.date > pd.Timestamp(begin)
    assert episodes["usa-sdn-1997-exports"].direction == "exports"
    assert registry().loc["usa-sdn-1997-imports", "direction"] == "imports"


# ---- the registry against a world -----------------------------------------------------------


def test_counter_measures_on_the_union_fall_on_its_members_of_the_day():
    world = named_world()
    shock = sanctions(world, "2020-01-01", since="2014-08-06", senders="RUS")
    for member in ("DEU", "FRA", "HRV", "GBR"):
        assert hat(shock, "RUS", member, "agri_food") > 1
        assert hat(shock, member, "RUS", "agri_food") == 1
    assert hat(shock, "RUS", "CHE", "agri_food") == 1
    later = sanctions(world, "2021-06-01", since="2014-08-06", senders="RUS")
    assert hat(later, "RUS", "GBR", "agri_food") > 1  # named on its own from 2021
    targets = [t for t in TARGETS if t not in ("PRK", "IRN")]  # there the UN binds Russia too
    assert sanctions(
        world, "2020-01-01", since="2014-08-06", targets=targets, senders="RUS"
    ).is_neutral


def test_new_targets_leave_the_measures_on_others_alone():
    """The eight targets alone give the same costs whatever else is in the registry."""
    world = named_world((*TARGETS, "USA", "DEU", "SDN", "IRQ"))
    chosen = sanctions(world, targets=TARGETS).cost_array()
    at = [world.country(c) for c in ("SDN", "IRQ")]
    assert (chosen[np.ix_(at, [world.country("USA"), world.country("DEU")])] == 1).all()
    everything = sanctions(world).cost_array()
    eight = [world.country(c) for c in TARGETS]
    usa = world.country("USA")
    assert np.array_equal(chosen[usa, eight], everything[usa, eight])
    assert hat(sanctions(world), "SDN", "USA", "machinery") < 1  # relief of 2017


def test_states_of_the_past_are_kept_and_said_to_be_left_out():
    world = named_world()
    assert not active("1993-01-01", "YUG").empty
    notes = " ".join(regime_notes(world))
    assert "States of the past, so left out: YUG" in notes
    assert "YUG" not in " ".join(regime_notes(world, targets=TARGETS))


# ---- refusals and faults --------------------------------------------------------------------

ONE = """
target: IRN
episodes:
- id: eu-irn-test
  sender: EU
  type: trade-import
  sectors: [fuels]
  begin: 2012-01-23
  end: 2016-01-16
  strength: embargo
  confidence: high
  act: Regulation (EU) No 267/2012
  end_act: Regulation (EU) 2015/1861
  changes:
  - date: 2012-12-22
    act: Regulation (EU) No 1263/2012
    note: More goods.
"""


def faults(folder, *changes):
    text = ONE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "IRN.yaml").write_text(text, encoding="utf-8")
    return lint(folder)


def test_a_sound_file_has_no_faults(tmp_path):
    assert faults(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("- date: 2012-12-22", "- date: 2017-01-01"), "a change outside its period"),
        (("- date: 2012-12-22", "- date: 2012-01-23"), "a change outside its period"),
        (("begin: 2012-01-23", "begin: 1901-01-23"), "begins before 1945-01-01"),
        (("  end: 2016-01-16\n", ""), "has an act that ended it, but no end"),
        (("act: Regulation (EU) No 267/2012", "act: Regulation (EU) 267/2012"), "is not the form"),
        (("act: Regulation (EU) No 267/2012", "act: The Iran Regulation"), "is it sure?"),
        (("end_act: Regulation (EU) 2015/1861", "end_act: UNSCR 2231 (2014)"), "not of 2014"),
        (("id: eu-irn-test", "id: eu-test-irn"), "id does not name both sides"),
    ],
)
def test_the_linter_names_the_fault(tmp_path, change, said):
    found = faults(tmp_path, change)
    assert any(said in sentence for sentence in found), found
    assert all(sentence.startswith("eu-") for sentence in found)


def test_a_vague_act_is_accepted_where_confidence_is_low(tmp_path):
    change = ("act: Regulation (EU) No 267/2012", "act: The Iran Regulation")
    assert faults(tmp_path, change, ("confidence: high", "confidence: low")) == []


def test_overlaps_count_whatever_the_strength_but_not_beside_duties(tmp_path):
    second = ONE.split("episodes:\n")[1].replace("eu-irn-test", "eu-irn-more")
    for strength, expected in (("partial", 1), ("mfn_loss", 0)):
        text = ONE + second.replace("strength: embargo", f"strength: {strength}")
        (tmp_path / "IRN.yaml").write_text(text, encoding="utf-8")
        assert len(lint(tmp_path)) == expected


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("EO 13382; UNSCR 1737 (2006), 1747 (2007)", 0),
        ("Regulations (EU) 2022/334, 2022/345; Regulation (EC) No 423/2007", 0),
        ("Regulation (EEC) No 2340/90; SI 2019/600; SOR/90-531; SR 946.206; Pub. L. 104-172", 0),
        ("EO 1", 1), ("EO13382", 0), ("EO No 13382", 1), ("UNSCR 1737 (2005)", 1),
        ("UNSCR 661 (1990), 2231 (2014)", 1), ("SI 600", 1), ("SOR 2010-165", 1),
        ("SR 514.51", 1), ("Regulation (EU) 833/2014", 1), ("Pub. L. 96", 1), ("FR 12226", 1),
        ("Common Position 2007/140", 1), ("Decision (CFSP) 2012/35", 0), ("Decision (CFSP) 35", 1),
    ],
)  # fmt: skip
def test_forms_of_acts(text, number):
    assert len(act_faults(text)) == number


def test_every_sender_has_forms():
    assert set(FORMS) == set(SENDERS)
    assert has_form("CAN", "SOR/2010-165")
    assert has_form("KOR", "Announcement of 8 September 2010")
    assert not has_form("CHE", "An ordinance")


@given(st.sampled_from(sorted(FORMS)), st.text(max_size=30))
def test_reading_acts_never_fails(sender, text):
    assert isinstance(has_form(sender, text), bool)
    assert all(isinstance(fault, str) for fault in act_faults(text))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("target: IRN", "target: IRM", "unknown target 'IRM'; did you mean 'IR"),
        ("target: IRN", "target: EUU", "unknown target 'EUU'"),
        ("- date:", "- dat:", "changes.0.dat"),
        ("note: More goods.", "note: [More", "IRN.yaml: not readable as YAML"),
    ],
)
def test_a_bad_file_is_refused(old, new, said):
    assert old in ONE
    with pytest.raises(DataError, match=said):
        parse_file(ONE.replace(old, new), "IRN.yaml")


def test_names_of_states():
    names = state_names()
    assert len(names) > 240
    assert past_states() <= set(names)
    assert state_name("EU") == "European Union"
    assert state_name("SDN") == "Sudan"
    assert state_name("Q?") == "Q?"
    assert all(len(names[t]) <= 15 for t in {e.target for e in load_episodes()} - {"EU"})
