"""The file format: round trips to the last bit, and every refusal names its row."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.errors import DataError
from hansa.world.load import load_world
from hansa.world.table import VARIABLES, read_table, write_table
from hansa.world.table_rows import COLUMNS, METADATA_KEY
from hansa.world.world import World
from worlds import random_world, worlds

ARRAYS = (
    "expenditure", "tariff", "value_added_share", "input_share", "trade_elasticity",
    "trade_elasticity_se",
)  # fmt: skip


@pytest.fixture
def world() -> World:
    return random_world(np.random.default_rng(11), 3, 2)


def same(a: World, b: World) -> None:
    """Assert that two worlds are one, to the last bit."""
    assert a.digest == b.digest
    for name in ARRAYS:
        assert getattr(a, name).tobytes() == getattr(b, name).tobytes(), name
    assert np.array_equal(a.evidence[a.expenditure > 0], b.evidence[b.expenditure > 0])
    assert (a.name, a.year, a.countries, a.sectors) == (b.name, b.year, b.countries, b.sectors)
    assert dict(a.meta) == dict(b.meta)


@settings(max_examples=25, deadline=None)
@given(worlds(), st.sampled_from(["parquet", "csv"]))
def test_round_trip_is_exact(world: World, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = world.write(Path(folder) / f"w.{suffix}")
        same(World.read(path), world)


def test_round_trip_keeps_signed_zeros_and_missing_errors(world: World, tmp_path: Path) -> None:
    x = world.expenditure.copy()
    x[x == 0] = -0.0
    se = np.array([np.nan, 0.5])
    fields = {n: getattr(world, n) for n in (*ARRAYS, "countries", "sectors", "evidence")}
    fields |= {"expenditure": x, "trade_elasticity_se": se}
    other = World.from_flows(name="zeros", year=1999, **fields)
    for suffix in ("parquet", "csv"):
        same(World.read(other.write(tmp_path / f"z.{suffix}")), other)


def test_a_table_of_the_embedded_size_is_small(tmp_path: Path) -> None:
    world = random_world(np.random.default_rng(1), 80, 20, tariffs=False, zeros=0.0)
    size = world.write(tmp_path / "big.parquet").stat().st_size
    # Random numbers hardly compress: eight bytes each, and labels for next to nothing.
    numbers = world.expenditure.size + world.input_share.size + world.value_added_share.size
    assert size < 8.6 * numbers


def test_meta_with_numpy_inside_survives(world: World, tmp_path: Path) -> None:
    meta = {"proxies": {"C00": {"RUS": np.float64(0.5)}}, "counts": np.arange(3), "text": "é"}
    fields = {n: getattr(world, n) for n in (*ARRAYS, "countries", "sectors", "evidence")}
    other = World.from_flows(name="m", year=2015, meta=meta, **fields)
    back = World.read(other.write(tmp_path / "m.parquet"))
    assert back.meta == {"proxies": {"C00": {"RUS": 0.5}}, "counts": [0, 1, 2], "text": "é"}
    bad = World.from_flows(name="m", year=2015, meta={"f": {1, 2}}, **fields)
    with pytest.raises(DataError, match="does not fit into JSON"):
        bad.write(tmp_path / "bad.parquet")


# ---- tables of the user's own -----------------------------------------------------------


def rows_of(world: World, folder: Path) -> list[dict[str, str]]:
    with open(write_table(world, folder / "source.csv"), newline="") as file:
        return list(csv.DictReader(file))


def write_rows(rows: list[dict[str, str]], path: Path, columns: Any = COLUMNS) -> Path:
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def find(rows: list[dict[str, str]], **labels: str) -> int:
    return next(k for k, r in enumerate(rows) if all(r[c] == v for c, v in labels.items()))


def test_without_a_sidecar_name_and_year_come_from_the_file(world: World, tmp_path: Path) -> None:
    rows = rows_of(world, tmp_path)
    read = read_table(write_rows(rows, tmp_path / "mine-2019.csv"))
    assert (read.name, read.year) == ("mine-2019", 2019)
    assert read.digest != world.digest  # the year is part of it
    assert np.array_equal(read.expenditure, world.expenditure)
    with pytest.raises(DataError, match=r"does not say its year.*mine.json"):
        read_table(write_rows(rows, tmp_path / "mine.csv"))
    (tmp_path / "mine.json").write_text('{"year": 2015, "name": "random"}')
    assert read_table(tmp_path / "mine.csv").digest == world.digest


def test_rows_in_any_order_give_the_same_world(world: World, tmp_path: Path) -> None:
    rows = rows_of(world, tmp_path)
    np.random.default_rng(0).shuffle(rows)  # type: ignore[arg-type]
    write_rows(rows, tmp_path / "shuffled-2015.csv")
    (tmp_path / "shuffled-2015.json").write_text(
        json.dumps({"year": 2015, "countries": world.countries, "sectors": world.sectors})
    )
    assert read_table(tmp_path / "shuffled-2015.csv").digest == world.digest


def test_labels_keep_their_order_of_first_appearance(world: World, tmp_path: Path) -> None:
    rows = rows_of(world, tmp_path)[::-1]
    read = read_table(write_rows(rows, tmp_path / "backwards-2015.csv"))
    first = list(dict.fromkeys(r["country"] for r in rows if r["country"]))
    assert list(read.countries) == first != list(world.countries)
    n, i = read.country("C00"), read.country("C02")
    assert np.array_equal(read.expenditure[n, i, read.sector("s1")], world.expenditure[0, 2, 1])


def test_blanks_around_labels_do_not_make_new_ones(world: World, tmp_path: Path) -> None:
    rows = rows_of(world, tmp_path)
    rows[3]["country"] += " "
    assert read_table(write_rows(rows, tmp_path / "b-2015.csv")).countries == world.countries


def test_money_costs_are_read(world: World, tmp_path: Path) -> None:
    keep = ("expenditure", "tariff", "trade_elasticity")
    rows = [r for r in rows_of(world, tmp_path) if r["variable"] in keep]
    for n, country in enumerate(world.countries):
        for j, sector in enumerate(world.sectors):
            made = world.output[n, j]
            labels = {"country": country, "sector": sector}
            value = repr(float(world.value_added_share[n, j] * made))
            rows.append({"variable": "value_added", **labels, "value": value})
            for k, used in enumerate(world.sectors):
                value = repr(float(world.input_share[n, k, j] * made))
                rows.append({"variable": "intermediate", **labels, "input": used, "value": value})
    read = read_table(write_rows(rows, tmp_path / "money-2015.csv"))
    assert np.allclose(read.value_added_share, world.value_added_share, atol=1e-12)
    assert np.isnan(read.trade_elasticity_se).all()
    shares = [r for r in rows_of(world, tmp_path) if r["variable"] == "input_share"]
    with pytest.raises(DataError, match="it has both"):
        read_table(write_rows(rows + shares, tmp_path / "both-2015.csv"))


def test_plain_parquet_of_another_program_is_read(world: World, tmp_path: Path) -> None:
    rows = rows_of(world, tmp_path)
    columns = {c: [r[c] or None for r in rows] for c in COLUMNS if c != "value"}
    table = pa.table(columns | {"value": [float(r["value"]) for r in rows]})
    pq.write_table(table, tmp_path / "plain-2015.parquet", row_group_size=7)
    assert read_table(tmp_path / "plain-2015.parquet").digest == world.digest


def change(rows: list[dict[str, str]], where: int, **labels: str) -> list[dict[str, str]]:
    return [r | labels if k == where else r for k, r in enumerate(rows)]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"value": "12,5"}, [r"row 4", "finite number", "12,5"]),
        ({"value": ""}, ["row 4", "finite number"]),
        ({"value": "inf"}, ["row 4", "finite number", "inf"]),
        ({"variable": "expenditures"}, ["row 4", "did you mean 'expenditure'"]),
        ({"variable": ""}, ["row 4", "unknown variable ''"]),
        ({"evidence": "observd"}, ["row 4", "did you mean 'observed'"]),
        ({"sector": ""}, ["row 4", "expenditure needs a sector"]),
        ({"input": "s0"}, ["row 4", "expenditure takes no input"]),
    ],
)
def test_a_bad_row_is_named(
    world: World, tmp_path: Path, changed: dict[str, str], says: list[str]
) -> None:
    rows = change(rows_of(world, tmp_path), 3, **changed)
    with pytest.raises(DataError) as caught:
        read_table(write_rows(rows, tmp_path / "bad-2015.csv"))
    for words in says:
        assert words in str(caught.value)


def test_a_label_that_is_not_declared_is_refused(world: World, tmp_path: Path) -> None:
    rows = change(rows_of(world, tmp_path), 3, partner="c01")
    path = write_rows(rows, tmp_path / "source.csv")  # its sidecar declares the countries
    with pytest.raises(DataError, match=r"row 4 .*unknown country 'c01'; did you mean 'C01'"):
        read_table(path)


def test_a_row_given_twice_is_refused_by_both_rows(world: World, tmp_path: Path) -> None:
    rows = rows_of(world, tmp_path)
    with pytest.raises(DataError, match=r"row 6 .*expenditure is given twice, first in row 3"):
        read_table(write_rows([*rows[:5], rows[2], *rows[5:]], tmp_path / "twice-2015.csv"))


@pytest.mark.parametrize("variable", ["expenditure", "trade_elasticity"])
def test_what_every_table_needs(world: World, tmp_path: Path, variable: str) -> None:
    rows = [r for r in rows_of(world, tmp_path) if r["variable"] != variable]
    with pytest.raises(DataError, match=f"no rows of {variable}"):
        read_table(write_rows(rows, tmp_path / "lacks-2015.csv"))


def test_costs_and_elasticities_must_be_whole(world: World, tmp_path: Path) -> None:
    rows = rows_of(world, tmp_path)
    lone = [r for r in rows if r["variable"] not in ("value_added_share", "input_share")]
    with pytest.raises(DataError, match="it has neither"):
        read_table(write_rows(lone, tmp_path / "a-2015.csv"))
    at = find(rows, variable="value_added_share", country="C01", sector="s1")
    with pytest.raises(DataError, match=r"sum to one: country C01, sector s1"):
        read_table(write_rows(rows[:at] + rows[at + 1 :], tmp_path / "b-2015.csv"))
    at = find(rows, variable="trade_elasticity", sector="s1")
    with pytest.raises(DataError, match="no trade_elasticity for sector 's1'"):
        read_table(write_rows(rows[:at] + rows[at + 1 :], tmp_path / "c-2015.csv"))


def test_checks_that_disagree_are_refused_by_identity(world: World, tmp_path: Path) -> None:
    rows = rows_of(world, tmp_path)
    for variable, says in (
        ("country_value_added", "value added by country must equal the given total"),
        ("deficit", "the deficit must equal imports less exports"),
    ):
        at = find(rows, variable=variable, country="C02")
        value = float(rows[at]["value"])
        off = change(rows, at, value=repr(value + 5.0))
        with pytest.raises(DataError, match=rf"C02.*{says}; size 5 million"):
            read_table(write_rows(off, tmp_path / "off-2015.csv"))
        rounded = change(rows, at, value=f"{value:.2f}")
        assert read_table(write_rows(rounded, tmp_path / "off-2015.csv")).year == 2015
    final = {"variable": "final_demand", "country": "C00", "sector": "s0", "value": "-1"}
    with pytest.raises(DataError, match="final demand must equal spending less intermediate use"):
        read_table(write_rows([*rows, final], tmp_path / "off-2015.csv"))


def test_broken_identities_are_refused_as_of_any_world(world: World, tmp_path: Path) -> None:
    rows = rows_of(world, tmp_path)
    at = find(rows, variable="expenditure", country="C01", partner="C01", sector="s1")
    with pytest.raises(DataError, match=r"final demand would be negative\): country C01"):
        read_table(write_rows(change(rows, at, value="0.001"), tmp_path / "low-2015.csv"))


def test_files_that_are_not_tables(world: World, tmp_path: Path) -> None:
    for name, text, says in (
        ("a.parquet", "no", "not a Parquet file"),
        ("b.txt", "no", "must end in .parquet or .csv"),
        ("c-2015.csv", "variable,valeu\nx,1\n", "unknown column 'valeu'; did you mean 'value'"),
        ("d-2015.csv", "variable,country\nx,1\n", "no column 'value'"),
        ("e-2015.csv", "variable,value\nx,1,2\n", "not a table"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(DataError, match=says):
            read_table(tmp_path / name)
    with pytest.raises(DataError, match="no such table"):
        read_table(tmp_path / "absent.csv")
    with pytest.raises(DataError, match="must end in"):
        world.write(tmp_path / "w.xlsx")


def test_what_a_table_says_of_itself_is_checked(world: World, tmp_path: Path) -> None:
    path = world.write(tmp_path / "w.csv")
    path.with_suffix(".json").write_text('{"yaer": 2015}')
    with pytest.raises(DataError, match="unknown key 'yaer'; did you mean 'year'"):
        read_table(path)
    path.with_suffix(".json").write_text("{")
    with pytest.raises(DataError, match="not JSON"):
        read_table(path)


def test_every_variable_is_documented() -> None:
    for name, variable in VARIABLES.items():
        assert variable.meaning, name
        assert set(variable.labels) <= {"country", "partner", "sector", "input"}
    assert METADATA_KEY == b"hansa"


# ---- load_world -------------------------------------------------------------------------


def test_load_world_by_path_is_cached_until_the_file_changes(world: World, tmp_path: Path) -> None:
    path = world.write(tmp_path / "w-2015.csv")
    first = load_world(path)
    assert load_world(str(path)) is first
    other = random_world(np.random.default_rng(12), 3, 2)
    other.write(path)
    assert load_world(path).digest == other.digest


def test_load_world_names_the_nearest() -> None:
    with pytest.raises(DataError, match=r"unknown world 'world-2051'.*ends in .parquet or .csv"):
        load_world("world-2051")
    with pytest.raises(DataError, match="no such table"):
        load_world("nowhere/world-2015.parquet")
