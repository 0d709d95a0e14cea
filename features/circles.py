"""What the users around an owner have to do with each other: a shop's buyers, a creator's buyers."""

from typing import TYPE_CHECKING

from features.feature import Circle, FeatureSet

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


def circles(members: "DataFrame", user_ties: "DataFrame", confirmed_users: "DataFrame | None",
            young_users: "DataFrame | None", features: FeatureSet) -> "DataFrame":
    """How many of an owner's users share an identifier with another one of them, and what is known of them.

    Args:
        members: (as_of, owner, circle = `Circle.name`, member = a user's id).
        user_ties: the users' own, as `features.links.ties` makes them.
        confirmed_users: (as_of, user_id), those with any risk confirmed; None where verdicts never arrived.
        young_users: (as_of, user_id), those whose account is young; None where users never arrived.
        features: whose circles.

    Returns:
        (as_of, owner, the columns of every Circle), one row per owner with a member. A count is 0 and
        shares are null for a circle of that owner without members; shares of what never arrived are null.
    """
    from pyspark.sql import functions as F

    rows = members.select("member", "as_of", "owner", "circle").distinct()
    rows = _flagged(_flagged(rows, "confirmed", confirmed_users), "young", young_users)
    ties = user_ties.select(F.col("account").alias("member"), "as_of", "value")
    found = _linked(rows.join(ties, ["member", "as_of"], "left"))
    columns = [column for circle in features.of_kind(Circle) for column in _columns(circle)]
    return found.groupBy("owner", "as_of").agg(*columns).select(
        "as_of", "owner", *[name for circle in features.of_kind(Circle) for name in circle.columns])


def _flagged(rows: "DataFrame", flag: str, users: "DataFrame | None") -> "DataFrame":
    """Rows with a flag: 1 for the members in `users`, else 0; null where nobody knows."""
    from pyspark.sql import functions as F

    if users is None:
        return rows.withColumn(flag, F.lit(None).cast("int"))
    listed = users.select(F.col("user_id").alias("member"), "as_of", F.lit(1).alias(flag)).distinct()
    return rows.join(listed, ["member", "as_of"], "left").fillna(0, [flag])


def _linked(rows: "DataFrame") -> "DataFrame":
    """Members, each once per owner and circle, with `linked`: 1 if another one has the same value of a tie."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    same_value = Window.partitionBy("value", "owner", "circle", "as_of")
    shared = F.col("value").isNotNull() & (F.count("value").over(same_value) > 1)
    # Everything below is per owner: one exchange serves it all.
    return (rows.repartition("owner", "as_of").withColumn("linked", shared.cast("int"))
            .groupBy("owner", "circle", "member", "as_of")
            .agg(*[F.max(flag).alias(flag) for flag in ("linked", "confirmed", "young")]))


def _columns(circle: Circle) -> list["Column"]:
    from pyspark.sql import functions as F

    inside = F.col("circle") == circle.name
    members = F.count(F.when(inside, 1))
    linked = F.coalesce(F.sum(F.when(inside, F.col("linked"))), F.lit(0))
    count, *shares = circle.columns
    found = (linked, *[F.sum(F.when(inside, F.col(flag))) for flag in ("confirmed", "young")])
    return [linked.alias(count), *[F.when(members > 0, total.cast("double") / members).alias(share)
                                   for total, share in zip(found, shares, strict=True)]]
