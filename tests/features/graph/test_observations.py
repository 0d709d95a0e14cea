"""What accounts were seen with, and who is around an entity: cut by days, as everything else is."""

import datetime as dt

from features.aggregation import history, value_days, windows
from features.aggregation.peers import with_peers
from features.frames.hashing import hash64
from features.graph import observations
from features.inputs.as_of_join import as_of_join
from features.inputs.contract import AsOfJoin
from features.inputs.tables import CASES, ORDERS, SELLERS, SHIPMENTS, USERS
from features.language.feature import Audience, Feature, Peer, Ratio, SharedIdentifier
from features.language.feature_set import from_subjects
from tests.support.builders import ago, day

TODAY, YESTERDAY = day("2026-11-20"), day("2026-11-19")

USER = from_subjects("user", USERS, [[
    Feature("device_distinct", ORDERS, "distinct(device_id)", meaning=""),
    Feature("card_distinct", ORDERS, "distinct(payment_id)", meaning=""),
    SharedIdentifier("device", of=("device_distinct",), profile_columns=("device_id",), meaning=""),
    SharedIdentifier("phone", profile_columns=("phone_id",), meaning=""),
]], slice_columns=("region",))

SELLER = from_subjects("seller", SELLERS, [[
    Feature("buyer_distinct", ORDERS, "distinct(user_id)", meaning=""),
    Audience("buyer", of="buyer_distinct", meaning="", window=7),
]], slice_columns=("region",))

VALUES = "{}_id string, ds date, feature_id int, value string"


def sighted(spark, values, accounts=(), as_ofs=(TODAY,)):
    """{(as_of, account, identifier_type, value)} of USER."""
    registered = [tuple({"user_id": user, "ds": ds, **known}.get(c) for c in (*USERS.names, "ds"))
                  for user, ds, known in accounts]
    past = history.History(None, numbered(spark, values, USER), spark.createDataFrame(registered, USERS.ddl), {})
    found = observations.identifier_observations(past, USER, as_ofs,
                                                 value_days.value_arrival_days(past, USER, as_ofs)).collect()
    assert len({tuple(row) for row in found}) == len(found)
    text = texts(spark, {value for *_, value in values})
    return {(*seen, text[value]) for *seen, value in found}


def numbered(spark, values, features):
    """(entity, day, the name of a field, value) as a frame of values in the lake."""
    rows = spark.createDataFrame([(who, ds, features.distinct_feature_ids[field], value) for who, ds, field,
                                  value in values],
                                 VALUES.format(features.entity))
    return rows.withColumn("value_hash", hash64(rows.value)).drop("value")


def texts(spark, values):
    """{number: text} of some texts."""
    rows = spark.createDataFrame([(value,) for value in sorted(values)], "value string")
    return {row.value_hash: row.value for row in rows.withColumn("value_hash", hash64(rows.value)).collect()}


def test_only_values_of_several_accounts_are_looked_at(spark):
    values = [("u1", TODAY, "device_distinct", "d1"), ("u2", TODAY, "device_distinct", "d1"),
              ("u3", TODAY, "device_distinct", "d3"), ("u1", TODAY, "card_distinct", "c"),
              ("u2", TODAY, "card_distinct", "c")]
    assert sighted(spark, values) == {(TODAY, "u1", "device", "d1"), (TODAY, "u2", "device", "d1")}


def test_an_event_ties_for_ninety_days_and_a_registration_for_ever(spark):
    values = [("u1", TODAY, "device_distinct", "d"), ("u2", ago(89), "device_distinct", "d"),
              ("u3", ago(90), "device_distinct", "d")]
    accounts = [("u4", ago(900), {"device_id": "d"}), ("u5", ago(-1), {"device_id": "d"}), ("u6", TODAY, {})]
    assert {account for _, account, _, _ in sighted(spark, values, accounts)} == {"u1", "u2", "u4"}


def test_what_arrives_later_ties_nobody_before(spark):
    values = [("u1", YESTERDAY, "device_distinct", "d"), ("u2", TODAY, "device_distinct", "d")]
    found = sighted(spark, values, as_ofs=[YESTERDAY, TODAY])
    assert found == {(YESTERDAY, "u1", "device", "d"), (TODAY, "u1", "device", "d"), (TODAY, "u2", "device", "d")}


def test_the_same_text_under_two_ties_is_two_identifiers(spark):
    values = [("u1", TODAY, "device_distinct", "x")]
    accounts = [("u2", TODAY, {"phone_id": "x"}), ("u3", TODAY, {"phone_id": "x"})]
    assert {(a, kind) for _, a, kind, _ in sighted(spark, values, accounts)} == {("u2", "phone"), ("u3", "phone")}


def test_members_are_those_of_the_window_of_their_audience(spark):
    values = [("s1", ago(n), "buyer_distinct", f"u{n}") for n in (0, 6, 7)] + [("s1", ago(-1), "buyer_distinct", "u9")]
    past = windows.History(None, numbered(spark, values, SELLER), None, {})
    seen = windows.value_arrival_days(past, SELLER, [YESTERDAY, TODAY])
    around = observations.audience_members(seen, SELLER, [YESTERDAY, TODAY])
    assert list(around.as_ofs) == [YESTERDAY, TODAY]
    text = texts(spark, {user for *_, user in values})
    assert {(owner, audience, text[member], *bits) for owner, audience, member, *bits in around.rows.collect()} == {
        ("s1", 0, "u0", 0b10), ("s1", 0, "u6", 0b11), ("s1", 0, "u7", 0b01)}


# Joined sources


DELIVERED = AsOfJoin("claims_on_parcels", CASES, SHIPMENTS, on="order_id", take=("delivered_at",), days=30)


def claims(spark, cases, shipments):
    """{case: the day of delivery it could know}."""
    def frame(table, rows):
        return spark.createDataFrame([tuple(row.get(c) for c in (*table.names, "ds")) for row in rows], table.ddl)

    found = as_of_join(frame(CASES, cases), frame(SHIPMENTS, shipments), DELIVERED)
    assert found.columns == [*CASES.names, "ds", "delivered_at"]
    return {row.case_id: row.delivered_at and row.delivered_at.day for row in found.collect()}


def case(name, arrived, order="o1"):
    return {"case_id": name, "order_id": order, "ds": arrived}


def parcel(arrived, delivered, name="p", order="o1"):
    noon = dt.datetime(2026, 10, 1, 12)
    return {"shipment_id": name, "shipped_at": noon, "order_id": order, "ds": arrived,
            "delivered_at": noon.replace(day=delivered)}


def test_a_row_knows_arrivals_up_to_its_day_and_none_later(spark):
    parcels = [parcel(ago(5), 5), parcel(ago(3), 3)]
    cases = [case("before", ago(6)), case("same day", ago(5)), case("last", ago(4)), case("both", ago(1)),
             case("other order", TODAY, "o2"), case("no order", TODAY, None)]
    assert claims(spark, cases, parcels) == {"before": None, "same day": 5, "last": 5, "both": 3,
                                             "other order": None, "no order": None}
    assert claims(spark, [case("a", TODAY)], [parcel(ago(30), 7)]) == {"a": 7}
    assert claims(spark, [case("a", TODAY)], [parcel(ago(31), 7)]) == {"a": None}


def test_of_several_rows_the_last_to_arrive_then_the_larger_key_counts(spark):
    parcels = [parcel(ago(2), 9, "p1"), parcel(ago(1), 4, "p1"), parcel(ago(1), 3, "p2")]
    assert claims(spark, [case("a", TODAY)], parcels) == claims(spark, [case("a", TODAY)], parcels[::-1]) == {
        "a": 3}


# Peers


PEERS = from_subjects("seller", SELLERS, [[
    Feature("order_count", ORDERS, "count()", meaning=""), Feature("case_count", CASES, "count()", meaning=""),
    Ratio("case_rate", of="case_count", to="order_count", meaning=""),
    Peer("orders_to_peers", of="order_count", by=("category",), meaning=""),
    Peer("case_rate_to_peers", of="case_rate", by=("category",), meaning=""),
]], slice_columns=("category",))


def test_peers_are_those_of_the_same_day_and_category(spark):
    rows = [(TODAY, "s1", "toys", 10, 5, 0.5), (TODAY, "s2", "toys", 30, 5, 5 / 30), (TODAY, "s3", "books", 7, 0, 0.0),
            (YESTERDAY, "s1", "toys", 3, None, None)]
    df = spark.createDataFrame(rows, "as_of date, seller_id string, category string, order_count_30d bigint, "
                               "case_count_30d bigint, case_rate_30d double")
    found = {(r.as_of, r.seller_id): (r.orders_to_peers_30d, r.case_rate_to_peers_30d)
             for r in with_peers(df, PEERS, "as_of").collect()}
    assert found == {(TODAY, "s1"): (10 / 20, 0.5 / (10 / 40)), (TODAY, "s2"): (30 / 20, (5 / 30) / (10 / 40)),
                     (TODAY, "s3"): (1.0, None), (YESTERDAY, "s1"): (1.0, None)}
