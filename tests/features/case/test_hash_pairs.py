"""Pairs of hashes in memory: every pair within the radius, once, and linear work in buckets of thousands."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.case import hash_pairs


def buckets(hashes, radius):
    """The rows of `pairs_in_buckets`: each hash in each of its bands. A hash arrives after those before it."""
    count = radius + 1
    rows = np.tile(np.asarray(hashes, np.uint64).view(np.int64), count)
    return pa.table({"band": np.repeat(np.arange(count, dtype=np.int32), len(hashes)), "hash": rows,
                     "first_ds": pa.array(np.tile(np.arange(len(hashes)), count).astype(np.int32), pa.date32())})


def found(hashes, radius, **more):
    """{(smaller, larger): distance}, and the hashes compared with a part of their bucket."""
    rows = hash_pairs.pairs_in_buckets(buckets(hashes, radius), radius, **more).to_pylist()
    pairs = [row for row in rows if row["other"] is not None]
    named = {tuple(sorted((row["hash"] % 2**64, row["other"] % 2**64))): row["distance"] for row in pairs}
    assert len(named) == len(pairs)
    return named, {row["hash"] % 2**64 for row in rows if row["other"] is None}


def by_brute_force(hashes, radius):
    return {tuple(sorted((one, two))): (one ^ two).bit_count() for one in hashes for two in hashes
            if one < two and (one ^ two).bit_count() <= radius}


@st.composite
def crowds(draw):
    """Distinct hashes of which many differ in a few bits of one of two bases."""
    bases = draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=2))
    flips = st.lists(st.integers(0, 63), max_size=5)
    return sorted({base ^ sum(1 << bit for bit in set(bits))
                   for base in bases for bits in draw(st.lists(flips, max_size=25))})


@settings(max_examples=200)
@given(crowds(), st.integers(0, 5))
def test_every_pair_within_the_radius_is_found_once(hashes, radius):
    assert found(hashes, radius) == (by_brute_force(hashes, radius), set())


@settings(max_examples=100)
@given(crowds(), st.integers(1, 4))
def test_a_bucket_that_is_too_large_is_split_by_second_bands(hashes, radius):
    pairs, beyond = found(hashes, radius, earliest=8)
    whole = by_brute_force(hashes, radius)
    assert pairs.items() <= whole.items()
    # A pair is missed only where both hashes came after the earliest of a bucket.
    assert all({one, two} <= beyond for one, two in whole.keys() - pairs.keys())


def test_the_second_bands_leave_no_pair_out_of_a_bucket_of_one_band():
    """200 hashes of equal first 16 bits, the others at random: two of them differ in bits 20, 40 and 60."""
    draw = np.random.default_rng(5)
    hashes = (draw.integers(0, 2**48, 200, dtype=np.uint64) << np.uint64(16)).tolist()
    planted = hashes[150] ^ (1 << 20 | 1 << 40 | 1 << 60)
    assert found([*hashes, planted], 3) == ({tuple(sorted((hashes[150], planted))): 3}, set())


@pytest.mark.parametrize("size", [2_000, 8_000])
def test_thousands_of_hashes_that_hardly_differ_are_each_compared_with_the_earliest(size, monkeypatch):
    """Hashes that differ in the last bits alone share fifteen of the sixteen buckets of each band."""
    compared = []
    count = np.bitwise_count
    monkeypatch.setattr(hash_pairs.np, "bitwise_count", lambda bits: compared.append(len(bits)) or count(bits))
    pairs, beyond = found(range(size), 3)
    # 16 buckets, 32 hashes: nothing like the size * size / 2 pairs.
    assert sum(compared) <= size * 16 * 32 + size * 4 * 32
    assert pairs.items() <= by_brute_force(range(size), 3).items() if size == 2_000 else pairs
    assert {size - 1} <= beyond and not {0, 1, 2, 31} & beyond
    assert (0, 1) in pairs and (3, size - 1) not in pairs


def test_a_hash_that_arrives_later_takes_no_pair_away():
    draw = np.random.default_rng(3)
    hashes = np.unique(np.bitwise_or.reduce(np.uint64(1) << draw.integers(0, 20, (900, 3)).astype(np.uint64), axis=1))
    hashes = draw.permutation(hashes).tolist()
    before, beyond_before = found(hashes[:150], 3, earliest=8)
    after, beyond = found(hashes, 3, earliest=8)
    known = set(hashes[:150])
    assert {pair: distance for pair, distance in after.items() if set(pair) <= known} == before
    assert beyond & known == beyond_before != set()


@pytest.mark.parametrize("radius", range(8))
def test_the_bands_are_disjoint_and_cover_all_bits(radius):
    masks = [mask % 2**64 for mask in hash_pairs.band_masks(radius)]
    assert sum(masks) == 2**64 - 1 and sum(mask.bit_count() for mask in masks) == 64
    assert max(mask.bit_count() for mask in masks) - min(mask.bit_count() for mask in masks) <= 1
