"""`hansa sweep`: what users type, what they see, and what they get when it is wrong."""

import pytest
from sweep_worlds import long_sweep
from typer.testing import CliRunner

from hansa.cli import app
from hansa.cli.screen import console
from hansa.errors import StudyError


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    path = str(long_sweep(folder, 2))

    def invoke(*words):
        words = ["sweep", *words, "--out", str(folder / "out")]
        console.width = 200  # read from the environment once, when the console is made
        done = CliRunner().invoke(app, words)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    with pytest.raises(StudyError, match="no catalogue at"):
        invoke("--list")
    with pytest.raises(StudyError, match="no sweep at"):
        invoke(path, "--show")
    code, printed = invoke(path)
    assert code == 0
    return invoke, path, printed


def test_a_run_says_how_many_it_solved_what_they_gain_and_where_the_rows_are(run):
    _, _, printed = run
    for words in ("32 scenarios", "20 different", "all solved", "percentile over draws",
                  "gain median", "IRN+BLR+RUS", "WORLD", "out/long/rows-"):  # fmt: skip
        assert words in printed, words


def test_show_prints_the_summary_again(run):
    invoke, path, printed = run
    code, shown = invoke(path, "--show")
    assert code == 0
    assert shown.strip() in printed


def test_sql_asks_the_rows(run):
    invoke, path, _ = run
    code, shown = invoke(path, "--sql", "SELECT count(*) AS lines, max(draw) AS last FROM rows")
    assert code == 0
    assert shown.split() == ["lines", "last", "128", "1"]
    # The query of the how-to page.
    code, shown = invoke(
        path,
        "--sql",
        """
        SELECT c.country, quantile_cont((c.welfare - n.welfare) * c.income_musd, [0.05, 0.5]) AS g
        FROM rows c JOIN rows n USING ("on", draw, country)
        WHERE "on" = '2024-02-19' AND c.club = 'IRN+BLR+RUS' AND n.mask = 0 GROUP BY ALL
    """,
    )
    assert code == 0
    assert {line.split()[0] for line in shown.splitlines()} == {
        "country", "IRN", "BLR", "RUS", "WORLD",
    }  # fmt: skip
    code, shown = invoke(path, "--sql", "SELECT scenario FROM rows")
    assert "... and 88 more lines" in shown


def test_list_names_the_runs(run):
    invoke, _, _ = run
    code, shown = invoke("--list")
    assert code == 0
    for word in ("long", "20", "yes", "catalogue.duckdb"):
        assert word in shown


def test_mistakes(run):
    invoke, path, _ = run
    code, shown = invoke()
    assert code == 2
    assert "--list" in shown
    code, shown = invoke(path, "--workers", "0")
    assert code == 2
    assert "workers" in shown
    with pytest.raises(StudyError, match="did you mean 'caspian-draws'"):
        invoke("caspian-draw")
