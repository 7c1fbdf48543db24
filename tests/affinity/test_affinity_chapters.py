"""The four chapters: every table sourced, every sentence made of the numbers beside it."""

from __future__ import annotations

import doctest

import pytest

import hansa as hs
from hansa.affinity import friends
from hansa.errors import DataError

A = hs.affinity
MEMBERS = ["IRN", "BLR", "RUS"]


@pytest.fixture(scope="module")
def world():
    return hs.load_world()


@pytest.fixture(scope="module")
def exposed(world):
    return hs.exposure(world)


@pytest.fixture(scope="module")
def chapters(world, exposed):
    return {
        "friends": A.friends_chapter(world, exposed, exposed, MEMBERS),
        "votes": A.votes_chapter(MEMBERS, exposed),
        "science": A.science_chapter(MEMBERS),
        "reliability": A.reliability_chapter(MEMBERS),
    }


@pytest.mark.parametrize("name", ["friends", "votes", "science", "reliability"])
def test_a_chapter_is_complete(chapters, name: str) -> None:
    chapter = chapters[name]
    assert chapter.tables
    assert chapter.figures
    for key, table in chapter.tables.items():
        assert len(table), key
        assert table.attrs.get("unit"), key
        assert table.attrs.get("source"), key
    for fact in (chapter.supports, chapter.against):
        assert fact.says.endswith(".")
        assert fact.says.replace("\N{NARROW NO-BREAK SPACE}", "").isascii()
        assert all(value == value for value in fact.values.values())
    assert chapter.supports.says != chapter.against.says


def test_facts_are_the_numbers_of_the_tables(chapters) -> None:
    pairs = chapters["friends"].tables["members"]
    positive = (pairs["first_gains"] > 0).sum() + (pairs["second_gains"] > 0).sum()
    assert chapters["friends"].supports.values["positive"] == pytest.approx(positive / 6)
    lost = chapters["science"].tables["decoupling"].set_index(["side", "country"])
    assert chapters["science"].against.values["members"] == lost.loc[("members", "all"), "share"]
    blocs = chapters["votes"].tables["cohesion"]
    assert chapters["votes"].supports.values["within"] == pytest.approx(
        blocs.loc[2015:, "within"].mean()
    )


def test_exposure_and_votes_has_its_three_models(exposed) -> None:
    table = hs.votes.exposure_and_votes(exposed)
    assert table.index.get_level_values("model").unique().tolist() == [
        "exposure", "geography", "ranks",
    ]  # fmt: skip
    assert (table["se_dyadic"] > 0).all()
    # The sign that no sample of the world would lose: far countries vote less alike.
    assert table.loc[("geography", "log distance"), "high"] < 0


def test_examples_of_friends_run(exposed, monkeypatch) -> None:
    monkeypatch.setattr(hs, "exposure", lambda world: exposed)
    found = doctest.testmod(friends)
    assert found.attempted > 5
    assert found.failed == 0


def test_realignment_sets_changes_beside_changes(exposed, world) -> None:
    regime = hs.sanctions(world, on="2024-02-19")
    table = hs.votes.realignment(
        exposed, hs.exposure(world, regime), years=([2004, 2005, 2006], [2014, 2015, 2016])
    )
    assert table.index.tolist() == ["exposure", "rank"]
    assert (table["se_dyadic"] > 0).all()


def test_members_that_nobody_knows_are_refused(world, exposed) -> None:
    for chapter in (A.votes_chapter, A.science_chapter, A.reliability_chapter):
        with pytest.raises(DataError, match="unknown"):
            chapter(["IRN", "QQQ"])
    with pytest.raises(DataError, match="unknown member"):
        A.friends_chapter(world, exposed, exposed, ["IRN", "QQQ"])
