"""A small synthetic gravity world whose true coefficients are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: What the synthetic world was made with, log points.
TRUE = {"embargo": -1.5, "partial": -0.5, "rta": 0.3}


def gravity_world(seed: int = 0, countries: int = 14, noise: float = 0.3) -> pd.DataFrame:
    """Return flows with domestic sales, two sections, three years, and known effects."""
    random = np.random.default_rng(seed)
    codes = [f"C{k:02d}" for k in range(countries)]
    rows = []
    distance = random.uniform(0.5, 2.5, size=(countries, countries))
    for section in ("goods a", "goods b"):
        pair = random.normal(0, 0.5, size=(countries, countries)) - distance
        for year in (1995, 2005, 2015):
            seller, buyer = random.normal(3, 1, countries), random.normal(3, 1, countries)
            globalised = {1995: -1.0, 2005: -0.7, 2015: -0.5}[year]
            for i, exporter in enumerate(codes):
                for n, importer in enumerate(codes):
                    abroad = float(i != n)
                    x = {
                        "embargo": abroad * float(random.random() < 0.06),
                        "partial": abroad * round(float(random.random()), 1)
                        * float(random.random() < 0.15),
                        "rta": abroad * float(random.random() < 0.3),
                    }  # fmt: skip
                    link = seller[i] + buyer[n] + pair[i, n] + globalised * abroad
                    link += sum(TRUE[k] * x[k] for k in TRUE)
                    # Errors with mean one, heteroskedastic, and one in twelve flows missing.
                    shock = random.lognormal(-(noise**2) / 2, noise)
                    flow = np.exp(link) * shock * (12 / 11) * float(random.random() > 1 / 12)
                    rows.append(
                        {
                            "exporter": exporter, "importer": importer, "section": section,
                            "year": year, "border": abroad, "value": flow, **x,
                        }
                    )  # fmt: skip
    return pd.DataFrame(rows)
