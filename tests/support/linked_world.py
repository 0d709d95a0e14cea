"""A generated day of shops, buyers and what they share; and every link column of it in plain loops."""

import math
import random
from collections import defaultdict

from features.inputs.tables import ORDERS, SELLERS
from features.language.feature import Audience, Component, Feature, Neighbours, Ratio, SharedIdentifier
from features.language.feature_set import FeatureSet
from tests.support.builders import day

TODAY, LAST_WEEK, BEFORE = day("2026-11-20"), day("2026-11-13"), day("2026-11-06")

BASE = (
    Feature("order_count", ORDERS, "count()", meaning="", windows=(30,)),
    Feature("order_amount", ORDERS, "sum(amount_cents)", meaning="", windows=(30,)),
    Feature("device_distinct", ORDERS, "distinct(device_id)", meaning="", windows=(90,)),
    Feature("buyer_distinct", ORDERS, "distinct(user_id)", meaning="", windows=(30,)),
    Ratio("order_amount_mean", of="order_amount", to="order_count", meaning="", windows=(30,)),
)

SHARED_IDENTIFIERS = (SharedIdentifier("device", "", of=("device_distinct",)),
                      SharedIdentifier("payout", "", profile_columns=("payout_id",)))

MEANS = (
    Neighbours("neighbour_order_count", "order_count_30d", ""),
    Neighbours("neighbour_order_amount_mean", "order_amount_mean_30d", ""),
    Neighbours("neighbour_confirmed", "confirmed", ""),
    Neighbours("neighbour_brushing", "confirmed_brushing", ""),
)

AUDIENCES = (Audience("buyer", "buyer_distinct", ""), Audience("clicker", "buyer_distinct", "", window=7))

PLAIN = FeatureSet("seller", SELLERS, BASE, slice_columns=())

WHOLE = FeatureSet("seller", SELLERS, (*BASE, *SHARED_IDENTIFIERS, Component("group_size", ""), *MEANS, *AUDIENCES),
                   slice_columns=())

FRAME = "ds date, seller_id string, order_count_30d bigint, order_amount_mean_30d double"

OBSERVATIONS = "as_of date, account string, identifier_type string, value string"

CONFIRMED = "as_of date, entity_id string, risk string"

MEMBERS = "as_of date, owner string, audience int, member string"

USERS = "as_of date, user_id string"


def world(seed=3, as_ofs=(TODAY, LAST_WEEK, BEFORE)):
    """Rows of every input, by name: shops s00 to s29, of which those from s25 on have no row of their own."""
    rng = random.Random(seed)
    shops, users = [f"s{i:02}" for i in range(30)], [f"u{i:02}" for i in range(40)]
    made = {name: [] for name in ("frame", "observations", "confirmed", "members", "user_observations", "bad", "young")}
    for as_of in as_ofs:
        made["frame"] += [(as_of, shop, rng.choice([None, *range(20)]), rng.choice([None, rng.uniform(0, 99)]))
                          for shop in shops[:25]]
        made["observations"] += [(as_of, rng.choice(shops[:-3]), rng.choice(["device", "payout"]),
                                  f"v{rng.randrange(25)}") for _ in range(60)]
        made["confirmed"] += sorted({(as_of, rng.choice(shops), rng.choice(["brushing", "click_farm"]))
                                     for _ in range(8)})
        made["members"] += sorted({(as_of, rng.choice(shops[:6]), rng.choice(["buyer", "clicker"]),
                                    rng.choice(users)) for _ in range(90)})
        made["user_observations"] += [(as_of, rng.choice(users), rng.choice(["device", "ip"]), f"w{rng.randrange(40)}")
                                      for _ in range(90)]
        made["bad"] += [(as_of, user) for user in rng.sample(users, 9)]
        made["young"] += [(as_of, user) for user in rng.sample(users, 12)]
    return made


def of_day(rows, as_of):
    return {name: [row for row in part if row[0] == as_of] for name, part in rows.items()}


def looped(rows):
    """Every link column of one day's rows, one account at a time, by pairs."""
    groups, user_groups = grouped(rows["observations"]), grouped(rows["user_observations"])
    values = values_of(rows)
    found = {}
    for ds, shop, *own in rows["frame"]:
        row = dict(zip(("ds", "seller_id", "order_count_30d", "order_amount_mean_30d"), (ds, shop, *own), strict=True))
        for shared in SHARED_IDENTIFIERS:
            row[shared.columns[0]] = max([len(accounts) - 1 for (name, _), accounts in groups.items()
                                          if name == shared.name and shop in accounts], default=0)
        row["group_size"] = len(reached(shop, groups))
        for mean in MEANS:
            one_hop = {account: mean_of_others(account, groups, values[mean.of]) for account in values[mean.of]}
            for column, of in zip(mean.columns, (one_hop[shop], mean_of_others(shop, groups, one_hop)), strict=True):
                row[column] = None if of is None else of / 1_000_000
        for audience in AUDIENCES:
            row |= zip(audience.columns, audience_row(shop, audience.name, rows, user_groups), strict=True)
        found[ds, shop] = row
    return found


def grouped(observations):
    groups = defaultdict(set)
    for _, account, identifier_type, value in observations:
        groups[identifier_type, value].add(account)
    return {key: accounts for key, accounts in groups.items() if len(accounts) >= 2}


def values_of(rows):
    """What neighbours are looked at for, in whole millionths, by column and account."""
    confirmed = defaultdict(set)
    for _, account, risk in rows["confirmed"]:
        confirmed[account].add(risk)
    own = {shop: of for _, shop, *of in rows["frame"]}
    everybody = {account for part in ("frame", "observations") for _, account, *_ in rows[part]}
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


def audience_row(owner, name, rows, groups):
    members = {member for _, who, audience, member in rows["members"] if (who, audience) == (owner, name)}
    linked = {m for m in members for accounts in groups.values() if m in accounts and (accounts & members) - {m}}
    listed = [{user for _, user in rows[part]} & members for part in ("bad", "young")]
    return [len(linked), *[len(part) / len(members) if members else None for part in (linked, *listed)]]
