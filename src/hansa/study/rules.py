"""The rules of a study's club made concrete: capability as weights, science as knowledge.

May import every room to the left. Both are off unless the study file turns them on; the headline
then says so.
"""

from __future__ import annotations

from hansa.affinity.science import knowledge_measure
from hansa.capability import Coverage, coverage, match_measures
from hansa.errors import DataError, StudyError
from hansa.policy import Measures
from hansa.shock import Shock
from hansa.study.schema import Rule, Study, rules_of
from hansa.world.world import World


def with_rules(world: World, study: Study, regime: Shock, lifted: Shock) -> Study:
    """Return the study with every rule of its club in its measures.

    Parameters
    ----------
    world : World
    study : Study
    regime, lifted : Shock
        The sanctions of the date, and the removal of all: what was lost between them is what
        members' capability is held against.

    Returns
    -------
    Study
        Its measures carry weights and knowledge where a rule asks for them; draws of the sizes
        of measures keep both.

    Raises
    ------
    StudyError
        If the data cannot say what a rule asks for; names the rule.
    """
    if study.club is None:
        return study
    rules = list(rules_of(study).values())
    lost = None
    try:
        if any(rule.capability for rule in rules):
            lost = coverage(world, regime, study.players, before=lifted)
        club, *variants = (_resolved(world, study, rule, lost) for rule in rules)
    except DataError as error:
        raise StudyError(f"{study.name}, rule of the club: {error}") from error
    return study.model_copy(update={"club": club, "variants": tuple(variants)})


def _resolved(world: World, study: Study, rule: Rule, lost: Coverage | None) -> Rule:
    measures = rule.measures
    if rule.capability and lost is not None:
        measures = _by_capability(world, measures, lost, rule.capability)
    if rule.science is not None:
        ties = knowledge_measure(
            study.players, increase=rule.science.increase, spillover=rule.science.spillover
        )
        measures = measures.model_copy(update={"knowledge": ties})
    return rule.model_copy(update={"measures": measures})


def _by_capability(world: World, own: Measures, lost: Coverage, strength: float) -> Measures:
    matched = match_measures(world, lost, nontariff=own.nontariff, strength=strength)
    covered = set(world.sectors if own.sectors is None else own.sectors)
    weights = tuple(row for row in matched.weights if row.sector in covered)
    return own.model_copy(update={"weights": weights})
