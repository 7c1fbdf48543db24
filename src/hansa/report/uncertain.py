"""The chapter on uncertainty: its tables, its tornado figures, and the bands beside members.

May import ``hansa.study`` and its siblings; computes nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from hansa.report import uncertain_words as words
from hansa.report.charts import shortened
from hansa.report.figures import Figures, source_line
from hansa.report.numbers import money, percent
from hansa.report.svg import Figure
from hansa.report.tornado import Swing, tornado
from hansa.study import StudyResult
from hansa.study.coalition_bands import JOINT

BILLIONS = "bn USD a year"
#: Figures of the chapter: quantity, whose, title, divisor, unit.
TORNADOES = (
    ("wins_back", "candidates", "What moves the share of the cost won back", 1.0, "% of the cost"),
    ("share_of_everyone", JOINT, "What moves the share of the possible harm", 1.0, "% of it"),
    ("harm", JOINT, "What moves the harm to the targets", 1e3, BILLIONS),
    ("coalition_cost", "senders", "What moves the loss of the senders", 1e3, BILLIONS),
    ("cost_of_sanctions", "candidates", "What moves the effect on candidates", 1e3, BILLIONS),
    ("gain_from_club", "candidates", "What moves the gain from the club", 1e3, BILLIONS),
    ("breaking_cost", "candidates", "What moves the answer it withstands", 1.0, "% dearer trade"),
)
#: Assumptions below this share of the variance are not drawn, per cent.
SEEN = 0.5


def tornado_figures(result: StudyResult) -> list[Figure]:
    """Return the tornado of each headline quantity whose variance is divided."""
    held = {(d["quantity"], d["country"]): d for d in words.divided(result.facts)}
    return [
        _figure(result, held[quantity, who], title, divisor, unit)
        for quantity, who, title, divisor, unit in TORNADOES
        if (quantity, who) in held
    ]


def _figure(
    result: StudyResult, held: Mapping[str, Any], title: str, divisor: float, unit: str
) -> Figure:
    shown = [a for a in held["assumptions"] if a["share_pct"] >= SEEN]
    largest = max(abs(a[e]) for a in held["assumptions"] for e in ("low", "high"))
    if divisor > 1 and largest < 2 * divisor:
        divisor, unit = 1.0, "m USD a year"
    rows = [
        Swing(
            shortened(str(a["assumption"]).capitalize(), 44),
            a["low"] / divisor,
            a["high"] / divisor,
            percent(a["share_pct"]),
            f"{a['assumption']}: {_amount(a['low'], held)} to {_amount(a['high'], held)}, "
            f"{percent(a['share_pct'])} of the variance",
            a["inputs"] == 1,
        )
        for a in shown
    ]
    what = (
        "Bars: each assumption from its 5th to its 95th percentile, all others at their means; "
        "ring: its high end. Right: share of the variance (Shapley effect); not explained "
        f"{percent(max(held['unexplained_pct'], 0.0))}; {held['draws']} draws."
    )
    key = f"tornado-{held['quantity'].replace('_', '-')}"
    return tornado(key, title, rows, held["centre"] / divisor, unit, source_line(result, what))


def _amount(value: float, held: Mapping[str, Any]) -> str:
    return money(value) if held["unit"] == "million USD" else percent(value)


def uncertainty_context(
    result: StudyResult, figures: Figures, names: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the chapter's template and the bands beside other numbers need."""
    facts = result.facts
    u = facts.get("uncertainty")
    return {
        "drawn": words.drawn(facts),
        "matters": words.matters(facts),
        "stable_in": words.stable_in(facts),
        "best_in": words.best_in(facts, names),
        "breaks_in": words.breaks_in(facts),
        "solved": 0 if u is None else u["solved"],
        "bands": _band_rows(facts),
        "shares": _share_rows(facts),
        "tornadoes": [f.key for f in figures.tornadoes],
        "members": _member_bands(result.tables.get("bands_players")),
    }


def _band_rows(facts: Mapping[str, Any]) -> list[dict[str, str]]:
    named = words.QUANTITIES
    if not facts["study"]["candidates"]:
        named = named | words.OF_TARGETS
    imposed = facts.get("coalition", {}).get("over_draws", {}).get("bands", {})
    groups = [(named, facts["headline"].get("bands", {})), (words.COALITION, imposed)]
    return [
        {"name": name, **{k: words.amount(bands[q][k], bands[q]["unit"]) for k in ENDS}}
        for names, bands in groups
        for q, name in names.items()
        if q in bands and any(bands[q][k] is not None for k in ENDS)
    ]


ENDS = ("low", "median", "high")


def _share_rows(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return, for each question on the club of all, the share of draws by verdict."""
    u = facts.get("uncertainty") or {}
    rows = []
    for what, name in words.SHARES.items():
        full = u.get("full", {}).get(what)
        share = u.get("shares", {}).get(what)
        if share is None:
            continue
        verdicts = full or {"yes": share, "tie": 0.0, "unknown": 0.0, "no": 100 - share}
        rows.append({"name": name, **{v: words.share_of(s) for v, s in verdicts.items()}})
    return rows


def _member_bands(table: pd.DataFrame | None) -> dict[str, dict[str, str]]:
    """Return, for each member, its bands as text."""
    if table is None:
        return {}
    units = {
        "gain_musd": money, "gain_pct": percent, "shapley_musd": money, "wins_back_pct": percent,
    }  # fmt: skip
    found: dict[str, dict[str, str]] = {}
    for row in table.to_dict("records"):
        held = found.setdefault(str(row["country"]), {})
        for name, text in units.items():
            low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
            if low is None or high is None or pd.isna(low) or pd.isna(high):
                held[name] = "no band"
            else:
                held[name] = f"{text(float(low))} to {text(float(high))}"
    return found
