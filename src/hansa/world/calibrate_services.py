"""Trade in services: totals of the accounts, a gravity rule between partners. All modelled.

May import ``hansa.errors`` and the sectors. Elasticities: typical estimates of Head & Mayer (2014,
Handbook of International Economics 4, table 3.4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from hansa.world.calibrate_balance import ras
from hansa.world.regions import Regions

Array = np.ndarray

#: Distance, contiguity, common language, colonial tie.
GRAVITY = {"distance": -0.93, "contiguity": 0.53, "language": 0.54, "colony": 0.92}
#: Services trade is at least this share of the accounts' exports or imports of goods and services
#: (where goods trade of the matrix leaves less).
LEAST_SHARE = 0.05
#: Largest share of a sector's output exported, and of its use imported; of the sectors that hardly
#: travel (utilities and construction), both.
MOST_EXPORTED, MOST_IMPORTED, MOST_AT_HOME = 0.7, 0.6, 0.1


@dataclass(frozen=True)
class ServiceTotals:
    """Trade in services by country, million USD, world exports equal to world imports.

    Attributes
    ----------
    exports, imports : (N,) arrays
    floored_exports, floored_imports : (N,) bool arrays
        Where the accounts leave less than the least share.
    scale_exports, scale_imports : float
        What all exports and all imports were multiplied by to balance the world.
    """

    exports: Float[Array, " n"]
    imports: Float[Array, " n"]
    floored_exports: Array
    floored_imports: Array
    scale_exports: float
    scale_imports: float


def service_totals(
    exports: Float[Array, " n"],
    imports: Float[Array, " n"],
    goods_exports: Float[Array, " n"],
    goods_imports: Float[Array, " n"],
    named: dict[int, dict[str, float]] | None = None,
) -> ServiceTotals:
    """Return services trade: goods and services of the accounts less goods of the matrix.

    Parameters
    ----------
    exports, imports : (N,) arrays
        Goods and services, UN accounts, million USD.
    goods_exports, goods_imports : (N,) arrays
        Of the trade matrix.
    named : dict, optional
        Position of a country to the shares of its goods ``exports`` and ``imports`` that its
        services are set to, whatever the accounts leave.
    """
    sold, bought = exports - goods_exports, imports - goods_imports
    low_sold, low_bought = LEAST_SHARE * exports, LEAST_SHARE * imports
    floored_exports, floored_imports = sold < low_sold, bought < low_bought
    sold, bought = np.maximum(sold, low_sold), np.maximum(bought, low_bought)
    for n, ratio in (named or {}).items():
        sold[n], bought[n] = (
            ratio["exports"] * goods_exports[n],
            ratio["imports"] * goods_imports[n],
        )
    middle = float(np.sqrt(sold.sum() * bought.sum()))
    up, down = middle / sold.sum(), middle / bought.sum()
    return ServiceTotals(
        exports=sold * up,
        imports=bought * down,
        floored_exports=floored_exports,
        floored_imports=floored_imports,
        scale_exports=float(up),
        scale_imports=float(down),
    )


def gravity(pairs: pd.DataFrame, where: Regions, size: pd.Series) -> Float[Array, "n n"]:
    """Return the pull between economies (destination, origin); zero on the diagonal.

    Parameters
    ----------
    pairs : DataFrame
        ``hansa.world.sources.cepii.tidy``.
    size : Series
        Value added by ISO3: weights of the members of an aggregate.
    """
    pull = np.exp(
        GRAVITY["distance"] * np.log(np.maximum(pairs["distance"], 1.0))
        + GRAVITY["contiguity"] * pairs["contiguity"]
        + GRAVITY["language"] * pairs["language"]
        + GRAVITY["colony"] * pairs["colony"]
    )
    known = [c for c in where.place if c in pairs.index.get_level_values(0) and c in size.index]
    matrix = pull.unstack("origin").reindex(index=known, columns=known).to_numpy()
    weight = np.zeros((len(where.codes), len(known)))
    positions = where.positions(known)
    weight[positions, np.arange(len(known))] = size[known].to_numpy(dtype=float)
    weight /= weight.sum(axis=1, keepdims=True)
    result = weight @ matrix @ weight.T
    np.fill_diagonal(result, 0.0)
    return result


def divide(
    total: Float[Array, " n"],
    size: Float[Array, "n j"],
    pull: Float[Array, " j"],
    most: Float[Array, " j"],
) -> Float[Array, "n j"]:
    """Return each country's total divided over sectors by size times tradability.

    No sector carries more than its share `most` of its size: the rest goes to the others, and
    what none can carry is cut.
    """
    limit = most * size
    result = np.zeros_like(size)
    for n in range(len(total)):
        left, open_ = min(total[n], limit[n].sum()), np.ones(size.shape[1], dtype=bool)
        while left > 1e-12 * max(total[n], 1.0) and open_.any():
            weight = np.where(open_, size[n] * pull, 0.0)
            step = left * weight / weight.sum()
            result[n] = result[n] + step
            over = result[n] >= limit[n]
            left = float(np.maximum(result[n] - limit[n], 0.0).sum())
            result[n] = np.minimum(result[n], limit[n])
            open_ &= ~over
    return result


def service_flows(
    totals: ServiceTotals,
    output: Float[Array, "n j"],
    use: Float[Array, "n j"],
    tradability: Float[Array, " j"],
    pull: Float[Array, "n n"],
    at_home: list[int],
) -> Float[Array, "n n j"]:
    """Return bilateral trade in services.

    Parameters
    ----------
    totals
        By country.
    output, use : (N, J) arrays
        Of the service sectors only (zero elsewhere), million USD.
    tradability : (J,) array
        Exports over output, by sector.
    pull : (N, N) array
        See `gravity`.
    at_home : list of int
        Sectors that hardly travel.
    """
    most = np.ones(output.shape[1])
    most[at_home] = MOST_AT_HOME / MOST_EXPORTED
    sold = divide(totals.exports, output, tradability, MOST_EXPORTED * most)
    bought = divide(totals.imports, use, tradability, MOST_IMPORTED * most)
    bought = bought * (sold.sum() / bought.sum())
    bought = ras(bought[None], bought.sum(axis=1)[None], sold.sum(axis=0)[None])[0]
    flows = np.zeros((len(pull), len(pull), output.shape[1]))
    for j in np.flatnonzero(sold.sum(axis=0) > 0):
        margin = bought[:, j] * (sold[:, j].sum() / bought[:, j].sum())
        prior = pull * bought[:, j][:, None] * sold[:, j][None, :]
        flows[:, :, j] = ras(prior[None], margin[None], sold[:, j][None])[0]
    return flows
