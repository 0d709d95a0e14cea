"""Training days: a weekly grid that does not move, split by time with a gap in which labels settle."""

import datetime as dt

import pytest

from features.risks import RISKS, Risk
from features.splits import as_of_days, split, training_days
from tests.support.builders import day

# Labels of a day may be used 7 + 10 = 17 days later.
FRAUD = Risk("seller", "merchant_fraud", "takes money", horizon_days=7, delay_days=10, capacity=20)

FIRST, CUT = day("2026-08-01"), day("2026-11-20")
SETTLED = dt.timedelta(days=7 + 10)
WEEK = dt.timedelta(days=7)


def test_training_days_are_a_week_apart_up_to_the_cut():
    days = as_of_days(day("2026-10-20"), day("2026-11-15"))
    # The first is at least 7 days after the first data: the 25th is only 5 days after the 20th.
    assert days == [day("2026-11-01"), day("2026-11-08"), day("2026-11-15")]


def test_the_grid_is_the_same_whenever_training_runs():
    whole = as_of_days(FIRST, CUT)
    for back in range(1, 30):
        cut = CUT - dt.timedelta(days=back)
        assert as_of_days(FIRST, cut) == [t for t in whole if t <= cut]


def test_the_grid_is_the_same_however_much_history_there_is():
    longer, shorter = as_of_days(FIRST, CUT), as_of_days(FIRST + dt.timedelta(days=3), CUT)
    assert shorter == [t for t in longer if t >= FIRST + dt.timedelta(days=3 + 7)]


def test_the_first_training_day_has_a_full_week_behind_it():
    assert as_of_days(day("2026-11-08"), CUT)[0] == day("2026-11-15")
    assert as_of_days(day("2026-11-09"), CUT) == []


def test_without_a_week_of_history_there_is_no_training_day():
    assert as_of_days(CUT, CUT) == [] and as_of_days(CUT + WEEK, CUT) == []


def test_the_test_is_the_latest_two_settled_weeks_and_gaps_stay_unused():
    parts = split(FIRST, CUT, FRAUD)
    # Settled by 20 November: up to 3 November. Settled by 25 October: up to 8 October.
    assert parts.test == (day("2026-10-25"), day("2026-11-01"))
    assert parts.validation == (day("2026-09-27"), day("2026-10-04"))
    assert parts.train == (day("2026-08-09"), *(day("2026-08-09") + n * WEEK for n in range(1, 7)))


def test_a_day_settles_on_the_very_day_its_horizon_and_delay_have_passed():
    last = day("2026-11-01")
    assert split(FIRST, last + SETTLED, FRAUD).test[-1] == last
    assert split(FIRST, last + SETTLED - dt.timedelta(days=1), FRAUD).test[-1] == last - WEEK


def test_labels_before_the_test_know_only_what_was_known_at_its_start():
    parts = split(FIRST, CUT, FRAUD)
    assert [parts.label_cutoff(part) for part in ("train", "validation", "test")] == [
        day("2026-10-25"), day("2026-10-25"), CUT]


@pytest.mark.parametrize("risk", [FRAUD, *RISKS], ids=lambda risk: f"{risk.entity}-{risk.name}")
def test_the_labels_of_every_part_have_settled_when_they_are_read(risk):
    settled = dt.timedelta(days=risk.label_maturity_days)
    for later in range(60):
        parts = split(FIRST, CUT + dt.timedelta(days=later), risk)
        for part, days in parts.parts().items():
            assert max(days) + settled <= parts.label_cutoff(part)
        assert parts.train[-1] < parts.validation[0] and parts.validation[-1] < parts.test[0] <= parts.cutoff


def test_a_day_is_in_one_part_at_most():
    parts = split(FIRST, CUT, FRAUD)
    days = [t for part in parts.parts().values() for t in part]
    assert days == sorted(set(days)) and set(days) <= set(as_of_days(FIRST, CUT))


def test_too_little_history_gives_no_split():
    # The earliest day that can train is 20 September, a week after 13 September.
    assert split(day("2026-09-13"), CUT, FRAUD).train == (day("2026-09-20"),)
    assert split(day("2026-09-14"), CUT, FRAUD) is None
    assert split(day("2026-11-01"), CUT, FRAUD) is None
    assert split(CUT, CUT, FRAUD) is None


def test_a_risk_that_is_decided_later_leaves_a_wider_gap():
    slow = Risk("seller", "merchant_fraud", "takes money", horizon_days=7, delay_days=24, capacity=20)
    parts = split(FIRST, CUT, slow)
    # Settled by 20 November: up to 20 October. Settled by 11 October: up to 10 September.
    assert parts.test == (day("2026-10-11"), day("2026-10-18"))
    assert parts.validation[-1] == day("2026-09-06")


def test_features_are_needed_for_days_of_parts_and_not_of_gaps():
    late = Risk("user", "refund_abuse", "takes refunds", horizon_days=7, delay_days=24, capacity=20)
    wanted = training_days(FIRST, CUT, [FRAUD, late])
    parts = [days for risk in (FRAUD, late) for days in split(FIRST, CUT, risk).parts().values()]
    assert wanted == sorted({day for days in parts for day in days})
    assert set(wanted) < set(as_of_days(FIRST, CUT)) and max(wanted) + SETTLED <= CUT


def test_no_features_are_wanted_while_there_is_too_little_history():
    assert training_days(CUT - SETTLED, CUT, RISKS) == []


def test_training_days_of_orders_are_every_weekday_in_parts_of_equal_length():
    often = Risk("order", "payment_fraud", "takes cards", horizon_days=0, delay_days=17, capacity=20, sampling_days=3)
    parts, weekly = split(FIRST, CUT, often), split(FIRST, CUT, FRAUD)
    assert {b - a for a, b in zip(parts.train, parts.train[1:])} == {dt.timedelta(days=3)}
    assert {t.weekday() for t in parts.train} == set(range(7))
    assert len(parts.test) == len(parts.validation) == 4
    assert parts.test[-1] - parts.test[0] <= weekly.test[-1] - weekly.test[0] + WEEK
    assert max(parts.train) + SETTLED <= parts.test[0]
