"""The page: written from a finished study, sound, small, and the same whatever the results."""

import re
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "study"))
from study_worlds import small_study, small_world

from hansa.report import write_report
from hansa.report.charts import ClubDot, Row, clubs_by_size, ranked, ticks
from hansa.study import run_study, scenarios

VOID = {"meta", "input", "br", "link", "img", "hr"}


class Nesting(HTMLParser):
    """Fails where tags do not nest; collects what is linked."""

    def __init__(self):
        super().__init__()
        self.open, self.links, self.words, self.ids = [], [], [], []

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        self.links += [held[k] for k in ("href", "src") if held.get(k)]
        self.ids += [held["id"]] if "id" in held else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run_study(small_study(), tmp_path_factory.mktemp("page"), world=small_world())


def read(path):
    parser = Nesting()
    parser.feed(path.read_text(encoding="utf-8"))
    assert not parser.open
    return parser


def test_the_page_is_sound_small_and_needs_no_network(finished):
    path = write_report(finished)
    assert path.stat().st_size < 3e6
    page = read(path)
    assert len(set(page.ids)) == len(page.ids)
    for link in page.links:
        assert not re.match(r"(?i)[a-z]+:|//", link), link
        assert (path.parent / link).is_file(), link
    text = path.read_text(encoding="utf-8")
    assert "@import" not in text
    assert "url(" not in text
    words = " ".join(page.words)
    assert " nan" not in words
    assert "None" not in words.replace("None of", "")


def test_the_headline_number_is_that_of_the_tables(finished):
    write_report(finished)
    tables = finished.tables
    players = list(small_study().club.candidates)
    cost = tables["damage"].query("strength == 'central'").set_index("country")
    gain = tables["members"].query("variant == 'central'")["gain_musd"].sum()
    share = -100 * gain / cost.loc[players, "total_musd"].sum()
    assert finished.facts["headline"]["wins_back_pct"] == pytest.approx(share)


def test_figures_are_files_of_their_own_with_title_source_and_unit(finished):
    write_report(finished)
    files = sorted((finished.folder / "figures").glob("*.svg"))
    assert {f.stem for f in files} >= {"map", "cost-candidate", "gains", "clubs", "win-back"}
    for file in files:
        text = file.read_text(encoding="utf-8")
        ET.fromstring(text)
        assert "Modelled" in text
        assert "USD" in text or "%" in text


def worse(finished):
    """The same study as if a club had failed, a candidate gained by sanctions, no draws."""
    tables = {n: f.copy() for n, f in finished.tables.items() if n != "bands"}
    members = tables["members"]
    members.loc[0, ["wins_back_pct", "shapley_musd", "gain_by_leaving_musd"]] = np.nan
    tables["transfers"]["payment_musd"] = np.nan
    tables["clubs"].loc[3, ["value_musd"]] = np.nan
    tables["clubs"]["stable"] = "unknown"
    facts = {k: dict(v) if isinstance(v, dict) else v for k, v in finished.facts.items()}
    facts["headline"] |= {
        "joint_cost_musd": 5.0, "wins_back_pct": None,
        "wins_back_by_variant_pct": dict.fromkeys(facts["study"]["variants"]),
    }  # fmt: skip
    facts["headline"].pop("bands")
    facts["stability"] |= {
        "full": dict.fromkeys(("stable", "internal", "external", "potential"), "unknown"),
        "stable_clubs": [], "core": "no", "failed": 1,
    }  # fmt: skip
    return replace(finished, tables=tables, facts=facts)


def test_the_page_holds_when_results_are_partly_unknown(finished, tmp_path):
    result = replace(worse(finished), folder=tmp_path)
    (tmp_path / "tables").mkdir()
    page = read(write_report(result))
    words = " ".join(" ".join(page.words).split())
    assert "not known" in words
    assert "The core is empty" in words
    assert "better off together" in words
    assert "no share of a cost can be given" in words
    assert " nan" not in words


def test_a_failed_club_of_all_is_never_published_as_a_number(tmp_path, monkeypatch):
    """The real run, with the solver made to fail on the club of all."""
    real = scenarios.blocks_of

    def failing(*args, **kwargs):
        for block in real(*args, **kwargs):
            welfare, solved = block.welfare.copy(), block.solved.copy()
            welfare[-1], solved[-1] = np.nan, False
            yield replace(block, welfare=welfare, solved=solved)

    monkeypatch.setattr(scenarios, "blocks_of", failing)
    result = run_study(small_study(), tmp_path, world=small_world())
    assert result.facts["headline"]["joint_gain_musd"] is None
    assert result.facts["headline"]["wins_back_pct"] is None
    assert "NaN" not in (tmp_path / "facts.json").read_text()
    words = " ".join(" ".join(read(write_report(result)).words).split())
    assert "would win back is not known: not all clubs were solved" in words
    assert "one club failed and is marked so" in words
    assert " nan" not in words


def test_an_economy_without_a_shape_does_not_stop_the_report(finished, tmp_path):
    damage = finished.tables["damage"].replace({"country": {"KAZ": "ROW"}})
    names = {c: c for c in (*finished.world.countries, "ROW")}
    world = replace(finished.world, countries=tuple(names)[:-1], meta={"country_names": names})
    tables = finished.tables | {"damage": damage}
    (tmp_path / "tables").mkdir()
    for name in tables:
        (tmp_path / "tables" / f"{name}.csv").touch()
    page = write_report(replace(finished, tables=tables, world=world, folder=tmp_path))
    assert 'data-code="KAZ"' in page.read_text(encoding="utf-8")


def test_ticks_are_round_and_inside():
    for low, high in ((0.0, 1.0), (-46.3, 0.0), (-0.07, 0.31), (0.0, 7321.0)):
        marks = ticks(low, high)
        assert 2 <= len(marks) <= 6
        assert all(low - 1e-9 <= m <= high + 1e-9 for m in marks)
        assert 0.0 in marks


def test_charts_hold_without_any_spread():
    figure = ranked("k", "T", [Row("A", 0.0, "0"), Row("B", float("nan"), "no cost")], "%", "S")
    ET.fromstring(figure.standalone())
    dots = [ClubDot(2, 0.0, False, "A+B"), ClubDot(2, float("nan"), False, "A+C")]
    ET.fromstring(clubs_by_size("c", "T", dots, "USD", "S").inline())
