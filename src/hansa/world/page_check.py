"""The check of a World: every identity with its size, and how far totals are from sources.

May import the World and its deviations. The identities are those of Caliendo & Parro (2015,
REStud 82, 1-44).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hansa.world.page_parts import by_evidence, short, table
from hansa.world.world import EVIDENCE, TOLERANCE, World

__all__ = ["Identity", "check_page", "identities"]

Array = np.ndarray

#: Countries whose deviations are printed item by item.
WATCHED = ("IRN", "BLR", "RUS")


@dataclass(frozen=True)
class Identity:
    """One identity of a World.

    Attributes
    ----------
    name : str
    size : float
        Largest violation, relative.
    where : str
        Country and sector of the largest violation; empty if it is the world's.
    """

    name: str
    size: float
    where: str

    @property
    def holds(self) -> bool:
        """Whether the size is within the World's tolerance; false for NaN."""
        return self.size <= TOLERANCE


def identities(world: World) -> tuple[Identity, ...]:
    """Return every identity a World must meet, with the size and place of its violation.

    Parameters
    ----------
    world : World

    Returns
    -------
    tuple of Identity
        Shares, signs, output, income, deficits, and the baseline as its own counterfactual.
    """
    cost = world.value_added_share + world.input_share.sum(axis=1)
    use = np.einsum("nkj,nj->nk", world.input_share, world.output)
    scale = np.maximum(world.spending, 1e-6 * world.spending.sum(axis=1, keepdims=True))
    negative = np.maximum(0.0, -np.minimum(world.expenditure, 0.0).min(axis=1))
    income = (world.spending - use).sum(axis=1) / world.income - 1
    surplus = (world.imports - world.exports).sum() / world.value_added.sum()
    # The model's own equations, all hats one: spending from income, output from spending.
    again = use + world.final_share * world.income[:, None]
    sold = np.einsum("nij,nj->ij", world.trade_share / (1 + world.tariff), again)
    clearing = (sold - world.output) / np.maximum(
        world.output, 1e-6 * world.output.sum(axis=1, keepdims=True)
    )
    return (
        _worst(world, "no flow is negative", negative / scale),
        _worst(world, "cost shares sum to one", cost - 1),
        _worst(world, "trade shares sum to one", world.trade_share.sum(axis=1) - 1),
        _worst(world, "final demand is not negative", np.minimum(world.spending - use, 0) / scale),
        _worst(world, "income equals final spending", income),
        Identity("deficits sum to zero", abs(float(surplus)), ""),
        _worst(world, "baseline is its own counterfactual", clearing),
    )


def check_page(world: World) -> RenderableType:
    """Return every identity with its size, and how far totals are from their sources.

    Parameters
    ----------
    world : World
        If it was built by Hansa it carries the deviations (see `hansa.world.deviations`).

    Returns
    -------
    rich renderable
    """
    shown = table(
        f"Identities of {world.name}, largest violation, relative", ("Identity",), ("Size",)
    )
    shown.add_column("Where", no_wrap=True)
    shown.add_column("")
    for identity in identities(world):
        verdict = "[green]holds[/green]" if identity.holds else "[red]fails[/red]"
        shown.add_row(identity.name, f"{identity.size:.1e}", Text(identity.where), verdict)
    net = world.expenditure / (1 + world.tariff)
    abroad = ~np.eye(len(world.countries), dtype=bool)
    shares = by_evidence(net[abroad], world.evidence[abroad])
    words = ", ".join(f"{s} {w}" for s, w in zip(shares, EVIDENCE, strict=True))
    summary = Text(
        f"\n{len(world.countries)} economies, {len(world.sectors)} sectors, "
        f"{int((world.expenditure > 0).sum()):,} flows above zero; tolerance {TOLERANCE:.0e}.\n"
        f"Foreign trade, by value: {words}.\nDigest {world.digest[:16]}."
    )
    parts: list[RenderableType] = [shown, summary, *_stand_ins(world)]
    if world.meta.get("deviations"):
        parts += [_summary(world), _watched(world)]
    return Group(*parts)


def _stand_ins(world: World) -> list[Text]:
    """Return what is not of the world's year but stands in for it, if anything is."""
    sources = world.meta.get("sources", {})
    other = [
        f"{name.replace('_', ' ')} ({facts['year']})"
        for name, facts in sources.items()
        if facts.get("year", world.year) != world.year
    ]
    return [Text(f"Tables of other years stand in for {', '.join(other)}.")] if other else []


def _summary(world: World) -> Table:
    """Return, by item, how far the world's totals are from their sources."""
    from hansa.world.deviations import summarise

    shown = table(
        "Deviations from sources above 100 million USD, absolute, %",
        ("Item",),
        ("Median", "Weighted", "Largest"),
    )
    shown.add_column("Where")
    for item, row in summarise(world).iterrows():
        sizes = (f"{100 * abs(row[k]):.2f}" for k in ("median", "weighted", "largest"))
        shown.add_row(short(str(item), 32), *sizes, str(row["where"]))
    shown.caption = "Weighted: sum of differences over sum of sources."
    shown.caption_justify = "left"
    return shown


def _watched(world: World) -> Table:
    """Return the deviations of the watched countries, item by item."""
    from hansa.world.deviations import deviations

    frame = deviations(world)
    codes = [c for c in WATCHED if c in set(frame["country"])]
    shown = table(
        f"{', '.join(codes)}: source, billion USD of {world.year}, and deviation of {world.name}",
        ("Item",),
        [name for c in codes for name in (c, "%")],
    )
    for item, part in frame.groupby("item", sort=False):
        found = part[["source", "relative"]].to_numpy(dtype=np.float64)
        held = dict(zip(part["country"], found.tolist(), strict=True))
        cells = [
            text
            for source, relative in (held[code] for code in codes)
            for text in (
                f"{source / 1e3:,.2f}",
                "" if np.isnan(relative) else f"{100 * relative:+.2f}",
            )
        ]
        shown.add_row(short(str(item), 22), *cells)
    return shown


def _worst(world: World, name: str, violation: Array) -> Identity:
    size = np.abs(violation)
    at = np.unravel_index(int(np.argmax(size)), size.shape)
    where = [world.countries[at[0]]] + ([world.sectors[at[1]]] if len(at) > 1 else [])
    return Identity(name, float(size[at]), " ".join(where) if size[at] > 0 else "")
