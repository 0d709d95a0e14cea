"""Every promise kept and broken, and the gate that commits nothing while a critical one is broken."""

import datetime as dt
import json
from types import SimpleNamespace

import pytest
from deltalake import DeltaTable

from features.entities import FEATURE_SETS
from features.inputs.tables import TABLES
from features.risks import find, of_entity
from jobs.errors import UserError
from jobs.quality import expectations
from jobs.quality.commit_gate import audit_and_commit
from jobs.quality.day_statistics import day_statistics
from jobs.quality.great_expectations_runner import _run, audit, audit_days
from jobs.storage.lake import Lake

THU, FRI = dt.date(2026, 11, 19), dt.date(2026, 11, 20)
NOON = dt.datetime(2026, 11, 20, 12)

UNIQUE, FILLED, SET, BETWEEN, MEAN, ROWS = (f"expect_{name}" for name in (
    "compound_columns_to_be_unique", "column_values_to_not_be_null", "column_values_to_be_in_set",
    "column_values_to_be_between", "column_mean_to_be_between", "table_row_count_to_be_between"))


def frame(spark, ddl, rows):
    """Rows given as dictionaries; what a row does not say is null."""
    names = [part.split()[0] for part in ddl.split(", ")]
    return spark.createDataFrame([tuple(row.get(name) for name in names) for row in rows], ddl).coalesce(1)


def check(df, suite):
    """As `audit`, but without asking what was found, which costs a query for every broken promise."""
    return _run(df, "the_frame", suite, "BOOLEAN_ONLY")


def broken(results) -> set[tuple[str, str]]:
    return {(r.expectation, r.about) for r in results if not r.success}


def promises(suite) -> set[tuple[str, str]]:
    kwargs = [(e.expectation_type, e.configuration.kwargs) for e in suite]
    return {(kind, k.get("column") or "+".join(k.get("column_list", [])) or "the table") for kind, k in kwargs}


def halves(breaks):
    """Every other break, so that each promise is seen broken once, and kept once beside broken neighbours."""
    listed = list(breaks.items())
    return dict(listed[::2]), dict(listed[1::2])


# Events: a good row, and for every promise the change to a row that breaks it.

EVENTS = {
    "users": ({"user_id": "u1", "registered_at": NOON, "ds": FRI}, {
        (UNIQUE, "user_id+ds"): {"user_id": "u1"},
        (FILLED, "user_id"): {"user_id": None},
        (FILLED, "registered_at"): {"registered_at": None},
    }),
    "sellers": ({"seller_id": "s1", "registered_at": NOON, "ds": FRI}, {
        (UNIQUE, "seller_id+ds"): {"seller_id": "s1"},
        (FILLED, "seller_id"): {"seller_id": None},
        (FILLED, "registered_at"): {"registered_at": None},
    }),
    "orders": ({"order_id": "o1", "ordered_at": NOON, "seller_id": "s1", "quantity": 1,
                "amount_cents": 0, "discount_cents": None, "ds": FRI}, {
        (UNIQUE, "order_id+ds"): {"order_id": "o1"},
        (FILLED, "order_id"): {"order_id": None},
        (FILLED, "ordered_at"): {"ordered_at": None},
        (FILLED, "seller_id"): {"seller_id": None},
        (FILLED, "quantity"): {"quantity": None},
        (FILLED, "amount_cents"): {"amount_cents": None},
        (BETWEEN, "discount_cents"): {"discount_cents": -1},
        (BETWEEN, "amount_cents"): {"amount_cents": -1},
        (BETWEEN, "quantity"): {"quantity": 0},
    }),
    "cases": ({"case_id": "c1", "opened_at": NOON, "seller_id": "s1", "kind": "dispute", "claim_cents": 0, "ds": FRI}, {
        (UNIQUE, "case_id+ds"): {"case_id": "c1"},
        (FILLED, "case_id"): {"case_id": None},
        (FILLED, "opened_at"): {"opened_at": None},
        (FILLED, "seller_id"): {"seller_id": None},
        (SET, "kind"): {"kind": "Refund"},
        (FILLED, "kind"): {"kind": None},
        (BETWEEN, "claim_cents"): {"claim_cents": -1},
    }),
    "creators": ({"creator_id": "k1", "registered_at": NOON, "followers": 0, "ds": FRI}, {
        (UNIQUE, "creator_id+ds"): {"creator_id": "k1"},
        (FILLED, "creator_id"): {"creator_id": None},
        (FILLED, "registered_at"): {"registered_at": None},
        (BETWEEN, "followers"): {"followers": 10**9 + 1},
    }),
    "shipments": ({"shipment_id": "p1", "shipped_at": NOON, "order_id": "o1", "seller_id": "s1", "ds": FRI}, {
        (UNIQUE, "shipment_id+ds"): {"shipment_id": "p1"},
        (FILLED, "shipment_id"): {"shipment_id": None},
        (FILLED, "shipped_at"): {"shipped_at": None},
        (FILLED, "order_id"): {"order_id": None},
        (FILLED, "seller_id"): {"seller_id": None},
        (BETWEEN, "weight_grams"): {"weight_grams": -1},
    }),
    "reviews": ({"review_id": "r1", "reviewed_at": NOON, "seller_id": "s1", "rating": 5, "ds": FRI}, {
        (UNIQUE, "review_id+ds"): {"review_id": "r1"},
        (FILLED, "review_id"): {"review_id": None},
        (FILLED, "reviewed_at"): {"reviewed_at": None},
        (FILLED, "seller_id"): {"seller_id": None},
        (FILLED, "rating"): {"rating": None},
        (BETWEEN, "rating"): {"rating": 6},
    }),
    "clicks": ({"click_id": "i1", "clicked_at": NOON, "dwell_ms": None, "ds": FRI}, {
        (UNIQUE, "click_id+ds"): {"click_id": "i1"},
        (FILLED, "click_id"): {"click_id": None},
        (FILLED, "clicked_at"): {"clicked_at": None},
        (BETWEEN, "dwell_ms"): {"dwell_ms": -1},
    }),
    "logins": ({"login_id": "l1", "logged_in_at": NOON, "user_id": "u1", "succeeded": False, "change": "none",
                "ds": FRI}, {
        (UNIQUE, "login_id+ds"): {"login_id": "l1"},
        (FILLED, "login_id"): {"login_id": None},
        (FILLED, "logged_in_at"): {"logged_in_at": None},
        (FILLED, "user_id"): {"user_id": None},
        (FILLED, "succeeded"): {"succeeded": None},
        (SET, "change"): {"change": "name"},
        (FILLED, "change"): {"change": None},
    }),
    "incentives": ({"grant_id": "g1", "granted_at": NOON, "user_id": "u1", "kind": "coupon", "amount_cents": 0,
                    "ds": FRI}, {
        (UNIQUE, "grant_id+ds"): {"grant_id": "g1"},
        (FILLED, "grant_id"): {"grant_id": None},
        (FILLED, "granted_at"): {"granted_at": None},
        (FILLED, "user_id"): {"user_id": None},
        (SET, "kind"): {"kind": "gift"},
        (FILLED, "kind"): {"kind": None},
        (FILLED, "amount_cents"): {"amount_cents": None},
        (BETWEEN, "amount_cents"): {"amount_cents": -1},
    }),
    "case_outcomes": ({"case_id": "c1", "closed_at": NOON, "responsible": "buyer", "paid_cents": 0, "ds": FRI}, {
        (UNIQUE, "case_id+ds"): {"case_id": "c1"},
        (FILLED, "case_id"): {"case_id": None},
        (FILLED, "closed_at"): {"closed_at": None},
        (SET, "responsible"): {"responsible": "nobody"},
        (FILLED, "responsible"): {"responsible": None},
        (SET, "second_responsible"): {"second_responsible": "nobody"},
        (BETWEEN, "paid_cents"): {"paid_cents": -1},
    }),
    "accesses": ({"access_id": "a1", "accessed_at": NOON, "seller_id": "s1", "orders_read": 0, "ds": FRI}, {
        (UNIQUE, "access_id+ds"): {"access_id": "a1"},
        (FILLED, "access_id"): {"access_id": None},
        (FILLED, "accessed_at"): {"accessed_at": None},
        (FILLED, "seller_id"): {"seller_id": None},
        (FILLED, "orders_read"): {"orders_read": None},
        (BETWEEN, "orders_read"): {"orders_read": 10**9 + 1},
    }),
    "verdicts": ({"verdict_id": "v1", "decided_at": NOON, "entity": "seller", "entity_id": "s1",
                  "risk": "brushing", "confirmed": False, "loss_cents": 0, "ds": FRI}, {
        (UNIQUE, "verdict_id+ds"): {"verdict_id": "v1"},
        (FILLED, "verdict_id"): {"verdict_id": None},
        (FILLED, "decided_at"): {"decided_at": None},
        (FILLED, "entity"): {"entity": None},
        (SET, "entity"): {"entity": "robot"},
        (FILLED, "entity_id"): {"entity_id": None},
        (FILLED, "risk"): {"risk": None},
        (FILLED, "confirmed"): {"confirmed": None},
        (BETWEEN, "loss_cents"): {"loss_cents": -1},
    }),
    "actions_taken": ({"action_id": "a1", "taken_at": NOON, "entity": "seller", "entity_id": "s1", "action": "stop",
                       "executed": False, "ds": FRI}, {
        (UNIQUE, "action_id+ds"): {"action_id": "a1"},
        (FILLED, "action_id"): {"action_id": None},
        (FILLED, "taken_at"): {"taken_at": None},
        (FILLED, "entity"): {"entity": None},
        (SET, "entity"): {"entity": "robot"},
        (FILLED, "entity_id"): {"entity_id": None},
        (FILLED, "action"): {"action": None},
        (FILLED, "executed"): {"executed": None},
    }),
    "overrides": ({"override_id": "o1", "created_at": NOON, "entity": "seller", "entity_id": "s1", "effect": "exempt",
                   "from_day": FRI, "until_day": FRI, "ds": FRI}, {
        (UNIQUE, "override_id+ds"): {"override_id": "o1"},
        (FILLED, "override_id"): {"override_id": None},
        (FILLED, "created_at"): {"created_at": None},
        (FILLED, "entity"): {"entity": None},
        (SET, "entity"): {"entity": "robot"},
        (FILLED, "entity_id"): {"entity_id": None},
        (FILLED, "effect"): {"effect": None},
        (SET, "effect"): {"effect": "warn"},
        (FILLED, "from_day"): {"from_day": None},
        (FILLED, "until_day"): {"until_day": None},
    }),
    "appeals": ({"appeal_id": "a1", "filed_at": NOON, "entity": "seller", "entity_id": "s1", "outcome": "open",
                 "compensation_cents": 0, "ds": FRI}, {
        (UNIQUE, "appeal_id+ds"): {"appeal_id": "a1"},
        (FILLED, "appeal_id"): {"appeal_id": None},
        (FILLED, "filed_at"): {"filed_at": None},
        (FILLED, "entity"): {"entity": None},
        (SET, "entity"): {"entity": "robot"},
        (FILLED, "entity_id"): {"entity_id": None},
        (FILLED, "outcome"): {"outcome": None},
        (SET, "outcome"): {"outcome": "lost"},
        (BETWEEN, "compensation_cents"): {"compensation_cents": -1},
    }),
    "review_samples": ({"sample_id": "r1", "drawn_at": NOON, "entity": "seller", "entity_id": "s1", "risk": "brushing",
                        "inclusion_probability": 1.0, "ds": FRI}, {
        (UNIQUE, "sample_id+ds"): {"sample_id": "r1"},
        (FILLED, "sample_id"): {"sample_id": None},
        (FILLED, "drawn_at"): {"drawn_at": None},
        (FILLED, "entity"): {"entity": None},
        (SET, "entity"): {"entity": "robot"},
        (FILLED, "entity_id"): {"entity_id": None},
        (FILLED, "risk"): {"risk": None},
        (FILLED, "inclusion_probability"): {"inclusion_probability": None},
        (BETWEEN, "inclusion_probability"): {"inclusion_probability": 0.0},
    }),
    "messages": ({"message_id": "m1", "sent_at": NOON, "case_id": "c1", "role": "buyer", "ds": FRI}, {
        (UNIQUE, "message_id+ds"): {"message_id": "m1"},
        (FILLED, "message_id"): {"message_id": None},
        (FILLED, "sent_at"): {"sent_at": None},
        (FILLED, "case_id"): {"case_id": None},
        (FILLED, "role"): {"role": None},
        (SET, "role"): {"role": "robot"},
    }),
    "listings": ({"listing_version_id": "l1", "changed_at": NOON, "product_id": "p1", "seller_id": "s1",
                  "price_cents": 0, "ds": FRI}, {
        (UNIQUE, "listing_version_id+ds"): {"listing_version_id": "l1"},
        (FILLED, "listing_version_id"): {"listing_version_id": None},
        (FILLED, "changed_at"): {"changed_at": None},
        (FILLED, "product_id"): {"product_id": None},
        (FILLED, "seller_id"): {"seller_id": None},
        (BETWEEN, "price_cents"): {"price_cents": -1},
    }),
}


@pytest.mark.parametrize("name", TABLES)
def test_an_event_table_expectation_holds_for_good_rows_and_fails_when_broken(spark, name):
    table, (good, breaks) = TABLES[name], EVENTS[name]
    suite, yesterday = expectations.events(table), {**good, "ds": THU}
    assert promises(suite) == set(breaks)
    for half in halves(breaks):
        rows = [{**good, table.key: f"new {n}", **change} for n, change in enumerate(half.values())]
        results = check(frame(spark, table.ddl, [good, yesterday, *rows]), suite)
        assert broken(results) == set(half)
        assert {r.severity for r in results} == {"critical"}


# Statistics of a day: the bounds themselves, and the first value beyond each.

DAY = {
    "row_count_ratio": (0.33, 0.32), "row_count_to_smallest": (0.33, 0.32), "newest_event_age_days": (0, 1),
    "quarantined_share": (0.05, 0.051), "conflicting_share": (0.05, 0.051), "verdict_count_ratio": (0.2, 0.19),
    "risk_null_rate_increase": (0.2, 0.21),
}


def test_an_expectation_about_a_day_holds_at_its_bound_and_fails_beyond():
    suite = expectations.day_statistics(TABLES["verdicts"], list(DAY))
    assert promises(suite) == {(BETWEEN, name) for name in DAY}
    at = {name: bound for name, (bound, _) in DAY.items()}
    beyond = {name: value for name, (_, value) in DAY.items()}
    assert broken(audit_days({FRI: at, THU: dict.fromkeys(DAY)}, "verdicts", suite)) == set()
    results = audit_days({THU: at, FRI: beyond}, "verdicts", suite)
    assert broken(results) == promises(suite)
    assert ("row_count_ratio: expected at least 0.33 and at most 10.0, found 0.32 on 2026-11-20 (warning)"
            in [r.sentence() for r in results])


def test_a_day_that_broke_off_stops_the_night_for_orders_alone():
    def gates(table):
        suite = expectations.day_statistics(TABLES[table], list(DAY))
        return {e.column for e in suite if e.severity == "critical"}

    assert gates("orders") == {"row_count_to_smallest", "newest_event_age_days", "quarantined_share",
                               "conflicting_share"}
    assert gates("verdicts") == gates("cases") == set()


@pytest.mark.parametrize("name, flood", [("verdict_count_ratio", 5.1), ("row_count_ratio", 10.1)])
def test_too_many_rows_are_as_odd_as_too_few(name, flood):
    suite = expectations.day_statistics(TABLES["verdicts"], [name])
    assert broken(audit_days({FRI: {name: flood}}, "verdicts", suite)) == {(BETWEEN, name)}


REASONS = SimpleNamespace(name="cases", event_time="opened_at", is_state=False,
                          columns=[c for c in TABLES["cases"].columns if c.name == "reason"])
LOG_DDL = "table string, rows_in bigint, quarantined bigint, conflicting bigint, ds date"


@pytest.fixture
def nine_days(spark, lake):
    """Nine days of cases with a reason, 300 each but 240 on the first."""
    first = FRI - dt.timedelta(days=9)
    past = spark.range(2640).selectExpr(
        "concat('c', id) AS case_id", f"TIMESTAMP '{first} 12:00:00' AS opened_at", "'damaged' AS reason",
        f"date_add(DATE '{first}', CAST((id + 60) / 300 AS int)) AS ds")
    lake.commit(lake.write(past, "cases", [first + dt.timedelta(days=n) for n in range(9)], key="case_id"))
    return Lake(lake.root)


def test_a_day_is_compared_with_its_own_past(spark, nine_days):
    today = spark.range(200).selectExpr(
        "concat('d', id) AS case_id", f"TIMESTAMP '{THU} 23:00:00' AS opened_at",
        "CASE WHEN id >= 50 THEN 'damaged' END AS reason", f"DATE '{FRI}' AS ds")
    write = nine_days.write(today, "cases", [FRI], key="case_id")
    log = nine_days.write(spark.createDataFrame([("cases", 250, 50, 5, FRI)], LOG_DDL), "log", [FRI], key="table")
    assert day_statistics(nine_days, write, REASONS, log) == {FRI: {
        "row_count_ratio": 200 / 300, "row_count_to_smallest": 200 / 240, "newest_event_age_days": 1,
        "quarantined_share": 50 / 250, "conflicting_share": 5 / 250, "reason_null_rate_increase": 50 / 200 - 0}}


def test_one_bad_day_among_several_is_found_as_it_would_be_alone(spark, nine_days):
    """Three days at once, of which the second has 60 cases and 300 rows put aside."""
    days = [FRI, FRI + dt.timedelta(days=1), FRI + dt.timedelta(days=2)]
    counts = {days[0]: 300, days[1]: 60, days[2]: 300}
    rows = [(f"{ds}-{n}", dt.datetime.combine(ds, dt.time(12)), "damaged", ds)
            for ds, count in counts.items() for n in range(count)]
    write = nine_days.write(spark.createDataFrame(rows, "case_id string, opened_at timestamp, reason string, ds date"),
                            "cases", days, key="case_id")
    log = nine_days.write(spark.createDataFrame(
        [("cases", 360 if ds == days[1] else 300, 300 if ds == days[1] else 0, 0, ds) for ds in days], LOG_DDL),
        "log", days, key="table")
    found = day_statistics(nine_days, write, REASONS, log)
    columns = ["row_count_to_smallest", "quarantined_share"]
    failed = [r for r in audit_days(found, "orders",
                                    expectations.day_statistics(TABLES["orders"], columns)) if not r.success]
    assert [(r.about, r.severity, r.observed) for r in failed] == [
        ("row_count_to_smallest", "critical", f"0.25 on {days[1]}"),
        ("quarantined_share", "critical", f"0.833 on {days[1]}")]


def test_a_day_whose_rows_were_all_put_aside_is_judged_however_few_they_are(spark, nine_days):
    none = spark.createDataFrame([], "case_id string, opened_at timestamp, reason string, ds date")
    write = nine_days.write(none, "cases", [FRI], key="case_id")
    log = nine_days.write(spark.createDataFrame([("cases", 3, 3, 0, FRI)], LOG_DDL), "log", [FRI], key="table")
    assert day_statistics(nine_days, write, REASONS, log)[FRI]["quarantined_share"] == 1.0


# Features, scores, risk tables

RISK_DDL = "seller_id string, risk_score double, risk_level string, action string, ds date"


@pytest.mark.parametrize("entity", FEATURE_SETS)
def test_a_feature_expectation_holds_for_good_rows_and_fails_when_broken(spark, entity):
    feature_set = FEATURE_SETS[entity]
    suite, key = expectations.features(feature_set), feature_set.id
    bounded = [about for kind, about in sorted(promises(suite)) if kind == BETWEEN]
    ddl = ", ".join([f"{key} string", *(f"{column} bigint" for column in bounded), "ds date"])
    good = {key: "e1", **dict.fromkeys(bounded, 1), "ds": FRI}  # a group has one member at least
    breaks = {(UNIQUE, f"{key}+ds"): {key: "e1"}, (FILLED, key): {key: None},
              **{(BETWEEN, column): {column: -1} for column in bounded}}
    assert promises(suite) == {*breaks, (ROWS, "the table")}
    for half in halves(breaks):
        rows = [{**good, key: f"new {n}", **change} for n, change in enumerate(half.values())]
        assert broken(check(frame(spark, ddl, [good, {**good, "ds": THU}, *rows]), suite)) == set(half)


def test_nobody_scored_is_a_fault(spark):
    suite = [e for e in expectations.features(FEATURE_SETS["seller"]) if e.expectation_type == ROWS]
    assert broken(check(spark.createDataFrame([], "seller_id string"), suite)) == {(ROWS, "the table")}
    assert all(any(e.expectation_type == ROWS and e.min_value == 1 and e.severity == "critical" for e in other)
               for other in (expectations.scores(FEATURE_SETS["user"], of_entity("user"), set()),
                             expectations.risk_daily(FEATURE_SETS["user"])))


def test_counts_money_and_ages_are_promised_not_to_be_negative():
    bounded = {about for kind, about in promises(expectations.features(FEATURE_SETS["seller"])) if kind == BETWEEN}
    assert bounded >= {"order_count_1d", "order_amount_90d", "product_distinct_30d"}
    assert not bounded & {"order_amount_min_7d", "discount_rate_7d", "order_count_change_1d_to_30d"}


def test_a_score_expectation_holds_for_good_rows_and_fails_when_broken(spark):
    first, second = "account_integrity_score", "refund_abuse_score"
    two = (find("user", "account_integrity"), find("user", "refund_abuse"))
    suite = expectations.scores(FEATURE_SETS["user"], two, scored={"account_integrity"})
    assert promises(suite) == {(ROWS, "the table"), (UNIQUE, "user_id+ds"), (BETWEEN, first), (FILLED, first),
                               (MEAN, first), (BETWEEN, second)}
    good = [(user, score, None, FRI) for user, score in (("u1", 0.0), ("u2", 0.25), ("u3", 0.5))]

    def found(*rows):
        ddl = f"user_id string, {first} double, {second} double, ds date"
        return broken(check(spark.createDataFrame([*good, *rows], ddl).coalesce(1), suite))

    assert found(("u1", 0.0, None, FRI), ("u4", None, None, FRI)) == {(UNIQUE, "user_id+ds"), (FILLED, first)}
    assert found(("u1", 0.0, 1.0, THU), ("u5", -0.1, 1.1, FRI)) == {(BETWEEN, first), (BETWEEN, second)}
    assert found(("u4", 0.26, None, FRI)) == {(MEAN, first)}


def test_only_a_mean_that_came_loose_is_a_warning_among_scores():
    suite = expectations.scores(FEATURE_SETS["user"], of_entity("user"), scored={"account_integrity"})
    warned = [e.expectation_type for e in suite if e.severity == "warning"]
    assert warned == [MEAN]


def test_a_risk_table_expectation_holds_for_good_rows_and_fails_when_broken(spark):
    suite = expectations.risk_daily(FEATURE_SETS["seller"])
    good = {"seller_id": "s1", "risk_score": 1.0, "risk_level": "critical", "action": "watch", "ds": FRI}
    unscored = {**good, "seller_id": "s2", "risk_score": None, "risk_level": None}
    breaks = {(UNIQUE, "seller_id+ds"): {"seller_id": "s1"}, (SET, "risk_level"): {"risk_level": "severe"},
              (BETWEEN, "risk_score"): {"risk_score": 1.01}, (FILLED, "action"): {"action": None}}
    assert promises(suite) == {*breaks, (ROWS, "the table")}
    for half in halves(breaks):
        rows = [{**good, "seller_id": f"new {n}", **change} for n, change in enumerate(half.values())]
        assert broken(check(frame(spark, RISK_DDL, [good, unscored, *rows]), suite)) == set(half)


def test_what_was_found_is_told_in_counts_and_never_in_values(spark):
    good, _ = EVENTS["cases"]
    rows = [{**good, "case_id": "anna@example.org", "kind": "anna@example.org", "claim_cents": -31337}] * 2
    results = audit(frame(spark, TABLES["cases"].ddl, [good, *rows]), "cases", expectations.events(TABLES["cases"]))
    told = json.dumps([r.as_dict() for r in results]) + " ".join(r.sentence() for r in results)
    assert {r.observed for r in results if not r.success} == {"2 of 3 rows break it"}
    assert "anna" not in told and "31337" not in told


def test_a_promise_that_cannot_be_looked_into_is_broken(spark):
    results = audit(spark.createDataFrame([("s1", FRI)], "seller_id string, ds date"), "seller_risk_daily",
                    expectations.risk_daily(FEATURE_SETS["seller"]))
    assert broken(results) == {(SET, "risk_level"), (BETWEEN, "risk_score"), (FILLED, "action")}


# The gate


def stage(spark, lake, table, **row):
    row = {"seller_id": "s1", "risk_score": 0.5, "risk_level": "high", "action": "watch", "ds": FRI} | row
    lake.stage(lake.write(frame(spark, RISK_DDL, [row]), table, [FRI], key="seller_id"))


def gate(spark, lake, *tables, suite=None):
    suite = suite or expectations.risk_daily(FEATURE_SETS["seller"])
    audit_and_commit(spark, lake, "publish", FRI,
                     [(table, lambda df, written: audit(df, written.table, suite)) for table in tables])


def actions(root, table) -> list[str]:
    return DeltaTable(f"{root}/{table}").to_pyarrow_dataset().to_table()["action"].to_pylist()


def test_a_failed_critical_expectation_commits_no_table(spark, lake):
    stage(spark, lake, "good", action="old")
    gate(spark, lake, "good")
    tonight = Lake(lake.root, "tonight")
    stage(spark, tonight, "good", action="new")
    stage(spark, tonight, "bad", risk_level="severe")
    with pytest.raises(UserError) as refusal:
        gate(spark, tonight, "good", "bad")
    assert actions(lake.root, "good") == ["old"]
    assert Lake(lake.root).tables() == ["good"]
    assert str(refusal.value) == (
        "bad, 2026-11-20: risk_level: expected column values to be in set (value set "
        "['low', 'medium', 'high', 'critical']), found 1 of 1 rows break it (critical). Nothing was committed; the "
        "last good version stands. All results: _validations/ds=2026-11-20/tonight-publish.json in "
        f"{lake.root}. Mend the input, then: make nightly DS=2026-11-20")
    kept = lake.get_json("_validations/ds=2026-11-20/tonight-publish.json")
    assert [(r["table"], r["about"]) for r in kept if not r["success"]] == [("bad", "risk_level")]
    assert {r["table"] for r in kept} == {"good", "bad"}


def test_a_broken_warning_is_said_and_commits(spark, lake, capsys):
    stage(spark, lake, "scores", risk_score=0.9)
    import great_expectations.expectations as gxe

    gate(spark, lake, "scores",
         suite=[gxe.ExpectColumnMeanToBeBetween(column="risk_score", max_value=0.25, severity="warning")])
    assert actions(lake.root, "scores") == ["watch"]
    said = capsys.readouterr().out
    assert "vigil: warning, scores, 2026-11-20: risk_score: expected column mean to be between" in said
    assert "1 expectations, 1 failed" in said and "scores: 1 rows, 2026-11-20 committed" in said


def test_a_gate_run_again_after_its_commit_changes_nothing(spark, lake, capsys):
    stage(spark, lake, "risk")
    gate(spark, lake, "risk")
    capsys.readouterr()
    gate(spark, Lake(lake.root, lake.run_id), "risk")
    assert capsys.readouterr().out == "vigil: publish, 2026-11-20: run test-run has committed this already\n"
    assert DeltaTable(f"{lake.root}/risk").version() == 0


def test_a_gate_that_died_between_two_commits_goes_on_where_it_was(spark, lake):
    for table in ("one", "two"):
        stage(spark, lake, table)
    lake.commit(lake.staged("one"))  # and died before it could forget the write
    gate(spark, Lake(lake.root, lake.run_id), "one", "two")
    assert actions(lake.root, "one") == actions(lake.root, "two") == ["watch"]
    assert lake.staged("one") is None and lake.staged("two") is None


def test_a_gate_with_nothing_to_audit_says_what_to_run(spark, lake):
    with pytest.raises(UserError, match="publish, 2026-11-20: run test-run has written nothing to audit.*"
                       "make nightly DS=2026-11-20"):
        gate(spark, lake, "risk")
