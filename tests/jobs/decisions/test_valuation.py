"""The value of an action, and what it costs honest parties."""

import numpy as np
import pytest

from jobs.decisions.policy_documents import PARTIES
from jobs.decisions.policy_files import Action
from jobs.decisions.valuation import valuate


def action(stops: float, minutes: float = 0.0, **costs: float) -> Action:
    return Action("hold", "true", "payout", minutes, stops, {party: costs.get(party, 0.0) for party in PARTIES}, 0, "")


def worth(**cents: float) -> list[float]:
    return [cents.get(party, 0.0) for party in PARTIES]


def test_a_value_is_the_loss_stopped_minus_friction_minus_the_wage():
    found = valuate(np.array([0.25]), np.array([1_000.0]), np.array([worth(seller=400)]),
                    [action(0.5, minutes=10, seller=0.1)], wage=2)
    assert found.prevented.tolist() == [[0.25 * 1_000 * 0.5]]
    assert found.value.tolist() == [[125 - 0.75 * 400 * 0.1 - 10 * 2]]


def test_friction_is_kept_apart_for_each_party():
    found = valuate(np.array([0.5]), np.array([0.0]), np.array([worth(seller=100, user=40, platform=10)]),
                    [action(1, seller=0.2, user=0.5)], wage=0)
    assert dict(zip(PARTIES, found.friction[0, 0])) == {"seller": 0.5 * 100 * 0.2, "user": 0.5 * 40 * 0.5,
                                                        "creator": 0, "platform": 0}


@pytest.mark.parametrize(("probability", "value"), [(1.0, 90.0), (np.nan, -30.0)])
def test_a_row_without_a_score_counts_as_honest(probability, value):
    found = valuate(np.array([probability]), np.array([100.0]), np.array([worth(user=60)]),
                    [action(0.9, user=0.5)], wage=0)
    assert found.value.tolist() == [[value]]


def test_a_party_whose_worth_is_unknown_loses_nothing():
    found = valuate(np.array([0.5]), np.array([100.0]), np.array([worth(seller=np.nan)]), [action(1, seller=1)], wage=0)
    assert found.value.tolist() == [[50.0]]
