"""Accounts that share an identifier: who is tied to whom, and the columns that follow from it.

A sighting is an account seen with a value of a tie: a device, an address, a card. No two accounts are ever
put side by side: everything goes through the values they share, so that a device of a thousand accounts
costs a thousand rows and not half a million pairs.
"""


from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from features.frames.hashing import account_day_id
from features.language.feature import SharedIdentifier
from features.language.feature_set import FeatureSet

# A value seen with more accounts than this on a day is a public place (a cafe's address, a shop's till):
# it says nothing of those who were there.
MAX_SHARERS = 1000


def account_identifier_edges(observations: DataFrame) -> DataFrame:
    """Sightings of values that 2 to `PUBLIC` accounts were seen with on the same day.

    Args:
        sightings: (as_of, account, identifier_type, value), in any number of copies.

    Returns:
        (as_of, account, node, identifier_type, value = a number of this identifier on this day, undated = one on any day,
        accounts = how many share the value, smallest = the least of their nodes), each once.
    """
    value, undated = (
        F.xxhash64("as_of", "identifier_type", "value").alias("value"),
        F.xxhash64("identifier_type", "value").alias("undated"),
    )
    behind = Window.partitionBy("value")
    once = (observations.select("as_of", "account", account_day_id("as_of", "account"), "identifier_type", value,
                                undated)
            .repartition("value").distinct())
    return (once.withColumn("accounts", F.count(F.lit(1)).over(behind))
            .withColumn("smallest", F.min("node").over(behind))
            .where(F.col("accounts").between(2, MAX_SHARERS)))


def sharers(ties: DataFrame, features: FeatureSet) -> DataFrame:
    """The most other accounts behind any one value, for each tie of the feature set.

    Returns:
        (node, `<tie>_sharers` bigint each), one row per node of `ties`: 0 for ties it does not have.
    """
    others = F.col("accounts") - 1
    most = [F.coalesce(F.max(F.when(F.col("identifier_type") == d.name, others)), F.lit(0)).alias(d.columns[0])
            for d in features.of_type(SharedIdentifier)]
    return ties.groupBy("node").agg(*most)
