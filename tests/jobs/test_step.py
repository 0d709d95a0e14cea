"""Steps: the arguments they share, and how they end."""

import datetime as dt
import subprocess
import sys

import pytest

from jobs import step
from jobs.errors import UserError
from jobs.runtime import arguments, console, day_ranges
from jobs.settings import REPOSITORY

FRI = dt.date(2026, 11, 20)


def refuse(argv):
    raise UserError("orders, 2026-11-20: nothing landed. Run make demo")


def test_a_step_that_ends_well_is_exit_code_0(capsys):
    assert step.run(lambda argv: console.log("12 rows")) == 0
    assert capsys.readouterr() == ("vigil: 12 rows\n", "")


def test_a_refusal_is_exit_code_1_and_one_line(capsys):
    assert step.run(refuse) == 1
    assert capsys.readouterr() == ("", "vigil: orders, 2026-11-20: nothing landed. Run make demo\n")


def test_a_programming_error_exits_with_1_and_logs_its_traceback(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    assert step.run(lambda argv: 1 / 0) == 1
    (log,) = (tmp_path / "logs").iterdir()
    assert capsys.readouterr().err == ("vigil: ZeroDivisionError: division by zero (tests/jobs/test_step.py:33). "
                                       f"Log: {log}\n")
    assert "Traceback" in log.read_text()


STEP = """
import sys
from jobs import step
from jobs.storage.lake import Lake
sys.exit(step.run(lambda argv: Lake(sys.argv[1]).schema("orders")))
"""


def test_a_process_that_refuses_prints_its_reason_and_no_traceback(tmp_path):
    done = subprocess.run([sys.executable, "-c", STEP, str(tmp_path)], cwd=REPOSITORY, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"vigil: orders: no such table in {tmp_path}. `make sql` lists the tables there are.\n"


def test_every_step_knows_its_day_and_its_run():
    args = arguments.parser("What it does.").parse_args(["--ds", "2026-11-20", "--run-id", "tonight"])
    assert (args.ds, args.run_id) == (FRI, "tonight")


@pytest.mark.parametrize("argv", [[], ["--ds", "20 November"], ["--ds", "2026-02-30"]])
def test_a_step_without_a_day_is_a_wrong_command(argv):
    with pytest.raises(SystemExit) as end:
        arguments.parser("What it does.").parse_args(argv)
    assert end.value.code == 2


def test_days_between_are_whole_and_in_order():
    assert day_ranges.days_between(FRI, FRI) == [FRI]
    month_end, month_start = dt.date(2026, 2, 28), dt.date(2026, 3, 1)
    assert day_ranges.days_between(month_end, month_start) == [month_end, month_start]
    assert day_ranges.days_between(FRI, FRI - dt.timedelta(days=1)) == []


def test_a_timed_block_says_how_long_it_took(capsys):
    with console.timed("features"):
        pass
    assert capsys.readouterr().out == "vigil: features: 0.0 s\n"


TALKER = """
import sys
from jobs import step
sys.exit(step.run(lambda argv: [print(n, flush=True) for n in range(100_000)]))
"""


def test_a_reader_that_has_seen_enough_ends_a_command_without_a_traceback():
    talker = subprocess.Popen([sys.executable, "-c", TALKER], cwd=REPOSITORY, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    assert talker.stdout.readline() == "0\n"
    talker.stdout.close()
    assert (talker.stderr.read(), talker.wait()) == ("", 0)
