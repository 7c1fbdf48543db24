"""The general equilibrium: equations, solver, sweep, results, derivatives.

Public: `solve`, `sweep`, `balance`, `Result`, `Status`; `Guide`, `guide_of`, `guide_to_balance`;
`linearise`, `Linearisation`, `Perturbation`, `Outcomes`; `exposure`, `Exposure`; `Horizon`.
"""

from hansa.equilibrium.derivatives import Linearisation, linearise
from hansa.equilibrium.directions import Outcomes, Perturbation
from hansa.equilibrium.exposure import Exposure, exposure
from hansa.equilibrium.guide import Guide
from hansa.equilibrium.results import Result, Status
from hansa.equilibrium.solve import balance, guide_of, guide_to_balance, solve, sweep
from hansa.equilibrium.technology import Horizon

__all__ = [
    "Exposure",
    "Guide",
    "Horizon",
    "Linearisation",
    "Outcomes",
    "Perturbation",
    "Result",
    "Status",
    "balance",
    "exposure",
    "guide_of",
    "guide_to_balance",
    "linearise",
    "solve",
    "sweep",
]
