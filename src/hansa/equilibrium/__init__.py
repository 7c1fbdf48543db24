"""The general equilibrium: equations, solver, sweep, results, derivatives.

Public: `solve`, `sweep`, `balance`, `Result`, `Status`; `linearise`, `Linearisation`,
`Perturbation`, `Outcomes`.
"""

from hansa.equilibrium.derivatives import Linearisation, linearise
from hansa.equilibrium.directions import Outcomes, Perturbation
from hansa.equilibrium.results import Result, Status
from hansa.equilibrium.solve import balance, solve, sweep

__all__ = [
    "Linearisation",
    "Outcomes",
    "Perturbation",
    "Result",
    "Status",
    "balance",
    "linearise",
    "solve",
    "sweep",
]
