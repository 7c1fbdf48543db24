"""The figures of a study: which rows go into which chart.

May import ``hansa.study`` and its siblings. One message a figure; a source line under each.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import pandas as pd

from hansa.report.answer_figures import answer_figure
from hansa.report.chapter_figures import chapter_figures
from hansa.report.charts import ClubDot, Row, Strip, clubs_by_size, ranked, strips
from hansa.report.coalition_figures import coalition_figures
from hansa.report.corridor_figures import corridor_figures
from hansa.report.numbers import NARROW, money, percent, signed
from hansa.report.svg import Figure
from hansa.study import StudyResult


@dataclass(frozen=True)
class Figures:
    """All charts of a report.

    Attributes
    ----------
    candidates, senders, others : Figure
        Cost of sanctions, per cent of real income; of the targets where there is no club. All
        others but those on senders need a club.
    gains : Figure
        What the club of all gives each member, per cent.
    clubs : Figure
        Joint value of every club over its size.
    win_back : Figure
        Share of each member's cost that the club wins back.
    sectors : Figure
        Trade among members by sector, change.
    later_cost, later_since, later_gain : Figure
        Cost of all sanctions, of those since the baseline year, and gain from the club of
        all, each at all horizons, per cent.
    answer : Figure
        Gain of each member over the intensity of the senders' answer.
    imposing : tuple of Figure
        On the coalition of senders.
    routes : tuple of Figure
        On the corridor.
    chapters : tuple of Figure
        On capability, friends, votes, science and reliability.
    tornadoes : tuple of Figure
        Which assumptions move the headline; none without enough draws.
    """

    candidates: Figure
    senders: Figure
    others: Figure
    gains: Figure | None = None
    clubs: Figure | None = None
    win_back: Figure | None = None
    sectors: Figure | None = None
    later_cost: Figure | None = None
    later_since: Figure | None = None
    later_gain: Figure | None = None
    answer: Figure | None = None
    imposing: tuple[Figure, ...] = ()
    routes: tuple[Figure, ...] = ()
    chapters: tuple[Figure, ...] = ()
    tornadoes: tuple[Figure, ...] = ()

    def all(self) -> list[Figure]:
        """Return the figures there are, in the order of the report."""
        many = ("imposing", "routes", "chapters", "tornadoes")
        held = [getattr(self, f.name) for f in fields(self) if f.name not in many]
        more = [figure for name in many for figure in getattr(self, name)]
        return [f for f in held if f is not None] + more


def study_figures(result: StudyResult) -> Figures:
    """Return all figures of a finished study."""
    damage = result.tables["damage"]
    own = own_role(result)
    figures = Figures(
        candidates=_cost(result, damage, own, f"What sanctions cost the {own}s"),
        senders=_cost(result, damage, "sender", "What they cost the senders most touched"),
        others=_cost(result, damage, "other", "What they do to countries between"),
    )
    if result.study.coalition is not None:
        figures = replace(figures, imposing=tuple(coalition_figures(result, source_line(result))))
    if result.study.corridor is not None:
        figures = replace(figures, routes=tuple(corridor_figures(result, source_line(result))))
    if "chapters" in result.facts:
        figures = replace(figures, chapters=tuple(chapter_figures(result)))
    if result.study.club is None:
        return figures
    return replace(
        figures,
        gains=_gains(result),
        clubs=_clubs(result),
        win_back=_win_back(result),
        sectors=_sectors(result),
        later_cost=_later(result, "cost", "All sanctions, by horizon"),
        later_since=_later(
            result, "since", f"Since {result.facts['world']['year']} only, by horizon"
        ),
        later_gain=_later(result, "gain", "The club of all, by horizon"),
        answer=_answer(result),
    )


def own_role(result: StudyResult) -> str:
    """Return what the countries are that the study is about: candidates, or targets."""
    return "candidate" if result.study.club is not None else "target"


def _answer(result: StudyResult) -> Figure | None:
    """Return the curves of the senders' answer, if one was asked for."""
    if "answer_curves" not in result.tables:
        return None
    names = {c: result.world.country_name(c) for c in result.study.players}
    rows = result.tables["answer_curves"].to_dict("records")
    return answer_figure(
        [{str(k): v for k, v in row.items()} for row in rows], names, source_line(result)
    )


def source_line(result: StudyResult, what: str = "") -> str:
    """Return the line under a figure: what it is, of which world and year."""
    world = result.facts["world"]
    line = f"Modelled: equilibrium of {world['name']}, {world['year']} US dollars."
    return f"{what} {line}" if what else line


def _cost(result: StudyResult, damage: pd.DataFrame, role: str, title: str) -> Figure:
    central = damage[
        (damage["strength"] == result.study.regime.strength) & (damage["role"] == role)
    ]
    if role == own_role(result):
        chosen = central.sort_values("total_pct")
    else:
        order = central["total_pct"].abs().sort_values(ascending=False).index[:10]
        chosen = central.loc[order].sort_values("total_pct")
    wide = damage.pivot(index="country", columns="strength", values="total_pct")
    rows = [
        Row(
            str(r["name"]), float(r["total_pct"]),
            signed(percent(r["total_pct"]), r["total_pct"]),
            *sorted((float(wide.loc[r["country"], "low"]), float(wide.loc[r["country"], "high"]))),
        )
        for r in chosen.to_dict("records")
    ]  # fmt: skip
    what = "Thin lines: low and high strength of sanctions."
    return ranked(f"cost-{role}", title, rows, "% of real income", source_line(result, what))


def _gains(result: StudyResult) -> Figure:
    members = result.tables["members"]
    wide = members.pivot(index="country", columns="variant", values="gain_pct")
    central = members[members["variant"] == "central"].sort_values("gain_pct", ascending=False)
    rows = [
        Row(
            result.world.country_name(str(r["country"])), float(r["gain_pct"]),
            signed(percent(r["gain_pct"]), r["gain_pct"]),
            float(wide.loc[r["country"]].min()), float(wide.loc[r["country"]].max()),
        )
        for r in central.to_dict("records")
    ]  # fmt: skip
    sizes = sorted(result.facts["study"]["variants"].values(), key=abs)
    what = "Dots: central measures." + (
        f" Lines: measures from {percent(sizes[0])} to {percent(sizes[-1])}."
        if len(sizes) > 1
        else ""
    )
    title = "What the club of all gives each member"
    return ranked("gains", title, rows, "% of real income", source_line(result, what), dots=True)


def _clubs(result: StudyResult) -> Figure:
    clubs = result.tables["clubs"]
    clubs = clubs[(clubs["variant"] == "central") & (clubs["size"] > 0)]
    largest = float(clubs["value_musd"].abs().max())
    scale, unit = (1e3, "bn USD a year") if largest >= 2e3 else (1.0, "m USD a year")
    dots = [
        ClubDot(int(r["size"]), r["value_musd"] / scale, r["stable"] == "yes", str(r["club"]))
        for r in clubs.to_dict("records")
    ]
    what = "One dot a club, joint gain of its members; ringed: stable inside and outside."
    return clubs_by_size("clubs", "Every possible club", dots, unit, source_line(result, what))


def _win_back(result: StudyResult) -> Figure:
    members = result.tables["members"]
    central = members[members["variant"] == "central"]
    bands: dict[str, Any] = {}
    if "bands" in result.tables:
        table = result.tables["bands"]
        table = table[table["quantity"] == "wins_back"]
        bands = {str(r["country"]): (r["low"], r["high"]) for r in table.to_dict("records")}
    rows = []
    for r in central.sort_values("wins_back_pct", ascending=False).to_dict("records"):
        share = r["wins_back_pct"]
        low, high = bands.get(str(r["country"]), (None, None))
        known = pd.notna(share)
        shown = percent(share) if known else "no cost"
        name = result.world.country_name(str(r["country"]))
        rows.append(Row(name, share if known else float("nan"), shown, *_within(low, high)))
    what = "Gain from the club of all over the cost of sanctions."
    if bands:
        what += " Lines: 90 % of draws, cut at 200 %."
    return ranked(
        "win-back", "How much of its own cost each member wins back",
        [_cut(r, 200.0) for r in rows], "% of the cost of sanctions", source_line(result, what),
        dots=True,
    )  # fmt: skip


def _later(result: StudyResult, what: str, title: str) -> Figure:
    """Return one effect on each candidate at every horizon, largest first at the study's own."""
    table = result.tables["horizons"]
    own = table[table["role"] == "candidate"]
    names = list(result.facts["horizons"])
    wide = own.pivot(index="name", columns="horizon", values=f"{what}_pct")[names]
    wide = wide.sort_values(result.study.horizon, ascending=what != "gain")
    rows = [
        Strip(str(name), tuple(values), tuple(signed(percent(v), v) for v in values))
        for name, values in zip(wide.index, wide.to_numpy().tolist(), strict=True)
    ]
    line = source_line(result, "Dot: short run; stroke: medium run; ring: long run.")
    return strips(f"later-{what}", title, names, rows, "% of real income", line)


def _within(low: Any, high: Any) -> tuple[float | None, float | None]:
    return (None, None) if low is None or pd.isna(low) else (float(low), float(high))


def _cut(row: Row, most: float) -> Row:
    """Return a row whose bar ends at `most`; the number beside it stays."""

    def cut(value: float | None) -> float | None:
        return None if value is None else max(min(value, most), -most)

    value = row.value if row.value != row.value else max(min(row.value, most), -most)
    return Row(row.label, value, row.shown, cut(row.low), cut(row.high))


def _sectors(result: StudyResult) -> Figure:
    table = result.tables["sectors"].assign(change=lambda t: t["club_musd"] - t["regime_musd"])
    table = table.sort_values("change", ascending=False).head(10)
    rows = [
        Row(
            str(r["name"]),
            r["change"] / 1e3,
            signed(money(r["change"]), r["change"]).removesuffix(f"{NARROW}USD"),
        )
        for r in table.to_dict("records")
    ]
    what = "Club of all against no club; the ten largest changes."
    return ranked(
        "sectors", "Where members would trade more with one another", rows,
        "bn USD a year", source_line(result, what),
    )  # fmt: skip
