"""What the page needs of a corridor: rows, sentences and the maps of its routes.

May import ``hansa.corridor``, ``hansa.study`` and its siblings. Numbers are those of tables and
facts; the maps ask the network for the lines of the same routes.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from markupsafe import Markup

from hansa.corridor import load_network, route
from hansa.report import corridor_words as words
from hansa.report.numbers import digits
from hansa.report.routemap import route_map
from hansa.report.rows import records
from hansa.study import StudyResult
from hansa.study.corridor_routes import corridor

#: Rows of the table of links for each country.
LINKS = 5


def corridor_context(result: StudyResult) -> dict[str, Any]:
    """Return rows, sentences and maps of the chapter on the corridor."""
    facts, tables = result.facts, result.tables
    club = records(tables.get("corridor_club", pd.DataFrame()))
    links = records(tables["corridor_marginal"])
    return {
        "words": {
            "answer": words.answer(facts),
            "claim": words.claim(facts),
            "worth": words.worth(facts),
            "suez": words.suez(facts),
            "traffic": words.traffic(facts),
            "investment": words.investment(facts),
            "club": words.club(club, facts) if club else "",
            "marginal": words.marginal(links, facts),
            "calibration": words.calibration(facts),
            "drawn": words.drawn(facts),
        },
        "countries": _country_rows(result),
        "branches": _branch_rows(result),
        "trade": records(tables["corridor_trade"]),
        "traffic": records(tables["corridor_traffic"]),
        "routes": records(tables["corridor_routes"]),
        "club": _club_rows(result, club),
        "links": [r for r in links if r["country"] == "REGION"],
        "links_by": [
            r for r in links if r["rank"] <= LINKS and r["country"] not in ("REGION", "ALL")
        ],
        "interventions": records(tables["corridor_interventions"]),
        "calibration": _calibration_rows(tables["corridor_calibration"]),
        "maps": _maps(result),
        "top": _top(result),
    }


def _top(result: StudyResult) -> list[dict[str, str]]:
    """Return the three numbers of the first screen."""
    c = result.facts["corridor"]
    first = next(iter(c["oceans"]))
    rows = []
    for ocean in list(c["oceans"])[:2]:
        held = words.cell(c, ocean, "adds", c["most"], "REGION")
        name = f"a year: what completing it would add to the region, {c['oceans'][ocean]}"
        rows.append((held, name))
    held = words.cell(c, first, "worth", c["most"], "REGION")
    rows.append((held, "a year: what the branches are worth to the region as they are"))
    return [
        {
            "number": words.amount(h),
            "text": text + (f" (90 % band: {words.band(h)})" if words.band(h) else ""),
        }
        for h, text in rows
    ]


def _country_rows(result: StudyResult) -> list[dict[str, Any]]:
    """Return, for each country of the region and the sums, gains by ocean and question."""
    c = result.facts["corridor"]
    named = {**c["region"], "REGION": "The region", "ALL": "All countries"}
    rows = []
    for code, name in named.items():
        cells = [
            {**words.cell(c, ocean, q, c["most"], code),
             "shown": words.amount(words.cell(c, ocean, q, c["most"], code)),
             "band": words.band(words.cell(c, ocean, q, c["most"], code))}
            for q in ("adds", "worth")
            for ocean in c["oceans"]
        ]  # fmt: skip
        rows.append({"name": name, "code": code, "cells": cells})
    first = [r for r in rows if r["code"] not in ("REGION", "ALL")]
    first.sort(key=lambda r: -(r["cells"][0]["gain_musd"] or 0.0))
    return first + rows[-2:]


def _branch_rows(result: StudyResult) -> list[dict[str, Any]]:
    """Return gains of each country of the region by branch, ocean and question."""
    c = result.facts["corridor"]
    names = {**c["branches"], "together": "All together"}
    named = {**c["region"], "REGION": "The region", "ALL": "All countries"}
    rows = []
    for key in c["gains"]:
        ocean, question, branch = key.split("/")
        cells = [c["gains"][key][w] for w in named]
        rows.append(
            {
                "ocean": c["oceans"][ocean], "question": c["questions"][question],
                "branch": names[branch],
                "cells": [{**h, "shown": words.amount(h), "band": words.band(h)} for h in cells],
            }
        )  # fmt: skip
    return rows


def _club_rows(result: StudyResult, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    c = result.facts["corridor"]
    names = {**c["branches"], "together": "All together"}
    wanted = {*result.study.players, "IND", "AZE", "REGION", "ALL"}
    return [
        {**r, "ocean": c["oceans"][r["ocean"]], "branch": names[r["branch"]]}
        for r in rows
        if r["country"] in wanted
    ]


def _calibration_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    def span(row: dict[str, Any], name: str) -> str:
        low, high = row[f"published_{name}_low"], row[f"published_{name}_high"]
        if low != low:
            return "none"
        same = digits(low, 4) == digits(high, 4)
        return digits(low, 4) if same else f"{digits(low, 4)} to {digits(high, 4)}"

    return [
        {
            **r,
            **{
                f"{n}_ours": " · ".join(
                    digits(r[f"{n}_{k}"], s) for k in ("low", "central", "high")
                )
                for n, s in (("days", 2), ("dollars", 3))
            },
            **{f"{n}_theirs": span(r, n) for n in ("days", "dollars")},
        }
        for r in records(table)
    ]  # fmt: skip


def _maps(result: StudyResult) -> list[Markup]:
    """Return the map of each shown route, with its alternatives, on the network of the date."""
    asked, network = corridor(result.study), load_network()
    c = result.facts["corridor"]
    return [
        Markup(
            route_map(
                route(
                    start, end, on=c["on"], ocean=asked.oceans[0], level=asked.level,
                    alternatives=3, network=network,
                ),
                network, key=f"route-{k}",
            )
        )
        for k, (start, end) in enumerate(asked.routes)
    ]  # fmt: skip
