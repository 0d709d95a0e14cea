"""Numbers and arms that follow from a salt and a unit alone: digests, shares, and the edges of both."""

import hashlib

import numpy as np
import pytest
from scipy import stats

from jobs.decisions.random_assignment import arms, unit_interval

UNITS = [f"u{number}" for number in range(20_000)]


def test_the_number_is_the_head_of_a_digest():
    digest = hashlib.sha256(b"refunds-1|u7").hexdigest()
    assert unit_interval("refunds-1", ["u7"])[0] == int(digest[:16], 16) / 2**64
    # echo -n 'refunds-1|u7' | sha256sum
    assert unit_interval("refunds-1", ["u7"])[0] == pytest.approx(int("9f77100c4849a322", 16) / 2**64)


def test_letters_beyond_ascii_are_utf_8():
    digest = hashlib.sha256("größe|ü".encode()).hexdigest()
    assert unit_interval("größe", ["ü"])[0] == int(digest[:16], 16) / 2**64


def test_a_salt_that_holds_the_separator_is_refused():
    with pytest.raises(ValueError, match="expected a salt without it"):
        unit_interval("a|b", ["c"])


class Digest:
    """A hash that begins with given bytes."""

    def __init__(self, head: bytes):
        self.head = head

    def digest(self) -> bytes:
        return self.head.ljust(32, b"\0")


def test_the_largest_digest_is_below_one_and_has_an_arm_also_where_shares_add_up_to_less(monkeypatch):
    monkeypatch.setattr(hashlib, "sha256", lambda _: Digest(b"\xff" * 32))
    number = unit_interval("s", ["u"])
    assert number[0] < 1
    assert arms(number, [[0.1] * 10 + [0.0]]).tolist() == [9]


def test_a_number_that_equals_a_cumulative_share_is_in_the_next_arm():
    assert arms(np.array([0.5, 0.4999, 0.0]), [[0.5, 0.5]] * 3).tolist() == [1, 0, 0]


def test_each_unit_has_shares_of_its_own():
    assert arms(np.array([0.3, 0.3]), [[0.25, 0.75], [0.5, 0.5]]).tolist() == [1, 0]


def test_numbers_are_uniform_shares_are_met_and_salts_are_independent():
    one, other = (unit_interval(salt, UNITS) for salt in ("s1", "s2"))
    assert stats.kstest(one, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03
    assert (arms(one, np.tile([0.15, 0.0, 0.85], (len(UNITS), 1))) == 0).mean() == pytest.approx(0.15, abs=0.01)


@pytest.mark.parametrize("shares", [(0.5, 0.4), (1.5, -0.5), (float("nan"), 1.0)])
def test_shares_that_do_not_sum_to_one_are_refused(shares):
    with pytest.raises(ValueError, match="expected shares from 0 to 1 with a sum of 1"):
        arms(np.array([0.1]), [shares])


def test_no_unit_has_no_arm():
    assert len(arms(unit_interval("s", []), np.zeros((0, 2)))) == 0
