"""Ready to draw: a heatmap in the order of its clusters, a network with places for its nodes.

May import ``hansa.errors``, ``hansa.equilibrium`` (as data) and its neighbours. Bar-Joseph,
Gifford & Jaakkola (2001, Bioinformatics 17, S22-S29) for the order of leaves; Gansner, Koren &
North (2005, Graph Drawing, 239-250) for places by stress majorisation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from hansa.affinity.tables import chosen, sourced
from hansa.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

__all__ = ["Heatmap", "Network", "heatmap", "network", "stress_places"]


@dataclass(frozen=True, eq=False)
class Heatmap:
    """A square matrix in the order in which like countries stand together.

    Attributes
    ----------
    codes : tuple of str
        In the order of the leaves.
    values : (n, n) array
        Rows and columns in that order; the diagonal is NaN.
    shade : (n, n) array
        Values on a scale for colour, from -1 to 1: sign(v) times the share of pairs of that sign
        whose size is at most that of v. A few large pairs would leave all others pale otherwise.
    cluster : (n,) array of int
        Group of each country, 1, 2, ...
    links : (n - 1, 4) array
        The tree, in scipy's form, of the countries in the order given to `heatmap`.
    """

    codes: tuple[str, ...]
    values: Float[Array, "n n"]
    shade: Float[Array, "n n"]
    cluster: Int[Array, " n"]
    links: Float[Array, "m 4"]

    def to_frame(self) -> pd.DataFrame:
        """Return the values as a labelled square."""
        import pandas as pd

        return pd.DataFrame(self.values, list(self.codes), list(self.codes))


@dataclass(frozen=True, eq=False)
class Network:
    """The strongest links, and where to draw the countries.

    Attributes
    ----------
    nodes : pandas.DataFrame
        Index ``country``: ``x``, ``y`` (in -1..1), ``size`` (what the country's links add up to),
        ``part`` (number of its connected part).
    links : pandas.DataFrame
        ``source``, ``target``, ``weight`` (of the larger direction), ``both`` (whether the link is
        among the strongest of either end).
    """

    nodes: pd.DataFrame
    links: pd.DataFrame


def heatmap(
    matrix: pd.DataFrame, countries: Iterable[str] | None = None, *, clusters: int = 6
) -> Heatmap:
    """Return a matrix of pairs ordered by hierarchical clustering.

    Two countries are alike if their rows and their columns are: the distance is that between their
    shades (see `Heatmap`), average linkage, leaves in the order that puts neighbours closest.

    Parameters
    ----------
    matrix : pandas.DataFrame
        Square, labelled alike on both sides, for example ``exposed.welfare.to_pandas()``.
    countries : iterable of str, optional
        Which; all by default.
    clusters : int
        Into how many groups the tree is cut at most.

    Returns
    -------
    Heatmap

    Raises
    ------
    DataError
        Unknown country, fewer than three, or a matrix that is not square with equal labels.

    References
    ----------
    Bar-Joseph, Gifford & Jaakkola (2001).

    Examples
    --------
    >>> import pandas as pd
    >>> square = pd.DataFrame([[0, 1, -1], [1, 0, -1], [-1, -1, 0.0]], list("ABC"), list("ABC"))
    >>> sorted(heatmap(square).codes)
    ['A', 'B', 'C']
    """
    from scipy.cluster.hierarchy import fcluster, leaves_list, linkage, optimal_leaf_ordering

    codes, values = _square(matrix, countries, 3)
    shade = _shades(values)
    profiles = np.nan_to_num(np.hstack([shade, shade.T]))
    gaps = _gaps(profiles)
    tree = optimal_leaf_ordering(linkage(gaps, "average"), gaps)
    order = leaves_list(tree)
    grid = np.ix_(order, order)
    groups = fcluster(tree, clusters, "maxclust")[order]
    return Heatmap(
        tuple(codes[k] for k in order), values[grid], shade[grid], groups.astype(np.int64), tree
    )


def network(matrix: pd.DataFrame, countries: Iterable[str] | None = None, *, k: int = 2) -> Network:
    """Return every country's k strongest positive links, with places for a drawing.

    Parameters
    ----------
    matrix : pandas.DataFrame
        Square; row n, column i: how much n gains from i.
    countries : iterable of str, optional
    k : int
        Links kept per country, from its row.

    Returns
    -------
    Network
        Places do not depend on chance. Distance on the page follows the number of links between
        two countries, not their weight.

    Raises
    ------
    DataError
        As `heatmap`.

    References
    ----------
    Gansner, Koren & North (2005).
    """
    import pandas as pd
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components, shortest_path

    codes, values = _square(matrix, countries, 3)
    best = np.where(np.nan_to_num(values) > 0, np.nan_to_num(values), 0.0)
    kept = np.zeros_like(best, dtype=bool)
    rank = np.argsort(-best, axis=1, kind="stable")[:, :k]
    np.put_along_axis(kept, rank, True, axis=1)
    kept &= best > 0
    link = kept | kept.T
    parts = connected_components(csr_array(link), directed=False)[1]
    hops = shortest_path(csr_array(link.astype(float)), directed=False, unweighted=True)
    far = hops[np.isfinite(hops)].max() + 1
    places = stress_places(np.where(np.isfinite(hops), hops, far))
    first, second = np.nonzero(np.triu(link))
    weight = np.maximum(np.where(kept, best, 0.0), np.where(kept, best, 0.0).T)
    nodes = pd.DataFrame(
        {"x": places[:, 0], "y": places[:, 1], "size": weight.sum(axis=1), "part": parts},
        index=pd.Index(codes, name="country"),
    )
    links = pd.DataFrame(
        {
            "source": np.array(codes)[first],
            "target": np.array(codes)[second],
            "weight": weight[first, second],
            "both": (kept & kept.T)[first, second],
        }
    ).sort_values("weight", ascending=False, ignore_index=True)
    unit = str(matrix.attrs.get("unit", "as the matrix"))
    source = str(matrix.attrs.get("source", "the matrix"))
    return Network(sourced(nodes, unit, source), sourced(links, unit, source))


def stress_places(
    distance: Float[Array, "n n"], steps: int = 300, tolerance: float = 1e-6
) -> Float[Array, "n 2"]:
    """Return places in the plane whose distances come close to those given.

    Minimises the sum of (gap on the page - distance)^2 / distance^2 by majorisation, from the
    classical scaling, so that the result is the same each time.

    Parameters
    ----------
    distance : (n, n) array
        Symmetric, positive off the diagonal.
    steps : int
    tolerance : float
        Relative fall of the stress at which it stops.

    Returns
    -------
    (n, 2) array
        Centred, the larger half-width 1.

    References
    ----------
    Gansner, Koren & North (2005).
    """
    n = distance.shape[0]
    own = np.eye(n, dtype=bool)
    weight = np.where(own, 0.0, 1.0 / np.where(own, 1.0, distance) ** 2)
    laplacian = np.diag(weight.sum(axis=1)) - weight
    inverse = np.linalg.pinv(laplacian)
    places = _classical(distance)
    before = np.inf
    for _ in range(steps):
        gap = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2))
        stress = float((weight * (gap - distance) ** 2).sum()) / 2
        if before - stress < tolerance * before:
            break
        before = stress
        pull = np.where(gap > 1e-12, weight * distance / np.where(gap > 1e-12, gap, 1.0), 0.0)
        places = inverse @ ((np.diag(pull.sum(axis=1)) - pull) @ places)
    places = places - places.mean(axis=0)
    return places / max(float(np.abs(places).max()), 1e-300)


def _classical(distance: Float[Array, "n n"]) -> Float[Array, "n 2"]:
    n = distance.shape[0]
    centre = np.eye(n) - 1.0 / n
    values, vectors = np.linalg.eigh(-0.5 * centre @ distance**2 @ centre)
    vectors = vectors[:, -2:] * np.sign(vectors[np.abs(vectors[:, -2:]).argmax(axis=0), [-2, -1]])
    # Countries with the same links would lie on one spot, where nothing can part them: a small
    # push that depends only on their order does.
    turn = 2.399963229728653 * np.arange(n)
    push = 1e-3 * float(distance.max()) * np.column_stack([np.cos(turn), np.sin(turn)])
    return vectors * np.sqrt(np.maximum(values[-2:], 0.0)) + push


def _square(
    matrix: pd.DataFrame, countries: Iterable[str] | None, least: int
) -> tuple[list[str], Float[Array, "n n"]]:
    rows, columns = ([str(c) for c in side] for side in (matrix.index, matrix.columns))
    if rows != columns:
        raise DataError("a matrix of pairs needs the same countries, in one order, on both sides")
    codes = chosen("country", rows if countries is None else countries, rows, least=least)
    places = [rows.index(code) for code in codes]
    values = matrix.to_numpy(float)[np.ix_(places, places)].copy()
    np.fill_diagonal(values, np.nan)
    return codes, values


def _shades(values: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """Return the signed share of pairs of the same sign that are at most as large."""
    from scipy.stats import rankdata

    shade = np.where(np.isnan(values), np.nan, 0.0)
    for sign in (1, -1):
        here = sign * np.nan_to_num(values) > 0
        if here.any():
            shade[here] = sign * rankdata(np.abs(values[here])) / here.sum()
    return shade


def _gaps(profiles: Float[Array, "n m"]) -> Float[Array, " p"]:
    from scipy.spatial.distance import pdist

    return np.asarray(pdist(profiles), np.float64)
