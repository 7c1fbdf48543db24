"""Sentences on what is not sure: bands, shares of draws, the assumption that matters most.

May import its siblings. Pure functions from facts to plain text, right without draws, with few of
them, and where some failed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from hansa.report.numbers import NARROW, counted, listed, money, percent

Facts = Mapping[str, Any]

#: How the quantities of the headline are called in the chapter.
QUANTITIES = {
    "wins_back": "Share of the cost won back",
    "wins_back_since": "The same, of what was added since the baseline year",
    "cost_of_sanctions": "Effect of all sanctions on the candidates, a year",
    "since_baseline": "Effect of what changed since the baseline year, a year",
    "gain_from_club": "Effect of the club of all on its members, a year",
    "senders_cost": "Effect of all sanctions on senders, a year",
    "senders_gain": "Effect of the club of all on senders, a year",
    "others_cost": "Effect of all sanctions on all others, a year",
    "others_gain": "Effect of the club of all on all others, a year",
    "least_core_excess": "Least core: excess of the worst-served group, a year",
    "breaking_point": "Answer at which the club of all stops holding, share of full intensity",
    "breaking_cost": "The same as a cost on trade with senders",
}
#: The same in a study without a club: what the targets suffer and who else.
OF_TARGETS = {
    "cost_of_sanctions": "Effect of all sanctions on the targets, a year",
    "since_baseline": "Effect on them of what changed since the baseline year, a year",
}
#: How those of a coalition are called, by its facts.
COALITION = {
    "harm_musd": "Loss of the targets by the senders' sanctions, a year",
    "harm_pct": "The same, of real income",
    "cost_musd": "Loss of the senders by them, a year",
    "cost_pct_gdp": "The same, of their GDP",
    "of_everyone_pct": "Harm, as a share of that of the same measures by all countries",
    "of_embargo_pct": "Harm, as a share of that of an embargo by the same senders",
    "of_full_embargo_pct": "Harm, as a share of that of an embargo by all countries",
}
#: How shares of draws are called.
SHARES = {
    "internally_stable": "Nobody would leave the club of all",
    "externally_stable": "Nobody would join it",
    "stable": "Both",
    "potentially_stable": "Payments among members could hold it",
    "core_nonempty": "The core is not empty",
    "breaks_under_answer": "It stops holding within the senders' answers tried",
}


def amount(value: float | None, unit: str) -> str:
    """Return a number of a band in its unit; None is beyond what was tried."""
    if value is None:
        return "beyond what was tried"
    return money(value) if unit == "million USD" else percent(value)


def share_of(share: float) -> str:
    """Return a share of draws in whole per cent; hardly ever and nearly always are told apart."""
    whole = f"{share:.0f}{NARROW}%"
    if 0 < share < 0.5:
        return f"under 1{NARROW}%"
    return f"over 99{NARROW}%" if 99.5 <= share < 100 else whole


def reach(band: Mapping[str, Any] | None) -> str:
    """Return ``a to b``, or nothing without a band."""
    if not band or (band["low"] is None and band["high"] is None):
        return ""
    return f"{amount(band['low'], band['unit'])} to {amount(band['high'], band['unit'])}"


def within(facts: Facts, quantity: str, turned: bool = False) -> str:
    """Return `` (90 % band: a to b)``, or nothing without a band.

    `turned` is for numbers told without their sign: a loss of 5 has the band of what is lost.
    """
    band = facts["headline"].get("bands", {}).get(quantity)
    if band and turned:
        ends = {"low": band["high"], "high": band["low"]}
        band = band | {k: None if v is None else -v for k, v in ends.items()}
    text = reach(band)
    return f" (90{NARROW}% band: {text})" if text else ""


def in_draws(facts: Facts, what: str) -> str:
    """Return ``93 % of draws`` for a share of draws, or nothing without draws."""
    share = facts.get("uncertainty", {}).get("shares", {}).get(what)
    return "" if share is None else f"{share_of(share)} of draws"


def undecided(facts: Facts, kind: str) -> str:
    """Return how many draws leave a verdict on the club of all open; nothing if none does."""
    full = facts.get("uncertainty", {}).get("full", {}).get(kind)
    if not full:
        return ""
    named = {"tie": "closer than the errors of the solutions", "unknown": "not known"}
    open_ = [f"{share_of(full[v])} {words}" for v, words in named.items() if full[v]]
    return f" ({listed(open_)})" if open_ else ""


def stable_in(facts: Facts) -> str:
    """Return in how many draws the club of all is stable, and its core is not empty."""
    share = facts.get("uncertainty", {}).get("shares", {})
    if not share:
        return ""
    parts = [f"Nobody would leave the club of all in {in_draws(facts, 'internally_stable')}"]
    parts[0] += undecided(facts, "internally_stable")
    if "stable" in share:
        text = f"it is stable both inside and outside in {in_draws(facts, 'stable')}"
        parts.append(text + undecided(facts, "stable"))
    if "core_nonempty" in share:
        parts.append(f"its core is not empty in {in_draws(facts, 'core_nonempty')}")
    return "; ".join(parts) + "."


def best_in(facts: Facts, names: Mapping[str, str]) -> str:
    """Return in how many draws which club gives most together."""
    best = facts.get("uncertainty", {}).get("best_club")
    if not best:
        return ""
    everyone = len(best["club"]) == len(facts["study"]["candidates"])
    who = "all" if everyone else listed([names.get(c, c) for c in best["club"]])
    share = share_of(best["share_pct"])
    text = f"In {share} of draws the club with the greatest joint gain is that of {who}"
    if not everyone:
        text += f"; that of all it is in {share_of(best['full_pct'])}"
    return text + "."


def breaks_in(facts: Facts) -> str:
    """Return how the breaking point spreads over draws."""
    bands = facts["headline"].get("bands", {})
    point, cost = reach(bands.get("breaking_point")), reach(bands.get("breaking_cost"))
    share = facts.get("uncertainty", {}).get("shares", {}).get("breaks_under_answer")
    if not point or share is None:
        return ""
    text = f"Over draws the club of all stops holding at {point} of the full answer"
    if cost:
        text += f", a cost on trade with senders of {cost}"
    if share < 100:
        text += f"; in {share_of(100 - share)} of draws it holds against every answer tried"
    return text + "."


def drawn(facts: Facts) -> str:
    """Return how many draws stand behind the bands, and what became of the others."""
    u = facts.get("uncertainty")
    if u is None:
        return "No draws were asked for, so no number has a band."
    if not u["solved"]:
        many = counted(u["asked"], "draw")
        return f"None of {many} was solved, so no number has a band.{_why(u)}"
    text = f"The bands rest on {counted(u['solved'], 'draw')}; nine in ten answers lie in each."
    if u["failed"]:
        were = "was" if u["failed"] == 1 else "were"
        text += (
            f" {counted(u['failed'], 'further draw').capitalize()} {were} not solved and {were} "
            f"left out of all bands and shares.{_why(u)}"
        )
    if u.get("unsolved_clubs"):
        text += f" Within them {counted(u['unsolved_clubs'], 'club')} failed and count as unknown."
    return text


def _why(u: Mapping[str, Any]) -> str:
    return f" The solver said: {'; '.join(u['reasons'])}" if u["reasons"] else ""


def matters(facts: Facts) -> str:
    """Return which assumption matters most for the first quantity and for the share of the
    possible harm, or why none can be named."""
    u = facts.get("uncertainty")
    if u is None or not u["solved"]:
        return ""
    held = divided(facts)
    if not held:
        return (
            f"These are too few draws to say which assumption matters most: at least "
            f"{u['needed']} solved ones are needed."
        )
    others = [d for d in held[1:] if d["quantity"] == "share_of_everyone"]
    return " ".join(_most(d) for d in (held[0], *others))


def _most(first: Mapping[str, Any]) -> str:
    what = {
        "wins_back": "the share of the cost won back",
        "gain_from_club": "what the club brings",
        "cost_of_sanctions": "what the sanctions cost the candidates",
        "share_of_everyone": "the share of the harm by all countries",
        "harm": "the harm to the targets",
        "coalition_cost": "the loss of the senders",
    }.get(first["quantity"], "the first of these quantities")
    if first["unexplained_pct"] > 50:
        return (
            f"A polynomial in the assumptions explains only "
            f"{percent(100 - first['unexplained_pct'])} of how {what} varies over draws, so that "
            "no assumption is named as the one that matters most."
        )
    most, *rest = first["assumptions"]
    text = (
        f"What matters most for {what} is {_called(most)}: it accounts for "
        f"{percent(most['share_pct'])} of the variance over draws"
    )
    if most["share_low_pct"] is not None and math.isfinite(most["share_low_pct"]):
        text += f" ({percent(most['share_low_pct'])} to {percent(most['share_high_pct'])})"
    others = [r for r in rest if r["share_pct"] >= 5][:3]
    if others:
        text += "; then " + listed([f"{_called(r)} ({percent(r['share_pct'])})" for r in others])
    return text + f". Not explained: {percent(max(first['unexplained_pct'], 0.0))}."


def divided(facts: Facts) -> list[Mapping[str, Any]]:
    """Return the quantities whose variance is divided."""
    return list(facts.get("uncertainty", {}).get("tornado", []))


def _called(assumption: Mapping[str, Any]) -> str:
    name = str(assumption["assumption"])
    own = name.startswith(("club's", "size", "trade elasticities"))
    return f"the {name}" if own else f"the cost of {name}"
