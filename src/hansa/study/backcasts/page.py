"""What the terminal shows of the backcasts: score tables, placebos, and where they fail.

May import ``hansa.world`` and its siblings.
"""

from __future__ import annotations

import math
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hansa.policy import effect_names
from hansa.study.backcasts import words
from hansa.study.backcasts.forecasts import FORECASTS
from hansa.study.backcasts.results import Backcasts
from hansa.world.load import load_world
from hansa.world.page_parts import table

__all__ = ["backcast_page"]

COLUMNS = ("n", "r", "rank", "sign", "RMSE", "slope", "R2", "skill", "/grav.")
FIELDS = (
    "units", "pearson", "spearman", "sign", "rmse", "slope", "r2", "skill_nothing",
    "skill_gravity",
)  # fmt: skip
NAMES = {f.key: f.name for f in FORECASTS}


def backcast_page(found: Backcasts, effects: str = "literature") -> RenderableType:
    """Return the scores of all backcasts that rest on one evidence, at central strength.

    Parameters
    ----------
    found : Backcasts
    effects : str
    """
    world = load_world("world-2015")
    names = {c: world.country_name(c) for c in world.countries}
    parts: list[RenderableType] = []
    for country in ("IRN", "RUS"):
        if country not in set(found.scores["country"]):
            continue
        parts += _country(found, country, names, effects)
    parts.append(_by_evidence(found))
    return Group(*parts)


def _country(
    found: Backcasts, country: str, names: dict[str, str], effects: str
) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(f"\n{names[country]}, effects: {effects}", style="bold")]
    own = found.of(country, effects)
    when = own["when"].iloc[0]
    for flow in ("exports", "imports"):
        for by, measure, goods in (
            ("partner", "log weighted", "all goods"), ("partner", "points", "all goods"),
            ("partner", "log weighted", "without fuels"), ("section", "points", "all goods"),
        ):  # fmt: skip
            rows = own[
                (own["flow"] == flow) & (own["by"] == by) & (own["measure"] == measure)
                & (own["goods"] == goods) & (own["when"] == when)
            ]  # fmt: skip
            title = f"{when}, {flow} by {by}, {goods}; {measure}"
            parts.append(_scores(title, rows.to_dict("records")))
    for flow in ("exports", "imports"):
        said = words.said(found, country, flow, names, effects)
        parts.append(Text("\n" + " ".join(said)))
    return parts


def _scores(title: str, rows: list[dict[Any, Any]]) -> Table:
    shown = table(title, ("Forecast",), COLUMNS)
    shown.padding = (0, 1, 0, 0)
    for column in shown.columns[1:]:
        column.no_wrap, column.overflow = True, "fold"
        column.min_width = 4
    for row in rows:
        cells = [str(row["units"]), *(_cell(row[f]) for f in FIELDS[1:])]
        shown.add_row(NAMES[row["forecast"]], *cells)
    return shown


def _by_evidence(found: Backcasts) -> Table:
    """Return the skill of the model with sanctions alone, by evidence and strength."""
    shown = table(
        "Model, sanctions: correlation and skill of log changes of shares, weighted",
        ("Country", "Flow", "Effects"),
        ("low: r", "skill", "central: r", "skill", "high: r", "skill"),
    )
    for country in ("IRN", "RUS"):
        for flow in ("exports", "imports"):
            for effects in effect_names():
                cells: list[str] = []
                for strength in ("low", "central", "high"):
                    rows = found.of(
                        country, effects, strength, flow=flow, goods=words.GOOD, by="partner",
                        forecast=words.MODEL, measure=words.MEASURE,
                    )  # fmt: skip
                    one: dict[Any, Any] = rows.iloc[0].to_dict() if len(rows) else {}
                    cells += [_cell(one.get("pearson")), _cell(one.get("skill_nothing"))]
                if any(cells):
                    shown.add_row(country, flow, effects, *cells)
    return shown


def _cell(value: Any) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.2f}"
