"""Links: sentences on few visible rows, then a generated world against plain loops over the same definitions."""

import random
from collections import Counter, defaultdict

import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from features.frames.day_bitmap import DayRange, collect_days
from features.frames.hashing import account_day_id, hash64
from features.graph import audience, link_features, shared_identifiers
from features.graph.components import MAX_EDGES_IN_MEMORY, components
from features.graph.neighbours import MAX_ABS_VALUE, confirmed_columns, neighbour_means
from features.language.feature import Component, Neighbours
from tests.support.builders import day, hold
from tests.support.linked_world import (
    AUDIENCES,
    BEFORE,
    CONFIRMED,
    FRAME,
    LAST_WEEK,
    MEANS,
    MEMBERS,
    OBSERVATIONS,
    PLAIN,
    SHARED_IDENTIFIERS,
    TODAY,
    USERS,
    WHOLE,
    looped,
    of_day,
    world,
)


def edges_of(spark, *observed, as_of=TODAY):
    """Edges of accounts observed with identifiers, (account, identifier_type, value), on one day."""
    seen = spark.createDataFrame([(as_of, *s) for s in observed], OBSERVATIONS)
    return shared_identifiers.account_identifier_edges(seen)


def by_account(frame, edges):
    """Rows of nodes, each of which must be there once, by whose they are."""
    names = {row.node: (row.as_of, row.account) for row in edges.select("node", "as_of", "account").collect()}
    rows = [row.asDict() for row in frame.collect()]
    found = {names[row.pop("node")]: row for row in rows}
    assert len(found) == len(rows) == len(names)
    return found


def of_today(frame, edges):
    return {account: row for (as_of, account), row in by_account(frame, edges).items() if as_of == TODAY}


def based(spark, rows, kind):
    """(node, x) of today's accounts."""
    return spark.createDataFrame([(TODAY, *row) for row in rows], f"as_of date, account string, x {kind}").select(
        account_day_id("as_of", "account"), "x")


# Edges


def test_a_value_links_its_accounts_unless_alone_or_a_public_place(spark):
    cafe = [(f"s{i:04}", "device", "cafe") for i in range(shared_identifiers.MAX_SHARERS + 1)]
    office = [(f"s{i:04}", "device", "office") for i in range(shared_identifiers.MAX_SHARERS)]
    alone = [("s0001", "payout", "p1"), ("s0001", "payout", "p1"), ("s0002", "payout", "p2")]
    pair = [("s0001", "device", "d1"), ("s0002", "device", "d1"), ("s0002", "device", "d1")]
    rows = edges_of(spark, *cafe, *office, *alone, *pair).collect()
    behind = defaultdict(list)
    for row in rows:
        behind[row.identifier_type, row.value, row.accounts, row.smallest].append(row.account)
    pairs = [(kind, accounts) for (kind, _, count, _), accounts in behind.items() if count == 2]
    assert [(kind, sorted(accounts)) for kind, accounts in pairs] == [("device", ["s0001", "s0002"])]
    nodes = defaultdict(set)
    for row in rows:
        nodes[row.value].add(row.node)
    assert {row.smallest == min(nodes[row.value]) for row in rows} == {True}
    assert sorted(len(accounts) for accounts in behind.values()) == [2, shared_identifiers.MAX_SHARERS]


def test_a_value_of_two_types_or_two_days_is_two_identifiers(spark):
    across_types = edges_of(spark, ("s1", "device", "x"), ("s2", "payout", "x"))
    across_days = shared_identifiers.account_identifier_edges(spark.createDataFrame(
        [(TODAY, "s1", "device", "x"), (LAST_WEEK, "s2", "device", "x")], OBSERVATIONS))
    assert across_types.count() == across_days.count() == 0


def test_sharers_are_the_most_other_accounts_behind_one_value_not_behind_all(spark):
    edges = edges_of(spark, ("s1", "device", "a"), ("s2", "device", "a"), ("s3", "device", "a"),
                     ("s1", "device", "b"), ("s4", "device", "b"))
    assert of_today(shared_identifiers.sharers(edges, WHOLE), edges) == {
        "s1": {"device_sharers": 3 - 1, "payout_sharers": 0}, "s2": {"device_sharers": 3 - 1, "payout_sharers": 0},
        "s3": {"device_sharers": 3 - 1, "payout_sharers": 0}, "s4": {"device_sharers": 2 - 1, "payout_sharers": 0}}


# Neighbours


def test_a_mean_leaves_out_the_account_itself_and_what_is_not_known(spark):
    edges = edges_of(spark, ("s1", "device", "a"), ("s2", "device", "a"), ("s3", "device", "a"),
                     ("s3", "payout", "b"), ("s4", "payout", "b"))
    base = based(spark, [("s1", 10), ("s2", 40), ("s3", None), ("s4", 7)], "bigint")
    found = of_today(neighbour_means(edges, base, [Neighbours("n", "x", "")], hold), edges)
    assert {account: row["n"] for account, row in found.items()} == {
        "s1": 40, "s2": 10, "s3": (10 + 40 + 7) / 3, "s4": None}
    # s3's one-hop mean is 19; that of s4, who knows nobody's value, counts for nothing.
    assert {account: row["n_2hops"] for account, row in found.items()} == {
        "s1": (10 + 19) / 2, "s2": (40 + 19) / 2, "s3": (40 + 10) / 2, "s4": 19}


def test_who_shares_two_identifiers_counts_twice(spark):
    edges = edges_of(spark, *[(who, kind, "a") for who in ("s1", "s2") for kind in ("device", "payout")],
                     ("s1", "device", "b"), ("s3", "device", "b"))
    base = based(spark, [("s2", 1.0), ("s3", 0.0)], "double")
    found = of_today(neighbour_means(edges, base, [Neighbours("n", "x", "")], hold), edges)
    assert found["s1"]["n"] == round((1 + 1 + 0) / 3, 6)


def test_the_largest_values_of_the_largest_crowds_can_be_added_up(spark):
    crowd = [f"s{i}" for i in range(shared_identifiers.MAX_SHARERS)]
    edges = edges_of(spark, *[(who, "device", value) for who in crowd for value in ("a", "b")])
    base = based(spark, [(who, 2 * MAX_ABS_VALUE) for who in crowd], "bigint")
    found = of_today(neighbour_means(edges, base, [Neighbours("n", "x", "")], hold), edges)
    assert {(row["n"], row["n_2hops"]) for row in found.values()} == {(MAX_ABS_VALUE, MAX_ABS_VALUE)}


def test_an_account_is_confirmed_of_a_risk_of_another_or_of_none(spark):
    days = spark.createDataFrame([(TODAY, "s1"), (TODAY, "s2"), (LAST_WEEK, "s1")], "as_of date, account string")
    accounts = days.select("as_of", "account", account_day_id("as_of", "account"))
    confirmed = spark.createDataFrame(
        [(TODAY, "s1", "brushing"), (TODAY, "s1", "click_farm"), (TODAY, "s9", "brushing")], CONFIRMED)
    found = confirmed_columns(accounts, confirmed, ["brushing", "merchant_fraud"]).collect()
    assert {(row.as_of, row.account): tuple(row)[3:] for row in found} == {
        (TODAY, "s1"): (1, 1, 0), (TODAY, "s2"): (0, 0, 0), (LAST_WEEK, "s1"): (0, 0, 0)}


# Components


def paired(pairs, as_of):
    """Every edge a value of its own."""
    return [(as_of, f"s{account:05}", "device", f"v{i}") for i, pair in enumerate(pairs) for account in pair]


def sizes_by_scipy(pairs, nodes):
    left, right = zip(*pairs, strict=True)
    edges = coo_matrix(([1] * len(pairs), (left, right)), shape=(nodes, nodes))
    _, labels = connected_components(edges, directed=False)
    size = Counter(labels)
    return {f"s{node:05}": size[labels[node]] for pair in pairs for node in pair}


@pytest.mark.parametrize("in_one_worker", [0, MAX_EDGES_IN_MEMORY])
def test_components_of_several_days_at_once_are_those_that_scipy_finds(spark, in_one_worker):
    rng = random.Random(7)
    chain = rng.sample(range(1000), 1000)
    graphs = {TODAY: [tuple(rng.sample(range(300), 2)) for _ in range(150)],
              LAST_WEEK: list(zip(range(999), range(1, 1000))),
              BEFORE: list(zip(chain, chain[1:])),
              day("2026-10-30"): [(500, node) for node in range(900) if node != 500],
              day("2026-10-23"): [tuple(rng.sample(range(300), 2)) for _ in range(600)]}
    observations = [row for as_of, pairs in graphs.items() for row in paired(pairs, as_of)]
    rounds = []
    edges = shared_identifiers.account_identifier_edges(spark.createDataFrame(observations, OBSERVATIONS))
    found = by_account(components(edges, lambda frame: rounds.append(1) or hold(frame),
                                  max_edges_in_memory=in_one_worker),
                       edges)
    assert {key: row["size"] for key, row in found.items()} == {
        (as_of, account): size for as_of, pairs in graphs.items()
        for account, size in sizes_by_scipy(pairs, 1000).items()}
    assert (0 < len(rounds) < 16) if not in_one_worker else not rounds


@pytest.mark.parametrize("in_one_worker", [0, MAX_EDGES_IN_MEMORY])
def test_without_an_edge_there_are_no_components(spark, in_one_worker):
    assert components(edges_of(spark, ("s1", "device", "a")), hold, max_edges_in_memory=in_one_worker).collect() == []


def test_components_that_do_not_come_to_rest_say_so(spark):
    seen = spark.createDataFrame(paired(zip(range(40), range(1, 41)), TODAY), OBSERVATIONS)
    chain = shared_identifiers.account_identifier_edges(seen)
    with pytest.raises(RuntimeError, match="edges still move after 2 rounds"):
        components(chain, hold, max_rounds=2, max_edges_in_memory=0)


# Audiences


def around(spark, members):
    """Members of the days on which there are any, from (as_of, owner, audience, member)."""
    as_ofs = sorted({as_of for as_of, *_ in members})
    places = {audience.name: place for place, audience in enumerate(AUDIENCES)}
    named = [(as_of, owner, places[audience], member) for as_of, owner, audience, member in members]
    rows = spark.createDataFrame(named, MEMBERS).withColumnRenamed("as_of", "ds")
    rows = rows.withColumn("member", hash64(rows.member))
    return audience.AudienceMembers(rows.groupBy("owner", "audience",
                                                 "member").agg(*collect_days(DayRange.covering(as_ofs))), as_ofs)


def audience_rows(spark, members, edges, **known):
    frames = {name: spark.createDataFrame([(TODAY, user) for user in users], USERS) for name, users in known.items()}
    users = audience.user_attributes(edges, frames.get("confirmed"), frames.get("young"), [TODAY])
    found = audience.audience_features(around(spark, [(TODAY, *m) for m in members]), users, WHOLE)
    return {row.owner: row.asDict() for row in found.collect()}


def test_members_are_linked_by_what_they_share_within_one_audience_of_one_owner(spark):
    edges = edges_of(spark, ("u1", "device", "a"), ("u2", "device", "a"), ("u3", "device", "a"), ("u4", "device", "b"),
                     ("u5", "device", "b"))
    buyers = ["u1", "u2", "u4", "u6", "u7"]  # u6 and u7 share nothing with anybody
    members = [*[("s1", "buyer", user) for user in buyers], ("s1", "clicker", "u3"), ("s2", "buyer", "u5")]
    found = audience_rows(spark, members, edges, confirmed=["u2", "u2", "u5"], young=["u6"])
    assert found["s1"] == {"as_of": TODAY, "owner": "s1", "linked_buyer_count": 2, "linked_buyer_share": 2 / 5,
                           "confirmed_buyer_share": 1 / 5, "young_buyer_share": 1 / 5, "linked_clicker_count": 0,
                           "linked_clicker_share": 0, "confirmed_clicker_share": 0, "young_clicker_share": 0}
    assert found["s2"] == {"as_of": TODAY, "owner": "s2", "linked_buyer_count": 0, "linked_buyer_share": 0,
                           "confirmed_buyer_share": 1, "young_buyer_share": 0, "linked_clicker_count": 0,
                           "linked_clicker_share": None, "confirmed_clicker_share": None, "young_clicker_share": None}


def test_what_nobody_can_know_of_members_is_null(spark):
    found = audience_rows(spark, [("s1", "buyer", "u1")], edges_of(spark, ("u1", "device", "a")))
    assert (found["s1"]["linked_buyer_share"], found["s1"]["confirmed_buyer_share"],
            found["s1"]["young_buyer_share"]) == (0, None, None)


# The columns of a set, in a generated world


def computed(spark, rows):
    """link_columns of a world: {(ds, seller_id): row}."""
    schemas = {"frame": FRAME, "observations": OBSERVATIONS, "confirmed": CONFIRMED,
               "user_observations": OBSERVATIONS, "bad": USERS, "young": USERS}
    made = {name: spark.createDataFrame(rows[name], schema) for name, schema in schemas.items()}
    members = around(spark, rows["members"])
    user_edges = shared_identifiers.account_identifier_edges(made["user_observations"])
    users = audience.user_attributes(user_edges, made["bad"], made["young"], members.as_ofs)
    known = link_features.LinkInputs(hold(shared_identifiers.account_identifier_edges(made["observations"])),
                                     made["confirmed"], members, users)
    found = link_features.link_columns(made["frame"], WHOLE, known, hold).collect()
    assert len(found) == len(rows["frame"])
    return {(row.ds, row.seller_id): row.asDict() for row in found}


@pytest.fixture(scope="module")
def whole(spark):
    rows = world()
    return rows, computed(spark, rows)


def test_link_columns_are_what_plain_loops_find(whole):
    rows, found = whole
    expected = {key: row for as_of in (TODAY, LAST_WEEK, BEFORE) for key, row in looped(of_day(rows, as_of)).items()}
    assert found == expected
    for column in {c for d in (*SHARED_IDENTIFIERS, *MEANS, *AUDIENCES) for c in d.columns} | {"group_size"}:
        assert len({row[column] for row in found.values()}) > 2, f"{column} hardly varies: nothing was tested"


def test_neither_the_order_of_rows_nor_their_partitions_change_a_digit(whole, product_spark):
    rows, found = whole
    rng = random.Random(1)
    assert computed(product_spark, {name: rng.sample(part, len(part)) for name, part in rows.items()}) == found


def test_a_day_looks_the_same_alone_as_among_others(spark, whole):
    rows, found = whole
    assert computed(spark, of_day(rows, LAST_WEEK)) == {key: row for key, row in found.items() if key[0] == LAST_WEEK}


def test_a_set_without_links_is_given_back_as_it_is(spark):
    frame = spark.createDataFrame(world()["frame"], FRAME)
    held = []
    found = link_features.link_columns(frame, PLAIN, link_features.LinkInputs(None), held.append)
    assert found.columns == frame.columns and held == []


def test_columns_of_tables_that_never_arrived_are_null(spark):
    frame = spark.createDataFrame([(TODAY, "s1", 1, 1.0)], FRAME)
    found = link_features.link_columns(frame, WHOLE, link_features.LinkInputs(None), hold)
    kinds = dict(found.dtypes)
    assert {kinds[c] for d in (*SHARED_IDENTIFIERS, Component("group_size", "")) for c in d.columns} == {"bigint"}
    assert {kinds[c] for d in MEANS for c in d.columns} == {"double"}
    assert [kinds[c] for c in AUDIENCES[0].columns] == ["bigint", "double", "double", "double"]
    assert set(found.first().asDict(recursive=True).values()) == {TODAY, "s1", 1, None}


def test_an_account_without_edges_counts_for_itself_and_a_silent_one_for_its_neighbours(spark):
    frame = spark.createDataFrame([(TODAY, "s1", 1, 1.0), (TODAY, "s2", 1, 1.0)], FRAME)
    edges = edges_of(spark, ("s1", "device", "a"), ("silent", "device", "a"))
    confirmed = spark.createDataFrame([(TODAY, "silent", "brushing")], CONFIRMED)
    rows = link_features.link_columns(frame, WHOLE, link_features.LinkInputs(edges, confirmed), hold).collect()
    found = {row.seller_id: row for row in rows}
    seen = ("device_sharers", "group_size", "neighbour_confirmed", "neighbour_order_count")
    assert [found["s1"][c] for c in seen] == [1, 2, 1.0, None]
    assert [found["s2"][c] for c in seen] == [0, 1, None, None]
    assert found["s1"]["linked_buyer_count"] is None  # nobody said who its buyers are


# The same in loops


