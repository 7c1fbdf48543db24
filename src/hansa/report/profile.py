"""One country across all rooms: trade, sanctions, cost, friends, capability, votes, science, ways.

May import every room to the left and its siblings. Every line says whether it is observed, derived
or modelled, and from what; a room without data on the country says so instead of leaving it out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hansa.affinity import friends, reliability
from hansa.affinity.groups import senders_against
from hansa.affinity.science import partners, shares
from hansa.affinity.votes import movement, with_powers
from hansa.capability import complexity, lost
from hansa.corridor import route
from hansa.equilibrium import balance, exposure, sweep
from hansa.errors import DataError
from hansa.policy import active, sanctions
from hansa.policy.dates import DateLike, parse_date
from hansa.policy.senders import EU, eu_members
from hansa.report.numbers import digits, listed, money, percent, signed
from hansa.report.rows import records
from hansa.world.load import load_world
from hansa.world.world import World

__all__ = ["Line", "Profile", "Section", "profile"]

LEVELS = ("low", "central", "high")
#: Where ways are shown to, by country.
ENDS = ("IND", "RUS", "CHN")


@dataclass(frozen=True)
class Line:
    """One thing that is known of a country.

    Attributes
    ----------
    label, value : str
    evidence : str
        observed, derived, modelled, or missing.
    source : str
        With year.
    """

    label: str
    value: str
    evidence: str
    source: str


@dataclass(frozen=True)
class Section:
    """What one room says."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Profile:
    """One country across all rooms.

    Attributes
    ----------
    country, name : str
    on : date
        Of the sanctions.
    sections : tuple of Section
    """

    country: str
    name: str
    on: dt.date
    sections: tuple[Section, ...]


@dataclass(frozen=True, eq=False)
class _Case:
    world: World
    code: str
    on: dt.date
    effects: str


def profile(
    country: str,
    *,
    on: DateLike = "2024-02-19",
    world: World | None = None,
    effects: str = "combined",
    progress: Callable[[str, int, int], None] | None = None,
) -> Profile:
    """Return what all rooms say of one country.

    Parameters
    ----------
    country : str
        ISO3 code in the world.
    on : str or date
        Of the sanctions; all of the registry, on whomever.
    world : World, optional
        The embedded one by default.
    effects : {"literature", "estimated", "combined"}
    progress : callable, optional
        Called with (what, sections done, sections in all).

    Returns
    -------
    Profile

    Raises
    ------
    DataError
        Unknown country, with the nearest; a date outside the registry.
    ConvergenceError
        If an equilibrium is not found.

    Examples
    --------
    >>> import hansa as hs
    >>> page = hs.profile("IRN")  # doctest: +SKIP
    >>> page.sections[0].title  # doctest: +SKIP
    'Economy and trade'
    """
    world = load_world() if world is None else world
    code = world.countries[world.country(country)]
    case = _Case(world, code, parse_date(on), effects)
    sections = []
    for k, (title, room) in enumerate(ROOMS.items()):
        if progress is not None:
            progress(title.lower(), k, len(ROOMS))
        try:
            sections.append(Section(title, tuple(room(case))))
        except DataError as error:
            sections.append(Section(title, (Line("no data", str(error), "missing", ""),)))
    if progress is not None:
        progress("done", len(ROOMS), len(ROOMS))
    return Profile(code, world.country_name(code), case.on, tuple(sections))


def _economy(case: _Case) -> list[Line]:
    world, n = case.world, case.world.country(case.code)
    flow = world.expenditure / (1 + world.tariff)
    own = np.arange(len(world.countries)) == n
    out, into = flow[~own, n].sum(), flow[n, ~own].sum()
    by = flow[:, n].sum(1) + flow[n].sum(1)
    by[n] = 0.0
    best = [world.country_name(world.countries[k]) for k in np.argsort(-by)[:4]]
    source = f"{world.name}, {world.year}"
    proxies = world.meta.get("proxies", {}).get(case.code)
    mix = (
        "its own input-output table"
        if not proxies
        else "input coefficients from "
        + listed([world.country_name(c) for c in sorted(proxies, key=lambda c: -proxies[c])])
        + " (a proxy)"
    )
    return [
        Line("value added", money(float(world.value_added[n])), "observed", source),
        Line("exports", money(float(out)), "derived", source),
        Line("imports", money(float(into)), "derived", source),
        Line("largest partners", listed(best), "derived", source),
        Line("production", mix, "modelled" if proxies else "derived", source),
    ]


def _sanctions(case: _Case) -> list[Line]:
    episodes = active(case.on)
    episodes = episodes[episodes["reach"] == "own"]
    own = episodes[episodes["target"].isin(_called(case))]
    sent = episodes[episodes["sender"].isin(_called(case))]
    source = f"registry of legal acts, {case.on.isoformat()}"
    lines = []
    if len(own):
        senders = sorted(set(own["sender"]))
        kinds = sorted({str(t).replace("trade-", "") for t in own["type"]})
        first = own["begin"].min()
        lines += [
            Line("sanctioned by", listed(senders, 14), "observed", source),
            Line("kinds", listed(kinds, 12), "observed", source),
            Line("oldest act in force since", f"{first:%Y-%m-%d}", "observed", source),
        ]
    else:
        lines.append(Line("sanctioned by", "nobody in the registry", "observed", source))
    if len(sent):
        named = listed(sorted(set(sent["target"])), 14)
        lines.append(Line("itself sanctions", named, "observed", source))
    return lines


def _cost(case: _Case) -> list[Line]:
    shocks = [
        sanctions(case.world, day, strength=level, effects=case.effects)
        for level in LEVELS
        for day in (None, case.on)
    ]
    result = sweep(case.world, shocks)
    n = case.world.country(case.code)
    welfare = np.where(result.solved, result.welfare.values[:, n], np.nan)
    change = welfare[1::2] / welfare[::2] - 1
    income = float(balance(case.world).income[n])
    low, central, high = (100 * float(c) for c in change)
    source = f"equilibrium of {case.world.name}, {case.effects} costs of sanctions"
    band = f"{signed(percent(low), low)} to {signed(percent(high), high)}"
    return [
        Line("real income, all sanctions of all countries", signed(percent(central), central),
             "modelled", source),
        Line("at low and high strength", band, "modelled", source),
        Line("a year", signed(money(central / 100 * income), central), "modelled", source),
    ]  # fmt: skip


def _friends(case: _Case) -> list[Line]:
    shock = sanctions(case.world, case.on, effects=case.effects)
    exposed = exposure(case.world, shock)
    table = friends.country_friends(case.world, exposed, case.code, 4)
    source = f"first order of the equilibrium of {case.world.name}"
    lines = []
    for side, label in (("friend", "growth elsewhere that helps"), ("enemy", "that hurts")):
        named = [
            f"{r['name']} ({signed(money(r['dollars']), r['dollars'])})"
            for r in records(table[table["side"] == side])
        ]
        lines.append(
            Line(f"{label}, for one per cent", listed(named) if named else "none", "modelled",
                 source)
        )  # fmt: skip
    return lines


def _capability(case: _Case) -> list[Line]:
    table = complexity(2019)
    eci = dict(zip(table.countries, table.eci, strict=True))
    source = "BACI exports by HS chapter, 2019"
    lines = []
    if case.code in eci:
        rank = 1 + sum(v > eci[case.code] for v in eci.values())
        text = f"{digits(float(eci[case.code]))}; rank {rank} of {len(eci)}"
        lines.append(Line("complexity of exports (ECI)", text, "derived", source))
    if not _target(case):
        text = "no act of the registry is aimed at it"
        source = f"registry of legal acts, {case.on.isoformat()}"
        return [*lines, Line("no longer bought", text, "observed", source)]
    regime, none = (
        sanctions(case.world, day, effects=case.effects, targets=[case.code])
        for day in (case.on, None)
    )
    taken = lost(case.world, regime, case.code, before=none)
    gaps = [
        f"{str(r['name']).lower()} ({money(r['lost_musd'])})"
        for r in records(taken.by_chapter().head(4))
    ]
    what = f"{money(taken.total)} of goods from senders a year"
    return [
        *lines,
        Line("no longer bought", what, "modelled", f"equilibrium of {case.world.name}"),
        Line("most of it", listed(gaps), "modelled", f"equilibrium and {source}"),
    ]


def _votes(case: _Case) -> list[Line]:
    moved = records(movement([case.code]))[0]
    source = "UN General Assembly; Bailey, Strezhnev & Voeten (2017)"
    where = (
        f"{digits(moved['after'])} in {moved['last']}, {digits(moved['before'])} in "
        f"{moved['first']}"
    )
    lines = [Line("ideal point (up: towards the United States)", where, "derived", source)]
    for power in ("USA", "CHN", "RUS"):
        if power == case.code:
            continue
        table = with_powers(power, countries=[case.code])
        held = table[table["agreement"].notna()].tail(1)
        if len(held):
            row = records(held)[0]
            text = f"{percent(100 * row['agreement'])} of votes in {row['year']}"
            lines.append(Line(f"votes like {power}", text, "derived", source))
    return lines


def _science(case: _Case) -> list[Line]:
    source = "OpenAlex, 2021-2023"
    table = partners(case.code, (2021, 2022, 2023)).head(5)
    named = [
        f"{_name(case, str(c))} ({percent(100 * float(s))})"
        for c, s in zip(table.index, table["share"], strict=True)
    ]
    lines = [Line("joint papers, share of links", listed(named), "derived", source)]
    senders = [c for c in senders_against([case.code]) if c != case.code] if _target(case) else []
    if senders:
        held = shares([case.code], {"senders": senders})
        last = records(held[held["year"] == held["year"].max()])[0]
        text = f"{percent(100 * last['senders'])} of links in {last['year']}"
        lines.append(Line("with countries that sanction it", text, "derived", source))
    return lines


def _reliability(case: _Case) -> list[Line]:
    table = reliability.who_stayed(case.code)
    big = table[table["expected"] >= table["expected"].sum() / 100]
    source = "UNCTADstat, 2005 and 2015"
    lines = []
    for label, held in (("stayed", big.head(4)), ("left", big.tail(4).iloc[::-1])):
        named = [
            f"{_name(case, str(c))} ({digits(float(v))}×)"
            for c, v in zip(held.index, held["ratio"], strict=True)
        ]
        lines.append(
            Line(f"{label}: trade over what was expected", listed(named), "derived", source)
        )
    return lines


def _ways(case: _Case) -> list[Line]:
    lines = []
    for end in ENDS:
        if end == case.code:
            continue
        best = route(case.code, end, on=case.on.isoformat(), alternatives=0).best
        text = (
            f"{digits(best.km, 3)} km, {digits(best.days)} days, {digits(best.dollars, 3)} USD a "
            "TEU"
        )
        lines.append(
            Line(f"way to {_name(case, end)}", text, "modelled", "Hansa’s network, own charges")
        )
    return lines


def _target(case: _Case) -> bool:
    return bool((active(case.on)["target"] == case.code).any())


def _called(case: _Case) -> list[str]:
    """Return the names under which acts may stand: its own, and the EU's for a member."""
    return [case.code, EU] if case.code in eu_members(case.on) else [case.code]


def _name(case: _Case, code: str) -> str:
    return case.world.country_name(code) if code in case.world.countries else code


ROOMS: dict[str, Callable[[_Case], list[Line]]] = {
    "Economy and trade": _economy,
    "Sanctions": _sanctions,
    "What they cost": _cost,
    "Friends": _friends,
    "Capability": _capability,
    "Votes": _votes,
    "Science": _science,
    "Who stayed": _reliability,
    "Ways": _ways,
}
