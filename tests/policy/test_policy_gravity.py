"""Gravity: the estimator against two others, its errors, its bootstraps, the shipped estimates."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pytest
from gravity_worlds import TRUE, gravity_world
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from hansa.errors import DataError
from hansa.policy import load_effects, strength_classes
from hansa.policy.ave import ave_from_effect, reference_theta
from hansa.policy.episodes import Episode
from hansa.policy.gravity import page
from hansa.policy.gravity.absorb import blocks, residuals
from hansa.policy.gravity.bootstrap import bayesian_draws, wild_draws
from hansa.policy.gravity.columns import COLUMNS, LABELS, MAIN, estimate
from hansa.policy.gravity.combine import NINETY, ClassCost, ave_band, class_costs, combined
from hansa.policy.gravity.coverage import GROUPS, coverage
from hansa.policy.gravity.ppml import EFFECTS, fit, fit_pyfixest, prepared, without_separated
from hansa.policy.gravity.shipped import load_estimates, registry_digest, to_text

TERMS = tuple(TRUE)


@pytest.fixture(scope="module")
def world():
    return gravity_world()


@pytest.fixture(scope="module")
def found(world):
    return fit(world, TERMS)


def glm(frame, terms):
    """Return statsmodels' Poisson GLM with a dummy for every effect, and its clustered errors.

    statsmodels counts every dummy in n - k and fixest none that is nested in a cluster; the
    errors are given with each one's factor taken out, leaving G / (G - 1).
    """
    import scipy.sparse as sp
    import statsmodels.api as sm

    rows, _ = without_separated(prepared(frame, tuple(EFFECTS)), tuple(EFFECTS))
    dummies = [
        sp.csr_matrix((np.ones(len(rows)), (np.arange(len(rows)), rows[f"fe{k}"])))
        for k in range(len(EFFECTS))
    ]
    effects = sp.hstack(dummies).toarray()
    effects = effects[:, effects.any(axis=0)]
    # Dummies that others add up to are left out, which ones does not matter.
    _, r, order = linalg.qr(effects, mode="economic", pivoting=True)
    rank = int((np.abs(np.diag(r)) > 1e-9 * np.abs(r[0, 0])).sum())
    x = np.hstack([rows[list(terms)].to_numpy(), effects[:, np.sort(order[:rank])]])
    y = rows["value"].to_numpy() / rows["value"].mean()
    model = sm.GLM(y, x, family=sm.families.Poisson())
    result = model.fit(
        maxiter=200,
        tol=1e-13,
        cov_type="cluster",
        cov_kwds={"groups": rows["pair"].to_numpy(), "use_correction": False},
    )
    groups = rows["pair"].nunique()
    k = len(terms)
    return result.params[:k], result.bse[:k] * math.sqrt(groups / (groups - 1)), rows


def plain_errors(fitted):
    """Return clustered errors with the factor G / (G - 1) alone."""
    g = fitted.clusters / (fitted.clusters - 1)
    return fitted.se * math.sqrt(g / fitted.adjustment)


def test_projection_leaves_nothing_that_effects_can_tell(world):
    effects = tuple(EFFECTS)
    rows, _ = without_separated(prepared(world, effects), effects)
    weight = np.random.default_rng(0).uniform(0.01, 9, len(rows))
    x = rows[list(TERMS)].to_numpy()
    left = residuals(blocks(rows, effects), x, weight)
    for k in range(len(effects)):
        code = rows[f"fe{k}"].to_numpy()
        for column in left.T:
            assert np.abs(np.bincount(code, weights=weight * column)).max() < 1e-9


def test_coefficients_and_errors_equal_those_of_a_glm_with_dummies(world, found):
    beta, se, _ = glm(world, TERMS)
    np.testing.assert_allclose(found.beta, beta, rtol=1e-6)
    np.testing.assert_allclose(plain_errors(found), se, rtol=1e-5)


def test_coefficients_and_errors_equal_those_of_pyfixest(world, found):
    pytest.importorskip("pyfixest")
    beta, se = fit_pyfixest(world, TERMS, tolerance=1e-11)
    np.testing.assert_allclose(found.beta, [beta[t] for t in found.terms], rtol=1e-6)
    np.testing.assert_allclose(found.se, [se[t] for t in found.terms], rtol=1e-6)


def test_true_coefficients_are_within_their_own_error():
    misses = []
    for seed in range(6):
        got = fit(gravity_world(seed), TERMS)
        misses += list((got.beta - np.array([TRUE[t] for t in got.terms])) / got.se)
    assert np.abs(misses).max() < 4
    assert 0.5 < np.std(misses) < 1.6


def test_start_and_scale_of_money_do_not_matter(world, found):
    again = fit(world.assign(value=world["value"] * 1e6), TERMS, start=found)
    np.testing.assert_allclose(again.beta, found.beta, rtol=1e-8)
    np.testing.assert_allclose(again.se, found.se, rtol=1e-7)
    assert again.steps < found.steps


def test_separated_and_collinear_are_reported_not_estimated(world):
    lonely = world.copy()
    at = (lonely["exporter"] == "C03") & (lonely["importer"] == "C07")
    lonely.loc[at, "value"] = 0.0
    lonely["twice"] = 2 * lonely["embargo"] + 1
    # Of the exporter and year alone: the effects hold it.
    lonely["gdp"] = lonely.groupby(["exporter", "section", "year"])["value"].transform("sum")
    got = fit(lonely, (*TERMS, "twice", "gdp"))
    assert got.absorbed == ("twice", "gdp")
    assert got.terms == TERMS
    assert got.left_out["all zero in pair x section"] == int(at.sum())
    assert got.n == len(lonely) - sum(got.left_out.values())


def test_a_ban_obeyed_to_the_last_dollar_is_separated(world):
    obeyed = world.assign(total=0.0)
    at = (obeyed["exporter"] == "C01") & (obeyed["importer"] == "C02") & (obeyed["year"] == 2015)
    obeyed.loc[at, "total"] = 1.0
    obeyed.loc[at, "value"] = 0.0
    got = fit(obeyed, (*TERMS, "total"))
    assert got.left_out["separated by a regressor"] == int(at.sum())
    assert got.absorbed == ("total",)
    # What is separated teaches nothing about the rest.
    rest = fit(obeyed[~at], TERMS)
    np.testing.assert_allclose(got.beta, rest.beta, rtol=1e-8)
    assert got.n == rest.n


def test_nothing_to_estimate_is_an_error(world):
    with pytest.raises(DataError, match="no observation"):
        fit(world.assign(value=0.0), TERMS)
    with pytest.raises(DataError, match="no regressor"):
        fit(world.assign(flat=1.0), ("flat",))


@pytest.mark.parametrize("draws", [wild_draws, bayesian_draws])
def test_bootstraps_agree_with_the_delta_method(found, draws):
    drawn = draws(found, 1500)
    np.testing.assert_allclose(drawn.mean(axis=0), found.beta, atol=0.2 * found.se.max())
    ratio = drawn.std(axis=0) / found.se
    assert (ratio > 0.8).all()
    assert (ratio < 1.25).all()
    np.testing.assert_array_equal(drawn, draws(found, 1500))


def test_one_step_of_the_bayesian_bootstrap_follows_the_whole_one():
    world = gravity_world(3, countries=24)
    got = fit(world, TERMS)
    rows, _ = without_separated(prepared(world, tuple(EFFECTS)), tuple(EFFECTS))
    pair = np.unique(rows["pair"], return_inverse=True)[1]
    steps, random = bayesian_draws(got, 8), np.random.default_rng(2)
    whole = []
    for _ in steps:
        weight = random.exponential(size=got.clusters)
        whole.append(weighted_fit(rows, (weight / weight.mean())[pair]))
    away, error = steps - got.beta, np.array(whole) - steps
    assert np.sqrt((error**2).mean()) < 0.5 * np.sqrt((away**2).mean())
    assert np.corrcoef(away.ravel(), (np.array(whole) - got.beta).ravel())[0, 1] > 0.9


def weighted_fit(rows, weight):
    """Maximise the weighted Poisson likelihood by many reweighted steps."""
    parts = blocks(rows, tuple(EFFECTS))
    y = rows["value"].to_numpy() / rows["value"].mean()
    x = rows[list(TERMS)].to_numpy()
    link = np.log((y + y.mean()) / 2)
    for _ in range(25):
        mu = np.exp(link)
        working = link + (y - mu) / mu
        left = residuals(parts, np.column_stack([working, x]), mu * weight)
        curved = left[:, 1:] * (mu * weight)[:, None]
        beta = np.linalg.solve(curved.T @ left[:, 1:], curved.T @ left[:, 0])
        link = working - (left[:, 0] - left[:, 1:] @ beta)
    return beta


def episode(**changes):
    usual = {
        "id": "usa-irn-1", "sender": "USA", "target": "IRN", "type": "trade-export",
        "begin": dt.date(1990, 1, 1), "strength": "embargo", "confidence": "high",
        "sectors": ("fuels",),
    }  # fmt: skip
    return Episode(**{**usual, **changes})


def test_coverage_is_the_share_of_goods_and_the_costliest_counts():
    weight = np.array([[0.25, 0.75]])
    countries, sectors = ("IRN", "RUS", "USA"), ("fuels", "metals")
    got = coverage(
        dt.date(2000, 7, 1),
        countries,
        sectors,
        weight,
        [
            episode(),
            episode(id="usa-irn-2", sectors=("fuels", "metals"), strength="narrow"),
            episode(id="un-irn-1", sender="UN", strength="broad", sectors=("metals",)),
            episode(id="old", begin=dt.date(2001, 1, 1), strength="partial", target="RUS"),
        ],
    )
    iran, russia, usa = range(3)
    assert got.share["embargo"][iran, usa, 0] == pytest.approx(0.25)
    # Broad by the UN is costlier than narrow by the state's own act.
    assert got.share["un_partial"][iran, usa, 0] == pytest.approx(0.75)
    assert got.share["un_partial"][iran, russia, 0] == pytest.approx(0.75)
    assert got.share["narrow"][iran, usa, 0] == pytest.approx(0.75)
    assert got.share["embargo"][usa, iran, 0] == 0
    assert got.share["embargo_exports"].sum() == pytest.approx(0.25)
    assert got.share["partial"].sum() == 0
    diagonal = np.einsum("nns->ns", got.share["un_partial"])
    assert (diagonal == 0).all()


def test_every_class_with_a_cost_has_a_regressor_or_is_said_to_have_none():
    held = [c for classes in GROUPS.values() for c in classes]
    assert sorted([*held, "mfn_loss", "none"]) == sorted(strength_classes())


@given(st.floats(-6, 2), st.floats(0.01, 2), st.floats(1, 12))
@settings(max_examples=60, deadline=None)
def test_costs_from_effects_have_their_band_around_them(beta, se, theta):
    central, low, high, error = ave_band(beta, se, theta)
    assert low < central < high
    assert central == pytest.approx(ave_from_effect(beta, theta))
    slope = (ave_from_effect(beta + 1e-6, theta) - ave_from_effect(beta - 1e-6, theta)) / 2e-6
    assert error == pytest.approx(abs(slope) * se, rel=1e-4)
    assert math.log1p(high) - math.log1p(low) == pytest.approx(2 * NINETY * se / theta)


@given(st.floats(-1, 2), st.floats(1e-4, 1), st.floats(0.01, 1), st.floats(0.01, 0.5))
@settings(max_examples=100, deadline=None)
def test_combining_lies_between_and_never_listens_to_one_regression_alone(m, s, other, spread):
    ours = ClassCost(m, s, "estimated", "", filled=True)
    theirs = ClassCost(other, spread, "literature", "")
    both = combined(ours, theirs)
    middle = (m + other) / 2
    assert min(m, other) - 1e-12 <= both.mean <= max(m, other) + 1e-12
    assert abs(both.mean - other) <= abs(middle - other) + 1e-12
    assert both.spread >= spread / math.sqrt(2) - 1e-12
    if abs(m - other) > 10 * max(s, spread):
        assert both.mean - 1.65 * both.spread <= min(m, other)
        assert both.mean + 1.65 * both.spread >= max(m, other)


def test_what_is_not_estimated_stays_with_the_literature():
    theirs = ClassCost(0.1, 0.05, "literature", "")
    assert combined(ClassCost(0.5, 0.1, "assumed", ""), theirs) is theirs


@pytest.mark.parametrize("name", ["estimated", "combined"])
def test_bodies_of_effects_are_whole(name):
    effects = load_effects(name)
    assert effects.classes == tuple(strength_classes())
    assert set(effects.evidence) <= {"estimated", "literature", "combined", "assumed"}
    for level, at in {"low": -1.0, "central": 0.0, "high": 1.0}.items():
        here = effects.between(np.full(len(effects.factors), at))
        np.testing.assert_allclose(here.ave, effects.at(level).ave, rtol=1e-12, atol=1e-15)
        assert here.compliance == pytest.approx(effects.at(level).compliance)
    random = np.random.default_rng(0)
    drawn = np.array([effects.between(effects.draw(random)).ave for _ in range(2000)])
    inside = (drawn >= effects.level[0] - 1e-12) & (drawn <= effects.level[2] + 1e-12)
    at = effects.classes.index("embargo")
    assert inside[:, at].mean() == pytest.approx(0.90, abs=0.03)
    assert (drawn >= 0).all()


def test_estimated_costs_are_the_coefficients_of_the_main_column():
    found = load_estimates()
    effects, main = load_effects("estimated"), found.main
    beta = float(main.beta[main.terms.index("embargo")])
    ave = effects.at("central").by_class
    assert ave["embargo"] == pytest.approx(ave_from_effect(beta, reference_theta()), rel=1e-12)
    # Classes of one regressor: the average over the sample's mixture is the estimate.
    for group, classes in GROUPS.items():
        mean = sum(found.mix[c] * class_costs(found)[c].mean for c in classes)
        beta = float(main.beta[main.terms.index(group)])
        assert mean == pytest.approx(-beta / reference_theta(), rel=1e-9)
    assert effects.evidence[effects.classes.index("mfn_loss")] == "literature"


def test_an_estimate_of_the_wrong_sign_costs_nothing_but_may():
    from dataclasses import replace

    from hansa.policy.effects import _from_costs
    from hansa.policy.gravity.combine import compliance

    found = load_estimates()
    beta = found.main.beta.copy()
    beta[found.main.terms.index("narrow")] = 0.1
    columns = {**found.columns, found.main_column: replace(found.main, beta=beta)}
    other = replace(found, columns=columns)
    effects = _from_costs("estimated", class_costs(other), compliance(other))
    at = effects.classes.index("narrow")
    assert effects.level[0, at] == effects.level[1, at] == 0
    assert effects.level[2, at] > 0
    random = np.random.default_rng(3)
    drawn = np.array([effects.between(effects.draw(random)).ave[at] for _ in range(3000)])
    se = float(found.main.se[found.main.terms.index("narrow")])
    below = 0.5 * (1 + math.erf(0.1 / se / math.sqrt(2)))
    assert (drawn == 0).mean() == pytest.approx(below, abs=0.03)


def test_shipped_estimates_are_whole_and_of_this_registry():
    found = load_estimates()
    assert tuple(found.columns) == tuple(c.name for c in COLUMNS)
    assert found.main_column == MAIN
    assert found.registry == registry_digest(found.years)
    for c in found.columns.values():
        assert set(c.terms) | set(c.absorbed) <= set(LABELS)
        assert (c.se > 0).all()
        assert np.isfinite(c.beta).all()
    np.testing.assert_allclose(np.sqrt(np.diag(found.vcov)), found.main.se, rtol=1e-12)
    # The bootstraps agree with the delta method roughly: no band less than 0.7 or more than 1.4.
    width = 2 * NINETY * found.main.se
    for band in (found.wild, found.bayes):
        ratio = (band[:, 1] - band[:, 0]) / width
        assert (ratio > 0.7).all()
        assert (ratio < 1.4).all()


def test_the_page_of_the_docs_is_what_ships():
    docs = Path(__file__).parents[2] / "docs" / "gravity-table.md"
    assert docs.read_text(encoding="utf-8") == page.markdown(load_estimates())


def test_the_file_keeps_every_bit(tmp_path):
    found = load_estimates()
    path = tmp_path / "estimates.json"
    path.write_text(to_text(found), encoding="utf-8")
    again = load_estimates(path)
    np.testing.assert_array_equal(again.vcov, found.vcov)
    assert to_text(again) == to_text(found)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="gravity --write"):
        load_estimates(path)


def test_terminal_page_shows_every_column(tmp_path):
    from rich.console import Console

    found = load_estimates()
    with (tmp_path / "out").open("w") as out:
        screen = Console(record=True, width=80, file=out)
        screen.print(page.gravity_page(found, stars=True, intervals=True))
        screen.print(page.effects_page())
        text = screen.export_text()
    for k in range(1, len(COLUMNS) + 1):
        assert f"({k})" in text
    assert "cannot identify" in text
    assert "…" not in text
    frame = page.table(found)
    assert len(frame) == sum(len(c.terms) for c in found.columns.values())


@pytest.fixture(scope="module")
def panel(rawdata):
    from hansa.policy.gravity.panel import build_panel

    return build_panel(rawdata)


def few(panel):
    """Return one section of some senders, targets and others."""
    countries = (
        "USA", "DEU", "FRA", "GBR", "JPN", "CAN", "AUS", "CHE", "NOR", "KOR", "IRN", "IRQ", "SYR",
        "LBY", "SDN", "MMR", "RUS", "CHN", "IND", "TUR", "BRA", "ZAF", "MEX", "IDN",
    )  # fmt: skip
    frame = panel.frame
    keep = frame["exporter"].isin(countries) & frame["importer"].isin(countries)
    keep &= frame["section"] == "machinery 7"
    return frame[keep].reset_index(drop=True)


REAL = ("embargo", "partial", "finance_major", "rta")


def test_three_estimators_agree_on_the_real_panel(panel):
    rows = few(panel)
    got = fit(rows, REAL)
    assert got.terms == REAL
    beta, se, _ = glm(rows, REAL)
    np.testing.assert_allclose(got.beta, beta, rtol=1e-6)
    np.testing.assert_allclose(plain_errors(got), se, rtol=1e-5)
    pytest.importorskip("pyfixest")
    beta, se = fit_pyfixest(rows, REAL, tolerance=1e-11)
    np.testing.assert_allclose(got.beta, [beta[t] for t in REAL], rtol=1e-6)
    np.testing.assert_allclose(got.se, [se[t] for t in REAL], rtol=1e-6)


def test_the_main_column_is_what_ships(panel):
    shipped = load_estimates()
    main = next(c for c in COLUMNS if c.name == MAIN)
    got = estimate(panel.frame, (main,))[MAIN]
    assert got.terms == shipped.main.terms
    assert got.n == shipped.main.n
    np.testing.assert_allclose(got.beta, shipped.main.beta, rtol=1e-6)
    np.testing.assert_allclose(got.vcov, shipped.vcov, rtol=1e-6, atol=1e-12)
    assert panel.mix == pytest.approx(shipped.mix, rel=1e-9)
    assert panel.notes == shipped.notes


def test_the_panel_counts_no_flow_twice(panel):
    frame = panel.frame
    keys = ["exporter", "importer", "section", "year"]
    assert not frame.duplicated(keys).any()
    assert (frame["value"] >= 0).all()
    home = frame[frame["border"] == 0]
    assert (home["value"] > 0).all()
    sanctioned = frame[[*GROUPS]]
    assert sanctioned.to_numpy().min() >= 0
    assert sanctioned.to_numpy().max() <= 1 + 1e-12
    assert (home[[*GROUPS]].to_numpy() == 0).all()


def test_agreements_are_pairs_of_two_countries(rawdata):
    from hansa.world.sources import rta

    pairs = rta.tidy(rawdata, 2015)
    have = set(zip(pairs["origin"], pairs["destination"], strict=True))
    assert ("DEU", "FRA") in have
    assert ("CAN", "USA") in have
    assert ("IRN", "USA") not in have
    assert all((b, a) in have for a, b in have)
    assert not any(a == b for a, b in have)
    with pytest.raises(DataError, match="1958"):
        rta.tidy(rawdata, 1900)


def test_the_command_prints_and_writes_csv(tmp_path, capsys, monkeypatch):
    import csv
    import sys

    from hansa import cli

    file = tmp_path / "gravity.csv"
    monkeypatch.setattr(sys, "argv", ["hansa", "gravity", "--effects", "--csv", str(file)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0
    assert "secondary_broad" in capsys.readouterr().out
    with file.open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    main = [r for r in rows if r["specification"] == MAIN and r["term"] == "embargo"]
    found = load_estimates().main
    assert float(main[0]["beta"]) == float(found.beta[found.terms.index("embargo")])


def test_a_missing_package_is_named(monkeypatch):
    import sys

    from hansa.policy.gravity.panel import build_panel

    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(DataError, match=r"hansa\[build\]"):
        build_panel("/nowhere")
    monkeypatch.setitem(sys.modules, "pyfixest", None)
    with pytest.raises(DataError, match=r"hansa\[gravity\]"):
        fit_pyfixest(gravity_world(), TERMS)
