"""The corridor's tables: sound as shipped, refused by name when wrong, lengths as published."""

import datetime as dt
import shutil
from importlib import resources

import numpy as np
import pytest

from hansa.corridor import load_network, route
from hansa.corridor.calibration import SCALES, comparisons, fitted_scales
from hansa.corridor.linter import faults
from hansa.corridor.reading import read_tables
from hansa.corridor.sphere import great_circle
from hansa.errors import DataError
from hansa.world.load import load_world

DATA = resources.files("hansa.corridor") / "data"


@pytest.fixture(scope="module")
def network():
    return load_network()


@pytest.fixture
def own(tmp_path):
    """A folder with one shipped table, changed by a function of its lines."""

    def write(name, change):
        lines = (DATA / name).read_text(encoding="utf-8").splitlines()
        (tmp_path / name).write_text("\n".join(change(lines)) + "\n", encoding="utf-8")
        return tmp_path

    return write


def by_sea(network, start, end, closed=()):
    ways = network.sea.ways(closed)
    a, b = (network.sea.ports.index(p) for p in (start, end))
    return ways, a, b


def rail(*stops, on="2024-02-19", build=()):
    found = route(stops[0], stops[-1], on=on, via=stops[1:-1], modes=["rail"], interventions=build)
    return found.best.km_by_mode()["rail"]


def test_the_shipped_tables_have_no_fault():
    assert faults(read_tables()) == []


def test_every_economy_of_the_world_has_a_hub(network):
    stands_for = {c.code: c.largest_member or c.code for c in network.tables.countries}
    missing = [c for c in load_world().countries if stands_for.get(c, c) not in network.hubs]
    assert not missing


@pytest.mark.parametrize(
    ("start", "end", "km"),
    [("mumbai", "bandar_abbas", 2050), ("mumbai", "st_petersburg", 14100)],
)
def test_ways_by_sea_are_as_published(network, start, end, km):
    ways, a, b = by_sea(network, start, end)
    assert ways.km[a, b] == pytest.approx(km, rel=0.05)


def test_railways_are_as_long_as_published():
    assert rail("bandar_abbas", "bafq", "rasht") == pytest.approx(1630, rel=0.05)
    assert rail("astara_az", "astrakhan", "moscow") == pytest.approx(2610, rel=0.05)


@pytest.mark.parametrize(("end", "km"), [("Moscow", 6560), ("St Petersburg", 7200)])
def test_the_western_route_is_as_long_as_published(end, km):
    found = route("Mumbai", end, via=["Bandar Abbas", "Rasht", "Astara", "Samur"])
    assert found.best.km == pytest.approx(km, rel=0.05)
    assert found.best.family == "INSTC, west of the Caspian"


def test_between_rasht_and_astara_lorries_run_until_the_railway_opens():
    stops = {"start": "Rasht", "end": "astara_ir"}
    # By rail only round the Caspian.
    assert route(**stops, modes=["rail"]).best.km > 3000
    lorry = route(**stops, modes=["road"]).best
    assert 165 <= lorry.km <= 190
    for later in ({"on": "2029-06-01"}, {"interventions": ["rasht_astara"]}):
        assert route(**stops, modes=["rail"], **later).best.km == 162


def test_the_volga_don_link_joins_no_oceans(network):
    _, a, b = by_sea(network, "mumbai", "novorossiysk")
    shut = network.sea.ways(["bosporus"])
    assert np.isinf(shut.km[a, b])


def test_closing_suez_sends_ships_round_the_cape(network):
    ways, a, b = by_sea(network, "mumbai", "rotterdam")
    assert ways.through["suez"][a, b]
    shut = network.sea.ways(["suez"])
    assert shut.km[a, b] > 1.5 * ways.km[a, b]
    assert not any(shut.through["suez"].ravel())
    assert min(lat for _, lat in shut.shape(a, b)) < -33


def test_the_line_of_a_ship_is_about_as_long_as_the_way(network):
    ways, a, b = by_sea(network, "shanghai", "los_angeles")
    line = np.radians(np.array(ways.shape(a, b)))
    assert np.abs(np.diff(line[:, 0])).max() < np.pi / 2
    x, y = line[:, 0], line[:, 1]
    h = np.sin(np.diff(y) / 2) ** 2 + np.cos(y[:-1]) * np.cos(y[1:]) * np.sin(np.diff(x) / 2) ** 2
    assert 12742 * np.arcsin(np.sqrt(h)).sum() == pytest.approx(ways.km[a, b], rel=0.05)


def test_sea_ways_run_both_ways_and_are_no_shorter_than_the_earth_allows(network):
    km = network.sea.ways().km
    assert np.allclose(km, km.T)
    places = [network.place(p) for p in network.sea.ports]
    for a in range(0, len(places), 9):
        for b in range(a + 1, len(places), 5):
            assert km[a, b] >= 0.97 * great_circle(places[a], places[b])
    # Two ways joined are no shorter than one, but for what ships sail to save a toll.
    worth = sum(toll["worth_km"] for toll in network.settings["tolls"].values())
    for k in range(0, km.shape[0], 17):
        assert (km <= km[:, k, None] + km[k][None, :] + worth).all()


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("Mumbai", "mumbai"), ("nhava sheva", "mumbai"), ("IRN", "tehran"), ("Russia", "moscow"),
        ("St. Petersburg", "st_petersburg"), ("XAF", "cotonou"), ("Türkiye", "istanbul"),
        ("USA", "new_york"), ("bandar_abbas", "bandar_abbas"), ("iran", "tehran"),
    ],
)  # fmt: skip
def test_places_go_by_many_names(network, name, id_):
    assert network.place(name).id == id_


@pytest.mark.parametrize(("wrong", "near"), [("Bombey", "Bombay"), ("Astrakan", "Astrakhan")])
def test_an_unknown_place_is_refused_with_the_nearest(network, wrong, near):
    with pytest.raises(DataError, match=f"did you mean '{near}'"):
        network.place(wrong)


def replaced(column, value):
    """Return a change that gives the second line's column another value."""

    def change(lines):
        fields = lines[1].split(",")
        fields[lines[0].split(",").index(column)] = value
        return [lines[0], ",".join(fields), *lines[2:]]

    return change


@pytest.mark.parametrize(
    ("file", "column", "value", "words"),
    [
        ("links.csv", "from", "bandar_abas", r"line 2 .*did you mean 'bandar_abbas'"),
        ("links.csv", "gauge", "1520", r"line 2 .*gauge 1520 does not fit bandar_abbas"),
        ("links.csv", "km", "IRN:-5", r"line 2 .*must be above 0"),
        ("links.csv", "km", "IRN:10", r"line 2 .*shorter than the great circle"),
        ("links.csv", "km", "TUR:400", r"line 2 .*km must be given for IRN"),
        ("links.csv", "mode", "rial", r"line 2 .*unknown mode 'rial'"),
        ("links.csv", "source", "", r"line 2 .*no source"),
        ("links.csv", "confidence", "sure", r"line 2 .*unknown confidence"),
        ("links.csv", "opens", "2019", r"line 2: opens must be YYYY-MM-DD"),
        ("rates.csv", "dollars_central", "9", r"rail \*: dollars: 0 <= low"),
        ("cargo.csv", "movable", "2", r"agri_food: movable"),
        ("nodes.csv", "kind", "harbour", r"unknown kind"),
    ],
)
def test_a_wrong_row_is_named(own, file, column, value, words):
    with pytest.raises(DataError, match=words):
        load_network(own(file, replaced(column, value)))


def test_a_country_that_is_cut_off_is_named(own):
    folder = own("links.csv", lambda lines: [x for x in lines if "addis_ababa" not in x])
    with pytest.raises(DataError, match=r"addis_ababa \(ETH\) is cut off"):
        load_network(folder)


def test_a_link_given_twice_is_named(own):
    with pytest.raises(DataError, match=r"given before in links\.csv line 2"):
        load_network(own("links.csv", lambda lines: [*lines, lines[1]]))


def test_wrong_closures_and_interventions_are_named(own):
    folder = own(
        "closures.yaml", lambda lines: [x.replace("[ARM, AZE]", "[ARM, AZX]") for x in lines]
    )
    with pytest.raises(DataError, match="armenia-azerbaijan: unknown country 'AZX'"):
        load_network(folder)
    (folder / "closures.yaml").unlink()
    folder = own(
        "interventions.yaml",
        lambda lines: [
            x.replace("open: [rasht, astara_ir]", "open: [rasht, anzal]") for x in lines
        ],
    )
    with pytest.raises(DataError, match="rasht_astara: unknown place 'anzal'"):
        load_network(folder)


def test_a_folder_of_ones_own_may_hold_only_what_differs(tmp_path, network):
    shutil.copy(str(DATA / "ocean.yaml"), tmp_path / "ocean.yaml")
    assert len(load_network(tmp_path).places) == len(network.places)
    with pytest.raises(DataError, match="no folder of corridor tables"):
        load_network(tmp_path / "none")


def test_no_place_is_given_twice_under_two_ids(network):
    places = network.places
    near = [
        (a.id, b.id)
        for i, a in enumerate(places)
        for b in places[i + 1 :]
        if a.country == b.country and great_circle(a, b) < 15
    ]
    assert near == [("sarahs_tm", "sarakhs_ir")] or not near


def test_most_published_through_rates_meet_our_range(network):
    found = comparisons(network)
    assert len(found) >= 15
    for one in found:
        assert one.days[0] < one.days[1] < one.days[2]
        assert one.dollars[0] < one.dollars[1] < one.dollars[2]
    assert sum(one.within for one in found) >= 0.75 * len(found)


def test_the_shipped_scales_are_those_that_fit(network):
    fitted = fitted_scales(network)
    assert set(fitted) == set(SCALES)
    for name, value in fitted.items():
        assert network.tables.scales[name] == pytest.approx(value, abs=2e-4)
        assert 0.5 < value < 2


def test_rows_say_when_links_are_in_use(network):
    new = next(x for x in network.links if {x.start, x.end} == {"chabahar", "zahedan"} and x.gauge)
    assert not new.is_open(dt.date(2024, 2, 19))
    assert new.is_open(dt.date(2027, 2, 19))
