"""Bands of a coalition in words: beside its numbers, and in sentences of their own.

May import ``hansa.study`` and its siblings. Losses are told as the changes they are, so that their
bands are turned; no band reads as nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from hansa.report.coalition_words import headline, the
from hansa.report.numbers import NARROW, counted, listed, loss_money, loss_percent, money, percent
from hansa.report.uncertain_words import share_of
from hansa.study.coalition_bands import ENDINGS, FACTS, JOINT, MONEY, OF_HARM, OF_INCOME, SHARES

__all__ = [
    "FACTS",
    "Key",
    "band_texts",
    "beside_a_club",
    "best_next",
    "scenario_bands",
    "share_in",
]

Facts = Mapping[str, Any]
Key = tuple[str, str, str]

#: Beginnings of the names of quantities that are told as changes: a loss of 5 as -5.
LOSSES = ("harm", "coalition_cost", "joining_cost")


def band_texts(table: pd.DataFrame | None) -> dict[Key, str]:
    """Return ``a to b`` for every band there is, by quantity, whose and unit."""
    if table is None:
        return {}
    found: dict[Key, str] = {}
    for row in table.to_dict("records"):
        low, high = float(row["low"]), float(row["high"])
        if not (math.isfinite(low) and math.isfinite(high)):
            continue
        what, who, unit = (str(row[k]) for k in ("quantity", "country", "unit"))
        found[what, who, unit] = _reach(low, high, unit, what)
    return found


def _reach(low: float, high: float, unit: str, what: str) -> str:
    loss = what.startswith(LOSSES)
    if what == "more_harm" and unit == MONEY:
        loss = True
    if loss:
        text = loss_money if unit == MONEY else loss_percent
        return f"{text(high)} to {text(low)}"
    plain = money if unit == MONEY else percent
    return f"{plain(low)} to {plain(high)}"


def scenario_bands(scenario: str, bands: Mapping[Key, str]) -> dict[str, str | None]:
    """Return the bands of one row of the table of shares: harm, percent, cost and shares."""
    ending = ENDINGS[scenario]
    share = {whole: name for name, part, whole in SHARES if part == scenario}
    return {
        "harm": bands.get((f"harm{ending}", JOINT, MONEY)),
        "percent": bands.get((f"harm{ending}", JOINT, OF_INCOME)),
        "cost": bands.get((f"coalition_cost{ending}", "senders", MONEY)),
        "of_everyone": bands.get((share.get("everyone", ""), JOINT, OF_HARM)),
        "of_all": bands.get((share.get("embargo of everyone", ""), JOINT, OF_HARM)),
    }


def share_in(facts: Facts) -> str:
    """Return the bands of the shares of the possible harm, or nothing without draws."""
    bands = facts["coalition"].get("over_draws", {}).get("bands", {})
    everyone, embargo = (_between(bands.get(k)) for k in ("of_everyone_pct", "of_embargo_pct"))
    parts = [f"the share of the harm by all countries lies between {everyone}"] if everyone else []
    if embargo:
        whose = "that" if parts else "the share"
        parts.append(f"{whose} of the harm of an embargo by the same senders between {embargo}")
    if not parts:
        return ""
    return f"In nine of ten draws of what is not sure {', '.join(parts)}."


def _between(band: Mapping[str, Any] | None) -> str:
    if not band or band["low"] is None or band["high"] is None:
        return ""
    return f"{percent(band['low'])} and {percent(band['high'])}"


def beside_a_club(facts: Facts) -> str:
    """Return the headline of the coalition where that of the page is of a club."""
    if "coalition" not in facts:
        return ""
    bands = facts["coalition"].get("over_draws", {}).get("bands", {})
    ends = _between(bands.get("of_everyone_pct")).replace(" and ", " to ")
    known = facts["coalition"]["of_everyone_pct"] is not None
    band = f" (90{NARROW}% band of the share: {ends})" if ends and known else ""
    return f"{headline(facts)}{band}."


def best_next(facts: Facts) -> str:
    """Return in how many draws which of the named partners would add most by joining."""
    c = facts["coalition"]
    over = c.get("over_draws", {})
    best = over.get("best_next_pct", {})
    if len(best) < 2 or not any(best.values()):
        return ""
    ranked = sorted(best, key=lambda p: -best[p])
    first, rest = ranked[0], [p for p in ranked[1:] if best[p] > 0]
    text = (
        f"Of the {counted(len(best), 'named partner')}, {the(c['names'][first])} is the best next "
        f"partner in {share_of(best[first])} of draws"
    )
    band = over.get("more_harm_pct", {}).get(first)
    if band and band["low"] is not None and band["high"] is not None:
        ends = f"{percent(band['low'])} to {percent(band['high'])}"
        text += f" (further harm, 90{NARROW}% band: {ends} of the senders')"
    if rest:
        others = [f"{the(c['names'][p])} in {share_of(best[p])}" for p in rest]
        text += f"; {listed(others, 12)}"
    return text + "."
