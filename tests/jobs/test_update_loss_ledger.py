"""The step update_loss_ledger: nights whose books equal their sources, with late, corrected and reversed rows."""

import datetime as dt
import random

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from jobs import update_loss_ledger
from jobs.ledger.accounts import BOOKED, ESTIMATED
from jobs.storage.catalog import CASE_ATTRIBUTION_DAILY
from jobs.storage.catalog.arrow_types import arrow_schema
from jobs.storage.lake import Lake
from jobs.storage.query import connect
from jobs.storage.row_checksum import row_checksum
from tests.support.arrow_lake import land
from tests.support.builders import TODAY, at
from tests.support.policy_folders import policy_folder

DAYS = [TODAY + dt.timedelta(days=number) for number in range(8)]
TABLES = ("loss_ledger", "loss_monthly", "governance_funnel_daily", "displacement_weekly")


def day(number: int) -> dt.date:
    return TODAY + dt.timedelta(days=number)


def verdict(key, arrived, loss, seller, confirmed=True, decided=None, first=-20, risk="brushing"):
    return {"verdict_id": key, "decided_at": at(day(arrived if decided is None else decided)), "entity": "seller",
            "entity_id": seller, "risk": risk, "confirmed": confirmed, "incident_from": day(first),
            "incident_to": day(first + 3), "loss_cents": loss, "source": "audit", "ds": day(arrived)}


@pytest.fixture
def nights(tmp_path, monkeypatch):
    """Return a function that lands rows and runs the step for days; its lake holds the ledger."""
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    monkeypatch.setenv("VIGIL_POLICIES", str(policy_folder(tmp_path / "policies")))
    root = tmp_path / "lake"

    def run(*days: dt.date, run="r1", **tables: list[dict]) -> list[dict]:
        for name, rows in tables.items():
            for arrived in sorted({row["ds"] for row in rows}):
                land(root, name, [row for row in rows if row["ds"] == arrived])
        if days:
            update_loss_ledger.main(["--from", str(days[0]), "--ds", str(days[-1]), "--run-id", run])
            return Lake(str(root)).arrow("loss_ledger").to_table().to_pylist()
        return []
    run.root = root
    return run


def standing(root, ds: dt.date) -> int:
    """The confirmed losses of separate sellers that no verdict by a day takes back, by a plain loop."""
    rows = Lake(str(root)).arrow("verdicts").to_table().filter(pc.field("ds") <= ds).to_pylist()
    total = 0
    for seller in {row["entity_id"] for row in rows}:
        mine = sorted((row for row in rows if row["entity_id"] == seller), key=lambda row: (
            row["decided_at"], not row["confirmed"], row["ds"], row["verdict_id"]))
        last_clear = max((place for place, row in enumerate(mine) if not row["confirmed"]), default=-1)
        total += max((row["loss_cents"] or 0 for row in mine[last_clear + 1:]), default=0)
    return total


@pytest.mark.parametrize("seed", range(3))
def test_booked_losses_are_those_of_the_verdicts_on_every_night(nights, seed):
    draw = random.Random(seed)
    rows = []
    for number in range(12):
        seller, arrived = f"s{number}", draw.randrange(6)
        rows.append(verdict(f"v{number}", arrived, draw.randint(1, 10_000), seller))
        if draw.random() < 0.4:  # taken back, perhaps by a verdict that arrives late
            rows.append(verdict(f"c{number}", draw.randint(arrived, 7), None, seller, False, draw.randint(arrived, 7)))
        if draw.random() < 0.4:  # confirmed again, for another amount
            rows.append(verdict(f"w{number}", draw.randint(arrived, 7), draw.randint(1, 10_000), seller))
    draw.shuffle(rows)
    nights(verdicts=rows)
    for number, ds in enumerate(DAYS):
        booked = nights(ds, run=f"r{number}")
        assert sum(row["amount_cents"] for row in booked if row["account"] in ("gross_loss", "reversed")) == standing(
            nights.root, ds)
    with connect() as db:
        db.register("monthly", Lake(str(nights.root)).arrow("loss_monthly"))
        by_day = dict(db.sql("SELECT ds, sum(gross_cents)::BIGINT FROM monthly GROUP BY ds").fetchall())
        db.register("funnel", Lake(str(nights.root)).arrow("governance_funnel_daily"))
        lost = dict(db.sql("SELECT ds, sum(lost_cents)::BIGINT FROM funnel GROUP BY ds").fetchall())
    assert lost == {ds: cents for ds, cents in by_day.items() if cents}
    assert by_day == {ds: standing(nights.root, ds) for ds in DAYS if ds in by_day} and len(by_day) >= 5


def digests(root, days=DAYS) -> list[str]:
    lake = Lake(str(root))
    return [row_checksum(lake, table, days) for table in TABLES]


def test_days_together_nights_one_by_one_and_nights_again_are_the_same(nights):
    rows = [verdict(f"v{number}", number % 6, 100 * number + 1, f"s{number}", first=-3) for number in range(10)]
    scores = [{"seller_id": f"s{number}", "ds": day(number % 5), "brushing_score": 0.2, "reasons": [],
               "model_versions": []} for number in range(10)]
    taken = [{"action_id": f"a{number}", "taken_at": at(day(number)), "entity": "seller", "entity_id": f"s{number}",
              "action": "hold_payouts", "executed": True, "ds": day(number + 1)} for number in range(6)]
    nights(*DAYS, verdicts=[*rows, verdict("c3", 6, None, "s3", False)], seller_scores=scores, actions_taken=taken)
    funnel = Lake(str(nights.root)).arrow("governance_funnel_daily", [DAYS[-1]]).to_table().to_pylist()
    assert [(row["incidents"], row["perceived"], row["intervened"]) for row in funnel] == [(9, 9, 5)]
    together = digests(nights.root)
    for number, ds in enumerate(DAYS):
        nights(ds, run=f"n{number}")
    assert digests(nights.root) == together
    nights(DAYS[3], run="again")
    assert digests(nights.root) == together


def test_no_entry_of_an_earlier_day_is_ever_edited(nights):
    nights(day(0), verdicts=[verdict("v1", 0, 500, "s1")])
    before = digests(nights.root, [day(0)])
    after = nights(day(1), run="r2", verdicts=[verdict("c1", 1, None, "s1", False)])
    assert digests(nights.root, [day(0)]) == before
    assert sorted((row["ds"], row["account"], row["amount_cents"]) for row in after if row["amount_cents"]) == [
        (day(0), "gross_loss", 500), (day(1), "reversed", -500)]


def test_a_day_that_is_ingested_again_is_booked_again_from_the_days_before_it(nights):
    nights(day(0), verdicts=[verdict("v1", 0, 500, "s1")])
    found = nights(day(0), run="r2", verdicts=[verdict("v1", 0, 700, "s1")])
    assert [(row["account"], row["amount_cents"]) for row in found if row["amount_cents"]] == [("gross_loss", 700)]


def test_booked_and_estimated_money_share_no_column(nights):
    rows = [verdict(f"v{number}", number % 6, 1_000 + number, f"s{number}", first=-40 + number % 30)
            for number in range(80)]
    found = nights(day(7), verdicts=rows)
    booked, estimated = ([row for row in found if row["account"] in accounts] for accounts in (BOOKED, ESTIMATED))
    assert len(booked) == 80 and estimated and len(found) == len(booked) + len(estimated)
    assert all(row["estimate"] is None and row["amount_cents"] for row in booked)
    assert all(row["amount_cents"] is None and row["source_id"] is None for row in estimated)
    assert all(row["lo"] <= row["estimate"] <= row["hi"] for row in estimated if row["estimate"] is not None)


def test_a_night_without_money_writes_empty_tables(nights):
    nights(day(0))
    assert [Lake(str(nights.root)).arrow(table).to_table().num_rows for table in TABLES] == [0, 0, 0, 0]


def case(number: int, arrived: int = 0, **more) -> dict:
    return {"case_id": f"k{number}", "opened_at": at(day(arrived)), "kind": "return", "seller_id": f"s{number}",
            "claim_cents": 1_000, "ds": day(arrived)} | more


def attributed(number: int, ds: int, mean: float | None = 400.0) -> dict:
    return {"ds": day(ds), "case_id": f"k{number}", "kind": "return", "seller_id": f"s{number}", "decided": False,
            "conformal_set": [], "evidence": [], "cost_by_option": [], "reasons": [], "expected_paid_mean": mean}


def expected(root, ds: int) -> tuple | None:
    """Estimate and ends of what open cases will be paid, as `loss_monthly` of a day has it."""
    rows = Lake(str(root)).arrow("loss_monthly", [day(ds)]).to_table().to_pylist()
    found = [tuple(row[f"expected_compensation{end}"] for end in ("_lo", "", "_hi")) for row in rows]
    assert len(found) <= 1 and all(row["net"] is None and row["gross_cents"] == 0 for row in rows)
    return found[0] if found else None


# Three cases; the first is closed on day 2, the others on day 3.
OPEN_CASES = {"cases": [case(1), case(2), case(3, 1)],
              "case_attribution_daily": [attributed(1, 0), attributed(2, 0), attributed(1, 1), attributed(2, 1, 300.0),
                                         attributed(3, 1), attributed(2, 2, 300.0), attributed(3, 2)],
              "case_outcomes": [{"case_id": f"k{number}", "closed_at": at(day(closed)), "paid_cents": 1_000,
                                 "responsible": "seller", "ds": day(closed)}
                                for number, closed in ((1, 2), (2, 3), (3, 3))]}


def test_open_cases_are_an_estimate_that_is_released_when_they_are_closed(nights):
    for number in range(4):
        found = nights(day(number), run=f"r{number}", **(OPEN_CASES if number == 0 else {}))
    assert [(row["ds"], row["estimate"], row["amount_cents"]) for row in sorted(found, key=lambda row: row["ds"])] == [
        (day(0), 400 + 400, None), (day(1), 400 + 300 + 400, None), (day(2), 300 + 400, None), (day(3), None, None)]
    assert {(row["account"], row["risk"], row["borne_by"], row["experiment"]) for row in found} == {
        ("expected_compensation", "return", "seller", None)}
    assert [row["method"] for row in found if row["estimate"] is None] == ["no estimate any more"]
    assert expected(nights.root, 0) == (0, 800, 2_000) and expected(nights.root, 3) == (None, None, None)


def test_attributions_of_later_days_change_no_night_and_days_together_are_the_same(nights):
    for number in range(4):  # each night knows what had arrived by it, and nothing later
        of_day = {name: [row for row in rows if row["ds"] == day(number)] for name, rows in OPEN_CASES.items()}
        nights(day(number), run=f"r{number}", **of_day)
    one_by_one = digests(nights.root, DAYS[:4])
    nights(*DAYS[:4], run="together")
    assert digests(nights.root, DAYS[:4]) == one_by_one
    nights(day(1), run="again")
    assert digests(nights.root, DAYS[:4]) == one_by_one


def test_an_attribution_without_the_columns_of_today_gives_no_estimate(nights):
    columns = ["ds", "case_id", "kind", "seller_id"]
    old = pa.Table.from_pylist([attributed(1, 0)], arrow_schema(CASE_ATTRIBUTION_DAILY)).select(columns)
    lake = Lake(str(nights.root))
    nights(cases=[case(1)])
    lake.commit(lake.write_table(old, CASE_ATTRIBUTION_DAILY.name, [day(0)]))
    assert nights(day(0)) == []
    assert len(nights(day(1), run="r2", case_attribution_daily=[attributed(1, 1)])) == 1
