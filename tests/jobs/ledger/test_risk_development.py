"""Risks developed together: whose pattern, which rows, and a sentence where there is no estimate."""

import datetime as dt

import numpy as np
import pytest

from jobs.errors import UserError
from jobs.ledger import risk_development
from jobs.ledger.risk_development import OWN, POOLED, Verdicts, develop_risks
from tests.support import public_triangles

LAST = dt.date(2026, 11, 30)
NOVEMBER = dt.date(2026, 11, 1), LAST


def dated(rng, rate, weeks=26, delay=17.0):
    """Return verdicts of weeks before LAST, also those to come."""
    number = rng.poisson(rate * weeks)
    incurred = np.datetime64(LAST) - rng.integers(0, weeks * 7, number)
    return Verdicts(incurred, incurred + rng.exponential(delay, number).astype(int), np.exp(rng.normal(8, 1, number)))


def only(verdicts, mask):
    return Verdicts(verdicts.incurred[mask], verdicts.reported[mask], verdicts.amount[mask])


def backlog(verdicts):
    """Return verdicts of which half were not made in four weeks, and came right after."""
    begin, end = np.datetime64("2026-09-01"), np.datetime64("2026-09-29")
    late = (verdicts.reported >= begin) & (verdicts.reported < end) & (np.arange(len(verdicts.amount)) % 2 == 0)
    return Verdicts(verdicts.incurred, np.where(late, end, verdicts.reported), verdicts.amount)


@pytest.fixture(scope="module")
def risks():
    rng = np.random.default_rng(4)
    many = dated(rng, 10)
    few = only(dated(rng, 4), np.arange(12))
    return {"many": many, "few": few, "young": dated(rng, 20, weeks=5)}


def test_a_risk_with_few_periods_or_verdicts_takes_the_pattern_of_all(risks):
    found = develop_risks(risks, LAST)
    known = {risk: int((of.reported <= np.datetime64(LAST)).sum()) for risk, of in risks.items()}
    assert {risk: each.pattern for risk, each in found.items()} == {"many": OWN, "few": POOLED, "young": POOLED}
    assert known["young"] >= risk_development.MIN_VERDICTS > known["few"]
    assert found["many"].learned_from == known["many"] and found["few"].learned_from == sum(known.values())


def test_bounds_of_pooling_are_those_that_are_written(risks):
    eight = dated(np.random.default_rng(2), 10, weeks=8)
    exactly = only(eight, np.argsort(eight.reported)[:30])
    exactly = Verdicts(np.append(exactly.incurred[1:], np.datetime64(LAST) - 55),
                       np.append(exactly.reported[1:], np.datetime64(LAST) - 50), exactly.amount)
    assert develop_risks({"many": risks["many"], "new": exactly}, LAST)["new"].pattern == OWN
    fewer = only(exactly, np.arange(30) > 0)
    assert develop_risks({"many": risks["many"], "new": fewer}, LAST)["new"].pattern == POOLED


def test_rows_are_weeks_cut_where_a_month_begins_so_that_months_add_up(risks):
    found = develop_risks(risks, LAST)["many"]
    month = found.within(*NOVEMBER)
    assert found.begin[month][0] == np.datetime64("2026-11-01") and found.end[month][-1] == np.datetime64(LAST)
    assert ((found.end[month] - found.begin[month]).astype(int) + 1).sum() == 30
    of = risks["many"]
    mine = (of.incurred >= np.datetime64("2026-11-01")) & (of.reported <= np.datetime64(LAST))
    assert found.reported[month].sum() == pytest.approx(of.amount[mine].sum())
    assert found.verdicts[month].sum() == mine.sum()


def test_verdicts_after_the_day_change_nothing(risks):
    as_of = dt.date(2026, 11, 10)
    known = {risk: only(of, of.reported <= np.datetime64(as_of)) for risk, of in risks.items()}
    now, then = develop_risks(risks, as_of), develop_risks(known, as_of)
    for risk in risks:
        np.testing.assert_array_equal(now[risk].estimate.unreported, then[risk].estimate.unreported)
        assert now[risk].mack.total() == then[risk].mack.total()


def test_the_order_of_verdicts_and_of_risks_changes_nothing(risks):
    shuffled = {risk: only(of, np.random.default_rng(1).permutation(len(of.amount)))
                for risk, of in reversed(risks.items())}
    one, two = develop_risks(risks, LAST), develop_risks(shuffled, LAST)
    for risk in risks:
        assert one[risk].mack.total() == two[risk].mack.total() and one[risk].test == two[risk].test
        np.testing.assert_array_equal(one[risk].estimate.unreported, two[risk].estimate.unreported)


def test_the_chain_ladder_of_a_month_has_the_month_s_part_of_a_week(risks):
    found = develop_risks(risks, LAST)["many"]
    everything = found.by_mack(np.ones(len(found.begin), bool))
    assert everything.value == pytest.approx(found.mack.total()[0])
    month = found.by_mack(found.within(*NOVEMBER))
    weeks = found.mack.unreported[::-1]  # by weeks before the last one
    assert month.value == pytest.approx(weeks[:4].sum() + weeks[4] * 2 / 7)


def test_a_changed_capacity_of_one_risk_refuses_its_estimate_and_names_weeks_and_figures():
    rng = np.random.default_rng(7)
    found = develop_risks({"broken": backlog(dated(rng, 40)), "sound": dated(rng, 40)}, LAST)
    refused = found["broken"].refused
    assert found["broken"].estimate is None and found["broken"].mack is None
    assert "review capacity changed" in refused and "2026-09-" in refused and "p = 0.00" in refused


def test_reviewers_who_are_all_fewer_refuse_all_risks_even_those_too_small_to_show_it():
    rng = np.random.default_rng(8)
    found = develop_risks({f"r{number}": backlog(dated(rng, 8)) for number in range(8)}, LAST)
    assert all("of all risks together" in each.refused for each in found.values() if each.test.p > 0.01)
    assert all(each.refused for each in found.values())


def test_unchanged_reviewers_refuse_one_night_in_twenty_however_many_risks():
    refused = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        found = develop_risks({f"r{number}": dated(rng, 6) for number in range(4)}, LAST, draws=10)
        refused.append(any(each.refused for each in found.values()))
    assert np.mean(refused) <= 0.12


def test_without_a_test_nothing_is_refused():
    rng = np.random.default_rng(7)
    assert not develop_risks({"broken": backlog(dated(rng, 40))}, LAST, significance=0)["broken"].refused


def test_one_period_says_nothing_of_how_verdicts_come():
    day = np.datetime64(LAST)
    new = Verdicts(np.array([day] * 40), np.array([day] * 40), np.ones(40))
    refused = develop_risks({"new": new}, LAST)["new"].refused
    assert refused == ("all 40 verdicts are of one week, and no other week says how many are still to come; "
                       "expected two or more")


def test_no_verdict_by_the_day_is_refused(risks):
    with pytest.raises(UserError, match="no verdict by 2020-01-01"):
        develop_risks(risks, dt.date(2020, 1, 1))


def test_a_verdict_before_its_loss_is_refused():
    days = np.array(["2026-11-05", "2026-11-06"], "datetime64[D]")
    with pytest.raises(UserError, match="fraud: 1 of 2 verdicts are older than their loss, such as 2026-11-04"):
        develop_risks({"fraud": Verdicts(days, days + np.array([-1, 0]), np.ones(2))}, LAST)


def test_months_that_are_not_over_are_left_out():
    found = develop_risks({"risk": dated(np.random.default_rng(1), 10)}, dt.date(2026, 11, 18), "month")["risk"]
    assert found.end[-1] == np.datetime64("2026-10-31") and found.begin[-1] == np.datetime64("2026-10-01")
    assert len(found.begin) == len(found.mack.reported) == found.back[0] + 1


def test_reversed_verdicts_lower_the_developed_loss():
    rng = np.random.default_rng(3)
    booked = dated(rng, 30)
    late = np.arange(len(booked.amount)) % 2 == 0
    mixed = Verdicts(np.append(booked.incurred, booked.incurred[late]),
                     np.append(booked.reported, booked.reported[late] + 21),
                     np.append(booked.amount, -booked.amount[late]))
    found, without = (develop_risks({"risk": each}, LAST)["risk"] for each in (mixed, booked))
    final, all_booked = mixed.amount.sum(), booked.amount.sum()
    assert abs(found.estimate.developed().value - final) < abs(found.estimate.developed().value - all_booked)
    assert found.mack.total()[0] < without.mack.total()[0]


def test_the_raa_triangle_from_dated_rows_has_the_published_figures():
    cells = np.diff(public_triangles.raa(), axis=1, prepend=0.0)
    rows = [(1981 + i, d, cells[i, d]) for i in range(10) for d in range(10 - i)]
    incurred = np.array([f"{year}-07-01" for year, _, _ in rows], "datetime64[D]")
    reported = np.array([f"{year + delay}-07-01" for year, delay, _ in rows], "datetime64[D]")
    found = develop_risks({"": Verdicts(incurred, reported, np.array([row[2] for row in rows]))},
                          dt.date(1990, 12, 31), "year")[""]
    assert found.pattern == OWN and found.mack.total() == pytest.approx(public_triangles.RAA_TOTAL, abs=0.005)


def test_one_risk_alone_is_tested_however_young(risks):
    young = risks["young"]
    assert develop_risks({"young": young}, LAST)["young"].test is not None
    assert develop_risks(risks, LAST)["young"].test is None  # its reviewers are in the test of all risks together
