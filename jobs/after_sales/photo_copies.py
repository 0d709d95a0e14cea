"""Near copies of photos without Spark, for commands that read one lake: the rows of `features.case.near_copies`."""

import duckdb
import numpy as np
import pyarrow as pa

from features.case import hash_pairs

PHOTOS = """
    SELECT ds, opened_at, case_id, user_id, image_hash FROM cases
    WHERE regexp_full_match(image_hash, '[0-9a-fA-F]{16}')
    QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY ds, opened_at) = 1"""

# Running counts over the photos of a hash and of its close hashes, as `near_copies` has them.
EARLIER = """
    WITH links AS (SELECT hash, other, distance FROM close_hashes WHERE other IS NOT NULL
                   UNION ALL SELECT other, hash, distance FROM close_hashes WHERE other IS NOT NULL),
         shown AS (SELECT *, 0 AS distance, true AS is_own FROM photos
                   UNION ALL BY NAME
                   SELECT l.hash, p.* EXCLUDE (hash), l.distance, false AS is_own
                   FROM links l JOIN photos p ON p.hash = l.other),
         counted AS (
             SELECT *, count(*) OVER before AS image_copies, min(distance) OVER before AS image_distance,
                    first_value(case_id) OVER before AS image_first_case_id,
                    first_value(user_id) OVER before = user_id AS image_first_same_buyer
             FROM shown WINDOW before AS (PARTITION BY hash ORDER BY ds, opened_at, case_id
                                          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
    SELECT case_id, image_copies, image_distance::INT AS image_distance, image_first_case_id, image_first_same_buyer,
           hash IN (SELECT hash FROM close_hashes WHERE other IS NULL) AS image_copies_incomplete
    FROM counted WHERE is_own ORDER BY case_id"""


def photo_copies(db: duckdb.DuckDBPyConnection, radius: int = hash_pairs.RADIUS) -> pa.Table:
    """Return the rows of `features.case.near_copies.near_copies` of the cases of a connection, ordered by case.

    Args:
        db: has the views of `open_money.attach`; photos that arrived later than their last day are unknown to it.
    """
    photos = db.sql(PHOTOS).to_arrow_table()
    bits = np.array([int(text, 16) for text in photos["image_hash"].to_pylist()], np.uint64).view(np.int64)
    photos = photos.drop_columns(["image_hash"]).append_column("hash", pa.array(bits))
    db.register("photos", photos)
    db.register("close_hashes", hash_pairs.pairs_in_buckets(_buckets(db, radius), radius))
    return db.sql(EARLIER).to_arrow_table()


def _buckets(db: duckdb.DuckDBPyConnection, radius: int) -> pa.Table:
    """Return each distinct hash once for each band, with the first day on which it was shown."""
    first = db.sql("SELECT hash, min(ds) AS first_ds FROM photos GROUP BY hash ORDER BY hash").to_arrow_table()
    return pa.concat_tables([first.append_column("band", pa.array(np.full(len(first), band, np.int32)))
                             for band in range(radius + 1)])
