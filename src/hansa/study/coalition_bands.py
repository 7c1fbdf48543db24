"""Bands of a senders' coalition: its quantities in every draw, and who would be best to join.

May import every room to the left. Harm and cost are positive where there is a loss; money is in
million USD of the baseline year, at each draw's own baseline income.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from hansa.study.coalition_scenarios import REFERENCES
from hansa.study.draw_runs import DrawTable
from hansa.study.schema import Study

Array = np.ndarray
Key = tuple[str, str, str]
#: How the targets together are called, as in the table of references.
JOINT = "all targets"
MONEY, OF_INCOME, OF_GDP, OF_HARM = "million USD", "%", "% of GDP", "% of harm"

#: How the quantities of each reference scenario end: that of the senders is the plain one.
ENDINGS = {
    "actual": "",
    "everyone": "_by_everyone",
    "embargo": "_by_embargo",
    "embargo of everyone": "_by_full_embargo",
}
#: Shares of harm: quantity, part, whole.
SHARES = (
    ("share_of_everyone", "actual", "everyone"),
    ("share_of_embargo", "actual", "embargo"),
    ("share_of_full_embargo", "actual", "embargo of everyone"),
    ("embargo_of_everyone", "embargo", "everyone"),
    ("full_embargo_of_everyone", "embargo of everyone", "everyone"),
    ("everyone_of_full_embargo", "everyone", "embargo of everyone"),
    ("embargo_of_full_embargo", "embargo", "embargo of everyone"),
)
#: Quantities whose variance is divided.
DIVIDED: tuple[Key, ...] = (
    ("share_of_everyone", JOINT, OF_HARM),
    ("harm", JOINT, MONEY),
    ("coalition_cost", "senders", MONEY),
)
#: Facts of a coalition that have a band: name, and the row of the table of bands.
FACTS: dict[str, Key] = {
    "harm_musd": ("harm", JOINT, MONEY),
    "harm_pct": ("harm", JOINT, OF_INCOME),
    "cost_musd": ("coalition_cost", "senders", MONEY),
    "cost_pct_gdp": ("coalition_cost", "senders", OF_GDP),
    "everyone_musd": ("harm_by_everyone", JOINT, MONEY),
    "embargo_musd": ("harm_by_embargo", JOINT, MONEY),
    "full_embargo_musd": ("harm_by_full_embargo", JOINT, MONEY),
    "of_everyone_pct": ("share_of_everyone", JOINT, OF_HARM),
    "of_embargo_pct": ("share_of_embargo", JOINT, OF_HARM),
    "of_full_embargo_pct": ("share_of_full_embargo", JOINT, OF_HARM),
    "everyone_of_full_embargo_pct": ("everyone_of_full_embargo", JOINT, OF_HARM),
    "embargo_of_full_embargo_pct": ("embargo_of_full_embargo", JOINT, OF_HARM),
}


@dataclass(frozen=True, eq=False)
class CoalitionBands:
    """What the draws say of a coalition.

    Attributes
    ----------
    study : Study
    draws : DrawTable
    """

    study: Study
    draws: DrawTable

    @cached_property
    def senders(self) -> tuple[str, ...]:
        """Players that impose."""
        return () if self.study.coalition is None else self.study.coalition.senders

    @cached_property
    def partners(self) -> tuple[str, ...]:
        """Players that might join."""
        return () if self.study.coalition is None else self.study.coalition.partners

    @cached_property
    def loss(self) -> Array:
        """Loss by draw and scenario of each player, then of each target, (D, S, K + T)."""
        return self.draws["coalition.loss"]

    @cached_property
    def harm(self) -> Array:
        """Loss of the targets together, (D, S), million USD."""
        return np.asarray(self.loss[:, :, -len(self.study.aims) :].sum(2))

    @cached_property
    def series(self) -> dict[Key, Array]:
        """Every quantity by what, whose and unit, one number a draw."""
        return self._harms() | self._costs() | self._shares() | self._joining()

    def _harms(self) -> dict[Key, Array]:
        found = dict[Key, Array]()
        before, aims = self.draws["coalition.before"], self.study.aims
        for scenario, ending in ENDINGS.items():
            name, at = f"harm{ending}", REFERENCES.index(scenario)
            own = self.loss[:, at, -len(aims) :]
            found[name, JOINT, MONEY] = self.harm[:, at]
            found[name, JOINT, OF_INCOME] = 100 * self.harm[:, at] / before.sum(1)
            for t, code in enumerate(aims):
                found[name, code, MONEY] = own[:, t]
                found[name, code, OF_INCOME] = 100 * own[:, t] / before[:, t]
        return found

    def _costs(self) -> dict[Key, Array]:
        found = dict[Key, Array]()
        gdp, many = self.draws["coalition.gdp"], len(self.senders)
        for scenario, ending in ENDINGS.items():
            own = self.loss[:, REFERENCES.index(scenario), :many].sum(1)
            found[f"coalition_cost{ending}", "senders", MONEY] = own
        joint = found["coalition_cost", "senders", MONEY]
        found["coalition_cost", "senders", OF_GDP] = 100 * joint / gdp[:, :many].sum(1)
        for k, player in enumerate((*self.senders, *self.partners)):
            own = self.loss[:, REFERENCES.index("actual"), k]
            found["coalition_cost", player, MONEY] = own
            found["coalition_cost", player, OF_GDP] = 100 * own / gdp[:, k]
        return found

    def _shares(self) -> dict[Key, Array]:
        found = dict[Key, Array]()
        for name, part, whole in SHARES:
            a, b = (self.harm[:, REFERENCES.index(s)] for s in (part, whole))
            share = np.divide(a, b, out=np.full(a.size, np.nan), where=b > 0)
            found[name, JOINT, OF_HARM] = 100 * share
        return found

    @cached_property
    def more(self) -> Array:
        """What each partner would add to the harm by joining the senders, (D, P), million USD."""
        actual = self.harm[:, [REFERENCES.index("actual")]]
        return np.asarray(self.harm[:, len(REFERENCES) :] - actual)

    def _joining(self) -> dict[Key, Array]:
        found = dict[Key, Array]()
        at, gdp = REFERENCES.index("actual"), self.draws["coalition.gdp"]
        actual = self.harm[:, at]
        for p, partner in enumerate(self.partners):
            k, more = len(self.senders) + p, self.more[:, p]
            share = np.divide(more, actual, out=np.full(more.size, np.nan), where=actual > 0)
            own = self.loss[:, len(REFERENCES) + p, k] - self.loss[:, at, k]
            found["more_harm", partner, MONEY] = more
            found["more_harm", partner, OF_HARM] = 100 * share
            found["joining_cost", partner, MONEY] = own
            found["joining_cost", partner, OF_GDP] = 100 * own / gdp[:, k]
        return found

    @cached_property
    def best(self) -> dict[str, float]:
        """In how many draws each partner would add most, per cent of those solved."""
        if not self.partners:
            return {}
        first = np.where(np.isfinite(self.more).all(1), self.more.argmax(1), -1)
        return {p: 100 * float((first == k).mean()) for k, p in enumerate(self.partners)}

    @property
    def unsolved(self) -> int:
        """How many scenarios of solved draws have no equilibrium."""
        return int(np.isnan(self.harm).sum())


def coalition_band_facts(bands: CoalitionBands, table: pd.DataFrame) -> dict[str, Any]:
    """Return the bands of the headline of a coalition by the names of its facts, ready for JSON.

    Parameters
    ----------
    bands : CoalitionBands
    table : DataFrame
        The table ``bands``.
    """
    rows = {
        (str(r["quantity"]), str(r["country"]), str(r["unit"])): r for r in table.to_dict("records")
    }
    return {
        "bands": {name: _band(rows[key]) for name, key in FACTS.items()},
        "best_next_pct": bands.best,
        "more_harm_pct": {p: _band(rows["more_harm", p, OF_HARM]) for p in bands.partners},
        "unsolved": bands.unsolved,
        "draws": int(bands.draws.solved.size),
    }


def _band(row: Mapping[Hashable, Any]) -> dict[str, float | str | None]:
    ends = {key: float(row[key]) for key in ("low", "median", "high")}
    return {k: (v if np.isfinite(v) else None) for k, v in ends.items()} | {"unit": row["unit"]}
