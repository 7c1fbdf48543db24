"""Tables of the corridor; every column with its unit.

May import every room to the left. Pure functions from what was solved; gains are positive where
there is a gain; money is in million USD of the baseline year. No paper.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from hansa.corridor import Network, comparisons, route
from hansa.corridor.marginal import Piece
from hansa.corridor.tables import LEVELS
from hansa.study.corridor_routes import (
    BRANCHES,
    DATE,
    TOGETHER,
    closed_of,
    corridor,
    interventions_of,
    most,
    scenarios_of,
    states_of,
)
from hansa.study.corridor_scenarios import CorridorRun, in_region, traffic_of
from hansa.study.draw_runs import DrawTable
from hansa.study.schema import Study
from hansa.study.tables import residual_row
from hansa.world.world import World

Array = np.ndarray

ADDS, WORTH = "adds", "worth"
#: Rows that are sums over countries.
SUMS = {"REGION": "The region", "ALL": "All countries"}
LINK_COLUMNS = ("kind", "from", "to", "piece", "country", "name", "gain_musd", "investment_musd",
                "investment")  # fmt: skip
#: Percentiles of the bands.
BAND = (5, 50, 95)


def corridor_tables(
    world: World, study: Study, run: CorridorRun, draws: DrawTable | None
) -> dict[str, pd.DataFrame]:
    """Return all tables of the corridor by name."""
    tables = {
        "corridor_gains": gains_table(world, study, run, draws),
        "corridor_trade": trade_table(world, study, run),
        "corridor_traffic": traffic_table(world, study, run),
        "corridor_marginal": marginal_table(world, study, run),
        "corridor_routes": routes_table(study, run),
        "corridor_interventions": interventions_table(study, run),
        "corridor_calibration": calibration_table(run),
    }
    if study.club is not None:
        tables["corridor_club"] = club_table(world, study, run)
    return tables


def compared(study: Study) -> Iterator[tuple[str, str, str, str]]:
    """Yield what is asked, the branch, and the two states whose difference answers it.

    ``adds``: the branch improved against the date's network; ``worth``: the date's network
    against one without the branch.
    """
    asked = corridor(study)
    for state in states_of(asked)[1:]:
        yield ADDS, state, state, DATE
    for name in closed_of(asked):
        yield WORTH, name.removeprefix("without "), DATE, name


def gains_table(
    world: World, study: Study, run: CorridorRun, draws: DrawTable | None
) -> pd.DataFrame:
    """Return the gain of every country by ocean, question and branch, with bands.

    Bands are there for what each branch and all together would add, and for what all together are
    worth; NaN elsewhere and without draws.
    """
    at = [world.country(c) for c in in_region(world, study)]
    frames = []
    for o, ocean in enumerate(corridor(study).oceans):
        for question, branch, state, other in compared(study):
            a, b = run.row(ocean, state), run.row(ocean, other)
            ev = run.gain(ocean, state, other)
            base = run.welfare[b] * run.income
            ratio = np.array([*(ev / base), ev[at].sum() / base[at].sum(), ev.sum() / base.sum()])
            frame = pd.DataFrame(
                {
                    "ocean": ocean, "question": question, "branch": branch,
                    "country": [*world.countries, *SUMS],
                    "name": [*(world.country_name(c) for c in world.countries), *SUMS.values()],
                    "region": [c in in_region(world, study) for c in (*world.countries, *SUMS)],
                    "gain_musd": [*ev, ev[at].sum(), ev.sum()],
                    "gain_pct": 100 * ratio,
                    "slack_musd": _slack(run, (a, b), at),
                }
            )  # fmt: skip
            bands = _bands(run, draws, o, (state, other), at)
            frame[[f"gain_{q}_musd" for q in ("low", "median", "high")]] = bands
            frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _slack(run: CorridorRun, rows: tuple[int, ...], region: list[int]) -> Array:
    """Return by how much the residuals of some equilibria can move each country's gain."""
    worst = float(np.max(run.residual[list(rows)]))
    income = run.income
    return worst * len(rows) * np.array([*income, income[region].sum(), income.sum()])


def _bands(
    run: CorridorRun, draws: DrawTable | None, o: int, states: tuple[str, str], region: list[int]
) -> Array:
    """Return percentiles over draws, (N + 2, 3), million USD; NaN where not drawn."""
    drawn = run.routes.drawn
    n = len(run.income)
    if draws is None or not draws.solved.size or not set(states) <= set(drawn):
        return np.full((n + len(SUMS), len(BAND)), np.nan)
    a, b = (drawn.index(s) for s in states)
    held = draws["corridor.welfare"][:, o]
    ev = (held[:, a] - held[:, b]) * draws["cost.income"]
    sums = np.column_stack([ev, ev[:, region].sum(1), ev.sum(1)])
    return np.percentile(sums, BAND, axis=0).T


def club_table(world: World, study: Study, run: CorridorRun) -> pd.DataFrame:
    """Return, by ocean and branch, gains with the corridor, with the club, and with both.

    ``more_musd`` is what both give beyond the sum: above zero they are complements, below
    substitutes, within the residuals a tie.
    """
    at = [world.country(c) for c in in_region(world, study)]
    names = [*world.countries, *SUMS]
    rows = []
    for ocean in corridor(study).oceans:
        base = run.row(ocean, DATE)
        club = run.row(ocean, DATE, True)
        for state in states_of(corridor(study))[1:]:
            four = (base, run.row(ocean, state), club, run.row(ocean, state, True))
            own, together, both = (
                _with_sums((run.welfare[r] - run.welfare[base]) * run.income, at) for r in four[1:]
            )
            slack = _slack(run, four, at)
            for k, code in enumerate(names):
                more = both[k] - own[k] - together[k]
                rows.append(
                    {
                        "ocean": ocean, "branch": state, "country": code,
                        "name": SUMS.get(code) or world.country_name(code),
                        "corridor_musd": own[k], "club_musd": together[k], "both_musd": both[k],
                        "more_musd": more, "slack_musd": slack[k],
                        "verdict": verdict(more, slack[k]),
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def verdict(more: float, slack: float) -> str:
    """Return what the difference between both and the sum says."""
    if not np.isfinite(more):
        return "unknown"
    if abs(more) <= slack:
        return "tie"
    return "complements" if more > 0 else "substitutes"


def _with_sums(ev: Array, region: list[int]) -> Array:
    return np.array([*(0.0 + ev), ev[region].sum(), ev.sum()])


def trade_table(world: World, study: Study, run: CorridorRun) -> pd.DataFrame:
    """Return trade in goods of each pair, both directions: as it is, improved, without branches."""
    asked = corridor(study)
    goods = [world.sector(s) for s in run.routes.sectors]
    closed = list(closed_of(asked))[-1]
    rows = []
    for ocean in asked.oceans:
        held = {s: run.flows[ocean, s][:, :, goods].sum(2) for s in (DATE, most(asked), closed)}
        for pair in asked.pairs:
            if not set(pair) <= set(world.countries):
                continue
            for exporter, importer in (pair, pair[::-1]):
                to, origin = world.country(importer), world.country(exporter)
                now, better, none = (held[s][to, origin] for s in (DATE, most(asked), closed))
                rows.append(
                    {
                        "ocean": ocean, "exporter": exporter, "importer": importer,
                        "trade_musd": now, "improved_musd": better, "without_musd": none,
                        "adds_pct": 100 * (better / now - 1) if now > 0 else np.nan,
                        "worth_pct": 100 * (now / none - 1) if none > 0 else np.nan,
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def traffic_table(world: World, study: Study, run: CorridorRun) -> pd.DataFrame:
    """Return containers and tonnes on each branch, by ocean: as it is and with all improved."""
    asked = corridor(study)
    low, high = run.routes.network.settings["estimate"]["teu"]
    rows = []
    for ocean in asked.oceans:
        for state in (DATE, most(asked)):
            found = {b: traffic_of(world, run, ocean, state, b) for b in BRANCHES}
            teu, mt, own = np.sum(list(found.values()), axis=0).tolist()
            found[TOGETHER] = (teu, mt, own)
            for branch, (teu, mt, own) in found.items():
                rows.append(
                    {
                        "ocean": ocean, "state": state, "branch": branch, "teu": teu,
                        "million_tonnes": mt, "teu_of_published_pairs": own,
                        "published_teu_low": low, "published_teu_high": high,
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def marginal_table(world: World, study: Study, run: CorridorRun) -> pd.DataFrame:
    """Return what one per cent less cost and time of each link or border is worth, to whom."""
    m, network = run.marginal, run.routes.network
    spent = _investments(study, run)
    region = in_region(world, study)
    at = [world.country(c) for c in region]
    rows = []
    for p, piece in enumerate(m.pieces):
        called = (
            " - ".join(world_name(world, c) for c in piece.ends)
            if piece.kind == "border"
            else " - ".join(network.places[network.index[e]].name for e in piece.ends)
        )
        own = m.gain[p, at]
        cost, what = spent.get(piece, (np.nan, ""))
        for code, gain in (
            *zip(region, own, strict=True),
            ("REGION", own.sum()),
            ("ALL", m.world[p]),
        ):
            rows.append(
                {
                    "kind": piece.kind, "from": piece.ends[0], "to": piece.ends[1], "piece": called,
                    "country": code, "name": SUMS.get(code) or world.country_name(code),
                    "gain_musd": gain, "investment_musd": cost, "investment": what,
                }
            )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(LINK_COLUMNS))
    frame["rank"] = frame.groupby("country")["gain_musd"].rank(ascending=False, method="min")
    return frame.sort_values(["country", "rank", "piece"], ignore_index=True)


def world_name(world: World, code: str) -> str:
    """Return a country's name, also of one that the world lacks (its code)."""
    return world.country_name(code) if code in world.countries else code


def _investments(study: Study, run: CorridorRun) -> dict[Piece, tuple[float, str]]:
    """Return the published investment in each link that an intervention with a cost touches."""
    found: dict[Piece, tuple[float, str]] = {}
    for done in interventions_of(run.routes.network, corridor(study)).values():
        for i in (i for i in done if i.cost):
            for effect in i.effects:
                if effect.kind in ("open", "link"):
                    first, second = sorted(str(t) for t in effect.target)
                    found[Piece("link", (first, second))] = (float(i.cost or 0), i.name)
    return found


def routes_table(study: Study, run: CorridorRun) -> pd.DataFrame:
    """Return the shown routes and their alternatives, as they are and with all improved."""
    asked, network = corridor(study), run.routes.network
    rows = []
    for start, end in asked.routes:
        for state in (DATE, most(asked)):
            for here in scenarios_of(network, study, state):
                found = route(
                    start, end, on=here.on, ocean=here.ocean, level=here.level, alternatives=6,
                    interventions=here.interventions, network=network,
                )  # fmt: skip
                for rank, one in enumerate(found, 1):
                    rows.append(
                        {
                            "start": start, "end": end, "state": state, "ocean": here.ocean,
                            "rank": rank, "family": one.family, "stops": " - ".join(one.stops),
                            "km": one.km, "days": one.days, "dollars": one.dollars,
                            "cost": one.cost, "branch": _branch(network, one.family),
                            "suez": "suez" in one.passages,
                        }
                    )  # fmt: skip
    return pd.DataFrame(rows)


def _branch(network: Network, family: str) -> str:
    settings = network.settings["families"]
    return next((b for b in BRANCHES if settings[b]["name"] == family), "")


def interventions_table(study: Study, run: CorridorRun) -> pd.DataFrame:
    """Return what is done on each branch, when it is hoped for, and its published investment."""
    rows = [
        {
            "branch": branch, "id": i.id, "name": i.name,
            "date": "" if i.date is None else i.date.isoformat(),
            "investment_musd": np.nan if i.cost is None else i.cost,
            "source": i.source, "confidence": i.confidence,
        }
        for branch, done in interventions_of(run.routes.network, corridor(study)).items()
        for i in done
    ]  # fmt: skip
    return pd.DataFrame(rows)


def calibration_table(run: CorridorRun) -> pd.DataFrame:
    """Return published through rates beside ours, per TEU."""
    rows = []
    for one in comparisons(run.routes.network):
        row: dict[str, object] = {
            "id": one.through.id,
            "what": one.through.what,
            "source": one.through.source,
        }
        for name, ours, theirs in (
            ("days", one.days, one.theirs_days), ("dollars", one.dollars, one.theirs_dollars),
        ):  # fmt: skip
            row |= {f"{name}_{k}": v for k, v in zip(LEVELS, ours, strict=True)}
            low, high = theirs or (np.nan, np.nan)
            row |= {f"published_{name}_low": low, f"published_{name}_high": high}
        rows.append(row | {"meets": one.within})
    return pd.DataFrame(rows)


def corridor_residuals(run: CorridorRun) -> pd.DataFrame:
    """Return the largest residual and the failures of the corridor's equilibria."""
    return pd.DataFrame([residual_row("corridor", run.residual, run.solved)])
