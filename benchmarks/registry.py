"""The registry of benchmarks: each measures something of Hansa against a reference in one run.

A benchmark returns named seconds (medians over repeats), ratios, and the targets they should
meet. Machines are noisy: read the ratios. No time is asserted in tests, only that all run.
"""

from __future__ import annotations

from benchmarks.clubs import clubs_256, clubs_65536
from benchmarks.derivatives import exposure_all_pairs, gradient_cost, gradient_first
from benchmarks.outcome import Benchmark
from benchmarks.robustness import cost_sizes
from benchmarks.routes import routes
from benchmarks.single import cp2015_one, world_one
from benchmarks.sweeps import sweep_scaling
from benchmarks.throughput import growth, sweep_77x45, sweep_160x65, sweep_cp2015

REGISTRY = (
    Benchmark("cp2015_one", "one NAFTA counterfactual, 31 countries x 40 sectors", cp2015_one),
    Benchmark("world_one", "one regime of sanctions on world-2015", world_one),
    Benchmark("sweep_cp2015", "random clubs on the paper's data", sweep_cp2015),
    Benchmark("sweep_77x45", "random clubs, 77 countries x 45 sectors", sweep_77x45),
    Benchmark("sweep_160x65", "random clubs, 160 countries x 65 sectors", sweep_160x65),
    Benchmark("growth", "cost of a scenario-iteration as countries are added", growth),
    Benchmark("clubs_256", "all clubs of eight candidates on world-2015", clubs_256),
    Benchmark("gradient_cost", "a country's welfare by every driver, world-2015", gradient_cost),
    Benchmark("gradient_first", "the first gradient of a process, world-2015", gradient_first),
    Benchmark("exposure_all_pairs", "friends and enemies, world-2015", exposure_all_pairs),
    Benchmark("routes", "routes of the corridor: queries, the matrix, a shock", routes),
    Benchmark("cost_sizes", "trade costs from x0.1 to shut trade, world-2015", cost_sizes),
    Benchmark("sweep_scaling", "a sweep on one and on two Dask workers", sweep_scaling),
    Benchmark(
        "clubs_65536", "all clubs of sixteen candidates on world-2015", clubs_65536, long=True
    ),
)
