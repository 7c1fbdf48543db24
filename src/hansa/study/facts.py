"""Facts of a study: the headline numbers with unit, band, evidence and source; the provenance.

May import every room to the left. The report writes sentences from these and from the tables,
and computes nothing itself.
"""

from __future__ import annotations

from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from hansa.club import Game
from hansa.equilibrium.technology import HORIZONS
from hansa.policy import regime_notes
from hansa.study.answer_tables import answer_more_facts
from hansa.study.draw_facts import headline_bands
from hansa.study.scenarios import Detail, regime_shock, senders_of
from hansa.study.schema import Study, rules_of
from hansa.study.tables import known, targets_of
from hansa.world.world import EVIDENCE, World


def facts_of(
    study: Study,
    world: World,
    games: dict[str, Game],
    tables: dict[str, pd.DataFrame],
    detail: Detail | None,
    answered: dict[float, Game] | None = None,
) -> dict[str, Any]:
    """Return all facts of a study, ready for JSON; those of the club only where there is one."""
    facts: dict[str, Any] = {"study": study_facts(study)}
    if detail is not None:
        facts |= {
            "headline": headline(study, tables),
            "horizons": horizon_facts(tables["horizons"]),
            "stability": stability_facts(games["central"], tables),
            "answer": answer_facts(study, tables, answered or {}),
            "equalising": {
                "common_gain_pct": 100 * (detail.common_gain - 1),
                "largest_payment_musd": known(np.abs(detail.transfer).max()),
            },
        }
    else:
        facts["headline"] = cost_facts(study, tables)
    return facts | {
        "world": world_facts(world, study),
        "notes": list(
            regime_notes(
                world, study.regime.on, targets=study.regime.targets, effects=study.regime.effects
            )
        ),
        "shock": {
            "flows_changed": int(regime_shock(world, study).cost_cell.size),
            "senders": list(senders_of(world, study)),
        },
    }


def study_facts(study: Study) -> dict[str, Any]:
    """Return what was asked; what concerns the club only where there is one."""
    facts: dict[str, Any] = {
        "name": study.name,
        "title": study.title,
        "question": study.question,
        "on": study.regime.on.isoformat(),
        "strength": study.regime.strength,
        "effects": study.regime.effects,
        "subjects": list(study.subjects),
        "candidates": list(study.players),
    }
    if study.club is not None:
        facts |= {
            "all_sanctioned": set(study.players) <= targets_of(study),
            "nontariff_pct": 100 * study.measures.nontariff,
            "variants": {
                "central": 100 * study.measures.nontariff,
                **{v.name: 100 * v.measures.nontariff for v in study.variants},
            },
            "rules": {
                name: {
                    "capability": rule.capability,
                    "science": None if rule.science is None else rule.science.model_dump(),
                }
                for name, rule in rules_of(study).items()
            },
        }
    return facts | {
        "deficits": study.deficits,
        "horizon": study.horizon,
        "draws": study.draws.number,
        "seed": study.draws.seed,
    }


def cost_facts(study: Study, tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Return what the sanctions cost the subjects, senders and others together."""
    damage = tables["damage"]
    own = damage[damage["country"].isin(study.subjects)]
    central = damage[damage["strength"] == study.regime.strength]
    costs = {str(level): _sum(f["total_musd"]) for level, f in own.groupby("strength")}
    senders = central["role"] == "sender"
    rest = ~senders & ~central["country"].isin(study.subjects)
    facts = {
        "joint_cost_musd": costs[study.regime.strength],
        "joint_cost_by_strength_musd": costs,
        "joint_cost_since_musd": _sum(
            central.loc[central["country"].isin(study.subjects), "since_musd"]
        ),
        "senders_cost_musd": _sum(central.loc[senders, "total_musd"]),
        "others_cost_musd": _sum(central.loc[rest, "total_musd"]),
        "unit": "million USD of the baseline year",
        "evidence": "modelled",
    }
    return facts | _over_draws(tables)


def _over_draws(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Return how many draws were solved and the bands of the headline; nothing without bands."""
    if "bands" not in tables:
        return {}
    solved = int(tables["draws"]["solved"].sum())
    return {"draws_solved": solved, "bands": headline_bands(tables["bands"])}


def headline(study: Study, tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Return the candidates' joint cost of sanctions, gain from the club, and share won back."""
    damage = tables["damage"]
    central = damage[damage["strength"] == study.regime.strength]
    own = central["country"].isin(study.players)
    costs = {
        str(level): _sum(frame["total_musd"])
        for level, frame in damage[damage["role"] == "candidate"].groupby("strength")
    }
    members = tables["members"]
    gains = {str(v): _sum(frame["gain_musd"]) for v, frame in members.groupby("variant")}
    cost, since = costs[study.regime.strength], _sum(central.loc[own, "since_musd"])
    facts: dict[str, Any] = {
        "joint_cost_musd": cost,
        "joint_cost_by_strength_musd": costs,
        "joint_cost_since_musd": since,
        "senders_cost_musd": _sum(central.loc[central["role"] == "sender", "total_musd"]),
        "others_cost_musd": _sum(
            central.loc[central["role"].isin(["other", "aggregate", "target"]), "total_musd"]
        ),
        "joint_gain_musd": gains["central"],
        "joint_gain_by_variant_musd": gains,
        "wins_back_pct": _won(gains["central"], cost),
        "wins_back_since_pct": _won(gains["central"], since),
        "wins_back_by_variant_pct": {v: _won(g, cost) for v, g in gains.items()},
        "unit": "million USD of the baseline year",
        "evidence": "modelled",
    }
    return facts | _over_draws(tables)


def _sum(values: pd.Series) -> float | None:
    """Return a sum, or None if any part of it is not known."""
    total = float(values.sum(skipna=False))
    return known(total)


def _won(gain: float | None, cost: float | None) -> float | None:
    """Return the share of a cost (negative) that a gain makes up, per cent; None if none."""
    return -100 * gain / cost if gain is not None and cost is not None and cost < 0 else None


def horizon_facts(table: pd.DataFrame) -> dict[str, Any]:
    """Return, for each horizon, what it assumes, and the sums over candidates and senders."""
    facts: dict[str, Any] = {}
    for name, frame in table.groupby("horizon", sort=False):
        own, senders = (frame[frame["role"] == role] for role in ("candidate", "sender"))
        cost, gain = _sum(own["cost_musd"]), _sum(own["gain_musd"])
        facts[str(name)] = {
            **asdict(HORIZONS[str(name)]),
            "joint_cost_musd": cost,
            "joint_cost_since_musd": _sum(own["since_musd"]),
            "joint_gain_musd": gain,
            "wins_back_pct": _won(gain, cost),
            "senders_cost_musd": _sum(senders["cost_musd"]),
            "senders_gain_musd": _sum(senders["gain_musd"]),
        }
    return facts


def stability_facts(game: Game, tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Return the verdicts on the club of all and on the best club, and the stable clubs."""
    verdicts = game.stable()
    full = tuple(game.players)
    best = game.best().club
    return {
        "full_club": list(full),
        "full": _verdicts(verdicts, full),
        "best_club": list(best),
        "best": _verdicts(verdicts, best),
        "stable_clubs": ["+".join(c) for c in verdicts.clubs("stable") if len(c) > 1],
        "core": str(game.core().nonempty),
        "least_core_excess_musd": known(game.core().epsilon),
        "clubs": int(game.solved.size),
        "failed": int((~game.solved).sum()),
        "largest_residual": float(tables["residuals"]["largest_residual"].max()),
    }


def answer_facts(
    study: Study, tables: dict[str, pd.DataFrame], answered: dict[float, Game]
) -> dict[str, Any] | None:
    """Return when the senders' answer makes the club of all break, and each member's own point."""
    if study.answer is None:
        return None
    points = tables["breaking_points"].iloc[-1]
    gains = tables["answer"]
    grid = [0.0, *study.answer.intensities]
    own = {
        c: _first_zero(grid, gains.loc[gains["country"] == c, "gain_musd"].to_list())
        for c in study.players
    }
    return {
        "ave": study.answer.ave,
        "intensities": grid,
        "breaks": str(points["breaks"]),
        "breaking_point": known(points["breaking_point"]),
        "leaver": str(points["leaver"]),
        "gain_ends": own,
        **answer_more_facts(answered, tables),
    }


def _first_zero(grid: list[float], gains: list[float]) -> float | None:
    """Return where a gain first falls to zero, between grid points on a straight line."""
    solved = [(p, g) for p, g in zip(grid, gains, strict=True) if np.isfinite(g)]
    if not solved:
        return None
    grid, gains = [p for p, _ in solved], [g for _, g in solved]
    for (a, b), (x, y) in zip(pairwise(grid), pairwise(gains), strict=True):
        if x > 0 >= y:
            return a + (b - a) * x / (x - y)
    return 0.0 if gains[0] <= 0 else None


def _verdicts(verdicts: Any, club: tuple[str, ...]) -> dict[str, str]:
    kinds = ("stable", "internal", "external", "potential")
    return {kind: str(verdicts.verdict(club, kind)) for kind in kinds}


def world_facts(world: World, study: Study) -> dict[str, Any]:
    """Return what the report says of the world: sources, proxies, evidence, size."""
    abroad = world.expenditure / (1 + world.tariff)
    own = np.arange(len(world.countries))
    abroad[own, own] = 0.0
    share = [float(abroad[world.evidence == k].sum() / abroad.sum()) for k in range(len(EVIDENCE))]
    proxies = world.meta.get("proxies", {})
    return {
        "name": world.name,
        "year": world.year,
        "digest": world.digest,
        "economies": len(world.countries),
        "sectors": len(world.sectors),
        "aggregates": dict(world.meta.get("aggregates", {})),
        "trade_by_evidence_pct": {k: 100 * s for k, s in zip(EVIDENCE, share, strict=True)},
        "modelled_trade_pct": {
            c: 100 * float(world.modelled_share[world.country(c)]) for c in study.subjects
        },
        "proxies": {c: proxies[c] for c in study.subjects if c in proxies},
        "sources": world.meta.get("sources", {}),
    }
