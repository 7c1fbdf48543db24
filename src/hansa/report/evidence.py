"""The evidence page: published tables, backcasts, what costs rest on, what is a proxy.

May import ``hansa.policy``, ``hansa.study``, ``hansa.world`` and its siblings. It computes nothing:
scores and replications are those that ship (`hansa backcast`, `hansa replicate` make them anew).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from hansa.policy import effect_names, load_effects
from hansa.report.charts import Row, ranked
from hansa.report.numbers import NARROW, counted, digits, is_known, listed, percent, signed
from hansa.report.rows import records
from hansa.report.scatter import STYLE, Point, scatter
from hansa.report.svg import Figure
from hansa.study.backcasts import FORECASTS, Backcasts, shipped_backcasts, words
from hansa.study.backcasts.scores import LEAST_SHARE
from hansa.study.replications import shipped_replications
from hansa.world.load import load_world
from hansa.world.world import World

__all__ = [
    "FILE",
    "believe",
    "evidence_figures",
    "evidence_number",
    "evidence_skill",
    "write_evidence",
]

FILE = "evidence.html"
COUNTRIES = ("IRN", "RUS")
FLOWS = ("exports", "imports")
NAMES = {f.key: f.name for f in FORECASTS}
SCATTERED = {"model-sanctions": "sanctions alone", "model-both": "sanctions and growth"}
#: Skill below this is drawn at the edge of a chart.
FLOOR = -1.0
RECORD = {
    "IRN": "Recorded: UNCTADstat, exports f.o.b., 2005 and 2015.",
    "RUS": "Recorded: UN Comtrade, Russia as reporter (only scores are kept).",
}


def write_evidence(
    folder: str | Path,
    environment: jinja2.Environment,
    *,
    study: str = "",
    world: World | None = None,
    effects: str = "literature",
) -> Path:
    """Write ``evidence.html`` into a folder: one file that opens without a server or network.

    Parameters
    ----------
    folder : path
    environment : jinja2.Environment
        The report's: its templates, colours and filters.
    study : str
        Name of the study whose report links to the page, if any.
    world : World, optional
        Whose proxies are told; the embedded one by default.
    effects : str
        Whose costs of sanctions the scores shown first rest on.

    Returns
    -------
    Path
    """
    page = environment.get_template("evidence.html.j2").render(
        **_context(study, world or load_world(), effects)
    )
    path = Path(folder) / FILE
    path.write_text(page, encoding="utf-8")
    return path


def believe(effects: str = "literature") -> dict[str, Any]:
    """Return what the report says of the evidence: sentences and the link."""
    found = shipped_backcasts()
    shown = _scored(found, effects)
    scores = [
        (country, flow, _row(found, country, flow, words.MODEL, shown))
        for country in COUNTRIES
        for flow in FLOWS
    ]
    rows = [
        {
            "country": load_world().country_name(country), "flow": flow,
            "when": str(row["when"]).replace("-", "–"), "pearson": row["pearson"],
            "low": row["pearson_low"], "high": row["pearson_high"],
            "nothing": row["skill_nothing"], "gravity": row["skill_gravity"],
        }
        for country, flow, row in scores
    ]  # fmt: skip
    agreeing = shipped_replications()
    return {
        "file": FILE,
        "effects": shown,
        "rows": rows,
        "summary": words.summary([row for _, _, row in scores]),
        "agree": sum(r.agrees for r in agreeing),
        "compared": len(agreeing),
        "differ": [f"{r.source}: {r.note}" for r in agreeing if not r.agrees],
    }


def _scored(found: Backcasts, effects: str) -> str:
    """Return the evidence asked for if it has scores, else that of the literature."""
    return effects if effects in set(found.scores["effects"]) else "literature"


def _row(found: Backcasts, country: str, flow: str, forecast: str, effects: str) -> dict[str, Any]:
    return words.row_of(found, country, effects, by="partner", flow=flow, forecast=forecast)


def _context(study: str, world: World, effects: str) -> dict[str, Any]:
    found = shipped_backcasts()
    shown = _scored(found, effects)
    base = load_world()
    names = {c: base.country_name(c) for c in base.countries}
    figures = evidence_figures(found, names, shown)
    return {
        "study": study,
        "effects": shown,
        "published": _published(),
        "headline": believe(effects),
        "cases": [_case(found, country, names, shown) for country in COUNTRIES],
        "figures": {f.key: Markup(f.inline()) for f in figures},
        "sources": {f.key: f.source for f in figures},
        "titles": {f.key: f.title for f in figures},
        "style": Markup("\n".join(f"figure svg {line}" for line in STYLE.strip().splitlines())),
        "placebos": _placebo_rows(found, names, shown),
        "evidence": _evidence_rows(found),
        "bodies": _bodies(),
        "names": NAMES,
        "least": percent(100 * LEAST_SHARE),
        "proxies": _proxies(world),
        "counted": counted,
    }


# ---- figures --------------------------------------------------------------------------------


def evidence_figures(found: Backcasts, names: dict[str, str], effects: str) -> list[Figure]:
    """Return the figures of the page: scatters of Iran, skills of both."""
    figures = [
        _scatter(found, names, effects, forecast, flow) for forecast in SCATTERED for flow in FLOWS
    ]
    return figures + [
        _skills(found, names[country], country, effects, flow)
        for country in COUNTRIES
        for flow in FLOWS
    ]


def _scatter(
    found: Backcasts, names: dict[str, str], effects: str, forecast: str, flow: str
) -> Figure:
    p = found.points
    rows = p[
        (p["country"] == "IRN") & (p["by"] == "partner") & (p["goods"] == "all goods")
        & (p["forecast"] == forecast) & (p["flow"] == flow) & (p["effects"] == effects)
    ]  # fmt: skip
    kept = rows[
        (rows["before"] >= 100 * LEAST_SHARE) & (rows["actual"] > 0) & (rows["predicted"] > 0)
    ]
    points = [
        Point(names.get(str(u), str(u)), float(b), float(a), float(q))
        for u, b, a, q in zip(
            kept["unit"], kept["before"], kept["actual"], kept["predicted"], strict=True
        )
    ]
    gone = int(((rows["before"] >= 100 * LEAST_SHARE) & (rows["actual"] <= 0)).sum())
    source = f"{RECORD['IRN']} Size: share of 2005. Dashed: a perfect forecast."
    if gone:
        source += f" {gone} with no recorded trade in 2015 are left out."
    title = f"Iran's {flow} by partner, {SCATTERED[forecast]}"
    return scatter(f"scatter-{forecast}-{flow}", title, points, source)


def _skills(found: Backcasts, name: str, country: str, effects: str, flow: str) -> Figure:
    rows = []
    for forecast in FORECASTS:
        if forecast.key == "nothing":
            continue
        row = _row(found, country, flow, forecast.key, effects)
        value = row["skill_nothing"]
        bounds = [_clipped(row[f"skill_nothing_{edge}"]) for edge in ("low", "high")]
        rows.append(
            Row(
                label=_short(forecast.name),
                value=100 * max(value, FLOOR),
                shown=evidence_skill(value),
                low=bounds[0],
                high=bounds[1],
            )
        )
    title = f"{name}'s {flow}: error removed, against no change"
    return ranked(
        f"skill-{country}-{flow}", title, rows, "% of the squared error of “nothing changes”",
        f"{RECORD[country]} Line: 90 % of bootstrap draws over partners, cut at −100 %.",
    )  # fmt: skip


def _short(name: str) -> str:
    """Return the name of a forecast short enough for a chart."""
    method, knows = name.split(", ")
    return f"{method.replace('gravity', 'grav.')} {knows.replace('sanctions and growth', 'both')}"


def _clipped(value: float | None) -> float | None:
    if not is_known(value):
        return None
    return 100 * max(value, FLOOR)


# ---- rows of tables -------------------------------------------------------------------------


def _published() -> list[dict[str, Any]]:
    """Return the published numbers by source: quantities down, countries across."""
    groups: dict[str, dict[str, Any]] = {}
    for r in shipped_replications():
        group = groups.setdefault(r.source, {"source": r.source, "countries": [], "rows": {}})
        group["countries"] += [] if r.country in group["countries"] else [r.country]
        group["rows"].setdefault(r.quantity, []).append(r)
    return list(groups.values())


def _case(found: Backcasts, country: str, names: dict[str, str], effects: str) -> dict[str, Any]:
    own = found.of(country, effects)
    when = str(own["when"].iloc[0])
    pick = own[own["when"] == when]
    tables: list[dict[str, Any]] = []
    for flow in FLOWS:
        for by, goods, measure, label in (
            ("partner", "all goods", "log weighted", "by partner; log changes, weighted"),
            ("partner", "all goods", "log", "by partner; log changes, each partner alike"),
            ("partner", "all goods", "points", "by partner; percentage points"),
            (
                "partner",
                "without fuels",
                "log weighted",
                "without fuels, by partner; log, weighted",
            ),
            ("section", "all goods", "points", "by section; percentage points"),
        ):
            rows = pick[
                (pick["flow"] == flow) & (pick["by"] == by) & (pick["goods"] == goods)
                & (pick["measure"] == measure)
            ]  # fmt: skip
            caption = f"{flow.capitalize()}, {label}"
            tables.append({"caption": caption, "rows": records(rows), "main": len(tables) % 5 == 0})
    said = []
    for flow in FLOWS:
        said += words.said(found, country, flow, names, effects)
    return {
        "country": country,
        "name": names[country],
        "when": when.replace("-", "–"),
        "tables": tables,
        "sentences": [s for s in said if s],
        "years": _years(own, when),
    }


def _years(own: pd.DataFrame, first: str) -> list[dict[str, Any]]:
    """Return the scores of the model with sanctions alone for each later year by itself."""
    rows = own[
        (own["when"] != first) & (own["forecast"] == words.MODEL) & (own["by"] == "partner")
        & (own["measure"] == words.MEASURE) & (own["goods"] == words.GOOD)
    ]  # fmt: skip
    return records(rows)


def _placebo_rows(found: Backcasts, names: dict[str, str], effects: str) -> list[dict[str, Any]]:
    table = words.placebo_table(found, "IRN", effects)
    return [{**row, "name": names[str(row["country"])]} for row in records(table)]


def _evidence_rows(found: Backcasts) -> list[dict[str, Any]]:
    """Return how the model with sanctions alone scores by evidence and strength."""
    rows = []
    scored = [e for e in effect_names() if e in set(found.scores["effects"])]
    for country in COUNTRIES:
        for flow in FLOWS:
            for effects in scored:
                row: dict[str, Any] = {"country": country, "flow": flow, "effects": effects}
                for strength in ("low", "central", "high"):
                    one = found.of(
                        country, effects, strength, flow=flow, goods=words.GOOD, by="partner",
                        forecast=words.MODEL, measure=words.MEASURE,
                    ).iloc[0]  # fmt: skip
                    row |= {
                        f"{strength}_r": one["pearson"],
                        f"{strength}_skill": one["skill_nothing"],
                    }
                rows.append(row)
    return rows


def _bodies() -> list[dict[str, Any]]:
    """Return the classes' costs under every evidence there is; none if it is only one."""
    if len(effect_names()) < 2:
        return []
    tables = {name: load_effects(name).table() for name in effect_names()}
    return [
        {
            "strength": strength,
            "cells": [
                {
                    "central": percent(100 * float(t.loc[strength, "central"])),
                    "range": f"{digits(100 * float(t.loc[strength, 'low']))} to "
                    f"{percent(100 * float(t.loc[strength, 'high']))}",
                    "evidence": t.loc[strength, "evidence"],
                }
                for t in tables.values()
                if strength in t.index
            ],
            "names": list(tables),
        }
        for strength in tables["literature"].index
    ]  # fmt: skip


def _proxies(world: World) -> dict[str, Any]:
    """Return what stands in for what, of a world and of the world of 2005."""
    held = []
    for one in dict.fromkeys((world, load_world("world-2005"))):
        meta = one.meta
        other = [
            f"{name.replace('_', ' ')} ({facts['year']})"
            for name, facts in meta.get("sources", {}).items()
            if facts.get("year", one.year) != one.year
        ]
        held.append(
            {
                "name": one.name,
                "year": one.year,
                "economies": len(one.countries),
                "own_table": len(meta.get("own_table", ())),
                "other_years": listed(other, 20),
                "notes": list(meta.get("notes", ())),
                "sources": meta.get("sources", {}),
            }
        )
    return {"worlds": held}


def evidence_number(value: Any) -> str:
    """Return a score with two decimals, nothing where it is not defined."""
    if not is_known(value):
        return ""
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def evidence_skill(value: Any) -> str:
    """Return a skill in per cent with its sign, nothing where it is not defined."""
    if not is_known(value):
        return ""
    # Without the sign that a small number keeps when it is rounded to zero.
    whole = round(100 * value) + 0
    return signed(f"{whole}{NARROW}%".replace("-", "\N{MINUS SIGN}"), whole)
