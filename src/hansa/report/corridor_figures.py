"""The figures of the corridor: gains by country with bands, and what is worth most.

May import ``hansa.study`` and its siblings. One message a figure; a source line under each.
"""

from __future__ import annotations

import math

from hansa.report.charts import Row, ranked
from hansa.report.numbers import NARROW, money, signed
from hansa.report.svg import Figure
from hansa.study import StudyResult

UNIT = "m USD a year"
ENDS = ("gain_low_musd", "gain_high_musd")
#: Bars of the figure of links.
SHOWN = 12


def corridor_figures(result: StudyResult, source: str) -> list[Figure]:
    """Return one figure of gains for each ocean, what the corridor is worth, and the links."""
    c = result.facts["corridor"]
    figures = [
        _gains(result, source, ocean, "adds", f"What completing it adds: {name}")
        for ocean, name in c["oceans"].items()
    ]
    first = next(iter(c["oceans"]))
    figures.append(_gains(result, source, first, "worth", "What it is worth as it is"))
    if len(result.tables["corridor_marginal"]):
        figures.append(_links(result, source))
    return figures


def _gains(result: StudyResult, source: str, ocean: str, question: str, title: str) -> Figure:
    table = result.tables["corridor_gains"]
    at = (table["ocean"] == ocean) & (table["question"] == question) & table["region"]
    held = table[at & (table["branch"] == result.facts["corridor"]["most"])]
    held = held.sort_values("gain_musd", ascending=False)
    rows = [
        Row(
            str(r["name"]), float(r["gain_musd"]), _shown(r["gain_musd"]),
            *(None if math.isnan(r[k]) else float(r[k]) for k in ENDS),
        )
        for r in held.to_dict("records")
    ]  # fmt: skip
    banded = bool(held["gain_low_musd"].notna().any())
    what = "All branches together." if len(result.facts["corridor"]["branches"]) > 1 else ""
    what += " Lines: 5th to 95th percentile of draws." if banded else ""
    return ranked(f"corridor-{question}-{ocean}", title, rows, UNIT, f"{what} {source}".strip())


def _links(result: StudyResult, source: str) -> Figure:
    table = result.tables["corridor_marginal"]
    held = table[table["country"] == "REGION"].sort_values("rank").head(SHOWN)
    rows = [
        Row(str(r["piece"]), float(r["gain_musd"]), _shown(r["gain_musd"]))
        for r in held.to_dict("records")
    ]
    return ranked(
        "corridor-links", "One per cent less cost and time, by link and border", rows, UNIT,
        f"To the region; network of the date. {source}",
    )  # fmt: skip


def _shown(value: float) -> str:
    return signed(money(value), value).removesuffix(f"{NARROW}USD")
