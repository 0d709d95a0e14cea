"""States: an answer that differs is kept on any day, an equal row within a week is a repetition, and none is lost."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from features.frames.day_bitmap import DayRange
from features.inputs import deduplication, validation
from features.inputs.contract import Column
from features.inputs.tables import APPEALS, OVERRIDES, REVIEW_SAMPLES
from tests.support.builders import day
from tests.support.judged_rows import KEY, OVERRIDE, SAMPLE

FILED, DECIDED = "2026-11-01 08:00:00", "2026-11-01 12:00:00"
SPAN = DayRange(day("2026-10-25"), day("2026-11-30"))


def november(n):
    return day(f"2026-11-{n:02}")


def validated(spark, table, rows):
    """Rows of texts with a day of November each."""
    names = list(dict.fromkeys(name for row, _ in rows for name in row))
    raw = spark.createDataFrame([(*(row.get(name) for name in names), november(n)) for row, n in rows],
                                ", ".join([*(f"{name} string" for name in names), "ds date"]))
    return validation.validate_rows(raw, table, KEY)


def deduplicated(table, rows, history=None):
    came = [deduplication.delivered_keys(df, table) for df in (rows, history) if df is not None]
    repeated = deduplication.repeated_keys(came, SPAN)
    return deduplication.deduplicate(rows, table, repeated, SPAN, history), repeated


def appeal(key, outcome, cents=None, decided_at=DECIDED):
    return {"appeal_id": key, "filed_at": FILED, "entity": "seller", "entity_id": "s1", "outcome": outcome,
            "decided_at": None if outcome == "open" else decided_at, "compensation_cents": cents and str(cents)}


def settled(spark, rows, history=()):
    """(appeal, day of November, outcome, cents, status) of (appeal, day, outcome, cents), in order."""
    def of(listed):
        return validated(spark, APPEALS, [(appeal(key, outcome, cents), n) for key, n, outcome, cents in listed])

    before = of(history).select(*APPEALS.names, "ds") if history else None
    found, _ = deduplicated(APPEALS, of(rows), before)
    ends = [("kept", row) for row in found.once.collect()] + [(row.status, row) for row in found.again.collect()]
    return sorted(((row.appeal_id, row.ds.day, row.outcome, row.compensation_cents, status) for status, row in ends),
                  key=str)


@pytest.mark.engine("sail")
def test_an_answer_two_days_later_is_kept_and_the_same_answer_again_is_dropped(spark):
    assert settled(spark, [("p1", 1, "open", None), ("p1", 2, "open", None), ("p1", 3, "upheld", 500),
                           ("p1", 4, "upheld", 500), ("p1", 5, "upheld", 900)]) == [
        ("p1", 1, "open", None, "kept"), ("p1", 2, "open", None, "dropped"), ("p1", 3, "upheld", 500, "kept"),
        ("p1", 4, "upheld", 500, "dropped"), ("p1", 5, "upheld", 900, "kept")]


@pytest.mark.engine("sail")
def test_an_earlier_state_that_is_sent_again_does_not_undo_the_answer(spark):
    assert settled(spark, [("p1", 1, "open", None), ("p1", 3, "rejected", None), ("p1", 5, "open", None)])[2] == (
        "p1", 5, "open", None, "dropped")


@pytest.mark.engine("sail")
def test_an_equal_state_is_new_after_a_week(spark):
    assert [row[-1] for row in settled(spark, [("p1", n, "open", None) for n in (1, 8, 9)])] == [
        "kept", "dropped", "kept"]


@pytest.mark.engine("sail")
def test_what_an_earlier_run_kept_is_compared_by_content(spark):
    history = [("p1", 13, "open", None), ("p2", 13, "open", None), ("p3", 12, "open", None)]
    rows = [("p1", 20, "open", None), ("p2", 20, "upheld", None), ("p3", 20, "open", None)]
    assert [row[-1] for row in settled(spark, rows, history)] == ["dropped", "kept", "kept"]


@pytest.mark.engine("sail")
def test_of_the_states_of_one_day_the_decided_one_is_kept_then_the_upheld_one(spark):
    assert settled(spark, [("p1", 3, "open", None), ("p1", 3, "rejected", None), ("p1", 3, "upheld", 500)]) == [
        ("p1", 3, "open", None, "dropped"), ("p1", 3, "rejected", None, "dropped"), ("p1", 3, "upheld", 500, "kept")]


def winner(spark, table, *rows):
    found, _ = deduplicated(table, validated(spark, table, [(row, 20) for row in rows]))
    return deduplication.kept_rows(found, table)


@pytest.mark.engine("sail")
def test_the_later_decision_of_one_day_is_kept_whatever_it_says(spark):
    rows = [appeal("p1", "upheld"), appeal("p1", "rejected", decided_at="2026-11-01 12:00:01")]
    assert winner(spark, APPEALS, *rows).select("outcome").first().outcome == "rejected"


def test_of_overrides_the_later_written_one_is_kept_and_at_one_instant_the_exemption(spark):
    force = OVERRIDE | {"effect": "force", "action": "a"}
    assert winner(spark, OVERRIDES, force, OVERRIDE).select("effect").first().effect == "exempt"
    later = force | {"created_at": "2026-11-20 08:30:01"}
    assert winner(spark, OVERRIDES, later, OVERRIDE).select("effect").first().effect == "force"


def test_of_samples_the_answered_one_is_kept_and_at_one_instant_the_one_that_clears(spark):
    answers = [SAMPLE | {"verdict": verdict, "reviewed_at": "2026-11-20 10:00:00"} for verdict in ("true", "false")]
    assert winner(spark, REVIEW_SAMPLES, SAMPLE, answers[0]).select("verdict").first().verdict is True
    assert winner(spark, REVIEW_SAMPLES, SAMPLE, *answers).select("verdict").first().verdict is False


def test_a_value_that_moves_from_one_column_to_the_next_is_another_content(spark):
    """Spark's hash passes over nulls: the rows have the same values in the same order."""
    table = replace(OVERRIDES, columns=tuple(Column(name, "string", "") for name in ("a", "b", "c")))
    rows = spark.createDataFrame([("x", None, None), (None, "x", None), (None, None, "x")],
                                 "a string, b string, c string")
    assert rows.select(deduplication.content_hash(table).alias("hash")).distinct().count() == 3


def test_dropped_states_name_the_day_on_which_their_state_was_kept(spark):
    rows = validated(spark, APPEALS, [(appeal("p1", outcome), n) for outcome, n in (
        ("open", 1), ("upheld", 3), ("open", 5), ("upheld", 6), ("open", 6), ("rejected", 7), ("open", 7))])
    found, repeated = deduplicated(APPEALS, rows)
    logged = deduplication.repetitions(found, APPEALS, repeated, None).select("kept_on", "rows", "conflicting", "ds")
    assert sorted((row.ds.day, row.kept_on.day, row.rows, row.conflicting) for row in logged.collect()) == [
        (5, 1, 1, 0), (6, 3, 2, 1), (7, 7, 1, 1)]


# A generated month, against plain Python


def month(seed):
    """400 deliveries of 40 appeals, with few different states."""
    draw = random.Random(seed)
    return [(f"p{draw.randrange(40)}", draw.randrange(1, 31), draw.choice(["open", "open", "rejected", "upheld"]),
             draw.choice([None, 5, 9])) for _ in range(400)]


def expected(rows):
    """The status of each row: the best row of a key and day counts, unless it was kept within a week."""
    rank = {"upheld": 0, "rejected": 1, "open": 2}
    by_day, last, found = {}, {}, []
    for key, n, outcome, cents in sorted(rows, key=lambda row: (row[1], rank[row[2]], row[3] or 0)):
        by_day.setdefault((key, n), []).append((outcome, cents))
    for (key, n), (first, *others) in by_day.items():
        is_new = (key, first) not in last or n - last[key, first] > deduplication.REPEAT_DAYS
        last |= {(key, first): n} if is_new else {}
        found += [(key, n, *first, "kept" if is_new else "dropped"), *((key, n, *other, "dropped") for other in others)]
    return sorted(found, key=str)


@pytest.fixture(scope="module")
def settled_month(spark):
    return settled(spark, month(1))


def test_a_month_of_states_is_settled_as_plain_python_settles_it(settled_month):
    assert settled_month == expected(month(1))
    assert Counter(row[:4] for row in settled_month) == Counter(month(1))
    assert {status for *_, status in settled_month} == {"kept", "dropped"}


def test_no_state_of_a_month_is_lost(settled_month):
    """The best state of each key and day is kept, or an equal one was kept at most a week before."""
    kept = {(key, n, outcome, cents) for key, n, outcome, cents, status in settled_month if status == "kept"}
    best = {}
    for key, n, outcome, cents, _ in settled_month:
        ranked = (outcome != "upheld", outcome == "open", cents or 0, outcome, cents)
        best[key, n] = min(best.get((key, n), ranked), ranked, key=lambda state: state[:3])
    assert all(any((key, n - back, *state[3:]) in kept for back in range(deduplication.REPEAT_DAYS + 1))
               for (key, n), state in best.items())


@pytest.mark.engine("sail")
def test_days_one_by_one_settle_as_the_range_does(spark, settled_month):
    first, last = 8, 10
    kept = [row[:4] for row in settled_month if row[-1] == "kept" and row[1] < first]
    one_by_one = []
    for n in range(first, last + 1):
        today = settled(spark, [row for row in month(1) if row[1] == n],
                        [row for row in kept if n - row[1] <= deduplication.REPEAT_DAYS])
        kept += [row[:4] for row in today if row[-1] == "kept"]
        one_by_one += today
    assert sorted(one_by_one, key=str) == [row for row in settled_month if first <= row[1] <= last]
