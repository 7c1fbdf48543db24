"""One figure of a game: what each player gets, and what every club is worth.

May import its neighbours; matplotlib is imported only when a figure is asked for. No paper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hansa.club.shapley import shapley_value
from hansa.club.stability import club_stability
from hansa.club.subsets import club_sizes
from hansa.club.table import ClubTable
from hansa.club.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Told apart in grey and by the colour-blind.
GAIN, SHARE, CLUB, STABLE = "#9db4c8", "#1f5a85", "#7d8790", "#c8553d"


def game_figure(table: ClubTable, title: str = "") -> Figure:
    """Return a figure: gains and Shapley values of players; joint values of clubs by size.

    Parameters
    ----------
    table : ClubTable
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
        Not registered with pyplot; save it with ``.savefig``.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 4.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    known = table.joint_value[np.isfinite(table.joint_value)]
    unit, scale = _unit(float(np.abs(known).max()))
    _draw_players(left, table, unit, scale)
    _draw_clubs(right, table, unit, scale)
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    return figure


def _unit(largest: float) -> tuple[str, float]:
    """Return the unit in which numbers up to `largest` million USD read well, and its size."""
    if largest >= 2000:
        return "billion USD", 1e3
    if largest >= 2 or largest == 0:
        return "million USD", 1.0
    return "thousand USD", 1e-3


def _draw_players(axes: Axes, table: ClubTable, unit: str, scale: float) -> None:
    """Draw each player's gain in the club of all beside its Shapley value."""
    worth = shapley_value(table).value
    place = np.arange(table.m, dtype=np.float64)[::-1]
    if table.joint is None:
        own = table.ev[-1, table.position]
        axes.barh(place + 0.2, own / scale, 0.38, color=GAIN, label="gain in the club of all")
    axes.barh(place - 0.2, worth / scale, 0.38, color=SHARE, label="Shapley value")
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(place, table.players)
    axes.set_xlabel(f"equivalent variation, {unit}")
    if not np.isfinite(worth).any():
        axes.set_title("Shapley value unknown: not all clubs solved", fontsize=9, loc="left")
    axes.legend(frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_clubs(axes: Axes, table: ClubTable, unit: str, scale: float) -> None:
    """Draw every club's joint value by size; mark the best and those internally stable."""
    size, value = club_sizes(table.m), table.joint_value / scale
    known = np.isfinite(value)
    axes.scatter(size[known], value[known], s=14, color=CLUB, alpha=0.6, label="club")
    if table.joint is None:
        held = known & (club_stability(table).internal == Verdict.YES) & (size > 0)
        axes.scatter(size[held], value[held], s=22, color=STABLE, label="internally stable")
    best = int(np.nanargmax(value))
    axes.annotate(
        f"best: {table.label(best)}" if table.m <= 8 else f"best: {size[best]} members",
        (float(size[best]), float(value[best])),
        xytext=(0, 6),
        textcoords="offset points",
        fontsize=8,
        ha="right" if size[best] > table.m / 2 else "left",
    )
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_xticks(np.arange(table.m + 1))
    axes.set_xlabel("members")
    axes.set_ylabel(f"joint value v(S), {unit}")
    axes.margins(y=0.12)
    axes.legend(frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
