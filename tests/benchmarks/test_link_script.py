"""The DuckDB script finds the same shared identifiers, groups, neighbours and audiences as plain loops."""

import duckdb
import pyarrow as pa
import pytest

from benchmarks.duckdb import link_script
from features.inputs.tables import USERS
from features.language.feature import SharedIdentifier
from features.language.feature_set import FeatureSet
from tests.support.linked_world import AUDIENCES, SHARED_IDENTIFIERS, TODAY, WHOLE, looped, of_day, world

USER_IDENTIFIERS = FeatureSet("user", USERS,
                              (SharedIdentifier("device", "", profile_columns=("device_id",)),
                               SharedIdentifier("ip", "", profile_columns=("ip",))), slice_columns=())


@pytest.fixture
def db():
    """One day of the generated world as the tables that the script has by then."""
    rows = of_day(world(), TODAY)
    with duckdb.connect() as connection:
        _own(connection, rows["frame"])
        _put(connection, "seller_confirmed", ["as_of", "account", "risk"], rows["confirmed"])
        _put(connection, "user_confirmed", ["as_of", "account"], rows["bad"])
        _put(connection, "user_own", ["as_of", "user_id"], rows["young"], ", 3 AS account_age_days")
        for audience in AUDIENCES:
            _put(connection, audience.name, ["as_of", "seller_id", "audience", "value"],
                 {row for row in rows["members"] if row[2] == audience.name}, ", as_of AS last")
        _seen(connection, rows)
        yield connection, rows


def _own(db, frame) -> None:
    _put(db, "frame", ["ds", "seller_id", "order_count_30d", "order_amount_mean_30d"], frame)
    others = [c for c in WHOLE.base_columns if c not in ("order_count_30d", "order_amount_mean_30d")]
    db.sql(f"CREATE TABLE seller_own AS SELECT *, {', '.join(f'NULL AS {c}' for c in others)} FROM frame")


def _seen(db, rows) -> None:
    """Identifiers from what was registered, but for the sellers' devices, which are values of a distinct count."""
    _put(db, "seen", ["as_of", "seller_id", "identifier_type", "value"], rows["observations"])
    _put(db, "user_seen", ["as_of", "user_id", "identifier_type", "value"], rows["user_observations"])
    db.sql("CREATE VIEW devices AS SELECT * FROM seen WHERE identifier_type = 'device'")
    db.sql("CREATE VIEW sellers AS SELECT seller_id, value AS payout_id FROM seen WHERE identifier_type = 'payout'")
    db.sql("CREATE VIEW users AS SELECT user_id, CASE identifier_type WHEN 'device' THEN value END AS device_id, "
           "CASE identifier_type WHEN 'ip' THEN value END AS ip FROM user_seen")
    of_sellers = link_script.shared_identifiers(WHOLE, "sellers", {"device_distinct": "devices"})
    db.sql(f"CREATE TABLE seller_identifiers AS {of_sellers}")
    db.sql(f"CREATE TABLE user_identifiers AS {link_script.shared_identifiers(USER_IDENTIFIERS, 'users', {})}")


def _put(db, name: str, columns: list[str], rows, more: str = "") -> None:
    db.register(f"{name}_rows", pa.Table.from_pylist([dict(zip(columns, row)) for row in rows]))
    db.sql(f"CREATE TABLE {name} AS SELECT *{more} FROM {name}_rows")


def test_link_columns_are_what_plain_loops_find(db):
    connection, rows = db
    connection.sql(f"CREATE TABLE sharers AS {link_script.sharers(WHOLE)}")
    connection.sql(f"CREATE TABLE means AS {link_script.neighbour_means(WHOLE)}")
    sizes = link_script.group_sizes(connection, "seller").rename_columns(["account", "group_size"])
    connection.register("sizes", sizes)
    for audience in AUDIENCES:
        select = link_script.audience_columns(WHOLE, audience, audience.name, TODAY)
        connection.sql(f"CREATE TABLE audience_{audience.name} AS {select}")
    parts = ["sharers", "means", "sizes", *(f"audience_{audience.name}" for audience in AUDIENCES)]
    found = connection.sql(link_script.all_columns(WHOLE, parts)).to_arrow_table().to_pylist()
    expected = looped(rows)
    assert len(found) == len(expected)
    for row in found:
        looked_for = expected[row["ds"], row["seller_id"]]
        assert {name: row[name] for name in looked_for} == looked_for


def test_a_public_place_links_nobody(monkeypatch):
    monkeypatch.setattr(link_script, "MAX_SHARERS", 2)
    with duckdb.connect() as db:
        _put(db, "sellers", ["seller_id", "payout_id"],
             [("s1", "a"), ("s2", "a"), ("s1", "b"), ("s2", "b"), ("s3", "b"), ("s4", "c")])
        payout = FeatureSet("seller", WHOLE.profile, (SHARED_IDENTIFIERS[1],), slice_columns=())
        found = db.sql(link_script.shared_identifiers(payout, "sellers", {})).to_arrow_table()
        assert sorted(found["account"].to_pylist()) == ["s1", "s2"] and found["accounts"].to_pylist() == [2, 2]


def test_the_latest_verdict_stands():
    decided = [("v1", "seller", "s1", "brushing", True, 1), ("v2", "seller", "s1", "brushing", False, 2),
               ("v3", "seller", "s2", "brushing", False, 1), ("v4", "seller", "s2", "brushing", True, 2),
               ("v5", "user", "u1", "refund_abuse", True, 1)]
    with duckdb.connect() as db:
        _put(db, "verdicts", ["verdict_id", "entity", "entity_id", "risk", "confirmed", "decided_at"], decided,
             ", decided_at AS ds")
        assert db.sql(link_script.confirmed("verdicts", "seller")).fetchall() == [("s2", "brushing")]
