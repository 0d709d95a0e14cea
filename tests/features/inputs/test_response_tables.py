"""What people answered: each rule of the four tables holds for a good row and is named for a bad one."""

import pytest

from features.entities import FEATURE_SETS
from features.inputs.tables import ACTIONS_TAKEN, APPEALS, FEATURE_INPUTS, OVERRIDES, REVIEW_SAMPLES, TABLES
from tests.support.judged_rows import ACTION, APPEAL, KEY, OVERRIDE, SAMPLE, broken, judged

UNDECLARED = "risk is one of those declared for its entity"
UNJUDGED = "risk is one of its entity's that verdicts confirm"
ENDS = "the override ends on or after its first day"
DECIDED = {"outcome": "upheld", "decided_at": "2026-11-20 10:00:00"}
ANSWERED = {"verdict": "false", "reviewed_at": "2026-11-20 10:00:00"}
OPEN_APPEAL = "decided_at is empty while the appeal is open, and present afterwards"
OPEN_SAMPLE = "reviewed_at is empty while the sample is open, and present afterwards"

# By table: a good row, and changes of it with the rules that they break.
ROWS = {
    ACTIONS_TAKEN: (ACTION, [
        ({}, []),
        ({"decision_id": None, "risk": None, "until": None}, []),  # an operator acted alone, on the whole account
        ({"risk": "brushing", "until": "2026-11-20", "executed": "no"}, []),
        ({"until": "2026-11-19"}, ["the action ends on or after its day"]),
        ({"executed": None}, ["executed is present"]),
        ({"action": None}, ["action is present"]),
        ({"risk": "refund_abuse"}, [UNDECLARED]),
        ({"entity": "order", "risk": "return"}, []),
        ({"taken_at": "2026-11-21 00:00:00"}, ["taken_at is not after the day of arrival"]),
    ]),
    OVERRIDES: (OVERRIDE, [
        ({}, []),
        ({"risk": "brushing", "until_day": "2026-11-20"}, []),
        ({"effect": "force", "action": "hold_payouts"}, []),
        ({"from_day": "2026-10-01", "until_day": "2026-10-02"}, []),  # arrives when it has ended: it never holds
        ({"until_day": None}, ["until_day is present"]),
        ({"until_day": "9999-12-31"}, ["until_day lies from 1990-01-01 to before 2200-01-01", "until_day is present"]),
        ({"until_day": "2026-11-19"}, [ENDS]),
        ({"from_day": None}, ["from_day is present"]),
        ({"effect": "force"}, ["a forced action is named"]),
        ({"effect": "warn"}, ["effect is one of exempt, force"]),
        ({"risk": "brushing", "entity": "user"}, [UNDECLARED]),
        ({"reason": "x" * 20_001}, ["reason has at most 20000 characters"]),
    ]),
    APPEALS: (APPEAL, [
        ({}, []),
        (DECIDED, []),
        (DECIDED | {"outcome": "rejected", "decided_at": "2026-11-18 08:30:00", "compensation_cents": "0"}, []),
        ({"outcome": "upheld"}, [OPEN_APPEAL]),
        ({"decided_at": "2026-11-20 10:00:00"}, [OPEN_APPEAL]),
        ({"outcome": None}, ["outcome is present"]),
        (DECIDED | {"decided_at": "2026-11-18 08:29:59"}, ["decided_at is not before filed_at"]),
        (DECIDED | {"decided_at": "2026-11-21 00:00:00"}, ["decided_at is not after the day of arrival"]),
        (DECIDED | {"compensation_cents": "-1"}, ["compensation_cents is between 0 and 1000000000000"]),
    ]),
    REVIEW_SAMPLES: (SAMPLE, [
        ({}, []),
        (ANSWERED, []),
        ({"inclusion_probability": "1"}, []),
        ({"inclusion_probability": "1e-9"}, []),
        ({"inclusion_probability": "0"}, ["inclusion_probability is above 0 and at most 1"]),
        ({"inclusion_probability": "1.0000000000000002"}, ["inclusion_probability is above 0 and at most 1"]),
        ({"inclusion_probability": None}, ["inclusion_probability is present"]),
        ({"verdict": "true"}, [OPEN_SAMPLE]),
        ({"reviewed_at": "2026-11-20 10:00:00"}, [OPEN_SAMPLE]),
        (ANSWERED | {"reviewed_at": "2026-11-18 08:29:59"}, ["reviewed_at is not before drawn_at"]),
        (ANSWERED | {"reviewed_at": "2026-11-21 00:00:00"}, ["reviewed_at is not after the day of arrival"]),
        ({"risk": None}, ["risk is present"]),
        ({"risk": "refund_abuse"}, [UNJUDGED]),
        ({"entity": "order", "risk": "return"}, [UNJUDGED]),  # a case says it, and no reviewer
    ]),
}


@pytest.mark.parametrize("table", ROWS, ids=lambda table: table.name)
def test_a_row_keeps_its_contract_or_is_named_for_what_it_breaks(spark, table):
    good, changes = ROWS[table]
    assert broken(spark, table, *(good | change for change, _ in changes)) == [rules for _, rules in changes]


def test_the_persons_of_the_staff_are_masked_and_prose_stays_as_it_was_written(spark):
    reason = " known to us: a warehouse sale "
    override = judged(spark, OVERRIDES, OVERRIDE | {"author_id": "ann", "reason": reason}).first()
    assert (override.author_id, override.reason) == (KEY.mask("ann"), reason)
    action = judged(spark, ACTIONS_TAKEN, ACTION | {"operator_id": "ann"}).first()
    assert action.operator_id == override.author_id


def test_an_entity_that_no_table_knows_is_kept(spark):
    assert broken(spark, OVERRIDES, OVERRIDE | {"entity_id": "nobody"}) == [[]]


def test_no_feature_reads_what_earlier_decisions_did():
    read = {table.name for features in FEATURE_SETS.values() for source in features.sources for table in source.tables}
    assert read <= set(FEATURE_INPUTS)
    assert set(TABLES) - set(FEATURE_INPUTS) == {
        "actions_taken", "overrides", "appeals", "review_samples", "messages", "listings"}
