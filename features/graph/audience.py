"""Audiences: how many of a shop's or creator's users share identifiers with each other.

The days of a member stay a bitmap until the rows of an owner reach one worker. A user who is a member for a month is
therefore one row and not thirty.
"""

import datetime as dt
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from features.frames import day_bitmap, partition_udf
from features.frames.day_bitmap import DayRange, collect_days, overlaps
from features.frames.hashing import hash64
from features.frames.union import union_all
from features.language.feature import Audience
from features.language.feature_set import FeatureSet

FLAGS = ("confirmed", "young")
MEMBER, LINKED = "member", "linked"
KINDS = (MEMBER, LINKED, *FLAGS)  # of rows about a member
MIXER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 by the golden ratio: products are spread evenly over their upper bits


@dataclass(frozen=True)
class AudienceMembers:
    """The members of each owner's audiences.

    Attributes:
        rows: (owner, audience = the index of the `Audience` in the feature set, member = the hash of a user id, the
            bitmap of `DayRange.covering(as_ofs)`), each owner, audience and member once.
        as_ofs: the as-of days.
    """

    rows: DataFrame
    as_ofs: Sequence[dt.date]


@dataclass(frozen=True)
class UserAttributes:
    """Shared identifiers and flags of users.

    Attributes:
        rows: (member, kind = an index of `KINDS`, value, the bitmap of `DayRange.covering(as_ofs)`), each member, kind
            and value once. The value is a shared identifier; a flag has the value 0.
        flags: the `FLAGS` whose table has arrived.
    """

    rows: DataFrame
    flags: Collection[str]


def user_attributes(user_edges: DataFrame, confirmed: DataFrame | None, young: DataFrame | None,
                    as_ofs: Sequence[dt.date]) -> UserAttributes:
    """Return the shared identifiers and flags of users, with their days collected.

    Args:
        user_edges: the users' edges, as `features.graph.shared_identifiers.account_identifier_edges` returns them.
        confirmed: (as_of, user_id), the users confirmed for any risk; None where verdicts never arrived.
        young: (as_of, user_id), the users whose account is young; None where users never arrived.
        as_ofs: the as-of days.
    """
    parts = [user_edges.select("as_of", hash64(F.col("account")).alias("member"), _kind(LINKED),
                               F.col("undated").alias("value"))]
    flagged = {flag: users for flag, users in zip(FLAGS, (confirmed, young)) if users is not None}
    parts += [users.select("as_of", hash64(F.col("user_id")).alias("member"), _kind(flag),
                           F.lit(0).cast("bigint").alias("value")) for flag, users in flagged.items()]
    rows = union_all(parts).withColumnRenamed("as_of", "ds")
    return UserAttributes(rows.groupBy("member", "kind", "value").agg(*collect_days(DayRange.covering(as_ofs))),
                          set(flagged))


def audience_features(members: AudienceMembers, users: UserAttributes, features: FeatureSet) -> DataFrame:
    """Return how many users of an owner share an identifier with another user of the owner, and how many have a flag.

    Args:
        members: the members of each audience.
        users: their attributes as of the same days.
        features: declares the audiences.

    Returns:
        (as_of, owner, the columns of every `Audience`), one row per owner and day with a member. An audience without
        members has a count of 0 and null shares. The shares of a flag whose table never arrived are null.
    """
    audiences = features.of_type(Audience)
    names, words = [a.name for a in audiences], DayRange.covering(members.as_ofs).words
    self_rows = members.rows.select("owner", "audience", "member", _kind(MEMBER),
                                    F.lit(0).cast("bigint").alias("value"), *words)
    attributes = users.rows.withColumnsRenamed({word: f"fact_{word}" for word in words})
    shared_days = [F.col(word).bitwiseAND(F.col(f"fact_{word}")).alias(word) for word in words]
    rows = self_rows.union(members.rows.join(attributes, ["member"])
                           .select("owner", "audience", "member", "kind", "value", *shared_days))
    schema = ", ".join(f"{name}_{kind} bigint" for name in names for kind in KINDS)
    work = partial(count_members, names=names, as_ofs=sorted(set(members.as_ofs)))
    return (rows.repartition("owner")
            .mapInArrow(partition_udf.partition_udf(work, day_bitmap, sys.modules[__name__]),
                        f"as_of date, owner string, {schema}")
            .select("as_of", "owner", *[column for a in audiences for column in _columns(a, users.flags)]))


def _kind(name: str) -> Column:
    return F.lit(KINDS.index(name)).alias("kind")


def count_members(rows: pa.Table, names: Sequence[str], as_ofs: Sequence[dt.date]) -> pa.Table:
    """Return the counts of each audience as of each day.

    Args:
        rows: (owner, audience = an index of `names`, member = a number, kind = an index of `KINDS`, value, the bitmap
            of `DayRange.covering(as_ofs)`), each row once. An owner's rows are all in one call.
        names: of the audiences.
        as_ofs: the as-of days.

    Returns:
        (as_of, owner, `<name>_member`, `<name>_tied`, `<name>_<flag>`...), bigint, one row per owner and day with a
        member. They count the members, the members that share a value with another member, and the members with the
        flag.
    """
    owner = rows["owner"].combine_chunks().dictionary_encode()
    group = owner.indices.to_numpy().astype(np.int64) * len(names) + rows["audience"].to_numpy()
    kind = rows["kind"].to_numpy()
    words = [rows[word].to_numpy() for word in DayRange.covering(as_ofs).words]
    groups = len(owner.dictionary) * len(names)
    counts = {}
    for name in (MEMBER, *FLAGS):
        selected = np.flatnonzero(kind == KINDS.index(name))
        of_kind = [word[selected] for word in words]
        counts[name] = [np.bincount(group[selected][on_day], minlength=groups) for on_day in _days(of_kind, as_ofs)]
    linking = np.flatnonzero(kind == KINDS.index(LINKED))
    counts[LINKED] = list(_sharing(group[linking], rows["value"].to_numpy()[linking],
                                   rows["member"].to_numpy()[linking], [word[linking] for word in words], as_ofs,
                                   groups))
    return _to_wide_table(counts, owner.dictionary, names, as_ofs)


def _days(words: Sequence[np.ndarray], as_ofs: Sequence[dt.date]) -> Iterator[np.ndarray]:
    """Yield, day by day, whether each row's bitmap has the day."""
    for day in as_ofs:
        yield overlaps(words, DayRange.covering(as_ofs).mask(day, day))


def _sharing(group: np.ndarray, value: np.ndarray, member: np.ndarray, words: Sequence[np.ndarray],
             as_ofs: Sequence[dt.date], groups: int) -> Iterator[np.ndarray]:
    """Yield, day by day, how many members of each group have a value that another member of the group has too."""
    candidates = np.flatnonzero(_appears_twice(group, value))
    order = candidates[np.lexsort((value[candidates], group[candidates]))]
    members, member = np.unique(member[order], return_inverse=True)
    group, value = group[order], value[order]
    for on_day in _days([word[order] for word in words], as_ofs):
        day_group, day_value, day_member = group[on_day], value[on_day], member[on_day]
        shared, repeats = np.zeros(len(day_group), bool), (np.diff(day_group) == 0) & (np.diff(day_value) == 0)
        shared[1:] |= repeats
        shared[:-1] |= repeats
        # A member may share several values, and counts once.
        sharers = np.unique(day_group[shared] * len(members) + day_member[shared])
        yield np.bincount(sharers // max(len(members), 1), minlength=groups)


def _appears_twice(group: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return whether a row's value may appear in another row of its group: never false where it does, seldom true else.

    Most values belong to one member alone. This filter spares them the sort.
    """
    bits = max(len(value) * 4, 2).bit_length()
    hashes = (value.astype(np.uint64) ^ group.astype(np.uint64) * MIXER) * MIXER
    slot, index = hashes >> np.uint64(64 - bits), np.arange(len(value), dtype=np.int32)
    last = np.empty(1 << bits, np.int32)
    last[slot] = index  # of several rows with one slot, one remains
    is_repeated = np.zeros(1 << bits, bool)
    is_repeated[slot[last[slot] != index]] = True
    return is_repeated[slot]


def _to_wide_table(counts_by_kind: dict[str, list[np.ndarray]], owners: pa.Array, names: Sequence[str],
                   as_ofs: Sequence[dt.date]) -> pa.Table:
    """Return the counts of every audience side by side, for the owners that have a member on a day."""
    counts = {kind: np.reshape(days, (len(as_ofs), len(owners), len(names))) for kind, days in counts_by_kind.items()}
    day, owner = np.nonzero(counts[MEMBER].sum(axis=2))
    return pa.table({"as_of": pa.array(as_ofs, pa.date32()).take(pa.array(day)), "owner": owners.take(pa.array(owner)),
                     **{f"{name}_{kind}": counts[kind][day, owner, index]
                        for index, name in enumerate(names) for kind in KINDS}})


def _columns(audience: Audience, flags: Collection[str]) -> list[Column]:
    count, *shares = audience.columns
    members, linked = F.col(f"{audience.name}_{MEMBER}"), F.col(f"{audience.name}_{LINKED}")
    totals = (linked, *[F.col(f"{audience.name}_{flag}") if flag in flags else F.lit(None).cast("bigint")
                        for flag in FLAGS])
    return [linked.alias(count), *[F.when(members > 0, total.cast("double") / members).alias(share)
                                   for total, share in zip(totals, shares, strict=True)]]
