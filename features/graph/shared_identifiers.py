"""Accounts that share an identifier: who is tied to whom, and the columns that follow from it.

A sighting is an account seen with a value of a tie: a device, an address, a card. No two accounts are ever
put side by side: everything goes through the values they share, so that a device of a thousand accounts
costs a thousand rows and not half a million pairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.frames.hashing import node
from features.frames.union import united
from features.graph.audience import Facts, Members, circles
from features.graph.components import Hold, components
from features.graph.neighbours import confirmed_columns, neighbour_means
from features.language.feature import CONFIRMED, Circle, Component, Definition, Neighbours, Tie
from features.language.feature_set import FeatureSet

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

# A value seen with more accounts than this on a day is a public place (a cafe's address, a shop's till):
# it says nothing of those who were there.
PUBLIC = 1000


@dataclass(frozen=True)
class Known:
    """What link columns of one entity are made of, as of each day. None: the tables never arrived.

    Each frame is read several times: hold what is costly to compute.

    Attributes:
        ties: the entity's own, as `ties` makes them.
        confirmed: (as_of, entity_id, risk) of the entity, as `features.labels.known` gives it.
        members: the users around each of the entity's accounts.
        users: what is known of users. Needed for circles alone.
    """

    ties: "DataFrame | None"
    confirmed: "DataFrame | None" = None
    members: Members | None = None
    users: Facts | None = None


def ties(sightings: "DataFrame") -> "DataFrame":
    """Sightings of values that 2 to `PUBLIC` accounts were seen with on the same day.

    Args:
        sightings: (as_of, account, tie, value), in any number of copies.

    Returns:
        (as_of, account, node, tie, value = a number of this identifier on this day, undated = one on any day,
        accounts = how many share the value, smallest = the least of their nodes), each once.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    value, undated = F.xxhash64("as_of", "tie", "value").alias("value"), F.xxhash64("tie", "value").alias("undated")
    behind = Window.partitionBy("value")
    once = (sightings.select("as_of", "account", node("as_of", "account"), "tie", value, undated)
            .repartition("value").distinct())
    return (once.withColumn("accounts", F.count(F.lit(1)).over(behind))
            .withColumn("smallest", F.min("node").over(behind))
            .where(F.col("accounts").between(2, PUBLIC)))


def sharers(ties: "DataFrame", features: FeatureSet) -> "DataFrame":
    """The most other accounts behind any one value, for each tie of the feature set.

    Returns:
        (node, `<tie>_sharers` bigint each), one row per node of `ties`: 0 for ties it does not have.
    """
    from pyspark.sql import functions as F

    others = F.col("accounts") - 1
    most = [F.coalesce(F.max(F.when(F.col("tie") == d.name, others)), F.lit(0)).alias(d.columns[0])
            for d in features.of_kind(Tie)]
    return ties.groupBy("node").agg(*most)


def link_columns(frame: "DataFrame", features: FeatureSet, known: Known, hold: Hold) -> "DataFrame":
    """Joins every link column of a feature set to the columns that have been computed.

    Kinds of which the set has no definition cost nothing.

    Args:
        frame: (ds = the as-of day, entity id, ..., every column that a Neighbours of the set looks at). It
            is read twice: hold it where it is costly to compute.
        features: whose link columns.
        known: what they are made of.
        hold: computes a frame and gives it back as one that is read without computing it again.

    Returns:
        `frame` with one column per Tie, Component, Neighbours and Circle column of the set: counts and
        sizes bigint, means and shares double. An account without ties has counts of 0, a component of 1
        and no means. All are null where `known` has None for what they are made of.
    """
    parts = [*_of_ties(frame, features, known, hold), *_of_circles(features, known)]
    found = {column for part in parts for column in part.columns}
    joined = frame
    if parts:
        joined = frame.withColumn("node", node("ds", features.id)).join(_united(parts), ["node"], "left")
    return joined.select(*frame.columns, *[_filled(d, column, column in found)
                                           for d in features.of_kind(Tie, Component, Neighbours, Circle)
                                           for column in d.columns])


def _of_ties(frame: "DataFrame", features: FeatureSet, known: Known, hold: Hold) -> Iterator["DataFrame"]:
    """(node, columns) of each kind that the set has."""
    from pyspark.sql import functions as F

    if known.ties is None:
        return
    if features.of_kind(Tie):
        yield sharers(known.ties, features)
    if wanted := features.of_kind(Neighbours):
        yield neighbour_means(known.ties, _base(frame, features, known), wanted, hold)
    if named := features.of_kind(Component):
        sizes = components(known.ties, hold)
        yield sizes.select("node", *[F.col("size").alias(d.name) for d in named])


def _of_circles(features: FeatureSet, known: Known) -> Iterator["DataFrame"]:
    if features.of_kind(Circle) and known.members is not None and known.users is not None:
        yield (circles(known.members, known.users, features)
               .withColumn("node", node("as_of", "owner")).drop("as_of", "owner"))


def _base(frame: "DataFrame", features: FeatureSet, known: Known) -> "DataFrame":
    """What Neighbours look at. An account with ties but no row of its own, long silent, may still be confirmed."""
    from pyspark.sql import functions as F

    looked_at = sorted({d.of for d in features.of_kind(Neighbours)})
    own = [of for of in looked_at if of in features.columns]
    risks = [of.removeprefix(f"{CONFIRMED}_") for of in looked_at if of not in own and of != CONFIRMED]
    base = known.ties.select("node").distinct()
    if own:
        rows = frame.select(node("ds", features.id), *own)
        base = base.join(rows, ["node"], "left")
    if len(own) < len(looked_at) and known.confirmed is not None:
        return confirmed_columns(base, known.confirmed, risks)
    return base.select("*", *[F.lit(None).cast("int").alias(of) for of in looked_at if of not in own])


def _united(parts: list["DataFrame"]) -> "DataFrame":
    """One row per node, so that the frame, which is wide, is joined once."""
    from pyspark.sql import functions as F

    rows = united(parts)
    return rows.groupBy("node").agg(*[F.max(column).alias(column) for column in rows.columns if column != "node"])


def _filled(d: Definition, column: str, found: bool) -> "Column":
    from pyspark.sql import functions as F

    nothing = _of_nothing(d, column)
    kind = "double" if nothing is None else "bigint"
    if not found:
        return F.lit(None).cast(kind).alias(column)
    value = F.col(column).cast(kind)
    return (value if nothing is None else F.coalesce(value, F.lit(nothing))).alias(column)


def _of_nothing(d: Definition, column: str) -> int | None:
    """The value of an account without ties or members: it hangs together with itself; there is no mean or share."""
    if isinstance(d, Component):
        return 1
    counted = isinstance(d, Tie) or (isinstance(d, Circle) and column == d.columns[0])
    return 0 if counted else None
