"""What all backcasts found: computed, written into the package, and read from there.

May import ``hansa.errors``, the rooms to the left of ``study`` and its siblings. Of Comtrade
nothing is kept but scores and the names of the partners that were missed most.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd

from hansa.errors import DataError
from hansa.policy import effect_names
from hansa.study.backcasts import iran, russia
from hansa.study.backcasts.case import points_table, score_table
from hansa.study.backcasts.forecasts import FORECASTS
from hansa.study.backcasts.trade import FILE as TRADE_FILE
from hansa.study.backcasts.trade import Recorded, raw_folder, recorded_trade, write_table
from hansa.world.load import load_world

__all__ = ["Backcasts", "iran_results", "russia_results", "shipped_backcasts", "write_shipped"]

SCORES, POINTS, FACTS = "backcast_scores.parquet", "backcast_points.parquet", "backcasts.json"
STRENGTHS = ("low", "central", "high")
#: Forecasts whose shares are kept, for figures and for saying where they fail.
SHOWN = ("gravity-both", "model-sanctions", "model-growth", "model-both")
#: Partners named as missed: at most so many, and only beyond so many points of the flow.
NAMED, MISSED = 6, 1.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Backcasts:
    """Scores of backcasts and what they are made of.

    Attributes
    ----------
    scores : DataFrame
        See `hansa.study.backcasts.case.score_table`; the countries never under sanctions with
        Iran's measures moved to them are there under their own codes.
    points : DataFrame
        Shares before, actual and forecast of Iran, per cent.
    facts : dict
        ``worlds``: name to digest; ``misses``: of Russia, see `misses`.
    """

    scores: pd.DataFrame
    points: pd.DataFrame
    facts: dict[str, Any]

    def of(self, country: str, effects: str = "literature", strength: str = "central",
           **where: str) -> pd.DataFrame:  # fmt: skip
        """Return the scores of a country that rest on an evidence, those without any included.

        Parameters
        ----------
        country, effects, strength : str
        **where : str
            Further columns and the value each must have.
        """
        s = self.scores
        rows = (s["country"] == country) & s["effects"].isin(["", effects])
        rows &= s["strength"].isin(["", strength])
        for column, value in where.items():
            rows &= s[column] == value
        order = {f.key: k for k, f in enumerate(FORECASTS)}
        found = s[rows].sort_values("forecast", key=lambda f: f.map(order), kind="stable")
        return found.drop_duplicates(_KEYS).reset_index(drop=True)


_KEYS = ["country", "when", "effects", "strength", "forecast", "flow", "goods", "by", "measure"]


def iran_results(
    trade: Mapping[str, Recorded],
    effects: Sequence[str] | None = None,
    strengths: Sequence[str] = STRENGTHS,
    with_placebos: bool = True,
    say: Say | None = None,
) -> Backcasts:
    """Return the backcasts of Iran and of the countries it is set beside.

    Parameters
    ----------
    trade : mapping
        Recorded trade by reporter.
    effects : sequence of str, optional
        All that there are by default.
    strengths : sequence of str
    with_placebos : bool
    say : callable, optional
    """
    names = effects or effect_names()
    wanted = [(iran.COUNTRY, e, s) for e in names for s in strengths]
    if with_placebos:
        others = iran.placebos(load_world("world-2005"))
        wanted += [(c, e, "central") for e in names for c in others]
    cases = iran.iran_cases(trade, wanted, say)
    # Placebos need no intervals: their spread is the yardstick.
    scores = [score_table(c) if c.country == iran.COUNTRY else score_table(c, 0) for c in cases]
    points = [
        points_table(c, SHOWN)
        for c in cases
        if c.country == iran.COUNTRY and c.strength == "central"
    ]
    return Backcasts(_joined(scores), _joined(points), _facts("world-2005", "world-2015"))


def russia_results(
    folder: str | Path | None = None,
    effects: Sequence[str] | None = None,
    strengths: Sequence[str] = STRENGTHS,
    say: Say | None = None,
) -> Backcasts:
    """Return the backcast of Russia; needs the raw tables.

    Raises
    ------
    DataError
        If there are none.
    """
    tell = say or (lambda _: None)
    tell("recorded trade of Russia")
    trade = russia.russian_trade(folder or raw_folder("the backcast of Russia"))
    tell("sanctions, with growth and without")
    names = effects or effect_names()
    cases = russia.russia_cases(trade, [(e, s) for e in names for s in strengths])
    tell("scores")
    central = [c for c in cases if c.strength == "central" and c.when == cases[0].when]
    missed = misses(_joined([points_table(c, SHOWN) for c in central]))
    facts = _facts("world-2015") | {"misses": missed.drop(columns="miss").to_dict("records")}
    return Backcasts(_joined([score_table(c) for c in cases]), pd.DataFrame(), facts)


def misses(points: pd.DataFrame) -> pd.DataFrame:
    """Return the partners that a forecast missed most, largest first.

    Returns
    -------
    DataFrame
        The keys of `points`, ``unit``, ``miss`` (predicted less actual share, percentage points)
        and ``said`` (``too high`` or ``too low``): at most six of each flow, a point or more.
    """
    table = points[points["by"] == "partner"].copy()
    table["miss"] = table["predicted"] - table["actual"]
    table = table[table["miss"].abs() >= MISSED]
    table["said"] = ["too high" if m > 0 else "too low" for m in table["miss"]]
    table = table.sort_values("miss", key=lambda m: -m.abs())
    keys = ["country", "when", "effects", "strength", "forecast", "flow", "goods"]
    kept = table.groupby(keys, sort=False).head(NAMED)
    return kept[[*keys, "unit", "said", "miss"]].reset_index(drop=True)


def _facts(*worlds: str) -> dict[str, Any]:
    return {"worlds": {name: load_world(name).digest for name in worlds}}


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    table = pd.concat(tables, ignore_index=True)
    keys = [k for k in (*_KEYS, "unit") if k in table]
    return table.drop_duplicates(keys).reset_index(drop=True)


# ---- what ships -----------------------------------------------------------------------------


def _folder() -> Path:
    return Path(str(resources.files("hansa.study") / "data"))


def shipped_backcasts(folder: str | Path | None = None) -> Backcasts:
    """Return the backcasts that ship with the package.

    Raises
    ------
    DataError
        If they are not in this installation.
    """
    where = Path(folder) if folder else _folder()
    for name in (SCORES, POINTS, FACTS):
        if not (where / name).is_file():
            raise DataError(f"{name} is not in {where}; `hansa backcast all --write` makes it")
    return _read(where)


@lru_cache(maxsize=2)
def _read(where: Path) -> Backcasts:
    return Backcasts(
        scores=pd.read_parquet(where / SCORES),
        points=pd.read_parquet(where / POINTS),
        facts=json.loads((where / FACTS).read_text(encoding="utf-8")),
    )


def write_shipped(
    found: Sequence[Backcasts],
    trade: Mapping[str, Recorded] | None = None,
    folder: str | Path | None = None,
) -> list[Path]:
    """Write results (and recorded trade) into the package, and return the paths.

    Parameters
    ----------
    found : sequence of Backcasts
        Replace what is there of their countries; the rest stays.
    trade : mapping, optional
    folder : path, optional
    """
    where = Path(folder) if folder else _folder()
    where.mkdir(parents=True, exist_ok=True)
    scores, points = _joined([f.scores for f in found]), [f.points for f in found if len(f.points)]
    facts = {k: v for f in found for k, v in f.facts.items() if k != "worlds"}
    facts["worlds"] = {k: v for f in found for k, v in f.facts["worlds"].items()}
    if all((where / name).is_file() for name in (SCORES, POINTS, FACTS)):
        _read.cache_clear()
        old = _read(where)
        mine = set(scores["country"])
        scores = _joined([old.scores[~old.scores["country"].isin(mine)], scores])
        points = points or [old.points]
        facts = {**old.facts, **facts, "worlds": {**old.facts["worlds"], **facts["worlds"]}}
    paths = [where / SCORES, where / POINTS, where / FACTS]
    _small(scores).to_parquet(paths[0], index=False, compression="zstd")
    _small(_joined(points) if points else pd.DataFrame()).to_parquet(
        paths[1], index=False, compression="zstd"
    )
    text = json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False)
    paths[2].write_text(text + "\n", encoding="utf-8")
    if trade is not None:
        paths.append(write_table(dict(trade), where / TRADE_FILE))
    _read.cache_clear()
    return paths


def _small(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with numbers rounded to seven digits, so that it is small and stable."""
    numbers = table.select_dtypes("float").columns
    return table.assign(**{c: [float(f"{v:.7g}") for v in table[c]] for c in numbers})


def compute(
    which: str, write: bool, say: Say | None = None, folder: str | Path | None = None
) -> Backcasts:
    """Return the backcasts of ``iran``, ``russia`` or ``all``, computed anew.

    Parameters
    ----------
    which : str
    write : bool
        Whether the package's results are renewed; needs the raw tables.
    say : callable, optional
    folder : path, optional
        Where to write, in place of the package.
    """
    from hansa.study.backcasts.trade import shipped_trade

    found, trade = [], None
    if which in ("iran", "all"):
        world = load_world("world-2005")
        if write:
            reporters = (iran.COUNTRY, *iran.placebos(world))
            (say or (lambda _: None))("recorded trade of 2005 and 2015")
            trade = recorded_trade(raw_folder("renewing the backcast of Iran"), reporters)
        found.append(iran_results(trade or shipped_trade(world), say=say))
    if which in ("russia", "all"):
        found.append(russia_results(say=say))
    if write:
        write_shipped(found, trade, folder)
    facts = {k: v for f in found for k, v in f.facts.items()}
    return Backcasts(
        _joined([f.scores for f in found]),
        _joined([f.points for f in found]),
        facts,
    )
