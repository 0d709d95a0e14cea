"""Links: sentences on few visible rows, then a generated world against plain loops over the same definitions."""

import math
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
from features.inputs.tables import ORDERS, SELLERS
from features.language.feature import Audience, Component, Feature, Neighbours, Ratio, SharedIdentifier
from features.language.feature_set import FeatureSet
from tests.support.builders import day, hold

TODAY, LAST_WEEK, BEFORE = day("2026-11-20"), day("2026-11-13"), day("2026-11-06")

BASE = (
    Feature("order_count", ORDERS, "count()", meaning="", windows=(30,)),
    Feature("order_amount", ORDERS, "sum(amount_cents)", meaning="", windows=(30,)),
    Feature("device_distinct", ORDERS, "distinct(device_id)", meaning="", windows=(90,)),
    Feature("buyer_distinct", ORDERS, "distinct(user_id)", meaning="", windows=(30,)),
    Ratio("order_amount_mean", of="order_amount", to="order_count", meaning="", windows=(30,)),
)
TIES = (SharedIdentifier("device", "", of=("device_distinct",)),
        SharedIdentifier("payout", "", profile_columns=("payout_id",)))
MEANS = (
    Neighbours("neighbour_order_count", "order_count_30d", ""),
    Neighbours("neighbour_order_amount_mean", "order_amount_mean_30d", ""),
    Neighbours("neighbour_confirmed", "confirmed", ""),
    Neighbours("neighbour_brushing", "confirmed_brushing", ""),
)
CIRCLES = (Audience("buyer", "buyer_distinct", ""), Audience("clicker", "buyer_distinct", "", window=7))
PLAIN = FeatureSet("seller", SELLERS, BASE, slice_columns=())
WHOLE = FeatureSet("seller", SELLERS, (*BASE, *TIES, Component("group_size", ""), *MEANS, *CIRCLES), slice_columns=())

FRAME = "ds date, seller_id string, order_count_30d bigint, order_amount_mean_30d double"
SIGHTINGS = "as_of date, account string, identifier_type string, value string"
CONFIRMED = "as_of date, entity_id string, risk string"
MEMBERS = "as_of date, owner string, circle int, member string"
USERS = "as_of date, user_id string"


# Few rows are planned and compiled longer than they are computed; one test uses Spark as it is set.
FOR_FEW_ROWS = {"spark.sql.shuffle.partitions": "1", "spark.sql.adaptive.enabled": "false",
                "spark.sql.codegen.wholeStage": "false"}


@pytest.fixture(scope="module", autouse=True)
def as_it_is_set(spark):
    before = {key: spark.conf.get(key) for key in FOR_FEW_ROWS}
    _set(spark, FOR_FEW_ROWS)
    yield before
    _set(spark, before)


def _set(spark, conf):
    for key, value in conf.items():
        spark.conf.set(key, value)


def tied(spark, *sightings, as_of=TODAY):
    """Ties of (account, tie, value) seen on one day."""
    return shared_identifiers.account_identifier_edges(spark.createDataFrame([(as_of, *s) for s in sightings],
                                                                             SIGHTINGS))


def by_account(frame, ties):
    """Rows of nodes, each of which must be there once, by whose they are."""
    names = {row.node: (row.as_of, row.account) for row in ties.select("node", "as_of", "account").collect()}
    rows = [row.asDict() for row in frame.collect()]
    found = {names[row.pop("node")]: row for row in rows}
    assert len(found) == len(rows) == len(names)
    return found


def of_today(frame, ties):
    return {account: row for (as_of, account), row in by_account(frame, ties).items() if as_of == TODAY}


def based(spark, rows, kind):
    """(node, x) of today's accounts."""
    return spark.createDataFrame([(TODAY, *row) for row in rows], f"as_of date, account string, x {kind}").select(
        account_day_id("as_of", "account"), "x")


# Ties


def test_a_value_ties_its_accounts_unless_it_is_one_accounts_own_or_a_public_place(spark):
    cafe = [(f"s{i:04}", "device", "cafe") for i in range(shared_identifiers.MAX_SHARERS + 1)]
    office = [(f"s{i:04}", "device", "office") for i in range(shared_identifiers.MAX_SHARERS)]
    alone = [("s0001", "payout", "p1"), ("s0001", "payout", "p1"), ("s0002", "payout", "p2")]
    pair = [("s0001", "device", "d1"), ("s0002", "device", "d1"), ("s0002", "device", "d1")]
    rows = tied(spark, *cafe, *office, *alone, *pair).collect()
    behind = defaultdict(list)
    for row in rows:
        behind[row.identifier_type, row.value, row.accounts, row.smallest].append(row.account)
    pairs = [(tie, accounts) for (tie, _, count, _), accounts in behind.items() if count == 2]
    assert [(tie, sorted(accounts)) for tie, accounts in pairs] == [("device", ["s0001", "s0002"])]
    nodes = defaultdict(set)
    for row in rows:
        nodes[row.value].add(row.node)
    assert {row.smallest == min(nodes[row.value]) for row in rows} == {True}
    assert sorted(len(accounts) for accounts in behind.values()) == [2, shared_identifiers.MAX_SHARERS]


def test_the_same_value_of_two_ties_or_of_two_days_is_not_the_same_identifier(spark):
    across_ties = tied(spark, ("s1", "device", "x"), ("s2", "payout", "x"))
    across_days = shared_identifiers.account_identifier_edges(spark.createDataFrame(
        [(TODAY, "s1", "device", "x"), (LAST_WEEK, "s2", "device", "x")], SIGHTINGS))
    assert across_ties.count() == across_days.count() == 0


def test_sharers_are_the_most_other_accounts_behind_one_value_not_behind_all(spark):
    ties = tied(spark, ("s1", "device", "a"), ("s2", "device", "a"), ("s3", "device", "a"),
                ("s1", "device", "b"), ("s4", "device", "b"))
    assert of_today(shared_identifiers.sharers(ties, WHOLE), ties) == {
        "s1": {"device_sharers": 3 - 1, "payout_sharers": 0}, "s2": {"device_sharers": 3 - 1, "payout_sharers": 0},
        "s3": {"device_sharers": 3 - 1, "payout_sharers": 0}, "s4": {"device_sharers": 2 - 1, "payout_sharers": 0}}


# Neighbours


def test_a_mean_leaves_out_the_account_itself_and_what_is_not_known(spark):
    ties = tied(spark, ("s1", "device", "a"), ("s2", "device", "a"), ("s3", "device", "a"),
                ("s3", "payout", "b"), ("s4", "payout", "b"))
    base = based(spark, [("s1", 10), ("s2", 40), ("s3", None), ("s4", 7)], "bigint")
    found = of_today(neighbour_means(ties, base, [Neighbours("n", "x", "")], hold), ties)
    assert {account: row["n"] for account, row in found.items()} == {
        "s1": 40, "s2": 10, "s3": (10 + 40 + 7) / 3, "s4": None}
    # s3's one-hop mean is 19; that of s4, who knows nobody's value, counts for nothing.
    assert {account: row["n_2hops"] for account, row in found.items()} == {
        "s1": (10 + 19) / 2, "s2": (40 + 19) / 2, "s3": (40 + 10) / 2, "s4": 19}


def test_who_shares_two_identifiers_counts_twice(spark):
    ties = tied(spark, *[(who, tie, "a") for who in ("s1", "s2") for tie in ("device", "payout")],
                ("s1", "device", "b"), ("s3", "device", "b"))
    base = based(spark, [("s2", 1.0), ("s3", 0.0)], "double")
    found = of_today(neighbour_means(ties, base, [Neighbours("n", "x", "")], hold), ties)
    assert found["s1"]["n"] == round((1 + 1 + 0) / 3, 6)


def test_the_largest_values_of_the_largest_crowds_can_be_added_up(spark):
    crowd = [f"s{i}" for i in range(shared_identifiers.MAX_SHARERS)]
    ties = tied(spark, *[(who, "device", value) for who in crowd for value in ("a", "b")])
    base = based(spark, [(who, 2 * MAX_ABS_VALUE) for who in crowd], "bigint")
    found = of_today(neighbour_means(ties, base, [Neighbours("n", "x", "")], hold), ties)
    assert {(row["n"], row["n_2hops"]) for row in found.values()} == {(MAX_ABS_VALUE, MAX_ABS_VALUE)}


def test_an_account_is_confirmed_of_a_risk_of_another_or_of_none(spark):
    accounts = spark.createDataFrame([(TODAY, "s1"), (TODAY, "s2"), (LAST_WEEK, "s1")],
                                     "as_of date, account string").select("as_of", "account",
                                                                          account_day_id("as_of", "account"))
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
    sightings = [row for as_of, pairs in graphs.items() for row in paired(pairs, as_of)]
    rounds = []
    ties = shared_identifiers.account_identifier_edges(spark.createDataFrame(sightings, SIGHTINGS))
    found = by_account(components(ties, lambda frame: rounds.append(1) or hold(frame),
                                  max_edges_in_memory=in_one_worker),
                       ties)
    assert {key: row["size"] for key, row in found.items()} == {
        (as_of, account): size for as_of, pairs in graphs.items()
        for account, size in sizes_by_scipy(pairs, 1000).items()}
    assert (0 < len(rounds) < 16) if not in_one_worker else not rounds


@pytest.mark.parametrize("in_one_worker", [0, MAX_EDGES_IN_MEMORY])
def test_without_a_tie_there_are_no_components(spark, in_one_worker):
    assert components(tied(spark, ("s1", "device", "a")), hold, max_edges_in_memory=in_one_worker).collect() == []


def test_components_that_do_not_come_to_rest_say_so(spark):
    chain = shared_identifiers.account_identifier_edges(spark.createDataFrame(paired(zip(range(40), range(1, 41)),
                                                                                     TODAY), SIGHTINGS))
    with pytest.raises(RuntimeError, match="edges still move after 2 rounds"):
        components(chain, hold, max_rounds=2, max_edges_in_memory=0)


# Circles


def around(spark, members):
    """Members of the days on which there are any, from (as_of, owner, circle, member)."""
    as_ofs = sorted({as_of for as_of, *_ in members})
    places = {circle.name: place for place, circle in enumerate(CIRCLES)}
    named = [(as_of, owner, places[circle], member) for as_of, owner, circle, member in members]
    rows = spark.createDataFrame(named, MEMBERS).withColumnRenamed("as_of", "ds")
    rows = rows.withColumn("member", hash64(rows.member))
    return audience.AudienceMembers(rows.groupBy("owner", "circle",
                                                 "member").agg(*collect_days(DayRange.covering(as_ofs))), as_ofs)


def circled(spark, members, ties, **known):
    frames = {name: spark.createDataFrame([(TODAY, user) for user in users], USERS) for name, users in known.items()}
    users = audience.user_attributes(ties, frames.get("confirmed"), frames.get("young"), [TODAY])
    found = audience.audience_features(around(spark, [(TODAY, *m) for m in members]), users, WHOLE)
    return {row.owner: row.asDict() for row in found.collect()}


def test_members_are_linked_by_what_they_share_within_one_circle_of_one_owner(spark):
    ties = tied(spark, ("u1", "device", "a"), ("u2", "device", "a"), ("u3", "device", "a"), ("u4", "device", "b"),
                ("u5", "device", "b"))
    buyers = ["u1", "u2", "u4", "u6", "u7"]  # u6 and u7 share nothing with anybody
    members = [*[("s1", "buyer", user) for user in buyers], ("s1", "clicker", "u3"), ("s2", "buyer", "u5")]
    found = circled(spark, members, ties, confirmed=["u2", "u2", "u5"], young=["u6"])
    assert found["s1"] == {"as_of": TODAY, "owner": "s1", "linked_buyer_count": 2, "linked_buyer_share": 2 / 5,
                           "confirmed_buyer_share": 1 / 5, "young_buyer_share": 1 / 5, "linked_clicker_count": 0,
                           "linked_clicker_share": 0, "confirmed_clicker_share": 0, "young_clicker_share": 0}
    assert found["s2"] == {"as_of": TODAY, "owner": "s2", "linked_buyer_count": 0, "linked_buyer_share": 0,
                           "confirmed_buyer_share": 1, "young_buyer_share": 0, "linked_clicker_count": 0,
                           "linked_clicker_share": None, "confirmed_clicker_share": None, "young_clicker_share": None}


def test_what_nobody_can_know_of_members_is_null(spark):
    found = circled(spark, [("s1", "buyer", "u1")], tied(spark, ("u1", "device", "a")))
    assert (found["s1"]["linked_buyer_share"], found["s1"]["confirmed_buyer_share"],
            found["s1"]["young_buyer_share"]) == (0, None, None)


# The columns of a set, in a generated world


def world(seed=3, as_ofs=(TODAY, LAST_WEEK, BEFORE)):
    """Rows of every input, by name: shops s00 to s29, of which those from s25 on have no row of their own."""
    rng = random.Random(seed)
    shops, users = [f"s{i:02}" for i in range(30)], [f"u{i:02}" for i in range(40)]
    made = {name: [] for name in ("frame", "sightings", "confirmed", "members", "user_sightings", "bad", "young")}
    for as_of in as_ofs:
        made["frame"] += [(as_of, shop, rng.choice([None, *range(20)]), rng.choice([None, rng.uniform(0, 99)]))
                          for shop in shops[:25]]
        made["sightings"] += [(as_of, rng.choice(shops[:-3]), rng.choice(["device", "payout"]), f"v{rng.randrange(25)}")
                              for _ in range(60)]
        made["confirmed"] += sorted({(as_of, rng.choice(shops), rng.choice(["brushing", "click_farm"]))
                                     for _ in range(8)})
        made["members"] += sorted({(as_of, rng.choice(shops[:6]), rng.choice(["buyer", "clicker"]),
                                    rng.choice(users)) for _ in range(90)})
        made["user_sightings"] += [(as_of, rng.choice(users), rng.choice(["device", "ip"]), f"w{rng.randrange(40)}")
                                   for _ in range(90)]
        made["bad"] += [(as_of, user) for user in rng.sample(users, 9)]
        made["young"] += [(as_of, user) for user in rng.sample(users, 12)]
    return made


def computed(spark, rows):
    """link_columns of a world: {(ds, seller_id): row}."""
    schemas = {"frame": FRAME, "sightings": SIGHTINGS, "confirmed": CONFIRMED,
               "user_sightings": SIGHTINGS, "bad": USERS, "young": USERS}
    made = {name: spark.createDataFrame(rows[name], schema) for name, schema in schemas.items()}
    members = around(spark, rows["members"])
    users = audience.user_attributes(shared_identifiers.account_identifier_edges(made["user_sightings"]), made["bad"],
                                     made["young"], members.as_ofs)
    known = link_features.LinkInputs(hold(shared_identifiers.account_identifier_edges(made["sightings"])),
                                     made["confirmed"], members, users)
    found = link_features.link_columns(made["frame"], WHOLE, known, hold).collect()
    assert len(found) == len(rows["frame"])
    return {(row.ds, row.seller_id): row.asDict() for row in found}


def of_day(rows, as_of):
    return {name: [row for row in part if row[0] == as_of] for name, part in rows.items()}


@pytest.fixture(scope="module")
def whole(spark):
    rows = world()
    return rows, computed(spark, rows)


def test_link_columns_are_what_plain_loops_find(whole):
    rows, found = whole
    expected = {key: row for as_of in (TODAY, LAST_WEEK, BEFORE) for key, row in looped(of_day(rows, as_of)).items()}
    assert found == expected
    for column in {c for d in (*TIES, *MEANS, *CIRCLES) for c in d.columns} | {"group_size"}:
        assert len({row[column] for row in found.values()}) > 2, f"{column} hardly varies: nothing was tested"


def test_neither_the_order_of_rows_nor_their_partitions_change_a_digit(spark, whole, as_it_is_set):
    rows, found = whole
    rng = random.Random(1)
    _set(spark, as_it_is_set)
    try:
        assert computed(spark, {name: rng.sample(part, len(part)) for name, part in rows.items()}) == found
    finally:
        _set(spark, FOR_FEW_ROWS)


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
    assert {kinds[c] for d in (*TIES, Component("group_size", "")) for c in d.columns} == {"bigint"}
    assert {kinds[c] for d in MEANS for c in d.columns} == {"double"}
    assert [kinds[c] for c in CIRCLES[0].columns] == ["bigint", "double", "double", "double"]
    assert set(found.first().asDict(recursive=True).values()) == {TODAY, "s1", 1, None}


def test_an_account_without_ties_counts_for_itself_and_a_silent_one_for_its_neighbours(spark):
    frame = spark.createDataFrame([(TODAY, "s1", 1, 1.0), (TODAY, "s2", 1, 1.0)], FRAME)
    ties = tied(spark, ("s1", "device", "a"), ("silent", "device", "a"))
    confirmed = spark.createDataFrame([(TODAY, "silent", "brushing")], CONFIRMED)
    rows = link_features.link_columns(frame, WHOLE, link_features.LinkInputs(ties, confirmed), hold).collect()
    found = {row.seller_id: row for row in rows}
    seen = ("device_sharers", "group_size", "neighbour_confirmed", "neighbour_order_count")
    assert [found["s1"][c] for c in seen] == [1, 2, 1.0, None]
    assert [found["s2"][c] for c in seen] == [0, 1, None, None]
    assert found["s1"]["linked_buyer_count"] is None  # nobody said who its buyers are


# The same in loops


def looped(rows):
    """Every link column of one day's rows, one account at a time, by pairs."""
    groups, user_groups = grouped(rows["sightings"]), grouped(rows["user_sightings"])
    values = values_of(rows)
    found = {}
    for ds, shop, *own in rows["frame"]:
        row = dict(zip(("ds", "seller_id", "order_count_30d", "order_amount_mean_30d"), (ds, shop, *own), strict=True))
        for tie in TIES:
            row[tie.columns[0]] = max([len(accounts) - 1 for (name, _), accounts in groups.items()
                                       if name == tie.name and shop in accounts], default=0)
        row["group_size"] = len(reached(shop, groups))
        for mean in MEANS:
            one_hop = {account: mean_of_others(account, groups, values[mean.of]) for account in values[mean.of]}
            for column, of in zip(mean.columns, (one_hop[shop], mean_of_others(shop, groups, one_hop)), strict=True):
                row[column] = None if of is None else of / 1_000_000
        for circle in CIRCLES:
            row |= zip(circle.columns, circle_of(shop, circle.name, rows, user_groups), strict=True)
        found[ds, shop] = row
    return found


def grouped(sightings):
    groups = defaultdict(set)
    for _, account, tie, value in sightings:
        groups[tie, value].add(account)
    return {key: accounts for key, accounts in groups.items() if len(accounts) >= 2}


def values_of(rows):
    """What neighbours are looked at for, in whole millionths, by column and account."""
    confirmed = defaultdict(set)
    for _, account, risk in rows["confirmed"]:
        confirmed[account].add(risk)
    own = {shop: of for _, shop, *of in rows["frame"]}
    everybody = {account for part in ("frame", "sightings") for _, account, *_ in rows[part]}
    return {"order_count_30d": {a: millionths(own.get(a, (None, None))[0]) for a in everybody},
            "order_amount_mean_30d": {a: millionths(own.get(a, (None, None))[1]) for a in everybody},
            "confirmed": {a: millionths(bool(confirmed[a])) for a in everybody},
            "confirmed_brushing": {a: millionths("brushing" in confirmed[a]) for a in everybody}}


def millionths(value):
    return None if value is None else rounded(float(value) * 1_000_000)


def rounded(value):
    return math.floor(value + 0.5)


def mean_of_others(account, groups, values):
    seen = [values[other] for accounts in groups.values() if account in accounts
            for other in accounts if other != account and values[other] is not None]
    return rounded(sum(seen) / len(seen)) if seen else None


def reached(account, groups):
    """Everybody at the end of some path from the account."""
    found, new = {account}, {account}
    while new:
        new = {other for accounts in groups.values() if accounts & new for other in accounts} - found
        found |= new
    return found


def circle_of(owner, name, rows, groups):
    members = {member for _, who, circle, member in rows["members"] if (who, circle) == (owner, name)}
    linked = {m for m in members for accounts in groups.values() if m in accounts and (accounts & members) - {m}}
    listed = [{user for _, user in rows[part]} & members for part in ("bad", "young")]
    return [len(linked), *[len(part) / len(members) if members else None for part in (linked, *listed)]]
