"""What the users around an owner have to do with each other: a shop's buyers, a creator's buyers."""

from typing import TYPE_CHECKING

from features.components import Hold
from features.feature import Circle, FeatureSet

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

FLAGS = ("confirmed", "young")


def circles(members: "DataFrame", user_ties: "DataFrame", confirmed_users: "DataFrame | None",
            young_users: "DataFrame | None", features: FeatureSet, hold: Hold) -> "DataFrame":
    """How many of an owner's users share an identifier with another one of them, and what is known of them.

    Args:
        members: (as_of, owner, circle = `Circle.name`, member = a user's id), each once.
        user_ties: the users' own, as `features.links.ties` makes them.
        confirmed_users: (as_of, user_id), those with any risk confirmed; None where verdicts never arrived.
        young_users: (as_of, user_id), those whose account is young; None where users never arrived.
        features: whose circles.
        hold: computes a frame and gives it back as one that is read without computing it again.

    Returns:
        (as_of, owner, the columns of every Circle), one row per owner with a member. A count is 0 and
        shares are null for a circle of that owner without members; shares of what never arrived are null.
    """
    from pyspark.sql import functions as F

    keys, wanted = ["owner", "as_of"], features.of_kind(Circle)
    flagged = _flagged(_flagged(members, "confirmed", confirmed_users), "young", young_users)
    around = flagged.groupBy(*keys).agg(*[total for circle in wanted for total in _totals(circle)])
    linked = _linked(members, user_ties, hold).groupBy(*keys).agg(*[
        F.count(F.when(F.col("circle") == circle.name, 1)).alias(circle.columns[0]) for circle in wanted])
    return around.join(linked, keys, "left").select(*reversed(keys), *[
        column for circle in wanted for column in _columns(circle)])


def _flagged(rows: "DataFrame", flag: str, users: "DataFrame | None") -> "DataFrame":
    """Rows with a flag: 1 for the members in `users`, else 0; null where nobody knows."""
    from pyspark.sql import functions as F

    if users is None:
        return rows.withColumn(flag, F.lit(None).cast("int"))
    listed = users.select(F.col("user_id").alias("member"), "as_of", F.lit(1).alias(flag)).distinct()
    return rows.join(listed, ["member", "as_of"], "left").fillna(0, [flag])


def _linked(members: "DataFrame", user_ties: "DataFrame", hold: Hold) -> "DataFrame":
    """(as_of, owner, circle, member) of the members who share the value of a tie with another one of their circle."""
    from pyspark.sql import functions as F

    ties = user_ties.select(F.col("account").alias("member"), "as_of", "value")
    met = hold(members.join(ties, ["member", "as_of"]))
    shared = ["owner", "as_of", "circle", "value"]
    several = met.groupBy(*shared).agg(F.count(F.lit(1)).alias("members")).where(F.col("members") > 1).drop("members")
    return met.join(several, shared, "left_semi").select("as_of", "owner", "circle", "member").distinct()


def _totals(circle: Circle) -> list["Column"]:
    """How many members a circle has, and of how many each flag is known to be set."""
    from pyspark.sql import functions as F

    inside = F.col("circle") == circle.name
    return [F.count(F.when(inside, 1)).alias(f"{circle.name}_members"),
            *[F.sum(F.when(inside, F.col(flag))).alias(f"{circle.name}_{flag}") for flag in FLAGS]]


def _columns(circle: Circle) -> list["Column"]:
    from pyspark.sql import functions as F

    count, *shares = circle.columns
    members, linked = F.col(f"{circle.name}_members"), F.coalesce(count, F.lit(0))
    found = (linked, *[F.col(f"{circle.name}_{flag}") for flag in FLAGS])
    return [linked.alias(count), *[F.when(members > 0, total.cast("double") / members).alias(share)
                                   for total, share in zip(found, shares, strict=True)]]
