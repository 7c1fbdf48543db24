"""Benchmarks: a registry, run by ``python -m benchmarks`` (or ``make bench``)."""
