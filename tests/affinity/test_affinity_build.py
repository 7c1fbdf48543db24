"""The shipped tables: described, small, and what the raw ones give when they are built again."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hansa.affinity import TABLES, read_table
from hansa.affinity.build import build_tables
from hansa.errors import DataError
from hansa.world.sources import ideal_points, openalex_networks, un_votes

DATA = Path(importlib.import_module("hansa.affinity").__file__ or "").parent / "data"


def test_every_table_ships_and_says_what_it_is() -> None:
    for name in TABLES:
        table = read_table(name)
        assert len(table) > 100, name
        assert all(table.attrs[key] for key in ("unit", "source", "licence")), name
    assert {path.stem for path in DATA.glob("*.parquet")} == set(TABLES)
    assert sum(path.stat().st_size for path in DATA.glob("*.parquet")) < 3e6
    with pytest.raises(DataError, match="did you mean 'votes'"):
        read_table("vote")


def test_a_reader_may_change_what_it_got() -> None:
    table = read_table("codes")
    table["iso2"] = "??"
    assert read_table("codes").set_index("country").loc["IRN", "iso2"] == "IR"


@pytest.fixture(scope="module")
def rebuilt(rawdata: Path) -> dict[str, pd.DataFrame]:
    return build_tables(rawdata)


def test_the_tables_are_what_the_raw_ones_give(rawdata: Path, rebuilt) -> None:
    for name, built in rebuilt.items():
        shipped = read_table(name)
        assert list(shipped.columns) == list(built.columns), name
        for column in built:
            a, b = shipped[column], built[column]
            if a.dtype.kind in "fi":
                assert np.array_equal(a.to_numpy(), b.to_numpy(), equal_nan=True), (name, column)
            else:
                assert a.astype(str).tolist() == b.astype(str).tolist(), (name, column)


@pytest.mark.parametrize("source", [un_votes, openalex_networks, ideal_points])
def test_sources_refuse_another_version(source, rawdata: Path, tmp_path: Path) -> None:
    raw = source.fetch(rawdata)
    other = tmp_path / source.FILE
    other.parent.mkdir(parents=True)
    other.write_bytes(raw.read_bytes()[:-1] + b"?")
    with pytest.raises(DataError, match="not the file this parser was written for"):
        source.tidy(tmp_path)
    with pytest.raises(DataError, match="not found"):
        source.tidy(tmp_path / "nowhere")


def test_states_that_continue_others(rawdata: Path, rebuilt) -> None:
    votes = rebuilt["votes"]
    assert votes.loc[votes["year"] == 1970, ["RUS", "BLR", "UKR"]].to_numpy().any()
    assert votes.loc[votes["year"] == 1975, "DEU"].any()
    assert not {"DDR", "CSK"} & set(votes.columns)
    points = rebuilt["ideal"]
    assert not points.duplicated(["basis", "year", "country"]).any()
    assert points[points["country"] == "YEM"]["year"].min() == 1947


def test_known_totals(rawdata: Path, rebuilt) -> None:
    assert rebuilt["trade"]["2015"].sum() / 100 == pytest.approx(16.356e6, rel=1e-4)
    papers = rebuilt["papers"].astype({"first": str, "second": str}).set_index(["first", "second"])
    assert papers.loc[("IRN", "RUS"), "2021"] == 990
    assert papers.loc[("USA", "USA"), "2015"] == 283_645


@pytest.mark.parametrize(
    "text",
    ["", "*arcs\n1 2 3", '*vertices 2\n1 "US"\n2 "IR"\n1 2 3\n'],
    ids=["empty", "arcs", "none"],
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"\*vertices|\*arcs"):
        openalex_networks.parse(text)


def test_a_network_is_made_symmetric_by_the_larger_count() -> None:
    labels, matrix = openalex_networks.parse(
        '% made by hand\n*vertices 2\n1 "US"\n2 "IR"\n*arcs\n1 1 9\n1 2 3\n2 1 4\n'
    )
    assert labels == ["US", "IR"]
    assert matrix.tolist() == [[9, 4], [4, 0]]


@pytest.mark.parametrize(
    "name",
    [
        "tables", "dyads", "groups", "layout", "reliability", "votes.agreement", "votes.blocs",
        "votes.ideal", "science.papers", "science.breaks", "science.decoupling", "science.fields",
        "science.knowledge",
    ],
)  # fmt: skip
def test_examples_in_docstrings_run(name: str) -> None:
    module = importlib.import_module(f"hansa.affinity.{name}")
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


def test_tables_carry_no_country_twice() -> None:
    for name in ("papers", "pairs"):
        table = read_table(name)
        pairs = pd.MultiIndex.from_frame(table[["first", "second"]].astype(str))
        assert pairs.is_unique
        assert (table["first"].astype(str) <= table["second"].astype(str)).all()
