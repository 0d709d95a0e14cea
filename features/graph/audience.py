"""What the users around an owner have to do with each other: a shop's buyers, a creator's buyers.

Days are bits of whole numbers until the rows of an owner are together in one worker: a user who is around an owner
for a month, asked for day by day, is one row and not thirty.
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
MEMBER, TIED = "member", "tied"
KINDS = (MEMBER, TIED, *FLAGS)  # of rows about a member
MIXER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 by the golden ratio: products are spread evenly over their upper bits


@dataclass(frozen=True)
class AudienceMembers:
    """Who is around an owner as of which days.

    Attributes:
        rows: (owner, circle = its place among the circles of the set, member = the number of a user's id, the days as
            bits of `Span.of(as_ofs)`), each owner, circle and member once.
        as_ofs: the days that were asked for.
    """

    rows: DataFrame
    as_ofs: Sequence[dt.date]


@dataclass(frozen=True)
class UserAttributes:
    """What is known of users as of which days.

    Attributes:
        rows: (member, kind = its place in `KINDS`, value, the days as bits of `Span.of(as_ofs)`), each member, kind
            and value once: one of the values that a user is tied by, or a flag, which has the value 0.
        flags: those of `FLAGS` that somebody could know of.
    """

    rows: DataFrame
    flags: Collection[str]


def user_attributes(user_ties: DataFrame, confirmed: DataFrame | None, young: DataFrame | None,
                    as_ofs: Sequence[dt.date]) -> UserAttributes:
    """Gathers the days of what is known of users.

    Args:
        user_ties: the users' own, as `features.graph.shared_identifiers.account_identifier_edges` makes them.
        confirmed: (as_of, user_id), those with any risk confirmed; None where verdicts never arrived.
        young: (as_of, user_id), those whose account is young; None where users never arrived.
        as_ofs: the days.
    """
    found = [user_ties.select("as_of", hash64(F.col("account")).alias("member"), _kind(TIED),
                              F.col("undated").alias("value"))]
    flagged = {flag: users for flag, users in zip(FLAGS, (confirmed, young)) if users is not None}
    found += [users.select("as_of", hash64(F.col("user_id")).alias("member"), _kind(flag),
                           F.lit(0).cast("bigint").alias("value")) for flag, users in flagged.items()]
    rows = union_all(found).withColumnRenamed("as_of", "ds")
    return UserAttributes(rows.groupBy("member", "kind", "value").agg(*collect_days(DayRange.covering(as_ofs))),
                          set(flagged))


def audience_features(members: AudienceMembers, users: UserAttributes, features: FeatureSet) -> DataFrame:
    """How many of an owner's users share an identifier with another one of them, and what is known of them.

    Args:
        members: who they are.
        users: what is known of them, as of the same days.
        features: whose circles.

    Returns:
        (as_of, owner, the columns of every Circle), one row per owner with a member. A count is 0 and
        shares are null for a circle of that owner without members; shares of what nobody could know are null.
    """
    wanted = features.of_type(Audience)
    names, words = [circle.name for circle in wanted], DayRange.covering(members.as_ofs).words
    themselves = members.rows.select("owner", "circle", "member", _kind(MEMBER), F.lit(0).cast("bigint").alias("value"),
                                     *words)
    known = users.rows.withColumnsRenamed({word: f"fact_{word}" for word in words})
    both = [F.col(word).bitwiseAND(F.col(f"fact_{word}")).alias(word) for word in words]
    rows = themselves.union(members.rows.join(known, ["member"])
                            .select("owner", "circle", "member", "kind", "value", *both))
    shape = ", ".join(f"{name}_{what} bigint" for name in names for what in KINDS)
    work = partial(count_members, names=names, as_ofs=sorted(set(members.as_ofs)))
    return (rows.repartition("owner")
            .mapInArrow(partition_udf.partition_udf(work, day_bitmap, sys.modules[__name__]),
                        f"as_of date, owner string, {shape}")
            .select("as_of", "owner", *[column for circle in wanted for column in _columns(circle, users.flags)]))


def _kind(name: str) -> Column:
    return F.lit(KINDS.index(name)).alias("kind")


def count_members(rows: pa.Table, names: Sequence[str], as_ofs: Sequence[dt.date]) -> pa.Table:
    """What is told of each circle as of each day, all rows of its owner being given.

    Args:
        rows: (owner, circle = its place in `names`, member = a number, kind = its place in `KINDS`, value, the days as
            bits of `Span.of(as_ofs)`), each once.
        names: of the circles.
        as_ofs: the days.

    Returns:
        (as_of, owner, `<circle>_member`, `<circle>_tied`, `<circle>_<flag>`...), one row per owner and day with a
        member: how many members there are, share a value with another one, have a flag.
    """
    owner = rows["owner"].combine_chunks().dictionary_encode()
    group = owner.indices.to_numpy().astype(np.int64) * len(names) + rows["circle"].to_numpy()
    kind = rows["kind"].to_numpy()
    words = [rows[word].to_numpy() for word in DayRange.covering(as_ofs).words]
    groups = len(owner.dictionary) * len(names)
    found = {}
    for what in (MEMBER, *FLAGS):
        here = np.flatnonzero(kind == KINDS.index(what))
        of_kind = [word[here] for word in words]
        found[what] = [np.bincount(group[here][there], minlength=groups) for there in _days(of_kind, as_ofs)]
    tied = np.flatnonzero(kind == KINDS.index(TIED))
    found[TIED] = list(_sharing(group[tied], rows["value"].to_numpy()[tied], rows["member"].to_numpy()[tied],
                                [word[tied] for word in words], as_ofs, groups))
    return _to_wide_table(found, owner.dictionary, names, as_ofs)


def _days(words: Sequence[np.ndarray], as_ofs: Sequence[dt.date]) -> Iterator[np.ndarray]:
    """Whether each row has the bit of a day, day by day."""
    for day in as_ofs:
        yield overlaps(words, DayRange.covering(as_ofs).mask(day, day))


def _sharing(group: np.ndarray, value: np.ndarray, member: np.ndarray, words: Sequence[np.ndarray],
             as_ofs: Sequence[dt.date], groups: int) -> Iterator[np.ndarray]:
    """How many members of each group have a value that another member of it has too, day by day."""
    some = np.flatnonzero(_appears_twice(group, value))
    order = some[np.lexsort((value[some], group[some]))]
    people, member = np.unique(member[order], return_inverse=True)
    group, value = group[order], value[order]
    for there in _days([word[order] for word in words], as_ofs):
        of, what, who = group[there], value[there], member[there]
        shared, same = np.zeros(len(of), bool), (np.diff(of) == 0) & (np.diff(what) == 0)
        shared[1:] |= same
        shared[:-1] |= same
        # Somebody may share several values, and counts once.
        each = np.unique(of[shared] * len(people) + who[shared])
        yield np.bincount(each // max(len(people), 1), minlength=groups)


def _appears_twice(group: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Whether a row's group has its value in another row too: surely where it has, and seldom where it has not.

    Most values are one member's alone. To sort them all, only to see that, took half of the worker's time.
    """
    bits = max(len(value) * 4, 2).bit_length()
    mixed = (value.astype(np.uint64) ^ group.astype(np.uint64) * MIXER) * MIXER
    slot, here = mixed >> np.uint64(64 - bits), np.arange(len(value), dtype=np.int32)
    last = np.empty(1 << bits, np.int32)
    last[slot] = here  # of several rows, one stays
    taken = np.zeros(1 << bits, bool)
    taken[slot[last[slot] != here]] = True
    return taken[slot]


def _to_wide_table(found: dict[str, list[np.ndarray]], owners: pa.Array, names: Sequence[str],
                   as_ofs: Sequence[dt.date]) -> pa.Table:
    """Counts of every circle beside each other, for the owners who have a member on a day."""
    counts = {what: np.reshape(days, (len(as_ofs), len(owners), len(names))) for what, days in found.items()}
    day, owner = np.nonzero(counts[MEMBER].sum(axis=2))
    return pa.table({"as_of": pa.array(as_ofs, pa.date32()).take(pa.array(day)), "owner": owners.take(pa.array(owner)),
                     **{f"{name}_{what}": counts[what][day, owner, place]
                        for place, name in enumerate(names) for what in KINDS}})


def _columns(circle: Audience, flags: Collection[str]) -> list[Column]:
    count, *shares = circle.columns
    members, tied = F.col(f"{circle.name}_{MEMBER}"), F.col(f"{circle.name}_{TIED}")
    found = (tied, *[F.col(f"{circle.name}_{flag}") if flag in flags else F.lit(None).cast("bigint")
                     for flag in FLAGS])
    return [tied.alias(count), *[F.when(members > 0, total.cast("double") / members).alias(share)
                                 for total, share in zip(found, shares, strict=True)]]
