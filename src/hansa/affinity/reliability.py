"""Who stayed: how each partner's trade with a country moved against what gravity would expect.

May import ``hansa.errors``, ``hansa.world`` (a source, for the check) and its neighbours. Head &
Mayer (2014, Handbook of International Economics 4, ch. 3) for gravity with effects of both sides;
Arvis & Shepherd (2013, Applied Economics Letters 20, 595-598) for why its sums are met exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hansa.affinity.tables import TABLES, chosen, read_table, sourced
from hansa.errors import ConvergenceError, DataError, unknown

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

__all__ = ["FLOWS", "expected_trade", "separation", "summary_by_group", "traders", "who_stayed"]

FLOWS = ("both", "exports", "imports")
YEARS = (1995, 2005, 2015)
#: SITC section 9: commodities and transactions not classified elsewhere.
UNCLASSIFIED = 9


def expected_trade(
    before: Float[Array, "n n"],
    after: Float[Array, "n n"],
    *,
    tolerance: float = 1e-8,
    steps: int = 5000,
) -> Float[Array, "n n"]:
    """Return the trade to expect if every pair had grown as its two sides did.

    The matrix a_i b_j x_ij, x the trade before, whose rows and columns add up to those of the trade
    after: the fit by PPML of trade after on effects of exporter and importer with the log of trade
    before as offset, whose first-order conditions these sums are. Costs between the two, and
    tastes, are as they were before; what changed them is in the ratio of trade after to this.

    Parameters
    ----------
    before, after : (n, n) arrays
        Exporter, importer; not negative. Pairs without trade before are left out of both: nothing
        can be expected of them.
    tolerance : float
        Largest gap of a row's or column's sum, relative to the largest sum.
    steps : int

    Returns
    -------
    (n, n) array

    Raises
    ------
    DataError
        Negative or missing trade.
    ConvergenceError
        If the sums are not met.

    References
    ----------
    Arvis & Shepherd (2013); Head & Mayer (2014).

    Examples
    --------
    >>> import numpy as np
    >>> before = np.array([[0.0, 2.0, 2.0], [2.0, 0.0, 2.0], [2.0, 2.0, 0.0]])
    >>> bool(np.allclose(expected_trade(before, 3 * before), 3 * before))
    True
    """
    for what, values in (("before", before), ("after", after)):
        if not np.isfinite(values).all() or (values < 0).any():
            raise DataError(f"trade {what} is negative or missing somewhere")
    goal = np.where(before > 0, after, 0.0)
    rows, columns = goal.sum(axis=1), goal.sum(axis=0)
    # Where a side has no trade after, its effect is zero; that is no reason to fail.
    fit = before * (rows > 0)[:, None] * (columns > 0)[None]
    if not fit.any():
        return np.zeros_like(before)
    scale = max(rows.max(), columns.max())
    for _ in range(steps):
        fit = fit * _quotient(columns, fit.sum(axis=0))[None]
        sums = fit.sum(axis=1)
        if np.abs(sums - rows).max() <= tolerance * scale:
            return fit
        fit = fit * _quotient(rows, sums)[:, None]
    raise ConvergenceError(
        f"expected trade misses its sums by {np.abs(sums - rows).max() / scale:.1e} after {steps} "
        "rounds"
    )


def _quotient(goal: Float[Array, " n"], held: Float[Array, " n"]) -> Float[Array, " n"]:
    return np.where(held > 0, goal / np.where(held > 0, held, 1.0), 0.0)


def traders() -> tuple[str, ...]:
    """Return the codes of all economies whose trade by partner is known in 2005 and 2015."""
    return tuple(_panel(2005, 2015)[0])


def who_stayed(
    country: str,
    *,
    start: int = 2005,
    end: int = 2015,
    flow: str = "both",
    least: float = 10.0,
    draws: int = 2000,
    alike: int = 400,
    seed: int = 1,
) -> pd.DataFrame:
    """Return how each partner's trade in goods with a country moved against the expectation.

    Parameters
    ----------
    country : str
        ISO3 or an aggregate of the embedded world.
    start, end : int
        1995, 2005 or 2015.
    flow : {"both", "exports", "imports"}
        Of the country.
    least : float
        Million USD; partners with less trade both before and expected are left out.
    draws : int
        Of the bootstrap.
    alike : int
        Pairs to compare with.
    seed : int
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        Index ``partner``, those who stayed first: ``before``, ``after``, ``expected`` (million
        USD), ``ratio`` (after over expected, both where there was trade before), ``low``, ``high``
        (5 and 95 % of the ratio over draws of the ten SITC sections, with replacement), ``rank``
        (share of the `alike` pairs of other countries nearest in expected trade whose ratio is
        lower: 0.05 and below says that so large a fall is rare), ``new`` (share of trade after in
        sections without trade before, which `ratio` leaves out).

    Raises
    ------
    DataError
        Unknown country, year or flow.

    Notes
    -----
    Expectations are made section by section and added up. Where one year alone has more than half
    of a pair's trade unclassified (section 9), its sections are those of the other year. They meet
    the country's own totals, so that ratios say who stayed and who left relative to the country's
    other partners; that its trade fell or rose as a whole is not in them, but in ``attrs["own"]``:
    the growth of its trade over the growth of all trade. With a partner that is a large part of the
    country's trade, the total is partly its own, and its ratio is drawn towards one.
    Trade is what exporters report, at current prices; trade through third countries is counted
    where it is reported.

    References
    ----------
    Head & Mayer (2014).

    Examples
    --------
    >>> table = who_stayed("IRN")
    >>> bool(table.loc["CHN", "ratio"] > table.loc["DEU", "ratio"])
    True
    """
    import pandas as pd

    if flow not in FLOWS:
        raise DataError(unknown("flow", flow, FLOWS))
    codes, before, after, expected = _panel(start, end)
    place = codes.index(chosen("country", [country], codes)[0])
    sides = {name: _of(held, place, flow) for name, held in
             (("before", before), ("after", after), ("expected", expected))}  # fmt: skip
    # New trade, where there was none to grow, is kept apart in each direction.
    real = np.where(before > 0, after, 0.0)
    actual = _of(real, place, flow)
    total, hope = actual.sum(axis=1), sides["expected"].sum(axis=1)
    table = pd.DataFrame(
        {
            "before": sides["before"].sum(axis=1),
            "after": sides["after"].sum(axis=1),
            "expected": hope,
            "ratio": _ratio(total, hope),
        },
        index=pd.Index(codes, name="partner"),
    )
    table["low"], table["high"] = _bands(actual, sides["expected"], draws, seed)
    table["rank"] = _ranks(place, flow, real.sum(axis=2), expected.sum(axis=2), table, alike)
    table["new"] = 1 - _ratio(total, sides["after"].sum(axis=1))
    big = (table["before"] >= least) & (table["expected"] >= least)
    table = table[big & (table.index != country)].sort_values("ratio", ascending=False)
    growth = sides["after"].sum() / max(float(sides["before"].sum()), 1e-12)
    return sourced(
        table, "million USD; ratios", TABLES["trade"].source, country=country, flow=flow,
        start=start, end=end, own=float(growth / (after.sum() / before.sum())),
    )  # fmt: skip


def summary_by_group(table: pd.DataFrame, groups: Mapping[str, Iterable[str]]) -> pd.DataFrame:
    """Return `who_stayed` added up by groups of partners; partners not in the table are left out.

    Returns
    -------
    pandas.DataFrame
        Index ``group``: ``before``, ``after``, ``expected``, ``ratio`` (of sums), ``median`` (of
        partners' ratios), ``below`` (share of partners below 1), ``new`` (share of trade after that
        `ratio` leaves out), ``partners``.
    """
    import pandas as pd

    rows = {}
    for name, members in groups.items():
        part = table.loc[[code for code in members if code in table.index]]
        sums = part[["before", "after", "expected"]].sum()
        rows[name] = {
            **sums,
            # The table's ratio leaves out new sections; so does this one.
            "ratio": float((part["ratio"] * part["expected"]).sum() / sums["expected"])
            if len(part)
            else float("nan"),
            "median": float(part["ratio"].median()),
            "below": float((part["ratio"] < 1).mean()) if len(part) else float("nan"),
            "new": float((part["new"] * part["after"]).sum() / max(sums["after"], 1e-12)),
            "partners": len(part),
        }
    result = pd.DataFrame(rows).T.rename_axis("group").astype({"partners": int})
    return sourced(result, "million USD; ratios", str(table.attrs.get("source", "")))


def separation(
    table: pd.DataFrame, senders: Iterable[str], *, draws: int = 10000, seed: int = 1
) -> dict[str, float]:
    """Return whether those who imposed sanctions left more than the others: a check of the table.

    Parameters
    ----------
    table : pandas.DataFrame
        With ``ratio`` by partner, as from `who_stayed`.
    senders : iterable of str
    draws : int
        Permutations of who is a sender.
    seed : int

    Returns
    -------
    dict
        ``senders``, ``others`` (median ratios), ``auc`` (chance that a sender's ratio is below that
        of another partner; a half if sanctions make no difference), ``p`` (share of permutations
        with as large an auc; one-sided), ``partners``.

    Raises
    ------
    DataError
        If there are fewer than two of either.
    """
    from scipy.stats import rankdata

    held = table[np.isfinite(table["ratio"])]
    value = held["ratio"].to_numpy(float)
    mark = held.index.isin(list(senders))
    many, few = int((~mark).sum()), int(mark.sum())
    if min(many, few) < 2:
        raise DataError("a comparison needs two senders and two others with trade at least")
    ranks = rankdata(-value)
    random = np.random.default_rng(seed)
    found = float(ranks[mark].sum())
    chance = np.array([ranks[random.permutation(value.size)[:few]].sum() for _ in range(draws)])
    return {
        "senders": float(np.median(value[mark])),
        "others": float(np.median(value[~mark])),
        "auc": (found - few * (few + 1) / 2) / (few * many),
        "p": float((1 + np.sum(chance >= found - 1e-9)) / (1 + draws)),
        "partners": float(value.size),
    }


@lru_cache(maxsize=4)
def _panel(
    start: int, end: int
) -> tuple[list[str], Float[Array, "n n s"], Float[Array, "n n s"], Float[Array, "n n s"]]:
    """Return codes and trade before, after and expected, by section."""
    if start not in YEARS or end not in YEARS or start >= end:
        raise DataError(f"trade is of 1995, 2005 and 2015; {start} to {end} is no span of these")
    table = read_table("trade").astype({"exporter": str, "importer": str})
    codes = sorted({*table["exporter"], *table["importer"]})
    place = {code: k for k, code in enumerate(codes)}
    shape = (len(codes), len(codes), int(table["section"].max()) + 1)
    rows = table["exporter"].map(place).to_numpy(), table["importer"].map(place).to_numpy()
    cells = (*rows, table["section"].to_numpy())
    sides = []
    for year in (start, end):
        held = np.zeros(shape)
        held[cells] = table[str(year)].to_numpy(float) / 100
        sides.append(held)
    before, after = _classified(*sides)
    expected = np.stack(
        [expected_trade(before[..., s], after[..., s]) for s in range(shape[2])], axis=2
    )
    return codes, before, after, expected


def _classified(
    before: Float[Array, "n n s"], after: Float[Array, "n n s"]
) -> tuple[Float[Array, "n n s"], Float[Array, "n n s"]]:
    """Return trade with what one year alone leaves unclassified divided as in the other year.

    Russia's exports to Belarus of 2005 are all in section 9, of 2015 in the others: section by
    section that is an end of trade and a beginning.
    """
    total = [held.sum(axis=2) for held in (before, after)]
    vague = [
        _ratio(held[..., UNCLASSIFIED], whole) > 0.5
        for held, whole in zip((before, after), total, strict=True)
    ]
    sides = []
    for k, held in enumerate((before, after)):
        other = (before, after)[1 - k]
        mix = _ratio(other, total[1 - k][..., None])
        turned = vague[k] & ~vague[1 - k] & (total[1 - k] > 0)
        sides.append(np.where(turned[..., None], total[k][..., None] * mix, held))
    return sides[0], sides[1]


def _of(held: Float[Array, "n n s"], place: int, flow: str) -> Float[Array, "n s"]:
    parts = {"exports": held[place], "imports": held[:, place]}
    return parts["exports"] + parts["imports"] if flow == "both" else parts[flow]


def _ratio(part: Array, whole: Array) -> Array:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)


def _bands(
    actual: Float[Array, "n s"], expected: Float[Array, "n s"], draws: int, seed: int
) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    """Return 5 and 95 % of the ratio over draws of sections with replacement."""
    sections = actual.shape[1]
    random = np.random.default_rng(seed)
    weight = random.multinomial(sections, np.full(sections, 1 / sections), size=draws).astype(float)
    drawn = _ratio(actual @ weight.T, expected @ weight.T)
    some = np.isfinite(drawn).any(axis=1)
    low, high = np.full(actual.shape[0], np.nan), np.full(actual.shape[0], np.nan)
    low[some], high[some] = np.nanquantile(drawn[some], [0.05, 0.95], axis=1)
    return low, high


def _ranks(
    place: int,
    flow: str,
    real: Float[Array, "n n"],
    fit: Float[Array, "n n"],
    table: pd.DataFrame,
    alike: int,
) -> Float[Array, " n"]:
    """Return the place of each ratio among those of other pairs with like expected trade."""
    hope, ratio = (table[name].to_numpy(float) for name in ("expected", "ratio"))
    if flow == "both":
        upper = np.triu_indices(real.shape[0], 1)
        real, fit = (real + real.T)[upper], (fit + fit.T)[upper]
        outside = (upper[0] != place) & (upper[1] != place)
    else:
        outside = np.ones_like(real, dtype=bool)
        outside[place], outside[:, place] = False, False
        outside, real, fit = outside.ravel(), real.ravel(), fit.ravel()
    held = outside & (fit > 0)
    order = np.argsort(fit[held], kind="stable")
    size, values = fit[held][order], (real[held] / fit[held])[order]
    result = np.full(hope.size, np.nan)
    for k in np.flatnonzero((hope > 0) & np.isfinite(ratio)):
        middle = int(np.searchsorted(size, hope[k]))
        first = min(max(middle - alike // 2, 0), max(size.size - alike, 0))
        result[k] = float(np.mean(values[first : first + alike] < ratio[k]))
    return result
