"""Caliendo & Parro's files: orientation, units, exact shares, and the balanced World."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from hansa.errors import DataError
from hansa.world.sources import cp2015
from hansa.world.sources.cp2015 import CpParts, load_parts, load_world, tariffs
from hansa.world.world import World


@pytest.fixture(scope="module")
def folder(rawdata: Path) -> Path:
    return rawdata / "replication" / "cp2015"


@pytest.fixture(scope="module")
def parts(folder: Path) -> CpParts:
    return load_parts(folder)


@pytest.fixture(scope="module")
def world(folder: Path) -> World:
    return load_world(folder)


def test_the_files_are_the_ones_expected(folder: Path) -> None:
    assert len(cp2015.checksum(cp2015.fetch(folder))) == 7


def test_axes_and_units(parts: CpParts) -> None:
    c = {code: k for k, code in enumerate(parts.countries)}
    assert (len(parts.countries), len(parts.sectors)) == (31, 40)
    # GDP of the USA in 1993 was 6.9 trn USD, of Mexico 0.4 to 0.5 trn.
    assert 6.0e6 < parts.value_added[c["USA"]] < 7.5e6
    assert 3.5e5 < parts.value_added[c["MEX"]] < 5.5e5
    # Rows import: Mexico bought 42.9 bn from the USA and sold it 38.2 bn, tariffs left out.
    flow = parts.expenditure / (1 + parts.tariff)
    assert np.isclose(flow[c["MEX"], c["USA"]].sum(), 42_889.913, rtol=1e-9)
    assert np.isclose(flow[c["USA"], c["MEX"]].sum(), 38_225.854510, rtol=1e-9)
    # The USA had a deficit with the world, Japan a surplus.
    assert parts.deficit[c["USA"]] > 0 > parts.deficit[c["JPN"]]
    assert abs(parts.deficit.sum()) < 1e-6


def test_only_the_first_twenty_sectors_are_traded(parts: CpParts) -> None:
    off = ~np.eye(31, dtype=bool)
    assert (parts.expenditure[off][:, 20:] == 0).all()
    assert (parts.tariff[:, :, 20:] == 0).all()
    assert (parts.expenditure[off][:, :20].sum(axis=0) > 0).all()
    assert (parts.trade_elasticity[20:] == 8.22).all()
    assert parts.trade_elasticity[:20].min() == 1.45
    assert parts.trade_elasticity.max() == 64.85


def test_shares_are_exact(parts: CpParts) -> None:
    assert np.abs(parts.trade_share.sum(axis=1) - 1).max() < 1e-15
    assert np.abs(parts.final_share.sum(axis=1) - 1).max() < 1e-15
    cost = parts.value_added_share + parts.input_share.sum(axis=1)
    assert np.abs(cost - 1).max() < 1e-15
    assert parts.input_share.min() == 0.0


def test_inputs_are_in_rows(parts: CpParts) -> None:
    """Refining buys mining's product, not the other way round."""
    usa = parts.countries.index("USA")
    mining, petroleum = parts.sectors.index("mining"), parts.sectors.index("petroleum")
    assert parts.input_share[usa, mining, petroleum] > 0.3
    assert parts.input_share[usa, petroleum, mining] < 0.1


def test_final_shares_are_what_spending_leaves(parts: CpParts) -> None:
    spending = parts.expenditure.sum(axis=1)
    n = parts.countries.index("CAN")
    left = spending[n] - parts.input_share[n] @ parts.output[n]
    alpha = np.maximum(left, 0) / np.maximum(left, 0).sum()
    assert np.allclose(parts.final_share[n], alpha, rtol=0, atol=1e-14)
    assert np.allclose(parts.negative_final[n], np.minimum(left, 0), atol=1e-9)
    # Money is conserved: what is left in all is value added, tariffs and the deficit.
    revenue = (parts.expenditure - parts.expenditure / (1 + parts.tariff))[n].sum()
    assert np.isclose(left.sum(), parts.value_added[n] + revenue + parts.deficit[n], rtol=1e-12)


def test_tariffs_fell_inside_nafta(folder: Path) -> None:
    before, after = tariffs(folder, 1993), tariffs(folder, 2005)
    mex, usa = cp2015.COUNTRIES.index("MEX"), cp2015.COUNTRIES.index("USA")
    assert before[mex, usa, :20].mean() > 0.10
    assert after[mex, usa].max() < 0.012
    # Rows import: India's own tariffs were among the highest, those it met were not.
    ind = cp2015.COUNTRIES.index("IND")
    assert before[ind, :, :20].mean() > 0.4 > 0.1 > before[:, ind, :20].mean()
    own = np.arange(31)
    assert (before[own, own] == 0).all()
    assert (after[own, own] == 0).all()
    with pytest.raises(DataError, match="unknown tariff year"):
        tariffs(folder, 1999)


def test_tariffs_of_2005_raise_the_same_flows(folder: Path, parts: CpParts) -> None:
    later = load_parts(folder, 2005)
    net = parts.expenditure / (1 + parts.tariff)
    assert np.allclose(later.expenditure / (1 + later.tariff), net, rtol=1e-12)


def test_world_adds_the_least_domestic_sales(parts: CpParts, world: World) -> None:
    added = world.output - parts.output
    added[np.abs(added) < 1e-6] = 0.0
    assert added.min() == 0.0
    # Least: where sales were added, final demand is zero and no more.
    assert world.final_demand[added > 0].max() < 1e-6
    assert (parts.negative_final[added == 0] == 0).all()
    # Of trade between countries nothing changed.
    off = ~np.eye(31, dtype=bool)
    assert np.array_equal(world.expenditure[off], parts.expenditure[off])
    balancing = world.meta["balancing"]
    assert np.isclose(balancing["share_of_output"], 0.0235, atol=5e-4)
    assert balancing["cells"] == (added > 0).sum() == 201


def test_world_says_which_cells_were_adjusted(parts: CpParts, world: World) -> None:
    own = np.arange(31)
    modelled = world.evidence[own, own] == 2
    assert np.array_equal(modelled, world.output - parts.output > 1e-6)
    assert (world.evidence[~np.eye(31, dtype=bool)] == 0).all()
    assert world.country_name("MEX") == "Mexico"


def test_world_goes_through_the_same_door(folder: Path, world: World) -> None:
    assert World.from_cp2015(folder).digest == world.digest


def test_missing_and_misshapen_files_are_named(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.txt"):
        shutil.copy(path, tmp_path / path.name)
    (tmp_path / "GO.txt").chmod(0o644)
    lines = (tmp_path / "GO.txt").read_text().splitlines()
    (tmp_path / "GO.txt").write_text("\n".join(lines[:-1]))
    with pytest.raises(DataError, match=r"GO.txt has shape \(39, 31\), expected \(40, 31\)"):
        load_parts(tmp_path)
    (tmp_path / "GO.txt").write_text("a b\n")
    with pytest.raises(DataError, match=r"GO\.txt"):
        load_parts(tmp_path)
    with pytest.raises(DataError, match=r"GO\.txt is not the file"):
        cp2015.checksum(cp2015.fetch(tmp_path))
    (tmp_path / "GO.txt").unlink()
    with pytest.raises(DataError, match=r"raw file 'GO\.txt' not found"):
        load_parts(tmp_path)
