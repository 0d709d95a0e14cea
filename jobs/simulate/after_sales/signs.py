"""The evidence of a case: one table of numbers says how reliable each sign is.

Signs are independent of each other, given what happened. Therefore the posterior of the planted model is exact.
"""

import numpy as np

from jobs.simulate.after_sales.happenings import HAPPENINGS

PLACES = ("door", "locker", "neighbour", "shop")
SCAN_WRONG = 0.03  # share of the carrier's scans that name another place
PLACED = (0.62, 0.16, 0.10, 0.12)  # where parcels are handed over
PLACED_AFTER = {"left_with_neighbour": (0.05, 0.0, 0.93, 0.02), "delivery_denied": (0.72, 0.20, 0.02, 0.06)}

LIGHT = 0.3  # factor on the weight of a parcel with less in it than was sold
WEIGHT_NOISE = 0.4  # standard deviation of the logarithm of a weight over the usual one
IS_LIGHT = {"sent_less": 0.85, "wrong_item": 0.2, "counterfeit": 0.25}  # probability; 0 for the others

TALK = 0.62  # share of cases with a conversation
# By sign: the probability where none is named, and by happening. near_copy is a sign of photos, all others of messages.
SIGNS = {
    "near_copy": (0.03, {"damage_invented": 0.55, "box_said_empty": 0.45, "delivery_denied": 0.3}),
    "receipt_admitted": (0.02, {"delivery_denied": 0.35, "left_with_neighbour": 0.3, "carried_late": 0.3,
                                "box_said_empty": 0.25}),
    "seller_admits": (0.04, {"bad_packing": 0.5, "wrong_item": 0.6, "sent_less": 0.5, "counterfeit": 0.2,
                             "defective": 0.5, "oversold": 0.4, "never_shipped": 0.3, "shipped_late": 0.6,
                             "out_of_stock": 0.8, "data_leaked": 0.35}),
    "carrier_confirms": (0.03, {"damaged_in_transit": 0.65, "lost_in_transit": 0.7, "carried_late": 0.6,
                                "left_with_neighbour": 0.5, "address_leaked": 0.45}),
    "platform_admits": (0.02, {"account_misused": 0.6, "wrong_charge": 0.75, "coupon_refused": 0.7}),
    "story_changes": (0.05, {"damage_invented": 0.45, "delivery_denied": 0.4, "box_said_empty": 0.5,
                             "own_order_denied": 0.45, "used_and_returned": 0.3, "changed_mind": 0.3,
                             "ordered_wrong_size": 0.35}),
    "wear_noted": (0.04, {"used_and_returned": 0.65}),
}
OF_PHOTOS = ("near_copy",)
OF_MESSAGES = tuple(name for name in SIGNS if name not in OF_PHOTOS)


def _by_happening(usual: float, named: dict[str, float]) -> np.ndarray:
    return np.array([named.get(name, usual) for name in HAPPENINGS])


CHANCES = {name: _by_happening(*numbers) for name, numbers in SIGNS.items()}
LIGHT_CHANCE = _by_happening(0.0, IS_LIGHT)
PLACE_CHANCE = np.array([PLACED_AFTER.get(name, PLACED) for name in HAPPENINGS])
_SCANNED = np.full((len(PLACES), len(PLACES)), SCAN_WRONG / (len(PLACES) - 1))
np.fill_diagonal(_SCANNED, 1 - SCAN_WRONG)
SCAN_CHANCE = PLACE_CHANCE @ _SCANNED  # of each scanned place, by happening


def likelihood_of(sign: str, shown: np.ndarray, could_show: np.ndarray) -> np.ndarray:
    """Return the likelihood of a sign by happening, shape (cases, happenings); 1 where the case cannot show it."""
    chance = np.where(shown[:, None], CHANCES[sign], 1 - CHANCES[sign])
    return np.where(could_show[:, None], chance, 1.0)


def likelihood_of_scan(scan: np.ndarray) -> np.ndarray:
    """Return the likelihood of the scanned place by happening; 1 where nothing was scanned (-1)."""
    return np.where((scan >= 0)[:, None], SCAN_CHANCE.T[scan.clip(0)], 1.0)


def likelihood_of_weight(log_ratio: np.ndarray) -> np.ndarray:
    """Return the likelihood of the logarithm of weight over usual weight, by happening; 1 where it is NaN."""
    usual, light = (_density(log_ratio - shift) for shift in (0.0, np.log(LIGHT)))
    chance = usual[:, None] * (1 - LIGHT_CHANCE) + light[:, None] * LIGHT_CHANCE
    return np.where(np.isnan(log_ratio)[:, None], 1.0, chance)


def _density(difference: np.ndarray) -> np.ndarray:
    # Tails are bounded: rounded weights of letters would give 0 for every happening.
    return np.exp(-0.5 * (difference / WEIGHT_NOISE) ** 2) + 1e-9
