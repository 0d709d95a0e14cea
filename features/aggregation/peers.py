"""How an entity compares with its peers of the same day: those of its category, its region, or both."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from features.language.feature import Peer, Ratio, column_of
from features.language.feature_set import FeatureSet


def with_peers(df: DataFrame, features: FeatureSet, day: str) -> DataFrame:
    """The frame with one more column per Peer.

    Args:
        df: one row per entity and day, with the slices and the columns that peers are compared in. It is read twice
            and more: hold it where it is costly to compute.
        day: name of the column that holds the day.
    """
    peers = features.of_type(Peer)
    found = df
    for by in dict.fromkeys(peer.by for peer in peers):
        usual = _peer_values(df, [peer for peer in peers if peer.by == by], features, (day, *by))
        # Those without a category are each other's peers.
        same = [F.col(key).eqNullSafe(F.col(_theirs(key))) for key in (day, *by)]
        found = found.join(F.broadcast(usual), same, "left")
    return found.select(*df.columns, *[_safe_quotient(peer).alias(peer.columns[0]) for peer in peers])


def _peer_values(df: DataFrame, peers: Sequence[Peer], features: FeatureSet, keys: Sequence[str]) -> DataFrame:
    """What is usual among the peers of each group: sums are of whole numbers alone, because a mean of ratios would
    depend on the order of rows."""
    totals = []
    for peer in peers:
        of, own = features.named(peer.of), column_of(peer.of, peer.window)
        over, under = ((F.sum(column_of(part, peer.window)) for part in (of.of, of.to)) if isinstance(of, Ratio)
                       else (F.sum(own), F.count(own)))
        totals.append(F.when(under != 0, over.cast("double") / under.cast("double")).alias(f"usual_{peer.columns[0]}"))
    return df.groupBy(*[F.col(key).alias(_theirs(key)) for key in keys]).agg(*totals)


def _theirs(key: str) -> str:
    return f"peers_{key}"


def _safe_quotient(peer: Peer) -> Column:
    own, usual = F.col(column_of(peer.of, peer.window)).cast("double"), F.col(f"usual_{peer.columns[0]}")
    return F.when(usual != 0, own / usual)
