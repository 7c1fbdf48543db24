"""The map: everyone is on it, colours mean what the legend says, the SVG is sound."""

import math
import re
import xml.etree.ElementTree as ET
from importlib import resources
from itertools import pairwise

import pytest

from hansa.errors import DataError
from hansa.report.worldmap import BINS, EDGES, bin_of, map_css, map_legend, world_map
from hansa.world.load import load_world


def drawn(values, **kwargs):
    given = {"title": "T", "unit": "%", "source": "S", "names": {}, "aggregates": {}} | kwargs
    return world_map(values, **given)


def test_every_economy_of_the_embedded_world_is_on_the_map():
    world = load_world()
    aggregates = world.meta["aggregates"]
    values = dict.fromkeys(world.countries, -1.5)
    text = drawn(values, aggregates=aggregates, names=world.meta["country_names"])
    root = ET.fromstring(text)
    codes = {e.get("data-code") for e in root.iter() if e.get("data-code")}
    assert set(world.countries) - set(aggregates) <= codes
    for members in aggregates.values():
        assert codes & set(members)


@pytest.mark.parametrize("standalone", [True, False])
def test_the_svg_is_well_formed_and_loads_nothing(standalone):
    text = drawn({"IRN": -9.2, "RUS": math.nan}, marked={"IRN"}, standalone=standalone)
    root = ET.fromstring(text)
    assert "href" not in text
    assert "url(" not in text
    assert len(text) < 200_000
    titles = [e.text for e in root.iter("{http://www.w3.org/2000/svg}title")]
    assert any("not known" in t for t in titles)
    marked = [e for e in root.iter() if "marked" in (e.get("class") or "").split()]
    assert {e.get("data-code") for e in marked} == {"IRN"}


def test_bins_follow_their_edges():
    assert bin_of(-50.0) == "l5"
    assert bin_of(-10.0) == "l5"
    assert bin_of(-9.99) == "l4"
    assert bin_of(0.0) == "n0"
    assert bin_of(0.029) == "n0"
    assert bin_of(0.03) == "g1"
    assert bin_of(1.0) == "g3"
    assert bin_of(99.0) == "g3"
    assert bin_of(math.nan) == "none"
    inward = {-10.0: "l5", -3.0: "l4", -1.0: "l3", -0.3: "l2", -0.03: "l1"}
    outward = {0.03: "g1", 0.3: "g2", 1.0: "g3"}
    assert {e: bin_of(e) for e in EDGES} == inward | outward  # an edge is in the stronger bin
    values = [-20.0, *[(a + b) / 2 for a, b in pairwise(EDGES)], 5.0]
    assert [bin_of(v) for v in values] == list(BINS)


def test_members_of_an_aggregate_take_its_value():
    text = drawn({"XAF": -4.0}, aggregates={"XAF": ["LBR"]}, names={"XAF": "Rest of Africa"})
    shape = next(e for e in ET.fromstring(text).iter() if e.get("data-code") == "LBR")
    assert "b-l4" in shape.get("class")
    assert "part of Rest of Africa" in shape[0].text


def test_an_unknown_code_names_the_nearest():
    with pytest.raises(DataError, match="did you mean 'IRN'"):
        drawn({"IRAN": 1.0})
    with pytest.raises(DataError, match="did you mean 'XAF'"):
        drawn({"XAFF": 1.0}, aggregates={"XAF": ["LBR"]})
    with pytest.raises(DataError, match="did you mean 'IRN'"):
        drawn({"IRN": 1.0}, marked={"IRNN"})


def test_nothing_is_drawn_over_the_dots_of_the_smallest():
    tags = [e.tag.split("}")[1] for e in ET.fromstring(drawn({"SYR": -1.0}, marked={"SYR"})).iter()]
    drawn_shapes = [t for t in tags if t in ("path", "circle")]
    assert drawn_shapes == sorted(drawn_shapes, reverse=True)
    assert drawn_shapes.count("circle") > 30


def test_a_shape_carries_its_code_name_and_value():
    text = drawn({"IRN": -9.2, "XAF": 1.0}, names={"IRN": "Iran"}, aggregates={"XAF": ["LBR"]})
    shapes = {e.get("data-code"): e for e in ET.fromstring(text).iter() if e.get("data-code")}
    assert (shapes["IRN"].get("data-name"), shapes["IRN"].get("data-value")) == ("Iran", "-9.2")
    assert shapes["LBR"].get("data-value") == "1"
    assert shapes["FRA"].get("data-value") is None


def test_marking_an_aggregate_outlines_its_members():
    text = drawn({"XAF": 1.0}, aggregates={"XAF": ["LBR", "TGO"]}, marked={"XAF"})
    marked = [e for e in ET.fromstring(text).iter() if "marked" in (e.get("class") or "").split()]
    assert {e.get("data-code") for e in marked} == {"LBR", "TGO"}


def test_the_asset_is_small_and_no_line_crosses_the_map():
    asset = resources.files("hansa.report") / "assets" / "world.json"
    assert len(asset.read_bytes()) < 150_000
    text = drawn({"RUS": -1.0, "FJI": 1.0})
    for path in re.findall(r' d="([^"]+)"', text):
        for steps in re.findall(r"l([^z]+)z", path):
            numbers = [float(v) for v in steps.split()]
            assert max(map(abs, numbers[::2])) < 100
            assert max(abs(sum(numbers[::2])), abs(sum(numbers[1::2]))) < 100


def test_the_legend_has_every_bin_and_the_dark_its_own_colours():
    legend = map_legend("%")
    for name in (*BINS, "none"):
        assert f"b-{name}" in legend
    assert map_css().count("--m-l5:") == 3
