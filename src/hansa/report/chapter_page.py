"""What the page needs of the chapters on capability, friends, votes, science and reliability.

May import ``hansa.study`` and its siblings. Rows of tables and the leading sentence of each;
what supports a claim and what speaks against it are the rooms' own sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from hansa.report import chapter_words as words
from hansa.report.rows import records
from hansa.study import StudyResult

#: Million USD a year; less is not worth a word.
LEAST = 0.05
#: Short names of the chapters, for anchors and the table of contents.
TITLES = {
    "capability": "What members could supply one another",
    "friends": "Friends and enemies",
    "votes": "How they vote",
    "science": "With whom they do science",
    "reliability": "Who stayed",
}


def chapter_context(result: StudyResult, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return one entry for each chapter of a study, in the order asked for."""
    rows = {
        "capability": _capability,
        "friends": _friends,
        "votes": _votes,
        "science": _science,
        "reliability": _reliability,
    }
    found = []
    for key, facts in result.facts.get("chapters", {}).items():
        notes = [*facts["notes"]]
        if key == "friends":
            notes.append(words.bases(result.facts))
        found.append(
            {
                "key": key,
                "title": TITLES[key],
                "lead": words.LEADS[key](result, names),
                "supports": facts["supports"]["says"],
                "against": facts["against"]["says"],
                "notes": notes,
                "figures": _figures(key, result),
                **rows[key](result, names),
            }
        )
    return found


def _figures(key: str, result: StudyResult) -> list[str]:
    """Return the keys of a chapter's figures, as `chapter_figures` makes them."""
    if key == "reliability":
        table = result.tables["reliability_partners"]
        weight = table.groupby("member")["expected"].sum().sort_values(ascending=False)
        return [f"reliability-{str(code).lower()}" for code in weight.index[:3]]
    return {
        "capability": ["capability-fields", "capability-missing", "capability-complexity"],
        "friends": ["friends-club", "friends-network", "friends-heatmap"],
        "votes": ["votes-cohesion", "votes-paths"],
        "science": ["science-shares", "science-partners"],
    }[key]


def _named(table: pd.DataFrame, names: Mapping[str, str], *columns: str) -> list[dict[str, Any]]:
    rows = records(table)
    for row in rows:
        for column in columns:
            row[column] = names.get(str(row[column]), str(row[column]))
    return rows


def _capability(result: StudyResult, names: Mapping[str, str]) -> dict[str, Any]:
    tables, critical = result.tables, result.facts["chapters"]["capability"]["critical"]
    members = _named(tables["capability_coverage_members"], names)
    for row in members:
        row["critical"] = critical.get(row["member"])
        row["name"] = names.get(row["member"], row["member"])
    best = tables["capability_suppliers"]
    best = best[best["chapter"].isin(best["chapter"].unique()[:8])]
    return {
        "members": members,
        "outsiders": _named(tables["capability_outsiders"], names, "supplier"),
        "suppliers": _named(best, names, "supplier"),
        "buyer": words.largest_loser(result, names),
        "rules": words.rules(result.facts),
    }


def _friends(result: StudyResult, names: Mapping[str, str]) -> dict[str, Any]:
    table = result.tables["friends_country"]
    rows = []
    for code in result.study.players:
        own = table[table["member"] == code]
        sides = {
            side: [
                {"name": names.get(str(r["source"]), r["source"]), "dollars": r["dollars"]}
                for r in records(own[own["side"] == side].head(3))
                if abs(r["dollars"]) >= LEAST
            ]
            for side in ("friend", "enemy")
        }
        rows.append({"name": names.get(code, code), **sides})
    change = result.tables["friends_change"].head(12)
    return {"members": rows, "changes": _named(change, names, "country", "source")}


def _votes(result: StudyResult, names: Mapping[str, str]) -> dict[str, Any]:
    moved = _named(result.tables["votes_movement"], names)
    events = result.tables["votes_event"]
    for row in moved:
        own = events[events["country"] == row["country"]].set_index("event")
        row["name"] = names.get(row["country"], row["country"])
        for year in (2014, 2022):
            row[f"event_{year}"] = float(own.loc[year, "change"]) if year in own.index else None
            row[f"rank_{year}"] = float(own.loc[year, "rank"]) if year in own.index else None
    return {
        "members": moved,
        "regressions": records(result.tables["votes_exposure_and_votes"]),
        "follow": records(result.tables["votes_trade_and_votes"]),
    }


def _science(result: StudyResult, names: Mapping[str, str]) -> dict[str, Any]:
    events = result.tables["science_event"]
    chosen = events[(events["measure"] == "affinity") & events["group"].isin(["club", "senders"])]
    wide = []
    for (member, event), own in chosen.groupby(["member", "event"], sort=False):
        row: dict[str, Any] = {
            "name": names.get(str(member), str(member)),
            "event": int(str(event)),
        }
        row |= {str(r["group"]): r for r in records(own)}
        wide.append(row)
    lost = result.tables["science_decoupling"]
    return {
        "events": wide,
        "members": _named(
            lost[lost["side"] == "members"], {**names, "all": "All members"}, "country"
        ),
    }


def _reliability(result: StudyResult, names: Mapping[str, str]) -> dict[str, Any]:
    table = result.tables["reliability_groups"]
    rows = []
    for code in result.study.players:
        own = table[table["member"] == code].set_index("group")
        if len(own):
            groups = {str(g): float(own.loc[g, "ratio"]) for g in own.index}
            rows.append({"name": names.get(code, code), **groups})
    return {"members": rows, "groups": list(dict.fromkeys(table["group"]))}
