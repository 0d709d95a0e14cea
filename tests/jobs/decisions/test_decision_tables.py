"""The decisions of a day as tables: from scores and policies to rows, again and again the same."""

import datetime as dt

import pytest

from jobs import decide
from jobs.decisions.decision_tables import decide_and_commit
from jobs.decisions.policy_files import read_policies
from jobs.errors import UserError
from jobs.storage import catalog, run_manifest
from jobs.storage.lake import Lake
from jobs.storage.row_checksum import row_checksum
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, YESTERDAY, ago, at
from tests.support.policy_folders import QUEUES, REVIEW, SELLER, changed, policy_folder
from tests.support.scored_lake import scored

UNSAMPLED = changed(QUEUES, "sample_share = 0.05", "sample_share = 0")
POLICIES = {"queues.toml": UNSAMPLED, "seller.toml": SELLER + REVIEW}


@pytest.fixture
def night(tmp_path):
    """Return a function that decides days under the policies of changed files and gives the rows of a table."""
    def of(table: str = "decision_daily", days: list[dt.date] = (TODAY,), **files: str) -> list[dict]:
        policies = read_policies(policy_folder(tmp_path / "policies", POLICIES | {
            f"{name}.toml": text for name, text in files.items()}))
        decide_and_commit(Lake(str(tmp_path / "lake"), "r1"), list(days), policies)
        return Lake(str(tmp_path / "lake")).arrow(table, [days[-1]]).to_table().to_pylist()
    of.lake = tmp_path / "lake"
    return of


def by_row(rows: list[dict], *columns: str) -> dict[str, tuple]:
    return {f"{row['entity_id']} {row['risk']}": tuple(row[name] for name in columns) for row in rows}


def test_rows_above_low_and_confirmed_ones_are_decided(night):
    scored(night.lake, "seller", {"s1": {"brushing": 0.7}, "s2": {"brushing": 0.05}, "s3": {"brushing": 0.02},
                                  "s4": {}})
    land(night.lake, "verdicts", [verdict("s3")])
    assert by_row(night(), "level", "action", "suppressed_by") == {
        "s1 brushing": ("critical", "hold_payouts", None), "s3 brushing": ("low", "none", "confirmed")}


def verdict(seller, number=1, arrived=TODAY, confirmed=True, loss=100):
    return {"verdict_id": f"v{number}", "decided_at": at(arrived), "entity": "seller", "entity_id": seller,
            "risk": "brushing", "confirmed": confirmed, "incident_from": ago(20), "incident_to": ago(11),
            "loss_cents": loss, "ds": arrived}


ORDER = changed(changed(SELLER, 'entity = "seller"', 'entity = "order"'), '["brushing", "click_farm"]',
                '["dispute", "return"]').replace("brushing", "dispute").replace("click_farm", "return")
OF_ORDERS = changed(QUEUES, '["seller/brushing", "seller/click_farm"]', '["order/dispute", "order/return"]')


def case(order, kind, arrived=TODAY):
    return {"case_id": f"{order} {kind}", "opened_at": at(arrived), "order_id": order, "seller_id": "s1", "kind": kind,
            "ds": arrived}


def test_an_order_with_a_case_gets_no_action_against_one_of_its_kind(night):
    scored(night.lake, "order", {"o1": {"dispute": 0.7}, "o2": {"dispute": 0.7, "return": 0.2}}, YESTERDAY)
    land(night.lake, "cases", [case("o1", "dispute", YESTERDAY), case("o2", "return", YESTERDAY),
                               case("o2", "dispute")])
    found = night(days=[YESTERDAY], seller=ORDER, queues=OF_ORDERS)
    assert by_row(found, "action", "suppressed_by") == {
        "o1 dispute": ("hold_payouts", "confirmed"), "o2 dispute": ("hold_payouts", None),
        "o2 return": ("watch", "confirmed")}


def test_random_reviews_and_exposure_leave_after_sales_risks_out(night):
    scored(night.lake, "order", {f"o{n}": {"dispute": 0.05, "return": 0.05} for n in range(50)})
    assert night(seller=ORDER, queues=changed(OF_ORDERS, "sample_share = 0.05", "sample_share = 0.9")) == []
    exposed = night("exposure_daily", seller=ORDER, queues=OF_ORDERS)
    assert {(row["entity"], row["risk"]) for row in exposed} == {("order", "payment_fraud")}


def test_a_verdict_that_arrives_later_changes_nothing(night):
    scored(night.lake, "seller", {"s1": {"brushing": 0.7}}, YESTERDAY)
    land(night.lake, "verdicts", [verdict("s1", arrived=TODAY)])
    assert by_row(night(days=[YESTERDAY]), "suppressed_by") == {"s1 brushing": (None,)}


def test_a_row_has_its_expected_loss_and_friction(night):
    scored(night.lake, "seller", {"s1": {"brushing": 0.75}}, features={"s1": {"order_amount_30d": 30_000}})
    (row,) = night()
    worth = 30_000 * 7 / 30
    assert (row["expected_loss_cents"], row["stops"]) == (20_000, 0.8)  # without a verdict the prior serves
    assert row["friction_seller_cents"] == pytest.approx(0.25 * worth * 0.25)
    assert row["value_cents"] == pytest.approx(0.75 * 20_000 * 0.8 - 0.25 * worth * 0.25 - 2 * 60)
    assert (row["minutes"], row["until"], row["queue"]) == (2, TODAY + dt.timedelta(days=14), "shops")


def test_an_unbooked_loss_counts_beside_the_booked_one(night):
    scored(night.lake, "seller", {"s1": {"click_farm": 0.75}})
    assert by_row(night(), "action") == {"s1 click_farm": ("watch",)}
    of_clicks = changed(SELLER, "[[ladder]]\naction = \"hold", "[unbooked_loss_cents]\nclick_farm = 10_000\n\n"
                        "[[ladder]]\naction = \"hold")
    assert by_row(night(seller=of_clicks), "action", "expected_loss_cents", "unbooked_loss_cents") == {
        "s1 click_farm": ("hold_payouts", 0, 10_000)}


def test_confirmed_losses_replace_the_prior(night):
    scored(night.lake, "seller", {"s1": {"brushing": 0.75}})
    land(night.lake, "verdicts", [verdict(f"x{number}", number, loss=1_000_000) for number in range(100)])
    (row,) = (row for row in night() if row["entity_id"] == "s1")
    assert row["expected_loss_cents"] > 300_000


def test_reviewers_take_the_most_valuable_rows_and_the_queue_lists_them(night):
    scored(night.lake, "seller", {f"s{number}": {"brushing": 0.1 + number / 100} for number in range(9)})
    scarce = changed(UNSAMPLED, "minutes_a_day = 480", "minutes_a_day = 45")
    rows = by_row(night(queues=scarce), "action", "suppressed_by", "rank_in_queue")
    assert rows["s8 brushing"] == ("review", None, 1) and rows["s7 brushing"] == ("review", None, 2)
    assert {rows[f"s{number} brushing"] for number in range(7)} == {("review", "capacity", None)}
    listed = night("review_queue_daily", queues=scarce)
    assert [(row["rank"], row["entity_id"], row["risks"], row["minutes"]) for row in listed] == [
        (1, "s8", ["brushing"], 20), (2, "s7", ["brushing"], 20)]


def test_random_reviews_are_drawn_from_all_rows_and_come_first(night):
    scored(night.lake, "seller", {f"s{number}": {"brushing": 0.01, "click_farm": 0.2} for number in range(200)})
    sampled = changed(UNSAMPLED, "sample_share = 0", "sample_share = 0.5")
    rows = night(queues=sampled)
    drawn = [row for row in rows if row["sampled_with"] is not None]
    assert 15 < len(drawn) < 65 and {row["risk"] for row in drawn} == {"brushing", "click_farm"}
    assert sum(row["minutes"] for row in rows if row["suppressed_by"] is None) <= 480
    first = night("review_queue_daily", queues=sampled)[0]
    assert first["sampled"] and "at random" in first["why"]


def test_an_override_leaves_a_row_alone_or_acts_on_it(night):
    scored(night.lake, "seller", {"s1": {"brushing": 0.7}, "s2": {"brushing": 0.01}})
    override = {"override_id": "x1", "created_at": at(TODAY), "entity": "seller", "entity_id": "s1",
                "effect": "exempt", "from_day": YESTERDAY, "until_day": TODAY, "ds": TODAY}
    forced = override | {"override_id": "x2", "entity_id": "s2", "risk": "brushing", "effect": "force",
                         "action": "review"}
    land(night.lake, "overrides", [override, forced, forced | {"override_id": "x3", "entity_id": "nobody"}])
    assert by_row(night(), "action", "suppressed_by", "override_id") == {
        "s1 brushing": ("hold_payouts", "override", "x1"), "s2 brushing": ("review", None, "x2")}


def test_an_action_is_not_repeated_within_the_cooldown_unless_the_level_rises(night):
    days = [ago(number) for number in (3, 2, 1, 0)]
    for day, scores in zip(days, ((0.2, 0.2), (0.2, 0.2), (0.2, 0.4), (0.2, 0.4))):
        scored(night.lake, "seller", {f"s{number}": {"brushing": score} for number, score in enumerate(scores)}, day)
    night(days=days)
    found = {(row["ds"], row["entity_id"]): row["suppressed_by"]
             for row in Lake(str(night.lake)).arrow("decision_daily").to_table().to_pylist()}
    assert [found[day, "s0"] for day in days] == [None, "cooldown", "cooldown", "cooldown"]
    assert [found[day, "s1"] for day in days] == [None, "cooldown", None, "cooldown"]


def test_a_range_of_days_gives_the_rows_of_one_run_a_day(night):
    days = [YESTERDAY, TODAY]
    for day in days:
        scored(night.lake, "seller", {"s1": {"brushing": 0.2}, "s2": {"click_farm": 0.7}}, day)
    night(days=days)
    together = digests(night.lake, days)
    for day in days:
        night(days=[day])
    assert digests(night.lake, days) == together


def test_a_range_that_is_decided_again_forgets_what_it_decided_before(night):
    days = [YESTERDAY, TODAY]
    for day in days:
        scored(night.lake, "seller", {"s1": {"brushing": 0.2}}, day)
    night(days=days)
    no_reviews_yet = changed(SELLER, "first_day = 2026-01-01", f"first_day = {TODAY}") + REVIEW
    assert by_row(night(days=days, seller=no_reviews_yet), "action", "suppressed_by") == {
        "s1 brushing": ("review", None)}


def digests(root, days) -> list[str]:
    return [row_checksum(Lake(str(root)), table, days) for table in (
        "decision_daily", "review_queue_daily", "exposure_daily")]


def test_a_shadow_decides_beside_the_live_policy_and_takes_no_minutes(night):
    scored(night.lake, "seller", {"s1": {"brushing": 0.7}, "s2": {"brushing": 0.3}})
    shadow = changed(changed(SELLER + REVIEW, '"live"', '"shadow"'), "score >= 0.6 and level = 'critical'",
                     "score >= 0.3")
    rows = night(strict=shadow)
    assert by_row([row for row in rows if row["mode"] == "live"], "policy", "action") == {
        "s1 brushing": ("seller", "hold_payouts"), "s2 brushing": ("seller", "review")}
    assert by_row([row for row in rows if row["mode"] == "shadow"], "policy", "action", "rank_in_queue") == {
        "s1 brushing": ("strict", "hold_payouts", None), "s2 brushing": ("strict", "hold_payouts", None)}


def test_a_holdout_keeps_rows_between_medium_and_critical_without_their_action(night):
    scored(night.lake, "seller", {f"s{number}": {"brushing": 0.2} for number in range(300)}
           | {f"c{number}": {"brushing": 0.9} for number in range(50)})
    rows = night(seller=changed(SELLER + REVIEW, "holdout = 0.0", "holdout = 0.2"),
                 queues=changed(UNSAMPLED, "minutes_a_day = 480", "minutes_a_day = 100_000"))
    held = [row for row in rows if row["suppressed_by"] == "holdout"]
    assert {(row["arm"], row["propensity"], row["action"]) for row in held} == {("holdout", 0.2, "review")}
    assert 35 < len(held) < 90 and {row["level"] for row in held} == {"medium"}
    assert {row["arm"] for row in rows if row["level"] == "critical"} == {None}
    assert {row["propensity"] for row in rows if row["arm"] == "treated"} == {0.8}


def test_exposure_sums_the_open_money_of_each_level(night):
    scored(night.lake, "seller", {"s1": {"brushing": 0.7}, "s2": {"brushing": 0.05}, "s3": {"brushing": 0.01}})
    land(night.lake, "orders", [
        {"order_id": f"o{number}", "ordered_at": at(TODAY), "seller_id": seller, "quantity": 1, "amount_cents": amount,
         "ds": TODAY} for number, (seller, amount) in enumerate((("s1", 100), ("s2", 20), ("s3", 3)))])
    found = {(row["risk"], row["level"]): (row["open_cents"], row["rows"]) for row in night("exposure_daily")}
    assert found["brushing", "critical"] == (100, 1) and found["brushing", "low"] == (23, 2)
    assert found["click_farm", "unscored"] == (123, 3)


def test_reasons_say_why(night):
    scored(night.lake, "seller", {"s1": {"brushing": 0.7}}, reasons={"s1": [("brushing", "few buyers"),
                                                                        ("click_farm", "racks")]})
    (row,) = night("review_queue_daily")
    assert row["why"] == "brushing 0.70: few buyers" and "seller_id = 's1'" in row["links"][0]


def test_a_day_without_scores_has_no_decisions(night):
    scored(night.lake, "seller", {"s1": {"brushing": 0.7}}, YESTERDAY)
    assert night() == [] and night("exposure_daily") == []


def test_without_champions_the_random_reviews_are_the_only_rows(night):
    scored(night.lake, "seller", {f"s{number}": {} for number in range(300)})
    rows = night(queues=changed(UNSAMPLED, "sample_share = 0", "sample_share = 0.5"))
    assert rows and all(row["score"] is None and row["sampled_with"] and row["action"] == "none" for row in rows)


def test_the_manifest_has_the_versions_of_the_policies(night, tmp_path):
    scored(night.lake, "seller", {"s1": {"brushing": 0.7}})
    night()
    policies = read_policies(tmp_path / "policies")
    noted = run_manifest.read(Lake(str(night.lake)), "r1")["policy"]
    assert noted == {"version": policies.version, "policies": {"seller": policies.policies[0].version},
                     "experiments": {}}


def test_a_policy_without_prices_for_a_row_is_refused_before_anything_is_written(night):
    scored(night.lake, "seller", {"s1": {"brushing": 0.7}})
    with pytest.raises(UserError, match="seller.toml"):
        night(seller=changed(SELLER, "score >= 0.1", "scor >= 0.1"))
    assert not Lake(str(night.lake)).has(catalog.DECISION_DAILY.name)


def test_the_step_reads_the_folder_of_policies_that_the_setting_names(tmp_path, monkeypatch):
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    monkeypatch.setenv("VIGIL_POLICIES", str(policy_folder(tmp_path / "mine", POLICIES)))
    scored(tmp_path / "lake", "seller", {"s1": {"brushing": 0.7}})
    decide.main(["--ds", str(TODAY), "--run-id", "r1"])
    (row,) = Lake(str(tmp_path / "lake")).arrow("decision_daily").to_table().to_pylist()
    assert (row["action"], row["run_id"]) == ("hold_payouts", "r1")
