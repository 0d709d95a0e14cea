"""The note of a run says the day, what was committed, or what failed and what mends it."""

from dags.plugins.run_notes import LONGEST, note


def test_a_failed_run_names_its_step_and_the_reason_with_the_command():
    assert note("2026-11-20", {"ingest": "nothing landed. Land it, then: make nightly"}, {"users": 3}, failed=True) == \
        "vigil: 2026-11-20: failed at ingest: nothing landed. Land it, then: make nightly"


def test_a_failed_run_without_a_reason_says_where_to_look():
    assert "ended from outside; its log" in note("2026-11-20", {}, {}, failed=True)


def test_a_run_that_committed_names_tables_and_rows():
    assert note("2026-11-20", {}, {"seller_risk_daily": 1234, "user_risk_daily": 5}, failed=False) == \
        "vigil: 2026-11-20: committed seller_risk_daily 1,234, user_risk_daily 5 rows"


def test_a_run_that_found_nothing_new_says_so():
    assert "nothing new" in note(None, {}, {}, failed=False)


def test_a_note_fits_its_column():
    assert len(note("2026-11-20", {"ingest": "x" * 2000}, {}, failed=True)) == LONGEST
