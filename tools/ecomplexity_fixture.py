"""Write what the package `ecomplexity` computes from the shipped exports, for the tests.

Needs `ecomplexity` (0.5.3, MIT; with scikit-learn), which Hansa does not depend on: run it in an
environment that has both. ``python tools/ecomplexity_fixture.py`` writes
``tests/capability/data/ecomplexity.parquet``: one row per economy and chapter of 2019.
"""

from importlib.metadata import version
from pathlib import Path

import pandas as pd
from ecomplexity import ecomplexity

from hansa.capability.exports import load_exports

COLUMNS = ("rca", "mcp", "eci", "pci", "density", "coi", "cog")
YEAR = 2019


def main() -> None:
    """Compute and write."""
    table = load_exports()
    inside = [c for c, kept in zip(table.economies, table.sample, strict=True) if kept]
    value = pd.DataFrame(table.at(YEAR), table.economies, table.chapters).loc[inside]
    long = value.rename_axis("country").reset_index().melt("country", var_name="chapter")
    names = {"time": "year", "loc": "country", "prod": "chapter", "val": "value"}
    found = ecomplexity(long.assign(year=YEAR), names, check_logsupermodularity=False)
    found = found.sort_values(["country", "chapter"])[["country", "chapter", *COLUMNS]]
    target = Path(__file__).parents[1] / "tests/capability/data/ecomplexity.parquet"
    found.reset_index(drop=True).to_parquet(target, compression="zstd", index=False)
    print(f"{len(found)} rows by ecomplexity {version('ecomplexity')}")


if __name__ == "__main__":
    main()
