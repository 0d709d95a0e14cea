"""Held and reviewed orders of the demo marketplace: which are stopped."""

import numpy as np
import pytest

from jobs.simulate.action_files import HOLD, REVIEW
from jobs.simulate.held_orders import HeldOrders
from jobs.simulate.operations import Conduct

pytestmark = pytest.mark.slow

MANY = 20_000


def held(stolen):
    number = np.arange(MANY)
    orders = HeldOrders(7, Conduct(), number)
    orders.know({**{name: np.zeros(MANY, int) for name in ("user", "seller", "amount", "trade", "loss")},
                 "number": number, "incident": np.full(MANY, -1), "stolen": np.full(MANY, stolen),
                 "returned": np.zeros(MANY, bool), "risk": np.full(MANY, -1)})
    return orders, {"number": number, "action": np.full(MANY, HOLD)}


@pytest.mark.parametrize(("stolen", "action", "share"), [
    (True, HOLD, 0.8), (False, HOLD, 0.2), (True, REVIEW, 0.85), (False, REVIEW, 0.03)])
def test_shares_of_stopped_orders(stolen, action, share):
    orders, acted = held(stolen)
    stopped = orders.stop(acted | {"action": np.full(MANY, action)})
    assert abs(len(stopped["number"]) / MANY - share) < 0.01


def test_an_order_is_stopped_once_and_not_after_its_parcel_arrived():
    orders, acted = held(True)
    orders.deliver(np.arange(0, MANY, 2))
    first = orders.stop(acted)
    assert len(first["number"]) > 0.3 * MANY and (first["number"] % 2 == 1).all()
    assert orders.stop(acted) is None


def test_an_order_that_nobody_knows_is_not_stopped():
    orders = HeldOrders(7, Conduct(), np.arange(5))
    assert orders.stop({"number": np.arange(5), "action": np.full(5, HOLD)}) is None
    assert orders.guilty(np.arange(5)).tolist() == [False] * 5
