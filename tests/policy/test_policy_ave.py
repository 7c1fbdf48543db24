"""Ad-valorem equivalents: ordered, cited, consistent with theta, of the size the data show."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.errors import DataError
from hansa.policy import ave_from_effect, ave_table, strength_classes, trade_effect
from hansa.policy.ave import LEVELS, literature, reference_theta, sector_ave, strength_class
from hansa.policy.episodes import load_episodes


@given(st.floats(-0.9, 10.0), st.floats(0.5, 30.0))
def test_effect_and_cost_are_inverse(ave, theta):
    assert ave_from_effect(trade_effect(ave, theta), theta) == pytest.approx(ave, abs=1e-9)


def test_the_formula_is_that_of_the_literature():
    assert trade_effect(1.0, 5.0) == pytest.approx(-5 * np.log(2))
    assert ave_from_effect(-1.0, 4.0) == pytest.approx(np.exp(0.25) - 1)
    for theta in (0.0, -5.0):
        with pytest.raises(DataError, match="theta must be > 0"):
            trade_effect(0.1, theta)


def test_levels_are_ordered_and_stronger_classes_cost_more():
    classes = strength_classes()
    for c in classes.values():
        assert 0 <= c.low <= c.central <= c.high
    for chain in (
        ("narrow", "partial", "broad", "embargo"),
        ("mfn_loss", "broad"),
        ("financial_listing", "financial_partial", "financial_major", "financial_comprehensive"),
        ("secondary_partial", "secondary_broad", "embargo"),
        ("secondary_financial_partial", "secondary_financial", "financial_major"),
    ):
        for weak, strong in pairwise(chain):
            for level in LEVELS:
                assert classes[weak].ave(level) <= classes[strong].ave(level), (weak, strong)


def test_every_class_is_cited_explained_and_used():
    cited = literature()
    used = {e.strength for e in load_episodes()}
    for c in strength_classes().values():
        assert c.sources
        assert set(c.sources) <= set(cited)
        assert c.meaning
        assert c.name in used


def test_the_table_shows_effects_at_the_reference_elasticity():
    table = ave_table()
    assert reference_theta() == 5.0
    effect = trade_effect(table.loc["embargo", "central"], 5.0)
    assert table.loc["embargo", "effect_central"] == pytest.approx(effect)
    assert table["sources"].str.len().min() > 10


def test_unknown_classes_and_levels_are_refused():
    with pytest.raises(DataError, match="'embarg'; did you mean 'embargo'"):
        strength_class("embarg")
    with pytest.raises(DataError, match="unknown strength 'centrall'; did you mean 'central'"):
        strength_class("embargo").ave("centrall")


def test_embargo_is_of_the_size_seen_in_the_trade_of_2015(rawdata):
    """The own check that data/ave.yaml cites: PPML with exporter and importer effects."""
    pd = pytest.importorskip("pandas")
    pyreadr = pytest.importorskip("pyreadr")
    exports, imports, eu_exports, eu_imports = _embargo_effects(pd, pyreadr, rawdata)
    assert exports == pytest.approx(-3.3, abs=0.1)
    assert imports == pytest.approx(-5.6, abs=0.1)
    assert eu_exports == pytest.approx(-1.3, abs=0.1)
    assert eu_imports == pytest.approx(-2.3, abs=0.1)
    classes = strength_classes()
    full = (1 + classes["embargo"].central) * (1 + classes["financial_comprehensive"].central) - 1
    assert imports < trade_effect(full, reference_theta()) < exports


def _embargo_effects(pd, pyreadr, rawdata):
    flow = pd.read_parquet(rawdata / "trade/unctad_bilateral_sitc1_1995_2005_2015.parquet")
    flow = flow[(flow["year"] == 2015) & (flow["sitc1"] == "TOTAL")]
    pairs = next(iter(pyreadr.read_r(str(rawdata / "gravity/dist_cepii.rda")).values()))
    pairs = pairs[pairs["iso_o"] != pairs["iso_d"]].dropna(subset=["dist"])
    table = pairs.merge(
        flow, left_on=["iso_o", "iso_d"], right_on=["exporter", "importer"], how="left"
    )
    table["musd"] = table["value_kusd"].fillna(0.0) / 1e3
    sold, bought = (table.groupby(c)["musd"].sum() for c in ("iso_o", "iso_d"))
    active = table["iso_o"].isin(sold[sold > 0].index) & table["iso_d"].isin(
        bought[bought > 0].index
    )
    table = table[active].reset_index(drop=True)
    return _ppml(pd, table, np.column_stack([*_dummies(table), *_geography(table)]))[:4]


def _geography(table):
    yield np.log(table["dist"].to_numpy(float))
    for column in ("contig", "comlang_off", "colony"):
        yield table[column].to_numpy(float)


def _dummies(table):
    full = {"USA": ("IRN", "CUB", "SYR", "PRK", "SDN"), "JPN": ("PRK",), "CAN": ("IRN",)}
    full_imports = {**full, "CAN": ("IRN", "SYR")}
    union = ("FRA", "DEU", "ITA", "ESP", "NLD", "GRC", "GBR", "BEL", "POL", "AUT", "SWE")
    europe = dict.fromkeys(union, ("IRN", "SYR"))
    for rule, sender, target in (
        (full, "iso_o", "iso_d"), (full_imports, "iso_d", "iso_o"),
        (europe, "iso_o", "iso_d"), (europe, "iso_d", "iso_o"),
    ):  # fmt: skip
        sides = zip(table[sender], table[target], strict=True)
        yield np.array([t in rule.get(s, ()) for s, t in sides], dtype=float)


def _ppml(pd, table, controls):
    """Return the coefficients of the controls: Poisson by iterated weighted least squares."""
    from scipy import sparse
    from scipy.sparse.linalg import spsolve

    rows = np.arange(len(table))
    one = np.ones(len(table))
    effects = [
        sparse.csr_matrix((one, (rows, pd.Categorical(table[c]).codes))) for c in ("iso_o", "iso_d")
    ]
    x = sparse.hstack([sparse.csr_matrix(controls), effects[0], effects[1][:, 1:]]).tocsr()
    y = table["musd"].to_numpy(float)
    mu = (y + y.mean()) / 2
    eta = np.log(mu)
    for _ in range(60):
        normal = (x.T @ sparse.diags(mu) @ x + 1e-9 * sparse.eye(x.shape[1])).tocsc()
        beta = spsolve(normal, x.T @ (mu * (eta + (y - mu) / mu)))
        new = np.clip(x @ beta, -40, 30)
        if np.abs(new - eta).max() < 1e-7:
            return beta[: controls.shape[1]]
        eta, mu = new, np.exp(new)
    raise AssertionError("PPML did not converge")


@given(st.floats(0.0, 3.0), st.lists(st.floats(0.5, 20.0), min_size=1, max_size=6))
def test_a_class_has_the_same_trade_effect_in_every_sector(ave, theta):
    costs = sector_ave(ave, np.array(theta))
    effects = [trade_effect(float(c), t) for c, t in zip(costs, theta, strict=True)]
    assert effects == pytest.approx([trade_effect(ave, reference_theta())] * len(theta), abs=1e-9)
    assert (np.diff(costs[np.argsort(theta)]) <= 1e-12).all()
