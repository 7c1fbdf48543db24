"""The evidence page: complete, self-contained, true to the shipped scores."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from hansa.policy import Effects
from hansa.report import evidence
from hansa.report.evidence import believe, evidence_skill, write_evidence
from hansa.report.page import report_environment
from hansa.report.scatter import Point, scatter
from hansa.study.backcasts import shipped_backcasts, words
from hansa.world.load import load_world


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("evidence")
    path = write_evidence(folder, report_environment(), study="caspian")
    return path.read_text(encoding="utf-8")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.ids += [held["id"]] if held.get("id") else []
        self.links += [held["href"]] if held.get("href") else []
        if tag not in ("meta", "br", "path", "line", "rect", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("meta", "br", "path", "line", "rect", "circle"):
            assert self.open.pop() == tag


def test_it_is_well_formed_and_needs_no_network(page: str) -> None:
    tags = Tags()
    tags.feed(page)
    assert not tags.open
    assert len(tags.ids) == len(set(tags.ids))
    assert {link.removeprefix("#") for link in tags.links} <= {*tags.ids, "report.html"}
    assert not re.search(r"(src|href)=\"https?:", page)
    assert "nan" not in re.sub(r"<[^>]*>", " ", page).lower().split()


def test_it_shows_published_numbers_scores_and_proxies(page: str) -> None:
    assert "Caliendo &amp; Parro (2015), table 2" in page
    assert "−8.2200622" in page
    shipped, names = shipped_backcasts(), {"IRN": "Iran", "RUS": "Russia"}
    for country in ("IRN", "RUS"):
        for flow in ("exports", "imports"):
            said = words.verdict(shipped, country, flow, names)
            assert said.replace("'", "&#39;") in page
    assert page.count("<svg") == 8
    assert "world-2005" in page
    assert "goods split (2011)" in page


def test_the_report_tells_the_main_scores() -> None:
    held = believe()
    assert [(r["country"], r["flow"]) for r in held["rows"]] == [
        ("Iran", "exports"), ("Iran", "imports"), ("Russia", "exports"), ("Russia", "imports"),
    ]  # fmt: skip
    beaten = sum(r["nothing"] > 0 for r in held["rows"])
    assert f"that nothing changes in {beaten} of 4 flows" in held["summary"]
    assert held["agree"] == held["compared"] - 1
    assert believe("never heard of")["effects"] == "literature"


def test_another_evidence_makes_its_table_appear(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ("Cost added to trade by each class" in rendered()) == (len(evidence.effect_names()) > 1)
    held = evidence.load_effects("literature")
    other = Effects(**{**held.__dict__, "name": "other", "level": held.level * 2})
    names = {"literature": held, "other": other}
    monkeypatch.setattr(evidence, "effect_names", lambda: tuple(names))
    monkeypatch.setattr(evidence, "load_effects", lambda name: names[name])
    page = rendered()
    assert "Cost added to trade by each class" in page
    assert ">other</th>" in page


def rendered() -> str:
    context = evidence._context("", load_world(), "literature")
    return report_environment().get_template("evidence.html.j2").render(**context)


def test_a_scatter_keeps_marks_inside_and_says_what_is_beyond() -> None:
    points = [Point("One", 50, 40, 45), Point("Gone", 30, 0.01, 20), Point("Two", 20, 59.99, 35)]
    figure = scatter("key", "Title", points, "Source.")
    assert "1 beyond the axis" in figure.source
    svg = figure.standalone()
    centres = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', svg)]
    assert len(centres) == 3
    assert all(0 <= x <= figure.width and 0 <= y <= figure.height for x, y in centres)
    assert svg.count('class="edge"') == 1
    # A perfect forecast lies on the dashed line, left to right and bottom to top alike.
    (x, y), (u, v) = (
        next((float(a), float(b)) for a, b in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', s))
        for s in (scatter("k", "t", [Point("P", 1, r, r)], "").standalone() for r in (0.5, 2.0))
    )
    assert u - x == pytest.approx(y - v, abs=0.15)


def test_skills_are_shown_with_their_sign() -> None:
    assert evidence_skill(0.314).startswith("+31")
    assert evidence_skill(-0.2).startswith("−20")
    assert evidence_skill(-0.002)[0] == evidence_skill(0.002)[0] == "0"
    assert evidence_skill(None) == evidence_skill(float("nan")) == ""
