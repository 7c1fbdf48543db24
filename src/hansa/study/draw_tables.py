"""Tables over draws: bands of all numbers, of clubs and of players, the tornado, the draws.

May import every room to the left. A band is from the 5th to the 95th percentile of the draws that
were solved; failed ones are counted and never averaged in. Money is in million USD of the
baseline year, at each draw's own baseline income.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from hansa.club import Bands, ClubDraw, Verdict, bands_of
from hansa.policy import load_effects
from hansa.study.coalition_bands import DIVIDED as COALITION
from hansa.study.coalition_bands import CoalitionBands
from hansa.study.draw_runs import DrawTable
from hansa.study.drawn import drawn_sizes
from hansa.study.draws import draw_parameters, log_spread
from hansa.study.schema import Study
from hansa.study.tables import roles, share_won
from hansa.study.variance import Inputs, Shares, variance_shares
from hansa.world.world import World

Array = np.ndarray
Key = tuple[str, str, str]

#: Quantiles of the bands.
BAND = (0.05, 0.5, 0.95)
#: Sectors whose elasticities are one assumption of their own: what sanctioned countries sell most.
ENERGY = ("crude_ores", "fuels", "utilities")
#: Quantities whose variance is divided, with who and unit.
DIVIDED: tuple[Key, ...] = (
    ("wins_back", "candidates", "% of cost"),
    *COALITION,
    ("cost_of_sanctions", "candidates", "million USD"),
    ("gain_from_club", "candidates", "million USD"),
    ("since_baseline", "candidates", "million USD"),
    ("cost_of_sanctions", "senders", "million USD"),
    ("breaking_cost", "candidates", "% dearer"),
)
#: Kinds of stability of the club of all, in the order of `hansa.club.Bands`.
STABLE = ("stable", "internally_stable", "externally_stable", "potentially_stable")
#: How the sizes that are drawn are called.
SIZE_NAMES = {
    "nontariff": "club's non-tariff measure",
    "payments": "club's payments measure",
    "tariffs": "club's tariffs",
    "answer": "size of the senders' answer",
}


@dataclass(frozen=True, eq=False)
class DrawBands:
    """The draws of a study, with everything the tables are made from.

    Attributes
    ----------
    world : World
    study : Study
    draws : DrawTable
    """

    world: World
    study: Study
    draws: DrawTable

    @cached_property
    def players(self) -> tuple[str, ...]:
        """The candidates."""
        return self.study.players

    @cached_property
    def groups(self) -> dict[str, Array]:
        """Positions of the countries whose sums are given."""
        role = roles(self.world, self.study).to_numpy()
        own = np.array([self.world.country(p) for p in self.study.subjects], dtype=int)
        others = np.flatnonzero(np.isin(role, ["other", "aggregate", "target"]))
        return {
            self.subjects: own,
            "senders": np.flatnonzero(role == "sender"),
            "others": np.setdiff1d(others, own),
        }

    @property
    def subjects(self) -> str:
        """How those are called whose costs the study is about."""
        return "candidates" if self.players else "targets"

    @cached_property
    def coalition(self) -> CoalitionBands | None:
        """What the draws say of the senders' coalition; None without one."""
        return CoalitionBands(self.study, self.draws) if "coalition.loss" in self.draws else None

    @cached_property
    def bands(self) -> Bands | None:
        """Every club over the draws; None where not all clubs are solved in a draw."""
        d = self.draws
        if "club.verdict" not in d:
            return None
        found = [
            ClubDraw(*parts)
            for parts in zip(
                d["club.value"], d["club.shapley"], self.own("gain"), d["club.epsilon"].tolist(),
                d["club.verdict"], d["club.core"].tolist(), strict=True,
            )
        ]  # fmt: skip
        return bands_of(self.players, found)

    def own(self, what: str) -> Array:
        """Return cost, since or gain of each candidate, (D, m), million USD."""
        return self.money[what][:, self.groups["candidates"]]

    @cached_property
    def money(self) -> dict[str, Array]:
        """Cost of sanctions, change since the baseline, gain from a club, (D, N)."""
        d = self.draws
        without, regime, income = d["cost.without"], d["cost.regime"], d["cost.income"]
        found = {"cost": (regime - without) * income, "since": (regime - 1) * income}
        return found | ({"gain": (d["club.full"] - regime) * income} if self.players else {})

    @cached_property
    def series(self) -> dict[Key, Array]:
        """Every quantity by what, whose and unit, one number a draw."""
        d, found = self.draws, dict[Key, Array]()
        names = {"cost": "cost_of_sanctions", "since": "since_baseline", "gain": "gain_from_club"}
        without, regime = d["cost.without"], d["cost.regime"]
        ratio = {"cost": regime / without, "since": regime}
        if self.players:
            ratio["gain"] = d["club.full"] / regime
        for what in ratio:
            name = names[what]
            for who, at in self.groups.items():
                found[name, who, "million USD"] = self.money[what][:, at].sum(1)
            for n, code in enumerate(self.world.countries):
                found[name, code, "%"] = 100 * (ratio[what][:, n] - 1)
                found[name, code, "million USD"] = self.money[what][:, n]
        if self.players:
            found |= self._club_series()
        if self.coalition is not None:
            found |= self.coalition.series
        return found

    def _club_series(self) -> dict[Key, Array]:
        d, found = self.draws, dict[Key, Array]()
        gain, cost, since = (self.own(what) for what in ("gain", "cost", "since"))
        found["wins_back", "candidates", "% of cost"] = share_won(gain.sum(1), cost.sum(1))
        found["wins_back_since", "candidates", "% of cost"] = share_won(gain.sum(1), since.sum(1))
        for k, player in enumerate(self.players):
            found["wins_back", player, "% of cost"] = share_won(gain[:, k], cost[:, k])
            found["gain_by_leaving", player, "million USD"] = d["club.leaving"][:, k]
            if self.bands is not None:
                found["shapley", player, "million USD"] = d["club.shapley"][:, k]
        if self.bands is not None:
            found["least_core_excess", "candidates", "million USD"] = d["club.epsilon"]
        if "answer.point" in d:
            point = 100 * d["answer.point"]
            found["breaking_point", "candidates", "% of full intensity"] = point
            found["breaking_cost", "candidates", "% dearer"] = point * self.drawn("answer")
        return found

    def drawn(self, size: str) -> Array:
        """Return one of the sizes drawn, in the solved draws, (D,)."""
        values: Array = self.inputs[1][size].to_numpy()[self.draws.solved]
        return values

    @cached_property
    def shares(self) -> dict[str, float]:
        """How often something holds of the club, per cent of the solved draws."""
        d = self.draws
        if not self.players:
            return {}
        few = self.bands is None
        codes = d["club.few"].T if few else d["club.verdict"][:, :, -1].T
        found = {
            name: _share(of_kind)
            for name, of_kind in zip(STABLE, codes, strict=True)
            if not (few and name == "stable")
        }
        if not few:
            found["core_nonempty"] = _share(d["club.core"])
        if "answer.point" in d:
            found["breaks_under_answer"] = 100 * float(np.isfinite(d["answer.point"]).mean())
        return found

    @cached_property
    def inputs(self) -> tuple[Inputs, pd.DataFrame]:
        """What was drawn, of the solved draws by group, and of all draws as a table."""
        world, study = self.world, self.study
        effects = load_effects(study.regime.effects)
        drawn = [
            draw_parameters(world, study.draws.seed, k, effects) for k in range(self.draws.number)
        ]
        sizes = pd.DataFrame([drawn_sizes(study, d) for d in drawn])
        moving = np.flatnonzero(log_spread(world) > 0)
        theta = np.array([d.trade_elasticity for d in drawn])
        position = np.array([d.position for d in drawn])
        table = pd.DataFrame({"draw": np.arange(self.draws.number)}).join(sizes)
        for f, name in enumerate(effects.factors):
            table[name] = position[:, f]
        for j, sector in enumerate(world.sectors):
            table[f"theta {sector}"] = theta[:, j]
        energy = [world.sectors[j] in ENERGY for j in moving]
        columns = [
            (
                "trade elasticities, energy" if e else "trade elasticities, other",
                np.log(theta[:, j]),
            )
            for j, e in zip(moving, energy, strict=True)
        ]
        columns += [(name, position[:, f]) for f, name in enumerate(effects.factors)]
        # A measure's high end is the one that does more: costs are cut by negative changes.
        cuts = {"nontariff": -1.0, "payments": -1.0}
        columns += [
            (SIZE_NAMES[str(s)], cuts.get(str(s), 1.0) * sizes[s].to_numpy()) for s in sizes
        ]
        names = tuple(dict.fromkeys(name for name, _ in columns))
        values = np.column_stack([values for _, values in columns])[self.draws.solved]
        return Inputs(names, values, np.array([names.index(name) for name, _ in columns])), table

    @cached_property
    def divided(self) -> dict[Key, Shares | None]:
        """How the variance of the headline quantities is divided among assumptions."""
        inputs = self.inputs[0]
        return {
            key: variance_shares(inputs, self.series[key]) for key in DIVIDED if key in self.series
        }


def _share(codes: Array, verdict: Verdict = Verdict.YES) -> float:
    return 100 * float((codes == verdict).mean())


def draw_tables(bands: DrawBands) -> dict[str, pd.DataFrame]:
    """Return all tables over draws; only that of the draws themselves if none was solved."""
    tables = {"draws": _draws(bands)}
    if bands.draws.solved.size:
        tables |= {"bands": _bands(bands), "tornado": _tornado(bands)}
        if bands.players:
            tables["bands_players"] = _players(bands)
        if bands.bands is not None:
            tables["bands_clubs"] = _clubs(bands)
    return tables


def _bands(b: DrawBands) -> pd.DataFrame:
    """Return 5th, 50th and 95th percentiles of every quantity, and shares of draws.

    A share of draws stands in ``median``, without ends. ``draws``: how many know the quantity.
    """
    role = roles(b.world, b.study)
    rows = []
    for (what, who, unit), values in b.series.items():
        low, median, high, known = quantiles(values)
        rows.append((what, who, role.get(who, "group"), unit, low, median, high, known))
    for what, share in b.shares.items():
        whole = b.draws.solved.size
        rows.append((what, "candidates", "group", "% of draws", np.nan, share, np.nan, whole))
    best = {} if b.coalition is None else b.coalition.best
    for who, share in best.items():
        unit, whole = "% of draws", b.draws.solved.size
        rows.append(("best_next_partner", who, role[who], unit, np.nan, share, np.nan, whole))
    columns = ["quantity", "country", "role", "unit", "low", "median", "high", "draws"]
    return pd.DataFrame(rows, columns=columns)


def quantiles(values: Array) -> tuple[float, float, float, int]:
    """Return the band of a quantity, and in how many draws it is known; NaN if in none.

    An infinite value is one of the draws: a percentile that falls on it is infinite.
    """
    known = values[~np.isnan(values)]
    if not known.size:
        return np.nan, np.nan, np.nan, 0
    if np.isfinite(known).all():
        low, median, high = np.quantile(known, BAND)
    else:
        low, median, high = np.quantile(known, BAND, method="inverted_cdf")
    return float(low), float(median), float(high), int(known.size)


def _players(b: DrawBands) -> pd.DataFrame:
    """Return one row per candidate: bands of its gain, its share won back, its Shapley value."""
    rows = []
    leaver = b.draws.arrays.get("answer.leaver")
    for k, player in enumerate(b.players):
        row: dict[str, object] = {"country": player, "name": b.world.country_name(player)}
        for what, unit, name in (
            ("gain_from_club", "million USD", "gain_musd"), ("gain_from_club", "%", "gain_pct"),
            ("cost_of_sanctions", "million USD", "cost_musd"),
            ("wins_back", "% of cost", "wins_back_pct"),
            ("shapley", "million USD", "shapley_musd"),
            ("gain_by_leaving", "million USD", "gain_by_leaving_musd"),
        ):  # fmt: skip
            if (what, player, unit) in b.series:
                ends = quantiles(b.series[what, player, unit])
                row |= dict(zip((f"{name}_low", f"{name}_median", f"{name}_high"), ends[:3],
                                strict=True))  # fmt: skip
        gain = b.series["gain_from_club", player, "million USD"]
        row["gains_pct_of_draws"] = 100 * float((gain > 0).mean())
        row["leaves_first_pct_of_draws"] = (
            np.nan if leaver is None else 100 * float((leaver == k).mean())
        )
        rows.append(row)
    return pd.DataFrame(rows)


def _clubs(b: DrawBands) -> pd.DataFrame:
    """Return one row per club: band of its value, shares of draws by kind and verdict, best.

    Shares are per cent of solved draws: yes, tie, unknown and no add up to 100.
    """
    assert b.bands is not None
    frame = b.bands.value_frame(BAND).drop(columns="value_draws_known")
    frame.columns = ["club", "size", "value_musd_low", "value_musd_median", "value_musd_high"]
    shares = b.bands.stability_frame().drop(columns="club")
    frame = frame.join((100 * shares).add_suffix("_pct"))
    frame["best_pct"] = 100 * best_counts(b.bands) / b.bands.draws
    return frame


def best_counts(bands: Bands) -> Array:
    """Return in how many draws each club has the greatest joint value, (2^m,)."""
    value = np.where(np.isfinite(bands.value), bands.value, -np.inf)
    return np.bincount(value.argmax(axis=1), minlength=value.shape[1])


def _tornado(b: DrawBands) -> pd.DataFrame:
    """Return, for each headline quantity and assumption, its share of the variance and its swing.

    ``share_pct`` adds up to 100 with the row ``not explained``; ``low`` and ``high`` are the
    quantity at the assumption's 5th and 95th percentile, all others at their means. Without
    rows where there are too few draws.
    """
    inputs = b.inputs[0]
    many = np.bincount(inputs.group, minlength=len(inputs.groups))
    rows = []
    for (what, who, unit), held in b.divided.items():
        if held is None:
            continue
        order = np.argsort(-held.share, kind="stable")
        rows += [
            (what, who, unit, held.groups[g], 100 * held.share[g], 100 * held.share_low[g],
             100 * held.share_high[g], 100 * held.first_order[g], held.low[g], held.high[g],
             held.centre, held.draws, many[g])
            for g in order
        ]  # fmt: skip
        nan = np.nan
        left = (100 * held.unexplained, nan, nan, nan, nan, nan, held.centre, held.draws, 0)
        rows.append((what, who, unit, "not explained", *left))
    columns = [
        "quantity", "country", "unit", "assumption", "share_pct", "share_low_pct",
        "share_high_pct", "first_order_pct", "low", "high", "centre", "draws", "inputs",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _draws(b: DrawBands) -> pd.DataFrame:
    """Return one row per draw: what was drawn, whether it was solved, the headline numbers."""
    table = b.inputs[1].copy()
    solved = b.draws.solved
    table.insert(1, "solved", np.isin(table["draw"], solved))
    table.insert(2, "message", [b.draws.failed.get(k, "") for k in table["draw"]])
    for key in DIVIDED if solved.size else ():
        if key in b.series:
            column = np.full(len(table), np.nan)
            column[solved] = b.series[key]
            table[f"{key[0]}, {key[1]}, {key[2]}"] = column
    return table
