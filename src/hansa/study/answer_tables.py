"""Tables and facts of the senders' answer, beyond breaking points: member by member, and the game.

May import every room to the left. Pure functions from the games at each intensity.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hansa.club import AnswerGame, Game, Verdict, answer_game, member_points
from hansa.errors import DataError


def answer_detail(games: dict[float, Game]) -> dict[str, pd.DataFrame]:
    """Return, for games by intensity, curves, members' points, and the two-stage game's tables."""
    if not games:
        return {}
    points = member_points(list(games.values()), games)
    tables = {"answer_curves": curves_table(games), "answer_members": points.to_frame()}
    game = two_stages(games)
    if game is not None:
        tables |= {
            "answer_stages": game.stages_frame(),
            "answer_choices": game.choices_frame(),
            "answer_equilibria": game.to_frame(),
        }
    return tables


def two_stages(games: dict[float, Game]) -> AnswerGame | None:
    """Return the two-stage game; None without senders, or where some stage is not known."""
    first = next(iter(games.values()))
    candidates = set(first.players)
    senders = [s for s in first.senders if s not in candidates]
    if not senders:
        return None
    try:
        return answer_game(list(games.values()), games, senders)
    except DataError:
        return None


def curves_table(games: dict[float, Game]) -> pd.DataFrame:
    """Return each member's gain from the club of all, and from staying in it, by intensity.

    Per cent of real income: against no club, and against the club of all without the member.
    """
    rows = []
    for p, game in games.items():
        everyone = game.solved.size - 1
        for k, player in enumerate(game.players):
            n = game.countries.index(player)
            inside, without = game.welfare[everyone, n], game.welfare[everyone ^ (1 << k), n]
            rows.append(
                {
                    "intensity": p, "country": player,
                    "gain_pct": 100 * (inside / game.welfare[0, n] - 1),
                    "staying_pct": 100 * (inside / without - 1),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def answer_more_facts(games: dict[float, Game], tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Return the robust clubs, and what senders choose at the weights on harm."""
    if not games:
        return {}
    points = member_points(list(games.values()), games)
    facts: dict[str, Any] = {
        "robust_clubs": ["+".join(c) for c in points.robust_clubs()],
        "robust_unknown": len(points.robust_clubs(Verdict.UNKNOWN)),
        "leaves_at": _of_all(points.leaves[-1], points.players),
        "leaves_unknown": [
            p for p, v in zip(points.players, points.leaves[-1], strict=True) if np.isnan(v)
        ],
        "game": None,
    }
    game = two_stages(games)
    if game is None:
        return facts
    facts["game"] = {
        "complete": bool(game.complete.all()),
        "senders": len(game.senders),
        "choices": [
            {
                "selection": c.selection,
                "weight_from": c.weight_from,
                "weight_to": c.weight_to if np.isfinite(c.weight_to) else None,
                "strength": c.strength,
                "tied": list(c.tied),
                "clubs": ["+".join(club) for club in c.clubs],
            }
            for c in game.choices
        ],
        "outcomes": len({(e.strength, e.club) for e in game.equilibria}),
    }
    return facts


def _of_all(row: np.ndarray, players: tuple[str, ...]) -> dict[str, float | None]:
    """Return each member's point in the club of all; None if it would stay, or is not known."""
    return {p: (float(v) if np.isfinite(v) else None) for p, v in zip(players, row, strict=True)}
