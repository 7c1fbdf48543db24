"""The registry: complete, consistent, dated; bad files are refused by name."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_worlds import TARGETS
from rich.console import Console

from hansa.errors import DataError
from hansa.policy import active, bound_by_eu, eu_members, lint, registry, timeline
from hansa.policy.dates import FIRST_DATE, LAST_DATE, parse_date
from hansa.policy.episodes import TYPES, load_episodes, parse_file
from hansa.policy.page import sanctions_page, timeline_page
from hansa.policy.senders import COUNTER, SENDERS

GOOD = """
target: IRN
episodes:
- id: usa-irn-test
  sender: USA
  type: trade-import
  sectors: [fuels]
  begin: 2000-01-01
  end: 2010-01-01
  strength: embargo
  confidence: high
  act: EO 12345
  end_act: EO 12346
"""

#: Pairs without any measure in the period, from the acts: an empty cell must be a decision.
NONE = {
    ("BLR", "UN"), ("RUS", "UN"), ("VEN", "UN"), ("SYR", "UN"), ("CUB", "UN"), ("MMR", "UN"),
    ("VEN", "JPN"), ("VEN", "AUS"), ("MMR", "JPN"),
    ("CUB", "GBR"), ("CUB", "CAN"), ("CUB", "JPN"), ("CUB", "CHE"), ("CUB", "AUS"),
    ("CUB", "NOR"), ("CUB", "KOR"), ("SYR", "KOR"), ("VEN", "KOR"),
}  # fmt: skip


def test_registry_covers_every_target_and_sender():
    table = registry()
    assert len(table) >= 60
    found = set(zip(table["target"], table["sender"], strict=True))
    wanted = {(t, s) for t in TARGETS for s in SENDERS if s not in COUNTER}
    assert wanted - found == NONE
    assert set(table["type"]) == set(TYPES)


def test_registry_reaches_from_1979_to_2024():
    table = registry()
    assert table["begin"].min() < pd.Timestamp("1979-01-01")  # the embargo of Cuba, for one
    assert len(active(FIRST_DATE)) >= 5
    assert table["begin"].max() > pd.Timestamp("2023-10-01")
    assert table["begin"].max() <= pd.Timestamp(LAST_DATE)
    assert len(active(LAST_DATE)) > len(active("2015-07-01")) > len(active("1990-01-01"))


def test_shipped_registry_passes_the_linter():
    assert lint() == []


def test_every_episode_cites_an_act_with_a_number_or_a_date():
    for episode in load_episodes():
        named = any(ch.isdigit() for ch in episode.act + episode.article)
        assert named or episode.confidence == "low", episode.id


@pytest.mark.parametrize(
    ("target", "sender", "kind", "sector", "before", "after"),
    [
        ("IRN", "EU", "trade-import", "fuels", "2012-07-01", "2016-01-16"),
        ("IRN", "CAN", "trade-export", "machinery", "2013-05-29", "2016-02-05"),
        ("MMR", "USA", "trade-import", "textiles", "2003-08-28", "2012-11-16"),
        ("VEN", "USA", "trade-export", "fuels", "2019-01-28", "2023-10-18"),
    ],
)
def test_known_embargoes_begin_and_end_on_their_day(target, sender, kind, sector, before, after):
    def embargoed(day: dt.date) -> bool:
        table = active(day, target, sender)
        hit = (table["type"] == kind) & (table["strength"] == "embargo")
        return bool(table[hit]["sectors"].str.split(", ").map(lambda s: sector in s).any())

    first, last = dt.date.fromisoformat(before), dt.date.fromisoformat(after)
    one = dt.timedelta(days=1)
    assert [embargoed(d) for d in (first - one, first, last - one, last)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_a_state_finds_the_acts_that_bind_it():
    assert set(active("2015-07-01", "IRN", "DEU")["sender"]) == {"EU", "UN"}
    assert set(active("2015-07-01", "RUS", "GBR")["sender"]) == {"EU"}
    assert set(active("2023-07-01", "RUS", "GBR")["sender"]) == {"GBR"}
    assert set(active("2023-07-01", sender="EU")["sender"]) == {"EU"}


@pytest.mark.parametrize(
    ("code", "day", "member"),
    [
        ("HRV", "2013-06-30", False), ("HRV", "2013-07-01", True),
        ("GBR", "1979-01-01", True), ("GBR", "2020-01-31", True), ("GBR", "2020-02-01", False),
        ("GRC", "1980-12-31", False), ("GRC", "1981-01-01", True),
        ("SRB", "2024-01-01", False), ("NOR", "2024-01-01", False),
    ],
)  # fmt: skip
def test_eu_membership_by_date(code, day, member):
    assert (code in eu_members(dt.date.fromisoformat(day))) is member


def test_eu_counts_and_the_transition_of_the_united_kingdom():
    sizes = {
        "1979-01-01": 9, "1986-01-01": 12, "1995-01-01": 15, "2004-05-01": 25,
        "2007-01-01": 27, "2013-07-01": 28, "2020-02-01": 27,
    }  # fmt: skip
    assert {d: len(eu_members(dt.date.fromisoformat(d))) for d in sizes} == sizes
    assert "GBR" in bound_by_eu(dt.date(2020, 12, 31))
    assert "GBR" not in bound_by_eu(dt.date(2021, 1, 1))


@given(st.dates(FIRST_DATE, LAST_DATE))
def test_active_is_the_registry_filtered_by_date(day):
    table = registry()
    stamp = pd.Timestamp(day)
    expected = table[(table["begin"] <= stamp) & (table["end"].isna() | (stamp < table["end"]))]
    assert list(active(day).index) == list(expected.index)


def test_timeline_adds_up_to_what_is_in_force():
    for target in TARGETS:
        events = timeline(target)
        assert events["date"].is_monotonic_increasing
        in_force: set[str] = set()
        for row in events.itertuples():
            if row.event == "begin":
                assert row.id not in in_force
                in_force.add(row.id)
            elif row.event == "end":
                in_force.remove(row.id)
            else:
                assert row.id in in_force
        assert in_force == set(active(LAST_DATE, target).index)


# ---- refusals -------------------------------------------------------------------------------


def test_a_good_file_is_read():
    (episode,) = parse_file(GOOD, "IRN.yaml")
    assert episode.in_force(dt.date(2000, 1, 1))
    assert not episode.in_force(dt.date(2010, 1, 1))
    assert episode.sector_codes == ("fuels",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("sender: USA", "sendr: USA", r"IRN.yaml, episode usa-irn-test: .*'sendr'.*'sender'"),
        ("sender: USA", "sender: US", "unknown sender 'US'; did you mean 'USA'"),
        ("[fuels]", "[fuel]", "unknown sector 'fuel'; did you mean 'fuels'"),
        ("[fuels]", "good", "unknown sector 'good'; did you mean 'goods'"),
        ("strength: embargo", "strength: embago", "'embago'; did you mean 'embargo'"),
        ("type: trade-import", "type: import", "unknown type 'import'.*'trade-import'"),
        ("confidence: high", "confidence: hi", "unknown confidence 'hi'.*'high'"),
        ("begin: 2000-01-01", "begin: spring", "usa-irn-test: begin"),
        ("episodes:", "episode:", "unknown key 'episode'; did you mean 'episodes'"),
    ],
)
def test_a_bad_file_is_refused_by_name(old, new, said):
    assert old in GOOD
    with pytest.raises(DataError, match=said):
        parse_file(GOOD.replace(old, new), "IRN.yaml")


def write_registry(folder, *texts):
    (folder / "IRN.yaml").write_text(GOOD + "".join(texts), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("end: 2010-01-01", "end: 1999-01-01"), "ends (1999-01-01) before it begins"),
        (("  act: EO 12345\n", "  act: ''\n"), "no act"),
        (("  end_act: EO 12346\n", ""), "the act that ended it is missing"),
        (("strength: embargo", "strength: financial_major"), "not for type"),
        (("strength: embargo", "strength: secondary_broad"), "is not for 'own'"),
        (("end: 2010-01-01", "end: 2030-01-01"), "after the registry's last date"),
    ],
)
def test_the_linter_finds_faults(tmp_path, change, said):
    text = GOOD.replace(*change)
    assert text != GOOD
    (tmp_path / "IRN.yaml").write_text(text, encoding="utf-8")
    found = lint(tmp_path)
    assert any(said in sentence for sentence in found), found


def test_the_linter_finds_overlaps_but_not_neighbours(tmp_path):
    second = GOOD.split("episodes:\n")[1].replace("usa-irn-test", "usa-irn-more")
    neighbour = second.replace("2000-01-01", "2010-01-01").replace("end: 2010", "end: 2012", 1)
    neighbour = neighbour.replace("end: 2010-01-01", "end: 2012-01-01")
    overlap = second.replace("2000-01-01", "2009-12-31").replace("[fuels]", "[metals, fuels]")
    assert lint(write_registry(tmp_path, neighbour)) == []
    assert lint(write_registry(tmp_path, overlap)) == [
        "usa-irn-test and usa-irn-more: overlap of the same measure in fuels"
    ]
    assert any("more than once" in s for s in lint(write_registry(tmp_path, GOOD.split("s:\n")[1])))


def test_own_registry_is_used_and_an_empty_folder_refused(tmp_path):
    with pytest.raises(DataError, match="no registry files"):
        registry(tmp_path)
    assert list(registry(write_registry(tmp_path)).index) == ["usa-irn-test"]


@pytest.mark.parametrize("text", ["19.02.2024", "2024", "20240219", "yesterday", "2024-13-01", ""])
def test_dates_in_other_forms_are_refused(text):
    with pytest.raises(DataError, match="write YYYY-MM-DD"):
        active(text)


@pytest.mark.parametrize("text", ["1978-12-31", "2025-01-01", "2030-01-01"])
def test_dates_outside_the_registry_are_refused(text):
    with pytest.raises(DataError, match="1979-01-01 to 2024-12-31"):
        parse_date(text)


def test_unknown_sides_are_refused():
    with pytest.raises(DataError, match="unknown target 'IRM'; did you mean 'IRN'"):
        active("2024-02-19", target="IRM")
    with pytest.raises(DataError, match="unknown sender 'USB'"):
        active("2024-02-19", sender="USB")
    with pytest.raises(DataError, match="unknown target 'BRA'"):
        timeline("BRA")


# ---- pages ----------------------------------------------------------------------------------


def rendered(page) -> str:
    console = Console(width=80, force_terminal=False)
    with console.capture() as capture:
        console.print(page)
    return capture.get()


@pytest.mark.parametrize(
    "page",
    [
        sanctions_page("2024-02-19"),
        sanctions_page("2024-02-19", "IRN"),
        sanctions_page("1985-01-01", sender="USA"),
        timeline_page("RUS"),
    ],
)
def test_pages_fit_eighty_columns_and_name_their_source(page):
    text = rendered(page)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert "written from the legal acts" in text
    assert "…" not in text


def test_pages_say_what_is_in_force():
    assert f"{len(active('2024-02-19'))} measures" in rendered(sanctions_page("2024-02-19"))
    page = rendered(timeline_page("IRN"))
    assert "2012-07-01 + EU" in page
    assert "2016-01-16 - EU" in page
