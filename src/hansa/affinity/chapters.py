"""The four chapters of a study for a club of any members: tables, figures' data, two facts each.

May import ``hansa.errors``, ``hansa.world``, ``hansa.equilibrium`` and its neighbours. Which fact
supports cooperation and which speaks against it is fixed here, before anyone sees the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from hansa.affinity import friends, layout, reliability
from hansa.affinity.chapter_parts import (
    Chapter,
    Fact,
    joint_over_expected,
    least_alike_pair,
    percent,
    senders_on,
    spread_of_points,
    welfare_square,
    with_measures,
    worth_of,
)
from hansa.affinity.groups import senders_against
from hansa.affinity.science import after_event, decoupling, load_papers, partners
from hansa.affinity.science import ranks as science_ranks
from hansa.affinity.science import shares as science_shares
from hansa.affinity.tables import chosen
from hansa.affinity.votes import (
    cohesion,
    distances,
    event,
    exposure_and_votes,
    ideal_points,
    movement,
    realignment,
    trade_and_votes,
)
from hansa.errors import DataError
from hansa.world.world import World

if TYPE_CHECKING:
    import pandas as pd

    from hansa.equilibrium import Exposure

__all__ = [
    "Chapter",
    "Fact",
    "friends_chapter",
    "reliability_chapter",
    "science_chapter",
    "votes_chapter",
]

#: Events whose traces in science are asked for.
EVENTS = (2012, 2018, 2022)
#: Countries between, shown beside a club and its senders.
BETWEEN = {"China": ("CHN",), "India": ("IND",), "Türkiye": ("TUR",)}


def friends_chapter(
    world: World, before: Exposure, after: Exposure, members: Iterable[str], *, k: int = 5
) -> Chapter:
    """Return the chapter on friends and enemies.

    Parameters
    ----------
    world : World
    before, after : Exposure
        Without the regime, and under it.
    members : iterable of str
    k : int
        Friends and enemies shown per member.

    Returns
    -------
    Chapter

    Raises
    ------
    DataError
        Unknown member.
    """
    group = chosen("member", members, world.countries, least=2)
    senders = [c for c in senders_against(with_measures(group)) if c in world.countries]
    groups = {"club": group, "senders": [c for c in senders if c not in group]}
    groups |= {name: list(codes) for name, codes in BETWEEN.items() if codes[0] not in group}
    welfare = welfare_square(after)
    pairs = friends.mutual(after, group)
    gains = np.concatenate([pairs["first_gains"], pairs["second_gains"]])
    worth = {name: worth_of(world, after, group, codes) for name, codes in groups.items()}
    tables: dict[str, pd.DataFrame] = {
        "club": friends.club_friends(world, after, group),
        "members": pairs,
        "change": friends.change(before, after, countries=group).head(40),
        "leaning": friends.leaning(world, after, group, groups),
    }
    for code in group:
        tables[f"country_{code}"] = friends.country_friends(world, after, code, k)
        tables[f"sectors_{code}"] = friends.by_sector(after, code)
    positive = float((gains > 0).mean())
    return Chapter(
        "Friends and enemies",
        tables,
        {"heatmap": layout.heatmap(welfare), "network": layout.network(welfare)},
        Fact(
            {"positive": positive, "pairs": float(gains.size)},
            "share of ordered pairs",
            f"Growth in one member raises the welfare of another in {percent(positive)} of the "
            f"{gains.size} ordered pairs of members.",
        ),
        Fact(
            worth,
            "million USD a year for one per cent of productivity",
            f"One per cent more productivity in all the other members is worth "
            f"{worth['club']:.0f} million USD a year to the members together, in the senders "
            f"{worth['senders']:.0f}"
            + (f", in China alone {worth['China']:.0f}." if "China" in worth else "."),
        ),
        (
            "First-order effects of productivity, all sectors at once, on the balanced table of "
            f"{world.year}; they say nothing about intentions.",
        ),
    )


def votes_chapter(
    members: Iterable[str], exposed: Exposure | None = None, earlier: Exposure | None = None
) -> Chapter:
    """Return the chapter on votes.

    Parameters
    ----------
    members : iterable of str
    exposed : Exposure, optional
        Of the world of 2015: the regressions of agreement on exposure are then in the tables.
    earlier : Exposure, optional
        Of the world of 2005: so are those of the change of agreement on the change of exposure.

    Returns
    -------
    Chapter

    Raises
    ------
    DataError
        Unknown member.
    """
    points = ideal_points()
    group = chosen("member", members, sorted(set(points["country"])), least=2)
    blocs = cohesion(group)
    last = blocs[blocs.index >= 2015].mean()
    spread = spread_of_points(points, group)
    least = least_alike_pair(group)
    tables: dict[str, pd.DataFrame] = {
        "cohesion": blocs,
        "movement": movement(group),
        "event_2014": event(2014, group),
        "event_2022": event(2022, group),
        "trade_and_votes": trade_and_votes(),
    }
    if exposed is not None:
        tables["exposure_and_votes"] = exposure_and_votes(exposed)
    if exposed is not None and earlier is not None:
        spans = range(2004, 2007), range(2014, 2017)
        tables["realignment"] = realignment(earlier, exposed, years=spans)
    figures = {
        "paths": points[points["country"].isin([*group, "USA"]) & (points["year"] >= 1990)],
        "cohesion": blocs,
        "distances": distances(group[:1], [c for c in (*group[1:], "USA") if c != group[0]]),
    }
    then, now = float(spread.iloc[0]), float(spread.iloc[-1])
    return Chapter(
        "Votes",
        tables,
        figures,
        Fact(
            {k: float(last[k]) for k in ("within", "outside", "rank")},
            "agreement (abstention 0.5); share of groups",
            f"In 2015-2019 members agreed with one another in {percent(last['within'])} of votes "
            f"and with others in {percent(last['outside'])}; {percent(last['rank'])} of groups "
            "of this size drawn at random were less united.",
        ),
        Fact(
            {"least": least["agreement"], "then": then, "now": now},
            "agreement; points of the ideal-point scale",
            f"The two members least alike, {least['country']} and {least['partner']}, agreed in "
            f"{percent(least['agreement'])} of votes; members' ideal points lay {now:.2f} apart "
            f"on average in {spread.index[-1]} and {then:.2f} in {spread.index[0]}.",
        ),
        (
            "Roll calls end in 2019, agreement with six powers in 2023, ideal points in 2024.",
            "Abstentions count half; most resolutions pass with large majorities, so agreement is "
            "high for all. Who votes for a state may not be who governs it (Myanmar since 2021).",
        ),
    )


def science_chapter(
    members: Iterable[str], *, progress: Callable[[str], None] | None = None
) -> Chapter:
    """Return the chapter on science.

    Parameters
    ----------
    members : iterable of str
    progress : callable, optional
        Called with the name of each member when its events are done.

    Returns
    -------
    Chapter

    Raises
    ------
    DataError
        Unknown member.
    """
    papers = load_papers()
    group = chosen("member", members, papers.countries, least=2)
    senders = [c for c in senders_against(with_measures(group)) if c not in group]
    groups = {"club": group, "senders": senders}
    groups |= {name: list(codes) for name, codes in BETWEEN.items() if codes[0] not in group}
    lost = decoupling(group, senders)
    split = science_shares(group, groups)
    tables: dict[str, pd.DataFrame] = {"decoupling": lost, "shares": split}
    for code in group[:3]:
        others = {name: [c for c in codes if c != code] for name, codes in groups.items()}
        for year in EVENTS:
            tables[f"event_{code}_{year}"] = after_event(code, year, others)
        tables[f"partners_{code}"] = partners(code, (2021, 2022, 2023))
        if progress is not None:
            progress(code)
    followed = [c for c in (*group, "CHN", "USA", "DEU", "IND", "TUR") if c != group[0]]
    ratio, joint = joint_over_expected(group)
    whole = lost[lost["country"] == "all"].set_index("side")
    inside = float(whole["inside"].to_dict()["members"])
    share = {str(side): float(part) for side, part in whole["share"].to_dict().items()}
    return Chapter(
        "Science",
        tables,
        {"shares": split, "ranks": science_ranks(group[0], list(dict.fromkeys(followed)))},
        Fact(
            {"ratio": ratio, "papers": joint},
            "ratio of joint papers to those expected, 2021-2023",
            f"In 2021-2023 members wrote {ratio:.1f} times as many papers with one another "
            f"({joint:,.0f}, counted by pair) as their links with all countries would lead one to "
            "expect.",
        ),
        Fact(
            {"inside": inside, **share},
            "share of links, 2021-2023",
            f"Only {percent(inside)} of members' links in science are with one another and "
            f"{percent(share['members'])} with the senders; if those ended, members would lose "
            f"{percent(share['members'])} of their links and senders {percent(share['senders'])} "
            "of theirs.",
        ),
        (
            "Papers with authors of several countries only; a paper counts in each of its pairs. "
            "OpenAlex's coverage changes over time; 2023 may be incomplete.",
        ),
    )


def reliability_chapter(members: Iterable[str], *, start: int = 2005, end: int = 2015) -> Chapter:
    """Return the chapter on reliability: who stayed, for every member.

    Parameters
    ----------
    members : iterable of str
    start, end : int
        1995, 2005 or 2015.

    Returns
    -------
    Chapter

    Raises
    ------
    DataError
        Unknown member, or members that do not trade with one another.
    """
    import pandas as pd

    group = list(members)
    tables, pairs = {}, []
    for code in group:
        table = reliability.who_stayed(code, start=start, end=end)
        senders = [c for c in senders_on(code, f"{end}-07-01") if c not in group]
        others = [c for c in group if c != code]
        tables[f"partners_{code}"] = table
        tables[f"groups_{code}"] = reliability.summary_by_group(
            table, {"club": others, "senders": senders, **BETWEEN}
        )
        pairs.append(table.loc[[c for c in others if c in table.index]])
    held = [pair for pair in pairs if len(pair)]
    if not held:
        raise DataError(f"{', '.join(group)} have no trade with one another in {start}")
    ties = pd.concat(held)
    hope, real = ties["expected"], ties["ratio"] * ties["expected"]
    ratio = float(real.sum() / hope.sum())
    # One tie between neighbours can be most of a club's trade: say what is left without it.
    small = hope < hope.max() / 2
    without = float(real[small].sum() / hope[small].sum()) if small.any() else float("nan")
    ratios = ties["ratio"].to_numpy()
    below = float((ratios < 1).mean())
    return Chapter(
        "Reliability of partners",
        tables,
        {"partners": {code: tables[f"partners_{code}"] for code in group}},
        Fact(
            {"ratio": ratio, "without": without},
            f"ratio of trade in {end} to that expected",
            f"Between {start} and {end} trade among members came to {ratio:.2f} times what the "
            f"growth of each one's trade would lead one to expect; without the largest tie to "
            f"{without:.2f} times.",
        ),
        Fact(
            {"below": below, "pairs": float(ratios.size)},
            "share of members' ties",
            f"In {percent(below)} of the {ratios.size} ties of a member with another, trade fell "
            "short of the expectation.",
        ),
        (
            "Relative to the member's other partners: that its trade shrank as a whole is not in "
            "the ratios. Exporters' reports, current prices, f.o.b.; a tie is seen from both ends.",
        ),
    )
