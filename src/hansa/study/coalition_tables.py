"""Tables and facts of a senders' coalition; every column with its unit.

May import every room to the left. Pure functions from what was solved; harm and cost are positive
where there is a loss; money is in million USD of the baseline year.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from hansa.club import Game, Shapley, mask_of
from hansa.equilibrium.technology import HORIZONS
from hansa.policy.coalition import TEMPLATES
from hansa.study.coalition_scenarios import REFERENCES, CoalitionRun, References
from hansa.study.schema import Study
from hansa.study.tables import known, residual_row, share
from hansa.world.world import World

Array = np.ndarray

NEXT_COLUMNS = ("at", "candidate", "harm_musd", "cost_musd", "harm_per_cost", "best")


def coalition_tables(world: World, study: Study, run: CoalitionRun) -> dict[str, pd.DataFrame]:
    """Return all tables of a senders' coalition by name."""
    tables = {
        "coalition_references": references_table(world, run),
        "coalition_members": members_table(world, run),
        "coalition_burden": burden_table(world, run),
        "coalition_paths": paths_table(run),
        "coalition_joining": joining_table(world, run),
        "coalition_next": next_table(run),
    }
    if run.game is not None:
        tables["coalitions"] = all_table(run)
    if run.embargoes is not None:
        tables["coalition_embargoes"] = embargoes_table(run)
    if run.published:
        tables["coalition_published"] = pd.DataFrame([asdict(row) for row in run.published])
    return tables


def _places(run: CoalitionRun, codes: tuple[str, ...]) -> list[int]:
    return [run.columns.names.index(c) for c in codes]


def harm_of(run: CoalitionRun, case: References) -> Array:
    """Return the targets' joint loss in every reference scenario, (R,), million USD."""
    targets = _places(run, tuple(run.coalition.targets))
    loss = (case.welfare[0] - case.welfare) * run.columns.income
    return np.asarray(0.0 + loss[:, targets].sum(1))


def references_table(world: World, run: CoalitionRun) -> pd.DataFrame:
    """Return, for each strength and horizon, harm and cost in every reference scenario.

    One row for each target and one for all. ``cost_musd`` is that of the senders together.
    """
    targets, senders = tuple(run.coalition.targets), tuple(run.coalition.senders)
    rows = []
    for case in run.references:
        loss = 0.0 + (case.welfare[0] - case.welfare) * run.columns.income
        cost = loss[:, _places(run, senders)].sum(1)
        for k, name in enumerate(REFERENCES[: len(case.welfare)]):
            for who in (*targets, *(("all targets",) if len(targets) > 1 else ())):
                at = _places(run, targets if who == "all targets" else (who,))
                before = (case.welfare[0, at] * run.columns.income[at]).sum()
                harm = loss[k, at].sum()
                rows.append(
                    {
                        "strength": case.strength, "horizon": case.horizon, "scenario": name,
                        "target": who, "harm_musd": harm, "harm_pct": 100 * harm / before,
                        "cost_musd": cost[k], "solved": bool(case.solved[k]),
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def members_table(world: World, run: CoalitionRun) -> pd.DataFrame:
    """Return one row per player: its loss in the senders' coalition, and its part in the harm.

    A partner's row is what it bears while it stays outside, and if it joined alone.
    """
    case, senders = run.references[0], tuple(run.coalition.senders)
    at = _places(run, run.coalition.players)
    loss = 0.0 + (case.welfare[0] - case.welfare[1]) * run.columns.income
    frame = pd.DataFrame(
        {
            "player": run.coalition.players,
            "name": [called(world, p) for p in run.coalition.players],
            "part": ["sender" if p in senders else "partner" for p in run.coalition.players],
            "gdp_musd": run.columns.gdp[at],
            "cost_musd": loss[at],
            "cost_pct_gdp": 100 * loss[at] / run.columns.gdp[at],
        }
    )
    for level in ("low", "high"):
        frame[f"cost_{level}_pct_gdp"] = 100 * _loss_at(run, level)[at] / run.columns.gdp[at]
    if run.game is not None:
        shapley = harm_shapley(run.game, tuple(run.coalition.targets))
        frame["shapley_harm_musd"] = shapley.value
        own = run.game.among(senders)
        inside = harm_shapley(own, tuple(run.coalition.targets)).value
        frame["shapley_harm_of_senders_musd"] = [*inside, *[np.nan] * (len(at) - len(inside))]
        frontier = run.game.frontier(run.coalition.targets)
        alone = [mask_of(run.game.players, (p,)) for p in run.game.players]
        frame["harm_alone_musd"] = frontier.harm[alone]
        frame["cost_alone_musd"] = frontier.cost[alone]
    return frame


def _loss_at(run: CoalitionRun, strength: str) -> Array:
    """Return each column's loss in the senders' coalition at a strength, at the own horizon."""
    own = run.references[0].horizon
    case = next(r for r in run.references if (r.strength, r.horizon) == (strength, own))
    return np.asarray(0.0 + (case.welfare[0] - case.welfare[1]) * run.columns.income)


def harm_shapley(game: Game, targets: tuple[str, ...]) -> Shapley:
    """Return the Shapley value of the harm to the targets: each player's part in it."""
    harm = game.frontier(targets).harm
    return Game.from_values(game.players, np.where(game.solved, harm, np.nan)).shapley()


def burden_table(world: World, run: CoalitionRun) -> pd.DataFrame:
    """Return one row per state of the senders: its loss before and after equalising transfers.

    Groups have rows of their own, with the sums of their states'. Losses are shares of GDP;
    positive transfers are received.
    """
    b = run.burden
    at = _places(run, b.states)
    income, gdp = run.columns.income[at], run.columns.gdp[at]
    base = run.references[0].welfare[0, at]
    before, after = base * (1 - b.before) * income, base * (1 - b.after) * income
    player = {c: p for p in run.coalition.senders for c in run.rule.states[p]}
    rows = pd.DataFrame(
        {
            "player": [player[c] for c in b.states], "state": b.states,
            "name": [called(world, c) for c in b.states], "gdp_musd": gdp,
            "cost_musd": 0.0 + before, "transfer_musd": b.transfer, "after_musd": 0.0 + after,
        }
    )  # fmt: skip
    groups = [
        {
            "player": p, "state": p, "name": called(world, p),
            **{c: rows.loc[rows["player"] == p, c].sum(skipna=False) for c in rows.columns[3:]},
        }
        for p in run.coalition.senders if run.rule.states[p] != (p,)
    ]  # fmt: skip
    rows = pd.concat([rows, pd.DataFrame(groups)], ignore_index=True) if groups else rows
    rows["group"] = [r not in world.countries for r in rows["state"]]
    for what in ("cost", "transfer", "after"):
        rows[f"{what}_pct_gdp"] = 100 * rows[f"{what}_musd"] / rows["gdp_musd"]
    return rows


def paths_table(run: CoalitionRun) -> pd.DataFrame:
    """Return the paths, with the share of the harm that everyone's joining would do."""
    frame = pd.concat([p.to_frame() for p in run.paths], ignore_index=True)
    whole = harm_of(run, run.references[0])[2]
    frame["share_of_everyone_pct"] = 100 * frame["harm_musd"] / whole if whole > 0 else np.nan
    return frame


def next_table(run: CoalitionRun) -> pd.DataFrame:
    """Return what each further player would add: to the senders' coalition and along the paths.

    With more players than a table of all coalitions holds, only for the senders' own.
    """
    targets = run.coalition.targets
    if run.game is None:
        return pd.DataFrame(columns=list(NEXT_COLUMNS))
    steps = [(), *(s.coalition for s in run.paths[0].steps[:-1])]
    frames = []
    for club in dict.fromkeys([tuple(run.coalition.senders), *steps]):
        found = run.game.partners(targets, club)
        if found.candidate:
            frame = found.to_frame()
            frame.insert(0, "at", "+".join(club) or "(none)")
            frame["best"] = [str(found.verdict) if c == found.best else "" for c in frame.candidate]
            frames.append(frame)
    return (
        pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(NEXT_COLUMNS))
    )


def joining_table(world: World, run: CoalitionRun) -> pd.DataFrame:
    """Return what every economy without sanctions would add to the senders' coalition."""
    j = run.joining
    at = _places(run, j.economies)
    actual = harm_of(run, run.references[0])[1]
    frame = pd.DataFrame(
        {
            "economy": j.economies,
            "name": [called(world, c) for c in j.economies],
            "named": [c in run.coalition.partners for c in j.economies],
            "more_harm_musd": 0.0 + j.harm,
            "more_harm_pct": 100 * j.harm / actual if actual > 0 else np.nan,
            "more_cost_musd": 0.0 + j.cost,
            "own_cost_musd": 0.0 + j.own,
            "own_cost_pct_gdp": 100 * j.own / run.columns.gdp[at],
        }
    )
    return frame.sort_values("more_harm_musd", ascending=False, ignore_index=True)


def all_table(run: CoalitionRun) -> pd.DataFrame:
    """Return harm, cost, share and efficiency of every coalition."""
    assert run.game is not None
    whole = harm_of(run, run.references[0])[2]
    frontier = run.game.frontier(run.coalition.targets, float(whole) if whole > 0 else None)
    frame = frontier.to_frame()
    frame = frame.drop(columns="share_of_maximum")
    frame["share_of_everyone_pct"] = 100 * frontier.harm / whole if whole > 0 else np.nan
    actual = mask_of(run.game.players, run.coalition.senders)
    frame["actual"] = np.arange(len(frame)) == actual
    frame["solved"], frame["residual"] = run.game.solved, run.game.residual
    return frame


def embargoes_table(run: CoalitionRun) -> pd.DataFrame:
    """Return what the coalitions on the way do by their measures, and with all trade shut."""
    assert run.embargoes is not None
    rows = []
    for k, club in enumerate(run.on_the_way):
        inside = [p in club for p in run.coalition.players]
        rows.append(
            {
                "coalition": "+".join(club), "size": len(club),
                "harm_musd": 0.0 + run.embargoes.harm[k],
                "cost_musd": 0.0 + run.embargoes.loss[k, inside].sum(),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def coalition_residuals(run: CoalitionRun) -> pd.DataFrame:
    """Return the largest residual and the number of failures of every part."""
    rows = [
        residual_row(f"coalition, {c.strength}, {c.horizon} run", c.residual, c.solved)
        for c in run.references
    ]
    if run.game is not None:
        rows.append(residual_row("coalitions", run.game.residual, run.game.solved))
    return pd.DataFrame(rows)


def called(world: World, code: str) -> str:
    """Return a player's name; a group's is in words."""
    return "European Union" if code == "EU" else world.country_name(code)


# ---- facts ----------------------------------------------------------------------------------


def coalition_facts(
    world: World, study: Study, run: CoalitionRun, tables: dict[str, pd.DataFrame]
) -> dict[str, Any]:
    """Return the headline numbers of a coalition, ready for JSON; None where not known."""
    case, c = run.references[0], run.coalition
    harm = harm_of(run, case)
    targets = _places(run, tuple(c.targets))
    before = float((case.welfare[0, targets] * run.columns.income[targets]).sum())
    loss = (case.welfare[0] - case.welfare[1]) * run.columns.income
    cost = float(loss[_places(run, tuple(c.senders))].sum())
    gdp = float(run.columns.gdp[_places(run, tuple(c.senders))].sum())
    facts: dict[str, Any] = {
        "senders": list(c.senders),
        "partners": list(c.partners),
        "targets": list(c.targets),
        "names": {p: called(world, p) for p in (*c.players, *c.targets)},
        "states": sum(len(run.rule.states[p]) for p in c.senders),
        "measures": c.measures,
        "template": TEMPLATES.get(c.measures, f"the costs of {c.measures}"),
        "harm_musd": known(harm[1]),
        "harm_pct": known(100 * harm[1] / before),
        "cost_musd": known(cost),
        "cost_pct_gdp": known(100 * cost / gdp),
        "everyone_musd": known(harm[2]),
        "embargo_musd": known(harm[3]),
        "full_embargo_musd": known(harm[4]),
        "of_everyone_pct": share(harm[1], harm[2]),
        "of_embargo_pct": share(harm[1], harm[3]),
        "of_full_embargo_pct": share(harm[1], harm[4]),
        "everyone_of_full_embargo_pct": share(harm[2], harm[4]),
        "embargo_of_full_embargo_pct": share(harm[3], harm[4]),
        "coalitions": 0 if run.game is None else int(run.game.solved.size),
        "failed": 0 if run.game is None else int((~run.game.solved).sum()),
        "horizon": asdict(HORIZONS[study.horizon]),
        "by_case": [_case_facts(run, other) for other in run.references],
        "next": _next_facts(run, tables),
        "efficient": _efficient_facts(run),
        "equal": {
            "after_pct_gdp": known(_after_pct(run)),
            "largest_payment_musd": known(np.abs(run.burden.transfer).max()),
        },
    }
    return facts


def _after_pct(run: CoalitionRun) -> float:
    at = _places(run, run.burden.states)
    base = run.references[0].welfare[0, at] * run.columns.income[at]
    return float(100 * (base * (1 - run.burden.after)).sum() / run.columns.gdp[at].sum())


def _case_facts(run: CoalitionRun, case: References) -> dict[str, Any]:
    harm = harm_of(run, case)
    targets = _places(run, tuple(run.coalition.targets))
    before = float((case.welfare[0, targets] * run.columns.income[targets]).sum())
    loss = (case.welfare[0] - case.welfare[1]) * run.columns.income
    return {
        "strength": case.strength,
        "horizon": case.horizon,
        "harm_musd": known(harm[1]),
        "harm_pct": known(100 * harm[1] / before),
        "cost_musd": known(loss[_places(run, tuple(run.coalition.senders))].sum()),
        "of_everyone_pct": share(harm[1], harm[2]),
        "of_embargo_pct": share(harm[1], harm[3]),
        "of_full_embargo_pct": share(harm[1], harm[4]) if harm.size > 4 else None,
    }


def _next_facts(run: CoalitionRun, tables: dict[str, pd.DataFrame]) -> dict[str, Any] | None:
    """Return the best next partner, of all economies without sanctions."""
    table = tables["coalition_joining"]
    found = table[np.isfinite(table["more_harm_musd"])]
    if not len(found):
        return None
    first = found.iloc[0]
    return {
        "economy": str(first["economy"]),
        "name": str(first["name"]),
        "more_harm_musd": float(first["more_harm_musd"]),
        "more_harm_pct": known(first["more_harm_pct"]),
        "own_cost_musd": float(first["own_cost_musd"]),
        "own_cost_pct_gdp": known(first["own_cost_pct_gdp"]),
        "unknown": int(len(table) - len(found)),
        "economies": len(table),
    }


def _efficient_facts(run: CoalitionRun) -> dict[str, Any] | None:
    """Return whether the senders' coalition is efficient, and what dominates it."""
    if run.game is None:
        return None
    frontier = run.game.frontier(run.coalition.targets)
    row = mask_of(run.game.players, run.coalition.senders)
    harm, cost = frontier.harm, frontier.cost
    better = np.flatnonzero((harm >= harm[row]) & (cost <= cost[row]) & np.isfinite(harm))
    better = better[better != row]
    best = int(better[np.argmin(cost[better])]) if better.size else -1
    return {
        "actual": {1: "yes", 2: "tie", 3: "unknown", 4: "no"}[int(frontier.efficient[row])],
        "count": int((frontier.efficient == 1).sum()),
        "cheaper": "" if best < 0 else run.game.label(best),
        "cheaper_cost_musd": None if best < 0 else float(cost[best]),
        "cheaper_harm_musd": None if best < 0 else float(harm[best]),
    }
