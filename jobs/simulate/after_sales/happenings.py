"""What really happened in a case, and whose fault it was. The buyer's reason is only loosely tied to it."""

from dataclasses import dataclass

import numpy as np

from jobs.simulate import orders
from jobs.simulate.legitimate import claims

PARTIES = claims.PARTIES[:4]
BUYER, SELLER, CARRIER, PLATFORM = range(4)

# Each happening with the party at fault, in the order of the columns of every matrix of this room.
FAULT = {
    "damaged_in_transit": CARRIER, "bad_packing": SELLER, "wrong_item": SELLER, "sent_less": SELLER,
    "counterfeit": SELLER, "defective": SELLER, "oversold": SELLER, "never_shipped": SELLER, "shipped_late": SELLER,
    "out_of_stock": SELLER, "data_leaked": SELLER, "lost_in_transit": CARRIER, "carried_late": CARRIER,
    "left_with_neighbour": CARRIER, "address_leaked": CARRIER, "delivery_denied": BUYER, "damage_invented": BUYER,
    "box_said_empty": BUYER, "used_and_returned": BUYER, "changed_mind": BUYER, "ordered_wrong_size": BUYER,
    "own_order_denied": BUYER, "account_misused": PLATFORM, "wrong_charge": PLATFORM, "coupon_refused": PLATFORM,
    "stopped_by_platform": PLATFORM,
}
HAPPENINGS = tuple(FAULT)
FAULTS = np.array(list(FAULT.values()))
STOPPED = HAPPENINGS.index("stopped_by_platform")

# Weights of what happened to honest buyers, by the reason that they gave for a parcel that came.
HONEST = {
    claims.CHANGED_MIND: {"changed_mind": 52, "used_and_returned": 10, "oversold": 12, "shipped_late": 8,
                          "carried_late": 5, "wrong_charge": 6, "coupon_refused": 7},
    claims.WRONG_SIZE: {"ordered_wrong_size": 50, "wrong_item": 22, "oversold": 16, "used_and_returned": 8,
                        "changed_mind": 4},
    claims.DAMAGED: {"damaged_in_transit": 40, "bad_packing": 24, "defective": 14, "damage_invented": 12,
                     "used_and_returned": 7, "wrong_item": 3},
    claims.NOT_AS_DESCRIBED: {"oversold": 24, "wrong_item": 14, "counterfeit": 9, "sent_less": 7, "defective": 9,
                              "changed_mind": 15, "used_and_returned": 7, "damaged_in_transit": 12, "wrong_charge": 3},
    claims.NOT_RECEIVED: {"left_with_neighbour": 48, "delivery_denied": 26, "sent_less": 16, "carried_late": 10},
    claims.UNAUTHORISED: {"account_misused": 58, "wrong_charge": 17, "own_order_denied": 25},
    claims.LATE: {"shipped_late": 42, "carried_late": 38, "changed_mind": 14, "coupon_refused": 6},
    claims.PRIVACY: {"data_leaked": 55, "address_leaked": 45},
}
# An order that is called off was not sent.
CALLED_OFF = {"changed_mind": 64, "out_of_stock": 16, "wrong_charge": 10, "coupon_refused": 10}
# A parcel that never came. Some labels are printed for nothing.
LOST = {"lost_in_transit": 85, "never_shipped": 15}
WITHHELD = {"never_shipped": 100}
# Claims in bad faith, by the reason given.
FALSE = {
    claims.CHANGED_MIND: {"used_and_returned": 60, "changed_mind": 40},
    claims.WRONG_SIZE: {"used_and_returned": 60, "ordered_wrong_size": 40},
    claims.DAMAGED: {"damage_invented": 85, "used_and_returned": 15},
    claims.NOT_AS_DESCRIBED: {"damage_invented": 45, "box_said_empty": 40, "used_and_returned": 15},
    claims.NOT_RECEIVED: {"delivery_denied": 80, "box_said_empty": 20},
    claims.UNAUTHORISED: {"own_order_denied": 100}, claims.LATE: {"delivery_denied": 100},
    claims.PRIVACY: {"address_leaked": 100},
}
SINCERE = 0.12  # share of attackers' cases that are as an honest buyer's

# Attacks whose cases are claims in bad faith. Cases of other attacks are their victims'.
FALSE_CLAIMANTS = ("refund_abuse", "incentive_abuse", "malicious_activity", "traffic_fraud")

CARRIER_FACTOR = np.array([0.6, 0.9, 1.2, 2.2, 1.0])  # of faults of each of parcels.CARRIERS
BOLD, MODEST = 3.0, 0.25  # factors on "oversold", by whether the listing promised much
MISSED = 2.5  # factor on "shipped_late" where the promise was missed; without that it cannot have happened
SLOW, FAST = 2.0, 0.4  # factors on "carried_late", by whether the parcel was long under way
BAD_BATCH = 8.0  # additional factor on "defective" for each share of faulty goods


@dataclass
class Circumstances:
    """What is known of each case, as arrays of one length.

    Attributes:
        by_attacker: whether an attacker claims.
        is_withheld: whether a fraudulent shop kept the goods.
        fate: NOT_SENT, LOST_PARCEL, CAME, or UNKNOWN for an order of earlier days.
        missed: whether the parcel left after `ship_by`.
        slow: whether it was long under way.
        bold: whether the listing promised much.
        trouble, habit: the shop's factor of trouble, the buyer's factor of returns.
        faulty: the shop's share of faulty goods on the day.
        carrier: position in parcels.CARRIERS.
    """

    kind: np.ndarray
    reason: np.ndarray
    by_attacker: np.ndarray
    is_withheld: np.ndarray
    fate: np.ndarray
    missed: np.ndarray
    slow: np.ndarray
    bold: np.ndarray
    trouble: np.ndarray
    habit: np.ndarray
    faulty: np.ndarray
    carrier: np.ndarray


NOT_SENT, LOST_PARCEL, CAME, UNKNOWN = range(4)


def _row(weights: dict[str, int]) -> np.ndarray:
    return np.array([weights.get(name, 0) for name in HAPPENINGS], float)


def _matrix(by_reason: dict[int, dict[str, int]]) -> np.ndarray:
    return np.stack([_row(by_reason[reason]) for reason in range(len(claims.REASONS))])


_HONEST, _FALSE = _matrix(HONEST), _matrix(FALSE)
_CALLED_OFF, _LOST, _WITHHELD = _row(CALLED_OFF), _row(LOST), _row(WITHHELD)
_OF_BUYER, _OF_SELLER, _OF_CARRIER = (party == FAULTS for party in (BUYER, SELLER, CARRIER))


def probabilities(seen: Circumstances) -> np.ndarray:
    """Return the probability of each happening, shape (cases, happenings), before any evidence of the case itself."""
    honest = _normed(_HONEST[seen.reason] * _factors(seen))
    called_off, lost = (seen.kind == claims.CANCELLATION), seen.fate == LOST_PARCEL
    withheld = seen.is_withheld | ((seen.fate == NOT_SENT) & ~called_off)
    false = seen.by_attacker & ~lost & ~withheld & ~called_off
    chance = np.where(false[:, None], SINCERE * honest + (1 - SINCERE) * _normed(_FALSE[seen.reason]), honest)
    for mask, row in ((lost, _LOST), (called_off, _CALLED_OFF), (withheld, _WITHHELD)):
        chance[mask] = _normed(row)
    hoarded = called_off & seen.by_attacker
    chance[hoarded] = _normed(_row({"changed_mind": 1}))
    return chance


def _factors(seen: Circumstances) -> np.ndarray:
    factor = np.ones((len(seen.kind), len(HAPPENINGS)))
    factor[:, _OF_SELLER] *= seen.trouble.clip(0.4, 2.5)[:, None]
    factor[:, _OF_BUYER] *= seen.habit.clip(0.5, 2.0)[:, None]
    factor[:, _OF_CARRIER] *= CARRIER_FACTOR[seen.carrier.clip(0)][:, None]
    for name, values in (("oversold", np.where(seen.bold, BOLD, MODEST)),
                         ("shipped_late", np.where(seen.missed, MISSED, 0.0)),
                         ("carried_late", np.where(seen.slow, SLOW, FAST)),
                         ("defective", 1 + BAD_BATCH * seen.faulty)):
        factor[:, HAPPENINGS.index(name)] *= values
    return factor


def _normed(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum(axis=-1, keepdims=True)


def drawn(chance: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Return the position that each lot of [0, 1) draws from its row of probabilities."""
    return (np.cumsum(probability, axis=1) < chance[:, None]).sum(axis=1).clip(0, probability.shape[1] - 1)


def by_party(weights: np.ndarray) -> np.ndarray:
    """Return the sums of happenings' weights by the party at fault, shape (cases, 4)."""
    return np.stack([weights[:, party == FAULTS].sum(axis=1) for party in range(len(PARTIES))], axis=1)


def is_withheld(fate: np.ndarray) -> np.ndarray:
    """Return whether a fraudulent shop kept the goods of each order."""
    return np.isin(fate, (orders.NEVER_SENT, orders.NEVER_DELIVERED))
