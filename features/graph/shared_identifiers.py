"""Edges between accounts that share an identifier, and the count of sharers.

An observation is an account with an identifier of one type on one day: a device, an address, a card. No pair of
accounts is ever built, because both accounts of an edge are found through the identifier. A device of a thousand
accounts costs a thousand rows and not half a million pairs.
"""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from features.frames.hashing import account_day_id
from features.language.feature import SharedIdentifier
from features.language.feature_set import FeatureSet

# An identifier of more accounts than this on one day is a public place, such as a cafe's address or a shop's till. It
# says nothing about its accounts.
MAX_SHARERS = 1000


def account_identifier_edges(observations: DataFrame) -> DataFrame:
    """Return the observations of identifiers that 2 to `MAX_SHARERS` accounts share on the same day.

    Args:
        observations: (as_of, account, identifier_type, value); may contain duplicates.

    Returns:
        (as_of, account, node, identifier_type, value, undated, accounts, smallest), each account and identifier once a
        day. `value` is the hash of the identifier on this day, `undated` its hash on any day. `accounts` is how many
        accounts share it, `smallest` the least of their nodes.
    """
    value, undated = (F.xxhash64("as_of", "identifier_type", "value").alias("value"),
                      F.xxhash64("identifier_type", "value").alias("undated"))
    by_value = Window.partitionBy("value")
    distinct = (observations.select("as_of", "account", account_day_id("as_of", "account"), "identifier_type", value,
                                    undated)
                .repartition("value").distinct())
    return (distinct.withColumn("accounts", F.count(F.lit(1)).over(by_value))
            .withColumn("smallest", F.min("node").over(by_value))
            .where(F.col("accounts").between(2, MAX_SHARERS)))


def sharers(edges: DataFrame, features: FeatureSet) -> DataFrame:
    """Return the most other accounts behind one identifier, for each `SharedIdentifier` of the feature set.

    Returns:
        (node, `<name>_sharers` bigint each), one row per node of `edges`: 0 where the node shares no such identifier.
    """
    others = F.col("accounts") - 1
    columns = [F.coalesce(F.max(F.when(F.col("identifier_type") == d.name, others)), F.lit(0)).alias(d.columns[0])
               for d in features.of_type(SharedIdentifier)]
    return edges.groupBy("node").agg(*columns)
