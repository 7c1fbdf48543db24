"""Revealed comparative advantage, proximity, density and complexity: pure functions of arrays.

May import ``hansa.errors``. Balassa (1965, Manchester School 33, 99-123); Hidalgo, Klinger,
Barabasi & Hausmann (2007, Science 317, 482-487); Hidalgo & Hausmann (2009, PNAS 106, 10570-10575);
Hausmann, Hidalgo et al. (2014, The Atlas of Economic Complexity, MIT Press).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hansa.errors import DataError

__all__ = ["Eigen", "balassa", "density_of", "eigen", "outlook", "proximity_of"]

Array = np.ndarray


def balassa(
    exports: Float[Array, "n k"], benchmark: Float[Array, "m k"] | None = None
) -> Float[Array, "n k"]:
    """Return Balassa's revealed comparative advantage.

    Parameters
    ----------
    exports : (N, K) array
        Exporter, product; any unit.
    benchmark : (M, K) array, optional
        Exports whose sum is the basket of comparison; `exports` by default.

    Returns
    -------
    (N, K) array
        Share of the product in the exporter's exports over its share in the benchmark's. An
        exporter without exports has 0; a product that the benchmark lacks has 0.
    """
    world = (exports if benchmark is None else benchmark).sum(0)
    total = exports.sum(1, keepdims=True)
    own = np.divide(exports, total, out=np.zeros_like(exports), where=total > 0)
    share = world / world.sum()
    return np.divide(own, share, out=np.zeros_like(own), where=share > 0)


def proximity_of(presence: Float[Array, "n k"]) -> Float[Array, "k k"]:
    """Return the proximity of products: how often who exports one exports the other too.

    Parameters
    ----------
    presence : (N, K) array
        M: 1 where the exporter has the product (RCA of at least one), else 0.

    Returns
    -------
    (K, K) array
        phi_pq = sum_c M_cp M_cq / max(ubiquity_p, ubiquity_q): the smaller of the two conditional
        probabilities; one on the diagonal.
    """
    ubiquity = presence.sum(0)
    return (presence.T @ presence) / np.maximum(ubiquity[:, None], ubiquity)


def density_of(
    presence: Float[Array, "n k"], proximity: Float[Array, "k k"]
) -> Float[Array, "n k"]:
    """Return how near each product is to what an exporter has: omega_cp, 0 to 1.

    Parameters
    ----------
    presence : (N, K) array
    proximity : (K, K) array

    Returns
    -------
    (N, K) array
        sum_q M_cq phi_pq / sum_q phi_pq; one minus the distance of the Atlas.
    """
    return presence @ (proximity / proximity.sum(1)[:, None]).T


@dataclass(frozen=True, eq=False)
class Eigen:
    """Complexity of exporters and products.

    Attributes
    ----------
    eci : (N,) array
        Mean zero, standard deviation one over the exporters.
    pci : (K,) array
        In the same units: the mean PCI of what an exporter has is its ECI.
    raw : (K,) array
        PCI before the mean of ECI is taken off, in the same units.
    eigenvalue : float
        The second largest of the country-by-country matrix; one is the largest.
    gap : float
        Its distance to the third.
    correlation : float
        Of ECI with diversity, above zero: what the sign is fixed by.
    """

    eci: Float[Array, " n"]
    pci: Float[Array, " k"]
    raw: Float[Array, " k"]
    eigenvalue: float
    gap: float
    correlation: float


#: Below this gap of eigenvalues, or correlation with diversity, the index is not determined.
UNDETERMINED = 1e-9


def eigen(presence: Float[Array, "n k"]) -> Eigen:
    """Return the economic and the product complexity indices.

    With k_c the diversity and k_p the ubiquity, ECI is the eigenvector that belongs to the second
    largest eigenvalue of sum_p M_cp M_c'p / (k_c k_p) and PCI its counterpart on products. The
    sign is such that ECI correlates positively with diversity.

    Parameters
    ----------
    presence : (N, K) array
        M.

    Returns
    -------
    Eigen

    Raises
    ------
    DataError
        If an exporter has no product or a product no exporter, if the second eigenvalue is not
        apart from the third, or if nothing fixes the sign, as ECI and diversity do not correlate.

    Notes
    -----
    The matrix is similar to a symmetric one, S = D^-1/2 M U^-1 M' D^-1/2, so its eigenvectors are
    real and `eigh` finds them to rounding.
    """
    diversity, ubiquity = presence.sum(1), presence.sum(0)
    for what, count, lacks in (
        ("exporter", diversity, "product"), ("product", ubiquity, "exporter"),
    ):  # fmt: skip
        if not count.all():
            first = int(np.flatnonzero(count == 0)[0])
            raise DataError(
                f"complexity is not defined: {what} {first} has no {lacks}; leave it out"
            )
    scaled = presence / np.sqrt(np.outer(diversity, ubiquity))
    values, vectors = np.linalg.eigh(scaled @ scaled.T)
    countries = vectors[:, -2] / np.sqrt(diversity)
    gap, correlation = float(values[-2] - values[-3]), _correlation(countries, diversity)
    if gap < UNDETERMINED or values[-2] < UNDETERMINED:
        raise DataError(
            f"complexity is not determined: second and third eigenvalue {gap:.1e} apart"
        )
    if abs(correlation) < UNDETERMINED:
        raise DataError(
            "the sign of complexity is not determined: it is uncorrelated with diversity"
        )
    countries = countries * np.sign(correlation)
    products = (presence.T @ countries) / (ubiquity * values[-2])
    mean, spread = countries.mean(), countries.std()
    return Eigen(
        eci=(countries - mean) / spread,
        pci=(products - mean) / spread,
        raw=products / spread,
        eigenvalue=float(values[-2]),
        gap=gap,
        correlation=abs(correlation),
    )


def _correlation(x: Float[Array, " n"], y: Float[Array, " n"]) -> float:
    """Return the correlation; zero where one of the two is the same for all."""
    x, y = x - x.mean(), y - y.mean()
    size = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / size) if size > 0 else 0.0


def outlook(
    presence: Float[Array, "n k"],
    proximity: Float[Array, "k k"],
    density: Float[Array, "n k"],
    raw: Float[Array, " k"],
) -> tuple[Float[Array, " n"], Float[Array, "n k"]]:
    """Return the complexity outlook index and the gain that each missing product would bring.

    Parameters
    ----------
    presence, proximity, density : arrays
        Of the same exporters and products.
    raw : (K,) array
        `Eigen.raw`: as in the reference implementations, products count by their eigenvector
        before it is centred.

    Returns
    -------
    index : (N,) array
        sum_p (1 - M_cp) density_cp PCI_p, standardised over exporters.
    gain : (N, K) array
        By how much the sum would rise with the product; zero where it is already there.
    """
    missing = 1 - presence
    index = (density * missing * raw).sum(1)
    gain = missing * (missing @ (proximity * (raw / proximity.sum(1))[:, None]))
    return (index - index.mean()) / index.std(), gain
