"""Pieces that the pages of a World share: tables, numbers as text, flows by partner.

May import the World only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from rich import box
from rich.table import Table
from rich.text import Text

from hansa.world.world import EVIDENCE, World

Array = np.ndarray


def table(title: str, left: Sequence[str] = (), right: Sequence[str] = ()) -> Table:
    """Return an empty table with columns of text, then columns of numbers."""
    made = Table(
        title=Text(f"\n{title}", style="bold"), title_justify="left", box=box.SIMPLE_HEAD,
        show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim",
    )  # fmt: skip
    for name in left:
        made.add_column(name, no_wrap=True)
    for name in right:
        made.add_column(name, no_wrap=True, justify="right")
    return made


def units(world: World) -> str:
    """Return what the numbers are, for a title."""
    return f"million USD of {world.year}, {world.name}"


def money(value: float) -> str:
    """Return millions as text."""
    return f"{value:,.0f}" if abs(value) >= 10 or value == 0 else f"{value:.2f}"


def percent(share: float) -> str:
    """Return a share as text, with a digit after the point where it is small."""
    return f"{100 * share:.0f} %" if abs(share) >= 0.0995 or share == 0 else f"{100 * share:.1f} %"


def short(text: str, width: int) -> str:
    """Return text cut to a width."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def titled(world: World, code: str, width: int) -> Text:
    """Return a country's code and name, or the code alone where it has no name."""
    name = world.country_name(code)
    return Text(code if name == code else short(f"{code} {name}", width), no_wrap=True)


def sector(world: World, code: str, width: int) -> Text:
    """Return a sector's name. As `Text`, for brackets in a name are not markup."""
    return Text(short(world.sector_name(code), width))


def flows(world: World, n: int) -> tuple[Float[Array, "n j"], Float[Array, "n j"]]:
    """Return what country n sells to and buys from each other by sector, net of tariffs."""
    sold = world.expenditure[:, n] / (1 + world.tariff[:, n])
    bought = world.expenditure[n] / (1 + world.tariff[n])
    sold[n] = bought[n] = 0.0
    return sold, bought


def largest(flow: Float[Array, " n"], count: int) -> list[int]:
    """Return the positions of the largest entries, largest first."""
    return [int(k) for k in np.argsort(-flow, kind="stable")[:count]]


def mix(countries: Sequence[str], flow: Float[Array, " n"], count: int) -> Text:
    """Return the largest partners and their shares as text; empty where nothing flows."""
    total = flow.sum()
    named = [k for k in largest(flow, count) if flow[k] > 0]
    return Text("  ".join(f"{countries[k]} {100 * flow[k] / total:2.0f}%" for k in named))


def by_evidence(values: Array, code: Array) -> list[str]:
    """Return, for each kind of evidence, its share of the values as text."""
    total = values.sum()
    return [
        percent(values[code == k].sum() / total) if total > 0 else "" for k in range(len(EVIDENCE))
    ]


def lines(said: Any) -> list[str]:
    """Return text, a list or a mapping of a table's own notes as lines."""
    if isinstance(said, str):
        return [said]
    if isinstance(said, Mapping):
        return [f"{str(key).replace('_', ' ')}: {_sentence(value)}" for key, value in said.items()]
    return [str(line) for line in said]


def _sentence(value: Any) -> str:
    """Return a source as text: as it is, or from its parts."""
    if not isinstance(value, Mapping):
        return str(value)
    first = "; ".join(str(value[k]) for k in ("source", "year", "evidence") if k in value)
    return f"{first}. {value.get('note', '')}".strip()
