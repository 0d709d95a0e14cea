"""Random streams, one per part and day, so that one part's or entity's draws do not change the other draws."""

import numpy as np

# The position is the seed: append, never insert.
PARTS = ("world", "oddities", "shopping", "aftermath", "lots", "browsing", "sessions", "grants", "staff",
         "outcomes", "verdicts", "effects", "returns", "mess", "registrations",
         "brushing", "click_farm", "merchant_fraud", "information_leakage", "account_takeover", "bulk_accounts",
         "incentive_abuse", "refund_abuse", "malicious_activity", "traffic_fraud", "stolen_cards", "chargebacks",
         "operations", "appeals", "review_samples", "held_orders", "after_sales", "listings", "photos", "messages")

PLAN, COMEBACK = 0, 1_000_000  # offsets of the plan's stream, and of returned attackers' streams
ODD = np.uint64(0xD1342543DE82EF95)
ACTED = 8 * COMEBACK  # offset of streams that are drawn from only where actions have changed something


def stream(seed: int, part: str, day: int | None = None, offset: int = 1) -> np.random.Generator:
    """Return the stream of a part on a day; without a day, the stream of the part's plan.

    Args:
        offset: COMEBACK + 1 for returned attackers, so that their draws do not change the other draws.
    """
    return np.random.default_rng([seed, PARTS.index(part), PLAN if day is None else day + offset])


def lots(seed: int, part: str, *keys: np.ndarray | int) -> np.ndarray:
    """Return a number in [0, 1) for each row; it depends on the row's keys (whole numbers) and on no other row."""
    state = np.zeros(1, np.uint64) + np.uint64(seed)
    for key in (PARTS.index(part), *keys):
        state = _mixed(state ^ (np.atleast_1d(np.asarray(key)).astype(np.int64).view(np.uint64) * ODD))
    return (state >> np.uint64(11)) / 2.0**53


def _mixed(state: np.ndarray) -> np.ndarray:
    # SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
    state = state + np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
