"""The general equilibrium: equations, solver, sweep, results.

Public: `solve`, `sweep`, `balance`, `Result`, `Status`.
"""

from hansa.equilibrium.results import Result, Status
from hansa.equilibrium.solve import balance, solve, sweep

__all__ = ["Result", "Status", "balance", "solve", "sweep"]
