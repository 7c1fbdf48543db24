"""Tables of a study: what a reader gets as Parquet and CSV, every column with its unit.

May import every room to the left. Pure functions from solved scenarios to data frames; money is
in million USD of the baseline year, percentages are per cent.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from hansa.club import Game, breaking_points
from hansa.policy import active
from hansa.study.scenarios import LEVELS, AtHorizons, Damage, Detail, senders_of
from hansa.study.schema import Study
from hansa.world.world import World

Array = np.ndarray


def roles(world: World, study: Study) -> pd.Series:
    """Return each country's part in the study: candidate, target, sender, other, aggregate."""
    series = pd.Series("other", index=pd.Index(world.countries, name="country"), name="role")
    series[[a for a in world.meta.get("aggregates", {}) if a in series.index]] = "aggregate"
    # Who answers sanctions with its own makes a sender a target too; a sender it stays here.
    series[sorted(targets_of(study) & set(world.countries))] = "target"
    series[list(senders_of(world, study))] = "sender"
    series[list(study.players)] = "candidate"
    return series


def targets_of(study: Study) -> set[str]:
    """Return the targets of the measures in force on the study's date that it counts."""
    found = set(active(study.regime.on)["target"])
    return found if study.regime.targets is None else found & set(study.regime.targets)


def damage_table(world: World, income: Array, study: Study, d: Damage) -> pd.DataFrame:
    """Return, for each country and strength, what the sanctions cost it.

    Per cent are of real income in the world compared with; money is the equivalent variation, the
    difference of W hats times baseline income, so the two differ where the difference is large.
    ``total`` compares with a world without any sanctions; ``since`` with the baseline year,
    whose trade already carries the sanctions of that time.
    """
    role = roles(world, study)
    frames = []
    for k, level in enumerate(LEVELS):
        total = d.regime[k] / d.without[k] - 1
        frames.append(
            pd.DataFrame(
                {
                    "strength": level,
                    "country": world.countries,
                    "name": [world.country_name(c) for c in world.countries],
                    "role": role.to_numpy(),
                    "income_musd": income,
                    "total_pct": 100 * total,
                    "total_musd": (d.regime[k] - d.without[k]) * income,
                    "since_pct": 100 * (d.regime[k] - 1),
                    "since_musd": (d.regime[k] - 1) * income,
                    "real_wage_pct": 100 * (d.real_wage[k] - 1),
                    "exports_pct": 100 * (d.exports[k] - 1),
                    "imports_pct": 100 * (d.imports[k] - 1),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def clubs_table(games: dict[str, Game]) -> pd.DataFrame:
    """Return one row per variant and club: value, verdicts, residual."""
    frames = []
    for variant, game in games.items():
        frame = game.stable().to_frame()
        frame.insert(0, "variant", variant)
        frame.insert(3, "value_musd", game.value().value)
        frame["solved"] = game.solved
        frame["residual"] = game.residual
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def payoffs_table(games: dict[str, Game]) -> pd.DataFrame:
    """Return each candidate's gain in every club, whether it is in or out."""
    frames = []
    for variant, game in games.items():
        clubs = game.stable().to_frame()["club"]
        at = [game.countries.index(p) for p in game.players]
        for k, player in enumerate(game.players):
            inside = (np.arange(game.solved.size) >> k & 1).astype(bool)
            frames.append(
                pd.DataFrame(
                    {
                        "variant": variant,
                        "club": clubs,
                        "country": player,
                        "member": inside,
                        "gain_musd": game.ev[:, at[k]],
                        "gain_pct": 100 * (game.welfare[:, at[k]] / game.welfare[0, at[k]] - 1),
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def members_table(
    games: dict[str, Game], damage: pd.DataFrame, study: Study, detail: Detail
) -> pd.DataFrame:
    """Return, for each variant and candidate, what the club of all is worth to it.

    ``wins_back_pct`` is the gain from the club of all over the cost of sanctions (per cent of
    it); empty where sanctions cost the country nothing.
    """
    cost = damage[damage["strength"] == study.regime.strength].set_index("country")["total_musd"]
    frames = []
    for variant, game in games.items():
        everyone = game.solved.size - 1
        at = [game.countries.index(p) for p in game.players]
        best = game.best()
        gain = game.ev[everyone, at]
        own_cost = cost.loc[list(game.players)].to_numpy()
        frame = pd.DataFrame(
            {
                "variant": variant,
                "country": game.players,
                "gain_musd": gain,
                "gain_pct": 100 * (game.welfare[everyone, at] / game.welfare[0, at] - 1),
                "cost_of_sanctions_musd": own_cost,
                "wins_back_pct": np.where(own_cost < 0, -100 * gain / own_cost, np.nan),
                "shapley_musd": game.shapley().value,
                "nucleolus_musd": game.nucleolus().value,
                "gain_by_leaving_musd": game.temptation(game.players).gain,
                "best_club": ["+".join(best.own_club(p)) for p in game.players],
                "gain_in_best_club_musd": best.own_ev,
            }
        )
        if variant == "central":
            frame["equalising_transfer_musd"] = detail.transfer
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def horizons_table(world: World, income: Array, study: Study, at: AtHorizons) -> pd.DataFrame:
    """Return, for each horizon and country, cost of sanctions, gain from the club of all, share.

    Definitions are those of the tables ``damage`` (cost, since) and ``members`` (gain, share);
    empty where an equilibrium was not solved.
    """
    names = [world.country_name(c) for c in world.countries]
    role = roles(world, study).to_numpy()
    frames = []
    for horizon, (without, regime, club) in zip(at.horizons, at.welfare, strict=True):
        cost, gain = (regime - without) * income, (club - regime) * income
        frames.append(
            pd.DataFrame(
                {
                    "horizon": horizon,
                    "country": world.countries,
                    "name": names,
                    "role": role,
                    "cost_pct": 100 * (regime / without - 1),
                    "cost_musd": cost,
                    "since_pct": 100 * (regime - 1),
                    "since_musd": (regime - 1) * income,
                    "gain_pct": 100 * (club / regime - 1),
                    "gain_musd": gain,
                    "wins_back_pct": share_won(gain, cost),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def answer_tables(games: dict[float, Game]) -> dict[str, pd.DataFrame]:
    """Return the senders' answer: gains in the club of all by intensity, and breaking points."""
    if not games:
        return {}
    frames = []
    for p, game in games.items():
        at = [game.countries.index(c) for c in game.players]
        leaving = game.temptation(game.players)
        frames.append(
            pd.DataFrame(
                {
                    "intensity": p,
                    "country": game.players,
                    "gain_musd": game.ev[-1, at],
                    "gain_pct": 100 * (game.welfare[-1, at] / game.welfare[0, at] - 1),
                    "gain_by_leaving_musd": leaving.gain,
                }
            )
        )
    points = breaking_points(list(games.values()), games)
    return {"answer": pd.concat(frames, ignore_index=True), "breaking_points": points.to_frame()}


def trade_table(world: World, study: Study, detail: Detail) -> pd.DataFrame:
    """Return trade of each candidate with members, senders and others, without and with the club.

    Sums over sectors, net of tariffs, million USD at the numeraire (world value added unchanged).
    """
    players = list(study.players)
    role = roles(world, study)
    groups = {
        "members": np.isin(world.countries, players),
        "senders": (role == "sender").to_numpy(),
    }
    groups["others"] = ~(groups["members"] | groups["senders"])
    rows = []
    for state, result in (("regime", detail.regime), ("club", detail.club)):
        flow = result.trade().values.sum(2)
        np.fill_diagonal(flow, 0.0)
        for player in players:
            n = world.country(player)
            for partner, mask in groups.items():
                rows.append(
                    {
                        "state": state,
                        "country": player,
                        "partner": partner,
                        "exports_musd": flow[mask, n].sum(),
                        "imports_musd": flow[n, mask].sum(),
                    }
                )
    return pd.DataFrame(rows)


def sector_table(world: World, study: Study, detail: Detail) -> pd.DataFrame:
    """Return trade among the candidates by sector, without and with the club, million USD."""
    at = [world.country(p) for p in study.players]
    among = np.ix_(at, at)
    rows = {}
    for state, result in (("regime", detail.regime), ("club", detail.club)):
        flow = result.trade().values[among].copy()
        own = np.arange(len(at))
        flow[own, own] = 0.0
        rows[f"{state}_musd"] = flow.sum((0, 1))
    names = [world.sector_name(s) for s in world.sectors]
    return pd.DataFrame({"sector": world.sectors, "name": names, **rows})


def share_won(gain: Array, cost: Array) -> Array:
    """Return the share of a cost (negative) that a gain makes up, per cent."""
    return np.where(cost < 0, -100 * gain / np.where(cost < 0, cost, 1.0), np.nan)


def residuals_table(
    damage: Damage, games: dict[str, Game], detail: Detail | None, at: AtHorizons | None
) -> pd.DataFrame:
    """Return the largest residual and the number of failures of every part of the study."""
    rows = [residual_row("sanctions", damage.residual, np.ones(damage.residual.size, bool))]
    for variant, game in games.items():
        rows.append(residual_row(f"clubs, {variant}", game.residual, game.solved))
    if detail is not None:
        pair = np.array([float(detail.regime.residual), float(detail.club.residual)])
        rows.append(residual_row("flows", pair, np.ones(2, bool)))
    if at is not None:
        for horizon, solved, residual in zip(at.horizons, at.solved, at.residual, strict=True):
            rows.append(residual_row(f"{horizon} run", residual, solved))
    return pd.DataFrame(rows)


def residual_row(part: str, residual: Array, solved: Array) -> dict[str, object]:
    """Return one part's line: how many equilibria, how many failed, the largest residual."""
    return {
        "part": part, "scenarios": solved.size, "failed": int((~solved).sum()),
        "largest_residual": residual[solved].max(initial=0.0),
    }  # fmt: skip


def known(value: float | None) -> float | None:
    """Return a number, or None if it is not one."""
    return float(value) if value is not None and np.isfinite(value) else None


def share(part: float, whole: float) -> float | None:
    """Return a share in per cent; None where the whole is no harm, or either is not known."""
    return float(100 * part / whole) if np.isfinite(part) and whole > 0 else None
