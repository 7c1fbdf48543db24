"""Sentences on how good the backcasts are and where they fail, by rule from the scores.

May import its siblings and ``hansa.world``. Nothing here is written by hand about one country: the
same rules make the sentences of every case.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from hansa.study.backcasts.case import GOODS
from hansa.study.backcasts.results import Backcasts, misses

__all__ = [
    "against_placebos",
    "growth_words",
    "most_missed",
    "placebo_table",
    "said",
    "summary",
    "verdict",
]

#: The measure and goods of the sentences, the same for every episode and forecast.
MEASURE, GOOD = "log weighted", GOODS[0]
MODEL = "model-sanctions"
#: A slope this far from one is worth a sentence.
TOO_LITTLE, TOO_MUCH = 1.25, 0.8


def row_of(found: Backcasts, country: str, effects: str, **where: str) -> dict[str, Any]:
    """Return one row of scores at central strength, of the first period of the country."""
    rows = found.of(country, effects, "central", goods=GOOD, measure=MEASURE, **where)
    return {str(k): v for k, v in rows.iloc[0].to_dict().items()}


def said(
    found: Backcasts,
    country: str,
    flow: str,
    names: dict[str, str],
    effects: str = "literature",
) -> list[str]:
    """Return all that is said of one flow of a country: what is right, and where it fails."""
    sentences = [
        verdict(found, country, flow, names, effects),
        growth_words(found, country, flow, effects),
        section_words(found, country, flow, effects),
        most_missed(found, country, flow, names, effects),
    ]
    if country == "IRN":
        sentences.append(against_placebos(found, country, flow, effects))
    return [s for s in sentences if s]


def verdict(
    found: Backcasts, country: str, flow: str, names: dict[str, str], effects: str = "literature"
) -> str:
    """Return whether the model with sanctions alone beats the naive forecasts of a flow."""
    row = row_of(found, country, effects, by="partner", flow=flow, forecast=MODEL)
    nothing, gravity = (_better(row[f"skill_{k}"]) for k in ("nothing", "gravity"))
    words = (
        f"With the changes of partners' shares in {names[country]}'s {flow} between "
        f"{_years(row['when'])} the model that knows the sanctions alone correlates "
        f"{_number(row['pearson'])}{_interval(row, 'pearson')}; its squared error is {nothing} "
        f"that of a forecast that nothing changes, and {gravity} that of gravity without general "
        "equilibrium."
    )
    slope = row["slope"]
    if math.isfinite(slope) and slope > TOO_LITTLE:
        words += f" What happened was {_number(slope)} times what it says: it moves too little."
    elif math.isfinite(slope) and 0 < slope < TOO_MUCH:
        words += f" What happened was {_number(slope)} times what it says: it moves too much."
    elif math.isfinite(slope) and slope <= 0:
        words += " What happened went the other way on the whole."
    return words


def summary(rows: Sequence[dict[str, Any]]) -> str:
    """Return in how many flows the model with sanctions alone beats the naive forecasts.

    Parameters
    ----------
    rows : sequence of dict
        Rows of scores, one a flow, see `row_of`.
    """
    nothing = sum(row["skill_nothing"] > 0 for row in rows)
    gravity = sum(row["skill_gravity"] > 0 for row in rows)
    little = sum((row["slope"] or 0.0) > TOO_LITTLE for row in rows)
    return (
        f"Asked who would trade with whom afterwards, it is nearer to what happened than a "
        f"forecast that nothing changes in {nothing} of {len(rows)} flows, and nearer than gravity "
        f"without general equilibrium in {gravity} of {len(rows)}; in {little} it moves too little."
    )


def growth_words(found: Backcasts, country: str, flow: str, effects: str = "literature") -> str:
    """Return what knowing the growth of every economy adds, and what sanctions add to growth."""
    alone, growth, both = (
        row_of(found, country, effects, by="partner", flow=flow, forecast=f"model-{k}")["rmse"]
        for k in ("sanctions", "growth", "both")
    )
    helped = "smaller" if both < alone else "larger"
    added = "helps" if both < growth else "does not help"
    return (
        f"For {flow}, knowing every economy's growth too makes the model's error {helped} "
        f"({_number(both)} against {_number(alone)} log points), and knowing the sanctions {added} "
        f"one that knows growth ({_number(both)} against {_number(growth)})."
    )


def section_words(found: Backcasts, country: str, flow: str, effects: str = "literature") -> str:
    """Return how the model does by section of trade."""
    rows = found.of(
        country, effects, "central", goods=GOOD, measure="points", by="section", flow=flow,
        forecast=MODEL,
    )  # fmt: skip
    row = rows.iloc[0]
    return (
        f"By section of {flow} ({int(row['units'])} of them) its squared error is "
        f"{_better(row['skill_nothing'])} that of a forecast that nothing changes."
    )


def most_missed(
    found: Backcasts, country: str, flow: str, names: dict[str, str], effects: str = "literature",
    forecast: str = MODEL,
) -> str:  # fmt: skip
    """Return the partners whose share a forecast misses most, or nothing."""
    table = _missed(found, country)
    if table.empty:
        return ""
    rows = table[
        (table["effects"] == effects) & (table["forecast"] == forecast) & (table["flow"] == flow)
        & (table["goods"] == GOOD)
    ]  # fmt: skip
    parts = []
    for said in ("too high", "too low"):
        who = [names.get(str(u), str(u)) for u in rows.loc[rows["said"] == said, "unit"]]
        parts += [f"{said} for {_listed(who)}"] if who else []
    return f"Missed most in {flow}: {'; '.join(parts)}." if parts else ""


def _missed(found: Backcasts, country: str) -> pd.DataFrame:
    own = found.points[found.points["country"] == country] if len(found.points) else found.points
    if len(own):
        return misses(own)
    held = pd.DataFrame(found.facts.get("misses", []))
    return held[held["country"] == country] if len(held) else held


def placebo_table(found: Backcasts, country: str, effects: str = "literature") -> pd.DataFrame:
    """Return, for a country and those never under sanctions, scores of the same forecasts.

    Returns
    -------
    DataFrame
        One row per country and flow: correlation and skill of the model with sanctions alone
        (of the placebos: the country's measures as if they were theirs), and with growth alone.
    """
    rows = []
    when = found.of(country, effects)["when"].iloc[0]
    s = found.scores[(found.scores["when"] == when) & (found.scores["effects"] == effects)]
    for code in [country, *sorted(set(s["country"]) - {country})]:
        for flow in ("exports", "imports"):
            row: dict[str, Any] = {"country": code, "flow": flow}
            for key in ("sanctions", "growth", "both"):
                one = row_of(found, code, effects, by="partner", flow=flow, forecast=f"model-{key}")
                row |= {f"{key}_pearson": one["pearson"], f"{key}_skill": one["skill_nothing"]}
            rows.append(row)
    return pd.DataFrame(rows)


def against_placebos(found: Backcasts, country: str, flow: str, effects: str = "literature") -> str:
    """Return how often the country's measures score as well where there were none."""
    table = placebo_table(found, country, effects)
    table = table[table["flow"] == flow].set_index("country")
    others = table.drop(index=country)
    if others.empty:
        return ""
    as_good = int((others["sanctions_skill"] >= table.loc[country, "sanctions_skill"]).sum())
    better = int((others["growth_skill"] > 0).sum())
    often = {0: "no case", 1: "one case"}.get(as_good, f"{as_good} cases")
    return (
        f"The same measures, put on the {flow} of {len(others)} countries of its size that were "
        f"never under sanctions, forecast theirs as well or better in {often}; growth alone beats "
        f"no change in {better} of them."
    )


def _better(skill: float | None) -> str:
    if skill is None or not math.isfinite(skill):
        return "not comparable with"
    if abs(skill) < 0.005:
        return "equal to"
    size = f"{100 * abs(skill):.0f} %"
    return f"{size} below" if skill > 0 else f"{size} above"


def _interval(row: dict[str, Any], name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if low is None or not math.isfinite(low):
        return ""
    return f" (90 % of bootstrap draws: {_number(low)} to {_number(high)})"


def _number(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "in no defined way"
    return f"{value:.2f}".replace("-", "−")


def _years(when: str) -> str:
    first, last = when.split(" to ") if " to " in when else when.split("-")
    return f"{first} and {last.replace('-', '–')}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
