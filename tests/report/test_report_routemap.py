"""The map of routes: places lie where the base map has them, text is safe and inside."""

import itertools
import re
from xml.etree import ElementTree

import pytest

from hansa.corridor import load_network, route
from hansa.report.routemap import DARK, LIGHT, projected, route_map
from hansa.report.worldmap import atlas

NETWORK = load_network()


def test_places_lie_in_their_countries():
    """A small country's own dot on the base map is near the place that we put there."""
    for code, name in (("SGP", "Singapore"), ("BHR", "Manama"), ("MLT", "Marsaxlokk")):
        place = NETWORK.place(name)
        x, y = projected(place.lon, place.lat)
        assert (x, y) == pytest.approx(tuple(atlas()["points"][code]), abs=2.5)


def test_the_map_is_sound_and_says_what_it_shows():
    found = route("Mumbai", "Moscow", alternatives=3)
    text = route_map(found, NETWORK, standalone=True)
    root = ElementTree.fromstring(text)
    words = " ".join(t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "Novorossiysk" in words
    assert "dollars per TEU" in words
    assert "Natural Earth" in words
    assert "INSTC" in root.find("{http://www.w3.org/2000/svg}desc").text
    lines = [p for p in root.iter() if "r-line" in p.get("class", "") and p.find("*") is not None]
    moves = sum(leg.mode != "handling" for r in found for leg in r.legs)
    assert len(lines) == moves


def test_names_do_not_cover_one_another():
    text = route_map(route("Tehran", "Moscow", alternatives=4), NETWORK)
    names = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" class="r-name" text-anchor="start">', text)
    spots = [(float(x), float(y)) for x, y in names]
    assert len(spots) == len(set(spots))
    for k, (x, y) in enumerate(spots):
        assert all(abs(y - v) > 10 or abs(x - u) > 30 for u, v in spots[k + 1 :])


def test_a_route_over_the_date_line_is_cut_at_the_edge_of_the_map():
    text = route_map(route("Shanghai", "Los Angeles", alternatives=0), NETWORK)
    for way in re.findall(r'<path d="(M[^"]+)" class="r-line', text):
        xs = [float(x) for x in re.findall(r"[ML](-?[\d.]+) ", way)]
        assert max((abs(a - b) for a, b in itertools.pairwise(xs)), default=0) < 500


def test_both_themes_colour_the_same_things():
    assert set(LIGHT) == set(DARK)
