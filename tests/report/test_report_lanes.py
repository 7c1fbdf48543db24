"""Timelines as swim lanes: well-formed, whole, readable in both themes and without colour."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from hansa.errors import DataError
from hansa.policy.episodes import load_episodes
from hansa.report.lanes import KINDS, STYLE, lanes_figure, write_lanes

SVG = "{http://www.w3.org/2000/svg}"


def drawn(target, **options):
    return ET.fromstring(lanes_figure(target, **options).standalone())


@pytest.mark.parametrize("target", ["IRN", "RUS", "YUG", "EU", "MDV"])
def test_every_measure_is_a_bar_with_its_act(target):
    root = drawn(target)
    hints = [t.text or "" for t in root.iter(f"{SVG}title")]
    for e in (e for e in load_episodes() if e.target == target):
        assert any(f"{e.begin} to" in h and e.act in h for h in hints), e.id


def test_title_years_senders_and_source_are_written():
    words = [t.text or "" for t in drawn("IRN").iter(f"{SVG}text")]
    assert words[0] == "Sanctions against Iran, 1979 to 2024"
    assert {"1980", "2000", "2020", "United States", "European Union", "Norway"} <= set(words)
    assert any(w.startswith("Source: Hansa's registry") for w in words)
    assert {words_ for _, words_, _ in KINDS} <= set(words)


def test_bars_of_one_row_do_not_overlap_and_stay_inside():
    root = drawn("RUS")
    width = float(root.get("viewBox").split()[2])
    rows = {}
    for bar in root.iter(f"{SVG}rect"):
        kind = bar.get("class")
        if kind.startswith("lane-"):
            left, size = float(bar.get("x")), float(bar.get("width"))
            assert left >= 100
            assert left + size <= width
            middle = round(float(bar.get("y")) + float(bar.get("height")) / 2, 1)
            rows.setdefault(middle, []).append((left, left + size))
    for bars in rows.values():
        bars.sort()
        assert all(a[1] <= b[0] + 0.6 for a, b in pairwise(bars))


def luminance(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_stand_out_in_light_and_dark():
    light, dark = STYLE.split("@media")
    for style, ground in ((light, "#ffffff"), (dark, "#14161a")):
        for key, _, _ in KINDS:
            colour = style.split(f".lane-{key} {{ fill: ")[1][:7]
            a, b = sorted((luminance(colour), luminance(ground)))
            assert (b + 0.05) / (a + 0.05) >= 3, (key, colour)


def test_a_short_axis_has_every_year_and_a_file_is_written(tmp_path):
    path = write_lanes("RUS", tmp_path / "deep" / "rus.svg", since=2014)
    words = [t.text for t in ET.fromstring(path.read_text(encoding="utf-8")).iter(f"{SVG}text")]
    assert {str(y) for y in range(2014, 2026)} <= set(words)


def test_an_unknown_target_is_refused():
    with pytest.raises(DataError, match="unknown target 'IRM'; did you mean 'IRN'"):
        lanes_figure("IRM")
