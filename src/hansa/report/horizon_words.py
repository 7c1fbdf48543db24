"""Sentences on horizons: what the short run changes, and what the study's own horizon assumes.

May import its siblings. Pure functions from facts to plain text, right for losses, gains, nothing,
and what is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hansa.report.numbers import is_known, money, percent

Facts = Mapping[str, Any]


def own_horizon(facts: Facts) -> str:
    """Return which horizon the main numbers are for."""
    name = facts["study"]["horizon"]
    return f"All this is for the {name} run, {facts['horizons'][name]['span']}."


def short_and_long(facts: Facts) -> str:
    """Return what sanctions and club do in the short run, beside the long run."""
    short, long = (facts["horizons"][name] for name in ("short", "long"))

    def beside(key: str, loss: str, gain: str) -> str:
        return _beside(short[key], long[key], loss, gain)

    text = (
        f"In the short run, {short['span']}, all sanctions counted here would "
        f"{beside('joint_cost_musd', 'cost the candidates', 'give the candidates')}. "
        f"What was added or lifted since {facts['world']['year']} alone would "
        f"{beside('joint_cost_since_musd', 'cost them', 'give them')}. "
        f"The club of all would {beside('joint_gain_musd', 'cost them', 'bring them')}"
    )
    share = short["wins_back_pct"]
    if is_known(share):
        text += f"; {_won_back(share, long['wins_back_pct'])}"
    return f"{text}."


def _beside(short: float | None, long: float | None, loss: str, gain: str) -> str:
    """Return one effect in the short run and how it compares with the long run."""
    if not (is_known(short) and is_known(long)) or short is None or long is None:
        return f"{_effect(short, loss, gain)}, and in the long run {_effect(long, loss, gain)}"
    same_side = (short > 0) == (long > 0) and (short < 0) == (long < 0)
    if not same_side:
        return f"{_effect(short, loss, gain)}, but in the long run {_effect(long, loss, gain)}"
    here, there = money(abs(short)), money(abs(long))
    text = _effect(short, loss, gain)
    if here == there:
        return f"{text}, as in the long run"
    return (
        f"{text}, {'more' if abs(short) > abs(long) else 'less'} than the {there} of the long run"
    )


def _effect(value: float | None, loss: str, gain: str) -> str:
    if not is_known(value) or value is None:
        return "have an effect that is not known"
    if value == 0:
        return f"{gain} nothing"
    return f"{loss if value < 0 else gain} {money(abs(value))} a year"


def _won_back(short: float, long: float | None) -> str:
    if short < 0:
        return "it would win nothing back"
    text = f"it would win back {percent(short)} of the cost of all sanctions"
    if not is_known(long) or long is None:
        return text
    if long < 0:
        return f"{text}, and nothing in the long run"
    here, there = percent(short), percent(long)
    return f"{text}, as in the long run" if here == there else (
        f"{text}, against {there} in the long run"
    )  # fmt: skip


def assumed(horizon: Mapping[str, Any]) -> str:
    """Return the elasticities of a horizon and the mobility of labour in words."""
    values = [horizon[name] for name in ("final", "bundle", "inputs")]
    if values == [1, 1, 1]:
        text = "elasticities of one in final demand and between inputs, "
    else:
        final, bundle, inputs = (f"{value:g}" for value in values)
        text = (
            f"elasticities of {final} in final demand, {bundle} between value added and inputs "
            f"and {inputs} between inputs, "
        )
    scale = horizon["theta_scale"]
    text += (
        "trade elasticities at their long-run values"
        if scale == 1
        else f"trade elasticities at {percent(100 * scale)} of their long-run values"
    )
    labour = "stays in its sector" if horizon["specific"] else "moves freely between sectors"
    return f"{text}, and labour that {labour}"
