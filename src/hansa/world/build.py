"""The embedded worlds, from the raw tables: `build_world`, run by ``hansa world build``.

May import ``hansa.errors`` and everything in ``world``. The steps are those of DATA.md. Notation:
Caliendo & Parro (2015, REStud 82, 1-44).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float
from threadpoolctl import threadpool_limits

from hansa.errors import DataError
from hansa.world.build_inputs import Inputs, read_inputs
from hansa.world.build_meta import metadata
from hansa.world.calibrate_accounts import group_totals, prior_value_added
from hansa.world.calibrate_balance import use_tables
from hansa.world.calibrate_reexports import Rerouted, reroute
from hansa.world.calibrate_services import ServiceTotals, gravity, service_flows, service_totals
from hansa.world.calibrate_supply import Supply, Trade, most_made, supply
from hansa.world.calibrate_theta import elasticities
from hansa.world.calibrate_trade import absorbable, without_transit
from hansa.world.deviations import deviation_table
from hansa.world.sectors import sectors
from hansa.world.sources import base
from hansa.world.world import EVIDENCE, World
from hansa.world.years import choices

__all__ = ["YEAR", "Calibration", "build_world", "calibrate", "write_shipped"]

Array = np.ndarray

YEAR = 2015
#: Rounds of finding re-exports: taking them out changes what other hubs trade.
ROUNDS = 6
#: What a round finds, over all trade, below which it is the last.
SETTLED = 1e-7
#: A goods cell is observed if at least this share of it comes from sections that are wholly one
#: sector, and it is that near to what was recorded.
OBSERVED_SHARE = 0.9


@dataclass(frozen=True)
class Calibration:
    """What `build_world` found, before it becomes a World.

    Attributes
    ----------
    inputs : Inputs
    source_totals, totals : (N, G) arrays
        Value added by UN group, million USD: of the accounts, and as used (IRL differs).
    services : ServiceTotals
    transit : (N,) array, million USD
        Fuels recorded to ports that cannot burn them, given to other customers.
    taken : (N,) array
        What goods imports were multiplied by so that the country can absorb them.
    supply : Supply
    rerouted : Rerouted
        Goods and services trade without re-exports.
    reexports, cut : (N, J) arrays
        All that was taken out, and exports dropped because nothing can have supplied them,
        million USD.
    expenditure : (N, N, J) array
    value_added_share : (N, J) array
    input_share : (N, J, J) array
    distance : (N,) array
        Relative entropy of each country's use table to its prior, per unit of its sum.
    """

    inputs: Inputs
    source_totals: Float[Array, "n g"]
    totals: Float[Array, "n g"]
    services: ServiceTotals
    taken: Float[Array, " n"]
    transit: Float[Array, " n"]
    supply: Supply
    rerouted: Rerouted
    reexports: Float[Array, "n j"]
    cut: Float[Array, "n j"]
    expenditure: Float[Array, "n n j"]
    value_added_share: Float[Array, "n j"]
    input_share: Float[Array, "n j j"]
    distance: Float[Array, " n"]


def build_world(
    data_folder: str | Path | None = None,
    progress: Callable[[str], None] | None = None,
    year: int = YEAR,
) -> World:
    """Return the world of a year, built from the raw tables.

    Parameters
    ----------
    data_folder : path, optional
        The raw tables; by default ``HANSA_DATA`` or the folder beside the repository.
    progress : callable, optional
        Called with a line of text at each step.
    year : int
        2015, or 2005, whose technology is that of the tables of 2011 and 2014.

    Returns
    -------
    World
        ``world-2015`` or ``world-2005``; the same to the last bit whenever the tables are the same.

    Raises
    ------
    DataError
        If a raw table is missing or is another version, or no world of the year can be built.
    """
    say = progress or (lambda _: None)
    found = calibrate(data_folder, say, year)
    say("checking every identity")
    return to_world(found)


def calibrate(
    data_folder: str | Path | None, say: Callable[[str], None], year: int = YEAR
) -> Calibration:
    """Return the balanced tables and every step on the way to them."""
    folder = data_folder or base.find_data()
    if folder is None:
        raise DataError("no raw tables: set HANSA_DATA to their folder; see DATA.md")
    # One thread: sums in another order differ in the last bit.
    with threadpool_limits(limits=1):
        inputs = read_inputs(folder, say, sectors(), choices(year))
        totals = group_totals(inputs.adjusted, inputs.where, inputs.costs.size, inputs.names)
        say("trade in services (gravity)")
        recorded = _recorded(inputs, totals)
        say("output, value added and re-exports")
        steps = _without_reexports(inputs, totals, recorded)
        say("balancing (RAS)")
        return _balanced(inputs, steps)


@dataclass(frozen=True)
class _Recorded:
    """Trade before re-exports are looked at: (N, N, J) flows, and how they came about."""

    flows: Array
    services: ServiceTotals
    taken: Array
    transit: Array


@dataclass(frozen=True)
class _Steps:
    totals: Array
    recorded: _Recorded
    supply: Supply
    rerouted: Rerouted
    reexports: Array
    cut: Array


def _recorded(inputs: Inputs, totals: Array) -> _Recorded:
    names, own = inputs.names, np.arange(len(inputs.where.codes))
    flows = inputs.goods.flows.copy()
    inside = flows[own, own].copy()
    flows[own, own] = 0.0
    fuels = names.position("fuels")
    flows[:, :, fuels], transit = without_transit(flows[:, :, fuels], totals.sum(axis=1))
    services = _service_totals(inputs, flows, inside)
    taken = _absorbed(inputs, flows, services, totals.sum(axis=1))
    flows = flows * taken[:, None, None]
    made, used = _services_made(inputs, totals)
    pull = gravity(inputs.pairs, inputs.where, inputs.accounts["value_added"].dropna())
    at_home = [names.position("utilities"), names.position("construction")]
    tradability = inputs.technology.tradability
    flows = flows + service_flows(services, made, used, tradability, pull, at_home)
    return _Recorded(flows, services, taken, transit)


def _without_reexports(inputs: Inputs, totals: Array, recorded: _Recorded) -> _Steps:
    """Return output that supports exports, and trade without what cannot have been made."""
    names, tables, goods = inputs.names, inputs.technology, slice(len(inputs.names.goods))
    flows = recorded.flows
    own = np.arange(len(flows))
    abroad = inputs.goods.flows.sum(axis=(0, 2)) - inputs.goods.flows[own, own].sum(axis=1)
    most = most_made(
        abroad,
        inputs.mixed(tables.exports)[:, goods].sum(axis=1),
        inputs.mixed(tables.export_share),
    )
    shape = (len(own), len(names.codes))
    reexports, cut, returned = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    added = np.zeros_like(flows)
    for last in (*(False,) * ROUNDS, True):
        trade = Trade(flows.sum(axis=0), flows.sum(axis=1), reexports, most)
        prior = prior_value_added(
            totals, inputs.costs, trade.exports, trade.imports, inputs.goods.mined, names
        )
        made = supply(totals, prior, inputs.costs, trade, names)
        if last or made.reexports.sum() + made.cut.sum() <= SETTLED * flows.sum():
            break
        step = reroute(flows, made.reexports)
        left = step.flows.sum(axis=0)
        flows = step.flows * (1 - made.cut / np.maximum(left, made.cut + 1e-300))[None]
        reexports, cut = reexports + made.reexports, cut + made.cut
        added, returned = added + step.added, returned + step.returned
    rerouted = Rerouted(flows=flows, returned=returned, added=added)
    return _Steps(totals, recorded, made, rerouted, reexports, cut)


def _service_totals(inputs: Inputs, flows: Array, inside: Array) -> ServiceTotals:
    accounts = inputs.where.totals(inputs.accounts[["exports", "imports"]])
    goods_out = flows.sum(axis=(0, 2)) + inside.sum(axis=1)
    # Exports the matrix gives no partner are goods all the same: BACI's total.
    total = inputs.where.totals(inputs.chapters).sum(axis=1)
    for code in inputs.year.goods_unallocated:
        n = inputs.where.codes.index(code)
        goods_out[n] = max(goods_out[n], total[n])
    goods_in = flows.sum(axis=(1, 2)) + inside.sum(axis=1)
    named = inputs.year.services_named
    by_position = {inputs.where.codes.index(c): v for c, v in named.items()}
    return service_totals(accounts[:, 0], accounts[:, 1], goods_out, goods_in, by_position)


def _absorbed(inputs: Inputs, flows: Array, services: ServiceTotals, value_added: Array) -> Array:
    accounts = inputs.where.totals(inputs.accounts[["exports", "imports"]])
    other = services.imports - services.exports
    named = [c in inputs.year.services_named for c in inputs.where.codes]
    deficit = np.where(named, np.inf, accounts[:, 1] - accounts[:, 0])
    return absorbable(flows, deficit, other, value_added)


def _services_made(inputs: Inputs, totals: Array) -> tuple[Array, Array]:
    """Return output and use of services at home, (N, J), zero for goods."""
    names, costs = inputs.names, inputs.costs
    output = totals[:, names.activity_group] * costs.composition / costs.value_added_share
    keep = np.array([s in names.services for s in names.codes])
    made = names.by_sector(output) * keep
    used = np.einsum("nja,na->nj", costs.inputs, output)
    used += costs.final * totals.sum(axis=1)[:, None]
    return made, used * keep


def _balanced(inputs: Inputs, steps: _Steps) -> Calibration:
    names, flows, made, costs = inputs.names, steps.rerouted.flows, steps.supply, inputs.costs
    output, value_added = names.by_sector(made.output), names.by_sector(made.value_added)
    out, into = flows.sum(axis=0), flows.sum(axis=1)
    home = output - out
    spending = home + into
    # Inputs take what value added leaves, in the proxies' proportions.
    share = costs.value_added_share
    left = (1 - share * made.thinned) / (1 - share)
    spent = costs.inputs * (left * made.output)[:, None, :]
    member = names.activity_sector[:, None] == np.arange(len(names.codes))[None, :]
    prior = spent @ member
    use, _ = use_tables(prior, costs.final, spending, output - value_added)
    expenditure = flows.copy()
    own = np.arange(len(flows))
    expenditure[own, own] = home
    # Exact for the expenditure as stored: output is what is sold.
    sold = expenditure.sum(axis=0)
    va_share = np.clip(value_added / sold, 0.0, 1.0)
    input_share = use / np.maximum(use.sum(axis=1), 1e-300)[:, None, :] * (1 - va_share)[:, None, :]
    ratio = np.where(use > 0, use / np.maximum(prior, 1e-300), 1.0)
    distance = (use * np.abs(np.log(np.maximum(ratio, 1e-300)))).sum(axis=(1, 2))
    return Calibration(
        inputs=inputs,
        source_totals=group_totals(inputs.accounts, inputs.where, costs.size, names),
        totals=steps.totals,
        services=steps.recorded.services,
        taken=steps.recorded.taken,
        transit=steps.recorded.transit,
        supply=made,
        rerouted=steps.rerouted,
        reexports=steps.reexports,
        cut=steps.cut,
        expenditure=expenditure,
        value_added_share=va_share,
        input_share=input_share,
        distance=distance / use.sum(axis=(1, 2)),
    )


def evidence(found: Calibration) -> Array:
    """Return what each cell of expenditure rests on, (N, N, J) int8."""
    names, goods, flows = found.inputs.names, found.inputs.goods, found.rerouted.flows
    observed, derived, modelled = (EVIDENCE.index(e) for e in ("observed", "derived", "modelled"))
    code = np.full(flows.shape, derived, dtype=np.int8)
    safe = np.where(flows > 0, flows, 1.0)
    recorded = np.abs(flows - goods.flows) <= (1 - OBSERVED_SHARE) * safe
    code[recorded & (goods.whole / safe >= OBSERVED_SHARE)] = observed
    code[flows <= 0] = observed
    code[:, :, [names.position(s) for s in names.services]] = modelled
    own = np.arange(len(flows))
    table = found.inputs.costs.own & (np.array(found.inputs.where.codes) != "TWN")
    code[own, own] = np.where(table, derived, modelled)[:, None]
    return code


def to_world(found: Calibration) -> World:
    """Return the checked World of a calibration, with its metadata."""
    inputs = found.inputs
    theta = elasticities(
        inputs.theta,
        inputs.chapters.sum(axis=0).to_numpy(dtype=float),
        list(inputs.chapters.columns),
        inputs.names,
    )
    world = World.from_flows(
        name=inputs.year.name,
        year=inputs.year.year,
        countries=inputs.where.codes,
        sectors=inputs.names.codes,
        expenditure=found.expenditure,
        value_added_share=found.value_added_share,
        input_share=found.input_share,
        trade_elasticity=theta.theta,
        trade_elasticity_se=theta.se,
        evidence=evidence(found),
        meta={},
        tolerance=1e-11,
    )
    facts = metadata(found, theta, deviation_table(found, world))
    return World(**{**{f: getattr(world, f) for f in world.__dataclass_fields__}, "meta": facts})


def write_shipped(world: World, folder: str | Path | None = None) -> Path:
    """Write the world into the package's data folder (or `folder`) and return the path."""
    where = Path(folder) if folder else Path(__file__).with_name("data")
    return world.write(where / f"{world.name}.parquet")


def summary(world: World) -> pd.DataFrame:
    """Return largest and median deviation by item; see `hansa.world.deviations`."""
    from hansa.world.deviations import summarise

    return summarise(world)
