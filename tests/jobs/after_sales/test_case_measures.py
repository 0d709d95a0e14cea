"""What an audit of cases measures."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from jobs.after_sales.case_measures import BANDS, adjusted, errors, prognostic_strata, ratios_of
from tests.support.audited_desks import AS_OF, audited_desk, simulated_world

DAY = AS_OF.astype(dt.date)


@pytest.fixture(scope="module")
def cases():
    return audited_desk(simulated_world(), 1, 0.0, count=2_000)


def objects(*values):
    return np.array(values, object)


def test_false_and_missed_blame_are_of_cases_whose_second_review_names_a_party():
    second = objects("seller", "buyer", "buyer", "undetermined", "seller", "buyer")
    desk = objects("undetermined", "seller", "carrier", "seller", "seller", "seller")
    found = errors(desk, second, np.array([True] * 5 + [False]))
    false, missed = found["false_blame_seller"], found["missed_blame_seller"]
    assert (false.counted.tolist(), missed.counted.tolist()) == (
        [False, True, True, False, False, False], [True, False, False, False, True, False])
    assert false.hit[false.counted].tolist() == [True, False] and missed.hit[missed.counted].tolist() == [True, False]


def test_a_model_errs_only_where_it_decides_and_abstains_elsewhere(cases):
    found = ratios_of(cases, DAY, 13)
    decided = np.array([party is not None for party in cases.model])
    assert not (found["model", "false_blame_seller"].counted & ~decided).any()
    assert (found["model", "abstention"].hit == ~decided).all() and 0.1 < decided.mean() < 0.9
    without = ratios_of(replace(cases, attributed=np.zeros(len(decided), bool)), DAY, 13)
    assert {decider for decider, _ in without} == {"desk"}


def test_only_reviewed_cases_count_and_reversals_had_28_days_to_happen(cases):
    found = ratios_of(cases, DAY, 1)
    week = (cases.decided_on > AS_OF - 7) & cases.is_reviewed
    before = (cases.decided_on > AS_OF - 35) & (cases.decided_on <= AS_OF - 28) & cases.is_reviewed
    assert (found["desk", "undetermined"].counted == week).all() and week.sum() > 0
    assert (found["desk", "reversal"].counted == before).all() and before.sum() > 0


def test_paid_shares_are_compared_at_equal_kinds_and_second_reviews(cases):
    kind_makes_it = replace(cases, paid_share=np.where(cases.case_kind == "1", 1.0, 0.5))
    value, at = adjusted(kind_makes_it, "paid_share", DAY, 13)
    assert np.ptp(value) < 1e-9 and value[0] == pytest.approx(kind_makes_it.paid_share[at].mean())
    assert len(adjusted(replace(cases, paid_share=np.full(2_000, np.nan)), "paid_share", DAY, 13)[0]) == 0


def test_equal_evidence_is_a_band_of_the_share_or_else_what_evidence_points_to(cases):
    strata = prognostic_strata(cases, "seller")
    one = strata == strata[0]
    assert len(set(cases.case_kind[one])) == 1 and np.ptp(cases.shares["seller"][one]) < np.ptp(cases.shares["seller"])
    assert len(set(strata)) == 4 * BANDS
    unknown = replace(cases, shares={"seller": np.full(2_000, np.nan)})
    assert (prognostic_strata(unknown, "seller") == cases.evidence).all()
