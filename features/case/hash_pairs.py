"""Pairs of 64-bit hashes within a Hamming radius, found in memory among the hashes of some buckets.

Two hashes that differ in at most r of 64 bits are equal in one of r + 1 bands of bits (Manku, Jain and Das Sarma 2007,
"Detecting near-duplicates for web crawling"). A bucket holds the distinct hashes with one value of one band. In a large
bucket the bits outside of the band are split into r + 1 bands once more, by the same argument.

A bucket that is still large is no accident: somebody made thousands of hashes that hardly differ. There every hash is
compared with the earliest ones alone, so that the cost stays linear, and the hashes beyond are returned as such.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

HASH_BITS = 64
RADIUS = 3  # bits in which two hashes of one photo differ at most
MOST_RADIUS = 7  # bands of eight bits or more: narrower ones would hold too many hashes by chance
EARLIEST = 32  # hashes of a bucket with which all of its hashes are compared


def band_masks(radius: int) -> list[int]:
    """Return for each band the signed number that has its bits and no others."""
    return [int(mask_of(bits).view(np.int64)) for bits in bands(np.arange(HASH_BITS), radius)]


def bands(bits: np.ndarray, radius: int) -> list[np.ndarray]:
    """Return radius + 1 disjoint groups of bit positions, of about equal size."""
    return np.array_split(bits, radius + 1)


def mask_of(bits: np.ndarray) -> np.uint64:
    """Return the number that has these bits and no others."""
    return np.bitwise_or.reduce(np.uint64(1) << bits.astype(np.uint64))


def pairs_in_buckets(rows: pa.Table, radius: int, earliest: int = EARLIEST) -> pa.Table:
    """Return the pairs of hashes that share a bucket and differ in at most `radius` bits.

    Args:
        rows: (band int, hash bigint, first_ds date): the distinct hashes of whole buckets and their first days. A
            bucket is a place in `band_masks` and the hash's bits in it. No value is null.
        earliest: of a bucket that its second bands cannot make smaller, the hashes with which all others are compared:
            the first by (first_ds, hash).

    Returns:
        (hash bigint, other bigint, distance int), each pair once, in one order. A hash that was compared with a part of
        its bucket alone is a row with null for `other` and `distance`.
    """
    band, hashes = rows["band"].to_numpy(), rows["hash"].to_numpy().view(np.uint64)
    order = np.lexsort((rows["hash"].to_numpy(), rows["first_ds"].cast(pa.int32()).to_numpy()))
    band, hashes = band[order], hashes[order]
    found, beyond = [np.empty((0, 2), np.uint64)], [np.empty(0, np.uint64)]
    for bits, mine in _first_buckets(band, hashes, radius):
        sizes = _sizes(mine & mask_of(bits))
        found.append(_pairs(mine[sizes <= earliest], mask_of(bits), radius, earliest))
        for narrower in _second_masks(bits, radius):
            large = mine[sizes > earliest]
            found.append(_pairs(large, narrower, radius, earliest))
            beyond.append(large[_ranks(large & narrower) >= earliest])
    return _table(np.unique(np.concatenate(found), axis=0), np.unique(np.concatenate(beyond)))


def _first_buckets(band: np.ndarray, hashes: np.ndarray, radius: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the bits of each band, and the hashes with a bucket of it."""
    for place, bits in enumerate(bands(np.arange(HASH_BITS), radius)):
        yield bits, hashes[band == place]


def _second_masks(bits: np.ndarray, radius: int) -> Iterator[np.uint64]:
    """Yield the masks of the buckets within the buckets of a band."""
    for more in bands(np.setdiff1d(np.arange(HASH_BITS), bits), radius):
        yield mask_of(bits) | mask_of(more)


def _pairs(hashes: np.ndarray, mask: np.uint64, radius: int, earliest: int) -> np.ndarray:
    """Return the close pairs among hashes with equal bits of a mask, (pairs, 2): the smaller hash first.

    The work grows with the number of hashes times `earliest`.

    Args:
        hashes: (rows,) in order of arrival.
    """
    hashes, starts, ends = _sorted(hashes, mask)
    found = [np.empty((0, 2), np.uint64)]
    for rank in range(earliest):
        starts, ends = starts[starts + rank + 1 < ends], ends[starts + rank + 1 < ends]
        if not len(starts):
            break
        counts = ends - starts - rank - 1
        one = np.repeat(hashes[starts + rank], counts)
        two = hashes[_places(starts + rank + 1, counts)]
        close = np.bitwise_count(one ^ two) <= radius
        found.append(np.sort(np.stack([one[close], two[close]], axis=1), axis=1))
    return np.concatenate(found)


def _sorted(hashes: np.ndarray, mask: np.uint64) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the hashes by bucket, in order of arrival within each, and the buckets' first places and ends."""
    order = np.argsort(hashes & mask, kind="stable")
    ends = np.flatnonzero(np.diff(hashes[order] & mask)) + 1
    return hashes[order], np.append(0, ends)[:len(hashes)], np.append(ends, len(hashes))[:len(hashes)]


def _places(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return `counts` successive places from each start on."""
    return np.arange(counts.sum()) + np.repeat(starts - np.cumsum(counts) + counts, counts)


def _sizes(buckets: np.ndarray) -> np.ndarray:
    """Return how many hashes each hash's bucket has."""
    _, number, sizes = np.unique(buckets, return_inverse=True, return_counts=True)
    return sizes[number]


def _ranks(buckets: np.ndarray) -> np.ndarray:
    """Return how many hashes of its bucket stand before each hash."""
    order = np.argsort(buckets, kind="stable")
    starts = np.append(True, np.diff(buckets[order]) != 0)[:len(buckets)]
    places = np.arange(len(buckets))
    ranks = np.empty(len(buckets), int)
    ranks[order] = places - np.maximum.accumulate(np.where(starts, places, 0))
    return ranks


def _table(pairs: np.ndarray, beyond: np.ndarray) -> pa.Table:
    """Return pairs with their distances, and the hashes that were compared with a part of their bucket."""
    one, two = pairs[:, 0], pairs[:, 1]
    found = pa.table({"hash": one.view(np.int64), "other": two.view(np.int64),
                      "distance": np.bitwise_count(one ^ two).astype(np.int32)})
    nulls = {name: pa.nulls(len(beyond), found.schema.field(name).type) for name in ("other", "distance")}
    return pa.concat_tables([found, pa.table({"hash": beyond.view(np.int64), **nulls})])
