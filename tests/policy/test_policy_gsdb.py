"""The user's GSDB file: read whole, names through one door, set beside the registry.

The file in ``data`` has the layout of the data base; its cases are invented.
"""

from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from hansa.errors import DataError
from hansa.policy import compare_gsdb, load_gsdb
from hansa.policy.gsdb import GSDB_COLUMNS, code_of, split_names
from hansa.policy.gsdb_compare import STATUS
from hansa.policy.page_checks import compare_page

pytest.importorskip("country_converter")

FILE = Path(__file__).parent / "data" / "gsdb_layout_invented.csv"

REGISTRY = """
target: IRN
episodes:
- {id: eu-irn-oil, sender: EU, type: trade-import, sectors: [fuels], begin: 2012-07-01,
   end: 2016-01-16, strength: embargo, confidence: high, act: Regulation (EU) No 267/2012,
   end_act: Regulation (EU) 2015/1861}
- {id: eu-irn-machines, sender: EU, type: trade-export, sectors: [machinery], begin: 2010-10-27,
   end: 2012-03-24, strength: partial, confidence: high, act: Regulation (EU) No 961/2010,
   end_act: Regulation (EU) No 267/2012}
- {id: eu-irn-machines-more, sender: EU, type: trade-export, sectors: [machinery],
   begin: 2012-03-24, end: 2016-01-16, strength: partial, confidence: high,
   act: Regulation (EU) No 267/2012, end_act: Regulation (EU) 2015/1861}
- {id: can-irn-arms, sender: CAN, type: arms, begin: 2010-07-22, strength: none,
   confidence: high, act: SOR/2010-165}
- {id: can-irn-later, sender: CAN, type: financial, begin: 2023-07-22, strength: financial_listing,
   confidence: high, act: SOR/2010-165}
"""


@pytest.fixture
def here(tmp_path):
    (tmp_path / "IRN.yaml").write_text(REGISTRY, encoding="utf-8")
    return tmp_path


def written(tmp_path, *changes):
    text = FILE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_one_line_per_sender_target_and_measure():
    table = load_gsdb(FILE)
    first = table[table["case_id"] == "1"]
    assert len(first) == 2 * 3
    assert set(first["sender"]) == {"EU", "USA"}
    assert dict(zip(first["type"], first["extent"], strict=True)) == {
        "trade-export": "partial", "trade-import": "complete", "financial": "",
    }  # fmt: skip
    second = table[table["case_id"] == "2"]
    assert set(second["target"]) == {"PRK", "IRN"}
    assert list(table.loc[table["case_id"] == "4", "target"].unique()) == ["COD"]
    assert list(table.loc[table["case_id"] == "3", "target"].unique()) == ["YUG"]


def test_trade_without_a_description_counts_both_ways():
    third = load_gsdb(FILE).query("case_id == '3'")
    assert list(third["type"]) == ["trade-export", "trade-import", "military"]


def test_open_cases_end_in_the_release_year():
    table = load_gsdb(FILE)
    assert table.attrs["release"] == 2022
    assert set(table.loc[table["open"], "case_id"]) == {"2", "4", "5"}


def test_unknown_names_are_kept_and_reported():
    table = load_gsdb(FILE)
    assert table.attrs["unknown"] == {"Atlantis": 3}
    lines = table[table["sender"] == ""]
    assert set(lines["sender_name"]) == {"Atlantis"}
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Iran", ["Iran"]),
        ("Iran, Iraq", ["Iran", "Iraq"]),
        ("Korea, North", ["Korea, North"]),
        ("Korea, South, Japan", ["Korea, South", "Japan"]),
        ("Congo, Democratic Republic of, Sudan", ["Congo, Democratic Republic of", "Sudan"]),
        ("United States, Atlantis", ["United States", "Atlantis"]),
        ("", []),
    ],
)
def test_names_in_a_cell(cell, names):
    assert split_names(cell) == names


def test_codes_of_names():
    assert [code_of(n) for n in ("EU", "European Community", "UN", "Soviet Union", "Nowhere")] == [
        "EU", "EU", "UN", "SUN", "",
    ]  # fmt: skip
    assert code_of("Korea, North") == "PRK"


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_and_encodings(tmp_path, mark):
    table = pd.read_csv(FILE, dtype=str, keep_default_na=False)
    table.loc[0, "objective"] = "procès"
    path = tmp_path / "mine.csv"
    table.to_csv(path, sep=mark, index=False, encoding="latin-1")
    assert load_gsdb(path).equals(load_gsdb(FILE))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("case_id,", "case,"), "unknown column 'case_id'"),
        (("exp_part,imp_compl", "exp_part,imp_comp"), "case 1, descr_trade: .*'imp_compl'"),
        (('United States",2012,2016', 'United States",2016,2012'), "case 1: ends .2012."),
        (("UN,2006,", "UN,soon,"), "case 2: 'soon' is no year"),
        (("UN,2006,", "UN,20,"), "case 2: 20 is no year"),
        (("UN,2006,2022,1", "UN,2006,2022,maybe"), "case 2: trade is 'maybe', not 0 or 1"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path, change, said):
    with pytest.raises(DataError, match=said):
        load_gsdb(written(tmp_path, change))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no file .*nothing\.csv"):
        load_gsdb(tmp_path / "nothing.csv")


def test_an_empty_table_is_a_table(tmp_path):
    path = tmp_path / "empty.csv"
    path.write_text(",".join(GSDB_COLUMNS) + "\n", encoding="utf-8")
    assert load_gsdb(path).empty


def test_the_comparison_finds_each_of_the_four_cases(here):
    found = compare_gsdb(load_gsdb(FILE), here).set_index(["sender", "target", "type"])
    assert list(STATUS) == [
        "only in the GSDB", "only in the registry", "both, other years", "both, same years",
    ]  # fmt: skip
    oil = found.loc[("EU", "IRN", "trade-import")]
    assert oil["status"] == "both, same years"
    assert (oil["here_begin"], oil["here_end"], oil["cases"]) == (2012, 2016, "1")
    machines = found.loc[("EU", "IRN", "trade-export")]
    assert machines["status"] == "both, other years"
    assert (machines["gsdb_begin"], machines["here_begin"]) == (2012, 2010)
    assert machines["episodes"] == "eu-irn-machines; eu-irn-machines-more"
    assert found.loc[("USA", "IRN", "trade-import"), "status"] == "only in the GSDB"
    arms = found.loc[("CAN", "IRN", "arms")]
    assert (arms["status"], arms["here_end"]) == ("only in the registry", 2022)
    # What begins after the release is no difference; military and other are not compared.
    assert ("CAN", "IRN", "financial") not in found.index
    assert {t for _, _, t in found.index} <= {"trade-export", "trade-import", "financial", "arms"}
    assert "Atlantis" not in {s for s, _, _ in found.index}


def test_what_the_registry_does_not_claim_is_out_of_scope(here):
    found = compare_gsdb(load_gsdb(FILE), here).set_index(["sender", "target", "type"])
    assert not found.loc[("USA", "CHL", "arms"), "scope"]  # over before 1990
    assert found.loc[("USA", "BRA", "financial"), "scope"]
    assert found.loc[("USA", "CUB", "trade-export"), "scope"]


def test_the_shipped_registry_has_the_embargo_of_cuba_as_the_file_does():
    found = compare_gsdb(load_gsdb(FILE)).set_index(["sender", "target", "type"])
    assert found.loc[("USA", "CUB", "trade-export"), "status"] == "both, same years"


def test_the_page_names_what_differs(here):
    console = Console(width=80, force_terminal=False)
    with console.capture() as capture:
        console.print(compare_page(FILE, here))
    text = capture.get()
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    for words in ("Only in the GSDB", "Both, other years", "2012-2016  2010-2016", "Atlantis (3)"):
        assert words in text
    assert "Not compared: 2 lines" in text
