"""The columns of the regression table: chosen in advance, from the literature.

May import the policy room. Main column and controls: Yotov, Piermartini, Monteiro & Larch (2016,
WTO); Felbermayr et al. (2020, EER 129, 103561); Larch, Wanner, Yotov & Zylkin (2019, Oxford
Bulletin 81, 487-510).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hansa.policy.gravity.panel import TARGETS
from hansa.policy.gravity.ppml import EFFECTS, Fit, fit

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "LABELS", "MAIN", "Column", "estimate", "with_pooled"]

LABELS = {
    "trade": "Trade sanctions, any",
    "trade_exports": "Sender's exports, any",
    "trade_imports": "Sender's imports, any",
    "embargo": "Embargo (complete)",
    "embargo_exports": "Embargo, sender's exports",
    "embargo_imports": "Embargo, sender's imports",
    "partial": "Partial (broad, partial)",
    "partial_exports": "Partial, sender's exports",
    "partial_imports": "Partial, sender's imports",
    "narrow": "Narrow (dual use, ...)",
    "finance": "Finance, any",
    "finance_major": "Finance, complete or major",
    "finance_limited": "Finance, partial or listed",
    "third": "Third countries exposed",
    "un_trade": "UN act only: trade",
    "un_embargo": "UN act only: embargo",
    "un_partial": "UN act only: partial",
    "un_finance": "UN act only: finance",
    **{f"trade_{t}": f"Embargo or partial, {t}" for t in TARGETS},
    "trade_others": "Embargo or partial, others",
    "rta": "Regional trade agreement",
    "eu": "Both in the European Union",
}

_FINANCE = ("finance_major", "finance_limited")
_UN = ("un_embargo", "un_partial", "un_finance")
_CONTROLS = ("rta", "eu")
_TYPES = ("embargo", "partial", "narrow", *_FINANCE, "third", *_UN, *_CONTROLS)
_POOLED = ("finance", "third", "un_trade", "un_finance", *_CONTROLS)
_NO_BORDER = tuple(e for e in EFFECTS if not e.startswith("border"))


@dataclass(frozen=True)
class Column:
    """One specification.

    Attributes
    ----------
    name, title : str
    terms, effects : tuple of str
    sample : str
        ``all``, ``abroad`` (no domestic sales), ``own tables`` (domestic sales only where the
        country has its own input-output table) or ``no hubs``.
    """

    name: str
    title: str
    terms: tuple[str, ...]
    effects: tuple[str, ...] = tuple(EFFECTS)
    sample: str = "all"


#: The column from which effects are taken.
MAIN = "types"
COLUMNS = (
    Column("pooled", "Pooled", ("trade", *_POOLED)),
    Column("direction", "By direction", ("trade_exports", "trade_imports", *_POOLED)),
    Column(MAIN, "By type (main)", _TYPES),
    Column(
        "types_direction",
        "Type and direction",
        (
            "embargo_exports",
            "embargo_imports",
            "partial_exports",
            "partial_imports",
            *_TYPES[2:],
        ),
    ),
    Column("abroad", "No domestic sales", _TYPES, _NO_BORDER, "abroad"),
    Column("no_border", "No border x year", _TYPES, _NO_BORDER),
    Column("own_tables", "Own tables only", _TYPES, sample="own tables"),
    Column("no_hubs", "Without hubs", _TYPES, sample="no hubs"),
    Column("target", "By target", (*(f"trade_{t}" for t in (*TARGETS, "others")), *_TYPES[2:])),
)


def with_pooled(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the panel with sums over types: coverage by any measure."""
    found = frame.copy()
    for side in ("", "_exports", "_imports"):
        parts = [f"{kind}{side}" for kind in ("embargo", "partial", "narrow")]
        found[f"trade{side}"] = frame[parts].sum(axis=1)
    found["finance"] = frame[list(_FINANCE)].sum(axis=1)
    found["un_trade"] = frame["un_embargo"] + frame["un_partial"]
    return found


def estimate(
    frame: pd.DataFrame,
    columns: tuple[Column, ...] = COLUMNS,
    say: Callable[[str, int, int], None] | None = None,
) -> dict[str, Fit]:
    """Return the fit of each column by name.

    Parameters
    ----------
    frame : DataFrame
        The panel's, see `hansa.policy.gravity.panel.Panel`.
    columns : tuple of Column
    say : callable, optional
        Called with (what, done, total) before each column.
    """
    found: dict[str, Fit] = {}
    rows = with_pooled(frame)
    start = None
    for k, column in enumerate(columns):
        if say:
            say(f"({k + 1}) {column.title}", k, len(columns))
        sample = _sample(rows, column.sample)
        start = found[column.name] = fit(sample, column.terms, column.effects, start)
    return found


def _sample(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    keep = {
        "all": rows["value"] >= 0,
        "abroad": rows["border"] == 1,
        "own tables": (rows["border"] == 1) | rows["own_table"],
        "no hubs": ~rows["hub"],
    }[name]
    return rows[keep]
