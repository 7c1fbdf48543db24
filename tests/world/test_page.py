"""The pages: every number on them is the World's, and they fit 80 columns."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rich.console import Console, RenderableType

from hansa.errors import DataError
from hansa.world.page import check_page, country_page, identities, world_page
from hansa.world.world import World
from worlds import random_world


def text(page: RenderableType, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(page)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert max(len(line) for line in shown.splitlines()) <= width
    return shown


@pytest.fixture
def world() -> World:
    meta: dict[str, Any] = {
        "country_names": {"C00": "Farland", "C04": "Rest of the world"},
        "sector_names": {"s0": "Food [and drink]", "s1": "A sector with a very long name indeed"},
        "aggregates": {"C04": ["XAA", "XBB"]},
        "proxies": {"C00": {"C01": 0.35, "C02": 0.65}},
        "own_table": ["C01"],
        "reexports": {"C01": {"s0": 1234.5}},
        "sources": {"value_added": {"source": "UN accounts", "year": 2015, "note": "By group."}},
        "notes": ["Trade is f.o.b."],
    }
    return replace(random_world(np.random.default_rng(5), 5, 4), meta=meta)


def line_of(shown: str, start: str) -> str:
    return next(line for line in shown.splitlines() if line.lstrip("│├└─ ").startswith(start))


def test_country_page_shows_the_worlds_numbers(world: World) -> None:
    shown = text(country_page(world, "C00"))
    assert "C00 Farland" in shown
    assert "million USD of 2015" in shown
    rank = int((world.value_added > world.value_added[0]).sum()) + 1
    line = line_of(shown, "Value added  ")
    assert f"{world.value_added[0]:,.0f}" in line
    assert f"rank {rank} of 5" in line
    assert f"{world.exports[0].sum():,.0f}" in line_of(shown, "Exports")
    assert f"{world.deficit[0]:,.0f}" in line_of(shown, "Deficit")
    row = line_of(shown, "Food [and drink]")
    for value in (world.output[0, 0], world.exports[0, 0], world.imports[0, 0]):
        assert f"{value:,.0f}" in row or f"{value:.2f}" in row


def test_country_page_ranks_partners(world: World) -> None:
    shown = text(country_page(world, "C01"))
    flow = world.expenditure[:, 1] / (1 + world.tariff[:, 1])
    flow[1] = 0
    best = world.countries[int(flow.sum(axis=1).argmax())]
    body = shown.split("Buyers of its exports")[1].splitlines()
    first = next(line for line in body[1:] if line.strip("─ "))
    assert first.startswith(best)
    assert f"{flow.sum(axis=1).max():,.0f}" in first


def test_country_page_says_what_it_rests_on(world: World) -> None:
    shown = text(country_page(world, "C00"))
    assert "none of its own; a mix of C02 65 %, C01 35 %" in shown
    assert "value added: UN accounts; 2015. By group." in shown
    assert "Trade is f.o.b." in shown
    flow = (world.expenditure / (1 + world.tariff))[1:, 0]
    modelled = flow[world.evidence[1:, 0] == 2].sum() / flow.sum()
    exports = shown.split("What the flows rest on")[1].splitlines()[3]
    assert f"{100 * modelled:.0f} %" in exports
    other = text(country_page(world, "C01"))
    assert "the country's own table" in other
    assert "Re-exports taken out of its exports: 1,23" in other
    assert "An aggregate of 2: XAA, XBB" in text(country_page(world, "C04"))


def test_country_page_of_a_bare_world() -> None:
    world = replace(random_world(np.random.default_rng(6), 2, 1, tariffs=False), meta={})
    shown = text(country_page(world, "C01"))
    assert "the table names none" in shown
    assert "the table holds no tariffs" in shown


def test_unknown_country_names_the_nearest(world: World) -> None:
    with pytest.raises(DataError, match="did you mean 'C01'"):
        country_page(world, "c01")


def test_world_page_lists_everything(world: World) -> None:
    shown = text(world_page(world))
    for code in (*world.countries, *world.sectors):
        assert code in shown
    assert f"{world.trade_elasticity[2]:.2f}" in line_of(shown, "s2")
    assert "C04 Rest of the world: XAA, XBB" in shown


def test_identities_hold_and_find_what_is_broken(world: World) -> None:
    assert all(identity.holds for identity in identities(world))
    x = world.expenditure.copy()
    x[2, 3, 1] += 0.01 * world.spending[2, 1]
    broken = {i.name: i for i in identities(replace(world, expenditure=x, tariff=world.tariff))}
    # More spending by C02 on C03's s1: the world no longer clears at its own shares.
    assert broken["cost shares sum to one"].holds
    va = world.value_added_share.copy()
    va[1, 0] += 1e-6
    off = {i.name: i for i in identities(replace(world, value_added_share=va))}
    assert not off["cost shares sum to one"].holds
    assert off["cost shares sum to one"].where == "C01 s0"
    assert np.isclose(off["cost shares sum to one"].size, 1e-6)
    assert not off["income equals final spending"].holds
    assert not off["baseline is its own counterfactual"].holds


def test_check_page_without_deviations(world: World) -> None:
    shown = text(check_page(world))
    assert shown.count("holds") == 7
    assert "fails" not in shown
    assert world.digest[:16] in shown
    va = world.value_added_share.copy()
    va[1, 0] += 1e-6
    assert "fails" in text(check_page(replace(world, value_added_share=va)))


def test_check_page_with_deviations(world: World) -> None:
    items = ["goods exports", "value added"]
    source = {"IRN": [62300.0, 406600.0], "BLR": [25900.0, 0.0], "C03": [1000.0, 500.0]}
    held = {"IRN": [62200.0, 406600.0], "BLR": [26000.0, 1.0], "C03": [1100.0, 500.0]}
    deviations = {"items": items, "source": source, "world": held}
    shown = text(check_page(replace(world, meta={"deviations": deviations})))
    summary, watched = (
        line.split() for line in shown.splitlines() if line.startswith("goods exports")
    )
    # Median of 0.16, 0.39 and 10 %; the largest is C03's.
    assert summary[2] == "0.39"
    assert summary[-2:] == ["10.00", "C03"]
    assert watched[2:] == ["62.30", "-0.16", "25.90", "+0.39"]
    assert "RUS" not in shown
