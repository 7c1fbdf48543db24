"""Fit the corridor's scales to the published through rates and write them to scales.yaml."""

from __future__ import annotations

from pathlib import Path

from hansa.corridor.calibration import fitted_scales
from hansa.corridor.network import load_network

TARGET = Path(__file__).parents[1] / "src" / "hansa" / "corridor" / "data" / "scales.yaml"


def main() -> None:
    """Write the scales and print them."""
    scales = fitted_scales(load_network())
    lines = ["# Written by `python tools/fit_corridor.py`; do not edit by hand."]
    lines += [f"{name}: {value:.4f}" for name, value in scales.items()]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines[1:]))


if __name__ == "__main__":
    main()
