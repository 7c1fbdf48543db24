"""The general equilibrium: equations, solver, sweep, results, derivatives.

Public: `solve`, `sweep`, `balance`, `Result`, `Status`; `linearise`, `Linearisation`,
`Perturbation`, `Outcomes`; `exposure`, `Exposure`.
"""

from hansa.equilibrium.derivatives import Linearisation, linearise
from hansa.equilibrium.directions import Outcomes, Perturbation
from hansa.equilibrium.exposure import Exposure, exposure
from hansa.equilibrium.results import Result, Status
from hansa.equilibrium.solve import balance, solve, sweep

__all__ = [
    "Exposure",
    "Linearisation",
    "Outcomes",
    "Perturbation",
    "Result",
    "Status",
    "balance",
    "exposure",
    "linearise",
    "solve",
    "sweep",
]
