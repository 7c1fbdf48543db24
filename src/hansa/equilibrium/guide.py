"""Guide: where the search for an equilibrium begins, and what it steers by.

May import only its siblings. A thousand economies that differ in elasticities alone are solved
sooner from the solution of one of them; what is found is certified all the same and does not depend
on the guide but for rounding. No paper.
"""

from __future__ import annotations

from dataclasses import dataclass

from hansa.equilibrium.equations import State
from hansa.equilibrium.reference import Reference


@dataclass(frozen=True, eq=False)
class Guide:
    """The solution of a like problem and the linearisation there.

    Attributes
    ----------
    state : State
        (J, N, 1), (J, N, 1), (F, N, 1).
    reference : Reference
    """

    state: State
    reference: Reference
