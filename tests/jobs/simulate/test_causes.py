"""The cause of an event that actions took away: one entity, by the rule of the module."""

from types import SimpleNamespace

import numpy as np
import pytest

from jobs.simulate.causes import Causes
from jobs.simulate.columns import DECIDED_ON
from jobs.simulate.incidents import Incidents

SELLER, USER, CREATOR, ORDER = range(4)
BY = ("user", "seller", "creator")


def world(**factors):
    return SimpleNamespace(factor={name: np.array([*factors.get(name, (1.0, 1.0)), 1.0])
                                   for name in ("seller", "user", "creator")})


def event(lot, incident=-1, **more):
    return {"seller": np.array([0]), "user": np.array([0]), "creator": np.array([-1]), "lot": np.array([lot]),
            "incident": np.array([incident])} | more


def causes(before, after, table=None):
    attacks = {"brushing": SimpleNamespace(RISK="brushing", ENTITY="seller")}
    return Causes(before, after, Incidents(attacks, table), Incidents(attacks))


def cause(found):
    return DECIDED_ON[found["entity"][0]], int(found["who"][0])


@pytest.mark.parametrize(("seller", "user", "expected"), [
    (0.1, 0.6, "seller"), (0.6, 0.1, "user"), (0.6, 0.6, "seller"), (1.0, 0.6, "user")])
def test_the_cause_is_the_entity_whose_factor_fell_most_and_of_equals_the_seller(seller, user, expected):
    found = causes(world(), world(seller=(seller, 1), user=(user, 1))).of(event(0.9), BY, 5)
    assert cause(found) == (expected, 0)


def test_a_factor_that_was_low_without_actions_too_is_no_cause():
    before, after = world(seller=(0.3, 1)), world(seller=(0.3, 1), user=(0.6, 1))
    assert cause(causes(before, after).of(event(0.25), BY, 5)) == ("user", 0)


def test_an_event_below_all_factors_ended_with_its_incident():
    table = {"entity": np.array([USER]), "number": np.array([1]), "attack": np.array([0])}
    found = causes(world(), world(seller=(0.6, 1)), table).of(event(0.2, incident=0), BY, 5)
    assert cause(found) == ("user", 1)


def test_a_consequence_has_the_cause_of_its_order():
    known = causes(world(), world(user=(0.6, 1)))
    known.blame(np.array([40, 41]), {"entity": np.array([SELLER, ORDER]), "who": np.array([3, 41]),
                                     "risk": np.array([-1, 2])})
    assert known.is_blamed(np.array([39, 40, 41])).tolist() == [False, True, True]
    assert cause(known.of(event(0.9, order=np.array([40])), ("user",), 5)) == ("seller", 3)
    assert cause(known.of(event(0.9, order=np.array([41])), ("user",), 5)) == ("order", 41)
    assert cause(known.of(event(0.9, order=np.array([42])), ("user",), 5)) == ("user", 0)


def test_a_returned_attacker_is_traced_to_its_first_number():
    known = causes(world(), world(seller=(0.0, 1)))
    known.origin[SELLER, 0] = 1
    assert cause(known.of(event(0.5), BY, 5)) == ("seller", 1)
