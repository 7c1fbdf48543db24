"""What the terminal shows of a World: a country's page, and the list of labels.

May import hansa.errors, the World and its sibling pages. Symbols are those of Caliendo & Parro
(2015, REStud 82, 1-44); money is in million current US dollars of the World's year.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from hansa.world.page_check import Identity, check_page, identities
from hansa.world.page_parts import (
    by_evidence,
    flows,
    largest,
    lines,
    mix,
    money,
    percent,
    sector,
    table,
    titled,
    units,
)
from hansa.world.world import EVIDENCE, World

__all__ = ["Identity", "check_page", "country_page", "identities", "world_page"]

#: Partners named in a cell, and partners listed.
NAMED, LISTED = 3, 8

#: Columns of the narrowest terminal the pages are made for.
WIDTH = 80


def country_page(world: World, code: str) -> RenderableType:
    """Return one country's page, for a terminal of 80 columns or more.

    Parameters
    ----------
    world : World
    code : str
        ISO3 code, or the code of an aggregate.

    Returns
    -------
    rich renderable
        Size, output and trade by sector, partners, what the numbers rest on.

    Raises
    ------
    DataError
        If the world has no such country; names the nearest.
    """
    n = world.country(code)
    return Group(
        _header(world, n),
        _sectors(world, n),
        _partners(world, n),
        _partners_by_sector(world, n),
        _evidence(world, n),
        Text(),
        _origins(world, code),
    )


def world_page(world: World) -> RenderableType:
    """Return the economies and sectors of a World, for a terminal.

    Parameters
    ----------
    world : World

    Returns
    -------
    rich renderable
        Sectors with theta and its standard error; codes and names of all economies.
    """
    sectors = table(
        f"{len(world.sectors)} sectors of {world.name}", ("Code", "Name"), ("theta", "s.e.")
    )
    rows = zip(world.sectors, world.trade_elasticity, world.trade_elasticity_se, strict=True)
    for code, theta, error in rows:
        shown = "" if np.isnan(error) else f"{error:.2f}"
        sectors.add_row(Text(code), sector(world, code, 38), f"{theta:.2f}", shown)
    names = [titled(world, code, 24) for code in world.countries]
    parts: list[RenderableType] = [
        sectors,
        Text(f"\n{len(world.countries)} economies", style="bold"),
        Columns(names, padding=(0, 2)),
    ]
    tree = Tree("\n[bold]Aggregates[/bold]", guide_style="dim")
    for code, members in world.meta.get("aggregates", {}).items():
        tree.add(Text(f"{titled(world, code, 40).plain}: {', '.join(members)}"))
    return Group(*parts, *([tree] if tree.children else []))


def _header(world: World, n: int) -> RenderableType:
    va, code = world.value_added, world.countries[n]
    exports, imports = world.exports[n].sum(), world.imports[n].sum()
    rank = int((va > va[n]).sum()) + 1
    place = f"rank {rank} of {va.size}, {percent(va[n] / va.sum())} of the world"
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim")
    facts.add_column(justify="right")
    facts.add_column(style="dim")
    for name, value, remark in (
        ("Value added", money(va[n]), place),
        ("Exports", money(exports), f"{percent(exports / va[n])} of value added"),
        ("Imports", money(imports), f"{percent(imports / va[n])} of value added"),
        ("Deficit", money(world.deficit[n]), "imports less exports; below zero: a surplus"),
        ("Openness", percent((exports + imports) / va[n]), "exports plus imports, of value added"),
        ("Tariff revenue", money(world.tariff_revenue[n]), "" if world.tariff.any() else
         "the table holds no tariffs"),
    ):  # fmt: skip
        facts.add_row(name, value, remark)
    body: list[RenderableType] = [facts]
    members = world.meta.get("aggregates", {}).get(code, ())
    if members:
        body.append(Text(f"An aggregate of {len(members)}: {', '.join(members)}", style="dim"))
    title = titled(world, code, 60)
    title.stylize("bold")
    return Panel(
        Group(*body), title=title, title_align="left", subtitle=Text(units(world)),
        subtitle_align="right", width=WIDTH,
    )  # fmt: skip


def _sectors(world: World, n: int) -> Table:
    shown = table(
        f"By sector, {units(world)}",
        ("Sector",),
        ("Output", "Value added", "Exports", "Imports", "Imported"),
    )
    output, spending = world.output[n], world.spending[n]
    va = world.value_added_share[n] * output
    abroad = spending - world.expenditure[n, n]
    money_columns = np.array([output, va, world.exports[n], world.imports[n]])
    imported = [percent(a / x) if x > 0 else "" for a, x in zip(abroad, spending, strict=True)]
    total = [money(x) for x in money_columns.sum(axis=1)]
    # Long sector names get what the numbers leave.
    least = (6, 11, 7, 7)  # the widths of the headings
    taken = sum(max(len(text), w) for text, w in zip(total, least, strict=True))
    room = WIDTH - taken - 18  # "Imported" and the gaps
    for j, code in enumerate(world.sectors):
        cells = [money(x) for x in money_columns[:, j]]
        shown.add_row(sector(world, code, room), *cells, imported[j])
    shown.add_section()
    shown.add_row("All", *total, percent(abroad.sum() / spending.sum()), style="bold")
    shown.caption = "Imported: share of the sector's spending that goes abroad, tariffs paid."
    shown.caption_justify = "left"
    return shown


def _partners(world: World, n: int) -> Table:
    shown = table(f"Partners, all sectors, {units(world)}")
    for side in ("Buyers of its exports", "Sellers of its imports"):
        shown.add_column(side, no_wrap=True)
        shown.add_column("", no_wrap=True, justify="right")
        shown.add_column("", no_wrap=True, justify="right")
    totals = [flow.sum(axis=1) for flow in flows(world, n)]
    for pair in zip(*(largest(total, LISTED) for total in totals), strict=True):
        cells: list[str | Text] = []
        for total, k in zip(totals, pair, strict=True):
            name = titled(world, world.countries[k], 22)
            some = total[k] > 0
            cells += [name, money(total[k]), percent(total[k] / total.sum())] if some else [""] * 3
        if any(cells):
            shown.add_row(*cells)
    return shown


def _partners_by_sector(world: World, n: int) -> Table:
    shown = table(
        "Largest partners by sector, share of the sector's exports or imports",
        ("Sector", "Sells to", "Buys from"),
    )
    sold, bought = flows(world, n)
    for j, code in enumerate(world.sectors):
        cells = [mix(world.countries, flow[:, j], NAMED) for flow in (sold, bought)]
        if any(cells):
            shown.add_row(sector(world, code, 26), *cells)
    return shown


def _evidence(world: World, n: int) -> Table:
    shown = table("What the flows rest on, share of value", ("",), EVIDENCE)
    net = world.expenditure / (1 + world.tariff)
    others = np.arange(len(world.countries)) != n
    for name, values, code in (
        ("Exports", net[others, n], world.evidence[others, n]),
        ("Imports", net[n, others], world.evidence[n, others]),
        ("Domestic sales", net[n, n], world.evidence[n, n]),
    ):
        shown.add_row(name, *by_evidence(values, code))
    return shown


def _origins(world: World, code: str) -> Tree:
    """Return where the country's numbers come from, as the table itself says."""
    tree = Tree("[bold]Sources[/bold]", guide_style="dim")
    proxies = world.meta.get("proxies", {}).get(code)
    if code in world.meta.get("own_table", ()):
        tree.add("Input coefficients: the country's own table")
    elif proxies:
        ranked = sorted(proxies.items(), key=lambda pair: -pair[1])
        parts = ", ".join(f"{c} {percent(w)}" for c, w in ranked)
        tree.add(Text(f"Input coefficients: none of its own; a mix of {parts}"))
    through = sum(world.meta.get("reexports", {}).get(code, {}).values())
    if through:
        tree.add(Text(f"Re-exports taken out of its exports: {money(through)} million USD"))
    for line in lines(world.meta.get("sources", ())):
        tree.add(Text(line))
    notes = world.meta.get("notes", ())
    for line in lines(notes.get(code, ()) if isinstance(notes, Mapping) else notes):
        tree.add(Text(line, style="italic"))
    if not tree.children:
        tree.add(Text("the table names none", style="dim"))
    return tree
