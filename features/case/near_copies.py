"""Near copies of a case's photo among the photos of earlier cases, by 64-bit perceptual hashes.

A photo that is shown again, cropped or re-compressed, changes few bits of its perceptual hash. Equal hashes are grouped
first, so that thousands of equal photos are one hash. Pairs are formed among distinct hashes that share a band of bits
(`features.case.hash_pairs`), never among all of them.
"""

from functools import partial

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from features.case import hash_pairs
from features.frames.materialize import Materialize
from features.frames.partition_udf import partition_udf
from features.frames.union import union_all

RADIUS = hash_pairs.RADIUS
HALF = 8  # hexadecimal digits of half a hash

# Earlier: a case that arrived on an earlier day, or that was opened earlier among those of a day.
ARRIVAL = ("ds", "opened_at", "case_id")


def near_copies(cases: DataFrame, materialize: Materialize, radius: int = RADIUS,
                earliest: int = hash_pairs.EARLIEST) -> DataFrame:
    """Return for each case how many earlier cases showed a near copy of its photo, and who showed the first of them.

    A case that arrives later changes nothing: rows as of a day are those of a later day, of the cases that had arrived.

    Args:
        cases: (case_id, user_id, image_hash string of 16 hexadecimal digits, opened_at, ds), one row a case; read more
            than once. A hash of another form counts as none.
        radius: two hashes that differ in at most so many bits are copies; from 0 to `hash_pairs.MOST_RADIUS`.
        earliest: as of `hash_pairs.pairs_in_buckets`.

    Returns:
        One row for each case with a hash: (case_id, image_copies bigint, image_distance int, image_first_case_id,
        image_first_same_buyer boolean, image_copies_incomplete boolean). `image_distance` is that of the nearest copy.
        The columns of the first copy are null without a copy; `image_first_same_buyer` is null where a buyer is. Where
        `image_copies_incomplete` is true, the hash is one of thousands that hardly differ. It was compared with the
        earliest of them, and there may be more copies than `image_copies`.

    Raises:
        ValueError: the radius is out of its range.
    """
    if not 0 <= radius <= hash_pairs.MOST_RADIUS:
        raise ValueError(f"a radius of {radius} bits; expected 0 to {hash_pairs.MOST_RADIUS}")
    image_hash = F.col("image_hash")
    photos = materialize(cases.where(is_hash(image_hash))
                         .select(*ARRIVAL, "user_id", hash_bits(image_hash).alias("hash")))
    pairs = materialize(close_pairs(photos, radius, earliest))
    return _earlier_copies(photos, pairs)


def is_hash(text: Column) -> Column:
    """Return whether a text has the form of a hash: 16 hexadecimal digits. Null for null."""
    # In Java, `$` stands before a line break at the end too.
    return text.rlike("^[0-9a-fA-F]{16}$") & (F.length(text) == 2 * HALF)


def hash_bits(image_hash: Column) -> Column:
    """Return a hash of 16 hexadecimal digits as a bigint of the same bits."""
    high, low = (F.conv(F.substring(image_hash, start, HALF), 16, 10).cast("bigint") for start in (1, HALF + 1))
    return F.shiftleft(high, 4 * HALF).bitwiseOR(low)


def close_pairs(photos: DataFrame, radius: int, earliest: int) -> DataFrame:
    """Return the pairs of distinct hashes within a radius, as `hash_pairs.pairs_in_buckets` does, each pair once.

    Args:
        photos: (hash bigint, ds, ...); no hash is null.
    """
    buckets = F.array(*[F.struct(F.lit(place).alias("band"), F.col("hash").bitwiseAND(F.lit(mask)).alias("part"))
                        for place, mask in enumerate(hash_pairs.band_masks(radius))])
    rows = (photos.groupBy("hash").agg(F.min("ds").alias("first_ds"))
            .select("hash", "first_ds", F.explode(buckets).alias("bucket"))
            .select("bucket.band", "bucket.part", "hash", "first_ds"))
    work = partial(hash_pairs.pairs_in_buckets, radius=radius, earliest=earliest)
    return (rows.repartition("band", "part").drop("part")
            .mapInArrow(partition_udf(work, hash_pairs), "hash bigint, other bigint, distance int").distinct())


def _earlier_copies(photos: DataFrame, pairs: DataFrame) -> DataFrame:
    """Return the columns of `near_copies` by running sums over the photos of a hash and of its close hashes."""
    close = pairs.where("other IS NOT NULL")
    links = union_all([close, close.select(F.col("other").alias("hash"), F.col("hash").alias("other"), "distance")])
    shown = union_all([
        photos.select("hash", *ARRIVAL, "user_id", F.lit(0).alias("distance"), F.lit(True).alias("is_own")),
        links.join(photos.withColumnRenamed("hash", "other"), ["other"], "inner")
        .select("hash", *ARRIVAL, "user_id", "distance", F.lit(False).alias("is_own"))])
    before = Window.partitionBy("hash").orderBy(*ARRIVAL).rowsBetween(Window.unboundedPreceding, -1)
    first = F.first(F.struct("case_id", "user_id")).over(before)
    incomplete = pairs.where("other IS NULL").select("hash", F.lit(True).alias("incomplete"))
    return (shown.select("hash", "case_id", "user_id", "is_own", F.count(F.lit(1)).over(before).alias("image_copies"),
                         F.min("distance").over(before).alias("image_distance"), first.alias("first"))
            .where("is_own").join(incomplete, ["hash"], "left")
            .select("case_id", "image_copies", "image_distance", F.col("first.case_id").alias("image_first_case_id"),
                    (F.col("first.user_id") == F.col("user_id")).alias("image_first_same_buyer"),
                    F.coalesce("incomplete", F.lit(False)).alias("image_copies_incomplete")))
