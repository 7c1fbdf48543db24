"""One backcast: recorded trade before and after, trade hats of every forecast, and their scores.

May import its siblings. The same arithmetic for every country: hats move the recorded flows of the
year before, shares are taken, and their changes are compared with the recorded ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from hansa.study.backcasts.forecasts import FORECASTS, Forecast
from hansa.study.backcasts.scores import DRAWS, MEASURES, changes, score
from hansa.study.backcasts.trade import FLOWS

__all__ = ["GOODS", "UNPLACED", "Case", "Shares", "points_table", "score_table"]

Array = np.ndarray
Hats = Mapping[str, Float[Array, "p j"]]

GOODS = ("all goods", "without fuels")
UNITS = ("partner", "section")
FUELS = "fuels"
#: Section of what a record does not specify: it counts for partners, and is in no section.
UNPLACED = "not specified"


@dataclass(frozen=True)
class Case:
    """Recorded trade of one country and the hats of every forecast.

    Attributes
    ----------
    country : str
    effects, strength : str
        What the costs of sanctions rest on.
    when : str
        Years compared, as in ``2005-2015``.
    partners, sectors, sections : tuple of str
        P, J and S labels; a case whose record has sectors only has those as its sections.
    before : dict
        Flow to a (P, S, J) array.
    after : sequence of dict
        The same, one for each later year; shares are averaged over the years.
    hats : sequence of dict
        For each later year: key of the forecast to flow to (P, J) hats. What is missing is not
        scored.
    """

    country: str
    effects: str
    strength: str
    when: str
    partners: tuple[str, ...]
    sectors: tuple[str, ...]
    sections: tuple[str, ...]
    before: Mapping[str, Float[Array, "p s j"]]
    after: Sequence[Mapping[str, Float[Array, "p s j"]]]
    hats: Sequence[Mapping[str, Hats]]

    @property
    def forecasts(self) -> tuple[Forecast, ...]:
        """The forecasts there are hats for, and that nothing changes."""
        known = {"nothing", *self.hats[0]}
        return tuple(f for f in FORECASTS if f.key in known)

    def key(self, forecast: Forecast) -> dict[str, str]:
        """Return what a row of a table on a forecast begins with.

        Whose costs of sanctions it uses is empty where it knows of no sanctions.
        """
        held = {"country": self.country, "when": self.when, "effects": "", "strength": ""}
        if forecast.sanctions:
            held |= {"effects": self.effects, "strength": self.strength}
        return {**held, "forecast": forecast.key}

    def shares(self, forecast: str, flow: str, goods: str, by: str) -> Shares:
        """Return shares before, after and forecast, of partners or of sections.

        Parameters
        ----------
        forecast : str
            Key; ``nothing`` needs no hats.
        flow : str
        goods : str
            One of `GOODS`.
        by : {"partner", "section"}
        """
        keep = np.array([goods == GOODS[0] or s != FUELS for s in self.sectors], dtype=float)
        axes = (1, 2) if by == "partner" else (0, 2)
        start = self.before[flow] * keep
        units = self.partners if by == "partner" else self.sections
        placed = np.array([u != UNPLACED for u in units], dtype=float)

        def share(cube: Array) -> Array:
            total = cube.sum(axis=axes) * placed
            return np.asarray(total / total.sum())

        said = [
            share(start if forecast == "nothing" else start * hats[forecast][flow][:, None, :])
            for hats in self.hats
        ]
        return Shares(
            labels=units,
            before=share(start),
            actual=np.mean([share(later[flow] * keep) for later in self.after], axis=0),
            predicted=np.mean(said, axis=0),
        )


@dataclass(frozen=True)
class Shares:
    """Shares of a flow, each summing to one.

    Attributes
    ----------
    labels : tuple of str
    before, actual, predicted : (U,) arrays
    """

    labels: tuple[str, ...]
    before: Float[Array, " u"]
    actual: Float[Array, " u"]
    predicted: Float[Array, " u"]


def score_table(case: Case, draws: int = DRAWS) -> pd.DataFrame:
    """Return the scores of every forecast of a case.

    Returns
    -------
    DataFrame
        One row per flow, goods, what is compared (``by``), forecast and measure; the fields of
        `hansa.study.backcasts.scores.Score`, bounds of intervals as ``pearson_low`` and so on.
    """
    rows = []
    for flow in FLOWS:
        for goods in GOODS:
            for by in UNITS:
                said = {f.key: case.shares(f.key, flow, goods, by) for f in case.forecasts}
                for forecast in case.forecasts:
                    key = {**case.key(forecast), "flow": flow, "goods": goods, "by": by}
                    twin = said.get(forecast.key.replace("model", "gravity"))
                    naive = twin if forecast.method == "model" else None
                    for measure in MEASURES:
                        held = _scored(said[forecast.key], naive, measure, draws)
                        rows.append({**key, "measure": measure, **held})
    return pd.DataFrame(rows)


def _scored(found: Shares, naive: Shares | None, measure: str, draws: int) -> dict[str, object]:
    change = changes(found.before, found.actual, found.predicted, measure)
    other = None
    if naive is not None:
        gravity = changes(naive.before, naive.actual, naive.predicted, measure)
        # The same units: what one forecast sends to zero is compared by neither.
        same = change.kept & gravity.kept
        change, other = change.only(same), gravity.only(same).predicted
    held = asdict(score(change, other, draws))
    for edge in ("low", "high"):
        held |= {f"{name}_{edge}": value for name, value in held.pop(edge).items()}
    return held


def points_table(case: Case, forecasts: Sequence[str]) -> pd.DataFrame:
    """Return, in per cent, shares before, actual and forecast of every partner and section."""
    frames = []
    for forecast in case.forecasts:
        if forecast.key not in forecasts:
            continue
        for flow in FLOWS:
            for goods in GOODS:
                for by in UNITS:
                    found = case.shares(forecast.key, flow, goods, by)
                    columns = {
                        **case.key(forecast), "flow": flow, "goods": goods, "by": by,
                        "unit": found.labels, "before": 100 * found.before,
                        "actual": 100 * found.actual, "predicted": 100 * found.predicted,
                    }  # fmt: skip
                    frames.append(pd.DataFrame(columns))
    table = pd.concat(frames, ignore_index=True)
    seen = table[["before", "actual", "predicted"]].max(axis=1) > 0
    return table[seen].reset_index(drop=True)
