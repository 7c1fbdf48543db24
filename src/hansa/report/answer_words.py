"""Sentences on the senders' answer: whom it breaks first, which clubs it cannot, what is chosen.

May import its siblings. Pure functions from facts to plain text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hansa.report.numbers import counted, listed, percent

Facts = Mapping[str, Any]


def members(facts: Facts, names: Mapping[str, str]) -> str:
    """Return at which intensity each member of the club of all would rather leave it."""
    a = facts.get("answer")
    if not a or "leaves_at" not in a:
        return ""
    held = a["leaves_at"]
    points = sorted((v, c) for c, v in held.items() if v is not None)
    lost = a["leaves_unknown"]
    stay = [names.get(c, c) for c, v in held.items() if v is None and c not in lost]
    text = ""
    if points:
        parts = [f"{names.get(c, c)} {percent(100 * v)}" for v, c in points]
        text = f"Members would rather leave the club of all from: {', '.join(parts)}."
    if stay:
        text += f" {listed(stay, 20)} would stay at every intensity tried."
    if lost:
        text += f" Of {listed([names.get(c, c) for c in lost], 20)} it is not known."
    return text.strip()


def robust(facts: Facts, names: Mapping[str, str]) -> str:
    """Return the clubs that are stable at every intensity of the grid."""
    a = facts.get("answer")
    if not a or "robust_clubs" not in a:
        return ""
    clubs = a["robust_clubs"]
    full = percent(100 * a["intensities"][-1])
    if clubs:
        some = "; ".join(listed([names.get(c, c) for c in q.split("+")], 20) for q in clubs[:3])
        more = f" and {len(clubs) - 3} more" if len(clubs) > 3 else ""
        is_ = "is" if len(clubs) == 1 else "are"
        text = (
            f"{counted(len(clubs), 'club').capitalize()} {is_} stable inside and outside at every "
            f"intensity up to {full}: {some}{more}."
        )
    else:
        text = f"No club of two or more is stable at every intensity up to {full}."
    if a["robust_unknown"]:
        text += f" Of {counted(a['robust_unknown'], 'club')} it is not known."
    return text


def game(facts: Facts, names: Mapping[str, str]) -> str:
    """Return what senders choose as the weight on harm grows, by pessimistic selection."""
    a = facts.get("answer")
    held = a.get("game") if a else None
    if not held:
        return ""
    own = [c for c in held["choices"] if c["selection"] == "pessimistic"]
    parts = [
        f"{_range(c)} they choose {_strength(c)}, {_clubs(c['clubs'], names)}" for c in own[:6]
    ]
    text = (
        "Suppose the senders first choose the intensity and candidates then choose membership, "
        "and that a dollar of harm to the candidates is worth lambda dollars of their own to the "
        "senders. Counting on the worst stable club at each intensity: " + "; ".join(parts) + "."
    )
    if len(own) > 6:
        text += f" {counted(len(own) - 6, 'further range')} in the table."
    same = {c["strength"] for c in held["choices"] if c["selection"] == "optimistic"} == {
        c["strength"] for c in own
    }
    text += (
        " Counting on the best one, the intensities chosen are the same."
        if same
        else " Counting on the best one, other intensities are chosen; the table has both."
    )
    if not held["complete"]:
        text += " Some clubs were not solved, so there may be further equilibria."
    return text


def _range(choice: Facts) -> str:
    low, high = choice["weight_from"], choice["weight_to"]
    if low == 0 and high is None:
        return "whatever lambda is,"
    if low == 0:
        return f"up to lambda = {high:.2g}"
    return f"above {low:.2g}" if high is None else f"from {low:.2g} to {high:.2g}"


def _strength(choice: Facts) -> str:
    first = "no answer" if choice["strength"] == 0 else percent(100 * choice["strength"])
    if not choice["tied"]:
        return first
    others = ", ".join("no answer" if t == 0 else percent(100 * t) for t in choice["tied"])
    return f"{first} (or as well {others})"


def _clubs(clubs: list[str], names: Mapping[str, str]) -> str:
    """Return which clubs are counted on there."""
    if len(clubs) > 1:
        return f"counting on one of {counted(len(clubs), 'club')}"
    if not clubs[0]:
        return "where no club forms"
    return f"where {listed([names.get(c, c) for c in clubs[0].split('+')], 20)} form the club"
