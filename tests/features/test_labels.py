"""Labels: a verdict and its reversal count from the day they arrive, and the horizon has sharp edges."""

import datetime as dt
import itertools
from collections import Counter, defaultdict

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F

from benchmarks.duckdb import link_script
from features import labels
from features.aggregation import point_in_time
from features.inputs.tables import VERDICTS
from features.risks import Risk
from tests.support.builders import day, frame
from tests.support.oracle import labels as oracle_labels
from tests.support.oracle.point_in_time import midnight

FRAUD = Risk("seller", "merchant_fraud", "takes money", horizon_days=7, delay_days=10, capacity=20)

AS_OF = day("2026-11-01")
LATER = day("2026-11-30")  # after every verdict here


def verdict(arrived, who="s1", confirmed=True, since="2026-11-02", until=None, loss=0, **other):
    """A verdict that was decided on the day it arrived, unless told otherwise."""
    return {"verdict_id": "v", "entity": "seller", "entity_id": who, "risk": "merchant_fraud",
            "decided_at": at(arrived), "confirmed": confirmed, "incident_from": day(since) if since else None,
            "incident_to": day(until) if until else None, "loss_cents": loss, "ds": day(arrived)} | other


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def micros(when: dt.datetime) -> int:
    """Microseconds since 1970."""
    return (when - at("1970-01-01")) // dt.timedelta(microseconds=1)


def known(spark, verdicts, *days):
    """Who stands confirmed, as {day: {(who, risk)}}."""
    rows = labels.confirmed_risks(frame(spark, VERDICTS, verdicts), "seller", [day(d) for d in days]).collect()
    return {d: {(row.entity_id, row.risk) for row in rows if row.as_of == day(d)} for d in days}


def labelled(spark, verdicts, who=("s1",), as_ofs=(AS_OF,), known_by=LATER):
    """{who: (label, loss)} of one as_of, {(as_of, who): ...} of several."""
    population = spark.createDataFrame([(t, w) for t in as_ofs for w in who], "as_of date, entity_id string")
    rows = labels.labels(frame(spark, VERDICTS, verdicts), population, [FRAUD], as_ofs, known_by).collect()
    keys = [row.entity_id if len(as_ofs) == 1 else (row.as_of, row.entity_id) for row in rows]
    assert len(set(keys)) == len(keys)
    return {key: (row.label, row.loss_cents) for key, row in zip(keys, rows)}


S1 = {("s1", "merchant_fraud")}


# What is known


def test_a_verdict_counts_from_its_arrival_and_not_from_its_decision(spark):
    late = verdict("2026-11-05", decided_at=at("2026-11-02"))
    assert known(spark, [late], "2026-11-04", "2026-11-05") == {"2026-11-04": set(), "2026-11-05": S1}


def test_a_reversal_counts_from_the_day_of_the_reversal(spark):
    verdicts = [verdict("2026-11-05"), verdict("2026-11-10", confirmed=False)]
    assert known(spark, verdicts, "2026-11-09", "2026-11-10") == {"2026-11-09": S1, "2026-11-10": set()}


def test_a_confirmation_after_a_reversal_counts_again(spark):
    verdicts = [verdict("2026-11-05"), verdict("2026-11-10", confirmed=False), verdict("2026-11-15")]
    assert known(spark, verdicts, "2026-11-14", "2026-11-15") == {"2026-11-14": set(), "2026-11-15": S1}


def test_an_earlier_confirmation_that_arrives_late_does_not_undo_a_reversal(spark):
    verdicts = [verdict("2026-11-10", confirmed=False), verdict("2026-11-12", decided_at=at("2026-11-05"))]
    assert known(spark, verdicts, "2026-11-12") == {"2026-11-12": set()}
    assert labelled(spark, verdicts) == {"s1": (0, 0)}


def test_a_reversal_at_the_instant_of_its_confirmation_stands(spark):
    noon = {"decided_at": at("2026-11-05T12:00:00")}
    back = {"smaller key": ("2026-11-05", "a"), "larger key": ("2026-11-05", "z"),
            "arrived before": ("2026-11-04", "a"), "arrived after": ("2026-11-06", "a")}
    verdicts = [v for who, (arrived, key) in back.items() for v in (
        verdict("2026-11-05", who, verdict_id="m", **noon),
        verdict(arrived, who, confirmed=False, verdict_id=key, **noon))]
    for given_ in (verdicts, verdicts[::-1]):
        assert known(spark, given_, "2026-11-06") == {"2026-11-06": set()}
        assert labelled(spark, given_, who=list(back)) == dict.fromkeys(back, (0, 0))


def test_a_reversal_of_the_same_instant_counts_from_the_day_it_arrived(spark):
    verdicts = [verdict("2026-11-05"), verdict("2026-11-08", confirmed=False, decided_at=at("2026-11-05"))]
    assert known(spark, verdicts, "2026-11-07", "2026-11-08") == {"2026-11-07": S1, "2026-11-08": set()}


def test_a_reversal_of_another_risk_or_of_another_kind_of_entity_changes_nothing(spark):
    verdicts = [verdict("2026-11-05"), verdict("2026-11-06", confirmed=False, risk="brushing"),
                verdict("2026-11-06", confirmed=False, entity="user")]
    assert known(spark, verdicts, "2026-11-06") == {"2026-11-06": S1}
    assert labelled(spark, verdicts) == {"s1": (1, 0)}


def test_what_is_known_says_when_it_was_decided(spark):
    rows = labels.confirmed_risks(frame(spark, VERDICTS, [verdict("2026-11-05")]), "seller", [day("2026-11-06")])
    assert rows.columns == ["as_of", "entity_id", "risk", "decided_at"]
    assert rows.select(rows.decided_at.cast("string")).first()[0] == "2026-11-05 00:00:00"


# The horizon


def test_an_incident_is_ahead_when_it_touches_the_horizon_after_as_of(spark):
    # As of 1 November: the 2nd to the 8th.
    touches = {
        ("2026-11-01", "2026-11-01"): 0,
        ("2026-11-02", "2026-11-02"): 1,
        ("2026-11-08", "2026-11-08"): 1,
        ("2026-11-09", "2026-11-09"): 0,
        ("2026-10-20", "2026-11-01"): 0,
        ("2026-10-20", "2026-11-02"): 1,
        ("2026-11-08", "2026-11-20"): 1,
        ("2026-10-20", "2026-11-20"): 1,
    }
    verdicts = [verdict("2026-11-25", f"{since} {until}", since=since, until=until) for since, until in touches]
    found = labelled(spark, verdicts, who=[v["entity_id"] for v in verdicts])
    assert found == {f"{since} {until}": (label, 0) for (since, until), label in touches.items()}


def test_an_incident_without_a_last_day_lasted_one_day(spark):
    verdicts = [verdict("2026-11-25", "day before", since="2026-11-01"),
                verdict("2026-11-25", "first day", since="2026-11-02")]
    assert labelled(spark, verdicts, who=["day before", "first day"]) == {"day before": (0, 0), "first day": (1, 0)}


def test_one_incident_makes_each_day_it_lies_ahead_of_positive(spark):
    # 10 November lies 9, 2 and -5 days ahead.
    days = [day("2026-11-01"), day("2026-11-08"), day("2026-11-15")]
    found = labelled(spark, [verdict("2026-11-25", since="2026-11-10")], as_ofs=days)
    assert found == {(days[0], "s1"): (0, 0), (days[1], "s1"): (1, 0), (days[2], "s1"): (0, 0)}


# What is known by a day


def test_a_verdict_that_arrives_after_known_by_changes_nothing(spark):
    verdicts = [verdict("2026-11-18", "in time", decided_at=at("2026-11-12")),
                verdict("2026-11-19", "too late", decided_at=at("2026-11-12")),
                verdict("2026-11-12", "cleared too late"),
                verdict("2026-11-19", "cleared too late", confirmed=False)]
    found = labelled(spark, verdicts, who=["in time", "too late", "cleared too late"], known_by=day("2026-11-18"))
    assert found == {"in time": (1, 0), "too late": (0, 0), "cleared too late": (1, 0)}


def test_an_incident_that_was_cleared_makes_nobody_positive(spark):
    verdicts = [verdict("2026-11-10"), verdict("2026-11-15", confirmed=False)]
    assert labelled(spark, verdicts) == {"s1": (0, 0)}


def test_after_a_reversal_only_the_incidents_confirmed_since_count(spark):
    verdicts = [verdict("2026-11-05", loss=100, since="2026-11-03"),
                verdict("2026-11-10", confirmed=False, since=None),
                verdict("2026-11-15", loss=250, since="2026-11-04")]
    assert labelled(spark, verdicts) == {"s1": (1, 250)}


# Who is labelled


def test_an_entity_already_confirmed_is_left_out_from_the_day_its_verdict_arrived(spark):
    days = [day("2026-11-01"), day("2026-11-08")]
    verdicts = [verdict("2026-11-08"), verdict("2026-11-25", since="2026-11-10")]
    assert labelled(spark, verdicts, as_ofs=days) == {(days[0], "s1"): (1, 0)}


def test_an_entity_that_does_not_stand_confirmed_of_this_risk_stays(spark):
    before = {"since": "2026-10-05", "until": "2026-10-06"}
    verdicts = [
        verdict("2026-10-10", "another risk", risk="brushing", **before),
        verdict("2026-10-10", "another kind", entity="user", **before),
        verdict("2026-10-10", "reversed", **before), verdict("2026-10-20", "reversed", confirmed=False),
        verdict("2026-10-10", "cleared", confirmed=False),
    ]
    who = ["another risk", "another kind", "reversed", "cleared"]
    found = labelled(spark, [*verdicts, *(verdict("2026-11-10", name) for name in who)], who=who)
    assert found == dict.fromkeys(who, (1, 0))


def test_an_entity_confirmed_and_reversed_only_later_is_left_out_all_the_same(spark):
    # As of 1 November nobody knew of the reversal, so the row would not have been scored as open.
    verdicts = [verdict("2026-10-20", since="2026-10-10"), verdict("2026-11-05", confirmed=False)]
    assert labelled(spark, verdicts) == {}


def test_an_entity_without_a_verdict_is_negative_within_the_population_alone(spark):
    assert labelled(spark, [verdict("2026-11-10", "elsewhere")], who=["s1", "s2"]) == {"s1": (0, 0), "s2": (0, 0)}


def test_without_verdicts_everyone_is_negative(spark):
    assert labelled(spark, [], who=["s1"]) == {"s1": (0, 0)}


# Loss


def test_the_loss_of_a_row_is_that_of_the_incidents_it_lies_before(spark):
    verdicts = [verdict("2026-11-10", loss=100, since="2026-11-02"),
                verdict("2026-11-12", loss=250, since="2026-11-08"),
                verdict("2026-11-15", loss=900, since="2026-11-09")]
    assert labelled(spark, verdicts) == {"s1": (1, 100 + 250)}


def test_an_incident_of_unknown_loss_is_positive_with_a_loss_of_nothing(spark):
    assert labelled(spark, [verdict("2026-11-10", loss=None)]) == {"s1": (1, 0)}


def test_shuffled_verdicts_give_the_same_labels(spark):
    verdicts = [verdict("2026-11-05", loss=100, verdict_id="a"), verdict("2026-11-05", confirmed=False, verdict_id="b"),
                verdict("2026-11-05", loss=250, verdict_id="c", decided_at=at("2026-11-05T00:00:01"))]
    # a, which b takes back at once, then c.
    for order in ([0, 1, 2], [1, 2, 0], [2, 1, 0]):
        assert labelled(spark, [verdicts[n] for n in order]) == {"s1": (1, 250)}


def test_risks_of_an_entity_are_labelled_apart_each_with_its_own_horizon(spark):
    brushing = Risk("seller", "brushing", "fake orders", horizon_days=3, delay_days=10, capacity=20)
    verdicts = [verdict("2026-11-10", since="2026-11-06", loss=5),
                verdict("2026-11-10", "s2", since="2026-11-06", risk="brushing", verdict_id="w"),
                verdict("2026-10-30", "s3", since="2026-10-01", risk="brushing", verdict_id="x")]
    population = spark.createDataFrame([(AS_OF, w) for w in ("s1", "s2", "s3")], "as_of date, entity_id string")
    rows = labels.labels(frame(spark, VERDICTS, verdicts), population, [FRAUD, brushing], [AS_OF], LATER).collect()
    assert {(r.entity_id, r.risk): (r.label, r.loss_cents) for r in rows} == {
        ("s1", "merchant_fraud"): (1, 5), ("s2", "merchant_fraud"): (0, 0), ("s3", "merchant_fraud"): (0, 0),
        ("s1", "brushing"): (0, 0), ("s2", "brushing"): (0, 0)}  # beyond its horizon; s3 is known already
    assert len(rows) == 5


# Orders, which are events themselves


CARD = Risk("order", "payment_fraud", "somebody else's card", horizon_days=0, delay_days=14, capacity=20,
            sampling_days=3)


def test_an_order_is_positive_when_it_stands_confirmed_whenever_it_arrived(spark):
    def about(arrived, who, **other):
        return verdict(arrived, who=who, entity="order", risk="payment_fraud", since="2026-10-30", loss=900, **other)

    verdicts = [about("2026-11-08", "late"), about("2026-11-08", "on the day"), about("2026-11-01", "known at once"),
                about("2026-11-08", "taken back"), about("2026-11-12", "taken back", confirmed=False),
                about("2026-12-01", "after"), verdict("2026-11-08", who="honest")]
    placed = {"late": AS_OF, "on the day": day("2026-10-30"), "known at once": AS_OF, "taken back": AS_OF,
              "after": AS_OF, "honest": AS_OF}
    population = spark.createDataFrame([(t, w) for w, t in placed.items()], "as_of date, entity_id string")
    as_ofs = [AS_OF, day("2026-10-30")]
    rows = labels.labels(frame(spark, VERDICTS, verdicts), population, [CARD], as_ofs, LATER).collect()
    assert {row.entity_id: (row.as_of, row.label, row.loss_cents) for row in rows} == {
        "late": (AS_OF, 1, 900), "on the day": (day("2026-10-30"), 1, 900), "taken back": (AS_OF, 0, 0),
        "after": (AS_OF, 0, 0), "honest": (AS_OF, 0, 0)}


# Decisions of the same instant, against plain loops

INSTANTS = (at("2026-11-05T09:00:00"), at("2026-11-05T09:00:00.000001"), at("2026-11-07"))
# Of four decisions at three instants two are of the same one.
DECISIONS = st.lists(st.tuples(st.sampled_from(INSTANTS), st.sampled_from((0, 1, 3)), st.booleans(), st.integers(0, 9)),
                     min_size=4, max_size=7)
HISTORIES = st.lists(DECISIONS, min_size=60, max_size=80)
DAYS = [day(f"2026-11-{n:02}") for n in range(5, 12)]


def decided(histories, entity="seller", risk="merchant_fraud") -> list[dict]:
    """Each history as verdicts about one of `e0`, `e1`, ..., whose keys are in no order of time."""
    return [verdict(str(when.date()), f"e{n}", confirmed, "2026-11-02", entity=entity, risk=risk, loss=10**nth,
                    decided_at=when, ds=when.date() + dt.timedelta(days=late), verdict_id=f"v{key}-{nth}")
            for n, history in enumerate(histories) for nth, (when, late, confirmed, key) in enumerate(history)]


def ties(verdicts) -> Counter:
    """How many confirmations meet a reversal of their instant, by how the two are ordered otherwise."""
    pairs = Counter()
    for decisions in oracle_labels.about(verdicts, verdicts[0]["entity"]).values():
        for one, other in itertools.permutations(decisions, 2):
            if one["confirmed"] and not other["confirmed"] and one["decided_at"] == other["decided_at"]:
                pairs["arrived later" if one["ds"] > other["ds"] else "larger key" if one["ds"] == other["ds"]
                      and one["verdict_id"] > other["verdict_id"] else "neither"] += 1
    return pairs


def generated(check) -> None:
    """Give a check generated histories and a day, and see to it that among these were the ties it is about."""
    met = Counter()

    @settings(max_examples=5, deadline=None)
    @given(HISTORIES, st.sampled_from(DAYS))
    def checked(histories, by):
        met.update(ties(decided(histories)))
        check(histories, by)

    checked()
    assert min(met[how] for how in ("arrived later", "larger key", "neither")) > 10, met


def test_of_decisions_taken_at_one_instant_a_reversal_stands_as_plain_loops_say(spark):
    def check(histories, by):
        verdicts, days = decided(histories), [by, LATER]
        rows = labels.confirmed_risks(frame(spark, VERDICTS, verdicts), "seller", days).select(
            "as_of", "entity_id", "risk", F.unix_micros("decided_at").alias("at")).collect()
        assert sorted(map(tuple, rows)) == sorted(
            (*key, micros(when)) for *key, when in oracle_labels.known(verdicts, "seller", days))

    generated(check)


def test_labels_of_generated_decisions_many_of_one_instant_are_those_of_plain_loops(spark):
    def check(histories, by):
        verdicts, who = decided(histories), [f"e{n}" for n in range(len(histories))]
        assert labelled(spark, verdicts, who, (AS_OF, DAYS[0]), by) == oracle_labels.labels(
            verdicts, who, FRAUD, (AS_OF, DAYS[0]), by)

    generated(check)


def test_orders_stand_confirmed_at_the_moments_that_plain_loops_say_and_once_each(spark):
    def check(histories, _):
        verdicts = decided(histories, "order", "payment_fraud")
        stood = defaultdict(list)
        for row in point_in_time.confirmed_intervals(frame(spark, VERDICTS, verdicts), "payment_fraud").collect():
            stood[row["order_id"]].append((row["known"], row["until"]))
        for (who, _), decisions in oracle_labels.about(verdicts, "order").items():
            known = {max(d["decided_at"], midnight(d["ds"])) for d in decisions}
            for moment in sorted(known | {when - dt.timedelta(microseconds=1) for when in known} | {at("2027-01-01")}):
                counted = sum(since <= micros(moment) < until for since, until in stood[who])
                assert counted == oracle_labels.stands(
                    d for d in decisions if max(d["decided_at"], midnight(d["ds"])) <= moment)

    generated(check)


def test_the_script_on_duckdb_sees_the_same_sellers_stand_confirmed_as_plain_loops():
    def check(histories, by):
        verdicts = decided(histories)
        rows = pa.Table.from_pylist([{k: v[k] for k in (
            "verdict_id", "entity", "entity_id", "risk", "confirmed", "decided_at", "ds")} for v in verdicts])
        with duckdb.connect() as db:
            db.register("verdicts", rows)
            found = db.sql(link_script.confirmed(f"(FROM verdicts WHERE ds <= DATE '{by}')", "seller")).fetchall()
        assert sorted(found) == sorted(
            (who, risk) for _, who, risk, _ in oracle_labels.known(verdicts, "seller", [by]))

    generated(check)
