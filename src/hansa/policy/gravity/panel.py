"""The panel of the gravity equation: who bought what from whom in 1995, 2005 and 2015.

May import ``hansa.errors``, ``hansa.world`` and the policy room. Structural gravity wants domestic
sales beside trade: Yotov, Piermartini, Monteiro & Larch (2016, An advanced guide to trade policy
analysis, WTO). DATA.md and docs/gravity.md state every choice in words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hansa.errors import DataError
from hansa.policy.episodes import load_episodes
from hansa.policy.gravity import output
from hansa.policy.gravity.coverage import GROUPS, UN_GROUPS, Coverage, coverage
from hansa.policy.gravity.output import LEAST_AT_HOME, SECTIONS
from hansa.policy.senders import eu_members
from hansa.policy.touched import BASELINE_DAY

if TYPE_CHECKING:
    import pandas as pd

    from hansa.world.build_inputs import Inputs

Array = np.ndarray
Say = Callable[[str], None]

__all__ = ["TARGETS", "YEARS", "Panel", "build_panel"]

YEARS = (1995, 2005, 2015)
#: Targets with an effect of their own; all others share one.
TARGETS = ("CUB", "IRN", "IRQ", "LBY", "MMR", "PRK", "RUS", "SDN", "SYR")


@dataclass(frozen=True, eq=False)
class Panel:
    """The observations, and what was left out.

    Attributes
    ----------
    frame : DataFrame
        One row per year, exporter, importer and section that ever traded: ``value`` (million USD
        f.o.b.; zeros kept), ``exporter``, ``importer``, ``section``, ``year``, ``border`` (1
        abroad, 0 at home), ``own_table`` (whether domestic sales rest on the country's own
        input-output table), ``hub`` (whether either side re-exports), and the regressors.
    mix : dict
        Strength class to its share in the regressor it belongs to, by goods covered, over the
        flows whose coverage changes.
    changing : dict
        Regressor to the number of ordered pairs whose coverage changes between the years.
    constant : dict
        Regressor to the pairs (``exporter-importer``) covered alike in all years.
    notes : tuple of str
        What was left out and how much of it, in sentences.
    """

    frame: pd.DataFrame
    mix: dict[str, float]
    changing: dict[str, int]
    constant: dict[str, list[str]]
    notes: tuple[str, ...]


def build_panel(folder: str | Path | None = None, say: Say | None = None) -> Panel:
    """Return the panel, from the raw tables and the shipped registry.

    Parameters
    ----------
    folder : path, optional
        The raw tables; by default ``HANSA_DATA`` or the folder beside the repository.
    say : callable, optional
        Called with a line of text at each step.

    Raises
    ------
    DataError
        If a table is missing or another version, or an optional package is not installed.
    """
    try:
        import country_converter  # noqa: F401
        import openpyxl  # noqa: F401
        import pyreadr  # noqa: F401
    except ModuleNotFoundError as error:
        raise DataError(f"the panel needs {error.name}: install hansa[build]") from None
    from hansa.world.build_inputs import read_inputs
    from hansa.world.sectors import sectors
    from hansa.world.sources import base
    from hansa.world.years import choices

    place = folder or base.find_data()
    if place is None:
        raise DataError("no raw tables: set HANSA_DATA to their folder; see DATA.md")
    say = say or (lambda _: None)
    inputs = read_inputs(place, say, sectors(), choices(2015))
    say("trade of 1995, 2005 and 2015")
    trade = {year: output.trade_of(place, year, inputs) for year in YEARS}
    say("domestic sales")
    home = output.domestic_sales(place, trade, inputs)
    say("agreements and sanctions")
    return _assembled(place, trade, home, inputs)


def _assembled(folder: str | Path, trade: dict, home: dict, inputs: Inputs) -> Panel:
    import pandas as pd

    countries = _countries(inputs)
    n = len(countries)
    weight = section_weights(inputs)
    goods, episodes = inputs.names.goods, load_episodes()
    covered, silent, frames = {}, {}, []
    for year in YEARS:
        day = dt.date.fromisoformat(f"{year}-{BASELINE_DAY}")
        covered[year] = coverage(day, countries, goods, weight, episodes)
        flows = trade[year].flows[:n, :n].copy()
        silent[year] = _silent(flows, countries)
        flows[np.arange(n), np.arange(n)] = home[year].value[:n]
        # Trade that was not recorded is not trade of zero.
        flows[:, [countries.index(c) for c in silent[year][0]]] = np.nan
        flows[[countries.index(c) for c in silent[year][1]]] = np.nan
        frames.append(_year(year, flows, covered[year], folder, countries))
    frame = pd.concat(frames, ignore_index=True)
    ever = frame.groupby(["exporter", "importer", "section"], sort=False)["value"]
    never = ~(ever.transform("max") > 0).to_numpy()
    lost = frame["value"].isna().to_numpy()
    frame = frame[~never & ~lost].reset_index(drop=True)
    own = {c for k, c in enumerate(countries) if inputs.costs.own[k]}
    hubs = tuple(sorted({c for h in home.values() for c in h.hubs} & set(countries)))
    frame["own_table"] = frame["exporter"].isin(own)
    frame["hub"] = frame["exporter"].isin(hubs) | frame["importer"].isin(hubs)
    changing, constant = _changes(frame)
    notes = (*_notes(trade, home, countries, never, hubs, frame), _unrecorded(silent))
    return Panel(frame, _mix(covered), changing, constant, notes)


def _silent(
    flows: Float[Array, "n n s"], countries: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the countries of which a year has no exports at all, and no imports at all."""
    total = flows.sum(axis=2)
    np.fill_diagonal(total, 0.0)
    sold, bought = total.sum(axis=0), total.sum(axis=1)
    return (
        tuple(c for c, value in zip(countries, sold, strict=True) if value == 0),
        tuple(c for c, value in zip(countries, bought, strict=True) if value == 0),
    )


def _unrecorded(silent: dict[int, tuple[tuple[str, ...], tuple[str, ...]]]) -> str:
    said = [
        f"{what} {year}: {', '.join(codes)}"
        for year, sides in silent.items()
        for what, codes in zip(("exports", "imports"), sides, strict=True)
        if codes
    ]
    return f"Left out, since nothing at all was recorded: {'; '.join(said) or 'none'}."


def _countries(inputs: Inputs) -> tuple[str, ...]:
    return tuple(c for c in inputs.where.codes if c not in inputs.where.aggregates)


def section_weights(inputs: Inputs) -> Float[Array, "s j"]:
    """Return the share of each sector of goods in each section's world trade of 2015."""
    from hansa.world.calibrate_trade import chapter_weights, sector_of

    labels = list(inputs.chapters.columns)
    by_chapter = chapter_weights(labels) * inputs.chapters.sum(axis=0).to_numpy(dtype=float)
    sector = sector_of(labels, inputs.names)
    table = np.zeros((10, len(inputs.names.codes)))
    for section in range(10):
        np.add.at(table[section], sector[section], by_chapter[section])
    rows = np.stack([table[list(s)].sum(axis=0) for s in SECTIONS.values()])
    rows = rows[:, : len(inputs.names.goods)]
    return rows / rows.sum(axis=1, keepdims=True)


def _year(
    year: int,
    flows: Float[Array, "n n s"],
    covered: Coverage,
    folder: str | Path,
    countries: tuple[str, ...],
) -> pd.DataFrame:
    import pandas as pd

    from hansa.world.sources import rta

    n, s = flows.shape[0], flows.shape[2]
    to, origin, section = (a.ravel() for a in np.indices((n, n, s)))
    codes = np.array(countries, dtype=object)
    columns = {
        "value": flows.ravel(),
        "exporter": codes[origin],
        "importer": codes[to],
        "section": np.array(list(SECTIONS), dtype=object)[section],
        "year": np.full(flows.size, year),
        "border": (to != origin).astype(float),
    }
    position = {c: k for k, c in enumerate(countries)}
    pairs = rta.tidy(folder, year)
    pairs = pairs[pairs["origin"].isin(position) & pairs["destination"].isin(position)]
    agreed = np.zeros((n, n))
    agreed[pairs["destination"].map(position), pairs["origin"].map(position)] = 1.0
    union = np.isin(codes.astype(str), eu_members(dt.date.fromisoformat(f"{year}-{BASELINE_DAY}")))
    both = np.outer(union, union).astype(float)
    np.fill_diagonal(both, 0.0)
    columns["rta"], columns["eu"] = agreed[to, origin], both[to, origin]
    columns.update({name: share.ravel() for name, share in covered.share.items()})
    columns.update(_by_target(covered, countries))
    return pd.DataFrame(columns)


def _by_target(covered: Coverage, countries: tuple[str, ...]) -> dict[str, Array]:
    """Return coverage by embargoes and partial bans together, one regressor per target."""
    share = covered.share
    out = share["embargo_exports"] + share["partial_exports"]
    back = share["embargo_imports"] + share["partial_imports"]
    codes = np.array(countries, dtype=object)
    found = {}
    rest = np.ones(len(countries), dtype=bool)
    for target in TARGETS:
        at = codes == target
        rest &= ~at
        found[f"trade_{target}"] = _aimed(out, back, at)
    found["trade_others"] = _aimed(out, back, rest)
    return found


def _aimed(out: Array, back: Array, at: Array) -> Array:
    """Return coverage of the senders' exports to, and imports from, the states `at`."""
    return np.maximum(out * at[:, None, None], back * at[None, :, None]).ravel()


def _mix(covered: dict[int, Coverage]) -> dict[str, float]:
    """Return each class's share in its regressor, over flows whose coverage changes."""
    mix = {}
    for group, classes in GROUPS.items():
        whole = np.stack([c.share[group] for c in covered.values()])
        moving = np.ptp(whole, axis=0) > 0
        sums = [sum(float(c.by_class[k][moving].sum()) for c in covered.values()) for k in classes]
        total = sum(sums)
        for name, value in zip(classes, sums, strict=True):
            mix[name] = value / total if total > 0 else 0.0
    return mix


def _changes(frame: pd.DataFrame) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Return how many pairs change by regressor, and which are covered alike in all years."""
    changing, constant = {}, {}
    for name in (*GROUPS, *UN_GROUPS, "rta", "eu"):
        touched = frame.loc[frame[name] > 0, ["exporter", "importer"]].drop_duplicates()
        rows = frame.merge(touched, on=["exporter", "importer"])
        spans = rows.groupby(["exporter", "importer", "section"])[name].agg(["min", "max"])
        by_pair = spans.assign(moves=spans["max"] > spans["min"], on=spans["max"] > 0)
        moves = by_pair.groupby(["exporter", "importer"])["moves"].any()
        changing[name] = int(moves.sum())
        constant[name] = sorted(f"{a}-{b}" for a, b in moves.index[~moves])
    return changing, {name: pairs for name, pairs in constant.items() if name in GROUPS}


def _notes(
    trade: dict,
    home: dict,
    countries: tuple[str, ...],
    never: Array,
    hubs: tuple[str, ...],
    frame: pd.DataFrame,
) -> tuple[str, ...]:
    n = len(countries)
    kept = sum(t.flows[:n, :n].sum() - t.flows[:n, :n].trace().sum() for t in trade.values())
    whole = sum(t.total for t in trade.values())
    nameless = ", ".join(f"{year}: {trade[year].nameless:.0f}" for year in YEARS)
    nine = sum(t.nine for t in trade.values()) / whole
    absent = ", ".join(home[YEARS[0]].without_accounts)
    first, section = home[YEARS[0]], [name.split()[-1] for name in SECTIONS]
    lost = [
        f"{c} ({', '.join(section[k] for k in np.flatnonzero(first.lost[i]))})"
        for i, c in enumerate(countries)
        if first.lost[i].any() and not first.lost[i].all()
    ]
    all_lost = [c for i, c in enumerate(countries) if first.lost[i].all()]
    at_home = frame[frame["border"] == 0]
    return (
        f"{n} economies that stand alone in world-2015; trade with the others, with micro-states "
        f"and without a partner's code is left out: the panel holds {kept / whole:.1%} of the "
        f"recorded value (sections 0-9, all three years).",
        f"Partners without a code (?), million USD: {nameless}. Section 9 ({nine:.1%} of the "
        "value) is left out; TOTAL is never added.",
        f"{int(never.sum())} cells of pairs and sections that traded in no year are left out: "
        "their own effect would be minus infinity.",
        f"Domestic sales: {len(at_home)} observations, of which {int(at_home['own_table'].sum())} "
        f"rest on the country's own input-output table. No accounts in one of the years: {absent}.",
        f"Domestic sales not believed (less than {LEAST_AT_HOME:.0%} of output stays at home in "
        f"one of the years, or no accounts) in any section: {', '.join(all_lost)}; in some: "
        f"{', '.join(lost)}.",
        f"Hubs (exports of sections 5 to 8 above output in one of the years): {', '.join(hubs)}; "
        "their trade stays in, and one column leaves it out.",
    )
