"""The command line: what users type, and what they get when it is wrong."""

import signal
import subprocess
import sys

import pytest


def hansa(*words, **kwargs):
    return subprocess.run(
        [sys.executable, "-m", "hansa.cli", *words],
        capture_output=True, text=True, timeout=300, check=False, **kwargs,
    )  # fmt: skip


def test_version():
    import hansa as package

    assert package.__version__ in hansa("--version").stdout


def test_a_countrys_page():
    done = hansa("world", "show", "IRN")
    assert done.returncode == 0, done.stderr
    for word in ("Iran", "2015", "fuels", "modelled", "UN"):
        assert word.lower() in done.stdout.lower()


def test_the_check_prints_the_deviations_asked_for():
    done = hansa("world", "check")
    assert done.returncode == 0, done.stderr
    for word in ("IRN", "BLR", "RUS", "62"):
        assert word in done.stdout


def test_sanctions_on_a_date_and_timeline():
    done = hansa("sanctions", "--on", "2024-02-19")
    assert done.returncode == 0, done.stderr
    for word in ("Iran", "Belarus", "Russia"):
        assert word in done.stdout
    line = hansa("sanctions", "--target", "IRN", "--timeline")
    assert line.returncode == 0, line.stderr
    assert "1979" in line.stdout
    assert "2016-01-16" in line.stdout


def test_sanctions_differences_faults_and_drawings(tmp_path):
    held = hansa("sanctions", "--lint")
    assert held.returncode == 0, held.stdout + held.stderr
    assert "No faults" in held.stdout
    between = hansa("sanctions", "--diff", "2013-12-31", "2016-12-31", "--target", "irn")
    assert between.returncode == 0, between.stderr
    assert "2016-01-16" in between.stdout
    index = hansa("sanctions", "--escalation", "--target", "IRN")
    assert index.returncode == 0, index.stderr
    assert "2015" in index.stdout
    drawn = hansa("sanctions", "--target", "IRN", "--timeline", "--svg", str(tmp_path / "irn.svg"))
    assert drawn.returncode == 0, drawn.stderr
    assert (tmp_path / "irn.svg").read_text(encoding="utf-8").startswith("<svg")


def test_backcasts_and_replications_that_ship():
    scores = hansa("backcast", "--shipped")
    assert scores.returncode == 0, scores.stderr
    assert "model, sanctions" in scores.stdout
    tables = hansa("replicate", "--shipped")
    assert tables.returncode == 0, tables.stderr
    assert "Caliendo" in tables.stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("world", "show", "IRAN"), 2, "did you mean 'IRN'"),
        (("world", "show", "IRN", "--world", "wrld-2015"), 2, "did you mean 'world-2015'"),
        (("backcast", "irn"), 2, "did you mean 'iran'"),
        (("backcast", "--effects", "literatur"), 2, "did you mean 'literature'"),
        (("world", "build", "--year", "2010"), 2, "2005 and 2015, not of 2010"),
        (("study", "caspien"), 2, "did you mean 'caspian'"),
        (("sanctions", "--on", "19.2.2024"), 2, "YYYY-MM-DD"),
        (("sanctions", "--timeline"), 2, "--target"),
        (("sanctions", "--escalation"), 2, "--target"),
        (("sanctions", "--diff", "2016-01-01", "2015-01-01"), 2, "must be after"),
        (("sanctions", "--compare", "nothing.csv"), 2, "no file nothing.csv"),
        (("wrld",), 2, "wrld"),
    ],
)
def test_mistakes_end_in_one_sentence(words, code, says):
    done = hansa(*words)
    assert done.returncode == code
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_lock_must_exist(tmp_path):
    done = hansa("study", "caspian", "--locked", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "without --locked" in " ".join(done.stderr.split())


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(tmp_path):
    words = [sys.executable, "-u", "-m", "hansa.cli", "study", "caspian", "--out", str(tmp_path)]
    run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout is not None
    for line in run.stdout:
        if "small measures" in line:  # the central clubs are done
            run.send_signal(signal.SIGINT)
            break
    _, complaint = run.communicate(timeout=120)
    assert run.returncode == 130
    assert "what was finished is kept" in complaint
    kept = {p.name for p in (tmp_path / "caspian" / ".parts").rglob("*.npz")}
    assert {"damage.npz", "clubs-central-0.npz"} <= kept
    assert not (tmp_path / "caspian" / "study.lock").exists()


def test_a_small_study_from_a_file_to_a_report(tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "name: mine\ntitle: Two members\nregime: {on: 2024-02-19}\n"
        "club: {candidates: [IRN, RUS], measures: {nontariff: -0.1}}\n"
    )
    asked = ("study", str(tmp_path / "mine.yaml"), "--out", str(tmp_path), "--draws", "2")
    done = hansa(*asked, "--workers", "1")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "mine" / "report.html").read_text()
    assert "Two members" in page
    assert "The bands rest on two draws" in page
    other = hansa("study", str(tmp_path / "mine.yaml"), "--locked", "--out", str(tmp_path))
    assert "study changed" in " ".join(other.stderr.split())  # the lock holds the number of draws
    again = hansa(*asked, "--locked")
    assert again.returncode == 0, again.stderr
    assert "last bit" in again.stdout
