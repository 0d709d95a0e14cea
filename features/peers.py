"""How an entity compares with its peers of the same day: those of its category, its region, or both."""

from typing import TYPE_CHECKING

from features.feature import Feature, FeatureSet, Peer, Ratio, column_of

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


def with_peers(df: "DataFrame", features: FeatureSet, day: str) -> "DataFrame":
    """The frame with one more column per Peer.

    Args:
        df: one row per entity and day, with the slices and the columns that peers are compared in.
        day: name of the column that holds the day.
    """
    by_name = {d.name: d for d in features.definitions}
    columns = [_against_peers(peer, by_name[peer.of], day).alias(peer.columns[0]) for peer in features.of_kind(Peer)]
    return df.select("*", *columns)


def _against_peers(peer: Peer, of: Feature | Ratio, day: str) -> "Column":
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    among = Window.partitionBy(day, *peer.by)
    own = F.col(column_of(peer.of, peer.window)).cast("double")
    # Sums of whole numbers alone: a mean of ratios would depend on the order of rows.
    if isinstance(of, Ratio):
        over, under = (F.sum(column_of(part, peer.window)).over(among) for part in (of.of, of.to))
    else:
        over, under = (total(column_of(peer.of, peer.window)).over(among) for total in (F.sum, F.count))
    usual = F.when(under != 0, over.cast("double") / under.cast("double"))
    return F.when(usual != 0, own / usual)
