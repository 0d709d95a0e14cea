"""What the users around an owner have to do with each other: a shop's buyers, a creator's buyers."""

import sys
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from features import workers
from features.feature import Circle, FeatureSet

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

FLAGS = ("confirmed", "young")


def circles(members: "DataFrame", user_ties: "DataFrame", confirmed_users: "DataFrame | None",
            young_users: "DataFrame | None", features: FeatureSet) -> "DataFrame":
    """How many of an owner's users share an identifier with another one of them, and what is known of them.

    Args:
        members: (as_of, owner, circle = `Circle.name`, member = a user's id), each once.
        user_ties: the users' own, as `features.links.ties` makes them.
        confirmed_users: (as_of, user_id), those with any risk confirmed; None where verdicts never arrived.
        young_users: (as_of, user_id), those whose account is young; None where users never arrived.
        features: whose circles.

    Returns:
        (as_of, owner, the columns of every Circle), one row per owner with a member. A count is 0 and
        shares are null for a circle of that owner without members; shares of what never arrived are null.
    """
    from pyspark.sql import functions as F

    keys, wanted = ["owner", "as_of"], features.of_kind(Circle)
    flagged = _flagged(_flagged(members, "confirmed", confirmed_users), "young", young_users)
    around = flagged.groupBy(*keys).agg(*[total for circle in wanted for total in _totals(circle)])
    linked = _linked(members, user_ties).groupBy(*keys).agg(*[
        F.sum(F.when(F.col("circle") == circle.name, F.col("linked"))).alias(circle.columns[0]) for circle in wanted])
    return around.join(linked, keys, "left").select(*reversed(keys), *[
        column for circle in wanted for column in _columns(circle)])


def _flagged(rows: "DataFrame", flag: str, users: "DataFrame | None") -> "DataFrame":
    """Rows with a flag: 1 for the members in `users`, else 0; null where nobody knows."""
    from pyspark.sql import functions as F

    if users is None:
        return rows.withColumn(flag, F.lit(None).cast("int"))
    listed = users.select(F.col("user_id").alias("member"), "as_of", F.lit(1).alias(flag)).distinct()
    return rows.join(listed, ["member", "as_of"], "left").fillna(0, [flag])


def _linked(members: "DataFrame", user_ties: "DataFrame") -> "DataFrame":
    """(as_of, owner, circle, linked), as `linked` counts them.

    Members beside what they share are many, and hardly any of it is there twice: an owner's rows are sorted in one
    worker, where an aggregate would keep a group for each of them.
    """
    from pyspark.sql import functions as F

    ties = user_ties.select(F.col("account").alias("member"), "as_of", "value")
    met = members.join(ties, ["member", "as_of"]).select("as_of", "owner", "circle", "member", "value")
    return met.repartition("owner").mapInArrow(workers.on_partition(linked, sys.modules[__name__]),
                                               "as_of date, owner string, circle string, linked bigint")


def linked(met: pa.Table) -> pa.Table:
    """How many members of a circle share the value of a tie with another one of it.

    Args:
        met: (as_of, owner, circle, member, value = a whole number that no two days have in common), each once.

    Returns:
        (as_of, owner, circle, linked), a row per circle with any.
    """
    circle, member = workers.codes(met["owner"], met["circle"], met["as_of"]), workers.codes(met["member"])
    value = met["value"].to_numpy()
    order = np.lexsort((value, circle))
    same = (np.diff(circle[order]) == 0) & (np.diff(value[order]) == 0)
    shared = order[np.r_[same, False] | np.r_[False, same]]
    # Somebody may share several values: the first row of each member stands for all.
    who = circle[shared] * (member.max() + 1) + member[shared]
    each = shared[np.unique(who, return_index=True)[1]]
    _, first, count = np.unique(circle[each], return_index=True, return_counts=True)
    found = met.select(["as_of", "owner", "circle"]).take(pa.array(each[first]))
    return found.append_column("linked", pa.array(count))


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
