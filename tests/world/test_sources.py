"""The raw tables: found, the expected version, parsed to what their publishers say is in them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hansa.errors import DataError
from hansa.world.codes import iso3, short_name
from hansa.world.sources import baci, cepii, fontagne, un_accounts, unctad, wiod2016
from hansa.world.sources.user_tariffs import load_tariffs, tidy
from worlds import random_world

SINGLE = (unctad, baci, un_accounts, fontagne, cepii)

# ---- codes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("Kosovo", "XKX"), ("XKX", "XKX"), (412, "XKX"), ("KSV", "XKX"),
        ("Taiwan", "TWN"), (490, "TWN"), (158, "TWN"),
        ("Palestine", "PSE"), (275, "PSE"), ("PAL", "PSE"),
        ("Romania", "ROU"), ("ROM", "ROU"), (642, "ROU"),
        ("SCG", "SRB"), ("YUG", "SRB"), (891, "SRB"), ("Serbia", "SRB"), (688, "SRB"),
        (251, "FRA"), (381, "ITA"), (842, "USA"), (757, "CHE"), (579, "NOR"), (699, "IND"),
        (711, "ZAF"), (736, "SDN"), (36, "AUS"), ("036", "AUS"), (8, "ALB"), ("ZAR", "COD"),
        ("Iran", "IRN"), ("IRN", "IRN"), ("IR", "IRN"), ("D.P.R. of Korea", "PRK"), (408, "PRK"),
        ("NA", "NAM"), ("Namibia", "NAM"), ("Türkiye", "TUR"), (531, "CUW"), (728, "SSD"),
    ],
)  # fmt: skip
def test_every_way_to_name_a_country_gives_its_code(label: str | int, code: str) -> None:
    assert iso3(label) == code


@pytest.mark.parametrize("label", ["Atlantis", "XYZ", "?", 9999, 0, ""])
def test_an_unknown_country_is_refused_by_name(label: str | int) -> None:
    with pytest.raises(DataError, match="unknown country"):
        iso3(label)


def test_the_refusal_offers_the_nearest_name() -> None:
    with pytest.raises(DataError, match="did you mean 'Belarus'"):
        iso3("Belaruz")


def test_short_names() -> None:
    assert short_name("PRK") == "North Korea"
    assert short_name("XKX") == "Kosovo"
    assert short_name("BLR") == "Belarus"
    with pytest.raises(DataError, match="unknown country"):
        short_name("QQQ")


# ---- files that are missing or not the ones expected ------------------------------------


@pytest.mark.parametrize("source", SINGLE, ids=lambda s: s.__name__.rsplit(".", 1)[1])
def test_a_missing_file_is_named(source: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=Path(source.FILE).name):
        source.tidy(tmp_path)


@pytest.mark.parametrize("source", SINGLE, ids=lambda s: s.__name__.rsplit(".", 1)[1])
def test_another_version_is_refused(source: Any, tmp_path: Path) -> None:
    path = tmp_path / source.FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(b"another version")
    with pytest.raises(DataError, match=source.SHA256):
        source.tidy(tmp_path)


def test_wiod_names_the_one_of_its_files_that_is_missing(rawdata: Path, tmp_path: Path) -> None:
    *present, last = wiod2016.FILES
    for name in present:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(rawdata / name, tmp_path / name)
    with pytest.raises(DataError, match=Path(last).name):
        wiod2016.tidy(tmp_path)


# ---- what is in them --------------------------------------------------------------------


def test_unctad_exports_are_the_published_ones(rawdata: Path) -> None:
    trade = unctad.tidy(rawdata)
    exports = trade.groupby("exporter")["value"].sum() / 1e3
    assert exports["IRN"] == pytest.approx(62.3, abs=0.05)
    assert exports["BLR"] == pytest.approx(25.9, abs=0.05)
    assert exports["RUS"] == pytest.approx(290.8, abs=0.05)
    assert set(trade["section"]) == set(range(10))
    assert not trade.duplicated(["exporter", "importer", "section"]).any()
    assert (trade["exporter"] != trade["importer"]).all()
    assert (trade["value"] > 0).all()


def test_unctad_drops_partners_without_a_code_and_says_how_much(rawdata: Path) -> None:
    early = unctad.tidy(rawdata, 1995)
    assert unctad.UNKNOWN not in set(early["exporter"]) | set(early["importer"])
    assert early.attrs["dropped"] > 0
    assert unctad.tidy(rawdata).attrs["dropped"] == 0
    with pytest.raises(DataError, match="no year 2016"):
        unctad.tidy(rawdata, 2016)


def test_baci_exports_are_the_published_ones(rawdata: Path) -> None:
    exports = baci.tidy(rawdata, 2017)
    total = exports.sum(axis=1) / 1e3
    assert total["IRN"] == pytest.approx(96.8, abs=0.05)
    assert total["BLR"] == pytest.approx(28.9, abs=0.05)
    assert total["RUS"] == pytest.approx(358.5, abs=0.05)
    assert list(exports.columns[:2]) == ["01", "02"]
    assert exports.shape[1] == 96
    assert not exports.isna().any().any()
    assert baci.population(rawdata)["IRN"] == pytest.approx(79360, rel=1e-3)


def test_un_accounts_add_up(rawdata: Path) -> None:
    accounts = un_accounts.tidy(rawdata)
    assert accounts.loc["IRN", "value_added"] == pytest.approx(406_564, rel=1e-4)
    groups = ["agriculture", "industry", "construction", "trade_hotels",
              "transport_communication", "other_services"]  # fmt: skip
    gap = accounts[groups].sum(axis=1) / accounts["value_added"] - 1
    # The Congo's are 2.7 % short and Malta's 1 %, as published.
    assert set(gap[gap.abs() > 1e-3].index) <= {"COD", "MLT"}
    spent = accounts["consumption"] + accounts["investment"]
    gdp = spent + accounts["exports"] - accounts["imports"]
    assert (gdp / accounts["gdp"] - 1).abs().median() < 1e-3
    assert {"XKX", "SSD", "SDN", "HKG", "PRK"} <= set(accounts.index)
    assert accounts.index.is_unique


def test_un_accounts_of_tanzania_hold_zanzibar(rawdata: Path) -> None:
    assert un_accounts.tidy(rawdata).loc["TZA", "gdp"] == pytest.approx(48_562, rel=1e-4)


def test_wiod_costs_add_up_but_for_taxes(rawdata: Path) -> None:
    table = wiod2016.tidy(rawdata)
    assert table.domestic_use.shape == (43, 56, 56)
    cost = table.inputs + table.value_added + table.margins
    assert cost.sum() / table.output.sum() == pytest.approx(0.993, abs=0.002)
    # Sales at home and of final goods cannot exceed output.
    home = table.domestic_use.sum(axis=2) + table.final_domestic
    assert (home - table.output <= 1e-6 * table.output + 1.0).mean() > 0.999
    assert (table.final_use >= table.final_domestic - 1e-6).all()
    china = table.countries.index("CHN")
    assert table.value_added[china].sum() == pytest.approx(10.28e6, rel=1e-3)


def test_distances_are_symmetric_and_use_todays_codes(rawdata: Path) -> None:
    pairs = cepii.tidy(rawdata)
    assert pairs.loc[("IRN", "BLR"), "distance"] == pairs.loc[("BLR", "IRN"), "distance"]
    codes = set(pairs.index.get_level_values(0))
    assert {"ROU", "COD", "SRB", "MNE", "XKX", "PSE", "TLS", "SSD"} <= codes
    assert not {"ROM", "ZAR", "YUG", "PAL", "TMP"} & codes
    assert pairs.index.is_unique
    assert len(pairs) == len(codes) ** 2
    assert pairs.loc[("FRA", "BEL"), "contiguity"] == 1
    assert pairs.loc[("GBR", "IND"), "colony"] == 1
    assert cepii.continents(rawdata)["IRN"] == "Asia"


def test_elasticities_are_positive_here(rawdata: Path) -> None:
    theta = fontagne.tidy(rawdata)
    assert theta["mvh"] == pytest.approx(8.98, abs=0.01)
    assert (theta.dropna() > 0).all()
    assert set(theta[theta.isna()].index) == {"coa", "gas", "gdt", "gro"}


# ---- the user's own tariffs -------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> Any:
    return random_world(np.random.default_rng(5), 3, 2, tariffs=False)


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "tariffs.csv"
    path.write_text("destination,origin,sector,rate\n" + text)
    return path


def test_tariffs_keep_trade_before_tariff_and_every_identity(small: Any, tmp_path: Path) -> None:
    s = small.sectors
    world = load_tariffs(_file(tmp_path, f"C00,*,*,0.1\nC00,C01,{s[0]},0\nC01,C02,*,0.25\n"), small)
    assert world.tariff[0, 1, 0] == 0
    assert world.tariff[0, 1, 1] == 0.1
    assert world.tariff[0, 0].max() == 0
    assert world.tariff[1, 2].tolist() == [0.25, 0.25]
    np.testing.assert_allclose(world.output, small.output, rtol=1e-12)
    np.testing.assert_allclose(world.exports, small.exports, rtol=1e-12)
    np.testing.assert_allclose(world.value_added, small.value_added, rtol=1e-12)
    revenue = (small.expenditure * world.tariff).sum(axis=(1, 2))
    np.testing.assert_allclose(world.tariff_revenue, revenue, rtol=1e-12)
    np.testing.assert_allclose(world.income, small.income + revenue, rtol=1e-12)
    assert world.meta["sources"]["tariff"]["source"] == "tariffs.csv"
    # Loading again replaces, it does not compound.
    again = load_tariffs(_file(tmp_path, ""), world)
    np.testing.assert_allclose(again.expenditure, small.expenditure, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("C0O,*,*,0.1\n", "row 2: unknown country 'C0O'; did you mean 'C0"),
        ("C00,C01,S9,0.1\n", "row 2: unknown sector 'S9'"),
        ("C00,C01,*,12\n", "0.05 is 5 %"),
        ("C00,C01,*,ten\n", "row 2: rate 'ten'"),
        ("C00,C01,*,-1\n", "row 2: rate '-1'"),
        ("C00,C01,*,0.1\nC00,C01,*,0.2\n", "row 3: C00, C01, .* is given twice"),
        ("C00,C00,*,0.1\n", "cannot put a tariff on itself"),
    ],
)
def test_bad_tariffs_are_refused_with_their_row(
    small: Any, tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        load_tariffs(_file(tmp_path, text), small)


def test_a_tariff_file_with_other_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("importer,exporter,sector,rate\nA,B,C,0.1\n")
    with pytest.raises(DataError, match="lacks the columns \\['destination', 'origin'\\]"):
        tidy(path)
    path.write_text("destination,origin,sector,rate,year\nA,B,C,0.1,2015\n")
    with pytest.raises(DataError, match="unknown column 'year'"):
        tidy(path)
    with pytest.raises(DataError, match="not found"):
        tidy(tmp_path / "none.csv")
