"""Facts over draws: how many were solved, bands of the headline, shares of draws, what matters.

May import every room to the left. The report writes its chapter on uncertainty from these; a
number that is not known is None. No paper.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hansa.club import Verdict, labels
from hansa.study.draw_tables import STABLE, DrawBands, best_counts
from hansa.study.tables import known

#: Bands of the headline beside those of the candidates: name, quantity, whose.
OTHERS = (
    ("senders_cost", "cost_of_sanctions", "senders"),
    ("senders_gain", "gain_from_club", "senders"),
    ("others_cost", "cost_of_sanctions", "others"),
    ("others_gain", "gain_from_club", "others"),
)


def draw_facts(b: DrawBands, tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Return the facts over draws of a study, ready for JSON."""
    reasons = list(dict.fromkeys(b.draws.failed.values()))
    facts: dict[str, Any] = {
        "asked": b.draws.number,
        "solved": int(b.draws.solved.size),
        "failed": len(b.draws.failed),
        "reasons": reasons[:3],
        "needed": b.inputs[0].needed,
    }
    if not b.draws.solved.size:
        return facts
    facts["shares"] = b.shares
    facts["unsolved_clubs"] = int(b.draws.arrays.get("club.unsolved", np.zeros(1)).sum())
    facts["full"] = _full(b) if b.players else {}
    facts["best_club"] = _best(b)
    facts["tornado"] = tornado_facts(tables["tornado"])
    return facts


def headline_bands(bands: pd.DataFrame) -> dict[str, Any]:
    """Return the bands of the headline from the table of bands, by quantity.

    Those of a coalition are among its own facts.
    """
    joint = bands[bands["country"].isin(["candidates", "targets"])].set_index("quantity")
    found = {str(q): _band(row) for q, row in joint.iterrows()}
    for name, quantity, who in OTHERS:
        rows = bands[(bands["quantity"] == quantity) & (bands["country"] == who)]
        if len(rows):
            found[name] = _band(rows.iloc[0])
    return found


def _band(row: pd.Series) -> dict[str, Any]:
    return {key: known(row[key]) for key in ("low", "median", "high")} | {"unit": row["unit"]}


def _full(b: DrawBands) -> dict[str, dict[str, float]]:
    """Return the share of draws by verdict on the club of all, for each kind, per cent."""
    d = b.draws
    codes = d["club.few"].T if b.bands is None else d["club.verdict"][:, :, -1].T
    kinds = dict(zip(STABLE, codes, strict=True))
    if b.bands is not None:
        kinds["core_nonempty"] = d["club.core"]
    return {
        name: {str(v): 100 * float((of == v).mean()) for v in Verdict}
        for name, of in kinds.items()
    }  # fmt: skip


def _best(b: DrawBands) -> dict[str, Any] | None:
    """Return the club that has the greatest joint gain in most draws."""
    if b.bands is None:
        return None
    counts = best_counts(b.bands)
    at = int(counts.argmax())
    return {
        "club": labels(b.players)[at].split("+"),
        "share_pct": 100 * float(counts[at]) / b.bands.draws,
        "full_pct": 100 * float(counts[-1]) / b.bands.draws,
    }


def tornado_facts(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return, for each quantity whose variance is divided, its assumptions, largest share first."""
    found = []
    for (what, who, unit), rows in table.groupby(["quantity", "country", "unit"], sort=False):
        named = rows[rows["assumption"] != "not explained"]
        columns = [
            "assumption",
            "share_pct",
            "share_low_pct",
            "share_high_pct",
            "low",
            "high",
            "inputs",
        ]
        found.append(
            {
                "quantity": what,
                "country": who,
                "unit": unit,
                "centre": float(rows["centre"].iloc[0]),
                "draws": int(rows["draws"].iloc[0]),
                "unexplained_pct": float(rows["share_pct"].iloc[-1]),
                "assumptions": [
                    {str(k): v for k, v in row.items()} for row in named[columns].to_dict("records")
                ],
            }
        )
    return found
