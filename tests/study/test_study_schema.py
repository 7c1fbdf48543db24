"""The study file: what is read, and what is refused with the nearest known name."""

import datetime as dt

import pytest
from study_worlds import TEXT

from hansa.errors import StudyError
from hansa.study.schema import load_study, parse_study, shipped_studies


def test_shipped_studies_load_and_keep_their_name():
    assert "caspian" in shipped_studies()
    for name in shipped_studies():
        assert load_study(name).name == name


def test_the_caspian_study_asks_what_the_issue_asks():
    study = load_study("caspian")
    assert study.world == "world-2015"
    assert study.regime.on == dt.date(2024, 2, 19)
    assert study.club.candidates == ("IRN", "BLR", "RUS", "VEN", "SYR", "CUB", "PRK", "MMR")
    assert study.regime.targets == study.club.candidates
    sizes = [study.club.measures.nontariff, *(v.measures.nontariff for v in study.variants)]
    assert sizes == [-0.10, -0.05, -0.20, -0.10, -0.10]


def test_on_is_a_key_and_no_is_norway():
    text = TEXT.replace("[IRN, BLR, RUS]", "[IRN, NO, RUS]")
    study = parse_study(text, "x")
    assert study.regime.on == dt.date(2024, 2, 19)
    assert study.club.candidates[1] == "NO"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("candidates:", "candidate:", ["candidate", "did you mean 'candidates'"]),
        ("regime:", "regim:", ["regim", "did you mean 'regime'"]),
        ("{on:", "{onn:", ["onn", "did you mean 'on'"]),
        ("nontariff: -0.10", "nontarif: -0.10", ["nontarif", "did you mean 'nontariff'"]),
        ("seed: 7", "sed: 7", ["sed", "did you mean 'seed'"]),
        ("title: A small study\n", "", ["'title' is missing"]),
        ("[IRN, BLR, RUS]", "[IRN, IRN]", ["candidates named twice: IRN"]),
        ("[IRN, BLR, RUS]", "[IRN]", ["club.candidates"]),
        ("nontariff: -0.10", "nontariff: -1.0", ["nontariff"]),
        ("{on: 2024-02-19}", "{on: 2024-02-19, strength: middle}", ["strength", "middle"]),
        ("name: large", "name: central", ["variant names must differ"]),
        ("{on: 2024-02-19}", "{on: soon}", ["regime.on", "soon"]),
        ("{on: 2024-02-19}", "{on: 2022-06-31}", ["day is out of range"]),
        ("intensities: [0.1, 1.0]", "intensities: [0.5, 0.2]", ["must increase"]),
        ("intensities: [0.1, 1.0]", "intensity: [0.1, 1.0]", ["did you mean 'intensities'"]),
    ],
)
def test_a_wrong_file_is_refused_with_the_culprit_and_the_mend(old, new, words):
    assert old in TEXT
    with pytest.raises(StudyError) as caught:
        parse_study(TEXT.replace(old, new), "mine.yaml")
    for word in ["mine.yaml", *words]:
        assert word in str(caught.value)


def test_unknown_study_names_the_nearest():
    with pytest.raises(StudyError, match="did you mean 'caspian'"):
        load_study("caspien")


def test_a_file_that_is_no_mapping_or_no_yaml_is_refused(tmp_path):
    with pytest.raises(StudyError, match="must be a mapping"):
        parse_study("- a\n- b\n", "list.yaml")
    with pytest.raises(StudyError, match="is not YAML"):
        parse_study("a: [", "broken.yaml")
    with pytest.raises(StudyError, match="no study file"):
        load_study(tmp_path / "absent.yaml")
