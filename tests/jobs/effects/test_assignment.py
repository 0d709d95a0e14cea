"""Arms by hash: published digests, shares, and the same bytes as holdouts."""

import hashlib

import numpy as np
import pytest

from jobs.decisions.suppression import draws
from jobs.effects.assignment import arms, unit_interval

UNITS = [f"u{number}" for number in range(20_000)]


def test_the_number_is_the_head_of_a_digest():
    digest = hashlib.sha256(b"refunds-1|u7").hexdigest()
    assert unit_interval("refunds-1", ["u7"])[0] == int(digest[:16], 16) / 2**64
    # echo -n 'refunds-1|u7' | sha256sum
    assert unit_interval("refunds-1", ["u7"])[0] == pytest.approx(int("9f77100c4849a322", 16) / 2**64)


def test_letters_beyond_ascii_are_utf_8():
    digest = hashlib.sha256("größe|ü".encode()).hexdigest()
    assert unit_interval("größe", ["ü"])[0] == int(digest[:16], 16) / 2**64


def test_holdouts_are_drawn_from_the_same_bytes():
    assert (unit_interval("seller", UNITS) == draws("seller", UNITS)).all()


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
    assert unit_interval("s", ["u"])[0] < 1
    assert arms("s", ["u"], {**{f"a{number}": 0.1 for number in range(10)}, "none": 0.0}).tolist() == ["a9"]


def test_a_number_that_equals_a_cumulative_share_is_in_the_next_arm(monkeypatch):
    monkeypatch.setattr(hashlib, "sha256", lambda _: Digest(b"\x80"))
    assert unit_interval("s", ["u"])[0] == 0.5
    assert arms("s", ["u"], {"a": 0.5, "b": 0.5}).tolist() == ["b"]


def test_the_arm_is_the_first_whose_cumulative_share_is_above_the_number():
    found, numbers = arms("s", UNITS, {"a": 0.25, "b": 0.0, "c": 0.75}), unit_interval("s", UNITS)
    assert (found == np.where(numbers < 0.25, "a", "c")).all()


def test_shares_are_met_and_salts_are_independent():
    one, other = (arms(salt, UNITS, {"held": 0.15, "acted": 0.85}) == "held" for salt in ("s1", "s2"))
    assert one.mean() == pytest.approx(0.15, abs=0.01)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03


@pytest.mark.parametrize("shares", [{"a": 0.5, "b": 0.4}, {"a": 1.5, "b": -0.5}, {"a": float("nan")}])
def test_shares_that_do_not_sum_to_one_are_refused(shares):
    with pytest.raises(ValueError, match="expected shares from 0 to 1 with a sum of 1"):
        arms("s", UNITS, shares)


def test_no_unit_has_no_arm():
    assert len(arms("s", [], {"a": 1.0})) == 0
