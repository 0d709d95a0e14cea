"""python -m jobs.commands.develop_losses: published figures, a table per group, and one sentence for every mistake."""

import csv

import numpy as np
import pytest

from jobs import step
from jobs.commands import develop_losses
from jobs.studies import development
from jobs.studies.verdict_worlds import World
from tests.support import public_triangles

COLUMNS = ("--incurred", "lost", "--reported", "found", "--amount", "eur")


def ran(*arguments):
    return step.run(develop_losses.main, [str(argument) for argument in arguments])


def refused(capsys, code):
    said = capsys.readouterr().err
    assert code == 1 and "Traceback" not in said and len(said.splitlines()) == 1
    return said


@pytest.fixture
def raa(tmp_path):
    with (tmp_path / "raa.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["year", *range(1, 11)])
        for number, row in enumerate(public_triangles.raa()):
            writer.writerow([1981 + number, *("" if np.isnan(cell) else f"{cell:.0f}" for cell in row)])
    return tmp_path / "raa.csv"


@pytest.fixture
def table(tmp_path):
    market = development._market(np.random.default_rng(4), World(1), (3, 30))
    with (tmp_path / "table.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["risk", "lost", "found", "eur"])
        for risk, of in market.items():
            known = of.reported <= np.datetime64(development.LAST)
            writer.writerows(zip([f"risk{risk}"] * known.sum(), of.incurred[known], of.reported[known],
                                 np.round(of.amount[known], 2)))
    return tmp_path / "table.csv"


def test_the_raa_triangle_has_its_published_figures(raa, capsys):
    assert ran("--triangle", raa) == 0
    total = capsys.readouterr().out.splitlines()[-1].split()
    assert total[:4] == ["total", "160,987.0", "52,135.2", "26,909.0"]


def test_a_tail_factor_and_a_level_are_used(raa, capsys):
    found = []
    for arguments in ((), ("--tail", "1.05"), ("--level", "0.95")):
        assert ran("--triangle", raa, *arguments) == 0
        found.append(capsys.readouterr().out.splitlines()[-1].split())
    assert found[1][-1] == f"{213_122.23 * 1.05:,.1f}"
    assert found[2][:4] == found[0][:4]
    assert float(found[2][4].replace(",", "")) < float(found[0][4].replace(",", ""))


def test_a_period_without_a_report_is_named(tmp_path, capsys):
    (tmp_path / "t.csv").write_text("week,0,1\n45,10,20\n46,0\n")
    assert ran("--triangle", tmp_path / "t.csv") == 0
    assert "Nothing is reported of 46: the average" in capsys.readouterr().out


def test_a_table_has_rows_of_weeks_per_group_that_add_up(table, capsys):
    assert ran("--table", table, *COLUMNS, "--group", "risk", "--as-of", development.LAST) == 0
    said = capsys.readouterr().out
    assert "risk30: pattern of its own" in said and "risk3: pattern of its own" in said
    block = [line.split() for line in said[said.index("risk30:"):].splitlines()[2:] if line]
    rows, total = block[:-1], block[-1]
    assert [row[0] for row in rows[-2:]] == ["2027-02-15", "2027-02-22"] and total[0] == "total"
    assert sum(int(row[1]) for row in rows) == int(total[1])
    for column in (2, 3, 6, 7):
        numbers = [float(row[column].replace(",", "")) for row in [*rows, total]]
        assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=0.05 * len(numbers))


def test_the_last_verdict_is_the_day_where_none_is_given(table, capsys):
    assert ran("--table", table, *COLUMNS) == 0
    without = capsys.readouterr().out
    assert ran("--table", table, *COLUMNS, "--as-of", development.LAST) == 0
    assert capsys.readouterr().out == without


def test_months_are_counted_to_the_last_one_that_is_over(table, capsys):
    assert ran("--table", table, *COLUMNS, "--as-of", "2027-02-20", "--period", "month") == 0
    assert "months to 2027-01-31" in capsys.readouterr().out


def test_a_change_of_review_capacity_is_said_instead_of_an_estimate(tmp_path, capsys):
    market = development._market(np.random.default_rng(3), World(1), (50,), halved=(16, 17, 18, 19))["50"]
    known = market.reported <= np.datetime64(development.LAST)
    rows = zip(market.incurred[known], market.reported[known], market.amount[known])
    (tmp_path / "t.csv").write_text("lost,found,eur\n" + "".join(f"{a},{b},{c:.2f}\n" for a, b, c in rows))
    assert ran("--table", tmp_path / "t.csv", *COLUMNS) == 0
    said = capsys.readouterr().out
    assert "no estimate, because review capacity changed" in said and "total" not in said


@pytest.mark.parametrize("arguments, says", [
    (("--incurred", "lost", "--amount", "eur"), "--table without --reported; expected the names of its columns"),
    ((*COLUMNS, "--group", "shop"), "no column 'shop'; its columns are risk, lost, found, eur"),
    (("--incurred", "found", "--reported", "lost", "--amount", "eur"), "are older than their loss, such as"),
    ((*COLUMNS, "--as-of", "2020-01-01"), "no verdict by 2020-01-01"),
    (("--incurred", "risk", "--reported", "found", "--amount", "eur"), "expected a day as YYYY-MM-DD"),
    (("--incurred", "lost", "--reported", "found", "--amount", "risk"), "expected a number")])
def test_a_mistake_is_one_sentence(table, capsys, arguments, says):
    assert says in refused(capsys, ran("--table", table, *arguments))


def test_a_missing_file_is_one_sentence(tmp_path, capsys):
    assert "none.csv: cannot be read" in refused(capsys, ran("--table", tmp_path / "none.csv", *COLUMNS))
    assert "none.csv: cannot be read" in refused(capsys, ran("--triangle", tmp_path / "none.csv"))


@pytest.mark.parametrize("arguments", [("--level", "80"), ("--tail", "0"), ("--tail", "x")])
def test_a_level_or_tail_that_makes_no_sense_is_a_usage_error(raa, capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        ran("--triangle", raa, *arguments)
    assert ended.value.code == 2 and "expected a" in capsys.readouterr().err
