"""The leading sentences of the chapters on capability, friends, votes, science and reliability.

May import ``hansa.study`` and its siblings. Each says what the chapter found before any figure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hansa.report.numbers import digits, listed, money, percent, the
from hansa.report.rows import records
from hansa.study import StudyResult

Names = Mapping[str, str]
#: A smaller change of welfare, per cent for one per cent of growth elsewhere, is none.
SEEN = 1e-4


def capability(result: StudyResult, names: Names) -> str:
    """Return what was lost, and how much of it the club could match."""
    facts = result.facts["chapters"]["capability"]
    share = facts["supports"]["values"]
    missing = result.tables["capability_coverage_chapters"].nlargest(2, "missing_musd")
    gaps = listed([str(name).lower() for name in missing["name"]])
    return (
        f"Under the sanctions the members buy {money(facts['lost_musd'])} a year less from "
        f"senders than without any. Turning {percent(100 * share['divertible'])} of their exports "
        f"to one another they could match {percent(100 * share['share'])} of it by value, and "
        f"{percent(100 * share['ceiling'])} by turning all; most of what would be missing is "
        f"{gaps}."
    )


def friends(result: StudyResult, names: Names) -> str:
    """Return whose growth helps the members most, and whom sanctions turned."""
    club = result.tables["friends_club"]
    outside = club[~club["member"].astype(bool)]
    best = outside.nlargest(2, "dollars")
    change = result.tables["friends_change"]
    first = records(change.head(1))[0]
    turned = records(change[change["turned"] == "to enemy"].head(1))
    where = listed([the(str(name)) for name in best["name"]])
    lead = f"Growth in {where} helps the members most of all countries outside the club."
    if abs(first["change"]) < SEEN:
        return f"{lead} Sanctions changed no member’s tie to anybody by much."
    said = (
        f"{lead} Sanctions changed the tie of {_of(names, first['country'])} to "
        f"{_of(names, first['source'])} most"
    )
    if turned and turned[0] != first:
        said += (
            f"; {_of(names, turned[0]['source'])}, once a help to "
            f"{_of(names, turned[0]['country'])} as it grew, no longer is"
        )
    return f"{said}."


def votes(result: StudyResult, names: Names) -> str:
    """Return how members vote, and who moved."""
    values = result.facts["chapters"]["votes"]["supports"]["values"]
    moved = result.tables["votes_movement"]
    most = records(moved.loc[moved["change"].abs().nlargest(1).index])[0]
    least = records(moved.loc[moved["change"].abs().nsmallest(1).index])[0]
    way = "away from" if most["change"] < 0 else "towards"
    return (
        f"In 2015 to 2019 members voted alike in {percent(100 * values['within'])} of roll calls "
        f"and with others in {percent(100 * values['outside'])}. Since {most['first']} "
        f"{_of(names, most['country'])} has moved most, {way} the position of the United States; "
        f"{_of(names, least['country'])} least."
    )


def science(result: StudyResult, names: Names) -> str:
    """Return where members' joint papers go."""
    values = result.facts["chapters"]["science"]["against"]["values"]
    return (
        f"Of members’ links in science {percent(100 * values['inside'])} are with one another and "
        f"{percent(100 * values['members'])} with countries that sanction them; for those "
        f"countries members are {percent(100 * values['senders'])} of their links."
    )


def reliability(result: StudyResult, names: Names) -> str:
    """Return whose trade with the members held up best and worst."""
    table = result.tables["reliability_groups"]
    sums = table.groupby("group")[["after", "expected"]].sum()
    met = (table["ratio"] * table["expected"]).groupby(table["group"]).sum() / sums["expected"]
    known = {str(g): float(met[g]) for g in met.index if met[g] == met[g]}
    called = {"club": "other members", "senders": "the senders"}
    said = [
        f"{digits(v)} {'times' if k else 'times what was expected'} with {called.get(g, g)}"
        for k, (g, v) in enumerate(sorted(known.items(), key=lambda kv: -kv[1]))
    ]
    return (
        "Between 2005 and 2015 members’ trade in goods, given how each country’s trade grew as a "
        f"whole, came to {listed(said)}."
    )


LEADS: dict[str, Callable[[StudyResult, Names], str]] = {
    "capability": capability,
    "friends": friends,
    "votes": votes,
    "science": science,
    "reliability": reliability,
}


def rules(facts: Mapping[str, Any]) -> str:
    """Return what the rules with capability or science give beside the plain one, if any."""
    study, head = facts["study"], facts["headline"]
    gains = head["joint_gain_by_variant_musd"]
    said = []
    for name, rule in study["rules"].items():
        gain = money(gains[name])
        if name == "central" or gains[name] is None:
            continue
        if rule["capability"]:
            said.append(
                f"if costs among members fell more where one can supply what another lost, at the "
                f"same average, the club of all would gain {gain} a year"
            )
        elif rule["science"] is not None:
            said.append(
                f"if members wrote {percent(100 * rule['science']['increase'])} more papers with "
                f"one another, and if that raised productivity as foreign research is estimated to "
                f"do ({rule['science']['spillover']} spillover: an assumption), {gain}"
            )
    if not said:
        return ""
    text = f"{'; '.join(said)}; by the plain rule {money(gains['central'])}."
    return text[0].upper() + text[1:]


def bases(facts: Mapping[str, Any]) -> str:
    """Return what "before" means in the chapters: the table of the world carries sanctions."""
    year = facts["world"]["year"]
    return (
        f"“Without sanctions” is a world with all of them lifted, those that trade of {year} "
        "already carries among them; it is modelled, as is what was lost."
    )


def largest_loser(result: StudyResult, names: Names) -> str:
    """Return the name of the member that lost most goods."""
    table = result.tables["capability_coverage_members"]
    return _of(names, str(table.nlargest(1, "lost_musd")["member"].iloc[0]))


def _of(names: Names, code: str) -> str:
    return the(names.get(str(code), str(code)))
