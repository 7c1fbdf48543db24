"""The definitions: against a table worked out by hand, and against the package `ecomplexity`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.capability import complexity, indices, proximity, rca
from hansa.capability.exports import load_exports
from hansa.errors import DataError

# ---- by hand ----------------------------------------------------------------------------

#: Three exporters, three products. World: 20, 10, 10 of 40.
EXPORTS = np.array([[10.0, 0.0, 0.0], [5.0, 5.0, 0.0], [5.0, 5.0, 10.0]])
RCA = np.array([[2.0, 0.0, 0.0], [1.0, 2.0, 0.0], [0.5, 1.0, 2.0]])
#: RCA of one or more: A has {1}, B {1, 2}, C {2, 3}; ubiquity 2, 2, 1.
HAS = np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
#: Who has 1 has 2 in one of two cases, and so on.
NEAR = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 1.0]])
#: For example A and product 2: it has 1, at 0.5, of 0.5 + 1 + 0.5.
CLOSE = np.array([[2 / 3, 0.25, 0.0], [1.0, 0.75, 1 / 3], [1 / 3, 0.75, 1.0]])


def test_advantage_proximity_and_density_are_the_table_worked_out_by_hand():
    np.testing.assert_allclose(indices.balassa(EXPORTS), RCA, atol=1e-15)
    np.testing.assert_allclose(indices.proximity_of(HAS), NEAR, atol=1e-15)
    np.testing.assert_allclose(indices.density_of(HAS, NEAR), CLOSE, atol=1e-15)


def test_complexity_is_the_eigenvector_worked_out_by_hand():
    # The matrix of countries is [[1/2, 1/2, 0], [1/4, 1/2, 1/4], [0, 1/4, 3/4]]. Its characteristic
    # polynomial is (l - 1)(l^2 - 3/4 l + 1/16), so the second eigenvalue is (3 + sqrt 5) / 8, and
    # from its first and last row the vector is (1/2, l - 1/2, (l - 1/2)/(4l - 3)) up to scale.
    second = (3 + np.sqrt(5)) / 8
    vector = np.array([0.5, second - 0.5, (second - 0.5) / (4 * second - 3)])
    vector *= np.sign(np.corrcoef(vector, [1, 2, 2])[0, 1])
    found = indices.eigen(HAS)
    assert found.eigenvalue == pytest.approx(second, abs=1e-14)
    np.testing.assert_allclose(found.eci, (vector - vector.mean()) / vector.std(), atol=1e-12)
    # The mean PCI of what an exporter has is its ECI.
    np.testing.assert_allclose(HAS @ found.pci / HAS.sum(1), found.eci, atol=1e-12)


def test_outlook_counts_only_what_is_missing():
    raw = np.array([-1.0, 0.5, 2.0])
    index, gain = indices.outlook(HAS, NEAR, CLOSE, raw)
    plain = np.array([0.25 * 0.5, 2 / 3, -1 / 3])
    np.testing.assert_allclose(index, (plain - plain.mean()) / plain.std(), atol=1e-12)
    # A lacks 2 and 3: with 2 it would be nearer to 2 (1 of 2) and to 3 (0.5 of 1.5).
    assert gain[0, 1] == pytest.approx(0.5 * 0.5 + 2.0 * 0.5 / 1.5)
    assert (gain[HAS == 1] == 0).all()


def test_an_exporter_without_a_product_is_refused_by_number():
    with pytest.raises(DataError, match="exporter 1 has no product"):
        indices.eigen(np.array([[1.0, 1.0], [0.0, 0.0]]))
    with pytest.raises(DataError, match="product 0 has no exporter"):
        indices.eigen(np.array([[0.0, 1.0], [0.0, 1.0]]))


# ---- against the package ----------------------------------------------------------------


@pytest.fixture(scope="module")
def package() -> pd.DataFrame:
    """What ecomplexity 0.5.3 printed from the same matrix (``tools/ecomplexity_fixture.py``)."""
    return pd.read_parquet(Path(__file__).with_name("data") / "ecomplexity.parquet")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("rca", "rca"), ("presence", "mcp"), ("density", "density"), ("outlook_gain", "cog"),
        ("eci", "eci"), ("pci", "pci"), ("outlook", "coi"),
    ],
)  # fmt: skip
def test_every_measure_equals_the_package(package, ours, theirs):
    held = complexity(2019)
    value = getattr(held, ours)
    if value.ndim == 1:
        by = held.countries if len(value) == len(held.countries) else held.chapters
        key = "country" if by is held.countries else "chapter"
        expected = package.groupby(key)[theirs].first().loc[list(by)].to_numpy()
    else:
        expected = package.pivot(index="country", columns="chapter", values=theirs)
        expected = expected.loc[list(held.countries), list(held.chapters)].to_numpy()
    np.testing.assert_allclose(value, expected, rtol=0, atol=1e-8)


# ---- properties -------------------------------------------------------------------------

matrices = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).lognormal(0, 2, (7, 9))
)


@settings(max_examples=40, deadline=None)
@given(matrices)
def test_measures_do_not_depend_on_units_or_order(exports):
    has = (indices.balassa(exports) >= 1).astype(float)
    order = np.random.default_rng(0).permutation(7)
    np.testing.assert_allclose(indices.balassa(3 * exports), indices.balassa(exports))
    near = indices.proximity_of(has)
    assert ((near >= 0) & (near <= 1) & (near == near.T)).all()
    close = indices.density_of(has, near)
    assert ((close >= 0) & (close <= 1 + 1e-12)).all()
    try:
        found, turned = indices.eigen(has), indices.eigen(has[order])
    except DataError:
        return  # Where nothing fixes the index; the next test says when.
    if found.gap > 1e-6 and found.correlation > 1e-6:
        np.testing.assert_allclose(turned.eci, found.eci[order], atol=1e-7)
    assert found.correlation == pytest.approx(np.corrcoef(found.eci, has.sum(1))[0, 1])
    assert found.eci.mean() == pytest.approx(0, abs=1e-10)


def test_an_index_that_nothing_fixes_is_refused():
    # A ring, where everybody is like everybody: the second eigenvalue is double.
    ring = np.eye(5) + np.roll(np.eye(5), 1, axis=1)
    with pytest.raises(DataError, match="eigenvalue"):
        indices.eigen(ring)
    # A path, where both ends are alike: the vector is odd and diversity even.
    path = np.eye(4)[:, :3] + np.eye(4, 3, k=-1)
    with pytest.raises(DataError, match="uncorrelated with diversity"):
        indices.eigen(path)


@settings(max_examples=40, deadline=None)
@given(matrices)
def test_advantage_weighted_by_the_world_is_one(exports):
    share = exports.sum(0) / exports.sum()
    np.testing.assert_allclose((indices.balassa(exports) * share).sum(1), 1.0)


def test_the_sample_is_the_stated_rule():
    table = load_exports()
    inside = complexity(2019).countries
    assert 130 <= len(inside) <= 150
    assert {"IRN", "BLR", "RUS", "VEN", "SYR", "CUB", "PRK", "MMR"} <= set(inside)
    assert not {"XAF", "LUX", "MAC", "ISL"} & set(inside)
    assert (table.value.sum(2).mean(0)[table.sample] >= 1000).all()
    assert (table.population[table.sample] >= 1200).all()
    assert complexity(2011).countries == complexity(2020).countries == inside


def test_economies_outside_the_sample_meet_the_same_basket():
    table = load_exports()
    value = table.at(2019)
    basket = value[table.sample].sum(0)
    code = table.economies.index("ISL")
    fish = table.chapter("03")
    expected = value[code, fish] / value[code].sum() / (basket[fish] / basket.sum())
    assert float(rca(2019).sel(country="ISL", chapter="03")) == pytest.approx(expected)


def test_known_facts_hold():
    table = complexity(2019)
    eci = table.economies()["eci"]
    assert eci["JPN"] > eci["BLR"] > eci["RUS"] > eci["AGO"]
    pci = table.products()["pci"]
    assert pci["84"] > pci["30"] > pci["27"]
    near = proximity(2019)
    assert float(near.sel(chapter="61", other="62")) > float(near.sel(chapter="61", other="27"))


@pytest.mark.parametrize("year", [2010, 2021, (2015, 2013)])
def test_a_year_that_is_not_there_is_refused(year):
    with pytest.raises(DataError, match="2011"):
        complexity(year)


def test_names_are_offered():
    with pytest.raises(DataError, match="two digits"):
        load_exports().chapter("77")
    with pytest.raises(DataError, match="did you mean 'RUS'"):
        load_exports().economy("RUZ")
