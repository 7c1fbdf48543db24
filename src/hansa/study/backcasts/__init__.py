"""Backcasts: past episodes of sanctions forecast from the years before, and scored. Public names.

May import every room to the left of ``study``.
"""

from hansa.study.backcasts.forecasts import FORECASTS, Forecast
from hansa.study.backcasts.results import (
    Backcasts,
    compute,
    iran_results,
    misses,
    russia_results,
    shipped_backcasts,
)
from hansa.study.backcasts.scores import MEASURES, Score

__all__ = [
    "FORECASTS",
    "MEASURES",
    "Backcasts",
    "Forecast",
    "Score",
    "compute",
    "iran_results",
    "misses",
    "russia_results",
    "shipped_backcasts",
]
