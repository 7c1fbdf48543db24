"""What the page needs of a senders' coalition, and of the senders' answer: rows and sentences.

May import ``hansa.study`` and its siblings. It computes nothing that is not in tables and facts
but shares of two of their numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from hansa.report import answer_words, coalition_bands, coalition_words
from hansa.report.coalition_bands import Key, band_texts
from hansa.report.numbers import listed, loss_money
from hansa.report.rows import records
from hansa.study import StudyResult
from hansa.study.tables import share

#: How the reference scenarios are called.
SCENARIOS = {
    "actual": "The senders, as they do",
    "everyone": "All countries, with the same measures",
    "embargo": "The senders, an embargo",
    "embargo of everyone": "All countries, an embargo",
}
CRITERIA = {
    "harm": "Most further harm first:",
    "ratio": "Most further harm per dollar of further cost first:",
    "given": "By size of GDP:",
}
#: Bands beside an economy that joins: quantity and unit.
JOINING = {
    "harm_band": ("more_harm", "million USD"),
    "harm_pct_band": ("more_harm", "% of harm"),
    "own_band": ("joining_cost", "million USD"),
    "own_pct_band": ("joining_cost", "% of GDP"),
}
#: Subgame-perfect outcomes shown on the page.
SHOWN = 30


def coalition_context(result: StudyResult) -> dict[str, Any]:
    """Return rows and sentences of the chapter on those who impose."""
    facts, tables = result.facts, result.tables
    members = records(tables["coalition_members"])
    burden = records(tables["coalition_burden"])
    by_state = {b["state"]: b for b in burden}
    bands = band_texts(tables.get("bands"))
    for m in members:
        paid = by_state.get(m["player"], {}).get("transfer_musd")
        m["transfer_musd"] = paid if paid is not None and math.isfinite(paid) else None
        m["band"] = bands.get(("coalition_cost", m["player"], "million USD"))
        m["pct_band"] = bands.get(("coalition_cost", m["player"], "% of GDP"))
    joining = records(tables["coalition_joining"].head(25))
    for j in joining:
        for name, key in JOINING.items():
            j[name] = bands.get((key[0], j["economy"], key[1]))
    return {
        "words": _words(result, members),
        "players": listed([m["name"] for m in members], 40),
        "harm_range": _harm_range(facts),
        "shares": _share_rows(result, bands),
        "bands": {name: bands.get(key) for name, key in coalition_bands.FACTS.items()},
        "members": members,
        "shapley": "shapley_harm_musd" in tables["coalition_members"],
        "burden": burden,
        "joining": joining,
        "paths": _path_rows(tables["coalition_paths"], facts["coalition"]["names"]),
        "embargoes": _embargo_rows(result),
        "published": records(tables.get("coalition_published", pd.DataFrame())),
    }


def _words(result: StudyResult, members: list[dict[str, Any]]) -> dict[str, Any]:
    facts, tables = result.facts, result.tables
    return {
        "frontier": coalition_words.frontier(facts),
        "potential": coalition_words.potential(facts),
        "cases": coalition_words.cases(facts),
        "burden": coalition_words.burden(facts, members),
        "equalising": coalition_words.equalising(facts),
        "best_next": coalition_bands.best_next(facts),
        "share_in": coalition_bands.share_in(facts),
        "path": coalition_words.path(facts, records(tables["coalition_paths"])),
        "published": coalition_words.published(
            records(tables.get("coalition_published", pd.DataFrame()))
        ),
    }


def _harm_range(facts: Mapping[str, Any]) -> str:
    own = facts["study"]["horizon"]
    found = {
        c["strength"]: c["harm_musd"]
        for c in facts["coalition"]["by_case"] if c["horizon"] == own
    }  # fmt: skip
    low, high = found.get("low"), found.get("high")
    if low is None or high is None:
        return ""
    return f"{loss_money(low)} to {loss_money(high)}"


def _share_rows(result: StudyResult, bands: Mapping[Key, str]) -> list[dict[str, Any]]:
    """Return harm, cost and shares in the reference scenarios, the targets together, with bands."""
    facts = result.facts["coalition"]
    table = result.tables["coalition_references"]
    own = (table["strength"] == result.study.regime.strength) & (
        table["horizon"] == result.study.horizon
    )
    who = "all targets" if len(facts["targets"]) > 1 else facts["targets"][0]
    rows = table[own & (table["target"] == who)].set_index("scenario")

    harm = rows["harm_musd"]
    return [
        {
            "what": words, "harm": float(harm[name]), "percent": float(rows["harm_pct"][name]),
            "cost": float(rows["cost_musd"][name]),
            "of_everyone": share(harm[name], harm["everyone"]),
            "of_all": share(harm[name], harm["embargo of everyone"]),
            "bands": coalition_bands.scenario_bands(name, bands),
        }
        for name, words in SCENARIOS.items()
    ]  # fmt: skip


def _path_rows(paths: pd.DataFrame, names: Mapping[str, str]) -> list[dict[str, Any]]:
    rows = []
    for (start, criterion), part in paths.groupby(["start", "criterion"], sort=False):
        steps = [{**r, "name": names[str(r["joiner"])]} for r in records(part)]
        where = "From no coalition. " if start == "(none)" else "From the senders. "
        rows.append({"title": where + CRITERIA[str(criterion)], "steps": steps})
    return rows


def _embargo_rows(result: StudyResult) -> list[dict[str, Any]]:
    """Return embargoes beside measures, where both are known."""
    if "coalition_embargoes" not in result.tables:
        return []
    names, tables = result.facts["coalition"]["names"], result.tables
    held = "coalitions" if "coalitions" in tables else "coalition_paths"
    known = tables[held].drop_duplicates("coalition").set_index("coalition")
    rows = []
    for r in records(tables["coalition_embargoes"]):
        key = r["coalition"]
        harm, cost = (
            float(known.loc[key, c]) if key in known.index else math.nan
            for c in ("harm_musd", "cost_musd")
        )
        share = 100 * harm / r["harm_musd"] if r["harm_musd"] > 0 else math.nan
        rows.append(
            {
                **r, "name": listed([names[c] for c in key.split("+")], 20),
                "measures_harm": harm, "measures_cost": cost,
                "share": share if math.isfinite(share) else None,
            }
        )  # fmt: skip
    return rows


def answer_context(result: StudyResult, names: Mapping[str, str]) -> dict[str, Any]:
    """Return rows and sentences on the senders' answer beyond its breaking point."""
    facts, tables = result.facts, result.tables
    game = (facts.get("answer") or {}).get("game")
    equilibria = records(tables.get("answer_equilibria", pd.DataFrame()))

    def club(label: str) -> str:
        return "no club" if label in ("", "(none)") else (
            listed([names.get(c, c) for c in label.split("+")], 20)
        )  # fmt: skip

    for row in equilibria:
        row["named"] = club(row["club"])
        row["weight_to"] = row["weight_to"] if math.isfinite(row["weight_to"]) else None
    choices = [
        {**c, "named": "; ".join(club(q) for q in c["clubs"])}
        for c in (game["choices"] if game else ())
    ]
    return {
        "members": answer_words.members(facts, names),
        "robust": answer_words.robust(facts, names),
        "game": answer_words.game(facts, names),
        "choices": choices,
        "equilibria": equilibria[:SHOWN],
        "cut": len(equilibria) if len(equilibria) > SHOWN else 0,
    }
