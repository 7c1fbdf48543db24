"""Balancing: RAS, and the use table of every country.

May import ``hansa.errors``. RAS keeps zeros and signs and is, among the tables with the given
margins, the one of least relative entropy to its prior (Bacharach 1970; Schneider & Zenios 1990).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from hansa.errors import DataError

Array = np.ndarray


def ras(
    prior: Float[Array, "b r c"],
    rows: Float[Array, "b r"],
    columns: Float[Array, "b c"],
    tolerance: float = 1e-13,
    steps: int = 20000,
) -> Float[Array, "b r c"]:
    """Return the tables with the given margins nearest to their priors.

    Parameters
    ----------
    prior : (B, R, C) array
        Not negative; zeros stay zero.
    rows, columns : (B, R), (B, C) arrays
        Margins, not negative; both sum to the same by table.
    tolerance : float
        Largest gap of a row, relative to the table's sum.
    steps : int
        Most sweeps.

    Returns
    -------
    (B, R, C) array
        Columns are met to rounding, rows to `tolerance`.

    Raises
    ------
    DataError
        If the margins do not sum to the same, or no table meets them.

    References
    ----------
    Bacharach (1970), Biproportional Matrices and Input-Output Change; Schneider & Zenios (1990),
    Operations Research 38, 439-455.
    """
    total = rows.sum(axis=1)
    gap = np.abs(total - columns.sum(axis=1)) / np.where(total > 0, total, 1.0)
    if not gap.max() < 1e-9:
        raise DataError(
            f"RAS: table {int(gap.argmax())} has margins that differ by {gap.max():.3g}"
        )
    table = prior.astype(np.float64, copy=True)
    rows = rows.astype(np.float64)
    columns = (
        columns * (total / np.where(columns.sum(axis=1) > 0, columns.sum(axis=1), 1.0))[:, None]
    )
    worst = np.inf
    for _ in range(steps):
        sums = table.sum(axis=2)
        table *= np.divide(rows, sums, out=np.zeros_like(rows), where=sums > 0)[:, :, None]
        sums = table.sum(axis=1)
        table *= np.divide(columns, sums, out=np.zeros_like(columns), where=sums > 0)[:, None, :]
        worst = (np.abs(table.sum(axis=2) - rows) / np.where(total > 0, total, 1.0)[:, None]).max()
        if worst <= tolerance:
            return table
    if worst > 1e-8:
        raise DataError(f"RAS: no table meets the margins; a row is off by {worst:.3g} of the sum")
    return table


def use_tables(
    inputs: Float[Array, "n j j"],
    final: Float[Array, "n j"],
    supply: Float[Array, "n j"],
    cost: Float[Array, "n j"],
) -> tuple[Float[Array, "n j j"], Float[Array, "n j"]]:
    """Return intermediate use and final demand that exhaust supply at home.

    Parameters
    ----------
    inputs : (N, J, J) array
        Prior use of input k by sector j, million USD.
    final : (N, J) array
        Prior shares of final demand.
    supply : (N, J) array
        Output less exports plus imports: the sum of each row.
    cost : (N, J) array
        Output less value added: the sum of each column.

    Returns
    -------
    use : (N, J, J) array
        Columns sum to `cost` exactly.
    final : (N, J) array
        What is left of `supply`.
    """
    spent = supply.sum(axis=1) - cost.sum(axis=1)
    if (spent <= 0).any():
        n = int(np.argmin(spent))
        raise DataError(f"economy {n} would have no final demand: {spent[n]:.6g} million USD")
    prior = np.concatenate([inputs, (final * spent[:, None])[:, :, None]], axis=2)
    columns = np.concatenate([cost, spent[:, None]], axis=1)
    table = ras(prior, supply, columns)
    use = table[:, :, :-1]
    sums = use.sum(axis=1)
    use = use * np.divide(cost, sums, out=np.zeros_like(cost), where=sums > 0)[:, None, :]
    return use, supply - use.sum(axis=2)
