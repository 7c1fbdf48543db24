"""Facts of the corridor: the headline numbers, ready for JSON; None where not known.

May import every room to the left. The report writes its sentences from these. No paper.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd

from hansa.equilibrium.technology import HORIZONS
from hansa.study.corridor_routes import DATE, corridor, most
from hansa.study.corridor_scenarios import CorridorRun, in_region
from hansa.study.corridor_tables import ADDS, WORTH
from hansa.study.draw_runs import DrawTable
from hansa.study.schema import Study
from hansa.study.tables import known
from hansa.world.world import World

NUMBERS = ("gain_musd", "gain_pct", "slack_musd", "gain_low_musd", "gain_median_musd",
           "gain_high_musd")  # fmt: skip


def corridor_facts(
    world: World,
    study: Study,
    run: CorridorRun,
    tables: dict[str, pd.DataFrame],
    draws: DrawTable | None,
) -> dict[str, Any]:
    """Return the facts of the corridor."""
    asked = corridor(study)
    gains = tables["corridor_gains"]
    families = run.routes.network.settings["families"]
    routes = tables["corridor_routes"]
    calibration = tables["corridor_calibration"]
    done = tables["corridor_interventions"].drop_duplicates("id")
    estimate = run.routes.network.settings["estimate"]
    return {
        "on": (asked.on or study.regime.on).isoformat(),
        "level": asked.level,
        "horizon": asdict(HORIZONS[study.horizon]),
        "targets": [world.country_name(c) for c in study.subjects if c in world.countries],
        "oceans": {o: run.routes.network.tables.ocean[o]["name"] for o in asked.oceans},
        "branches": {b: families[b]["name"] for b in asked.branches},
        "most": most(asked),
        "region": {c: world.country_name(c) for c in in_region(world, study)},
        "gains": {
            f"{ocean}/{question}/{branch}": {
                str(r["country"]): {k: known(r[k]) for k in NUMBERS}
                for r in frame[frame["region"] | frame["country"].isin(["REGION", "ALL"])].to_dict(
                    "records"
                )
            }
            for (ocean, question, branch), frame in gains.groupby(
                ["ocean", "question", "branch"], sort=False
            )
        },
        "questions": {ADDS: "what it would add", WORTH: "what it is worth"},
        "investment_musd": known(done["investment_musd"].sum()),
        "investments_known": int(done["investment_musd"].notna().sum()),
        "interventions": len(done),
        "traffic": [
            {str(k): v if isinstance(v, str) else known(v) for k, v in r.items()}
            for r in tables["corridor_traffic"].to_dict("records")
        ],
        "published_teu": {"range": list(estimate["teu"]), "source": estimate["source"],
                          "of": list(estimate["of"]), "with": list(estimate["with"])},
        "routes": [
            _route_fact(routes[at & (routes["state"] == DATE)])
            for start, end in asked.routes
            for ocean in asked.oceans
            for at in [
                (routes["start"] == start) & (routes["end"] == end) & (routes["ocean"] == ocean)
            ]
        ],
        "calibration": {"sources": len(calibration), "met": int(calibration["meets"].sum())},
        "draws": 0 if draws is None else draws.number,
        "draws_solved": 0 if draws is None else int(draws.solved.size),
        "failed": int((~run.solved).sum()),
        "equilibria": int(run.solved.size),
    }  # fmt: skip


def _route_fact(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the best route of a pair, and the best over a branch where there is one."""

    def told(row: pd.Series) -> dict[str, Any]:
        return {
            "family": str(row["family"]), "days": float(row["days"]), "suez": bool(row["suez"]),
            "dollars": float(row["dollars"]), "cost": float(row["cost"]),
            "branch": str(row["branch"]), "stops": str(row["stops"]),
        }  # fmt: skip

    best = rows.sort_values("cost").iloc[0]
    over = rows[rows["branch"] != ""].sort_values("cost")
    return {
        "start": str(best["start"]), "end": str(best["end"]), "ocean": str(best["ocean"]),
        "best": told(best), "corridor": told(over.iloc[0]) if len(over) else None,
    }  # fmt: skip
