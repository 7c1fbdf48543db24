"""The identities of a World, and the refusals that name what breaks them.

May import ``hansa.errors`` and the World it checks. The identities are those of the design
page of the model: shares sum to one, nothing is negative, output equals sales, income equals
spending, deficits sum to zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hansa.errors import DataError

if TYPE_CHECKING:
    from hansa.world.world import World

Array = np.ndarray

#: How far given cost shares may be from one before they are refused rather than renormalised.
SHARE_SLACK = 1e-6


def _refuse(
    identity: str, size: float, country: str, sector: str = "", mend: str = "", partner: str = ""
) -> DataError:
    where = f"country {country}" + (f", partner {partner}" if partner else "")
    where += f", sector {sector}" if sector else ""
    return DataError(f"{identity}: {where}, size {size:.6g}. {mend}".rstrip())


def cost_shares(
    countries: tuple[str, ...],
    sectors: tuple[str, ...],
    expenditure: Array,
    tariff: Array | None,
    value_added: Array | None,
    intermediate: Array | None,
    value_added_share: Array | None,
    input_share: Array | None,
    tolerance: float,
) -> tuple[Float[Array, "n j"], Float[Array, "n j j"]]:
    """Return exact cost shares from money or from given shares; see `World.from_flows`.

    Raises
    ------
    DataError
        If shapes, signs or sums are wrong, or money costs do not add up to output.
    """
    n, j = len(countries), len(sectors)
    for label, values in (("country", countries), ("sector", sectors)):
        repeated = {v for v in values if list(values).count(v) > 1}
        if repeated:
            raise DataError(f"{label} codes must be unique; repeated: {sorted(repeated)}")
    _shape("expenditure", expenditure, (n, n, j))
    if tariff is not None:
        _shape("tariff", np.asarray(tariff), (n, n, j))
    money = value_added is not None and intermediate is not None
    if money == (value_added_share is not None and input_share is not None):
        raise DataError(
            "give either value_added and intermediate (money) or value_added_share and "
            "input_share, not both and not neither"
        )
    va = np.array(value_added if money else value_added_share, dtype=np.float64)
    use = np.array(intermediate if money else input_share, dtype=np.float64)
    _shape("value added", va, (n, j))
    _shape("input use", use, (n, j, j))
    _nonnegative("value added", va, countries, sectors)
    for k in range(j):
        _nonnegative(f"use of input {sectors[k]}", use[:, k, :], countries, sectors)
    cost = va + use.sum(axis=1)
    net = expenditure if tariff is None else expenditure / (1 + np.asarray(tariff))
    output = net.sum(axis=0)
    expected = output if money else np.ones((n, j))
    idle = output <= 0
    scale = np.maximum(output, 1e-6 * output.sum(axis=1, keepdims=True)) if money else 1.0
    gap = np.where(idle & (not money), 0.0, np.abs(cost - expected) / scale)
    limit = tolerance if money else SHARE_SLACK
    if not gap.max() <= limit:
        c, s = np.unravel_index(np.nanargmax(gap), gap.shape)
        rule = (
            "output must equal its cost (value added plus inputs)"
            if money
            else "value-added share and input shares must sum to one"
        )
        raise _refuse(rule, float(cost[c, s] - expected[c, s]), countries[c], sectors[s])
    # A sector without output makes its (never used) good from labour alone.
    dead = idle | (cost <= 0)
    safe = np.where(dead, 1.0, cost)
    va_share = np.where(dead, 1.0, va / safe)
    in_share = np.where(dead[:, None, :], 0.0, use / safe[:, None, :])
    return va_share, in_share


def check_world(world: World, tolerance: float) -> None:
    """Raise DataError unless every identity of a World holds to `tolerance`, relative."""
    c, s = world.countries, world.sectors
    _shape("trade elasticity", world.trade_elasticity, (len(s),))
    bad = ~(world.trade_elasticity > 0)
    if bad.any():
        j = int(np.argmax(bad))
        raise DataError(
            f"trade elasticity theta must be > 0: sector {s[j]}, size "
            f"{world.trade_elasticity[j]:.6g}. (theta is positive here; some sources print -theta.)"
        )
    for what, array in (("expenditure", world.expenditure), ("tariff", world.tariff)):
        allowed = array >= 0 if what == "expenditure" else array > -1
        wrong = ~(np.isfinite(array) & allowed)
        if wrong.any():
            n, i, j = _place(wrong)
            rule = "not negative" if what == "expenditure" else "above -1 (0.05 is 5 %)"
            raise _refuse(
                f"{what} must be finite and {rule}",
                float(array[n, i, j]), c[n], s[j], partner=c[i],
            )  # fmt: skip
    output, spending = world.output, world.spending
    if (world.value_added <= 0).any():
        n = int(np.argmin(world.value_added))
        raise _refuse("value added must be positive", float(world.value_added[n]), c[n])
    final = spending - np.einsum("nkj,nj->nk", world.input_share, output)
    scale = np.maximum(spending, 1e-6 * spending.sum(axis=1, keepdims=True))
    if (final < -tolerance * scale).any():
        n, j = _place(final / scale == (final / scale).min())
        raise _refuse(
            "intermediate use exceeds total spending (final demand would be negative)",
            float(final[n, j]), c[n], s[j], "Raise domestic sales or imports, or lower use.",
        )  # fmt: skip
    gap = np.abs(final.sum(axis=1) - world.income) / world.income
    if not gap.max() <= tolerance:
        n = int(np.argmax(gap))
        raise _refuse(
            "income (value added, tariff revenue, deficit) must equal final spending",
            float(gap[n]), c[n],
        )  # fmt: skip
    total = float((world.imports - world.exports).sum())
    if abs(total) > tolerance * float(world.value_added.sum()):
        raise DataError(f"deficits must sum to zero over the world: size {total:.6g}")


def _place(mask: Array) -> tuple[int, ...]:
    """Return the position of the first true entry."""
    return tuple(int(k) for k in np.unravel_index(np.argmax(mask), mask.shape))


def _shape(what: str, array: Array, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise DataError(f"{what} has shape {array.shape}, expected {shape}")


def _nonnegative(
    what: str, array: Array, countries: tuple[str, ...], sectors: tuple[str, ...]
) -> None:
    wrong = ~(np.isfinite(array) & (array >= 0))
    if wrong.any():
        n, j = np.unravel_index(np.argmax(wrong), array.shape)
        raise _refuse(
            f"{what} must be finite and not negative", float(array[n, j]), countries[n], sectors[j]
        )
