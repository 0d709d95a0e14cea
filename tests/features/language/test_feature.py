"""Definitions: what their hash sees, which are refused, how they are named, how they read."""

import re
from dataclasses import replace

import pytest

from features.entities import FEATURE_SETS
from features.inputs import joined_sources
from features.inputs.conditions import IS_BOUNCE, at_handbook_night, at_night
from features.inputs.contract import AsOfJoin
from features.inputs.tables import CASES, ORDERS, REVIEWS, SELLERS, TABLES
from features.language.feature import (
    LIFETIME,
    UNITS,
    Attribute,
    Audience,
    Change,
    Component,
    Feature,
    Neighbours,
    Peer,
    Ratio,
    RelativeToHistory,
    SharedIdentifier,
    Text,
)
from features.language.feature_set import FeatureSet, from_subjects
from features.language.fingerprint import canonical_sql
from features.risks import of_entity

CLAIMS = Feature("claim_amount", CASES, "sum(claim_cents)", meaning="money claimed", where="kind = 'refund'",
                 windows=(7, 30))
SALES = Feature("order_amount", ORDERS, "sum(amount_cents)", meaning="sales", windows=(7, 30))
RATE = Ratio("claim_rate", of="claim_amount", to="order_amount", meaning="claimed per sale", windows=(7, 30))
GROWTH = Change("sales_growth", of="order_amount", meaning="this week against the month", short=7, long=30)
AGE = Attribute("account_age_days", SELLERS, "datediff(as_of, registered_at)", meaning="days since registered")

BUYERS = Feature("buyer_distinct", ORDERS, "distinct(user_id)", meaning="different buyers", windows=(30,))
PEER = Peer("sales_vs_peers", of="order_amount", by=("region",), meaning="sales against shops of the same region")
SHARED = SharedIdentifier("device", of=("buyer_distinct",), profile_columns=("device_id",),
                       meaning="most other shops on a device")
GROUP = Component("group_size", meaning="shops that hang together")
NEAR = Neighbours("neighbour_claim_rate", of="claim_rate_30d", meaning="claimed per sale by linked shops")
AUDIENCE = Audience("buyer", of="buyer_distinct", meaning="buyers")
LINKED = (BUYERS, PEER, SHARED, GROUP, NEAR, AUDIENCE)

ALL = [(entity, d) for entity, features in FEATURE_SETS.items() for d in features.definitions]


def sellers(*definitions, slice_columns=("region",), texts=()) -> FeatureSet:
    return from_subjects("seller", SELLERS, [definitions], slice_columns=slice_columns, texts=texts)


FEW = sellers(CLAIMS, SALES, RATE, GROWTH, AGE)
MANY = sellers(*FEW.definitions, *LINKED)


def with_claims(**change) -> str:
    """The hash of FEW after a change of its first definition."""
    return sellers(replace(CLAIMS, **change), SALES, RATE, GROWTH, AGE).hash


# The hash


@pytest.mark.parametrize("change", [
    {"meaning": "what buyers want back"},
    {"where": "kind='refund'"},
    {"where": "  KIND  =\n 'refund' "},
    {"agg": "sum( Claim_Cents )"},
    {"agg": " sum(claim_cents) "},
    {"windows": (30, 7)},
], ids=str)
def test_the_hash_is_the_same_when_only_the_wording_changes(change):
    assert with_claims(**change) == FEW.hash


@pytest.mark.parametrize("change", [
    {"windows": (7, 30, 90)},
    {"where": None},
    {"where": "kind = 'return'"},
    {"where": "kind <> 'refund'"},
    {"where": "kind = 'Refund'"},
    {"where": "kind = ' refund'"},
    {"source": ORDERS},
    {"agg": "max(claim_cents)"},
    {"agg": "sum(claim_cents + 1)"},
], ids=str)
def test_the_hash_changes_with_what_decides_the_numbers(change):
    assert with_claims(**change) != FEW.hash


def test_the_hash_tells_texts_in_double_quotes_apart():
    # Spark reads "refund" as a text too, not as a column, and compares it letter by letter.
    assert with_claims(where='kind = "refund"') != with_claims(where='kind = "Refund"')


def test_the_hash_does_not_depend_on_the_order_of_definitions():
    assert sellers(AGE, GROWTH, RATE, SALES, CLAIMS).hash == FEW.hash
    assert sellers(*reversed(MANY.definitions)).hash == MANY.hash


def test_the_hash_does_not_see_how_links_are_explained():
    reworded = [replace(d, meaning="something else") for d in MANY.definitions]
    assert sellers(*reworded).hash == MANY.hash


@pytest.mark.parametrize(("old", "new"), [
    (PEER, replace(PEER, by=("region", "category"))),
    (PEER, replace(PEER, window=7)),
    (PEER, replace(PEER, of="claim_amount")),
    (SHARED, replace(SHARED, of=())),
    (SHARED, replace(SHARED, profile_columns=("payout_id",))),
    (GROUP, replace(GROUP, name="shop_count")),
    (NEAR, replace(NEAR, of="claim_rate_7d")),
    (NEAR, replace(NEAR, of="confirmed")),
    (AUDIENCE, replace(AUDIENCE, window=7)),
], ids=lambda d: d.name)
def test_the_hash_changes_with_peers_and_links(old, new):
    changed = [new if d is old else d for d in MANY.definitions]
    assert sellers(*changed).hash != MANY.hash


def with_join(**change) -> str:
    """The hash of a set whose only source is a join, after a change of the join."""
    source = AsOfJoin("case_orders", CASES, ORDERS, on="order_id", take=("creator_id",), days=45)
    return sellers(Feature("case_count", replace(source, **change), "count()", meaning="cases", windows=(7,))).hash


def test_the_hash_changes_with_what_decides_the_rows_of_a_join():
    changed = [with_join(), with_join(days=30), with_join(take=("creator_id", "ordered_at")),
               with_join(right=TABLES["shipments"]), with_join(on="case_id")]
    assert len(set(changed)) == len(changed)
    assert with_join(name="cases_with_creators") == with_join()


def test_the_hash_changes_with_the_texts_that_are_kept():
    text = Text("reviews", REVIEWS, meaning="what buyers say")
    hashes = [sellers(SALES, texts=texts).hash for texts in (
        (), (text,), (replace(text, window=90),), (replace(text, source=CASES),))]
    assert len(set(hashes)) == 4
    assert sellers(SALES, texts=(replace(text, meaning="words"),)).hash == hashes[1]


@pytest.mark.parametrize(("old", "new"), [
    (RATE, replace(RATE, windows=(7,))),
    (RATE, replace(RATE, of="order_amount", to="claim_amount")),
    (GROWTH, replace(GROWTH, of="claim_amount")),
    (GROWTH, replace(GROWTH, short=30, long=7)),
    (AGE, replace(AGE, value="datediff(as_of, registered_at) + 1")),
    (AGE, replace(AGE, name="age_days")),
], ids=lambda d: d.name)
def test_the_hash_changes_with_ratios_changes_and_accounts(old, new):
    changed = [new if d is old else d for d in FEW.definitions]
    assert sellers(*changed).hash != FEW.hash


def test_the_hash_changes_when_a_definition_or_a_slice_is_added():
    more = Feature("case_count", CASES, "count()", meaning="cases")
    other_slices = sellers(*FEW.definitions, slice_columns=("category",))
    assert len({FEW.hash, sellers(*FEW.definitions, more).hash, other_slices.hash}) == 3


def test_two_entities_never_share_a_hash():
    assert len({features.hash for features in FEATURE_SETS.values()}) == len(FEATURE_SETS)


@pytest.mark.parametrize(("one", "other"), [
    ("a<=b", "A <= b"),
    ("f( x ,y )", "F(x, y)"),
    ("'It''s' = A", "'It''s'=a"),
])
def test_spacing_and_case_do_not_matter_in_sql(one, other):
    assert canonical_sql(one) == canonical_sql(other)


@pytest.mark.parametrize(("one", "other"), [("a b", "ab"), ("'a b'", "'ab'"), ("a < = b", "a <= b"), ("1.5", "15")])
def test_tokens_are_not_run_together(one, other):
    assert canonical_sql(one) != canonical_sql(other)


# What is refused


@pytest.mark.parametrize("second", [
    SALES,
    Ratio("order_amount", of="claim_amount", to="claim_amount", meaning="", windows=(7,)),
    Attribute("order_amount_7d", SELLERS, "0", meaning=""),
], ids=["feature", "ratio", "account"])
def test_a_column_defined_twice_is_refused(second):
    with pytest.raises(ValueError, match="seller: defined twice: .*order_amount_7d"):
        sellers(CLAIMS, SALES, second)


def test_a_name_defined_twice_over_other_windows_is_refused():
    # A tile has one column per name: Spark finds the two ambiguous, long after the mistake was made.
    with pytest.raises(ValueError, match="defined twice"):
        sellers(SALES, replace(SALES, agg="sum(discount_cents)", windows=(90,)))


@pytest.mark.parametrize("d", [
    Ratio("case_rate", of="claim_amount", to="case_count", meaning="", windows=(7,)),
    Change("case_change", of="case_count", meaning=""),
], ids=lambda d: d.name)
def test_a_part_that_is_not_defined_is_refused(d):
    with pytest.raises(ValueError, match=f"{d.name} uses case_count, which is not defined"):
        sellers(CLAIMS, d)


@pytest.mark.parametrize("d", [
    replace(RATE, windows=(7, 90)),
    replace(GROWTH, long=90),
], ids=lambda d: d.name)
def test_a_part_over_a_window_it_does_not_have_is_refused(d):
    with pytest.raises(ValueError, match=f"{d.name} uses \\w+ over windows it does not have"):
        sellers(CLAIMS, SALES, AGE, d)


@pytest.mark.parametrize("d", [
    Ratio("claims_per_age", of="claim_amount", to="account_age_days", meaning="", windows=(7,)),
    Ratio("rate_of_rate", of="claim_rate", to="claim_amount", meaning="", windows=(7,)),
], ids=lambda d: d.name)
def test_a_ratio_is_made_of_features_alone(d):
    with pytest.raises(ValueError, match=f"{d.name} uses \\w+, which is not defined as a Feature"):
        sellers(CLAIMS, SALES, AGE, RATE, d)


@pytest.mark.parametrize(("d", "message"), [
    (replace(SHARED, of=("seller_distinct",)), "uses seller_distinct, which is not defined as a distinct count"),
    (replace(SHARED, of=("order_amount",)), "uses order_amount, which is not defined as a distinct count"),
    (replace(SHARED, profile_columns=("phone_id",)), "uses phone_id, which sellers does not have"),
    (replace(AUDIENCE, of="clicker_distinct"), "uses clicker_distinct, which is not defined as a distinct count"),
    (replace(AUDIENCE, of="claim_rate"), "uses claim_rate, which is not defined as a distinct count"),
    (replace(NEAR, of="claim_rate"), "is of claim_rate, which is neither a column of the entity itself"),
    (replace(NEAR, of="claim_rate_90d"), "is of claim_rate_90d, which is neither a column of the entity itself"),
    (replace(NEAR, of="device_sharers"), "is of device_sharers, which is neither a column of the entity itself"),
    (replace(NEAR, of="group_size"), "is of group_size, which is neither a column of the entity itself"),
    (replace(NEAR, of="linked_buyer_share"), "is of linked_buyer_share, which is neither a column"),
    (replace(PEER, window=90), "uses order_amount over windows it does not have"),
    (replace(PEER, of="account_age_days"), "uses account_age_days, which is not defined as a Feature or Ratio"),
], ids=lambda part: part if isinstance(part, str) else "")
def test_a_link_or_a_peer_that_names_what_is_not_there_is_refused(d, message):
    kept = [other for other in MANY.definitions if other.name != d.name]
    with pytest.raises(ValueError, match=f"seller: {d.name} {message}"):
        sellers(*kept, d)


@pytest.mark.parametrize(("d", "message"), [
    (Feature("buyer_distinct", ORDERS, "distinct(user_id)", meaning="", windows=(7, LIFETIME)),
     "buyer_distinct counts distinct values over a lifetime"),
    (Change("order_shift", of="orders", meaning="", short=7, long=LIFETIME),
     "order_shift compares orders with a lifetime, which has no daily mean")])
def test_what_cannot_be_known_of_a_lifetime_is_refused(d, message):
    counted = Feature("orders", ORDERS, "count()", meaning="", windows=(7, LIFETIME))
    with pytest.raises(ValueError, match=message):
        from_subjects("seller", SELLERS, [[counted, d]], slice_columns=())


def test_a_column_that_a_link_and_a_feature_share_is_refused():
    with pytest.raises(ValueError, match="defined twice: device_sharers"):
        sellers(*MANY.definitions, Attribute("device_sharers", SELLERS, "0", meaning=""))


@pytest.mark.parametrize("agg", ["sum()", "count(order_id)", "first(ordered_at)"])
def test_an_aggregation_with_too_little_or_too_much_to_aggregate_is_refused(agg):
    with pytest.raises(ValueError, match="take an expression"):
        sellers(replace(CLAIMS, agg=agg))


@pytest.mark.parametrize("agg", ["median(claim_cents)", "sum", "sum claim_cents", "", "count() + 1"])
def test_an_unknown_aggregation_is_refused_with_the_known_ones(agg):
    with pytest.raises(ValueError, match=r"feature claim_amount: .* is none of count\(...\), sum\(...\)"):
        _ = with_claims(agg=agg)


def test_an_aggregation_is_read_into_its_name_and_its_expression():
    read = [(d.aggregation, d.expression) for d in (CLAIMS, replace(CLAIMS, agg=" max( abs(claim_cents) ) "),
                                                    replace(CLAIMS, agg="count()"))]
    assert read == [("sum", "claim_cents"), ("max", "abs(claim_cents)"), ("count", "")]


# How a set reads


def test_columns_stand_in_declared_order():
    assert FEW.columns == ("claim_amount_7d", "claim_amount_30d", "order_amount_7d", "order_amount_30d",
                           "claim_rate_7d", "claim_rate_30d", "sales_growth_7d_to_30d", "account_age_days")


def test_columns_of_links_stand_apart_from_an_entity_s_own():
    of_links = ("device_sharers", "group_size", "neighbour_claim_rate", "neighbour_claim_rate_2hops",
                "linked_buyer_count", "linked_buyer_share", "confirmed_buyer_share", "young_buyer_share")
    assert MANY.columns[-len(of_links):] == of_links
    assert MANY.base_columns == (*FEW.columns, "buyer_distinct_30d", "sales_vs_peers_30d")


def test_sources_are_the_tables_of_features_each_once():
    more = Feature("case_count", CASES, "count()", meaning="cases")
    assert sellers(CLAIMS, SALES, more, AGE).sources == (CASES, ORDERS)


def test_a_column_leads_back_to_its_definition():
    columns = ("order_amount_7d", "claim_rate_30d", "account_age_days")
    assert [FEW.definition_of(column) for column in columns] == [SALES, RATE, AGE]


@pytest.mark.parametrize(("column", "words"), [
    ("claim_amount_7d", "money claimed, last 7 days"),
    ("claim_rate_30d", "claimed per sale, last 30 days"),
    ("sales_growth_7d_to_30d", "this week against the month"),
    ("account_age_days", "days since registered"),
    ("sales_vs_peers_30d", "sales against shops of the same region, last 30 days"),
    ("device_sharers", "most other shops on a device"),
    ("group_size", "shops that hang together"),
    ("neighbour_claim_rate", "claimed per sale by linked shops, mean of neighbours"),
    ("neighbour_claim_rate_2hops", "claimed per sale by linked shops, two ties away"),
    ("linked_buyer_count", "buyers sharing an identifier with another, last 30 days"),
    ("linked_buyer_share", "share of buyers sharing an identifier with another, last 30 days"),
    ("confirmed_buyer_share", "share of buyers confirmed for a risk, last 30 days"),
    ("young_buyer_share", "share of buyers with an account under 30 days, last 30 days"),
])
def test_a_column_is_described_by_its_meaning_and_its_window(column, words):
    assert MANY.describe(column) == words


def test_a_window_of_one_day_is_the_last_day():
    assert sellers(replace(SALES, windows=(1,))).describe("order_amount_1d") == "sales, last day"


# The rules that every definition in use keeps


@pytest.mark.parametrize("entity", FEATURE_SETS)
def test_an_entity_has_at_least_25_features(entity):
    assert len(FEATURE_SETS[entity].definitions) >= 25


@pytest.mark.parametrize("entity", FEATURE_SETS)
def test_every_column_can_be_described(entity):
    features = FEATURE_SETS[entity]
    words = [features.describe(column) for column in features.columns]
    assert len(set(words)) == len(words)  # two columns that read alike cannot be told apart by a reader


def test_every_definition_has_a_meaning_that_continues_a_sentence():
    # Written after the feature's name in reports: no capital at its start, no full stop at its end.
    assert {(entity, d.name) for entity, d in ALL if not re.fullmatch(r"[a-z].*[^.\s]", d.meaning)} == set()


def test_a_windowed_column_names_its_window():
    bare = r"(?<!\dd)"
    span = r"_(\d+d|lifetime)(_delayed_\d+d)?"
    ends = {Feature: span, Ratio: span, RelativeToHistory: span, Peer: r"_vs_peers_\d+d", Change: rf"_\d+d_to{span}",
            Attribute: bare, SharedIdentifier: "_sharers", Component: "_group_size", Neighbours: r"(_2hops)?",
            Audience: "_(count|share)"}
    columns = [(column, type(d)) for _, d in ALL for column in d.columns]
    assert [c for c, kind in columns if not re.fullmatch(rf"[a-z]+(_[a-z]+)*{ends[kind]}", c)] == []


MEASURE_ENDS = {"count": "_count", "distinct": "_distinct", "min": "_min", "max": "_max",
                "first": "_age_days", "last": "_age_days",
                # A sum says what is added up.
                "sum": ("_amount", "quantity", "_hours", "_ms", "_grams", "_stars", "_orders")}


def test_a_feature_is_named_by_its_measure():
    # At a moment, what is past is counted in seconds.
    named = {(e, d.name): "_seconds" if (d.at, d.aggregation) == ("event", "last") else MEASURE_ENDS[d.aggregation]
             for e, d in ALL if isinstance(d, Feature)}
    assert [key for key, end in named.items() if not key[1].endswith(end)] == []


def test_a_feature_of_money_is_called_an_amount_and_counted_in_cents():
    assert [d.name for _, d in ALL if isinstance(d, Feature)
            and len({"_cents" in d.expression, "_amount" in d.name, d.unit == "cents"}) > 1] == []


def test_the_unit_of_a_value_follows_from_its_name():
    ends = {"_age_days": "days", "_seconds": "seconds"}
    named = [(d.name, d.unit, next((unit for end, unit in ends.items() if d.name.endswith(end)),
                                   "flag" if d.name.startswith(("is_", "has_")) else d.unit))
             for _, d in ALL if isinstance(d, Feature | Attribute)]
    assert [(name, unit) for name, unit, expected in named if unit != expected] == []
    assert {unit for _, unit, _ in named} == set(UNITS)


def test_no_unit_is_told_in_prose():
    assert [d.name for _, d in ALL if re.search(r"minor units|\(1\) or not", d.meaning)] == []


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError,
                       match="order_amount has the unit 'euros', expected one of cents, flag, days, seconds"):
        sellers(replace(SALES, unit="euros"))


def test_night_is_from_midnight_until_six_but_for_orders_where_it_is_the_handbooks():
    conditions = {(e, d.name): (d.where, at_night(d.source.event_time)) for e, d in ALL
                  if isinstance(d, Feature) and "night" in d.name}
    assert len(conditions) > 5
    assert [key for key, (where, ours) in conditions.items() if ours not in where.split(" AND ")] == []
    assert {e: d.value for e, d in ALL if isinstance(d, Attribute) and "night" in d.name} == {
        "order": at_handbook_night("ordered_at")}


def test_a_bounce_is_the_same_click_whoever_clicks_or_is_clicked():
    bounces = {(e, d.where) for e, d in ALL if isinstance(d, Feature) and d.name.startswith("bounce")}
    assert bounces == {(e, IS_BOUNCE) for e in ("seller", "user", "creator")}


def test_a_ratio_is_a_rate_a_mean_or_so_many_per_something():
    ratios = [d.name for _, d in ALL if isinstance(d, Ratio)]
    assert [name for name in ratios if not (name.endswith(("_rate", "_mean")) or "_per_" in name)] == []


def test_a_peer_is_named_after_its_part():
    assert [d.name for _, d in ALL if isinstance(d, Peer) and d.name != f"{d.of}_vs_peers"] == []


def test_peers_share_what_results_are_broken_down_by():
    # Slices are the columns of the account that stand beside the features.
    assert [d.name for e, d in ALL if isinstance(d, Peer) and not set(d.by) <= set(FEATURE_SETS[e].slice_columns)] == []


def test_neighbours_are_called_neighbours_and_name_a_risk_of_their_entity():
    for entity, d in ALL:
        if isinstance(d, Neighbours):
            assert d.name.startswith("neighbour_")
            risk = d.of.removeprefix("confirmed_")
            assert risk == d.of or risk in {r.name for r in of_entity(entity)}, d.name


def test_an_audience_is_of_users_over_a_window_that_its_count_has():
    for entity, d in ALL:
        if isinstance(d, Audience):
            of = next(f for f in FEATURE_SETS[entity].of_type(Feature) if f.name == d.of)
            assert of.expression == "user_id" and d.window in of.windows, d.name


JOINS = [value for value in vars(joined_sources).values() if isinstance(value, AsOfJoin)]


@pytest.mark.parametrize("join", JOINS, ids=lambda join: join.name)
def test_a_join_takes_only_new_columns_from_a_table_that_has_them(join):
    assert join.on in join.left.names and join.on in join.right.names
    assert set(join.take) <= set(join.right.names) and not set(join.take) & set(join.left.names)
    assert join.name not in TABLES


def test_every_join_is_used():
    used = {source.name for features in FEATURE_SETS.values() for source in features.sources}
    assert {join.name for join in JOINS} == used - set(TABLES)


def test_distinct_counts_are_few():
    # Every value is kept for up to 90 days: they are the largest work of the night.
    counts = {entity: sum(d.aggregation == "distinct" for d in features.of_type(Feature))
              for entity, features in FEATURE_SETS.items()}
    assert counts["seller"] <= 14 and counts["user"] <= 12 and counts["creator"] <= 5


def test_a_change_is_named_after_its_part():
    # order_count_change of order_count, device_change of device_distinct.
    for _, d in ALL:
        if isinstance(d, Change):
            stem, _, end = d.name.rpartition("_")
            assert end in ("change", "growth") and d.of.startswith(stem), d.name


def test_a_flag_starts_with_is_or_has_and_nothing_else_does():
    for _, d in ALL:
        is_flag = isinstance(d, Attribute) and bool(
            re.search(r"IS NOT NULL AS bigint\)$| IS NULL$| IN \(.*\)$| <= \d+$", d.value))
        assert d.name.startswith(("is_", "has_")) == is_flag, d.name


def test_an_account_feature_reads_the_account_table_of_its_entity():
    assert [d.name for e, d in ALL if isinstance(d, Attribute) and d.source != FEATURE_SETS[e].profile] == []


def test_slices_are_columns_of_the_account():
    for features in FEATURE_SETS.values():
        assert set(features.slice_columns) <= set(features.profile.names)


def test_money_columns_are_whole_minor_units():
    columns = [c for table in TABLES.values() for c in table.columns]
    assert [c.name for c in columns if c.name.endswith("_cents") != ("minor units" in c.meaning)] == []
    assert {c.type for c in columns if c.name.endswith("_cents")} == {"bigint"}


def test_event_times_end_in_at_and_identifiers_are_texts():
    for table in TABLES.values():
        assert table.event_time.endswith("_at") and table.column(table.event_time).type == "timestamp"
        assert {c.type for c in table.columns if c.name.endswith("_id")} == {"string"}
