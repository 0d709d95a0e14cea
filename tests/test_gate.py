"""Every promise kept and broken, and the gate that commits nothing while a critical one is broken."""

import datetime as dt
import json
from types import SimpleNamespace

import pytest
from deltalake import DeltaTable

from features.entities import FEATURE_SETS
from features.risks import of_entity
from features.tables import TABLES
from jobs import facts, suites
from jobs.audit import audit
from jobs.errors import Refused
from jobs.gate import pass_gate
from jobs.lake import Lake

THU, FRI = dt.date(2026, 11, 19), dt.date(2026, 11, 20)
NOON = dt.datetime(2026, 11, 20, 12)

UNIQUE, FILLED, SET, BETWEEN, MEAN, ROWS = (f"expect_{name}" for name in (
    "compound_columns_to_be_unique", "column_values_to_not_be_null", "column_values_to_be_in_set",
    "column_values_to_be_between", "column_mean_to_be_between", "table_row_count_to_be_between"))


def frame(spark, ddl, rows):
    """Rows given as dictionaries; what a row does not say is null."""
    names = [part.split()[0] for part in ddl.split(", ")]
    return spark.createDataFrame([tuple(row.get(name) for name in names) for row in rows], ddl)


def broken(results) -> set[tuple[str, str]]:
    return {(r.expectation, r.about) for r in results if not r.success}


def promises(suite) -> set[tuple[str, str]]:
    kwargs = [(e.expectation_type, e.configuration.kwargs) for e in suite]
    return {(kind, k.get("column") or "+".join(k.get("column_list", [])) or "the table") for kind, k in kwargs}


def halves(breaks):
    """Every other break: each promise is also seen to hold beside a broken neighbour."""
    listed = list(breaks.items())
    return dict(listed[::2]), dict(listed[1::2])


# Events: a good row, and for every promise the change to a row that breaks it.

EVENTS = {
    "users": (dict(user_id="u1", registered_at=NOON, ds=FRI), {
        (UNIQUE, "user_id+ds"): dict(user_id="u1"),
        (FILLED, "user_id"): dict(user_id=None),
        (FILLED, "registered_at"): dict(registered_at=None),
    }),
    "sellers": (dict(seller_id="s1", registered_at=NOON, ds=FRI), {
        (UNIQUE, "seller_id+ds"): dict(seller_id="s1"),
        (FILLED, "seller_id"): dict(seller_id=None),
        (FILLED, "registered_at"): dict(registered_at=None),
    }),
    "orders": (dict(order_id="o1", ordered_at=NOON, seller_id="s1", quantity=1, amount_cents=0,
                    discount_cents=None, ds=FRI), {
        (UNIQUE, "order_id+ds"): dict(order_id="o1"),
        (FILLED, "order_id"): dict(order_id=None),
        (FILLED, "ordered_at"): dict(ordered_at=None),
        (FILLED, "seller_id"): dict(seller_id=None),
        (FILLED, "quantity"): dict(quantity=None),
        (FILLED, "amount_cents"): dict(amount_cents=None),
        (BETWEEN, "discount_cents"): dict(discount_cents=-1),
        (BETWEEN, "amount_cents"): dict(amount_cents=-1),
    }),
    "cases": (dict(case_id="c1", opened_at=NOON, seller_id="s1", kind="dispute", claim_cents=0, ds=FRI), {
        (UNIQUE, "case_id+ds"): dict(case_id="c1"),
        (FILLED, "case_id"): dict(case_id=None),
        (FILLED, "opened_at"): dict(opened_at=None),
        (FILLED, "seller_id"): dict(seller_id=None),
        (SET, "kind"): dict(kind="Refund"),
        (FILLED, "kind"): dict(kind=None),
        (BETWEEN, "claim_cents"): dict(claim_cents=-1),
    }),
    "verdicts": (dict(verdict_id="v1", decided_at=NOON, entity="seller", entity_id="s1", risk="brushing",
                      confirmed=False, loss_cents=0, ds=FRI), {
        (UNIQUE, "verdict_id+ds"): dict(verdict_id="v1"),
        (FILLED, "verdict_id"): dict(verdict_id=None),
        (FILLED, "decided_at"): dict(decided_at=None),
        (FILLED, "entity"): dict(entity=None),
        (SET, "entity"): dict(entity="robot"),
        (FILLED, "entity_id"): dict(entity_id=None),
        (FILLED, "risk"): dict(risk=None),
        (FILLED, "confirmed"): dict(confirmed=None),
        (BETWEEN, "loss_cents"): dict(loss_cents=-1),
    }),
}


@pytest.mark.parametrize("name", TABLES)
def test_every_promise_about_an_event_table_is_kept_by_good_rows_and_noticed_when_broken(spark, name):
    table, (good, breaks) = TABLES[name], EVENTS[name]
    suite, another_day = suites.events(table), {**good, "ds": THU}
    assert promises(suite) == set(breaks)
    assert broken(audit(frame(spark, table.ddl, [good, another_day]), name, suite)) == set()
    for half in halves(breaks):
        rows = [{**good, table.key: f"new {n}", **change} for n, change in enumerate(half.values())]
        results = audit(frame(spark, table.ddl, [good, *rows]), name, suite)
        assert broken(results) == set(half)
        assert {r.severity for r in results if not r.success} == {"critical"}


# Facts about a day: the bound itself, and the first value beyond it.

FACTS = {
    "rows_to_usual": (0.33, 0.32), "rows_to_usual_high": (10.0, 10.1), "newest_event_age_days": (0, 1),
    "quarantined_share": (0.05, 0.051), "verdict_rate_to_usual": (0.2, 0.19), "risk_emptier": (0.2, 0.21),
}


@pytest.mark.parametrize("table, gates", [("orders", "critical"), ("verdicts", "warning")])
def test_every_promise_about_a_day_holds_at_its_bound_and_breaks_beyond_it(spark, table, gates):
    suite = suites.event_facts(TABLES[table], list(FACTS))
    assert promises(suite) == {(BETWEEN, fact) for fact in FACTS}
    at = {fact: bound for fact, (bound, _) in FACTS.items()}
    beyond = {fact: value for fact, (_, value) in FACTS.items()}
    assert broken(audit(facts.facts_frame(spark, at), table, suite)) == set()
    results = audit(facts.facts_frame(spark, beyond), table, suite)
    assert broken(results) == promises(suite)
    severity = {r.about: r.severity for r in results}
    # A day of orders that broke off stops the night; a feature less is no reason to stop.
    assert {fact for fact in FACTS if severity[fact] == gates} >= {
        "rows_to_usual", "newest_event_age_days", "quarantined_share"}
    assert {severity[fact] for fact in ("rows_to_usual_high", "verdict_rate_to_usual", "risk_emptier")} == {"warning"}


def test_a_day_without_a_past_to_compare_with_breaks_no_promise(spark):
    unknown = facts.facts_frame(spark, dict.fromkeys(FACTS))
    assert broken(audit(unknown, "orders", suites.event_facts(TABLES["orders"], list(FACTS)))) == set()


def test_too_many_verdicts_are_as_odd_as_too_few(spark):
    flood = facts.facts_frame(spark, {"verdict_rate_to_usual": 5.1})
    suite = suites.event_facts(TABLES["verdicts"], ["verdict_rate_to_usual"])
    assert broken(audit(flood, "verdicts", suite)) == {(BETWEEN, "verdict_rate_to_usual")}


def test_facts_compare_a_day_with_its_own_past(spark, lake):
    """Nine days of 300 cases with a reason, then one of 200 without, the newest of which is of the day before."""
    first = FRI - dt.timedelta(days=9)
    past = spark.range(2700).selectExpr(
        "concat('c', id) AS case_id", "CAST(date_add(DATE '2026-11-11', CAST(id / 300 AS int)) AS timestamp) AS opened_at",
        "'damaged' AS reason", f"date_add(DATE '{first}', CAST(id / 300 AS int)) AS ds")
    today = spark.range(200).selectExpr(
        "concat('d', id) AS case_id", f"TIMESTAMP '{THU} 23:00:00' AS opened_at",
        "CASE WHEN id >= 50 THEN 'damaged' END AS reason", f"DATE '{FRI}' AS ds")
    cases = SimpleNamespace(name="cases", event_time="opened_at",
                            columns=[c for c in TABLES["cases"].columns if c.name == "reason"])
    lake.commit(lake.write(past, "cases", [first + dt.timedelta(days=n) for n in range(9)], key="case_id"))
    step = Lake(lake.root)
    write = step.write(today, "cases", [FRI], key="case_id")
    log = step.write(frame(spark, "table string, rows_in bigint, quarantined bigint, ds date",
                           [dict(table="cases", rows_in=250, quarantined=50, ds=FRI)]), "log", [FRI], key="table")
    assert facts.event_facts(spark, step, write, cases, log) == {
        "rows_to_usual": 200 / 300, "rows_to_usual_high": 200 / 300, "newest_event_age_days": 1,
        "quarantined_share": 50 / 250, "reason_emptier": 50 / 200 - 0}


# Features, scores, risk tables


@pytest.mark.parametrize("entity", FEATURE_SETS)
def test_every_promise_about_features_is_kept_by_good_rows_and_noticed_when_broken(spark, entity):
    feature_set = FEATURE_SETS[entity]
    suite, key = suites.features(feature_set), feature_set.id
    bounded = [about for kind, about in sorted(promises(suite)) if kind == BETWEEN]
    ddl = ", ".join([f"{key} string", *(f"{column} bigint" for column in bounded), "ds date"])
    good = {key: "e1", **dict.fromkeys(bounded, 0), "ds": FRI}
    breaks = {(UNIQUE, f"{key}+ds"): {key: "e1"}, (FILLED, key): {key: None},
              **{(BETWEEN, column): {column: -1} for column in bounded}}
    assert promises(suite) == {*breaks, (ROWS, "the table")}
    assert broken(audit(frame(spark, ddl, [good, {**good, "ds": THU}]), entity, suite)) == set()
    assert broken(audit(frame(spark, ddl, []), entity, suite)) == {(ROWS, "the table")}
    for half in halves(breaks):
        rows = [{**good, key: f"new {n}", **change} for n, change in enumerate(half.values())]
        assert broken(audit(frame(spark, ddl, [good, *rows]), entity, suite)) == set(half)


def test_counts_money_and_ages_are_promised_not_to_be_negative():
    bounded = {about for kind, about in promises(suites.features(FEATURE_SETS["seller"])) if kind == BETWEEN}
    assert bounded >= {"order_count_1d", "order_amount_90d", "product_distinct_7d"}
    assert not bounded & {"order_amount_min_7d", "discount_rate_7d", "order_count_change_1d_to_30d"}


USER_SCORES = "user_id string, account_integrity_score double, refund_abuse_score double, ds date"


def test_every_promise_about_scores_is_kept_by_good_rows_and_noticed_when_broken(spark):
    first, second = "account_integrity_score", "refund_abuse_score"
    suite = suites.scores(FEATURE_SETS["user"], of_entity("user"), scored={"account_integrity"})

    def found(*rows):
        return broken(audit(frame(spark, USER_SCORES, [{"ds": FRI, **row} for row in rows]), "user_scores", suite))

    good = [{"user_id": "u1", first: 0.0}, {"user_id": "u2", first: 0.25}, {"user_id": "u3", first: 0.5}]
    assert found(*good) == set()
    assert found() >= {(ROWS, "the table")}
    assert found(*good, {"user_id": "u1", first: 0.0}) == {(UNIQUE, "user_id+ds")}
    assert found(*good, {"user_id": "u4"}, {"user_id": "u5", second: 1.1}) == {(FILLED, first), (BETWEEN, second)}
    assert found(*good, {"user_id": "u4", first: -0.1}) == {(BETWEEN, first)}
    assert found(*good, {"user_id": "u4", first: 0.26}) == {(MEAN, first)}
    assert promises(suite) == {(ROWS, "the table"), (UNIQUE, "user_id+ds"), (FILLED, first), (BETWEEN, second),
                               (BETWEEN, first), (MEAN, first)}


def test_only_a_mean_that_came_loose_is_a_warning_among_scores():
    suite = suites.scores(FEATURE_SETS["user"], of_entity("user"), scored={"account_integrity"})
    warned = [e.expectation_type for e in suite if e.severity == "warning"]
    assert warned == [MEAN]


def test_every_promise_about_a_risk_table_is_kept_by_good_rows_and_noticed_when_broken(spark):
    ddl = "seller_id string, risk_score double, risk_level string, action string, ds date"
    suite = suites.risk_daily(FEATURE_SETS["seller"])
    good = dict(seller_id="s1", risk_score=1.0, risk_level="critical", action="watch", ds=FRI)
    unscored = {**good, "seller_id": "s2", "risk_score": None, "risk_level": None}
    breaks = {(UNIQUE, "seller_id+ds"): dict(seller_id="s1"), (SET, "risk_level"): dict(risk_level="severe"),
              (BETWEEN, "risk_score"): dict(risk_score=1.01), (FILLED, "action"): dict(action=None)}
    assert promises(suite) == {*breaks, (ROWS, "the table")}
    assert broken(audit(frame(spark, ddl, [good, unscored]), "seller_risk_daily", suite)) == set()
    assert broken(audit(frame(spark, ddl, []), "seller_risk_daily", suite)) == {(ROWS, "the table")}
    for half in halves(breaks):
        rows = [{**good, "seller_id": f"new {n}", **change} for n, change in enumerate(half.values())]
        assert broken(audit(frame(spark, ddl, [good, *rows]), "seller_risk_daily", suite)) == set(half)


def test_what_was_found_is_told_in_counts_and_never_in_values(spark):
    good, _ = EVENTS["cases"]
    rows = [{**good, "case_id": "anna@example.org", "kind": "anna@example.org", "claim_cents": -31337}] * 2
    results = audit(frame(spark, TABLES["cases"].ddl, [good, *rows]), "cases", suites.events(TABLES["cases"]))
    told = json.dumps([r.as_dict() for r in results]) + " ".join(r.sentence() for r in results)
    assert {r.observed for r in results if not r.success} == {"2 of 3 rows break it"}
    assert "anna" not in told and "31337" not in told


def test_a_promise_that_cannot_be_looked_into_is_broken(spark):
    results = audit(spark.createDataFrame([("s1", FRI)], "seller_id string, ds date"), "seller_risk_daily",
                    suites.risk_daily(FEATURE_SETS["seller"]))
    assert broken(results) == {(SET, "risk_level"), (BETWEEN, "risk_score"), (FILLED, "action")}


# The gate

RISK_DDL = "seller_id string, risk_score double, risk_level string, action string, ds date"


def stage(spark, lake, table, **row):
    row = dict(seller_id="s1", risk_score=0.5, risk_level="high", action="watch", ds=FRI) | row
    lake.stage(lake.write(frame(spark, RISK_DDL, [row]), table, [FRI], key="seller_id"))


def gate(spark, lake, *tables, suite=None):
    suite = suite or suites.risk_daily(FEATURE_SETS["seller"])
    pass_gate(spark, lake, "publish", FRI,
              [(table, lambda df, written: audit(df, written.table, suite)) for table in tables])


def actions(root, table) -> list[str]:
    return DeltaTable(f"{root}/{table}").to_pyarrow_dataset().to_table()["action"].to_pylist()


def test_a_broken_critical_promise_commits_nothing_of_any_table_and_leaves_the_last_good_version(spark, lake):
    stage(spark, lake, "good", action="old")
    gate(spark, lake, "good")
    tonight = Lake(lake.root, "tonight")
    stage(spark, tonight, "good", action="new")
    stage(spark, tonight, "bad", risk_level="severe")
    with pytest.raises(Refused) as refusal:
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
    assert "1 promises, 1 broken" in said and "scores: 1 rows, 2026-11-20 committed" in said


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
    with pytest.raises(Refused, match="publish, 2026-11-20: run test-run has written nothing to audit.*"
                                      "make nightly DS=2026-11-20"):
        gate(spark, lake, "risk")
