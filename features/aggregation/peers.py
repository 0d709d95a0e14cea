"""Comparisons of an entity with its peers: entities of the same region, the same category, or both, on the same day."""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.aggregation.derived import safe_quotient
from features.language.feature import Peer, Ratio, column_of
from features.language.feature_set import FeatureSet


def with_peers(df: DataFrame, features: FeatureSet, day: str) -> DataFrame:
    """Return the frame with one more column per `Peer`.

    Args:
        df: one row per entity and day, with the slice columns and the compared columns; read more than once.
        day: name of the column of the day.
    """
    peers = features.of_type(Peer)
    compared = df
    for by in dict.fromkeys(peer.by for peer in peers):
        peer_values = _peer_values(df, [peer for peer in peers if peer.by == by], features, (day, *by))
        # Entities without a category are peers of each other.
        same = [F.col(key).eqNullSafe(F.col(_theirs(key))) for key in (day, *by)]
        compared = compared.join(F.broadcast(peer_values), same, "left")
    quotients = [safe_quotient(F.col(column_of(peer.of, peer.window)), F.col(_usual(peer))).alias(peer.columns[0])
                 for peer in peers]
    return compared.select(*df.columns, *quotients)


def _peer_values(df: DataFrame, peers: Sequence[Peer], features: FeatureSet, keys: Sequence[str]) -> DataFrame:
    """Return the peers' value of each group: a mean for a count or a sum, a ratio of sums for a ratio.

    Only whole numbers are summed: a mean of ratios would depend on the order of the rows.
    """
    totals = []
    for peer in peers:
        of, column = features.named(peer.of), column_of(peer.of, peer.window)
        numerator, denominator = (
            (F.sum(column_of(part, peer.window)) for part in (of.of, of.to)) if isinstance(of, Ratio)
            else (F.sum(column), F.count(column)))
        totals.append(safe_quotient(numerator, denominator).alias(_usual(peer)))
    return df.groupBy(*[F.col(key).alias(_theirs(key)) for key in keys]).agg(*totals)


def _theirs(key: str) -> str:
    return f"peers_{key}"


def _usual(peer: Peer) -> str:
    return f"usual_{peer.columns[0]}"
