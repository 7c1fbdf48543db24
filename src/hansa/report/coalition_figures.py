"""Figures of a senders' coalition: harm against cost, burdens, who would add most.

May import ``hansa.study`` and its siblings. One message a figure; a source line under each.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hansa.report.charts import Row, ranked, tick_text, ticks
from hansa.report.numbers import percent, signed
from hansa.report.svg import Figure
from hansa.study import StudyResult

WIDTH, HEIGHT = 440.0, 350.0
LEFT, BOTTOM, TOP, RIGHT = 34.0, 306.0, 24.0, 428.0

STYLE = """
.cloud { stroke: #6b675f; stroke-width: 1.8; stroke-linecap: round; opacity: .35; fill: none; }
.front { stroke: #1f6f8b; stroke-width: 2; fill: none; }
.lead { stroke: #1c1b19; stroke-width: .8; }
"""


def coalition_figures(result: StudyResult, source: str) -> list[Figure]:
    """Return all figures of a finished study's coalition; `source` ends their source lines."""
    figures = [_burden(result, source), _joining(result, source)]
    if "coalitions" in result.tables:
        figures.insert(0, _frontier(result, source))
    return figures


def _frontier(result: StudyResult, source: str) -> Figure:
    """Return every coalition as a point, the efficient ones joined, some of them named."""
    table = result.tables["coalitions"]
    table = table[table["harm_musd"].notna() & table["cost_musd"].notna()]
    facts = result.facts["coalition"]
    billions = float(table[["harm_musd", "cost_musd"]].abs().max().max()) >= 2e3
    scale, unit = (1e3, "bn USD a year") if billions else (1.0, "m USD a year")
    harm, cost = table["harm_musd"] / scale, table["cost_musd"] / scale
    spoken = (
        f"{len(table)} coalitions by cost to their members and harm to the targets, {unit}; "
        f"the senders' has {harm[table['actual']].sum():.3g} at {cost[table['actual']].sum():.3g}."
    )
    what = "One point a coalition; line: no other does as much harm for less."
    figure = Figure(
        "frontier", "Harm against cost of every coalition", spoken, f"{what} {source}",
        WIDTH, HEIGHT,
    )  # fmt: skip
    figure.style = STYLE
    lowx, highx = min(0.0, float(cost.min())), max(float(cost.max()), 1e-9)
    lowy, highy = min(0.0, float(harm.min())), max(float(harm.max()), 1e-9)

    def x(value: float) -> float:
        return LEFT + (value - lowx) / (highx - lowx) * (RIGHT - LEFT)

    def y(value: float) -> float:
        return BOTTOM - (value - lowy) / (highy - lowy) * (BOTTOM - TOP)

    for tick in ticks(lowy, highy):
        figure.line(LEFT, y(tick), RIGHT, y(tick), "zero" if tick == 0 else "axis")
        figure.text(LEFT - 6, y(tick) + 4, tick_text(tick), "soft small", "end")
    for tick in ticks(lowx, highx, 6):
        figure.line(x(tick), TOP, x(tick), BOTTOM, "zero" if tick == 0 else "axis")
        figure.text(x(tick), BOTTOM + 15, tick_text(tick), "soft small", "middle")
    figure.text(RIGHT, BOTTOM + 34, f"cost to the coalition's members, {unit}", "soft small", "end")
    figure.text(2, 11, f"harm to {_named(facts, facts['targets'])}, {unit}", "soft small")
    spots = {(round(x(c)), round(y(h))) for c, h in zip(cost, harm, strict=True)}
    figure.cloud(sorted(spots), "cloud")
    best = table[table["efficient"] == "yes"].sort_values(["cost_musd", "harm_musd"])
    line = [
        (x(c / scale), y(h / scale))
        for c, h in zip(best["cost_musd"], best["harm_musd"], strict=True)
    ]
    if len(line) > 1:
        figure.path(line, "front")
    for mark in _marks(result):
        at = x(mark["cost"] / scale), y(mark["harm"] / scale)
        figure.dot(*at, 4.6, "loss" if mark["kind"] == "actual" else "gain", mark["hint"])
        if mark["kind"] == "actual":
            figure.dot(*at, 8, "ring", mark["hint"])
        # Points of interest lie near the upper edge of the cloud: words go right of and below it.
        right = at[0] > WIDTH * (0.82 if mark["kind"] == "actual" else 0.72)
        below = 20 if mark["kind"] == "actual" else 5
        figure.text(
            at[0] + (-12 if right else 12), at[1] + below, mark["label"], "strong",
            "end" if right else "start",
        )  # fmt: skip
    return figure


def _named(facts: dict[str, Any], codes: list[str]) -> str:
    return ", ".join(facts["names"][c] for c in codes)


def _marks(result: StudyResult) -> list[dict[str, Any]]:
    """Return the coalitions to be named: the senders, with the best partner, and with all."""
    facts = result.facts["coalition"]
    table = result.tables["coalitions"].set_index("coalition")[["harm_musd", "cost_musd"]]
    players = [*facts["senders"], *facts["partners"]]
    marks = [("actual", facts["senders"], "the senders")]
    nexts = result.tables["coalition_next"]
    nexts = nexts[(nexts["at"] == "+".join(facts["senders"])) & (nexts["best"].fillna("") != "")]
    for name in nexts["candidate"]:
        marks.append(("next", [*facts["senders"], name], f"with {facts['names'][name]}"))
    if len(facts["partners"]) > 1:
        marks.append(("all", players, f"with all {len(facts['partners'])} partners"))
    out = []
    for kind, club, label in marks:
        key = "+".join(p for p in players if p in club)
        harm, cost = (float(v) for v in table.loc[key].to_numpy(np.float64))
        if math.isfinite(harm) and math.isfinite(cost):
            out.append({"kind": kind, "harm": harm, "cost": cost, "label": label,
                        "hint": f"{label}: {key.replace('+', ', ')}"})  # fmt: skip
    return out


def _burden(result: StudyResult, source: str) -> Figure:
    """Return what each sender bears, per cent of its GDP; losses to the left."""
    table = result.tables["coalition_members"]
    own = table[table["part"] == "sender"].sort_values("cost_pct_gdp", ascending=False)
    rows = []
    for r in own.to_dict("records"):
        change = -float(r["cost_pct_gdp"])
        low, high = sorted((-float(r["cost_low_pct_gdp"]), -float(r["cost_high_pct_gdp"])))
        known = math.isfinite(low) and math.isfinite(high)
        rows.append(
            Row(
                str(r["name"]), change, signed(percent(change), change),
                low if known else None, high if known else None,
            )
        )  # fmt: skip
    what = "Change through the sanctions of all senders; lines: low and high strength."
    return ranked(
        "burden", "What the sanctions cost those who impose them", rows, "% of GDP",
        f"{what} {source}",
    )  # fmt: skip


def _joining(result: StudyResult, source: str) -> Figure:
    """Return the economies that would add most harm by joining."""
    table = result.tables["coalition_joining"]
    table = table[table["more_harm_pct"].notna()].head(10)
    rows = [
        Row(str(r["name"]), float(r["more_harm_pct"]),
            signed(percent(r["more_harm_pct"]), r["more_harm_pct"]))
        for r in table.to_dict("records")
    ]  # fmt: skip
    what = (
        f"Each alone, adopting {result.facts['coalition']['template']}. Economies whose measures "
        "are not in the registry (notes at the end) count as standing aside."
    )
    return ranked(
        "joining", "Who would add most harm by joining", rows, "% of the senders' harm",
        f"{what} {source}", dots=True,
    )  # fmt: skip
