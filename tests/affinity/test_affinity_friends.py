"""Friends and enemies: tables against the matrices they come from; order and places of figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hansa as hs
from hansa.affinity.layout import stress_places
from hansa.errors import DataError
from worlds import random_world

A = hs.affinity


@pytest.fixture(scope="module")
def world():
    return random_world(np.random.default_rng(4), 6, 3)


@pytest.fixture(scope="module")
def exposed(world):
    return hs.exposure(world)


@pytest.fixture(scope="module")
def under(world):
    first, second = world.countries[:2]
    shock = hs.Shock.trade_cost(world, hat=2.0, destination=first, origin=second)
    return hs.exposure(world, shock)


def test_a_countrys_table_is_its_row(world, exposed) -> None:
    code = world.countries[2]
    table = A.country_friends(world, exposed, code, 10).set_index("source")
    row = exposed.welfare.sel(country=code).to_series().drop(code)
    assert table["welfare"].sort_index().to_dict() == pytest.approx(row.sort_index().to_dict())
    assert (table["welfare"] > 0).eq(table["side"] == "friend").all()
    assert table["dollars"].to_numpy() == pytest.approx(
        table["welfare"].to_numpy() * world.income[2] / 100
    )


def test_a_club_of_one_has_its_members_friends(world, exposed) -> None:
    code = world.countries[0]
    table = A.club_friends(world, exposed, [code])
    for other in world.countries[1:]:
        assert table.loc[other, "exposure"] == pytest.approx(
            float(exposed.welfare.sel(country=code, source=other))
        )
    assert table.loc[code, "exposure"] == 0.0


def test_a_club_is_weighted_by_income_and_a_members_own_growth_left_out(world, exposed) -> None:
    a, b = world.countries[:2]
    table = A.club_friends(world, exposed, [a, b])
    w = exposed.welfare
    third = world.countries[3]
    parts = [float(w.sel(country=c, source=third)) for c in (a, b)]
    assert table.loc[third, "exposure"] == pytest.approx(
        np.average(parts, weights=world.income[:2])
    )
    assert table.loc[a, "exposure"] == pytest.approx(float(w.sel(country=b, source=a)))
    assert table.loc[a, "dollars"] == pytest.approx(
        float(w.sel(country=b, source=a)) * world.income[1] / 100
    )


def test_sectors_add_up_to_the_whole(world, exposed) -> None:
    code = world.countries[1]
    table = A.by_sector(exposed, code)
    row = exposed.welfare.sel(country=code).to_series().drop(code)
    assert table["others"].sum() == pytest.approx(row.sum())


def test_no_change_without_a_regime_and_some_with_one(world, exposed, under) -> None:
    assert A.change(exposed, exposed)["change"].abs().max() == 0.0
    table = A.change(exposed, under)
    pair = table[(table["country"] == world.countries[0]) & (table["source"] == world.countries[1])]
    assert abs(pair["change"].item()) > 1e-6
    turned = table[table["turned"] == "to enemy"]
    assert ((turned["before"] > 0) & (turned["after"] < 0)).all()
    with pytest.raises(DataError, match="other countries"):
        A.change(exposed, hs.exposure(random_world(np.random.default_rng(1), 4, 2)))


def test_pairs_and_groups(world, exposed) -> None:
    table = A.mutual(exposed, world.countries[:3])
    assert len(table) == 3
    friends = table[table["kind"] == "friends"]
    assert ((friends["first_gains"] > 0) & (friends["second_gains"] > 0)).all()
    groups = {"rest": world.countries[1:]}
    leaning = A.leaning(world, exposed, world.countries[:1], groups)
    row = exposed.welfare.sel(country=world.countries[0]).to_series()
    assert leaning.iloc[0, 0] == pytest.approx(row.iloc[1:].sum())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda w, e: A.club_friends(w, e, ["QQQ"]), "unknown member"),
        (lambda w, e: A.club_friends(w, e, w.countries[:1], outcome="wealth"), "unknown outcome"),
        (lambda w, e: A.country_friends(w, e, w.countries[0], sector="QQ"), "unknown sector"),
        (lambda w, e: A.mutual(e, w.countries[:1]), "at least 2"),
    ],
)
def test_wrong_names_are_refused(world, exposed, call, message: str) -> None:
    with pytest.raises(DataError, match=message):
        call(world, exposed)


def two_blocs(n: int = 8) -> pd.DataFrame:
    """Countries 0, 2, 4, ... help one another and hurt the others."""
    bloc = np.arange(n) % 2
    values = np.where(bloc[:, None] == bloc, 1.0, -1.0) * np.linspace(1, 2, n)
    codes = [f"C{k:02d}" for k in range(n)]
    return pd.DataFrame(values, codes, codes)


def test_the_heatmap_puts_blocs_together() -> None:
    found = A.heatmap(two_blocs(), clusters=2)
    side = [int(code[1:]) % 2 for code in found.codes]
    assert side in ([0] * 4 + [1] * 4, [1] * 4 + [0] * 4)
    assert len(set(found.cluster[:4])) == 1
    assert len(set(found.cluster)) == 2
    assert np.nanmax(found.shade) <= 1
    assert np.isnan(np.diag(found.values)).all()
    frame = found.to_frame()
    assert frame.loc["C00", "C02"] == two_blocs().loc["C00", "C02"]


def test_the_network_keeps_each_ones_strongest() -> None:
    matrix = two_blocs()
    found = A.network(matrix, k=1)
    assert set(found.nodes.index) == set(matrix.index)
    best = {tuple(sorted((c, matrix.loc[c].drop(c).idxmax()))) for c in matrix.index}
    assert {tuple(sorted(pair)) for pair in found.links[["source", "target"]].to_numpy()} == best
    assert (found.links["weight"] > 0).all()
    again = A.network(matrix, k=1)
    assert np.array_equal(found.nodes[["x", "y"]], again.nodes[["x", "y"]])
    assert found.nodes["part"].nunique() == 2


def test_places_of_a_drawing_that_fits_the_plane_are_found() -> None:
    """A grid: with the distances of the plane itself the stress can be zero."""
    grid = np.array([(x, y) for x in range(4) for y in range(3)], dtype=float)
    distance = np.sqrt(((grid[:, None] - grid[None]) ** 2).sum(axis=2))
    places = stress_places(distance, steps=2000, tolerance=1e-14)
    found = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2))
    scale = distance.max() / found.max()
    assert found * scale == pytest.approx(distance, abs=1e-3)


def test_senders_are_read_from_the_registry() -> None:
    senders = A.senders_against("RUS", "2024-02-19")
    assert {"USA", "DEU", "JPN", "GBR"} <= set(senders)
    assert not {"CHN", "RUS", "UN", "EU"} & set(senders)
    assert A.senders_against("RUS", "2010-01-01") == ()
    with pytest.raises(DataError, match="did you mean 'RUS'"):
        A.senders_against("RUZ")
