"""The unit of work: a study file, its runner, its results on disk and its lock.

May import every room to the left; nothing here draws or prints. Public names of this room.
"""

from hansa.study.coalition_play import play_coalition
from hansa.study.play import Equalised, equalise, play
from hansa.study.runner import StudyResult, read_result, rerun_locked, run_study
from hansa.study.schema import Study, load_study, shipped_studies

__all__ = [
    "Equalised",
    "Study",
    "StudyResult",
    "equalise",
    "load_study",
    "play",
    "play_coalition",
    "read_result",
    "rerun_locked",
    "run_study",
    "shipped_studies",
]
