"""Means over an account's neighbours: the accounts that share an identifier with it.

Sums are over whole millionths, so that neither the order of rows nor their partitions change a digit. The cost is
linear in the edges: the accounts of an identifier are summed once, and each account subtracts itself.
"""

from collections.abc import Collection, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from features.frames.hashing import account_day_id
from features.frames.materialize import Materialize
from features.language.feature import CONFIRMED, Neighbours

MICRO = 1_000_000

# Larger values are clipped: the sum of `features.graph.shared_identifiers.MAX_SHARERS` values then fits a bigint.
MAX_ABS_VALUE = 9_000_000_000

LOW_BITS = 30  # bits of the lower part of a sum


def confirmed_columns(accounts: DataFrame, confirmed: DataFrame, risks: Sequence[str]) -> DataFrame:
    """Return the accounts with flags for any confirmed risk and for each risk.

    Args:
        accounts: (node, ...), each once.
        confirmed: (as_of, entity_id, risk, ...) as `features.labels.confirmed_risks` returns them.
        risks: names of the risks with a flag of their own.

    Returns:
        `accounts` with `confirmed` and one `confirmed_<risk>` each: int, 1 or 0.
    """
    flags = {CONFIRMED: F.lit(1), **{f"{CONFIRMED}_{risk}": (F.col("risk") == risk).cast("int") for risk in risks}}
    confirmed_flags = (confirmed.groupBy(account_day_id("as_of", "entity_id"))
                       .agg(*[F.max(flag).alias(name) for name, flag in flags.items()]))
    return accounts.join(confirmed_flags, ["node"], "left").select(
        *accounts.columns, *[F.coalesce(name, F.lit(0)).alias(name) for name in flags])


def neighbour_means(edges: DataFrame, base: DataFrame, definitions: Sequence[Neighbours],
                    materialize: Materialize) -> DataFrame:
    """Return the mean over the accounts that share an identifier with an account, and over their neighbours.

    A neighbour counts once for every identifier it shares. The account itself does not count, and neither does a null.
    The 2-hop mean is the mean of the neighbours' 1-hop means, rounded to millionths; the account itself contributes to
    these.

    Args:
        edges: as `features.graph.shared_identifiers.account_identifier_edges` returns them; read more than once.
        base: (node, one numeric column for each `of`), each node once.
        definitions: the means to compute.

    Returns:
        (node, `<name>` and `<name>_2hops` double for each definition), one row per node of `edges`; null where no
        neighbour has a value.
    """
    names = {of: f"x{i}" for i, of in enumerate(sorted({d.of for d in definitions}))}
    pairs = edges.select("node", "value")
    values = materialize(base.select("node", *[_millionths(F.col(of)).alias(x) for of, x in names.items()]))
    near = materialize(_neighbour_mean(pairs, values, names.values()))
    far = _neighbour_mean(pairs, near, names.values()).withColumnsRenamed({x: f"{x}_2hops" for x in names.values()})
    return near.join(far, ["node"]).select("node", *[
        (F.col(f"{names[d.of]}{hops}") / F.lit(float(MICRO))).alias(name)
        for d in definitions for hops, name in zip(("", "_2hops"), d.columns)])


def _neighbour_mean(pairs: DataFrame, values: DataFrame, columns: Collection[str]) -> DataFrame:
    """Return (node, columns): the mean of each column over an account's neighbours, in whole millionths.

    The accounts of an identifier are summed, and the sums of an account's identifiers are summed again. The account
    itself is part of each of these and is subtracted once, at the end. No wide row is therefore repeated per edge.
    """
    by_identifier = pairs.join(values, ["node"], "left").groupBy("value").agg(*[
        total for x in columns for total in (F.sum(x).alias(f"{x}_sum"), F.count(x).alias(f"{x}_count"))])
    sums = pairs.join(by_identifier, ["value"]).groupBy("node").agg(F.count(F.lit(1)).alias("values"), *[
        total for x in columns for total in (F.sum(_high(F.col(f"{x}_sum"))).alias(f"{x}_high"),
                                             F.sum(_low(F.col(f"{x}_sum"))).alias(f"{x}_low"),
                                             F.sum(f"{x}_count").alias(f"{x}_count"))])
    return sums.join(values, ["node"], "left").select("node", *[_mean_without_own(x).alias(x) for x in columns])


def _mean_without_own(x: str) -> Column:
    """Return the mean without the account itself, from the sums over its identifiers."""
    own = F.coalesce(F.col(x), F.lit(0))
    high, low = (F.col(f"{x}_{part}") - F.col("values") * part_of(own)
                 for part, part_of in (("high", _high), ("low", _low)))
    # The upper part is exact as a double: the sum is rounded once, like one whole number.
    total = high.cast("double") * float(1 << LOW_BITS) + low.cast("double")
    return mean(total, F.col(f"{x}_count") - F.col("values") * F.col(x).isNotNull().cast("bigint"))


def _high(value: Column) -> Column:
    """Return the upper part of a bigint.

    An account may have any number of identifiers. The parts of their sum fit into bigints where the sum may not. The
    rejected alternative, a decimal, is summed ten times as slowly.
    """
    return F.call_function("shiftright", value, F.lit(LOW_BITS))


def _low(value: Column) -> Column:
    """Return the lower part of a bigint, never negative."""
    return value.bitwiseAND(F.lit((1 << LOW_BITS) - 1).cast("bigint"))


def mean(total: Column, count: Column) -> Column:
    """Return the mean in whole millionths, null over no rows."""
    return F.when(count > 0, _whole(total.cast("double") / count))


def _millionths(value: Column) -> Column:
    clipped = F.least(F.greatest(value.cast("double"), F.lit(-float(MAX_ABS_VALUE))), F.lit(float(MAX_ABS_VALUE)))
    return F.when(value.isNotNull(), _whole(clipped * MICRO))


def _whole(value: Column) -> Column:
    """Return a value rounded to a bigint, halves up.

    The rejected alternative, Spark's `round`, goes through decimal text and is ten times as slow.
    """
    return F.floor(value + 0.5)
